//! Maximal Poisson-disc sampling on triangle meshes, and what belongs to it: order, spacing, size and tables of dots.
//!
//! [`sample`] throws dots at random until there is provably no room for another one. [`progressive_order`] sorts them so
//! that every first part of them is spread well. Knows triangles and lengths, nothing of heads.

mod audit;
mod box_tree;
mod diameter;
mod domain;
mod dots_table;
mod filling;
mod fixed;
mod fragment;
mod maximal;
mod neighbours;
mod open;
mod partition;
mod progressive;
mod saturation;
mod stream;
mod surface;
mod tiles;

pub use audit::{Audit, audit};
pub use diameter::draw_diameters;
pub use domain::{Domain, STEEPEST_SPACING, Spacing};
pub use dots_table::write_dots_csv;
pub use filling::RESOLUTION;
pub use fixed::FixedDot;
pub use maximal::{FRAME_STEP_MM, MOST_DOTS, Options, Sample, Samples, sample};
pub use progressive::progressive_order;
pub use saturation::{BORDER, SATURATION, expected_count, spacing_for_density_mm};
