//! Flaws of a mesh, each with its places, gathered so that a person can find them.
//!
//! Nothing here says how much a flaw matters: that depends on what is to be done with the mesh.

mod cluster;
mod find;
mod flaw;
mod intersections;
mod piece;
mod rim;

pub use cluster::clusters;
pub use find::{Search, largest_component};
pub use flaw::{Flaw, FlawKind};
pub use intersections::self_intersections;
pub use piece::Piece;
