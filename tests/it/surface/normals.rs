//! Smoothed normals against closed forms.

use super::shapes::{Disc, disc, octasphere, square};
use tonsure::geometry::{Point, Vector};
use tonsure::mesh::{SmoothNormal, SurfaceIndex, SurfacePoint, Topology, TriMesh, smoothed_normals};

fn middles(mesh: &TriMesh) -> Vec<SurfacePoint> {
    (0..mesh.triangles().len() as u32).map(|triangle| SurfacePoint { triangle, weights: [1.0 / 3.0; 3] }).collect()
}

fn at(mesh: &TriMesh, points: &[SurfacePoint], radius_mm: f64) -> Vec<SmoothNormal> {
    smoothed_normals(mesh, &Topology::build(mesh), points, radius_mm)
}

#[test]
fn a_plane_has_one_normal() {
    let mesh = square(10, 2.0, 0.3);
    for smooth in at(&mesh, &middles(&mesh), 3.0) {
        assert!((smooth.normal - Vector::z()).norm() < 1e-12);
        assert!(smooth.rms_variation_rad < 1e-7);
    }
}

/// Over a disc of radius r on a sphere of radius R the angle to the middle's normal is s/R, its mean square r²/2R².
#[test]
fn a_sphere_has_radial_normals() {
    let (radius, out) = (80.0, 6.0);
    let mesh = disc(80, 0.2, Disc::Cap { radius, angle: 1.0 });
    let points: Vec<SurfacePoint> =
        middles(&mesh).into_iter().step_by(7).filter(|p| p.position(&mesh).z > radius * 0.75).collect();
    assert!(points.len() > 500);
    let expected = out / radius / 2.0_f64.sqrt();
    for (smooth, point) in at(&mesh, &points, out).iter().zip(&points) {
        assert!(smooth.normal.angle(&point.position(&mesh).coords) < 0.002);
        assert!((smooth.rms_variation_rad / expected - 1.0).abs() < 0.05, "{} {expected}", smooth.rms_variation_rad);
    }
}

/// Area of the segment that a chord at distance `d` from the centre cuts off a disc.
fn segment(radius: f64, d: f64) -> f64 {
    radius * radius * (d / radius).acos() - d * (radius * radius - d * d).sqrt()
}

/// Two planes that meet at a ridge, finely divided: the ball around a point beside the ridge cuts a disc from its own
/// plane, less a segment, and a segment of a smaller disc from the other.
#[test]
fn a_ridge_is_rounded_by_the_shares_of_the_disc() {
    let (flat, radius, fold) = (square(100, 0.2, 0.0), 3.0, 1.0_f64);
    let folded = flat.vertices().iter().map(|v| {
        let over = (v.x - 10.0).max(0.0);
        Point::new(v.x.min(10.0) + over * fold.cos(), v.y, -over * fold.sin())
    });
    let mesh = TriMesh::new(folded.collect(), flat.triangles().to_vec()).unwrap();
    let normals = [Vector::z(), Vector::new(fold.sin(), 0.0, fold.cos())];
    for column in [47, 44, 40, 36] {
        let point = SurfacePoint { triangle: (50 * 100 + column) * 2, weights: [0.5, 0.25, 0.25] };
        let away = 10.0 - point.position(&mesh).x;
        let smaller = (radius * radius - (away * fold.sin()).powi(2)).sqrt();
        let areas =
            [std::f64::consts::PI * radius * radius - segment(radius, away), segment(smaller, away * fold.cos())];
        let expected = (normals[0] * areas[0] + normals[1] * areas[1]).normalize();
        let smooth = at(&mesh, &[point], radius)[0];
        assert!(smooth.normal.angle(&expected) < 0.01, "{away}: {:?} {expected:?}", smooth.normal);
        let squares: f64 = normals.iter().zip(areas).map(|(n, area)| area * n.angle(&expected).powi(2)).sum();
        let rms = (squares / (areas[0] + areas[1])).sqrt();
        assert!((smooth.rms_variation_rad - rms).abs() < 0.01, "{away}: {} {rms}", smooth.rms_variation_rad);
    }
}

