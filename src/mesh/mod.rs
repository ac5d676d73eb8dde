//! Triangle meshes: reading, welding, checking, and asking where things are on the surface.
//!
//! Knows triangles and lengths in mm, nothing of heads.

mod ball_flood;
mod check;
mod cut;
pub mod diagnosis;
mod distance;
mod edge_lengths;
mod edge_table;
pub mod hole;
mod layers;
mod load;
mod open_loops;
mod orient;
mod path;
mod quadric;
mod refine;
mod repair;
mod roughness;
mod seam;
mod singular;
mod smooth;
mod smooth_normal;
mod submesh;
mod surface_index;
mod topology;
mod tri_mesh;
mod vertex_triangles;
mod weld;
mod write;

pub use check::MeshSummary;
pub use cut::{Cut, cut};
pub use distance::distance_to_edges;
pub use edge_lengths::EdgeLengths;
pub use layers::{PartIndex, Pieces, open_sky, torn_edges, wall_behind};
pub use load::{Format, Loaded, MappedMesh, load, read, read_mapped, read_region_ply};
pub use open_loops::{open_edges, open_loops};
pub use path::{PathPoint, SurfaceLoop, SurfacePath, geodesic};
pub use refine::{Refined, refine, refine_where};
pub use roughness::{Roughness, Terraces, roughness};
pub use smooth::{Smoothed, smooth};
pub use smooth_normal::{SmoothNormal, smoothed_normals};
pub use submesh::submesh;
pub use surface_index::{RayHit, SurfaceHit, SurfaceIndex};
pub use topology::Topology;
pub use tri_mesh::{SurfacePoint, TriMesh};
pub use write::write_ply;
