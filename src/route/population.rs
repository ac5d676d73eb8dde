use rand::Rng;
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::array_tour::ArrayTour;
use super::candidates::Candidates;
use super::chained::{self, Effort, Outcome};
use super::merge::Merger;
use super::network::Network;
use super::tally::Tally;
use super::{Cost, Options};

/// Kicks a node of the tours of a population: few, as many short tours that are merged come further than few long ones.
const KICKS_PER_NODE: f64 = 0.1;
/// Fewer tours than these have too little to learn from each other: one search takes all the time then. With about 8 to 16 of
/// them searches of 20,000 points came less far in 10 s than kicks alone, with about 25 those of 10,000 came much farther.
const LEAST_TOURS: f64 = 20.0;
/// More tours than these are merged in populations of their own.
const MOST_TOURS: usize = 100;
/// Share of the time that may be gone when the last tour of a population is finished: the rest is for merging.
const GATHERING: f64 = 0.75;
/// Generations without a gain after which nothing more is expected of merging.
const MOST_IDLE: u32 = 2;
/// Kicks for so many nodes, on each thread, before searches that began with the same tour are merged.
const NODES_PER_KICK: usize = 10;
/// Tells the generators' streams of this stage from those of others with the same seed.
const STREAM: u128 = u128::from_le_bytes(*b"route: the merge");

/// Searches until the time is up, on all threads.
///
/// Where the time allows, many tours are searched for a short while each and then merged with each other, until nothing
/// is gained any more: each tour learns from the next one of a random order, generation after generation. Otherwise, and
/// in the time that is left, all threads kick the same tour, each in its own way, and merge what they find.
pub(super) fn improve<C: Cost>(
    network: &Network<C>,
    candidates: &Candidates,
    orders: [&[u32]; 2],
    start: &[u32],
    effort: &Effort<'_>,
) -> Outcome {
    let order = orders[0];
    let threads = rayon::current_num_threads();
    let silent = Options { progress: None, ..*effort.options };
    let quiet = Tally::new(&silent, None, 0.0);
    let mergers = (0..threads).map(|_| Merger::new(network, candidates, order.len(), effort.least_gain)).collect();
    let mut group = Group { network, candidates, effort, quiet: &quiet, mergers, number: 0, moves: 0, told: 0.0 };
    let mut champions = Vec::new();
    let best = loop {
        let tours = group.gather(orders, start);
        let is_population = tours.len() > threads;
        champions.extend(group.evolve(tours));
        champions = group.evolve(champions).into_iter().collect();
        if !is_population || group.is_late() || group.spent() + group.spent() / 2.0 >= 1.0 {
            break champions.pop();
        }
    };
    let Some(best) = best else { return Outcome { order: order.to_vec(), stopped: true, ..Outcome::default() } };
    let best = group.relay(best);
    Outcome { order: best.tour.into_order(), gained: best.gained, moves: group.moves, stopped: true }
}

/// A tour, and by how much it is shorter than the one from which all began.
#[derive(Debug, Clone)]
struct Member {
    tour: ArrayTour,
    gained: f64,
}

/// What a population has in common.
struct Group<'a, C> {
    network: &'a Network<C>,
    candidates: &'a Candidates,
    effort: &'a Effort<'a>,
    /// For searches whose gains are not those of the best tour.
    quiet: &'a Tally<'a>,
    /// One for each thread.
    mergers: Vec<Merger<'a, C>>,
    /// Searches so far.
    number: u64,
    moves: u64,
    /// Gain that the tally knows of.
    told: f64,
}

