//! Closing a frontal curve: the loop goes around what it should, off the ears, wherever the head lies.

use std::path::Path;
use std::sync::LazyLock;

use nalgebra::Rotation3;
use proptest::prelude::*;
use tonsure::case::Landmarks;
use tonsure::geometry::{Placement, Point, Units, Vector};
use tonsure::hairline::{ClosedHairline, close_frontal};
use tonsure::mesh::{SurfaceIndex, TriMesh};
use tonsure::region::boundary::{self, Boundary};

use crate::support::demo_head::MESH;
use crate::support::demo_head::anatomy::without_ears;
use crate::support::enclosure::{enclosed_area_mm2, encloses};

static SURFACE: LazyLock<SurfaceIndex> = LazyLock::new(|| SurfaceIndex::build(&MESH));

fn hairline() -> Boundary {
    let name = "head.hairline.json";
    let path = format!("{}/fixtures/demo/{name}", env!("CARGO_MANIFEST_DIR"));
    boundary::read(&std::fs::read(path).unwrap(), name, Units::Millimetre).unwrap()
}

/// The part of the demo head's loop in front of `back_y`, from left to right.
fn frontal(back_y: f64) -> Vec<Point> {
    let mut points = hairline().points;
    // The loop starts in the middle of the forehead: start it at the nape instead.
    let middle = points.len() / 2;
    points.rotate_left(middle);
    let first = points.iter().position(|p| p.y < back_y && p.z < 100.0).unwrap();
    let last = points.iter().rposition(|p| p.y < back_y && p.z < 100.0).unwrap();
    points[first..=last].to_vec()
}

fn moved(points: &[Point], by: &Placement) -> Vec<Point> {
    points.iter().map(|p| by.point(p)).collect()
}

fn moved_landmarks(landmarks: &Landmarks, by: &Placement) -> Landmarks {
    let place = |p: Option<[f64; 3]>| p.map(|p| by.point(&p.into()).into());
    Landmarks {
        glabella: place(landmarks.glabella),
        left_tragus: place(landmarks.left_tragus),
        right_tragus: place(landmarks.right_tragus),
        inion: place(landmarks.inion),
        vertex: place(landmarks.vertex),
    }
}

fn assert_good(closed: &ClosedHairline, curve: &[Point], what: &str) {
    let loop_points = &closed.points;
    assert_eq!(&loop_points[..curve.len()], curve, "{what}: the drawn part changed");
    assert_eq!(closed.drawn.len(), loop_points.len());
    assert!(closed.drawn.iter().enumerate().all(|(i, &drawn)| drawn == (i < curve.len())), "{what}");
    for p in &loop_points[curve.len()..] {
        let hit = SURFACE.closest(p).unwrap();
        assert!(hit.distance_mm < 1e-6, "{what}: {p} is {} mm off the skin", hit.distance_mm);
        assert!(without_ears(p).abs() < 1.0, "{what}: {p} is on an ear");
    }
    let neighbours = (0..loop_points.len()).map(|i| (loop_points[i], loop_points[(i + 1) % loop_points.len()]));
    let gap = neighbours.map(|(a, b)| (b - a).norm()).fold(0.0, f64::max);
    assert!(gap < 9.0, "{what}: gap of {gap} mm");
    let Landmarks { glabella, left_tragus, right_tragus, inion, vertex } = hairline().landmarks;
    for (place, inside) in
        [(glabella, false), (left_tragus, false), (right_tragus, false), (inion, true), (vertex, true)]
    {
        assert_eq!(encloses(loop_points, &place.unwrap().into()), inside, "{what}: {place:?}");
    }
}

