use rayon::prelude::*;

use super::Cost;
use super::box_tree::BoxTree;
use super::sets::Sets;
use crate::geometry::Point;

/// An edge under potentials: its cost, both of them included, and its ends.
pub(super) type Priced = (f64, u32, u32);

/// Points whose searches run at once; what they find bounds those of the next ones.
const AT_ONCE: usize = 4096;

/// Finds least spanning trees over the complete graph of points under potentials.
///
/// Borůvka's algorithm: every component takes its cheapest edge to another one, until there is one component. The edges
/// are sought in a tree of boxes (W. B. March, P. Ram, A. G. Gray, Fast Euclidean minimum spanning tree, KDD 2010), which
/// here holds potentials too. Nothing is left out that could be cheaper: the tree is a least one, not merely one of a
/// sparse graph, and only so its cost is a bound.
#[derive(Debug)]
pub(super) struct Spanner<'a> {
    tree: BoxTree<'a>,
}

impl<'a> Spanner<'a> {
    /// For these points, in the order of a space-filling curve.
    pub(super) fn new(points: &'a [Point]) -> Self {
        Self { tree: BoxTree::new(points) }
    }

    /// A least spanning tree. `likely` are edges that save most of the search where they are in it.
    pub(super) fn least_tree(&mut self, cost: &impl Cost, potentials: &[f64], likely: &[(u32, u32)]) -> Vec<Priced> {
        self.tree.set_potentials(potentials);
        let count = potentials.len();
        let priced = |a: u32, b: u32| cost.cost(a, b) + potentials[a as usize] + potentials[b as usize];
        let mut likely: Vec<Priced> = likely.iter().map(|&(a, b)| (priced(a, b), a, b)).collect();
        let mut components = Sets::new(count);
        // No edge from a point to another component costs less than this; it holds on as components grow.
        let mut floor = vec![f64::NEG_INFINITY; count];
        let mut taken: Vec<Priced> = Vec::with_capacity(count.saturating_sub(1));
        while taken.len() + 1 < count {
            let component = components.roots();
            likely.retain(|&(_, a, b)| component[a as usize] != component[b as usize]);
            let mut best: Vec<Priced> = vec![(f64::INFINITY, 0, 0); count];
            for &edge in &likely {
                for end in [edge.1, edge.2] {
                    let slot = &mut best[component[end as usize] as usize];
                    if edge.0 < slot.0 {
                        *slot = edge;
                    }
                }
            }
            self.tree.set_groups(&component);
            for first in (0..count).step_by(AT_ONCE) {
                let found: Vec<Option<(f64, u32)>> = (first..(first + AT_ONCE).min(count))
                    .into_par_iter()
                    .map(|from| {
                        let own = component[from];
                        let bound = best[own as usize].0;
                        let open = |to: u32| component[to as usize] != own;
                        (floor[from] < bound)
                            .then(|| self.tree.cheapest((from as u32, own), potentials, cost, bound, open))
                            .flatten()
                    })
                    .collect();
                let bounds: Vec<f64> =
                    (first..first + found.len()).map(|from| best[component[from] as usize].0).collect();
                for ((from, found), bound) in (first..).zip(found).zip(bounds) {
                    floor[from] = floor[from].max(found.map_or(bound, |(cost, _)| cost));
                    let slot = &mut best[component[from] as usize];
                    if let Some((cost, to)) = found.filter(|&(cost, _)| cost < slot.0) {
                        *slot = (cost, from as u32, to);
                    }
                }
            }
            let before = taken.len();
            for edge in best.into_iter().filter(|edge| edge.0 < f64::INFINITY) {
                // Of edges that cost the same two may join the same components.
                if components.unite(edge.1, edge.2) {
                    taken.push(edge);
                }
            }
            if taken.len() == before {
                break;
            }
        }
        taken
    }

    /// Cost of the cheapest edge at a point, under the potentials of the last tree, but for the one to `partner`.
    pub(super) fn second_edge(&self, from: u32, partner: u32, potentials: &[f64], cost: &impl Cost) -> f64 {
        let open = |to: u32| to != from && to != partner;
        let found = self.tree.cheapest((from, u32::MAX), potentials, cost, f64::INFINITY, open);
        found.map_or(f64::INFINITY, |(cost, _)| cost)
    }
}
