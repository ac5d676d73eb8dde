//! What of a plan's dots would be seen as made. A ball stands for the head; its front is -y, its left +x.

use std::f64::consts::{PI, TAU};

use nalgebra::Rotation3;
use tonsure::case::Landmarks;
use tonsure::geometry::{Point, Vector};
use tonsure::mesh::TriMesh;
use tonsure::plan::{Dot, Plan};
use tonsure::report::IDEAL_POWER;
use tonsure::sampling::{self, Domain, Spacing};
use tonsure::treatment::naturalness::Naturalness;

use crate::preview::{ball, dot, part, plan_with};

const RADIUS_MM: f64 = 80.0;
/// The line lies at this height, mm.
const LINE_MM: f64 = 20.0;

fn landmarks() -> Landmarks {
    Landmarks {
        glabella: Some([0.0, -78.0, 15.0]),
        left_tragus: Some([RADIUS_MM, 0.0, 0.0]),
        right_tragus: Some([-RADIUS_MM, 0.0, 0.0]),
        inion: Some([0.0, 78.0, 15.0]),
        vertex: Some([0.0, 0.0, RADIUS_MM]),
    }
}

/// The part of the ball above the line, leant to a side by an angle.
fn region(leaning_rad: f64) -> TriMesh {
    let (vertices, triangles) = part(&ball(120, RADIUS_MM), |p| p.z > LINE_MM).into_parts();
    let leant = Rotation3::from_axis_angle(&Vector::y_axis(), leaning_rad);
    TriMesh::new(vertices.into_iter().map(|vertex| leant * vertex).collect(), triangles).unwrap()
}

fn planned(places: impl IntoIterator<Item = (Point, f64)>) -> Plan {
    let dots: Vec<Dot> = places
        .into_iter()
        .map(|(place, spacing_mm)| Dot { position_mm: place.into(), spacing_mm, ..dot(&Vector::z(), 1.0) })
        .collect();
    let boundary = (0..180).map(|k| {
        let (sin, cos) = (f64::from(k) / 180.0 * TAU).sin_cos();
        let across = (RADIUS_MM * RADIUS_MM - LINE_MM * LINE_MM).sqrt();
        [across * cos, across * sin, LINE_MM]
    });
    let mut plan = plan_with(dots, RADIUS_MM);
    plan.boundary_mm = boundary.collect();
    // The leaning line, too, counts as the drawn one.
    plan.case.boundary.snap_tolerance_mm = 30.0;
    plan
}

/// Dots at a spacing by place.
fn sampled(region: &TriMesh, spacing_mm: impl Fn(&Point) -> f64) -> Vec<(Point, f64)> {
    let field: Vec<f64> = region.vertices().iter().map(spacing_mm).collect();
    let options = sampling::Options { seed: 3, sheets_apart: false, frame: None, progress: &|_| {} };
    let domain = Domain { mesh: region, spacing: Spacing::PerVertex(&field) };
    let dots = sampling::sample_progressive(&domain, &[], &[], &options).unwrap().dots;
    dots.into_iter().map(|sample| (sample.position, sample.spacing_mm)).collect()
}

/// Spacing of a line that is soft: it begins in waves, and dots become denser over 8 mm.
fn soft_mm(place: &Point) -> f64 {
    let angle = place.y.atan2(place.x);
    let waves = 2.0 + 1.5 * (23.0 * angle).sin() + 0.7 * (41.0 * angle).cos();
    let behind = RADIUS_MM * ((place.z / RADIUS_MM).asin() - (LINE_MM / RADIUS_MM).asin()) - waves;
    let risen = (behind / 8.0).clamp(0.0, 1.0);
    1.2 / (0.25 + 0.75 * risen * risen * (3.0 - 2.0 * risen)).sqrt()
}

fn measured(region: &TriMesh, plan: &Plan) -> (Naturalness, Vec<String>) {
    let found = Naturalness::of(plan, &landmarks(), region).unwrap();
    let findings = found.findings(plan);
    for finding in &findings {
        assert!(!finding.remedy.is_empty() && Naturalness::CODES.contains(&finding.code.as_str()), "{finding:?}");
        // A ring around it says where.
        let [low, high] = finding.bounds_mm.map(|corners| corners.map(Point::from)).unwrap();
        assert!((high - low).norm() < 60.0, "{finding:?}");
    }
    let codes = findings.into_iter().map(|finding| finding.code).collect();
    (found, codes)
}

#[test]
fn a_bare_line_is_told_once_and_a_soft_one_is_not() {
    let region = region(0.0);
    let (bare, codes) = measured(&region, &planned(sampled(&region, |_| 1.2)));
    assert_eq!(codes, ["hairline-hard"]);
    assert!(bare.edge_roughness_mm.unwrap().value < 0.3 && bare.ramp_mm.unwrap() < 1.0, "{bare:?}");
    let (soft, codes) = measured(&region, &planned(sampled(&region, soft_mm)));
    assert_eq!(codes, [""; 0], "{soft:?}");
    assert!(soft.edge_roughness_mm.unwrap().value > 0.7, "{soft:?}");
    assert!((4.0..11.0).contains(&soft.ramp_mm.unwrap()), "{soft:?}");
    assert!(soft.offset_mm.unwrap().value < 2.5 && soft.mirrored_share.unwrap().value < 0.15, "{soft:?}");
    // What is told lies at the front.
    let [low, high] = bare.edge_roughness_mm.unwrap().bounds_mm;
    assert!(low[1] < 30.0 && low[2] < LINE_MM + 3.0 && high[2] < LINE_MM + 5.0, "{low:?} {high:?}");
}

