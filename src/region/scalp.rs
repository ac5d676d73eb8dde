use super::holes::Closing;
use crate::case::MeshFile;
use crate::error::{Finding, Result};
use crate::geometry::Point;
use crate::mesh::{SurfaceIndex, Topology, TriMesh};

/// Limits for [`Scalp::prepare`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preparation {
    /// Holes at most this far across ([`crate::mesh::hole::Rim::across_mm`]) are closed, mm; 0 closes none.
    pub close_holes_up_to_mm: f64,
}

impl Default for Preparation {
    fn default() -> Self {
        Self { close_holes_up_to_mm: MeshFile::DEFAULT_CLOSE_HOLES_UP_TO_MM }
    }
}

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
    pub fn prepare(
        scan: TriMesh,
        index: SurfaceIndex,
        loop_points: &[Point],
        inside_point: Point,
        options: &Preparation,
    ) -> Result<Self> {
        let mut scalp = Self::cleared(scan, index);
        scalp.close_holes(loop_points, &inside_point, options.close_holes_up_to_mm)?;
        Ok(scalp)
    }

    /// The scan without what is neither skin nor an obstacle.
    fn cleared(scan: TriMesh, index: SurfaceIndex) -> Self {
        let topology = Topology::build(&scan);
        Self { patched: vec![false; scan.triangles().len()], mesh: scan, topology, index, findings: Vec::new() }
    }

    /// Covers the small holes in and near the region with patches.
    fn close_holes(&mut self, loop_points: &[Point], inside_point: &Point, up_to_mm: f64) -> Result<()> {
        let closing = Closing::plan(self, loop_points, inside_point, up_to_mm);
        self.findings.extend(closing.findings);
        if closing.patches.is_empty() {
            return Ok(());
        }
        let scan = std::mem::take(&mut self.mesh);
        self.mesh = crate::mesh::hole::with_patches(scan, &closing.patches)?;
        self.patched.resize(self.mesh.triangles().len(), true);
        self.topology = Topology::build(&self.mesh);
        self.index = SurfaceIndex::build(&self.mesh);
        Ok(())
    }
}
