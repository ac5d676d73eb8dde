use std::fmt;

use super::{Joints, Kinematics, Profile};
use crate::geometry::{Point, Vector};

/// Where the needle is, in the rig's frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// The needle's tip, mm.
    pub tip: Point,
    /// Unit vector along the needle, from the tip to the pivot: on a perpendicular needle, the skin's outward normal.
    pub needle: Vector,
}

impl Pose {
    /// The same needle drawn back along its own axis; a negative distance pushes it forward, mm.
    #[must_use]
    pub fn drawn_back(&self, distance_mm: f64) -> Self {
        Self { tip: self.tip + self.needle * distance_mm, needle: self.needle }
    }

    /// The same pose with the needle along `z`.
    pub fn upright(tip: Point) -> Self {
        Self { tip, needle: Vector::z() }
    }
}

/// Why a rig cannot take a pose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unreachable {
    /// The needle cannot be turned away from the vertical.
    NeedleFixed {
        /// Angle that was asked, degrees.
        tilt_deg: f64,
    },
    /// An axis would have to leave its travel.
    AxisLimit {
        /// The axis.
        letter: char,
        /// Where it would have to go, mm or degrees.
        position: f64,
        /// Least position, mm or degrees.
        min: f64,
        /// Largest position, mm or degrees.
        max: f64,
    },
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeedleFixed { tilt_deg } => write!(f, "the needle cannot be turned by {tilt_deg:.2} degrees"),
            Self::AxisLimit { letter, position, min, max } => {
                write!(f, "axis {letter} would have to go to {position:.3}, its travel is {min} to {max}")
            }
        }
    }
}

/// A needle that turns less than this from the vertical counts as upright, rad.
const UPRIGHT_RAD: f64 = 1e-9;

/// The joints that bring the needle's tip to `tip` with the needle along `needle` (unit, from tip to pivot).
///
/// Closed forms; of the two solutions of a two-axis head the one with B within ±90° is taken, which keeps A and B
/// continuous over the upper half space and, but for the sides where B nears 90°, some way below.
pub fn inverse(profile: &Profile, tip: &Point, needle: &Vector) -> Result<Joints, Unreachable> {
    let joints = match profile.kinematics {
        Kinematics::Xyz => {
            let tilt = needle.x.hypot(needle.y).atan2(needle.z);
            if tilt > UPRIGHT_RAD {
                return Err(Unreachable::NeedleFixed { tilt_deg: tilt.to_degrees() });
            }
            Joints::new([tip.x, tip.y, tip.z])
        }
        Kinematics::XyzAb => {
            let pivot = tip + (needle - Vector::z()) * profile.pivot_to_tip_mm;
            let a = (-needle.y).atan2(needle.z);
            // The same angle as asin(x), but as exact near 90 degrees as elsewhere.
            let b = needle.x.atan2(needle.y.hypot(needle.z));
            Joints::new([pivot.x, pivot.y, pivot.z, a.to_degrees(), b.to_degrees()])
        }
    };
    match profile.axes.iter().zip(joints.iter()).find(|(axis, q)| !(axis.min..=axis.max).contains(*q)) {
        None => Ok(joints),
        Some((axis, &position)) => {
            Err(Unreachable::AxisLimit { letter: axis.letter, position, min: axis.min, max: axis.max })
        }
    }
}

/// Where the needle is when the axes stand at `joints`, limits aside. Panics when an axis of the kinematics is missing.
pub fn forward(profile: &Profile, joints: &Joints) -> Pose {
    let tip = Point::new(joints[0], joints[1], joints[2]);
    match profile.kinematics {
        Kinematics::Xyz => Pose::upright(tip),
        Kinematics::XyzAb => {
            let (sin_a, cos_a) = joints[3].to_radians().sin_cos();
            let (sin_b, cos_b) = joints[4].to_radians().sin_cos();
            let needle = Vector::new(sin_b, -sin_a * cos_b, cos_a * cos_b);
            Pose { tip: tip - (needle - Vector::z()) * profile.pivot_to_tip_mm, needle }
        }
    }
}
