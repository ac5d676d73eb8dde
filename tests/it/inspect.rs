//! Tests: what is found wrong with a scan, where, and how much it matters.

use std::collections::BTreeMap;
use std::f64::consts::{FRAC_PI_2, PI, TAU};
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use nalgebra::Matrix3;
use proptest::prelude::*;
use serde_json::{Value, json};
use tonsure::error::Severity;
use tonsure::geometry::{Point, Vector};
use tonsure::mesh::diagnosis::{FlawKind, Piece, Search, clusters, self_intersections};
use tonsure::mesh::hole::open_rims;
use tonsure::mesh::{self, EdgeLengths, SurfaceIndex, Topology, TriMesh};
use tonsure::region::{Ground, NEAR_MM, severity};

use crate::support::demo_head;
use crate::support::scratch::{DOME_RADIUS_MM, Scratch, tonsure};

/// A closed ball about a centre, wound outwards, with `2 n` meridians.
fn ball(n: u32, centre: Point, radius: f64) -> TriMesh {
    let mut vertices = vec![centre + Vector::z() * radius, centre - Vector::z() * radius];
    for (i, j) in (1..n).flat_map(|i| (0..2 * n).map(move |j| (i, j))) {
        let (polar, turn) = (f64::from(i) / f64::from(n) * PI, f64::from(j) / f64::from(2 * n) * TAU);
        vertices.push(centre + Vector::new(polar.sin() * turn.cos(), polar.sin() * turn.sin(), polar.cos()) * radius);
    }
    let at = |i: u32, j: u32| match i {
        0 => 0,
        i if i == n => 1,
        i => 2 + (i - 1) * 2 * n + j % (2 * n),
    };
    let quads = (0..n).flat_map(|i| (0..2 * n).map(move |j| (i, j)));
    let halves = quads
        .flat_map(|(i, j)| [[at(i, j), at(i + 1, j), at(i + 1, j + 1)], [at(i, j), at(i + 1, j + 1), at(i, j + 1)]]);
    TriMesh::new(vertices, halves.filter(|t| t[0] != t[1] && t[1] != t[2] && t[2] != t[0]).collect()).unwrap()
}

fn together(meshes: &[TriMesh]) -> TriMesh {
    let (mut vertices, mut triangles) = (Vec::new(), Vec::new());
    for mesh in meshes {
        let first = vertices.len() as u32;
        vertices.extend_from_slice(mesh.vertices());
        triangles.extend(mesh.triangles().iter().map(|t| t.map(|v| v + first)));
    }
    TriMesh::new(vertices, triangles).unwrap()
}

/// The triangles whose middles `keeps` wants.
fn part(mesh: &TriMesh, keeps: impl Fn(&Point) -> bool) -> TriMesh {
    let middle = |t: u32| Point::from(mesh.corners(t).iter().map(|p| p.coords).sum::<Vector>() / 3.0);
    mesh::submesh(mesh, |t| keeps(&middle(t))).unwrap().0
}

fn all(mesh: &TriMesh) -> Vec<u32> {
    (0..mesh.triangles().len() as u32).collect()
}

/// Kinds of the flaws with their counts.
fn kinds(mesh: &TriMesh) -> Vec<(FlawKind, usize)> {
    let (topology, index) = (Topology::build(mesh), SurfaceIndex::build(mesh));
    let main = mesh::diagnosis::largest_component(mesh, &topology);
    let flaws = Search { mesh, topology: &topology, index: &index, main }.flaws(&all(mesh)).unwrap();
    flaws.iter().map(|flaw| (flaw.kind, flaw.count)).collect()
}

fn points() -> impl Strategy<Value = Vec<Point>> {
    // Some far from zero, some equal.
    prop::collection::vec((-30..30_i32, -30..30_i32, -4..4_i32), 0..60)
        .prop_map(|p| p.iter().map(|&(x, y, z)| Point::new(f64::from(x), f64::from(y), 1e3 + f64::from(z))).collect())
}

