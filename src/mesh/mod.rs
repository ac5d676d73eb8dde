//! Triangle meshes: reading, welding, checking, and asking where things are on the surface.
//!
//! Knows triangles and lengths in mm, nothing of heads.

mod check;
mod load;
mod orient;
mod repair;
mod surface_index;
mod topology;
mod tri_mesh;
mod weld;
mod write;

pub use check::MeshSummary;
pub use load::{Format, Loaded, load, read, read_region_ply};
pub use surface_index::{RayHit, SurfaceHit, SurfaceIndex};
pub use topology::Topology;
pub use tri_mesh::{SurfacePoint, TriMesh};
pub use write::write_ply;
