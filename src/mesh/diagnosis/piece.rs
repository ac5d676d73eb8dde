use crate::error::Result;
use crate::geometry::{Aabb, Point};
use crate::mesh::{SurfaceIndex, Topology, TriMesh, submesh};

/// A piece closer than this touches the sheet, mm.
pub(super) const TOUCHING_MM: f64 = 0.05;
/// At most so many vertices of a piece are asked for their distance.
const ASKED_VERTICES: usize = 1000;

/// A component of a mesh beside its main sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Number of the component.
    pub component: u32,
    /// Its triangles, ascending.
    pub triangles: Vec<u32>,
    /// Area, mm².
    pub area_mm2: f64,
    /// Box around it, mm.
    pub bounds: Aabb,
    /// Distance from the main sheet, mm; up to a thousand vertices are asked.
    pub distance_mm: f64,
    /// Whether at least half of what does not touch the main sheet lies on its outer side, as the closest triangles
    /// there are wound.
    pub is_outside: bool,
}

impl Piece {
    /// The components other than `main`, in their order.
    ///
    /// # Errors
    /// None for a mesh and its topology.
    pub fn beside(mesh: &TriMesh, topology: &Topology, main: u32) -> Result<Vec<Self>> {
        let mut triangles = vec![Vec::new(); topology.component_count()];
        for (t, &component) in (0..).zip(topology.components()) {
            triangles[component as usize].push(t);
        }
        if triangles.len() < 2 {
            return Ok(Vec::new());
        }
        let (sheet, _) = submesh(mesh, |t| topology.components()[t as usize] == main)?;
        let index = SurfaceIndex::build(&sheet);
        let others = (0..).zip(triangles).filter(|&(component, _)| component != main);
        Ok(others.map(|(component, triangles)| Self::measure(mesh, component, triangles, &sheet, &index)).collect())
    }

    fn measure(mesh: &TriMesh, component: u32, triangles: Vec<u32>, sheet: &TriMesh, index: &SurfaceIndex) -> Self {
        let mut vertices: Vec<u32> = triangles.iter().flat_map(|&t| mesh.triangles()[t as usize]).collect();
        vertices.sort_unstable();
        vertices.dedup();
        let places: Vec<Point> = vertices.iter().map(|&v| mesh.vertices()[v as usize]).collect();
        let step = places.len().div_ceil(ASKED_VERTICES).max(1);
        let (mut distance_mm, mut outside, mut asked) = (f64::INFINITY, 0, 0);
        for place in places.iter().step_by(step) {
            let Some(hit) = index.closest(place) else { continue };
            distance_mm = distance_mm.min(hit.distance_mm);
            // What touches the sheet, as the foot of a fin does, is on neither side.
            if hit.distance_mm < TOUCHING_MM {
                continue;
            }
            asked += 1;
            outside += usize::from((place - hit.position).dot(&sheet.normal(hit.at.triangle)) > 0.0);
        }
        Self {
            component,
            area_mm2: triangles.iter().map(|&t| mesh.triangle_area_mm2(t)).sum(),
            triangles,
            bounds: Aabb::around(&places),
            distance_mm,
            is_outside: 2 * outside >= asked,
        }
    }
}
