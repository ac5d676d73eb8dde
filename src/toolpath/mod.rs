//! Motions: travel, approach, strike, dwell, retract, each leg checked against the scan.

mod arc;
mod build;
mod leg;
mod motion;
mod turning;

pub use build::{Blocked, BuildError, Mode, Stop, build};
pub use motion::{Motion, MotionKind, Toolpath};
pub use turning::Swings;
