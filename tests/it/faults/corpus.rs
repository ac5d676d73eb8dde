//! Good programs to begin from: every built-in rig, and so every dialect, over three heads, with stops and without.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use nalgebra::Rotation3;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use serde_json::json;
use tonsure::gcode::{Header, Style, program};
use tonsure::geometry::{Placement, Point, Vector, sha256};
use tonsure::mesh::{SurfaceIndex, TriMesh};
use tonsure::plan::{Block, Dot, FORMAT, Plan, PlannedStop, SetupPlacement, Statistics};
use tonsure::rig::{DepthMode, Drive, Kinematics, Profile, Rotaries, builtin, builtin_names};
use tonsure::schedule::{Halt, HaltKind, Target};
use tonsure::toolpath::{BuildError, Mode, Stop, Toolpath, build_with_halts};

use crate::rig::{ball_with_ears, reached};
use crate::support::demo_head;

/// Dots of a program.
const DOTS: usize = 40;
/// Least distance between them, mm.
const SPACING_MM: f64 = 2.5;

/// What a program stops for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stops {
    None,
    /// Ink, a wipe and a registration.
    Some,
    /// A tool for each half of the dots.
    Tools,
}

/// A program that passes, with all that it is judged by.
pub(super) struct Good {
    pub(super) name: String,
    pub(super) dialect: &'static str,
    pub(super) plan: Plan,
    pub(super) digest: String,
    pub(super) head: &'static Head,
    pub(super) text: String,
}

/// A head, and where it lies in the rig.
pub(super) struct Head {
    pub(super) name: &'static str,
    pub(super) scan: SurfaceIndex,
    pub(super) mesh_to_rig: Placement,
    mesh: TriMesh,
}

/// A ball with ears, an egg with a brow and a bulge at its back, and the demo head.
static HEADS: LazyLock<[Head; 3]> = LazyLock::new(|| {
    let head = |name, mesh: TriMesh, mesh_to_rig| Head { name, scan: SurfaceIndex::build(&mesh), mesh_to_rig, mesh };
    let (ball, on_ball) = ball_with_ears();
    let turned = Placement::new(&Rotation3::from_euler_angles(0.1, 0.05, -0.4), &Vector::new(4.0, -3.0, 35.0));
    [
        head("ball", ball, on_ball),
        head("egg", egg(), turned),
        head("demo", demo_head::MESH.clone(), Placement::IDENTITY),
    ]
});

/// Long, narrow and not quite convex: mm, about the origin.
fn egg() -> TriMesh {
    let (rings, sectors) = (40_u32, 80_u32);
    let place = |ring: u32, sector: u32| {
        let polar = std::f64::consts::PI * f64::from(ring) / f64::from(rings);
        let azimuth = std::f64::consts::TAU * f64::from(sector) / f64::from(sectors);
        let out = Vector::new(polar.sin() * azimuth.cos(), polar.sin() * azimuth.sin(), polar.cos());
        let bump = |at: Vector, height: f64| height * (-(out - at.normalize()).norm_squared() / 0.08).exp();
        let swell = 1.0 + bump(Vector::new(0.0, -1.0, 0.4), 0.05) + bump(Vector::new(0.0, 1.0, 0.3), 0.07);
        Point::from(out.component_mul(&Vector::new(73.0, 94.0, 86.0)) * swell)
    };
    let vertices = (0..=rings).flat_map(|ring| (0..sectors).map(move |sector| place(ring, sector))).collect();
    let quad = |i: u32| {
        let (ring, sector) = (i / sectors, i % sectors);
        let [a, b] = [ring * sectors + sector, ring * sectors + (sector + 1) % sectors];
        [[a, a + sectors, b], [b, a + sectors, b + sectors]]
    };
    TriMesh::new(vertices, (0..rings * sectors).flat_map(quad).collect()).unwrap()
}

