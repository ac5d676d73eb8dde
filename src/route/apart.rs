use std::num::NonZero;

use kiddo::{ImmutableKdTree, SquaredEuclidean};
use rayon::prelude::*;

use super::spaced_path::SpacedPath;
use super::{Budget, Cost, Ends, Options, Tour, length, solve, solve_blocks};
use crate::error::{Error, Result};
use crate::geometry::Point;

/// Partners of a point, beyond the distance that is kept, beside which it may be moved.
const PARTNERS: usize = 8;

/// A least distance in the order between points that are near each other in space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Apart {
    /// Points nearer than this to each other, in a straight line in the unit of the points …
    pub distance: f64,
    /// … are at least this many places apart in the order.
    pub steps: u32,
}

/// An order that keeps near points apart, and what that costs.
#[derive(Debug, Clone, PartialEq)]
pub struct ApartTour {
    /// The order.
    pub tour: Tour,
    /// Length of the order that would be taken without the condition.
    pub plain_length: f64,
    /// Pairs of points that are too near each other in space and in the order all the same.
    pub too_near: usize,
}

/// Orders points so that those near each other are not visited soon after one another.
///
/// Two orders are made and the better one counts, by pairs too near and then by length. One is the short order of
/// [`solve`]. For the other the points are coloured so that no two of a colour are too near (greedily along the short
/// order), and the colours are visited one after another as [`solve_blocks`] does: within a colour all is well, whatever
/// the number of steps. Both are then improved by moving single points to where fewer pairs are too near or, with as
/// many, the way is shorter. [`Budget::UntilStopped`] stands for the default budget, which `stop` may cut.
///
/// # Errors
/// As [`solve`]; a distance that is negative or not finite.
pub fn solve_apart(points: &[Point], cost: &impl Cost, apart: Apart, options: &Options<'_>) -> Result<ApartTour> {
    if !(apart.distance >= 0.0 && apart.distance.is_finite()) {
        return Err(Error::usage(format!("points {} apart", apart.distance)).expected("a distance of 0 or above"));
    }
    // Two searches one after the other cannot both go on until they are stopped.
    let budget = if options.budget == Budget::UntilStopped { Budget::default() } else { options.budget };
    let options = &Options { budget, ..*options };
    let plain = solve(points, cost, options)?;
    let plain_length = plain.length;
    let closed = options.ends == Ends::Closed;
    let too_near = pairs_too_near(points, &plain.order, closed, apart);
    if too_near == 0 {
        return Ok(ApartTour { tour: plain, plain_length, too_near });
    }

    let around = Surroundings::new(points, apart)?;
    let mut colours = around.colours(&plain.order);
    if let Ends::Open { start, end } = options.ends {
        // A fixed end is a block of its own, before or after all others.
        let last = colours.iter().copied().max().unwrap_or(0) + 2;
        for colour in &mut colours {
            *colour += 1;
        }
        for (pin, block) in [(start, 0), (end, last)] {
            if let Some(slot) = pin.and_then(|pin| colours.get_mut(pin as usize)) {
                *slot = block;
            }
        }
    }
    let coloured = solve_blocks(points, cost, &colours, options)?;

    let fixed = match options.ends {
        Ends::Closed => [None; 2],
        Ends::Open { start, end } => [start, end],
    };
    let partners = around.partners();
    let whole = plain.reproducible && coloured.reproducible;
    let mut best: Option<ApartTour> = None;
    for tour in [plain, coloured] {
        let mut path = SpacedPath::new(points, &tour.order, closed, apart);
        let moved = path.improve(cost, &partners, fixed, options.stop);
        let order = path.into_order();
        let length = length(cost, &order, closed);
        let found = ApartTour {
            plain_length,
            too_near: pairs_too_near(points, &order, closed, apart),
            tour: Tour {
                length,
                // What keeps points apart may be longer than what it began with.
                start_length: tour.start_length.max(length),
                order,
                moves: tour.moves + moved,
                reproducible: whole && !options.stop.is_some_and(|stop| stop()),
                ..tour
            },
        };
        let is_better = best.as_ref().is_none_or(|best| {
            found.too_near.cmp(&best.too_near).then(found.tour.length.total_cmp(&best.tour.length)).is_lt()
        });
        if is_better {
            best = Some(found);
        }
    }
    best.ok_or_else(|| Error::system("no order"))
}