fn triangle() -> impl Strategy<Value = [Point; 3]> {
    prop::array::uniform3(prop::array::uniform3(-5.0..5.0)).prop_map(|t| t.map(Point::from))
}

/// How deep an edge of `a` goes through the inside of `b`: the least of the shares of the way to where it would not.
fn depth(a: &[Point; 3], b: &[Point; 3]) -> f64 {
    let pierced = (0..3).map(|i| {
        let (from, along) = (a[i], a[(i + 1) % 3] - a[i]);
        let system = Matrix3::from_columns(&[-along, b[1] - b[0], b[2] - b[0]]);
        let Some(s) = system.lu().solve(&(from - b[0])) else { return -1.0 };
        [s.x, 1.0 - s.x, s.y, s.z, 1.0 - s.y - s.z].into_iter().fold(f64::INFINITY, f64::min)
    });
    pierced.fold(-1.0, f64::max)
}

proptest! {
    #[test]
    fn clusters_are_the_connected_parts_of_the_graph_of_short_distances(points in points(), gap in 0.5..9.0) {
        let found = clusters(&points, gap);
        let mut seen: Vec<usize> = found.concat();
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..points.len()).collect::<Vec<_>>());
        let of: BTreeMap<usize, usize> = found.iter().enumerate().flat_map(|(g, m)| m.iter().map(move |&i| (i, g))).collect();
        for i in 0..points.len() {
            for j in 0..i {
                prop_assert!((points[i] - points[j]).norm() > gap || of[&i] == of[&j]);
            }
        }
        // Each group hangs together: from its first member all others are reached over short distances.
        for members in &found {
            let mut reached = vec![members[0]];
            let mut open = members[1..].to_vec();
            let mut next = 0;
            while next < reached.len() {
                let near = |i: &usize| (points[*i] - points[reached[next]]).norm() <= gap;
                let (now, later) = open.iter().copied().partition(near);
                let mut now: Vec<usize> = now;
                reached.append(&mut now);
                open = later;
                next += 1;
            }
            prop_assert!(open.is_empty());
        }
    }

    #[test]
    fn two_triangles_cross_when_an_edge_goes_through(a in triangle(), b in triangle()) {
        let depth = depth(&a, &b).max(depth(&b, &a));
        prop_assume!(depth.abs() > 1e-4);
        let mesh = TriMesh::new([a, b].concat(), vec![[0, 1, 2], [3, 4, 5]]).unwrap();
        let found = self_intersections(&mesh, &SurfaceIndex::build(&mesh), &[1]);
        prop_assert_eq!(found == [[0, 1]], depth > 0.0);
    }
}

#[test]
fn two_balls_cross_along_their_circle_and_one_ball_not_at_all() {
    let (one, other) = (ball(24, Point::origin(), 50.0), ball(20, Point::new(60.0, 0.0, 0.0), 40.0));
    assert!(self_intersections(&one, &SurfaceIndex::build(&one), &all(&one)).is_empty());
    let both = together(&[one, other]);
    let pairs = self_intersections(&both, &SurfaceIndex::build(&both), &all(&both));
    // Balls of 50 and 40 mm, 60 mm apart, meet in the plane x = (50² - 40² + 60²) / 120.
    let (x, radius) = (37.5, (50.0_f64.powi(2) - 37.5_f64.powi(2)).sqrt());
    let mut sectors = [false; 12];
    for t in pairs.iter().flatten() {
        for corner in both.corners(*t) {
            let off = (corner.x - x).hypot(corner.y.hypot(corner.z) - radius);
            assert!(off < 12.0, "{off} mm from the circle");
            sectors[((corner.z.atan2(corner.y) + PI) / TAU * 11.99) as usize] = true;
        }
    }
    assert_eq!(sectors, [true; 12]);
    assert!(pairs.windows(2).all(|pair| pair[0] < pair[1]) && pairs.iter().all(|[a, b]| a < b));
}

