//! Ways above the skin: an independent, dense look at whole programs as they are written, and the ways themselves.
//!
//! The tests of every day take thin plans. All heads at full density, with the travel heights of each:
//! `cargo test --release --test it travel -- --ignored --nocapture` (ten minutes on two cores).
//! `TONSURE_HEAD=tub` takes only the heads and kinds of damage with that in their names. With `TONSURE_EVERY_PLACE=1` every
//! 0.2 mm of every way is looked at, even where there is room by far: ten times as long.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use nalgebra::{Isometry3, Matrix3, Rotation3, Translation3, UnitQuaternion};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use tonsure::error::Severity;
use tonsure::geometry::{Placement, Point, Vector};
use tonsure::job::{self, PlanFolder, PlanOptions, Silent};
use tonsure::mesh::{self, SurfaceIndex, TriMesh};
use tonsure::rig::{Clearance, HolderBody, Joints, Pose, Profile, builtin, with_tip};
use tonsure::schedule::{Halt, HaltKind};
use tonsure::toolpath::{Mode, Motion, MotionKind, Stop, Toolpath, build_with_halts};
use tonsure::verify::judge;

use crate::kinematics::odd;
use crate::rig::{RADIUS_MM, ball_with_ears, reached, scattered};
use crate::support::damage::{Head, KINDS, write_case};
use crate::support::demo_head;
use crate::verify::job_on;

mod oracle;

use oracle::{Found, Machine, STEP_MM, Solid, heights_mm, look, moves, strikes};

const HEADS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes");
/// Moves that are looked at as one task.
const TASK: usize = 64;
/// Of every day, and of real plans.
const THIN_PER_CM2: f64 = 1.0;
const FULL_PER_CM2: f64 = 60.0;

fn solid(mesh: &TriMesh) -> Solid {
    Solid::new((0..mesh.triangles().len() as u32).map(|t| mesh.corners(t)).collect())
}

/// The way back from the rig's frame to the scan's, out of a placement as it is written.
fn rig_to_scan(placement: &Value) -> Isometry3<f64> {
    let number = |value: &Value| value.as_f64().unwrap();
    let rotation = Matrix3::from_fn(|i, k| number(&placement["rotation"][i][k]));
    let turn = UnitQuaternion::from_rotation_matrix(&Rotation3::from_matrix_unchecked(rotation));
    let [x, y, z] = [0, 1, 2].map(|i: usize| number(&placement["translation_mm"][i]));
    Isometry3::from_parts(Translation3::new(x, y, z), turn).inverse()
}

/// Looks at every program in the folder of a plan, dry runs included, and fails where one comes too near.
fn check(name: &str, folder: &Path, scan: &Solid, all: bool) {
    let read = |file: &str| -> Value { serde_json::from_slice(&fs::read(folder.join(file)).unwrap()).unwrap() };
    let (plan, report) = (read("plan.json"), read("report.json"));
    let machine = Machine::new(&plan["rig"]);
    let extension = plan["rig"]["extension"].as_str().unwrap();
    let mut programs = 0;
    for (setup, placement) in plan["setups"].as_object().unwrap() {
        let placed = rig_to_scan(&placement["mesh_to_rig"]);
        for session in 1..=plan["case"]["sessions"].as_array().map_or(1, |sessions| sessions.len().max(1)) {
            let stem = format!("session-{session}.{setup}");
            if !folder.join(format!("{stem}.{extension}")).is_file() {
                continue;
            }
            let struck = strikes(&folder.join(format!("{stem}.map.csv")));
            for (file, struck) in
                [(format!("{stem}.{extension}"), struck), (format!("{stem}.air.{extension}"), BTreeSet::new())]
            {
                let text = fs::read_to_string(folder.join(&file)).unwrap();
                let moves = moves(&text, &machine, &struck);
                assert!(moves.iter().filter(|a| a.is_stroke).count() == 2 * struck.len());
                let found: Vec<Found> =
                    moves.par_chunks(TASK).map(|part| look(part, &machine, scan, &placed, (STEP_MM, all))).collect();
                let near: Vec<(usize, f64)> = found.iter().flat_map(|found| found.near.clone()).collect();
                let least = found.iter().map(|found| found.least_mm).fold(f64::MAX, f64::min);
                let looks: usize = found.iter().map(|found| found.looks).sum();
                eprintln!("{name} {file}: {} moves, {looks} looks, least room {least:.4} mm", moves.len());
                assert!(near.is_empty(), "{name} {file}: lines and by how much too near, mm: {near:?}");
                if !struck.is_empty() {
                    let [mean, largest] = heights_mm(&moves, &machine, scan, &placed);
                    eprintln!("{name} {file}: tip {mean:.3} mm above the skin on the mean way, {largest:.2} at most");
                }
                programs += 1;
            }
        }
    }
    assert!(programs >= 2);
    let told = &report["travel_heights"];
    eprintln!("{name}: {told}");
    let [mean, largest, fixed] = ["mean_mm", "largest_mm", "fixed_mm"].map(|key| told[key].as_f64().unwrap());
    let approach = plan["rig"]["approach_mm"].as_f64().unwrap();
    assert!(approach <= mean && mean <= largest && largest <= fixed.max(largest) && told["legs"].as_u64() > Some(0));
}

