//! Distances to a single triangle, safe for slivers and triangles without area.

use super::ray::Ray;
use crate::geometry::{Point, Vector};

/// Height of a triangle over its length below which its normal is noise and only its edges are looked at; the place
/// found is then off by at most that part of the length.
const SLIVER: f64 = 1e-8;

/// Part of a bound that rounding may take.
const PLAY: f64 = 1e-12;

/// Weights of the corners at the point of the triangle closest to `p`; non-negative, sum 1.
///
/// Voronoi regions as in C. Ericson, "Real-Time Collision Detection" (2005), section 5.1.5, but with the signs taken
/// from the triangle's normal: their error grows linearly, not with the square, as `p` moves off a sliver.
pub(super) fn closest_weights(corners: &[Point; 3], p: &Point) -> [f64; 3] {
    let edges = [corners[1] - corners[0], corners[2] - corners[1], corners[0] - corners[2]];
    let normal = edges[0].cross(&edges[1]);
    let length2 = edges[0].norm_squared().max(edges[1].norm_squared()).max(edges[2].norm_squared());
    let sliver = normal.norm_squared() <= (SLIVER * length2).powi(2);
    // Twice the signed area of edge i with p, times the length of the normal: positive on the inner side.
    let sides = [0, 1, 2].map(|i| normal.dot(&edges[i].cross(&(p - corners[i]))));
    if !sliver && sides.iter().all(|&side| side >= 0.0) {
        let sum = sides[0] + sides[1] + sides[2];
        let (u, v) = (sides[1] / sum, sides[2] / sum);
        return [u, v, (1.0 - u - v).max(0.0)];
    }
    // Outside, the closest point lies on an edge that sees p from without.
    let mut best = (f64::INFINITY, [1.0, 0.0, 0.0]);
    for i in (0..3).filter(|&i| sliver || sides[i] < 0.0) {
        let along = project(&(p - corners[i]), &edges[i]);
        let distance2 = (corners[i] + edges[i] * along - p).norm_squared();
        if distance2 < best.0 {
            let mut weights = [0.0; 3];
            weights[i] = 1.0 - along;
            weights[(i + 1) % 3] = along;
            best = (distance2, weights);
        }
    }
    best.1
}

/// The point with these weights.
pub(super) fn at_weights(corners: &[Point; 3], [u, v, w]: [f64; 3]) -> Point {
    Point::from(corners[0].coords * u + corners[1].coords * v + corners[2].coords * w)
}

/// Squared distance between the segment `from + s * along`, s in 0 to 1, and the triangle; 0 where they meet.
///
/// `ray` is the ray of the same origin and direction, made once for many triangles.
pub(super) fn segment_distance2(corners: &[Point; 3], from: &Point, along: &Vector, ray: &Ray) -> f64 {
    if ray.hit(corners).is_some_and(|(t, _)| t <= 1.0) {
        return 0.0;
    }
    // Apart, the least distance is taken at an end of the segment or at an edge of the triangle.
    let mut least = f64::INFINITY;
    for end in [*from, from + along] {
        least = least.min((at_weights(corners, closest_weights(corners, &end)) - end).norm_squared());
    }
    for i in 0..3 {
        let edge = corners[(i + 1) % 3] - corners[i];
        least = least.min(segments_distance2(&(corners[i] - from), along, &edge));
    }
    least
}

/// A number not above the distance between the segment `from + s * along`, s in 0 to 1, and the triangle: how far apart
/// a plane holds them that faces the line from the segment to the triangle's middle. Much cheaper than the distance.
pub(super) fn separation(corners: &[Point; 3], from: &Point, along: &Vector) -> f64 {
    let middle = at_weights(corners, [1.0 / 3.0; 3]);
    let near = from + along * project(&(middle - from), along);
    let facing = middle - near;
    let least = corners.iter().map(|corner| (corner - near).dot(&facing)).fold(f64::INFINITY, f64::min);
    let length = facing.norm();
    if length > 0.0 { least / length * (1.0 - PLAY) } else { 0.0 }
}

/// Squared distance between the segments `s * along` and `offset + t * edge` (Ericson, section 5.1.9).
fn segments_distance2(offset: &Vector, along: &Vector, edge: &Vector) -> f64 {
    let (aa, ee, ae) = (along.norm_squared(), edge.norm_squared(), along.dot(edge));
    let (ao, eo) = (along.dot(offset), edge.dot(offset));
    let determinant = aa * ee - ae * ae;
    let mut s = if determinant > 0.0 { ((ao * ee - ae * eo) / determinant).clamp(0.0, 1.0) } else { 0.0 };
    let t = if ee > 0.0 { ((s * ae - eo) / ee).clamp(0.0, 1.0) } else { 0.0 };
    // Whatever the rounding of nearly parallel lines made of s, this is the best one for that t.
    if aa > 0.0 {
        s = ((ao + t * ae) / aa).clamp(0.0, 1.0);
    }
    (offset + edge * t - along * s).norm_squared()
}

/// Where the foot of `offset` falls on `edge`, from 0 to 1 along it.
pub(super) fn project(offset: &Vector, edge: &Vector) -> f64 {
    let length2 = edge.norm_squared();
    if length2 > 0.0 { (offset.dot(edge) / length2).clamp(0.0, 1.0) } else { 0.0 }
}
