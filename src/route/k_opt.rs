use std::collections::VecDeque;

use super::array_tour::ArrayTour;
use super::candidates::Candidates;
use super::chained::Effort;
use super::network::Network;
use super::shape::{Cut, MAX_CUTS, Shape};
use super::{Breadth, Cost};

/// How many continuations are followed of a move that cuts one, two, three edges so far: the most promising ones. Of one
/// that cuts four every further cut is weighed. Wider ones ([5, 5, 1], [8, 3, 1], [5, 4, 2], [5, 5, 3]) come no farther in 10 s, narrower
/// ones ([5, 1, 1], [3, 1, 1], [2, 1, 1]) less far.
const WIDE: [usize; MAX_CUTS - 2] = [5, 3, 1];
/// The same for a quick descent.
const NARROW: [usize; MAX_CUTS - 2] = [3, 1, 1];
/// Continuations that are weighed against each other: two at each candidate and at the gate.
const MOST_STEPS: usize = 24;
/// Rounds of five cuts each before a chain of them is given up.
const MOST_ROUNDS: usize = 25;
/// Nodes that a round made for the time being may give new places: more cost more than they find.
const MOST_REWRITTEN: u32 = 10_000;

/// Local search by sequential k-opt moves: a move cuts up to five edges one after another, each joined to the last by
/// a new edge between near neighbours, as long as what was cut outweighs what was added (S. Lin, B. W. Kernighan, An
/// effective heuristic algorithm for the traveling-salesman problem, Operations Research 21, 1973).
///
/// Two edges make a 2-opt move; moving up to any number of nodes elsewhere, turned round or not (Or-opt), is among
/// those with three. Where no such move pays, the most promising one is made for the time being and the search goes on
/// from its last edge; edges added on the way stay. It is the depth of these chains that counts: without them
/// the descent ends twice as far from the optimum (K. Helsgaun, General k-opt submoves for the Lin-Kernighan TSP
/// heuristic, Mathematical Programming Computation 1, 2009). Nodes around a change wait in a queue; all others carry a
/// don't-look bit.
#[derive(Debug)]
pub(super) struct KOpt<'a, C> {
    network: &'a Network<C>,
    candidates: &'a Candidates,
    tour: ArrayTour,
    breadth: [usize; MAX_CUTS - 2],
    /// Edges that the round in hand cuts, in the order of the move.
    cuts: [Cut; MAX_CUTS],
    /// The continuations of a round in hand that cuts one edge so far, two, three.
    levels: [Level; MAX_CUTS - 2],
    /// The best way found to close the round.
    closed: Found,
    /// The cuts of the whole round that leave most to be gained, for the next round.
    open: Found,
    /// Edges added by earlier rounds of the chain.
    added: Added,
    /// Ends of all that earlier rounds cut.
    ends: Vec<u32>,
    queue: VecDeque<u32>,
    queued: Vec<bool>,
    /// Gains below this are rounding errors.
    least_gain: f64,
    moves: u64,
}

/// One more edge of a move: joins the end in hand to the cut's near end.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    /// Everything cut less everything added so far.
    gain: f64,
    cut: Cut,
}

/// What may follow on an unfinished move. Kept from move to move, as clearing it takes longer than filling it.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    steps: [Step; MOST_STEPS],
    count: usize,
}

/// The best cuts of a round so far; none when `count` is 0.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    gain: f64,
    count: usize,
    cuts: [Cut; MAX_CUTS],
}

impl<'a, C: Cost> KOpt<'a, C> {
    /// A search from this tour over all nodes of the network.
    pub(super) fn new(
        network: &'a Network<C>,
        candidates: &'a Candidates,
        order: Vec<u32>,
        effort: &Effort<'_>,
    ) -> Self {
        Self {
            breadth: match effort.options.breadth {
                Breadth::Wide => WIDE,
                Breadth::Narrow => NARROW,
            },
            network,
            candidates,
            queue: VecDeque::with_capacity(order.len()),
            queued: vec![false; order.len()],
            tour: ArrayTour::new(order),
            cuts: [Cut::default(); MAX_CUTS],
            levels: [Level::default(); MAX_CUTS - 2],
            closed: Found::default(),
            open: Found::default(),
            added: Added::default(),
            ends: Vec::new(),
            least_gain: effort.least_gain,
            moves: 0,
        }
    }

    pub(super) fn tour(&self) -> &ArrayTour {
        &self.tour
    }

