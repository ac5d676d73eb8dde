use crate::geometry::Point;
use crate::mesh::SurfaceIndex;

/// How much wider a hole may be than found, as a share and in mm.
const SHARE: f64 = 0.01;
const LEAST_MM: f64 = 0.002;

/// Twice the greatest distance from a place on the triangles to the rim, mm.
///
/// Branch and bound: the distance changes by at most as much as the place moves, so a triangle is halved only while
/// the value at its middle and the way from there to its corners say that there may be more in it. Its longest side is
/// halved: over a crack without width the number of parts grows with its length and not with the square of it.
pub(super) fn widest_mm(triangles: &[[Point; 3]], rim: &SurfaceIndex) -> f64 {
    let mut greatest: f64 = 0.0;
    let mut pending: Vec<[Point; 3]> = triangles.to_vec();
    while !pending.is_empty() {
        let measured: Vec<([Point; 3], f64)> = pending
            .drain(..)
            .map(|corners| {
                let middle = Point::from((corners[0].coords + corners[1].coords + corners[2].coords) / 3.0);
                let distance_mm = rim.closest(&middle).map_or(0.0, |hit| hit.distance_mm);
                let radius = corners.iter().map(|corner| (corner - middle).norm()).fold(0.0, f64::max);
                greatest = greatest.max(distance_mm);
                (corners, distance_mm + radius)
            })
            .collect();
        let enough = greatest * (1.0 + SHARE) + 0.5 * LEAST_MM;
        for ([a, b, c], most) in measured {
            if most > enough {
                let turns = [[a, b, c], [b, c, a], [c, a, b]];
                let length = |[p, q, _]: &[Point; 3]| (q - p).norm_squared();
                let [p, q, r] = turns.into_iter().max_by(|s, t| length(s).total_cmp(&length(t))).unwrap_or([a, b, c]);
                let middle = nalgebra::center(&p, &q);
                pending.extend([[p, middle, r], [middle, q, r]]);
            }
        }
    }
    2.0 * greatest
}