/// Plans one of the heads beside the project and looks at its programs.
fn real(mesh_file: &str, density_per_cm2: f64, all: bool) {
    let folder = Path::new(HEADS);
    if !folder.is_dir() {
        eprintln!("skipped: no heads in {HEADS}");
        return;
    }
    let (name, _) = mesh_file.split_once('.').unwrap();
    let hairline = folder.join(format!("{name}.hairline.json")).canonicalize().unwrap();
    let units = serde_json::from_slice::<Value>(&fs::read(&hairline).unwrap()).unwrap()["units"].clone();
    let case = json!({
        "format": "tonsure-case/1",
        "mesh": {"file": folder.join(mesh_file).canonicalize().unwrap(), "units": units},
        "boundary": {"file": hairline}, "design": {"density_per_cm2": density_per_cm2, "depth_mm": 0.5},
        "rig": "gantry-xyzab", "seed": 1,
    });
    let scratch = TempDir::new().unwrap();
    let path = scratch.path().join("case.json");
    fs::write(&path, case.to_string()).unwrap();
    let out = planned(&path, scratch.path());
    let scan = mesh::load(&folder.join(mesh_file), Some(serde_json::from_value(units).unwrap())).unwrap();
    check(name, &out, &solid(&scan.mesh), all);
}

fn planned(case: &Path, folder: &Path) -> PathBuf {
    let out = folder.join("out");
    let outcome = job::plan(case, &out, PlanOptions::default(), &Silent).unwrap();
    assert!(outcome.verdict < Severity::Fail, "{:?}", outcome.findings);
    out
}

#[test]
fn a_clean_scan_with_ears() {
    real("tub_head.ply", THIN_PER_CM2, false);
}

#[test]
fn a_coarse_head_with_shoulders() {
    real("lee_perry_smith.glb", THIN_PER_CM2, false);
}

#[test]
fn a_head_with_pieces_inside() {
    real("ict_neutral.obj", THIN_PER_CM2, false);
}

#[test]
fn a_noisy_surface() {
    real("colin27_scalp.ply", THIN_PER_CM2, false);
}

#[test]
fn a_very_coarse_surface() {
    real("icbm152_bem.stl", THIN_PER_CM2, false);
}

/// Plans a damaged head and looks at its programs. What was scanned counts, whatever the repair made of it.
fn damaged(kind_name: &str, density_per_cm2: f64, all: bool) {
    let Some(head) = Head::real("tub_head", "ply") else { return };
    let kind = KINDS.iter().find(|kind| kind.name == kind_name).unwrap();
    let mut damaged = kind.damaged(&head, 4);
    let scratch = TempDir::new().unwrap();
    let path = write_case(scratch.path(), &damaged);
    let mut case: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    case["design"]["density_per_cm2"] = json!(density_per_cm2);
    fs::write(&path, case.to_string()).unwrap();
    let out = planned(&path, scratch.path());
    let foreign = std::mem::take(&mut damaged.foreign);
    damaged.scan.add(&foreign.vertices, &foreign.triangles);
    check(kind_name, &out, &solid(&damaged.scan.mesh()), all);
}

