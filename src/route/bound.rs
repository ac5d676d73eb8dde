use super::candidates::{Candidates, Near};
use super::solve::check_points;
use super::spanning::{Priced, Spanner};
use super::sparse_graph::SparseGraph;
use super::{Cost, Ends, hilbert};
use crate::error::Result;
use crate::geometry::Point;

/// Neighbours of each point in the sparse graph that the ascent climbs over.
const NEIGHBOURS: usize = 7;
/// Rounds of the ascent; after each one the edges that a least tree of the complete graph needs join the sparse graph.
const ROUNDS: u32 = 4;
/// Steps of the first round, and the first of them as a share of the mean cost of the tree's edges.
const FIRST_ROUND: (u32, f64) = (160, 0.4);
/// The same of later rounds.
const LATER_ROUND: (u32, f64) = (60, 0.1);
/// The last step of every round, as a share of the mean cost.
const LAST_STEP: f64 = 0.004;
/// Taken off the bound, as a share: sums of so many terms may be rounded up by less.
const ROUNDING: f64 = 1e-11;
/// Share of a step that follows the degrees of this tree, the rest those of the tree before (Helsgaun 2000).
const MOMENTUM: f64 = 0.7;

/// A length that no order of the points falls below, in the unit of the cost.
///
/// Every closed tour is a spanning tree of all points but one, and two edges at that one: a least such 1-tree is no
/// longer than the shortest tour. A potential at each point that every edge there costs in addition changes all tours by
/// the same amount but not the trees; a subgradient ascent looks for potentials under which the bound is high (M. Held,
/// R. M. Karp, The traveling-salesman problem and minimum spanning trees II, Mathematical Programming 1, 1971). An open
/// path is a closed tour through one more point that costs nothing to reach from its ends.
///
/// The ascent itself runs over a sparse graph. Its result counts only by the least tree of the complete graph under the
/// final potentials: it holds for every cost whose [`Cost::at_least`] is right, and is fast where that is close to the
/// cost. For random points the shortest tour is about 0.7 % longer. `stop` is asked now and then; after `true` the bound
/// is what it is by then.
///
/// # Errors
/// As [`solve`](super::solve) for points and ends.
///
/// ```
/// use tonsure::geometry::Point;
/// use tonsure::route::{Ends, EuclideanCost, lower_bound};
/// let square = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]].map(|[x, y]| Point::new(x, y, 0.0));
/// let bound = lower_bound(&square, &EuclideanCost::new(&square), Ends::Closed, None)?;
/// assert!((3.999..=4.0).contains(&bound));
/// # Ok::<(), tonsure::Error>(())
/// ```
pub fn lower_bound(points: &[Point], cost: &impl Cost, ends: Ends, stop: Option<&dyn Fn() -> bool>) -> Result<f64> {
    let pins = check_points(points, ends)?;
    let keys = hilbert::keys(points);
    let mut numbers: Vec<u32> = (0..points.len() as u32).collect();
    numbers.sort_unstable_by_key(|&i| (keys[i as usize], i));
    let places: Vec<Point> = numbers.iter().map(|&i| points[i as usize]).collect();
    let cost = cost.renumbered(&numbers);
    let closure = match ends {
        Ends::Closed if points.len() == 2 => return Ok(2.0 * cost.cost(0, 1)),
        Ends::Closed => Closure::Leaf,
        Ends::Open { .. } => {
            let place = |pin: u32| numbers.iter().position(|&i| i == pin).map(|place| place as u32);
            Closure::Gate(pins.map(|pin| pin.and_then(place)))
        }
    };
    if points.len() < 2 {
        return Ok(0.0);
    }

    let mut spanner = Spanner::new(&places);
    let mut climb = Climb::new(&places, &cost, closure)?;
    let mut best = f64::NEG_INFINITY;
    for round in 0..=ROUNDS {
        if round > 0 {
            climb.ascend(if round == 1 { FIRST_ROUND } else { LATER_ROUND }, stop);
        }
        let tree = spanner.least_tree(&cost, &climb.potentials, &climb.pairs());
        let second = |leaf: u32, partner: u32| spanner.second_edge(leaf, partner, &climb.potentials, &cost);
        best = best.max(climb.value(&tree, second).0);
        let known = climb.graph.edges().len();
        climb.add(&tree, &cost);
        let stopped = stop.is_some_and(|stop| stop());
        if stopped || (round > 1 && climb.graph.edges().len() == known) {
            break;
        }
    }
    Ok((1.0 - ROUNDING) * best.max(0.0))
}

/// What makes a tour's relaxation of a spanning tree.
#[derive(Debug, Clone, Copy)]
enum Closure {
    /// One more edge at a leaf of the tree: then its cost is a bound for a tour through that leaf.
    Leaf,
    /// The gate between the ends of an open path, with two edges: to the fixed ends, else to where potentials are least.
    Gate([Option<u32>; 2]),
}

