use std::collections::VecDeque;
use std::ops::Range;

use super::Cost;
use crate::error::{Error, Result};

/// Cuts an order into patches, each of which costs `most` at the most: `visit` for each of its points and the ways
/// between them. The ranges of places in the order, one after another.
///
/// There are as few patches as can be, and of all such cuts those that leave the least to be done within the patches: they
/// fall where the ways are dearest. Found by dynamic programming over the places, in time that grows with their number.
///
/// # Errors
/// A `most` that is less than one visit or not a number, a `visit` that is negative or not finite, a point in the order
/// whose way to the next one is not finite.
///
/// ```
/// use tonsure::geometry::Point;
/// use tonsure::route::{EuclideanCost, patches};
/// let points: Vec<Point> = [0.0, 1.0, 2.0, 7.0, 8.0].iter().map(|&x| Point::new(x, 0.0, 0.0)).collect();
/// let cut = patches(&EuclideanCost::new(&points), &[0, 1, 2, 3, 4], 0.5, 5.0)?;
/// assert_eq!(cut, [0..3, 3..5]);
/// # Ok::<(), tonsure::Error>(())
/// ```
pub fn patches(cost: &impl Cost, order: &[u32], visit: f64, most: f64) -> Result<Vec<Range<usize>>> {
    if !(visit >= 0.0 && visit <= most) {
        return Err(Error::usage(format!("patches of {most} at the most, {visit} for each point"))
            .expected("a limit that one point does not exceed")
            .remedy("raise the limit"));
    }
    // ways[i]: from the first place to place i, visits included but that of the place itself.
    let mut ways = Vec::with_capacity(order.len());
    let mut way = 0.0;
    for (place, &point) in order.iter().enumerate() {
        if let Some(&before) = place.checked_sub(1).and_then(|before| order.get(before)) {
            way += visit + cost.cost(before, point);
        }
        if !way.is_finite() {
            return Err(Error::usage(format!("a cost that is not finite to point {point}")).expected("finite costs"));
        }
        ways.push(way);
    }

    // best[i]: patches and their total, the last visits left out, of the first i places; begins[i]: where the last begins.
    let mut best = vec![(0_usize, 0.0)];
    let mut begins = vec![0];
    // Places where a patch may begin that ends at the present one, the best first, each better than those after it.
    let mut open: VecDeque<(usize, f64, usize)> = VecDeque::new();
    let is_no_worse = |a: (usize, f64, usize), b: (usize, f64, usize)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).is_le();
    for (place, &way) in ways.iter().enumerate() {
        let (count, total) = best[place];
        let here = (count, total - way, place);
        while open.back().is_some_and(|&last| is_no_worse(here, last)) {
            open.pop_back();
        }
        open.push_back(here);
        while open.front().is_some_and(|first| way - ways[first.2] + visit > most) {
            open.pop_front();
        }
        let (count, total, begin) = open[0];
        best.push((count + 1, total + way));
        begins.push(begin);
    }
    let mut cut = Vec::with_capacity(best[order.len()].0);
    let mut end = order.len();
    while end > 0 {
        let begin = begins[end];
        cut.push(begin..end);
        end = begin;
    }
    cut.reverse();
    Ok(cut)
}
