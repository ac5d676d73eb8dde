//! Roughness, smoothing and steady normals: closed forms with noise of a known size, then real heads.

use std::f64::consts::TAU;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use crate::support::scratch::{Scratch, tonsure};
use tonsure::error::Severity;
use tonsure::geometry::{Point, Units, Vector};
use tonsure::mesh::{
    Roughness, SurfaceIndex, SurfacePoint, Topology, TriMesh, load, roughness, smooth, smoothed_normals, submesh,
};

/// Random numbers of the standard normal distribution, the same each time.
struct Gauss(u64);

impl Gauss {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn next(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (TAU * self.uniform()).cos()
    }

    fn vector(&mut self) -> Vector {
        Vector::new(self.next(), self.next(), self.next())
    }
}

/// A square patch of `cells` rows of nearly equal triangles with sides of `edge`, bent by `bend`.
fn patch(cells: u32, edge: f64, bend: impl Fn(f64, f64) -> Point) -> TriMesh {
    let rows = f64::from(cells) / 2.0;
    let mut vertices = Vec::new();
    let mut triangles = Vec::new();
    for j in 0..=cells {
        for i in 0..=cells {
            let at = vertices.len() as u32;
            let shift = 0.5 * f64::from(j % 2);
            vertices.push(bend((f64::from(i) + shift - rows) * edge, (f64::from(j) - rows) * edge * 0.75_f64.sqrt()));
            if i < cells && j < cells {
                let up = at + cells + 1;
                triangles.extend(if j % 2 == 0 {
                    [[at, at + 1, up], [at + 1, up + 1, up]]
                } else {
                    [[at, at + 1, up + 1], [at, up + 1, up]]
                });
            }
        }
    }
    TriMesh::new(vertices, triangles).unwrap()
}

fn plane(x: f64, y: f64) -> Point {
    Point::new(x, y, 0.0)
}

fn cylinder(radius: f64) -> impl Fn(f64, f64) -> Point {
    move |x, y| Point::new(radius * (x / radius).sin(), y, radius * (x / radius).cos())
}

fn sphere(radius: f64) -> impl Fn(f64, f64) -> Point {
    move |x, y| Point::from(Vector::new(x, y, radius).normalize() * radius)
}

fn moved(mesh: &TriMesh, mut to: impl FnMut(usize, &Point) -> Point) -> TriMesh {
    let vertices = mesh.vertices().iter().enumerate().map(|(i, p)| to(i, p)).collect();
    TriMesh::new(vertices, mesh.triangles().to_vec()).unwrap()
}

fn noisy(mesh: &TriMesh, sigma: f64) -> TriMesh {
    let mut gauss = Gauss(7);
    moved(mesh, |_, p| p + gauss.vector() * sigma)
}

/// Heights along an axis rounded to slices.
fn terraced(mesh: &TriMesh, axis: Vector, step: f64) -> TriMesh {
    moved(mesh, |_, p| {
        let height = p.coords.dot(&axis);
        p + axis * ((height / step).round() * step - height)
    })
}

fn rough(mesh: &TriMesh) -> Roughness {
    roughness(mesh, &Topology::build(mesh), None)
}

fn rms(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value * value, count + 1.0));
    (sum / count).sqrt()
}

/// Vertices more than `margin` from the open edge of a flat patch of `size`, before it was bent.
fn inner(flat: &TriMesh, margin: f64) -> Vec<usize> {
    let bounds = flat.bounds();
    let within = |p: &Point, c: usize| p[c] > bounds.min[c] + margin && p[c] < bounds.max[c] - margin;
    (0..flat.vertices().len()).filter(|&v| (0..2).all(|c| within(&flat.vertices()[v], c))).collect()
}

/// White noise is measured as it is, on flat and on curved skin, and skin without noise has none.
#[test]
fn noise_is_measured_in_its_own_size() {
    let surfaces = [
        patch(90, 1.0, plane),
        patch(90, 1.0, cylinder(60.0)),
        patch(90, 1.0, sphere(80.0)),
        patch(60, 2.0, sphere(80.0)),
    ];
    for clean in &surfaces {
        let figures = rough(clean);
        assert!(figures.noise_mm.unwrap() < 0.01, "{figures:?}");
        assert!((figures.area_factor - 1.0).abs() < 0.002, "{figures:?}");
        assert!(figures.findings().iter().all(|finding| finding.severity == Severity::Pass));
        for sigma in [0.05, 0.15, 0.3] {
            let mesh = noisy(clean, sigma);
            let figures = rough(&mesh);
            let measured = figures.noise_mm.unwrap();
            assert!((measured / sigma - 1.0).abs() < 0.1, "{measured} for {sigma}");
            let factor = mesh.area_mm2() / clean.area_mm2();
            assert!(((figures.area_factor - 1.0) / (factor - 1.0) - 1.0).abs() < 0.25, "{figures:?} {factor}");
            assert_eq!(figures.terraces, None);
            let warned = figures.findings().iter().any(|f| f.code == "noise" && f.remedy.contains("--smooth"));
            assert_eq!(warned, sigma > 0.1);
        }
    }
}

