//! A coin-sized test of needle and pigment: dots of known depth, dwell and dilution, and what their sizes teach.
//!
//! [`Grid`] says where the dots of a test lie, [`key`] draws which is which, and [`Calibration`] is fitted to their measured
//! sizes.

mod calibration;
mod grid;
mod key;

pub use calibration::{CALIBRATION_FORMAT, Calibration, CellFit, Measured, ToolFit};
pub use grid::{Cell, Grid, GridDot};
pub use key::{key, key_table};
