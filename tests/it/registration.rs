//! Fits to fiducials, probed skin and landmarks; how far they may be off, and what is wrong with bad ones.

use std::path::Path;

use nalgebra::Rotation3;
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::{Value, json};
use tonsure::error::Severity;
use tonsure::geometry::{Placement, Point, Units, Vector};
use tonsure::mesh::{SurfaceIndex, TriMesh};
use tonsure::rig::{Located, Registration, TreLimits, TreModel, Weights, best_addition, fit_rigid, head_frame, refine};

use crate::support::scratch::{DOME_RADIUS_MM, Scratch, tonsure};

const AROUND: [[f64; 3]; 5] =
    [[-60.0, -70.0, 40.0], [60.0, -70.0, 40.0], [-75.0, 30.0, 0.0], [75.0, 30.0, 0.0], [0.0, 95.0, 30.0]];

fn place() -> Placement {
    Placement::new(&Rotation3::from_euler_angles(0.5, -1.1, 2.0), &Vector::new(10.0, -200.0, 35.0))
}

fn points(coordinates: &[[f64; 3]]) -> Vec<Point> {
    coordinates.iter().map(|c| Point::from(*c)).collect()
}

/// A normally distributed step of the given RMS length in 3D (Box and Muller).
fn noise(random: &mut impl Rng, rms_mm: f64) -> Vector {
    Vector::from_fn(|_, _| {
        let (radius, turn): (f64, f64) = (random.random_range(f64::MIN_POSITIVE..1.0), random.random());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * turn).cos()
    }) * (rms_mm / 3.0_f64.sqrt())
}

#[test]
fn the_placing_is_found() {
    let mesh = points(&AROUND);
    let rig: Vec<_> = mesh.iter().map(|p| place().point(p)).collect();
    for count in [3, 4, 5] {
        let fit = fit_rigid(&mesh[..count], &rig[..count]).unwrap();
        assert!(fit.fre_mm < 1e-9);
        assert!(fit.mesh_to_rig.rotation_defect() < 1e-12);
        let elsewhere = Point::new(1.0, 2.0, 140.0);
        assert!((fit.mesh_to_rig.point(&elsewhere) - place().point(&elsewhere)).norm() < 1e-9);
        assert_eq!(fit.findings().len(), usize::from(count == 3));
    }
}

/// Layouts like those of a published comparison, on a head of 152 x 192 x 250 mm: origin midway between the tragi, x to
/// the left, y backwards, z up.
const FOREHEAD: [[f64; 3]; 4] = [[41.0, -68.0, 56.0], [-41.0, -68.0, 56.0], [12.0, -85.0, 54.0], [-12.0, -85.0, 54.0]];
const FOREHEAD_AND_EARS: [[f64; 3]; 4] =
    [[41.0, -68.0, 56.0], [-41.0, -68.0, 56.0], [65.0, 49.0, 7.0], [-65.0, 49.0, 7.0]];
const ALL_AROUND: [[f64; 3]; 6] = [
    [41.0, -68.0, 56.0],
    [-41.0, -68.0, 56.0],
    [65.0, 49.0, 7.0],
    [-65.0, 49.0, 7.0],
    [0.0, 96.0, 8.0],
    [0.0, -58.0, 100.0],
];
/// Hairline in the middle, crown, temple.
const TARGETS: [[f64; 3]; 3] = [[0.0, -71.0, 85.0], [0.0, 77.0, 75.0], [66.0, -24.0, 52.0]];

fn layouts() -> [Vec<Point>; 3] {
    [points(&FOREHEAD), points(&FOREHEAD_AND_EARS), points(&ALL_AROUND)]
}

fn exact(mesh: &[Point]) -> Vec<Point> {
    mesh.iter().map(|p| place().point(p)).collect()
}

