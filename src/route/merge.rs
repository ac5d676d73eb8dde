use rand::Rng;
use rand_pcg::Pcg64;

use super::Cost;
use super::array_tour::ArrayTour;
use super::candidates::Candidates;
use super::exchange::Exchange;
use super::network::Network;

const NONE: u32 = u32::MAX;
/// Cycles of more edges are left alone.
const MOST_EDGES: usize = 800;
/// Nodes of cycles apart that are looked at altogether before an exchange is given up.
const MOST_SCANNED: u32 = 2000;
/// Ways of taking two tours apart that are tried in vain before they are left alone.
const MOST_IDLE: u32 = 2;

/// Takes over from one tour what makes another shorter, by the edge assembly crossover: the edges that only one of two
/// tours has are taken apart at random into cycles of edges that are by turns of the one and of the other. Along each of
/// them edges can be exchanged; what falls off is joined again where that costs least, and an exchange is made when the
/// tour becomes shorter (Y. Nagata, S. Kobayashi, A powerful genetic algorithm using edge assembly crossover for the
/// traveling salesman problem, INFORMS Journal on Computing 25, 2013).
#[derive(Debug)]
pub(super) struct Merger<'a, C> {
    network: &'a Network<C>,
    candidates: &'a Candidates,
    /// Gains below this are rounding errors.
    least_gain: f64,
    /// Ends of the edges at each node that only its tour has and that are in no cycle yet: of the tour's own edges, and of
    /// the other's.
    left: [Vec<[u32; 2]>; 2],
    /// Where each node stands on the path in hand, at an even and at an odd place.
    places: Vec<[u32; 2]>,
    path: Vec<u32>,
    /// Cycles one after another, each from the beginning of one of the tour's own edges.
    cycles: Vec<u32>,
    /// Where each cycle ends.
    ends: Vec<usize>,
    exchange: Exchange,
}

impl<'a, C: Cost> Merger<'a, C> {
    /// Of tours over so many nodes.
    pub(super) fn new(network: &'a Network<C>, candidates: &'a Candidates, nodes: usize, least_gain: f64) -> Self {
        Self {
            network,
            candidates,
            least_gain,
            left: std::array::from_fn(|_| vec![[NONE; 2]; nodes]),
            places: vec![[NONE; 2]; nodes],
            path: Vec::new(),
            cycles: Vec::new(),
            ends: Vec::new(),
            exchange: Exchange::default(),
        }
    }

    /// Takes over from `other` what makes `tour` shorter, until it `is_late`; by how much.
    pub(super) fn merge(
        &mut self,
        tour: &mut ArrayTour,
        other: &[u32],
        random: &mut Pcg64,
        is_late: &dyn Fn() -> bool,
    ) -> f64 {
        let mut total = 0.0;
        let mut idle = 0;
        while idle < MOST_IDLE && !is_late() {
            self.compare(tour, other);
            self.take_apart(random);
            let ends = std::mem::take(&mut self.ends);
            let mut first = 0;
            let mut gained = 0.0;
            for &end in &ends {
                gained += self.follow(tour, first..end).unwrap_or(0.0);
                first = end;
            }
            if ends.is_empty() {
                break;
            }
            self.ends = ends;
            total += gained;
            idle = if gained > 0.0 { 0 } else { idle + 1 };
        }
        total
    }

    /// Notes the edges that only one of the tours has.
    fn compare(&mut self, tour: &ArrayTour, other: &[u32]) {
        let count = other.len();
        for (place, &node) in other.iter().enumerate() {
            let others = [
                other[if place == 0 { count } else { place } - 1],
                other[if place + 1 == count { 0 } else { place + 1 }],
            ];
            let own = tour.around(tour.position(node));
            for (left, (ends, also)) in self.left.iter_mut().zip([(own, others), (others, own)]) {
                let only = ends.map(|end| if also.contains(&end) { NONE } else { end });
                left[node as usize] = if only[0] == NONE { [only[1], NONE] } else { only };
            }
        }
    }

    /// Takes the edges apart into cycles: walks along them, by turns along one of the tour's own and one of the other's, and
    /// takes out a cycle whenever the walk closes one.
    fn take_apart(&mut self, random: &mut Pcg64) {
        self.cycles.clear();
        self.ends.clear();
        for start in 0..self.places.len() as u32 {
            while self.left[0][start as usize][0] != NONE {
                self.walk_from(start, random);
            }
        }
    }

