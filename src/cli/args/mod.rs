//! What can be typed: every command with its options, by what it is about.

mod dots;
mod drawings;
mod printing;
mod programs;
mod scan;
mod treatment;

use clap::{Args, Parser, Subcommand};

pub(super) use dots::{RouteArgs, RouteMetric, SampleArgs};
pub(super) use drawings::{DiffArgs, PreviewArgs};
pub(super) use printing::{CompletionsArgs, ManArgs, RigsArgs, SchemaArgs, SchemaFormat};
pub(super) use programs::{GcodeArgs, OutputFormat, PlanArgs, ResumeArgs, VerifyArgs};
pub(super) use scan::{HairlineArgs, InitArgs, InspectArgs, RegistrationArgs};
pub(super) use treatment::{AftercareArgs, PatchTestArgs, TouchupArgs};

/// Plans follicle-like dots on a scalp scan: even spacing, a short order, programs for a motion rig, drawings.
///
/// tonsure is a planner. It is no medical device and no machine controller: a trained person checks every plan and
/// stays at the rig.
#[derive(Debug, Parser)]
#[command(name = "tonsure", version, propagate_version = true, max_term_width = 110)]
#[command(after_help = "Example:\n  tonsure plan fixtures/demo/case.json --out out")]
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
    /// Read inputs that are N times as large as the README's bounds. Memory has to be there for them.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) raise_limits: Option<u16>,
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
    Man(ManArgs),
}

/// [`MeshFile::DEFAULT_SMOOTH_MM`](crate::case::MeshFile::DEFAULT_SMOOTH_MM) as it is typed.
const DEFAULT_SMOOTH: &str = "5";
