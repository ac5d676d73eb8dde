//! Motion time: closed forms, figures of controllers, and the cost of a route in it.

use std::fmt::Write;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use tonsure::geometry::{Point, Vector};
use tonsure::rig::time::{Corners, Limits, MotionRules, Stopwatch, dwell_s, rapid_s};
use tonsure::rig::{HopTime, Joints, Pose, Profile, builtin, postures, with_tip};
use tonsure::route::Cost;

fn five(x: f64, a: f64) -> Joints {
    Joints::new([x, 0.0, 0.0, a, 0.0])
}

#[test]
fn rapids_follow_the_trapezoid() {
    let profile = builtin("gantry-xyzab").unwrap();
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
    let profile = builtin("gantry-xyzab").unwrap();
    let mut stopwatch = Stopwatch::new(&profile, five(0.0, 0.0));
    stopwatch.move_to(&five(6.0, 0.0), Some(40.0));
    let standstill_s = MotionRules::LINUXCNC.standstill_s;
    assert!((stopwatch.stop() - (6.0 / 40.0 + 40.0 / 800.0 + standstill_s)).abs() < 1e-12);
    assert!((stopwatch.stop() - (6.0 / 40.0 + 40.0 / 800.0 + standstill_s)).abs() < 1e-12, "only moves end in a stop");
    stopwatch.pause(12.5);
    assert!((stopwatch.stop() - (6.0 / 40.0 + 40.0 / 800.0 + standstill_s + 12.5)).abs() < 1e-12);
}

#[test]
fn grbl_waits_in_steps() {
    let profile = builtin("gantry-xyz").unwrap();
    for (asked, waits) in [(0.0, 0.0), (0.03, 0.05), (0.05, 0.05), (0.051, 0.1), (0.15, 0.15), (0.3, 0.3)] {
        assert!((dwell_s(profile.dialect, asked) - waits).abs() < 1e-12, "{asked}");
    }
    assert!((dwell_s(builtin("gantry-xyzab").unwrap().dialect, 0.03) - 0.03).abs() < 1e-12);
}

