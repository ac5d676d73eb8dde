use super::TriMesh;
use crate::error::{Error, Result};
use crate::geometry::Point;

/// Most triangles that a refined mesh may have: a length far below the mesh's own is an error, not a full memory.
const MOST_TRIANGLES: usize = 20_000_000;

/// A mesh whose edges were halved, and where its parts come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Refined {
    /// The same surface; the old vertices come first, unchanged.
    pub mesh: TriMesh,
    /// The triangle of the old mesh in which each triangle lies.
    pub parent: Vec<u32>,
    /// The pieces of the marked edges: those of one edge together, in the order and sense of the edges given.
    pub edges: Vec<[u32; 2]>,
}

/// Halves edges until none is longer than `max_edge_mm`. The surface stays the same and has no cracks: an edge is halved
/// in all its triangles.
///
/// `edges` are marked edges (a boundary, say) that come back in pieces.
///
/// # Algorithm
///
/// Rounds of conforming subdivision. In a round, every edge that is too long is marked, and in triangles with a marked
/// edge the longest edge too, until nothing more needs a mark; marked edges get a vertex in their middle, and a
/// triangle is cut first from the middle of its longest edge, then at its other marked edges. Halving at the longest
/// edge keeps all angles above half of the least angle that was there, whatever the number of rounds.
///
/// Reference: M.-C. Rivara, "Mesh refinement processes based on the generalized bisection of simplices", SIAM Journal
/// on Numerical Analysis 21(3), 1984, 604-613.
///
/// # Errors
///
/// A length that is not above 0, or so small that the mesh would get more than 20 million triangles.
pub fn refine(mesh: &TriMesh, edges: &[[u32; 2]], max_edge_mm: f64) -> Result<Refined> {
    let too_short = |expected: String| {
        let error = Error::usage(format!("a largest edge of {max_edge_mm} mm"));
        error.expected(expected).remedy("ask for longer edges")
    };
    if max_edge_mm.is_nan() || max_edge_mm <= 0.0 {
        return Err(too_short("a length above 0".to_owned()));
    }
    // No triangle with these edges is larger than the equilateral one.
    let least_count = mesh.area_mm2() / (0.25 * 3.0_f64.sqrt() * max_edge_mm * max_edge_mm);
    if least_count > MOST_TRIANGLES as f64 {
        return Err(too_short(format!("a length that needs at most {MOST_TRIANGLES} triangles")));
    }
    refine_where(mesh, edges, |a, b| (b - a).norm_squared() > max_edge_mm * max_edge_mm * (1.0 + 2.0 * EQUAL))
}

/// Halves edges, as [`refine`] does, until `is_too_long` holds for none; it is asked with the ends of an edge in either
/// order and must be false below some length.
///
/// # Errors
///
/// When the mesh gets more than 20 million triangles.
pub fn refine_where(
    mesh: &TriMesh,
    edges: &[[u32; 2]],
    is_too_long: impl Fn(&Point, &Point) -> bool,
) -> Result<Refined> {
    let mut refined =
        Refined { mesh: mesh.clone(), parent: (0..mesh.triangles().len() as u32).collect(), edges: edges.to_vec() };
    while let Some(finer) = refined.halve_once(&is_too_long)? {
        refined = finer;
        if refined.parent.len() > MOST_TRIANGLES {
            return Err(Error::usage(format!("a mesh that needs more than {MOST_TRIANGLES} triangles"))
                .expected("edges that need not be that short")
                .remedy("ask for longer edges"));
        }
    }
    Ok(refined)
}

/// Edges to be halved, sorted, and the first of their middles' numbers.
struct Marks {
    edges: Vec<[u32; 2]>,
    first_middle: u32,
}

impl Marks {
    fn middle(&self, a: u32, b: u32) -> Option<u32> {
        self.edges.binary_search(&sorted(a, b)).ok().map(|i| self.first_middle + i as u32)
    }
}