#[test]
fn the_closed_loop_is_close_to_one_drawn_by_hand() {
    let by_hand = enclosed_area_mm2(&hairline().points, &MESH);
    let landmarks = hairline().landmarks;
    for (back_y, what) in [(-25.0, "to the foot of the sideburn"), (-45.0, "to the temple")] {
        let mut curve = frontal(back_y);
        for direction in ["from the left", "from the right"] {
            let what = format!("{what}, {direction}");
            let closed = close_frontal(&curve, &landmarks, &SURFACE).unwrap();
            assert_good(&closed, &curve, &what);
            let area = enclosed_area_mm2(&closed.points, &MESH);
            assert!((area / by_hand - 1.0).abs() < 0.08, "{what}: {area} mm² against {by_hand} mm²");
            curve.reverse();
        }
    }
    // Without a mark on the vertex the inion says where up is.
    let unmarked = Landmarks { vertex: None, ..landmarks };
    let curve = frontal(-25.0);
    assert_good(&close_frontal(&curve, &unmarked, &SURFACE).unwrap(), &curve, "without vertex");
}

#[test]
fn what_cannot_be_closed_is_told() {
    let (curve, landmarks) = (frontal(-25.0), hairline().landmarks);
    let refusal = |curve: &[Point], landmarks: &Landmarks, surface: &SurfaceIndex| {
        close_frontal(curve, landmarks, surface).unwrap_err().to_string()
    };
    let unmarked = Landmarks { left_tragus: None, inion: None, ..landmarks };
    let message = refusal(&curve, &unmarked, &SURFACE);
    assert!(message.contains("without the landmarks left_tragus, inion;"), "{message}");

    let message = refusal(&curve[..curve.len() / 3], &landmarks, &SURFACE);
    assert!(message.contains("one end at each ear"), "{message}");
    let message = refusal(&[], &landmarks, &SURFACE);
    assert!(message.contains("empty frontal curve"), "{message}");

    let one_place = Landmarks { right_tragus: landmarks.left_tragus, ..landmarks };
    let message = refusal(&curve, &one_place, &SURFACE);
    assert!(message.contains("tragi 0.0 mm apart"), "{message}");

    // Landmarks on the wrong sides; with and without a mark that says where up is.
    for vertex in [None, landmarks.vertex] {
        let (left_tragus, right_tragus) = (landmarks.right_tragus, landmarks.left_tragus);
        let message = refusal(&curve, &Landmarks { left_tragus, right_tragus, vertex, ..landmarks }, &SURFACE);
        assert!(message.contains("exchange left_tragus and right_tragus"), "{message}");
    }

    // A scan that ends far above the nape.
    let kept: Vec<[u32; 3]> =
        MESH.triangles().iter().copied().filter(|t| t.iter().all(|&v| MESH.vertices()[v as usize].z > 15.0)).collect();
    let short = TriMesh::new(MESH.vertices().to_vec(), kept).unwrap();
    let message = refusal(&curve, &landmarks, &SurfaceIndex::build(&short));
    assert!(message.contains("no skin") && message.contains("below the inion"), "{message}");
}

#[test]
fn a_line_below_the_rim_of_the_scan_is_raised_above_it() {
    let (curve, landmarks) = (frontal(-25.0), hairline().landmarks);
    let above = |t: &&[u32; 3]| t.iter().all(|&v| MESH.vertices()[v as usize].z > -30.0);
    let kept: Vec<[u32; 3]> = MESH.triangles().iter().filter(above).copied().collect();
    let surface = SurfaceIndex::build(&TriMesh::new(MESH.vertices().to_vec(), kept).unwrap());
    let closed = close_frontal(&curve, &landmarks, &surface).unwrap();
    let finding = &closed.findings[0];
    assert_eq!((finding.code.as_str(), closed.findings.len()), ("boundary-raised", 1));
    let added = &closed.points[curve.len()..];
    assert!(added.iter().all(|p| surface.closest(p).unwrap().distance_mm < 1e-6));
    let lowest = added.iter().map(|p| p.z).fold(f64::INFINITY, f64::min);
    assert!((-25.5..-20.0).contains(&lowest), "{lowest}");
    let raised = close_frontal(&curve, &landmarks, &SURFACE).unwrap();
    assert!(raised.findings.is_empty(), "{:?}", raised.findings);
}

