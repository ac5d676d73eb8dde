use rayon::prelude::*;

use super::time::{MotionRules, StrokeCorner};
use super::{Axis, Joints, Pose, Profile, pole_distance_deg, postures, with_tip};
use crate::route::Cost;

/// Most axes that move between dots: X, Y, Z and two that turn. A plunge axis rests at its zero meanwhile.
const AXES: usize = 5;
/// Holds nearer than this are the same, s².
const SAME_S2: f64 = 1e-9;
/// A whole turn, degrees.
const TURN_DEG: f64 = 360.0;
/// Between two dots both nearer to the pole than this the needle may change from one solution to the other, degrees.
const SWAP_DEG: f64 = 25.0;

/// The rig's own time across from above one dot to above the next as the cost of a route, s: the slowest axis decides, and
/// over short ways its acceleration rather than its speed.
///
/// Where two solutions of the rotary axes lead to a dot the nearer one counts, whole turns aside: which of them is taken
/// is decided for the route as a whole when it is known, so this is what that choice can reach at best. A hop starts and
/// ends at rest or, on controllers that round corners by a deviation, at the speed with which they pass the right angle
/// between a hop and a stroke. What is the same for all orders is left out (coming down, striking, drawing back), and what
/// hardly differs between them: the rise of legs that have to clear an ear, and Klipper's corners, which rotary axes hold
/// down to a millimetre a second.
#[derive(Debug, Clone)]
pub struct HopTime {
    limits: AxisLimits,
    places: Vec<Place>,
    /// The other solutions of the places that have one to change to.
    others: Vec<Hold>,
}

/// How the axes stand, each position divided by the largest acceleration of its axis: differences are squares of times, s².
type Hold = [f64; AXES];

/// How the axes stand above a dot.
#[derive(Debug, Clone, Copy)]
struct Place {
    hold: Hold,
    /// Where the other solution is; [`NONE`] where there is none, or the pole is far.
    other: u32,
}

/// No other solution.
const NONE: u32 = u32::MAX;

/// Limits of the axes in the form in which a hop needs them.
#[derive(Debug, Clone, Copy)]
struct AxisLimits {
    /// Largest acceleration, mm/s² or degrees/s²; 1 of axes that do not move.
    acceleration: [f64; AXES],
    /// The same by the largest speed, 1/s.
    per_speed: [f64; AXES],
    /// The same by the largest jerk, s; 0 without a limit.
    per_jerk: [f64; AXES],
    /// A whole turn of each rotary axis as in holds, s²; infinite for one that cannot turn around.
    turn_s2: [f64; 2],
    /// The tip's limits where a controller limits it as a whole: speed, acceleration, and that of short moves.
    tip: Option<[f64; 3]>,
    /// What decides on the speed at the corners between hop and stroke; none where the machine stops there.
    corner: Option<StrokeCorner>,
    /// Up to here no axis reaches its largest speed, and acceleration alone decides, s²; 0 where more has a say.
    short_s2: f64,
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
        let solved: Vec<_> = above.par_iter().map(|pose| limits.solutions(profile, pose)).collect();
        let mut others = Vec::new();
        let place = |(hold, other): (Hold, Option<Hold>)| {
            let number = others.len() as u32;
            others.extend(other);
            Place { hold, other: other.map_or(NONE, |_| number) }
        };
        Self { limits, places: solved.into_iter().map(place).collect(), others }
    }
}

impl Cost for HopTime {
    #[inline]
    fn cost(&self, a: u32, b: u32) -> f64 {
        let [a, b] = [a, b].map(|number| &self.places[number as usize]);
        let straight = self.limits.hop_s(&a.hold, &b.hold);
        if a.other.max(b.other) == NONE {
            return straight;
        }
        let [other_a, other_b] = [a, b].map(|place| &self.others[place.other as usize]);
        let hop_s = |from: &Hold, to: &Hold| self.limits.hop_s(from, to);
        straight.min(hop_s(other_a, other_b)).min(hop_s(&a.hold, other_b).min(hop_s(other_a, &b.hold)))
    }

    fn renumbered(&self, numbers: &[u32]) -> impl Cost {
        let places = numbers.iter().map(|&i| self.places[i as usize]).collect();
        Self { limits: self.limits, places, others: self.others.clone() }
    }
}

impl AxisLimits {
    fn of(profile: &Profile, rules: &MotionRules) -> Self {
        let moving = profile.kinematics.letters().len();
        let each = |still: f64, of: &dyn Fn(usize, &Axis) -> f64| {
            let mut values = [still; AXES];
            for (index, (value, axis)) in values.iter_mut().zip(&profile.axes).enumerate().take(moving) {
                *value = of(index, axis);
            }
            values
        };
        let acceleration = each(1.0, &|_, axis| axis.max_acceleration);
        let per_jerk = |index: usize, axis: &Axis| {
            let jerk = rules.jerk.and_then(|jerk| jerk.get(index).copied());
            jerk.map_or(0.0, |jerk| axis.max_acceleration / jerk)
        };
        let turn_s2 = [Joints::LINEAR, Joints::LINEAR + 1].map(|index| match profile.axes.get(index) {
            Some(axis) if index < moving && axis.max - axis.min >= TURN_DEG => TURN_DEG / axis.max_acceleration,
            _ => f64::INFINITY,
        });
        let tip = rules.tip_limits(profile);
        let ramp_s2 = |axis: &Axis| (axis.max_speed / axis.max_acceleration).powi(2);
        let by_acceleration = tip.is_none() && rules.jerk.is_none();
        let short_s2 = profile.axes.iter().take(moving).map(ramp_s2).fold(f64::INFINITY, f64::min);
        Self {
            acceleration,
            per_speed: each(0.0, &|_, axis| axis.max_acceleration / axis.max_speed),
            per_jerk: each(0.0, &per_jerk),
            turn_s2,
            tip,
            corner: rules.stroke_corner(profile).filter(|_| by_acceleration),
            short_s2: if by_acceleration { short_s2 } else { 0.0 },
        }
    }

