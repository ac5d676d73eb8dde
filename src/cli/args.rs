use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::error::Error;
use crate::geometry::{Units, parse_finite};
use crate::hairline::Preset;
use crate::preview::{Colour, DotStyle, Drawing, Look, Paper, Rgb};
use crate::treatment::touchup::Limits;

/// Plans follicle-like dots on a scalp scan: even spacing, a short order, programs for a motion rig, drawings.
///
/// tonsure is a planner. It is no medical device and no machine controller: a trained person checks every plan and
/// stays at the rig.
#[derive(Debug, Parser)]
#[command(name = "tonsure", version, propagate_version = true, max_term_width = 110)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Common {
    /// Print results as one JSON object on standard output.
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// No progress and no messages, only errors.
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Say more: every finding, also those in order.
    #[arg(long, short, global = true)]
    pub(super) verbose: bool,
    /// Number of threads; the result does not depend on it. Default: all cores.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Plan(PlanArgs),
    Verify(VerifyArgs),
    Inspect(InspectArgs),
    Sample(SampleArgs),
    Route(RouteArgs),
    Preview(PreviewArgs),
    Diff(DiffArgs),
    Gcode(GcodeArgs),
    Resume(ResumeArgs),
    Hairline(HairlineArgs),
    PatchTest(PatchTestArgs),
    Aftercare(AftercareArgs),
    Touchup(TouchupArgs),
    Registration(RegistrationArgs),
    Init(InitArgs),
    Rigs(RigsArgs),
    Schema(SchemaArgs),
    Completions(CompletionsArgs),
}

/// [`MeshFile::DEFAULT_SMOOTH_MM`](crate::case::MeshFile::DEFAULT_SMOOTH_MM) as it is typed.
const DEFAULT_SMOOTH: &str = "5";

/// The main job: from a case to dots, order, programs, preview and report.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure plan fixtures/demo/case.json --out out\n  \
    tonsure plan case.json --out out --require-all --json")]
pub(super) struct PlanArgs {
    /// The case.
    pub(super) case: PathBuf,
    /// Folder for the results; made when missing.
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Seed; overrides that of the case.
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Smooth ripples and bumps shorter than MM off the scan, 5 without a number; overrides the case's.
    /// The plan keeps the length.
    #[arg(long, value_name = "MM", num_args = 0..=1, require_equals = true, default_missing_value = DEFAULT_SMOOTH)]
    pub(super) smooth: Option<f64>,
    /// Dots that no setup reaches make the verdict FAIL instead of WARN.
    #[arg(long)]
    pub(super) require_all: bool,
    /// Spell every move of the programs out, with a comment that says what it is for.
    #[arg(long)]
    pub(super) verbose_gcode: bool,
}

/// Judge a program with other code than wrote it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure verify out/session-1.upright.ngc\n  \
    tonsure verify edited.ngc --plan out/plan.json -o faults.svg")]
pub(super) struct VerifyArgs {
    /// The program.
    pub(super) program: PathBuf,
    /// The plan it was made from. Default: `plan.json` beside the program.
    #[arg(long, value_name = "PLAN.json")]
    pub(super) plan: Option<PathBuf>,
    /// Judge against this scan instead of the one beside the plan; in the same axes.
    #[arg(long, value_name = "MESH")]
    pub(super) mesh: Option<PathBuf>,
    /// Unit of that scan's coordinates: mm, cm, dm, m, in. Default: mm; glTF: m.
    #[arg(long, requires = "mesh")]
    pub(super) units: Option<Units>,
    /// Judge against this rig instead of the plan's: a built-in name or a profile.
    #[arg(long)]
    pub(super) rig: Option<String>,
    /// Draw the faults where the needle would make them: a true-scale SVG of the head (`-` is standard output).
    #[arg(long, short, value_name = "FILE.svg")]
    pub(super) output: Option<PathBuf>,
}

/// What is right and wrong with a scan; with a case, what it means for that plan.
///
/// Lists every defect with its count, its place (nearest landmark, box) and its weight: a hole in the neck is nothing, a
/// hole in the region matters. A case whose region cannot be built is diagnosed all the same, and ends with status 2.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure inspect scan.ply --units mm\n  tonsure inspect case.json --json\n  \
    tonsure inspect case.json -o findings.svg")]
