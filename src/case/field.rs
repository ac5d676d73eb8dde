//! What shapes the density besides zones: maps, the whorl, scars, hair that is there, and budgets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::positive;
use super::{DENSITY_CAP_PER_CM2, Design};
use crate::error::{Error, Result};

/// Largest factor of a map or scar.
const LARGEST_FACTOR: f64 = 4.0;

/// A painted map: a surface with a number at each place, laid on the region by the nearest place. Either a PLY with a scalar `property`
/// of its vertices, or an OBJ or glTF with texture coordinates and a gray `texture`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaintedMap {
    /// The surface: path, relative to the case's folder; coordinates in the scan's units and axes.
    pub file: String,
    /// Name of the vertex property of a PLY.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// The image on an OBJ or glTF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texture: Option<Texture>,
    /// What its numbers are.
    #[serde(default)]
    pub values: MapValues,
}

/// A gray PNG that lies on a surface by its texture coordinates, at most 2^26 pixels. Its tones count as they are stored, in equal steps
/// from black to white, linear between the middles of pixels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Texture {
    /// The PNG: path, relative to the case's folder. Without it the one that a glTF has for its base colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Value of black. Default 0.
    #[serde(default)]
    pub black: f64,
    /// Value of white, in the same unit.
    pub white: f64,
}

/// What the numbers of a map are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MapValues {
    /// Factors of the density that is asked otherwise.
    #[default]
    Factor,
    /// Dots, or hairs, per cm².
    PerCm2,
}

/// The whorl of the crown: fewer dots towards its centre, as at an edge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Whorl {
    /// Its centre, in the mesh's units.
    pub centre: [f64; 3],
    /// Full density from here on, mm. Default 15.
    #[serde(default = "default_whorl_mm")]
    pub radius_mm: f64,
    /// Density at the centre as a share of the full density. Default 0.35.
    #[serde(default = "default_whorl_share")]
    pub centre_share: f64,
}

fn default_whorl_mm() -> f64 {
    15.0
}

fn default_whorl_share() -> f64 {
    0.35
}

/// A scar to be treated, lighter or denser than the skin around it: a disc or a closed line. (One to be left out is a
/// keep-out.)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scar {
    /// What it is, for reports.
    #[serde(default)]
    pub name: String,
    /// Centre of the disc, in the mesh's units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre: Option<[f64; 3]>,
    /// Radius of the disc, mm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius_mm: Option<f64>,
    /// A line along the scar, in the mesh's units; all within `radius_mm` of it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Vec<[f64; 3]>>,
    /// Factor of the density on it.
    pub factor: f64,
    /// Width over which it passes into the skin around, mm. Default 4.
    #[serde(default = "default_blend_mm")]
    pub blend_mm: f64,
}

fn default_blend_mm() -> f64 {
    4.0
}

/// Hair that is there: it counts towards the density, and dots keep their distance from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Existing {
    /// Hairs one by one, a CSV with `x_mm,y_mm,z_mm` in mm and the scan's axes: path, relative to the case's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Or a painted map of how many there are per cm².
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<PaintedMap>,
    /// Least distance of a dot from each hair of the file, mm. Default 0.5, twice the largest dot.
    #[serde(default = "default_keep_mm")]
    pub keep_mm: f64,
}

fn default_keep_mm() -> f64 {
    0.5
}

/// What must not be exceeded. It is met by lowering the density everywhere by one factor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// Most dots of all sessions together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_dots: Option<u32>,
    /// Most time of all programs together, by the rig's own estimate, h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_hours: Option<f64>,
    /// Most dots per cm² asked anywhere in one session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_per_cm2_per_session: Option<f64>,
}