#[test]
fn a_grid_is_told_and_clumps_are_told_where_they_are() {
    let region = region(0.0);
    let rings = (0..30).flat_map(|ring| {
        let polar = 0.2 + f64::from(ring) * 0.03;
        let count = (TAU * polar.sin() / 0.03).floor();
        (0..count as u32).map(move |k| {
            let (sin, cos) = (f64::from(k) / count * TAU).sin_cos();
            let place = Vector::new(polar.sin() * cos, polar.sin() * sin, polar.cos()) * RADIUS_MM;
            (Point::from(place), 2.4)
        })
    });
    let (grid, codes) = measured(&region, &planned(rings));
    assert!(codes.contains(&"dots-like-a-grid".to_owned()), "{codes:?} {grid:?}");

    let mut dots = sampled(&region, soft_mm);
    let middle = Point::new(40.0, -30.0, (RADIUS_MM * RADIUS_MM - 2500.0).sqrt());
    let near = |place: &Point| (place - middle).norm() < 9.0;
    let pairs = dots.iter().filter(|(place, _)| near(place)).step_by(3);
    let pairs: Vec<(Point, f64)> =
        pairs.map(|(place, spacing)| (place + Vector::new(0.1, 0.0, 0.0), *spacing)).collect();
    dots.extend(pairs);
    let (clumps, codes) = measured(&region, &planned(dots));
    assert_eq!(codes, ["dots-in-clumps"], "{clumps:?}");
    let [low, high] = clumps.most_clumped_cv.unwrap().bounds_mm.map(Point::from);
    assert!((nalgebra::center(&low, &high) - middle).norm() < 12.0);
}

#[test]
fn more_dots_than_hair_are_told() {
    let region = region(0.0);
    let dense = |place: &Point| soft_mm(place) * if place.y > 20.0 { 0.62 } else { 1.0 };
    let (dense, codes) = measured(&region, &planned(sampled(&region, dense)));
    assert_eq!(codes, ["denser-than-hair"], "{dense:?}");
    let densest = dense.densest_per_cm2.unwrap();
    assert!((115.0..150.0).contains(&densest.value) && densest.bounds_mm[1][1] > 20.0, "{densest:?}");
}

#[test]
fn a_crooked_line_and_a_mirrored_one_are_told() {
    let leaning = region(0.12);
    let upright = region(0.0);
    let plan = planned(sampled(&leaning, |_| 1.2));
    let (crooked, codes) = measured(&leaning, &plan);
    assert_eq!(codes, ["hairline-hard", "hairline-crooked"], "{crooked:?}");
    assert!(crooked.offset_mm.unwrap().value > 5.0, "{crooked:?}");

    let left = sampled(&upright, soft_mm).into_iter().filter(|(place, _)| place.x > 0.7);
    let both = left.flat_map(|(place, spacing)| [(place, spacing), (Point::new(-place.x, place.y, place.z), spacing)]);
    let (mirrored, codes) = measured(&upright, &planned(both));
    assert_eq!(codes, ["dots-mirrored"], "{mirrored:?}");
    assert!(mirrored.mirrored_share.unwrap().value > 0.99, "{mirrored:?}");
}

#[test]
fn without_landmarks_or_dots_nothing_is_made_up() {
    let region = region(0.0);
    let plan = planned(sampled(&region, |_| 1.2));
    let found = Naturalness::of(&plan, &Landmarks::default(), &region).unwrap();
    assert!(
        found.edge_roughness_mm.is_none() && found.offset_mm.is_none() && found.densest_per_cm2.is_some(),
        "{found:?}"
    );
    assert_eq!(found.findings(&plan), []);
    let empty = Naturalness::of(&planned([]), &landmarks(), &region).unwrap();
    assert_eq!(empty, Naturalness::default());
    // A crown alone has no hairline.
    let crown = part(&region, |p| p.z > 60.0 * (PI / 4.0).sin() && p.y > 0.0);
    let found = Naturalness::of(&planned(sampled(&crown, |_| 1.2)), &landmarks(), &crown).unwrap();
    assert!(found.edge_roughness_mm.is_none(), "{found:?}");
}

#[test]
fn the_ideal_spectrum_is_that_of_the_sampler_on_even_ground() {
    let corner = |x: f64, y: f64| Point::new(60.0 * x, 60.0 * y, 0.0);
    let square = vec![corner(0.0, 0.0), corner(1.0, 0.0), corner(1.0, 1.0), corner(0.0, 1.0)];
    let square = TriMesh::new(square, vec![[0, 1, 2], [0, 2, 3]]).unwrap();
    let options = sampling::Options { seed: 5, sheets_apart: false, frame: None, progress: &|_| {} };
    let domain = Domain { mesh: &square, spacing: Spacing::Constant(1.0) };
    let dots = sampling::sample_progressive(&domain, &[], &[], &options).unwrap().dots;
    let power = sampling::Measures::of(&square, &dots, &[]).unwrap().unwrap().power;
    let off: Vec<f64> = power.iter().zip(IDEAL_POWER).map(|(found, ideal)| (found - ideal).abs()).collect();
    assert!(off.iter().sum::<f64>() / off.len() as f64 <= 0.05 && off.iter().all(|off| *off < 0.2), "{off:?}");
}
