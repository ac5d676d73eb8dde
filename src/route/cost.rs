use std::borrow::Cow;

use crate::geometry::Point;

/// What it costs to go from one point to another.
///
/// Costs are symmetric, finite and not negative, and on the whole grow with distance: the search looks for good
/// neighbours among the nearest points only, ranked by cost.
pub trait Cost: Sync {
    /// Cost between two points, given by their numbers.
    fn cost(&self, a: u32, b: u32) -> f64;

    /// A cost that no two points fall below which lie `distance` or further apart in a straight line.
    ///
    /// Searches for cheap neighbours leave out whatever is too far away by this bound, and find the same as without it.
    /// The default, 0, leaves out nothing: it is right for every cost, and slow.
    fn at_least(&self, distance: f64) -> f64 {
        let _ = distance;
        0.0
    }

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

    fn at_least(&self, distance: f64) -> f64 {
        self.cost.at_least(distance)
    }
}

/// A cost that depends on nothing but the places of two points.
pub trait Metric: Copy + Sync {
    /// Cost between two places: symmetric, finite and not negative.
    fn between(self, a: &Point, b: &Point) -> f64;

    /// As [`Cost::at_least`].
    fn at_least(self, distance: f64) -> f64;
}

/// Straight-line distance, in the unit of the points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Euclidean;

impl Metric for Euclidean {
    #[inline]
    fn between(self, a: &Point, b: &Point) -> f64 {
        nalgebra::distance(a, b)
    }

    fn at_least(self, distance: f64) -> f64 {
        distance
    }
}

/// Largest distance along an axis, in the unit of the points: the way of a machine whose axes move at once and equally
/// fast.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Chebyshev;

impl Metric for Chebyshev {
    #[inline]
    fn between(self, a: &Point, b: &Point) -> f64 {
        (a - b).amax()
    }

    fn at_least(self, distance: f64) -> f64 {
        LEAST_SHARE_ON_ONE_AXIS * distance
    }
}

/// Of a distance in space one axis takes at least 1 / sqrt(3), here rounded down.
pub(super) const LEAST_SHARE_ON_ONE_AXIS: f64 = 0.577_350_269_189;

/// A metric over points.
#[derive(Debug, Clone)]
pub struct MetricCost<'a, M> {
    points: Cow<'a, [Point]>,
    metric: M,
}

/// Straight-line distances between points.
pub type EuclideanCost<'a> = MetricCost<'a, Euclidean>;

impl<'a, M: Default> MetricCost<'a, M> {
    /// Costs between these points.
    pub fn new(points: &'a [Point]) -> Self {
        Self::with(M::default(), points)
    }
}

impl<'a, M> MetricCost<'a, M> {
    /// Costs between these points by a given metric.
    pub fn with(metric: M, points: &'a [Point]) -> Self {
        Self { points: Cow::Borrowed(points), metric }
    }
}

impl<M: Metric> Cost for MetricCost<'_, M> {
    #[inline]
    fn cost(&self, a: u32, b: u32) -> f64 {
        self.metric.between(&self.points[a as usize], &self.points[b as usize])
    }

    fn at_least(&self, distance: f64) -> f64 {
        self.metric.at_least(distance)
    }

    fn renumbered(&self, numbers: &[u32]) -> impl Cost {
        Self { points: Cow::Owned(numbers.iter().map(|&i| self.points[i as usize]).collect()), metric: self.metric }
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
