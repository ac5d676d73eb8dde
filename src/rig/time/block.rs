use super::ramp::Ramp;
use super::rules::{Limits, MotionRules};
use crate::rig::{Axis, Joints, Profile};

/// Moves shorter than this, mm or degrees, are below any controller's resolution.
const LEAST_LENGTH: f64 = 1e-6;
/// Axes that move in mm; the others turn.
const LINEAR: usize = 3;

/// One move as a planner sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    /// mm, or degrees where only rotary axes move.
    pub(super) length: f64,
    /// Largest speed, length/s.
    pub(super) speed: f64,
    /// How fast speed may change.
    pub(super) ramp: Ramp,
    /// Change of each axis per length.
    pub(super) direction: Joints,
}

impl Block {
    /// A move at `feed_mm_s`, or as fast as the axes can; `None` for one that goes nowhere.
    pub(super) fn new(
        profile: &Profile,
        rules: &MotionRules,
        from: &Joints,
        to: &Joints,
        feed_mm_s: Option<f64>,
    ) -> Option<Self> {
        let change = to.map(|axis, position| position - from[axis]);
        let (linear, rotary) = change.split_at(change.len().min(LINEAR));
        let length = Some(norm(linear)).filter(|l| *l > LEAST_LENGTH).unwrap_or_else(|| norm(rotary));
        if length <= LEAST_LENGTH {
            return None;
        }
        let direction = change.map(|_, d| d / length);
        let limit = |limit: fn(&Axis) -> f64| rate_limit(profile, rules, &direction, limit);
        let jerk = rules.jerk.map_or(f64::INFINITY, |jerk| {
            let along = jerk.iter().zip(direction.iter());
            along.map(|(most, d)| most / d.abs()).fold(f64::INFINITY, f64::min)
        });
        Some(Self {
            length,
            speed: limit(|axis| axis.max_speed).min(feed_mm_s.unwrap_or(f64::INFINITY)),
            ramp: Ramp { acceleration: limit(|axis| axis.max_acceleration), jerk },
            direction,
        })
    }

    /// The way along the linear axes per length, and along the rotary ones.
    pub(super) fn parts(&self) -> (&[f64], &[f64]) {
        self.direction.split_at(self.direction.len().min(LINEAR))
    }

    /// Time with the given speeds at the ends, which the length allows, s.
    pub(super) fn time_s(&self, entry: f64, exit: f64) -> f64 {
        self.time_below_s(entry, exit, self.speed)
    }

    /// The same with no speed above `cruise`, s.
    pub(super) fn time_below_s(&self, entry: f64, exit: f64, cruise: f64) -> f64 {
        let ramp = self.ramp;
        let peak = cruise.min(ramp.peak(entry, exit, self.length));
        let ramps = ramp.length(entry, peak) + ramp.length(peak, exit);
        ramp.time_s(entry, peak) + ramp.time_s(peak, exit) + (self.length - ramps).max(0.0) / peak
    }
}

/// Length of a change of several axes.
pub(super) fn norm(change: &[f64]) -> f64 {
    change.iter().map(|d| d * d).sum::<f64>().sqrt()
}

/// Largest rate along a direction, per length, at which no limit is exceeded.
pub(super) fn rate_limit(profile: &Profile, rules: &MotionRules, direction: &Joints, limit: fn(&Axis) -> f64) -> f64 {
    let own = profile.axes.iter().zip(direction.iter());
    let own = own.map(|(axis, d)| limit(axis) / d.abs()).fold(f64::INFINITY, f64::min);
    let linear = norm(&direction[..direction.len().min(LINEAR)]);
    match rules.limits {
        Limits::Tip if linear > 0.0 => own.min(tip_limit(profile, limit) / linear),
        _ => own,
    }
}

/// What binds the tip as a whole where a controller has one limit for it: that of the slower of X and Y.
pub(super) fn tip_limit(profile: &Profile, limit: fn(&Axis) -> f64) -> f64 {
    profile.axes.iter().take(2).map(limit).fold(f64::INFINITY, f64::min)
}
