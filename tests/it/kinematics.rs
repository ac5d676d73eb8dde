//! Five-axis kinematics of all kinds: joints and poses, the postures of a route, speeds, and what the second opinion says
//! of the programs.

use nalgebra::{Rotation3, Unit};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::{Value, json};
use tonsure::geometry::{Placement, Point, Vector};
use tonsure::mesh::SurfaceIndex;
use tonsure::rig::{Profile, builtin, forward, inverse, pole_distance_deg, postures, postures_near, with_tip};
use tonsure::schedule::Target;
use tonsure::toolpath::{Mode, Motion, MotionKind, Stop, Toolpath, build};

use crate::rig::{RADIUS_MM, ball_with_ears, reached};

mod heads;
mod program;
mod route;

const KINDS: [&str; 3] = ["xyz-ab", "xyz-bc", "xyz-ac"];
const ROTARIES: [&str; 3] = ["head-head", "head-table", "table-table"];

fn profile(edit: impl FnOnce(&mut Value)) -> Profile {
    let mut value = serde_json::to_value(builtin("gantry-xyzbc").unwrap()).unwrap();
    edit(&mut value);
    Profile::parse(value.to_string(), "rig.json").unwrap()
}

/// A rig with nothing at zero: centres, zeros, directions.
pub(crate) fn odd(kinematics: &str, rotaries: &str) -> Profile {
    profile(|v| {
        v["kinematics"] = json!(kinematics);
        v["rotaries"] = json!(rotaries);
        let letters: Vec<String> = kinematics[4..].chars().map(|letter| letter.to_uppercase().to_string()).collect();
        for axis in 0..3 {
            v["axes"][axis]["min"] = json!(-5000);
            v["axes"][axis]["max"] = json!(5000);
        }
        v["axes"][1]["direction"] = json!("negative");
        v["axes"][2]["zero"] = json!(33.5);
        for (axis, letter) in [3, 4].into_iter().zip(letters) {
            v["axes"][axis]["letter"] = json!(letter);
            v["axes"][axis]["min"] = json!(-360);
            v["axes"][axis]["max"] = json!(360);
        }
        v["axes"][3]["centre_mm"] = json!([3.0, -4.0, 12.0]);
        v["axes"][4]["centre_mm"] = json!([-7.0, 2.0, 5.5]);
        v["axes"][4]["direction"] = json!("negative");
        v["axes"][3]["zero"] = json!(12.5);
        if rotaries == "table-table" {
            v["pivot_to_tip_mm"] = json!(0);
        }
    })
}

/// The needle by a chain of rotations about centres that is spelt out for each kind, in the frame of the rest.
fn by_hand(profile: &Profile, rotaries: &str, joints: &[f64]) -> (Point, Vector) {
    let way = |axis: usize| (joints[axis] - profile.axes[axis].zero) * profile.axes[axis].direction.sign();
    let about = |letter: char| match letter {
        'A' => Vector::x_axis(),
        'B' => Vector::y_axis(),
        _ => Vector::z_axis(),
    };
    let turned = |axis: usize, back: bool, above: f64, p: Point| {
        let angle = way(axis).to_radians() * if back { -1.0 } else { 1.0 };
        let centre = Point::from(profile.axes[axis].centre_mm) + Vector::z() * above;
        centre + Rotation3::from_axis_angle(&about(profile.axes[axis].letter), angle) * (p - centre)
    };
    // A of xyz-ab, C of the others: it carries the other one in the needle head, and is carried by it in the rest.
    let (carrying, carried) =
        if profile.axes[3].letter == 'A' && profile.axes[4].letter == 'B' { (3, 4) } else { (4, 3) };
    let length = profile.pivot_to_tip_mm;
    let place = |p: Point| {
        let moved = |p: Point| p + Vector::new(way(0), way(1), way(2));
        // Where a point of the needle is in space, and then where that place is in the rest, which has turned the other way.
        match rotaries {
            "head-head" => moved(turned(carrying, false, length, turned(carried, false, length, p))),
            "head-table" => turned(carrying, false, 0.0, moved(turned(carried, false, length, p))),
            _ => turned(carrying, false, 0.0, turned(carried, false, 0.0, moved(p))),
        }
    };
    let tip = place(Point::origin());
    (tip, place(Point::new(0.0, 0.0, 1.0)) - tip)
}