#[test]
fn a_round_hole_is_measured_and_a_cut_neck_is_the_end_of_the_scan() {
    for turned in [false, true] {
        let whole = ball(90, Point::origin(), 80.0);
        let torn = part(&whole, |p| p.z > -40.0 && (p - Point::new(0.0, 80.0, 0.0)).norm() > 10.0);
        let triangles = torn.triangles().iter().map(|&[a, b, c]| if turned { [a, c, b] } else { [a, b, c] }).collect();
        let torn = TriMesh::new(torn.vertices().to_vec(), triangles).unwrap();
        let mut rims = open_rims(&torn, &Topology::build(&torn));
        rims.sort_by(|a, b| a.length_mm.total_cmp(&b.length_mm));
        assert_eq!(rims.len(), 2);
        // The largest disc that fits into the jagged rim.
        assert!((15.0..20.0).contains(&rims[0].across_mm(&torn)), "{} mm", rims[0].across_mm(&torn));
        let neck_mm = TAU * (80.0_f64.powi(2) - 40.0_f64.powi(2)).sqrt();
        assert!((rims[1].length_mm / neck_mm - 1.0).abs() < 0.02);
        assert!(rims[0].is_hole(&torn) && !rims[1].is_hole(&torn));
        assert_eq!(kinds(&torn), [(FlawKind::Hole, 1), (FlawKind::ScanEdge, 1)]);
    }
}

#[test]
fn a_row_of_missing_triangles_is_a_slit() {
    let whole = ball(90, Point::origin(), 80.0);
    let slit = part(&whole, |p| !((p.x - 80.0).abs() < 10.0 && p.y.abs() < 20.0 && (0.0..2.5).contains(&p.z)));
    assert_eq!(kinds(&slit), [(FlawKind::Slit, 1)]);
}

#[test]
fn pieces_are_told_apart_by_side_and_distance() {
    let scan = together(&[
        ball(40, Point::origin(), 80.0),
        ball(8, Point::new(95.0, 0.0, 0.0), 5.0),
        ball(8, Point::new(0.0, 60.0, 0.0), 5.0),
    ]);
    let topology = Topology::build(&scan);
    let pieces = Piece::beside(&scan, &topology, 0).unwrap();
    let told: Vec<(bool, f64)> = pieces.iter().map(|p| (p.is_outside, p.distance_mm)).collect();
    assert!(told[0].0 && (told[0].1 - 10.0).abs() < 0.3, "{told:?}");
    assert!(!told[1].0 && (told[1].1 - 15.0).abs() < 0.3, "{told:?}");
    assert_eq!(kinds(&scan), [(FlawKind::Piece, 1), (FlawKind::InnerPiece, 1)]);
}

#[test]
fn a_fin_is_non_manifold() {
    let mut fin = ball(12, Point::origin(), 80.0).into_parts();
    let [a, b, _] = fin.1[40];
    fin.0.push(Point::new(0.0, 0.0, 120.0));
    let top = fin.0.len() as u32 - 1;
    fin.1.push([a, b, top]);
    let found = kinds(&TriMesh::new(fin.0, fin.1).unwrap());
    assert!(found.contains(&(FlawKind::NonManifold, 1)) && found.contains(&(FlawKind::Piece, 1)), "{found:?}");
    assert_eq!(found.len(), 2);
}

#[test]
fn many_holes_are_gathered_and_all_are_counted() {
    let whole = ball(60, Point::origin(), 80.0);
    let (torn, _) = mesh::submesh(&whole, |t| t % 97 != 50).unwrap();
    let holes = (0..whole.triangles().len()).filter(|t| t % 97 == 50).count();
    let found = kinds(&torn);
    assert!(holes > 60 && found.len() < holes, "{holes} holes in {} flaws", found.len());
    assert_eq!(found.iter().map(|(_, count)| count).sum::<usize>(), holes);
}

