//! Joints and poses.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use tonsure::geometry::{Point, Vector};
use tonsure::rig::{Unreachable, forward, inverse};

use super::{direction, rig};

#[test]
fn poses_survive_joints_on_five_axes() {
    let profile = rig("gantry-xyzab");
    let mut random = Pcg64::seed_from_u64(7);
    let mut solved = 0;
    for _ in 0..100_000 {
        let needle = direction(random.random_range(0.0..1.75), random.random_range(0.0..std::f64::consts::TAU));
        let tip = Point::from(Vector::from_fn(|_, _| random.random_range(-120.0..120.0)));
        if let Ok(joints) = inverse(&profile, &tip, &needle) {
            let back = forward(&profile, &joints);
            assert!((back.tip - tip).norm() < 1e-9 && (back.needle - needle).norm() < 1e-9, "{tip} {needle}");
            solved += 1;
        }
    }
    assert!(solved > 60_000, "{solved}");
}

#[test]
fn axes_turn_by_the_right_hand_rule() {
    let profile = rig("gantry-xyzab");
    let tip = Point::new(10.0, 20.0, 30.0);
    let (sin, cos) = 30_f64.to_radians().sin_cos();
    // Turning about x takes z towards -y; turning about y takes z towards x.
    let about_x = inverse(&profile, &tip, &Vector::new(0.0, -sin, cos)).unwrap();
    let about_y = inverse(&profile, &tip, &Vector::new(sin, 0.0, cos)).unwrap();
    let expected_x = [10.0, 20.0 - 100.0 * sin, 30.0 + 100.0 * (cos - 1.0), 30.0, 0.0];
    let expected_y = [10.0 + 100.0 * sin, 20.0, 30.0 + 100.0 * (cos - 1.0), 0.0, 30.0];
    for (found, expected) in [(about_x, expected_x), (about_y, expected_y)] {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?} {expected:?}");
    }
}

#[test]
fn a_fixed_needle_stays_upright() {
    let profile = rig("gantry-xyz");
    let tip = Point::new(1.0, -2.0, 100.0);
    let joints = inverse(&profile, &tip, &Vector::z()).unwrap();
    assert_eq!(&*joints, &[1.0, -2.0, 100.0]);
    assert_eq!(forward(&profile, &joints).needle, Vector::z());
    let tilted = inverse(&profile, &tip, &direction(0.1, 0.0)).unwrap_err();
    assert!(matches!(tilted, Unreachable::NeedleFixed { tilt_deg } if (tilt_deg - 5.73).abs() < 0.01));
}

#[test]
fn the_axis_that_would_leave_its_travel_is_named() {
    let error = inverse(&rig("gantry-xyz"), &Point::new(0.0, 0.0, 240.5), &Vector::z()).unwrap_err();
    assert_eq!(error.to_string(), "axis Z would have to go to 240.500, its travel is 0 to 240");
}
