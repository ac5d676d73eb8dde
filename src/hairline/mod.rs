//! Hairlines: closing an open frontal curve from landmarks.

mod close;
mod head_axes;

pub use close::{ClosedHairline, close_frontal};
pub use head_axes::HeadMarks;
