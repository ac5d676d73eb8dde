use rayon::prelude::*;

use super::action::{Action, Event, Pace, Positions};
use super::checks::Checks;
use super::forward::{Needle, from_zero, needle, plunge_index};
use crate::geometry::{Placement, Point, Vector};
use crate::mesh::SurfaceIndex;
use crate::rig::{Axis, Profile};

/// Numbers in programs are rounded; a clearance may be less by this, mm.
const ROUNDING_MM: f64 = 0.02;
/// Where the tool has no room left it is looked at again after so much of its way, mm.
const LEAST_STEP_MM: f64 = 0.02;
/// Once it is certain that a way comes too near, so much of it is passed over at a time, mm: only how near is still asked.
const BROKEN_STEP_MM: f64 = 0.25;
/// After so many faults nobody asks how near the others come on their way: only their ends are looked at.
const MOST_FOLLOWED: usize = 200;
/// Moves between two looks at how many faults there are.
const MOVES_AT_ONCE: usize = 1 << 11;
/// A way is cut no nearer to one of its ends than this share of it.
const LEAST_PART: f64 = 0.1;
/// Moves that one thread looks at in their order.
const MOVES_IN_ORDER: usize = 1 << 6;
/// The needle may meet the scan this much above the deepest dot: roughness of a scan, mm.
const ROUGHNESS_MM: f64 = 0.5;
/// Only whether the needle meets the scan is asked: nothing farther from it than this is looked at, mm.
const TOUCH_MM: f64 = 1e-3;

/// Distances between the tool and the scan on the moves of a program.
pub(super) struct Clearances<'a> {
    pub(super) profile: &'a Profile,
    pub(super) rig_to_mesh: Placement,
    pub(super) scan: &'a SurfaceIndex,
    pub(super) air: bool,
}

/// How much nearer than allowed the parts of the tool come on a move, mm; 0 or less is in order.
#[derive(Debug, Clone, Copy)]
struct Excess {
    tip: f64,
    tool: f64,
    /// How far the tool may go from there for certain; infinite in a stroke.
    room_mm: f64,
    /// Where the tip is nearest, or in its stroke, in the scan's axes.
    at: Point,
}

