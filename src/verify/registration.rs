//! P14 of a block: how far off its dots may be by the registration, from the fiducials alone.

use nalgebra::{Matrix3, SymmetricEigen};

use crate::error::{Finding, Severity};
use crate::geometry::{Point, Vector};
use crate::plan::{Block, Plan};

/// Errors above these are worth a warning, and too large, mm.
const LIMITS_MM: [f64; 2] = [0.5, 1.0];

/// The largest error expected at a dot: what follows from how badly the fiducials fit, or what the planner had reckoned with, if that is
/// more. None for a head that was not measured.
pub(super) fn finding(plan: &Plan, block: &Block) -> Option<Finding> {
    let setup = plan.setups.get(&block.setup)?;
    let marks: Vec<Point> = plan.fiducials_mm.iter().copied().map(Point::from).collect();
    let fre_mm = setup.fre_mm.filter(|_| marks.len() > 2)?;
    let dots = block.dots.iter().filter_map(|id| plan.dot(*id)).map(|dot| Point::from(dot.position_mm));
    let largest_mm = largest_error_mm(&marks, fre_mm, dots).max(setup.largest_tre_mm.unwrap_or(0.0));
    let (severity, limit_mm) = match LIMITS_MM {
        [_, most] if largest_mm > most || largest_mm.is_nan() => (Severity::Fail, most),
        [advised, _] if largest_mm > advised => (Severity::Warn, advised),
        [advised, _] => (Severity::Pass, advised),
    };
    let message = format!(
        "dots are expected up to {largest_mm:.2} mm off by the registration, {limit_mm} mm allowed ({} fiducials, {fre_mm:.2} mm off)",
        marks.len()
    );
    let finding = Finding::new("P14", severity, message);
    Some(if severity == Severity::Pass { finding } else { finding.remedy("measure again, with fiducials all around") })
}

/// `TRE² = FLE²/N (1 + Σ d²/f² / 3)` over the principal axes of the fiducials, with `FLE² = FRE² N/(N - 2)` (J. M. Fitzpatrick, J. B. West
/// and C. R. Maurer, IEEE TMI 17, 1998). Infinite or no number for fiducials on a line.
fn largest_error_mm(marks: &[Point], fre_mm: f64, places: impl Iterator<Item = Point>) -> f64 {
    let count = marks.len() as f64;
    let middle = Point::from(marks.iter().map(|mark| mark.coords).sum::<Vector>() / count);
    let moments = marks.iter().map(|mark| mark - middle).map(|way| way * way.transpose()).sum::<Matrix3<f64>>();
    let own = SymmetricEigen::new(moments / count);
    let levers = |place: Point| {
        let way = place - middle;
        let of_axis = |axis: usize| {
            let along = own.eigenvectors.column(axis).dot(&way);
            (way.norm_squared() - along * along) / (own.eigenvalues.sum() - own.eigenvalues[axis])
        };
        (0..3).map(of_axis).sum::<f64>()
    };
    let fle2 = fre_mm * fre_mm * count / (count - 2.0);
    places.map(|place| (fle2 / count * (1.0 + levers(place) / 3.0)).sqrt()).fold(0.0, f64::max)
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
        let line: Vec<Point> = (0..4).map(|i| Point::new(f64::from(i) * 30.0, 0.0, 0.0)).collect();
        let error_mm = largest_error_mm(&line, 0.3, [Point::new(0.0, 50.0, 0.0)].into_iter());
        assert!(error_mm.is_nan() || error_mm > 1.0);
    }
}
