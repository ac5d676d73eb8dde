use rayon::prelude::*;

use super::topology::NONE;

/// All sides of all triangles, by the two vertices that they join.
///
/// Side `3 t + i` is edge `i` of triangle `t`: from its corner `i` to its corner `(i + 1) % 3`.
pub(crate) struct EdgeTable {
    /// Where the sides of each lower vertex begin; one more than there are vertices.
    starts: Vec<u32>,
    /// Higher vertex and side, in this order within each lower vertex.
    sides: Vec<(u32, u32)>,
}

/// The two vertices of a side, the lower one first.
pub(crate) fn ends(triangles: &[[u32; 3]], side: u32) -> [u32; 2] {
    let corners = triangles[side as usize / 3];
    let (a, b) = (corners[side as usize % 3], corners[(side as usize + 1) % 3]);
    [a.min(b), a.max(b)]
}

impl EdgeTable {
    /// Counting sort by the lower vertex, then a sort among the few sides of each, so that only a vertex that holds
    /// very many costs more than a scan. Indices must be below the number of vertices.
    pub(crate) fn build(vertices: usize, triangles: &[[u32; 3]]) -> Self {
        let mut starts = vec![0_u32; vertices + 1];
        let all = || (0..3 * triangles.len() as u32).map(|side| (ends(triangles, side), side));
        for ([low, _], _) in all() {
            starts[low as usize + 1] += 1;
        }
        for vertex in 0..vertices {
            starts[vertex + 1] += starts[vertex];
        }
        let mut sides = vec![(0, 0); 3 * triangles.len()];
        // Counts each start up to its end, which is the next start.
        for ([low, high], side) in all() {
            let next = &mut starts[low as usize];
            sides[*next as usize] = (high, side);
            *next += 1;
        }
        starts.rotate_right(1);
        starts[0] = 0;
        let mut table = Self { starts, sides };
        table.sort();
        table
    }

    /// Sorts the sides of each vertex.
    fn sort(&mut self) {
        /// Vertices that one thread takes at a time.
        const BLOCK: usize = 1 << 14;
        let mut rest = self.sides.as_mut_slice();
        let mut blocks = Vec::new();
        for starts in self.starts[..self.starts.len() - 1].chunks(BLOCK) {
            let index = blocks.len() * BLOCK + starts.len();
            let (block, after) = rest.split_at_mut((self.starts[index] - starts[0]) as usize);
            blocks.push((starts, block));
            rest = after;
        }
        blocks.into_par_iter().for_each(|(starts, block)| {
            for (index, &start) in starts.iter().enumerate() {
                let end = starts.get(index + 1).map_or(block.len(), |next| (next - starts[0]) as usize);
                block[(start - starts[0]) as usize..end].sort_unstable();
            }
        });
    }

    fn of_vertex(&self, low: u32) -> &[(u32, u32)] {
        &self.sides[self.starts[low as usize] as usize..self.starts[low as usize + 1] as usize]
    }

    /// Sides between two vertices, the lower one first, in increasing order of the side.
    fn between(&self, [low, high]: [u32; 2]) -> &[(u32, u32)] {
        let sides = self.of_vertex(low);
        let start = sides.partition_point(|&(other, _)| other < high);
        let count = sides[start..].iter().take_while(|&&(other, _)| other == high).count();
        &sides[start..start + count]
    }

    /// Every edge as its sides, in increasing order of its vertices.
    pub(crate) fn edges(&self) -> impl Iterator<Item = &[(u32, u32)]> {
        (0..self.starts.len() as u32 - 1).flat_map(|low| self.of_vertex(low).chunk_by(|a, b| a.0 == b.0))
    }

    /// The triangle across each edge of each triangle where there are two, else [`NONE`].
    pub(crate) fn neighbours(&self, triangles: &[[u32; 3]]) -> Vec<[u32; 3]> {
        let across = |side: u32| match *self.between(ends(triangles, side)) {
            [(_, p), (_, q)] => (if p == side { q } else { p }) / 3,
            _ => NONE,
        };
        (0..triangles.len() as u32).into_par_iter().map(|t| [0, 1, 2].map(|i| across(3 * t + i))).collect()
    }
}
