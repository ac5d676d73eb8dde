use rayon::prelude::*;

use super::time::MotionRules;
use super::{Axis, Joints, Pose, Profile, pole_distance_deg, postures, with_tip};
use crate::route::Cost;

/// Most axes that move between dots: X, Y, Z and two that turn. A plunge axis rests at its zero meanwhile.
const AXES: usize = 5;
/// A whole turn, degrees.
const TURN_DEG: f64 = 360.0;
/// Between two dots both nearer to the pole than this the needle may change from one solution to the other, degrees.
const SWAP_DEG: f64 = 25.0;

/// The rig's own time across from above one dot to above the next as the cost of a route, s: the slowest axis decides, and
/// over short ways its acceleration rather than its speed.
///
/// Where two solutions of the rotary axes lead to a dot the nearer one counts, whole turns aside: which of them is taken
/// is decided for the route as a whole when it is known, so this is what that choice can reach at best. Every hop starts
/// and ends at rest. What is the same for all orders is left out (coming down, striking, drawing back), and what hardly
/// differs between them: corners that a controller rounds off above a dot, and the rise of legs that have to clear an ear.
#[derive(Debug, Clone)]
pub struct HopTime {
    limits: AxisLimits,
    places: Vec<Place>,
}

/// How the axes stand above a dot in each of two solutions, the same one twice where there is one only.
#[derive(Debug, Clone, Copy)]
struct Place {
    holds: [[f64; AXES]; 2],
    near_pole: bool,
}

/// Limits of the axes in the form in which a hop needs them: what each takes, per mm or degree.
#[derive(Debug, Clone, Copy)]
struct AxisLimits {
    /// At its largest speed, s.
    slow: [f64; AXES],
    /// At its largest acceleration, s².
    lazy: [f64; AXES],
    /// At its largest jerk, s³; 0 without a limit.
    soft: [f64; AXES],
    /// The same for the tip where a controller limits it as a whole: speed, acceleration, and that of short moves.
    tip: Option<[f64; 3]>,
    /// The axis that may turn around, for which whole turns do not count.
    around: Option<usize>,
}

impl HopTime {
    /// Between places of the tip above the dots, with the rules of the profile's controller. A place that the rig cannot
    /// reach counts as if the tip went there by itself.
    pub fn new(profile: &Profile, above: &[Pose]) -> Self {
        Self::with_rules(profile, &MotionRules::of(profile), above)
    }

    /// The same with the rules of another controller.
    pub fn with_rules(profile: &Profile, rules: &MotionRules, above: &[Pose]) -> Self {
        let limits = AxisLimits::of(profile, rules);
        let places = above.par_iter().map(|pose| Place::of(profile, pose, &limits)).collect();
        Self { limits, places }
    }
}

impl Cost for HopTime {
    #[inline]
    fn cost(&self, a: u32, b: u32) -> f64 {
        let [a, b] = [a, b].map(|number| &self.places[number as usize]);
        let straight = self.limits.hop_s(&a.holds[0], &b.holds[0]);
        if !(a.near_pole && b.near_pole) {
            return straight;
        }
        let hop_s = |i: usize, j: usize| self.limits.hop_s(&a.holds[i], &b.holds[j]);
        straight.min(hop_s(1, 1)).min(hop_s(0, 1).min(hop_s(1, 0)))
    }

    fn renumbered(&self, numbers: &[u32]) -> impl Cost {
        Self { limits: self.limits, places: numbers.iter().map(|&i| self.places[i as usize]).collect() }
    }
}

impl Place {
    fn of(profile: &Profile, above: &Pose, limits: &AxisLimits) -> Self {
        let mut found: Vec<[f64; AXES]> = Vec::new();
        for posture in postures(profile, &above.needle).unwrap_or_default() {
            let Ok(joints) = with_tip(profile, &above.tip, posture.turns) else { continue };
            let hold = limits.hold(&joints);
            // The same solution after a whole turn is not another one.
            let known = found.iter().any(|other| other.iter().zip(&hold).all(|(a, b)| (a - b).abs() < 1e-6));
            if !known {
                found.push(hold);
            }
        }
        let first = found.first().copied().unwrap_or_else(|| {
            let mut hold = [0.0; AXES];
            hold[..Joints::LINEAR].copy_from_slice(above.tip.coords.as_slice());
            hold
        });
        let second = found.get(1).copied().unwrap_or(first);
        let near_pole = found.len() > 1 && pole_distance_deg(profile, &above.needle) < SWAP_DEG;
        Self { holds: [first, second], near_pole }
    }
}

