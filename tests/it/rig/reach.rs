//! Which dots are reached, and why others are not.

use nalgebra::{Rotation3, Unit};
use tonsure::geometry::{Placement, Point, Vector};
use tonsure::mesh::SurfaceIndex;
use tonsure::rig::Profile;
use tonsure::schedule::{Assignment, Setup, Target, Unreached, assign, findings, survey};

use super::{ball_with_ears, rig, scattered};

fn assigned(profile: &Profile, targets: &[Target]) -> Vec<Assignment> {
    let (mesh, mesh_to_rig) = ball_with_ears();
    let setups = [Setup { name: "upright", mesh_to_rig }];
    assign(targets, profile, &setups, &SurfaceIndex::build(&mesh))
}

#[test]
fn a_fixed_needle_reaches_what_faces_up() {
    let (_, mesh_to_rig) = ball_with_ears();
    let profile = rig("gantry-xyz");
    let targets = scattered(2000, 60.0, &mesh_to_rig, 1);
    let assignments = assigned(&profile, &targets);
    for (target, assignment) in targets.iter().zip(&assignments) {
        assert_eq!(target.id, assignment.id);
        let tilt_deg = mesh_to_rig.direction(&target.normal).angle(&Vector::z()).to_degrees();
        match assignment.outcome {
            Ok(reached) => {
                assert!(tilt_deg <= 20.0);
                assert!((mesh_to_rig.direction(&reached.needle) - Vector::z()).norm() < 1e-12);
            }
            Err(reason) => assert!(tilt_deg > 20.0 && reason == Unreached::NeedleToNormal, "{reason}"),
        }
    }
    let missed = assignments.iter().filter(|a| a.outcome.is_err()).count();
    let finding = findings(&assignments).remove(0);
    assert_eq!(finding.count, missed);
    assert!(finding.message.contains(&format!("{missed} of 2000")), "{}", finding.message);
}

#[test]
fn a_turned_needle_stands_on_the_normal() {
    let (_, mesh_to_rig) = ball_with_ears();
    let profile = rig("gantry-xyzab");
    let targets = scattered(2000, 110.0, &mesh_to_rig, 2);
    let mut reasons = Vec::new();
    for (target, assignment) in targets.iter().zip(assigned(&profile, &targets)) {
        match assignment.outcome {
            Ok(reached) => assert!((reached.needle - target.normal).norm() < 1e-12),
            Err(reason) => reasons.push(reason),
        }
    }
    reasons.sort_unstable();
    reasons.dedup();
    assert!(reasons.contains(&Unreached::Tilt) && reasons.contains(&Unreached::AxisLimit('B')), "{reasons:?}");
    // Beside the ears.
    assert!(reasons.contains(&Unreached::HolderTouches), "{reasons:?}");
}

#[test]
fn skin_under_other_skin_is_blocked() {
    let (_, mesh_to_rig) = ball_with_ears();
    let up = mesh_to_rig.inverse().direction(&Vector::z());
    // On the inside of the ball's floor: the needle would have to come through the crown.
    let target = Target { id: 9, position: Point::from(-up * 89.9), normal: up, depth_mm: 0.5, dwell_s: 0.0 };
    let mut profile = rig("gantry-xyz");
    profile.axes[2].min = -200.0;
    assert_eq!(assigned(&profile, &[target])[0].outcome, Err(Unreached::NeedleBlocked));
}

#[test]
fn the_setup_of_least_tilt_is_taken() {
    let (mesh, upright) = ball_with_ears();
    let on_its_side = upright
        .then(&Placement::new(&Rotation3::from_axis_angle(&Unit::new_normalize(Vector::y()), 1.5), &Vector::zeros()));
    let setups = [Setup { name: "upright", mesh_to_rig: upright }, Setup { name: "left", mesh_to_rig: on_its_side }];
    let targets = scattered(300, 60.0, &upright, 3);
    let profile = rig("gantry-xyzab");
    let assignments = assign(&targets, &profile, &setups, &SurfaceIndex::build(&mesh));
    let mut used = [0; 2];
    for (target, assignment) in targets.iter().zip(assignments) {
        let tilt = setups.map(|s| s.mesh_to_rig.direction(&target.normal).angle(&Vector::z()));
        let reached = assignment.outcome.unwrap();
        assert!(tilt[reached.setup] <= tilt[1 - reached.setup]);
        used[reached.setup] += 1;
    }
    assert!(used.iter().all(|&count| count > 20), "{used:?}");
}

