use std::sync::atomic::AtomicU64;

use rayon::prelude::*;

use super::candidates::Candidates;
use super::chained::{self, Effort, Outcome, Tally};
use super::network::Network;
use super::solve::unroll;
use super::{Budget, Cost, Options};

/// Least nodes of a segment: borders cost more in shorter ones.
const NODES: usize = 10_000;
/// In each round the tour is cut elsewhere.
const ROUNDS: u64 = 4;
/// Kicks of a budget are at least this many: they cost little where there are few points.
const LEAST_KICKS: f64 = 1000.0;
/// What counts as a gain, as a share of the mean edge.
const LEAST_GAIN: f64 = 1e-7;
/// Shorter segments are left alone.
const LEAST_NODES: usize = 8;

/// Chained local search over a tour of any length.
///
/// A budget of kicks is spent on segments of the tour: each is improved as a path between its ends, on whichever processor
/// is free, and then the tour is cut elsewhere (the tour segment partition of K. Helsgaun, General k-opt submoves for the
/// Lin-Kernighan TSP heuristic, 2009). What comes out depends on the segments alone. A search until it is stopped kicks
/// the whole tour: where there is time, borders cost more than a second processor gains.
pub(super) fn improve<C: Cost>(
    network: &Network<C>,
    candidates: &Candidates,
    order: &[u32],
    tour_length: f64,
    options: &Options<'_>,
) -> Outcome {
    improve_by(NODES, network, candidates, order, tour_length, options)
}

fn improve_by<C: Cost>(
    nodes: usize,
    network: &Network<C>,
    candidates: &Candidates,
    order: &[u32],
    tour_length: f64,
    options: &Options<'_>,
) -> Outcome {
    let count = order.len();
    let budget = match options.budget {
        Budget::KicksPerPoint(kicks) if kicks > 0.0 => Some((kicks * count as f64).max(LEAST_KICKS) as u64),
        Budget::KicksPerPoint(_) => Some(0),
        Budget::UntilStopped => None,
    };
    let mut tally = Tally { done: AtomicU64::new(0), budget, length: tour_length };
    let least_gain = LEAST_GAIN * tour_length / count as f64;
    let segments = count / nodes;
    // Segments of a good tour are compact, those of a greedy one are not: the descent comes first.
    let in_segments = budget.filter(|&budget| budget > 0 && segments > 1);
    let kicks = if in_segments.is_some() { 0 } else { budget.unwrap_or(u64::MAX) };
    let effort = Effort { kicks, least_gain, number: u64::MAX, options, tally: &tally };
    let whole = chained::improve(network, candidates, order.to_vec(), order, &effort);
    let Some(budget) = in_segments.filter(|_| !whole.stopped) else { return whole };

    let ends = network.gate().map(|_| network.pins());
    let mut tour = Outcome { order: unroll(whole.order, network.gate(), network.pins()), ..whole };
    let mut before: Option<Vec<u32>> = None;
    for round in 0..ROUNDS {
        tally.length = tour_length - tour.gained;
        let kicks = share(budget, round + 1, ROUNDS) - share(budget, round, ROUNDS);
        let cut = Cut::new(&mut tour.order, count.div_ceil(segments), round, ends);
        let improved: Vec<Outcome> = cut
            .segments
            .par_iter()
            .map(|segment| {
                let kicks = share(kicks, segment.path.len() as u64, count as u64);
                let number = round << 32 | u64::from(segment.number);
                let effort = Effort { kicks, least_gain, number, options, tally: &tally };
                cut.improve(segment, network, candidates, before.as_deref(), &effort)
            })
            .collect();
        tour.order.clear();
        for segment in improved {
            tour.order.extend(segment.order);
            tour.gained += segment.gained;
            tour.moves += segment.moves;
            tour.stopped |= segment.stopped;
        }
        if tour.stopped {
            break;
        }
        before = Some(cut.segment_of);
    }
    tour.order.extend(network.gate());
    tour
}

/// `part` of `whole` parts, rounded down.
fn share(kicks: u64, part: u64, whole: u64) -> u64 {
    (u128::from(kicks) * u128::from(part) / u128::from(whole)) as u64
}

/// A path, or a closed tour cut open, in segments.
struct Cut {
    segments: Vec<Segment>,
    /// For each node the segment that it is in, and its number there.
    segment_of: Vec<u32>,
    local: Vec<u32>,
}

/// A part of the tour whose ends stay where they are.
struct Segment {
    number: u32,
    path: Vec<u32>,
    /// Its nodes by number: as the numbers follow a curve, neighbours stay together.
    nodes: Vec<u32>,
    /// Whether its two ends are fixed.
    pinned: [bool; 2],
}