impl AxisLimits {
    fn of(profile: &Profile, rules: &MotionRules) -> Self {
        let moving = profile.kinematics.letters().len();
        let each = |of: &dyn Fn(usize, &Axis) -> f64| {
            let mut values = [0.0; AXES];
            for (index, (value, axis)) in values.iter_mut().zip(&profile.axes).enumerate().take(moving) {
                *value = of(index, axis);
            }
            values
        };
        let turns_around = |axis: &Axis| axis.max - axis.min >= TURN_DEG;
        Self {
            slow: each(&|_, axis| 1.0 / axis.max_speed),
            lazy: each(&|_, axis| 1.0 / axis.max_acceleration),
            soft: each(&|index, _| rules.jerk.and_then(|jerk| Some(1.0 / jerk.get(index)?)).unwrap_or(0.0)),
            tip: rules.tip_limits(profile).map(|limits| limits.map(|limit| 1.0 / limit)),
            around: (Joints::LINEAR..moving).find(|&index| turns_around(&profile.axes[index])),
        }
    }

    fn hold(&self, joints: &Joints) -> [f64; AXES] {
        let mut hold = [0.0; AXES];
        for (value, joint) in hold.iter_mut().zip(joints.iter()) {
            *value = *joint;
        }
        if let Some(axis) = self.around {
            hold[axis] = hold[axis].rem_euclid(TURN_DEG);
        }
        hold
    }

    /// From rest to rest, s.
    #[inline]
    fn hop_s(&self, from: &[f64; AXES], to: &[f64; AXES]) -> f64 {
        let mut ways = [0.0; AXES];
        for (way, (from, to)) in ways.iter_mut().zip(from.iter().zip(to)) {
            *way = (to - from).abs();
        }
        if let Some(axis) = self.around {
            ways[axis] = ways[axis].min(TURN_DEG - ways[axis]);
        }
        // Times at the largest speed and, squared, at the largest acceleration.
        let (mut speed_s, mut ramp_s2) = (0.0_f64, 0.0_f64);
        for ((way, slow), lazy) in ways.iter().zip(&self.slow).zip(&self.lazy) {
            speed_s = speed_s.max(way * slow);
            ramp_s2 = ramp_s2.max(way * lazy);
        }
        let mut calm_s2 = ramp_s2;
        if let Some([slow, lazy, calm]) = self.tip {
            let way = ways[..Joints::LINEAR].iter().map(|way| way * way).sum::<f64>().sqrt();
            speed_s = speed_s.max(way * slow);
            ramp_s2 = ramp_s2.max(way * lazy);
            calm_s2 = ramp_s2.max(way * calm);
        }
        let jolt_s3 = ways.iter().zip(&self.soft).map(|(way, soft)| way * soft).fold(0.0, f64::max);
        if jolt_s3 > 0.0 { softened_s(speed_s, ramp_s2, jolt_s3) } else { trapezoid_s(speed_s, ramp_s2, calm_s2) }
    }
}

/// A way of 1 with a largest speed of `1 / speed_s` and an acceleration of `1 / ramp_s2`; without cruise it runs no faster
/// than `1 / calm_s2` lets it.
#[inline]
fn trapezoid_s(speed_s: f64, ramp_s2: f64, calm_s2: f64) -> f64 {
    let pace_s = speed_s.max(calm_s2.sqrt());
    if pace_s > 0.0 { pace_s + ramp_s2 / pace_s } else { 0.0 }
}

/// The same with a largest jerk of `1 / jolt_s3`: the double S in closed form (L. Biagiotti, C. Melchiorri, "Trajectory
/// Planning for Automatic Machines and Robots", Springer 2008, section 3.4).
fn softened_s(speed_s: f64, ramp_s2: f64, jolt_s3: f64) -> f64 {
    // With v = 1 / speed_s, a = 1 / ramp_s2, j = 1 / jolt_s3.
    let ramp_s = ramp_s2 / speed_s;
    let jolt_s = jolt_s3 / ramp_s2;
    let change_s = if ramp_s >= jolt_s { ramp_s + jolt_s } else { 2.0 * (jolt_s3 / speed_s).sqrt() };
    if change_s <= speed_s {
        speed_s + change_s
    } else if 2.0 * jolt_s * jolt_s <= ramp_s2 {
        jolt_s + (jolt_s * jolt_s + 4.0 * ramp_s2).sqrt()
    } else {
        (32.0 * jolt_s3).cbrt()
    }
}
