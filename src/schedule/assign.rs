use std::collections::BTreeMap;
use std::fmt;

use rayon::prelude::*;

use crate::error::{Finding, Severity};
use crate::geometry::{Placement, Point, Vector};
use crate::mesh::SurfaceIndex;
use crate::rig::{Clearance, Kinematics, Obstacle, Pose, Profile, Unreachable, postures, reaches_all};

/// A dot to be struck, in the scan's frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// The dot.
    pub id: u32,
    /// Place on the skin, mm.
    pub position: Point,
    /// Outward unit normal of the skin.
    pub normal: Vector,
    /// Nominal protrusion of the needle below the skin, along its axis, mm.
    pub depth_mm: f64,
    /// Time in the skin, s.
    pub dwell_s: f64,
}

/// A pose of the head in the rig.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setup<'a> {
    /// Its name.
    pub name: &'a str,
    /// Scan (mm) to rig (mm).
    pub mesh_to_rig: Placement,
}

/// What becomes of a dot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assignment {
    /// The dot.
    pub id: u32,
    /// Where it is struck, or why nowhere.
    pub outcome: Result<Reached, Unreached>,
}

/// Where and how a dot is struck.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reached {
    /// Index of the setup.
    pub setup: usize,
    /// Unit vector along the needle from tip to pivot, in the scan's frame.
    pub needle: Vector,
}

/// Why a dot is not struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unreached {
    /// The needle would have to be tilted beyond the profile's limit.
    Tilt,
    /// The needle would stand too far off the skin's normal.
    NeedleToNormal,
    /// An axis would have to leave its travel.
    AxisLimit(char),
    /// The scan is in the way of the needle.
    NeedleBlocked,
    /// The scan is in the way of the needle holder.
    HolderTouches,
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tilt => f.write_str("needle tilted beyond its limit"),
            Self::NeedleToNormal => f.write_str("needle too far off the normal"),
            Self::AxisLimit(letter) => write!(f, "beyond the travel of axis {letter}"),
            Self::NeedleBlocked => f.write_str("head in the way of the needle"),
            Self::HolderTouches => f.write_str("head in the way of the needle holder"),
        }
    }
}

impl From<Unreachable> for Unreached {
    fn from(reason: Unreachable) -> Self {
        match reason {
            Unreachable::NeedleFixed { .. } => Self::Tilt,
            Unreachable::AxisLimit { letter, .. } => Self::AxisLimit(letter),
        }
    }
}

impl From<Obstacle> for Unreached {
    fn from(obstacle: Obstacle) -> Self {
        match obstacle {
            Obstacle::Needle => Self::NeedleBlocked,
            Obstacle::Holder => Self::HolderTouches,
        }
    }
}

/// What each setup can do for each target.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    /// Number of setups.
    pub(super) setups: usize,
    pub(super) targets: Vec<Surveyed>,
}

/// One target in each of the setups.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Surveyed {
    id: u32,
    /// Angle of the normal to the vertical, rad.
    pub(super) tilts_rad: Vec<f64>,
    /// Direction of the needle in the scan's frame, or why the target is not reached.
    pub(super) outcomes: Vec<Result<Vector, Unreached>>,
}