#[test]
fn a_head_on_its_rest() {
    damaged("head-rest-5mm-deep", THIN_PER_CM2, false);
}

#[test]
fn a_head_with_noise() {
    damaged("noise-0.3mm", THIN_PER_CM2, false);
}

#[test]
fn a_head_with_a_hole() {
    damaged("crown-hole-30mm", THIN_PER_CM2, false);
}

#[test]
#[ignore = "minutes; run it in release as written above"]
fn every_way_of_full_plans() {
    let wanted = std::env::var("TONSURE_HEAD").unwrap_or_default();
    let all = std::env::var_os("TONSURE_EVERY_PLACE").is_some();
    let heads = ["tub_head.ply", "lee_perry_smith.glb", "ict_neutral.obj", "colin27_scalp.ply", "icbm152_bem.stl"];
    for head in heads.into_iter().filter(|head| head.contains(&wanted)) {
        real(head, FULL_PER_CM2, all);
    }
    let kinds = ["head-rest-5mm-deep", "noise-0.3mm", "crown-hole-30mm", "shoulders", "islands", "decimated-2000"];
    for kind in kinds.into_iter().filter(|kind| kind.contains(&wanted)) {
        damaged(kind, FULL_PER_CM2, all);
    }
}

/// A rig of each kind: needle or rest turned by each pair of axes, fixed, and with a needle that is pushed out.
fn kinds() -> Vec<(String, Profile)> {
    let mut rigs: Vec<(String, Profile)> = ["gantry-xyz", "gantry-xyzab", "gantry-xyzbc", "table-xyzac"]
        .map(|name| (name.to_owned(), builtin(name).unwrap()))
        .into();
    for kinematics in ["xyz-ab", "xyz-bc", "xyz-ac"] {
        for rotaries in ["head-head", "head-table", "table-table"] {
            rigs.push((format!("{kinematics} {rotaries}"), odd(kinematics, rotaries)));
        }
    }
    let mut plunging = serde_json::to_value(builtin("table-xyzac").unwrap()).unwrap();
    plunging["name"] = json!("plunging");
    plunging["drive"] = json!({"kind": "plunge"});
    let axis = json!({"letter": "U", "min": 0, "max": 12, "max_speed": 100, "max_acceleration": 2000});
    plunging["axes"].as_array_mut().unwrap().push(axis);
    for rotaries in ["head-head", "table-table"] {
        let mut thick = odd("xyz-bc", rotaries);
        thick.holder.to_tip_mm = thick.holder.from_tip_mm + 12.0;
        thick.holder.body = Some(HolderBody { radius_mm: 21.0, to_tip_mm: 110.0 });
        thick.holder.radius_mm = thick.holder.radius_mm.min(5.0);
        thick.validate().unwrap();
        rigs.push((format!("thick behind, {rotaries}"), thick));
    }
    rigs.push(("plunging".to_owned(), Profile::parse(plunging.to_string(), "rig.json").unwrap()));
    rigs
}

fn reach_deg(profile: &Profile) -> f64 {
    if profile.axes.len() == 3 { 18.0 } else { 40.0 }
}

