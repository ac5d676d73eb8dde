use kiddo::{ImmutableKdTree, SquaredEuclidean};
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::sampling::Sample;

/// Steps of a relative distance of 1. Distances are whole numbers of steps, so that the order does not turn on the last
/// bits of coordinates, and pairs are sorted by counting. A step is 0.02 % of the spacing.
const STEPS: f64 = 4096.0;

/// Neighbours weigh in up to this many times the distance of the pair that is being decided.
const HORIZON: f64 = 1.5;

/// Dots that one task takes.
const CHUNK: usize = 4096;

/// Takes dots away until no pair is closer than `radius`, the closest pair first, and says which, in that order, as
/// places in `kept`. The first `frozen` of `kept` stay.
///
/// Distances are relative to the smaller spacing of the two. Of a pair, that dot goes which has the more of others
/// around it: they weigh `(1 - distance / horizon)²` as in sample elimination (Yuksel 2015). Taking away makes no pairs,
/// so one walk through the sorted pairs is enough.
pub(super) fn eliminate(dots: &[Sample], kept: &[u32], frozen: usize, radius: f64) -> Result<Vec<u32>> {
    let links = Links::of(dots, kept, frozen, radius)?;
    let mut alive = vec![true; kept.len()];
    let mut removed = Vec::new();
    for (steps, a, b) in links.pairs((radius * STEPS).ceil() as u32 + 1) {
        if alive[a as usize] && alive[b as usize] {
            let last = if links.crowd(a, steps, &alive) >= links.crowd(b, steps, &alive) { a } else { b };
            alive[last as usize] = false;
            removed.push(last);
        }
    }
    Ok(removed)
}

/// The neighbours of the dots that may go, nearest first.
struct Links {
    frozen: usize,
    first: Vec<usize>,
    all: Vec<Link>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    steps: u32,
    to: u32,
}

impl Links {
    fn of(dots: &[Sample], kept: &[u32], frozen: usize, radius: f64) -> Result<Self> {
        let kept: Vec<&Sample> = kept.iter().map(|&dot| &dots[dot as usize]).collect();
        let positions: Vec<[f64; 3]> = kept.iter().map(|dot| dot.position.into()).collect();
        let tree = ImmutableKdTree::<f64, 3>::new_from_slice(&positions)
            .map_err(|error| Error::system(format!("no search tree over {} dots: {error}", kept.len())))?;
        let near = |this: usize, links: &mut Vec<Link>| {
            let dot = kept[this];
            let reach = (HORIZON * radius * dot.spacing_mm).powi(2);
            let start = links.len();
            for found in tree.query(&positions[this]).within::<SquaredEuclidean<f64>>(reach).unsorted().execute() {
                let rule = dot.spacing_mm.min(kept[found.item as usize].spacing_mm);
                let steps = (STEPS * found.distance.sqrt() / rule) as u32;
                if found.item as usize != this {
                    links.push(Link { steps, to: found.item });
                }
            }
            links[start..].sort_unstable();
            links.len() - start
        };
        let loose: Vec<usize> = (frozen..kept.len()).collect();
        let parts: Vec<(Vec<usize>, Vec<Link>)> = loose
            .par_chunks(CHUNK)
            .map(|chunk| {
                let mut links = Vec::new();
                let counts = chunk.iter().map(|&this| near(this, &mut links)).collect();
                (counts, links)
            })
            .collect();
        let mut table = Self { frozen, first: vec![0], all: Vec::new() };
        let mut end = 0;
        for (counts, links) in parts {
            table.first.extend(counts.iter().map(|count| {
                end += count;
                end
            }));
            table.all.extend(links);
        }
        Ok(table)
    }

    fn around(&self, dot: u32) -> &[Link] {
        let loose = dot as usize - self.frozen;
        &self.all[self.first[loose]..self.first[loose + 1]]
    }

    /// How much of others is around a dot; infinitely little around a frozen one.
    fn crowd(&self, dot: u32, steps: u32, alive: &[bool]) -> f64 {
        if (dot as usize) < self.frozen {
            return f64::NEG_INFINITY;
        }
        let horizon = HORIZON * f64::from(steps);
        let near = self.around(dot).iter().take_while(|link| f64::from(link.steps) < horizon);
        near.filter(|link| alive[link.to as usize]).map(|link| (1.0 - f64::from(link.steps) / horizon).powi(2)).sum()
    }

    /// All pairs closer than that, closest first: a counting sort, equal ones in the order of their dots.
    fn pairs(&self, limit: u32) -> Vec<(u32, u32, u32)> {
        let pairs = || {
            let of = |dot: u32| {
                let near = self.around(dot).iter().take_while(move |link| link.steps < limit);
                // Of two loose dots the one with the smaller number sees the pair.
                near.filter(move |link| (link.to as usize) < self.frozen || dot < link.to)
                    .map(move |link| (link.steps, dot, link.to))
            };
            (self.frozen as u32..(self.frozen + self.first.len() - 1) as u32).flat_map(of)
        };
        let mut next = vec![0_usize; limit as usize + 1];
        for (steps, ..) in pairs() {
            next[steps as usize + 1] += 1;
        }
        for steps in 0..limit as usize {
            next[steps + 1] += next[steps];
        }
        let mut sorted = vec![(0, 0, 0); next[limit as usize]];
        for pair in pairs() {
            let place = &mut next[pair.0 as usize];
            sorted[*place] = pair;
            *place += 1;
        }
        sorted
    }
}
