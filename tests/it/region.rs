//! The region against closed forms, bad input and real heads.

mod surfaces;

use std::f64::consts::{PI, TAU};
use std::path::Path;

use proptest::prelude::*;
use tonsure::Result;
use tonsure::error::Severity;
use tonsure::geometry::{Point, Units, Vector};
use tonsure::mesh::{SurfaceLoop, SurfacePath, SurfacePoint, Topology, TriMesh, cut, load};
use tonsure::region::{KeepOutShape, Options, Region, ResolvedKeepOut};

use surfaces::{Scan, circle, cone, sphere, square, together};

fn build(scan: &Scan, outline: &[Point], inside: Point, keep_outs: &[ResolvedKeepOut]) -> Result<Region> {
    Region::build(&scan.scalp(), outline, inside, keep_outs, &Options::default())
}

fn flat(points: &[[f64; 2]]) -> Vec<Point> {
    points.iter().map(|&[x, y]| Point::new(x, y, 0.0)).collect()
}

/// The file that asks for the keep-outs.
const CASE: &str = "case.json";

fn disc(name: &str, centre: Point, radius_mm: f64, margin_mm: f64) -> ResolvedKeepOut {
    ResolvedKeepOut {
        name: name.to_owned(),
        file: CASE.to_owned(),
        shape: KeepOutShape::Disc { centre, radius_mm },
        margin_mm,
    }
}

#[track_caller]
fn assert_near(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs(), "found {found}, expected {expected}");
}

/// Distances at all vertices against a closed form, to 0.1 % of the greatest.
#[track_caller]
fn assert_distances(region: &Region, expected: impl Fn(&Point) -> f64) {
    let greatest = region.distance_mm.iter().copied().fold(0.0, f64::max);
    for (vertex, distance) in region.mesh.vertices().iter().zip(&region.distance_mm) {
        let expected = expected(vertex);
        assert!((distance - expected).abs() < 1e-3 * greatest, "{distance} instead of {expected} at {vertex}");
    }
}

#[track_caller]
fn assert_error(result: Result<Region>, parts: &[&str]) {
    let text = result.map(|_| "a region").expect_err("must be refused").to_string();
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in `{text}`");
    }
}

/// The shortest chord from a point to the region's triangles.
fn nearest(region: &Region, point: &Point) -> f64 {
    tonsure::mesh::SurfaceIndex::build(&region.mesh).closest(point).unwrap().distance_mm
}

#[test]
fn a_rectangle_inside_two_huge_triangles_has_its_area_and_distances() {
    let scan = square(100.0, 1, |_, _| false);
    let outline = flat(&[[-31.0, -20.0], [29.0, -20.0], [29.0, 20.0], [-31.0, 20.0]]);
    let region = build(&scan, &outline, Point::new(1.0, 2.0, 0.5), &[]).unwrap();
    assert_near(region.area_mm2, 2400.0, 1e-9);
    assert_near(region.edge_length_mm, 200.0, 1e-9);
    assert_distances(&region, |v| (v.x + 31.0).min(29.0 - v.x).min(20.0 - v.y.abs()));
    let longest = |t| {
        let [a, b, c] = region.mesh.corners(t);
        (b - a).norm().max((c - b).norm()).max((a - c).norm())
    };
    assert!((0..region.mesh.triangles().len() as u32).all(|t| longest(t) <= 3.0));
    assert_eq!(region.source_triangle.len(), region.mesh.triangles().len());
}

