use std::path::PathBuf;

use clap::{ArgGroup, Args};

use crate::geometry::{Units, parse_finite};
use crate::treatment::touchup::Limits;

/// A coin-sized test job of depths, dwells and pigments; or, from the measured sizes of its dots, a calibration for `plan`.
///
/// Every depth is tried with every dwell and every tool of the case. `key.svg` and `key.csv` tell which dot is which. The sizes, as a column
/// `diameter_mm` of that table, give the file that `design.calibration` of a case names.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure patch-test case.json --at 78.5,20,60 --out patch\n  \
    tonsure patch-test case.json --flat --depths-mm 0.3,0.5,0.7 --dwells-s 0.05,0.1 --out practice\n  \
    tonsure patch-test patch/plan.json --measured sizes.csv -o calibration.json")]
#[command(group = ArgGroup::new("what").args(["at", "flat", "measured"]).required(true))]
pub(in crate::cli) struct PatchTestArgs {
    /// The case; with --measured the plan of the patch test.
    pub(in crate::cli) input: PathBuf,
    /// On the head, at this place of the scan, in its own unit and axes.
    #[arg(long, value_name = "X,Y,Z", value_parser = place, allow_hyphen_values = true, requires = "out")]
    pub(in crate::cli) at: Option<[f64; 3]>,
    /// On flat practice skin, level in the rig where the top of the head would be.
    #[arg(long, requires = "out")]
    pub(in crate::cli) flat: bool,
    /// Measured sizes, a CSV with `dot_id` or `cell`, and `diameter_mm`.
    #[arg(long, value_name = "FILE.csv", requires = "output")]
    pub(in crate::cli) measured: Option<PathBuf>,
    /// The calibration; `-` is standard output.
    #[arg(long, short, value_name = "FILE.json", requires = "measured")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Depths, rising. Default: 0.6, 0.8, 1 and 1.2 of the case's, up to the cap of the rig.
    #[arg(long, value_name = "MM,…", value_delimiter = ',')]
    pub(in crate::cli) depths_mm: Option<Vec<f64>>,
    /// Times in the skin, rising. Default: 1, 2 and 3 times the case's.
    #[arg(long, value_name = "S,…", value_delimiter = ',')]
    pub(in crate::cli) dwells_s: Option<Vec<f64>>,
    /// Dots of each combination. Default: 4.
    #[arg(long, value_name = "N")]
    pub(in crate::cli) repeats: Option<usize>,
    /// Distance between the dots of a combination. Default: 1.5.
    #[arg(long, value_name = "MM")]
    pub(in crate::cli) pitch_mm: Option<f64>,
    /// A registration measured on the day.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) registration: Option<PathBuf>,
    /// Folder for the results; made when missing.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Spell every move of the programs out, with a comment that says what it is for.
    #[arg(long)]
    pub(in crate::cli) verbose_gcode: bool,
}

/// Three finite numbers.
fn place(text: &str) -> Result<[f64; 3], String> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|number| parse_finite(number.trim())).collect();
    numbers.and_then(|numbers| numbers.try_into().ok()).ok_or_else(|| "expected three numbers, X,Y,Z".to_owned())
}

/// The client's sheet with the dates of a plan, from the built-in text or a clinic's own. `plan` leaves one as aftercare.html.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure aftercare out/plan.json -o sheet.html --template ours.html\n  \
    tonsure aftercare --print-template > ours.html")]
pub(in crate::cli) struct AftercareArgs {
    /// The plan.
    #[arg(required_unless_present = "print_template")]
    pub(in crate::cli) plan: Option<PathBuf>,
    /// The sheet, HTML; `-` is standard output.
    #[arg(long, short, value_name = "FILE.html", required_unless_present = "print_template")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Text of the sheet, a template of minijinja.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) template: Option<PathBuf>,
    /// Print the built-in template, to start from.
    #[arg(long, conflicts_with_all = ["plan", "output", "template"])]
    pub(in crate::cli) print_template: bool,
}

/// Plan new dots where healed ones are missing: a folder as `plan` leaves it, with `healing.json` and `healing.csv`.
///
/// Measured dots are laid on the plan by their own pattern, whatever frame they were measured in and in whatever order they stand, and
/// matched one to one. New dots come only where one was lost, and never nearer to a living dot than the plan's own rule.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure touchup out/plan.json --observed healed.csv --out touchup\n  \
    tonsure touchup out/plan.json --observed healed.csv --after-session 2 --date 2026-05-04 --out touchup\n  \
    tonsure touchup out/plan.json --missing ids.csv --out touchup")]
#[command(group = ArgGroup::new("healed").args(["observed", "missing"]).required(true))]
pub(in crate::cli) struct TouchupArgs {
    /// The plan that was worked; `scan.ply` and `region.ply` are read from its folder.
    pub(in crate::cli) plan: PathBuf,
    /// The dots that are there: a CSV with `x,y,z`, and where they were measured `diameter_mm` and `contrast`.
    #[arg(long, value_name = "FILE.csv")]
    pub(in crate::cli) observed: Option<PathBuf>,
    /// The dots that are not, noted by hand: a CSV with `id`, or with `x,y,z` on the scan of the plan. All others count as healed.
    #[arg(long, value_name = "FILE.csv")]
    pub(in crate::cli) missing: Option<PathBuf>,
    /// Unit of the table's coordinates: mm, cm, dm, m, in. Default: mm.
    #[arg(long)]
    pub(in crate::cli) units: Option<Units>,
    /// The last session that was worked; dots of later ones are not expected yet. Default: all.
    #[arg(long, value_name = "K")]
    pub(in crate::cli) after_session: Option<u32>,
    /// Dots with less than this share of the median contrast count as faded (of the median diameter, without contrast).
    #[arg(long, value_name = "SHARE", default_value_t = Limits::default().faded_below, value_parser = above_zero)]
    pub(in crate::cli) faded_below: f64,
    /// Dots with more than so many median diameters count as blown out.
    #[arg(long, value_name = "TIMES", default_value_t = Limits::default().blown_above, value_parser = above_zero)]
    pub(in crate::cli) blown_above: f64,
    /// Everything was looked at: parts without dots are lost, and not only left out.
    #[arg(long)]
    pub(in crate::cli) all_seen: bool,
    /// A registration measured on the day.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) registration: Option<PathBuf>,
    /// The day of the touch-up, YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    pub(in crate::cli) date: Option<String>,
    /// Folder for the results, another than that of the plan; made when missing.
    #[arg(long, short, value_name = "DIR")]
    pub(in crate::cli) out: PathBuf,
    /// Spell every move of the programs out, with a comment that says what it is for.
    #[arg(long)]
    pub(in crate::cli) verbose_gcode: bool,
}

/// A finite number above 0.
fn above_zero(text: &str) -> Result<f64, String> {
    parse_finite(text).filter(|&number| number > 0.0).ok_or_else(|| "expected a number above 0".to_owned())
}
