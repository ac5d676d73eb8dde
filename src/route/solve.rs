use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::ascent::Ascent;
use super::candidates::{self, Candidates, Near};
use super::network::Network;
use super::segments::Start;
use super::sites::Sites;
use super::{Cost, exact, greedy, length, segments, serpentine};
use crate::error::{Error, Result};
use crate::geometry::Point;

/// Neighbours of a point among which those are chosen that a move may join it to.
const NEIGHBOURS: usize = 8;
/// The same beyond so many points that there is no ascent to choose: then memory counts.
const FEW_NEIGHBOURS: usize = 6;
/// Neighbours of a point that a move may join it to.
const CANDIDATES: usize = 5;
/// From this share of equal costs on, nearness does not tell good neighbours from others, and more are needed.
const MANY_TIES: f64 = 0.1;
/// How many more neighbours and candidates then.
const MORE_FOR_TIES: [usize; 2] = [4, 4];
/// Beyond this the ascent would take too large a share of time and memory; all neighbours are candidates then.
const MOST_ASCENT_SITES: u32 = 250_000;
/// Up to this many places are ordered exactly.
pub(super) const EXACT_SITES: u32 = 12;
/// Coordinates beyond this have no distances in `f64`.
const LARGEST_COORDINATE: f64 = 1e150;

/// Whether the order returns to where it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// A tour: the way from the last point back to the first counts.
    Closed,
    /// A path. A given `start` comes first, a given `end` last.
    Open {
        /// Number of the first point; any without it.
        start: Option<u32>,
        /// Number of the last point; any without it.
        end: Option<u32>,
    },
}

impl Default for Ends {
    fn default() -> Self {
        Self::Open { start: None, end: None }
    }
}

/// How long to search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Budget {
    /// Kicks for each point, two hundred altogether at least; with 0 the plain descent from the start order. The result
    /// is the same on every machine.
    KicksPerPoint(f64),
    /// Until [`Options::stop`] says so.
    UntilStopped,
}

impl Default for Budget {
    /// 40,000 points take about 1.1 seconds of CPU.
    fn default() -> Self {
        Self::KicksPerPoint(0.01)
    }
}

/// How many continuations of an unfinished move are followed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Breadth {
    /// Several of every move that cuts up to two edges. Comes farthest, by minutes as by seconds.
    #[default]
    Wide,
    /// Some of the first cut, then the most promising one. The search takes half the time; on even fields of dots it ends 0.2 % longer,
    /// on points thrown at random 0.6 %.
    Narrow,
}

/// How far a search got.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Kicks tried.
    pub kicks: u64,
    /// Kicks of the whole budget, where it has a bound.
    pub budget: Option<u64>,
    /// Length so far, in the unit of the cost.
    pub length: f64,
}

/// What [`solve`] is asked for.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Closed tour or open path.
    pub ends: Ends,
    /// How long to search.
    pub budget: Budget,
    /// How thoroughly moves are sought.
    pub breadth: Breadth,
    /// Seed of the kicks.
    pub seed: u64,
    /// An order of all points from which to start instead of the greedy one: a good one saves time.
    pub start: Option<&'a [u32]>,
    /// Whether to measure [`serpentine`] too.
    pub serpentine: bool,
    /// Asked now and then; `true` ends the search. Such a result depends on the machine.
    pub stop: Option<&'a (dyn Fn() -> bool + Sync)>,
    /// Tells the share of the time that is gone, from 0 to 1, where a time is set for a search until it is stopped: then the
    /// search can plan ahead, and comes further.
    pub spent: Option<&'a (dyn Fn() -> f64 + Sync)>,
    /// Told now and then.
    pub progress: Option<&'a (dyn Fn(Progress) + Sync)>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            ends: Ends::default(),
            budget: Budget::default(),
            breadth: Breadth::default(),
            seed: 0,
            start: None,
            serpentine: true,
            stop: None,
            spent: None,
            progress: None,
        }
    }
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("ends", &self.ends)
            .field("budget", &self.budget)
            .field("breadth", &self.breadth)
            .field("seed", &self.seed)
            .field("start", &self.start)
            .field("serpentine", &self.serpentine)
            .finish_non_exhaustive()
    }
}