    /// How the axes stand above a dot, and in the other solution where both ends of a hop may be near enough to the pole
    /// to change to it.
    fn solutions(&self, profile: &Profile, above: &Pose) -> (Hold, Option<Hold>) {
        let mut found: Vec<Hold> = Vec::new();
        for posture in postures(profile, &above.needle).unwrap_or_default() {
            let Ok(joints) = with_tip(profile, &above.tip, posture.turns) else { continue };
            let hold = self.hold(&joints);
            // The same solution after a whole turn is not another one.
            let known = found.iter().any(|other| other.iter().zip(&hold).all(|(a, b)| (a - b).abs() < SAME_S2));
            if !known {
                found.push(hold);
            }
        }
        let by_itself = || self.hold(&Joints::new([above.tip.x, above.tip.y, above.tip.z]));
        let first = found.first().copied().unwrap_or_else(by_itself);
        let near_pole = pole_distance_deg(profile, &above.needle) < SWAP_DEG;
        (first, found.get(1).copied().filter(|_| near_pole))
    }

    fn hold(&self, joints: &Joints) -> Hold {
        let mut hold = [0.0; AXES];
        for ((value, joint), acceleration) in hold.iter_mut().zip(joints.iter()).zip(self.acceleration) {
            *value = joint / acceleration;
        }
        for (value, turn_s2) in hold[Joints::LINEAR..].iter_mut().zip(self.turn_s2) {
            if turn_s2.is_finite() {
                *value = value.rem_euclid(turn_s2);
            }
        }
        hold
    }

    /// Across, s.
    #[inline]
    fn hop_s(&self, from: &Hold, to: &Hold) -> f64 {
        let [x, y, z, a, b] = [0, 1, 2, 3, 4].map(|axis: usize| (to[axis] - from[axis]).abs());
        let [a, b] = [a.min(self.turn_s2[0] - a), b.min(self.turn_s2[1] - b)];
        let ways_s2 = [x, y, z, a, b];
        let ramp_s2 = x.max(y).max(z).max(a).max(b);
        let enter_s = match self.corner {
            Some(corner) if ramp_s2 > 0.0 => corner.enter_s(self.way(&ways_s2, AXES) / ramp_s2),
            _ => 0.0,
        };
        let peak_s2 = ramp_s2 + enter_s * enter_s;
        if peak_s2 <= self.short_s2 {
            return 2.0 * (peak_s2.sqrt() - enter_s);
        }
        self.long_hop_s(&ways_s2, ramp_s2, enter_s)
    }

    /// The same where a largest speed, a jerk or limits of the tip may have a say. `enter_s` is the time of speeding up to
    /// the corner's speed.
    fn long_hop_s(&self, ways_s2: &Hold, mut ramp_s2: f64, enter_s: f64) -> f64 {
        let most = |per: &[f64; AXES]| ways_s2.iter().zip(per).map(|(way, per)| way * per).fold(0.0, f64::max);
        let mut speed_s = most(&self.per_speed);
        let mut calm_s2 = ramp_s2;
        if let Some([speed, acceleration, calm]) = self.tip {
            let way = self.way(ways_s2, Joints::LINEAR);
            speed_s = speed_s.max(way / speed);
            ramp_s2 = ramp_s2.max(way / acceleration);
            calm_s2 = ramp_s2.max(way / calm);
        }
        let jolt_s3 = most(&self.per_jerk);
        if jolt_s3 > 0.0 {
            return softened_s(speed_s, ramp_s2, jolt_s3);
        }
        if enter_s > 0.0 { entered_s(speed_s, ramp_s2, enter_s) } else { trapezoid_s(speed_s, ramp_s2, calm_s2) }
    }

    /// Length of a way along the first axes, mm and degrees.
    #[inline]
    fn way(&self, ways_s2: &Hold, axes: usize) -> f64 {
        let ways = ways_s2.iter().zip(&self.acceleration).take(axes).map(|(way, acceleration)| way * acceleration);
        ways.map(|way| way * way).sum::<f64>().sqrt()
    }
}

/// A way of 1 with a largest speed of `1 / speed_s` and an acceleration of `1 / ramp_s2`; without cruise it runs no faster
/// than `1 / calm_s2` lets it.
fn trapezoid_s(speed_s: f64, ramp_s2: f64, calm_s2: f64) -> f64 {
    let pace_s = speed_s.max(calm_s2.sqrt());
    if pace_s > 0.0 { pace_s + ramp_s2 / pace_s } else { 0.0 }
}

/// The same, started and ended with the speed that is reached in `enter_s`.
fn entered_s(speed_s: f64, ramp_s2: f64, enter_s: f64) -> f64 {
    let (peak_s, top_s) = ((ramp_s2 + enter_s * enter_s).sqrt(), ramp_s2 / speed_s);
    if peak_s <= top_s {
        2.0 * (peak_s - enter_s)
    } else {
        let enter_s = enter_s.min(top_s);
        speed_s + top_s - enter_s * (2.0 - enter_s / top_s)
    }
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