impl Cut {
    /// Cuts after every `size` nodes, from a place that differs from round to round. `ends` are those of an open path.
    fn new(order: &mut [u32], size: usize, round: u64, ends: Option<[Option<u32>; 2]>) -> Self {
        // Multiples of the golden ratio do not come near each other.
        let shift = ((round as f64 * 0.618_033_988_75).fract() * size as f64) as usize;
        let (first, rest) = if ends.is_some() {
            order.split_at(shift)
        } else {
            order.rotate_left(shift);
            order.split_at(0)
        };
        let paths: Vec<&[u32]> =
            Some(first).filter(|first| !first.is_empty()).into_iter().chain(rest.chunks(size)).collect();
        let mut cut = Self {
            segments: Vec::with_capacity(paths.len()),
            segment_of: vec![0; order.len()],
            local: vec![0; order.len()],
        };
        for (number, path) in (0..).zip(&paths) {
            let mut nodes = path.to_vec();
            nodes.sort_unstable();
            for (local, &node) in (0..).zip(&nodes) {
                cut.segment_of[node as usize] = number;
                cut.local[node as usize] = local;
            }
            let is_outer = [number == 0, number as usize + 1 == paths.len()];
            let pinned = std::array::from_fn(|end| !is_outer[end] || ends.is_none_or(|ends| ends[end].is_some()));
            cut.segments.push(Segment { number, path: path.to_vec(), nodes, pinned });
        }
        cut
    }

    /// Improves a segment as a path. Nodes that had candidates in another segment `before` are looked at to begin with.
    fn improve<C: Cost>(
        &self,
        segment: &Segment,
        network: &Network<C>,
        candidates: &Candidates,
        before: Option<&[u32]>,
        effort: &Effort<'_>,
    ) -> Outcome {
        let Segment { path, nodes, pinned, .. } = segment;
        if path.len() < LEAST_NODES {
            return Outcome { order: path.clone(), gained: 0.0, moves: 0, stopped: false };
        }
        let local = |node: u32| self.local[node as usize];
        let is_within = |node: u32| self.segment_of[node as usize] == segment.number;
        let was_cut_off = |node: u32| {
            let Some(before) = before else { return false };
            candidates.of(node).iter().any(|&(other, _)| before[other as usize] != before[node as usize])
        };
        let start: Vec<u32> = path.iter().copied().filter(|&node| was_cut_off(node)).map(local).collect();
        let pins = [path.first(), path.last()].map(|end| end.map(|&end| local(end)));
        let pins = [pins[0].filter(|_| pinned[0]), pins[1].filter(|_| pinned[1])];
        let part = network.part(path, nodes, pins);
        let gate = part.gate();
        let order: Vec<u32> = path.iter().copied().map(local).chain(gate).collect();
        let part_candidates = candidates.part(nodes, |node| is_within(node).then(|| local(node)));
        let found = chained::improve(&part, &part_candidates, order, &start, effort);
        let order = unroll(found.order, gate, pins).into_iter().map(|node| nodes[node as usize]).collect();
        Outcome { order, ..found }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geometry::Point;
    use crate::route::{EuclideanCost, length};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn segments_keep_every_node_and_the_ends_and_do_not_depend_on_threads(
            points in proptest::collection::vec(proptest::array::uniform2(0.0_f64..50.0), 30..150),
            nodes in 4_usize..40,
            ends in 0..5,
            seed in 0_u64..100,
        ) {
            let points: Vec<Point> = points.iter().map(|&[x, y]| Point::new(x, y, 0.0)).collect();
            let (count, cost) = (points.len() as u32, EuclideanCost::new(&points));
            let pins = [(ends & 1 != 0).then_some(0), (ends & 2 != 0).then_some(count - 1)];
            let candidates = Candidates::balanced(&points, &cost, 6).unwrap();
            let path: Vec<u32> = (0..count).collect();
            let bound = length(&cost, &path, true);
            let closed = ends == 4;
            let network =
                if closed { Network::closed(cost) } else { Network::open(cost, count, pins, bound) };
            let order: Vec<u32> = path.iter().copied().chain(network.gate()).collect();
            let options = Options { seed, budget: Budget::KicksPerPoint(2.0), ..Options::default() };
            let [found, again] = [1, 3].map(|threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| improve_by(nodes, &network, &candidates, &order, bound, &options))
            });
            prop_assert_eq!(&found.order, &again.order);
            let mut sorted = found.order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(&sorted, &order);
            let shorter = length(&network, &order, true) - length(&network, &found.order, true);
            prop_assert!((shorter - found.gained).abs() < 1e-6, "{} shorter, {} gained", shorter, found.gained);
            prop_assert!(found.gained >= 0.0 && !found.stopped);
            let tour = unroll(found.order, network.gate(), pins);
            for (pin, end) in pins.into_iter().zip([tour.first(), tour.last()]) {
                prop_assert!(closed || pin.is_none() || pin.as_ref() == end);
            }
        }
    }
}
