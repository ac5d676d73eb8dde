//! P14 of a block: how far off its dots may be by the registration, from the fiducials alone.

use nalgebra::{Matrix3, SymmetricEigen};

use crate::error::{Finding, Severity};
use crate::geometry::{Point, Vector};
use crate::plan::{Block, Plan};

/// Errors above these are worth a warning, and too large, mm.
const LIMITS_MM: [f64; 2] = [0.5, 1.0];

/// Fewest fiducials that show when one of them was measured badly.
const FEWEST: usize = 4;
/// Spread of the fiducials across a line through them below which they tell nothing of turns about it, as a share of their whole spread.
const LEAST_SPREAD: f64 = 1e-6;

/// The largest error expected at a dot: what follows from how badly the fiducials fit, or what the planner had reckoned with, if that is
/// more. Three fiducials are worth a warning; that a head was not measured is the plan's to warn of, and is told here.
pub(super) fn finding(plan: &Plan, block: &Block) -> Option<Finding> {
    let setup = plan.setups.get(&block.setup)?;
    let marks: Vec<Point> = plan.fiducials_mm.iter().copied().map(Point::from).collect();
    let dots = block.dots.iter().filter_map(|id| plan.dot(*id)).map(|dot| Point::from(dot.position_mm));
    let reckoned_mm = setup.fre_mm.map(|fre_mm| largest_error_mm(&marks, fre_mm, dots));
    let Some(largest_mm) = reckoned_mm.into_iter().chain(setup.largest_tre_mm).reduce(larger) else {
        let message = format!("registration: placed by {}, not measured", setup.source);
        return Some(Finding::new("P14", Severity::Pass, message));
    };
    let [advised_mm, most_mm] = LIMITS_MM;
    let (severity, limit_mm) = match largest_mm {
        largest_mm if largest_mm > most_mm || largest_mm.is_nan() => (Severity::Fail, most_mm),
        largest_mm if largest_mm > advised_mm || marks.len() < FEWEST => (Severity::Warn, advised_mm),
        _ => (Severity::Pass, advised_mm),
    };
    let fit = setup.fre_mm.map_or_else(String::new, |fre_mm| format!(", {fre_mm:.2} mm off"));
    let message = format!(
        "dots are expected up to {largest_mm:.2} mm off by the registration, {limit_mm} mm allowed ({} \
         fiducials{fit})",
        marks.len()
    );
    let finding = Finding::new("P14", severity, message);
    Some(if severity == Severity::Pass {
        finding
    } else {
        finding.remedy("measure again, with four fiducials or more all around")
    })
}

/// The larger of two; what is no number outdoes every number.
fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

/// `TRE² = FLE²/N (1 + Σ d²/f² / 3)` over the principal axes of the fiducials, with `FLE² = FRE² N/(N - 2)` (J. M. Fitzpatrick, J. B. West
/// and C. R. Maurer, IEEE TMI 17, 1998). Infinite for fewer than three fiducials and for fiducials on a line, which leave a turn open.
fn largest_error_mm(marks: &[Point], fre_mm: f64, places: impl Iterator<Item = Point>) -> f64 {
    if marks.len() < 3 {
        return f64::INFINITY;
    }
    let count = marks.len() as f64;
    let middle = Point::from(marks.iter().map(|mark| mark.coords).sum::<Vector>() / count);
    let moments = marks.iter().map(|mark| mark - middle).map(|way| way * way.transpose()).sum::<Matrix3<f64>>();
    let own = SymmetricEigen::new(moments / count);
    let spread = |axis: usize| own.eigenvalues.sum() - own.eigenvalues[axis];
    let least = (0..3).map(spread).fold(f64::INFINITY, f64::min);
    // Also where there is no number at all.
    if least.is_nan() || least <= LEAST_SPREAD * own.eigenvalues.sum() {
        return f64::INFINITY;
    }
    let levers = |place: Point| {
        let way = place - middle;
        let of_axis = |axis: usize| {
            let along = own.eigenvectors.column(axis).dot(&way);
            (way.norm_squared() - along * along) / spread(axis)
        };
        (0..3).map(of_axis).sum::<f64>()
    };
    let fle2 = fre_mm * fre_mm * count / (count - 2.0);
    places.map(|place| (fle2 / count * (1.0 + levers(place) / 3.0)).sqrt()).fold(0.0, larger)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At the middle of the fiducials only their mean counts; on a sphere of fiducials each axis has a lever of its own.
    #[test]
    fn errors_grow_away_from_the_fiducials() {
        let marks: Vec<Point> = (0..3)
            .flat_map(|k| [-60.0, 60.0].map(|c| Point::from(Vector::from_fn(|i, _| if i == k { c } else { 0.0 }))))
            .collect();
        let at = |place: Point| largest_error_mm(&marks, 0.3, [place].into_iter());
        let fle_mm = 0.3 * (6.0_f64 / 4.0).sqrt();
        assert!((at(Point::origin()) - fle_mm / 6.0_f64.sqrt()).abs() < 1e-12);
        // f² = 2 · 2 · 60² / 6 for each axis, and d² = 90² for the two others.
        let expected = fle_mm * ((1.0 + 2.0 * 8100.0 / 2400.0 / 3.0) / 6.0_f64).sqrt();
        assert!((at(Point::new(90.0, 0.0, 0.0)) - expected).abs() < 1e-12);
    }

    /// Whatever way the line goes: rounding must not make a spread of what is none, nor a missing number a small one.
    #[test]
    fn fiducials_that_leave_a_turn_open_are_never_good() {
        let place = Point::new(0.0, 50.0, 20.0);
        for way in [Vector::x(), Vector::new(0.3, -0.7, 0.2), Vector::new(1.0, 1.0, 1.0), Vector::new(0.1, 0.2, 0.3)] {
            for count in 0..6 {
                let line: Vec<Point> =
                    (0..count).map(|i| Point::new(11.0, 7.0, 3.0) + way * (f64::from(i) * 31.7)).collect();
                assert!(largest_error_mm(&line, 0.3, [place].into_iter()).is_infinite(), "{way:?} {count}");
            }
        }
        let around = [[0.0, 0.0, 0.0], [80.0, 0.0, 0.0], [0.0, 80.0, 0.0], [0.0, 0.0, 80.0]].map(Point::from);
        let wrong = Point::new(f64::NAN, 0.0, 0.0);
        for places in [[place, wrong], [wrong, place]] {
            assert!(largest_error_mm(&around, 0.3, places.into_iter()).is_nan());
        }
        assert!(largest_error_mm(&around, f64::NAN, [place].into_iter()).is_nan());
        assert!(larger(f64::NAN, 1.0).is_nan() && larger(1.0, f64::NAN).is_nan());
    }
}
