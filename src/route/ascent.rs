use super::candidates::Candidates;
use super::spanning::Priced;
use super::sparse_graph::{SparseGraph, priced};

/// Steps of the ascent: more raise the bound by less than a tenth of a percent and cost more than they save.
const STEPS: u32 = 25;
/// First step of the potentials, as a share of the mean cost of the graph's edges; later ones shrink to nothing.
const FIRST_STEP: f64 = 0.2;
/// Share of a step that follows the degrees of this tree, the rest those of the tree before (Helsgaun 2000).
const MOMENTUM: f64 = 0.7;

/// Potentials of the nodes of a sparse graph, and how far each edge is from a least spanning tree under them.
///
/// A potential added to every edge at a node changes the length of all tours alike, but not that of spanning trees:
/// raised where a tree has many edges, lowered where it ends, they bring least trees close to tours, and the edges that
/// a least tree can take in at little cost are those of good tours: M. Held, R. M. Karp, The traveling-salesman problem
/// and minimum spanning trees II, Mathematical Programming 1 (1971); K. Helsgaun, An effective implementation of the
/// Lin-Kernighan traveling salesman heuristic, European Journal of Operational Research 126 (2000).
#[derive(Debug)]
pub(super) struct Ascent {
    /// Potential of every node.
    pub potentials: Vec<f64>,
    /// The graph's edges once each, with their nearness.
    pub edges: Vec<Edge>,
}

/// An edge of the graph.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub a: u32,
    pub b: u32,
    /// By how much a least spanning tree with this edge is longer than one without, under the potentials.
    pub alpha: f64,
}

impl Ascent {
    /// Climbs over the graph of these candidates, until `stop` says so at the most.
    pub(super) fn over(candidates: &Candidates, nodes: u32, stop: Option<&(dyn Fn() -> bool + Sync)>) -> Self {
        let mut graph = SparseGraph::of(candidates, nodes as usize);
        let mut potentials = vec![0.0; nodes as usize];
        let mut best = (f64::NEG_INFINITY, potentials.clone());
        let mut before: Option<Vec<f64>> = None;
        let total: f64 = graph.edges().iter().map(|edge| edge.0).sum();
        let first_step = FIRST_STEP * total / graph.edges().len().max(1) as f64;
        for step in 0..STEPS {
            if stop.is_some_and(|stop| stop()) {
                break;
            }
            graph.rank(&potentials);
            let tree = graph.least_tree(&potentials);
            let bound = tree.iter().map(|edge| edge.0).sum::<f64>() - 2.0 * potentials.iter().sum::<f64>();
            if bound > best.0 {
                best.0 = bound;
                best.1.clone_from(&potentials);
            }
            let mut excess = vec![-2.0; potentials.len()];
            for end in tree.iter().flat_map(|edge| [edge.1, edge.2]) {
                excess[end as usize] += 1.0;
            }
            let step_size = first_step * f64::from(STEPS - step) / f64::from(STEPS);
            let last = before.as_ref().unwrap_or(&excess);
            for ((potential, excess), last) in potentials.iter_mut().zip(&excess).zip(last) {
                *potential += step_size * (MOMENTUM * excess + (1.0 - MOMENTUM) * last);
            }
            before = Some(excess);
        }
        let potentials = best.1;
        graph.rank(&potentials);
        let edges = with_alphas(&graph, &potentials);
        Self { potentials, edges }
    }
}

/// The edges with their alphas: the cost of each less the dearest edge of the least tree between its ends.
///
/// Trees united by size, without shortening, are as deep as their logarithm, and the links from a node to its root
/// were made dearer and dearer: where the ways of two nodes upward meet, the dearest edge between them was taken.
fn with_alphas(graph: &SparseGraph, potentials: &[f64]) -> Vec<Edge> {
    let mut parent: Vec<u32> = (0..potentials.len() as u32).collect();
    let mut size = vec![1_u32; potentials.len()];
    // Of each node but the last root: the rank and the cost of the edge that linked it to its parent.
    let mut linked = vec![(u32::MAX, f64::INFINITY); potentials.len()];
    for ((cost, a, b), rank) in graph.ranked(potentials).zip(0..) {
        let mut roots = [a, b].map(|node| {
            let mut at = node;
            while parent[at as usize] != at {
                at = parent[at as usize];
            }
            at
        });
        if roots[0] != roots[1] {
            roots.sort_unstable_by_key(|&root| size[root as usize]);
            let [lower, upper] = roots.map(|root| root as usize);
            parent[lower] = roots[1];
            linked[lower] = (rank, cost);
            size[upper] += size[lower];
        }
    }
    let with_alpha = |&edge: &Priced| {
        let (priced, mut a, mut b) = priced(edge, potentials);
        let mut dearest = priced;
        while a != b {
            let lower = if linked[a as usize].0 < linked[b as usize].0 { &mut a } else { &mut b };
            dearest = linked[*lower as usize].1;
            *lower = parent[*lower as usize];
        }
        Edge { a: edge.1, b: edge.2, alpha: priced - dearest }
    };
    graph.edges().iter().map(with_alpha).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geometry::Point;
    use crate::route::{Cost, EuclideanCost};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn alpha_is_what_a_least_tree_with_the_edge_costs_more(
            points in proptest::collection::vec(proptest::array::uniform3(0_u8..6), 3..14),
        ) {
            let points: Vec<Point> = points.iter().map(|cell| cell.map(f64::from).into()).collect();
            let nodes = points.len() as u32;
            let plain = EuclideanCost::new(&points);
            let ascent = Ascent::over(&Candidates::nearest(&points, &plain, points.len()).unwrap(), nodes, None);
            let cost = |a: u32, b: u32| plain.cost(a, b) + ascent.potentials[a as usize] + ascent.potentials[b as usize];
            // Prim's algorithm from the ends of an edge that is given, or from node 0.
            let tree = |given: Option<(u32, u32)>| {
                let mut inside = given.map_or(vec![0], |(a, b)| vec![a, b]);
                let mut total = given.map_or(0.0, |(a, b)| cost(a, b));
                while inside.len() < points.len() {
                    let ways = (0..nodes).filter(|to| !inside.contains(to));
                    let nearest = |to: u32| inside.iter().map(|&from| cost(from, to)).fold(f64::INFINITY, f64::min);
                    let (add, to) = ways.map(|to| (nearest(to), to)).min_by(|x, y| x.0.total_cmp(&y.0)).unwrap();
                    total += add;
                    inside.push(to);
                }
                total
            };
            let least = tree(None);
            prop_assert_eq!(ascent.edges.len() as u32, nodes * (nodes - 1) / 2);
            for edge in &ascent.edges {
                let more = tree(Some((edge.a, edge.b))) - least;
                prop_assert!((edge.alpha - more).abs() < 1e-9, "{edge:?}: {more}");
            }
        }
    }
}