#[test]
fn edge_lengths_of_a_square_are_its_sides_and_diagonal() {
    let corners = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]].map(|[x, y]| Point::new(x, y, 0.0));
    let square = TriMesh::new(corners.to_vec(), vec![[0, 1, 2], [0, 2, 3]]).unwrap();
    let found = EdgeLengths::of(&square, 0..2).unwrap();
    assert!((found.median_mm - 1.0).abs() < 1e-12 && found.share_95_mm >= 1.0 && found.shortest_mm <= 1.0);
    assert!((found.longest_mm - 2.0_f64.sqrt()).abs() < 1e-12);
    assert_eq!(EdgeLengths::of(&square, 0..0), None);
}

#[test]
fn ground_within_a_line_is_the_cap_that_it_goes_round() {
    let ring = (0..60).map(|i| f64::from(i) / 60.0 * TAU).map(|a| Point::new(70.0 * a.cos(), 70.0 * a.sin(), 38.0));
    let line: Vec<Point> = ring.collect();
    let ground = Ground::within_line(&line, Point::new(0.0, 0.0, 80.0)).unwrap();
    for (polar, expected) in [(0.0, 0.0), (1.0, 0.0), (1.2, 11.0), (1.15, 5.4), (1.35, 21.0), (PI, f64::INFINITY)] {
        let place = Point::new(79.65 * f64::sin(polar), 0.0, 79.65 * f64::cos(polar));
        let found = ground.distance_mm(&place);
        let expected = if expected > 20.0 { f64::INFINITY } else { expected };
        assert!(
            found.min(99.0) - expected.min(99.0) < 1.5 && expected.min(99.0) - found.min(99.0) < 1.5,
            "{polar}: {found} mm"
        );
    }
    assert!(Ground::within_line(&line, Point::new(0.0, 0.0, 38.0)).is_none());
}

#[test]
fn only_what_is_near_the_region_matters() {
    for kind in FlawKind::ALL {
        let near = if kind == FlawKind::InnerPiece { Severity::Pass } else { Severity::Warn };
        assert_eq!(severity(kind, Some(0.0)), near);
        assert_eq!(severity(kind, Some(NEAR_MM)), near);
        let beyond = if kind == FlawKind::Piece { Severity::Warn } else { Severity::Pass };
        assert_eq!(severity(kind, Some(NEAR_MM + 0.1)), beyond);
        assert_eq!(severity(kind, Some(20.1)), Severity::Pass);
    }
    assert_eq!(severity(FlawKind::Hole, None), Severity::Warn);
    assert_eq!(severity(FlawKind::ScanEdge, None), Severity::Pass);
}

fn off(mesh: &TriMesh) -> String {
    let vertices: Vec<String> = mesh.vertices().iter().map(|v| format!("{} {} {}", v.x, v.y, v.z)).collect();
    let faces: Vec<String> = mesh.triangles().iter().map(|[a, b, c]| format!("3 {a} {b} {c}")).collect();
    format!("OFF\n{} {} 0\n{}\n{}\n", vertices.len(), faces.len(), vertices.join("\n"), faces.join("\n"))
}

/// The dome of [`Scratch`], of finer triangles and with holes of 3 mm radius at these angles from the top.
fn torn_dome(scratch: &Scratch, angles_deg: &[f64]) {
    // Its poles lie at the rim, in front and behind.
    let ball = ball(150, Point::origin(), DOME_RADIUS_MM);
    let laid = ball.vertices().iter().map(|v| Point::new(v.x, v.z, -v.y)).collect();
    let dome = part(&TriMesh::new(laid, ball.triangles().to_vec()).unwrap(), |p| p.z > 0.0);
    let centres: Vec<Point> = angles_deg
        .iter()
        .map(|a| Point::new(a.to_radians().sin(), 0.0, a.to_radians().cos()) * DOME_RADIUS_MM)
        .collect();
    scratch.write("dome.off", off(&part(&dome, |p| centres.iter().all(|centre| (p - centre).norm() > 3.0))));
}