/// Of two checks of one move neither is wrong by more than decimals and the finest step: what is let through keeps the
/// clearance, what is refused comes nearer than the clearance and a little more.
#[test]
fn a_move_is_refused_where_it_comes_too_near_and_nowhere_else() {
    let (mesh, mesh_to_rig) = ball_with_ears();
    let (index, solid) = (SurfaceIndex::build(&mesh), solid(&mesh));
    let placed = rig_to_scan(&serde_json::to_value(mesh_to_rig).unwrap());
    let mut outcomes = [0, 0];
    for (name, profile) in kinds() {
        let machine = Machine::new(&serde_json::to_value(&profile).unwrap());
        let clearance = Clearance::new(&profile, &index, &mesh_to_rig);
        let mut random = Pcg64::seed_from_u64(9);
        let stops = reached(&scattered(24, reach_deg(&profile), &mesh_to_rig, 21), &profile, &mesh_to_rig, &index);
        assert!(stops.len() > 8, "{name}: {}", stops.len());
        let turns = turns_of(&stops, &profile, &mesh_to_rig, &index);
        let mut place = |stop: usize| {
            let height_mm = random.random_range(2.8..14.0);
            with_tip(&profile, &stops[stop].skin.drawn_back(height_mm).tip, turns[stop]).unwrap()
        };
        let joints = |joints: &Joints| joints.to_vec();
        for (a, b) in (0..stops.len()).zip(1..stops.len()) {
            let (from, to) = (place(a), place(b));
            let one = [oracle::Move { line: 0, from: joints(&from), to: joints(&to), is_stroke: false }];
            let room_mm = look(&one, &machine, &solid, &placed, (0.02, false)).least_mm;
            let kept = clearance.is_kept(&from, &to);
            assert!(if kept { room_mm >= 0.0 } else { room_mm < 0.07 }, "{name}: kept {kept}, {room_mm} mm to spare");
            outcomes[usize::from(kept)] += 1;
        }
    }
    assert!(outcomes.iter().all(|count| *count > 40), "{outcomes:?}");
}

/// The positions of the rotary axes that a route takes at each stop.
fn turns_of(stops: &[Stop], profile: &Profile, mesh_to_rig: &Placement, scan: &SurfaceIndex) -> Vec<[f64; 2]> {
    let toolpath = build_with_halts(stops, &[], profile, mesh_to_rig, scan, Mode::Treat).unwrap();
    let strikes = toolpath.motions.iter().filter(|motion| motion.kind == MotionKind::Strike);
    strikes.map(|motion| motion.joints.turns()).collect()
}

/// Whether the tip goes along the needle from one pose to the next, and how far up, mm.
fn up_mm(from: &Pose, to: &Pose) -> Option<f64> {
    let way = to.tip - from.tip;
    let along = way.dot(&from.needle);
    ((way - from.needle * along).norm() < 1e-6 && (from.needle - to.needle).norm() < 1e-9).then_some(along)
}

/// Every way to a place of rest begins along the needle and every way from there ends along it, 10 mm where there is room.
#[test]
fn ways_to_and_from_stops_lift_along_the_needle() {
    let (mesh, mesh_to_rig) = ball_with_ears();
    let scan = SurfaceIndex::build(&mesh);
    for (name, profile) in kinds() {
        let stops = reached(&scattered(12, reach_deg(&profile), &mesh_to_rig, 11), &profile, &mesh_to_rig, &scan);
        let halts = [(2, HaltKind::Reload), (4, HaltKind::Pause)].map(|(before, kind)| Halt { before, kind });
        for mode in [Mode::Treat, Mode::Air] {
            let Toolpath { motions, .. } =
                build_with_halts(&stops, &halts, &profile, &mesh_to_rig, &scan, mode).unwrap();
            let moving: Vec<_> = motions
                .iter()
                .filter(|m| !matches!(m.kind, MotionKind::NeedleOn | MotionKind::NeedleOff | MotionKind::Message(_)))
                .collect();
            let is_stroke = |i: usize| {
                matches!(moving[i].kind, MotionKind::Strike | MotionKind::Retract | MotionKind::Dwell { .. })
            };
            let rests: Vec<usize> = (0..moving.len())
                .filter(|&i| matches!(moving[i].kind, MotionKind::Start | MotionKind::Halt(_)) || i + 1 == moving.len())
                .collect();
            assert_eq!(rests.len(), 4, "{name}");
            for rest in rests {
                if let Some(leaves) = (0..rest).rev().find(|&i| is_stroke(i)) {
                    let lift_mm = up_mm(&moving[leaves].pose, &moving[leaves + 1].pose);
                    assert!(lift_mm.is_some_and(|mm| mm >= 10.0 - 1e-9), "{name}: away by {lift_mm:?}");
                }
                if let Some(arrives) = (rest..moving.len()).find(|&i| is_stroke(i)) {
                    let drop_mm = up_mm(&moving[arrives - 1].pose, &moving[arrives - 2].pose);
                    assert!(drop_mm.is_some_and(|mm| mm >= 10.0 - 1e-9), "{name}: down by {drop_mm:?}");
                    assert_eq!(moving[arrives - 1].kind, MotionKind::Approach, "{name}");
                }
            }
        }
    }
}