/// Counts the pairs of points that are nearer to each other than `apart` allows and fewer places apart in the order, over
/// the end of a closed one too.
pub fn pairs_too_near(points: &[Point], order: &[u32], closed: bool, apart: Apart) -> usize {
    let count = order.len();
    let is_near = |a: usize, b: usize| {
        nalgebra::distance(&points[order[a] as usize], &points[order[b] as usize]) < apart.distance
    };
    let steps = apart.steps as usize;
    let behind = |a: usize| {
        (1..steps.min(count)).filter(move |&step| {
            let beyond = a + step >= count;
            // On a short closed order a pair is counted once, by the shorter way.
            if closed { 2 * step < count || (2 * step == count && !beyond) } else { !beyond }
        })
    };
    (0..count).map(|a| behind(a).filter(|&step| is_near(a, (a + step) % count)).count()).sum()
}

/// No order keeps more neighbours apart, and lists of them would take too much memory.
const MOST_NEAR: usize = 1000;

/// What lies around each point.
struct Surroundings {
    tree: ImmutableKdTree<f64, 3>,
    coordinates: Vec<[f64; 3]>,
    /// Of each point itself and all that are too near it.
    near: Vec<Vec<u32>>,
}

impl Surroundings {
    fn new(points: &[Point], apart: Apart) -> Result<Self> {
        let coordinates: Vec<[f64; 3]> = points.iter().map(|point| point.coords.into()).collect();
        let tree = ImmutableKdTree::new_from_slice(&coordinates)
            .map_err(|error| Error::system(format!("no k-d tree over {} points: {error:?}", points.len())))?;
        let within = |at: &[f64; 3]| {
            let found = tree.query(at).within::<SquaredEuclidean<f64>>(apart.distance * apart.distance).execute();
            if found.len() > MOST_NEAR {
                return Err(Error::input(format!("a point with {} others within {}", found.len() - 1, apart.distance))
                    .place("apart")
                    .expected(format!("a distance within which there are at most {MOST_NEAR}"))
                    .remedy("choose a smaller distance"));
            }
            Ok(found.into_iter().map(|item| item.item).collect())
        };
        // The first error in order, whatever the threads do.
        let near: Vec<Result<_>> = coordinates.par_iter().map(within).collect();
        let near = near.into_iter().collect::<Result<_>>()?;
        Ok(Self { tree, coordinates, near })
    }

    /// A colour for each point, another one than those of all points too near it: always the first that is free.
    fn colours(&self, order: &[u32]) -> Vec<u32> {
        let mut colours = vec![u32::MAX; order.len()];
        for &point in order {
            let mut taken: Vec<u32> = self.near[point as usize].iter().map(|&other| colours[other as usize]).collect();
            taken.sort_unstable();
            taken.dedup();
            // The point itself is among them and has none yet: the list does not run out before a free one.
            let free = (0..).zip(&taken).find(|(colour, taken)| colour != *taken);
            colours[point as usize] = free.map_or(0, |(colour, _)| colour);
        }
        colours
    }

    /// For each point the nearest ones beyond the distance.
    fn partners(&self) -> Vec<Vec<u32>> {
        let count = self.coordinates.len();
        let beyond = |(at, near): (&[f64; 3], &Vec<u32>)| {
            let Some(wanted) = NonZero::new((near.len() + PARTNERS).min(count)) else { return Vec::new() };
            let found = self.tree.query(at).nearest_n::<SquaredEuclidean<f64>>(wanted).execute();
            found.into_iter().map(|item| item.item).filter(|other| !near.contains(other)).collect()
        };
        self.coordinates.par_iter().zip(&self.near).map(beyond).collect()
    }
}