/// Exit status, what came on standard output and standard error.
fn inspect(case: &Path) -> (Option<i32>, Value, String) {
    let output = tonsure().arg("inspect").arg(case).arg("--json").output().unwrap();
    let found = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code(), found, String::from_utf8(output.stderr).unwrap())
}

fn of_code<'a>(found: &'a Value, code: &str) -> Vec<&'a Value> {
    found["findings"].as_array().unwrap().iter().filter(|finding| finding["code"] == code).collect()
}

#[test]
fn holes_matter_by_their_distance_from_the_region() {
    let mut scratch = Scratch::new();
    // The line is at 50°; 7 mm are 5°.
    torn_dome(&scratch, &[20.0, 57.0, 70.0]);
    let (_, found, _) = inspect(&scratch.write_case());
    let closed = of_code(&found, "hole");
    assert!(closed.iter().all(|hole| hole["message"].as_str().unwrap().ends_with(", closed by a patch")), "{found}");
    assert_eq!(
        closed.iter().map(|hole| hole["severity"].as_str().unwrap()).collect::<Vec<_>>(),
        ["WARN", "PASS", "PASS"]
    );

    scratch.case["mesh"]["close_holes_up_to_mm"] = 0.into();
    let (status, found, _) = inspect(&scratch.write_case());
    assert_eq!(status, Some(0));
    let holes = of_code(&found, "hole");
    let told: Vec<_> = holes.iter().map(|h| (h["severity"].as_str().unwrap(), h["near"].as_str().unwrap())).collect();
    assert_eq!(told.len(), 3, "{found}");
    assert_eq!(told.iter().filter(|(severity, _)| *severity == "WARN").count(), 2);
    assert_eq!(told[2].0, "PASS");
    assert!(holes[0]["message"].as_str().unwrap().contains("mm"), "{}", holes[0]);
    let kept_out = |hole: &&&Value| hole["message"].as_str().unwrap().ends_with(", kept out with 2 mm around");
    assert_eq!(holes.iter().filter(kept_out).count(), 1, "{found}");
    assert!(["holes-closed", "holes-kept-out", "region-patched"].iter().all(|code| of_code(&found, code).is_empty()));
    // 20° from the top is 2 · 80 · sin 10° away from the vertex.
    assert!(told.contains(&("WARN", "vertex, 28 mm")), "{told:?}");
    let numbers: Vec<_> = found["findings"].as_array().unwrap().iter().filter_map(|f| f["number"].as_u64()).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    assert_eq!(found["verdict"], "WARN");
}

#[test]
fn spans_over_the_vertex_are_arcs_of_the_dome() {
    let mut scratch = Scratch::new();
    scratch.hairline["landmarks"]["glabella"] = json!([0.0, -DOME_RADIUS_MM, 0.0]);
    scratch.hairline["landmarks"]["inion"] = json!([0.0, DOME_RADIUS_MM, 0.0]);
    torn_dome(&scratch, &[]);
    let (_, found, _) = inspect(&scratch.write_case());
    for name in ["tragus_to_tragus", "glabella_to_inion"] {
        let length = found["over_vertex_mm"][name].as_f64().unwrap();
        assert!((length / (2.0 * FRAC_PI_2 * DOME_RADIUS_MM) - 1.0).abs() < 0.01, "{name}: {length} mm");
    }
}

#[test]
fn a_case_without_a_region_is_diagnosed_all_the_same() {
    let mut scratch = Scratch::new();
    torn_dome(&scratch, &[20.0, 50.0]);
    scratch.hairline["hairline"][7] = json!([0.0, 0.0, 300.0]);
    let (status, found, message) = inspect(&scratch.write_case());
    assert_eq!(status, Some(2));
    assert!(message.contains("point 7"), "{message}");
    assert_eq!((of_code(&found, "region")[0]["severity"].as_str(), of_code(&found, "hole").len()), (Some("FAIL"), 2));
    assert_eq!((&found["verdict"], &found["region"]), (&json!("FAIL"), &Value::Null));
}