/// All of them: a program that treats for each rig and head, a dry run for each rig, and stops in half of them; and some of rigs with a
/// nose, a plunge axis, and with everything spelled out.
pub(super) static GOOD: LazyLock<Vec<Good>> = LazyLock::new(|| {
    let heads = &*HEADS;
    let rigs: Vec<Profile> = builtin_names().map(|name| builtin(name).unwrap()).collect();
    let mut jobs = Vec::new();
    for (number, rig) in rigs.iter().enumerate() {
        for (at, head) in heads.iter().enumerate() {
            let stops = if (number + at) % 2 == 0 { Stops::Some } else { Stops::None };
            jobs.push((rig.clone(), head, Mode::Treat, stops, Style::Compact));
        }
        let stops = if number % 2 == 1 { Stops::Some } else { Stops::None };
        jobs.push((rig.clone(), &heads[number % heads.len()], Mode::Air, stops, Style::Compact));
    }
    let [ball, egg, demo] = heads;
    let rig = |name: &str| builtin(name).unwrap();
    let nose = DepthMode::Nose { protrusion_mm: 0.8, over_travel_mm: 0.8, compliance_mm: 1.5 };
    jobs.push((Profile { depth: nose, ..rig("gantry-xyz") }, egg, Mode::Treat, Stops::Some, Style::Compact));
    jobs.push((plunging(rig("gantry-xyzab")), ball, Mode::Treat, Stops::Some, Style::Compact));
    jobs.push((plunging(rig("fluidnc-xyzab")), demo, Mode::Air, Stops::None, Style::Compact));
    jobs.push((rig("reprap-xyzab"), egg, Mode::Treat, Stops::Some, Style::Verbose));
    jobs.push((rig("gantry-xyzbc"), demo, Mode::Treat, Stops::None, Style::Verbose));
    jobs.push((rig("gantry-xyzab"), egg, Mode::Treat, Stops::Tools, Style::Compact));
    jobs.push((rig("marlin-xyzbc"), ball, Mode::Treat, Stops::Tools, Style::Compact));
    jobs.push((rig("gantry-xyz"), ball, Mode::Air, Stops::Tools, Style::Compact));
    jobs.into_par_iter().map(|(rig, head, mode, stops, style)| good(rig, head, mode, stops, style)).collect()
});

/// A program that looks for the skin before each strike. It is no ground for the faults: the reader here does not know where a touch is.
pub(super) static PROBING: LazyLock<Good> = LazyLock::new(|| {
    let depth = DepthMode::Probe { feed_mm_s: 3.0, search_mm: 1.5, every_dots: 1 };
    good(Profile { depth, ..builtin("gantry-xyz").unwrap() }, &HEADS[0], Mode::Treat, Stops::None, Style::Verbose)
});

/// The rig with an axis that pushes the needle out in place of a drive that is switched.
fn plunging(mut rig: Profile) -> Profile {
    let axis = json!({"letter": "U", "min": 0, "max": 30, "max_speed": 80, "max_acceleration": 800});
    rig.axes.push(serde_json::from_value(axis).unwrap());
    rig.drive = Drive::Plunge;
    rig.name += "-plunge";
    rig
}

/// Dots in two patches, each in stripes, whose normals the rig can take.
fn targets(profile: &Profile, head: &Head) -> Vec<Target> {
    let steepest_deg: f64 = match (profile.kinematics, profile.rotaries) {
        (Kinematics::Xyz, _) => 14.0,
        (_, Rotaries::TableTable) => 35.0,
        _ => 65.0,
    };
    let mut random = Pcg64::seed_from_u64(7);
    let (index, placed) = (&head.scan, |p: &Point| head.mesh_to_rig.point(p));
    let smooth = |at: &Point| {
        let mut sum = Vector::zeros();
        index.for_each_within(at, 5.0, |triangle, _| sum += head.mesh.double_area_vector(triangle));
        sum.normalize()
    };
    let candidates: Vec<(Point, Vector)> = (0..head.mesh.triangles().len() as u32)
        .map(|triangle| (head.mesh.middle(triangle), triangle))
        .filter(|(at, triangle)| {
            let up = head.mesh_to_rig.direction(&head.mesh.normal(*triangle)).z;
            placed(at).z > 60.0 && up > steepest_deg.to_radians().cos()
        })
        .map(|(at, _)| (at, smooth(&at)))
        .filter(|(_, normal)| head.mesh_to_rig.direction(normal).z > steepest_deg.to_radians().cos())
        .collect();
    let mut dots: Vec<(Point, Vector)> = Vec::new();
    for half in 1..=2 {
        let middle = candidates[random.random_range(0..candidates.len())].0;
        let mut near = candidates.clone();
        near.sort_by(|a, b| (a.0 - middle).norm().total_cmp(&(b.0 - middle).norm()));
        let start = dots.len();
        for dot in near {
            if dots.len() < DOTS * half / 2 && dots.iter().all(|other| (other.0 - dot.0).norm() >= SPACING_MM) {
                dots.push(dot);
            }
        }
        let stripe = |p: &Point| (p.x / (2.0 * SPACING_MM)).floor();
        dots[start..].sort_by(|a, b| stripe(&a.0).total_cmp(&stripe(&b.0)).then(a.0.y.total_cmp(&b.0.y)));
    }
    let target = |(id, (position, normal)): (usize, (Point, Vector))| Target {
        id: id as u32,
        position,
        normal,
        depth_mm: 0.8,
        dwell_s: 0.05,
    };
    dots.into_iter().enumerate().map(target).collect()
}

