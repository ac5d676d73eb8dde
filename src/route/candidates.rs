use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use kiddo::{ImmutableKdTree, SquaredEuclidean};
use rayon::prelude::*;

use super::Cost;
use super::ascent::Ascent;
use crate::error::{Error, Result};
use crate::geometry::Point;

/// Among this many times the wanted number of nearest points others are looked for in directions that lack them.
const REACH: usize = 2;
/// Neighbours in one octant that come before nearer ones in others.
const PER_OCTANT: usize = 2;
/// The same for rows of points and clusters of them, which a tour must leave over longer ways.
const WIDE_REACH: usize = 4;
const WIDE_PER_OCTANT: usize = 3;

/// Points in a plane with a quadrant in which none of those lies are looked at once more, among so many nearest ones: ways
/// from cluster to cluster are long, and which of them a tour takes decides more than all ways inside.
const FAR: usize = 250;

/// One cost among so many tells about how dear all are; no divisor of usual lengths of rows.
const SAMPLED_EACH: usize = 97;
/// About so many rows tell whether many costs are equal.
const SAMPLED_ROWS: usize = 2000;
/// Rows between two looks at the stop callback.
const ROWS_PER_LOOK: usize = 64;

/// For every node the few others it may be joined to, cheapest first.
///
/// Numbers and costs are kept apart: pairs of them would take a third more memory.
#[derive(Debug)]
pub(super) struct Candidates {
    nodes: Vec<u32>,
    costs: Vec<f64>,
    per_node: usize,
}

impl Candidates {
    /// The `per_node` nearest points of each, or all others where there are fewer, ranked by cost.
    #[cfg(test)]
    pub(super) fn nearest(points: &[Point], cost: &impl Cost, per_node: usize) -> Result<Self> {
        let per_node = per_node.min(points.len().saturating_sub(1));
        let near = Near::new(points)?;
        Self::ranked(points.len(), per_node, cost, &|| false, |at| near.others(at, per_node))
    }

    /// As the nearest points, but two of every octant that has them before a third one of any: on the edges of
    /// clusters, and in rows, the nearest points alone lie all on one side. When it gets late, the nodes that are left
    /// get places that nothing is ever joined to.
    pub(super) fn balanced(
        near: &Near<'_>,
        cost: &impl Cost,
        per_node: usize,
        is_late: &(dyn Fn() -> bool + Sync),
    ) -> Result<Self> {
        let balance = Balance::new(near, per_node, [REACH * per_node, FAR], PER_OCTANT);
        Self::ranked(near.points.len(), balance.per_node, cost, is_late, |at| balance.others(at))
    }

    /// As [`Self::balanced`], chosen from further around.
    pub(super) fn widely_balanced(
        near: &Near<'_>,
        cost: &impl Cost,
        per_node: usize,
        is_late: &(dyn Fn() -> bool + Sync),
    ) -> Result<Self> {
        let balance = Balance::new(near, per_node, [WIDE_REACH * per_node; 2], WIDE_PER_OCTANT);
        Self::ranked(near.points.len(), balance.per_node, cost, is_late, |at| balance.others(at))
    }

    /// The `per_node` edges at each node that a least spanning tree under the ascent's potentials takes in most
    /// easily, ranked by cost under these potentials.
    pub(super) fn alpha_nearest(ascent: &Ascent, per_node: usize, cost: &impl Cost) -> Result<Self> {
        let mut edges: Vec<(u32, f64, u32)> =
            ascent.edges.iter().flat_map(|edge| [(edge.a, edge.alpha, edge.b), (edge.b, edge.alpha, edge.a)]).collect();
        let plain = |a: u32, b: u32| cost.cost(a, b);
        edges.par_sort_unstable_by(|x, y| {
            (x.0.cmp(&y.0))
                .then(x.1.total_cmp(&y.1))
                .then_with(|| plain(x.0, x.2).total_cmp(&plain(y.0, y.2)))
                .then(x.2.cmp(&y.2))
        });
        let rows: Vec<&[(u32, f64, u32)]> = edges.chunk_by(|x, y| x.0 == y.0).collect();
        let per_node = rows.iter().map(|row| row.len()).min().unwrap_or(0).min(per_node);
        let row = |at: usize| rows[at][..per_node].iter().map(|edge| edge.2).collect();
        Self::ranked(rows.len(), per_node, cost, &|| false, row)
    }