#[test]
fn landmarks_that_mislead_are_named() {
    let mut scratch = Scratch::new();
    scratch.hairline["landmarks"]["glabella"] = json!([0.0, -DOME_RADIUS_MM - 30.0, 0.0]);
    let (status, found, _) = inspect(&scratch.write_case());
    assert_eq!(status, Some(0));
    assert!(of_code(&found, "landmark-off-surface")[0]["message"].as_str().unwrap().starts_with("glabella lies 30"));
    assert!(of_code(&found, "mirrored").is_empty() && of_code(&found, "sides-unknown").is_empty());

    scratch.hairline["landmarks"]["left_tragus"] = json!([-DOME_RADIUS_MM, 0.0, 0.0]);
    scratch.hairline["landmarks"]["right_tragus"] = json!([DOME_RADIUS_MM, 0.0, 0.0]);
    let (status, found, message) = inspect(&scratch.write_case());
    assert_eq!((status, of_code(&found, "mirrored")[0]["severity"].as_str()), (Some(2), Some("FAIL")));
    assert!(message.contains("mirrored head"), "{message}");

    // A dome has no face.
    scratch.hairline["landmarks"] =
        json!({"left_tragus": [-DOME_RADIUS_MM, 0.0, 0.0], "right_tragus": [DOME_RADIUS_MM, 0.0, 0.0]});
    let (status, found, _) = inspect(&scratch.write_case());
    assert_eq!((status, of_code(&found, "sides-unknown").len(), of_code(&found, "mirrored").len()), (Some(0), 1, 0));
    let unknown = of_code(&found, "pose-unknown");
    assert!(unknown[0]["message"].as_str().unwrap().starts_with("vertex not marked"), "{unknown:?}");
    assert_eq!(unknown[0]["severity"], "WARN");
}

/// The demo case in a scratch folder, its mesh changed.
fn demo(scratch: &Scratch, change: impl Fn(&TriMesh, &BTreeMap<String, Point>) -> TriMesh) -> Value {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo"));
    let mut hairline: Value = serde_json::from_slice(&fs::read(folder.join("head.hairline.json")).unwrap()).unwrap();
    let landmarks: BTreeMap<String, [f64; 3]> = serde_json::from_value(hairline["landmarks"].take()).unwrap();
    hairline["landmarks"] = json!(landmarks);
    let places = landmarks.iter().map(|(name, place)| (name.clone(), Point::from(*place))).collect();
    let scan = mesh::load(&folder.join("head.ply"), None).unwrap().mesh;
    scratch.write("head.ply", demo_head::ply(&change(&scan, &places)));
    scratch.write("head.hairline.json", hairline.to_string());
    scratch.write("case.json", fs::read(folder.join("case.json")).unwrap());
    hairline
}

#[test]
fn the_relief_of_a_face_tells_a_mirrored_head() {
    let scratch = Scratch::new();
    let mut hairline = demo(&scratch, |scan, _| scan.clone());
    let tragi = ["left_tragus", "right_tragus"].map(|name| hairline["landmarks"][name].clone());
    for swapped in [false, true] {
        let (left, right) = if swapped { (1, 0) } else { (0, 1) };
        hairline["landmarks"] = json!({"left_tragus": tragi[left], "right_tragus": tragi[right]});
        scratch.write("head.hairline.json", hairline.to_string());
        let (_, found, _) = inspect(&scratch.path("case.json"));
        assert_eq!(of_code(&found, "mirrored").len(), usize::from(swapped), "{found}");
        assert!(of_code(&found, "sides-unknown").is_empty());
    }
}

