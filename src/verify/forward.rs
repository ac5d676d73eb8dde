use nalgebra::{IsometryMatrix3, Rotation3, Translation3, Unit};

use super::action::Positions;
use crate::geometry::{Placement, Point, Vector};
use crate::rig::{Direction, Drive, Kinematics, Profile, Rotaries};

/// What carries what: a turn, and a way behind it.
type Frame = IsometryMatrix3<f64>;

/// Where the needle is: tip and the unit vector from the tip towards its other end.
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

    /// The place on its axis that far from the tip, towards its other end.
    pub(super) fn above(&self, distance_mm: f64) -> Point {
        self.tip + self.axis * distance_mm
    }
}

/// Way of each axis from the rig's zero, mm and degrees, for its position in a program.
pub(super) fn from_zero(profile: &Profile, axis: usize, position: f64) -> f64 {
    profile.axes.get(axis).map_or(position, |axis| match axis.direction {
        Direction::Positive => position - axis.zero,
        Direction::Negative => axis.zero - position,
    })
}

/// The needle as seen from the head rest for positions of the axes; `None` while a position is unknown.
///
/// Derived from the meaning of the profile's numbers and not from the writer's formulas: two chains of frames,
/// one from the ground to the needle and one from the ground to the rest, and the needle is what leads from the
/// end of the one to the end of the other (J. Denavit and R. S. Hartenberg 1955, with axes placed freely).
pub(super) fn needle(profile: &Profile, at: &Positions) -> Option<Needle> {
    let way = |axis: usize| Some(from_zero(profile, axis, at[axis]?));
    let carriage = moved(way(0)?, way(1)?, way(2)?);
    let out_mm = plunge_index(profile).map_or(Some(0.0), way)?;
    let seen = |frame: Frame| seen(&(frame * moved(0.0, 0.0, -out_mm)));
    // What carries what, from the ground outwards: index of the axis, and direction in space.
    let (a, b, c) = (Vector::x(), Vector::y(), Vector::z());
    let [inner, outer] = match profile.kinematics {
        Kinematics::Xyz => return Some(seen(carriage)),
        Kinematics::XyzAb => [(3, a), (4, b)],
        Kinematics::XyzBc => [(4, c), (3, b)],
        Kinematics::XyzAc => [(4, c), (3, a)],
    };
    let in_head = |(axis, along): (usize, Vector)| {
        let centre = Vector::from(profile.axes.get(axis)?.centre_mm) + Vector::z() * profile.pivot_to_tip_mm;
        Some(turn(&along, way(axis)?, &centre))
    };
    // The rest goes the other way round, so that the needle turns the right way as seen from it.
    let in_rest = |(axis, along): (usize, Vector)| {
        Some(turn(&along, -way(axis)?, &Vector::from(profile.axes.get(axis)?.centre_mm)))
    };
    let (to_needle, to_rest) = match profile.rotaries {
        Rotaries::HeadHead => (carriage * in_head(inner)? * in_head(outer)?, Frame::identity()),
        Rotaries::HeadTable => (carriage * in_head(outer)?, in_rest(inner)?),
        Rotaries::TableTable => (carriage, in_rest(outer)? * in_rest(inner)?),
    };
    Some(seen(to_rest.inv_mul(&to_needle)))
}

/// Whether the places of all axes that carry the needle are known, so that [`needle`] can be.
pub(super) fn is_known(profile: &Profile, at: &Positions) -> bool {
    let carrying = 0..profile.kinematics.letters().len();
    carrying.chain(plunge_index(profile)).all(|axis| at.get(axis).is_some_and(Option::is_some))
}

/// How far the tip may be from that rotary axis, wherever the other axes stand within their travel, mm; none for axes that turn nothing.
pub(super) fn reach_mm(profile: &Profile, axis: usize) -> Option<f64> {
    let [inner, outer] = match profile.kinematics {
        Kinematics::Xyz => return None,
        Kinematics::XyzAb => [3, 4],
        Kinematics::XyzBc | Kinematics::XyzAc => [4, 3],
    };
    let is_inner = axis == inner;
    if !is_inner && axis != outer {
        return None;
    }
    let centre = |axis: usize| Some(Vector::from(profile.axes.get(axis)?.centre_mm));
    let (inner, outer) = (centre(inner)?, centre(outer)?);
    let needle = Vector::z() * profile.pivot_to_tip_mm;
    // The carriage goes farthest from a place in one of the corners of its travel.
    let carried = |from: Vector| {
        let end = |axis: usize, far: bool| {
            profile.axes.get(axis).map_or(0.0, |a| from_zero(profile, axis, if far { a.max } else { a.min }))
        };
        let corner = |i: u8| Vector::new(end(0, i & 1 > 0), end(1, i & 2 > 0), end(2, i & 4 > 0));
        (0..8).map(|i| (corner(i) - from).norm()).fold(0.0, f64::max)
    };
    let between = (outer - inner).norm();
    Some(match (profile.rotaries, is_inner) {
        (Rotaries::HeadHead, true) => (outer + needle).norm() + between,
        (Rotaries::HeadHead | Rotaries::HeadTable, false) => (outer + needle).norm(),
        (Rotaries::HeadTable, true) => carried(inner - outer - needle) + (outer + needle).norm(),
        (Rotaries::TableTable, true) => carried(outer) + between,
        (Rotaries::TableTable, false) => carried(outer),
    })
}

/// Which axis pushes the needle out of its holder, if one does.
pub(super) fn plunge_index(profile: &Profile) -> Option<usize> {
    profile.axes.len().checked_sub(1).filter(|_| profile.drive == Drive::Plunge)
}

fn moved(x: f64, y: f64, z: f64) -> Frame {
    Frame::from_parts(Translation3::new(x, y, z), Rotation3::identity())
}

/// Turn about an axis through a place, degrees.
fn turn(along: &Vector, angle_deg: f64, centre: &Vector) -> Frame {
    let rotation = Rotation3::from_axis_angle(&Unit::new_unchecked(*along), angle_deg.to_radians());
    Frame::from_parts(Translation3::from(centre - rotation * centre), rotation)
}

/// The needle whose tip is carried by the origin, and which points along z.
fn seen(frame: &Frame) -> Needle {
    Needle { tip: Point::from(frame.translation.vector), axis: frame.rotation * Vector::z() }
}
