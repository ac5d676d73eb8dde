//! Every query of the index against a search over all triangles with other formulas.

use super::shapes::octasphere;
use super::soup::{point, soup};
use nalgebra::Matrix3;
use proptest::prelude::*;
use tonsure::geometry::{Point, Vector};
use tonsure::mesh::{SurfaceIndex, TriMesh};

fn to_segment(p: &Point, a: &Point, b: &Point) -> f64 {
    let along = b - a;
    let s = if along.norm() > 0.0 { ((p - a).dot(&along) / along.norm_squared()).clamp(0.0, 1.0) } else { 0.0 };
    (a + along * s - p).norm()
}

/// Point to triangle: the foot in the plane by a least-squares solve, or the nearest of the three edges.
fn to_triangle(p: &Point, [a, b, c]: &[Point; 3]) -> f64 {
    let edges = to_segment(p, a, b).min(to_segment(p, b, c)).min(to_segment(p, c, a));
    let normal = (b - a).cross(&(c - a));
    let basis = Matrix3::from_columns(&[b - a, c - a, normal]);
    let inside =
        basis.try_inverse().map(|inverse| inverse * (p - a)).filter(|w| w.x > 0.0 && w.y > 0.0 && w.x + w.y < 1.0);
    inside.map_or(edges, |w| edges.min((w.z * normal).norm()))
}

/// Segment to triangle: the distance is convex along the segment.
fn segment_to_triangle(a: &Point, b: &Point, corners: &[Point; 3]) -> f64 {
    let at = |s: f64| to_triangle(&(a + (b - a) * s), corners);
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..80 {
        let (s, t) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if at(s) <= at(t) { high = t } else { low = s }
    }
    at(0.5 * (low + high)).min(at(0.0)).min(at(1.0))
}

fn all_corners(mesh: &TriMesh) -> Vec<[Point; 3]> {
    (0..mesh.triangles().len() as u32).map(|t| mesh.corners(t)).collect()
}

/// Hits of a ray by solving for weights and `t`; those too near to an edge to be sure of are marked.
fn ray_hits(mesh: &TriMesh, origin: &Point, direction: &Vector, max: f64) -> Vec<(f64, bool)> {
    let mut hits = Vec::new();
    for [a, b, c] in all_corners(mesh) {
        let matrix = Matrix3::from_columns(&[b - a, c - a, -direction]);
        let size = (b - a).norm() * (c - a).norm() * direction.norm();
        let Some(solution) = matrix.try_inverse().map(|inverse| inverse * (origin - a)) else { continue };
        let (v, w, t) = (solution.x, solution.y, solution.z);
        let margin = v.min(w).min(1.0 - v - w).min(t).min(max - t);
        let sure = margin.abs() > 1e-6 && matrix.determinant().abs() > 1e-6 * size;
        if margin >= 0.0 || !sure {
            hits.push((t, sure));
        }
    }
    hits
}