#[test]
fn ten_thousand_draws_come_out_as_predicted() {
    let (fle, trials) = (0.3, 10_000);
    let mut random = Pcg64::seed_from_u64(3);
    let targets = points(&TARGETS);
    for mesh in layouts() {
        let (mut fre2, mut tre2) = (0.0, [0.0; 3]);
        for _ in 0..trials {
            let rig: Vec<_> = exact(&mesh).iter().map(|p| p + noise(&mut random, fle)).collect();
            let fit = fit_rigid(&mesh, &rig).unwrap();
            fre2 += fit.fre_mm.powi(2) / f64::from(trials);
            for (sum, target) in tre2.iter_mut().zip(&targets) {
                let off = fit.mesh_to_rig.point(target) - place().point(target);
                *sum += off.norm_squared() / f64::from(trials);
            }
        }
        let fit = fit_rigid(&mesh, &exact(&mesh)).unwrap();
        for (sum, target) in tre2.iter().zip(&targets) {
            let ratio = sum.sqrt() / fit.predicted_tre_mm(fle, target);
            assert!((ratio - 1.0).abs() < 0.03, "{} fiducials, {target}: {ratio}", mesh.len());
        }
        let expected_fre = fle * (1.0 - 2.0 / mesh.len() as f64).sqrt();
        assert!((fre2.sqrt() / expected_fre - 1.0).abs() < 0.03);
    }
}

#[test]
fn the_same_localisation_error_is_worth_very_different_errors_by_layout() {
    // Hairline, crown, temple of each layout, to 5 %; FRE of the first two is the same.
    let expected = [[0.35, 1.60, 0.62], [0.20, 0.24, 0.20], [0.16, 0.18, 0.17]];
    for (mesh, row) in layouts().iter().zip(expected) {
        let fit = fit_rigid(mesh, &exact(mesh)).unwrap();
        for (target, tre) in points(&TARGETS).iter().zip(row) {
            let predicted = fit.predicted_tre_mm(0.3, target);
            assert!((predicted / tre - 1.0).abs() < 0.05, "{predicted} for {tre}");
        }
    }
}

#[test]
fn errors_are_judged_by_the_dots_and_not_by_the_residuals() {
    let judged = |mesh: &[Point], rig: &[Point], stated: f64| {
        let located = Located::new(fit_rigid(mesh, rig).unwrap(), stated);
        let tre = points(&TARGETS).iter().map(|target| located.tre_mm(target)).collect::<Vec<_>>();
        (TreLimits::default().judge(tre, located.fit.fre_mm, located.fle_mm), located)
    };
    let [forehead, ears, _] = layouts();
    // No residual at all, and still too bad at the crown.
    let (finding, located) = judged(&forehead, &exact(&forehead), 0.3);
    assert_eq!((finding.severity, finding.count, finding.code.as_str()), (Severity::Fail, 1, "P14"));
    assert!(located.fit.fre_mm < 1e-9 && located.findings().is_empty());
    assert_eq!(judged(&forehead, &exact(&forehead), 0.15).0.severity, Severity::Warn);
    assert_eq!(judged(&ears, &exact(&ears), 0.3).0.severity, Severity::Pass);
    // Residuals that chance does not explain raise the error that is reckoned with, and never lower it.
    let mut rig = exact(&ears);
    rig[0] += Vector::new(0.0, 0.0, 1.5);
    let (_, located) = judged(&ears, &rig, 0.3);
    assert!(located.fle_mm > 0.5 && (located.fle_mm - located.fit.estimated_fle_mm()).abs() < 1e-12);
    assert_eq!(located.findings()[0].code, "fiducials-disagree");
    assert!(judged(&ears, &rig, 2.0).1.findings().is_empty());
}

#[test]
fn one_fit_in_a_hundred_is_unusual() {
    let (fle, trials) = (0.4, 10_000);
    let mut random = Pcg64::seed_from_u64(8);
    for mesh in layouts() {
        let mut unusual = 0;
        for _ in 0..trials {
            let rig: Vec<_> = exact(&mesh).iter().map(|p| p + noise(&mut random, fle)).collect();
            let fit = fit_rigid(&mesh, &rig).unwrap();
            unusual += i32::from(fit.fre_mm > fit.usual_fre_mm(fle));
        }
        assert!((70..=130).contains(&unusual), "{unusual} of {trials}");
    }
}

