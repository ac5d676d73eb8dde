//! The second opinion: reads program text back with code of its own, and judges it against plan, scan and rig.
//!
//! Nothing here is shared with the code that writes programs: not the interpreter, not the kinematics. Only the lines of
//! a rig's own hooks are rendered by the profile for both. What it does not check is named in [`judge()`].

mod action;
mod beside;
mod block;
mod checks;
mod clearance;
mod controller;
mod dots;
mod end_points;
mod fiducials;
mod forward;
mod ground;
mod header;
mod hooks;
mod interpreter;
mod judge;
mod numbering;
mod outline;
mod own_words;
mod registration;
mod skin;
mod source;
mod stops;
mod strokes;
mod tools;
mod walk;
mod words;
mod work;

pub use checks::{CHECKS, Place};
pub use end_points::end_points;
pub use judge::{Head, Judge, Verdict, block_of, judge, judge_lines};
