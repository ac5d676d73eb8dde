use std::collections::BTreeMap;

use super::flap::{Flap, bends_behind_mm};
use super::winding::Winding;
use crate::mesh::{Topology, TriMesh};

/// Edges with more triangles are no surface, and all of them stay apart.
const MOST: usize = 16;
/// Cosines and bends closer than this are the same, whatever pose the scan has; then the order decides.
const SAME: f64 = 1e-9;
/// A bend of at most 45° is gentle: greatest cosine between the directions of two triangles from their edge.
const GENTLE_COSINE: f64 = -std::f64::consts::FRAC_1_SQRT_2;
/// Triangles behind a side whose bends count: a sheet that rises from the skin bends back behind the triangles that rise,
/// and a walk of two comes over those.
const STEPS_BEHIND: usize = 2;

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
    /// Two pieces (what hangs together over edges with two triangles) continue each other as well as they do in the mean
    /// over all edges that they share. Where two sheets leave the skin along a rim, one of them its continuation, the
    /// other may well be smoother at single edges, but not along all of the rim.
    pub(super) fn of<'a>(mesh: &TriMesh, topology: &Topology, crowds: impl Iterator<Item = &'a [u32]>) -> Self {
        let mut edges: Vec<Crowd> = crowds.map(|sides| Crowd::of(mesh, topology, sides)).collect();
        let mut means: BTreeMap<[u32; 2], (f64, f64)> = BTreeMap::new();
        for pair in edges.iter().flat_map(|crowd| &crowd.pairs).filter(|pair| pair.is_of_two_pieces()) {
            let (bends_mm, lengths_mm) = means.entry(pair.pieces).or_default();
            *bends_mm += pair.bends_mm;
            *lengths_mm += pair.length_mm;
        }
        for pair in edges.iter_mut().flat_map(|crowd| &mut crowd.pairs) {
            if let Some(&(bends_mm, lengths_mm)) = means.get(&pair.pieces).filter(|_| pair.is_of_two_pieces()) {
                (pair.bends_mm, pair.length_mm) = (bends_mm, lengths_mm);
            }
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
    pairs: Vec<Pair>,
}

/// Two triangles at an edge.
#[derive(Debug)]
struct Pair {
    /// Their positions among the flaps.
    flaps: [usize; 2],
    /// The pieces that they belong to, the lower one first.
    pieces: [u32; 2],
    /// Bends at the edge and behind either triangle, and the length of the edge; or the sums of both over all edges that
    /// two pieces share.
    bends_mm: f64,
    length_mm: f64,
}

impl Pair {
    fn is_of_two_pieces(&self) -> bool {
        self.pieces[0] != self.pieces[1]
    }

    fn bend(&self) -> f64 {
        self.bends_mm / self.length_mm.max(f64::MIN_POSITIVE)
    }
}

impl Crowd {
    fn of(mesh: &TriMesh, topology: &Topology, sides: &[u32]) -> Self {
        let sides = if sides.len() > MOST { &[] } else { sides };
        let flaps: Vec<Flap> = sides.iter().map(|&side| Flap::of(mesh, side)).collect();
        let behind_mm: Vec<f64> =
            sides.iter().map(|&side| bends_behind_mm(mesh, topology, side, STEPS_BEHIND)).collect();
        let piece = |flap: &Flap| topology.components()[flap.side as usize / 3];
        let mut pairs = Vec::new();
        for (i, p) in flaps.iter().enumerate() {
            for (j, q) in flaps.iter().enumerate().skip(i + 1) {
                let pieces = [piece(p).min(piece(q)), piece(p).max(piece(q))];
                let bends_mm = p.bend_mm(q) + behind_mm[i] + behind_mm[j];
                pairs.push(Pair { flaps: [i, j], pieces, bends_mm, length_mm: p.length_mm });
            }
        }
        Self { flaps, pairs }
    }

    fn least_bend(&self) -> f64 {
        self.pairs.iter().map(Pair::bend).fold(f64::INFINITY, f64::min)
    }

    fn greedy_pairs(&self, mut fit: impl FnMut(&Flap, &Flap) -> Option<Fit>) -> Vec<[&Flap; 2]> {
        let mut is_left = vec![true; self.flaps.len()];
        let mut chosen = Vec::new();
        loop {
            let mut best: Option<(&Pair, Fit)> = None;
            for pair in self.pairs.iter().filter(|pair| pair.flaps.iter().all(|&i| is_left[i])) {
                let [p, q] = pair.flaps.map(|i| &self.flaps[i]);
                let Some(fit) = fit(p, q) else { continue };
                let is_better =
                    |(known, best): (&Pair, Fit)| fit < best || (fit == best && pair.bend() < known.bend() - SAME);
                if best.is_none_or(is_better) {
                    best = Some((pair, fit));
                }
            }
            let Some((pair, _)) = best else { return chosen };
            pair.flaps.iter().for_each(|&i| is_left[i] = false);
            chosen.push(pair.flaps.map(|i| &self.flaps[i]));
        }
    }
}