#[test]
fn too_few() {
    let mesh = points(&AROUND[..2]);
    let text = fit_rigid(&mesh, &mesh).unwrap_err().to_string();
    assert!(text.contains("2 in the scan and 2 in the rig") && text.contains("three or more"), "{text}");
}

#[test]
fn on_a_line() {
    let mesh = points(&[[0.0, 0.0, 0.0], [50.0, 1.0, 0.0], [100.0, 0.0, 2.0], [150.0, -3.0, 0.0]]);
    let text = fit_rigid(&mesh, &mesh).unwrap_err().to_string();
    assert!(text.contains("of one line") && text.contains("around the head"), "{text}");
}

#[test]
fn mirrored() {
    let mesh = points(&AROUND);
    let rig: Vec<_> = mesh.iter().map(|p| Point::new(-p.x, p.y, p.z + 0.3 * p.x)).collect();
    let mirror: Vec<_> = mesh.iter().map(|p| Point::new(-p.x, p.y, p.z)).collect();
    let text = fit_rigid(&mesh, &mirror).unwrap_err().to_string();
    assert!(text.contains("mirrored within 0.00 mm") && text.contains("swap left and right"), "{text}");
    assert!(fit_rigid(&mesh, &rig).is_err());
    // Marks whose left and right are alike fit as well with a pair exchanged: both are said.
    let alike = points(&ALL_AROUND);
    let across: Vec<_> = alike.iter().map(|p| Point::new(-p.x, p.y, p.z)).collect();
    let text = fit_rigid(&alike, &across).unwrap_err().to_string();
    assert!(text.contains("mirror"), "{text}");
    let alike = points(&[[0.0, 108.0, 48.0], [75.0, 9.0, 1.0], [-75.0, 9.0, 1.0], [0.0, -87.0, -2.0]]);
    let across: Vec<_> = alike.iter().map(|p| Point::new(-p.x, p.y, p.z)).collect();
    let text = fit_rigid(&alike, &across).unwrap_err().to_string();
    assert!(text.contains("exchanged, and within 0.00 mm as a mirror image") && text.contains("an axis"), "{text}");
}

#[test]
fn in_a_cluster() {
    let mesh = points(&[[0.0, 0.0, 0.0], [20.0, 0.0, 0.0], [0.0, 20.0, 0.0], [20.0, 20.0, 5.0]]);
    let text = fit_rigid(&mesh, &mesh).unwrap_err().to_string();
    assert!(text.contains("clustered within 14") && text.contains("at least 15 mm"), "{text}");
}

#[test]
fn twice_the_same_place() {
    let mut mesh = points(&AROUND);
    mesh.push(mesh[2] + Vector::new(0.0, 0.3, 0.4));
    let text = named(&mesh, &exact(&mesh), Units::Millimetre).unwrap_err().to_string();
    assert!(text.contains("\"right ear\" and \"5\" within 0.50 mm"), "{text}");
}

/// Fits marks of which the first have names, through a file.
fn named(mesh: &[Point], rig: &[Point], units: Units) -> tonsure::Result<tonsure::rig::Fit> {
    let names = ["right brow", "left brow", "right ear", "left ear", "nape"];
    let marks: Vec<Value> = (mesh.iter().zip(rig).enumerate())
        .map(|(i, (m, r))| {
            let name = names.get(i).map_or_else(|| i.to_string(), ToString::to_string);
            json!({ "name": name, "mesh": [m.x, m.y, m.z], "rig": [r.x, r.y, r.z] })
        })
        .collect();
    let file = json!({ "format": "tonsure-registration/1", "setup": "upright", "fiducials": marks });
    Registration::parse(file.to_string(), "r.json").unwrap().fit(units)
}