#[test]
fn a_loop_inside_one_triangle_separates() {
    let scan = square(100.0, 1, |_, _| false);
    let outline: Vec<Point> = circle(200, 8.0).map(|p| p + Vector::new(25.0, -20.0, 0.0)).collect();
    let polygon = 0.5 * 64.0 * 200.0 * (TAU / 200.0).sin();
    let inner = build(&scan, &outline, Point::new(25.0, -20.0, 0.0), &[]).unwrap();
    assert_near(inner.area_mm2, polygon, 1e-9);
    assert!(inner.source_triangle.iter().all(|&t| t == 0));
    // The other side of the same loop; the square's own open edges are then reported.
    let outer = build(&scan, &outline, Point::new(-25.0, 20.0, 0.0), &[]).unwrap();
    assert_near(outer.area_mm2, 10_000.0 - polygon, 1e-9);
    let finding = outer.findings.iter().find(|f| f.code == "region-open-edges").unwrap();
    assert!(finding.severity == Severity::Warn && finding.message.contains("400.0 mm"), "{finding:?}");
}

#[test]
fn a_sphere_cap_has_its_area_and_distances() {
    let scan = Scan::new(sphere(75.0, 6));
    let polar: f64 = 1.1;
    let outline: Vec<Point> =
        circle(400, 75.0 * polar.sin()).map(|p| Point::new(p.x, p.y, 75.0 * polar.cos())).collect();
    let region = build(&scan, &outline, Point::new(0.0, 0.0, 75.0), &[]).unwrap();
    assert_near(region.area_mm2, TAU * 75.0 * 75.0 * (1.0 - polar.cos()), 1e-3);
    assert_near(region.edge_length_mm, TAU * 75.0 * polar.sin(), 1e-3);
    assert_distances(&region, |v| 75.0 * (polar - (v.z / v.coords.norm()).acos()));
    assert!(region.findings.iter().all(|finding| finding.severity == Severity::Pass));
}

#[test]
fn a_cone_has_its_area_and_distances() {
    let scan = cone(100.0, 0.6, 20, 720);
    let outline: Vec<Point> = circle(500, 72.0 * 0.6).map(|p| Point::new(p.x, p.y, -72.0 * 0.8)).collect();
    let region = build(&scan, &outline, Point::new(0.6, 0.0, -0.8), &[]).unwrap();
    assert_near(region.area_mm2, PI * 72.0 * 72.0 * 0.6, 1e-3);
    assert_distances(&region, |v| 72.0 - v.coords.norm());
}

#[test]
fn four_far_points_make_a_loop_over_a_coarse_sphere() {
    let scan = Scan::new(sphere(80.0, 2));
    let outline: Vec<Point> = circle(4, 70.0).map(|p| p + Vector::new(0.0, 0.0, 37.0)).collect();
    let region = build(&scan, &outline, Point::new(0.0, 0.0, 80.0), &[]).unwrap();
    // Between the cap below the four points and the one above the middles of their great circles.
    assert!((9_000.0..23_500.0).contains(&region.area_mm2), "{}", region.area_mm2);
    assert_eq!(Topology::build(&region.mesh).component_count(), 1);
}

#[test]
fn points_are_caught_by_their_own_sheet_only() {
    // A head rest that touches the skin from without, first in the file, and a lining within.
    let head = sphere(75.0, 4);
    let (vertices, triangles) = square(60.0, 6, |_, _| false).mesh.into_parts();
    let rest = vertices.iter().map(|v| Point::new(v.x, v.y, 75.2)).collect();
    let scan = together(&TriMesh::new(rest, triangles).unwrap(), &head);
    let on_head: Vec<Point> = circle(60, 21.0).map(|p| Point::new(p.x, p.y, 72.0)).collect();
    let region = build(&scan, &on_head, Point::new(0.0, 0.0, 75.2), &[]).unwrap();
    assert!(region.source_triangle.iter().all(|&t| t >= 72));
    assert_near(region.area_mm2, TAU * 75.0 * 3.0, 0.01);
}

#[test]
fn a_loop_that_crosses_itself_names_both_segments() {
    let scan = square(100.0, 10, |_, _| false);
    let outline = flat(&[[-30.0, -30.0], [31.0, 29.0], [31.0, -30.0], [-30.0, 29.0]]);
    let parts = ["boundary", "crosses itself", "segment 0 meets segment 2"];
    assert_error(build(&scan, &outline, Point::new(20.0, 0.0, 0.0), &[]), &parts);
}

