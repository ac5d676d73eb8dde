//! The case: what the technician decided, as it stands in `case.json`.
//!
//! Plain data with defaults. Reading, with checks and hints, is [`Case::parse`]. Coordinates stand in the mesh's
//! own units and axes, as the file has them.

mod check;
mod date;
mod edge;
mod field;
mod gates;
mod mix;
mod stops;
mod tone;
mod tools;
mod zones;

pub(crate) use check::check_smoothing;
pub use check::{DENSITY_CAP_PER_CM2, DEPTH_CAP_MM, HOLE_CAP_MM, SETUPS};

pub use date::Date;
pub use edge::{Edge, Sentinels, Spots, Waves};
pub use field::{Budget, Existing, MapValues, PaintedMap, Scar, Texture, Whorl};
pub use gates::PatchTest;
pub use mix::{Mix, Unit};
pub use stops::Stops;
pub use tone::{HairColour, Skin};
pub use tools::{Pigment, Tool};
pub use zones::{Norwood, Zone};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::geometry::{Placement, Units};

/// Version tag of the case format.
pub const FORMAT: &str = "tonsure-case/1";

/// A treatment case. The least that makes one: `format`, `mesh`, `boundary`, `design` with density and depth, `rig`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// `tonsure-case/1`.
    pub format: String,
    /// Name shown in headers and reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The scan.
    pub mesh: MeshFile,
    /// The hairline loop.
    pub boundary: BoundaryFile,
    /// Landmarks in the mesh's units and axes; they override those of the boundary file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landmarks: Option<Landmarks>,
    /// Places to leave out: moles, scars, lesions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keep_outs: Vec<KeepOut>,
    /// Stage of hair loss: the zones that it leaves alone get no dots, unless `design.zones` names them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub norwood: Option<Norwood>,
    /// Tone of the skin, for suggestions of dilutions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skin: Option<Skin>,
    /// Colour of the hair, for suggestions of dilutions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hair: Option<HairColour>,
    /// Density, depth, dot size.
    pub design: Design,
    /// Share of the dots in each session, in order; they sum to 1. One session without it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<Session>,
    /// First day, `YYYY-MM-DD`; without it days count from day 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_date: Option<String>,
    /// A built-in profile's name or the path of a rig profile.
    pub rig: String,
    /// Poses of the head: `upright`, `supine` (face up), `left` (left side up), `right`, `prone` (face down). Without them
    /// the fewest in which the rig reaches every dot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setups: Vec<String>,
    /// How the scan lies in the rig. Without it the landmarks and the profile's head rest place it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<RegistrationChoice>,
    /// Pigments that were mixed for this case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub palette: Vec<Pigment>,
    /// Needles with their pigments; the first in the list that is for a dot makes it. Without them there is one tool, and nothing to change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
    /// The patch test that was made before. Without it check P20 warns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch_test: Option<PatchTest>,
    /// When the work is interrupted. Without it never.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stops: Stops,
    /// Seed of everything random.
    #[serde(default)]
    pub seed: u64,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Where the scan is, what its unit is, and whether it is smoothed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeshFile {
    /// Path, relative to the case's folder.
    pub file: String,
    /// Unit of the coordinates.
    pub units: Units,
    /// Holes in and near the area to be treated that are at most this far across are closed by a smooth patch, mm;
    /// wider ones are kept out with a margin. 0 closes none. Across is the diameter of the largest disc that fits in.
    /// Default 8.
    #[serde(default = "default_close_holes_up_to_mm")]
    pub close_holes_up_to_mm: f64,
    /// Ripples and bumps shorter than this are smoothed off the scan, mm. Without it no vertex is moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smooth_mm: Option<f64>,
}

impl MeshFile {
    /// How wide a hole may be to be closed when a case does not say it, mm.
    pub const DEFAULT_CLOSE_HOLES_UP_TO_MM: f64 = 8.0;
    /// The smoothing length when smoothing is asked for without one, mm: takes the noise off a scan with edges up to
    /// 2 mm and moves a good one by less than 0.05 mm RMS.
    pub const DEFAULT_SMOOTH_MM: f64 = 5.0;
    /// Longer smoothing would take off the shape of the head, mm.
    pub const SMOOTH_CAP_MM: f64 = 30.0;
}

fn default_close_holes_up_to_mm() -> f64 {
    MeshFile::DEFAULT_CLOSE_HOLES_UP_TO_MM
}

/// Where the hairline is and how it is laid on the scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoundaryFile {
    /// Path, relative to the case's folder: `*.hairline.json`, `*.mrk.json`, `*.fcsv` or `*.pp`.
    pub file: String,
    /// A point of the loop farther than this from the surface is an error, mm. Default 3.
    #[serde(default = "default_snap_tolerance_mm")]
    pub snap_tolerance_mm: f64,
}

impl BoundaryFile {
    /// How far a point of the loop may lie off the surface when a case does not say it, mm.
    pub const DEFAULT_SNAP_TOLERANCE_MM: f64 = 3.0;
}

fn default_snap_tolerance_mm() -> f64 {
    BoundaryFile::DEFAULT_SNAP_TOLERANCE_MM
}

/// Anatomical landmarks, in the mesh's units and axes; left and right are the subject's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Landmarks {
    /// Most prominent point between the brows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glabella: Option<[f64; 3]>,
    /// Cartilage in front of the left ear canal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_tragus: Option<[f64; 3]>,
    /// Cartilage in front of the right ear canal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right_tragus: Option<[f64; 3]>,
    /// Bump at the back of the skull.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inion: Option<[f64; 3]>,
    /// Top of the head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vertex: Option<[f64; 3]>,
}

