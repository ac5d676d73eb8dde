//! Ways between dots.

use nalgebra::Rotation3;
use tonsure::geometry::{Placement, Point, Vector};
use tonsure::mesh::{SurfaceIndex, TriMesh};
use tonsure::rig::{Pose, Profile};
use tonsure::toolpath::{Mode, Motion, MotionKind, Stop, Toolpath, build};

use super::{ball_with_ears, reached, rig, scattered};

fn path(profile: &Profile, count: u32, polar_deg: f64, mode: Mode) -> (Vec<Stop>, Toolpath) {
    let (mesh, mesh_to_rig) = ball_with_ears();
    let scan = SurfaceIndex::build(&mesh);
    let stops = reached(&scattered(count, polar_deg, &mesh_to_rig, 5), profile, &mesh_to_rig, &scan);
    let toolpath = build(&stops, profile, &mesh_to_rig, &scan, mode).unwrap();
    (stops, toolpath)
}

/// The needle at share `t` of a move, by a formula of this test's own: u turned from z by B about y, then A about x.
fn pose_between(profile: &Profile, from: &Motion, to: &Motion, t: f64) -> (Point, Vector) {
    let q: Vec<f64> = from.joints.iter().zip(to.joints.iter()).map(|(a, b)| a + (b - a) * t).collect();
    let angle = |axis: usize| q.get(axis).copied().unwrap_or(0.0).to_radians();
    let turn = Rotation3::from_axis_angle(&Vector::x_axis(), angle(3))
        * Rotation3::from_axis_angle(&Vector::y_axis(), angle(4));
    let needle = turn * Vector::z();
    let pivot = Point::new(q[0], q[1], q[2] + profile.pivot_to_tip_mm);
    (pivot - needle * profile.pivot_to_tip_mm, needle)
}

/// Asks the closest point of the scan every 0.2 mm of the way.
fn check_clearance(profile: &Profile, toolpath: &Toolpath, exempt: impl Fn(&Motion) -> bool) {
    let (mesh, mesh_to_rig) = ball_with_ears();
    let scan = SurfaceIndex::build(&mesh);
    let to_mesh = mesh_to_rig.inverse();
    let distance = |p: Point| scan.closest(&to_mesh.point(&p)).unwrap().distance_mm;
    let holder = profile.holder;
    for pair in toolpath.motions.windows(2) {
        let (a, b) = (&pair[0], &pair[1]);
        let way_mm = (a.pose.tip - b.pose.tip).norm().max((a.pose.needle - b.pose.needle).norm() * 100.0);
        let steps = (way_mm / 0.2).ceil().max(1.0) as usize;
        for step in 0..=steps {
            let (tip, needle) = pose_between(profile, a, b, step as f64 / steps as f64);
            if !exempt(b) {
                assert!(distance(tip) >= profile.clearance_mm, "{:?}: tip at {}", b.kind, distance(tip));
            }
            if step % 5 == 0 {
                for k in 0..=8 {
                    let at = holder.from_tip_mm + (holder.to_tip_mm - holder.from_tip_mm) * f64::from(k) / 8.0;
                    let gap = distance(tip + needle * at) - holder.radius_mm;
                    assert!(gap >= profile.clearance_mm, "{:?}: holder at {gap}", b.kind);
                }
            }
        }
    }
}

fn is_stroke(motion: &Motion) -> bool {
    matches!(motion.kind, MotionKind::Strike | MotionKind::Dwell { .. } | MotionKind::Retract)
}

#[test]
fn ways_keep_the_clearance() {
    for (name, count, polar_deg) in [("gantry-xyz", 60, 20.0), ("gantry-xyzab", 60, 100.0)] {
        let profile = rig(name);
        let (_, toolpath) = path(&profile, count, polar_deg, Mode::Treat);
        let heights = toolpath.heights;
        assert!(heights.raised + heights.arcs > 0, "{name}: the test needs legs that rise");
        check_clearance(&profile, &toolpath, is_stroke);
    }
}

