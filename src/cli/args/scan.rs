use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, ValueEnum};

use super::DEFAULT_SMOOTH;
use crate::geometry::{Units, parse_finite};
use crate::hairline::Preset;

/// What is right and wrong with a scan; with a case, what it means for that plan.
///
/// Lists every defect with its count, its place (nearest landmark, box) and its weight: a hole in the neck is nothing, a
/// hole in the region matters. A case whose region cannot be built is diagnosed all the same, and ends with status 2.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure inspect scan.ply --units mm\n  tonsure inspect case.json --json\n  \
    tonsure inspect case.json -o findings.svg")]
pub(in crate::cli) struct InspectArgs {
    /// A mesh (STL, OBJ, PLY, glTF, OFF; `-` is one on standard input) or a case.
    pub(in crate::cli) input: PathBuf,
    /// Unit of the mesh's coordinates: mm, cm, dm, m, in. Default: mm; glTF: m; a case says it itself.
    #[arg(long)]
    pub(in crate::cli) units: Option<Units>,
    /// Smooth ripples and bumps shorter than MM off the scan first, 5 without a number.
    #[arg(long, value_name = "MM", num_args = 0..=1, require_equals = true, default_missing_value = DEFAULT_SMOOTH)]
    pub(in crate::cli) smooth: Option<f64>,
    /// Draw the findings where they are: a true-scale SVG of the head from five sides (`-` is standard output).
    #[arg(long, short, value_name = "FILE.svg")]
    pub(in crate::cli) output: Option<PathBuf>,
}

/// Propose a hairline from landmarks, draw it anew from edited control points, or judge one.
///
/// The proposal follows the rules of hair restoration: the middle by its height above the glabella, frontotemporal points above
/// the outer corners of the eyes, temporal peaks; it lies on the skin, is closed over ears and nape, and is judged by the same
/// rules as any other. FILE carries its control points: move them there and draw it anew with --edit.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure hairline scan.ply --landmarks marks.json -o head.hairline.json\n  \
    tonsure hairline scan.ply --landmarks marks.json --preset conservative --norwood IV -o head.hairline.json\n  \
    tonsure hairline scan.ply --edit head.hairline.json -o head.hairline.json\n  \
    tonsure hairline scan.ply --check head.hairline.json\n  \
    tonsure hairline --pick scan.ply -o pick.html")]
#[command(group = ArgGroup::new("from").args(["landmarks", "edit", "check", "landmark", "pick"]).multiple(true).required(true))]
pub(in crate::cli) struct HairlineArgs {
    /// The mesh.
    pub(in crate::cli) mesh: PathBuf,
    /// Unit of the mesh's coordinates: mm, cm, dm, m, in. Default: mm; glTF: m.
    #[arg(long)]
    pub(in crate::cli) units: Option<Units>,
    /// A `*.hairline.json` with landmarks; a line in it does not matter.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["edit", "check"])]
    pub(in crate::cli) landmarks: Option<PathBuf>,
    /// A landmark instead of the file's, in the mesh's units: `glabella`, `left_tragus`, `right_tragus`, `inion`, `vertex`; or a place on
    /// the face by which the line is judged: `subnasale`, `menton`, `left_canthus`, `right_canthus`.
    #[arg(long, value_name = "NAME=X,Y,Z", value_parser = named_place, allow_hyphen_values = true)]
    pub(in crate::cli) landmark: Vec<(String, [f64; 3])>,
    /// Draw the line through the control points of this file, which somebody has moved.
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    pub(in crate::cli) edit: Option<PathBuf>,
    /// Judge the line of this file; nothing is written.
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    pub(in crate::cli) check: Option<PathBuf>,
    /// What to start from.
    #[arg(long, value_enum, default_value_t = HairlinePreset::Standard, conflicts_with_all = ["edit", "check"])]
    pub(in crate::cli) preset: HairlinePreset,
    /// Recession by a stage of hair loss: I, II, III, III-vertex, IV, V, VI, VII.
    #[arg(long, value_name = "STAGE", conflicts_with_all = ["edit", "check"])]
    pub(in crate::cli) norwood: Option<String>,
    /// From the glabella up along the skin to the middle of the line; overrides the preset's, as the five that follow.
    #[arg(long, value_name = "MM", conflicts_with_all = ["edit", "check"])]
    pub(in crate::cli) height_mm: Option<f64>,
    /// How far the frontotemporal points lie behind the middle.
    #[arg(long, value_name = "MM", conflicts_with_all = ["edit", "check"])]
    pub(in crate::cli) recession_mm: Option<f64>,
    /// How far the frontotemporal points lie to the side. Default: above the outer corners of the eyes.
    #[arg(long, value_name = "MM", conflicts_with_all = ["edit", "check"])]
    pub(in crate::cli) corner_mm: Option<f64>,
    /// How far a widow's peak comes down.
    #[arg(long, value_name = "MM", conflicts_with_all = ["edit", "check"])]
    pub(in crate::cli) peak_mm: Option<f64>,
    /// How the line goes back from the middle: 1 straight, 2 as a parabola, more: flat in the middle.
    #[arg(long, value_name = "POWER", conflicts_with_all = ["edit", "check"])]
    pub(in crate::cli) bow: Option<f64>,
    /// From the frontotemporal points down to the temporal peaks.
    #[arg(long, value_name = "MM", conflicts_with_all = ["edit", "check"])]
    pub(in crate::cli) temple_mm: Option<f64>,
    /// Write a page on which landmarks are clicked and the line is dragged on the head, and which saves the hairline; with
    /// landmarks it starts from a proposal. It needs no network.
    #[arg(long, requires = "output", conflicts_with_all = ["edit", "check"])]
    pub(in crate::cli) pick: bool,
    /// Move a control point to this place, in the mesh's units.
    #[arg(long, value_name = "NAME=X,Y,Z", value_parser = named_place, allow_hyphen_values = true)]
    pub(in crate::cli) point: Vec<(String, [f64; 3])>,
    /// The hairline, or with --pick the page; `-` is standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
}

