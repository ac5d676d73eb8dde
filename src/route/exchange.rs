use super::Cost;
use super::array_tour::{ArrayTour, Piece};
use super::candidates::Candidates;

const NONE: u32 = u32::MAX;

/// Edges of a tour to be exchanged for as many others, and the cycles that this leaves.
///
/// Between its cuts the tour falls into pieces. Piece `r` lies between cut `r - 1` and cut `r`; of its ends the left one
/// is `2 r`, the right one `2 r + 1`.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    /// Position of that end of each edge to be cut which comes first in the tour.
    cuts: Vec<u32>,
    added: Vec<[u32; 2]>,
    /// To which end each end of a piece is joined.
    mate: Vec<u32>,
    /// In which cycle each piece is.
    cycle_of: Vec<u32>,
    /// Nodes in each cycle.
    sizes: Vec<u32>,
}

/// Two edges of two cycles, `[a, b]` and `[c, d]`, to be exchanged for `[a, c]` and `[b, d]`.
#[derive(Debug, Clone, Copy)]
struct Bridge {
    gain: f64,
    edges: [[u32; 2]; 2],
}

impl Exchange {
    /// Forgets all edges.
    pub(super) fn clear(&mut self) {
        self.cuts.clear();
        self.added.clear();
    }

    /// One more edge to be added.
    pub(super) fn add(&mut self, a: u32, b: u32) {
        self.added.push([a, b]);
    }

    /// One more edge to be taken out, of the tour or one that was added; whether there is one.
    pub(super) fn cut(&mut self, tour: &ArrayTour, a: u32, b: u32) -> bool {
        if let Some(at) = self.added.iter().position(|&edge| edge == [a, b] || edge == [b, a]) {
            self.added.swap_remove(at);
            return true;
        }
        let place = tour.position(a);
        let [before, behind] = tour.around(place);
        if before == b || behind == b {
            self.cuts.push(if behind == b { place } else { tour.before(place) });
        }
        before == b || behind == b
    }

    /// Finds the cycles that are left; how many.
    pub(super) fn link(&mut self, tour: &ArrayTour) -> usize {
        self.cuts.sort_unstable();
        let count = self.cuts.len();
        self.mate.clear();
        self.mate.resize(2 * count, NONE);
        for at in 0..self.added.len() {
            let [a, b] = self.added[at];
            let from = self.free_end(tour, a);
            // Taken, so that both ends of a piece of one node are found one after the other.
            self.mate[from] = from as u32;
            let to = self.free_end(tour, b);
            self.mate[from] = to as u32;
            self.mate[to] = from as u32;
        }
        self.cycle_of.clear();
        self.cycle_of.resize(count, NONE);
        self.sizes.clear();
        for piece in 0..count {
            if self.cycle_of[piece] == NONE {
                let cycle = self.sizes.len() as u32;
                let mut size = 0;
                let mut entry = 2 * piece;
                while self.cycle_of[entry / 2] == NONE {
                    self.cycle_of[entry / 2] = cycle;
                    size += self.piece(tour, entry).len();
                    entry = self.mate[entry ^ 1] as usize;
                }
                self.sizes.push(size);
            }
        }
        self.sizes.len()
    }

    /// The pieces of a single cycle in their order.
    pub(super) fn pieces(&self, tour: &ArrayTour) -> Vec<Piece> {
        let mut entry = 0;
        let step = |_| {
            let piece = self.piece(tour, entry);
            entry = self.mate[entry ^ 1] as usize;
            piece
        };
        (0..self.cuts.len()).map(step).collect()
    }

    /// Nodes of the smallest cycle.
    pub(super) fn smallest(&self) -> u32 {
        self.sizes.iter().copied().min().unwrap_or(0)
    }

    /// Joins the smallest cycle to another one where that costs least by the edges of candidates; what it gains, mostly
    /// less than nothing. `None` where no candidates lead out of it.
    pub(super) fn join(&mut self, tour: &ArrayTour, cost: &impl Cost, candidates: &Candidates) -> Option<f64> {
        let smallest = (0..self.sizes.len()).min_by_key(|&cycle| self.sizes[cycle])? as u32;
        let mut best: Option<Bridge> = None;
        for rank in (0..self.cuts.len()).filter(|&rank| self.cycle_of[rank] == smallest) {
            let mut place = self.cut_before(rank);
            while place != self.cuts[rank] {
                place = tour.behind(place);
                let node = tour.node(place);
                let beside = self.beside(tour, node).map(|next| (next, cost.cost(node, next)));
                for (to, added) in candidates.of(node).filter(|(_, cost)| cost.is_finite()) {
                    if self.cycle_of[self.rank(tour.position(to))] == smallest {
                        continue;
                    }
                    for beyond in self.beside(tour, to) {
                        let cut = cost.cost(to, beyond) - added;
                        for (next, to_next) in beside {
                            let gain = cut + to_next - cost.cost(next, beyond);
                            if best.is_none_or(|best| gain > best.gain) {
                                best = Some(Bridge { gain, edges: [[node, next], [to, beyond]] });
                            }
                        }
                    }
                }
            }
        }
        let Bridge { gain, edges: [[a, b], [c, d]] } = best?;
        let both = self.cut(tour, a, b) && self.cut(tour, c, d);
        debug_assert!(both, "{a} {b} {c} {d}");
        self.add(a, c);
        self.add(b, d);
        Some(gain)
    }

