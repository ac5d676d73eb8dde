//! Holes: rims, widths, patches, and what a region does with them.

mod heads;
mod sheets;

use std::collections::BTreeMap;

use proptest::prelude::*;
use tonsure::error::{Finding, Severity};
use tonsure::geometry::{Point, Vector};
use tonsure::mesh::hole::{Patch, Refusal, Rim, open_rims, with_patches};
use tonsure::mesh::{SurfaceIndex, Topology, TriMesh};
use tonsure::region::{Options, Preparation, Region, Scalp};

use sheets::{SHAPES, Sheet, gauss, patch_places};

/// The rims that are holes, with what fills them.
fn holes(mesh: &TriMesh) -> Vec<(Rim, Result<Patch, Refusal>)> {
    let topology = Topology::build(mesh);
    let rims: Vec<Rim> = open_rims(mesh, &topology).into_iter().filter(|rim| rim.is_hole(mesh)).collect();
    let patches = Patch::over(mesh, &topology, &SurfaceIndex::build(mesh), &rims.iter().collect::<Vec<_>>());
    rims.into_iter().zip(patches).collect()
}

/// Fills all holes, none of which may be refused, and checks that only what has to change did.
#[track_caller]
fn filled(mesh: &TriMesh) -> TriMesh {
    let patches: Vec<Patch> = holes(mesh).into_iter().map(|(_, patch)| patch.unwrap()).collect();
    let filled = with_patches(mesh.clone(), &patches).unwrap();
    assert_eq!(&filled.vertices()[..mesh.vertices().len()], mesh.vertices());
    assert_eq!(&filled.triangles()[..mesh.triangles().len()], mesh.triangles());
    assert_eq!(doubled_sides(&filled), 0);
    assert!(open_rims(&filled, &Topology::build(&filled)).iter().all(|rim| !rim.is_hole(&filled)));
    filled
}

/// How many sides more than one triangle has: with none, edges have at most two triangles, and those are wound alike.
fn doubled_sides(mesh: &TriMesh) -> usize {
    let mut sides = BTreeMap::new();
    for &[a, b, c] in mesh.triangles() {
        for side in [[a, b], [b, c], [c, a]] {
            *sides.entry(side).or_insert(0) += 1;
        }
    }
    sides.values().filter(|&&count| count > 1).count()
}

/// The cells of a sheet for which `gone` does not hold, by the middle of the cell, mm.
fn torn(sheet: &Sheet, gone: impl Fn(f64, f64) -> bool) -> TriMesh {
    sheet.without(|at| gone(at.x, at.y))
}

#[test]
fn patches_carry_on_analytic_surfaces() {
    for shape in SHAPES {
        for (noise_mm, most_mm) in [(0.0, 0.02), (0.1, 0.2), (0.3, 0.45)] {
            for width in [3.0, 5.0, 8.0] {
                let sheet = Sheet::new(shape, 36.0, 1.0, noise_mm);
                let mesh = torn(&sheet, |x, y| (x - 0.3).hypot(y + 0.2) < width / 2.0);
                let whole = filled(&mesh);
                let places = patch_places(&whole, mesh.triangles().len(), mesh.vertices().len());
                let worst = places.iter().map(|p| shape.distance(p)).fold(0.0, f64::max);
                let squares: f64 = places.iter().map(|p| shape.distance(p).powi(2)).sum();
                let rms = (squares / places.len() as f64).sqrt();
                eprintln!("{shape:?} {width} mm, noise {noise_mm}: rms {rms:.3} max {worst:.3}");
                assert!(worst < most_mm, "{shape:?}, {width} mm, noise {noise_mm}: {worst} mm off");
            }
        }
    }
}

#[test]
fn the_width_is_that_of_the_largest_disc() {
    let sheet = Sheet::new(sheets::Shape::Plane, 60.0, 1.0, 0.0);
    for (half_x, half_y, across) in [(3.0, 3.0, 6.0), (2.0, 20.0, 4.0), (1.0, 4.0, 2.0)] {
        let mesh = torn(&sheet, |x, y| x.abs() < half_x && y.abs() < half_y);
        let (rim, _) = &holes(&mesh)[0];
        let found = rim.across_mm(&mesh);
        assert!(found <= across + 1e-9 && found > 0.985 * across, "{found} for {across}");
        assert!((rim.length_mm - 4.0 * (half_x + half_y)).abs() < 1e-9);
    }
    let mesh = torn(&sheet, |x, y| x.hypot(y) < 12.0);
    let round = holes(&mesh)[0].0.across_mm(&mesh);
    assert!((22.0..25.0).contains(&round), "{round}");
}