pub(super) struct InspectArgs {
    /// A mesh (STL, OBJ, PLY, glTF, OFF; `-` is one on standard input) or a case.
    pub(super) input: PathBuf,
    /// Unit of the mesh's coordinates: mm, cm, dm, m, in. Default: mm; glTF: m; a case says it itself.
    #[arg(long)]
    pub(super) units: Option<Units>,
    /// Smooth ripples and bumps shorter than MM off the scan first, 5 without a number.
    #[arg(long, value_name = "MM", num_args = 0..=1, require_equals = true, default_missing_value = DEFAULT_SMOOTH)]
    pub(super) smooth: Option<f64>,
    /// Draw the findings where they are: a true-scale SVG of the head from five sides (`-` is standard output).
    #[arg(long, short, value_name = "FILE.svg")]
    pub(super) output: Option<PathBuf>,
}

/// Maximal Poisson-disc dots on any mesh.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure sample head.stl --spacing-mm 1.1 -o dots.csv\n  \
    tonsure sample head.ply --boundary head.hairline.json --spacing-mm 1.1 --progressive -o dots.csv --json\n  \
    tonsure sample graded.ply --spacing-property spacing_mm --check -v -o dots.csv\n  \
    tonsure sample head.stl --density-per-cm2 90 --regularity 0.5 --fixed hairs.csv -o dots.csv\n  \
    tonsure sample head.stl --count 20000 --json -o dots.csv")]
#[command(group = ArgGroup::new("spacing").required(true))]
pub(super) struct SampleArgs {
    /// The mesh; `-` is standard input.
    pub(super) mesh: PathBuf,
    /// Unit of the mesh's coordinates: mm, cm, dm, m, in. Default: mm; glTF: m.
    #[arg(long)]
    pub(super) units: Option<Units>,
    /// Smooth ripples and bumps shorter than MM off the scan first, 5 without a number.
    #[arg(long, value_name = "MM", num_args = 0..=1, require_equals = true, conflicts_with = "spacing_property", default_missing_value = DEFAULT_SMOOTH)]
    pub(super) smooth: Option<f64>,
    /// Least distance between two dots, mm.
    #[arg(long, value_name = "R", group = "spacing")]
    pub(super) spacing_mm: Option<f64>,
    /// Scalar vertex property of a PLY that holds the spacing, mm.
    #[arg(long, value_name = "NAME", group = "spacing", conflicts_with = "boundary")]
    pub(super) spacing_property: Option<String>,
    /// Dots per cm², the same everywhere; counts on what the sampler reaches, and on the open edges.
    #[arg(long, value_name = "D", group = "spacing")]
    pub(super) density_per_cm2: Option<f64>,
    /// Exactly this many dots.
    #[arg(long, value_name = "N", group = "spacing")]
    pub(super) count: Option<usize>,
    /// Only inside this loop (`*.hairline.json`, `*.mrk.json`, `*.fcsv`, `*.pp`).
    #[arg(long, value_name = "FILE")]
    pub(super) boundary: Option<PathBuf>,
    /// Dots or hairs that are there already; they keep their places and are not written. A CSV with `x_mm,y_mm,z_mm`;
    /// new dots stay away by its `spacing_mm` (or `radius_mm`) or their own spacing, whichever is smaller, and without
    /// that column by their own. `nx,ny,nz` tell the sheet for --sheets-apart.
    #[arg(long, value_name = "FILE")]
    pub(super) fixed: Option<PathBuf>,
    /// Dots on sheets that face each other (folds, ears: normals 90° or more apart) do not count as neighbours.
    #[arg(long)]
    pub(super) sheets_apart: bool,
    /// Order the dots so that every prefix of the file is well spread.
    #[arg(long)]
    pub(super) progressive: bool,
    /// From 0, as chance leaves the dots and nearest to follicles, to 1, relaxed towards a triangular pattern. The spacing
    /// is kept, no dot more fits, and as many dots come, whatever the regularity.
    #[arg(long, value_name = "R", default_value_t = 0.0, conflicts_with = "count")]
    pub(super) regularity: f64,
    /// Prove the result by code that shares nothing with the sampler: no pair too near, no gap too wide. Tells the worst
    /// gap and its place; status 1 when the proof fails.
    #[arg(long)]
    pub(super) check: bool,
    /// Seed.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
    /// The dots, a CSV; `-` is standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: PathBuf,
}