    pub(super) fn tour_mut(&mut self) -> &mut ArrayTour {
        &mut self.tour
    }

    pub(super) fn into_tour(self) -> ArrayTour {
        self.tour
    }

    /// Rounds made so far, those taken back included.
    pub(super) fn moves(&self) -> u64 {
        self.moves
    }

    /// Clears a node's don't-look bit.
    pub(super) fn look_at(&mut self, node: u32) {
        if !self.queued[node as usize] {
            self.queued[node as usize] = true;
            self.queue.push_back(node);
        }
    }

    /// Sets all don't-look bits.
    pub(super) fn look_no_further(&mut self) {
        for node in self.queue.drain(..) {
            self.queued[node as usize] = false;
        }
    }

    /// Takes the next node from the queue and makes the best moves from it; what they gained, or `None` when the queue
    /// is empty.
    pub(super) fn improve_next(&mut self) -> Option<f64> {
        let node = self.queue.pop_front()?;
        self.queued[node as usize] = false;
        let mut total = 0.0;
        while let Some(gain) = self.improve(node) {
            total += gain;
        }
        Some(total)
    }

    fn improve(&mut self, node: u32) -> Option<f64> {
        let place = self.tour.position(node);
        let place_before = self.tour.before(place);
        let [before, after] = self.tour.around(place);
        let behind = Cut { near: node, far: after, at: place, forward: true };
        let ahead = Cut { near: node, far: before, at: place_before, forward: false };
        [behind, ahead].into_iter().find_map(|cut| self.follow(cut))
    }

    /// Follows the chain that begins with this cut; the gain when it found a move, which is made then.
    fn follow(&mut self, first: Cut) -> Option<f64> {
        self.added.clear();
        self.ends.clear();
        let mark = self.tour.mark();
        self.cuts[0] = first;
        let mut gain = self.network.cost(first.near, first.far);
        for round in 1..=MOST_ROUNDS {
            self.closed = Found { gain: self.least_gain, ..Found::default() };
            self.open = self.closed;
            self.extend(1, gain, Shape::of(&self.cuts[0]));
            if self.closed.count > 0 {
                self.rewire(self.closed, u32::MAX);
                self.look_at_ends();
                return Some(self.closed.gain);
            }
            let goes_on = round < MOST_ROUNDS && self.open.count > 0 && self.leads_on(self.open);
            if !goes_on || !self.rewire(self.open, MOST_REWRITTEN) {
                break;
            }
            gain = self.open.gain;
            self.cuts[0] = self.last_joint(self.open);
        }
        if self.tour.mark() > mark {
            self.tour.roll_back_to(mark);
        }
        None
    }

    /// Looks for more cuts to a round that has `count`; `gain` is what they leave to be gained.
    fn extend(&mut self, count: usize, gain: f64, shape: Shape) {
        self.weigh(count, gain, shape);
        let Some(&width) = self.breadth.get(count - 1) else { return };
        for rank in 0..width.min(self.levels[count - 1].count) {
            if self.closed.count > 0 {
                return;
            }
            let step = self.levels[count - 1].take_best(rank);
            self.cuts[count] = step.cut;
            self.extend(count + 1, step.gain, shape.and(&step.cut));
        }
    }

    /// Collects the continuations of a round that has `count` cuts, and notes what closes it best.
    fn weigh(&mut self, count: usize, gain: f64, shape: Shape) {
        let Self { network, candidates, tour, cuts, closed, open, added, .. } = self;
        // None before the last cut, which nothing follows.
        let mut level = self.levels.get_mut(count - 1);
        if let Some(level) = &mut level {
            level.count = 0;
        }

        let (first, last) = (cuts[0].near, cuts[count - 1].far);
        let is_last = level.is_none();
        let gate = network.free_gate().filter(|&gate| count == 1 && gate != last);
        let gate = gate.map(|gate| (gate, network.cost(last, gate)));
        for (near, cost) in gate.into_iter().chain(candidates.of(last)) {
            let open_gain = gain - cost;
            if open_gain <= self.least_gain {
                continue;
            }
            let place = tour.position(near);
            let nodes = tour.around(place);
            if nodes.contains(&last) {
                continue;
            }
            let places = [tour.before(place), place];
            let around = shape.around(place, places[0]);
            for side in 0..2 {
                let closes = around.closes[side];
                if around.cut[side] || (is_last && !closes) {
                    continue;
                }
                let far = nodes[side];
                if added.contains(near, far) {
                    continue;
                }
                let cut = Cut { near, far, at: places[side], forward: side == 1 };
                let step = Step { gain: open_gain + network.cost(near, far), cut };
                if closes && step.gain > closed.gain {
                    let gain = step.gain - network.cost(far, first);
                    if gain > closed.gain {
                        closed.note(gain, &cuts[..count], cut);
                    }
                }
                if let Some(level) = &mut level {
                    level.push(step);
                } else if step.gain > open.gain {
                    open.note(step.gain, &cuts[..count], cut);
                }
            }
        }
    }