/// The head frame as the design has it, from the scan's landmarks.
fn into_head(landmarks: &Landmarks) -> Placement {
    let places = [landmarks.left_tragus, landmarks.right_tragus, landmarks.vertex];
    let [left, right, vertex] = places.map(|p| Point::from(p.unwrap()));
    let origin = nalgebra::center(&left, &right);
    let x = (left - right).normalize();
    let z = (vertex - origin - x * x.dot(&(vertex - origin))).normalize();
    Placement::new(&Rotation3::from_basis_unchecked(&[x, z.cross(&x), z]), &origin.coords).inverse()
}

#[test]
fn frontal_curves_of_real_heads_are_closed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes");
    if !Path::new(folder).is_dir() {
        eprintln!("skipped: {folder} is absent");
        return;
    }
    for (name, scan, units) in [
        ("tub_head", "tub_head.ply", Some(Units::Millimetre)),
        ("lee_perry_smith", "lee_perry_smith.glb", None),
        ("ict_neutral", "ict_neutral.obj", Some(Units::Centimetre)),
        ("icbm152_bem", "icbm152_bem.stl", Some(Units::Metre)),
        ("colin27_scalp", "colin27_scalp.ply", Some(Units::Millimetre)),
    ] {
        let file = format!("{name}.hairline.json");
        let bytes = std::fs::read(format!("{folder}/{file}")).unwrap();
        let drawing = boundary::read(&bytes, &file, Units::Millimetre).unwrap();
        let into_head = into_head(&drawing.landmarks);
        let backwards = |p: &Point| into_head.point(p).y;
        let mut curve = drawing.points.clone();
        let nape = (0..curve.len()).max_by(|&i, &j| backwards(&curve[i]).total_cmp(&backwards(&curve[j])));
        curve.rotate_left(nape.unwrap());
        let in_front = |p: &Point| backwards(p) < -22.0;
        let (first, last) = (curve.iter().position(in_front).unwrap(), curve.iter().rposition(in_front).unwrap());

        let mesh = tonsure::mesh::load(format!("{folder}/{scan}").as_ref(), units).unwrap().mesh;
        let closed = close_frontal(&curve[first..=last], &drawing.landmarks, &SurfaceIndex::build(&mesh));
        let closed = closed.unwrap();
        // The imaging box of one head ends above the nape.
        let (is_cut, tolerance) = if name == "colin27_scalp" { (true, 0.08) } else { (false, 0.05) };
        assert_eq!(closed.findings.iter().any(|finding| finding.code == "boundary-raised"), is_cut, "{name}");
        let upright = TriMesh::new(moved(mesh.vertices(), &into_head), mesh.triangles().to_vec()).unwrap();
        let by_hand = enclosed_area_mm2(&moved(&drawing.points, &into_head), &upright);
        let area = enclosed_area_mm2(&moved(&closed.points, &into_head), &upright);
        assert!((area / by_hand - 1.0).abs() < tolerance, "{name}: {area} mm² against {by_hand} mm²");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// The frame of the scan does not matter.
    #[test]
    fn the_loop_moves_with_the_head(
        angles in prop::array::uniform3(-3.0_f64..3.0), shift in prop::array::uniform3(-500.0_f64..500.0)
    ) {
        let by = Placement::new(&Rotation3::from_euler_angles(angles[0], angles[1], angles[2]), &Vector::from(shift));
        let (curve, landmarks) = (frontal(-25.0), hairline().landmarks);
        let expected = moved(&close_frontal(&curve, &landmarks, &SURFACE).unwrap().points, &by);
        let mesh = TriMesh::new(moved(MESH.vertices(), &by), MESH.triangles().to_vec()).unwrap();
        let surface = SurfaceIndex::build(&mesh);
        let found = close_frontal(&moved(&curve, &by), &moved_landmarks(&landmarks, &by), &surface).unwrap();
        prop_assert_eq!(found.points.len(), expected.len());
        for (p, q) in found.points.iter().zip(&expected) {
            prop_assert!((p - q).norm() < 1e-6, "{} against {}", p, q);
        }
    }
}
