use crate::geometry::Point;
use crate::mesh::SurfaceIndex;

/// How much wider a hole may be than found, as a share and in mm.
const SHARE: f64 = 0.01;
const LEAST_MM: f64 = 0.02;

/// Twice the greatest distance from a place on the triangles to the rim, mm.
///
/// Branch and bound: the distance changes by at most as much as the place moves, so a triangle is halved only while
/// the value at its middle and the way from there to its corners say that there may be more in it. Halved at its longest
/// edge, so that a crack takes no more pieces than its length does.
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
                let [ab, bc, ca] = [b - a, c - b, a - c].map(|edge| edge.norm_squared());
                let [from, to, tip] = match (ab >= bc && ab >= ca, bc >= ca) {
                    (true, _) => [a, b, c],
                    (false, true) => [b, c, a],
                    (false, false) => [c, a, b],
                };
                let middle = nalgebra::center(&from, &to);
                pending.extend([[from, middle, tip], [middle, to, tip]]);
            }
        }
    }
    2.0 * greatest
}
