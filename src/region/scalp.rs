use super::pieces;
use crate::error::{Finding, Result};
use crate::geometry::Point;
use crate::mesh::{SurfaceIndex, Topology, TriMesh};

/// The whole scan, made ready for a region to be cut out of it.
///
/// Vertices of the scan stay bit-exact and come first; what was added or taken away is told by the findings. All that is
/// not skin (head rest, ears, shoulders) stays, as obstacles.
#[derive(Debug)]
pub struct Scalp {
    /// The surface, mm.
    pub mesh: TriMesh,
    /// Neighbours and components of `mesh`.
    pub topology: Topology,
    /// Places on `mesh`.
    pub index: SurfaceIndex,
    /// For each triangle whether it covers a hole of the scan.
    pub patched: Vec<bool>,
    /// What was done.
    pub findings: Vec<Finding>,
}

impl Scalp {
    /// Readies a scan for the closed line through `loop_points` around `inside_point`; `index` is that of the scan.
    pub fn prepare(scan: TriMesh, index: SurfaceIndex, loop_points: &[Point], inside_point: Point) -> Result<Self> {
        let topology = Topology::build(&scan);
        let cleared = pieces::clear(scan, &topology, &index, loop_points, &inside_point, &pieces::Options::default())?;
        let (topology, index) = if cleared.is_changed {
            (Topology::build(&cleared.mesh), SurfaceIndex::build(&cleared.mesh))
        } else {
            (topology, index)
        };
        let pieces::Cleared { mesh, findings, .. } = cleared;
        Ok(Self { patched: vec![false; mesh.triangles().len()], mesh, topology, index, findings })
    }
}
