use std::collections::VecDeque;

use super::Cost;
use super::array_tour::{ArrayTour, MAX_CUTS};
use super::candidates::Candidates;
use super::network::Network;

/// How many continuations are followed of a move that cuts two, three, four edges so far: the most promising ones.
const BREADTH: [usize; MAX_CUTS - 2] = [5, 3, 1];
const MAX_BREADTH: usize = 5;

/// Local search by sequential k-opt moves: a move cuts up to five edges one after another, each joined to the last by
/// a new edge between near neighbours, as long as what was cut outweighs what was added (S. Lin, B. W. Kernighan, An
/// effective heuristic algorithm for the traveling-salesman problem, Operations Research 21, 1973).
///
/// Two edges make a 2-opt move; moving up to any number of nodes elsewhere, turned round or not (Or-opt), is among
/// those with three. Tours between the cuts need not hang together, and nothing is rewritten before a whole move is
/// known to pay. Nodes around a change wait in a queue; all others carry a don't-look bit.
#[derive(Debug)]
pub(super) struct KOpt<'a, C> {
    network: &'a Network<C>,
    candidates: &'a Candidates,
    tour: ArrayTour,
    /// Ends of the edges that the move in hand cuts, in the order of the move.
    ends: [u32; 2 * MAX_CUTS],
    /// Their positions in the tour.
    cuts: [u32; MAX_CUTS],
    queue: VecDeque<u32>,
    queued: Vec<bool>,
    /// Gains below this are rounding errors.
    least_gain: f64,
    moves: u64,
    /// The most promising continuations at each depth of the move in hand.
    kept: [[Step; MAX_BREADTH]; MAX_CUTS],
}

/// One more edge of a move: joins the node in hand to `near`, then cuts `near` from `far`.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    /// Everything cut less everything added so far.
    gain: f64,
    near: u32,
    far: u32,
    cut: u32,
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
            ends: [0; 2 * MAX_CUTS],
            cuts: [0; MAX_CUTS],
            least_gain,
            moves: 0,
            kept: [[Step::default(); MAX_BREADTH]; MAX_CUTS],
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
        let before = if place == 0 { self.tour.len() } else { place } - 1;
        for (other, cut) in [(self.tour.next(node), place), (self.tour.previous(node), before)] {
            self.ends[0] = node;
            self.ends[1] = other;
            self.cuts[0] = cut;
            let gain = self.extend(1, self.network.cost(node, other));
            if gain.is_some() {
                return gain;
            }
        }
        None
    }

    /// Adds one more exchange to a move that cuts `count` edges so far; the gain when a move was found and made.
    fn extend(&mut self, count: usize, gain: f64) -> Option<f64> {
        let first = self.ends[0];
        let last = self.ends[2 * count - 1];
        let width = BREADTH.get(count - 1).copied().unwrap_or(0);
        let mut kept = 0;
        let mut closing = None;
        let mut closing_gain = self.least_gain;

        let candidates = self.candidates;
        let gate = self.network.free_gate().filter(|&gate| count == 1 && gate != last);
        let gate = gate.map(|gate| (gate, self.network.cost(last, gate)));
        for (near, cost) in gate.into_iter().chain(candidates.of(last).iter().copied()) {
            let open_gain = gain - cost;
            if open_gain <= self.least_gain {
                continue;
            }
            let place = self.tour.position(near);
            let place_before = if place == 0 { self.tour.len() } else { place } - 1;
            let (after, before) = (self.tour.next(near), self.tour.node(place_before));
            if after == last || before == last {
                continue;
            }
            for (far, cut) in [(after, place), (before, place_before)] {
                let step = Step { gain: open_gain + self.network.cost(near, far), near, far, cut };
                let closed = step.gain - self.network.cost(far, first);
                let closes = closed > closing_gain;
                let leads_on = width > 0 && (kept < width || self.kept[count][width - 1].gain < step.gain);
                if !(closes || leads_on) || self.cuts[..count].contains(&cut) {
                    continue;
                }
                if closes {
                    self.take(count, step);
                    if self.tour.reconnect(&self.ends[..2 * count + 2], &self.cuts[..=count]).is_some() {
                        closing = Some(step);
                        closing_gain = closed;
                    }
                }
                if leads_on {
                    keep(&mut self.kept[count][..width], &mut kept, step);
                }
            }
        }
        if let Some(step) = closing {
            self.take(count, step);
            let (mut pieces, pieces_count) = self.tour.reconnect(&self.ends[..2 * count + 2], &self.cuts[..=count])?;
            self.tour.rearrange(&mut pieces[..pieces_count]);
            for i in 0..2 * count + 2 {
                self.look_at(self.ends[i]);
            }
            self.moves += 1;
            return Some(closing_gain);
        }
        (0..kept).find_map(|i| {
            let step = self.kept[count][i];
            self.take(count, step);
            self.extend(count + 1, step.gain)
        })
    }

    fn take(&mut self, count: usize, step: Step) {
        self.ends[2 * count] = step.near;
        self.ends[2 * count + 1] = step.far;
        self.cuts[count] = step.cut;
    }
}

/// Puts a step among the `kept` best ones, the largest gain first; the worst drops out when there is no room.
#[inline]
fn keep(best: &mut [Step], kept: &mut usize, step: Step) {
    let mut slot = *kept;
    if slot == best.len() {
        if best.last().is_none_or(|worst| worst.gain >= step.gain) {
            return;
        }
        slot -= 1;
    } else {
        *kept += 1;
    }
    while slot > 0 && best[slot - 1].gain < step.gain {
        best[slot] = best[slot - 1];
        slot -= 1;
    }
    best[slot] = step;
}