/// Edges of 22 mm on a head of 60 mm, discs of 3 mm: normals must turn little by little, not from facet to facet.
#[test]
fn coarse_triangles_get_normals_that_turn_smoothly() {
    let unit = octasphere(2);
    let mesh = TriMesh::new(unit.vertices().iter().map(|v| v * 60.0).collect(), unit.triangles().to_vec()).unwrap();
    let index = SurfaceIndex::build(&mesh);
    let path = (0..400).map(|i| {
        let (sin, cos) = (f64::from(i) * 0.004).sin_cos();
        Vector::new(cos, 0.3 * sin + 0.1, sin).normalize()
    });
    let hits: Vec<SurfacePoint> = path.map(|d| index.ray(&Point::origin(), &d, 1e3).unwrap().at).collect();
    let smooth = smoothed_normals(&mesh, &Topology::build(&mesh), &hits, 3.0);
    for (pair, places) in smooth.windows(2).zip(hits.windows(2)) {
        let (turn, step) =
            (pair[0].normal.angle(&pair[1].normal), (places[1].position(&mesh) - places[0].position(&mesh)).norm());
        assert!(turn < 2.0 * step / 60.0, "{turn} over {step} mm");
    }
    let off_radial = |normal: Vector, hit: &SurfacePoint| normal.angle(&hit.position(&mesh).coords);
    let worst = |angles: &mut dyn Iterator<Item = f64>| angles.fold(0.0, f64::max);
    let facets = worst(&mut hits.iter().map(|hit| off_radial(mesh.normal(hit.triangle), hit)));
    let smoothed = worst(&mut smooth.iter().zip(&hits).map(|(smooth, hit)| off_radial(smooth.normal, hit)));
    assert!(smoothed < 0.5 * facets, "{smoothed} {facets}");
}

/// The inner face of a thin wall, and another layer seen from behind, say nothing about the outer face.
#[test]
fn the_back_of_a_wall_does_not_count() {
    let front = square(10, 2.0, 0.0);
    let (mut vertices, mut triangles) = front.clone().into_parts();
    let count = vertices.len() as u32;
    vertices.extend(front.vertices().iter().map(|v| Point::new(v.x, v.y, -0.5 - 0.3 * v.x)));
    triangles.extend(front.triangles().iter().map(|&[a, b, c]| [a + count, c + count, b + count]));
    let mesh = TriMesh::new(vertices, triangles).unwrap();
    for smooth in at(&mesh, &middles(&front), 3.0) {
        assert!((smooth.normal - Vector::z()).norm() < 1e-12 && smooth.rms_variation_rad < 1e-7);
    }
}

#[test]
fn a_triangle_without_area_has_no_normal_and_no_nan() {
    let mesh =
        TriMesh::new([[0., 0., 0.], [1., 0., 0.], [2., 0., 0.]].map(Point::from).into(), vec![[0, 1, 2]]).unwrap();
    let smooth = at(&mesh, &middles(&mesh), 3.0)[0];
    assert_eq!(smooth, SmoothNormal { normal: Vector::zeros(), rms_variation_rad: 0.0 });
}

/// A plane, and a wall from a component of its own that stands on it.
#[test]
fn another_component_does_not_bend_normals() {
    let plane = square(20, 1.0, 0.0);
    let (mut vertices, mut triangles) = plane.clone().into_parts();
    let first = vertices.len() as u32;
    vertices.extend([[10.2, 5.0, -1.0], [10.2, 15.0, -1.0], [14.2, 15.0, 3.0], [14.2, 5.0, 3.0]].map(Point::from));
    triangles.extend([[0, 2, 1], [0, 3, 2]].map(|corners: [u32; 3]| corners.map(|v| first + v)));
    let mesh = TriMesh::new(vertices, triangles).unwrap();
    let points = middles(&plane);
    assert_eq!(at(&mesh, &points, 3.0), at(&plane, &points, 3.0));
}