#[test]
fn edges_are_measured_where_it_is_asked() {
    let (fine, coarse) = (patch(40, 1.0, plane), patch(10, 3.0, |x, y| Point::new(x, y, 50.0)));
    let (mut vertices, mut triangles) = fine.clone().into_parts();
    let first = vertices.len() as u32;
    vertices.extend(coarse.vertices());
    triangles.extend(coarse.triangles().iter().map(|corners| corners.map(|v| v + first)));
    let mesh = TriMesh::new(vertices, triangles).unwrap();
    let topology = Topology::build(&mesh);
    let part: Vec<u32> = (fine.triangles().len() as u32..mesh.triangles().len() as u32).collect();
    let figures = roughness(&mesh, &topology, Some(&part));
    let edges = figures.edges.unwrap();
    assert!([edges.shortest_mm, edges.median_mm, edges.longest_mm].iter().all(|edge| (edge - 3.0).abs() < 1e-9));
    assert!(figures.places > 0 && figures.places <= part.len());
    let none = roughness(&mesh, &topology, Some(&[]));
    assert_eq!((none.noise_mm, none.terraces, none.places), (None, None, 0));
}

/// Rounding to slices shows as terraces along the axis with the step's height; noise and smooth skin do not. (On a plane
/// steps along one axis are also steps along any other: the skin has to be bent.)
#[test]
fn terraces_are_told_from_noise() {
    let tilted = Vector::new(0.36, 0.48, 0.8);
    let clean = patch(160, 0.7, sphere(60.0));
    // Across the axes of the file the direction comes from the terraces' own flats, which noise must leave flat to 1°.
    for (axis, noise) in [(Vector::z(), 0.02), (tilted, 0.005)] {
        for step in [0.5, 1.0] {
            let found = rough(&noisy(&terraced(&clean, axis, step), noise)).terraces;
            let found = found.unwrap_or_else(|| panic!("no terraces of {step} mm along {axis:?}"));
            assert!(Vector::from(found.axis).dot(&axis).abs() > 0.999, "{found:?} {axis:?}");
            assert!((found.step_mm / step - 1.0).abs() < 0.02, "{found:?} {step}");
        }
    }
    assert_eq!(rough(&clean).terraces, None);
    assert_eq!(rough(&noisy(&clean, 0.3)).terraces, None);
}

/// Second-order surfaces come out as they went in, up to their open edges.
#[test]
fn smoothing_does_not_shrink() {
    let flat = patch(60, 1.0, plane);
    for (clean, limit) in [
        (flat.clone(), 1e-9),
        (patch(60, 1.0, |x, y| Point::new(x, y, 0.01 * x * x - 0.004 * x * y)), 0.01),
        (patch(60, 1.0, cylinder(50.0)), 0.01),
        (patch(60, 1.0, sphere(80.0)), 0.01),
    ] {
        let smoothed = smooth(&clean, 4.0).unwrap();
        assert_eq!(smoothed.mesh.triangles(), clean.triangles());
        assert!(smoothed.max_move_mm < limit, "{} mm", smoothed.max_move_mm);
        assert_eq!((smoothed.kept, smoothed.folded), (0, 0));
    }
}

/// A ripple of twice the length keeps half of its height, a longer one all, a shorter one nothing; and that does not depend
/// on the triangles.
#[test]
fn the_length_says_what_goes() {
    let length = 4.0;
    for edge in [0.5, 0.8] {
        for (wavelength, kept) in [(4.0 * length, 0.94), (2.0 * length, 0.5), (length, 0.0)] {
            let cells = (60.0 / edge) as u32;
            let flat = patch(cells, edge, plane);
            let mesh = moved(&flat, |_, p| Point::new(p.x, p.y, 0.1 * (TAU * p.x / wavelength).cos()));
            let smoothed = smooth(&mesh, length).unwrap().mesh;
            let (mut across, mut squares) = (0.0, 0.0);
            for v in inner(&flat, 10.0) {
                let wave = (TAU * flat.vertices()[v].x / wavelength).cos();
                across += smoothed.vertices()[v].z * wave;
                squares += 0.1 * wave * wave;
            }
            assert!((across / squares - kept).abs() < 0.06, "{} of {wavelength} mm left at {edge}", across / squares);
        }
    }
}