/// Only the ordering: a short way through points.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure route dots.csv -o route.csv\n  \
    tonsure route pr2392.tsp --closed -o pr2392.tour --time-limit-s 10 --json")]
pub(super) struct RouteArgs {
    /// Points: a CSV with `x_mm,y_mm,z_mm` (or `x,y[,z]`), or a TSPLIB `.tsp`; `-` is standard input.
    pub(super) points: PathBuf,
    /// The order: `.tour` for TSPLIB's format, else a CSV; `-` is a CSV on standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: PathBuf,
    /// Back to the start at the end. Always so for `.tsp`.
    #[arg(long, conflicts_with_all = ["start", "end"])]
    pub(super) closed: bool,
    /// The point that comes first: its row in the file, from 0. Default: any.
    #[arg(long, value_name = "ROW")]
    pub(super) start: Option<u32>,
    /// The point that comes last. Default: any.
    #[arg(long, value_name = "ROW")]
    pub(super) end: Option<u32>,
    /// What is made short: the straight way, or the longest of the ways of the axes. A `.tsp` says it itself.
    #[arg(long, value_enum)]
    pub(super) metric: Option<RouteMetric>,
    /// Stop after this time, reading and writing included, instead of after a number of moves; the result is then not
    /// reproducible. An interrupt (Ctrl-C) stops at any time and writes the best order so far; a second one ends at once.
    #[arg(long, value_name = "S")]
    pub(super) time_limit_s: Option<f64>,
    /// Visit one block after another: the column of the table with their numbers, the lowest first. Default: `block`,
    /// where there is one.
    #[arg(long, value_name = "COLUMN", conflicts_with = "apart_mm")]
    pub(super) blocks: Option<String>,
    /// Points nearer to each other than this are visited some places apart …
    #[arg(long, value_name = "MM", requires = "apart_steps")]
    pub(super) apart_mm: Option<f64>,
    /// … at least this many; what it costs, and pairs for which there is no such order, are told.
    #[arg(long, value_name = "N", requires = "apart_mm", value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub(super) apart_steps: Option<u32>,
    /// Tell also a length that no order falls below (Held and Karp's bound), and how far the result is above it.
    #[arg(long)]
    pub(super) bound: bool,
    /// Seed.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum RouteMetric {
    Euclidean,
    Chebyshev,
}

/// Draw a plan: as true-scale SVG, or as a page with the head to turn and the order played back.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tonsure preview out/plan.json -o sheet.svg\n  tonsure preview out/plan.json -o page.html\n  \
    tonsure preview out/plan.json --view top --paper a4 -o overlay.svg\n  \
    tonsure preview out/plan.json --colour density --dots paths -o density.svg\n  \
    tonsure preview out/plan.json --look healed --skin 4 -o healed.svg"
)]
pub(super) struct PreviewArgs {
    /// The plan; `scan.ply` and `region.ply` are read from its folder.
    pub(super) plan: PathBuf,
    /// The drawing, by its ending; `-` is standard output and SVG.
    #[arg(long, short, value_name = "FILE.svg|.html")]
    pub(super) output: PathBuf,
    /// One drawing alone instead of all on one sheet.
    #[arg(long, value_name = "DRAWING", value_parser = one_of(Drawing::NAMES))]
    pub(super) view: Option<Drawing>,
    /// The size of the page for one drawing, which is printed without scaling.
    #[arg(long, default_value = "free", requires = "view", value_parser = one_of(Paper::NAMES))]
    pub(super) paper: Paper,
    /// By what dots are coloured.
    #[arg(long, default_value = "session", value_parser = one_of(Colour::NAMES))]
    pub(super) colour: Colour,
    /// How dots are written: circles with a pale ring around them, paths of many dots, which open faster, or circles with an id and a title.
    #[arg(long, default_value = "circles", value_name = "STYLE", value_parser = one_of(DotStyle::NAMES))]
    pub(super) dots: DotStyle,
    /// The visiting order is switched off when the sheet is opened.
    #[arg(long)]
    pub(super) no_route: bool,
    /// The client's head bare and after each session instead, with dots as they will look: on the day, healed, after years, or struck too
    /// deep. A view says from where; default: front.
    #[arg(long, value_name = "WHEN", value_parser = one_of(Look::NAMES), conflicts_with_all = ["colour", "dots", "paper", "no_route"])]
    pub(super) look: Option<Look>,
    /// Colour of the skin for --look: #rrggbb, or Fitzpatrick's type 1 to 6. Default: the case's skin, else type 3.
    #[arg(long, value_name = "COLOUR", value_parser = skin, requires = "look")]
    pub(super) skin: Option<Rgb>,
    /// Colour of the pigment for --look.
    #[arg(long, value_name = "#rrggbb", default_value = "#2c2a2c", requires = "look")]
    pub(super) ink: Rgb,
}

