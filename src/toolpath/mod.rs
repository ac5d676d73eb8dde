//! Motions: travel, approach, strike, dwell, retract, stops; each leg checked against the scan.

mod arc;
mod build;
mod heights;
mod hover;
mod leg;
mod motion;
mod passes;
mod stations;
mod tape;
mod times;
mod turning;

pub use build::{Blocked, BuildError, Mode, Stop, build, build_with_halts};
pub use heights::TravelHeights;
pub use hover::hover;
pub use motion::{Message, Motion, MotionKind, Toolpath};
pub use times::{HaltTime, TimeSplit, Times};
pub use turning::Swings;