impl HairlineArgs {
    /// The file that is read, whatever for.
    pub(in crate::cli) fn file(&self) -> Option<&Path> {
        [&self.landmarks, &self.edit, &self.check].into_iter().flatten().next().map(PathBuf::as_path)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum HairlinePreset {
    /// High and receding: suits any further loss.
    Conservative,
    /// In between.
    Standard,
    /// Low and flat: aggressive.
    Low,
    /// Low, rounded and closed at the temples, as on women.
    Rounded,
    /// Standard with a peak in the middle.
    WidowsPeak,
}

impl From<HairlinePreset> for Preset {
    fn from(preset: HairlinePreset) -> Self {
        match preset {
            HairlinePreset::Conservative => Self::Conservative,
            HairlinePreset::Standard => Self::Standard,
            HairlinePreset::Low => Self::Low,
            HairlinePreset::Rounded => Self::Rounded,
            HairlinePreset::WidowsPeak => Self::WidowsPeak,
        }
    }
}

/// A name with three coordinates.
fn named_place(text: &str) -> Result<(String, [f64; 3]), String> {
    let expected = || "expected NAME=X,Y,Z with three numbers".to_owned();
    let (name, place) = text.split_once('=').ok_or_else(expected)?;
    let numbers: Option<Vec<f64>> = place.split(',').map(|part| parse_finite(part.trim())).collect();
    let place = numbers.and_then(|numbers| numbers.try_into().ok()).ok_or_else(expected)?;
    Ok((name.to_owned(), place))
}

/// Judge fiducials measured on the day: how well they fit, how far each part of the scalp may be off, where one more helps.
///
/// What counts is the error predicted at the dots (TRE), from the places of the fiducials and the error of locating one
/// (FLE). The residuals at the fiducials (FRE) say little about it and are not judged.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tonsure registration fixtures/demo/case.json --registration fixtures/demo/head.registration.json\n  \
    tonsure registration out/plan.json --registration today.registration.json --json"
)]
pub(in crate::cli) struct RegistrationArgs {
    /// A case, or a plan with `scan.ply` and `region.ply` in its folder.
    pub(in crate::cli) input: PathBuf,
    /// The fiducials. Default: those that the case names.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) registration: Option<PathBuf>,
    /// Error of locating one fiducial, RMS in space; overrides the file's.
    #[arg(long, value_name = "MM")]
    pub(in crate::cli) fle_mm: Option<f64>,
}

/// Write a starting case for a mesh, with every key explained.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  tonsure init scan.ply --units mm -o case.json")]
pub(in crate::cli) struct InitArgs {
    /// The mesh.
    pub(in crate::cli) mesh: PathBuf,
    /// Unit of the mesh's coordinates: mm, cm, dm, m, in. Default: what the size of the scan suggests.
    #[arg(long)]
    pub(in crate::cli) units: Option<Units>,
    /// The case; `-` is standard output. Never overwrites a file.
    #[arg(long, short, value_name = "FILE", default_value = "case.json")]
    pub(in crate::cli) output: PathBuf,
}
