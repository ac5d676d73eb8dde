use std::num::NonZero;

use kiddo::{ImmutableKdTree, SquaredEuclidean};

use crate::error::{Error, Result};
use crate::geometry::Point;

/// Points with a search tree.
#[derive(Debug)]
pub struct Cloud {
    points: Vec<Point>,
    tree: ImmutableKdTree<f64, 3>,
}

/// A point of a cloud and its distance, mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Its number.
    pub index: usize,
    /// How far it is.
    pub distance_mm: f64,
}

impl Cloud {
    /// Errors: no points, or ones of which no tree can be built.
    pub fn new(points: Vec<Point>) -> Result<Self> {
        if points.is_empty() {
            return Err(Error::input("no dots").expected("one dot a row").remedy("check the table"));
        }
        let places: Vec<[f64; 3]> = points.iter().map(|point| point.coords.into()).collect();
        let tree = ImmutableKdTree::new_from_slice(&places).map_err(|error| Error::system(error.to_string()))?;
        Ok(Self { points, tree })
    }

    /// The points, in the order in which they were given.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The nearest `count` points, nearest first; of equal distance the one with the smaller number.
    pub(in crate::treatment) fn nearest(&self, place: &Point, count: usize) -> Vec<Near> {
        let Some(count) = NonZero::new(count.min(self.points.len())) else { return Vec::new() };
        let found = self.tree.query(&place.coords.into()).nearest_n::<SquaredEuclidean<f64>>(count).execute();
        sorted(found.iter().map(|hit| (hit.item, hit.distance)))
    }

    /// The points within a distance, nearest first; of equal distance the one with the smaller number.
    pub fn within(&self, place: &Point, radius_mm: f64) -> Vec<Near> {
        let within = radius_mm * radius_mm;
        let found = self.tree.query(&place.coords.into()).within::<SquaredEuclidean<f64>>(within).unsorted().execute();
        sorted(found.iter().map(|hit| (hit.item, hit.distance)))
    }

    /// Number of points within a distance.
    pub fn count_within(&self, place: &Point, radius_mm: f64) -> usize {
        let within = radius_mm * radius_mm;
        self.tree.query(&place.coords.into()).within::<SquaredEuclidean<f64>>(within).unsorted().execute().len()
    }

    /// The nearest point.
    pub(super) fn closest(&self, place: &Point) -> Option<Near> {
        self.nearest(place, 1).first().copied()
    }

    /// Number and distance of the nearest point, mm.
    pub fn closest_to(&self, place: &Point) -> (usize, f64) {
        self.closest(place).map_or((0, f64::INFINITY), |near| (near.index, near.distance_mm))
    }

    /// Distances from a point of the cloud to its two nearest other ones, mm; 0 where there are none.
    pub fn two_nearest_mm(&self, place: &Point) -> [f64; 2] {
        let near = self.nearest(place, 3);
        [1, 2].map(|k| near.get(k).map_or(0.0, |near| near.distance_mm))
    }

    /// Least distance between two points, mm; infinite for one.
    pub fn nearest_pair_mm(&self) -> f64 {
        self.points
            .iter()
            .filter_map(|place| Some(self.nearest(place, 2).get(1)?.distance_mm))
            .fold(f64::INFINITY, f64::min)
    }

    /// Median of the distances from each point to its nearest other one, mm.
    pub(super) fn median_gap_mm(&self) -> f64 {
        let gaps = self.points.iter().filter_map(|place| Some(self.nearest(place, 2).get(1)?.distance_mm));
        median(gaps.collect())
    }
}

fn sorted(found: impl Iterator<Item = (u32, f64)>) -> Vec<Near> {
    let mut near: Vec<Near> =
        found.map(|(item, squared)| Near { index: item as usize, distance_mm: squared.sqrt() }).collect();
    near.sort_unstable_by(|a, b| a.distance_mm.total_cmp(&b.distance_mm).then(a.index.cmp(&b.index)));
    near
}

/// The middle one of the values, 0 without any.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
