//! Fits to fiducials and landmarks.

use nalgebra::Rotation3;
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::{Value, json};
use tonsure::geometry::{Placement, Point, Units, Vector};
use tonsure::rig::{Registration, fit_rigid, head_frame};

const AROUND: [[f64; 3]; 5] =
    [[-60.0, -70.0, 40.0], [60.0, -70.0, 40.0], [-75.0, 30.0, 0.0], [75.0, 30.0, 0.0], [0.0, 95.0, 30.0]];

fn place() -> Placement {
    Placement::new(&Rotation3::from_euler_angles(0.5, -1.1, 2.0), &Vector::new(10.0, -200.0, 35.0))
}

fn points(coordinates: &[[f64; 3]]) -> Vec<Point> {
    coordinates.iter().map(|c| Point::from(*c)).collect()
}

/// A step of the given RMS length in 3D.
fn noise(random: &mut impl Rng, rms_mm: f64) -> Vector {
    let uniform = Vector::from_fn(|_, _| random.random_range(-1.0..1.0));
    // Three uniform numbers of variance 1/3 have an RMS length of 1.
    uniform * rms_mm
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

#[test]
fn the_predicted_error_is_the_one_that_comes_out() {
    let (fle, trials) = (0.3, 3000);
    let mut random = Pcg64::seed_from_u64(3);
    let forehead = [[-30.0, -85.0, 60.0], [30.0, -85.0, 60.0], [-25.0, -90.0, 30.0], [25.0, -90.0, 30.0]];
    for fiducials in [&AROUND[..4], &AROUND[..], &forehead[..]] {
        let mesh = points(fiducials);
        let targets = points(&[[0.0, -80.0, 70.0], [0.0, 40.0, 120.0], [75.0, 0.0, 60.0]]);
        let (mut fre2, mut tre2) = (0.0, [0.0; 3]);
        for _ in 0..trials {
            let rig: Vec<_> = mesh.iter().map(|p| place().point(p) + noise(&mut random, fle)).collect();
            let fit = fit_rigid(&mesh, &rig).unwrap();
            fre2 += fit.fre_mm.powi(2) / f64::from(trials);
            for (sum, target) in tre2.iter_mut().zip(&targets) {
                let off = fit.mesh_to_rig.point(target) - place().point(target);
                *sum += off.norm_squared() / f64::from(trials);
            }
        }
        let exact: Vec<_> = mesh.iter().map(|p| place().point(p)).collect();
        let fit = fit_rigid(&mesh, &exact).unwrap();
        for (sum, target) in tre2.iter().zip(&targets) {
            let ratio = sum.sqrt() / fit.predicted_tre_mm(fle, target);
            assert!((ratio - 1.0).abs() < 0.05, "{target}: {ratio}");
        }
        let expected_fre = fle * (1.0 - 2.0 / mesh.len() as f64).sqrt();
        assert!((fre2.sqrt() / expected_fre - 1.0).abs() < 0.05);
    }
}

#[test]
fn fiducials_on_the_forehead_alone_are_worse_at_the_crown() {
    let tre = |fiducials: &[[f64; 3]]| {
        let mesh = points(fiducials);
        fit_rigid(&mesh, &mesh).unwrap().predicted_tre_mm(0.3, &Point::new(0.0, 40.0, 120.0))
    };
    let forehead = [[-30.0, -85.0, 60.0], [30.0, -85.0, 60.0], [-25.0, -90.0, 30.0], [25.0, -90.0, 30.0]];
    assert!(tre(&forehead) > 3.0 * tre(&AROUND[..4]));
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
