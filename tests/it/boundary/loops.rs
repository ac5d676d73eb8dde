//! Loops as hands and files leave them: the region hardly changes, or an error says what is wrong and where.

use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use tonsure::Result;
use tonsure::geometry::{Point, Units, Vector};
use tonsure::mesh::{SurfaceIndex, TriMesh, load};
use tonsure::region::boundary::{self, Boundary, check_area};
use tonsure::region::{Options, Preparation, Region, Scalp};

use crate::support::demo_head::MESH;
use crate::support::enclosure::enclosed_area_mm2;

static HAIRLINE: LazyLock<Boundary> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo/head.hairline.json");
    boundary::read(&std::fs::read(path).unwrap(), "head.hairline.json", Units::Millimetre).unwrap()
});

fn region_on(mesh: &TriMesh, line: &[Point], inside: Point) -> Result<Region> {
    let scalp = Scalp::prepare(
        mesh.clone(),
        SurfaceIndex::build(mesh),
        line,
        inside,
        &Preparation { snap_tolerance_mm: 5.0, ..Preparation::default() },
    )?;
    Region::build(
        &scalp,
        line,
        inside,
        &[],
        &Options { snap_tolerance_mm: 5.0, max_edge_mm: 20.0, ..Options::default() },
    )
}

fn region(line: &[Point]) -> Result<Region> {
    region_on(&MESH, line, HAIRLINE.inside_point.unwrap())
}

/// `count` points at equal distances along a closed line, from the share `start` of its length on.
fn resampled(line: &[Point], count: usize, start: f64) -> Vec<Point> {
    let sides: Vec<[Point; 2]> = (0..line.len()).map(|i| [line[i], line[(i + 1) % line.len()]]).collect();
    let total: f64 = sides.iter().map(|[a, b]| (b - a).norm()).sum();
    let at = |mut along: f64| {
        for [a, b] in &sides {
            let length = (b - a).norm();
            if along <= length {
                return a + (b - a) * (along / length.max(1e-9));
            }
            along -= length;
        }
        line[0]
    };
    (0..count).map(|i| at((i as f64 / count as f64 + start).fract() * total)).collect()
}

/// A hand's wobble: every point moved by up to `wobble_mm` in each direction and `off_mm` along `away`.
fn wobbled(line: &[Point], centre: Point, wobble_mm: f64, off_mm: f64) -> Vec<Point> {
    let noise = |seed: usize| (seed.wrapping_mul(2_654_435_761) >> 7) % 2001;
    let move_by = |i: usize| Vector::from_fn(|k, _| noise(3 * i + k + 1) as f64 / 1000.0 - 1.0) * wobble_mm;
    line.iter().enumerate().map(|(i, p)| p + move_by(i) + (p - centre).normalize() * off_mm).collect()
}

/// Relative difference of areas that a loop of `count` points may make.
fn tolerance(count: usize, wobble_mm: f64) -> f64 {
    if count < 200 { 0.02 } else { 0.005 + 0.003 * wobble_mm }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Few points are held against the polygon of the same points, many against the line that they were taken from.
    #[test]
    fn the_area_hardly_depends_on_how_the_line_was_drawn(
        log_count in 20_f64.ln()..5000_f64.ln(), start in 0.0..1.0_f64, turned in any::<bool>(),
        wobble_mm in prop_oneof![Just(0.0), 0.5..2.0_f64], off_mm in -2.9..2.9_f64
    ) {
        let count = log_count.exp().round() as usize;
        let centre = Point::new(0.0, 10.0, 20.0);
        let mut line = wobbled(&resampled(&HAIRLINE.points, count, start), centre, wobble_mm, off_mm);
        if turned {
            line.reverse();
        }
        let found = region(&line).unwrap().area_mm2;
        let expected = if count < 200 {
            enclosed_area_mm2(&resampled(&line, 4000, 0.0), &MESH)
        } else {
            enclosed_area_mm2(&HAIRLINE.points, &MESH)
        };
        let difference = (found / expected - 1.0).abs();
        prop_assert!(difference < tolerance(count, wobble_mm), "{} points: {} mm², {} expected", count, found, expected);
    }
}

#[test]
fn repeated_points_and_a_hand_that_goes_back_do_not_matter() {
    let line = resampled(&HAIRLINE.points, 400, 0.0);
    let expected = region(&line).unwrap().area_mm2;
    // Seven forth, three back; a rest of ten points at one place; the first point again at the end.
    let mut drawn: Vec<Point> = Vec::new();
    for i in (0..line.len() - 7).step_by(4) {
        drawn.extend(&line[i..i + 7]);
        drawn.extend(line[i + 4..i + 6].iter().rev());
    }
    drawn.splice(100..100, [drawn[100]; 10]);
    drawn.extend(&line[line.len() - 7..]);
    drawn.push(line[0]);
    let region = region(&drawn).unwrap();
    assert!((region.area_mm2 / expected - 1.0).abs() < 0.005, "{} mm², {expected} expected", region.area_mm2);
    let told: Vec<_> = region.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert!(told.contains(&"line-kinks") || told.contains(&"line-wobble"), "{told:?}");
}

