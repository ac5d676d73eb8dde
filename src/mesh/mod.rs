//! Triangle meshes: reading, welding, checking, and asking where things are on the surface.
//!
//! Knows triangles and lengths in mm, nothing of heads.

mod distance;
mod refine;
mod smooth_normal;
mod surface_index;
mod topology;
mod tri_mesh;

pub use distance::distance_to_edges;
pub use refine::{Refined, refine};
pub use smooth_normal::{SmoothNormal, smoothed_normals};
pub use surface_index::{RayHit, SurfaceHit, SurfaceIndex};
pub use topology::Topology;
pub use tri_mesh::{SurfacePoint, TriMesh};