/// The poses of the head that a rig has a rest for.
fn rests(profile: &Profile, mesh_to_rig: &Placement) -> Vec<(&'static str, Placement)> {
    (tonsure::case::SETUPS.into_iter())
        .filter_map(|name| Some((name, mesh_to_rig.then(profile.head_rest.get(name)?))))
        .collect()
}

#[test]
fn standard_poses_turn_up_what_they_are_named_after() {
    let profile = rig("gantry-xyzbc");
    // x to the subject's left, y backwards, z up.
    let up = [("upright", [0, 0, 1]), ("supine", [0, -1, 0]), ("left", [1, 0, 0]), ("right", [-1, 0, 0])];
    for (name, side) in up.into_iter().chain([("prone", [0, 1, 0])]) {
        let side = Vector::from(side.map(f64::from));
        assert!((profile.head_rest[name].direction(&side) - Vector::z()).norm() < 1e-12, "{name}");
    }
}

#[test]
fn the_fewest_poses_that_reach_all_are_taken() {
    let (mesh, mesh_to_rig) = ball_with_ears();
    let scan = SurfaceIndex::build(&mesh);
    for (name, polar_deg) in
        [("gantry-xyz", 60.0), ("gantry-xyzab", 120.0), ("gantry-xyzbc", 80.0), ("table-xyzac", 90.0)]
    {
        let profile = rig(name);
        let rests = rests(&profile, &mesh_to_rig);
        let setups: Vec<Setup<'_>> = rests.iter().map(|(name, rest)| Setup { name, mesh_to_rig: *rest }).collect();
        let targets = scattered(300, polar_deg, &mesh_to_rig, 8);
        let survey = survey(&targets, &profile, &setups, &scan);
        let choice = survey.fewest();
        let reached = |among: &[usize]| survey.assign(among).iter().filter(|a| a.outcome.is_ok()).count();
        let all = reached(&[0, 1, 2, 3, 4]);
        assert_eq!((choice.reached, reached(&choice.setups), choice.count), (all, all, 300));
        // Every smaller set misses some.
        let mut best_with_one_less = 0;
        for subset in 1_usize..32 {
            let members: Vec<usize> = (0..5).filter(|s| subset >> s & 1 == 1).collect();
            let found = reached(&members);
            assert!(members.len() >= choice.setups.len() || found < all, "{name}: {members:?} would do");
            if members.len() + 1 == choice.setups.len() {
                best_with_one_less = best_with_one_less.max(found);
            }
        }
        assert_eq!(choice.one_less.as_ref().map_or(0, |(_, most)| *most), best_with_one_less);
        let names: Vec<&str> = setups.iter().map(|setup| setup.name).collect();
        let message = choice.finding(&names).message;
        assert!(message.contains(&format!("reaches {all} of 300 dots")), "{message}");
        for &setup in &choice.setups {
            assert!(message.contains(names[setup]), "{message}");
        }
    }
}

#[test]
fn one_pose_is_taken_where_it_is_enough() {
    let (mesh, mesh_to_rig) = ball_with_ears();
    let scan = SurfaceIndex::build(&mesh);
    let profile = rig("gantry-xyzbc");
    let rests = rests(&profile, &mesh_to_rig);
    let setups: Vec<Setup<'_>> = rests.iter().map(|(name, rest)| Setup { name, mesh_to_rig: *rest }).collect();
    let choice = survey(&scattered(100, 25.0, &mesh_to_rig, 8), &profile, &setups, &scan).fewest();
    assert_eq!((choice.setups.as_slice(), choice.reached, choice.one_less.is_none()), (&[0][..], 100, true));
    let none = survey(&[], &profile, &setups, &scan).fewest();
    assert_eq!((none.setups.as_slice(), none.count), (&[0][..], 0));
}
