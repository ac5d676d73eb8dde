//! How long a controller takes: trapezoidal moves within the limits of every axis.
//!
//! The block rules are those of the controllers: a move's length is that of its linear part (of its rotary part where
//! nothing else moves), and no axis exceeds its own speed or acceleration (NIST RS274/NGC 2.1.2.5; grbl 1.1
//! `planner.c`). LinuxCNC in exact-path mode stops at every corner; grbl rounds corners by its junction deviation.

use super::{Dialect, Joints, Profile};

/// grbl waits in steps of this, rounded up (`DWELL_TIME_STEP`), s.
const GRBL_DWELL_STEP_S: f64 = 0.05;
/// grbl's default junction deviation (`$11`), mm.
const GRBL_JUNCTION_DEVIATION_MM: f64 = 0.01;
/// Moves shorter than this, mm or degrees, are below any controller's resolution.
const LEAST_LENGTH: f64 = 1e-6;

/// How long the controller waits when asked to wait `dwell_s`, s.
pub fn dwell_s(dialect: Dialect, dwell_s: f64) -> f64 {
    match dialect {
        // A millionth of a step forgives the decimal that has no exact binary form.
        Dialect::Grbl | Dialect::Grblhal => (dwell_s / GRBL_DWELL_STEP_S - 1e-6).ceil().max(0.0) * GRBL_DWELL_STEP_S,
        Dialect::Linuxcnc => dwell_s,
    }
}

/// Time of one rapid from rest to rest, s.
pub fn rapid_s(profile: &Profile, from: &Joints, to: &Joints) -> f64 {
    Block::new(profile, from, to, None).map_or(0.0, |block| block.time_s(0.0, 0.0))
}

/// Adds up the time of a sequence of moves and waits as a controller plans it.
#[derive(Debug)]
pub struct Stopwatch<'a> {
    profile: &'a Profile,
    at: Joints,
    /// Moves since the last standstill.
    moving: Vec<Block>,
    total_s: f64,
}

impl<'a> Stopwatch<'a> {
    /// Starts at rest.
    pub fn new(profile: &'a Profile, at: Joints) -> Self {
        Self { profile, at, moving: Vec::new(), total_s: 0.0 }
    }

    /// A move to `to`: a rapid without `feed_mm_s`.
    pub fn move_to(&mut self, to: &Joints, feed_mm_s: Option<f64>) {
        self.moving.extend(Block::new(self.profile, &self.at, to, feed_mm_s));
        self.at = *to;
        if self.profile.dialect == Dialect::Linuxcnc {
            self.stop();
        }
    }

    /// A wait; the machine comes to rest before it.
    pub fn dwell(&mut self, seconds: f64) {
        self.stop();
        self.total_s += dwell_s(self.profile.dialect, seconds);
    }

    /// Comes to rest and returns the time since the start, s.
    pub fn stop(&mut self) -> f64 {
        self.total_s += look_ahead_s(&self.moving, self.profile);
        self.moving.clear();
        self.total_s
    }
}

/// One move as a planner sees it.
#[derive(Debug, Clone, Copy)]
struct Block {
    /// mm, or degrees where only rotary axes move.
    length: f64,
    /// Largest speed, length/s.
    speed: f64,
    /// Largest acceleration, length/s².
    acceleration: f64,
    /// Change of each axis per length.
    direction: Joints,
}

impl Block {
    fn new(profile: &Profile, from: &Joints, to: &Joints, feed_mm_s: Option<f64>) -> Option<Self> {
        let change = to.map(|axis, position| position - from[axis]);
        let norm = |changes: &[f64]| changes.iter().map(|d| d * d).sum::<f64>().sqrt();
        let (linear, rotary) = change.split_at(change.len().min(3));
        let length = Some(norm(linear)).filter(|l| *l > LEAST_LENGTH).unwrap_or_else(|| norm(rotary));
        if length <= LEAST_LENGTH {
            return None;
        }
        let direction = change.map(|_, d| d / length);
        let limit = |limits: fn(&super::Axis) -> f64| axis_limit(profile, &direction, limits);
        let speed = limit(|axis| axis.max_speed).min(feed_mm_s.unwrap_or(f64::INFINITY));
        Some(Self { length, speed, acceleration: limit(|axis| axis.max_acceleration), direction })
    }

    /// Time with the given speeds at the ends, which the length allows, s.
    fn time_s(&self, entry: f64, exit: f64) -> f64 {
        let a = self.acceleration;
        let peak = self.speed.min((a * self.length + 0.5 * (entry * entry + exit * exit)).sqrt());
        let ramps = (2.0 * peak * peak - entry * entry - exit * exit) / (2.0 * a);
        (2.0 * peak - entry - exit) / a + (self.length - ramps).max(0.0) / peak
    }
}

/// Largest rate along a direction at which no axis exceeds its own limit.
fn axis_limit(profile: &Profile, direction: &Joints, limits: fn(&super::Axis) -> f64) -> f64 {
    let along = profile.axes.iter().zip(direction.iter());
    along.map(|(axis, d)| limits(axis) / d.abs()).fold(f64::INFINITY, f64::min)
}

/// Time of moves from rest to rest, with corners taken as fast as grbl takes them, s.
fn look_ahead_s(moves: &[Block], profile: &Profile) -> f64 {
    let mut entry2: Vec<f64> = std::iter::once(0.0)
        .chain(moves.windows(2).map(|pair| corner_speed2(&pair[0], &pair[1], profile)))
        .chain(std::iter::once(0.0))
        .collect();
    for (i, block) in moves.iter().enumerate().rev() {
        entry2[i] = entry2[i].min(entry2[i + 1] + 2.0 * block.acceleration * block.length);
    }
    for (i, block) in moves.iter().enumerate() {
        entry2[i + 1] = entry2[i + 1].min(entry2[i] + 2.0 * block.acceleration * block.length);
    }
    moves.iter().zip(entry2.windows(2)).map(|(block, ends)| block.time_s(ends[0].sqrt(), ends[1].sqrt())).sum()
}

/// Squared speed at which grbl passes from one move to the next: the speed of a circle that touches both and leaves
/// the corner by the junction deviation.
fn corner_speed2(before: &Block, after: &Block, profile: &Profile) -> f64 {
    let cos: f64 = -before.direction.iter().zip(after.direction.iter()).map(|(a, b)| a * b).sum::<f64>();
    let slower2 = before.speed.min(after.speed).powi(2);
    if cos > 0.999_999 {
        return 0.0;
    }
    if cos < -0.999_999 {
        return slower2;
    }
    let across = after.direction.map(|axis, d| d - before.direction[axis]);
    let norm = across.iter().map(|d| d * d).sum::<f64>().sqrt();
    let acceleration = axis_limit(profile, &across.map(|_, d| d / norm), |axis| axis.max_acceleration);
    let deviation_mm = profile.junction_deviation_mm.unwrap_or(GRBL_JUNCTION_DEVIATION_MM);
    let sin_half = (0.5 * (1.0 - cos)).sqrt();
    (acceleration * deviation_mm * sin_half / (1.0 - sin_half)).min(slower2)
}
