//! `tonsure` turns a scalp scan and a hairline into follicle-like dots, an efficient order, programs for a motion rig
//! and drawings for people.

pub mod error;
pub mod geometry;

pub mod mesh;

pub mod case;
pub mod density;
pub mod hairline;
pub mod region;

pub mod route;
pub mod sampling;

pub mod gcode;
pub mod rig;
pub mod schedule;
pub mod toolpath;

pub mod plan;
pub mod verify;

pub mod preview;
pub mod report;

pub mod cli;
pub mod job;

pub use error::{Error, Result};