    /// Those among a part of the nodes, whose numbers there `local` tells. What lies outside of it leaves a place at the
    /// end of a row that nothing is ever joined to.
    pub(super) fn part(&self, nodes: &[u32], local: impl Fn(u32) -> Option<u32>) -> Self {
        let mut part = Self::empty(nodes.len(), self.per_node);
        for (at, &node) in nodes.iter().enumerate() {
            let first = at * self.per_node;
            for (place, (to, cost)) in (first..).zip(self.of(node).filter_map(|(to, cost)| Some((local(to)?, cost)))) {
                part.nodes[place] = to;
                part.costs[place] = cost;
            }
        }
        part
    }

    /// Rows of places that nothing is ever joined to.
    fn empty(nodes: usize, per_node: usize) -> Self {
        Self { nodes: vec![0; nodes * per_node], costs: vec![f64::INFINITY; nodes * per_node], per_node }
    }

    /// The `per_node` others that are chosen for each node, ranked by cost; as long as it is not late.
    fn ranked(
        nodes: usize,
        per_node: usize,
        cost: &impl Cost,
        is_late: &(dyn Fn() -> bool + Sync),
        choose: impl Fn(usize) -> Vec<u32> + Sync,
    ) -> Result<Self> {
        // Filled in place: collected from threads it would for a while take twice the memory.
        let mut candidates = Self::empty(nodes, per_node);
        let late = AtomicBool::new(false);
        let Self { nodes, costs, .. } = &mut candidates;
        let rows = nodes.par_chunks_mut(per_node.max(1)).zip(costs.par_chunks_mut(per_node.max(1)));
        rows.enumerate().try_for_each(|(at, (nodes, costs))| {
            if at.is_multiple_of(ROWS_PER_LOOK) && is_late() {
                late.store(true, Relaxed);
            }
            if late.load(Relaxed) {
                return Ok(());
            }
            let mut row: Vec<(u32, f64)> = choose(at).into_iter().map(|to| (to, cost.cost(at as u32, to))).collect();
            row.sort_unstable_by(|(a, to_a), (b, to_b)| to_a.total_cmp(to_b).then(a.cmp(b)));
            if row.len() != nodes.len() {
                return Err(Error::system(format!("{} neighbours of point {at}", row.len()))
                    .expected(format!("{per_node} of each")));
            }
            for ((node, cost), found) in nodes.iter_mut().zip(costs).zip(row) {
                (*node, *cost) = found;
            }
            Ok(())
        })?;
        Ok(candidates)
    }

    /// Costs that part the candidates into so many and one more shares, estimated from a sample, and infinity.
    pub(super) fn quantiles(&self, count: usize) -> Vec<f64> {
        let mut sample: Vec<f64> = self.costs.iter().step_by(SAMPLED_EACH).copied().collect();
        sample.sort_unstable_by(f64::total_cmp);
        let quantile = |part: usize| sample.get(part * sample.len() / (count + 1)).copied();
        (1..=count).filter_map(quantile).chain([f64::INFINITY]).collect()
    }

    /// Neighbours of a node with their costs; none of a node that has no place.
    #[inline]
    pub(super) fn of(&self, node: u32) -> impl ExactSizeIterator<Item = (u32, f64)> + Clone + '_ {
        let (nodes, costs) = self.row(node);
        nodes.iter().copied().zip(costs.iter().copied())
    }

    /// The same apart.
    #[inline]
    pub(super) fn row(&self, node: u32) -> (&[u32], &[f64]) {
        let first = node as usize * self.per_node;
        let places = first..first + self.per_node;
        (self.nodes.get(places.clone()).unwrap_or(&[]), self.costs.get(places).unwrap_or(&[]))
    }
}

