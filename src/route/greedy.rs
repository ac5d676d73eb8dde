use rayon::prelude::*;

use super::Cost;
use super::candidates::{Candidates, Near};
use super::sets::Sets;
use crate::error::Result;
use crate::geometry::Point;

/// Neighbours that an end of a fragment looks at in one round of joining.
const ENDS_PER_ROUND: usize = 8;
/// Candidate edges of more points are taken in several batches, one of dearer edges after the other: to rank them all at
/// once would take more memory than anything else.
const MOST_NODES_AT_ONCE: usize = 125_000;
const NONE: u32 = u32::MAX;

/// Path over all points by the greedy-edge rule: always the cheapest edge that closes no cycle and gives no point a
/// third edge (J. L. Bentley, Fast algorithms for geometric traveling salesman problems, ORSA Journal on Computing 4,
/// 1992). `pins` are the points that must come first and last.
///
/// Takes candidate edges first, then joins the fragments by the same rule, looking at the nearest ends only. `None` when it
/// gets late before that is done.
pub(super) fn path(
    points: &[Point],
    cost: &impl Cost,
    candidates: &Candidates,
    pins: [Option<u32>; 2],
    is_late: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Vec<u32>>> {
    let mut fragments = Fragments::new(points.len(), pins);
    let nodes = 0..points.len() as u32;
    let edges = || nodes.clone().flat_map(|a| candidates.of(a).map(move |(b, cost)| (cost, a, b)));
    // Of an edge that both ends have among their candidates one is enough; one that cannot be gone stands for none.
    let is_first = |a: u32, b: u32| a < b || !candidates.row(b).0.contains(&a);
    let mut above = f64::NEG_INFINITY;
    for up_to in candidates.quantiles(points.len() / MOST_NODES_AT_ONCE) {
        if is_late() {
            return Ok(None);
        }
        let of_these = |cost: f64| cost > above && cost <= up_to && cost < f64::INFINITY;
        fragments.join_cheapest(edges().filter(|&(cost, a, b)| of_these(cost) && is_first(a, b)));
        above = up_to;
    }
    while fragments.sets.count() > 1 {
        if is_late() {
            return Ok(None);
        }
        let ends: Vec<u32> = nodes.clone().filter(|&node| fragments.room[node as usize] > 0).collect();
        let places: Vec<Point> = ends.iter().map(|&end| points[end as usize]).collect();
        // Two others suffice for progress: at most one of them is the far end of the same fragment.
        let per_end = ENDS_PER_ROUND.min(ends.len() - 1);
        let near = Near::new(&places)?;
        let rows: Vec<Vec<u32>> = (0..ends.len()).into_par_iter().map(|at| near.others(at, per_end)).collect();
        fragments.join_cheapest(
            ends.iter()
                .zip(&rows)
                .flat_map(|(&a, row)| row.iter().map(|&b| ends[b as usize]).map(move |b| (cost.cost(a, b), a, b))),
        );
    }
    Ok(Some(fragments.into_path(pins)))
}

/// Path over all points that is greedy in parts of `size` points or a few more: each is followed along the curve by which
/// the points are numbered, and entered and left where the curve enters and leaves it. Unlike those of the greedy path over
/// all points its sections are compact. `pins` are the points that must come first and last. `None` when it gets late.
pub(super) fn path_in_parts(
    points: &[Point],
    cost: &impl Cost,
    candidates: &Candidates,
    pins: [Option<u32>; 2],
    size: usize,
    is_late: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Vec<u32>>> {
    let count = points.len();
    let parts = (count / size).max(1);
    let bounds: Vec<usize> = (0..=parts).map(|part| part * count / parts).collect();
    let paths: Result<Option<Vec<Vec<u32>>>> = bounds
        .par_windows(2)
        .map(|bounds| {
            let nodes: Vec<u32> = (bounds[0] as u32..bounds[1] as u32).collect();
            let local = |node: u32| node.checked_sub(nodes[0]).filter(|&local| (local as usize) < nodes.len());
            let part = candidates.part(&nodes, local);
            let ends = [Some(0), (nodes.len() > 1).then_some(nodes.len() as u32 - 1)];
            let path = path(&points[bounds[0]..bounds[1]], &cost.renumbered(&nodes), &part, ends, is_late)?;
            Ok(path.map(|path| path.into_iter().map(|local| local + nodes[0]).collect()))
        })
        .collect::<Result<Vec<_>>>()
        .map(|paths| paths.into_iter().collect());
    let Some(paths) = paths? else { return Ok(None) };
    let order: Vec<u32> = paths.concat();
    let [first, last] = pins;
    let others = order.into_iter().filter(|&node| !pins.contains(&Some(node)));
    Ok(Some(first.into_iter().chain(others).chain(last).collect()))
}

/// Paths that grow together.
struct Fragments {
    /// The points of each fragment.
    sets: Sets,
    links: Vec<[u32; 2]>,
    /// Edges that a point can still take.
    room: Vec<u8>,
}

impl Fragments {
    fn new(count: usize, pins: [Option<u32>; 2]) -> Self {
        let mut fragments = Self { sets: Sets::new(count), links: vec![[NONE; 2]; count], room: vec![2; count] };
        for pin in pins.into_iter().flatten() {
            fragments.room[pin as usize] = 1;
        }
        // The fragments of first and last point must not be joined before everything else is between them.
        if let [Some(first), Some(last)] = pins {
            fragments.sets.unite(first, last);
        }
        fragments
    }

    fn link(&mut self, a: u32, b: u32) {
        for (from, to) in [(a, b), (b, a)] {
            self.room[from as usize] -= 1;
            let links = &mut self.links[from as usize];
            links[usize::from(links[0] != NONE)] = to;
        }
    }

    /// Takes what can be taken of the edges `(cost, a, b)`, cheapest first.
    fn join_cheapest(&mut self, edges: impl Iterator<Item = (f64, u32, u32)>) {
        let open = |room: &[u8], a: u32, b: u32| room[a as usize] > 0 && room[b as usize] > 0;
        let mut edges: Vec<_> =
            edges.filter(|&(_, a, b)| open(&self.room, a, b)).map(|(cost, a, b)| (cost, a.min(b), a.max(b))).collect();
        edges.sort_unstable_by(|x, y| x.0.total_cmp(&y.0).then((x.1, x.2).cmp(&(y.1, y.2))));
        for (_, a, b) in edges {
            if open(&self.room, a, b) && self.sets.unite(a, b) {
                self.link(a, b);
            }
        }
    }

    /// The order along the one fragment that is left.
    fn into_path(mut self, pins: [Option<u32>; 2]) -> Vec<u32> {
        let count = self.links.len() as u32;
        if let [Some(_), Some(_)] = pins {
            let ends: Vec<u32> = (0..count).filter(|&node| self.room[node as usize] > 0).collect();
            if let [a, b] = ends[..] {
                self.link(a, b);
            }
        }
        let is_end = |node: &u32| self.links[*node as usize].contains(&NONE);
        let first = pins[0].or(pins[1]).or_else(|| (0..count).find(is_end));
        let mut path = Vec::with_capacity(count as usize);
        let (mut before, mut at) = (NONE, first.unwrap_or(NONE));
        while at != NONE {
            path.push(at);
            let [a, b] = self.links[at as usize];
            let next = if a == before { b } else { a };
            (before, at) = (at, next);
        }
        if pins[0].is_none() && pins[1].is_some() {
            path.reverse();
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::route::EuclideanCost;

    proptest! {
        #[test]
        fn paths_in_parts_keep_to_the_parts_and_the_ends(
            points in proptest::collection::vec(proptest::array::uniform2(0_u8..20), 2..80),
            size in 1_usize..30,
            ends in 0..4,
        ) {
            let points: Vec<Point> = points.iter().map(|&[x, y]| Point::new(f64::from(x), f64::from(y), 0.0)).collect();
            let (count, cost) = (points.len(), EuclideanCost::new(&points));
            let candidates = Candidates::balanced(&Near::new(&points).unwrap(), &cost, 5, &|| false).unwrap();
            let pins = [(ends & 1 != 0).then_some(count as u32 / 2), (ends & 2 != 0).then_some(0)];
            let path = path_in_parts(&points, &cost, &candidates, pins, size, &|| false).unwrap().unwrap();
            for (pin, end) in pins.into_iter().zip([path.first(), path.last()]) {
                prop_assert!(pin.is_none() || pin.as_ref() == end);
            }
            let parts = (count / size).max(1);
            let part = |node: u32| (1..=parts).position(|part| (node as usize) < part * count / parts).unwrap();
            let others = path.iter().copied().filter(|&node| !pins.contains(&Some(node)));
            prop_assert!(others.map(part).is_sorted());
            let mut sorted = path;
            sorted.sort_unstable();
            prop_assert!(sorted.into_iter().eq(0..count as u32));
        }
    }
}
