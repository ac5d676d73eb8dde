use std::collections::BTreeMap;
use std::num::NonZero;

use kiddo::{ImmutableKdTree, SquaredEuclidean};
use rayon::prelude::*;

use super::solve::EXACT_SITES;
use super::solve::check;
use super::tally::Tally;
use super::{Budget, Cost, Ends, Options, Tour, length, segments, serpentine, solve};
use crate::error::{Error, Result};
use crate::geometry::Point;

/// Ways from one block into the next among which the best are chosen.
const LINKS: usize = 48;
/// Of these, how many may begin or end at the same point: a block must be left where it was not entered.
const LINKS_PER_POINT: usize = 6;
/// Kicks for each point of the tours that tell where a block is well entered and left.
const ROUGH_KICKS: f64 = 0.25;
/// Kicks for each point in the first round of a search that goes on until it is stopped.
const FIRST_KICKS: f64 = 0.5;
/// Rounds do not grow beyond this: blocks that are solved at once go through many of them.
const MOST_KICKS: f64 = 1e6;
/// Added for a block that would be left where it is entered, though it has other points.
const SAME_POINT: f64 = 1e200;

/// Orders the points block after block: all those with the lowest number in `blocks` first, in an order of their own,
/// and so on.
///
/// Ends are chosen together: a rough closed tour through every block tells what a path costs between any two of its
/// points, and dynamic programming over the near pairs of neighbouring blocks finds the links with which all paths and
/// links together are shortest by that account. Then each block is solved as a path between its ends. Under
/// [`Budget::UntilStopped`] their paths are improved again and again, each time with twice the kicks.
///
/// # Errors
/// As [`solve`]; besides when there is not one block number for each point, when a fixed start is not in the first block
/// or a fixed end not in the last one.
pub fn solve_blocks(points: &[Point], cost: &impl Cost, blocks: &[u32], options: &Options<'_>) -> Result<Tour> {
    if blocks.len() != points.len() {
        return Err(Error::usage(format!("{} block numbers for {} points", blocks.len(), points.len()))
            .expected("one for each point"));
    }
    let pins = check(points, options)?;
    let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (point, &block) in (0..).zip(blocks) {
        members.entry(block).or_default().push(point);
    }
    if members.len() < 2 {
        return solve(points, cost, options);
    }
    let outer = [members.keys().next(), members.keys().next_back()];
    for ((name, pin), block) in ["start", "end"].into_iter().zip(pins).zip(outer) {
        let Some((pin, &block)) = pin.zip(block) else { continue };
        let found = blocks[pin as usize];
        if found != block {
            return Err(Error::usage(format!("the {name} {pin} in block {found}"))
                .expected(format!("a point of block {block}"))
                .remedy("name another one, or number the blocks otherwise"));
        }
    }

    let members: Vec<&Vec<u32>> = members.values().collect();
    let rough: Vec<Result<Block<'_>>> =
        members.into_par_iter().map(|members| Block::new(points, cost, members, options)).collect();
    let blocks: Vec<Block<'_>> = rough.into_iter().collect::<Result<_>>()?;
    let closed = options.ends == Ends::Closed;
    let doors = doors(&blocks, cost, pins, closed)?;
    let serpentine_length = options.serpentine.then(|| {
        let order: Vec<u32> = blocks.iter().flat_map(|block| block.global(&serpentine(&block.points))).collect();
        length(cost, &order, closed)
    });
    let rough_length = blocks.iter().map(|block| block.rough_length).sum();
    // Small blocks are not searched.
    let searched = blocks.iter().map(|block| block.points.len()).filter(|&count| count > EXACT_SITES as usize);
    let budgets = searched.map(|count| segments::kicks(options.budget, count));
    let tally = Tally::new(options, budgets.sum(), rough_length);
    let mut paths: Vec<Tour> = Vec::new();
    let (mut kicks, mut round) = (FIRST_KICKS, 0);
    let is_endless = options.budget == Budget::UntilStopped;
    loop {
        let budget = if is_endless { Budget::KicksPerPoint(kicks) } else { options.budget };
        // Another seed each time, or the same kicks would be tried again.
        let seed = options.seed ^ round << 32;
        let options = Options { budget, seed, serpentine: false, ..*options };
        let improve =
            |(at, block): (usize, &Block<'_>)| block.improve(paths.get(at), cost, doors[at], &tally, &options);
        let improved: Vec<Result<Tour>> = blocks.par_iter().enumerate().map(improve).collect();
        paths = improved.into_iter().collect::<Result<_>>()?;
        let stopped = paths.iter().any(|path| !path.reproducible) || options.stop.is_some_and(|stop| stop());
        if !is_endless || stopped {
            break;
        }
        kicks = (2.0 * kicks).min(MOST_KICKS);
        round += 1;
    }
    let order: Vec<u32> = blocks.iter().zip(&paths).flat_map(|(block, path)| block.global(&path.order)).collect();
    let length = length(cost, &order, closed);
    let gained: f64 = paths.iter().map(|path| path.start_length - path.length).sum();
    Ok(Tour {
        order,
        length,
        start_length: length + gained,
        serpentine_length,
        moves: paths.iter().map(|path| path.moves).sum(),
        reproducible: !is_endless
            && blocks.iter().all(|block| block.whole)
            && paths.iter().all(|path| path.reproducible),
    })
}

/// The points of a block.
struct Block<'a> {
    members: &'a [u32],
    points: Vec<Point>,
    /// A closed tour through them, in their numbers within the block.
    rough: Vec<u32>,
    rough_length: f64,
    /// Whether the search for it went on to its end.
    whole: bool,
    /// Place of each in the tour.
    place: Vec<u32>,
}