impl Clearances<'_> {
    /// P07: the tip keeps its distance to the scan on every move that is no stroke; and the needle's shank and its holder
    /// on all moves, followed along the joints as the controller interpolates them.
    pub(super) fn check(&self, events: &[Event], checks: &mut Checks) {
        events.chunks(MOVES_AT_ONCE).for_each(|events| self.check_some(events, checks));
    }

    fn check_some(&self, events: &[Event], checks: &mut Checks) {
        let follows = checks.count("P07") + checks.count("tool-clearance") < MOST_FOLLOWED;
        let excesses: Vec<Vec<Option<Excess>>> = (events.par_chunks(MOVES_IN_ORDER))
            .map(|events| {
                let mut last = None;
                let mut excess = |event: &Event| match &event.action {
                    Action::Move { to, pace: Pace::Feed { .. }, .. } if !self.air => {
                        Some(self.in_stroke(&self.needle(to)?))
                    }
                    Action::Probe { to, .. } => Some(self.in_stroke(&self.needle(to)?)),
                    Action::Move { from, to, .. } => self.on_way(from, to, follows, &mut last),
                    _ => None,
                };
                events.iter().map(&mut excess).collect()
            })
            .collect();
        let least = self.profile.clearance_mm;
        for (event, Excess { tip, tool, room_mm, at }) in
            events.iter().zip(excesses.into_iter().flatten()).filter_map(|(event, excess)| Some((event, excess?)))
        {
            checks.saw("tool-clearance", tool);
            checks.saw("P07", -room_mm);
            if tip > ROUNDING_MM {
                let what = format!("the tip comes {:.3} mm near the scan, {least} mm is the least", least - tip);
                checks.note_at("P07", event.line, &at, what);
            }
            if tool > ROUNDING_MM {
                let what =
                    format!("needle or holder come {:.3} mm near the scan, {least} mm is the least", least - tool);
                checks.note_at("tool-clearance", event.line, &at, what);
            }
        }
    }

    fn needle(&self, at: &Positions) -> Option<Needle> {
        Some(needle(self.profile, at)?.seen_from(&self.rig_to_mesh))
    }

    /// `None` while the place of the end is not known. From an unknown place, where an axis goes farther than its
    /// travel is long, and unless `follows`, only the end is looked at: the last two fail anyway.
    fn on_way(&self, from: &Positions, to: &Positions, follows: bool, last: &mut Option<Look>) -> Option<Excess> {
        let too_far = |(axis, (from, to)): (&Axis, (&Option<f64>, &Option<f64>))| {
            from.zip(*to).is_some_and(|(from, to)| (to - from).abs() > axis.max - axis.min)
        };
        let end = self.needle(to)?;
        let is_followed = follows && !self.profile.axes.iter().zip(from.iter().zip(to)).any(too_far);
        let before = last.take().filter(|look| look.at == *from);
        let start = if is_followed { before.map(|look| look.needle).or_else(|| self.needle(from)) } else { None };
        let Some(start) = start else { return Some(self.look(&end, 0.0)) };
        let way = Way { clearances: self, from, to, bend_mm: self.bend_mm(from, to), reach_mm: self.farthest_mm() };
        let goes_mm = way.goes_mm(&start, &end, 1.0);
        // What was seen from there at the end of the move before, unless that looked less far than this one goes.
        let seen = before.filter(|look| look.excess.room_mm < look.goes_mm || look.goes_mm >= goes_mm);
        let seen = seen.map_or_else(|| self.look(&start, goes_mm), |look| look.excess);
        let at_end = self.look(&end, goes_mm);
        *last = Some(Look { at: *to, needle: end, excess: at_end, goes_mm });
        let mut worst = seen.or_worse(&at_end);
        way.follow([(0.0, start, seen), (1.0, end, at_end)], &mut worst)?;
        Some(worst)
    }

    /// Largest acceleration of any part of the tool, as seen from the head, when the move takes a unit of time, mm. What a
    /// turn carries is nowhere farther from its axis than all lengths between ground and tool together.
    fn bend_mm(&self, from: &Positions, to: &Positions) -> f64 {
        let way = |axis: usize| from[axis].zip(to[axis]).map_or(0.0, |(from, to)| (to - from).abs());
        let rotary = 3..3 + self.profile.kinematics.letters().len().saturating_sub(3);
        let turn_rad: f64 = rotary.clone().map(|axis| way(axis).to_radians()).sum();
        let pushed_mm = plunge_index(self.profile).map_or(0.0, way);
        let goes_mm = (0..3).map(way).sum::<f64>() + pushed_mm;
        let carried_mm = |at: &Positions| {
            let from_zero = |axis: usize| at[axis].map_or(0.0, |place| from_zero(self.profile, axis, place).abs());
            (0..3).map(from_zero).sum::<f64>() + plunge_index(self.profile).map_or(0.0, from_zero)
        };
        let centres_mm: f64 = (self.profile.axes.iter().enumerate())
            .filter(|(axis, _)| rotary.contains(axis))
            .map(|(_, axis)| Vector::from(axis.centre_mm).norm() + self.profile.pivot_to_tip_mm)
            .sum();
        let reach_mm = carried_mm(from).max(carried_mm(to)) + 2.0 * centres_mm + self.farthest_mm();
        reach_mm * turn_rad.powi(2) + 2.0 * turn_rad * goes_mm
    }

    /// While travelling; it needs no more room than it goes from here.
    fn look(&self, here: &Needle, goes_mm: f64) -> Excess {
        let least = self.profile.clearance_mm;
        let shank_end = here.above(self.profile.holder.from_tip_mm);
        let shank_mm = self.scan.segment_distance(&here.tip, &shank_end, least + goes_mm) - least;
        let holder_mm = -self.holder(here, goes_mm);
        // The tip is the end of the shank: asked on its own only where something is wrong.
        let tip = if shank_mm < 0.0 { least - self.scan.segment_distance(&here.tip, &here.tip, least) } else { 0.0 };
        let room_mm = shank_mm.min(holder_mm);
        Excess { tip, tool: -room_mm, room_mm, at: here.tip }
    }

    /// At the end of a stroke: the holder keeps its distance, and nothing but the dot's own skin meets the needle.
    fn in_stroke(&self, here: &Needle) -> Excess {
        let (holder, least) = (self.profile.holder, self.profile.clearance_mm);
        let skin = here.above(self.profile.depth_cap_mm + self.profile.depth.beyond_mm() + ROUGHNESS_MM);
        let meets = self.scan.segment_distance(&skin, &here.above(holder.from_tip_mm), TOUCH_MM) <= 0.0;
        let tool = self.holder(here, 0.0).max(if meets { least } else { 0.0 });
        Excess { tip: 0.0, tool, room_mm: f64::INFINITY, at: here.tip }
    }

    /// By how much the holder is too near; at least `-beyond_mm`.
    fn holder(&self, here: &Needle, beyond_mm: f64) -> f64 {
        let holder = self.profile.holder;
        let least = holder.radius_mm + self.profile.clearance_mm;
        let [bottom, top] = [holder.from_tip_mm, holder.to_tip_mm].map(|height_mm| here.above(height_mm));
        let front = least - self.scan.segment_distance(&bottom, &top, least + beyond_mm);
        let Some(body) = holder.body else { return front };
        let least = body.radius_mm + self.profile.clearance_mm;
        front.max(least - self.scan.segment_distance(&top, &here.above(body.to_tip_mm), least + beyond_mm))
    }

    /// How far from the tip the tool ends, mm.
    fn farthest_mm(&self) -> f64 {
        let holder = self.profile.holder;
        holder.body.map_or(holder.to_tip_mm, |body| body.to_tip_mm)
    }
}

