use rayon::prelude::*;

use super::candidates::Candidates;
use super::sets::Sets;
use super::spanning::Priced;

/// A sparse graph whose edges are ranked by cost under potentials, again and again as these change.
#[derive(Debug)]
pub(super) struct SparseGraph {
    nodes: usize,
    /// Every edge once with its cost without potentials, sorted by its ends.
    edges: Vec<Priced>,
    /// The edges from the cheapest on: the leading bits of the cost, with the number of the edge in place of the others.
    ranks: Vec<u64>,
    number_bits: u64,
}

impl SparseGraph {
    /// Of every node and its candidates.
    pub(super) fn of(candidates: &Candidates, nodes: usize) -> Self {
        let mut graph = Self { nodes, edges: Vec::new(), ranks: Vec::new(), number_bits: 0 };
        let of = |from: u32| candidates.of(from).map(move |(to, cost)| (cost, from, to));
        graph.add((0..nodes as u32).flat_map(of));
        graph
    }

    /// Adds those of the edges, without potentials, that are not there yet.
    pub(super) fn add(&mut self, edges: impl Iterator<Item = Priced>) {
        self.edges.extend(edges.map(|(cost, a, b)| (cost, a.min(b), a.max(b))));
        self.edges.sort_unstable_by_key(|&(_, a, b)| (a, b));
        self.edges.dedup_by_key(|&mut (_, a, b)| (a, b));
        self.number_bits = (self.edges.len() as u64).next_power_of_two() - 1;
        self.ranks = (0..self.edges.len() as u64).collect();
    }

    /// The edges without potentials.
    pub(super) fn edges(&self) -> &[Priced] {
        &self.edges
    }

    /// Ranks the edges by cost under these potentials. Of costs that differ by less than a hundred-millionth part either may
    /// come first.
    pub(super) fn rank(&mut self, potentials: &[f64]) {
        let Self { edges, number_bits, .. } = self;
        for rank in &mut self.ranks {
            let number = *rank & *number_bits;
            let bits = priced(edges[number as usize], potentials).0.to_bits();
            // As integers, bits of positive numbers are ordered as these are, and those of negative ones the other way.
            let ordered = if bits >> 63 == 0 { bits | 1 << 63 } else { !bits };
            *rank = (ordered & !*number_bits) | number;
        }
        self.ranks.par_sort_unstable();
    }

    /// The edges with their costs under the potentials by which they were ranked, from the cheapest on.
    pub(super) fn ranked<'b>(&'b self, potentials: &'b [f64]) -> impl Iterator<Item = Priced> + 'b {
        self.ranks.iter().map(|rank| priced(self.edges[(rank & self.number_bits) as usize], potentials))
    }

    /// A least spanning tree, or forest: J. B. Kruskal, On the shortest spanning subtree of a graph and the traveling
    /// salesman problem, Proceedings of the AMS 7 (1956). The graph was ranked by the same potentials.
    pub(super) fn least_tree(&self, potentials: &[f64]) -> Vec<Priced> {
        let mut sets = Sets::new(self.nodes);
        let mut tree = Vec::with_capacity(self.nodes);
        for edge in self.ranked(potentials) {
            if sets.unite(edge.1, edge.2) {
                tree.push(edge);
                if sets.count() == 1 {
                    break;
                }
            }
        }
        tree
    }
}

/// The edge under potentials.
#[inline]
pub(super) fn priced((cost, a, b): Priced, potentials: &[f64]) -> Priced {
    (cost + potentials[a as usize] + potentials[b as usize], a, b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn least_trees_cost_what_prims_do(
            potentials in proptest::collection::vec(-50.0_f64..50.0, 2..12),
            costs in proptest::collection::vec(0_u8..30, 66),
        ) {
            let count = potentials.len() as u32;
            let pairs = (0..count).flat_map(|b| (0..b).map(move |a| (a, b)));
            let edges: Vec<Priced> = pairs.zip(&costs).map(|((a, b), &cost)| (f64::from(cost), a, b)).collect();
            let mut graph =
                SparseGraph { nodes: potentials.len(), edges: Vec::new(), ranks: Vec::new(), number_bits: 0 };
            // Every edge comes twice, once turned round.
            graph.add(edges.iter().flat_map(|&(cost, a, b)| [(cost, a, b), (cost, b, a)]));
            prop_assert_eq!(graph.edges().len(), edges.len());
            graph.rank(&potentials);
            let mut ranked: Vec<Priced> = graph.ranked(&potentials).collect();
            prop_assert!(ranked.windows(2).all(|pair| pair[0].0 <= pair[1].0 + 1e-9));
            ranked.sort_unstable_by_key(|edge| (edge.1, edge.2));
            let expected: Vec<Priced> = graph.edges().iter().map(|&edge| priced(edge, &potentials)).collect();
            prop_assert_eq!(ranked, expected);

            let mut inside = vec![0];
            let mut least = 0.0;
            while inside.len() < potentials.len() {
                let open = |&&(_, a, b): &&Priced| inside.contains(&a) != inside.contains(&b);
                let costs = edges.iter().filter(open).map(|&edge| priced(edge, &potentials));
                let (cost, a, b) = costs.min_by(|x, y| x.0.total_cmp(&y.0)).unwrap();
                least += cost;
                inside.push(if inside.contains(&a) { b } else { a });
            }
            let tree = graph.least_tree(&potentials);
            prop_assert_eq!(tree.len() + 1, potentials.len());
            let total: f64 = tree.iter().map(|edge| edge.0).sum();
            prop_assert!((total - least).abs() < 1e-6, "{} against {}", total, least);
        }
    }
}