#[test]
fn grbl_runs_through_straight_corners_and_stops_where_it_turns_back() {
    let profile = builtin("gantry-xyz").unwrap();
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

#[test]
fn limited_jerk_follows_the_closed_forms() {
    let profile = builtin("gantry-xyz").unwrap();
    let (v, a) = (80.0_f64, 800.0_f64);
    for jerk in [2e3_f64, 6e3, 2e4, 1e5, 1e9] {
        let rules = MotionRules { jerk: Some(Joints::new([jerk; 3])), ..MotionRules::GRBL };
        for d in [0.01_f64, 0.3, 1.0, 4.0, 9.0, 30.0, 200.0] {
            let at = |x: f64| Joints::new([x, 0.0, 100.0]);
            let mut stopwatch = Stopwatch::with_rules(&profile, rules, at(-100.0));
            stopwatch.move_to(&at(d - 100.0), None);
            // Rest to rest: with or without a largest acceleration and a largest speed reached.
            let reaches_a = v >= a * a / jerk;
            let least_for_v = if reaches_a { v * (v / a + a / jerk) } else { 2.0 * v * (v / jerk).sqrt() };
            let expected = if d >= least_for_v {
                d / v + if reaches_a { v / a + a / jerk } else { 2.0 * (v / jerk).sqrt() }
            } else if d >= 2.0 * a.powi(3) / jerk.powi(2) {
                a / jerk + ((a / jerk).powi(2) + 4.0 * d / a).sqrt()
            } else {
                (32.0 * d / jerk).cbrt()
            };
            let found = stopwatch.stop();
            assert!((found / expected - 1.0).abs() < 1e-9, "jerk {jerk}, {d} mm: {found} for {expected}");
        }
    }
}

#[test]
fn limited_jerk_is_never_faster_and_comes_near_without_limit() {
    let profile = builtin("gantry-xyz").unwrap();
    let program = Program::of_chains(40);
    let with = |jerk: Option<f64>| {
        let jerk = jerk.map(|jerk| Joints::new([jerk; 3]));
        program.time_s(&profile, MotionRules { jerk, ..MotionRules::GRBL })
    };
    let times = [Some(2e3), Some(1e4), Some(1e5), Some(1e6), None].map(with);
    assert!(times.is_sorted_by(|slow, fast| slow > fast), "{times:?}");
    assert!((with(Some(1e13)) / times[4] - 1.0).abs() < 1e-6);
}

/// A program in joints: where to, at which feed, and the waits in between. Places are multiples of 0.001.
struct Program {
    steps: Vec<Step>,
    axes: usize,
}

enum Step {
    Move([f64; 5], Option<f64>),
    Wait(f64),
}

const PARKED: [f64; 5] = [0.0, 0.0, 200.0, 0.0, 0.0];

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

impl Program {
    /// Chains of 1 to 9 moves of all lengths and directions between two waits, on three axes.
    fn of_chains(count: usize) -> Self {
        let mut random = Pcg64::seed_from_u64(11);
        let (mut steps, mut at) = (Vec::new(), PARKED);
        for _ in 0..count {
            for _ in 0..random.random_range(1..10) {
                let most = [0.3, 1.0, 2.0, 5.0, 12.0][random.random_range(0..5)];
                for (axis, middle) in [(0, 0.0), (1, 0.0), (2, 120.0)] {
                    let to: f64 = at[axis] + random.random_range(-most..most);
                    at[axis] = rounded(to.clamp(middle - 100.0, middle + 100.0));
                }
                let feed = [None, None, Some(20.0), Some(40.0), Some(60.0)][random.random_range(0..5)];
                steps.push(Step::Move(at, feed));
            }
            steps.push(Step::Wait(0.05));
        }
        Self { steps, axes: 3 }
    }

    /// Strikes beside each other with a needle that turns: out at 60 mm/s, across, in at 40 mm/s, 50 ms.
    fn of_dots(count: usize) -> Self {
        let mut random = Pcg64::seed_from_u64(12);
        let (mut steps, mut above) = (Vec::new(), PARKED);
        let stroke = |above: [f64; 5]| {
            let mut down = above;
            let tilt = above[3].to_radians();
            down[1] = rounded(above[1] + 5.5 * tilt.sin());
            down[2] = rounded(above[2] - 5.5 * tilt.cos());
            down
        };
        for _ in 0..count {
            for (value, most) in above.iter_mut().zip([1.5, 1.5, 0.7, 1.2, 1.2]) {
                *value = rounded(*value + random.random_range(-most..most));
            }
            steps.push(Step::Move(above, None));
            steps.push(Step::Move(stroke(above), Some(40.0)));
            steps.push(Step::Wait(0.05));
            steps.push(Step::Move(above, Some(60.0)));
        }
        steps.push(Step::Wait(0.05));
        Self { steps, axes: 5 }
    }

    fn joints(&self, at: &[f64; 5]) -> Joints {
        if self.axes == 3 { Joints::new([at[0], at[1], at[2]]) } else { Joints::new(*at) }
    }

    fn time_s(&self, profile: &Profile, rules: MotionRules) -> f64 {
        let mut stopwatch = Stopwatch::with_rules(profile, rules, self.joints(&PARKED));
        for step in &self.steps {
            match step {
                Step::Move(at, feed) => stopwatch.move_to(&self.joints(at), *feed),
                Step::Wait(seconds) => stopwatch.dwell(*seconds),
            }
        }
        stopwatch.stop()
    }

    /// As text, for controllers: `TONSURE_PROGRAMS=FOLDER` leaves it there.
    fn leave(&self, name: &str) {
        let Some(folder) = std::env::var_os("TONSURE_PROGRAMS") else { return };
        let mut text = "G21 G90 G94\n".to_owned();
        for step in &self.steps {
            match step {
                Step::Wait(seconds) => writeln!(text, "G4 P{seconds}").unwrap(),
                Step::Move(at, feed) => {
                    text += if feed.is_some() { "G1" } else { "G0" };
                    for (letter, value) in "XYZAB".chars().zip(at).take(self.axes) {
                        write!(text, " {letter}{value}").unwrap();
                    }
                    writeln!(text, "{}", feed.map_or_else(String::new, |feed| format!(" F{}", feed * 60.0))).unwrap();
                }
            }
        }
        std::fs::write(std::path::Path::new(&folder).join(name), text).unwrap();
    }
}

/// Times measured outside, s, from the programs that [`Program::leave`] writes and the limits of the built-in rigs: grbl
/// 1.1h by its own planner and stepper code with `$1=255`, Klipper's host code (kalico 2026.10) by its step commands in
/// batch mode, rapids with an F of the axes' limits, also with a square corner velocity of 0, where it stops at corners.
#[test]
fn times_are_those_of_controllers() {
    let (chains, dots) = (Program::of_chains(600), Program::of_dots(1500));
    chains.leave("chains.nc");
    dots.leave("dots.ngc");
    let [three, five] = ["gantry-xyz", "gantry-xyzab"].map(|name| builtin(name).unwrap());
    let still = MotionRules { corners: Corners::Stop, cruise_share: 0.0, ..MotionRules::KLIPPER };
    let plain = MotionRules { cruise_share: 0.0, ..MotionRules::KLIPPER };
    let checks = [
        ("grbl, chains", chains.time_s(&three, MotionRules::GRBL), 402.138),
        ("Klipper, chains", chains.time_s(&three, MotionRules::KLIPPER), 435.322),
        ("Klipper without cruise, chains", chains.time_s(&three, plain), 424.973),
        ("stops, chains", chains.time_s(&three, still), 456.814),
        ("Klipper, dots", dots.time_s(&five, MotionRules::KLIPPER), 742.349),
        ("stops, dots", dots.time_s(&five, still), 738.780),
    ];
    for (what, ours, theirs) in checks {
        assert!((ours / theirs - 1.0).abs() < 0.001, "{what}: {ours:.3} for {theirs}");
    }
    // Whose limits bind makes a difference that a check of one kind alone would not show.
    let each = MotionRules { limits: Limits::EachAxis, ..still };
    assert!(chains.time_s(&three, each) < 0.97 * 456.814);
}

/// Places of the tip above a head's dots, the needle turned by up to 60 degrees.
fn places(count: usize, fixed: bool) -> Vec<Pose> {
    let mut random = Pcg64::seed_from_u64(13);
    let place = |_| {
        let tip =
            Point::from([100.0, 100.0, 60.0].map(|most: f64| random.random_range(-most..most))) + Vector::z() * 120.0;
        let [polar, azimuth] = [1.0, std::f64::consts::TAU].map(|most: f64| random.random_range(0.0..most));
        let across = Vector::new(azimuth.cos(), azimuth.sin(), 0.0) * polar.sin();
        let needle = if fixed { Vector::z() } else { across + Vector::z() * polar.cos() };
        Pose { tip, needle }
    };
    (0..count).map(place).collect()
}

#[test]
fn the_cost_of_a_hop_is_the_shortest_rapid_between_two_dots() {
    let soft = MotionRules { jerk: Some(Joints::new([4e3, 5e3, 6e3, 2e3, 3e3])), ..MotionRules::LINUXCNC };
    for (rig, rules) in [
        ("gantry-xyz", MotionRules::LINUXCNC),
        ("gantry-xyz", MotionRules::KLIPPER),
        ("gantry-xyz", soft),
        ("gantry-xyzab", MotionRules::LINUXCNC),
        ("gantry-xyzab", MotionRules::KLIPPER),
        ("gantry-xyzbc", MotionRules::LINUXCNC),
        ("gantry-xyzbc", soft),
    ] {
        let mut profile = builtin(rig).unwrap();
        for axis in profile.axes.iter_mut().take(3) {
            (axis.min, axis.max) = (-500.0, 500.0);
        }
        let above = places(40, rig == "gantry-xyz");
        let hop = HopTime::with_rules(&profile, &rules, &above);
        let turned: Vec<u32> = (0..40).rev().collect();
        let other = hop.renumbered(&turned);
        let still = MotionRules { standstill_s: 0.0, ..rules };
        let holds = |pose: &Pose| -> Vec<Joints> {
            let postures = postures(&profile, &pose.needle).unwrap();
            postures.iter().map(|posture| with_tip(&profile, &pose.tip, posture.turns).unwrap()).collect()
        };
        let mut exact = 0;
        for (a, b) in (0..40_u32).flat_map(|a| (0..40_u32).map(move |b| (a, b))).filter(|(a, b)| a != b) {
            let least_s = holds(&above[a as usize])
                .iter()
                .flat_map(|from| holds(&above[b as usize]).into_iter().map(move |to| (*from, to)))
                .map(|(from, to)| {
                    let mut stopwatch = Stopwatch::with_rules(&profile, still, from);
                    stopwatch.move_to(&to, None);
                    stopwatch.stop()
                })
                .fold(f64::INFINITY, f64::min);
            let cost = hop.cost(a, b);
            // Whole turns are free of charge, and away from the pole a needle keeps to its solution.
            if rig == "gantry-xyzbc" {
                exact += usize::from((cost - least_s).abs() < 1e-9);
            } else {
                assert!((cost - least_s).abs() < 1e-9, "{rig}: {cost} for {least_s}");
            }
            assert_eq!(cost.to_bits(), hop.cost(b, a).to_bits());
            assert_eq!(cost.to_bits(), other.cost(39 - a, 39 - b).to_bits());
        }
        assert!(rig != "gantry-xyzbc" || exact > 800, "{exact} of 1560 hops as short as can be");
    }
}

/// Where corners are rounded, a hop between two strokes starts and ends at the speed of its corners: exactly as the
/// simulated motions along an axis, and nearly in other directions.
#[test]
fn a_hop_between_strokes_takes_what_it_takes_in_the_program() {
    for (rig, rules) in [
        ("gantry-xyz", MotionRules::GRBL),
        ("gantry-xyz", MotionRules::MARLIN),
        ("table-xyzac", MotionRules::GRBL),
        ("fluidnc-xyzab", MotionRules::GRBL),
    ] {
        let profile = builtin(rig).unwrap();
        for length_mm in [0.05, 0.4, 1.0, 3.0, 9.0, 60.0] {
            for turn_deg in [0.0_f64, 20.0, 45.0, 200.0] {
                let (sin, cos) = turn_deg.to_radians().sin_cos();
                let place = |along: f64, height: f64| Point::new(along * cos, along * sin, 120.0 + height);
                let stand = |along: f64, height: f64| with_tip(&profile, &place(along, height), [0.0; 2]).unwrap();
                let mut stopwatch = Stopwatch::with_rules(&profile, rules, stand(0.0, -5.5));
                for to in [stand(0.0, 0.0), stand(length_mm, 0.0), stand(length_mm, -5.5)] {
                    stopwatch.move_to(&to, None);
                }
                let simulated_s = stopwatch.laps_s()[1];
                let above = [0.0, length_mm].map(|along| Pose::upright(place(along, 0.0)));
                let cost = HopTime::with_rules(&profile, &rules, &above).cost(0, 1);
                let still = MotionRules { corners: Corners::Stop, ..rules };
                let from_rest = HopTime::with_rules(&profile, &still, &above).cost(0, 1);
                assert!(cost < from_rest && cost > 0.0);
                let near = if turn_deg == 0.0 { 1e-9 } else { 0.08 * from_rest };
                assert!((cost - simulated_s).abs() < near, "{rig}, {length_mm} mm: {cost} for {simulated_s}");
            }
        }
    }
    // Two dots of which one lies on the other cost nothing.
    let same = [Pose::upright(Point::new(1.0, 2.0, 100.0)); 2];
    assert!(HopTime::new(&builtin("gantry-xyz").unwrap(), &same).cost(0, 1).abs() < 1e-12);
}

#[test]
fn a_dot_that_no_axis_reaches_still_has_a_place() {
    let profile = builtin("gantry-xyz").unwrap();
    let above =
        [Pose { tip: Point::new(0.0, 0.0, 1e4), needle: Vector::x() }, Pose::upright(Point::new(3.0, 0.0, 0.0))];
    assert!(HopTime::new(&profile, &above).cost(0, 1) > 100.0);
}

#[test]
fn laps_add_up_to_the_time() {
    let profile = builtin("gantry-xyz").unwrap();
    for rules in [MotionRules::GRBL, MotionRules::KLIPPER, MotionRules::LINUXCNC] {
        let mut stopwatch = Stopwatch::with_rules(&profile, rules, Joints::new([0.0; 3]));
        for x in 1..20 {
            let x = f64::from(x);
            stopwatch.move_to(&Joints::new([x * x, (x * 1.7).sin(), 3.0]), (x > 9.0).then_some(20.0));
            stopwatch.move_to(&Joints::new([x * x, (x * 1.7).sin(), 3.0]), None);
            if x > 15.0 {
                stopwatch.dwell(0.03);
                stopwatch.pause(x);
            }
        }
        let total_s = stopwatch.stop();
        let laps_s = stopwatch.laps_s();
        assert_eq!(laps_s.len(), 2 * 19 + 2 * 4);
        assert!((laps_s.iter().sum::<f64>() - total_s).abs() < 1e-9);
        let moves = |lap: usize| if lap < 30 { lap.is_multiple_of(2) } else { (lap - 30) % 4 != 1 };
        assert!(laps_s.iter().enumerate().all(|(lap, time_s)| (*time_s > 0.0) == moves(lap)), "{laps_s:?}");
    }
}