#[test]
fn exchanged_marks_are_named() {
    let mut random = Pcg64::seed_from_u64(21);
    for set in [&AROUND[..], &AROUND[..4], &ALL_AROUND[..]] {
        let mesh = points(set);
        for (a, b) in (0..mesh.len()).flat_map(|a| (0..a).map(move |b| (b, a))) {
            let mut rig: Vec<_> = exact(&mesh).iter().map(|p| p + noise(&mut random, 0.3)).collect();
            rig.swap(a, b);
            let text = named(&mesh, &rig, Units::Millimetre).unwrap_err().to_string();
            let name = |i: usize| {
                ["right brow", "left brow", "right ear", "left ear", "nape"].get(i).map_or("5", |name| *name)
            };
            let pair = format!("\"{}\" and \"{}\"", name(a), name(b));
            assert!(text.contains(&pair) && text.contains("exchanged"), "{pair}: {text}");
        }
    }
}

#[test]
fn other_units_are_named() {
    let mesh = points(&AROUND);
    let refused = |mesh: &[Point], rig: &[Point], units: Units| named(mesh, rig, units).unwrap_err().to_string();
    let times = |places: &[Point], factor: f64| places.iter().map(|p| p * factor).collect::<Vec<_>>();
    for unit in [Units::Centimetre, Units::Inch, Units::Metre] {
        let small = times(&exact(&mesh), 1.0 / unit.in_mm());
        let text = refused(&mesh, &small, Units::Millimetre);
        assert!(text.contains(&format!("the rig's in {unit}")) && !text.contains("the scan's in"), "{text}");
        // The scan is in another unit, and the marks were written in mm.
        let text = refused(&mesh, &exact(&mesh), unit);
        let expected = format!("the scan's in mm instead of {unit}");
        assert!(text.contains(&expected) && !text.contains("the rig's in"), "{text}");
        assert!(text.contains(&format!("convert the coordinates in the scan to {unit}")), "{text}");
        // And the other way round.
        let text = refused(&times(&mesh, 1.0 / unit.in_mm()), &exact(&mesh), Units::Millimetre);
        assert!(text.contains(&format!("the scan's in {unit} instead of mm")), "{text}");
    }
    let text = refused(&mesh, &times(&exact(&mesh), 3.3), Units::Millimetre);
    assert!(text.contains("0.303 times as far apart") && !text.contains("another unit"), "{text}");
}

#[test]
fn a_mark_that_is_off_and_a_scan_of_another_size_are_told() {
    let mesh = points(&ALL_AROUND);
    let mut rig = exact(&mesh);
    rig[4] += Vector::new(9.0, -4.0, 1.0);
    let fit = named(&mesh, &rig, Units::Millimetre).unwrap();
    let finding = &fit.findings()[0];
    assert_eq!(finding.code, "fiducial-off");
    assert!(finding.message.contains("\"nape\" lies 9.9 mm"), "{}", finding.message);
    let large: Vec<_> = mesh.iter().map(|p| p * 1.05).collect();
    let fit = named(&large, &exact(&mesh), Units::Millimetre).unwrap();
    let finding = &fit.findings()[0];
    assert_eq!(finding.code, "scan-scale");
    assert!(finding.message.contains("4.8 % smaller"), "{}", finding.message);
}

#[test]
fn one_more_fiducial_goes_where_it_helps_most() {
    let targets = points(&TARGETS);
    let marks = points(&FOREHEAD);
    let candidates = points(&[[0.0, -90.0, 40.0], [0.0, 96.0, 8.0], [70.0, 20.0, 0.0], [41.0, -68.0, 57.0]]);
    let best = best_addition(&marks, &candidates, &targets, 0.3).unwrap();
    assert_eq!(best.candidate, 1);
    for (i, candidate) in candidates.iter().enumerate() {
        let model = TreModel::of(&[&marks[..], &[*candidate]].concat()).unwrap();
        let errors: Vec<f64> = targets.iter().map(|target| 0.3 * model.per_fle(target)).collect();
        let largest = errors.iter().copied().fold(0.0, f64::max);
        assert!(best.largest_mm <= largest + 1e-12);
        if i == best.candidate {
            assert!((best.largest_mm - largest).abs() < 1e-12);
            assert!((best.mean_mm - errors.iter().sum::<f64>() / 3.0).abs() < 1e-12);
        }
    }
    assert!(best_addition(&marks, &[], &targets, 0.3).is_none());
    assert!(best_addition(&marks, &candidates, &[], 0.3).is_none());
}