/// Potentials on their way up.
struct Climb {
    graph: SparseGraph,
    potentials: Vec<f64>,
    closure: Closure,
    /// Mean cost of the edges of a least tree.
    mean_edge: f64,
}

impl Climb {
    fn new(places: &[Point], cost: &impl Cost, closure: Closure) -> Result<Self> {
        let graph =
            SparseGraph::of(&Candidates::balanced(&Near::new(places)?, cost, NEIGHBOURS, &|| false)?, places.len());
        let total: f64 = graph.edges().iter().map(|edge| edge.0).sum();
        let mean_edge = total / graph.edges().len() as f64;
        Ok(Self { graph, potentials: vec![0.0; places.len()], closure, mean_edge })
    }

    fn pairs(&self) -> Vec<(u32, u32)> {
        self.graph.edges().iter().map(|&(_, a, b)| (a, b)).collect()
    }

    /// Adds those of a tree's edges that are not there yet.
    fn add(&mut self, tree: &[Priced], cost: &impl Cost) {
        let plain = tree.iter().map(|&(_, a, b)| (cost.cost(a, b), a, b));
        self.mean_edge = plain.clone().map(|edge| edge.0).sum::<f64>() / tree.len() as f64;
        self.graph.add(plain);
    }

    /// Goes up by steps that shrink, and ends at the best potentials that it met.
    fn ascend(&mut self, (steps, first_step): (u32, f64), stop: Option<&dyn Fn() -> bool>) {
        let mut best = (f64::NEG_INFINITY, self.potentials.clone());
        let mut before: Option<Vec<f64>> = None;
        for step in 0..steps {
            if stop.is_some_and(|stop| stop()) {
                break;
            }
            self.graph.rank(&self.potentials);
            let tree = self.graph.least_tree(&self.potentials);
            let (value, degrees) = self.value(&tree, self.second_sparse_edges());
            if value > best.0 {
                best = (value, self.potentials.clone());
            }
            let excess: Vec<f64> = degrees.iter().map(|&degree| f64::from(degree) - 2.0).collect();
            let size = self.mean_edge * first_step * (LAST_STEP / first_step).powf(f64::from(step) / f64::from(steps));
            for (node, potential) in self.potentials.iter_mut().enumerate() {
                let last = before.as_ref().map_or(excess[node], |before| before[node]);
                *potential += size * (MOMENTUM * excess[node] + (1.0 - MOMENTUM) * last);
            }
            before = Some(excess);
        }
        self.potentials = best.1;
    }

    /// The bound that a least tree gives, and the degrees of the points in its relaxed tour. `second` is the cost of the
    /// cheapest edge at a leaf but for the one to the given partner.
    fn value(&self, tree: &[Priced], second: impl Fn(u32, u32) -> f64) -> (f64, Vec<u32>) {
        let mut degrees = vec![0; self.potentials.len()];
        let mut partner = vec![0; self.potentials.len()];
        for &(_, a, b) in tree {
            for (end, other) in [(a, b), (b, a)] {
                degrees[end as usize] += 1;
                partner[end as usize] = other;
            }
        }
        let total: f64 = tree.iter().map(|edge| edge.0).sum();
        let closing = match self.closure {
            Closure::Leaf => {
                let leaves = (0..degrees.len() as u32).filter(|&node| degrees[node as usize] == 1);
                let mut dearest = (f64::NEG_INFINITY, 0);
                for leaf in leaves {
                    let edge = second(leaf, partner[leaf as usize]);
                    if edge > dearest.0 {
                        dearest = (edge, leaf);
                    }
                }
                degrees[dearest.1 as usize] += 1;
                dearest.0
            }
            Closure::Gate(pins) => {
                let mut ends = pins;
                for i in 0..2 {
                    let free = (0..degrees.len() as u32).filter(|&node| !ends.contains(&Some(node)));
                    let least =
                        free.min_by(|&a, &b| self.potentials[a as usize].total_cmp(&self.potentials[b as usize]));
                    ends[i] = ends[i].or(least);
                }
                ends.into_iter()
                    .flatten()
                    .map(|end| {
                        degrees[end as usize] += 1;
                        self.potentials[end as usize]
                    })
                    .sum()
            }
        };
        (total + closing - 2.0 * self.potentials.iter().sum::<f64>(), degrees)
    }

    /// The cheapest edges of the sparse graph at each point, to tell the second one at a leaf.
    fn second_sparse_edges(&self) -> impl Fn(u32, u32) -> f64 + use<> {
        let mut two = vec![[(f64::INFINITY, u32::MAX); 2]; self.potentials.len()];
        for (cost, a, b) in self.graph.ranked(&self.potentials) {
            for (end, other) in [(a, b), (b, a)] {
                let row = &mut two[end as usize];
                if let Some(slot) = row.iter_mut().find(|slot| slot.1 == u32::MAX) {
                    *slot = (cost, other);
                }
            }
        }
        move |leaf, partner| {
            let [first, second] = two[leaf as usize];
            if first.1 == partner { second.0 } else { first.0 }
        }
    }
}
