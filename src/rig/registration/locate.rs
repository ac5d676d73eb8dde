use super::{Fit, Refinement};
use crate::error::{Finding, Severity};
use crate::geometry::{Placement, Point};

/// A scan with its place in the rig, and how well that place is known.
#[derive(Debug, Clone)]
pub struct Located {
    /// The fit to the fiducials.
    pub fit: Fit,
    /// Error of locating one fiducial from which errors are predicted, mm RMS: the stated one, or the larger one that
    /// the fit speaks of where chance does not explain it.
    pub fle_mm: f64,
    /// The stated error of locating one fiducial, mm RMS.
    pub stated_fle_mm: f64,
    /// The fit to probed points on top.
    pub refinement: Option<Refinement>,
}

impl Located {
    /// From a fit and the stated error of locating one fiducial, mm RMS. The error is raised to what the residuals
    /// speak of where fewer than one fit in a hundred would come out as bad; it is never lowered: a small residual is
    /// no proof of a good fit.
    pub fn new(fit: Fit, stated_fle_mm: f64) -> Self {
        let is_usual = fit.fre_mm <= fit.usual_fre_mm(stated_fle_mm);
        let fle_mm = if is_usual { stated_fle_mm } else { fit.estimated_fle_mm().max(stated_fle_mm) };
        Self { fit, fle_mm, stated_fle_mm, refinement: None }
    }

    /// The same with a refinement.
    #[must_use]
    pub fn refined(self, refinement: Refinement) -> Self {
        Self { refinement: Some(refinement), ..self }
    }

    /// Scan (mm) to rig (mm).
    pub fn mesh_to_rig(&self) -> Placement {
        self.refinement.as_ref().map_or(self.fit.mesh_to_rig, |refinement| refinement.mesh_to_rig)
    }

    /// Expected registration error at a place of the scan, mm RMS.
    pub fn tre_mm(&self, place: &Point) -> f64 {
        match &self.refinement {
            Some(refinement) => refinement.tre_mm(place),
            None => self.fit.predicted_tre_mm(self.fle_mm, place),
        }
    }

    /// What a person should know besides the errors predicted at the dots.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = self.fit.findings();
        if self.fle_mm > self.stated_fle_mm {
            let message = format!(
                "fiducials {:.2} mm RMS off after the fit, where a localisation error of {:.2} mm gives at most {:.2} mm \
                 in 99 of 100 cases; errors are predicted from {:.2} mm",
                self.fit.fre_mm,
                self.stated_fle_mm,
                self.fit.usual_fre_mm(self.stated_fle_mm),
                self.fle_mm
            );
            findings.push(
                Finding::new("fiducials-disagree", Severity::Warn, message)
                    .times(self.fit.residuals_mm.len())
                    .remedy("measure the fiducials with the largest residuals again, or state their true error"),
            );
        }
        findings.extend(self.refinement.as_ref().map(Refinement::finding));
        findings
    }
}