    /// The two nodes next to one on its cycle.
    fn beside(&self, tour: &ArrayTour, node: u32) -> [u32; 2] {
        let place = tour.position(node);
        let rank = self.rank(place);
        let [before, behind] = tour.around(place);
        let node_at = |end: u32| {
            let rank = end as usize / 2;
            tour.node(if end % 2 == 1 { self.cuts[rank] } else { tour.behind(self.cut_before(rank)) })
        };
        let is_left = self.cut_before(rank) == tour.before(place);
        [
            if is_left { node_at(self.mate[2 * rank]) } else { before },
            if self.cuts[rank] == place { node_at(self.mate[2 * rank + 1]) } else { behind },
        ]
    }

    /// The piece in which a position lies.
    fn rank(&self, position: u32) -> usize {
        let rank = self.cuts.partition_point(|&cut| cut < position);
        if rank == self.cuts.len() { 0 } else { rank }
    }

    fn cut_before(&self, rank: usize) -> u32 {
        self.cuts[if rank == 0 { self.cuts.len() } else { rank } - 1]
    }

    /// The piece that a path enters at this end.
    fn piece(&self, tour: &ArrayTour, entry: usize) -> Piece {
        let rank = entry / 2;
        tour.piece(self.cut_before(rank), self.cuts[rank], entry % 2 == 1)
    }

    /// An end of a piece where this node is, without a mate so far.
    fn free_end(&self, tour: &ArrayTour, node: u32) -> usize {
        let place = tour.position(node);
        let rank = self.rank(place);
        let is_left = tour.before(place) == self.cut_before(rank);
        2 * rank + usize::from(!is_left || self.mate[2 * rank] != NONE)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geometry::Point;
    use crate::route::{EuclideanCost, length};

    proptest! {
        /// What is left of the tour 0, 1, 2, … by edges cut at random and by ends joined at random is one tour in the end.
        #[test]
        fn cycles_are_counted_and_joined_to_a_tour_of_the_length_that_was_told(
            points in proptest::collection::vec(proptest::array::uniform2(0.0_f64..10.0), 12..40),
            every in 2_usize..6,
            turn in 0_usize..20,
        ) {
            let points: Vec<Point> = points.iter().map(|&[x, y]| Point::new(x, y, 0.0)).collect();
            let (count, cost) = (points.len(), EuclideanCost::new(&points));
            let candidates = Candidates::nearest(&points, &cost, count - 1).unwrap();
            let mut tour = ArrayTour::new((0..count as u32).collect());
            let before = length(&cost, tour.order(), true);
            let mut exchange = Exchange::default();
            let mut ends: Vec<u32> = Vec::new();
            let mut gain = 0.0;
            for node in (0..count).step_by(every).map(|node| node as u32) {
                let next = (node + 1) % count as u32;
                prop_assert!(exchange.cut(&tour, next, node));
                gain += cost.cost(node, next);
                ends.extend([node, next]);
            }
            let turn = turn % ends.len();
            ends.rotate_left(turn);
            let half = ends.len() / 2;
            // A node that lost both edges may not be joined to itself.
            prop_assume!((0..half).all(|at| ends[at] != ends[at + half]));
            let mut neighbours = vec![Vec::new(); count];
            for at in 0..half {
                let (a, b) = (ends[at], ends[at + half]);
                exchange.add(a, b);
                gain -= cost.cost(a, b);
                neighbours[a as usize].push(b);
                neighbours[b as usize].push(a);
            }
            for node in (0..count).filter(|node| node % every != 0) {
                let next = (node + 1) % count;
                neighbours[node].push(next as u32);
                neighbours[next].push(node as u32);
            }
            let mut seen = vec![false; count];
            let mut cycles = 0;
            for node in 0..count {
                cycles += usize::from(!seen[node]);
                let mut stack = vec![node as u32];
                while let Some(node) = stack.pop() {
                    if !std::mem::replace(&mut seen[node as usize], true) {
                        stack.extend(&neighbours[node as usize]);
                    }
                }
            }
            prop_assert_eq!(exchange.link(&tour), cycles);
            while exchange.link(&tour) > 1 {
                gain += exchange.join(&tour, &cost, &candidates).unwrap();
            }
            tour.rearrange(&mut exchange.pieces(&tour));
            let order = tour.into_order();
            prop_assert!((length(&cost, &order, true) - (before - gain)).abs() < 1e-9);
            let mut sorted = order;
            sorted.sort_unstable();
            prop_assert!(sorted.into_iter().eq(0..count as u32));
        }
    }
}
