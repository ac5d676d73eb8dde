//! Heads in other units, poses and hands.

use nalgebra::{Rotation3, Unit};
use rand::RngExt;
use rand_pcg::Pcg64;
use tonsure::case::Landmarks;
use tonsure::geometry::{Placement, Point, Units, Vector};

use super::{Damaged, Head};

/// Scan and line turned at random and moved by a metre.
pub(super) fn moved(head: &Head, random: &mut Pcg64) -> Damaged {
    let mut direction = || Vector::from_fn(|_, _| random.random_range(-1.0..1.0)).normalize();
    let (axis, offset) = (direction(), direction() * 1000.0);
    let turn = Rotation3::from_axis_angle(&Unit::new_normalize(axis), random.random_range(0.5..3.0));
    Damaged { placement: Placement::new(&turn, &offset), ..Damaged::of(head) }
}

/// All in this unit, and said to be.
pub(super) fn in_unit(head: &Head, units: Units) -> Damaged {
    Damaged { units, units_said: units, line_units: [units; 2], ..Damaged::of(head) }
}

/// A scan in one unit that is said to be in another; the line is right.
pub(super) fn scan_said_wrong(head: &Head, units: Units, units_said: Units) -> Damaged {
    Damaged { units, units_said, ..Damaged::of(head) }
}

/// Scan and line in one unit, both said to be in another.
pub(super) fn all_said_wrong(head: &Head, units: Units, units_said: Units) -> Damaged {
    Damaged { units, units_said, line_units: [units, units_said], ..Damaged::of(head) }
}

fn mirror(axis: usize, mut point: Point) -> Point {
    point[axis] = -point[axis];
    point
}

/// Everything mirrored, as by an export with a sign lost; the triangles keep their order of corners.
pub(super) fn mirrored(head: &Head) -> Damaged {
    let axis = head.axes[0].iamax();
    let mut damaged = mirrored_scan(head);
    damaged.line.iter_mut().for_each(|p| *p = mirror(axis, *p));
    damaged.inside = mirror(axis, damaged.inside);
    let landmark = |at: Option<[f64; 3]>| at.map(|at| mirror(axis, Point::from(at)).coords.into());
    let Landmarks { glabella, left_tragus, right_tragus, inion, vertex } = damaged.landmarks;
    damaged.landmarks = Landmarks {
        glabella: landmark(glabella),
        left_tragus: landmark(left_tragus),
        right_tragus: landmark(right_tragus),
        inion: landmark(inion),
        vertex: landmark(vertex),
    };
    damaged
}

/// The scan mirrored, the line not.
pub(super) fn mirrored_scan(head: &Head) -> Damaged {
    let axis = head.axes[0].iamax();
    let mut damaged = Damaged::of(head);
    damaged.scan.vertices.iter_mut().for_each(|p| *p = mirror(axis, *p));
    damaged.mirrored_axis = Some(axis);
    damaged
}

/// Left and right mixed up in the landmarks.
pub(super) fn sides_swapped(head: &Head) -> Damaged {
    let mut damaged = Damaged::of(head);
    std::mem::swap(&mut damaged.landmarks.left_tragus, &mut damaged.landmarks.right_tragus);
    damaged
}
