use crate::mesh::TriMesh;

/// What can be reached from a line, numbered outwards: vertices that a front meets together lie together in memory.
///
/// The numbers follow from the triangles alone, not from where they lie, so that a mesh that was moved has the same.
pub(super) struct Layers {
    /// Vertex of the mesh for each number.
    pub(super) vertices: Vec<u32>,
    /// Number of each vertex; [`Layers::UNREACHED`] where no way leads.
    pub(super) numbers: Vec<u32>,
    starts: Vec<u32>,
    opposite: Vec<[u32; 2]>,
}

impl Layers {
    pub(super) const UNREACHED: u32 = u32::MAX;

    /// Numbers by breadth-first search; `first` may name vertices more than once.
    pub(super) fn around(mesh: &TriMesh, first: impl Iterator<Item = u32>) -> Self {
        let count = mesh.vertices().len();
        let (starts, opposite) = rings(mesh);
        let ring = |v: u32| &opposite[starts[v as usize] as usize..starts[v as usize + 1] as usize];
        let mut vertices = Vec::with_capacity(count);
        let mut numbers = vec![Self::UNREACHED; count];
        let mut reach = |v: u32, vertices: &mut Vec<u32>| {
            if numbers[v as usize] == Self::UNREACHED {
                numbers[v as usize] = vertices.len() as u32;
                vertices.push(v);
            }
        };
        first.for_each(|v| reach(v, &mut vertices));
        let mut next = 0;
        while let Some(&v) = vertices.get(next) {
            ring(v).as_flattened().iter().for_each(|&v| reach(v, &mut vertices));
            next += 1;
        }
        let mut near = Self { starts: vec![0], opposite: Vec::with_capacity(opposite.len()), vertices, numbers };
        for &v in &near.vertices {
            near.opposite.extend(ring(v).iter().map(|edge| edge.map(|v| near.numbers[v as usize])));
            near.starts.push(near.opposite.len() as u32);
        }
        near
    }

    /// The edges across the triangles at a vertex, all by number; each runs as its triangle is wound.
    pub(super) fn ring(&self, number: u32) -> &[[u32; 2]] {
        &self.opposite[self.starts[number as usize] as usize..self.starts[number as usize + 1] as usize]
    }
}

/// The edges across the triangles at each vertex, those of vertex `v` from `starts[v]` on.
fn rings(mesh: &TriMesh) -> (Vec<u32>, Vec<[u32; 2]>) {
    let mut starts = vec![0_u32; mesh.vertices().len() + 1];
    for &v in mesh.triangles().as_flattened() {
        starts[v as usize + 1] += 1;
    }
    for v in 1..starts.len() {
        starts[v] += starts[v - 1];
    }
    let mut next = starts.clone();
    let mut opposite = vec![[0; 2]; mesh.triangles().len() * 3];
    for &[a, b, c] in mesh.triangles() {
        for (v, edge) in [(a, [b, c]), (b, [c, a]), (c, [a, b])] {
            opposite[next[v as usize] as usize] = edge;
            next[v as usize] += 1;
        }
    }
    (starts, opposite)
}