/// An order of all points. Lengths are in the unit of the cost.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tour {
    /// Point numbers in visiting order.
    pub order: Vec<u32>,
    /// Length, the way back included where the tour is closed.
    pub length: f64,
    /// Length of the greedy order, or of the one given to start from; never less than `length`.
    pub start_length: f64,
    /// Length of [`serpentine`] over the same points, its fixed ends moved to their places; `None` when not asked for, or when
    /// stopped before it was found.
    pub serpentine_length: Option<f64>,
    /// Moves that the search made, those taken back included.
    pub moves: u64,
    /// Whether the result is the same on every machine: `false` where a stop callback ended the search.
    pub reproducible: bool,
}

/// Orders the points so that visiting them costs little.
///
/// Up to twelve different places are ordered exactly, more by chained local search on the nearest neighbours of each
/// point. Equal points are visited one after another. The result is never longer than its start order and depends on
/// the arguments only, not on the number of threads.
///
/// # Errors
/// Coordinates that are not finite or beyond 1e150, ends that are no points or the same one, a cost that is negative
/// or not finite between points next to each other, a start order without every point once, a budget that is not a number or has no end.
///
/// ```
/// use tonsure::geometry::Point;
/// use tonsure::route::{Ends, EuclideanCost, Options, solve};
/// let points: Vec<Point> = [0.0, 3.0, 1.0, 2.0].iter().map(|&x| Point::new(x, 0.0, 0.0)).collect();
/// let ends = Ends::Open { start: Some(3), end: None };
/// let tour = solve(&points, &EuclideanCost::new(&points), &Options { ends, ..Options::default() })?;
/// assert_eq!(tour.order, [3, 1, 2, 0]);
/// assert_eq!(tour.length, 4.0);
/// # Ok::<(), tonsure::Error>(())
/// ```
pub fn solve(points: &[Point], cost: &impl Cost, options: &Options<'_>) -> Result<Tour> {
    let pins = check(points, options)?;
    let closed = options.ends == Ends::Closed;
    let is_late = || options.stop.is_some_and(|stop| stop());
    let compare = || {
        let order = if options.serpentine { serpentine::shortest(points, &is_late) } else { None };
        order.map(|order| length(cost, &move_to_ends(&order, pins), closed))
    };
    // On one thread the first comes first: it has to be done before the search ends by time.
    let (serpentine_length, tour) = rayon::join(compare, || search(points, cost, pins, options));
    Ok(Tour { serpentine_length, ..tour? })
}