impl<C: Cost> Group<'_, C> {
    fn is_late(&self) -> bool {
        self.effort.options.stop.is_none_or(|stop| stop())
    }

    /// Share of the time that is gone; none of it where that is not known.
    fn spent(&self) -> f64 {
        self.effort.options.spent.map_or(1.0, |spent| spent())
    }

    /// Searches a tour on each thread, by so many kicks.
    fn search(&mut self, kicks: u64, from: impl Fn(u64) -> (Vec<u32>, Vec<u32>) + Sync) -> Vec<Outcome> {
        let threads = self.mergers.len();
        let (first, effort) = (self.number, self.effort);
        // A search without end is the last one, and tells of its gains itself.
        let tally = if kicks == u64::MAX { effort.tally } else { self.quiet };
        let (network, candidates) = (self.network, self.candidates);
        self.number += threads as u64;
        let search = |number: u64| {
            let (order, start) = from(number);
            let number = effort.number + number;
            chained::improve(network, candidates, order, &start, &Effort { kicks, number, tally, ..*effort })
        };
        let found: Vec<Outcome> =
            (0..threads).into_par_iter().with_max_len(1).map(|i| search(first + i as u64)).collect();
        self.moves += found.iter().map(|found| found.moves).sum::<u64>();
        if kicks < u64::MAX {
            effort.tally.add(kicks * threads as u64, 0.0);
        } else {
            self.told += found.iter().map(|found| found.gained).sum::<f64>();
        }
        found
    }

    /// Searches tours, the first one from the first order, others from the second one, each from its nodes in another
    /// order; as many as there is time for, or one on each thread where that is not enough.
    fn gather(&mut self, orders: [&[u32]; 2], start: &[u32]) -> Vec<Member> {
        let kicks = (KICKS_PER_NODE * start.len() as f64) as u64;
        let [first, other] = orders.map(|order| super::length(self.network, order, true));
        let seed = u128::from(self.effort.options.seed);
        let from = |number: u64| {
            let mut start = start.to_vec();
            if number > 0 {
                shuffle(&mut start, &mut Pcg64::new(u128::from(number) << 64 | seed, STREAM));
            }
            (orders[usize::from(number > 0)].to_vec(), start)
        };
        let mut members: Vec<Member> = Vec::new();
        loop {
            let (before, is_first) = (self.spent(), members.is_empty());
            let numbers = self.number..;
            let found = self.search(kicks, from);
            let taken = self.spent() - before;
            members.extend(found.into_iter().zip(numbers).map(|(found, number)| {
                let shorter = if number > 0 { first - other } else { 0.0 };
                Member { tour: ArrayTour::new(found.order), gained: found.gained + shorter }
            }));
            self.tell(&members);
            let left = GATHERING - self.spent();
            // Foreseen once: in mid-course a delay would make all that was gathered useless.
            let expected = self.mergers.len() as f64 * (1.0 + (left / taken).floor());
            let is_enough = members.len() >= MOST_TOURS || is_first && expected < LEAST_TOURS;
            if self.is_late() || left < taken || is_enough {
                return members;
            }
        }
    }

    /// Merges tours with each other as long as that gains; the shortest one.
    fn evolve(&mut self, mut members: Vec<Member>) -> Option<Member> {
        let seed = u128::from(self.effort.options.seed) << 64 | u128::from(self.number);
        let mut random = Pcg64::new(seed, STREAM);
        let mut idle = 0;
        while members.len() > 1 && idle < MOST_IDLE && !self.is_late() {
            shuffle(&mut members, &mut random);
            let orders: Vec<Vec<u32>> = members.iter().map(|member| member.tour.order().to_vec()).collect();
            let seeds: Vec<u64> = members.iter().map(|_| random.next_u64()).collect();
            let per_thread = members.len().div_ceil(self.mergers.len());
            let stop = self.effort.options.stop;
            let is_late = || stop.is_some_and(|stop| stop());
            let shares = members.par_chunks_mut(per_thread).zip(&mut self.mergers).enumerate();
            let gains = shares.map(|(share, (members, merger))| {
                let mut total = 0.0;
                for (member, at) in members.iter_mut().zip(share * per_thread..) {
                    let next = &orders[(at + 1) % orders.len()];
                    let mut random = Pcg64::new(u128::from(seeds[at]), STREAM);
                    let gain = merger.merge(&mut member.tour, next, &mut random, &is_late);
                    member.gained += gain;
                    total += gain;
                }
                total
            });
            let gains: Vec<f64> = gains.collect();
            idle = if gains.iter().sum::<f64>() > 0.0 { 0 } else { idle + 1 };
            self.tell(&members);
        }
        members.into_iter().max_by(|a, b| a.gained.total_cmp(&b.gained))
    }

    /// Kicks a tour until the time is up: on every thread for a while, then what was found is merged.
    fn relay(&mut self, mut best: Member) -> Member {
        let nodes = best.tour.len() as usize;
        let kicks = if self.mergers.len() == 1 { u64::MAX } else { nodes.div_ceil(NODES_PER_KICK) as u64 };
        while !self.is_late() {
            let order = best.tour.order().to_vec();
            let found = self.search(kicks, |_| (order.clone(), Vec::new()));
            let gained = best.gained;
            let mut found = found.into_iter().map(|found| (found.order, gained + found.gained));
            let Some((order, gained)) = found.next() else { break };
            best = Member { tour: ArrayTour::new(order), gained };
            let mut random = Pcg64::new(u128::from(self.number), STREAM);
            if let Some(merger) = self.mergers.first_mut() {
                best.gained +=
                    found.map(|(order, _)| merger.merge(&mut best.tour, &order, &mut random, &|| false)).sum::<f64>();
            }
            self.tell(std::slice::from_ref(&best));
        }
        best
    }

    /// Tells what the best of the members gained.
    fn tell(&mut self, members: &[Member]) {
        let gained = members.iter().map(|member| member.gained).fold(self.told, f64::max);
        self.effort.tally.add(0, gained - std::mem::replace(&mut self.told, gained));
    }
}

