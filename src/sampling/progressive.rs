use kiddo::{ImmutableKdTree, SquaredEuclidean};
use rand::seq::SliceRandom;

use super::Sample;
use super::stream::{Purpose, stream};
use crate::error::{Error, Result};
use crate::geometry::Aabb;

/// Ratio of one radius to the next: 2^(1/16). With larger steps the first dots of a step lie as loosely as random darts:
/// 2^(1/4) lets the relative radius of prefixes fall to 0.63.
const STEP: f64 = 1.044_273_782_427_413_8;

/// A permutation of the dots of which every prefix is spread well: `order[k]` is the dot that comes k-th.
///
/// Falling radius (`McCool` & Fiume 1992, "Hierarchical Poisson disk sampling distributions"): starting with the extent of
/// the set, dots in random order are taken when they keep the radius to those taken before; when none is left that does,
/// the radius falls by a small step. Distances are relative to the smaller spacing of the two, so that graded sets stay
/// graded in every prefix.
///
/// O(n log n): a dot taken at the relative radius f strikes out the about f² dots within, of n/f² taken at that radius.
pub fn progressive_order(dots: &[Sample], seed: u64) -> Result<Vec<u32>> {
    let positions: Vec<[f64; 3]> = dots.iter().map(|dot| dot.position.into()).collect();
    if positions.is_empty() {
        return Ok(Vec::new());
    }
    let tree = ImmutableKdTree::<f64, 3>::new_from_slice(&positions)
        .map_err(|error| Error::system(format!("no search tree over {} dots: {error}", dots.len())))?;

    let mut waiting: Vec<u32> = (0..dots.len() as u32).collect();
    waiting.shuffle(&mut stream(seed, Purpose::Order, 0));
    // Squared relative distance to the nearest dot taken so far, as far as it matters.
    let mut room = vec![f64::INFINITY; dots.len()];
    let mut order = Vec::with_capacity(dots.len());
    let least = dots.iter().map(|dot| dot.spacing_mm).fold(f64::INFINITY, f64::min);
    let mut radius = (Aabb::around(dots.iter().map(|dot| &dot.position)).size().norm() / least).max(1.0);
    while !waiting.is_empty() {
        waiting.retain(|&dot| {
            if radius > 1.0 && room[dot as usize] < radius * radius {
                return true;
            }
            order.push(dot);
            if radius > 1.0 {
                let spacing = dots[dot as usize].spacing_mm;
                let reach = (radius * spacing).powi(2);
                let near = tree.query(&positions[dot as usize]).within::<SquaredEuclidean<f64>>(reach).unsorted();
                for other in near.execute() {
                    let rule = spacing.min(dots[other.item as usize].spacing_mm);
                    let room = &mut room[other.item as usize];
                    *room = room.min(other.distance / (rule * rule));
                }
            }
            false
        });
        radius /= STEP;
    }
    Ok(order)
}
