//! Hairlines: a proposal from landmarks, the line through its control points, what would look unnatural, and closing an open
//! frontal curve.

mod close;
mod curve;
mod face_marks;
mod head_axes;
mod lint;
mod proposal;
mod shape;

pub use close::{ClosedHairline, close_frontal};
pub use face_marks::FaceMarks;
pub use head_axes::HeadMarks;
pub use lint::Measures;
pub use proposal::{CONTROL_POINTS, ControlPoint, Skin, line_through, propose};
pub use shape::{Preset, Shape};
