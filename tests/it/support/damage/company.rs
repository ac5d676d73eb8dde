//! What comes into a scan besides the head.

use rand::RngExt;
use rand_pcg::Pcg64;
use tonsure::geometry::{Point, Vector};
use tonsure::mesh::{TriMesh, refine, submesh};

use super::head::centroid;
use super::skin::skin_inside;
use super::{Damaged, Head, Soup};

/// A copy of a part of the skin, this far outside of it, or inside where it is negative. A joined one hangs on the skin
/// all around.
fn offset_copy(head: &Head, off_mm: f64, is_joined: bool, keep: impl Fn(&Point) -> bool) -> Soup {
    let mut normals = vec![Vector::zeros(); head.skin.vertices().len()];
    for (t, corners) in (0..).zip(head.skin.triangles()) {
        for &v in corners {
            normals[v as usize] += head.skin.double_area_vector(t);
        }
    }
    for (t, corners) in (0..).zip(head.skin.triangles()) {
        if is_joined && !keep(&centroid(&head.skin.corners(t))) {
            for &v in corners {
                normals[v as usize] = Vector::zeros();
            }
        }
    }
    let moved =
        head.skin.vertices().iter().zip(&normals).map(|(p, n)| p + n.try_normalize(0.0).unwrap_or_default() * off_mm);
    let moved = TriMesh::new(moved.collect(), head.skin.triangles().to_vec()).unwrap();
    let (vertices, triangles) = submesh(&moved, |t| keep(&centroid(&head.skin.corners(t)))).unwrap().0.into_parts();
    Soup { vertices, triangles }
}

/// A second sheet over or under a round patch of the skin.
pub(super) fn second_sheet(head: &Head, off_mm: f64, is_joined: bool) -> Damaged {
    let place = head.crown();
    let mut damaged = Damaged::of(head);
    damaged.foreign = offset_copy(head, off_mm, is_joined, |p| (p - place).norm() < 25.0);
    damaged
}

/// A shell under all of the treatable skin.
pub(super) fn shell(head: &Head, below_mm: f64) -> Damaged {
    let mut damaged = Damaged::of(head);
    damaged.foreign = offset_copy(head, -below_mm, false, |p| head.undamaged().region.is_within(p, 1.0));
    damaged
}

/// Triangles that stand on edges of the skin.
pub(super) fn fins(head: &Head, random: &mut Pcg64, count: usize) -> Damaged {
    let mut damaged = Damaged::of(head);
    for t in skin_inside(head, random, count) {
        let [a, b, _] = head.mesh.corners(t as u32);
        let tip = nalgebra::center(&a, &b) + head.mesh.normal(t as u32) * random.random_range(2.0..10.0);
        damaged.foreign.add(&[a, b, tip], &[[0, 1, 2]]);
    }
    damaged
}

/// Small closed pieces in the air above the scalp.
pub(super) fn islands(head: &Head, random: &mut Pcg64, count: usize) -> Damaged {
    floating(head, random, count, 5.0..40.0, 3.0)
}

/// Crumbs just above the skin.
pub(super) fn crumbs(head: &Head, random: &mut Pcg64, count: usize) -> Damaged {
    floating(head, random, count, 1.0..1.01, 0.4)
}

fn floating(head: &Head, random: &mut Pcg64, count: usize, above_mm: std::ops::Range<f64>, size_mm: f64) -> Damaged {
    let mut damaged = Damaged::of(head);
    for t in skin_inside(head, random, count) {
        let up = head.mesh.normal(t as u32);
        let foot = centroid(&head.mesh.corners(t as u32)) + up * random.random_range(above_mm.clone());
        let side = up.cross(&head.axes[random.random_range(0..2)]).try_normalize(0.1).unwrap_or(head.axes[1]);
        let other = up.cross(&side);
        let corners = [
            foot,
            foot + (up + side) * size_mm,
            foot + (up - side * 0.5 + other) * size_mm,
            foot + (up - other) * size_mm,
        ];
        damaged.foreign.add(&corners, &[[0, 2, 1], [0, 3, 2], [0, 1, 3], [1, 2, 3]]);
    }
    damaged
}

/// A block as of a head rest, whose face comes `deep_mm` into the back of the head (0 touches it).
pub(super) fn head_rest(head: &Head, deep_mm: f64) -> Damaged {
    let [left, back, up] = head.axes;
    let reach = |axis: &Vector| head.line.iter().map(|p| p.coords.dot(axis)).fold(f64::NEG_INFINITY, f64::max);
    let region = head.places_inside(200, 0.0);
    let rear = region.iter().map(|p| p.coords.dot(&back)).fold(reach(&back), f64::max);
    let middle = head.occiput();
    let face = middle + back * (rear - middle.coords.dot(&back) - deep_mm);
    let mut damaged = Damaged::of(head);
    damaged.foreign = block(face + back * 20.0, [left * 80.0, back * 20.0, up * 60.0]);
    damaged
}

/// A bust under the head: a block that the neck runs into.
pub(super) fn shoulders(head: &Head) -> Damaged {
    let [left, back, up] = head.axes;
    let lowest = head.skin.vertices().iter().map(|p| p.coords.dot(&up)).fold(f64::INFINITY, f64::min);
    let middle = head.undamaged().core;
    let neck = middle + up * (lowest - middle.coords.dot(&up));
    let mut damaged = Damaged::of(head);
    damaged.foreign = block(neck - up * 45.0, [left * 200.0, back * 80.0, up * 55.0]);
    damaged
}

/// A closed box around a centre in triangles of up to 10 mm; three half edges.
fn block(centre: Point, half: [Vector; 3]) -> Soup {
    let corner =
        |i: usize| (0..3).fold(centre, |p, axis| if i >> axis & 1 == 1 { p + half[axis] } else { p - half[axis] });
    let faces = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let triangles = faces.iter().flat_map(|&[a, b, c, d]| [[a, b, c], [a, c, d]]).collect();
    let coarse = TriMesh::new((0..8).map(corner).collect(), triangles).unwrap();
    let (vertices, triangles) = refine(&coarse, &[], 10.0).unwrap().mesh.into_parts();
    Soup { vertices, triangles }
}