fn random_needle(random: &mut Pcg64) -> Vector {
    loop {
        let v = Vector::from_fn(|_, _| random.random_range(-1.0..1.0));
        if (0.1..1.0).contains(&v.norm()) {
            return v.normalize();
        }
    }
}

#[test]
fn poses_survive_joints_in_every_posture_of_every_kind() {
    let mut random = Pcg64::seed_from_u64(1);
    for (kinematics, rotaries) in KINDS.iter().flat_map(|k| ROTARIES.iter().map(move |r| (*k, *r))) {
        let profile = odd(kinematics, rotaries);
        for _ in 0..100_000 {
            let needle = random_needle(&mut random);
            let tip = Point::from(Vector::from_fn(|_, _| random.random_range(-150.0..150.0)));
            let found = postures(&profile, &needle).unwrap();
            assert!(
                found.len() >= 4,
                "{kinematics} {rotaries}: two solutions, each with turns of 720 degrees to choose"
            );
            for posture in &found {
                let joints = with_tip(&profile, &tip, posture.turns).unwrap();
                let back = forward(&profile, &joints);
                let off = (back.tip - tip).norm().max((back.needle - needle).norm());
                assert!(off < 1e-9, "{kinematics} {rotaries}: {needle} {joints:?} is off by {off}");
            }
            let first = with_tip(&profile, &tip, found[0].turns).unwrap();
            assert_eq!(inverse(&profile, &tip, &needle), Ok(first));
        }
    }
}

#[test]
fn the_pose_is_that_of_a_chain_of_turns() {
    let mut random = Pcg64::seed_from_u64(2);
    for (kinematics, rotaries) in KINDS.iter().flat_map(|k| ROTARIES.iter().map(move |r| (*k, *r))) {
        let profile = odd(kinematics, rotaries);
        for _ in 0..200 {
            let turns = [0, 1].map(|_| random.random_range(-180.0..180.0));
            let joints = with_tip(&profile, &Point::new(10.0, -20.0, 30.0), turns).unwrap();
            let (tip, needle) = by_hand(&profile, rotaries, &joints);
            let pose = forward(&profile, &joints);
            assert!((pose.tip - tip).norm() < 1e-9 && (pose.needle - needle).norm() < 1e-9, "{kinematics} {rotaries}");
        }
    }
}

