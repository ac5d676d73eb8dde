use crate::geometry::Point;
use crate::mesh::SurfaceIndex;

/// How much wider a hole may be than found, as a share and in mm.
const SHARE: f64 = 0.01;
const LEAST_MM: f64 = 0.01;

/// Twice the greatest distance from a place on the triangles to the rim, mm.
///
/// Branch and bound: the distance changes by at most as much as the place moves, so a triangle is halved only while the
/// value at its middle and the way from there to its corners say that there may be more in it. Halved across its longest
/// side: the slivers over a slit then give pieces in proportion to their length.
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
        for ([a, b, c], _) in measured.into_iter().filter(|&(_, most)| most > enough) {
            let sides = [[a, b, c], [b, c, a], [c, a, b]].map(|[p, q, tip]| ((q - p).norm_squared(), [p, q, tip]));
            let longest = sides.into_iter().max_by(|one, other| one.0.total_cmp(&other.0));
            let [p, q, tip] = longest.map_or([a, b, c], |(_, corners)| corners);
            let middle = nalgebra::center(&p, &q);
            pending.extend([[p, middle, tip], [middle, q, tip]]);
        }
    }
    2.0 * greatest
}