#[test]
fn a_small_eye_is_cut_off_and_reported() {
    let scan = square(100.0, 10, |_, _| false);
    let eye = [[-30.0, -30.0], [0.0, -30.0], [0.05, -30.2], [-0.05, -30.2], [0.0, -29.99], [30.0, -30.0], [1.0, 30.0]];
    let region = build(&scan, &flat(&eye), Point::origin(), &[]).unwrap();
    assert!(region.findings.iter().any(|f| f.code == "line-kinks" && f.count > 0), "{:?}", region.findings);
    assert_near(region.area_mm2, 1800.0, 1e-3);
}

#[test]
fn a_loop_that_leaves_the_scan_names_the_segment() {
    let scan = square(100.0, 20, |i, j| i >= 8 && (8..12).contains(&j));
    let outline = flat(&[[-30.0, -30.0], [30.0, -31.0], [31.0, 30.0], [-30.0, 31.0]]);
    let parts = ["between points 1 and 2", "open or non-manifold edge", "repair the scan"];
    assert_error(build(&scan, &outline, Point::new(-20.0, 0.0, 0.0), &[]), &parts);
    let beyond = flat(&[[-30.0, -30.0], [51.5, -31.0], [30.0, 30.0]]);
    let parts = ["point 1", "1.50 mm beyond an open edge"];
    assert_error(build(&scan, &beyond, Point::new(-20.0, -20.0, 0.0), &[]), &parts);
}

#[test]
fn a_path_goes_round_a_hole_by_the_shortest_way() {
    let scan = square(100.0, 25, |i, j| i == 12 && (10..15).contains(&j));
    let at = |x: f64, y: f64| scan.index.closest(&Point::new(x, y, 0.0)).unwrap().at;
    let path = SurfacePath::trace(&scan.mesh, &scan.topology, at(-31.0, 1.0), at(33.0, 1.0)).unwrap();
    // The hole is 4 mm wide and reaches up to y = 10.
    let shortest = 29f64.hypot(9.0) + 4.0 + 31f64.hypot(9.0);
    let length = path.length_mm(&scan.mesh);
    assert!(path.is_detour && (shortest..1.02 * shortest).contains(&length), "{length} for {shortest}");
}

#[test]
fn a_point_off_the_surface_is_named_with_its_distance() {
    let scan = square(100.0, 10, |_, _| false);
    let mut outline: Vec<Point> = circle(40, 30.0).collect();
    outline[17].z = 3.5;
    outline[29].z = -9.25;
    let parts = ["boundary", "point 29", "9.25 mm", "at most 3 mm"];
    assert_error(build(&scan, &outline, Point::origin(), &[]), &parts);
}

#[test]
fn inside_points_on_the_line_or_off_the_skin_are_refused() {
    let scan = square(100.0, 10, |_, _| false);
    let outline: Vec<Point> = circle(40, 30.0).collect();
    assert_error(build(&scan, &outline, Point::new(30.2, 0.0, 0.0), &[]), &["inside point", "0.2", "from the line"]);
    assert_error(build(&scan, &outline, Point::new(0.0, 0.0, 40.0), &[]), &["inside point", "40.00 mm away"]);
    assert_error(build(&scan, &outline[..2], Point::origin(), &[]), &["2 distinct points"]);
}