#[test]
fn dry_runs_keep_the_clearance_everywhere() {
    for (name, polar_deg) in [("gantry-xyz", 20.0), ("gantry-xyzab", 100.0)] {
        let profile = rig(name);
        let (stops, toolpath) = path(&profile, 40, polar_deg, Mode::Air);
        assert_eq!(toolpath.strikes, stops.len());
        check_clearance(&profile, &toolpath, |_| false);
        let drives = |m: &Motion| matches!(m.kind, MotionKind::NeedleOn | MotionKind::NeedleOff);
        assert!(!toolpath.motions.iter().any(drives));
    }
}

#[test]
fn strokes_run_along_the_needle_to_the_depth() {
    let profile = rig("gantry-xyzab");
    let (stops, toolpath) = path(&profile, 80, 100.0, Mode::Treat);
    let strikes: Vec<usize> =
        (0..toolpath.motions.len()).filter(|&i| toolpath.motions[i].kind == MotionKind::Strike).collect();
    assert_eq!(strikes.len(), stops.len());
    for (stop, &i) in stops.iter().zip(&strikes) {
        let [before, strike, dwell, retract] = [i - 1, i, i + 1, i + 2].map(|k| toolpath.motions[k]);
        assert_eq!(strike.dot, Some(stop.dot));
        assert!((strike.pose.tip - (stop.skin.tip - stop.skin.needle * stop.depth_mm)).norm() < 1e-9);
        assert!((before.pose.tip - (stop.skin.tip + stop.skin.needle * profile.approach_mm)).norm() < 1e-9);
        assert_eq!(dwell.kind, MotionKind::Dwell { seconds: stop.dwell_s });
        assert_eq!((retract.kind, retract.joints), (MotionKind::Retract, before.joints));
        assert!(before.joints[3..] == strike.joints[3..]);
    }
}

#[test]
fn programs_start_and_end_at_the_park_place_with_the_needle_off() {
    let profile = rig("gantry-xyzab");
    let (_, toolpath) = path(&profile, 5, 50.0, Mode::Treat);
    let kinds: Vec<_> = toolpath.motions.iter().map(|m| m.kind).collect();
    assert_eq!(kinds[..2], [MotionKind::Start, MotionKind::NeedleOn]);
    let off = kinds.iter().position(|k| *k == MotionKind::NeedleOff).unwrap();
    assert_eq!(kinds[off - 1], MotionKind::Retract);
    assert!(kinds[off + 1..].iter().all(|k| *k == MotionKind::Travel));
    for end in [toolpath.motions.first().unwrap(), toolpath.motions.last().unwrap()] {
        assert_eq!(end.pose.tip, Point::from(Vector::from(profile.park_mm)));
        assert_eq!(&end.joints[3..], &[0.0, 0.0]);
    }
}

#[test]
fn no_move_turns_far() {
    let (_, toolpath) = path(&rig("gantry-xyzab"), 200, 100.0, Mode::Treat);
    for pair in toolpath.motions.windows(2) {
        let turn = pair[0].joints.iter().zip(pair[1].joints.iter()).skip(3).map(|(a, b)| (b - a).abs());
        assert!(turn.fold(0.0, f64::max) <= 10.0 + 1e-9);
    }
}

#[test]
fn threads_do_not_matter() {
    let profile = rig("gantry-xyzab");
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| path(&profile, 100, 90.0, Mode::Treat))
    };
    assert_eq!(with(1), with(4));
}