impl Refined {
    /// One round; `None` when no edge is too long.
    fn halve_once(&self, is_too_long: &impl Fn(&Point, &Point) -> bool) -> Result<Option<Self>> {
        let marks = self.marks(is_too_long);
        if marks.edges.is_empty() {
            return Ok(None);
        }
        let mut vertices = self.mesh.vertices().to_vec();
        let middles = marks.edges.iter().map(|edge| edge.map(|v| self.mesh.vertices()[v as usize]));
        vertices.extend(middles.map(|[a, b]| nalgebra::center(&a, &b)));
        let mut triangles = Vec::with_capacity(self.parent.len() * 2);
        let mut parent = Vec::with_capacity(self.parent.len() * 2);
        for (corners, &old) in self.mesh.triangles().iter().zip(&self.parent) {
            cut(longest_first(&self.mesh, *corners), &marks, &mut triangles);
            parent.resize(triangles.len(), old);
        }
        let halves = self.edges.iter().flat_map(|&[a, b]| match marks.middle(a, b) {
            Some(middle) => vec![[a, middle], [middle, b]],
            None => vec![[a, b]],
        });
        let edges = halves.collect();
        Ok(Some(Self { mesh: TriMesh::new(vertices, triangles)?, parent, edges }))
    }

    /// The edges that are too long, and those that have to be halved with them.
    fn marks(&self, is_too_long: &impl Fn(&Point, &Point) -> bool) -> Marks {
        let sides = self.mesh.triangles().iter().flat_map(|&[a, b, c]| [[a, b], [b, c], [c, a]]);
        let vertex = |v: u32| &self.mesh.vertices()[v as usize];
        let mut edges: Vec<[u32; 2]> = sides.filter(|&[a, b]| is_too_long(vertex(a), vertex(b))).collect();
        let first_middle = self.mesh.vertices().len() as u32;
        loop {
            for edge in &mut edges {
                edge.sort_unstable();
            }
            edges.sort_unstable();
            edges.dedup();
            let marks = Marks { edges, first_middle };
            let marked = |a: u32, b: u32| marks.middle(a, b).is_some();
            let corners = self.mesh.triangles().iter().map(|&corners| longest_first(&self.mesh, corners));
            let missing =
                corners.filter(|&[a, b, c]| (marked(b, c) || marked(c, a)) && !marked(a, b)).map(|[a, b, _]| [a, b]);
            let missing: Vec<[u32; 2]> = missing.collect();
            if missing.is_empty() {
                return marks;
            }
            edges = marks.edges;
            edges.extend(missing);
        }
    }
}

/// Cuts a triangle, its longest edge first, at the middles of its marked edges.
fn cut([a, b, c]: [u32; 3], marks: &Marks, pieces: &mut Vec<[u32; 3]>) {
    let Some(ab) = marks.middle(a, b) else {
        pieces.push([a, b, c]);
        return;
    };
    match marks.middle(b, c) {
        Some(bc) => pieces.extend([[ab, b, bc], [ab, bc, c]]),
        None => pieces.push([ab, b, c]),
    }
    match marks.middle(c, a) {
        Some(ca) => pieces.extend([[a, ab, ca], [ca, ab, c]]),
        None => pieces.push([a, ab, c]),
    }
}

/// Lengths that differ by less than this share count as equal: a mesh that was moved is halved as before.
const EQUAL: f64 = 1e-9;

/// The corners turned so that the longest edge comes first; of equals the one with the lowest vertices, whichever
/// triangle asks.
fn longest_first(mesh: &TriMesh, [a, b, c]: [u32; 3]) -> [u32; 3] {
    let turns = [[a, b, c], [b, c, a], [c, a, b]];
    let lengths2 = turns.map(|[from, to, _]| length2(mesh, [from, to]));
    let least2 = lengths2.iter().copied().fold(0.0, f64::max) * (1.0 - 2.0 * EQUAL);
    let longest = turns.into_iter().zip(lengths2).filter(|&(_, length2)| length2 >= least2);
    longest.map(|(turn, _)| turn).min_by_key(|&[from, to, _]| sorted(from, to)).unwrap_or([a, b, c])
}

fn length2(mesh: &TriMesh, edge: [u32; 2]) -> f64 {
    let [a, b] = sorted(edge[0], edge[1]).map(|v| mesh.vertices()[v as usize]);
    (b - a).norm_squared()
}

fn sorted(a: u32, b: u32) -> [u32; 2] {
    [a.min(b), a.max(b)]
}
