use std::borrow::Cow;

use crate::geometry::Point;

/// What it costs to go from one point to another.
///
/// Costs are symmetric, finite and not negative, and grow with distance: the search looks for good neighbours among
/// the nearest points only, ranked by cost.
pub trait Cost: Sync {
    /// Cost between two points, given by their numbers.
    fn cost(&self, a: u32, b: u32) -> f64;

    /// The same cost over a selection of points: number `i` of the result is number `numbers[i]` here.
    ///
    /// The search numbers points along a space-filling curve; a cost that copies its data into that order is read
    /// from cache. Without an own implementation every call looks the number up.
    fn renumbered(&self, numbers: &[u32]) -> impl Cost
    where
        Self: Sized,
    {
        Renumbered { cost: self, numbers: numbers.to_vec() }
    }
}

/// A cost seen through other numbers.
struct Renumbered<'a, C> {
    cost: &'a C,
    numbers: Vec<u32>,
}

impl<C: Cost> Cost for Renumbered<'_, C> {
    fn cost(&self, a: u32, b: u32) -> f64 {
        self.cost.cost(self.numbers[a as usize], self.numbers[b as usize])
    }
}

/// Straight-line distance, in the unit of the points.
#[derive(Debug, Clone)]
pub struct EuclideanCost<'a> {
    points: Cow<'a, [Point]>,
}

impl<'a> EuclideanCost<'a> {
    /// Distances between these points.
    pub fn new(points: &'a [Point]) -> Self {
        Self { points: Cow::Borrowed(points) }
    }
}

impl Cost for EuclideanCost<'_> {
    #[inline]
    fn cost(&self, a: u32, b: u32) -> f64 {
        nalgebra::distance(&self.points[a as usize], &self.points[b as usize])
    }

    fn renumbered(&self, numbers: &[u32]) -> impl Cost {
        EuclideanCost { points: Cow::Owned(numbers.iter().map(|&i| self.points[i as usize]).collect()) }
    }
}

/// Cost of visiting the points in this order, with the way back to the first one when `closed`.
///
/// ```
/// use tonsure::geometry::Point;
/// use tonsure::route::{EuclideanCost, length};
/// let square = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]].map(|[x, y]| Point::new(x, y, 0.0));
/// let cost = EuclideanCost::new(&square);
/// assert_eq!(length(&cost, &[0, 1, 2, 3], false), 3.0);
/// assert_eq!(length(&cost, &[0, 1, 2, 3], true), 4.0);
/// ```
pub fn length(cost: &impl Cost, order: &[u32], closed: bool) -> f64 {
    // Not `sum`, which is -0.0 of nothing.
    let path = order.windows(2).fold(0.0, |path, pair| path + cost.cost(pair[0], pair[1]));
    match order {
        [first, .., last] if closed => path + cost.cost(*last, *first),
        _ => path,
    }
}
