use std::collections::BTreeMap;
use std::fmt;

use rayon::prelude::*;

use crate::error::{Finding, Severity};
use crate::geometry::{Placement, Point, Vector};
use crate::mesh::SurfaceIndex;
use crate::rig::{Clearance, Kinematics, Obstacle, Pose, Profile, Unreachable, inverse};

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

/// Gives each dot to the setup in which its normal is tilted least among those that reach it; the answer of a dot that none
/// reaches is the reason in the setup of least tilt. One assignment per target, in their order.
///
/// Reached means: the needle is within the profile's limits of tilt and angle to the normal, all axes stay in their
/// travel from the strike to twice the approach height, and the scan is out of the way of needle and holder.
pub fn assign(targets: &[Target], profile: &Profile, setups: &[Setup<'_>], scan: &SurfaceIndex) -> Vec<Assignment> {
    let places: Vec<_> = setups.iter().map(|s| (s, Clearance::new(profile, scan, &s.mesh_to_rig))).collect();
    let assign_one = |target: &Target| {
        let upward = |setup: usize| setups[setup].mesh_to_rig.direction(&target.normal).z;
        let mut by_tilt: Vec<usize> = (0..setups.len()).collect();
        by_tilt.sort_by(|&a, &b| upward(b).total_cmp(&upward(a)));
        let mut outcome = Err(Unreached::Tilt);
        for (tried, &setup) in by_tilt.iter().enumerate() {
            let (Setup { mesh_to_rig, .. }, clearance) = &places[setup];
            match reach(target, profile, mesh_to_rig, clearance) {
                Ok(needle) => {
                    outcome = Ok(Reached { setup, needle: mesh_to_rig.inverse().direction(&needle) });
                    break;
                }
                Err(reason) if tried == 0 => outcome = Err(reason),
                Err(_) => {}
            }
        }
        Assignment { id: target.id, outcome }
    };
    targets.par_iter().map(assign_one).collect()
}

/// The needle's direction in the rig with which it reaches the target.
fn reach(
    target: &Target,
    profile: &Profile,
    mesh_to_rig: &Placement,
    clearance: &Clearance<'_>,
) -> Result<Vector, Unreached> {
    let normal = mesh_to_rig.direction(&target.normal);
    let needle = match profile.kinematics {
        Kinematics::Xyz => Vector::z(),
        Kinematics::XyzAb => normal,
    };
    if needle.angle(&Vector::z()) > profile.tilt_limit_deg.to_radians() {
        return Err(Unreached::Tilt);
    }
    if needle.angle(&normal) > profile.needle_to_normal_limit_deg.to_radians() {
        return Err(Unreached::NeedleToNormal);
    }
    let skin = Pose { tip: mesh_to_rig.point(&target.position), needle };
    // Between two places on the needle's axis the joints change linearly: the ends speak for all. The upper end is where
    // a dry run starts its strokes.
    for height_mm in [-target.depth_mm, 2.0 * profile.approach_mm + target.depth_mm] {
        inverse(profile, &skin.drawn_back(height_mm).tip, &needle)?;
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
