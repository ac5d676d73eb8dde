use nalgebra::{Point2, Vector2};
use rayon::prelude::*;

use super::ball_flood::BallFlood;
use super::{SurfacePoint, Topology, TriMesh};
use crate::geometry::Vector;

/// The normal of a small disc of the surface.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SmoothNormal {
    /// Unit normal on the side of the triangles' winding; zero where the surface has none.
    pub normal: Vector,
    /// Area-weighted root mean square of the angles between the triangles' normals and `normal`.
    pub rms_variation_rad: f64,
}

/// Points to a piece of work.
const CHUNK: usize = 1024;

/// Mean normals of the surface within `radius_mm` of each point, and how much the triangles there differ from them.
///
/// Only what hangs together with the point inside the ball counts, so that a head rest or a second layer in the scan does
/// not bend the normals of the skin it touches; and of that only what faces the same way as the skin next to the point, so
/// that the far side of a thin wall does not either. Each triangle counts with the area of its part inside the radius, and
/// with the mean of the area vectors around its vertices, interpolated at the centroid of that part: so the normal varies
/// smoothly also where the whole disc lies within one triangle of a coarse mesh, and triangles that noise has folded over
/// cancel what their neighbours have too much.
pub fn smoothed_normals(
    mesh: &TriMesh,
    topology: &Topology,
    points: &[SurfacePoint],
    radius_mm: f64,
) -> Vec<SmoothNormal> {
    let facets: Vec<Facet> =
        (0..mesh.triangles().len() as u32).into_par_iter().map(|t| Facet::of(mesh.double_area_vector(t))).collect();
    let means = mean_normals(mesh, &facets);
    // Neighbours on the surface one after the other: they need the same triangles.
    let mut order: Vec<u32> = (0..points.len() as u32).collect();
    order.sort_by_key(|&i| points[i as usize].triangle);
    let chunks = order.par_chunks(CHUNK).map(|chunk| {
        let mut disc = Disc {
            mesh,
            facets: &facets,
            means: &means,
            flood: BallFlood::new(mesh, topology),
            near: Vec::new(),
            parts: Vec::new(),
            radius_mm,
        };
        chunk.iter().map(|&i| disc.around(&points[i as usize])).collect::<Vec<_>>()
    });
    let sorted: Vec<SmoothNormal> = chunks.flatten_iter().collect();
    let mut normals = vec![SmoothNormal { normal: Vector::zeros(), rms_variation_rad: 0.0 }; points.len()];
    for (&i, normal) in order.iter().zip(sorted) {
        normals[i as usize] = normal;
    }
    normals
}

/// Sums up discs of the surface.
struct Disc<'a> {
    mesh: &'a TriMesh,
    facets: &'a [Facet],
    means: &'a [Vector],
    flood: BallFlood<'a>,
    near: Vec<Near>,
    /// Areas and normals of the triangles' parts in the disc.
    parts: Vec<(f64, Vector)>,
    radius_mm: f64,
}

/// Where a triangle faces.
#[derive(Debug, Clone, Copy)]
struct Facet {
    /// Unit normal; zero without area.
    normal: Vector,
    area_mm2: f64,
}

impl Facet {
    fn of(double_area: Vector) -> Self {
        let double_mm2 = double_area.norm();
        let normal = if double_mm2 > 0.0 { double_area / double_mm2 } else { Vector::zeros() };
        Self { normal, area_mm2: 0.5 * double_mm2 }
    }
}

/// A triangle as seen from the middle of a disc.
struct Near {
    triangle: u32,
    /// From there to the corners, mm.
    offsets: [Vector; 3],
    facet: Facet,
}