impl Design {
    pub(super) fn check_field(&self) -> Result<()> {
        for (zone, &density) in &self.zones {
            if !(0.0..=DENSITY_CAP_PER_CM2).contains(&density) {
                return wrong(
                    format!("{density} dots per cm²"),
                    format!("design.zones.{}", zone.name()),
                    format!("0 to {DENSITY_CAP_PER_CM2}; 0 leaves the zone out"),
                );
            }
        }
        positive("design.zone_blend_mm", self.zone_blend_mm)?;
        for (index, map) in self.maps.iter().enumerate() {
            map.check().map_err(|error| error.within(&format!("design.maps[{index}]")))?;
        }
        if let Some(whorl) = &self.whorl {
            positive("design.whorl.radius_mm", whorl.radius_mm)?;
            share("design.whorl.centre_share", whorl.centre_share)?;
        }
        for (index, scar) in self.scars.iter().enumerate() {
            scar.check().map_err(|error| error.within(&format!("design.scars[{index}]")))?;
        }
        if let Some(existing) = &self.existing {
            if existing.file.is_some() == existing.map.is_some() {
                return wrong(
                    "not exactly one of \"file\" and \"map\"".to_owned(),
                    "design.existing".to_owned(),
                    "hairs one by one, or a map of them".to_owned(),
                );
            }
            let map = existing.map.as_ref();
            map.map_or(Ok(()), |map| map.check().map_err(|error| error.within("design.existing.map")))?;
            positive("design.existing.keep_mm", existing.keep_mm)?;
        }
        if let Some(budget) = &self.budget {
            if budget.max_dots == Some(0) {
                return wrong("0 dots".to_owned(), "design.budget.max_dots".to_owned(), "1 or more".to_owned());
            }
            let limits = [("max_hours", budget.max_hours), ("max_per_cm2_per_session", budget.max_per_cm2_per_session)];
            for (key, limit) in limits {
                limit.map_or(Ok(()), |limit| positive(&format!("design.budget.{key}"), limit))?;
            }
        }
        Ok(())
    }
}

impl PaintedMap {
    fn check(&self) -> Result<()> {
        if self.property.is_some() == self.texture.is_some() {
            return wrong(
                "not exactly one of \"property\" and \"texture\"".to_owned(),
                "property".to_owned(),
                "a vertex property of a PLY, or a texture of an OBJ or glTF".to_owned(),
            );
        }
        let Some(texture) = &self.texture else { return Ok(()) };
        let (most, unit) = match self.values {
            MapValues::Factor => (LARGEST_FACTOR, "as factors"),
            MapValues::PerCm2 => (DENSITY_CAP_PER_CM2, "per cm²"),
        };
        for (key, value) in [("texture.black", texture.black), ("texture.white", texture.white)] {
            if !(0.0..=most).contains(&value) {
                return wrong(value.to_string(), key.to_owned(), format!("0 to {most} {unit}"));
            }
        }
        let differ = (texture.black - texture.white).abs() > 0.0;
        if differ {
            return Ok(());
        }
        wrong("the same value for black and white".to_owned(), "texture.white".to_owned(), "two values".to_owned())
    }
}

impl Scar {
    fn check(&self) -> Result<()> {
        let places = usize::from(self.centre.is_some()) + usize::from(self.line.is_some());
        let Some(radius_mm) = self.radius_mm.filter(|_| places == 1) else {
            return wrong(
                "neither a disc nor a line with its width".to_owned(),
                "centre".to_owned(),
                "\"radius_mm\" with either \"centre\" or \"line\"".to_owned(),
            );
        };
        if self.line.as_ref().is_some_and(|line| line.len() < 2) {
            return wrong("a line of one point".to_owned(), "line".to_owned(), "2 points or more".to_owned());
        }
        positive("radius_mm", radius_mm)?;
        positive("blend_mm", self.blend_mm)?;
        if (0.0..=LARGEST_FACTOR).contains(&self.factor) {
            return Ok(());
        }
        wrong(self.factor.to_string(), "factor".to_owned(), format!("0 to {LARGEST_FACTOR}"))
    }
}

pub(super) fn share(place: &str, value: f64) -> Result<()> {
    if value > 0.0 && value <= 1.0 {
        return Ok(());
    }
    wrong(value.to_string(), place.to_owned(), "a share above 0 and at most 1".to_owned())
}

pub(super) fn wrong(found: String, place: String, expected: String) -> Result<()> {
    Err(Error::input(found).place(place).expected(expected).remedy("correct the case"))
}
