use rayon::prelude::*;

use super::candidates::Candidates;
use super::chained::{self, Effort, Outcome};
use super::network::Network;
use super::population;
use super::solve::unroll;
use super::tally::Tally;
use super::{Budget, Cost, Options};

/// Nodes of the segments from which a descent begins, and least of those that are kicked: borders cost more in shorter
/// ones, moves more in longer ones.
pub(super) const NODES: usize = 10_000;
/// By how much the segments grow from one step of the descent to the next.
const GROWTH: usize = 4;
/// In each round of a budget the tour is cut elsewhere.
const ROUNDS: u64 = 4;
/// Kicks of a budget are at least this many: they cost little where there are few points.
const LEAST_KICKS: f64 = 200.0;
/// Longest segments: more take too much memory, and moves in them cost too much.
const MOST_NODES: usize = 100_000;
/// Segments of such a search for each thread: one that is held up gets fewer of them.
const SEGMENTS_PER_THREAD: usize = 2;
/// A search until it is stopped cuts the tour elsewhere after a kick for so many nodes: kicks take ten times as long as
/// the cutting then. With longer rounds the nodes near borders wait too long.
const NODES_PER_KICK: usize = 40;
/// What counts as a gain, as a share of the mean edge.
const LEAST_GAIN: f64 = 1e-7;
/// Candidate edges from a border up to which nodes are looked at again when it is gone: with fewer the borders of a
/// descent stay visible, more cost more than they find.
const BORDER_STEPS: u32 = 3;
/// Shorter segments are left alone.
const LEAST_NODES: usize = 8;

/// Chained local search over a tour of any length, by segments of it: each is improved as a path between its ends, on
/// whichever processor is free, and then the tour is cut elsewhere (the tour segment partition of K. Helsgaun, General
/// k-opt submoves for the Lin-Kernighan TSP heuristic, 2009).
///
/// The descent begins in short segments and goes on in longer ones, up to the whole tour, from the nodes that had
/// candidates beyond the borders: where `order` is compact, as asked by [`parts`], these are few. Then a budget of kicks
/// is spent on segments; what comes out depends on the segments alone. A search until it is stopped goes by whole tours
/// (see [`population`]), or where these are large by segments, two for each thread at least.
pub(super) fn improve<C: Cost>(
    network: &Network<C>,
    candidates: &Candidates,
    start: Start<'_>,
    options: &Options<'_>,
) -> Outcome {
    improve_by(NODES, network, candidates, start, options)
}

/// Tours to begin with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start<'a> {
    /// The one to be improved.
    pub order: &'a [u32],
    /// Its length.
    pub length: f64,
    /// One with which other tours begin, so that there is something to be learnt from them.
    pub other: &'a [u32],
}

fn improve_by<C: Cost>(
    nodes: usize,
    network: &Network<C>,
    candidates: &Candidates,
    Start { order, length: tour_length, other }: Start<'_>,
    options: &Options<'_>,
) -> Outcome {
    let count = order.len();
    let budget = kicks(options.budget, count);
    let tally = Tally::new(options, budget, tour_length);
    let least_gain = LEAST_GAIN * tour_length / count as f64;
    let tour = Outcome { order: unroll(order.to_vec(), network.gate(), network.pins()), ..Outcome::default() };
    let mut rounds =
        Rounds { network, candidates, options, tally: &tally, least_gain, tour, other, awake: None, number: 0 };
    let in_segments = goes_by_segments(nodes, count, options);
    let mut size = nodes;
    while in_segments && size < MOST_NODES.min(count.div_ceil(2)) {
        rounds.improve(size, 0.0, 0);
        size *= GROWTH;
    }
    match budget {
        Some(budget) if count >= 2 * nodes => {
            rounds.improve_whole(Some(0));
            for round in 0..ROUNDS {
                let kicks = share(budget, round + 1, ROUNDS) - share(budget, round, ROUNDS);
                rounds.improve(count.div_ceil(count / nodes), shift(round), kicks);
            }
        }
        Some(budget) => rounds.improve_whole(Some(budget)),
        None if !in_segments => rounds.improve_whole(None),
        None => {
            rounds.improve_whole(Some(0));
            let segments = (SEGMENTS_PER_THREAD * rayon::current_num_threads()).max(count.div_ceil(MOST_NODES));
            let size = count.div_ceil(segments).max(nodes);
            let kicks = count.div_ceil(NODES_PER_KICK) as u64;
            let is_late = || options.stop.is_none_or(|stop| stop());
            for round in 0.. {
                if rounds.tour.stopped || is_late() {
                    rounds.tour.stopped = true;
                    break;
                }
                rounds.improve(size, shift(round), kicks);
            }
        }
    }
    let mut tour = rounds.tour;
    tour.order.extend(network.gate());
    tour
}