impl Disc<'_> {
    fn around(&mut self, at: &SurfacePoint) -> SmoothNormal {
        let Self { mesh, facets, means, near, parts, radius_mm, .. } = self;
        let (mesh, facets, radius_mm) = (*mesh, *facets, *radius_mm);
        let mean = |triangle: u32, weights: [f64; 3]| {
            let [a, b, c] = mesh.triangles()[triangle as usize].map(|v| means[v as usize]);
            a * weights[0] + b * weights[1] + c * weights[2]
        };
        let position = at.position(mesh);
        near.clear();
        near.extend(self.flood.around(at.triangle, &position, radius_mm).iter().map(|&triangle| Near {
            triangle,
            offsets: mesh.corners(triangle).map(|corner| corner - position),
            facet: facets[triangle as usize],
        }));
        let here = mean(at.triangle, at.weights);
        let side = near_side(near, radius_mm).unwrap_or(facets[at.triangle as usize].normal);
        let side = if side == Vector::zeros() { here } else { side };
        let mut sum = Vector::zeros();
        parts.clear();
        for part in near {
            if let Some((area, weights)) = part_within(part, radius_mm) {
                let mean = mean(part.triangle, weights);
                if mean.dot(&side) > 0.0 {
                    sum += mean * area;
                    parts.push((area, part.facet.normal));
                }
            }
        }
        let normal = sum.try_normalize(0.0).or_else(|| here.try_normalize(0.0)).unwrap_or_else(Vector::zeros);
        let area: f64 = parts.iter().map(|(area, _)| area).sum();
        let squares: f64 =
            parts.iter().map(|(area, facet)| area * normal.dot(facet).clamp(-1.0, 1.0).acos().powi(2)).sum();
        SmoothNormal { normal, rms_variation_rad: if area > 0.0 { (squares / area).sqrt() } else { 0.0 } }
    }
}

/// Where the surface next to a place faces: its area vectors, less and less with the distance. `None` where they cancel, or
/// the ball lies inside of a triangle.
fn near_side(near: &[Near], radius_mm: f64) -> Option<Vector> {
    let weighted = near.iter().map(|Near { offsets: [a, b, c], facet, .. }| {
        let offset = (a + b + c) / 3.0;
        facet.normal * facet.area_mm2 * (1.0 - offset.norm_squared() / (radius_mm * radius_mm)).max(0.0).powi(2)
    });
    Some(weighted.sum::<Vector>()).filter(|sum| *sum != Vector::zeros())
}

/// Mean area vector of the triangles at each vertex, in shares of their area: a unit vector where they are level, shorter
/// where they are not.
fn mean_normals(mesh: &TriMesh, facets: &[Facet]) -> Vec<Vector> {
    let mut sums = vec![(Vector::zeros(), 0.0); mesh.vertices().len()];
    for (Facet { normal, area_mm2 }, corners) in facets.iter().zip(mesh.triangles()) {
        for &v in corners {
            sums[v as usize].0 += normal * *area_mm2;
            sums[v as usize].1 += area_mm2;
        }
    }
    sums.into_iter().map(|(sum, size)| if size > 0.0 { sum / size } else { sum }).collect()
}

/// Unit normals of the vertices, each triangle counting with its area: slivers, whose normals are poor, count little.
/// Zero where the triangles cancel.
pub(super) fn vertex_normals(mesh: &TriMesh) -> Vec<Vector> {
    let mut normals = vec![Vector::zeros(); mesh.vertices().len()];
    for (corners, t) in mesh.triangles().iter().zip(0..) {
        let area = mesh.double_area_vector(t);
        for &v in corners {
            normals[v as usize] += area;
        }
    }
    normals.iter().map(|n| n.try_normalize(0.0).unwrap_or_else(Vector::zeros)).collect()
}

/// Area of the part of a triangle within a ball, and the weights of the part's centroid; `None` for an empty part.
fn part_within(
    &Near { offsets, facet: Facet { normal, area_mm2 }, .. }: &Near,
    radius: f64,
) -> Option<(f64, [f64; 3])> {
    if offsets.iter().all(|offset| offset.norm_squared() <= radius * radius) {
        return Some((area_mm2, [1.0 / 3.0; 3]));
    }
    // In the plane of the triangle the ball is a disc around the foot of its centre.
    let height = offsets[0].dot(&normal);
    let disc = (radius * radius - height * height).max(0.0).sqrt();
    let x = (offsets[1] - offsets[0]).try_normalize(0.0)?;
    let y = normal.cross(&x);
    let flat = offsets.map(|offset| Point2::new(offset.dot(&x), offset.dot(&y)));
    let (mut area, mut moment) = (0.0, Vector2::zeros());
    for i in 0..3 {
        let part = sweep(&flat[i], &flat[(i + 1) % 3], disc);
        area += part.0;
        moment += part.1;
    }
    if area <= 1e-12 * disc * disc {
        return None;
    }
    let centroid = Point2::from(moment / area);
    let double = |a: &Point2<f64>, b: &Point2<f64>| (a - centroid).perp(&(b - centroid)).max(0.0);
    let sides = [double(&flat[1], &flat[2]), double(&flat[2], &flat[0]), double(&flat[0], &flat[1])];
    let sum = sides[0] + sides[1] + sides[2];
    (sum > 0.0).then(|| (area, sides.map(|side| side / sum)))
}

