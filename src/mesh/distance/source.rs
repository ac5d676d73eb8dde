/// The edges that distance is taken from, and those at each of their vertices.
pub(super) struct Source {
    /// Lower vertex first, sorted.
    edges: Vec<[u32; 2]>,
    /// Vertex and edge, sorted.
    ends: Vec<(u32, u32)>,
}

impl Source {
    pub(super) fn new(edges: &[[u32; 2]]) -> Self {
        let mut edges: Vec<[u32; 2]> = edges.iter().map(|&[a, b]| [a.min(b), a.max(b)]).collect();
        edges.sort_unstable();
        edges.dedup();
        let mut ends: Vec<(u32, u32)> = edges.iter().zip(0..).flat_map(|(&[a, b], e)| [(a, e), (b, e)]).collect();
        ends.sort_unstable();
        Self { edges, ends }
    }

    /// Vertices of the edges, ascending; a vertex comes once for each of its edges.
    pub(super) fn vertices(&self) -> impl Iterator<Item = u32> {
        self.ends.iter().map(|&(v, _)| v)
    }

    pub(super) fn has(&self, a: u32, b: u32) -> bool {
        self.edges.binary_search(&[a.min(b), a.max(b)]).is_ok()
    }

    /// The other ends of the source edges at a vertex.
    pub(super) fn at(&self, vertex: u32) -> impl Iterator<Item = u32> {
        let first = self.ends.partition_point(|&(v, _)| v < vertex);
        let here = self.ends[first..].iter().take_while(move |&&(v, _)| v == vertex);
        here.map(move |&(_, edge)| self.edges[edge as usize].iter().fold(0, |sum, v| sum ^ v) ^ vertex)
    }
}
