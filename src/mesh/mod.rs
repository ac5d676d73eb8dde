//! Triangle meshes: reading, welding, checking, and asking where things are on the surface.
//!
//! Knows triangles and lengths in mm, nothing of heads.

mod bisect;
mod check;
mod cut;
mod distance;
mod load;
mod orient;
mod path;
mod repair;
mod submesh;
mod refine;
mod smooth_normal;
mod surface_index;
mod topology;
mod tri_mesh;
mod weld;
mod write;

pub use bisect::bisect;
pub use check::MeshSummary;
pub use cut::{Cut, cut};
pub use distance::distance_to_edges;
pub use load::{Format, Loaded, load, read, read_region_ply};
pub use path::{PathPoint, SurfaceLoop, SurfacePath};
pub use submesh::submesh;
pub use refine::{Refined, refine};
pub use smooth_normal::{SmoothNormal, smoothed_normals};
pub use surface_index::{RayHit, SurfaceHit, SurfaceIndex};
pub use topology::Topology;
pub use tri_mesh::{SurfacePoint, TriMesh};
pub use write::write_ply;
