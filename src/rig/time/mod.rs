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

pub(super) use rules::StrokeCorner;
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
