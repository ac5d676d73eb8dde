//! Which dot is struck in which setup, and with which direction of the needle; where the work stops in between; where
//! the skin is by touches.

mod assign;
mod cover;
mod halt;
mod patches;
mod skin;

pub use assign::{Assignment, Reached, Setup, Survey, Target, Unreached, assign, findings, survey};
pub use cover::Choice;
pub use halt::{Halt, HaltKind, counted, recounted};
pub use patches::{DotTime, patch_starts};
pub use skin::{Outlier, Touch, outliers, skin_height_mm};
