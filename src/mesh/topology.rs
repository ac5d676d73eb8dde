use super::TriMesh;
use super::edge_table::EdgeTable;

/// In place of a triangle where there is none.
pub(crate) const NONE: u32 = u32::MAX;

/// Which triangles lie across which edges, and which hang together.
///
/// Edge `i` of a triangle runs from its corner `i` to its corner `(i + 1) % 3`. Two triangles are neighbours when they,
/// and no third one, share the edge; the winding of the two does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topology {
    neighbours: Vec<[u32; 3]>,
    components: Vec<u32>,
    component_count: usize,
    open_edges: usize,
    non_manifold_edges: usize,
}

impl Topology {
    /// Builds the tables: O(n) but for vertices with very many edges, and the same for any number of threads.
    pub fn build(mesh: &TriMesh) -> Self {
        let table = EdgeTable::build(mesh.vertices().len(), mesh.triangles());
        Self::of_edges(&table, mesh.triangles())
    }

    /// The tables of the triangles from whose sides the edge table was built.
    pub(crate) fn of_edges(table: &EdgeTable, triangles: &[[u32; 3]]) -> Self {
        let neighbours = table.neighbours(triangles);
        let (mut open_edges, mut non_manifold_edges) = (0, 0);
        for sides in table.edges() {
            open_edges += usize::from(sides.len() == 1);
            non_manifold_edges += usize::from(sides.len() > 2);
        }
        let (components, component_count) = flood(&neighbours);
        Self { neighbours, components, component_count, open_edges, non_manifold_edges }
    }

    /// The triangle across edge `edge` (0 to 2) of `triangle`; `None` at an open or non-manifold edge.
    pub fn neighbour(&self, triangle: u32, edge: usize) -> Option<u32> {
        Some(self.neighbours[triangle as usize][edge]).filter(|&t| t != NONE)
    }

    /// Follows the swap of a triangle's second and third corner, by which its first and third edge change places.
    pub(crate) fn turn(&mut self, triangle: usize) {
        self.neighbours[triangle].swap(0, 2);
    }

    /// Number of the component (over shared edges) of each triangle, counted from 0 in order of first appearance.
    pub fn components(&self) -> &[u32] {
        &self.components
    }

    /// How many components there are.
    pub fn component_count(&self) -> usize {
        self.component_count
    }

    /// Edges with one triangle.
    pub fn open_edges(&self) -> usize {
        self.open_edges
    }

    /// Edges with more than two triangles.
    pub fn non_manifold_edges(&self) -> usize {
        self.non_manifold_edges
    }
}

fn flood(neighbours: &[[u32; 3]]) -> (Vec<u32>, usize) {
    let mut components = vec![u32::MAX; neighbours.len()];
    let mut count = 0;
    let mut open = Vec::new();
    for seed in 0..neighbours.len() {
        if components[seed] != u32::MAX {
            continue;
        }
        components[seed] = count;
        open.push(seed);
        while let Some(t) = open.pop() {
            for &n in neighbours[t].iter().filter(|&&n| n != NONE) {
                if components[n as usize] == u32::MAX {
                    components[n as usize] = count;
                    open.push(n as usize);
                }
            }
        }
        count += 1;
    }
    (components, count as usize)
}
