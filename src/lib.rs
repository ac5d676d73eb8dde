//! `tonsure` turns a scalp scan and a hairline into follicle-like dots, an efficient order, programs for a motion rig
//! and drawings for people.
//!
//! # The way of the data
//!
//! ```text
//! case.json ──► Case                                                    case
//! mesh file ──► Loaded ──► SurfaceIndex   welded, checked, queries      mesh
//! + hairline ──► Scalp      second sheets out, small holes closed       hairline, region
//!            ──► Region     surface cut along the loop, distances       region
//! Region + design ──► density per vertex                                density
//!                 ──► Samples     spaced, maximal, progressive order    sampling
//! dots + rig      ──► Assignment  which setup reaches which dot         rig, schedule
//!                 ──► Tour        visiting order                        route
//!                 ──► Toolpath    travel, approach, strike, retract     toolpath
//!                 ──► Program     text in a controller's dialect        gcode
//! all of it       ──► Plan, preview.svg, report.json                    plan, preview, report
//! Program + Plan + scan ──► Verdict  read back by other code            verify
//! ```
//!
//! # Invariants
//!
//! - Modules stand on floors and import downwards, or to their left on one floor; a test reads the imports.
//! - Below [`job`] nothing prints, reads a clock or chooses a path; only [`mesh::load()`] reads files.
//! - Lengths are mm and angles rad behind the readers; names with another unit say so.
//! - The same inputs and seed give the same bytes for any number of threads. No hash order reaches an output.
//! - [`sampling`] and [`route`] know nothing of heads, cases and rigs.
//! - [`verify`] judges the text of a program with its own interpreter and kinematics, and imports nothing that wrote it.

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

pub mod treatment;

pub mod preview;
pub mod report;

pub mod cli;
pub mod job;

pub use error::{Error, Result};

/// The README's Rust code runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
