use nalgebra::{Matrix3, SymmetricEigen};

use super::marks::{covariance, middle};
use crate::error::{Finding, Severity};
use crate::geometry::{Point, Vector};

/// Least mean squared distance of the fiducials from an axis, mm², for a turn around it to be known at all.
const LEAST_SPREAD_MM2: f64 = 1e-6;

/// How errors of locating fiducials come out elsewhere, to first order, for errors of equal size in all directions.
///
/// `TRE²(r) = FLE²/N (1 + 1/3 Σ d_k² / f_k²)`: `d_k` the distance of r from principal axis k of the fiducials, `f_k` the
/// RMS distance of the fiducials from it. Reference: J. M. Fitzpatrick, J. B. West, C. R. Maurer, "Predicting error in
/// rigid-body point-based registration", IEEE TMI 17(5), 1998, equation 46.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TreModel {
    count: f64,
    centre: Point,
    /// The sum over the axes as a quadratic form, 1/mm².
    lever: Matrix3<f64>,
}

impl TreModel {
    /// Of fiducials at these places, mm; `None` for places on a line.
    pub fn of(places: &[Point]) -> Option<Self> {
        if places.len() < 3 {
            return None;
        }
        let spread = SymmetricEigen::new(covariance(places, places));
        let mut lever = Matrix3::zeros();
        for (k, own) in spread.eigenvalues.iter().enumerate() {
            let axis: Vector = spread.eigenvectors.column(k).into_owned();
            let f2 = spread.eigenvalues.sum() - own;
            if f2.is_nan() || f2 < LEAST_SPREAD_MM2 {
                return None;
            }
            lever += (Matrix3::identity() - axis * axis.transpose()) / f2;
        }
        Some(Self { count: places.len() as f64, centre: middle(places), lever })
    }

    /// Expected error at a place, RMS, in parts of the error of locating one fiducial.
    pub fn per_fle(&self, place: &Point) -> f64 {
        let from_centre = place - self.centre;
        ((1.0 + from_centre.dot(&(self.lever * from_centre)) / 3.0) / self.count).sqrt()
    }
}

/// How large a predicted target registration error may be (check P14). The fit's own error is never judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TreLimits {
    /// Above this a dot is worth a warning, mm.
    pub warn_mm: f64,
    /// Above this at any dot a plan must not be run, mm.
    pub fail_mm: f64,
}

impl Default for TreLimits {
    fn default() -> Self {
        Self { warn_mm: 0.5, fail_mm: 1.0 }
    }
}

impl TreLimits {
    /// Judges the errors predicted at the dots, mm RMS; `fre_mm` and `fle_mm` are told along.
    pub fn judge(&self, tre_mm: impl IntoIterator<Item = f64>, fre_mm: f64, fle_mm: f64) -> Finding {
        let (mut warned, mut failed, mut largest) = (0, 0, 0.0_f64);
        for tre_mm in tre_mm {
            warned += usize::from(tre_mm > self.warn_mm);
            failed += usize::from(tre_mm > self.fail_mm);
            largest = largest.max(tre_mm);
        }
        let (severity, limit_mm, count) = match (failed, warned) {
            (0, 0) => (Severity::Pass, self.warn_mm, 0),
            (0, _) => (Severity::Warn, self.warn_mm, warned),
            _ => (Severity::Fail, self.fail_mm, failed),
        };
        let message = format!(
            "predicted registration error up to {largest:.2} mm; {count} dots above {limit_mm} mm (FLE {fle_mm:.2} mm, \
             FRE {fre_mm:.2} mm)"
        );
        let advice = if count > 0 { "measure again, with fiducials spread around the whole head" } else { "" };
        Finding::new("P14", severity, message).times(count).remedy(advice)
    }
}