#[test]
fn a_long_slit_is_as_narrow_as_it_is_and_closes() {
    for noise_mm in [0.0, 0.1] {
        let sheet = Sheet::new(sheets::Shape::Sphere, 60.0, 1.0, noise_mm);
        let mesh = sheet.slit(40.0, 0.5);
        let (rim, _) = &holes(&mesh)[0];
        let across = rim.across_mm(&mesh);
        assert!((0.2..0.8).contains(&across), "{across}");
        assert_eq!(holes(&mesh).len(), 1);
        filled(&mesh);
    }
}

/// A corner on the side of the triangle behind it leaves a hole without width; how long it is must not matter.
#[test]
fn a_seam_has_no_width() {
    let place = |x: f64, y: f64| Point::new(x, y, 0.0);
    let vertices = vec![place(0.0, 0.0), place(200.0, 0.0), place(100.0, 90.0), place(70.0, 0.0), place(90.0, -80.0)];
    let outline = [[0, 1, 2], [4, 3, 0], [4, 1, 3]];
    let mesh = TriMesh::new(vertices, outline.to_vec()).unwrap();
    let rims = open_rims(&mesh, &Topology::build(&mesh));
    let seams: Vec<f64> = rims.iter().filter(|rim| rim.vertices.len() == 3).map(|rim| rim.across_mm(&mesh)).collect();
    assert!(!seams.is_empty() && seams.iter().all(|&across| across < 1e-9), "{seams:?}");
}

#[test]
fn holes_that_touch_at_a_vertex_are_two() {
    let sheet = Sheet::new(sheets::Shape::Sphere, 40.0, 1.0, 0.0);
    let mesh = torn(&sheet, |x, y| {
        (0.0..4.0).contains(&x) && (0.0..4.0).contains(&y) || (-3.0..0.0).contains(&x) && (-3.0..0.0).contains(&y)
    });
    let found = holes(&mesh);
    let lengths: Vec<usize> = found.iter().map(|(rim, _)| rim.vertices.len()).collect();
    assert_eq!(lengths.iter().sum::<usize>(), 16 + 12, "{lengths:?}");
    assert!(found.len() == 2 && lengths.contains(&16));
    filled(&mesh);
    // Touching at two vertices, the piece between them hangs on both.
    let mesh = torn(&sheet, |x, y| x.abs().max(y.abs()) < 6.0 && (x.abs() + y.abs() > 5.0 || x * y > 9.0));
    let some = with_patches(mesh.clone(), holes(&mesh).iter().filter_map(|(_, patch)| patch.as_ref().ok())).unwrap();
    assert_eq!(doubled_sides(&some), 0);
}

#[test]
fn a_hole_around_an_island_stays_open() {
    let sheet = Sheet::new(sheets::Shape::Sphere, 40.0, 1.0, 0.0);
    let mesh = torn(&sheet, |x, y| (2.0..6.0).contains(&x.hypot(y)));
    let found = holes(&mesh);
    assert_eq!(found.len(), 1, "the outline of the island is no hole");
    assert_eq!(found[0].1, Err(Refusal::Occupied));
    // A wall through it is in the way too.
    let open = torn(&sheet, |x, y| x.hypot(y) < 4.0);
    let (mut vertices, mut triangles) = open.clone().into_parts();
    let first = vertices.len() as u32;
    let at = sheets::Shape::Sphere.place(0.2, 0.1);
    vertices.extend([[-1.0, 0.0, -3.0], [1.0, 0.3, -3.0], [0.1, 0.2, 4.0]].map(|d| at + Vector::from(d)));
    triangles.push([first, first + 1, first + 2]);
    let walled = TriMesh::new(vertices, triangles).unwrap();
    assert!(holes(&walled).iter().any(|(_, patch)| *patch == Err(Refusal::Occupied)));
}

#[test]
fn the_rim_of_a_scan_is_no_hole() {
    for shape in SHAPES {
        let mesh = Sheet::new(shape, 36.0, 2.0, 0.0).without(|_| false);
        assert!(holes(&mesh).is_empty());
        assert_eq!(open_rims(&mesh, &Topology::build(&mesh)).len(), 1);
    }
    // A tube closed at one end: its cut, like that of a neck, looks along the skin.
    let tube = sheets::tube(30.0, 60.0, 60);
    let rims = open_rims(&tube, &Topology::build(&tube));
    assert!(rims.len() == 1 && !rims[0].is_hole(&tube));
}

