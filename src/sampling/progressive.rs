use kiddo::{ImmutableKdTree, SquaredEuclidean};
use rand::seq::SliceRandom;

use super::Sample;
use super::stream::{Purpose, stream};
use crate::error::{Error, Result};

/// Ratio of the radius of one stage to that of the stage before; about half of the dots go in each.
const STAGE: f64 = std::f64::consts::SQRT_2;

/// A permutation of the dots of which every prefix is spread well: `order[k]` is the dot that comes k-th.
///
/// Elimination from the end: of the two dots that are closest together, the one whose next neighbour is nearer comes
/// last; and so on with those that remain. Distances are relative to the smaller spacing of the two, so that graded sets
/// stay graded in every prefix. The seed decides ties.
///
/// After Yuksel 2015, "Sample elimination for generating Poisson disk sample sets", whose weights favour the closest
/// pairs softly; taking strictly the closest one gives a relative radius of 0.63 to 0.76 for all prefixes of 5 to 95 %
/// of a maximal set, against 0.61 to 0.76 with his weights and 0.60 to 0.76 with a falling radius (`McCool` & Fiume
/// 1992).
///
/// O(n log n): removals create no pairs, so each stage walks once through the sorted pairs below its radius.
pub fn progressive_order(dots: &[Sample], seed: u64) -> Result<Vec<u32>> {
    let mut kept: Vec<u32> = (0..dots.len() as u32).collect();
    kept.shuffle(&mut stream(seed, Purpose::Order, 0));
    let mut removed = Vec::with_capacity(dots.len());
    let mut radius = STAGE;
    while kept.len() > 1 {
        let links = Links::between(dots, &kept, radius)?;
        let mut alive = vec![true; kept.len()];
        for (_, a, b) in links.pairs_within(radius) {
            if alive[a as usize] && alive[b as usize] {
                let next = |of: u32, but: u32| {
                    let others = links.of(of).iter().find(|(_, other)| *other != but && alive[*other as usize]);
                    others.map_or(f64::INFINITY, |(squared, _)| *squared)
                };
                let last = if next(a, b) < next(b, a) { a } else { b };
                alive[last as usize] = false;
                removed.push(kept[last as usize]);
            }
        }
        let mut survivors = alive.iter();
        kept.retain(|_| survivors.next() == Some(&true));
        radius *= STAGE;
    }
    removed.reverse();
    kept.extend(removed);
    Ok(kept)
}

/// The neighbours of some dots, nearest first: squared relative distance and place in the list of those dots.
struct Links {
    first: Vec<usize>,
    links: Vec<(f64, u32)>,
}

impl Links {
    /// Neighbours within twice the relative radius.
    fn between(dots: &[Sample], kept: &[u32], radius: f64) -> Result<Self> {
        let kept: Vec<&Sample> = kept.iter().map(|&dot| &dots[dot as usize]).collect();
        let positions: Vec<[f64; 3]> = kept.iter().map(|dot| dot.position.into()).collect();
        let tree = ImmutableKdTree::<f64, 3>::new_from_slice(&positions)
            .map_err(|error| Error::system(format!("no search tree over {} dots: {error}", kept.len())))?;
        let mut table = Self { first: vec![0], links: Vec::with_capacity(kept.len() * 12) };
        for (this, dot) in kept.iter().enumerate() {
            let reach = (2.0 * radius * dot.spacing_mm).powi(2);
            let near = tree.query(&positions[this]).within::<SquaredEuclidean<f64>>(reach).unsorted().execute();
            let start = table.links.len();
            table.links.extend(near.iter().filter(|found| found.item as usize != this).map(|found| {
                let rule = dot.spacing_mm.min(kept[found.item as usize].spacing_mm);
                (found.distance / (rule * rule), found.item)
            }));
            table.links[start..].sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            table.first.push(table.links.len());
        }
        Ok(table)
    }

    fn of(&self, dot: u32) -> &[(f64, u32)] {
        &self.links[self.first[dot as usize]..self.first[dot as usize + 1]]
    }

    /// All pairs within the relative radius, closest first.
    fn pairs_within(&self, radius: f64) -> Vec<(f64, u32, u32)> {
        let mut pairs = Vec::new();
        for a in 0..self.first.len() as u32 - 1 {
            let near = self.of(a).iter().take_while(|(squared, _)| *squared < radius * radius);
            pairs.extend(near.filter(|(_, b)| a < *b).map(|&(squared, b)| (squared, a, b)));
        }
        pairs.sort_unstable_by(|p, q| p.0.total_cmp(&q.0).then((p.1, p.2).cmp(&(q.1, q.2))));
        pairs
    }
}
