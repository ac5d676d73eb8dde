use super::block::{Block, norm, rate_limit, tip_limit};
use super::rules::{Corners, MotionRules};
use crate::rig::Profile;

/// Cosine from which on a corner counts as none, or as a way straight back (grbl 1.1 `planner.c`).
const STRAIGHT: f64 = 0.999_999;

/// Time of each of the moves from rest to rest, s.
pub(super) fn moves_s(moves: &[Block], profile: &Profile, rules: &MotionRules) -> Vec<f64> {
    let corners = moves.windows(2).map(|pair| corner_speed(&pair[0], &pair[1], profile, rules));
    let mut speeds: Vec<f64> = std::iter::once(0.0).chain(corners).chain(std::iter::once(0.0)).collect();
    within_reach(&mut speeds, moves, |block, speed| block.ramp.reach(speed, block.length));
    if rules.cruise_share > 0.0 {
        return calmed_s(moves, &speeds, (1.0 - rules.cruise_share) * tip_limit(profile, |axis| axis.max_acceleration));
    }
    moves.iter().zip(speeds.windows(2)).map(|(block, ends)| block.time_s(ends[0], ends[1])).collect()
}

/// Lowers speeds at the ends of moves until each can be reached from its neighbours.
fn within_reach(speeds: &mut [f64], moves: &[Block], reach: impl Fn(&Block, f64) -> f64) {
    for (i, block) in moves.iter().enumerate().rev() {
        speeds[i] = speeds[i].min(reach(block, speeds[i + 1]));
    }
    for (i, block) in moves.iter().enumerate() {
        speeds[i + 1] = speeds[i + 1].min(reach(block, speeds[i]));
    }
}

/// Time of each of the moves with the given speeds at their ends, none of which runs faster than the nearest peak that is reached
/// with no more than `calm_acceleration` (Klipper's `LookAheadQueue`), s.
fn calmed_s(moves: &[Block], speeds: &[f64], calm_acceleration: f64) -> Vec<f64> {
    let gained2 = |block: &Block| 2.0 * block.ramp.acceleration.min(calm_acceleration) * block.length;
    let mut calm = speeds.to_vec();
    within_reach(&mut calm, moves, |block, speed| (speed * speed + gained2(block)).sqrt());
    let peak = |i: usize| {
        let middle2 = 0.5 * (calm[i].powi(2) + calm[i + 1].powi(2) + gained2(&moves[i]));
        moves[i].speed.min(middle2.sqrt())
    };
    // The moves before a peak are bound by it as far as they only speed up, those after it as far as they only slow down.
    let only = |from: f64, to: f64, block: &Block| to * to - from * from > gained2(block) * (1.0 - 1e-9);
    let mut cruise: Vec<f64> = (0..moves.len()).map(peak).collect();
    for i in (0..moves.len().saturating_sub(1)).rev() {
        if only(calm[i], calm[i + 1], &moves[i]) {
            cruise[i] = cruise[i + 1];
        }
    }
    for i in 1..moves.len() {
        if only(calm[i + 1], calm[i], &moves[i]) {
            cruise[i] = cruise[i - 1].min(speeds[i]);
        }
    }
    let time_s = |(i, block): (usize, &Block)| {
        let cruise = cruise[i].min(block.speed);
        block.time_below_s(speeds[i].min(cruise), speeds[i + 1].min(cruise), cruise)
    };
    moves.iter().enumerate().map(time_s).collect()
}

/// Speed at which a controller passes from one move to the next.
fn corner_speed(before: &Block, after: &Block, profile: &Profile, rules: &MotionRules) -> f64 {
    let slower = before.speed.min(after.speed);
    match rules.corners {
        Corners::Stop => 0.0,
        Corners::Deviation { deviation_mm } => {
            let [size, next_size] = [before, after].map(|block| norm(&block.direction));
            let cos = -dot(&before.direction, &after.direction) / (size * next_size);
            if cos > STRAIGHT {
                return 0.0;
            }
            if cos < -STRAIGHT {
                return slower;
            }
            let across = after.direction.map(|axis, d| d / next_size - before.direction[axis] / size);
            let along = norm(&across);
            let acceleration = rate_limit(profile, rules, &across.map(|_, d| d / along), |axis| axis.max_acceleration);
            // The circle is run by all axes; speeds here are those of the linear part.
            ((acceleration * deviation_mm * circle(cos)).sqrt() / size.max(next_size)).min(slower)
        }
        Corners::Square { speed_mm_s, rotary_deg_s } => {
            let ((way, turn), (next_way, next_turn)) = (before.parts(), after.parts());
            if dot(way, way) == 0.0 || dot(next_way, next_way) == 0.0 {
                return 0.0;
            }
            let cos = -dot(way, next_way);
            let turned = turn.iter().zip(next_turn).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            let slower = slower.min(rotary_deg_s / turned);
            if cos < -STRAIGHT {
                return slower;
            }
            // The deviation that gives this speed at a right angle; the circle touches no move beyond its middle.
            let deviation = |a: f64| speed_mm_s.powi(2) * (std::f64::consts::SQRT_2 - 1.0) / a;
            let half_tan = (0.5 * (1.0 - cos)).sqrt() / (0.5 * (1.0 + cos)).sqrt();
            let bound2 = |block: &Block| {
                let a = block.ramp.acceleration;
                (a * deviation(a) * circle(cos)).min(0.5 * a * block.length * half_tan)
            };
            bound2(before).min(bound2(after)).sqrt().min(slower)
        }
    }
}

/// Radius, per deviation, of the circle that touches both sides of a corner and leaves it by the deviation.
pub(super) fn circle(cos: f64) -> f64 {
    let sin_half = (0.5 * (1.0 - cos)).max(0.0).sqrt();
    sin_half / (1.0 - sin_half)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