/// A loop of the given radius around the top of the dome.
fn ring(radius: f64) -> Vec<Point> {
    (0..120)
        .map(|k| f64::from(k) / 120.0 * std::f64::consts::TAU)
        .map(|a| sheets::Shape::Sphere.place(radius * a.cos(), radius * a.sin()))
        .collect()
}

fn prepared(mesh: &TriMesh, up_to_mm: f64) -> Scalp {
    let index = SurfaceIndex::build(mesh);
    let options = Preparation { close_holes_up_to_mm: up_to_mm, ..Preparation::default() };
    Scalp::prepare(mesh.clone(), index, &ring(40.0), inside(), &options).unwrap()
}

fn inside() -> Point {
    sheets::Shape::Sphere.place(-20.0, 13.0)
}

fn built(scalp: &Scalp) -> tonsure::Result<Region> {
    Region::build(scalp, &ring(40.0), inside(), &[], &Options::default())
}

fn finding<'a>(findings: &'a [Finding], code: &str) -> Option<&'a Finding> {
    findings.iter().find(|finding| finding.code == code)
}

fn dome() -> Sheet {
    Sheet::new(sheets::Shape::Sphere, 120.0, 2.0, 0.0)
}

#[test]
fn small_holes_are_closed_where_they_matter() {
    let dome = dome();
    let disc = |x: f64, y: f64, cx: f64, cy: f64| (x - cx).hypot(y - cy) < 3.2;
    // In the middle, on the line, outside but near, and far away.
    let mesh = torn(&dome, |x, y| {
        disc(x, y, 5.0, 3.0) || disc(x, y, 40.0, 0.0) || disc(x, y, 0.0, 52.0) || disc(x, y, -52.0, -52.0)
    });
    let whole = built(&prepared(&dome.without(|_| false), 8.0)).unwrap();
    let scalp = prepared(&mesh, 8.0);
    let closed = finding(&scalp.findings, "holes-closed").unwrap();
    assert_eq!((closed.count, closed.severity), (3, Severity::Pass), "{closed:?}");
    assert!(closed.bounds_mm.is_some());
    assert_eq!(&scalp.mesh.vertices()[..mesh.vertices().len()], mesh.vertices());
    assert!(scalp.patched[..mesh.triangles().len()].iter().all(|&patched| !patched));
    let region = built(&scalp).unwrap();
    assert!((region.area_mm2 - whole.area_mm2).abs() < 1e-3 * whole.area_mm2, "{} {}", region.area_mm2, whole.area_mm2);
    let patched = finding(&region.findings, "region-patched").unwrap();
    assert!(
        patched.severity == Severity::Warn && region.patched.iter().any(|&p| p) && !region.patched.iter().all(|&p| p)
    );
    for (t, &patched) in (0..).zip(&region.patched) {
        let corners = region.mesh.corners(t);
        let near = corners.iter().any(|p| (p.x - 5.0).hypot(p.y - 3.0) < 6.0 || (p.x - 40.0).hypot(p.y) < 6.0);
        assert!(near || !patched);
    }
    assert!(prepared(&mesh, 0.0).findings.is_empty());
    assert_eq!(prepared(&mesh, 0.0).mesh, mesh);
}

#[test]
fn a_hole_by_the_neck_is_closed_and_the_neck_is_not() {
    let tube = sheets::tube(30.0, 60.0, 60);
    let middle = |t: u32| Point::from(tube.corners(t).iter().map(|p| p.coords).sum::<Vector>() / 3.0);
    let lowest = tube.bounds().min.z;
    let target = Point::new(30.0, 0.0, lowest + 7.0);
    let (mesh, _) = tonsure::mesh::submesh(&tube, |t| (middle(t) - target).norm() > 3.0).unwrap();
    let line: Vec<Point> = (0..60)
        .map(|k| f64::from(k) / 60.0 * std::f64::consts::TAU)
        .map(|a| Point::new(30.0 * a.cos(), 30.0 * a.sin(), lowest + 25.0))
        .collect();
    let top = Point::new(0.0, 0.0, mesh.bounds().max.z);
    let index = SurfaceIndex::build(&mesh);
    let scalp = Scalp::prepare(mesh, index, &line, top, &Preparation::default()).unwrap();
    assert_eq!(finding(&scalp.findings, "holes-closed").unwrap().count, 1);
    assert_eq!(open_rims(&scalp.mesh, &scalp.topology).len(), 1);
}