#[test]
fn a_loop_around_a_handle_does_not_separate() {
    // A torus: a loop around its tube has one side only.
    let (n, m) = (48, 24);
    let angle = |k: u32, count: u32| f64::from(k) / f64::from(count) * TAU;
    let place = |a: f64, b: f64| {
        let r = 60.0 + 20.0 * b.cos();
        Point::new(r * a.cos(), r * a.sin(), 20.0 * b.sin())
    };
    let vertices = (0..n).flat_map(|i| (0..m).map(move |j| place(angle(i, n), angle(j, m)))).collect();
    let id = |i: u32, j: u32| (i % n) * m + j % m;
    let quad = |i, j| [[id(i, j), id(i + 1, j), id(i + 1, j + 1)], [id(i, j), id(i + 1, j + 1), id(i, j + 1)]];
    let scan = Scan::of(vertices, (0..n).flat_map(|i| (0..m).flat_map(move |j| quad(i, j))).collect());
    let outline: Vec<Point> = (0..30).map(|k| place(0.3, angle(k, 30))).collect();
    assert_error(build(&scan, &outline, Point::new(-80.0, 0.0, 0.0), &[]), &["boundary", "does not separate"]);
}

#[test]
fn keep_out_discs_take_their_area_and_a_little_more_never_less() {
    let outline: Vec<Point> = circle(200, 45.0).collect();
    let polygon = 0.5 * 45.0 * 45.0 * 200.0 * (TAU / 200.0).sin();
    let centre = Point::new(3.0, 5.0, 0.0);
    for cells in [1, 7] {
        let scan = square(100.0, cells, |_, _| false);
        for (radius, margin) in [(0.0, 0.5), (3.0, 2.0), (10.0, 2.0)] {
            let region = build(&scan, &outline, Point::new(-30.0, 0.0, 0.0), &[disc("mole", centre, radius, margin)]);
            let (region, reach) = (region.unwrap(), radius + margin);
            let nearest = nearest(&region, &centre);
            assert!((reach..reach + 0.05).contains(&nearest), "{nearest} from the centre, {reach} asked");
            let removed = polygon - region.area_mm2;
            assert!(removed > PI * reach * reach && removed < PI * (reach + 0.05).powi(2), "{removed}");
            assert_eq!(region.keep_out_loops.len(), 1);
            assert_eq!(region.keep_out_loops[0].first(), region.keep_out_loops[0].last());
        }
    }
}

#[test]
fn a_keep_out_on_a_coarse_sphere_is_as_large_as_on_a_fine_one() {
    let centre = Point::new(0.0, 0.0, 80.0);
    for levels in [2, 5] {
        let scan = Scan::new(sphere(80.0, levels));
        let outline: Vec<Point> = circle(100, 69.0).map(|p| p + Vector::new(0.0, 0.0, 40.0)).collect();
        let whole = build(&scan, &outline, centre, &[]).unwrap();
        let mole = disc("mole", centre, 8.0, 2.0);
        let region = build(&scan, &outline, Point::new(50.0, 0.0, 60.0), std::slice::from_ref(&mole)).unwrap();
        let snapped = scan.index.closest(&centre).unwrap().position;
        assert!((10.0..10.05).contains(&nearest(&region, &snapped)));
        // The part of a sphere within a chord r of a point has the area pi r², whatever the sphere.
        assert_near(whole.area_mm2 - region.area_mm2, PI * 10.0 * 10.0, if levels == 5 { 3e-3 } else { 0.05 });
        // A vertex beside the mole is as far from the edge as from the mole's rim.
        let beside = (0..region.mesh.vertices().len())
            .min_by_key(|&v| ((region.mesh.vertices()[v] - Point::new(15.0, 0.0, 78.5)).norm() * 1e6) as u64);
        let (v, d) = (region.mesh.vertices()[beside.unwrap()], region.distance_mm[beside.unwrap()]);
        assert!((d - ((v - snapped).norm() - 10.0)).abs() < 0.15, "{d} at {v}");
    }
}