/// Share of the candidates that [`Candidates::balanced`] would choose which cost as much as the one before them in their
/// row, from a sample: near 0 where points lie at random, large on lattices.
pub(super) fn ties(near: &Near<'_>, cost: &impl Cost, per_node: usize) -> f64 {
    let balance = Balance::new(near, per_node, [REACH * per_node, FAR], PER_OCTANT);
    let (mut pairs, mut equal) = (0_usize, 0_usize);
    for at in (0..near.points.len()).step_by(near.points.len().div_ceil(SAMPLED_ROWS).max(1)) {
        let mut costs: Vec<f64> = balance.others(at).into_iter().map(|to| cost.cost(at as u32, to)).collect();
        costs.sort_unstable_by(f64::total_cmp);
        pairs += costs.len().saturating_sub(1);
        equal += costs.windows(2).filter(|pair| pair[0].total_cmp(&pair[1]).is_eq()).count();
    }
    equal as f64 / pairs.max(1) as f64
}

/// Chooses near points on all sides.
struct Balance<'a> {
    near: &'a Near<'a>,
    per_node: usize,
    /// Among so many nearest points, and among so many where one side has none of those.
    seen: usize,
    far: usize,
    per_octant: usize,
    /// On a curved surface there are octants that hold no point at all.
    is_flat: bool,
}

impl<'a> Balance<'a> {
    fn new(near: &'a Near<'a>, per_node: usize, among: [usize; 2], per_octant: usize) -> Self {
        let points = near.points;
        let others = points.len().saturating_sub(1);
        let [seen, far] = among.map(|count| count.min(others));
        let is_flat = points.iter().all(|point| (point.z - points[0].z).abs() <= 0.0);
        Self { near, per_node: per_node.min(others), seen, far, per_octant, is_flat }
    }

    fn octant(&self, at: usize, to: u32) -> usize {
        let way = self.near.points[to as usize] - self.near.points[at];
        (0..3).fold(0, |octant, axis| 2 * octant + usize::from(way[axis] >= 0.0))
    }

    fn is_one_sided(&self, at: usize, row: &[u32]) -> bool {
        let mut holds = [false; 8];
        for &to in row {
            holds[self.octant(at, to)] = true;
        }
        self.is_flat && self.far > self.seen && holds.iter().filter(|holds| **holds).count() < 4
    }

    fn others(&self, at: usize) -> Vec<u32> {
        let mut row = self.near.others(at, self.seen);
        if self.is_one_sided(at, &row) {
            row = self.near.others(at, self.far);
        }
        let mut in_octant = [0; 8];
        let (mut first, more): (Vec<u32>, Vec<u32>) = row.into_iter().partition(|&to| {
            let octant = self.octant(at, to);
            in_octant[octant] += 1;
            in_octant[octant] <= self.per_octant
        });
        first.extend(more);
        first.truncate(self.per_node);
        first
    }
}

/// Finds the nearest points.
pub(super) struct Near<'a> {
    points: &'a [Point],
    tree: ImmutableKdTree<f64, 3>,
}

impl<'a> Near<'a> {
    /// Among these points.
    pub(super) fn new(points: &'a [Point]) -> Result<Self> {
        let coordinates: Vec<[f64; 3]> = points.iter().map(|point| point.coords.into()).collect();
        let tree = ImmutableKdTree::<f64, 3>::new_from_slice(&coordinates)
            .map_err(|error| Error::system(format!("no k-d tree over {} points: {error:?}", points.len())))?;
        Ok(Self { points, tree })
    }

