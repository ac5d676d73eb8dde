//! The demo head: its fixture is what the generator makes, it has the sizes of a head, and what is drawn on it fits.
//!
//! `TONSURE_BLESS=1 cargo test demo::` writes the fixture anew.

use std::f64::consts::TAU;
use std::path::PathBuf;

use tonsure::case::Case;
use tonsure::geometry::{Placement, Point, Units, Vector};
use tonsure::mesh::{SurfaceIndex, Topology};
use tonsure::region::boundary::{self, Boundary};

use crate::support::demo_head::anatomy::{NECK_CUT_Z_MM, survey_mm, without_ears};
use crate::support::demo_head::{self, Drawing, MESH};
use crate::support::enclosure::{enclosed_area_mm2, encloses};

fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo")).join(name)
}

fn hairline() -> Boundary {
    let name = "head.hairline.json";
    boundary::read(&std::fs::read(path(name)).unwrap(), name, Units::Millimetre).unwrap()
}

fn case() -> Case {
    Case::parse(&std::fs::read(path("case.json")).unwrap(), "case.json").unwrap()
}

/// The committed file, after writing `made` to it when that is asked for.
fn committed(name: &str, made: &[u8]) -> Vec<u8> {
    if std::env::var_os("TONSURE_BLESS").is_some() {
        std::fs::create_dir_all(path("")).unwrap();
        std::fs::write(path(name), made).unwrap();
    }
    std::fs::read(path(name)).unwrap()
}

/// The words of a JSON text that are not numbers, and its numbers.
fn words_and_numbers(text: &str) -> (Vec<&str>, Vec<f64>) {
    let tokens = text.split(|c: char| c.is_whitespace() || "[]{},:".contains(c)).filter(|token| !token.is_empty());
    let (numbers, words) = tokens.partition::<Vec<_>, _>(|token| token.parse::<f64>().is_ok());
    (words, numbers.iter().map(|number| number.parse().unwrap()).collect())
}

