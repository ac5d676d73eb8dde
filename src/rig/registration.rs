use nalgebra::{Matrix3, Rotation3, SymmetricEigen};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::case::SETUPS;
use crate::error::{Error, Finding, Result, Severity, from_json};
use crate::geometry::{Placement, Point, Units, Vector};

/// Version tag of the registration format.
pub const REGISTRATION_FORMAT: &str = "tonsure-registration/1";

/// Least RMS distance of the fiducials from the line that fits them best, mm. Below it the head could turn around that
/// line by more than a millimetre at the crown without the fiducials showing it.
const LEAST_SPREAD_MM: f64 = 10.0;

/// A head measured on the rig: the same marks in the scan and in the rig.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// `tonsure-registration/1`.
    pub format: String,
    /// Setup in which it was measured.
    pub setup: String,
    /// The marks.
    pub fiducials: Vec<Fiducial>,
}

/// One mark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fiducial {
    /// What it is, for reports.
    pub name: String,
    /// Where it is in the scan, in the scan's own units and axes.
    pub mesh: [f64; 3],
    /// Where the needle's tip touched it, in the rig's frame, mm.
    pub rig: [f64; 3],
}

impl Registration {
    /// Reads the text of a `*.registration.json`. Errors name `file` and the place in it.
    pub fn parse(text: impl AsRef<[u8]>, file: &str) -> Result<Self> {
        let registration: Self = from_json(text.as_ref(), file)?;
        registration.validate().map_err(|error| error.file(file))?;
        Ok(registration)
    }

    fn validate(&self) -> Result<()> {
        let wrong = |place: String, found: String, expected: String| {
            Err(Error::input(found).place(place).expected(expected).remedy("correct the registration"))
        };
        if self.format != REGISTRATION_FORMAT {
            return wrong("format".into(), format!("{:?}", self.format), format!("{REGISTRATION_FORMAT:?}"));
        }
        if !SETUPS.contains(&self.setup.as_str()) {
            return wrong("setup".into(), format!("{:?}", self.setup), format!("one of {SETUPS:?}"));
        }
        for (index, fiducial) in self.fiducials.iter().enumerate() {
            if self.fiducials[..index].iter().any(|earlier| earlier.name == fiducial.name) {
                let found = format!("a second {:?}", fiducial.name);
                return wrong(format!("fiducials[{index}].name"), found, "a name for each fiducial".into());
            }
        }
        Ok(())
    }

    /// Fits the scan, whose coordinates are in `units`, to the rig.
    pub fn fit(&self, units: Units) -> Result<Fit> {
        let mesh: Vec<_> = self.fiducials.iter().map(|f| Point::from(f.mesh) * units.in_mm()).collect();
        let rig: Vec<_> = self.fiducials.iter().map(|f| Point::from(f.rig)).collect();
        fit_rigid(&mesh, &rig)
    }
}

/// The scan laid onto measured fiducials.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Scan (mm) to rig (mm).
    pub mesh_to_rig: Placement,
    /// Fiducial registration error: RMS distance that remains at the fiducials, mm.
    pub fre_mm: f64,
    /// Distance that remains at each fiducial, mm.
    pub residuals_mm: Vec<f64>,
    /// Middle of the fiducials in the scan, mm.
    centre: Point,
    /// Their principal axes in the scan and their mean squared distance from each, mm².
    axes: [(Vector, f64); 3],
}

