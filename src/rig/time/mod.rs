//! How long a controller takes: moves within the limits of every axis, corners and waits by the rules of its family.
//!
//! A move's length is that of its linear part (of its rotary part where nothing else moves), and no axis exceeds its own
//! speed or acceleration (NIST RS274/NGC 2.1.2.5; grbl 1.1 `planner.c`). What is not in here: the way of a line of text
//! to a controller that waits for it, and what an operator takes at a stop.

mod block;
mod look_ahead;
mod ramp;
mod rules;
mod stopwatch;

pub use rules::{Corners, Limits, MotionRules};
pub use stopwatch::Stopwatch;

use super::{Dialect, Joints, Profile};
use block::Block;

/// How long the controller waits when asked to wait `dwell_s`, s.
pub fn dwell_s(dialect: Dialect, dwell_s: f64) -> f64 {
    MotionRules::of_dialect(dialect).wait_s(dwell_s)
}

/// Time of one rapid from rest to rest, s.
pub fn rapid_s(profile: &Profile, from: &Joints, to: &Joints) -> f64 {
    Block::new(profile, &MotionRules::of(profile), from, to, None).map_or(0.0, |block| block.time_s(0.0, 0.0))
}

/// Time of moves in a row, each from, to and at a feed (a rapid without one), from rest to rest, s.
pub(super) fn hop_s<const N: usize>(
    profile: &Profile,
    rules: &MotionRules,
    legs: &[(Joints, Joints, Option<f64>); N],
) -> f64 {
    let Some((start, ..)) = legs.first() else { return 0.0 };
    let mut stopwatch = Stopwatch::with_rules(profile, *rules, *start);
    for (_, to, feed_mm_s) in legs {
        stopwatch.move_to(to, *feed_mm_s);
    }
    stopwatch.stop()
}

/// Time that the slowest axis takes at its largest speed all the way, which no controller can fall below, s.
pub(super) fn slowest_axis_s(profile: &Profile, from: &Joints, to: &Joints) -> f64 {
    let each = profile.axes.iter().zip(from.iter().zip(to.iter()));
    each.map(|(axis, (from, to))| (to - from).abs() / axis.max_speed).fold(0.0, f64::max)
}