/// From each strike out along the needle before anything else, and from any start up before anything turns or goes sideways: what the second opinion
/// asks on every kind of rig. So is the way out by hand, where a stroke was broken off.
#[test]
fn every_kind_of_rig_leaves_the_skin_along_the_needle() {
    for (name, profile) in kinds() {
        let job = job_on(profile.clone(), reach_deg(&profile));
        job.both_pass();
        let lines: Vec<&str> = job.treat().lines().collect();
        let rests: Vec<usize> = (0..lines.len()).filter(|&at| lines[at].starts_with("G4 P0.05")).collect();
        let without = |at: usize| [&lines[..at], &lines[at + 1..]].concat().join("\n") + "\n";
        for &rest in &[rests[0], rests[rests.len() / 2], rests[rests.len() - 1]] {
            assert!(lines[rest + 1].starts_with("G1 "), "{name}: {}", lines[rest + 1]);
            job.fails(&without(rest + 1), "P08", 0);
        }
        let first = lines.iter().position(|line| line.starts_with("G0 ")).unwrap();
        job.fails(&without(first), "P13", 0);

        let stops: Vec<Stop> = {
            let (mesh, mesh_to_rig) = ball_with_ears();
            let scan = SurfaceIndex::build(&mesh);
            reached(&scattered(12, reach_deg(&profile), &mesh_to_rig, 3), &profile, &mesh_to_rig, &scan)
        };
        let turns = turns_of(&stops, &profile, &ball_with_ears().1, &SurfaceIndex::build(&ball_with_ears().0));
        let machine = Machine::new(&serde_json::to_value(&profile).unwrap());
        for (stop, turns) in stops.iter().zip(turns) {
            let joints = with_tip(&profile, &stop.skin.drawn_back(-0.3).tip, turns).unwrap();
            let way_mm = profile.way_out_mm(&joints, 15.0).unwrap();
            let out: Vec<f64> =
                joints.iter().enumerate().map(|(axis, at)| at + way_mm.get(axis).unwrap_or(&0.0)).collect();
            let [from, to] = [joints.to_vec(), out].map(|joints| machine.needle(&joints));
            let way = from.inverse_transform_point(&Point::from(to.translation.vector));
            assert!((way - Point::new(0.0, 0.0, 15.0)).norm() < 1e-9, "{name}: {way}");
        }
    }
}

/// Once around is within the travel of C, three times are not: it unwinds, and that is counted.
#[test]
fn unwinds_are_counted() {
    let profile = builtin("gantry-xyzbc").unwrap();
    let (scan, centre) = (SurfaceIndex::build(&ball()), ball_with_ears().1.point(&Point::origin()));
    let ring = |turns: f64| -> Vec<Stop> {
        let count = (turns * 24.0) as u32;
        let stop = |dot: u32| {
            let (tilt, around) = ((30.0 + 0.1 * f64::from(dot)).to_radians(), (15.0 * f64::from(dot)).to_radians());
            let normal = Vector::new(tilt.sin() * around.cos(), tilt.sin() * around.sin(), tilt.cos());
            let skin = Pose { tip: centre + normal * RADIUS_MM, needle: normal };
            Stop { dot, skin, depth_mm: 0.5, dwell_s: 0.05 }
        };
        (0..count).map(stop).collect()
    };
    for (turns, least, most) in [(0.9, 0, 0), (3.5, 1, 6)] {
        let path = build_with_halts(&ring(turns), &[], &profile, &Placement::IDENTITY, &scan, Mode::Treat).unwrap();
        let strikes = path.motions.iter().filter(|motion| motion.kind == MotionKind::Strike);
        let c: Vec<f64> = strikes.map(|motion| motion.joints.turns()[1]).collect();
        let counted = c.windows(2).filter(|pair| (pair[1] - pair[0]).abs() > 90.0).count();
        assert_eq!(path.swings.unwinds, counted, "{c:?}");
        assert!((least..=most).contains(&counted), "{turns}: {c:?}");
    }
}

