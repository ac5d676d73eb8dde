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
/// A step that turned out too long is tried again at this share of what its length suggests.
const SHORTER: f64 = 0.9;
/// The needle may meet the scan this much above the deepest dot: roughness of a scan, mm.
const ROUGHNESS_MM: f64 = 0.5;

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
        let excesses: Vec<Option<Excess>> = (events.par_iter())
            .map(|event| match &event.action {
                Action::Move { to, pace: Pace::Feed { .. }, .. } if !self.air => {
                    Some(self.in_stroke(&self.needle(to)?))
                }
                Action::Probe { to, .. } => Some(self.in_stroke(&self.needle(to)?)),
                Action::Move { from, to, .. } => self.on_way(from, to, follows),
                _ => None,
            })
            .collect();
        let least = self.profile.clearance_mm;
        for (event, Excess { tip, tool, room_mm, at }) in
            events.iter().zip(excesses).filter_map(|(event, excess)| Some((event, excess?)))
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
    ///
    /// Follows the way from one look to the next without gaps: as nothing of the tool is nearer to the scan than the look
    /// says, the next one is due when a part of it may have gone as far as it had room (J. C. Hart, "Sphere tracing",
    /// The Visual Computer 12, 1996).
    fn on_way(&self, from: &Positions, to: &Positions, follows: bool) -> Option<Excess> {
        let end = self.needle(to)?;
        let too_far = |(axis, (from, to)): (&Axis, (&Option<f64>, &Option<f64>))| {
            from.zip(*to).is_some_and(|(from, to)| (to - from).abs() > axis.max - axis.min)
        };
        let start =
            self.needle(from).filter(|_| follows && !self.profile.axes.iter().zip(from.iter().zip(to)).any(too_far));
        let Some(mut here) = start else { return Some(self.look(&end, 0.0)) };
        let between = |t: f64| {
            let mut at = *to;
            for (place, from) in at.iter_mut().zip(from) {
                *place = place.zip(*from).map(|(to, from)| from + (to - from) * t);
            }
            self.needle(&at)
        };
        let bend_mm = self.bend_mm(from, to);
        // No part goes farther than the farther of the tool's ends.
        let reach_mm = self.farthest_mm();
        let way_mm = |a: &Needle, b: &Needle, step: f64| {
            let chord_mm = (b.tip - a.tip).norm().max((b.above(reach_mm) - a.above(reach_mm)).norm());
            chord_mm + bend_mm * step.powi(2) / 8.0
        };

        let mut share = 0.0;
        let mut worst: Option<Excess> = None;
        loop {
            let rest = 1.0 - share;
            let (mut next, mut step) = (end, rest);
            let mut goes_mm = way_mm(&here, &next, step);
            let seen = self.look(&here, goes_mm);
            worst = Some(worst.map_or(seen, |worst| worst.or_worse(&seen)));
            let is_broken = worst.is_some_and(|worst| worst.tip.max(worst.tool) > ROUNDING_MM);
            let room_mm = seen.room_mm.max(if is_broken { BROKEN_STEP_MM } else { LEAST_STEP_MM });
            while goes_mm > room_mm {
                step *= SHORTER * room_mm / goes_mm;
                next = between(share + step)?;
                goes_mm = way_mm(&here, &next, step);
            }
            if step >= rest {
                return worst;
            }
            share += step;
            here = next;
        }
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
        let meets = self.scan.segment_distance(&skin, &here.above(holder.from_tip_mm), least) <= 0.0;
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

impl Excess {
    fn or_worse(&self, other: &Self) -> Self {
        let at = if other.room_mm < self.room_mm { other.at } else { self.at };
        let (tip, tool) = (self.tip.max(other.tip), self.tool.max(other.tool));
        Self { tip, tool, room_mm: self.room_mm.min(other.room_mm), at }
    }
}
