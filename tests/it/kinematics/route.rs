//! Postures along a route.

use super::*;

/// Time of a way by its slowest axis at full speed.
fn way_s(profile: &Profile, from: &[f64], to: &[f64]) -> f64 {
    let times = profile.axes.iter().enumerate().map(|(i, axis)| (to[i] - from[i]).abs() / axis.max_speed);
    times.fold(0.0, f64::max)
}

/// Least time from park to park over all combinations of exact postures, by trying all of them.
fn brute_force_s(profile: &Profile, stops: &[Stop], at: &[f64], park: &[f64]) -> f64 {
    let Some((stop, rest)) = stops.split_first() else { return way_s(profile, at, park) };
    let ways = postures(profile, &stop.skin.needle).unwrap().into_iter().filter_map(|posture| {
        let joints = with_tip(profile, &stop.skin.tip, posture.turns).ok()?;
        Some(way_s(profile, at, &joints) + brute_force_s(profile, rest, &joints, park))
    });
    ways.fold(f64::INFINITY, f64::min)
}

fn cost_s(profile: &Profile, stops: &[Stop], toolpath: &Toolpath) -> f64 {
    let park = with_tip(profile, &Point::from(Vector::from(profile.park_mm)), profile.turns_at_zero()).unwrap();
    let mut places = vec![park];
    for (stop, strike) in stops.iter().zip(strikes(toolpath)) {
        places.push(with_tip(profile, &stop.skin.tip, strike.joints.turns()).unwrap());
    }
    places.push(park);
    places.windows(2).map(|pair| way_s(profile, &pair[0], &pair[1])).sum()
}

#[test]
fn no_other_choice_of_solutions_and_turns_is_faster() {
    let mut random = Pcg64::seed_from_u64(4);
    for name in ["gantry-xyzab", "gantry-xyzbc", "table-xyzac"] {
        let profile = builtin(name).unwrap();
        for _ in 0..6 {
            let places: Vec<_> =
                (0..6).map(|_| [random.random_range(10.0..40.0), random.random_range(0.0..360.0)]).collect();
            let (stops, toolpath) = path(&profile, places);
            let park =
                with_tip(&profile, &Point::from(Vector::from(profile.park_mm)), profile.turns_at_zero()).unwrap();
            let (least, found) = (brute_force_s(&profile, &stops, &park, &park), cost_s(&profile, &stops, &toolpath));
            assert!((found - least).abs() < 1e-9, "{name}: {found} s, {least} s is possible");
        }
    }
}

#[test]
fn an_axis_that_runs_out_of_travel_is_unwound_once_and_away_from_the_skin() {
    // One and a half times around the head, C has one and a half turns: it starts wound up, or turns back once.
    let profile = builtin("gantry-xyzbc").unwrap();
    let (stops, toolpath) = path(&profile, (0..=54).map(|k| [40.0, f64::from(k) * 10.0 - 90.0]));
    assert_eq!(stops.len(), 55);
    let strikes = strikes(&toolpath);
    let c = |motion: &Motion| motion.joints[4];
    let jumps: Vec<f64> =
        strikes.windows(2).map(|pair| (c(&pair[1]) - c(&pair[0])).abs()).filter(|j| *j > 10.1).collect();
    assert!(jumps.len() <= 1, "{jumps:?}");
    assert!(toolpath.motions.iter().all(|motion| (-270.0..=270.0).contains(&c(motion))));
    // Further around there is no way without: greedy turning would unwind as late as it can.
    let (_, toolpath) = path(&profile, (0..=80).map(|k| [40.0, f64::from(k) * 10.0]));
    let turned: f64 = toolpath.motions.windows(2).map(|pair| (c(&pair[1]) - c(&pair[0])).abs()).sum();
    assert!(toolpath.motions.windows(2).all(|pair| (c(&pair[1]) - c(&pair[0])).abs() < 10.1), "in pieces");
    assert!(turned < 800.0 + 4.0 * 360.0, "{turned} degrees");
}

/// A serpentine over the cap around the pole, 1.5 mm from dot to dot.
fn over_the_pole(edge_deg: f64) -> Vec<[f64; 2]> {
    let step_deg = (1.5 / RADIUS_MM).to_degrees();
    let rows = (edge_deg / step_deg) as i32;
    let mut places = Vec::new();
    for row in -rows..=rows {
        for column in -rows..=rows {
            let column = if row % 2 == 0 { column } else { -column };
            let (x, y) = (f64::from(column) * step_deg, f64::from(row) * step_deg + 0.2);
            if x.hypot(y) < edge_deg {
                places.push([x.hypot(y), y.atan2(x).to_degrees()]);
            }
        }
    }
    places
}

#[test]
fn nothing_spins_over_the_pole() {
    for name in ["gantry-xyzbc", "table-xyzac"] {
        let profile = builtin(name).unwrap();
        let (stops, toolpath) = path(&profile, over_the_pole(12.0));
        assert!(stops.len() > 400);
        let swings = toolpath.swings;
        assert!(swings.leaning > 0 && swings.largest_lean_deg <= 2.0 + 1e-9, "{name}: {swings:?}");
        assert!(swings.largest_turn_off_pole_deg < 30.0, "{name}: {swings:?}");
        let strikes = strikes(&toolpath);
        let mut worst: f64 = 0.0;
        for (pair, skin) in strikes.windows(2).zip(stops.windows(2)) {
            let off_pole = skin.iter().all(|stop| pole_distance_deg(&profile, &stop.skin.needle) > 8.0);
            let turn = (pair[1].joints[4] - pair[0].joints[4]).abs();
            if (skin[1].skin.tip - skin[0].skin.tip).norm() < 3.0 {
                assert!(!off_pole || turn < 30.0);
                worst = worst.max(turn);
            }
        }
        assert!((worst - swings.largest_turn_deg).abs() < 1e-9 || worst < swings.largest_turn_deg);
        // Without leaning the rows next to the pole turn by more than a right angle.
        let finding = swings.findings().remove(0);
        assert!(finding.message.contains(&format!("{:.0}°", swings.largest_turn_deg)), "{}", finding.message);
        for (stop, strike) in stops.iter().zip(&strikes) {
            let lean_deg = stop.skin.needle.angle(&strike.pose.needle).to_degrees();
            let near = pole_distance_deg(&profile, &stop.skin.needle) <= 8.0;
            assert!(lean_deg < 1e-5 || near && lean_deg <= 2.0 + 1e-9);
        }
    }
}