    /// Whether an edge that costs less than what is left to be gained may be added to this round, so that making it for
    /// the time being is worth the while.
    fn leads_on(&self, found: Found) -> bool {
        let last = found.cuts[found.count - 1].far;
        let around = self.tour.around(self.tour.position(last));
        let is_cheap = |cost: f64| found.gain - cost > self.least_gain;
        self.network.free_gate().is_some()
            || self.candidates.of(last).any(|(near, cost)| is_cheap(cost) && !around.contains(&near))
    }

    /// Puts the tour together as these cuts say, which leave one tour; not when more nodes than `most` get new places.
    fn rewire(&mut self, found: Found, most: u32) -> bool {
        let cuts = &found.cuts[..found.count];
        let shape = Shape::after(cuts);
        debug_assert!(shape.is_whole(), "{shape:?}");
        let (mut pieces, count) = self.tour.pieces(&shape);
        let pieces = &mut pieces[..count];
        if self.tour.rewritten_by(pieces) > most {
            return false;
        }
        self.tour.rearrange(pieces);
        cuts.windows(2).for_each(|pair| self.added.push(pair[0].far, pair[1].near));
        self.ends.extend(cuts.iter().flat_map(|cut| [cut.near, cut.far]));
        self.moves += 1;
        true
    }

    /// The edge that closed this round, which the next one cuts first.
    fn last_joint(&self, found: Found) -> Cut {
        let (near, far) = (found.cuts[0].near, found.cuts[found.count - 1].far);
        let place = self.tour.position(near);
        if self.tour.around(place)[1] == far {
            Cut { near, far, at: place, forward: true }
        } else {
            Cut { near, far, at: self.tour.before(place), forward: false }
        }
    }

    fn look_at_ends(&mut self) {
        while let Some(node) = self.ends.pop() {
            self.look_at(node);
        }
    }
}

/// Edges in any number, with a filter in front of them that seldom takes another edge for one of these.
#[derive(Debug, Default)]
struct Added {
    edges: Vec<[u32; 2]>,
    filter: u64,
}

impl Added {
    fn clear(&mut self) {
        self.edges.clear();
        self.filter = 0;
    }

    fn push(&mut self, a: u32, b: u32) {
        self.edges.push([a, b]);
        self.filter |= Self::bit(a, b);
    }

    #[inline]
    fn contains(&self, a: u32, b: u32) -> bool {
        self.filter & Self::bit(a, b) != 0 && self.edges.iter().any(|&edge| edge == [a, b] || edge == [b, a])
    }

    /// One of 64 bits, by multiplicative hashing (D. E. Knuth, The Art of Computer Programming 3, section 6.4).
    #[inline]
    fn bit(a: u32, b: u32) -> u64 {
        1 << ((a ^ b).wrapping_mul(0x9e37_79b9) >> 26)
    }
}

impl Found {
    fn note(&mut self, gain: f64, cuts: &[Cut], last: Cut) {
        self.gain = gain;
        self.count = cuts.len() + 1;
        self.cuts[..cuts.len()].copy_from_slice(cuts);
        self.cuts[cuts.len()] = last;
    }
}

impl Level {
    #[inline]
    fn push(&mut self, step: Step) {
        if let Some(slot) = self.steps.get_mut(self.count) {
            *slot = step;
            self.count += 1;
        }
    }

    /// Brings the step with the largest gain from `rank` on to that place.
    #[inline]
    fn take_best(&mut self, rank: usize) -> Step {
        let steps = &mut self.steps[..self.count];
        let mut best = rank;
        for other in rank + 1..steps.len() {
            if steps[other].gain > steps[best].gain {
                best = other;
            }
        }
        steps.swap(rank, best);
        steps[rank]
    }
}
