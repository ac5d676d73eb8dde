//! The plan: everything that was decided, as data, and its file format `plan.json`.
//!
//! A plan holds no path: the folder in which it lies suffices for every later command.

mod check;
mod columns;
mod csv;
mod difference;
mod io;
mod model;
mod surroundings;
mod tre;

pub use csv::write_dots_csv;
pub use difference::{Difference, Pair};
pub use model::{
    Block, Contact, Dot, FORMAT, OrderBy, OrderFigures, Orders, Plan, PlannedStop, SetupPlacement, Statistics,
    position, travel_heights,
};
pub use surroundings::Surroundings;
pub use tre::predicted_tre_mm;