/// Random order of the items (R. Durstenfeld, Algorithm 235: random permutation, Communications of the ACM 7, 1964).
fn shuffle<T>(items: &mut [T], random: &mut Pcg64) {
    for last in (1..items.len()).rev() {
        items.swap(last, chained::below(random, last as u32 + 1) as usize);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    use super::*;
    use crate::geometry::Point;
    use crate::route::{Budget, EuclideanCost, Progress, length};

    /// Until it was asked so often: whole populations, and then kicks for the rest; and the same without a share of time.
    #[test]
    fn searches_by_time_keep_every_node_and_gain_what_they_tell() {
        let mut random = Pcg64::new(1, 1);
        let mut below = |bound: u32| f64::from(chained::below(&mut random, bound));
        let points: Vec<Point> = (0..300).map(|_| Point::new(below(1000), below(1000), 0.0)).collect();
        let cost = EuclideanCost::new(&points);
        let candidates = Candidates::nearest(&points, &cost, 6).unwrap();
        let network = Network::closed(cost);
        let order: Vec<u32> = (0..300).collect();
        let turned: Vec<u32> = (0..300).step_by(2).chain((0..300).skip(1).step_by(2)).collect();
        let before = length(&network, &order, true);
        for (threads, timed) in [(1, true), (2, true), (2, false)] {
            let asked = AtomicU64::new(0);
            let stop = || asked.fetch_add(1, Relaxed) >= 300;
            let spent = || asked.load(Relaxed) as f64 / 300.0;
            let told = std::sync::Mutex::new(Vec::new());
            let progress = |at: Progress| told.lock().unwrap().push(at.length);
            let options = Options {
                budget: Budget::UntilStopped,
                stop: Some(&stop),
                spent: timed.then_some(&spent),
                progress: Some(&progress),
                ..Options::default()
            };
            let tally = Tally::new(&options, None, before);
            let effort = Effort { kicks: u64::MAX, least_gain: 1e-6, number: 0, options: &options, tally: &tally };
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| improve(&network, &candidates, [&order, &turned], &order, &effort));
            let after = length(&network, &found.order, true);
            assert!((before - found.gained - after).abs() < 1e-6, "{} {after}", found.gained);
            let told = told.into_inner().unwrap();
            assert!(told.is_sorted_by(|earlier, later| *later <= earlier + 1e-6), "{told:?}");
            assert!((told.last().unwrap() - after).abs() < 1e-6, "{told:?} {after}");
            // A tour of 300 random points in such a square is about 0.7124 sqrt(N A) + 0.33 sqrt(A) long.
            assert!(after < 13_500.0, "{after}");
            assert!(found.stopped && found.moves > 0);
            let mut sorted = found.order;
            sorted.sort_unstable();
            assert_eq!(sorted, order);
        }
    }
}