fn skin(text: &str) -> Result<Rgb, Error> {
    match text.parse::<u8>() {
        Ok(kind @ 1..=6) => Ok(Rgb::of_fitzpatrick(kind)),
        _ => text.parse(),
    }
}

/// One of some values, by its name.
fn one_of<T: Copy + Send + Sync + 'static, const N: usize>(
    names: [(&'static str, T); N],
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(names.map(|(name, _)| name)).try_map(move |chosen| {
        let found = names.iter().find(|(name, _)| *name == chosen);
        found.map(|(_, value)| *value).ok_or("no such name")
    })
}

/// What became of the dots of one plan in another, for sign-off between sessions.
///
/// Moved, added, removed, deeper, wider, or made at another time. Without -o a line for each of these.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure diff before/plan.json after/plan.json\n  \
    tonsure diff before/plan.json after/plan.json -o diff.svg\n  tonsure diff a/plan.json b/plan.json -o diff.csv")]
pub(super) struct DiffArgs {
    /// The first plan.
    pub(super) before: PathBuf,
    /// The second plan; `scan.ply` and `region.ply` are read from its folder.
    pub(super) after: PathBuf,
    /// A drawing or a table of the dots that differ, by its ending.
    #[arg(long, short, value_name = "FILE.svg|.csv")]
    pub(super) output: Option<PathBuf>,
}

/// The same dots; schedule, route and programs made anew for a rig or a registration.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure gcode out/plan.json --rig gantry-xyz --out out-xyz\n  \
    tonsure gcode out/plan.json --registration today.registration.json --frame --fiducials --out today\n  \
    tonsure gcode out/plan.json --format poses --out arm")]
#[allow(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub(super) struct GcodeArgs {
    /// The plan; `scan.ply` and `region.ply` are read from its folder.
    pub(super) plan: PathBuf,
    /// A built-in profile's name or the path of a profile. Default: the plan's own.
    #[arg(long)]
    pub(super) rig: Option<String>,
    /// A registration measured on the day.
    #[arg(long, value_name = "FILE")]
    pub(super) registration: Option<PathBuf>,
    /// Where the axes stood when the probe program touched the skin, a CSV: `dot_id` and the axes by their letters, or `x_mm,y_mm,z_mm` in the
    /// scan's frame. Strikes then count from local planes through the touches.
    #[arg(long, value_name = "FILE.csv", conflicts_with_all = ["rig", "registration"])]
    pub(super) probed: Option<PathBuf>,
    /// Folder for the results; made when missing.
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Dots that no setup reaches make the verdict FAIL instead of WARN.
    #[arg(long)]
    pub(super) require_all: bool,
    /// Spell every move of the programs out, with a comment that says what it is for.
    #[arg(long)]
    pub(super) verbose_gcode: bool,
    /// What to write: programs for the rig's controller, or for a robot arm the needle's poses (position and quaternion, CSV and JSON).
    #[arg(long, value_enum, default_value_t = OutputFormat::Program)]
    pub(super) format: OutputFormat,
    /// Also write programs that go once around the region, clear of the skin.
    #[arg(long, conflicts_with = "format")]
    pub(super) frame: bool,
    /// Also write programs that rest 5 mm above each fiducial of the registration, to see whether it is right.
    #[arg(long, requires = "registration", conflicts_with = "format")]
    pub(super) fiducials: bool,
}

