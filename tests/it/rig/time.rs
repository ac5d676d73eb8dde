//! Motion time.

use tonsure::rig::Joints;
use tonsure::rig::time::{Stopwatch, dwell_s, rapid_s};

use super::rig;

fn five(x: f64, a: f64) -> Joints {
    Joints::new([x, 0.0, 0.0, a, 0.0])
}

#[test]
fn rapids_follow_the_trapezoid() {
    let profile = rig("gantry-xyzab");
    let time = |x: f64, a: f64| rapid_s(&profile, &five(0.0, 0.0), &five(x, a));
    // 80 mm/s and 800 mm/s²: the ramps take 8 mm and 0.2 s.
    assert!((time(10.0, 0.0) - (0.2 + 2.0 / 80.0)).abs() < 1e-12);
    assert!((time(2.0, 0.0) - 2.0 * (2.0_f64 / 800.0).sqrt()).abs() < 1e-12);
    // 45 degrees/s and 450 degrees/s²: the turn takes longer than the way, and sets the pace of both.
    assert!((time(0.0, 45.0) - 1.1).abs() < 1e-12);
    assert!((time(10.0, 45.0) - 1.1).abs() < 1e-12);
    assert!(time(0.0, 0.0).abs() < 1e-12);
}

#[test]
fn feeds_are_those_of_the_tip() {
    let profile = rig("gantry-xyzab");
    let mut stopwatch = Stopwatch::new(&profile, five(0.0, 0.0));
    stopwatch.move_to(&five(6.0, 0.0), Some(40.0));
    assert!((stopwatch.stop() - (6.0 / 40.0 + 40.0 / 800.0)).abs() < 1e-12);
}

#[test]
fn grbl_waits_in_steps() {
    let profile = rig("gantry-xyz");
    for (asked, waits) in [(0.0, 0.0), (0.03, 0.05), (0.05, 0.05), (0.051, 0.1), (0.15, 0.15), (0.3, 0.3)] {
        assert!((dwell_s(profile.dialect, asked) - waits).abs() < 1e-12, "{asked}");
    }
    assert!((dwell_s(rig("gantry-xyzab").dialect, 0.03) - 0.03).abs() < 1e-12);
}

#[test]
fn grbl_runs_through_straight_corners_and_stops_where_it_turns_back() {
    let profile = rig("gantry-xyz");
    let run = |places: &[[f64; 3]]| {
        let mut stopwatch = Stopwatch::new(&profile, Joints::new([0.0, 0.0, 100.0]));
        for place in places {
            stopwatch.move_to(&Joints::new(*place), None);
        }
        stopwatch.stop()
    };
    let straight = run(&[[20.0, 0.0, 100.0]]);
    assert!((run(&[[5.0, 0.0, 100.0], [20.0, 0.0, 100.0]]) - straight).abs() < 1e-9);
    let there = run(&[[10.0, 0.0, 100.0]]);
    assert!((run(&[[10.0, 0.0, 100.0], [0.0, 0.0, 100.0]]) - 2.0 * there).abs() < 1e-9);
    // A right angle: v² = a d s / (1 - s), s = sin 45°, along the corner's bisector both axes accelerate.
    let corner = run(&[[10.0, 0.0, 100.0], [10.0, 10.0, 100.0]]);
    let s = std::f64::consts::FRAC_1_SQRT_2;
    let v = (800.0 / s * 0.01 * s / (1.0 - s)).sqrt();
    let saved = v / 800.0 * (2.0 - v / 80.0);
    assert!((2.0 * there - corner - saved).abs() < 1e-9);
}
