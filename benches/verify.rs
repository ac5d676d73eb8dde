//! The second opinion on a program of 40,000 dots against a head of 300,000 triangles, with its dry run and without.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark, which may fail loudly")]

use std::collections::BTreeMap;
use std::f64::consts::{PI, TAU};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tonsure::gcode::{Header, Style, program};
use tonsure::geometry::{Placement, Point, Vector, sha256};
use tonsure::mesh::{SurfaceIndex, TriMesh};
use tonsure::plan::{Block, Dot, FORMAT, Plan, SetupPlacement, Statistics};
use tonsure::rig::builtin;
use tonsure::schedule::Target;
use tonsure::toolpath::{Mode, Stop, build};
use tonsure::verify::judge;

const DOTS: u32 = 40_000;
const RADIUS_MM: f64 = 90.0;

/// A ball of 387 rings and 388 sectors, 300,312 triangles.
fn ball() -> TriMesh {
    let (rings, sectors) = (387_u32, 388_u32);
    let place = |i: u32| {
        let (polar, azimuth) =
            (PI * f64::from(i / sectors) / f64::from(rings), TAU * f64::from(i % sectors) / f64::from(sectors));
        Point::from(Vector::new(polar.sin() * azimuth.cos(), polar.sin() * azimuth.sin(), polar.cos()) * RADIUS_MM)
    };
    let quad = |i: u32| {
        let [a, b] = [i, i / sectors * sectors + (i + 1) % sectors];
        [[a, a + sectors, b], [b, a + sectors, b + sectors]]
    };
    TriMesh::new((0..(rings + 1) * sectors).map(place).collect(), (0..rings * sectors).flat_map(quad).collect())
        .unwrap()
}

/// Dots in a spiral down to 80° from the top, about a millimetre apart: one after the other on its way.
fn targets() -> Vec<Target> {
    let least = 80_f64.to_radians().cos();
    let turns = 120.0;
    let target = |id: u32| {
        let share = (f64::from(id) + 0.5) / f64::from(DOTS);
        let cos = 1.0 - share * (1.0 - least);
        let (sin, azimuth) = ((1.0 - cos * cos).sqrt(), cos.acos() / 80_f64.to_radians() * turns * TAU);
        let normal = Vector::new(sin * azimuth.cos(), sin * azimuth.sin(), cos);
        Target { id, position: Point::from(normal * RADIUS_MM), normal, depth_mm: 0.5, dwell_s: 0.05 }
    };
    (0..DOTS).map(target).collect()
}

fn verdicts(c: &mut Criterion) {
    let (profile, scan, targets) = (builtin("gantry-xyzab").unwrap(), SurfaceIndex::build(&ball()), targets());
    let mesh_to_rig = Placement { translation_mm: [0.0, 0.0, 40.0], ..Placement::IDENTITY };
    let stops: Vec<Stop> = targets.iter().map(|target| Stop::new(target, &target.normal, &mesh_to_rig)).collect();
    let dot = |target: &Target| Dot {
        id: target.id,
        position_mm: target.position.into(),
        normal: target.normal.into(),
        spacing_mm: 0.5,
        diameter_mm: 0.1,
        depth_mm: target.depth_mm,
        session: 1,
        setup: Some("upright".to_owned()),
        tool: 1,
        order: Some(target.id),
        existing: false,
        hair: false,
        normal_variation_rad: 0.0,
        patched: false,
    };
    let case = serde_json::json!({
        "format": "tonsure-case/1", "mesh": {"file": "ball.ply", "units": "mm"}, "boundary": {"file": "ball.hairline.json"},
        "design": {"density_per_cm2": 1, "depth_mm": 0.5}, "rig": profile.name,
    });
    let placed = SetupPlacement { mesh_to_rig, source: "explicit".to_owned(), fre_mm: None, largest_tre_mm: None };
    let plan = Plan {
        format: FORMAT.to_owned(),
        parent: None,
        sha256: BTreeMap::new(),
        seed: 0,
        case: serde_json::from_value(case).unwrap(),
        boundary_mm: Vec::new(),
        contacts: Vec::new(),
        dwells_s: BTreeMap::new(),
        fiducials_mm: Vec::new(),
        landmarks_mm: BTreeMap::new(),
        rig: profile,
        setups: [("upright".to_owned(), placed)].into(),
        dots: targets.iter().map(dot).collect(),
        blocks: vec![Block {
            session: 1,
            setup: "upright".to_owned(),
            tool: 1,
            dots: (0..DOTS).collect(),
            ..Block::default()
        }],
        statistics: Statistics::default(),
        findings: Vec::new(),
    };
    let digest = sha256(&plan.to_json().unwrap());
    let written = |mode: Mode| {
        let toolpath = build(&stops, &plan.rig, &mesh_to_rig, &scan, mode).unwrap();
        let header = Header {
            plan_hash16: &digest[..16],
            case_name: "",
            session: 1,
            setup: "upright",
            tool: 1,
            tools: &[],
            seed: 0,
            run: mode.into(),
        };
        let text = program(&toolpath, &plan.rig, &header, Style::Compact).unwrap().text;
        (toolpath.motions.len() as u64, text)
    };
    let [(moves, treat), (more, air)] = [Mode::Treat, Mode::Air].map(written);
    let judged = |text: &str| assert_eq!(judge(text, &plan, &digest, &scan).unwrap().strikes, DOTS as usize);
    let mut group = c.benchmark_group("verify/40000");
    group.sample_size(10).throughput(Throughput::Elements(moves));
    group.bench_function("program", |bencher| bencher.iter(|| judged(&treat)));
    group.throughput(Throughput::Elements(moves + more));
    group.bench_function("program and dry run", |bencher| {
        bencher.iter(|| rayon::join(|| judged(&treat), || judged(&air)));
    });
    group.finish();
}

criterion_group!(benches, verdicts);
criterion_main!(benches);