/// Rigid least-squares fit of the points `mesh` to the points `rig` of the same order, mm.
///
/// Reference: S. Umeyama, "Least-squares estimation of transformation parameters between two point patterns", IEEE
/// PAMI 13(4), 1991, without scale. Fewer than three points, points on or near a line, and points that only fit
/// mirrored are errors.
pub fn fit_rigid(mesh: &[Point], rig: &[Point]) -> Result<Fit> {
    let count = mesh.len();
    let refuse = |found: String, expected: &str, remedy: &str| {
        Err(Error::input(found).place("fiducials").expected(expected).remedy(remedy))
    };
    if count != rig.len() || count < 3 {
        let found = format!("{count} in the scan and {} in the rig", rig.len());
        return refuse(found, "the same three or more, better six", "measure more fiducials");
    }
    if !mesh.iter().chain(rig).all(|point| point.iter().all(|c| c.is_finite())) {
        return refuse("a coordinate that is not finite".into(), "finite coordinates", "measure again");
    }
    let share = 1.0 / count as f64;
    let (from, onto) = (centroid(mesh), centroid(rig));
    let spread = SymmetricEigen::new(covariance(mesh, &from, mesh, &from));
    let axes = [0, 1, 2].map(|k| {
        let others = spread.eigenvalues.sum() - spread.eigenvalues[k];
        (spread.eigenvectors.column(k).into_owned(), others.max(0.0))
    });
    let off_line_mm = axes.iter().map(|(_, f2)| f2.sqrt()).fold(f64::INFINITY, f64::min);
    if off_line_mm < LEAST_SPREAD_MM {
        let found = format!("fiducials within {off_line_mm:.2} mm RMS of one line");
        let expected = format!("at least {LEAST_SPREAD_MM} mm, so that no turn around the line goes unseen");
        return refuse(found, &expected, "place fiducials around the head");
    }

    let svd = covariance(rig, &onto, mesh, &from).svd(true, true);
    let (Some(u), Some(v_t)) = (svd.u, svd.v_t) else {
        return refuse("no singular value decomposition".into(), "one", "measure again");
    };
    let handedness = (u * v_t).determinant().signum();
    let turned = |sign: f64| u * Matrix3::from_diagonal(&Vector::new(1.0, 1.0, sign)) * v_t;
    let residuals = |rotation: &Matrix3<f64>| -> Vec<f64> {
        mesh.iter().zip(rig).map(|(m, r)| ((r - onto) - rotation * (m - from)).norm()).collect()
    };
    let rms = |residuals: &[f64]| (residuals.iter().map(|d| d * d).sum::<f64>() * share).sqrt();
    let rotation = turned(handedness);
    let residuals_mm = residuals(&rotation);
    let fre_mm = rms(&residuals_mm);
    // Flat sets of fiducials fit either way round up to their noise; only a clear difference speaks of a mirror.
    let mirrored_mm = rms(&residuals(&turned(1.0)));
    if handedness < 0.0 && fre_mm > 2.0 && mirrored_mm < 0.5 * fre_mm {
        let found = format!("fiducials that fit within {fre_mm:.2} mm, but mirrored within {mirrored_mm:.2} mm");
        return refuse(found, "the same handedness in scan and rig", "swap left and right, or correct the axes");
    }
    let rotation = Rotation3::from_matrix_unchecked(rotation);
    let mesh_to_rig = Placement::new(&rotation, &(onto - rotation * from));
    Ok(Fit { mesh_to_rig, fre_mm, residuals_mm, centre: from, axes })
}

impl Fit {
    /// Error of locating one fiducial that would explain the fit's own error, mm RMS:
    /// `E[FRE²] = (1 - 2/N) FLE²` (Sibson 1979).
    pub fn fle_mm(&self) -> f64 {
        self.fre_mm / (1.0 - 2.0 / self.residuals_mm.len() as f64).sqrt()
    }

    /// Expected registration error at a place of the scan, mm RMS, when each fiducial is located within `fle_mm` RMS.
    ///
    /// Reference: J. M. Fitzpatrick, J. B. West, C. R. Maurer, "Predicting error in rigid-body point-based
    /// registration", IEEE TMI 17(5), 1998, equation 46.
    pub fn predicted_tre_mm(&self, fle_mm: f64, place: &Point) -> f64 {
        let from_centre = place - self.centre;
        let lever: f64 = self
            .axes
            .iter()
            .map(|(axis, f2)| (from_centre.norm_squared() - from_centre.dot(axis).powi(2)).max(0.0) / f2)
            .sum();
        fle_mm * ((1.0 + lever / 3.0) / self.residuals_mm.len() as f64).sqrt()
    }

    /// What a person should know about the fit.
    pub fn findings(&self) -> Vec<Finding> {
        let count = self.residuals_mm.len();
        let mut findings = Vec::new();
        if count == 3 {
            let message = "registered by three fiducials: a wrong one cannot be told from a right one";
            findings.push(
                Finding::new("three-fiducials", Severity::Warn, message).times(3).remedy("measure a fourth fiducial"),
            );
        }
        findings
    }
}

fn centroid(points: &[Point]) -> Point {
    Point::from(points.iter().map(|p| p.coords).sum::<Vector>() / points.len() as f64)
}

/// Mean outer product of the two point sets about their centres, mm².
fn covariance(a: &[Point], a_centre: &Point, b: &[Point], b_centre: &Point) -> Matrix3<f64> {
    let sum: Matrix3<f64> = a.iter().zip(b).map(|(p, q)| (p - a_centre) * (q - b_centre).transpose()).sum();
    sum / a.len() as f64
}