/// Where a block is entered and left, by numbers within the block; `None` where any point may be.
type Doors = [Option<u32>; 2];

impl<'a> Block<'a> {
    fn new(all: &[Point], cost: &impl Cost, members: &'a [u32], options: &Options<'_>) -> Result<Self> {
        let points: Vec<Point> = members.iter().map(|&member| all[member as usize]).collect();
        let rough = Options {
            ends: Ends::Closed,
            budget: Budget::KicksPerPoint(ROUGH_KICKS),
            serpentine: false,
            progress: None,
            ..*options
        };
        let rough = solve(&points, &cost.renumbered(members), &rough)?;
        let mut place = vec![0; members.len()];
        for (at, &member) in (0..).zip(&rough.order) {
            place[member as usize] = at;
        }
        Ok(Self { members, points, rough: rough.order, rough_length: rough.length, whole: rough.reproducible, place })
    }

    /// A path through the block between its doors, or the one before improved further.
    fn improve(
        &self,
        before: Option<&Tour>,
        cost: &impl Cost,
        [start, end]: Doors,
        tally: &Tally<'_>,
        options: &Options<'_>,
    ) -> Result<Tour> {
        let single = self.points.len() == 1;
        let ends = Ends::Open { start, end: end.filter(|_| single || start != end) };
        let progress = tally.part(before.map_or(self.rough_length, |before| before.length));
        let start = before.map(|before| &before.order[..]);
        let options = Options { ends, start, progress: Some(&progress), ..*options };
        let path = solve(&self.points, &cost.renumbered(self.members), &options)?;
        Ok(match before {
            Some(before) => Tour { start_length: before.start_length, moves: before.moves + path.moves, ..path },
            None => path,
        })
    }

    fn global(&self, order: &[u32]) -> Vec<u32> {
        order.iter().map(|&member| self.members[member as usize]).collect()
    }

    /// Length of a path through the block between two of its points that is made of the rough tour: both edges behind
    /// them in the tour, or both before them, are replaced by one between their far ends.
    fn path_length(&self, cost: &impl Cost, [enter, leave]: [u32; 2]) -> f64 {
        let count = self.rough.len();
        if count == 1 {
            return 0.0;
        }
        if enter == leave {
            return SAME_POINT;
        }
        let between = |a: u32, b: u32| cost.cost(self.members[a as usize], self.members[b as usize]);
        let beside = |member: u32, step: usize| self.rough[(self.place[member as usize] as usize + step) % count];
        let turned = |step: usize| {
            let (after, before) = (beside(enter, step), beside(leave, step));
            between(after, before) - between(enter, after) - between(leave, before)
        };
        self.rough_length + turned(1).min(turned(count - 1))
    }
}

/// A way from one block to the next.
#[derive(Debug, Clone, Copy)]
struct Link {
    leave: u32,
    enter: u32,
    cost: f64,
}

/// Ends of every block with which paths and links together are shortest.
fn doors(blocks: &[Block<'_>], cost: &impl Cost, pins: Doors, closed: bool) -> Result<Vec<Doors>> {
    let local = |block: &Block<'_>, pin: Option<u32>| {
        pin.and_then(|pin| block.members.iter().position(|&member| member == pin)).map(|at| at as u32)
    };
    let last = blocks.len() - 1;
    let pins = [local(&blocks[0], pins[0]), local(&blocks[last], pins[1])];
    let around =
        if closed { links(&blocks[last], &blocks[0], cost)?.into_iter().map(Some).collect() } else { vec![None] };
    let links: Vec<Vec<Link>> = blocks.windows(2).map(|pair| links(&pair[0], &pair[1], cost)).collect::<Result<_>>()?;
    let ways = around.into_iter().map(|link| {
        let ends = link.map_or(pins, |link: Link| [Some(link.enter), Some(link.leave)]);
        let (total, doors) = best_links(blocks, cost, &links, ends);
        (total + link.map_or(0.0, |link| link.cost), doors)
    });
    Ok(ways.min_by(|a, b| a.0.total_cmp(&b.0)).map(|way| way.1).unwrap_or_default())
}