/// Noise along all directions: what is left is less than 0.3 of it, nothing is folded over, and the area is right again.
#[test]
fn noise_goes_and_the_surface_stays() {
    let flat = patch(80, 1.0, plane);
    for sigma in [0.1, 0.3, 0.5] {
        let smoothed = smooth(&noisy(&patch(80, 1.0, sphere(80.0)), sigma), 5.0).unwrap();
        let off = rms(inner(&flat, 5.0).into_iter().map(|v| smoothed.mesh.vertices()[v].coords.norm() - 80.0));
        assert!(off < 0.2 * sigma, "{off} left of {sigma}");
        // The open edge is less sure, and stays where it was.
        let off = rms(smoothed.mesh.vertices().iter().map(|v| v.coords.norm() - 80.0));
        assert!(off < 0.3 * sigma + 0.02, "{off} left of {sigma}");
        let inside = |mesh: &TriMesh| {
            let far = |v: u32| (v / 81).abs_diff(40).max((v % 81).abs_diff(40)) < 35;
            submesh(mesh, |t| mesh.triangles()[t as usize].iter().all(|&v| far(v))).unwrap().0
        };
        let inside_smoothed = inside(&smoothed.mesh);
        let areas = inside_smoothed.area_mm2() / inside(&patch(80, 1.0, sphere(80.0))).area_mm2();
        assert!((areas - 1.0).abs() < 0.02, "{areas}");
        let outward = |t: u32| inside_smoothed.normal(t).dot(&inside_smoothed.corners(t)[0].coords) > 0.0;
        assert!((0..inside_smoothed.triangles().len() as u32).all(outward));
        assert!(smoothed.findings()[0].message.contains(&format!("{:.3} mm RMS", smoothed.rms_move_mm)));
    }
}

/// Terraces of a millimetre on a slope go, on a second sheet 1.5 mm below each by itself.
#[test]
fn terraces_go_and_sheets_stay_apart() {
    let slope = |x: f64, y: f64| Point::new(x * 0.9, y, x * 0.19_f64.sqrt());
    let clean = patch(70, 0.8, slope);
    let (mut vertices, mut triangles) = clean.clone().into_parts();
    let first = vertices.len() as u32;
    vertices.extend(clean.vertices().iter().map(|v| v - Vector::new(0.0, 0.0, 1.5)));
    triangles.extend(clean.triangles().iter().map(|corners| corners.map(|v| v + first)));
    let both = TriMesh::new(vertices, triangles).unwrap();
    let alone = smooth(&terraced(&clean, Vector::z(), 1.0), 5.0).unwrap().mesh;
    let along = Vector::new(-0.19_f64.sqrt(), 0.0, 0.9);
    let off = rms(inner(&patch(70, 0.8, plane), 5.0).into_iter().map(|v| alone.vertices()[v].coords.dot(&along)));
    assert!(off < 0.1, "{off}");
    let together = smooth(&terraced(&both, Vector::z(), 1.0), 5.0).unwrap().mesh;
    assert_eq!(&together.vertices()[..first as usize], alone.vertices());
}

