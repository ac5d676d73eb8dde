use std::collections::VecDeque;

use super::Cost;
use super::array_tour::{ArrayTour, Cut, MAX_CUTS, Shape};
use super::candidates::Candidates;
use super::network::Network;

pub static BREADTH: std::sync::LazyLock<Vec<usize>> = std::sync::LazyLock::new(|| {
    std::env::var("BR").map_or(vec![5, 3, 1], |s| s.split(',').map(|x| x.parse().unwrap()).collect())
});
pub static FEAS: std::sync::LazyLock<usize> = std::sync::LazyLock::new(|| std::env::var("FEAS").map_or(9, |s| s.parse().unwrap()));
const MOST_STEPS: usize = 20;
pub static CN: [std::sync::atomic::AtomicU64; 8] = [const { std::sync::atomic::AtomicU64::new(0) }; 8];
#[inline(always)]
fn cnt(_i: usize) {
    #[cfg(feature = "cnt")]
    CN[_i].fetch_add(1, std::sync::atomic::Ordering::Relaxed);
}

#[derive(Debug)]
pub(super) struct KOpt<'a, C> {
    network: &'a Network<C>,
    candidates: &'a Candidates,
    tour: ArrayTour,
    cuts: [Cut; MAX_CUTS],
    queue: VecDeque<u32>,
    queued: Vec<bool>,
    least_gain: f64,
    moves: u64,
    breadth: [usize; MAX_CUTS],
    levels: [Level; MAX_CUTS],
}

/// One more edge of a move: joins the end in hand to `near`, then cuts `near` from `far`.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    /// Everything cut less everything added so far.
    gain: f64,
    cut: Cut,
}

#[derive(Debug, Clone, Copy, Default)]
struct Level {
    steps: [Step; MOST_STEPS],
    len: usize,
    closing: Option<Step>,
    closing_gain: f64,
}

impl<'a, C: Cost> KOpt<'a, C> {
    pub(super) fn new(network: &'a Network<C>, candidates: &'a Candidates, order: Vec<u32>, least_gain: f64) -> Self {
        let mut breadth = [0; MAX_CUTS];
        for (b, &x) in breadth[1..].iter_mut().zip(BREADTH.iter()) {
            *b = x;
        }
        Self {
            network,
            candidates,
            queue: VecDeque::with_capacity(order.len()),
            queued: vec![false; order.len()],
            tour: ArrayTour::new(order),
            cuts: [Cut::default(); MAX_CUTS],
            least_gain,
            moves: 0,
            breadth,
            levels: [Level::default(); MAX_CUTS],
        }
    }

    pub(super) fn candidates(&self) -> &'a Candidates {
        self.candidates
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

    pub(super) fn moves(&self) -> u64 {
        self.moves
    }

    pub(super) fn look_at(&mut self, node: u32) {
        if !self.queued[node as usize] {
            self.queued[node as usize] = true;
            self.queue.push_back(node);
        }
    }

    pub(super) fn improve_next(&mut self) -> Option<f64> {
        let node = self.queue.pop_front()?;
        cnt(0);
        self.queued[node as usize] = false;
        let mut total = 0.0;
        while let Some(gain) = self.improve(node) {
            total += gain;
        }
        Some(total)
    }

    fn improve(&mut self, node: u32) -> Option<f64> {
        let place = self.tour.position(node);
        let (before, after) = self.tour.around(place);
        for cut in [
            Cut { near: node, far: after, at: place, forward: true },
            Cut { near: node, far: before, at: self.tour.before(place), forward: false },
        ] {
            self.cuts[0] = cut;
            let gain = self.extend(1, self.network.cost(cut.near, cut.far));
            if gain.is_some() {
                return gain;
            }
        }
        None
    }

    /// Adds one more exchange to a move that cuts `count` edges so far; the gain when a move was found and made.
    fn extend(&mut self, count: usize, gain: f64) -> Option<f64> {
        cnt(5);
        let last = self.cuts[count - 1].far;
        let shape = Shape::new(&self.cuts[..count]);
        let width = self.breadth[count];
        let first = self.cuts[0].near;
        let level = &mut self.levels[count];
        level.len = 0;
        level.closing = None;
        level.closing_gain = self.least_gain;
        if count == 1
            && let Some(gate) = self.network.free_gate().filter(|&gate| gate != last)
        {
            let open = gain - self.network.cost(last, gate);
            if open > self.least_gain {
                weigh(self.network, &self.tour, &shape, count, [first, last], gate, open, width > 0, level);
            }
        }
        let candidates = self.candidates;
        for &(near, cost) in candidates.of(last) {
            let open = gain - cost;
            if open <= self.least_gain {
                break;
            }
            weigh(self.network, &self.tour, &shape, count, [first, last], near, open, width > 0, level);
        }
        if let Some(step) = level.closing {
            let gain = level.closing_gain;
            self.cuts[count] = step.cut;
            self.make(count + 1);
            return Some(gain);
        }
        let len = level.len;
        for i in 0..width.min(len) {
            let steps = &mut self.levels[count].steps[..len];
            let mut best = i;
            for j in i + 1..steps.len() {
                if steps[j].gain > steps[best].gain {
                    best = j;
                }
            }
            steps.swap(i, best);
            self.cuts[count] = steps[i].cut;
            let gain = steps[i].gain;
            let gain = self.extend(count + 1, gain);
            if gain.is_some() {
                return gain;
            }
        }
        None
    }

    /// Makes the move of the first `count` cuts.
    fn make(&mut self, count: usize) {
        let shape = Shape::new(&self.cuts[..count]);
        debug_assert_eq!(shape.cycles(), 0);
        cnt(7);
        let mut pieces = self.tour.pieces(&shape, count);
        self.tour.rearrange(&mut pieces[..count]);
        for i in 0..count {
            let Cut { near, far, .. } = self.cuts[i];
            self.look_at(near);
            self.look_at(far);
        }
        self.moves += 1;
    }
}

    #[inline(always)]
    fn weigh<C: Cost>(network: &Network<C>, tour: &ArrayTour, shape: &Shape, count: usize, [first, last]: [u32; 2], near: u32, open: f64, leads_on: bool, level: &mut Level) {
        let place = tour.position(near);
        let (before, after) = tour.around(place);
        if before == last || after == last {
            return;
        }
        let place_before = tour.before(place);
        let spot = shape.spot(place, place_before, count);
        // What lies on the path must be cut on the side of the path's beginning, a cycle may be cut anywhere.
        let closes_behind = if spot.way == 0 { shape.cycles() == 1 } else { shape.cycles() == 0 && spot.way < 0 };
        let closes_before = if spot.way == 0 { shape.cycles() == 1 } else { shape.cycles() == 0 && spot.way > 0 };
        for (far, at, forward, cut, closes) in [
            (after, place, true, spot.cut_behind, closes_behind),
            (before, place_before, false, spot.cut_before, closes_before),
        ] {
            if cut || !(closes || leads_on && count < *FEAS) {
                continue;
            }
            cnt(count);
            let step = Step {
                gain: open + network.cost(near, far),
                cut: Cut { near, far, at, forward },
            };
            if closes && step.gain > level.closing_gain {
                let closed = step.gain - network.cost(far, first);
                if closed > level.closing_gain {
                    level.closing_gain = closed;
                    level.closing = Some(step);
                }
            }
            if leads_on && (closes || count < *FEAS) && level.len < MOST_STEPS {
                level.steps[level.len] = step;
                level.len += 1;
            }
        }
    }