/// The damaged demo head: holes, a slit, a cloud of small holes, balls within, on and off the skin.
fn damaged(scan: &TriMesh, at: &BTreeMap<String, Point>) -> TriMesh {
    let middle = nalgebra::center(&at["left_tragus"], &at["right_tragus"]);
    let left = (at["left_tragus"] - middle).normalize();
    let up = (at["vertex"] - middle).normalize();
    let front = left.cross(&up);
    let index = SurfaceIndex::build(scan);
    let skin = |p: Point| index.closest(&p).unwrap().position;
    let holes = [
        (skin(at["vertex"] + left * 25.0 - front * 20.0), 5.0),
        (skin(at["vertex"] - left * 40.0 + front * 25.0), 9.0),
        (skin(at["inion"] - up * 75.0), 8.0),
    ];
    let slit = skin(at["vertex"] - front * 45.0);
    let cloud = skin(at["left_tragus"] + up * 70.0);
    let torn = part(scan, |p| {
        let along = p - slit;
        let in_slit = along.dot(&left).abs() < 22.0 && along.dot(&front).abs() < 2.6 && along.norm() < 24.0;
        let in_cloud = (p - cloud).norm() < 26.0 && (p.x * 7.3).sin() * (p.y * 5.1).sin() * (p.z * 6.7).sin() > 0.82;
        holes.iter().all(|(centre, radius)| (p - centre).norm() > *radius) && !in_slit && !in_cloud
    });
    together(&[
        torn,
        ball(8, skin(at["vertex"] + left * 45.0), 5.0),
        ball(8, at["glabella"] + front * 25.0, 9.0),
        ball(8, middle, 8.0),
    ])
}

fn draw(case: &Path, sheet: &Path) -> Command {
    let mut command = tonsure();
    command.arg("inspect").arg(case).arg("-o").arg(sheet);
    command
}

/// Long lines, which are the shading of the head, are cut.
#[test]
fn golden_sheet_of_a_damaged_head() {
    let scratch = Scratch::new();
    demo(&scratch, damaged);
    let (case, sheet) = (scratch.path("case.json"), scratch.path("findings.svg"));
    let text = draw(&case, &sheet).assert().success().get_output().stdout.clone();
    let svg = fs::read_to_string(&sheet).unwrap();
    assert!(svg.len() < 3_000_000, "{} bytes", svg.len());
    draw(&case, &scratch.path("again.svg")).args(["--threads", "1"]).assert().success();
    assert!(svg == fs::read_to_string(scratch.path("again.svg")).unwrap(), "depends on the number of threads");

    let document = roxmltree::Document::parse(&svg).unwrap();
    let ids: Vec<_> = document.descendants().filter_map(|node| node.attribute("id")).collect();
    let numbers = |view: &str| -> Vec<String> {
        let id = format!("{view}-numbers");
        let layer = document.descendants().find(|node| node.attribute("id") == Some(&id)).unwrap();
        layer
            .descendants()
            .filter(|node| node.has_tag_name("text"))
            .filter_map(|node| node.text())
            .map(str::to_owned)
            .collect()
    };
    for view in ["front", "top", "left", "right", "back"] {
        assert!(ids.contains(&format!("{view}-flaws").as_str()), "{view}");
    }
    let (found, hidden) = (inspect(&case).1, "inside of the main sheet");
    let number = |part: &str| -> String {
        let is_it = |finding: &&Value| finding["message"].as_str().unwrap().contains(part);
        found["findings"].as_array().unwrap().iter().find(is_it).unwrap()["number"].to_string()
    };
    // The ball within the head is seen from nowhere, and no view shows what another one does.
    assert!(["front", "top", "left", "right", "back"].iter().all(|view| !numbers(view).contains(&number(hidden))));
    let only = |seen: &str, unseen: &str| numbers(seen).iter().any(|number| !numbers(unseen).contains(number));
    assert!(only("top", "front") && only("back", "top") && only("left", "right"));

    let cut = |line: &str| {
        if line.len() > 240 { format!("{}…", line.chars().take(120).collect::<String>()) } else { line.to_owned() }
    };
    let short: Vec<String> = svg.lines().map(cut).collect();
    insta::assert_snapshot!(short.join("\n"));
    let text = String::from_utf8(text).unwrap().replace(&scratch.path("").display().to_string(), "");
    insta::assert_snapshot!("text_of_a_damaged_head", text);
}