    fn walk_from(&mut self, start: u32, random: &mut Pcg64) {
        self.path.clear();
        self.path.push(start);
        self.places[start as usize][0] = 0;
        while let Some(&node) = self.path.last() {
            let place = self.path.len();
            let left = &mut self.left[(place - 1) % 2];
            let row = left[node as usize];
            if row[0] == NONE {
                // Only where the walk began, when nothing is left of it.
                self.places[node as usize] = [NONE; 2];
                return;
            }
            let next = row[usize::from(row[1] != NONE && random.next_u32() & 1 == 1)];
            take_out(&mut left[node as usize], next);
            take_out(&mut left[next as usize], node);
            let seen = std::mem::replace(&mut self.places[next as usize][place % 2], place as u32);
            if seen == NONE {
                self.path.push(next);
                continue;
            }
            self.places[next as usize][place % 2] = seen;
            let seen = seen as usize;
            let cycle = &self.path[seen..];
            let turn = seen % 2;
            self.cycles.extend(cycle[turn..].iter().chain(&cycle[..turn]));
            self.ends.push(self.cycles.len());
            for (place, &node) in self.path.iter().enumerate().skip(seen + 1) {
                self.places[node as usize][place % 2] = NONE;
            }
            self.path.truncate(seen + 1);
        }
    }

    /// Exchanges the edges along a cycle, where that gains; how much.
    fn follow(&mut self, tour: &mut ArrayTour, cycle: std::ops::Range<usize>) -> Option<f64> {
        let nodes = self.cycles.get(cycle).filter(|nodes| nodes.len() <= MOST_EDGES)?;
        let exchange = &mut self.exchange;
        let mut gain = 0.0;
        exchange.clear();
        // First what is cut: what other cycles added is gone from the tour, and an edge to be added is none of its own.
        for pair in nodes.chunks_exact(2) {
            if !exchange.cut(tour, pair[0], pair[1]) {
                return None;
            }
            gain += self.network.cost(pair[0], pair[1]);
        }
        for (at, &from) in nodes.iter().enumerate().skip(1).step_by(2) {
            let to = nodes[if at + 1 == nodes.len() { 0 } else { at + 1 }];
            exchange.add(from, to);
            gain -= self.network.cost(from, to);
        }
        let mut scanned = 0;
        while exchange.link(tour) > 1 {
            scanned += exchange.smallest();
            if scanned > MOST_SCANNED {
                return None;
            }
            gain += exchange.join(tour, self.network, self.candidates)?;
            if gain <= self.least_gain {
                return None;
            }
        }
        if gain <= self.least_gain {
            return None;
        }
        tour.rearrange(&mut exchange.pieces(tour));
        tour.commit();
        Some(gain)
    }
}

fn take_out(row: &mut [u32; 2], node: u32) {
    if row[0] == node {
        row[0] = row[1];
    }
    row[1] = NONE;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geometry::Point;
    use crate::route::{EuclideanCost, length};

    proptest! {
        #[test]
        fn a_merged_tour_keeps_every_node_and_gains_what_is_told(
            points in proptest::collection::vec(proptest::array::uniform2(0.0_f64..10.0), 8..60),
            swaps in proptest::collection::vec((0_usize..60, 0_usize..60), 0..20),
            seed in 0_u64..100,
        ) {
            let points: Vec<Point> = points.iter().map(|&[x, y]| Point::new(x, y, 0.0)).collect();
            let count = points.len();
            let cost = EuclideanCost::new(&points);
            let candidates = Candidates::nearest(&points, &cost, 5).unwrap();
            let network = Network::closed(cost);
            let own: Vec<u32> = (0..count as u32).collect();
            let mut other = own.clone();
            for (a, b) in swaps {
                other.swap(a % count, b % count);
            }
            let mut tour = ArrayTour::new(own.clone());
            let mut merger = Merger::new(&network, &candidates, count, 1e-9);
            let gain = merger.merge(&mut tour, &other, &mut Pcg64::new(u128::from(seed), 1), &|| false);
            let merged = tour.into_order();
            prop_assert!(gain >= 0.0);
            let told = length(&network, &own, true) - gain;
            prop_assert!((length(&network, &merged, true) - told).abs() < 1e-9);
            let mut sorted = merged;
            sorted.sort_unstable();
            prop_assert_eq!(sorted, own);
        }
    }

    /// Two tours round a ring of points, each with faults where the other has none.
    #[test]
    fn a_tour_takes_over_what_the_other_has_better() {
        let points: Vec<Point> = (0..100)
            .map(|at| f64::from(at) * std::f64::consts::TAU / 100.0)
            .map(|angle| Point::new(100.0 * angle.cos(), 100.0 * angle.sin(), 0.0))
            .collect();
        let cost = EuclideanCost::new(&points);
        let candidates = Candidates::nearest(&points, &cost, 6).unwrap();
        let network = Network::closed(cost);
        let ring: Vec<u32> = (0..100).collect();
        let with_faults = |at: [usize; 3]| {
            let mut tour = ring.clone();
            for at in at {
                tour.swap(at, at + 1);
            }
            tour
        };
        let mut tour = ArrayTour::new(with_faults([10, 40, 70]));
        let other = with_faults([20, 50, 90]);
        let gain =
            Merger::new(&network, &candidates, 100, 1e-9).merge(&mut tour, &other, &mut Pcg64::new(1, 1), &|| false);
        let before = length(&network, &with_faults([10, 40, 70]), true);
        assert!((before - gain - length(&network, &ring, true)).abs() < 1e-9, "{gain}");
    }
}
