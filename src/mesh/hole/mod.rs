//! Holes of a surface: where they are, how wide, and what skin would fill them.
//!
//! Open edges are joined into [`Rim`]s. A rim that looks into the surface ([`Rim::is_hole`]) can be covered by a
//! [`Patch`] that carries on the skin around it: the rim is triangulated in a plane together with a lattice of points as
//! dense as the vertices around, and the points are lifted to a smoothing spline through the skin near the rim.
//!
//! References: the steps (triangulate, refine to the density around, fair) are those of P. Liepa, "Filling holes in
//! meshes", Symposium on Geometry Processing 2003, 200-205; his least-weight triangulation serves where the rim has no
//! simple image in a plane. The fairing is done on a field of heights instead of on the mesh: see `spline`.

mod across;
mod cap;
mod patch;
mod rim;
mod spline;

pub use self::patch::{Patch, Refusal, with_patches};
pub use self::rim::{Rim, open_rims};