#[test]
fn drawings_go_where_they_are_asked_and_never_over_an_input() {
    let scratch = Scratch::new();
    let case = scratch.write_case();
    draw(&case, &case).assert().code(2);
    draw(&case, &scratch.path("findings.png")).assert().code(2);
    draw(&case, Path::new("-")).arg("--json").assert().code(2);
    let shown = draw(&scratch.path("dome.off"), Path::new("-")).assert().success().get_output().stdout.clone();
    let svg = String::from_utf8(shown).unwrap();
    assert!(roxmltree::Document::parse(&svg).is_ok() && svg.contains("From −y of the file"));
    // Taken in metres a dome would be 160 m wide.
    draw(&scratch.path("dome.off"), &scratch.path("big.svg")).args(["--units", "m"]).assert().code(2);
    assert!(!scratch.path("big.svg").exists());
}

#[test]
fn real_heads_have_the_flaws_that_are_known_of_them() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes"));
    if !folder.is_dir() {
        eprintln!("skipped: no heads in {}", folder.display());
        return;
    }
    let known = [
        ("tub_head.ply", "tub_head", "mm", "PASS", 0, "edge-length"),
        ("icbm152_bem.stl", "icbm152_bem", "m", "WARN", 0, "inside-out"),
        ("lee_perry_smith.glb", "lee_perry_smith", "m", "WARN", 0, "edge-length"),
        ("ict_neutral.obj", "ict_neutral", "cm", "WARN", 48, "scan-edge"),
    ];
    for (mesh, name, units, verdict, pieces, code) in known {
        let mut scratch = Scratch::new();
        let line = folder.join(format!("{name}.hairline.json")).canonicalize().unwrap();
        scratch.case["mesh"] = json!({"file": folder.join(mesh).canonicalize().unwrap(), "units": units});
        scratch.case["boundary"] = json!({"file": line});
        let (status, found, _) = inspect(&scratch.write_case());
        assert_eq!((status, found["verdict"].as_str()), (Some(0), Some(verdict)), "{name}");
        assert!(!of_code(&found, code).is_empty() && of_code(&found, "hole").is_empty(), "{name}");
        let told = ["piece", "inner-piece"].map(|code| of_code(&found, code)).concat();
        let counted: u64 = told.iter().map(|piece| piece["count"].as_u64().unwrap()).sum();
        assert!(pieces == 0 || counted == pieces, "{name}: {counted} pieces");
        let over = found["over_vertex_mm"]["tragus_to_tragus"].as_f64().unwrap();
        assert!((320.0..430.0).contains(&over), "{name}: {over} mm");

        // Without glabella, inion and vertex the face tells the sides, mirrored or not.
        let mut hairline: Value = serde_json::from_slice(&fs::read(&line).unwrap()).unwrap();
        let marked = hairline["landmarks"].take();
        for swapped in [false, true] {
            let [left, right] = if swapped { ["right_tragus", "left_tragus"] } else { ["left_tragus", "right_tragus"] };
            hairline["landmarks"] = json!({"left_tragus": marked[left], "right_tragus": marked[right]});
            scratch.case["boundary"] = json!({"file": scratch.write("face.hairline.json", hairline.to_string())});
            let (_, found, _) = inspect(&scratch.write_case());
            assert_eq!(of_code(&found, "mirrored").len(), usize::from(swapped), "{name}");
            assert!(of_code(&found, "sides-unknown").is_empty(), "{name}");
        }
    }
}
