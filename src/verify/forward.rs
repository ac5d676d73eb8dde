use nalgebra::{Rotation3, Unit};

use super::interpreter::Positions;
use crate::geometry::{Placement, Point, Vector};
use crate::rig::{Kinematics, Profile};

/// Where the needle is: tip and the unit vector from the tip towards its pivot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Needle {
    pub(super) tip: Point,
    pub(super) axis: Vector,
}

impl Needle {
    /// The same needle seen from another frame.
    pub(super) fn seen_from(&self, placement: &Placement) -> Self {
        Self { tip: placement.point(&self.tip), axis: placement.direction(&self.axis) }
    }

    /// The place on its axis that far from the tip, towards the pivot.
    pub(super) fn above(&self, distance_mm: f64) -> Point {
        self.tip + self.axis * distance_mm
    }
}

/// Pose of the needle in the rig's frame for positions of the axes, built from rotation matrices; `None` while a
/// position is unknown. Derived from the meaning of the profile's numbers and not from the writer's formulas: the pivot
/// stands `pivot_to_tip_mm` above the tip when both angles are 0, and turns of A carry those of B.
pub(super) fn needle(profile: &Profile, at: &Positions) -> Option<Needle> {
    let tip_at_rest = Point::new(at[0]?, at[1]?, at[2]?);
    match profile.kinematics {
        Kinematics::Xyz => Some(Needle { tip: tip_at_rest, axis: Vector::z() }),
        Kinematics::XyzAb => {
            let length = Vector::z() * profile.pivot_to_tip_mm;
            let a = Rotation3::from_axis_angle(&Unit::new_unchecked(Vector::x()), at[3]?.to_radians());
            let b = Rotation3::from_axis_angle(&Unit::new_unchecked(Vector::y()), at[4]?.to_radians());
            let turned = a * b;
            Some(Needle { tip: tip_at_rest + length - turned * length, axis: turned * Vector::z() })
        }
    }
}
