use std::collections::BTreeMap;

use super::flap::Flap;
use super::rim::Rim;
use super::winding::Winding;
use crate::mesh::{Topology, TriMesh};

/// Edges with more triangles are no surface, and all of them stay apart.
const MOST: usize = 16;
/// Cosines and bends closer than this are the same, whatever pose the scan has; then the order decides.
const SAME: f64 = 1e-9;
/// A bend of at most 45° is gentle: greatest cosine between the directions of two triangles from their edge.
const GENTLE_COSINE: f64 = -std::f64::consts::FRAC_1_SQRT_2;

/// The triangles at the edges that have more than two.
#[derive(Debug)]
pub(super) struct Pairing {
    edges: Vec<Crowd>,
    /// Numbers of the edges, the one with the smoothest pair first.
    order: Vec<usize>,
}

impl Pairing {
    /// Of the sides of each such edge.
    ///
    /// Pieces (what hangs together over edges with two triangles) continue each other as well as they do over all of the
    /// [`Rim`] that they share. Of two sheets that leave the skin along a rim the wrong one may well be the smoother one
    /// at single edges: where triangles are large, it rises less than the skin is curved.
    pub(super) fn of<'a>(mesh: &TriMesh, topology: &Topology, crowds: impl Iterator<Item = &'a [u32]>) -> Self {
        let mut edges: Vec<Crowd> = crowds.map(|sides| Crowd::of(mesh, topology, sides)).collect();
        let mut rims: BTreeMap<[u32; 2], Rim> = BTreeMap::new();
        for crowd in &edges {
            for pair in crowd.pairs.iter().filter(|pair| pair.is_of_two_pieces()) {
                rims.entry(pair.pieces).or_default().add(mesh, topology, crowd.flaps_of(pair));
            }
        }
        let bends: BTreeMap<[u32; 2], f64> =
            rims.into_iter().map(|(pieces, rim)| (pieces, rim.bend(mesh, topology))).collect();
        for pair in edges.iter_mut().flat_map(|crowd| &mut crowd.pairs) {
            pair.bend = bends.get(&pair.pieces).copied().unwrap_or(pair.bend);
        }
        // Rounded, so that equal bends keep the order of the edges in any pose.
        let least: Vec<i64> = edges.iter().map(|crowd| (crowd.least_bend() / SAME).round() as i64).collect();
        let mut order: Vec<usize> = (0..edges.len()).collect();
        order.sort_by_key(|&edge| least[edge]);
        Self { edges, order }
    }

    /// Sets of two sides whose triangles continue each other: at each edge first the two that do it best ([`Fit`]), then
    /// the two of the rest that do, and so on; over all edges the smoothest ones first.
    pub(super) fn pairs(&self, may_pair: &[bool], mut winding: Winding) -> Vec<[u32; 2]> {
        let mut pairs = Vec::new();
        for &edge in self.order.iter().filter(|&&edge| may_pair[edge]) {
            for [p, q] in self.edges[edge].greedy_pairs(|p, q| Fit::of(p, q, &mut winding)) {
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
            Some(_) if cosine < -SAME => Self::Joined,
            _ if cosine <= GENTLE_COSINE + SAME => Self::Smooth,
            _ => Self::Fair,
        })
    }
}

/// The triangles at one edge.
#[derive(Debug)]
struct Crowd {
    flaps: Vec<Flap>,
    /// Any two of them.
    pairs: Vec<Pair>,
}

impl Crowd {
    fn of(mesh: &TriMesh, topology: &Topology, sides: &[u32]) -> Self {
        let sides = if sides.len() > MOST { &[] } else { sides };
        let flaps: Vec<Flap> = sides.iter().map(|&side| Flap::of(mesh, side)).collect();
        let piece = |flap: &Flap| topology.components()[flap.side as usize / 3];
        let mut pairs = Vec::new();
        for (i, p) in flaps.iter().enumerate() {
            for (j, q) in flaps.iter().enumerate().skip(i + 1) {
                let mut pair = Pair { flaps: [i, j], pieces: [piece(p), piece(q)], bend: 0.0 };
                pair.pieces.sort_unstable();
                if !pair.is_of_two_pieces() {
                    let mut rim = Rim::default();
                    rim.add(mesh, topology, [p, q]);
                    pair.bend = rim.bend(mesh, topology);
                }
                pairs.push(pair);
            }
        }
        Self { flaps, pairs }
    }

    fn flaps_of(&self, pair: &Pair) -> [&Flap; 2] {
        pair.flaps.map(|i| &self.flaps[i])
    }

    fn least_bend(&self) -> f64 {
        self.pairs.iter().map(|pair| pair.bend).fold(f64::INFINITY, f64::min)
    }

    fn greedy_pairs(&self, mut fit: impl FnMut(&Flap, &Flap) -> Option<Fit>) -> Vec<[&Flap; 2]> {
        let mut is_left = vec![true; self.flaps.len()];
        let mut chosen = Vec::new();
        loop {
            let mut best: Option<(&Pair, Fit)> = None;
            for pair in self.pairs.iter().filter(|pair| pair.flaps.iter().all(|&i| is_left[i])) {
                let [p, q] = self.flaps_of(pair);
                let Some(fit) = fit(p, q) else { continue };
                if best.is_none_or(|(b, best)| fit < best || (fit == best && pair.bend < b.bend - SAME)) {
                    best = Some((pair, fit));
                }
            }
            let Some((pair, _)) = best else { return chosen };
            pair.flaps.iter().for_each(|&i| is_left[i] = false);
            chosen.push(self.flaps_of(pair));
        }
    }
}

/// Two triangles at an edge.
#[derive(Debug)]
struct Pair {
    /// Their positions among the flaps.
    flaps: [usize; 2],
    /// The pieces that they belong to, the lower one first.
    pieces: [u32; 2],
    /// Of the rim that the pieces share; of this edge alone for triangles of one piece.
    bend: f64,
}

impl Pair {
    fn is_of_two_pieces(&self) -> bool {
        self.pieces[0] != self.pieces[1]
    }
}
