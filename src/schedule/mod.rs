//! Which dot is struck in which setup, and with which direction of the needle.

mod assign;
mod cover;

pub use assign::{Assignment, Reached, Setup, Survey, Target, Unreached, assign, findings, survey};
pub use cover::Choice;
