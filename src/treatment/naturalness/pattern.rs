use rayon::prelude::*;

use super::{Naturalness, Placed, place};
use crate::error::Result;
use crate::geometry::Point;
use crate::mesh::{SurfaceIndex, TriMesh, open_loops};
use crate::plan::Dot;
use crate::treatment::touchup::Cloud;

/// Radius of the discs on which the pattern is judged, mm.
const DISC_MM: f64 = 10.0;
/// Radius of a disc of 2 cm², on which dots are counted, mm. The part of a sphere within a straight distance has the area of such a
/// disc, so on a head it has, too, but for its unevenness.
const COUNT_MM: f64 = 7.978_845_608_028_654;
/// Its area, cm².
const COUNT_CM2: f64 = 2.0;
/// Discs at most; more would say the same.
const MOST_DISCS: usize = 2000;
/// Fewer dots on a disc, or in all, do not tell.
const LEAST_DOTS: usize = 40;

/// Regularity of the new dots by session and by place, and where all dots stand densest.
pub(super) fn measure(dots: &[Dot], region: &TriMesh, found: &mut Naturalness) -> Result<()> {
    let last = dots.iter().map(|dot| dot.session).max().unwrap_or(0);
    for session in 1..=last {
        let own: Vec<&Dot> = dots.iter().filter(|dot| !dot.existing && dot.session <= session).collect();
        if own.len() < LEAST_DOTS {
            continue;
        }
        let cloud = Cloud::new(own.iter().map(|dot| place(dot)).collect())?;
        let gaps: Vec<f64> = own
            .par_iter()
            .map(|dot| cloud.nearest(&place(dot), 2).get(1).map_or(f64::NAN, |near| near.distance_mm / dot.spacing_mm))
            .collect();
        found.nearest_cv.extend(variation(gaps.iter().copied()));
        if session == last {
            let on_disc = |at: &Point| {
                let near = cloud.within(at, DISC_MM);
                variation(near.iter().map(|near| gaps[near.index])).filter(|_| near.len() >= LEAST_DOTS)
            };
            let discs: Vec<(f64, Point)> =
                thinned(&own).into_par_iter().filter_map(|dot| Some((on_disc(&place(dot))?, place(dot)))).collect();
            found.most_even_cv = extreme(&discs, -1.0, DISC_MM);
            found.most_clumped_cv = extreme(&discs, 1.0, DISC_MM);
        }
    }
    if dots.is_empty() {
        return Ok(());
    }
    let vertices = region.vertices();
    let open: Vec<[Point; 2]> = open_loops(region)
        .iter()
        .flat_map(|run| {
            run.iter().zip(run.iter().cycle().skip(1)).map(|(&a, &b)| [vertices[a as usize], vertices[b as usize]])
        })
        .collect();
    let edge = SurfaceIndex::of_segments(&open);
    let all: Vec<&Dot> = dots.iter().collect();
    let cloud = Cloud::new(dots.iter().map(place).collect())?;
    let counts: Vec<(f64, Point)> = thinned(&all)
        .into_par_iter()
        .map(place)
        .filter(|at| !edge.is_within(at, COUNT_MM))
        .map(|at| (cloud.count_within(&at, COUNT_MM) as f64 / COUNT_CM2, at))
        .collect();
    found.densest_per_cm2 = extreme(&counts, 1.0, COUNT_MM);
    Ok(())
}

/// Every k-th dot.
fn thinned<'a>(dots: &[&'a Dot]) -> Vec<&'a Dot> {
    dots.iter().copied().step_by(dots.len().div_ceil(MOST_DISCS).max(1)).collect()
}

/// Standard deviation over mean of those that are numbers; none for fewer than two.
fn variation(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for value in values.filter(|value| value.is_finite()) {
        (count, sum, squares) = (count + 1.0, sum + value, squares + value * value);
    }
    let mean: f64 = sum / count;
    (count >= 2.0 && mean > 0.0).then(|| (squares / count - mean * mean).max(0.0).sqrt() / mean)
}

/// The largest value, or with the sign -1 the smallest one, with a box as large as its disc.
fn extreme(values: &[(f64, Point)], sign: f64, radius_mm: f64) -> Option<Placed> {
    let (value, at) = values.iter().max_by(|a, b| (sign * a.0).total_cmp(&(sign * b.0)))?;
    let reach = crate::geometry::Vector::repeat(radius_mm / 3.0_f64.sqrt());
    Some(Placed::around(*value, [&(at - reach), &(at + reach)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variation_is_none_of_equal_values_and_one_of_an_even_spread_as_large_as_its_mean() {
        assert_eq!(variation([2.0, 2.0, f64::INFINITY].into_iter()), Some(0.0));
        assert!((variation([0.0, 2.0].into_iter()).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(variation([1.0].into_iter()), None);
    }
}