/// The upper half of an ellipsoid of the size of a head, without any symmetry of turning.
fn head() -> (Vec<Point>, SurfaceIndex) {
    let (rings, sectors) = (60_u32, 120_u32);
    let mut vertices = Vec::new();
    for ring in 0..=rings {
        for sector in 0..sectors {
            let polar = 1.9 * f64::from(ring) / f64::from(rings);
            let (sin, cos) = (std::f64::consts::TAU * f64::from(sector) / f64::from(sectors)).sin_cos();
            vertices.push(Point::new(76.0 * polar.sin() * cos, 96.0 * polar.sin() * sin, 125.0 * polar.cos()));
        }
    }
    let corner = |ring: u32, sector: u32| ring * sectors + sector % sectors;
    let quads = (0..rings).flat_map(|ring| (0..sectors).map(move |sector| (ring, sector)));
    let triangles = quads
        .flat_map(|(r, s)| {
            let [a, b, c, d] = [corner(r, s), corner(r + 1, s), corner(r + 1, s + 1), corner(r, s + 1)];
            [[a, b, c], [a, c, d]]
        })
        .collect();
    let mesh = TriMesh::new(vertices, triangles).unwrap();
    (mesh.vertices().to_vec(), SurfaceIndex::build(&mesh))
}

#[test]
fn probed_skin_refines_the_fit_as_predicted() {
    let (skin, index) = head();
    let mesh = points(&FOREHEAD);
    let weights = Weights { fle_mm: 0.3, surface_error_mm: 0.2 };
    let targets = points(&TARGETS);
    let (mut before2, mut after2, mut predicted) = ([0.0; 3], [0.0; 3], [0.0; 3]);
    let (mut random, trials) = (Pcg64::seed_from_u64(4), 150);
    for _ in 0..trials {
        let rig: Vec<_> = exact(&mesh).iter().map(|p| p + noise(&mut random, 0.3)).collect();
        let fit = fit_rigid(&mesh, &rig).unwrap();
        let probed: Vec<Point> = (0..60)
            .map(|_| skin[random.random_range(240..skin.len())] + noise(&mut random, 0.2 * 3.0_f64.sqrt()))
            .map(|p| place().point(&p))
            .collect();
        let refined = refine(&fit, &mesh, &rig, &probed, &index, weights).unwrap();
        for (i, target) in targets.iter().enumerate() {
            let truth = place().point(target);
            before2[i] += (fit.mesh_to_rig.point(target) - truth).norm_squared() / f64::from(trials);
            after2[i] += (refined.mesh_to_rig.point(target) - truth).norm_squared() / f64::from(trials);
            predicted[i] += refined.tre_mm(target) / f64::from(trials);
        }
    }
    for i in 0..3 {
        assert!(after2[i] < before2[i], "target {i}");
        let ratio = after2[i].sqrt() / predicted[i];
        assert!((0.8..1.25).contains(&ratio), "target {i}: {ratio}");
    }
    assert!(after2[1] < 0.2 * before2[1], "the crown gains most: {} of {}", after2[1], before2[1]);
}

#[test]
fn without_points_that_say_more_the_prediction_is_that_of_the_fiducials() {
    let (skin, index) = head();
    let mesh = points(&ALL_AROUND);
    let fit = fit_rigid(&mesh, &exact(&mesh)).unwrap();
    let probed: Vec<Point> = skin.iter().skip(240).step_by(97).map(|p| place().point(p)).collect();
    let weights = Weights { fle_mm: 0.3, surface_error_mm: 300.0 };
    let refined = refine(&fit, &mesh, &exact(&mesh), &probed, &index, weights).unwrap();
    assert!(refined.moved_mm < 1e-6 && refined.rejected.is_empty());
    for target in points(&TARGETS) {
        assert!((refined.tre_mm(&target) / fit.predicted_tre_mm(0.3, &target) - 1.0).abs() < 1e-3);
    }
}