fn good(profile: Profile, head: &'static Head, mode: Mode, for_what: Stops, style: Style) -> Good {
    let targets = targets(&profile, head);
    // A needle with a nose is driven deeper than the dots are.
    let over_mm = profile.depth.over_travel_mm();
    let driven: Vec<Target> = targets.iter().map(|t| Target { depth_mm: t.depth_mm + over_mm, ..*t }).collect();
    let mut stops = reached(&driven, &profile, &head.mesh_to_rig, &head.scan);
    let kinds = [(9, HaltKind::Reload), (9, HaltKind::Wipe), (21, HaltKind::Registration)];
    let mut halts: Vec<Halt> = kinds.map(|(before, kind)| Halt { before, kind }).into();
    halts.retain(|_| for_what == Stops::Some);
    let built = |stops: &mut Vec<Stop>| loop {
        match build_with_halts(stops, &halts, &profile, &head.mesh_to_rig, &head.scan, mode) {
            Ok(toolpath) => break toolpath,
            Err(BuildError::Blocked(blocked)) => stops.retain(|stop| blocked.iter().all(|b| b.dot != stop.dot)),
            Err(BuildError::Rig(error)) => panic!("{error}"),
        }
    };
    let mut toolpath = built(&mut stops);
    let half = stops.len() / 2;
    let tools: Vec<(u32, String)> = if for_what == Stops::Tools {
        let passes = [(1, 0..half), (2, half..stops.len())];
        toolpath =
            Toolpath::of_tools(passes.map(|(tool, part)| (tool, built(&mut stops[part].to_vec()))).into(), &profile);
        halts = [0, half].map(|before| Halt { before, kind: HaltKind::ToolChange }).into();
        vec![(1, "1RL".to_owned()), (2, "3RL".to_owned())]
    } else {
        Vec::new()
    };
    let order_of = |id: u32| stops.iter().position(|stop| stop.dot == id).map(|order| order as u32);
    let dot = |target: &Target| Dot {
        id: target.id,
        position_mm: target.position.into(),
        normal: target.normal.into(),
        spacing_mm: SPACING_MM,
        diameter_mm: 0.2,
        depth_mm: target.depth_mm,
        session: 1,
        setup: order_of(target.id).map(|_| "upright".to_owned()),
        tool: 1 + u32::from(!tools.is_empty() && order_of(target.id).is_some_and(|order| order as usize >= half)),
        order: order_of(target.id),
        existing: false,
        hair: false,
        normal_variation_rad: 0.0,
        patched: false,
    };
    let planned = |halt: &Halt| PlannedStop {
        kind: halt.kind,
        before_dot: stops[halt.before].dot,
        before_order: halt.before as u32,
        at_s: 0.0,
        takes_s: 0.0,
    };
    let case = json!({
        "format": "tonsure-case/1", "mesh": {"file": "head.ply", "units": "mm"}, "boundary": {"file": "head.hairline.json"},
        "design": {"density_per_cm2": 1, "depth_mm": 0.8, "dwell_s": 0.05}, "rig": profile.name, "seed": 7,
        "palette": [{"name": "dark"}],
        "tools": tools.iter().map(|(number, needle)| json!({"number": number, "needle": needle, "pigment": "dark"})).collect::<Vec<_>>(),
    });
    let placement = SetupPlacement {
        mesh_to_rig: head.mesh_to_rig,
        source: "explicit".to_owned(),
        fre_mm: None,
        largest_tre_mm: None,
    };
    let plan = Plan {
        format: FORMAT.to_owned(),
        parent: None,
        sha256: BTreeMap::new(),
        seed: 7,
        case: serde_json::from_value(case).unwrap(),
        boundary_mm: Vec::new(),
        contacts: Vec::new(),
        dwells_s: BTreeMap::new(),
        fiducials_mm: Vec::new(),
        landmarks_mm: BTreeMap::new(),
        rig: profile,
        setups: [("upright".to_owned(), placement)].into(),
        dots: targets.iter().map(dot).collect(),
        blocks: vec![Block {
            session: 1,
            setup: "upright".to_owned(),
            tool: 1,
            dots: stops.iter().map(|stop| stop.dot).collect(),
            stops: halts.iter().map(planned).collect(),
            ..Block::default()
        }],
        statistics: Statistics { count: targets.len(), ..Statistics::default() },
        findings: Vec::new(),
    };
    let digest = sha256(&plan.to_json().unwrap());
    let header = Header {
        plan_hash16: &digest[..16],
        case_name: head.name,
        session: 1,
        setup: "upright",
        tool: 1,
        tools: &tools,
        seed: 7,
        run: mode.into(),
    };
    let text = program(&toolpath, &plan.rig, &header, style).unwrap().text;
    let stops = match for_what {
        Stops::None => "",
        Stops::Some => ", stops",
        Stops::Tools => ", tools",
    };
    let depth =
        if plan.rig.depth == DepthMode::Absolute { String::new() } else { format!(", {}", plan.rig.depth.name()) };
    let name = format!("{}, {}, {mode:?}{stops}{depth}", plan.rig.name, head.name);
    Good { name, dialect: plan.rig.dialect.name(), plan, digest, head, text }
}
