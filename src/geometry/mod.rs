//! Small shared types: points, boxes, rigid placements, units, tables of points.
//!
//! Lengths are mm and angles rad unless a name says otherwise.

mod aabb;
mod digest;
mod number;
mod placement;
mod points_table;
mod units;

pub use aabb::Aabb;
pub use digest::sha256;
pub use number::{decimal, parse_finite};
pub use placement::Placement;
pub use points_table::PointsTable;
pub use units::Units;

/// A place, mm.
pub type Point = nalgebra::Point3<f64>;
/// A direction or difference of places, mm or unit length.
pub type Vector = nalgebra::Vector3<f64>;