/// The best choice of one link between any two neighbours, from the first block's entry to the last one's exit.
fn best_links(blocks: &[Block<'_>], cost: &impl Cost, links: &[Vec<Link>], ends: Doors) -> (f64, Vec<Doors>) {
    // An end that is free costs what the path to its neighbour in the rough tour does: nothing is shorter.
    let path = |block: &Block<'_>, [enter, leave]: Doors| match (enter, leave) {
        (Some(enter), Some(leave)) => block.path_length(cost, [enter, leave]),
        _ => block.rough_length,
    };
    // totals[i][j]: up to and with link j behind block i; came[i][j]: the link before it.
    let mut totals: Vec<Vec<f64>> = Vec::with_capacity(links.len());
    let mut came: Vec<Vec<usize>> = Vec::with_capacity(links.len());
    for (i, row) in links.iter().enumerate() {
        let best = |link: &Link| match i.checked_sub(1) {
            None => (path(&blocks[0], [ends[0], Some(link.leave)]) + link.cost, 0),
            Some(before) => {
                let ways = links[before].iter().zip(&totals[before]).zip(0..);
                ways.map(|((entry, total), at)| {
                    (total + path(&blocks[i], [Some(entry.enter), Some(link.leave)]) + link.cost, at)
                })
                .min_by(|a, b| a.0.total_cmp(&b.0))
                .unwrap_or_default()
            }
        };
        let (total, at) = row.iter().map(best).unzip();
        totals.push(total);
        came.push(at);
    }
    let finals = links.iter().zip(&totals).next_back();
    let finals = finals.into_iter().flat_map(|(row, totals)| row.iter().zip(totals).zip(0..));
    let last = &blocks[blocks.len() - 1];
    let total = |entry: u32, total: f64| total + path(last, [Some(entry), ends[1]]);
    let chosen = finals
        .map(|((link, before), at)| (total(link.enter, *before), at))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap_or_default();

    let mut doors = vec![[None; 2]; blocks.len()];
    doors[0][0] = ends[0];
    doors[blocks.len() - 1][1] = ends[1];
    let mut at = chosen.1;
    for i in (0..links.len()).rev() {
        doors[i][1] = Some(links[i][at].leave);
        doors[i + 1][0] = Some(links[i][at].enter);
        at = came[i][at];
    }
    (chosen.0, doors)
}

/// Cheap ways from one block into another: from each point to the nearest of the other block and the other way round,
/// the cheapest of these.
fn links(from: &Block<'_>, to: &Block<'_>, cost: &impl Cost) -> Result<Vec<Link>> {
    let pairs = nearest_pairs(&from.points, &to.points)?.into_iter();
    let back = nearest_pairs(&to.points, &from.points)?.into_iter().map(|(enter, leave)| (leave, enter));
    let priced = |(leave, enter): (u32, u32)| Link {
        leave,
        enter,
        cost: cost.cost(from.members[leave as usize], to.members[enter as usize]),
    };
    let mut all: Vec<Link> = pairs.chain(back).map(priced).collect();
    all.sort_unstable_by(|a, b| a.cost.total_cmp(&b.cost).then((a.leave, a.enter).cmp(&(b.leave, b.enter))));
    all.dedup_by_key(|link| (link.leave, link.enter));
    let mut left = vec![0; from.points.len()];
    let mut entered = vec![0; to.points.len()];
    let room = |link: &Link| {
        let counts = [&mut left[link.leave as usize], &mut entered[link.enter as usize]];
        let room = counts.iter().all(|count| **count < LINKS_PER_POINT);
        for count in counts {
            *count += usize::from(room);
        }
        room
    };
    Ok(all.into_iter().filter(room).take(LINKS).collect())
}

/// Of each point the nearest one of the others.
fn nearest_pairs(points: &[Point], others: &[Point]) -> Result<Vec<(u32, u32)>> {
    let coordinates: Vec<[f64; 3]> = others.iter().map(|point| point.coords.into()).collect();
    let tree = ImmutableKdTree::<f64, 3>::new_from_slice(&coordinates)
        .map_err(|error| Error::system(format!("no k-d tree over {} points: {error:?}", others.len())))?;
    let nearest = |at: &Point| {
        let found = tree.query(&at.coords.into()).nearest_n::<SquaredEuclidean<f64>>(NonZero::<usize>::MIN).execute();
        found.first().map(|item| item.item)
    };
    Ok((0..).zip(points).filter_map(|(point, at)| Some((point, nearest(at)?))).collect())
}