/// A place without dots: either a disc (`centre`, `radius_mm`) or a closed `loop`, each grown by `margin_mm`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepOut {
    /// What it is, for reports.
    #[serde(default)]
    pub name: String,
    /// Centre of the disc, in the mesh's units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre: Option<[f64; 3]>,
    /// Radius of the disc, mm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius_mm: Option<f64>,
    /// Closed loop of points, in the mesh's units; the first is not repeated.
    #[serde(default, rename = "loop", skip_serializing_if = "Option::is_none")]
    pub outline: Option<Vec<[f64; 3]>>,
    /// Distance to keep around it, mm. Default 2.
    #[serde(default = "default_margin_mm")]
    pub margin_mm: f64,
}

fn default_margin_mm() -> f64 {
    2.0
}

/// What is to be made on the skin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Design {
    /// Dots per cm², all sessions together, constant up to the line unless `edge` says otherwise.
    pub density_per_cm2: f64,
    /// Nominal needle protrusion below the skin's surface, mm. There is no default.
    pub depth_mm: f64,
    /// Time in the skin, s. Default 0.05.
    #[serde(default = "default_dwell_s")]
    pub dwell_s: f64,
    /// Diameter of the fresh dot.
    #[serde(default)]
    pub diameter: Diameter,
    /// Dots of several sizes side by side. Without it all are of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mix: Option<Mix>,
    /// Lower density towards the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge: Option<Edge>,
    /// Densities of zones in dots per cm², where they differ from the rest; 0 leaves a zone out. Needs all landmarks.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub zones: BTreeMap<Zone, f64>,
    /// Width over which zones of different density pass into each other, mm. Default 10. Towards a zone without dots these stand farther
    /// and farther apart, down to 15 % of the density at the least, and end.
    #[serde(default = "default_zone_blend_mm", skip_serializing_if = "is_default_zone_blend")]
    pub zone_blend_mm: f64,
    /// Painted maps; all of them count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub maps: Vec<PaintedMap>,
    /// The whorl of the crown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whorl: Option<Whorl>,
    /// Scars that are treated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scars: Vec<Scar>,
    /// Hair that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub existing: Option<Existing>,
    /// What must not be exceeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// What was measured on a patch test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationFile>,
    /// Radius of the disc over which a dot's normal is averaged, mm. Default 3.
    #[serde(default = "default_normal_radius_mm")]
    pub normal_radius_mm: f64,
}

impl Design {
    /// Width over which zones pass into each other when a case does not say it, mm.
    pub const DEFAULT_ZONE_BLEND_MM: f64 = 10.0;
}

fn default_zone_blend_mm() -> f64 {
    Design::DEFAULT_ZONE_BLEND_MM
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_default_zone_blend(width_mm: &f64) -> bool {
    *width_mm == Design::DEFAULT_ZONE_BLEND_MM
}

fn default_dwell_s() -> f64 {
    0.05
}

fn default_normal_radius_mm() -> f64 {
    3.0
}

/// Truncated normal distribution of the fresh dot's diameter, mm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Diameter {
    /// Mean before truncation, mm.
    pub mean_mm: f64,
    /// Standard deviation before truncation, mm; 0 makes all dots equal.
    pub sd_mm: f64,
    /// Smallest, mm.
    pub min_mm: f64,
    /// Largest, mm.
    pub max_mm: f64,
}

impl Default for Diameter {
    /// Fresh dots reach 0.25 mm; the spread is a suggestion to be confirmed by a practitioner.
    fn default() -> Self {
        Self { mean_mm: 0.22, sd_mm: 0.015, min_mm: 0.18, max_mm: 0.25 }
    }
}

/// Dot sizes measured on a patch test, and what they are used for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalibrationFile {
    /// Path, relative to the case's folder, as `tonsure patch-test --measured` writes it.
    pub file: String,
    /// Each dot gets the depth that makes its diameter, at most `depth_mm` and within the depths of the patch test. Without it all have
    /// `depth_mm`, and the diameter to be expected is told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub choose_depth: bool,
}

/// One session. Which pigment it is made in is said by the tools, whose `sessions` name theirs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Share of all dots made in this session.
    pub share: f64,
    /// Days since the session before; without meaning for the first. Default 28.
    #[serde(default = "default_interval_days", skip_serializing_if = "is_default_interval")]
    pub interval_days: u32,
    /// Diameter of the fresh dots of this session, where it is not that of the design; that of a tool comes before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diameter: Option<Diameter>,
}

impl Session {
    /// Days between sessions when a case does not say it: practitioners ask for 7 to 42.
    pub const DEFAULT_INTERVAL_DAYS: u32 = 28;
    /// The longest interval that is taken for one, days.
    pub const LONGEST_INTERVAL_DAYS: u32 = 3650;
}

fn default_interval_days() -> u32 {
    Session::DEFAULT_INTERVAL_DAYS
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_default_interval(days: &u32) -> bool {
    *days == Session::DEFAULT_INTERVAL_DAYS
}

/// How the scan lies in the rig: exactly one of a measured registration file and the placement itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistrationChoice {
    /// A `*.registration.json`, measured on the day: path, relative to the case's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Placement of the scan's frame (mm) in the rig's frame (mm).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mesh_to_rig: Option<Placement>,
}