/// Looks at every target in every setup.
///
/// Reached means: the needle is within the profile's limits of tilt and angle to the normal, all axes stay in their
/// travel from the strike to twice the approach height, and the scan is out of the way of needle and holder.
pub fn survey(targets: &[Target], profile: &Profile, setups: &[Setup<'_>], scan: &SurfaceIndex) -> Survey {
    let places: Vec<_> =
        setups.iter().map(|s| (s.mesh_to_rig, Clearance::new(profile, scan, &s.mesh_to_rig))).collect();
    let look = |target: &Target| {
        let in_setup = |(mesh_to_rig, clearance): &(Placement, Clearance<'_>)| {
            let needle = reach(target, profile, mesh_to_rig, clearance)?;
            Ok(mesh_to_rig.inverse().direction(&needle))
        };
        let tilt_rad =
            |(mesh_to_rig, _): &(Placement, Clearance<'_>)| mesh_to_rig.direction(&target.normal).angle(&Vector::z());
        Surveyed {
            id: target.id,
            tilts_rad: places.iter().map(tilt_rad).collect(),
            outcomes: places.iter().map(in_setup).collect(),
        }
    };
    Survey { setups: setups.len(), targets: targets.par_iter().map(look).collect() }
}

impl Survey {
    /// Of the targets of both, in the order of their ids; for targets that need different rigs.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.targets.extend(other.targets);
        self.targets.sort_by_key(|target| target.id);
        Self { setups: self.setups.max(other.setups), ..self }
    }

    /// Gives each target to that of the setups `among` in which its normal is tilted least of those that reach it; the
    /// answer of a target that none reaches is the reason in the setup of least tilt. One assignment per target, in their
    /// order.
    pub fn assign(&self, among: &[usize]) -> Vec<Assignment> {
        let assign_one = |target: &Surveyed| {
            let mut by_tilt = among.to_vec();
            by_tilt.sort_by(|&a, &b| target.tilts_rad[a].total_cmp(&target.tilts_rad[b]));
            let reached = by_tilt.iter().find_map(|&setup| {
                let needle = target.outcomes[setup].ok()?;
                Some(Ok(Reached { setup, needle }))
            });
            let reason = || by_tilt.first().and_then(|&setup| target.outcomes[setup].err()).unwrap_or(Unreached::Tilt);
            Assignment { id: target.id, outcome: reached.unwrap_or_else(|| Err(reason())) }
        };
        self.targets.iter().map(assign_one).collect()
    }
}

/// Gives each target to the setup in which its normal is tilted least among those that reach it: [`survey()`], then
/// [`Survey::assign`] among all setups.
pub fn assign(targets: &[Target], profile: &Profile, setups: &[Setup<'_>], scan: &SurfaceIndex) -> Vec<Assignment> {
    let all: Vec<usize> = (0..setups.len()).collect();
    survey(targets, profile, setups, scan).assign(&all)
}

/// The needle's direction in the rig with which it reaches the target.
fn reach(
    target: &Target,
    profile: &Profile,
    mesh_to_rig: &Placement,
    clearance: &Clearance<'_>,
) -> Result<Vector, Unreached> {
    let normal = mesh_to_rig.direction(&target.normal);
    let needle = if profile.kinematics == Kinematics::Xyz { Vector::z() } else { normal };
    if needle.angle(&Vector::z()) > profile.tilt_limit_deg.to_radians() {
        return Err(Unreached::Tilt);
    }
    if needle.angle(&normal) > profile.needle_to_normal_limit_deg.to_radians() {
        return Err(Unreached::NeedleToNormal);
    }
    let skin = Pose { tip: mesh_to_rig.point(&target.position), needle };
    // Between two places on the needle's axis the joints change linearly: the ends speak for all. The upper end is where
    // a dry run starts its strokes.
    let ends = [-target.depth_mm, 2.0 * profile.approach_mm + target.depth_mm].map(|h| skin.drawn_back(h).tip);
    let postures = postures(profile, &needle)?;
    let mut tries = postures.iter().map(|posture| reaches_all(profile, posture, &ends));
    let first = tries.next().unwrap_or(Ok(()));
    if first.is_err() && !tries.any(|reached| reached.is_ok()) {
        first?;
    }
    clearance.stroke(&skin, target.depth_mm)?;
    Ok(needle)
}

/// A warning with the number of dots that are not reached and how many for which reason; nothing when all are.
pub fn findings(assignments: &[Assignment]) -> Vec<Finding> {
    let mut counts: BTreeMap<Unreached, usize> = BTreeMap::new();
    for reason in assignments.iter().filter_map(|assignment| assignment.outcome.err()) {
        *counts.entry(reason).or_default() += 1;
    }
    let missed: usize = counts.values().sum();
    if missed == 0 {
        return Vec::new();
    }
    let reasons: Vec<String> = counts.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let message = format!("{missed} of {} dots are reached in no setup: {}", assignments.len(), reasons.join(", "));
    let remedy = "use a rig that turns the needle, add setups, or strike these dots by hand";
    vec![Finding::new("dots-not-reached", Severity::Warn, message).times(missed).remedy(remedy)]
}