#[test]
fn a_few_wrong_points_do_not_pull() {
    let (skin, index) = head();
    let mesh = points(&FOREHEAD_AND_EARS);
    let fit = fit_rigid(&mesh, &exact(&mesh)).unwrap();
    let weights = Weights { fle_mm: 0.3, surface_error_mm: 0.1 };
    let mut random = Pcg64::seed_from_u64(6);
    let mut probed: Vec<Point> =
        (0..40).map(|_| place().point(&(skin[random.random_range(240..skin.len())]))).collect();
    for place in &mut probed[..6] {
        *place += Vector::new(0.0, 0.0, 6.0);
    }
    let refined = refine(&fit, &mesh, &exact(&mesh), &probed, &index, weights).unwrap();
    let wrong = refined.rejected.iter().filter(|&&i| i < 6).count();
    assert!(wrong >= 5 && refined.rejected.len() == wrong, "{:?}", refined.rejected);
    for target in points(&TARGETS) {
        assert!((refined.mesh_to_rig.point(&target) - place().point(&target)).norm() < 0.05);
    }
}

#[test]
fn points_that_hold_nothing_are_refused() {
    let (skin, index) = head();
    let mesh = points(&FOREHEAD_AND_EARS);
    let rig = exact(&mesh);
    let fit = fit_rigid(&mesh, &rig).unwrap();
    let refused = |probed: &[Point], fle_mm: f64| {
        let weights = Weights { fle_mm, surface_error_mm: 0.3 };
        refine(&fit, &mesh, &rig, probed, &index, weights).unwrap_err().to_string()
    };
    let at = |places: &[Point]| places.iter().map(|p| place().point(p)).collect::<Vec<_>>();
    let few = refused(&at(&skin[240..245]), 0.3);
    assert!(few.contains("surface_points: found 5 points; expected six or more"), "{few}");
    // Points around one place leave the head free to slide and turn, where fiducials have no say.
    let patch = refused(&at(&skin[120..480]), f64::INFINITY);
    assert!(patch.contains("leave a turn or shift open"), "{patch}");
    let off: Vec<Point> = at(&skin[240..300]).iter().map(|p| p + Vector::new(40.0, 40.0, 40.0)).collect();
    assert!(refused(&off, 0.3).contains("point 0 more than 10 mm off the scan"));
    // A head that slid by 4 mm after its fiducials were measured.
    let slid: Vec<Point> =
        (skin.iter().skip(240).step_by(41)).map(|p| place().point(&(p + Vector::new(4.0, 0.0, 0.0)))).collect();
    let slid = refused(&slid, 0.3);
    assert!(
        slid.contains("mm RMS off the scan where it fits best") && slid.contains("whether the head moved"),
        "{slid}"
    );
}

