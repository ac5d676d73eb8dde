//! Which dots are reached, and why others are not.

use nalgebra::{Rotation3, Unit};
use tonsure::geometry::{Placement, Point, Vector};
use tonsure::mesh::SurfaceIndex;
use tonsure::rig::Profile;
use tonsure::schedule::{Assignment, Setup, Target, Unreached, assign, findings};

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