/// Whether a tour is improved by segments: under a budget always where it can be, as that must not depend on the threads;
/// until it is stopped only where it is so large that searches of the whole tour side by side take too much memory.
fn goes_by_segments(nodes: usize, count: usize, options: &Options<'_>) -> bool {
    let is_bounded = options.budget != Budget::UntilStopped;
    count >= 2 * nodes && (is_bounded || count > MOST_NODES)
}

/// Kicks for a tour of so many nodes; `None` without a bound.
pub(super) fn kicks(budget: Budget, count: usize) -> Option<u64> {
    match budget {
        Budget::KicksPerPoint(kicks) if kicks > 0.0 => Some((kicks * count as f64).max(LEAST_KICKS) as u64),
        Budget::KicksPerPoint(_) => Some(0),
        Budget::UntilStopped => None,
    }
}

/// Length of the parts in which the start order of so many nodes is to be compact, where it is: then segments hold most
/// candidates, and two threads halve the time of a descent. One from the greedy order takes longer and ends shorter.
pub(super) fn parts(count: usize, options: &Options<'_>) -> Option<usize> {
    let is_short = options.budget != Budget::UntilStopped || count > MOST_NODES;
    (is_short && count >= 2 * NODES).then_some(NODES)
}

/// Where the first segment of a round ends, as a share of its size: multiples of the golden ratio do not come near each
/// other.
fn shift(round: u64) -> f64 {
    (round as f64 * 0.618_033_988_75).fract()
}

/// Rounds of improvement of one tour.
struct Rounds<'a, C> {
    network: &'a Network<C>,
    candidates: &'a Candidates,
    options: &'a Options<'a>,
    tally: &'a Tally<'a>,
    least_gain: f64,
    /// The tour without its gate.
    tour: Outcome,
    other: &'a [u32],
    /// For each node whether it is to be looked at to begin with; `None` before the first round, when all are.
    awake: Option<Vec<bool>>,
    number: u64,
}

impl<C: Cost> Rounds<'_, C> {
    /// Improves segments of so many nodes side by side: descends from the nodes near the borders of the round
    /// before, then makes so many kicks altogether.
    fn improve(&mut self, size: usize, shift: f64, kicks: u64) {
        if self.tour.stopped {
            return;
        }
        let count = self.tour.order.len() as u64;
        let ends = self.network.gate().map(|_| self.network.pins());
        let cut = Cut::new(&mut self.tour.order, size, (shift * size as f64) as usize, ends);
        let improved: Vec<Outcome> = cut
            .segments
            .par_iter()
            .map(|segment| {
                let kicks = share(kicks, segment.path.len() as u64, count);
                let effort = self.effort(kicks, u64::from(segment.number));
                cut.improve(segment, self.network, self.candidates, self.awake.as_deref(), &effort)
            })
            .collect();
        self.tour.order.clear();
        for segment in improved {
            self.tour.order.extend(segment.order);
            self.tour.gained += segment.gained;
            self.tour.moves += segment.moves;
            self.tour.stopped |= segment.stopped;
        }
        self.awake = Some(near_borders(self.candidates, &cut.segment_of));
        self.number += 1;
    }

    /// The same with the whole tour, until it is stopped without a number of kicks.
    fn improve_whole(&mut self, kicks: Option<u64>) {
        if self.tour.stopped {
            return;
        }
        let gate = self.network.gate();
        let order: Vec<u32> = self.tour.order.iter().copied().chain(gate).collect();
        // Where the tour ends nothing could be changed so far, and the gate was nowhere.
        let is_outer = |node: u32| Some(&node) == order.first() || self.tour.order.last() == Some(&node);
        let is_awake = |&node: &u32| {
            let awake = self.awake.as_ref().map(|awake| awake.get(node as usize).copied());
            awake.is_none_or(|awake| awake.is_none_or(|awake| awake) || is_outer(node))
        };
        let start: Vec<u32> = order.iter().copied().filter(is_awake).collect();
        let effort = self.effort(kicks.unwrap_or(u64::MAX), u64::from(u32::MAX));
        let found = match kicks {
            Some(_) => chained::improve(self.network, self.candidates, order, &start, &effort),
            None => population::improve(self.network, self.candidates, [&order, self.other], &start, &effort),
        };
        self.tour.order = unroll(found.order, gate, self.network.pins());
        self.tour.gained += found.gained;
        self.tour.moves += found.moves;
        self.tour.stopped |= found.stopped;
        self.awake = Some(vec![false; self.tour.order.len()]);
        self.number += 1;
    }

    fn effort(&self, kicks: u64, segment: u64) -> Effort<'_> {
        let number = self.number << 32 | segment;
        Effort { kicks, least_gain: self.least_gain, number, options: self.options, tally: self.tally }
    }
}

