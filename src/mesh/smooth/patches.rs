use crate::geometry::{Point, Vector};
use crate::mesh::TriMesh;
use crate::mesh::vertex_triangles::VertexTriangles;

/// The surface summed up in small connected patches of vertices.
///
/// A fit over patches costs the same whether the mesh is fine or coarse, and weighs every piece of skin alike whether
/// its triangles are small or large. On a coarse mesh each vertex is a patch of its own.
#[derive(Debug)]
pub(super) struct Patches {
    /// Vertices, patch by patch.
    members: Vec<u32>,
    /// First of the members of each patch, and the end.
    starts: Vec<u32>,
    /// What each patch is on the whole.
    pub(super) sums: Vec<Patch>,
    /// Neighbours of each patch, ascending, with their starts.
    neighbours: Vec<u32>,
    neighbour_starts: Vec<u32>,
}

/// The sums over a patch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patch {
    /// Mean place by area, mm.
    pub(super) centre: Point,
    /// Sum of the area vectors, mm²: folds in the patch cancel.
    pub(super) area: Vector,
    /// Distance from the centre to the farthest member, mm.
    pub(super) reach_mm: f64,
}

impl Patches {
    /// Grows patches over shared triangles from the first free vertex to those less than `radius_mm` from it.
    pub(super) fn grow(mesh: &TriMesh, around: &VertexTriangles, radius_mm: f64) -> Self {
        let shares: Vec<Vector> =
            (0..mesh.triangles().len() as u32).map(|t| mesh.double_area_vector(t) / 6.0).collect();
        let vertices = mesh.vertices();
        let mut patch_of = vec![u32::MAX; vertices.len()];
        let mut members: Vec<u32> = Vec::with_capacity(vertices.len());
        let (mut starts, mut patches) = (vec![0], Vec::new());
        for seed in (0..vertices.len() as u32).filter(|&v| !around.around(v).is_empty()) {
            if patch_of[seed as usize] != u32::MAX {
                continue;
            }
            let (number, first) = (patches.len() as u32, members.len());
            patch_of[seed as usize] = number;
            members.push(seed);
            let mut next = first;
            while let Some(&v) = members.get(next) {
                next += 1;
                for &u in around.around(v).iter().flat_map(|&t| &mesh.triangles()[t as usize]) {
                    let near = (vertices[u as usize] - vertices[seed as usize]).norm_squared() < radius_mm * radius_mm;
                    if patch_of[u as usize] == u32::MAX && near {
                        patch_of[u as usize] = number;
                        members.push(u);
                    }
                }
            }
            patches.push(Patch::of(&members[first..], vertices, around, &shares));
            starts.push(members.len() as u32);
        }
        let (neighbours, neighbour_starts) = adjacency(mesh, &patch_of, patches.len());
        Self { members, starts, sums: patches, neighbours, neighbour_starts }
    }

    /// The vertices of a patch.
    pub(super) fn members(&self, patch: u32) -> &[u32] {
        &self.members[self.starts[patch as usize] as usize..self.starts[patch as usize + 1] as usize]
    }

    /// The patches that share a triangle with a patch.
    pub(super) fn neighbours(&self, patch: u32) -> &[u32] {
        let starts = &self.neighbour_starts;
        &self.neighbours[starts[patch as usize] as usize..starts[patch as usize + 1] as usize]
    }
}

impl Patch {
    fn of(members: &[u32], vertices: &[Point], around: &VertexTriangles, shares: &[Vector]) -> Self {
        let (mut moment, mut weight, mut area) = (Vector::zeros(), 0.0, Vector::zeros());
        let origin = vertices[members[0] as usize];
        for &v in members {
            let mut own = 0.0;
            for &t in around.around(v) {
                own += shares[t as usize].norm();
                area += shares[t as usize];
            }
            moment += (vertices[v as usize] - origin) * own;
            weight += own;
        }
        let centre = if weight > 0.0 { origin + moment / weight } else { origin };
        let reach_mm = members.iter().map(|&v| (vertices[v as usize] - centre).norm()).fold(0.0, f64::max);
        Self { centre, area, reach_mm }
    }
}

/// Pairs of patches over the sides of triangles, as lists with their starts.
fn adjacency(mesh: &TriMesh, patch_of: &[u32], count: usize) -> (Vec<u32>, Vec<u32>) {
    let sides = mesh.triangles().iter().flat_map(|&[a, b, c]| [[a, b], [b, c], [c, a]]);
    let pairs = sides.map(|side| side.map(|v| patch_of[v as usize])).filter(|[a, b]| a != b);
    let mut pairs: Vec<[u32; 2]> = pairs.flat_map(|[a, b]| [[a, b], [b, a]]).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut starts = vec![0; count + 1];
    for pair in &pairs {
        starts[pair[0] as usize + 1] += 1;
    }
    for patch in 0..count {
        starts[patch + 1] += starts[patch];
    }
    (pairs.into_iter().map(|[_, other]| other).collect(), starts)
}