fn search(points: &[Point], cost: &impl Cost, pins: [Option<u32>; 2], options: &Options<'_>) -> Result<Tour> {
    let closed = options.ends == Ends::Closed;
    let mut tour = Tour { reproducible: true, ..Tour::default() };
    if points.is_empty() {
        return Ok(tour);
    }

    let sites = Sites::new(points, pins);
    let representatives = sites.representatives();
    let site_of = |pin: u32| representatives.iter().position(|&point| point == pin).map(|site| site as u32);
    let pins = pins.map(|pin| pin.and_then(site_of));
    let places: Vec<Point> = representatives.iter().map(|&point| points[point as usize]).collect();
    let site_cost = cost.renumbered(&representatives);
    let count = sites.count();
    // Once late it stays so: what was not done in time is missing.
    let late = AtomicBool::new(false);
    let is_late = || {
        let is_late = late.load(Relaxed) || count > EXACT_SITES && options.stop.is_some_and(|stop| stop());
        late.fetch_or(is_late, Relaxed) || is_late
    };
    // With no time for more, the order that is given, or the one along the curve.
    let at_once = |tour: Tour| {
        let order = options.start.map_or_else(|| (0..count).collect(), |order| sites.contract(order));
        let order = sites.expand(&move_to_ends(&order, pins));
        let length = finite(length(cost, &order, closed))?;
        Ok(Tour { order, length, start_length: length, reproducible: false, ..tour })
    };
    if is_late() {
        return at_once(tour);
    }
    let near = Near::new(&places)?;
    let has_ties = count <= MOST_ASCENT_SITES && candidates::ties(&near, &site_cost, NEIGHBOURS) > MANY_TIES;
    let per_site = CANDIDATES + if has_ties { MORE_FOR_TIES[1] } else { 0 };
    let neighbours = if has_ties {
        Candidates::widely_balanced(&near, &site_cost, NEIGHBOURS + MORE_FOR_TIES[0], &is_late)?
    } else {
        let per_node = if count > MOST_ASCENT_SITES { FEW_NEIGHBOURS } else { NEIGHBOURS };
        Candidates::balanced(&near, &site_cost, per_node, &is_late)?
    };
    drop(near);
    let start = match options.start {
        _ if is_late() => None,
        Some(order) => Some(move_to_ends(&sites.contract(order), pins)),
        None => greedy::path(&places, &site_cost, &neighbours, pins, &is_late)?,
    };
    let Some(start) = start else { return at_once(tour) };
    let start_order = sites.expand(&start);
    tour.start_length = finite(length(cost, &start_order, closed))?;
    let parts = segments::parts(count as usize, options).filter(|_| options.start.is_none() && !is_late());
    // Under potentials greedy paths are half as far from the shortest; but where many costs are equal, farther.
    let sharpened = count <= MOST_ASCENT_SITES && !has_ties && options.start.is_none();
    let in_parts = parts.filter(|_| !sharpened);
    let in_parts = in_parts.map(|size| greedy::path_in_parts(&places, &site_cost, &neighbours, pins, size, &is_late));
    let start = in_parts.transpose()?.flatten().unwrap_or(start);
    let places = if sharpened { places } else { Vec::new() };
    let bound = finite(length(&site_cost, &start, closed))?;

    let network = if closed { Network::closed(site_cost) } else { Network::open(site_cost, count, pins, bound) };
    let gate = network.gate();
    let nodes: Vec<u32> = start.into_iter().chain(gate).collect();
    let improved = if count <= EXACT_SITES {
        exact::tour(nodes.len() as u32, &network)
    } else {
        let (network, candidates) = sharpen(network, neighbours, per_site, count, options.stop)?;
        let again = match parts {
            _ if !sharpened => None,
            Some(size) => greedy::path_in_parts(&places, &network, &candidates, pins, size, &is_late)?,
            None => greedy::path(&places, &network, &candidates, pins, &is_late)?,
        };
        let again: Option<Vec<u32>> = again.map(|path| path.into_iter().chain(gate).collect());
        let order = again.as_ref().unwrap_or(&nodes);
        let longer = length(&network, order, true) - length(&network, &nodes, true);
        let begun = Start { order, length: bound + longer, other: &nodes };
        let found = segments::improve(&network, &candidates, begun, options);
        (tour.moves, tour.reproducible) = (found.moves, !found.stopped);
        found.order
    };
    let order = sites.expand(&unroll(improved, gate, pins));
    let improved_length = length(cost, &order, closed);
    (tour.order, tour.length) =
        if improved_length <= tour.start_length { (order, improved_length) } else { (start_order, tour.start_length) };
    Ok(tour)
}

/// Refuses a length that is none.
fn finite(length: f64) -> Result<f64> {
    if length.is_finite() && length >= 0.0 {
        return Ok(length);
    }
    Err(Error::usage(format!("a cost of {length} for the start order")).expected("finite costs of 0 and above"))
}

/// The network under potentials, and `per_site` candidates of each site chosen under them.
fn sharpen<C: Cost>(
    network: Network<C>,
    neighbours: Candidates,
    per_site: usize,
    sites: u32,
    stop: Option<&(dyn Fn() -> bool + Sync)>,
) -> Result<(Network<C>, Candidates)> {
    if sites > MOST_ASCENT_SITES {
        return Ok((network, neighbours));
    }
    let mut ascent = Ascent::over(&neighbours, sites, stop);
    let network = network.with_potentials(std::mem::take(&mut ascent.potentials));
    let candidates = Candidates::alpha_nearest(&ascent, per_site, &network)?;
    Ok((network, candidates))
}

/// Refuses what cannot be ordered; the fixed first and last point otherwise.
pub(super) fn check(points: &[Point], options: &Options<'_>) -> Result<[Option<u32>; 2]> {
    match options.budget {
        Budget::KicksPerPoint(kicks) if !(kicks >= 0.0 && kicks.is_finite()) => {
            return Err(Error::usage(format!("a budget of {kicks} kicks a point")).expected("a number of 0 or above"));
        }
        Budget::UntilStopped if options.stop.is_none() => {
            return Err(Error::usage("a budget without end and nothing that stops it")
                .expected("a stop callback or a number of kicks"));
        }
        _ => {}
    }
    if let Some(order) = options.start {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..points.len() as u32) {
            return Err(Error::usage(format!("a start order of {} numbers for {} points", order.len(), points.len()))
                .expected("every point once"));
        }
    }
    check_points(points, options.ends)
}

