//! Runs the stages in order and puts the files in place.

mod files;
mod progress;

pub use files::{Folder, read_input, sha256};
pub use progress::{Progress, Silent, Stages};