    /// The `count` others nearest to a point; `count` is less than the number of points.
    pub(super) fn others(&self, at: usize, count: usize) -> Vec<u32> {
        let with_itself = NonZero::<usize>::MIN.saturating_add(count);
        let place: [f64; 3] = self.points[at].coords.into();
        let found = self.tree.query(&place).nearest_n::<SquaredEuclidean<f64>>(with_itself).execute();
        // Of many equal points a point may itself be missing from its list: then the last one is too many.
        let mut others: Vec<u32> = found.iter().map(|item| item.item).filter(|&to| to as usize != at).collect();
        others.truncate(count);
        others
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::route::EuclideanCost;

    #[test]
    fn clusters_in_a_plane_are_joined() {
        // Rows that lean, so that no two points are in line with the axes.
        let cluster = |x: f64| {
            let place = move |k: i32| [f64::from(k % 10), f64::from(k / 10)];
            (0..100).map(place).map(move |[i, j]| Point::new(x + i + 0.1 * j, j - 0.1 * i, 0.0))
        };
        let points: Vec<Point> = cluster(0.0).chain(cluster(1000.0)).collect();
        let candidates =
            Candidates::balanced(&Near::new(&points).unwrap(), &EuclideanCost::new(&points), 8, &|| false).unwrap();
        let across = (0..100).filter(|&node| candidates.of(node).any(|(to, _)| to >= 100)).count();
        // All that look towards the other cluster, and few others: those have neighbours on all sides.
        assert!((10..60).contains(&across), "{across}");
    }

    proptest! {
        #[test]
        fn candidates_are_as_near_as_a_full_search_finds(
            grid in proptest::collection::vec(proptest::array::uniform3(0_u8..5), 1..80),
            per_node in 1_usize..8,
        ) {
            let points: Vec<Point> = grid.iter().map(|cell| cell.map(f64::from).into()).collect();
            let candidates = Candidates::nearest(&points, &EuclideanCost::new(&points), per_node).unwrap();
            for (a, point) in points.iter().enumerate() {
                let row = candidates.of(a as u32);
                let mut distances: Vec<f64> =
                    points.iter().enumerate().filter(|&(b, _)| b != a).map(|(_, q)| nalgebra::distance(point, q)).collect();
                distances.sort_by(f64::total_cmp);
                distances.truncate(per_node);
                prop_assert_eq!(row.clone().map(|(_, cost)| cost).collect::<Vec<_>>(), distances);
                prop_assert!(row.clone().all(|(b, _)| b as usize != a));
            }
        }
    }

    /// A row of points, and one more beside it that is further away than any number of them.
    #[test]
    fn balanced_candidates_leave_a_row_where_the_nearest_do_not() {
        let mut points: Vec<Point> = (0..41_i32).map(|i| Point::new(f64::from(i), 0.0, 0.0)).collect();
        points.push(Point::new(20.0, -6.5, 0.0));
        let cost = EuclideanCost::new(&points);
        let has = |candidates: &Candidates| candidates.of(20).any(|(to, _)| to == 41);
        assert!(!has(&Candidates::nearest(&points, &cost, 8).unwrap()));
        let near = Near::new(&points).unwrap();
        let balanced = Candidates::balanced(&near, &cost, 8, &|| false).unwrap();
        assert!(has(&balanced));
        assert!(balanced.of(20).is_sorted_by(|x, y| x.1 <= y.1));
        assert_eq!(balanced.of(20).len(), 8);
        // In the row itself every second candidate is as near as the one before, but at its ends.
        let ties = ties(&near, &cost, 8);
        assert!((0.3..0.6).contains(&ties), "{ties}");
    }

    /// So many points that only some of them are looked at.
    #[test]
    fn a_sample_tells_lattices_from_points_at_random() {
        let ties_of = |points: &[Point]| ties(&Near::new(points).unwrap(), &EuclideanCost::new(points), 8);
        let lattice = |columns: i32| (0..9000).map(move |k: i32| [k % columns, k / columns].map(f64::from));
        for columns in [5, 90, 4500] {
            let points: Vec<Point> = lattice(columns).map(|[x, y]| Point::new(x, y, 0.0)).collect();
            // Inside four at a distance of 1 and four at the root of 2; in two rows other distances come in.
            assert!(ties_of(&points) > 0.5, "{columns}: {}", ties_of(&points));
        }
        let moved =
            |[x, y]: [f64; 2]| Point::new(x + 0.3 * (17.0 * y).sin(), y + 0.3 * (13.0 * x).cos(), 0.1 * (x * y).sin());
        let points: Vec<Point> = lattice(90).map(moved).collect();
        assert!(ties_of(&points) < 0.01, "{}", ties_of(&points));
    }

    #[test]
    fn many_equal_points_have_each_other_as_candidates() {
        let points = vec![Point::new(1.0, 2.0, 3.0); 1000];
        let candidates = Candidates::nearest(&points, &EuclideanCost::new(&points), 5).unwrap();
        for a in 0..1000 {
            let mut row = candidates.of(a);
            assert!(row.len() == 5 && row.all(|(b, cost)| b != a && cost == 0.0));
        }
    }
}