#[test]
fn the_fixture_is_what_the_generator_makes() {
    // Sines may differ in the last bit between platforms: places are compared to 0.01 mm, everything else exactly.
    let made = demo_head::ply(&MESH);
    let stored = committed("head.ply", &made);
    let start = made.len() - MESH.vertices().len() * 12 - MESH.triangles().len() * 13;
    let end = start + MESH.vertices().len() * 12;
    assert_eq!(stored.len(), made.len());
    assert!(stored[..start] == made[..start] && stored[end..] == made[end..], "header or triangles differ");
    let floats = |bytes: &[u8]| -> Vec<f32> {
        bytes[start..end].as_chunks::<4>().0.iter().map(|&word| f32::from_le_bytes(word)).collect()
    };
    let largest = floats(&stored).iter().zip(floats(&made)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(largest < 0.01, "vertices differ by up to {largest} mm");

    let drawing = Drawing::on(&MESH);
    for (name, made) in [
        ("head.hairline.json", drawing.hairline_json()),
        ("case.json", drawing.case_json()),
        ("head.registration.json", drawing.registration_json()),
    ] {
        let stored = String::from_utf8(committed(name, made.as_bytes())).unwrap();
        let ((words, numbers), (made_words, made_numbers)) = (words_and_numbers(&stored), words_and_numbers(&made));
        assert_eq!((words, numbers.len()), (made_words, made_numbers.len()), "{name}");
        let largest = numbers.iter().zip(made_numbers).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(largest < 0.01, "{name}: numbers differ by up to {largest}");
    }
}

#[test]
fn the_mesh_is_one_sheet_that_ends_at_the_neck() {
    let topology = Topology::build(&MESH);
    assert_eq!((topology.component_count(), topology.non_manifold_edges()), (1, 0));
    let border = (0..MESH.triangles().len() as u32)
        .flat_map(|t| (0..3).map(move |edge| (t, edge)))
        .filter(|&(t, edge)| topology.neighbour(t, edge).is_none());
    let mut open = 0;
    for (t, edge) in border {
        let corners = MESH.corners(t);
        assert!(
            [corners[edge], corners[(edge + 1) % 3]].iter().all(|p| p.z < NECK_CUT_Z_MM + 4.0),
            "hole at {corners:?}"
        );
        open += 1;
    }
    assert_eq!(open, topology.open_edges());
    assert!((20_000..40_000).contains(&MESH.triangles().len()), "{} triangles", MESH.triangles().len());
    assert!(demo_head::ply(&MESH).len() < 1_000_000);

    // Outward winding: the volume above the cut is that of a head (4 to 5 l), and every triangle faces the field.
    let lid = MESH.bounds().min.z;
    let volume: f64 = (0..MESH.triangles().len() as u32)
        .map(|t| {
            let [a, b, c] = MESH.corners(t).map(|p| p - Point::new(0.0, 0.0, lid));
            a.dot(&b.cross(&c)) / 6.0
        })
        .sum();
    assert!((4e6..6e6).contains(&volume), "{volume} mm³");
    let slivers = (0..MESH.triangles().len() as u32).filter(|&t| MESH.triangle_area_mm2(t) < 0.05).count();
    assert_eq!(slivers, 0);
}

#[test]
fn the_head_has_the_sizes_that_the_survey_found() {
    let landmarks = hairline().landmarks;
    let skin = |x: f64, y: f64, z: f64, direction: Vector| {
        // The field is no true distance: half steps, forward and back.
        let mut p = Point::new(x, y, z);
        while without_ears(&p).abs() > 1e-6 {
            p -= direction * (0.5 * without_ears(&p));
        }
        p
    };
    let around = |z_of: &dyn Fn(f64) -> f64| -> Vec<Point> {
        let steps = (0..360).map(|i| (f64::from(i) / 360.0 * TAU).sin_cos());
        steps.map(|(sin, cos)| skin(0.0, 0.0, z_of(cos), Vector::new(sin, cos, 0.0))).collect()
    };
    let glabella = Point::from(landmarks.glabella.unwrap());
    let middle: Vec<Point> = (0..60).map(|i| skin(0.0, 0.0, f64::from(i), Vector::y())).collect();
    let length = middle.iter().map(|p| (p - glabella).norm()).fold(0.0, f64::max);
    let breadth = (45..80)
        .map(|z| skin(0.0, 15.0, f64::from(z), Vector::x()).x - skin(0.0, 15.0, f64::from(z), -Vector::x()).x)
        .fold(0.0, f64::max);
    let ring = around(&|_| 52.0);
    let circumference: f64 = (0..ring.len()).map(|i| (ring[(i + 1) % ring.len()] - ring[i]).norm()).sum();
    let tragus = |place: Option<[f64; 3]>| Point::from(place.unwrap());
    let between = nalgebra::center(&tragus(landmarks.left_tragus), &tragus(landmarks.right_tragus));
    let ear = MESH.vertices().iter().filter(|v| v.x > 80.0).max_by(|a, b| a.x.total_cmp(&b.x)).unwrap();
    let protrusion = (ear - skin(0.0, ear.y, ear.z, Vector::x())).norm();

    for (what, measured, expected, tolerance) in [
        ("head length", length, survey_mm::HEAD_LENGTH, 3.0),
        ("head breadth", breadth, survey_mm::HEAD_BREADTH, 3.0),
        ("head circumference", circumference, survey_mm::HEAD_CIRCUMFERENCE, 15.0),
        ("tragion to top of head", landmarks.vertex.unwrap()[2] - between.z, survey_mm::TRAGION_TO_TOP, 2.0),
        ("ear protrusion", protrusion, survey_mm::EAR_PROTRUSION, 4.0),
        ("origin off the middle of the tragi", between.coords.norm(), 0.0, 0.5),
    ] {
        assert!((measured - expected).abs() < tolerance, "{what}: {measured:.1} mm, expected {expected} ± {tolerance}");
    }
}

#[test]
fn the_hairline_lies_on_the_skin_where_hairlines_lie() {
    let boundary = hairline();
    assert!(boundary.closed && boundary.findings.is_empty() && boundary.wide_gaps().is_none());
    boundary::check_span(&boundary.points, Units::Millimetre).unwrap();
    let index = SurfaceIndex::build(&MESH);
    let off = boundary.points.iter().map(|p| index.closest(p).unwrap().distance_mm).fold(0.0, f64::max);
    assert!(off < 0.05, "{off} mm off the skin");

    let line = &boundary.points;
    let landmarks = boundary.landmarks;
    for (name, place, inside) in [
        ("glabella", landmarks.glabella, false),
        ("left tragus", landmarks.left_tragus, false),
        ("right tragus", landmarks.right_tragus, false),
        ("inion", landmarks.inion, true),
        ("vertex", landmarks.vertex, true),
        ("inside point", boundary.inside_point.map(Into::into), true),
    ] {
        assert_eq!(encloses(line, &Point::from(place.unwrap())), inside, "{name}");
    }
    // Along the skin, not the chord: up the forehead to the middle of the frontal line.
    let glabella = Point::from(landmarks.glabella.unwrap());
    let front = line.iter().filter(|p| p.y < 0.0).min_by(|a, b| a.x.abs().total_cmp(&b.x.abs())).unwrap();
    let steps = 40;
    let up: Vec<Point> = (0..=steps)
        .map(|i| index.closest(&(glabella + (front - glabella) * (f64::from(i) / f64::from(steps)))).unwrap().position)
        .collect();
    let rise: f64 = up.windows(2).map(|pair| (pair[1] - pair[0]).norm()).sum();
    assert!((70.0..85.0).contains(&rise), "the frontal line is {rise} mm above the glabella");

    let area_cm2 = enclosed_area_mm2(line, &MESH) / 100.0;
    assert!((550.0..720.0).contains(&area_cm2), "{area_cm2} cm²");
}

#[test]
fn the_case_names_what_is_there() {
    let (case, boundary) = (case(), hairline());
    assert_eq!(case.format, tonsure::case::FORMAT);
    assert!(path(&case.mesh.file).is_file() && path(&case.boundary.file).is_file());
    assert!((case.sessions.iter().map(|session| session.share).sum::<f64>() - 1.0).abs() < 1e-12);
    let index = SurfaceIndex::build(&MESH);
    assert_eq!(case.keep_outs.len(), 2);
    for keep_out in &case.keep_outs {
        let places = keep_out.outline.iter().flatten().chain(&keep_out.centre);
        for place in places.copied().map(Point::from) {
            assert!(index.closest(&place).unwrap().distance_mm < 0.05, "{} is off the skin", keep_out.name);
            assert!(encloses(&boundary.points, &place), "{} is outside of the hairline", keep_out.name);
        }
    }
}

#[test]
fn the_registration_example_is_a_plausible_measurement() {
    let text = std::fs::read_to_string(path("head.registration.json")).unwrap();
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    let index = SurfaceIndex::build(&MESH);
    let (placement, line): (Placement, _) = (demo_head::placement(), hairline().points);
    let place = |value: &serde_json::Value| -> Point {
        Point::from(serde_json::from_value::<[f64; 3]>(value.clone()).unwrap())
    };
    let fiducials = file["fiducials"].as_array().unwrap();
    assert_eq!((fiducials.len(), file["format"].as_str()), (6, Some("tonsure-registration/1")));
    for fiducial in fiducials {
        let (mesh, rig) = (place(&fiducial["mesh"]), place(&fiducial["rig"]));
        assert!(index.closest(&mesh).unwrap().distance_mm < 0.05, "{fiducial}");
        assert!(!encloses(&line, &mesh), "{fiducial} would lie under the needle");
        let error = (placement.point(&mesh) - rig).norm();
        assert!((0.01..0.5).contains(&error), "{fiducial}: {error} mm");
    }
}
