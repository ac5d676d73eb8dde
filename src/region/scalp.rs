use super::holes::Closing;
use super::pieces;
use crate::case::{BoundaryFile, MeshFile};
use crate::error::{Finding, Result};
use crate::geometry::{Aabb, Point};
use crate::mesh::hole::Refusal;
use crate::mesh::{SurfaceIndex, Topology, TriMesh};

/// Limits for [`Scalp::prepare`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preparation {
    /// How far a drawn point may lie off the skin, mm.
    pub snap_tolerance_mm: f64,
    /// Holes at most this far across ([`crate::mesh::hole::Rim::across_mm`]) are closed, mm; 0 closes none.
    pub close_holes_up_to_mm: f64,
}

impl Default for Preparation {
    fn default() -> Self {
        Self {
            snap_tolerance_mm: BoundaryFile::DEFAULT_SNAP_TOLERANCE_MM,
            close_holes_up_to_mm: MeshFile::DEFAULT_CLOSE_HOLES_UP_TO_MM,
        }
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
    /// Boxes around the holes that are small enough to be closed and stay open, mm, and why.
    pub left_open: Vec<(Aabb, Refusal)>,
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
        let mut scalp = Self::cleared(scan, index, loop_points, &inside_point, options.snap_tolerance_mm)?;
        scalp.close_holes(loop_points, &inside_point, options)?;
        Ok(scalp)
    }

    /// The scan without what is neither skin nor an obstacle.
    fn cleared(
        scan: TriMesh,
        index: SurfaceIndex,
        loop_points: &[Point],
        inside_point: &Point,
        snap_tolerance_mm: f64,
    ) -> Result<Self> {
        let topology = Topology::build(&scan);
        let options = pieces::Options { snap_tolerance_mm, ..pieces::Options::default() };
        let cleared = pieces::clear(scan, &topology, &index, loop_points, inside_point, &options)?;
        let (topology, index) = if cleared.is_changed {
            (Topology::build(&cleared.mesh), SurfaceIndex::build(&cleared.mesh))
        } else {
            (topology, index)
        };
        let pieces::Cleared { mesh, findings, .. } = cleared;
        Ok(Self {
            patched: vec![false; mesh.triangles().len()],
            mesh,
            topology,
            index,
            left_open: Vec::new(),
            findings,
        })
    }

    /// Covers the small holes in and near the region with patches.
    fn close_holes(&mut self, loop_points: &[Point], inside_point: &Point, options: &Preparation) -> Result<()> {
        let closing = Closing::plan(self, loop_points, inside_point, options);
        self.findings.extend(closing.findings);
        self.left_open = closing.left_open;
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