#[test]
fn the_command_tells_fit_zones_and_where_to_add_one() {
    let scratch = Scratch::new();
    let case = scratch.write_case();
    let at = |polar: f64, turn: f64| {
        let (sin, cos) = polar.to_radians().sin_cos();
        let (s, c) = turn.to_radians().sin_cos();
        [DOME_RADIUS_MM * sin * c, DOME_RADIUS_MM * sin * s, DOME_RADIUS_MM * cos]
    };
    // Three marks and a fourth on the left half only, as they lie on the head rest.
    let marks = [at(80.0, -60.0), at(80.0, 0.0), at(80.0, 60.0), at(62.0, 0.0)];
    let fiducials: Vec<_> = marks
        .iter()
        .zip(0..)
        .map(|(place, i)| json!({ "name": format!("mark {i}"), "mesh": place, "rig": place }))
        .collect();
    let file = json!({ "format": "tonsure-registration/1", "setup": "upright", "fiducials": fiducials, "fle_mm": 0.2 });
    let today = scratch.write("today.registration.json", file.to_string());
    let run_with = |input: &Path, registration: &Path, more: &[&str]| {
        let mut command = tonsure();
        command.arg("registration").arg(input).arg("--registration").arg(registration).args(more);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let run = |input: &Path, more: &[&str]| run_with(input, &today, more);
    let (status, text, _) = run(&case, &["--json"]);
    assert_eq!(status, Some(0), "{text}");
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&report["count"], &report["verdict"]), (&json!(4), &json!("PASS")));
    assert_eq!(report["fle_mm"], json!(0.2));
    assert!(report["fre_mm"].as_f64().unwrap() < 1e-9);
    let zone = |name: &str| {
        let zones = report["zones"].as_array().unwrap();
        zones.iter().find(|zone| zone["name"] == name).unwrap_or_else(|| panic!("{name} in {text}")).clone()
    };
    let largest = |name: &str| zone(name)["largest_mm"].as_f64().unwrap();
    assert!(largest("right") > largest("left") && largest("all") >= largest("right"));
    let advised: Vec<f64> = serde_json::from_value(report["advice"]["place_mm"].clone()).unwrap();
    assert!(advised[0] < -30.0, "on the other side: {advised:?}");
    let from_ear = (Point::from_slice(&advised) - Point::new(-DOME_RADIUS_MM, 0.0, 0.0)).norm();
    assert!(from_ear > 45.0, "not on the ear: {from_ear}");
    let errors: [f64; 2] = serde_json::from_value(report["advice"]["largest_mm"].clone()).unwrap();
    assert!(errors[1] < 0.7 * errors[0], "{errors:?}");
    assert!(report["advice"]["near"].as_str().unwrap().contains("right tragus"));

    // Probed skin on corners of the scan: nothing moves, and less is left open.
    let probed: Vec<_> = (1..40).map(|i| at(90.0 / 16.0 * f64::from(1 + i % 14), 7.5 * f64::from(7 * i))).collect();
    let mut more = file.clone();
    more["surface_points"] = json!(probed);
    let (_, text, errors) = run_with(&case, &scratch.write("more.registration.json", more.to_string()), &["--json"]);
    let refined: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{errors}"));
    let codes: Vec<&str> =
        refined["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["surface-points", "P14"]);
    assert!(refined["zones"][0]["largest_mm"].as_f64().unwrap() < largest("all"));

    // A worse needle fails, with status 1; a plan is judged at its dots.
    let (status, text, _) = run(&case, &["--fle-mm", "1.5"]);
    assert_eq!(status, Some(1));
    assert!(text.contains("FAIL P14") && text.contains("one more fiducial helps most"), "{text}");
    scratch.plan().assert().success();
    let (status, text, errors) = run(&scratch.path("out").join("plan.json"), &["--json"]);
    assert_eq!(status, Some(0), "{errors}");
    let report: Value = serde_json::from_str(&text).unwrap();
    let dots = std::fs::read_to_string(scratch.path("out").join("dots.csv")).unwrap().lines().count() - 1;
    assert_eq!(report["zones"][0]["count"], json!(dots));

    let output = tonsure().arg("registration").arg(&case).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("name a file with --registration"));
}

#[test]
fn a_flat_set_upside_down_is_told() {
    let scratch = Scratch::new();
    let case = scratch.write_case();
    // Marks of one height, with left and right exchanged: they fit a head that stands on its top.
    let marks = [[70.0, 10.0, 30.0], [-60.0, 20.0, 30.0], [10.0, 70.0, 30.0], [-5.0, -65.0, 30.0]];
    let fiducials: Vec<_> = (marks.iter().zip(0..))
        .map(|(&[x, y, z], i)| json!({ "name": format!("mark {i}"), "mesh": [x, y, z], "rig": [-x, y, z] }))
        .collect();
    let file = json!({ "format": "tonsure-registration/1", "setup": "upright", "fiducials": fiducials });
    let today = scratch.write("today.registration.json", file.to_string());
    let output = tonsure().arg("registration").arg(&case).arg("--registration").arg(&today).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("registration-turned: the fiducials turn the head by 180"), "{text}");
}

