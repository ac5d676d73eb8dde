use std::fmt;

use super::{Joints, Kinematics, Profile, Rotaries, Turns, postures};
use crate::geometry::{Point, Vector};

/// Where the needle is, in the frame of the head rest: the rig's own while all rotary axes stand at zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// The needle's tip, mm.
    pub tip: Point,
    /// Unit vector along the needle, from the tip to its other end: on a perpendicular needle, the skin's outward normal.
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

/// The joints that bring the needle's tip to `tip` with the needle along `needle` (unit, from tip to its other end).
///
/// Of the postures that do so, see [`postures()`], the first that is within all travels. The error is that of the first
/// posture of all.
pub fn inverse(profile: &Profile, tip: &Point, needle: &Vector) -> Result<Joints, Unreachable> {
    let mut first_error = None;
    for posture in postures(profile, needle)? {
        match with_tip(profile, tip, posture.turns) {
            Ok(joints) => return Ok(joints),
            Err(error) => drop(first_error.get_or_insert(error)),
        }
    }
    // Postures are never an empty list.
    Err(first_error.unwrap_or(Unreachable::NeedleFixed { tilt_deg: 0.0 }))
}

/// The joints that bring the tip to `tip` while the rotary axes stand at `turns` and a plunge axis at its zero: closed
/// forms.
pub fn with_tip(profile: &Profile, tip: &Point, turns: Turns) -> Result<Joints, Unreachable> {
    let carriage = match Chain::new(profile, turns) {
        None => *tip,
        Some(Chain { near, far, rotaries }) => match rotaries {
            Rotaries::HeadHead => tip - near.point(&far.point(&Point::origin())).coords,
            Rotaries::HeadTable => near.undone(tip) - far.point(&Point::origin()).coords,
            Rotaries::TableTable => far.undone(&near.undone(tip)),
        },
    };
    let place = |axis: usize| profile.axes[axis].zero + profile.axes[axis].direction.sign() * carriage[axis];
    let joints = match profile.kinematics {
        Kinematics::Xyz => Joints::new([place(0), place(1), place(2)]),
        _ => Joints::new([place(0), place(1), place(2), turns[0], turns[1]]),
    };
    let joints = profile.plunge_axis().map_or(joints, |axis| joints.and(axis.zero));
    match profile.axes.iter().zip(joints.iter()).find(|(axis, q)| !(axis.min..=axis.max).contains(*q)) {
        None => Ok(joints),
        Some((axis, &position)) => {
            Err(Unreachable::AxisLimit { letter: axis.letter, position, min: axis.min, max: axis.max })
        }
    }
}

/// Where the needle is when the axes stand at `joints`, limits aside. Panics when an axis of the kinematics is missing.
pub fn forward(profile: &Profile, joints: &Joints) -> Pose {
    let carriage = carriage(profile, joints);
    let plunged = profile.plunged_mm(joints);
    let Some(Chain { near, far, rotaries }) = Chain::new(profile, joints.turns()) else {
        return Pose::upright(carriage).drawn_back(-plunged);
    };
    let tip = match rotaries {
        Rotaries::HeadHead => carriage + near.point(&far.point(&Point::origin())).coords,
        Rotaries::HeadTable => near.point(&(carriage + far.point(&Point::origin()).coords)),
        Rotaries::TableTable => near.point(&far.point(&carriage)),
    };
    Pose { tip, needle: near.direction(&far.direction(&Vector::z())) }.drawn_back(-plunged)
}

/// How far X, Y and Z have moved from the rig's zero, mm.
pub(super) fn carriage(profile: &Profile, joints: &Joints) -> Point {
    let moved = |axis: usize| (joints[axis] - profile.axes[axis].zero) * profile.axes[axis].direction.sign();
    Point::new(moved(0), moved(1), moved(2))
}

impl Profile {
    /// The axis that pushes the needle out of its holder, if it is driven by one: the last of the axes.
    pub fn plunge_axis(&self) -> Option<&super::Axis> {
        self.axes.last().filter(|_| self.drive == super::Drive::Plunge)
    }

    /// How far a plunge axis has pushed the needle out, mm.
    pub(super) fn plunged_mm(&self, joints: &Joints) -> f64 {
        let out = |axis: &super::Axis| Some((joints.last()? - axis.zero) * axis.direction.sign());
        self.plunge_axis().and_then(out).unwrap_or(0.0)
    }

    /// Positions of the rotary axes at the rig's zero, where needle and head rest are upright.
    pub fn turns_at_zero(&self) -> Turns {
        [3, 4].map(|axis| self.axes.get(axis).map_or(0.0, |axis: &super::Axis| axis.zero))
    }
}

impl Kinematics {
    /// Index, among the rotary axes of the profile, of the one nearer to the head; `None` without rotary axes.
    pub(super) fn near_axis(self) -> Option<usize> {
        match self {
            Self::Xyz => None,
            Self::XyzAb => Some(0),
            Self::XyzBc | Self::XyzAc => Some(1),
        }
    }
}

/// The rotary axes on the way from the head to the needle.
///
/// Seen from the head rest, the needle is turned by the axis farther from the head and then by the nearer one, whether
/// an axis turns the needle or, the other way round, the rest. Only the place where X, Y and Z come in differs.
pub(super) struct Chain {
    pub(super) near: Hinge,
    pub(super) far: Hinge,
    rotaries: Rotaries,
}

impl Chain {
    pub(super) fn new(profile: &Profile, turns: Turns) -> Option<Self> {
        let near = profile.kinematics.near_axis()?;
        let turns_rest = match profile.rotaries {
            Rotaries::HeadHead => [false, false],
            Rotaries::HeadTable => [true, false],
            Rotaries::TableTable => [true, true],
        };
        let [near, far] = [(near, turns_rest[0]), (1 - near, turns_rest[1])].map(|(index, turns_rest)| {
            let axis = &profile.axes[Joints::LINEAR + index];
            let above_mm = if turns_rest { 0.0 } else { profile.pivot_to_tip_mm };
            let centre = Point::from(axis.centre_mm) + Vector::z() * above_mm;
            let (sin, cos) = ((turns[index] - axis.zero) * axis.direction.sign()).to_radians().sin_cos();
            Hinge { letter: axis.letter, centre, sin, cos }
        });
        Some(Self { near, far, rotaries: profile.rotaries })
    }
}

/// A turn about an axis parallel to x (A), y (B) or z (C).
pub(super) struct Hinge {
    letter: char,
    /// A place on the axis, mm.
    pub(super) centre: Point,
    sin: f64,
    cos: f64,
}

impl Hinge {
    pub(super) fn direction(&self, v: &Vector) -> Vector {
        let Self { sin, cos, .. } = *self;
        match self.letter {
            'A' => Vector::new(v.x, v.y * cos - v.z * sin, v.y * sin + v.z * cos),
            'B' => Vector::new(v.x * cos + v.z * sin, v.y, v.z * cos - v.x * sin),
            _ => Vector::new(v.x * cos - v.y * sin, v.x * sin + v.y * cos, v.z),
        }
    }

    pub(super) fn point(&self, p: &Point) -> Point {
        self.centre + self.direction(&(p - self.centre))
    }

    fn undone(&self, p: &Point) -> Point {
        Self { sin: -self.sin, ..*self }.point(p)
    }
}