#[test]
fn a_keep_out_loop_keeps_its_margin_all_around() {
    let scan = square(100.0, 3, |_, _| false);
    let outline = flat(&[[-40.0, -41.0], [40.0, -41.0], [40.0, 41.0], [-40.0, 41.0]]);
    let scar = flat(&[[-10.0, -5.0], [12.0, -5.0], [12.0, 5.0], [-10.0, 5.0]]);
    for margin_mm in [0.0, 0.3, 2.0] {
        let keep_out = ResolvedKeepOut {
            name: "scar".into(),
            file: CASE.into(),
            shape: KeepOutShape::Loop { points: scar.clone() },
            margin_mm,
        };
        let region = build(&scan, &outline, Point::new(-30.0, 0.0, 0.0), &[keep_out]).unwrap();
        let removed = 80.0 * 82.0 - region.area_mm2;
        let grown = |m: f64| 220.0 + 64.0 * m + PI * m * m;
        assert!(removed >= grown(margin_mm) && removed <= grown(margin_mm + 0.05), "{removed} with {margin_mm}");
        let distance = |v: &Point| (v.x - v.x.clamp(-10.0, 12.0)).hypot(v.y - v.y.clamp(-5.0, 5.0));
        let nearest = region.mesh.vertices().iter().map(distance).fold(f64::INFINITY, f64::min);
        assert!((margin_mm..margin_mm + 0.05).contains(&nearest), "{nearest}");
    }
}

#[test]
fn keep_outs_may_cross_the_hairline_and_each_other() {
    let scan = square(100.0, 9, |_, _| false);
    let outline = flat(&[[-40.0, -41.0], [40.0, -41.0], [40.0, 41.0], [-40.0, 41.0]]);
    let at = |x: f64, y: f64| Point::new(x, y, 0.0);
    let keep_outs =
        [disc("a", at(40.0, 3.0), 8.0, 2.0), disc("b", at(33.0, 9.0), 6.0, 0.0), disc("c", at(0.0, 48.0), 3.0, 2.0)];
    let region = build(&scan, &outline, at(-30.0, 0.0), &keep_outs).unwrap();
    let free = |p: &Point| (p - at(40.0, 3.0)).norm() >= 10.0 && (p - at(33.0, 9.0)).norm() >= 6.0;
    assert!(region.mesh.vertices().iter().all(free));
    assert_eq!(Topology::build(&region.mesh).non_manifold_edges(), 0);
    let outside: Vec<_> = region.findings.iter().filter(|f| f.code == "keep-out-outside").collect();
    assert!(outside.len() == 1 && outside[0].message.contains("`c`"), "{outside:?}");
}

#[test]
fn bad_keep_outs_are_named() {
    let scan = square(100.0, 9, |_, _| false);
    let outline: Vec<Point> = circle(40, 30.0).collect();
    let with = |keep_out: ResolvedKeepOut| {
        build(&scan, &outline, Point::new(1.0, 2.0, 0.0), &[disc("freckle", Point::origin(), 1.0, 1.0), keep_out])
    };
    assert_error(
        with(disc("bandage", Point::origin(), 29.0, 2.0)),
        &["case.json: keep-out 1 `bandage`", "nothing left"],
    );
    assert_error(
        with(disc("mole", Point::new(0.0, 0.0, 8.0), 1.0, 2.0)),
        &["case.json: keep-out 1 `mole`, centre", "8.00 mm"],
    );
    assert_error(with(disc("mole", Point::origin(), -1.0, 2.0)), &["a radius of -1"]);
    assert_error(with(disc("mole", Point::origin(), 1.0, f64::NAN)), &["a margin of NaN"]);
}

#[test]
fn loops_may_share_triangles_but_not_cross() {
    let scan = square(100.0, 1, |_, _| false);
    let ring = |x: f64, y: f64, r: f64| {
        let points: Vec<SurfacePoint> =
            circle(30, r).map(|p| scan.index.closest(&(p + Vector::new(x, y, 0.0))).unwrap().at).collect();
        SurfaceLoop::trace(&scan.mesh, &scan.topology, &points).unwrap()
    };
    let apart = cut(&scan.mesh, &[ring(0.0, 1.0, 30.0), ring(2.0, 0.0, 12.0), ring(3.0, 1.0, 5.0)]).unwrap();
    assert_near(apart.mesh.area_mm2(), 10_000.0, 1e-12);
    assert_eq!(Topology::build(&apart.mesh).open_edges(), 4);
    assert!(cut(&scan.mesh, &[ring(0.0, 1.0, 30.0), ring(20.0, 0.0, 12.0)]).is_err());
}