#[test]
fn files_are_read_in_the_units_of_the_scan() {
    let fiducials: Vec<_> = AROUND
        .iter()
        .enumerate()
        .map(|(i, c)| {
            let rig = place().point(&Point::from(*c));
            json!({ "name": i.to_string(), "mesh": c.map(|x| x / 10.0), "rig": [rig.x, rig.y, rig.z] })
        })
        .collect();
    let file = json!({ "format": "tonsure-registration/1", "setup": "upright", "fiducials": fiducials });
    let fit = Registration::parse(file.to_string(), "r.json").unwrap().fit(Units::Centimetre).unwrap();
    assert!(fit.fre_mm < 1e-9);
}

#[test]
fn bad_files_name_the_place() {
    let fiducial = json!({ "name": "a", "mesh": [0, 0, 0], "rig": [0, 0, 0] });
    let file = |format: &str, setup: &str, fiducials: Value| {
        let value = json!({ "format": format, "setup": setup, "fiducials": fiducials });
        Registration::parse(value.to_string(), "r.json").unwrap_err().to_string()
    };
    let good = "tonsure-registration/1";
    assert!(file("x", "upright", json!([])).starts_with("r.json: format: found \"x\""));
    assert!(file(good, "up", json!([])).starts_with("r.json: setup: found \"up\""));
    let twice = file(good, "upright", json!([fiducial, fiducial]));
    assert!(twice.starts_with("r.json: fiducials[1].name: found a second \"a\""), "{twice}");
    let with = |key: &str, value: Value| {
        let mut file = json!({ "format": good, "setup": "upright", "fiducials": [fiducial] });
        file[key] = value;
        Registration::parse(file.to_string(), "r.json").unwrap_err().to_string()
    };
    assert!(with("fle_mm", json!(0)).starts_with("r.json: fle_mm: found 0; expected a length above 0 mm"));
    assert!(with("surface_error_mm", json!(-1)).starts_with("r.json: surface_error_mm: found -1"));
    let many: Vec<Value> =
        (0..1001).map(|i| json!({ "name": i.to_string(), "mesh": [0, 0, 0], "rig": [0, 0, 0] })).collect();
    assert!(with("fiducials", json!(many)).contains("fiducials: found 1001 of them; expected at most 1000"));
    let unknown = file(good, "upright", json!([{ "name": "a", "mesh": [0, 0, 0], "rigs": [0, 0, 0] }]));
    assert!(unknown.contains("did you mean \"rig\"?"), "{unknown}");
}

#[test]
fn the_head_frame_has_its_axes_where_the_design_says() {
    let left = Point::new(0.0, 160.0, 10.0);
    let right = Point::new(0.0, 10.0, 10.0);
    let vertex = Point::new(20.0, 90.0, 150.0);
    let frame = head_frame(Some(left), Some(right), Some(vertex)).unwrap();
    assert!(frame.rotation_defect() < 1e-12);
    let at = |p: &Point| frame.point(p);
    assert!((at(&left) - Point::new(75.0, 0.0, 0.0)).norm() < 1e-9);
    assert!((at(&right) - Point::new(-75.0, 0.0, 0.0)).norm() < 1e-9);
    assert!(at(&vertex).y.abs() < 1e-9 && at(&vertex).z > 100.0);
    // The face looks along the mesh's x: left is y, so backwards is -x but for the vertex's lean.
    assert!(frame.direction(&-Vector::x()).y > 0.98);
}

#[test]
fn missing_landmarks_are_named() {
    let text = head_frame(Some(Point::origin()), None, None).unwrap_err().to_string();
    assert!(text.contains("no right_tragus, no vertex") && !text.contains("no left_tragus"), "{text}");
    let text = head_frame(Some(Point::origin()), Some(Point::new(10.0, 0.0, 0.0)), Some(Point::new(5.0, 0.0, 90.0)));
    assert!(text.unwrap_err().to_string().contains("10.0 mm"));
}