/// Signed area, and its moment, that the line from the origin sweeps inside a disc while it follows the edge.
fn sweep(a: &Point2<f64>, b: &Point2<f64>, disc: f64) -> (f64, Vector2<f64>) {
    let along = b - a;
    // Places on the edge where it enters and leaves the disc.
    let (squared, half) = (along.norm_squared(), a.coords.dot(&along));
    let inside = half * half - squared * (a.coords.norm_squared() - disc * disc);
    let (enter, leave) = if inside > 0.0 && squared > 0.0 {
        let root = inside.sqrt();
        (((-half - root) / squared).clamp(0.0, 1.0), ((-half + root) / squared).clamp(0.0, 1.0))
    } else {
        (1.0, 1.0)
    };
    let (p, q) = (a + along * enter, a + along * leave);
    let sector = |from: &Point2<f64>, to: &Point2<f64>| {
        let angle = from.coords.perp(&to.coords).atan2(from.coords.dot(&to.coords));
        let turn = to.coords.normalize() - from.coords.normalize();
        (0.5 * disc * disc * angle, Vector2::new(turn.y, -turn.x) * (disc.powi(3) / 3.0))
    };
    let chord = 0.5 * p.coords.perp(&q.coords);
    let mut sum = (chord, (p.coords + q.coords) * (chord / 3.0));
    for (from, to, outside) in [(a, &p, enter > 0.0), (&q, b, leave < 1.0)] {
        if outside {
            let (area, moment) = sector(from, to);
            sum = (sum.0 + area, sum.1 + moment);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geometry::Point;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn part_within_a_ball_agrees_with_small_pieces(
            corners in prop::array::uniform3([-3.0..3.0_f64, -3.0..3.0, -0.5..0.5].prop_map(Point::from)),
            radius in 0.3..4.0_f64,
        ) {
            let cross = (corners[1] - corners[0]).cross(&(corners[2] - corners[0]));
            prop_assume!(cross.norm() > 0.1);
            // Equal pieces of the triangle count by their middles.
            let cuts = 300;
            let third = 1.0 / 3.0;
            let middles = (0..cuts).flat_map(|i| (0..cuts - i).map(move |j| (f64::from(i), f64::from(j)))).flat_map(|(i, j)| {
                let last = f64::from(cuts) - 1.0;
                let down = (i + j < last).then_some([i + 2.0 * third, j + 2.0 * third]);
                [Some([i + third, j + third]), down].into_iter().flatten()
            });
            let (mut count, mut sum) = (0, Vector::zeros());
            for [v, w] in middles.map(|place| place.map(|c| c / f64::from(cuts))) {
                let offset = corners[0].coords * (1.0 - v - w) + corners[1].coords * v + corners[2].coords * w;
                if offset.norm() <= radius {
                    count += 1;
                    sum += offset;
                }
            }
            let whole = 0.5 * cross.norm();
            let expected = whole * f64::from(count) / f64::from(cuts * cuts);
            let near = Near { triangle: 0, offsets: corners.map(|corner| corner.coords), facet: Facet::of(cross) };
            let (area, weights) = part_within(&near, radius).unwrap_or((0.0, [third; 3]));
            prop_assert!((area - expected).abs() < 0.01 * whole, "{area} {expected}");
            if expected > 0.05 * whole {
                let centroid = corners[0].coords * weights[0] + corners[1].coords * weights[1] + corners[2].coords * weights[2];
                prop_assert!((centroid - sum / f64::from(count)).norm() < 0.05, "{centroid} {sum} {count}");
            }
        }
    }
}