/// Refuses points and ends that make no order; the fixed first and last point otherwise.
pub(super) fn check_points(points: &[Point], ends: Ends) -> Result<[Option<u32>; 2]> {
    let count = points.len();
    if count >= u32::MAX as usize {
        return Err(Error::usage(format!("{count} points")).expected("less than 4 thousand million points"));
    }
    let unusable = |point: &Point| !point.iter().all(|x| x.abs() <= LARGEST_COORDINATE);
    if let Some(row) = points.iter().position(unusable) {
        let [x, y, z] = points[row].coords.into();
        return Err(Error::input(format!("the coordinates {x}, {y}, {z}"))
            .place(format!("point {row}"))
            .expected(format!("finite numbers of at most {LARGEST_COORDINATE:e}"))
            .remedy("correct or remove the point"));
    }
    let Ends::Open { start, end } = ends else { return Ok([None; 2]) };
    for (name, pin) in [("start", start), ("end", end)] {
        if let Some(pin) = pin.filter(|&pin| pin as usize >= count) {
            return Err(Error::usage(format!("{name} {pin}")).expected(format!("the number of one of {count} points")));
        }
    }
    if let (Some(point), true) = (start, start == end && count > 1) {
        return Err(Error::usage(format!("point {point} as start and as end of {count} points"))
            .expected("two points")
            .remedy("ask for a closed tour"));
    }
    Ok(if count > 1 { [start, end] } else { [None; 2] })
}

/// The order with the fixed ends moved to where they belong.
fn move_to_ends(order: &[u32], [start, end]: [Option<u32>; 2]) -> Vec<u32> {
    let others = order.iter().copied().filter(|&i| Some(i) != start && Some(i) != end);
    start.into_iter().chain(others).chain(end).collect()
}

/// The path from gate to gate, from the fixed start or to the fixed end; or a closed tour from its lowest site on.
pub(super) fn unroll(mut tour: Vec<u32>, gate: Option<u32>, [start, end]: [Option<u32>; 2]) -> Vec<u32> {
    let first = gate.unwrap_or(0);
    let place = tour.iter().position(|&node| node == first).unwrap_or(0);
    tour.rotate_left(place);
    if gate.is_some() {
        tour.remove(0);
    }
    let turned = match (start, end) {
        (Some(start), _) => tour.first() != Some(&start),
        (None, Some(end)) => tour.last() != Some(&end),
        (None, None) => false,
    };
    if turned {
        tour.reverse();
    }
    tour
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::route::EuclideanCost;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// The search on instances that are small enough to be solved exactly.
        #[test]
        fn chained_search_comes_within_a_hundredth_of_the_optimum_of_small_instances(
            points in proptest::collection::vec(proptest::array::uniform3(0.0_f64..10.0), 9..12),
            ends in 0..4,
        ) {
            let points: Vec<Point> = points.into_iter().map(Point::from).collect();
            let count = points.len() as u32;
            let cost = EuclideanCost::new(&points);
            let neighbours = Candidates::balanced(&Near::new(&points).unwrap(), &cost, NEIGHBOURS, &|| false).unwrap();
            let pins = [(ends & 1 != 0).then_some(3), (ends & 2 != 0).then_some(5)];
            let start = greedy::path(&points, &cost, &neighbours, pins, &|| false).unwrap().unwrap();
            let bound = length(&cost, &start, false);
            let network = Network::open(cost, count, pins, bound);
            let gate = network.gate();
            let nodes: Vec<u32> = start.into_iter().chain(gate).collect();
            let path = |order: Vec<u32>| unroll(order, gate, pins);
            let real = |order: &[u32]| length(&EuclideanCost::new(&points), order, false);
            let best = path(exact::tour(count + 1, &network));
            let (network, candidates) = sharpen(network, neighbours, CANDIDATES, count, None).unwrap();
            let start = Start { order: &nodes, length: bound, other: &nodes };
            let found = path(segments::improve(&network, &candidates, start, &Options::default()).order);
            for (pin, end) in pins.into_iter().zip([found.first(), found.last()]) {
                prop_assert!(pin.is_none() || pin.as_ref() == end);
            }
            prop_assert!(real(&found) <= 1.01 * real(&best), "{} instead of {}", real(&found), real(&best));
            prop_assert!(real(&found) >= real(&best) - 1e-9);
        }
    }
}
