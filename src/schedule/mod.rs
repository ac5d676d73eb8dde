//! Which dot is struck in which setup, and with which direction of the needle.

mod assign;

pub use assign::{Assignment, Reached, Setup, Target, Unreached, assign, findings};
