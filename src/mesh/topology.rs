use super::TriMesh;

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
    /// Builds the tables; O(n log n), independent of hash orders.
    pub fn build(mesh: &TriMesh) -> Self {
        let mut edges: Vec<([u32; 2], u32)> = Vec::with_capacity(mesh.triangles().len() * 3);
        for (t, corners) in mesh.triangles().iter().enumerate() {
            for i in 0..3 {
                let (a, b) = (corners[i], corners[(i + 1) % 3]);
                edges.push(([a.min(b), a.max(b)], (t * 3 + i) as u32));
            }
        }
        edges.sort_unstable();
        let mut neighbours = vec![[u32::MAX; 3]; mesh.triangles().len()];
        let (mut open_edges, mut non_manifold_edges) = (0, 0);
        for shared in edges.chunk_by(|a, b| a.0 == b.0) {
            match shared {
                [_] => open_edges += 1,
                [(_, p), (_, q)] => {
                    neighbours[*p as usize / 3][*p as usize % 3] = q / 3;
                    neighbours[*q as usize / 3][*q as usize % 3] = p / 3;
                }
                _ => non_manifold_edges += 1,
            }
        }
        let (components, component_count) = flood(&neighbours);
        Self { neighbours, components, component_count, open_edges, non_manifold_edges }
    }

    /// The triangle across edge `edge` (0 to 2) of `triangle`; `None` at an open or non-manifold edge.
    pub fn neighbour(&self, triangle: u32, edge: usize) -> Option<u32> {
        Some(self.neighbours[triangle as usize][edge]).filter(|&t| t != u32::MAX)
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
            for &n in neighbours[t].iter().filter(|&&n| n != u32::MAX) {
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
