use super::action::{Action, Event, Positions};
use super::checks::Checks;
use super::forward::needle;
use crate::error::{Finding, Severity};
use crate::geometry::{Placement, Point};
use crate::mesh::SurfaceIndex;
use crate::plan::Plan;
use crate::rig::Profile;

/// Height of the tip above a fiducial while it rests there, mm; more where the rig's clearance asks for it.
const HEIGHT_MM: f64 = 5.0;
/// Largest distance between the place that the needle points at and the fiducial on the scan, mm: what two decimals leave of it.
const TOLERANCE_MM: f64 = 0.05;

/// The rests of a program that shows fiducials: each has to be above one of them, and none twice.
pub(super) struct Rests {
    rig_to_mesh: Placement,
    /// Places on the scan, each with whether it was shown.
    fiducials: Vec<(Point, bool)>,
    at: Positions,
}

impl Rests {
    pub(super) fn new(plan: &Plan, rig_to_mesh: Placement, scan: &SurfaceIndex) -> Self {
        let on_scan = |&mark: &[f64; 3]| Some((scan.closest(&Point::from(mark))?.position, false));
        let fiducials = plan.fiducials_mm.iter().filter_map(on_scan).collect();
        Self { rig_to_mesh, fiducials, at: Positions::default() }
    }

    pub(super) fn step(&mut self, Event { line, action }: &Event, rig: &Profile, checks: &mut Checks) {
        match action {
            Action::Move { to, .. } => self.at = *to,
            Action::Dwell { .. } => {
                let Some(needle) = needle(rig, &self.at).map(|needle| needle.seen_from(&self.rig_to_mesh)) else {
                    return;
                };
                let pointed = needle.above(-HEIGHT_MM.max(rig.clearance_mm + 1.0));
                let distance = |place: &Point| nalgebra::distance(place, &pointed);
                let nearest = self.fiducials.iter_mut().min_by(|a, b| distance(&a.0).total_cmp(&distance(&b.0)));
                match nearest {
                    Some((place, shown)) if distance(place) <= TOLERANCE_MM => {
                        if std::mem::replace(shown, true) {
                            checks.note("P18", *line, "a fiducial is shown twice");
                        }
                    }
                    Some((place, _)) => {
                        let off_mm = distance(place);
                        checks.note("P18", *line, format!("the needle rests {off_mm:.3} mm off the nearest fiducial"));
                    }
                    None => checks.note("P18", *line, "a rest above no fiducial of the plan"),
                }
            }
            _ => {}
        }
    }

    /// How many fiducials were shown.
    pub(super) fn finding(&self) -> Finding {
        let (count, shown) = (self.fiducials.len(), self.fiducials.iter().filter(|(_, shown)| *shown).count());
        let severity = if shown == count { Severity::Pass } else { Severity::Warn };
        let finding = Finding::new("fiducials-shown", severity, format!("{shown} of {count} fiducials are shown"));
        if shown == count { finding } else { finding.remedy("look at the others by hand, or in another setup") }
    }
}