#[test]
fn dots_out_of_reach_are_an_error_that_names_them() {
    let (mesh, mesh_to_rig) = ball_with_ears();
    let profile = rig("gantry-xyzab");
    let scan = SurfaceIndex::build(&mesh);
    let mut stops = reached(&scattered(5, 40.0, &mesh_to_rig, 5), &profile, &mesh_to_rig, &scan);
    stops[3].skin.tip.x += 500.0;
    stops[3].dot = 77;
    let text = build(&stops, &profile, &mesh_to_rig, &scan, Mode::Treat).unwrap_err().to_string();
    assert!(text.contains("dot 77: axis X would have to go to"), "{text}");
    // Pressed into the head: the holder has no room.
    stops[3].skin = Pose { tip: stops[2].skin.tip - stops[2].skin.needle * 40.0, ..stops[2].skin };
    let text = build(&stops, &profile, &mesh_to_rig, &scan, Mode::Treat).unwrap_err().to_string();
    assert!(text.contains("dot 77: the head in the way"), "{text}");
}

#[test]
fn a_wall_between_dots_is_an_error_and_not_a_way() {
    let profile = rig("gantry-xyz");
    // A floor, and a wall on it that is higher than the rig can lift.
    let corners = [[-150.0, -150.0], [150.0, -150.0], [150.0, 150.0], [-150.0, 150.0]];
    let mut vertices: Vec<_> = corners.iter().map(|c| Point::new(c[0], c[1], 50.0)).collect();
    let wall = [[0.0, -900.0, 0.0], [0.0, 900.0, 0.0], [0.0, 900.0, 900.0], [0.0, -900.0, 900.0]];
    vertices.extend(wall.map(Point::from));
    let mesh = TriMesh::new(vertices, vec![[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]]).unwrap();
    let scan = SurfaceIndex::build(&mesh);
    let stop =
        |dot: u32, x: f64| Stop { dot, skin: Pose::upright(Point::new(x, 0.0, 50.0)), depth_mm: 0.5, dwell_s: 0.05 };
    let mut parked = profile.clone();
    parked.park_mm = [50.0, 0.0, 200.0];
    let walk = |stops: &[Stop]| build(stops, &parked, &Placement::IDENTITY, &scan, Mode::Treat);
    assert!(walk(&[stop(1, 40.0), stop(2, 60.0)]).is_ok());
    let text = walk(&[stop(1, 40.0), stop(2, -40.0), stop(3, -30.0)]).unwrap_err().to_string();
    assert!(text.contains("dot 2: no way") && text.contains("dot 3: no way"), "{text}");
}

#[test]
fn needle_and_holder_go_over_a_bar_under_which_the_tip_would_fit() {
    let profile = rig("gantry-xyz");
    for bar_mm in [9.6, 30.0] {
        let z = 50.0 + bar_mm;
        let mut vertices = vec![Point::new(-150.0, -150.0, 50.0), Point::new(150.0, -150.0, 50.0)];
        vertices.extend([Point::new(150.0, 150.0, 50.0), Point::new(-150.0, 150.0, 50.0)]);
        vertices.extend([Point::new(0.0, -40.0, z), Point::new(0.0, 40.0, z), Point::new(0.2, 0.0, z)]);
        let mesh = TriMesh::new(vertices, vec![[0, 1, 2], [0, 2, 3], [4, 6, 5]]).unwrap();
        let stop = |dot: u32, x: f64| Stop {
            dot,
            skin: Pose::upright(Point::new(x, 0.0, 50.0)),
            depth_mm: 0.5,
            dwell_s: 0.05,
        };
        let scan = SurfaceIndex::build(&mesh);
        let stops = [stop(1, -20.0), stop(2, 20.0)];
        let toolpath = build(&stops, &profile, &Placement::IDENTITY, &scan, Mode::Treat).unwrap();
        let crossing = toolpath.motions.windows(2).find(|pair| pair[0].pose.tip.x < 0.0 && pair[1].pose.tip.x > 0.0);
        let [before, after] = [0, 1].map(|end| crossing.unwrap()[end].pose.tip);
        let height = before.z + (after.z - before.z) * before.x / (before.x - after.x);
        assert!(height >= z + profile.clearance_mm && height < z + 40.0, "{height} over a bar at {z}");
    }
}
