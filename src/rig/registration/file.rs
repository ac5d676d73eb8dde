use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fit::fit;
use super::marks::Marks;
use super::{Fit, Located, Weights, refine};
use crate::case::SETUPS;
use crate::error::{Error, Result, from_json};
use crate::geometry::{Point, Units};
use crate::mesh::SurfaceIndex;

/// Version tag of the registration format.
pub const REGISTRATION_FORMAT: &str = "tonsure-registration/1";

/// Most fiducials of one file: far beyond what anybody touches in a chair.
const MOST_FIDUCIALS: usize = 1_000;
/// Most probed points of one file.
const MOST_POINTS: usize = 10_000;

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
    /// Error of locating one mark, in scan and rig together, RMS in space, mm. Default 0.3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fle_mm: Option<f64>,
    /// Points of the skin that the needle's tip touched anywhere, in the rig's frame, mm: they refine the fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub surface_points: Vec<[f64; 3]>,
    /// Error of a surface point across the surface, that of the scan included, RMS, mm. Default 0.3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surface_error_mm: Option<f64>,
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
    /// Error of locating one mark when a file does not state it, mm RMS: a stuck-on mark touched with a needle's tip.
    pub const DEFAULT_FLE_MM: f64 = 0.3;
    /// Error of a surface point across the surface when a file does not state it, mm RMS.
    pub const DEFAULT_SURFACE_ERROR_MM: f64 = 0.3;

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
        let counts = [
            ("fiducials", self.fiducials.len(), MOST_FIDUCIALS),
            ("surface_points", self.surface_points.len(), MOST_POINTS),
        ];
        if let Some((name, count, most)) = counts.into_iter().find(|(_, count, most)| count > most) {
            return wrong(name.into(), format!("{count} of them"), format!("at most {most}"));
        }
        for (name, value) in [("fle_mm", self.fle_mm), ("surface_error_mm", self.surface_error_mm)] {
            if let Some(value) = value.filter(|value| !(*value > 0.0 && value.is_finite())) {
                return wrong(name.into(), value.to_string(), "a length above 0 mm".into());
            }
        }
        let mut names: Vec<(&str, usize)> = (self.fiducials.iter().map(|f| f.name.as_str())).zip(0..).collect();
        names.sort_unstable();
        let same = |pair: &&[(&str, usize)]| matches!(pair, [(a, _), (b, _)] if a == b);
        if let Some([_, (name, index)]) = names.windows(2).find(same) {
            let expected = "a name for each fiducial".into();
            return wrong(format!("fiducials[{index}].name"), format!("a second {name:?}"), expected);
        }
        Ok(())
    }

    /// Error of locating one mark, as stated or by default, mm RMS.
    pub fn stated_fle_mm(&self) -> f64 {
        self.fle_mm.unwrap_or(Self::DEFAULT_FLE_MM)
    }

    /// Lays the scan, whose coordinates are in `units`, on the marks.
    pub fn fit(&self, units: Units) -> Result<Fit> {
        fit(&self.marks(units))
    }

    /// Lays the scan on the marks and, where points of the skin were probed, on these.
    pub fn locate(&self, units: Units, scan: &SurfaceIndex) -> Result<Located> {
        let marks = self.marks(units);
        let located = Located::new(fit(&marks)?, self.stated_fle_mm());
        if self.surface_points.is_empty() {
            return Ok(located);
        }
        let weights = Weights {
            fle_mm: located.fle_mm,
            surface_error_mm: self.surface_error_mm.unwrap_or(Self::DEFAULT_SURFACE_ERROR_MM),
        };
        let probed: Vec<Point> = self.surface_points.iter().map(|&place| Point::from(place)).collect();
        let refinement = refine(&located.fit, &marks.mesh, &marks.rig, &probed, scan, weights)?;
        Ok(located.refined(refinement))
    }

    fn marks(&self, units: Units) -> Marks {
        Marks {
            names: self.fiducials.iter().map(|f| f.name.clone()).collect(),
            mesh: self.fiducials.iter().map(|f| Point::from(f.mesh) * units.in_mm()).collect(),
            rig: self.fiducials.iter().map(|f| Point::from(f.rig)).collect(),
            units,
        }
    }
}
