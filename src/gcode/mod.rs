//! Program text in a controller's dialect.

mod comment;
mod grbl;
mod grblhal;
mod linuxcnc;
mod post;
mod program;

pub use program::{Header, Program, StrikeLine, write};
