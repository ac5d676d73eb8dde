use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use super::DEFAULT_SMOOTH;
use crate::geometry::Units;

/// The main job: from a case to dots, order, programs, preview and report.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure plan fixtures/demo/case.json --out out\n  \
    tonsure plan case.json --out out --require-all --json")]
pub(in crate::cli) struct PlanArgs {
    /// The case.
    pub(in crate::cli) case: PathBuf,
    /// Folder for the results; made when missing.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: PathBuf,
    /// Seed; overrides that of the case.
    #[arg(long, value_name = "N")]
    pub(in crate::cli) seed: Option<u64>,
    /// Smooth ripples and bumps shorter than MM off the scan, 5 without a number; overrides the case's.
    /// The plan keeps the length.
    #[arg(long, value_name = "MM", num_args = 0..=1, require_equals = true, default_missing_value = DEFAULT_SMOOTH)]
    pub(in crate::cli) smooth: Option<f64>,
    /// Dots that no setup reaches make the verdict FAIL instead of WARN.
    #[arg(long)]
    pub(in crate::cli) require_all: bool,
    /// Spell every move of the programs out, with a comment that says what it is for.
    #[arg(long)]
    pub(in crate::cli) verbose_gcode: bool,
}

/// Judge a program with other code than wrote it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure verify out/session-1.upright.ngc\n  \
    tonsure verify edited.ngc --plan out/plan.json -o faults.svg")]
pub(in crate::cli) struct VerifyArgs {
    /// The program.
    pub(in crate::cli) program: PathBuf,
    /// The plan it was made from. Default: `plan.json` beside the program.
    #[arg(long, value_name = "PLAN.json")]
    pub(in crate::cli) plan: Option<PathBuf>,
    /// Judge against this scan instead of the one beside the plan; in the same axes.
    #[arg(long, value_name = "MESH")]
    pub(in crate::cli) mesh: Option<PathBuf>,
    /// Unit of that scan's coordinates: mm, cm, dm, m, in. Default: mm; glTF: m.
    #[arg(long, requires = "mesh")]
    pub(in crate::cli) units: Option<Units>,
    /// Judge against this rig instead of the plan's: a built-in name or a profile.
    #[arg(long)]
    pub(in crate::cli) rig: Option<String>,
    /// Draw the faults where the needle would make them: a true-scale SVG of the head (`-` is standard output).
    #[arg(long, short, value_name = "FILE.svg")]
    pub(in crate::cli) output: Option<PathBuf>,
}

/// The same dots; schedule, route and programs made anew for a rig or a registration.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure gcode out/plan.json --rig gantry-xyz --out out-xyz\n  \
    tonsure gcode out/plan.json --registration today.registration.json --frame --fiducials --out today\n  \
    tonsure gcode out/plan.json --format poses --out arm")]
#[allow(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub(in crate::cli) struct GcodeArgs {
    /// The plan; `scan.ply` and `region.ply` are read from its folder.
    pub(in crate::cli) plan: PathBuf,
    /// A built-in profile's name or the path of a profile. Default: the plan's own.
    #[arg(long)]
    pub(in crate::cli) rig: Option<String>,
    /// A registration measured on the day.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) registration: Option<PathBuf>,
    /// Where the axes stood when the probe program touched the skin, a CSV: `dot_id` and the axes by their letters, or `x_mm,y_mm,z_mm` in the
    /// scan's frame. Strikes then count from local planes through the touches.
    #[arg(long, value_name = "FILE.csv", conflicts_with_all = ["rig", "registration"])]
    pub(in crate::cli) probed: Option<PathBuf>,
    /// Folder for the results; made when missing.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: PathBuf,
    /// Dots that no setup reaches make the verdict FAIL instead of WARN.
    #[arg(long)]
    pub(in crate::cli) require_all: bool,
    /// Spell every move of the programs out, with a comment that says what it is for.
    #[arg(long)]
    pub(in crate::cli) verbose_gcode: bool,
    /// What to write: programs for the rig's controller, or for a robot arm the needle's poses (position and quaternion, CSV and JSON).
    #[arg(long, value_enum, default_value_t = OutputFormat::Program)]
    pub(in crate::cli) format: OutputFormat,
    /// Also write programs that go once around the region, clear of the skin.
    #[arg(long, conflicts_with = "format")]
    pub(in crate::cli) frame: bool,
    /// Also write programs that rest 5 mm above each fiducial of the registration, to see whether it is right.
    #[arg(long, requires = "registration", conflicts_with = "format")]
    pub(in crate::cli) fiducials: bool,
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
pub(in crate::cli) struct ResumeArgs {
    /// The plan; `scan.ply` and `region.ply` are read from its folder.
    pub(in crate::cli) plan: PathBuf,
    /// The last dot that was struck.
    #[arg(long, value_name = "ID", conflicts_with = "after_line")]
    pub(in crate::cli) after_dot: Option<u32>,
    /// The last line that was run, as the sender counts them, from 1. The map beside the program tells the dots.
    #[arg(long, value_name = "N", requires = "program", value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) after_line: Option<u32>,
    /// The program in which that line is.
    #[arg(long, value_name = "FILE", requires = "after_line")]
    pub(in crate::cli) program: Option<PathBuf>,
    /// Dots that are done, a CSV with a column `dot_id` or `id`; they may belong to any program.
    #[arg(long, value_name = "FILE.csv")]
    pub(in crate::cli) journal: Option<PathBuf>,
    /// A registration measured since: joints change, dots do not. It holds for its setup; the others stay as they were.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) registration: Option<PathBuf>,
    /// Folder for the results, another than that of the plan; made when missing.
    #[arg(long, short, value_name = "DIR")]
    pub(in crate::cli) out: PathBuf,
    /// Spell every move of the programs out, with a comment that says what it is for.
    #[arg(long)]
    pub(in crate::cli) verbose_gcode: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum OutputFormat {
    Program,
    Poses,
}
