//! Programs of five-axis rigs, judged by the second opinion and by another controller's interpreter.

use super::*;
use crate::verify::{job, job_on};

#[test]
fn the_second_opinion_passes_every_kind() {
    for name in ["gantry-xyzbc", "table-xyzac"] {
        job(name, 40.0).both_pass();
    }
}

/// The same rig told otherwise: what is changed in the profile but not in the program has to be seen.
#[test]
fn the_second_opinion_has_kinematics_of_its_own() {
    let other = |change: &dyn Fn(&mut Profile)| {
        let mut job = job("table-xyzac", 40.0);
        change(&mut job.plan.rig);
        job.is_refused("P18");
    };
    other(&|rig| rig.axes[3].centre_mm[2] += 0.5);
    other(&|rig| rig.axes[4].centre_mm[0] += 0.5);
    other(&|rig| rig.axes[3].zero += 0.1);
    other(&|rig| rig.axes[4].direction = tonsure::rig::Direction::Negative);
    other(&|rig| rig.rotaries = tonsure::rig::Rotaries::HeadTable);
}

fn fast() -> Profile {
    profile(|v| {
        for axis in 0..5 {
            v["axes"][axis]["max_speed"] = json!(300);
            v["axes"][axis]["max_acceleration"] = json!(3000);
        }
    })
}

#[test]
fn the_second_opinion_sees_a_tip_above_its_cap() {
    let mut job = job_on(fast(), 60.0);
    job.both_pass();
    job.plan.rig.speeds.cap_mm_s = 100.0;
    job.is_refused("P10");
}

#[test]
fn fast_axes_are_slowed_to_the_cap_in_inverse_time() {
    let profile = fast();
    let (_, toolpath) = path(&profile, [[10.0, 0.0], [50.0, 40.0], [30.0, 200.0], [60.0, 300.0]]);
    let slowed = toolpath.motions.iter().filter(|motion| motion.least_s.is_some()).count();
    assert!(slowed > 5, "{slowed}");
    for pair in toolpath.motions.windows(2).filter(|pair| pair[1].kind == MotionKind::Travel) {
        let fastest_s = (profile.axes.iter().zip(pair[0].joints.iter().zip(pair[1].joints.iter())))
            .map(|(axis, (a, b))| (b - a).abs() / axis.max_speed)
            .fold(0.0, f64::max);
        let seconds = pair[1].least_s.unwrap_or(fastest_s);
        assert!(seconds >= fastest_s);
        // The tip's way in a hundred pieces.
        let tip = |k: u32| forward(&profile, &pair[0].joints.lerp(&pair[1].joints, f64::from(k) / 100.0)).tip;
        let fastest = (0..100).map(|k| (tip(k + 1) - tip(k)).norm() * 100.0 / seconds).fold(0.0, f64::max);
        assert!(seconds == 0.0 || fastest <= profile.speeds.cap_mm_s * (1.0 + 1e-6), "{fastest} mm/s");
    }
    // Time follows the program.
    let mut free = toolpath.clone();
    free.motions.iter_mut().for_each(|motion| motion.least_s = None);
    assert!(toolpath.time_s(&profile) > free.time_s(&profile));
}