/// What was seen from the end of a move.
#[derive(Debug, Clone, Copy)]
struct Look {
    at: Positions,
    needle: Needle,
    excess: Excess,
    /// How much farther than the clearance it looked, mm.
    goes_mm: f64,
}

/// A move as the controller interpolates it.
struct Way<'a> {
    clearances: &'a Clearances<'a>,
    from: &'a Positions,
    to: &'a Positions,
    bend_mm: f64,
    reach_mm: f64,
}

impl Way<'_> {
    fn between(&self, share: f64) -> Option<Needle> {
        let mut at = *self.to;
        for (place, from) in at.iter_mut().zip(self.from) {
            *place = place.zip(*from).map(|(to, from)| from + (to - from) * share);
        }
        self.clearances.needle(&at)
    }

    /// Longest way of any part of the tool between two places that are a share `step` of the move apart, mm: no part goes
    /// farther than the farther of the tool's ends.
    fn goes_mm(&self, a: &Needle, b: &Needle, step: f64) -> f64 {
        let chord_mm = (b.tip - a.tip).norm().max((b.above(self.reach_mm) - a.above(self.reach_mm)).norm());
        chord_mm + self.bend_mm * step.powi(2) / 8.0
    }

    /// Looks between two places until there are no gaps: nothing of the tool is nearer to the scan than a look says, so a
    /// part that goes from one place to the other has at least half of what room both leave beyond its way. (J. C. Hart,
    /// "Sphere tracing", The Visual Computer 12, 1996, for the step from one end.) With the roundings that are let pass at
    /// both ends nothing comes nearer than the clearance by more than 0.03 mm unseen. `None` where a place has no needle.
    fn follow(&self, ends: [(f64, Needle, Excess); 2], worst: &mut Excess) -> Option<()> {
        let [(start, here, seen), (end, next, at_end)] = ends;
        let goes_mm = self.goes_mm(&here, &next, end - start);
        let is_broken = worst.tip.max(worst.tool) > ROUNDING_MM;
        let rooms_mm = [seen, at_end].map(|excess| excess.room_mm + ROUNDING_MM);
        let least_mm = if is_broken { BROKEN_STEP_MM } else { LEAST_STEP_MM };
        let has_gap = goes_mm > (rooms_mm[0] + rooms_mm[1] + LEAST_STEP_MM).max(least_mm);
        if !has_gap || end <= start + f64::EPSILON {
            return Some(());
        }
        // In the middle of what neither end answers for.
        let part = (0.5 * (goes_mm + rooms_mm[0] - rooms_mm[1]) / goes_mm).clamp(LEAST_PART, 1.0 - LEAST_PART);
        let share = start + (end - start) * part;
        let needle = self.between(share)?;
        let excess = self.clearances.look(&needle, goes_mm);
        *worst = worst.or_worse(&excess);
        self.follow([ends[0], (share, needle, excess)], worst)?;
        self.follow([(share, needle, excess), ends[1]], worst)
    }
}

impl Excess {
    fn or_worse(&self, other: &Self) -> Self {
        let at = if other.room_mm < self.room_mm { other.at } else { self.at };
        let (tip, tool) = (self.tip.max(other.tip), self.tool.max(other.tool));
        Self { tip, tool, room_mm: self.room_mm.min(other.room_mm), at }
    }
}
