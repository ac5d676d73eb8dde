use crate::geometry::{Point, Vector};

use super::{EuclideanCost, length};

/// Golden section, for the search of the number of stripes.
const GOLDEN: f64 = 0.618_033_988_749_894_9;
const SECTION_STEPS: u32 = 9;
/// Ways of laying stripes: see [`Way::new`].
const WAYS: usize = 9;

/// The order of a technician with patience: stripe after stripe, there and back.
///
/// Stripes are slabs of equal width across one of the three principal axes of the points. Within a stripe points are
/// taken by their angle around that axis through the centroid (bands over or around a head) or along one of the other two
/// axes (rows on a flat patch). Of these nine ways the one with the shortest straight-line path is chosen, after the
/// width of the stripes was tuned by golden-section search: it is meant as a fair opponent. Points that are not finite
/// come in any order.
pub fn serpentine(points: &[Point]) -> Vec<u32> {
    shortest(points, &|| false).unwrap_or_default()
}

/// The same; `None` when it is late before all ways were tried.
pub(super) fn shortest(points: &[Point], is_late: &dyn Fn() -> bool) -> Option<Vec<u32>> {
    let axes = principal_axes(points);
    let count = points.len() as f64;
    let measure = |way: &Way, stripes: f64| {
        let order = way.order(stripes);
        (length(&EuclideanCost::new(points), &order, false), order)
    };
    // On a square the shortest stripes are sqrt(3 A / n) wide, which makes sqrt(n / 3) of them.
    let usual = (count / 3.0).sqrt();
    // One way at a time: nine of them would take more memory than anything else here.
    let length = |number| (!is_late()).then(|| measure(&Way::new(&axes, number), usual).0);
    let lengths: Vec<f64> = (0..WAYS).map(length).collect::<Option<_>>()?;
    let (best, _) = (0..).zip(lengths).min_by(|a, b| a.1.total_cmp(&b.1))?;
    let best = Way::new(&axes, best);
    let at = |log: f64| measure(&best, log.exp());
    let (mut low, mut high) = ((usual / 6.0).max(1.0).ln(), (usual * 6.0).max(1.0).ln());
    let mut left = high - GOLDEN * (high - low);
    let mut right = low + GOLDEN * (high - low);
    let (mut at_left, mut at_right) = (at(left), at(right));
    let mut shortest = measure(&best, usual);
    for _ in 0..SECTION_STEPS {
        if is_late() {
            return None;
        }
        if at_left.0 <= at_right.0 {
            (high, right, at_right) = (right, left, at_left);
            left = high - GOLDEN * (high - low);
            at_left = at(left);
            if at_left.0 < shortest.0 {
                shortest.clone_from(&at_left);
            }
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + GOLDEN * (high - low);
            at_right = at(right);
            if at_right.0 < shortest.0 {
                shortest.clone_from(&at_right);
            }
        }
    }
    Some(shortest.1)
}

/// A way of laying stripes.
struct Way {
    /// Of each point: coordinate across the stripes, from 0 to 1.
    across: Vec<f64>,
    /// Coordinate along its stripe.
    along: Vec<f64>,
}

impl Way {
    /// Of the nine: three axes across, and along each of the two others or the angle around it.
    fn new(axes: &[Vec<f64>; 3], number: usize) -> Self {
        let across = number / 3;
        let (one, other) = (&axes[(across + 1) % 3], &axes[(across + 2) % 3]);
        let along = match number % 3 {
            0 => one.clone(),
            1 => other.clone(),
            _ => angles(one, other),
        };
        Self { across: unit_range(&axes[across]), along }
    }

    fn order(&self, stripes: f64) -> Vec<u32> {
        let stripes = stripes.round().max(1.0);
        let mut keyed: Vec<(u32, f64, u32)> = (0..self.across.len() as u32)
            .map(|i| {
                let stripe = (self.across[i as usize] * stripes).min(stripes - 1.0) as u32;
                let along = self.along[i as usize];
                (stripe, if stripe.is_multiple_of(2) { along } else { -along }, i)
            })
            .collect();
        keyed.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
        keyed.into_iter().map(|(_, _, i)| i).collect()
    }
}

/// Coordinates of the points along the principal axes of all of them, from the centroid.
fn principal_axes(points: &[Point]) -> [Vec<f64>; 3] {
    let count = points.len().max(1) as f64;
    let centroid = points.iter().fold(Vector::zeros(), |sum, point| sum + point.coords) / count;
    let offsets = || points.iter().map(|point| point.coords - centroid);
    let spread = offsets().fold(nalgebra::Matrix3::zeros(), |sum, d| sum + d * d.transpose());
    let frame = nalgebra::SymmetricEigen::new(spread).eigenvectors;
    [0, 1, 2].map(|i| offsets().map(|d| d.dot(&frame.column(i))).collect())
}

/// Angles around the origin, measured from the middle of the widest gap between them, so that a band that is open
/// somewhere is not cut elsewhere.
fn angles(x: &[f64], y: &[f64]) -> Vec<f64> {
    use std::f64::consts::TAU;
    let raw: Vec<f64> = x.iter().zip(y).map(|(x, y)| y.atan2(*x)).collect();
    let mut sorted = raw.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let around = sorted.first().map(|first| first + TAU);
    let gaps = sorted.iter().copied().zip(sorted.iter().skip(1).copied().chain(around));
    let (_, cut) =
        gaps.map(|(a, b)| (b - a, b)).fold((0.0, 0.0), |widest, gap| if gap.0 > widest.0 { gap } else { widest });
    raw.into_iter().map(|angle| (angle - cut).rem_euclid(TAU)).collect()
}

fn unit_range(values: &[f64]) -> Vec<f64> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let width = values.iter().copied().fold(f64::NEG_INFINITY, f64::max) - low;
    values.iter().map(|value| if width > 0.0 { (value - low) / width } else { 0.0 }).collect()
}
