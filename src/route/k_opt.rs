use std::collections::VecDeque;

use super::Cost;
use super::array_tour::ArrayTour;
use super::candidates::Candidates;
use super::network::Network;
use super::shape::{Cut, MAX_CUTS, Shape};

/// How many continuations are followed of a move that cuts one, two, three edges so far: the most promising ones. One
/// that cuts four is closed or given up.
const BREADTH: [usize; MAX_CUTS - 2] = [5, 3, 1];
/// Up to this many cuts a move may leave cycles behind, which a later cut takes in.
const MOST_CUTS_TO_CYCLES: usize = 2;
/// Continuations that are weighed against each other: two at each candidate and at the gate.
const MOST_STEPS: usize = 24;

/// Local search by sequential k-opt moves: a move cuts up to five edges one after another, each joined to the last by
/// a new edge between near neighbours, as long as what was cut outweighs what was added (S. Lin, B. W. Kernighan, An
/// effective heuristic algorithm for the traveling-salesman problem, Operations Research 21, 1973).
///
/// Two edges make a 2-opt move; moving up to any number of nodes elsewhere, turned round or not (Or-opt), is among
/// those with three. Nothing is rewritten before a whole move is known to pay. Nodes around a change wait in a queue;
/// all others carry a don't-look bit.
#[derive(Debug)]
pub(super) struct KOpt<'a, C> {
    network: &'a Network<C>,
    candidates: &'a Candidates,
    tour: ArrayTour,
    /// Edges that the move in hand cuts, in the order of the move.
    cuts: [Cut; MAX_CUTS],
    /// The continuations at each depth of the move in hand.
    levels: [Level; MAX_CUTS],
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
    /// The step after which the move pays most when it is closed, and what it gains.
    closing: Option<Step>,
    closing_gain: f64,
}

impl<'a, C: Cost> KOpt<'a, C> {
    /// A search from this tour over all nodes of the network.
    pub(super) fn new(network: &'a Network<C>, candidates: &'a Candidates, order: Vec<u32>, least_gain: f64) -> Self {
        Self {
            network,
            candidates,
            queue: VecDeque::with_capacity(order.len()),
            queued: vec![false; order.len()],
            tour: ArrayTour::new(order),
            cuts: [Cut::default(); MAX_CUTS],
            levels: [Level::default(); MAX_CUTS],
            least_gain,
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

    /// Moves made so far, those taken back included.
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
        [behind, ahead].into_iter().find_map(|cut| {
            self.cuts[0] = cut;
            self.extend(1, self.network.cost(cut.near, cut.far))
        })
    }

    /// Adds one more exchange to a move that cuts `count` edges so far; the gain when a move was found and made.
    fn extend(&mut self, count: usize, gain: f64) -> Option<f64> {
        self.weigh(count, gain);
        if let Some(step) = self.levels[count].closing {
            self.cuts[count] = step.cut;
            self.make(count + 1);
            return Some(self.levels[count].closing_gain);
        }
        let width = BREADTH.get(count - 1).copied().unwrap_or(0);
        for rank in 0..width.min(self.levels[count].count) {
            let step = self.levels[count].take_best(rank);
            self.cuts[count] = step.cut;
            let gain = self.extend(count + 1, step.gain);
            if gain.is_some() {
                return gain;
            }
        }
        None
    }

    /// Collects the continuations of a move that cuts `count` edges so far.
    fn weigh(&mut self, count: usize, gain: f64) {
        let Self { network, candidates, tour, cuts, .. } = self;
        let level = &mut self.levels[count];
        level.count = 0;
        level.closing = None;
        level.closing_gain = self.least_gain;

        let (first, last) = (cuts[0].near, cuts[count - 1].far);
        let shape = Shape::new(&cuts[..count]);
        let leads_on = count <= BREADTH.len();
        let gate = network.free_gate().filter(|&gate| count == 1 && gate != last);
        let gate = gate.map(|gate| (gate, network.cost(last, gate)));
        for &(near, cost) in gate.as_slice().iter().chain(candidates.of(last)) {
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
                let leads_on = leads_on && (around.closes[side] || count < MOST_CUTS_TO_CYCLES);
                if around.cut[side] || !(around.closes[side] || leads_on) {
                    continue;
                }
                let cut = Cut { near, far: nodes[side], at: places[side], forward: side == 1 };
                let step = Step { gain: open_gain + network.cost(near, cut.far), cut };
                if around.closes[side] && step.gain > level.closing_gain {
                    let closed = step.gain - network.cost(cut.far, first);
                    if closed > level.closing_gain {
                        level.closing_gain = closed;
                        level.closing = Some(step);
                    }
                }
                if leads_on && level.count < MOST_STEPS {
                    level.steps[level.count] = step;
                    level.count += 1;
                }
            }
        }
    }

    /// Makes the move of the first `count` cuts, which leave one tour.
    fn make(&mut self, count: usize) {
        let cuts = self.cuts;
        let shape = Shape::new(&cuts[..count]);
        debug_assert!(shape.is_whole(), "{shape:?}");
        let (mut pieces, pieces_count) = self.tour.pieces(&shape);
        self.tour.rearrange(&mut pieces[..pieces_count]);
        for cut in &cuts[..count] {
            self.look_at(cut.near);
            self.look_at(cut.far);
        }
        self.moves += 1;
    }
}

impl Level {
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