#[test]
fn wide_holes_are_kept_out_with_a_margin() {
    let dome = dome();
    let whole = built(&prepared(&dome.without(|_| false), 8.0)).unwrap();
    for width in [12.0, 30.0] {
        let mesh = torn(&dome, |x, y| (x - 6.0).hypot(y) < width / 2.0);
        let scalp = prepared(&mesh, 8.0);
        assert!(scalp.findings.is_empty() && scalp.mesh == mesh);
        let region = built(&scalp).unwrap();
        let kept_out = finding(&region.findings, "holes-kept-out").unwrap();
        assert_eq!((kept_out.count, kept_out.severity), (1, Severity::Warn));
        let [low, high] = kept_out.bounds_mm.unwrap();
        assert!((high[0] - low[0] - width).abs() < 6.0, "{low:?} {high:?}");
        let rim = SurfaceIndex::of_segments(&holes(&mesh)[0].0.segments(&mesh));
        let region_index = SurfaceIndex::build(&region.mesh);
        let rim_points = holes(&mesh)[0].0.positions(&mesh);
        let nearest =
            rim_points.iter().map(|p| region_index.closest(p).unwrap().distance_mm).fold(f64::INFINITY, f64::min);
        assert!((2.0..2.05).contains(&nearest), "{nearest} mm from the rim");
        assert!(region.mesh.vertices().iter().all(|p| !rim.is_within(p, 1.999)));
        let removed = whole.area_mm2 - region.area_mm2;
        let expected = std::f64::consts::PI * (width / 2.0 + 2.0).powi(2);
        assert!((0.85..1.35).contains(&(removed / expected)), "{removed} mm², {expected} expected");
        assert!(!region.keep_out_loops.is_empty());
        assert!(finding(&region.findings, "region-open-edges").is_none());
        // The same hole is a patch when that is asked for.
        let patched = built(&prepared(&mesh, 35.0)).unwrap();
        assert!((patched.area_mm2 - whole.area_mm2).abs() < 1e-3 * whole.area_mm2);
    }
}

#[test]
fn a_line_over_a_wide_hole_is_refused_by_place() {
    let mesh = torn(&dome(), |x, y| (x - 40.0).hypot(y) < 6.0);
    let text = built(&prepared(&mesh, 8.0)).map(|_| "a region").expect_err("must be refused").to_string();
    for part in ["boundary, point", "over a hole of the scan 1", "mesh.close_holes_up_to_mm"] {
        assert!(text.contains(part), "{text}");
    }
    // Drawn beside the hole it is fine, and the hole's margin is kept.
    let mesh = torn(&dome(), |x, y| (x - 32.0).hypot(y) < 6.0);
    let region = built(&prepared(&mesh, 8.0)).unwrap();
    assert_eq!(finding(&region.findings, "holes-kept-out").unwrap().count, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is missing: every open edge is on one rim, no rim visits a vertex twice, and patches never spoil a mesh.
    #[test]
    fn rims_and_patches_of_moth_eaten_sheets_are_sound(
        kept in prop::collection::vec(prop::bool::weighted(0.7), 196), noise_mm in 0.0..0.3_f64,
    ) {
        let sheet = Sheet::new(sheets::Shape::Sphere, 14.0, 1.0, noise_mm);
        let mesh = sheet.without_cells(|cell| !kept[cell]);
        let topology = Topology::build(&mesh);
        let rims = open_rims(&mesh, &topology);
        let mut edges: Vec<[u32; 2]> = Vec::new();
        for rim in &rims {
            let n = rim.vertices.len();
            edges.extend((0..n).map(|i| [rim.vertices[i], rim.vertices[(i + 1) % n]]));
            let mut seen = rim.vertices.clone();
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen.len(), n);
            for i in 0..n {
                let corners = mesh.triangles()[rim.triangles[i] as usize];
                let (a, b) = (rim.vertices[i], rim.vertices[(i + 1) % n]);
                prop_assert!((0..3).any(|k| corners[k] == b && corners[(k + 1) % 3] == a));
            }
        }
        let count = edges.len();
        edges.sort_unstable();
        edges.dedup();
        prop_assert_eq!((edges.len(), count), (topology.open_edges(), topology.open_edges()));
        let patches: Vec<Patch> = holes(&mesh).into_iter().filter_map(|(_, patch)| patch.ok()).collect();
        prop_assert_eq!(doubled_sides(&with_patches(mesh, &patches).unwrap()), 0);
    }
}

#[test]
fn noise_is_noise() {
    let values: Vec<f64> = (0..10_000).map(gauss).collect();
    let mean = values.iter().sum::<f64>() / 1e4;
    let variance = values.iter().map(|v| v * v).sum::<f64>() / 1e4;
    assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
}
