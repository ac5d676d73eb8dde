//! The second opinion: reads program text back with code of its own, and judges it against plan, scan and rig.
//!
//! Nothing here is shared with the code that writes programs: not the interpreter, not the kinematics. Checks that this
//! module does not make (holder against the scan, accelerations, bounded chord error of long mixed moves) are named in
//! [`judge`].

mod forward;
mod interpreter;
mod judge;
mod words;

pub use judge::{Verdict, judge};