#[test]
fn a_head_rest_turns_the_other_way() {
    // The rest of table-xyzac tilts about a line along x, 80 mm below the rig's zero. Seen from the head, A = 30 leans the
    // needle towards -y: in space the head leans towards +y, and its crown is found there.
    let profile = builtin("table-xyzac").unwrap();
    let (sin, cos) = 30_f64.to_radians().sin_cos();
    let crown = Point::new(0.0, 0.0, 120.0);
    let needle = Vector::new(0.0, -sin, cos);
    let joints = inverse(&profile, &crown, &needle).unwrap();
    let expected = [0.0, 200.0 * sin, 200.0 * cos - 80.0, 30.0, 0.0];
    assert!(joints.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{joints:?} {expected:?}");
    // C turns about the crown: the carriage stays.
    let joints = inverse(&profile, &crown, &Vector::new(sin, 0.0, cos)).unwrap();
    let expected = [0.0, 200.0 * sin, 200.0 * cos - 80.0, 30.0, 90.0];
    assert!(joints.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{joints:?} {expected:?}");
}

#[test]
fn at_the_pole_the_free_axis_stays_at_zero() {
    for kinematics in ["xyz-bc", "xyz-ac"] {
        for rotaries in ROTARIES {
            let profile = odd(kinematics, rotaries);
            let joints = inverse(&profile, &Point::origin(), &Vector::z()).unwrap();
            let (turns, zero) = (joints.turns(), profile.turns_at_zero());
            let apart = (0..2).map(|i| (turns[i] - zero[i]).abs()).fold(0.0, f64::max);
            assert!(apart < 1e-12, "{kinematics} {rotaries}");
            assert!(pole_distance_deg(&profile, &Vector::z()) < 1e-9);
        }
    }
    let profile = odd("xyz-ab", "head-head");
    let joints = inverse(&profile, &Point::origin(), &Vector::x()).unwrap();
    assert!((forward(&profile, &joints).needle - Vector::x()).norm() < 1e-12);
}

#[test]
fn near_the_pole_needles_lean_by_two_degrees_at_most() {
    let mut random = Pcg64::seed_from_u64(3);
    for kinematics in KINDS {
        let profile = odd(kinematics, "head-head");
        let pole = if kinematics == "xyz-ab" { Vector::x() } else { Vector::z() };
        let free = |turns: [f64; 2]| turns[usize::from(kinematics != "xyz-ab")];
        let across = if kinematics == "xyz-ab" { Vector::y() } else { Vector::x() };
        for _ in 0..300 {
            let off_deg = random.random_range(0.0..12.0_f64);
            let turn =
                |about: Vector, deg: f64| Rotation3::from_axis_angle(&Unit::new_normalize(about), deg.to_radians());
            let normal = turn(pole, random.random_range(0.0..360.0)) * turn(pole.cross(&across), off_deg) * pole;
            let near = postures_near(&profile, &normal).unwrap();
            let exact = postures(&profile, &normal).unwrap();
            assert_eq!(near[..exact.len()], exact[..]);
            for posture in &near {
                let joints = with_tip(&profile, &Point::origin(), posture.turns).unwrap();
                let needle = forward(&profile, &joints).needle;
                assert!((needle - posture.needle).norm() < 1e-9);
                let lean_deg = needle.angle(&normal).to_degrees();
                assert!((lean_deg - posture.off_normal_deg).abs() < 1e-5 && lean_deg <= 2.0 + 1e-9);
            }
            // One position in five degrees of the free axis, out of the share that keeps to two degrees.
            let mut positions: Vec<f64> = near[exact.len()..].iter().map(|posture| free(posture.turns)).collect();
            positions.dedup();
            let share = match off_deg {
                ..=2.0 => 1.0,
                8.0.. => 0.0,
                _ => f64::asin(2_f64.to_radians().sin() / off_deg.to_radians().sin()).to_degrees() / 90.0,
            };
            assert!((positions.len() as f64 - 144.0 * share).abs() <= 5.0, "{} of {share}", positions.len());
        }
    }
}

/// Targets at polar angles and azimuths on the ball as it lies in the rig, degrees.
fn targets_at(places: impl IntoIterator<Item = [f64; 2]>, mesh_to_rig: &Placement) -> Vec<Target> {
    let to_mesh = mesh_to_rig.inverse();
    let target = |(id, [polar, azimuth]): (usize, [f64; 2])| {
        let ((sin, cos), (sin_az, cos_az)) = (polar.to_radians().sin_cos(), azimuth.to_radians().sin_cos());
        let normal = to_mesh.direction(&Vector::new(sin * cos_az, sin * sin_az, cos));
        Target { id: id as u32, position: Point::from(normal * RADIUS_MM), normal, depth_mm: 0.5, dwell_s: 0.05 }
    };
    places.into_iter().enumerate().map(target).collect()
}

fn path(profile: &Profile, places: impl IntoIterator<Item = [f64; 2]>) -> (Vec<Stop>, Toolpath) {
    let (mesh, mesh_to_rig) = ball_with_ears();
    let scan = SurfaceIndex::build(&mesh);
    let stops = reached(&targets_at(places, &mesh_to_rig), profile, &mesh_to_rig, &scan);
    let toolpath = build(&stops, profile, &mesh_to_rig, &scan, Mode::Treat).unwrap();
    (stops, toolpath)
}

fn strikes(toolpath: &Toolpath) -> Vec<Motion> {
    toolpath.motions.iter().filter(|motion| motion.kind == MotionKind::Strike).copied().collect()
}
