use rayon::prelude::*;

use super::candidates::Candidates;

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
    /// Cost without potentials.
    pub cost: f64,
    /// By how much a least spanning tree with this edge is longer than one without, under the potentials.
    pub alpha: f64,
}

impl Ascent {
    /// Climbs over the graph of these candidates.
    pub(super) fn over(graph: &Candidates, nodes: u32) -> Self {
        let mut edges: Vec<Edge> = (0..nodes)
            .flat_map(|from| graph.of(from).iter().map(move |&(to, cost)| (from.min(to), from.max(to), cost)))
            .map(|(a, b, cost)| Edge { a, b, cost, alpha: 0.0 })
            .collect();
        edges.sort_unstable_by_key(|edge| (edge.a, edge.b));
        edges.dedup_by_key(|edge| (edge.a, edge.b));

        let mut potentials = vec![0.0; nodes as usize];
        let mut best = (f64::NEG_INFINITY, potentials.clone());
        let mut before: Option<Vec<f64>> = None;
        let mut ranked: Vec<(f64, u32)> = (0..edges.len() as u32).map(|edge| (0.0, edge)).collect();
        let first_step = FIRST_STEP * edges.iter().map(|edge| edge.cost).sum::<f64>() / edges.len().max(1) as f64;
        for step in 0..STEPS {
            rank(&mut ranked, &edges, &potentials);
            let (tree_cost, degrees) = least_tree(&ranked, &edges, nodes);
            let bound = tree_cost - 2.0 * potentials.iter().sum::<f64>();
            if bound > best.0 {
                best = (bound, potentials.clone());
            }
            let excess: Vec<f64> = degrees.iter().map(|&degree| f64::from(degree) - 2.0).collect();
            let step_size = first_step * f64::from(STEPS - step) / f64::from(STEPS);
            for (node, potential) in potentials.iter_mut().enumerate() {
                let last = before.as_ref().map_or(excess[node], |before| before[node]);
                *potential += step_size * (MOMENTUM * excess[node] + (1.0 - MOMENTUM) * last);
            }
            before = Some(excess);
        }
        let potentials = best.1;
        rank(&mut ranked, &edges, &potentials);
        set_alphas(&mut edges, &ranked, nodes);
        Self { potentials, edges }
    }
}

/// Sorts the edges by cost under the potentials. Little changes from step to step: a sort that uses runs pays.
fn rank(ranked: &mut [(f64, u32)], edges: &[Edge], potentials: &[f64]) {
    for (cost, edge) in &mut *ranked {
        let Edge { a, b, cost: plain, .. } = edges[*edge as usize];
        *cost = plain + potentials[a as usize] + potentials[b as usize];
    }
    ranked.par_sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
}

/// Cost of a least spanning forest, and the degrees of its nodes: J. B. Kruskal, On the shortest spanning subtree of a
/// graph and the traveling salesman problem, Proceedings of the AMS 7 (1956).
fn least_tree(ranked: &[(f64, u32)], edges: &[Edge], nodes: u32) -> (f64, Vec<u32>) {
    let mut parent: Vec<u32> = (0..nodes).collect();
    let mut degrees = vec![0; nodes as usize];
    let mut total = 0.0;
    let mut left = nodes.saturating_sub(1);
    for &(cost, edge) in ranked {
        let Edge { a, b, .. } = edges[edge as usize];
        let roots = [a, b].map(|node| {
            let mut at = node;
            while parent[at as usize] != at {
                parent[at as usize] = parent[parent[at as usize] as usize];
                at = parent[at as usize];
            }
            at
        });
        if roots[0] != roots[1] {
            parent[roots[0] as usize] = roots[1];
            degrees[a as usize] += 1;
            degrees[b as usize] += 1;
            total += cost;
            left -= 1;
            if left == 0 {
                break;
            }
        }
    }
    (total, degrees)
}

/// Sets each edge's alpha: its cost less the dearest edge of the least tree between its ends.
///
/// Trees united by size, without shortening, are as deep as their logarithm, and the links from a node to its root
/// were made later and later: where the ways of two nodes upward meet, the dearest edge between them was taken.
fn set_alphas(edges: &mut [Edge], ranked: &[(f64, u32)], nodes: u32) {
    let mut parent: Vec<u32> = (0..nodes).collect();
    let mut size = vec![1_u32; nodes as usize];
    let mut made_at = vec![u32::MAX; nodes as usize];
    for (&(_, edge), rank) in ranked.iter().zip(0..) {
        let Edge { a, b, .. } = edges[edge as usize];
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
            made_at[lower] = rank;
            size[upper] += size[lower];
        }
    }
    for &(cost, edge) in ranked {
        let Edge { mut a, mut b, .. } = edges[edge as usize];
        let mut dearest = cost;
        while a != b {
            let lower = if made_at[a as usize] < made_at[b as usize] { &mut a } else { &mut b };
            dearest = ranked[made_at[*lower as usize] as usize].0;
            *lower = parent[*lower as usize];
        }
        edges[edge as usize].alpha = cost - dearest;
    }
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
            let ascent = Ascent::over(&Candidates::nearest(&points, &plain, points.len()).unwrap(), nodes);
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
