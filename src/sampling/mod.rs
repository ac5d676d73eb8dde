//! Maximal Poisson-disc sampling on triangle meshes, and what belongs to it: order, spacing, size and tables of dots.
//!
//! [`sample`] throws dots at random until there is provably no room for another one. [`sample_progressive`] does so in an
//! order of which every first part is spread well, [`sample_count`] reaches a count exactly, and [`progressive_order`]
//! sorts dots that are there. Knows triangles and lengths, nothing of heads.

mod audit;
mod cells;
mod count;
mod diameter;
mod domain;
mod dots_table;
mod fragment;
mod graded;
mod locality;
mod maximal;
mod measures;
mod progressive;
mod regularity;
mod saturation;
mod spectrum;
mod stream;
mod surface;
mod sweep;

pub use audit::{Audit, audit, nearest_pair_mm};
pub use count::{Counted, sample_count};
pub use diameter::draw_diameters;
pub use domain::{Domain, STEEPEST_SPACING, Spacing};
pub use dots_table::write_dots_csv;
pub use graded::{graded_spacing_mm, slope_gain};
pub use maximal::{FRAME_STEP_MM, FixedDot, MOST_DOTS, Options, Sample, Samples, sample};
pub use measures::{Measures, open_edge_length_mm};
pub use progressive::{LEVEL_GROWTH, progressive_order, sample_progressive};
pub use regularity::sample_regular;
pub use saturation::{BORDER, SATURATION, expected_count, spacing_for_density_mm};
pub use sweep::RESOLUTION;
