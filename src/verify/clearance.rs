use rayon::prelude::*;

use super::action::{Action, Event, Pace, Positions};
use super::checks::Checks;
use super::forward::{Needle, needle};
use crate::geometry::Placement;
use crate::mesh::SurfaceIndex;
use crate::rig::Profile;

/// Numbers in programs are rounded; a clearance may be less by this, mm.
const ROUNDING_MM: f64 = 0.02;
/// Longest way of any part of the tool between two looks at it, mm. The tip's path is covered without gaps, but for the
/// bow of a turn: 0.002 mm where the tip is 100 mm from the axis. What of shank and holder lies between two looks may be
/// nearer by half of this.
const STEP_MM: f64 = 1.0;
/// Pieces in which the length of a move is measured before it is followed.
const ROUGH_STEPS: u32 = 16;
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
}

impl Clearances<'_> {
    /// P07: the tip keeps its distance to the scan on every move that is no stroke; and the needle's shank and its holder
    /// on all moves, followed along the joints as the controller interpolates them.
    pub(super) fn check(&self, events: &[Event], checks: &mut Checks) {
        let excesses: Vec<Option<Excess>> = (events.par_iter())
            .map(|event| match &event.action {
                Action::Move { to, pace: Pace::Feed { .. }, .. } if !self.air => {
                    Some(self.in_stroke(&self.needle(to)?))
                }
                Action::Probe { to, .. } => Some(self.in_stroke(&self.needle(to)?)),
                Action::Move { from, to, .. } => self.on_way(from, to),
                _ => None,
            })
            .collect();
        let least = self.profile.clearance_mm;
        for (event, Excess { tip, tool }) in
            events.iter().zip(excesses).filter_map(|(event, excess)| Some((event, excess?)))
        {
            if tip > ROUNDING_MM {
                let what = format!("the tip comes {:.3} mm near the scan, {least} mm is the least", least - tip);
                checks.note("P07", event.line, what);
            }
            if tool > ROUNDING_MM {
                let what =
                    format!("needle or holder come {:.3} mm near the scan, {least} mm is the least", least - tool);
                checks.note("tool-clearance", event.line, what);
            }
        }
    }

    fn needle(&self, at: &Positions) -> Option<Needle> {
        Some(needle(self.profile, at)?.seen_from(&self.rig_to_mesh))
    }

    /// `None` while the place of the end is not known; from an unknown place only the end is looked at.
    fn on_way(&self, from: &Positions, to: &Positions) -> Option<Excess> {
        let end = self.needle(to)?;
        let Some(start) = self.needle(from) else { return Some(self.at(&end, &end)) };
        let between = |t: f64| {
            let mut at = *to;
            for (place, from) in at.iter_mut().zip(from) {
                *place = place.zip(*from).map(|(to, from)| from + (to - from) * t);
            }
            self.needle(&at)
        };
        // Both ends of the tool, followed roughly; what a turn of a few degrees adds to its chord is far below a step.
        let reach_mm = self.profile.holder.to_tip_mm;
        let mut way_mm = 0.0;
        let mut last = start;
        for share in 1..=ROUGH_STEPS {
            let here = between(f64::from(share) / f64::from(ROUGH_STEPS))?;
            let tip_mm = (here.tip - last.tip).norm();
            way_mm += tip_mm.max((here.above(reach_mm) - last.above(reach_mm)).norm());
            last = here;
        }
        let steps = (way_mm / STEP_MM).ceil().max(1.0) as usize;

        let mut worst = self.at(&start, &start);
        let mut before = start;
        for step in 1..=steps {
            let here = between(step as f64 / steps as f64)?;
            let excess = self.at(&before, &here);
            worst = Excess { tip: worst.tip.max(excess.tip), tool: worst.tool.max(excess.tool) };
            before = here;
        }
        Some(worst)
    }

    /// While travelling, from one look to the next.
    fn at(&self, before: &Needle, here: &Needle) -> Excess {
        let least = self.profile.clearance_mm;
        let tip = least - self.scan.segment_distance(&before.tip, &here.tip, least);
        let shank_end = here.above(self.profile.holder.from_tip_mm);
        let shank = least - self.scan.segment_distance(&here.tip, &shank_end, least);
        Excess { tip, tool: shank.max(self.holder(here)) }
    }

    /// At the end of a stroke: the holder keeps its distance, and nothing but the dot's own skin meets the needle.
    fn in_stroke(&self, here: &Needle) -> Excess {
        let (holder, least) = (self.profile.holder, self.profile.clearance_mm);
        let skin = here.above(self.profile.depth_cap_mm + self.profile.depth.beyond_mm() + ROUGHNESS_MM);
        let meets = self.scan.segment_distance(&skin, &here.above(holder.from_tip_mm), least) <= 0.0;
        Excess { tip: 0.0, tool: self.holder(here).max(if meets { least } else { 0.0 }) }
    }

    fn holder(&self, here: &Needle) -> f64 {
        let holder = self.profile.holder;
        let least = holder.radius_mm + self.profile.clearance_mm;
        least - self.scan.segment_distance(&here.above(holder.from_tip_mm), &here.above(holder.to_tip_mm), least)
    }
}