/// A ball of 95 mm without anything on it.
fn ball() -> TriMesh {
    let (mesh, mesh_to_rig) = ball_with_ears();
    let ball: Vec<[u32; 3]> = mesh.triangles().iter().copied().take(48 * 96 * 2).collect();
    TriMesh::new(mesh.vertices().iter().map(|v| mesh_to_rig.point(v)).collect(), ball).unwrap()
}

/// Straight over a ball a leg of 60 mm sags by 5 mm; around it no rise is needed, and of a straight one no more than that.
#[test]
fn long_ways_lead_around_the_head_as_low_as_short_ones() {
    let scan = SurfaceIndex::build(&ball());
    let top = Point::new(0.0, 0.0, 40.0);
    for (name, sides) in [("gantry-xyzab", 30.0_f64), ("gantry-xyz", 18.0)] {
        let profile = builtin(name).unwrap();
        let stop = |dot: u32, side_deg: f64| {
            let normal = Vector::new(side_deg.to_radians().sin(), 0.0, side_deg.to_radians().cos());
            let needle = if profile.axes.len() == 3 { Vector::z() } else { normal };
            Stop { dot, skin: Pose { tip: top + normal * 90.0, needle }, depth_mm: 0.5, dwell_s: 0.05 }
        };
        let path = |stops: &[Stop]| {
            build_with_halts(stops, &[], &profile, &Placement::IDENTITY, &scan, Mode::Treat).unwrap().heights
        };
        let long = path(&[stop(1, -sides), stop(2, sides)]);
        assert_eq!((long.legs, long.arcs, long.never_straight), (1, 1, 0), "{name}: {long:?}");
        assert!(long.largest_mm < profile.approach_mm + 1.0, "{name}: {long:?}");
        assert!(long.fixed_mm > long.largest_mm + 1.0, "{name}: {long:?}");
        let short = path(&[stop(1, 0.0), stop(2, 1.0)]);
        assert_eq!((short.arcs, short.raised, short.mean_mm), (0, 0, profile.approach_mm), "{name}: {short:?}");
    }
}

/// A way over a wall passes its edge as near as it may, to a tenth of a millimetre and a half.
#[test]
fn the_rise_is_the_least_that_is_enough() {
    let profile = builtin("gantry-xyz").unwrap();
    let floor_mm = 50.0;
    for (wall_mm, sides_mm) in
        [(12.0, [-20.0, 20.0]), (17.3, [-30.0, 14.0]), (41.1, [-20.0, 20.0]), (70.0, [-14.0, 60.0])]
    {
        let top_mm = floor_mm + wall_mm;
        let mut vertices: Vec<Point> = [[-150.0, -150.0], [150.0, -150.0], [150.0, 150.0], [-150.0, 150.0]]
            .map(|[x, y]| Point::new(x, y, floor_mm))
            .into();
        vertices.extend(
            [[-150.0, floor_mm], [150.0, floor_mm], [150.0, top_mm], [-150.0, top_mm]]
                .map(|[y, z]| Point::new(0.0, y, z)),
        );
        let scan = TriMesh::new(vertices, vec![[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]]).unwrap();
        let scan = SurfaceIndex::build(&scan);
        let stop = |dot: u32, x: f64| {
            let skin = Pose::upright(Point::new(x, 0.0, floor_mm));
            Stop { dot, skin, depth_mm: 0.5, dwell_s: 0.05 }
        };
        let stops = [stop(1, sides_mm[0]), stop(2, sides_mm[1])];
        let toolpath = build_with_halts(&stops, &[], &profile, &Placement::IDENTITY, &scan, Mode::Treat).unwrap();
        let at = |kind: MotionKind, dot: u32| {
            toolpath.motions.iter().position(|m| m.kind == kind && m.dot == Some(dot)).unwrap()
        };
        let leg = &toolpath.motions[at(MotionKind::Retract, 1)..at(MotionKind::Strike, 2)];
        // The wall's edge is a place as seen along it.
        let edge = Point::new(0.0, 0.0, top_mm);
        let to_piece = |pair: &[Motion]| {
            let (from, along) = (pair[0].pose.tip, pair[1].pose.tip - pair[0].pose.tip);
            let share = (edge - from).dot(&along) / along.norm_squared();
            (edge - (from + along * share.clamp(0.0, 1.0))).norm()
        };
        let room_mm = leg.windows(2).map(to_piece).fold(f64::MAX, f64::min) - profile.clearance_mm;
        assert!((0.0..0.15).contains(&room_mm), "{wall_mm}: {room_mm} mm to spare");
        assert!(toolpath.heights.raised == 1 && toolpath.heights.largest_mm < wall_mm + 5.0, "{:?}", toolpath.heights);
    }
}