#[derive(Debug, Clone)]
enum Ground {
    Sphere { levels: u32, noise: f64 },
    Grid { cells: u32, noise: f64 },
}

fn ground() -> impl Strategy<Value = Ground> {
    prop_oneof![
        (1..5_u32, prop_oneof![Just(0.0), 0.0..1.0]).prop_map(|(levels, noise)| Ground::Sphere { levels, noise }),
        (1..30_u32, prop_oneof![Just(0.0), 0.0..1.0]).prop_map(|(cells, noise)| Ground::Grid { cells, noise }),
    ]
}

/// The ground with every vertex moved by up to `noise` parts of a quarter of the edge length.
fn lay(ground: &Ground) -> Scan {
    let (mesh, noise) = match *ground {
        Ground::Sphere { levels, noise } => (sphere(60.0, levels), noise * 16.0 / f64::from(1 << levels)),
        Ground::Grid { cells, noise } => (square(150.0, cells, |_, _| false).mesh, noise * 37.0 / f64::from(cells)),
    };
    let (mut vertices, triangles) = mesh.into_parts();
    let sign = |i: usize, k: usize| ((i * 7919 + k * 104_729 + 17) * 2_654_435_761 % 1009) as f64 / 504.5 - 1.0;
    for (i, v) in vertices.iter_mut().enumerate() {
        *v += Vector::new(sign(i, 1), sign(i, 2), sign(i, 3)) * noise;
    }
    Scan::of(vertices, triangles)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    /// Star-shaped loops on smooth and rough grounds: what was one surface stays one, and nothing is lost or moved.
    #[test]
    fn cuts_keep_the_surface_whole(
        ground in ground(), radii in prop::collection::vec(8.0..45.0, 3..60), turn in 0.0..TAU,
    ) {
        let scan = lay(&ground);
        let height: f64 = if matches!(ground, Ground::Grid { .. }) { 0.0 } else { 60.0 };
        let drawn: Vec<Point> = radii.iter().enumerate().map(|(k, r)| {
            let angle = turn + k as f64 / radii.len() as f64 * TAU;
            Point::new(r * angle.cos(), r * angle.sin(), f64::max(height * height - r * r, 0.0).sqrt())
        }).collect();
        let places: Vec<SurfacePoint> = drawn.iter().map(|p| scan.index.closest(p).unwrap().at).collect();
        let traced = SurfaceLoop::trace(&scan.mesh, &scan.topology, &places)
            .and_then(|mut outline| outline.remove_kinks(&scan.mesh, 1.0).map(|_| outline));
        // Rough ground may fold a line over itself; that is an error, never a bad cut.
        let is_smooth = matches!(ground, Ground::Sphere { noise: 0.0, .. } | Ground::Grid { noise: 0.0, .. });
        prop_assert!(traced.is_ok() || !is_smooth, "{:?}", traced);
        let Ok(outline) = traced else { return Ok(()) };
        let cut = cut(&scan.mesh, std::slice::from_ref(&outline)).unwrap();

        prop_assert_eq!(&cut.mesh.vertices()[..scan.mesh.vertices().len()], scan.mesh.vertices());
        let mut covered = vec![0.0; scan.mesh.triangles().len()];
        for (t, &parent) in (0..).zip(&cut.parents) {
            covered[parent as usize] += cut.mesh.triangle_area_mm2(t);
            let aligned = cut.mesh.double_area_vector(t).dot(&scan.mesh.double_area_vector(parent));
            prop_assert!(aligned > -1e-9);
        }
        for (t, area) in (0..).zip(covered) {
            prop_assert!((area - scan.mesh.triangle_area_mm2(t)).abs() < 1e-9 * (1.0 + area));
        }
        let topology = Topology::build(&cut.mesh);
        prop_assert_eq!(topology.open_edges(), scan.topology.open_edges());
        prop_assert_eq!(topology.non_manifold_edges(), 0);
        prop_assert_eq!(topology.component_count(), scan.topology.component_count());
        let line = outline.positions(&scan.mesh);
        for (i, edge) in cut.edges[0].iter().enumerate() {
            let mut ends = edge.map(|v| cut.mesh.vertices()[v as usize]);
            if ends[0] != line[i] { ends.reverse(); }
            prop_assert_eq!(ends, [line[i], line[(i + 1) % line.len()]]);
        }
    }

    /// On a smooth sphere such a loop always separates, and both sides make up the sphere.
    #[test]
    fn both_sides_make_up_the_surface(levels in 1..5_u32, radii in prop::collection::vec(20.0..45.0_f64, 5..40)) {
        let scan = Scan::new(sphere(60.0, levels));
        let drawn: Vec<Point> = circle(radii.len() as u32, 1.0).zip(&radii)
            .map(|(p, &r)| Point::new(r * p.x, r * p.y, (3600.0 - r * r).sqrt())).collect();
        let options = Options { snap_tolerance_mm: 20.0, max_edge_mm: 20.0, ..Options::default() };
        let side = |z: f64| Region::build(&scan.scalp(), &drawn, Point::new(0.0, 0.0, z), &[], &options);
        let (upper, lower) = (side(60.0).unwrap(), side(-60.0).unwrap());
        prop_assert!((upper.area_mm2 + lower.area_mm2 - scan.mesh.area_mm2()).abs() < 1e-6);
        prop_assert_eq!(upper.edges.len() > 2, lower.edges.len() > 2);
        prop_assert!((upper.edge_length_mm - lower.edge_length_mm).abs() < 1e-6);
    }
}