/// What is left of a plan whose work was broken off: a folder as `plan` leaves it, in which nothing is struck twice.
///
/// Dots keep their numbers, places and order. What comes before the stop in the working order of the plan counts as done,
/// earlier sessions and setups included; where they were worked in another order, give a journal alone.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure resume out/plan.json --after-dot 1234 -o rest\n  \
    tonsure resume out/plan.json --after-line 9120 --program out/session-1.upright.ngc -o rest\n  \
    tonsure resume out/plan.json --journal done.csv --registration noon.registration.json -o rest")]
#[command(group = ArgGroup::new("stop").args(["after_dot", "after_line", "journal"]).multiple(true).required(true))]
pub(super) struct ResumeArgs {
    /// The plan; `scan.ply` and `region.ply` are read from its folder.
    pub(super) plan: PathBuf,
    /// The last dot that was struck.
    #[arg(long, value_name = "ID", conflicts_with = "after_line")]
    pub(super) after_dot: Option<u32>,
    /// The last line that was run, as the sender counts them, from 1. The map beside the program tells the dots.
    #[arg(long, value_name = "N", requires = "program", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) after_line: Option<u32>,
    /// The program in which that line is.
    #[arg(long, value_name = "FILE", requires = "after_line")]
    pub(super) program: Option<PathBuf>,
    /// Dots that are done, a CSV with a column `dot_id` or `id`; they may belong to any program.
    #[arg(long, value_name = "FILE.csv")]
    pub(super) journal: Option<PathBuf>,
    /// A registration measured since: joints change, dots do not. It holds for its setup; the others stay as they were.
    #[arg(long, value_name = "FILE")]
    pub(super) registration: Option<PathBuf>,
    /// Folder for the results, another than that of the plan; made when missing.
    #[arg(long, short, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Spell every move of the programs out, with a comment that says what it is for.
    #[arg(long)]
    pub(super) verbose_gcode: bool,
}

/// A coin-sized test job of depths, dwells and pigments; or, from the measured sizes of its dots, a calibration for `plan`.
///
/// Every depth is tried with every dwell and every tool of the case. `key.svg` and `key.csv` tell which dot is which. The sizes, as a column
/// `diameter_mm` of that table, give the file that `design.calibration` of a case names.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure patch-test case.json --at 78.5,20,60 --out patch\n  \
    tonsure patch-test case.json --flat --depths-mm 0.3,0.5,0.7 --dwells-s 0.05,0.1 --out practice\n  \
    tonsure patch-test patch/plan.json --measured sizes.csv -o calibration.json")]
