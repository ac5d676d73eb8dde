use super::marks::{Laid, Marks};
use super::{TreModel, spread, suspect};
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Placement, Point, Units};

/// The scan laid onto measured fiducials.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Scan (mm) to rig (mm).
    pub mesh_to_rig: Placement,
    /// Fiducial registration error: RMS distance that remains at the fiducials, mm.
    pub fre_mm: f64,
    /// Distance that remains at each fiducial, mm.
    pub residuals_mm: Vec<f64>,
    /// How the places of the fiducials carry their errors to other places.
    pub tre: TreModel,
    suspicions: Vec<Finding>,
}

/// Rigid least-squares fit of the points `mesh` to the points `rig` of the same order, mm.
///
/// Errors: fewer than three points, points in different units, at one place, in a cluster or near a line; points of
/// which two seem exchanged (named by their numbers, from 0); points that only fit mirrored.
pub fn fit_rigid(mesh: &[Point], rig: &[Point]) -> Result<Fit> {
    let names = (0..mesh.len()).map(|i| i.to_string()).collect();
    fit(&Marks { names, mesh: mesh.to_vec(), rig: rig.to_vec(), units: Units::Millimetre })
}

/// The rigid placement that lays the points `from` on the points `onto` of the same order with the least sum of squares; none
/// for fewer than three. Unlike [`fit_rigid`] it looks for nothing suspicious, and so takes thousands of points.
pub fn lay_rigid(from: &[Point], onto: &[Point]) -> Option<Placement> {
    if from.len() < 3 || from.len() != onto.len() {
        return None;
    }
    let (mesh, rig) = (from.to_vec(), onto.to_vec());
    let laid = Marks { names: Vec::new(), mesh, rig, units: Units::Millimetre }.lay(false)?;
    Some(laid.mesh_to_rig)
}

/// [`fit_rigid`] with names.
pub(super) fn fit(marks: &Marks) -> Result<Fit> {
    spread::check(marks)?;
    let none = || {
        Error::input("fiducials that give no placement")
            .place("fiducials")
            .expected("marks around the head")
            .remedy("measure again")
    };
    let tre = TreModel::of(&marks.mesh).ok_or_else(none)?;
    let laid = marks.lay(false).ok_or_else(none)?;
    let suspicions = suspect::examine(marks, &laid)?;
    let Laid { mesh_to_rig, residuals_mm, rms_mm: fre_mm, .. } = laid;
    Ok(Fit { mesh_to_rig, fre_mm, residuals_mm, tre, suspicions })
}

impl Fit {
    /// Error of locating one fiducial that would explain the fit's own error, mm RMS:
    /// `E[FRE²] = (1 - 2/N) FLE²` (R. Sibson, J. R. Stat. Soc. B 41(2), 1979).
    pub fn estimated_fle_mm(&self) -> f64 {
        self.fre_mm / (1.0 - 2.0 / self.residuals_mm.len() as f64).sqrt()
    }

    /// Largest FRE that 99 of 100 fits stay below when each fiducial is located within `fle_mm` RMS, mm:
    /// `3 N FRE² / FLE²` has a χ² distribution of `3 N - 6` degrees of freedom (Sibson 1979), whose quantile is that of
    /// E. B. Wilson and M. M. Hilferty, PNAS 17(12), 1931.
    pub fn usual_fre_mm(&self, fle_mm: f64) -> f64 {
        /// Quantile 0.99 of the standard normal distribution.
        const Z99: f64 = 2.326_347_874_040_841;
        let count = self.residuals_mm.len() as f64;
        let freedom = 3.0 * count - 6.0;
        let ninth = 2.0 / (9.0 * freedom);
        let quantile = freedom * (1.0 - ninth + Z99 * ninth.sqrt()).powi(3);
        fle_mm * (quantile / (3.0 * count)).sqrt()
    }

    /// Expected registration error at a place of the scan, mm RMS, when each fiducial is located within `fle_mm` RMS.
    pub fn predicted_tre_mm(&self, fle_mm: f64, place: &Point) -> f64 {
        fle_mm * self.tre.per_fle(place)
    }

    /// What a person should know about the fit.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = self.suspicions.clone();
        if self.residuals_mm.len() == 3 {
            let message = "registered by three fiducials: a wrong one cannot be told from a right one";
            findings.push(
                Finding::new("three-fiducials", Severity::Warn, message).times(3).remedy("measure a fourth fiducial"),
            );
        }
        findings
    }
}
