//! The plan: everything that was decided, as data, and its file format `plan.json`.
//!
//! A plan holds no path: the folder in which it lies suffices for every later command.

mod check;
mod columns;
mod csv;
mod io;
mod model;

pub use csv::write_dots_csv;
pub use model::{
    Block, Contact, Dot, FORMAT, OrderBy, OrderFigures, Orders, Plan, PlannedStop, SetupPlacement, Statistics,
    position, travel_heights,
};
