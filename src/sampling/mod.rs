//! Maximal Poisson-disc sampling on triangle meshes, and what belongs to it: order, spacing, size and tables of dots.
//!
//! [`sample`] throws dots at random until there is provably no room for another one. [`sample_progressive`] does so in an
//! order of which every first part is spread well, [`sample_count`] reaches a count exactly, and [`progressive_order`]
//! sorts dots that are there. Knows triangles and lengths, nothing of heads.
//!
//! # Time and memory of [`sample`], beside others
//! Half-ellipsoid with semi-axes 95, 115 and 75 mm, cut at z = 0. Microseconds a dot of the first call in a process on
//! one thread, mesh in memory, least of several runs; "room" is how many more dots a greedy pass can place, by an independent
//! judge, where that was measured.
//!
//! | sampler | dots | triangles | µs a dot | spacing kept | room |
//! |---|---|---|---|---|---|
//! | [`sample`] | 100,000 | 40,000 | 1.4 | yes | 0 |
//! | [`sample`] | 100,000 | 160,000 | 1.6 | yes | 0 |
//! | [`sample`] | 1,000,000 | 160,000 | 1.3 | yes | – |
//! | [`sample`], spacing 1 : 10 | 103,000 | 40,000 | 1.4 | yes | 0 |
//! | [`sample_progressive`] | 96,000 | 40,000 | 5.1 | yes | 0 |
//! | [`sample_count`] | 100,000 | 40,000 | 4.2 | count | 50 |
//! | Blender, distribute points (Poisson) | 88,000 | 40,960 | 8.5 | yes | 10,837 |
//! | MeshLab, Poisson-disk by radius | 95,000 | 40,960 | 40 | yes | 6,603 |
//! | libigl, blue noise | 94,000 | 40,960 | 130 | yes | 7,000 |
//! | `Open3D`, elimination (10 ×) | 100,000 | 40,960 | 309 | count | – |
//! | cyCodeBase, elimination | 100,000 | 40,960 | 60 to 74 | count | – |
//!
//! Ours were measured on a quiet server (EPYC). Two threads take 0.72 µs at 1,000,000 and at 10,000,000 dots, but 0.9 to
//! 1.1 at 100,000. At 1,000,000 dots the peak of memory, less that of a run with 1,000 dots, is 92 bytes a dot with the
//! result (64 bytes), 115 where the dots are measured as well. `cargo bench --bench sampling` measures the same on a bowl.

mod audit;
mod box_tree;
mod count;
mod diameter;
mod disc;
mod disc_list;
mod domain;
mod dots_table;
mod filling;
mod fixed;
mod fragment;
mod graded;
mod ground;
mod layout;
mod locality;
mod maximal;
mod measures;
mod neighbours;
mod open;
mod partition;
mod patch;
mod progressive;
mod regularity;
mod saturation;
#[cfg(test)]
mod seams;
mod spectrum;
mod stream;
mod surface;
mod tiles;

pub use audit::{Audit, audit, nearest_pair_mm};
pub use count::{Counted, sample_count};
pub use diameter::draw_diameters;
pub use domain::{Domain, STEEPEST_SPACING, Spacing, limit_slope};
pub use dots_table::write_dots_csv;
pub use filling::RESOLUTION;
pub use fixed::FixedDot;
pub use graded::{graded_spacing_mm, slope_gain};
pub use maximal::{FRAME_STEP_MM, MOST_DOTS, Options, Sample, Samples, sample};
pub use measures::{Measures, open_edge_length_mm};
pub use progressive::{LEVEL_GROWTH, Levels, progressive_order, sample_levels, sample_progressive};
pub use regularity::sample_regular;
pub use saturation::{BORDER, PROGRESSIVE_SHARE, SATURATION, expected_count, spacing_for_density_mm};
