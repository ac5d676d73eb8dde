//! Program text in a controller's dialect.
//!
//! [`write()`] turns a toolpath into text, line by line into any sink. What differs from one controller to the next stands in
//! `dialects`, a table each; how lines are made of it in `writer`.

mod comment;
mod dialects;
mod events;
mod header;
mod lines;
mod number;
mod poses;
mod post;
mod program;
mod strikes;
mod writer;

pub use header::{Header, Run};
pub use poses::{write_poses_csv, write_poses_json};
pub use program::{Program, Style, program, write};
pub use strikes::{StrikeLine, Strikes};
