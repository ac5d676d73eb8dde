use super::action::{Action, Event};
use super::forward::needle;
use crate::error::{Finding, Severity};
use crate::geometry::{Placement, Point};
use crate::mesh::SurfaceIndex;
use crate::plan::Plan;
use crate::rig::Profile;

/// Largest distance between the place that the needle points at and the corner of the line on the scan, mm: what two decimals leave of it.
const TOLERANCE_MM: f64 = 0.05;

/// Which corners of the line around the region a program has shown: those at which the needle has pointed from the
/// approach height at the end of a move.
pub(super) struct Outline {
    rig_to_mesh: Placement,
    /// Places on the scan that are yet to be shown.
    unshown: Vec<Point>,
    corners: usize,
}

impl Outline {
    pub(super) fn new(plan: &Plan, rig_to_mesh: Placement, scan: &SurfaceIndex) -> Self {
        let on_scan = |&corner: &[f64; 3]| Some(scan.closest(&Point::from(corner))?.position);
        let unshown: Vec<Point> = plan.boundary_mm.iter().filter_map(on_scan).collect();
        Self { rig_to_mesh, corners: unshown.len(), unshown }
    }

    pub(super) fn step(&mut self, event: &Event, rig: &Profile) {
        let Action::Move { to, .. } = &event.action else { return };
        let Some(needle) = needle(rig, to).map(|needle| needle.seen_from(&self.rig_to_mesh)) else { return };
        let pointed = needle.above(-rig.approach_mm);
        self.unshown.retain(|corner| nalgebra::distance(corner, &pointed) > TOLERANCE_MM);
    }

    /// How many corners were shown. A rig may not reach all of them, but a program that shows none is none.
    pub(super) fn finding(&self) -> Finding {
        let shown = self.corners - self.unshown.len();
        let severity = match shown {
            _ if self.unshown.is_empty() => Severity::Pass,
            0 => Severity::Fail,
            _ => Severity::Warn,
        };
        let message = format!("{shown} of {} corners of the line are shown", self.corners);
        let finding = Finding::new("outline-shown", severity, message).times(self.unshown.len());
        if self.unshown.is_empty() {
            finding
        } else {
            finding.remedy("look at the others by hand, or in another setup")
        }
    }
}