/// For each node whether a way of a few candidate edges leads from it into another segment: what was found best for it
/// may be bettered when the borders are gone.
fn near_borders(candidates: &Candidates, segment_of: &[u32]) -> Vec<bool> {
    let nodes = 0..segment_of.len() as u32;
    let others = |node: u32| candidates.row(node).0.iter().map(|&other| other as usize);
    let cut_off = |node: u32| others(node).any(|other| segment_of[other] != segment_of[node as usize]);
    let mut near: Vec<bool> = nodes.clone().into_par_iter().map(cut_off).collect();
    for _ in 1..BORDER_STEPS {
        let reaches = |node: u32| near[node as usize] || others(node).any(|other| near[other]);
        near = nodes.clone().into_par_iter().map(reaches).collect();
    }
    near
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
    /// Cuts after every `size` nodes from the place `shift` on. `ends` are those of an open path.
    fn new(order: &mut [u32], size: usize, shift: usize, ends: Option<[Option<u32>; 2]>) -> Self {
        let shift = shift.min(order.len());
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

    /// Improves a segment as a path. Nodes that are `awake` are looked at to begin with; all without it.
    fn improve<C: Cost>(
        &self,
        segment: &Segment,
        network: &Network<C>,
        candidates: &Candidates,
        awake: Option<&[bool]>,
        effort: &Effort<'_>,
    ) -> Outcome {
        let Segment { path, nodes, pinned, .. } = segment;
        if path.len() < LEAST_NODES {
            return Outcome { order: path.clone(), ..Outcome::default() };
        }
        let local = |node: u32| self.local[node as usize];
        let is_within = |node: u32| self.segment_of[node as usize] == segment.number;
        let is_awake = |node: &u32| awake.is_none_or(|awake| awake[*node as usize]);
        let start = path.iter().copied().filter(is_awake).map(local);
        let start: Vec<u32> = start.collect();
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
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    use proptest::prelude::*;

    use super::*;
    use crate::geometry::Point;
    use crate::route::candidates::Near;
    use crate::route::{EuclideanCost, Progress, length};

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
            let candidates = Candidates::balanced(&Near::new(&points).unwrap(), &cost, 6, &|| false).unwrap();
            let path: Vec<u32> = (0..count).collect();
            let bound = length(&cost, &path, true);
            let closed = ends == 4;
            let network =
                if closed { Network::closed(cost) } else { Network::open(cost, count, pins, bound) };
            let order: Vec<u32> = path.iter().copied().chain(network.gate()).collect();
            let options = Options { seed, budget: Budget::KicksPerPoint(2.0), ..Options::default() };
            let on = |threads: usize, options: &Options<'_>| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let start = Start { order: &order, length: bound, other: &order };
                pool.install(|| improve_by(nodes, &network, &candidates, start, options))
            };
            let [found, again] = [1, 3].map(|threads| on(threads, &options));
            prop_assert_eq!(&found.order, &again.order);

            let told = Mutex::new(Vec::new());
            let progress = |at: Progress| told.lock().unwrap().push(at);
            let looks = AtomicU32::new(0);
            let stop = || looks.fetch_add(1, Relaxed) > 20;
            let (progress, stop) = (Some(&progress as _), Some(&stop as _));
            let endless = on(2, &Options { budget: Budget::UntilStopped, progress, stop, ..options });
            prop_assert!(endless.stopped);
            let told = told.into_inner().unwrap();
            prop_assert!(told.windows(2).all(|two| two[0].kicks <= two[1].kicks && two[0].length + 1e-6 >= two[1].length));
            prop_assert!(told.last().is_some_and(|last| (last.length - (bound - endless.gained)).abs() < 1e-6));

            for found in [found, endless] {
                let mut sorted = found.order.clone();
                sorted.sort_unstable();
                prop_assert_eq!(&sorted, &order);
                let shorter = length(&network, &order, true) - length(&network, &found.order, true);
                prop_assert!((shorter - found.gained).abs() < 1e-6, "{} shorter, {} gained", shorter, found.gained);
                prop_assert!(found.gained >= 0.0);
                let tour = unroll(found.order, network.gate(), pins);
                for (pin, end) in pins.into_iter().zip([tour.first(), tour.last()]) {
                    prop_assert!(closed || pin.is_none() || pin.as_ref() == end);
                }
            }
        }
    }
}