/// Single lines of a real program moved: the second opinion finds what the dense look finds, and nothing else.
#[test]
fn the_second_opinion_is_as_strict_as_the_dense_look() {
    let scratch = TempDir::new().unwrap();
    let fixtures = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo"));
    for name in ["head.ply", "head.hairline.json"] {
        fs::copy(fixtures.join(name), scratch.path().join(name)).unwrap();
    }
    let case = json!({
        "format": "tonsure-case/1", "mesh": {"file": "head.ply", "units": "mm"},
        "boundary": {"file": "head.hairline.json"}, "design": {"density_per_cm2": 0.3, "depth_mm": 0.5},
        "rig": "gantry-xyzab", "setups": ["upright"], "seed": 1,
    });
    let path = scratch.path().join("case.json");
    fs::write(&path, case.to_string()).unwrap();
    let out = planned(&path, scratch.path());
    let folder = PlanFolder::read(&out.join("plan.json")).unwrap();
    let text = fs::read_to_string(out.join("session-1.upright.ngc")).unwrap();
    let struck = strikes(&out.join("session-1.upright.map.csv"));
    let plan: Value = serde_json::from_slice(&fs::read(out.join("plan.json")).unwrap()).unwrap();
    let machine = Machine::new(&plan["rig"]);
    let placed = rig_to_scan(&plan["setups"]["upright"]["mesh_to_rig"]);
    let solid = solid(&demo_head::MESH);
    let scan = SurfaceIndex::build(&demo_head::MESH);
    let verify = |text: &str| judge(text, &folder.plan, &folder.sha256, &scan).unwrap();

    let before = moves(&text, &machine, &struck);
    let ways: Vec<usize> = before.iter().filter(|a| !a.is_stroke).map(|a| a.line).collect();
    assert!(verify(&text).verdict < Severity::Fail);
    let mut random = Pcg64::seed_from_u64(3);
    let mut outcomes = [0, 0];
    for _ in 0..60 {
        let line = ways[random.random_range(0..ways.len())];
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let changed = oracle::words(&lines[line - 1]).into_iter().map(|(letter, number)| match letter {
            'X' | 'Y' => format!("{letter}{:.2}", number + random.random_range(-4.0..4.0)),
            // Down into the head and up: ways end 5 mm above the skin, 3 mm are the least.
            'Z' => format!("{letter}{:.2}", number + random.random_range(-9.0..3.0)),
            _ => format!("{letter}{number}"),
        });
        lines[line - 1] = changed.collect();
        let changed = lines.join("\n") + "\n";
        // All that the change moved; words that a line does not repeat carry it on. It was found in order before.
        let moved: Vec<oracle::Move> = (moves(&changed, &machine, &struck).into_iter().zip(&before))
            .filter(|(now, before)| (&now.from, &now.to) != (&before.from, &before.to))
            .map(|(now, _)| now)
            .collect();
        let seen = look(&moved, &machine, &solid, &placed, (0.05, false));
        let worst_mm = seen.near.iter().map(|(_, mm)| *mm).fold(0.0, f64::max);
        let verdict = verify(&changed);
        let told = verdict.findings.iter().any(|finding| {
            finding.severity == Severity::Fail && ["P07", "tool-clearance"].contains(&finding.code.as_str())
        });
        // Numbers in programs are rounded: the last 0.02 mm are let through.
        if worst_mm > 0.03 || worst_mm == 0.0 {
            assert_eq!(told, worst_mm > 0.0, "line {line}: {worst_mm} mm too near, {:?}", verdict.findings);
            outcomes[usize::from(told)] += 1;
        }
    }
    assert!(outcomes.iter().all(|count| *count >= 10), "{outcomes:?}");
}
