use super::winding::Winding;
use crate::geometry::{Point, Vector};
use crate::mesh::TriMesh;

/// Edges with more triangles are no surface, and all of them stay apart.
const MOST: usize = 16;
/// Cosines closer than this are the same, whatever pose the scan has; then the order decides.
const SAME_COSINE: f64 = 1e-9;
/// A bend of at most 45° is gentle: greatest cosine between the directions of two triangles from their edge.
const GENTLE_COSINE: f64 = -std::f64::consts::FRAC_1_SQRT_2;

/// The triangles at the edges that have more than two.
#[derive(Debug)]
pub(super) struct Pairing {
    edges: Vec<Vec<Flap>>,
    /// Numbers of the edges, the one with the smoothest pair first.
    order: Vec<usize>,
}

impl Pairing {
    /// Of the sides of each such edge.
    pub(super) fn of<'a>(mesh: &TriMesh, crowds: impl Iterator<Item = &'a [u32]>) -> Self {
        let flaps = |sides: &[u32]| match sides.len() {
            0..=MOST => sides.iter().map(|&side| Flap::of(mesh, side)).collect(),
            _ => Vec::new(),
        };
        let edges: Vec<Vec<Flap>> = crowds.map(flaps).collect();
        // Rounded, so that equal bends keep the order of the edges in any pose.
        let least: Vec<i64> = edges.iter().map(|flaps| (least_cosine(flaps) / SAME_COSINE).round() as i64).collect();
        let mut order: Vec<usize> = (0..edges.len()).collect();
        order.sort_by_key(|&edge| least[edge]);
        Self { edges, order }
    }

    /// Sets of two sides whose triangles continue each other: at each edge first the two that do it best ([`Fit`]), then
    /// the two of the rest that do, and so on; over all edges the smoothest ones first.
    pub(super) fn pairs(&self, may_pair: &[bool], mut winding: Winding) -> Vec<[u32; 2]> {
        let mut pairs = Vec::new();
        for &edge in self.order.iter().filter(|&&edge| may_pair[edge]) {
            for [p, q] in greedy_pairs(&self.edges[edge], |p, q| Fit::of(p, q, &mut winding)) {
                // The pair before may have joined what this one would.
                if Fit::of(p, q, &mut winding).is_some() {
                    winding.join([p.side / 3, q.side / 3], !p.is_wound_like(q));
                    pairs.push([p.side, q.side]);
                }
            }
        }
        pairs
    }
}

/// How well two triangles at an edge continue each other, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// They hang together elsewhere, and the edge bends the surface by less than 90°.
    Joined,
    /// The bend is gentle.
    Smooth,
    /// Any other.
    Fair,
}

impl Fit {
    /// `None` for two that are wound against each other, unless they hang together elsewhere, which says how they are
    /// wound; and for two that do so in the other way: joined here too they would have one side only.
    fn of(p: &Flap, q: &Flap, winding: &mut Winding) -> Option<Self> {
        let against = !p.is_wound_like(q);
        let known = winding.between([p.side / 3, q.side / 3]);
        let cosine = p.direction.dot(&q.direction);
        if known.unwrap_or(false) != against {
            return None;
        }
        Some(match known {
            Some(_) if cosine < -SAME_COSINE => Self::Joined,
            _ if cosine <= GENTLE_COSINE + SAME_COSINE => Self::Smooth,
            _ => Self::Fair,
        })
    }
}

fn least_cosine(flaps: &[Flap]) -> f64 {
    let cosines = flaps.iter().flat_map(|p| flaps.iter().map(|q| p.direction.dot(&q.direction)));
    cosines.fold(1.0, f64::min)
}

fn greedy_pairs(flaps: &[Flap], mut fit: impl FnMut(&Flap, &Flap) -> Option<Fit>) -> Vec<[&Flap; 2]> {
    let mut left: Vec<&Flap> = flaps.iter().collect();
    let mut pairs = Vec::new();
    loop {
        let mut best: Option<([&Flap; 2], Fit, f64)> = None;
        for (i, &p) in left.iter().enumerate() {
            for &q in &left[i + 1..] {
                let Some(fit) = fit(p, q) else { continue };
                let cosine = p.direction.dot(&q.direction);
                if best.is_none_or(|(_, best, least)| fit < best || (fit == best && cosine < least - SAME_COSINE)) {
                    best = Some(([p, q], fit, cosine));
                }
            }
        }
        let Some((pair, ..)) = best else { return pairs };
        left.retain(|flap| pair.iter().all(|joined| joined.side != flap.side));
        pairs.push(pair);
    }
}

/// A triangle at an edge.
#[derive(Debug)]
struct Flap {
    side: u32,
    /// From the edge to the third corner, at right angles to the edge, of length 1.
    direction: Vector,
    /// Whether the winding runs from the lower vertex of the edge to the higher one.
    is_upward: bool,
}

impl Flap {
    fn of(mesh: &TriMesh, side: u32) -> Self {
        let corners = mesh.triangles()[side as usize / 3];
        let [from, to, tip] = [0, 1, 2].map(|i| corners[(side as usize + i) % 3]);
        let place = |v: u32| -> Point { mesh.vertices()[v as usize] };
        let (low, high) = (from.min(to), from.max(to));
        let along = (place(high) - place(low)).try_normalize(0.0).unwrap_or_else(Vector::zeros);
        let across = place(tip) - place(low);
        let direction = (across - along * along.dot(&across)).try_normalize(0.0).unwrap_or_else(Vector::zeros);
        Self { side, direction, is_upward: from < to }
    }

    /// Two triangles wound alike run through their common edge in opposite directions.
    fn is_wound_like(&self, other: &Self) -> bool {
        self.is_upward != other.is_upward
    }
}
