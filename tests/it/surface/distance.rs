//! Distance along the surface against closed forms and against paths over edges.

use super::shapes::{Disc, disc, outline, square};
use super::soup::soup;
use proptest::prelude::*;
use tonsure::geometry::Point;
use tonsure::mesh::{TriMesh, distance_to_edges};

/// Largest relative error over the vertices that are at least `least` away.
fn worst(mesh: &TriMesh, least: f64, exact: impl Fn(&Point) -> f64) -> f64 {
    let distances = distance_to_edges(mesh, &outline(mesh));
    let errors = mesh.vertices().iter().zip(distances).map(|(v, d)| (exact(v), d)).filter(|(e, _)| *e >= least);
    errors.map(|(e, d)| (d - e).abs() / e).fold(0.0, f64::max)
}

fn on_cap(p: &Point) -> f64 {
    CAP_RADIUS * (CAP_ANGLE - p.x.hypot(p.y).atan2(p.z))
}

const CAP_RADIUS: f64 = 80.0;
const CAP_ANGLE: f64 = 1.5;
const CAP: Disc = Disc::Cap { radius: CAP_RADIUS, angle: CAP_ANGLE };

/// Moved vertices make slivers and obtuse corners; the front is straight, so only the ridges carry an error.
#[test]
fn flat_square_agrees_with_the_closed_form() {
    let exact = |p: &Point| p.x.min(p.y).min(100.0 - p.x).min(100.0 - p.y);
    for (cells, edge) in [(50, 2.0), (20, 5.0)] {
        assert!(worst(&square(cells, edge, 0.0), 1e-9, exact) < 1e-12);
        let error = worst(&square(cells, edge, 0.3), edge, exact);
        assert!(error < 1e-3, "{error}");
    }
}

/// With 2 mm edges everywhere; with 5 mm edges the chords of the rim alone are 0.02 mm inside of it, and the place
/// around the pole, where all fronts meet, is left out.
#[test]
fn sphere_cap_agrees_with_the_closed_form() {
    for jitter in [0.0, 0.3] {
        let error = worst(&disc(60, jitter, CAP), 10.0, on_cap);
        assert!(error < 1e-3, "{error}");
        let coarse = worst(&disc(24, jitter, CAP), 20.0, |p| if p.x.hypot(p.y) < 20.0 { 0.0 } else { on_cap(p) });
        assert!(coarse < 1e-3, "{coarse}");
    }
}

#[test]
fn cone_agrees_with_the_closed_form() {
    let cone = Disc::Cone { radius: 80.0, height: 90.0 };
    let exact = |p: &Point| 80.0_f64.hypot(90.0) * (1.0 - p.x.hypot(p.y) / 80.0);
    let below_tip = |p: &Point| if p.x.hypot(p.y) < 10.0 { 0.0 } else { exact(p) };
    for jitter in [0.0, 0.3] {
        let error = worst(&disc(60, jitter, cone), 10.0, exact);
        assert!(error < 1e-3, "{error}");
        let coarse = worst(&disc(24, jitter, cone), 20.0, below_tip);
        assert!(coarse < 1e-3, "{coarse}");
    }
}

/// A short line inside a square: fronts bend around its ends.
#[test]
fn distance_around_the_ends_of_a_line_is_exact() {
    let exact = |p: &Point| (p.x - p.x.clamp(40.0, 60.0)).hypot(p.y - 50.0);
    let errors = [20_u32, 40, 80].map(|cells| {
        let edge = 100.0 / f64::from(cells);
        let mesh = square(cells, edge, 0.0);
        let at = |i: u32| cells / 2 * (cells + 1) + i;
        let line: Vec<[u32; 2]> = (cells * 2 / 5..cells * 3 / 5).map(|i| [at(i), at(i + 1)]).collect();
        let distances = distance_to_edges(&mesh, &line);
        mesh.vertices().iter().zip(distances).map(|(p, d)| (d - exact(p)).abs()).fold(0.0, f64::max)
    });
    assert!(errors.iter().all(|&e| e < 1e-12), "{errors:?}");
}

#[test]
fn parts_without_a_path_are_infinitely_far() {
    let (mut vertices, mut triangles) = square(2, 1.0, 0.0).into_parts();
    let count = vertices.len() as u32;
    vertices.extend(vertices.clone().iter().map(|v| Point::new(v.x, v.y, 1.0)));
    triangles.extend(triangles.clone().iter().map(|t| t.map(|v| v + count)));
    vertices.push(Point::new(9.0, 9.0, 9.0));
    let mesh = TriMesh::new(vertices, triangles).unwrap();
    let distances = distance_to_edges(&mesh, &[[0, 1]]);
    assert!(distances[..count as usize].iter().all(|d| d.is_finite()));
    assert!(distances[count as usize..].iter().all(|d| *d == f64::INFINITY));
    assert!(distance_to_edges(&mesh, &[]).iter().all(|d| *d == f64::INFINITY));
}

/// Shortest paths over edges only, by relaxing all edges until nothing changes.
fn over_edges(mesh: &TriMesh, edges: &[[u32; 2]]) -> Vec<f64> {
    let mut distances = vec![f64::INFINITY; mesh.vertices().len()];
    for &v in edges.as_flattened() {
        distances[v as usize] = 0.0;
    }
    for _ in 0..mesh.vertices().len() {
        for &[a, b, c] in mesh.triangles() {
            for [from, to] in [[a, b], [b, c], [c, a], [b, a], [c, b], [a, c]].map(|e| e.map(|v| v as usize)) {
                let length = (mesh.vertices()[from] - mesh.vertices()[to]).norm();
                distances[to] = distances[to].min(distances[from] + length);
            }
        }
    }
    distances
}

proptest! {
    #[test]
    fn any_mesh_gets_distances_within_the_bounds(mesh in soup(), picks in prop::collection::vec(0..60_usize, 1..4)) {
        let edges: Vec<[u32; 2]> = picks.iter().map(|i| mesh.triangles()[i % mesh.triangles().len()]).map(|[a, b, _]| [a, b]).collect();
        let straight = |p: &Point| {
            let ends = edges.iter().map(|e| e.map(|v| mesh.vertices()[v as usize]));
            ends.map(|[a, b]| {
                let along = b - a;
                let s = if along.norm() > 0.0 { ((p - a).dot(&along) / along.norm_squared()).clamp(0.0, 1.0) } else { 0.0 };
                (a + along * s - p).norm()
            }).fold(f64::INFINITY, f64::min)
        };
        let distances = distance_to_edges(&mesh, &edges);
        for ((d, most), v) in distances.iter().zip(over_edges(&mesh, &edges)).zip(mesh.vertices()) {
            prop_assert!(*d <= most + 1e-9 && d.is_infinite() == most.is_infinite());
            prop_assert!(*d >= straight(v) - 1e-9);
        }
        for t in mesh.triangles() {
            for [a, b] in [[t[0], t[1]], [t[1], t[2]], [t[2], t[0]]].map(|e| e.map(|v| v as usize)) {
                let length = (mesh.vertices()[a] - mesh.vertices()[b]).norm();
                prop_assert!(distances[a].is_infinite() || (distances[a] - distances[b]).abs() <= length + 1e-9);
            }
        }
    }
}
