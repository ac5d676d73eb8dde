use crate::mesh::{Topology, TriMesh};

/// Which triangles hang together, and which of those are wound against each other: disjoint sets with a parity.
#[derive(Debug, Clone)]
pub(super) struct Winding {
    /// For each triangle another one of its set, or itself.
    before: Vec<u32>,
    /// Whether it is wound against that one.
    against: Vec<bool>,
}

impl Winding {
    /// Of what hangs together over edges with two triangles.
    pub(super) fn over_plain_edges(mesh: &TriMesh, topology: &Topology) -> Self {
        let count = mesh.triangles().len() as u32;
        let mut winding = Self { before: (0..count).collect(), against: vec![false; count as usize] };
        for (t, corners) in (0..count).zip(mesh.triangles()) {
            for edge in 0..3 {
                if let Some(across) = topology.neighbour(t, edge).filter(|&across| across > t) {
                    let other = mesh.triangles()[across as usize];
                    // Two triangles wound alike run through their common edge in opposite directions.
                    let ends = [corners[edge], corners[(edge + 1) % 3]];
                    winding.join([t, across], (0..3).any(|i| [other[i], other[(i + 1) % 3]] == ends));
                }
            }
        }
        winding
    }

    /// Whether two triangles are wound against each other, by way of what joins them; `None` where nothing does.
    pub(super) fn between(&mut self, [p, q]: [u32; 2]) -> Option<bool> {
        let [(first_p, against_p), (first_q, against_q)] = [p, q].map(|t| self.first(t));
        (first_p == first_q).then_some(against_p != against_q)
    }

    /// Joins two triangles that are wound alike or against each other.
    pub(super) fn join(&mut self, [p, q]: [u32; 2], against: bool) {
        let [(first_p, against_p), (first_q, against_q)] = [p, q].map(|t| self.first(t));
        if first_p != first_q {
            let (low, high) = (first_p.min(first_q), first_p.max(first_q));
            self.before[high as usize] = low;
            self.against[high as usize] = against != (against_p != against_q);
        }
    }

    /// The first triangle of a set, and whether the given one is wound against it.
    fn first(&mut self, triangle: u32) -> (u32, bool) {
        let (mut at, mut against) = (triangle as usize, false);
        while self.before[at] as usize != at {
            let next = self.before[at] as usize;
            // Halves the way for those who come later.
            (self.before[at], self.against[at]) = (self.before[next], self.against[at] != self.against[next]);
            against ^= self.against[at];
            at = self.before[at] as usize;
        }
        (at as u32, against)
    }
}
