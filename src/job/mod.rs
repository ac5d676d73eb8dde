//! Runs the stages in order and puts the files in place.

mod files;

pub use files::{Folder, read_input, sha256};