const TOLERANCE: f64 = 2e-7;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn closest_agrees_with_all_triangles(mesh in soup(), p in point(), reach in 0.0..3.0_f64) {
        let expected = all_corners(&mesh).iter().map(|t| to_triangle(&p, t)).fold(f64::INFINITY, f64::min);
        let index = SurfaceIndex::build(&mesh);
        let hit = index.closest(&p).unwrap();
        prop_assert!((hit.distance_mm - expected).abs() < TOLERANCE, "{} {expected}", hit.distance_mm);
        prop_assert!((hit.at.position(&mesh) - hit.position).norm() < 1e-12);
        prop_assert!(((hit.position - p).norm() - hit.distance_mm).abs() < 1e-12);
        prop_assert!(hit.at.weights.iter().all(|&w| w >= 0.0));
        prop_assert!((hit.at.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let near = index.closest_within(&p, reach);
        prop_assert!(near.is_none_or(|near| near == hit && hit.distance_mm <= reach));
        prop_assert!(near.is_some() || hit.distance_mm >= reach);
        prop_assert_eq!(near.is_some(), index.is_within(&p, reach));
    }

    #[test]
    fn equal_distances_go_to_the_first_triangle(mesh in soup(), p in point()) {
        let (vertices, mut triangles) = mesh.clone().into_parts();
        let count = triangles.len() as u32;
        triangles.extend(triangles.clone());
        let doubled = SurfaceIndex::build(&TriMesh::new(vertices, triangles).unwrap());
        let hit = doubled.closest(&p).unwrap();
        prop_assert!(hit.at.triangle < count);
        prop_assert_eq!(Some(hit), SurfaceIndex::build(&mesh).closest(&p));
    }

    #[test]
    fn triangles_near_a_point_are_all_visited_once(mesh in soup(), p in point(), radius in 0.0..4.0_f64) {
        let mut seen = vec![f64::NAN; mesh.triangles().len()];
        SurfaceIndex::build(&mesh).for_each_within(&p, radius, |t, distance| {
            assert!(seen[t as usize].is_nan());
            seen[t as usize] = distance;
        });
        for (distance, corners) in seen.iter().zip(all_corners(&mesh)) {
            let expected = to_triangle(&p, &corners);
            let near = (distance - expected).abs() < TOLERANCE || distance.is_nan() && expected > radius - TOLERANCE;
            prop_assert!(near, "{distance} {expected}");
        }
    }

    #[test]
    fn triangles_that_touch_another_are_all_visited_once(mesh in soup(), apex in point(), end in point(), s in 0.0..1.0_f64) {
        let index = SurfaceIndex::build(&mesh);
        for (t, [a, b, c]) in all_corners(&mesh).into_iter().enumerate() {
            // A triangle with a corner on an edge, at a corner or inside of this one.
            for on in [a, a + (b - a) * s, a + (b - a) * (s * 0.5) + (c - a) * (s * 0.5)] {
                let mut visited = Vec::new();
                index.for_each_touching(&[apex, end, on], |t, corners| {
                    assert_eq!(*corners, mesh.corners(t));
                    visited.push(t);
                });
                prop_assert!(visited.contains(&(t as u32)));
                visited.sort_unstable();
                prop_assert!(visited.windows(2).all(|pair| pair[0] < pair[1]));
            }
        }
    }

    #[test]
    fn segments_agree_with_all_triangles(mesh in soup(), a in point(), b in point(), limit in 0.0..3.0_f64) {
        let all = all_corners(&mesh);
        let expected = all.iter().map(|t| segment_to_triangle(&a, &b, t)).fold(limit, f64::min);
        let distance = SurfaceIndex::build(&mesh).segment_distance(&a, &b, limit);
        prop_assert!((distance - expected).abs() < 1e-6, "{distance} {expected}");
    }

    #[test]
    fn rays_agree_with_all_triangles(mesh in soup(), origin in point(), target in point(), max in 0.0..3.0_f64) {
        let direction = target - origin;
        let hits = ray_hits(&mesh, &origin, &direction, max);
        let index = SurfaceIndex::build(&mesh);
        let (first, last) = (index.ray(&origin, &direction, max), index.ray_last(&origin, &direction, max));
        prop_assert_eq!(first.is_some(), last.is_some());
        prop_assert_eq!(first.is_some(), index.is_occluded(&origin, &direction, max));
        for hit in first.iter().chain(&last) {
            let gap = (hit.at.position(&mesh) - (origin + direction * hit.t)).norm();
            prop_assert!((0.0..=max).contains(&hit.t));
            prop_assert!(gap < 1e-6 || hits.iter().any(|&(_, sure)| !sure), "{gap}");
        }
        let mut sure = hits.iter().filter(|(_, sure)| *sure).map(|(t, _)| *t).peekable();
        prop_assert!(sure.peek().is_none() || first.is_some());
        for t in sure {
            prop_assert!(first.unwrap().t <= t + 1e-6 && last.unwrap().t >= t - 1e-6);
        }
        if hits.is_empty() {
            prop_assert!(first.is_none());
        }
    }
}

#[test]
fn no_ray_slips_through_edges_and_corners() {
    let sphere = octasphere(3);
    let index = SurfaceIndex::build(&sphere);
    let outside = Point::new(0.0, 0.0, 3.0);
    let middles = sphere.triangles().iter().map(|t| {
        Point::from((sphere.vertices()[t[0] as usize].coords + sphere.vertices()[t[1] as usize].coords) * 0.5)
    });
    for target in sphere.vertices().iter().copied().chain(middles) {
        let hit = index.ray(&Point::origin(), &target.coords, 2.0).unwrap();
        assert!((hit.t - 1.0).abs() < 1e-12, "{}", hit.t);
        assert!(index.is_occluded(&Point::origin(), &target.coords, 2.0));
        let inward = Point::from(target.coords * 0.5) - outside;
        assert!(index.ray(&outside, &inward, 10.0).unwrap().t < index.ray_last(&outside, &inward, 10.0).unwrap().t);
    }
}

#[test]
fn single_precision_decides_nothing() {
    // A ball of 2,048 triangles, slivers among them, here and a kilometre away, where single precision is 0.06 mm.
    let ball = octasphere(4);
    for (far, height) in [(0.0, 1.0), (0.0, 1e-7), (1e6, 1.0), (-3e5, 1e-5)] {
        let away = Vector::new(far, -far, 0.5 * far);
        let place = |v: &Point| Point::new(v.x, v.y, v.z * height) + away;
        let vertices = ball.vertices().iter().map(place).collect();
        let mesh = TriMesh::new(vertices, ball.triangles().to_vec()).unwrap();
        let index = SurfaceIndex::build(&mesh);
        let all = all_corners(&mesh);
        for i in 0..200 {
            let turn = f64::from(i) * 2.399_963;
            let size = 0.02 * f64::from(i);
            let p = Point::new(size * turn.cos(), size * turn.sin(), height * (0.3 * turn).sin()) + away;
            let least = all.iter().map(|t| to_triangle(&p, t)).fold(f64::INFINITY, f64::min);
            let hit = index.closest(&p).unwrap();
            assert!((hit.distance_mm - least).abs() < 1e-8, "{} {least} {p}", hit.distance_mm);
            assert_eq!(index.closest_within(&p, hit.distance_mm * (1.0 + 1e-9)), Some(hit));
            let first = (0..all.len() as u32).find(|&t| {
                let at = tonsure::mesh::SurfacePoint::closest_in(&mesh, t, &p);
                (at.position(&mesh) - p).norm_squared() <= (hit.position - p).norm_squared()
            });
            assert_eq!(first, Some(hit.at.triangle), "the lowest of the nearest");
            let mut visited = 0;
            index.for_each_within(&p, least + 0.1, |_, _| visited += 1);
            let expected = all.iter().filter(|t| to_triangle(&p, t) <= least + 0.1).count();
            assert!(usize::abs_diff(expected, visited) <= 1, "{visited} of {expected}");
        }
    }
}

#[test]
fn an_empty_mesh_answers_nothing() {
    let index = SurfaceIndex::build(&TriMesh::default());
    let up = Vector::z();
    assert!(index.closest(&Point::origin()).is_none());
    assert!(index.ray(&Point::origin(), &up, 1.0).is_none());
    assert!(index.ray_last(&Point::origin(), &up, 1.0).is_none());
    assert!(!index.is_occluded(&Point::origin(), &up, 1.0));
    assert_eq!(index.segment_distance(&Point::origin(), &Point::new(0.0, 0.0, 1.0), 7.0).to_bits(), 7.0_f64.to_bits());
    index.for_each_within(&Point::origin(), 1.0, |_, _| panic!("no triangle to visit"));
}

#[test]
fn many_equal_triangles_still_make_a_tree() {
    let vertices = vec![Point::origin(), Point::new(1.0, 0.0, 0.0), Point::new(0.0, 1.0, 0.0)];
    let mesh = TriMesh::new(vertices, vec![[0, 1, 2]; 10_000]).unwrap();
    let index = SurfaceIndex::build(&mesh);
    assert_eq!(index.closest(&Point::new(0.2, 0.2, 1.0)).unwrap().at.triangle, 0);
    assert_eq!(index.ray(&Point::new(0.2, 0.2, 1.0), &-Vector::z(), 2.0).unwrap().at.triangle, 0);
}