/// Triangles longer than the length: nothing to smooth, and a warning that says so.
#[test]
fn coarse_triangles_stay_put() {
    let coarse = patch(12, 13.0, sphere(100.0));
    let smoothed = smooth(&coarse, 5.0).unwrap();
    assert!(smoothed.max_move_mm < 1e-3, "{}", smoothed.max_move_mm);
    assert!(smoothed.findings().iter().any(|f| f.code == "smoothing-coarse" && f.severity == Severity::Warn));
    let empty = smooth(&TriMesh::default(), 5.0).unwrap();
    assert_eq!((empty.max_move_mm, empty.kept), (0.0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the triangles, the result is a mesh, the same each time, and no vertex goes far: by the length along the
    /// fit, and along the skin towards its neighbours.
    #[test]
    fn any_triangles_come_out_as_a_mesh(seed in 0..1000_u64, cells in 2..7_u32, crush in 0.0..1.0_f64, length in 0.5..8.0_f64) {
        let mut gauss = Gauss(seed);
        let mesh = moved(&patch(cells, 1.0, plane), |i, p| {
            if i % 5 == 0 { Point::origin() + gauss.vector() * crush } else { p + gauss.vector() * crush }
        });
        let smoothed = smooth(&mesh, length).unwrap();
        prop_assert_eq!(&smoothed, &smooth(&mesh, length).unwrap());
        let size = mesh.bounds().size().norm();
        prop_assert!(smoothed.max_move_mm <= 2.0 * length + size, "{}", smoothed.max_move_mm);
        let figures = rough(&mesh);
        prop_assert!(figures.noise_mm.is_none_or(f64::is_finite) && figures.area_factor.is_finite());
    }
}

/// Points in the middle of every `step`th triangle.
fn middles(mesh: &TriMesh, step: usize) -> Vec<SurfacePoint> {
    (0..mesh.triangles().len() as u32)
        .step_by(step)
        .map(|triangle| SurfacePoint { triangle, weights: [1.0 / 3.0; 3] })
        .collect()
}

/// A plane fitted to n points of a disc of radius r with noise s is off by s·√8/(r·√n); so good should the normal be, also
/// where noise turns triangles over.
#[test]
fn noise_turns_normals_no_more_than_it_must() {
    let clean = patch(80, 0.6, plane);
    let places: Vec<SurfacePoint> = middles(&clean, 5);
    let inside = |p: &&SurfacePoint| {
        let at = p.position(&clean);
        at.x.abs().max(at.y.abs()) < 15.0
    };
    let places: Vec<SurfacePoint> = places.iter().filter(inside).copied().collect();
    for sigma in [0.1, 0.3, 0.5] {
        let mesh = noisy(&clean, sigma);
        let normals = smoothed_normals(&mesh, &Topology::build(&mesh), &places, 3.0);
        let count = std::f64::consts::PI * 9.0 / (0.36 * 0.75_f64.sqrt());
        let least = sigma * 8_f64.sqrt() / (3.0 * count.sqrt());
        let off = rms(normals.iter().map(|normal| normal.normal.angle(&Vector::z())));
        assert!(off < 1.25 * least, "{off} rad, {least} for a plane");
        assert!(normals.iter().all(|normal| normal.rms_variation_rad > 0.5 * sigma));
    }
}

/// On terraces the normal is that of the slope to a third of the steps' own angle.
#[test]
fn terraces_turn_normals_little() {
    let clean = patch(120, 0.4, |x, y| Point::new(x * 0.8, y, x * 0.6));
    let mesh = terraced(&clean, Vector::z(), 0.5);
    let normals = smoothed_normals(&mesh, &Topology::build(&mesh), &middles(&mesh, 37), 3.0);
    let slope = Vector::new(-0.6, 0.0, 0.8);
    let off = rms(normals.iter().map(|normal| normal.normal.angle(&slope)));
    assert!(off < 0.03, "{off}");
}

/// At a rim, half of the disc is there: on a sphere its mean normal leans by the way to its centroid at most.
#[test]
fn a_normal_at_a_rim_leans_by_the_curvature_only() {
    let radius = 80.0;
    let mesh = patch(60, 0.7, sphere(radius));
    let topology = Topology::build(&mesh);
    let rim = |t: u32| (0..3).any(|side| topology.neighbour(t, side).is_none());
    let places: Vec<SurfacePoint> = middles(&mesh, 1).into_iter().filter(|p| rim(p.triangle)).collect();
    // A quarter of the disc in a corner of the patch has its centroid at 4√2r/3π.
    let most = 4.0 * 2_f64.sqrt() * 3.0 / (3.0 * std::f64::consts::PI) / radius;
    for (normal, place) in smoothed_normals(&mesh, &topology, &places, 3.0).iter().zip(&places) {
        let lean = normal.normal.angle(&place.position(&mesh).coords);
        assert!(lean < 1.2 * most, "{lean}");
    }
}

const HEADS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes");

fn head(name: &str, units: Units) -> Option<TriMesh> {
    let path = Path::new(HEADS).join(name);
    if !path.exists() {
        eprintln!("skipped: no {}", path.display());
        return None;
    }
    Some(load(&path, Some(units)).unwrap().mesh)
}

/// Pairs of neighbours on the largest piece above a height that face away from each other.
fn folds(mesh: &TriMesh, above: f64) -> usize {
    let topology = Topology::build(mesh);
    let mut sizes = vec![0; topology.component_count()];
    topology.components().iter().for_each(|&piece| sizes[piece as usize] += 1);
    let on_skin = |t: u32| Some(&sizes[topology.components()[t as usize] as usize]) == sizes.iter().max();
    let high = (0..mesh.triangles().len() as u32)
        .filter(|&t| on_skin(t) && mesh.corners(t).iter().all(|corner| corner.z > above));
    let sides = high.flat_map(|t| (0..3).map(move |side| (t, side)));
    sides
        .filter_map(|(t, side)| Some((t, topology.neighbour(t, side)?)))
        .filter(|&(t, next)| mesh.normal(t).dot(&mesh.normal(next)) < 0.0)
        .count()
}

/// Above the ears of a clean head and of one out of an image: how far smoothing takes the surface from where it was, as it
/// is and with noise.
#[test]
fn real_scalps_lose_noise_and_keep_their_shape() {
    for (name, above, noise, limit) in [("tub_head.ply", 60.0, 0.3, 0.11), ("colin27_scalp.ply", 40.0, 0.5, 0.12)] {
        let Some(mesh) = head(name, Units::Millimetre) else { return };
        let (clean, _) = submesh(&mesh, |t| mesh.corners(t).iter().all(|corner| corner.z > above - 20.0)).unwrap();
        let index = SurfaceIndex::build(&clean);
        let off = |other: &TriMesh| {
            let scalp = (0..clean.vertices().len()).filter(|&v| clean.vertices()[v].z > above).step_by(3);
            rms(scalp.map(|v| index.closest(&other.vertices()[v]).unwrap().distance_mm))
        };
        let (asis, rough_clean) = (smooth(&clean, 5.0).unwrap(), rough(&clean));
        assert!(off(&asis.mesh) < 0.05, "{name}: {}", off(&asis.mesh));
        assert!(rough_clean.noise_mm.unwrap() < 0.05 && rough_clean.terraces.is_none(), "{name}: {rough_clean:?}");
        let noisy = noisy(&clean, noise);
        let measured = rough(&noisy).noise_mm.unwrap();
        assert!((measured / noise - 1.0).abs() < 0.1, "{name}: {measured}");
        let smoothed = smooth(&noisy, 5.0).unwrap().mesh;
        let left = off(&smoothed);
        assert!(left < limit, "{name}: {left} mm left of {noise} mm");
        assert_eq!((folds(&clean, above), folds(&asis.mesh, above), folds(&smoothed, above)), (0, 0, 0), "{name}");
    }
}

#[test]
fn a_coarse_head_has_nothing_to_smooth() {
    let Some(mesh) = head("icbm152_bem.stl", Units::Metre) else { return };
    assert!(smooth(&mesh, 5.0).unwrap().max_move_mm < 0.01);
    let figures = rough(&mesh);
    assert_eq!((figures.noise_mm, figures.terraces), (None, None));
}

/// The flag and the key do the same, and the plan keeps the length.
#[test]
fn smoothing_is_asked_in_the_case_or_on_the_command_line() {
    let plan = |scratch: &mut Scratch, flag: Option<&str>| -> Value {
        scratch.plan().args(flag).assert().success();
        serde_json::from_slice(&std::fs::read(scratch.path("out/plan.json")).unwrap()).unwrap()
    };
    let has = |plan: &Value| plan["findings"].as_array().unwrap().iter().any(|finding| finding["code"] == "smoothed");
    let mut scratch = Scratch::new();
    let plain = plan(&mut scratch, None);
    assert!(plain["case"]["mesh"].get("smooth_mm").is_none() && !has(&plain));
    let flagged = plan(&mut scratch, Some("--smooth=4"));
    assert_eq!(flagged["case"]["mesh"]["smooth_mm"], 4.0);
    assert!(has(&flagged));
    assert_eq!(plan(&mut scratch, Some("--smooth"))["case"]["mesh"]["smooth_mm"], 5.0);
    scratch.case["mesh"]["smooth_mm"] = 4.0.into();
    assert_eq!(plan(&mut scratch, None)["dots"], flagged["dots"]);
    scratch.case["mesh"]["smooth_mm"] = 0.0.into();
    scratch.refused(&["mesh.smooth_mm", "above 0", "30 mm"]);

    let mesh = scratch.path("dome.off");
    let inspect = tonsure().arg("inspect").arg(&mesh).args(["--smooth=3", "--json"]).output().unwrap();
    let seen: Value = serde_json::from_slice(&inspect.stdout).unwrap();
    assert!(has(&seen), "{seen}");
    let dots = scratch.path("dots.csv");
    tonsure().arg("sample").arg(&mesh).args(["--spacing-mm", "20", "--smooth", "-o"]).arg(&dots).assert().success();
    tonsure().arg("sample").arg(&mesh).args(["--spacing-mm", "20", "--smooth=-1", "-o"]).arg(&dots).assert().code(2);
}