#[track_caller]
fn assert_refused(line: &[Point], parts: &[&str]) {
    let message = region(line).map(|region| region.area_mm2).unwrap_err().to_string();
    for part in parts {
        assert!(message.contains(part), "\"{part}\" is missing in: {message}");
    }
}

#[test]
fn loops_that_enclose_no_region_are_told_apart() {
    let line = resampled(&HAIRLINE.points, 200, 0.0);
    let top = HAIRLINE.inside_point.unwrap();
    let towards_top = |p: &Point, by_mm: f64| p + (top - p).normalize() * by_mm;

    let eight: Vec<Point> = line[..100].iter().chain(line[100..].iter().rev()).copied().collect();
    assert_refused(&eight, &["boundary", "crosses itself", "segment 99 meets segment 199 at (", "loops of"]);
    assert_refused(&[&line[..], &line[..]].concat(), &["winds round twice", "meets segment", "one lap"]);
    let second_lap: Vec<Point> = line.iter().map(|p| towards_top(p, 0.1)).collect();
    assert_refused(&[&line[..], &second_lap[..]].concat(), &["winds round twice", "mm apart"]);
    let there_and_back: Vec<Point> = line[..100].iter().chain(line[1..99].iter().rev()).copied().collect();
    assert_refused(&there_and_back, &["runs back over itself and encloses nothing"]);

    let mut spike = line.clone();
    spike[50] = SurfaceIndex::build(&MESH).closest(&towards_top(&line[50], 50.0)).unwrap().position;
    assert_refused(&spike, &["point 50", "off its neighbours", "move or delete"]);
    let one_place: Vec<Point> = (0..100).map(|i| line[0] + Vector::new(f64::from(i) * 1e-6, 0.0, 0.0)).collect();
    assert_refused(&one_place, &["100 points that all lie at ("]);
    assert_refused(&line[..2], &["2 distinct points", "at least 3"]);
}

#[test]
fn regions_that_cannot_be_a_scalp_are_refused() {
    check_area(70_000.0).unwrap();
    let message = check_area(200.0).unwrap_err().to_string();
    assert!(message.contains("2 cm²") && message.contains("around the scalp"), "{message}");
    let message = check_area(180_000.0).unwrap_err().to_string();
    assert!(message.contains("1800 cm²") && message.contains("whole head"), "{message}");
}

#[test]
fn a_hole_under_the_line_is_named_with_its_points_and_its_place() {
    let line = resampled(&HAIRLINE.points, 30, 0.0);
    let hole = nalgebra::center(&line[14], &line[15]);
    let away = |t: &&[u32; 3]| t.iter().all(|&v| (MESH.vertices()[v as usize] - hole).norm() > 8.0);
    let torn = TriMesh::new(MESH.vertices().to_vec(), MESH.triangles().iter().filter(away).copied().collect()).unwrap();
    let message = region_on(&torn, &line, HAIRLINE.inside_point.unwrap()).unwrap_err().to_string();
    assert!(message.contains("between points 14 and 15"), "{message}");
    assert!(message.contains("a line over a hole of the scan 16.") && message.contains(" mm across at ("), "{message}");
}

#[test]
fn loops_on_real_heads_keep_their_area() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes");
    if !Path::new(folder).is_dir() {
        eprintln!("skipped: {folder} is absent");
        return;
    }
    for (name, ending, units) in [("tub_head", "ply", Units::Millimetre), ("icbm152_bem", "stl", Units::Metre)] {
        let mesh = load(Path::new(&format!("{folder}/{name}.{ending}")), Some(units)).unwrap().mesh;
        let file = format!("{name}.hairline.json");
        let drawing = boundary::read(&std::fs::read(format!("{folder}/{file}")).unwrap(), &file, units).unwrap();
        let inside = drawing.inside_point.unwrap();
        let expected = region_on(&mesh, &drawing.points, inside).unwrap().area_mm2;
        let centre = mesh.bounds().centre();
        for (count, wobble_mm, off_mm) in [(40, 0.0, 2.0), (300, 1.0, -2.0), (2500, 1.5, 1.0)] {
            let mut line = wobbled(&resampled(&drawing.points, count, 0.3), centre, wobble_mm, off_mm);
            line.reverse();
            let found = region_on(&mesh, &line, inside).unwrap().area_mm2;
            let difference = (found / expected - 1.0).abs();
            assert!(difference < tolerance(count, wobble_mm), "{name}, {count} points: {found} mm² for {expected}");
        }
    }
}