#[command(group = ArgGroup::new("what").args(["at", "flat", "measured"]).required(true))]
pub(super) struct PatchTestArgs {
    /// The case; with --measured the plan of the patch test.
    pub(super) input: PathBuf,
    /// On the head, at this place of the scan, in its own unit and axes.
    #[arg(long, value_name = "X,Y,Z", value_parser = place, allow_hyphen_values = true, requires = "out")]
    pub(super) at: Option<[f64; 3]>,
    /// On flat practice skin, level in the rig where the top of the head would be.
    #[arg(long, requires = "out")]
    pub(super) flat: bool,
    /// Measured sizes, a CSV with `dot_id` or `cell`, and `diameter_mm`.
    #[arg(long, value_name = "FILE.csv", requires = "output")]
    pub(super) measured: Option<PathBuf>,
    /// The calibration; `-` is standard output.
    #[arg(long, short, value_name = "FILE.json", requires = "measured")]
    pub(super) output: Option<PathBuf>,
    /// Depths, rising. Default: 0.6, 0.8, 1 and 1.2 of the case's, up to the cap of the rig.
    #[arg(long, value_name = "MM,…", value_delimiter = ',')]
    pub(super) depths_mm: Option<Vec<f64>>,
    /// Times in the skin, rising. Default: 1, 2 and 3 times the case's.
    #[arg(long, value_name = "S,…", value_delimiter = ',')]
    pub(super) dwells_s: Option<Vec<f64>>,
    /// Dots of each combination. Default: 4.
    #[arg(long, value_name = "N")]
    pub(super) repeats: Option<usize>,
    /// Distance between the dots of a combination. Default: 1.5.
    #[arg(long, value_name = "MM")]
    pub(super) pitch_mm: Option<f64>,
    /// A registration measured on the day.
    #[arg(long, value_name = "FILE")]
    pub(super) registration: Option<PathBuf>,
    /// Folder for the results; made when missing.
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Spell every move of the programs out, with a comment that says what it is for.
    #[arg(long)]
    pub(super) verbose_gcode: bool,
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
pub(super) struct AftercareArgs {
    /// The plan.
    #[arg(required_unless_present = "print_template")]
    pub(super) plan: Option<PathBuf>,
    /// The sheet, HTML; `-` is standard output.
    #[arg(long, short, value_name = "FILE.html", required_unless_present = "print_template")]
    pub(super) output: Option<PathBuf>,
    /// Text of the sheet, a template of minijinja.
    #[arg(long, value_name = "FILE")]
    pub(super) template: Option<PathBuf>,
    /// Print the built-in template, to start from.
    #[arg(long, conflicts_with_all = ["plan", "output", "template"])]
    pub(super) print_template: bool,
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
pub(super) struct TouchupArgs {
    /// The plan that was worked; `scan.ply` and `region.ply` are read from its folder.
    pub(super) plan: PathBuf,
    /// The dots that are there: a CSV with `x,y,z`, and where they were measured `diameter_mm` and `contrast`.
    #[arg(long, value_name = "FILE.csv")]
    pub(super) observed: Option<PathBuf>,
    /// The dots that are not, noted by hand: a CSV with `id`, or with `x,y,z` on the scan of the plan. All others count as healed.
    #[arg(long, value_name = "FILE.csv")]
    pub(super) missing: Option<PathBuf>,
    /// Unit of the table's coordinates: mm, cm, dm, m, in. Default: mm.
    #[arg(long)]
    pub(super) units: Option<Units>,
    /// The last session that was worked; dots of later ones are not expected yet. Default: all.
    #[arg(long, value_name = "K")]
    pub(super) after_session: Option<u32>,
    /// Dots with less than this share of the median contrast count as faded (of the median diameter, without contrast).
    #[arg(long, value_name = "SHARE", default_value_t = Limits::default().faded_below, value_parser = above_zero)]
    pub(super) faded_below: f64,
    /// Dots with more than so many median diameters count as blown out.
    #[arg(long, value_name = "TIMES", default_value_t = Limits::default().blown_above, value_parser = above_zero)]
    pub(super) blown_above: f64,
    /// Everything was looked at: parts without dots are lost, and not only left out.
    #[arg(long)]
    pub(super) all_seen: bool,
    /// A registration measured on the day.
    #[arg(long, value_name = "FILE")]
    pub(super) registration: Option<PathBuf>,
    /// The day of the touch-up, YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    pub(super) date: Option<String>,
    /// Folder for the results, another than that of the plan; made when missing.
    #[arg(long, short, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Spell every move of the programs out, with a comment that says what it is for.
    #[arg(long)]
    pub(super) verbose_gcode: bool,
}

/// A finite number above 0.
fn above_zero(text: &str) -> Result<f64, String> {
    parse_finite(text).filter(|&number| number > 0.0).ok_or_else(|| "expected a number above 0".to_owned())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    Program,
    Poses,
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
pub(super) struct HairlineArgs {
    /// The mesh.
    pub(super) mesh: PathBuf,
    /// Unit of the mesh's coordinates: mm, cm, dm, m, in. Default: mm; glTF: m.
    #[arg(long)]
    pub(super) units: Option<Units>,
    /// A `*.hairline.json` with landmarks; a line in it does not matter.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["edit", "check"])]
    pub(super) landmarks: Option<PathBuf>,
    /// A landmark instead of the file's, in the mesh's units: `glabella`, `left_tragus`, `right_tragus`, `inion`, `vertex`.
    #[arg(long, value_name = "NAME=X,Y,Z", value_parser = named_place, allow_hyphen_values = true)]
    pub(super) landmark: Vec<(String, [f64; 3])>,
    /// Draw the line through the control points of this file, which somebody has moved.
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    pub(super) edit: Option<PathBuf>,
    /// Judge the line of this file; nothing is written.
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    pub(super) check: Option<PathBuf>,
    /// What to start from.
    #[arg(long, value_enum, default_value_t = HairlinePreset::Standard, conflicts_with_all = ["edit", "check"])]
    pub(super) preset: HairlinePreset,
    /// Recession by a stage of hair loss: I, II, III, III-vertex, IV, V, VI, VII.
    #[arg(long, value_name = "STAGE", conflicts_with_all = ["edit", "check"])]
    pub(super) norwood: Option<String>,
    /// From the glabella up along the skin to the middle of the line; overrides the preset's, as the five that follow.
    #[arg(long, value_name = "MM")]
    pub(super) height_mm: Option<f64>,
    /// How far the frontotemporal points lie behind the middle.
    #[arg(long, value_name = "MM")]
    pub(super) recession_mm: Option<f64>,
    /// How far the frontotemporal points lie to the side. Default: above the outer corners of the eyes.
    #[arg(long, value_name = "MM")]
    pub(super) corner_mm: Option<f64>,
    /// How far a widow's peak comes down.
    #[arg(long, value_name = "MM")]
    pub(super) peak_mm: Option<f64>,
    /// How the line goes back from the middle: 1 straight, 2 as a parabola, more: flat in the middle.
    #[arg(long, value_name = "POWER")]
    pub(super) bow: Option<f64>,
    /// From the frontotemporal points down to the temporal peaks.
    #[arg(long, value_name = "MM")]
    pub(super) temple_mm: Option<f64>,
    /// Write a page on which landmarks are clicked and the line is dragged on the head, and which saves the hairline; with
    /// landmarks it starts from a proposal. It needs no network.
    #[arg(long, requires = "output", conflicts_with_all = ["edit", "check"])]
    pub(super) pick: bool,
    /// Move a control point to this place, in the mesh's units.
    #[arg(long, value_name = "NAME=X,Y,Z", value_parser = named_place, allow_hyphen_values = true)]
    pub(super) point: Vec<(String, [f64; 3])>,
    /// The hairline, or with --pick the page; `-` is standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

impl HairlineArgs {
    /// The file that is read, whatever for.
    pub(super) fn file(&self) -> Option<&Path> {
        [&self.landmarks, &self.edit, &self.check].into_iter().flatten().next().map(PathBuf::as_path)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum HairlinePreset {
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
pub(super) struct RegistrationArgs {
    /// A case, or a plan with `scan.ply` and `region.ply` in its folder.
    pub(super) input: PathBuf,
    /// The fiducials. Default: those that the case names.
    #[arg(long, value_name = "FILE")]
    pub(super) registration: Option<PathBuf>,
    /// Error of locating one fiducial, RMS in space; overrides the file's.
    #[arg(long, value_name = "MM")]
    pub(super) fle_mm: Option<f64>,
}

/// Write a starting case for a mesh, with every key explained.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  tonsure init scan.ply --units mm -o case.json")]
pub(super) struct InitArgs {
    /// The mesh.
    pub(super) mesh: PathBuf,
    /// Unit of the mesh's coordinates: mm, cm, dm, m, in. Default: what the size of the scan suggests.
    #[arg(long)]
    pub(super) units: Option<Units>,
    /// The case; `-` is standard output. Never overwrites a file.
    #[arg(long, short, value_name = "FILE", default_value = "case.json")]
    pub(super) output: PathBuf,
}

/// List the built-in rig profiles, or print one as a starting point for your own.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure rigs\n  tonsure rigs gantry-xyzab > my-rig.json")]
pub(super) struct RigsArgs {
    /// Print this profile.
    pub(super) name: Option<String>,
}

/// Print the JSON Schema of a file format.
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Which format.
    #[arg(value_enum)]
    pub(super) format: SchemaFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum SchemaFormat {
    Case,
    Rig,
    Registration,
    Dialect,
}

/// Print the completion script of a shell.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// Which shell.
    #[arg(value_enum)]
    pub(super) shell: Shell,
}