/// The areas in the README of the meshes are counted in whole triangles, to 2 %.
#[test]
fn real_heads_have_the_known_areas() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes"));
    if !folder.exists() {
        eprintln!("skipped: {} is absent", folder.display());
        return;
    }
    let heads = [
        ("tub_head", "ply", Units::Millimetre, 717.0),
        ("lee_perry_smith", "glb", Units::Metre, 621.0),
        ("ict_neutral", "obj", Units::Centimetre, 622.0),
        ("colin27_scalp", "ply", Units::Millimetre, 724.0),
        ("icbm152_bem", "stl", Units::Metre, 698.0),
    ];
    for (name, extension, units, area_cm2) in heads {
        let scan = Scan::new(load(&folder.join(format!("{name}.{extension}")), Some(units)).unwrap().mesh);
        let json = std::fs::read_to_string(folder.join(format!("{name}.hairline.json"))).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let point = |value: &serde_json::Value| {
            let coordinate = |i: usize| value[i].as_f64().unwrap() * units.in_mm();
            Point::new(coordinate(0), coordinate(1), coordinate(2))
        };
        let drawn: Vec<Point> = json["hairline"].as_array().unwrap().iter().map(point).collect();
        let inside = point(&json["inside_point"]);
        let mole = scan.index.closest(&nalgebra::center(&drawn[50], &inside)).unwrap().position;
        let region = build(&scan, &drawn, inside, &[disc("mole", mole, 4.0, 2.0)]).unwrap();
        assert_near(region.area_mm2 / 100.0, area_cm2, 0.025);
        let topology = Topology::build(&region.mesh);
        assert_eq!((topology.component_count(), topology.non_manifold_edges()), (1, 0), "{name}");
        assert_eq!(topology.open_edges(), region.edges.len(), "{name}");
        assert!(region.distance_mm.iter().all(|d| d.is_finite()), "{name}");
        // Every tenth drawn point makes a line as well.
        let sparse: Vec<Point> = drawn.iter().copied().step_by(10).collect();
        assert_near(build(&scan, &sparse, inside, &[]).unwrap().area_mm2 / 100.0, area_cm2, 0.05);
    }
}
