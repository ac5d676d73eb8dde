use rayon::prelude::*;
use serde::Serialize;

use crate::error::Result;
use crate::geometry::Point;
use crate::plan::{Block, Plan};
use crate::treatment::touchup::Cloud;

/// What all programs of a plan spend on their ways, by the order that is taken and by those it was compared with.
#[derive(Debug, Default, Serialize)]
pub struct TravelFigures {
    /// Order that is taken: travel time of the simulated programs, s.
    pub travel_s: f64,
    /// And length from dot to dot, mm.
    pub length_mm: f64,
    /// Order of least length: travel time, s.
    pub by_length_travel_s: f64,
    /// And length, mm.
    pub by_length_mm: f64,
    /// Serpentine: length, mm.
    pub serpentine_mm: f64,
    /// Length that no order of the same dots falls below, mm: half the distances of all dots to their two nearest ones in the same block.
    pub lower_bound_mm: f64,
    /// Share of the travel time saved against the order of least length.
    pub saved_against_length: f64,
    /// Share of the time of all hops, each from rest to rest, saved against the serpentine.
    pub saved_against_serpentine: f64,
}

impl TravelFigures {
    /// Of all blocks of a plan.
    ///
    /// # Errors
    /// When no search tree over the dots can be built.
    pub fn of(plan: &Plan) -> Result<Self> {
        let mut sum = Self::default();
        let (mut hops_s, mut serpentine_s) = (0.0, 0.0);
        let bound = |block: &Block| {
            lower_bound_mm(block.dots.iter().filter_map(|&id| Some(Point::from(plan.dot(id)?.position_mm))).collect())
        };
        let bounds_mm: Vec<f64> = plan.blocks.par_iter().map(bound).collect::<Result<_>>()?;
        sum.lower_bound_mm = bounds_mm.iter().sum();
        for Block { orders, .. } in &plan.blocks {
            let taken = orders.taken();
            sum.travel_s += taken.travel_s.unwrap_or_default();
            sum.length_mm += taken.length_mm;
            sum.by_length_travel_s += orders.length.travel_s.unwrap_or_default();
            sum.by_length_mm += orders.length.length_mm;
            sum.serpentine_mm += orders.serpentine.length_mm;
            hops_s += taken.hops_s;
            serpentine_s += orders.serpentine.hops_s;
        }
        sum.saved_against_length = saved(sum.travel_s, sum.by_length_travel_s);
        sum.saved_against_serpentine = saved(hops_s, serpentine_s);
        Ok(sum)
    }

    /// In one line, for people.
    pub fn line(&self) -> String {
        format!(
            "travel {:.1} min over {:.1} m; by least length {:.1} min over {:.1} m ({:.1} % saved), serpentine {:.1} m \
             ({:.1} % of the time saved)",
            self.travel_s / 60.0,
            self.length_mm / 1e3,
            self.by_length_travel_s / 60.0,
            self.by_length_mm / 1e3,
            100.0 * self.saved_against_length,
            self.serpentine_mm / 1e3,
            100.0 * self.saved_against_serpentine,
        )
    }
}

/// Every dot but the first and the last of an order has two neighbours in it, none nearer than its two nearest dots.
fn lower_bound_mm(places: Vec<Point>) -> Result<f64> {
    if places.len() < 3 {
        return Ok(if let [a, b] = places[..] { nalgebra::distance(&a, &b) } else { 0.0 });
    }
    let cloud = Cloud::new(places)?;
    let ways: Vec<[f64; 2]> = cloud.points().par_iter().map(|place| cloud.two_nearest_mm(place)).collect();
    let mut second: Vec<f64> = ways.iter().map(|[_, second]| *second).collect();
    // The ends have one neighbour each: those that save most are left out.
    second.sort_unstable_by(|a, b| b.total_cmp(a));
    let all = ways.iter().flatten().sum::<f64>() - second.iter().take(2).sum::<f64>();
    Ok(0.5 * all)
}

/// Share by which `now` is less than `before`.
pub(super) fn saved(now: f64, before: f64) -> f64 {
    if before > 0.0 { 1.0 - now / before } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_order_is_shorter_than_the_bound() {
        let at = |x: f64| Point::new(x, 0.0, 0.0);
        // Evenly on a line the bound is the way itself.
        assert!((lower_bound_mm((0..9).map(|k| at(f64::from(k))).collect()).unwrap() - 8.0).abs() < 1e-9);
        assert!((lower_bound_mm(vec![at(0.0), at(2.0)]).unwrap() - 2.0).abs() < 1e-12);
        assert!(lower_bound_mm(vec![at(0.0)]).unwrap().abs() < 1e-12);
    }
}
