use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use super::DEFAULT_SMOOTH;
use crate::geometry::Units;

/// Maximal Poisson-disc dots on any mesh.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure sample head.stl --spacing-mm 1.1 -o dots.csv\n  \
    tonsure sample head.ply --boundary head.hairline.json --spacing-mm 1.1 --progressive -o dots.csv --json\n  \
    tonsure sample graded.ply --spacing-property spacing_mm --check -v -o dots.csv\n  \
    tonsure sample head.stl --density-per-cm2 90 --regularity 0.5 --fixed hairs.csv -o dots.csv\n  \
    tonsure sample head.stl --count 20000 --json -o dots.csv")]
#[command(group = ArgGroup::new("spacing").required(true))]
pub(in crate::cli) struct SampleArgs {
    /// The mesh; `-` is standard input.
    pub(in crate::cli) mesh: PathBuf,
    /// Unit of the mesh's coordinates: mm, cm, dm, m, in. Default: mm; glTF: m.
    #[arg(long)]
    pub(in crate::cli) units: Option<Units>,
    /// Smooth ripples and bumps shorter than MM off the scan first, 5 without a number.
    #[arg(long, value_name = "MM", num_args = 0..=1, require_equals = true, conflicts_with = "spacing_property", default_missing_value = DEFAULT_SMOOTH)]
    pub(in crate::cli) smooth: Option<f64>,
    /// Least distance between two dots, mm.
    #[arg(long, value_name = "R", group = "spacing")]
    pub(in crate::cli) spacing_mm: Option<f64>,
    /// Scalar vertex property of a PLY that holds the spacing, mm.
    #[arg(long, value_name = "NAME", group = "spacing", conflicts_with = "boundary")]
    pub(in crate::cli) spacing_property: Option<String>,
    /// Dots per cm², the same everywhere; counts on what the sampler reaches, and on the open edges.
    #[arg(long, value_name = "D", group = "spacing")]
    pub(in crate::cli) density_per_cm2: Option<f64>,
    /// Exactly this many dots.
    #[arg(long, value_name = "N", group = "spacing")]
    pub(in crate::cli) count: Option<usize>,
    /// Only inside this loop (`*.hairline.json`, `*.mrk.json`, `*.fcsv`, `*.pp`).
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) boundary: Option<PathBuf>,
    /// Dots or hairs that are there already; they keep their places and are not written. A CSV with `x_mm,y_mm,z_mm`;
    /// new dots stay away by its `spacing_mm` (or `radius_mm`) or their own spacing, whichever is smaller, and without
    /// that column by their own. `nx,ny,nz` tell the sheet for --sheets-apart.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) fixed: Option<PathBuf>,
    /// Dots on sheets that face each other (folds, ears: normals 90° or more apart) do not count as neighbours.
    #[arg(long)]
    pub(in crate::cli) sheets_apart: bool,
    /// Order the dots so that every prefix of the file is well spread.
    #[arg(long)]
    pub(in crate::cli) progressive: bool,
    /// From 0, as chance leaves the dots and nearest to follicles, to 1, relaxed towards a triangular pattern. The spacing
    /// is kept, no dot more fits, and as many dots come, whatever the regularity.
    #[arg(long, value_name = "R", default_value_t = 0.0, conflicts_with = "count")]
    pub(in crate::cli) regularity: f64,
    /// Prove the result by code that shares nothing with the sampler: no pair too near, no gap too wide. Tells the worst
    /// gap and its place; status 1 when the proof fails.
    #[arg(long)]
    pub(in crate::cli) check: bool,
    /// Seed.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(in crate::cli) seed: u64,
    /// The dots, a CSV; `-` is standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(in crate::cli) output: PathBuf,
}

/// Only the ordering: a short way through points.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure route dots.csv -o route.csv\n  \
    tonsure route pr2392.tsp --closed -o pr2392.tour --time-limit-s 10 --json")]
pub(in crate::cli) struct RouteArgs {
    /// Points: a CSV with `x_mm,y_mm,z_mm` (or `x,y[,z]`), or a TSPLIB `.tsp`; `-` is standard input.
    pub(in crate::cli) points: PathBuf,
    /// The order: `.tour` for TSPLIB's format, else a CSV; `-` is a CSV on standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(in crate::cli) output: PathBuf,
    /// Back to the start at the end. Always so for `.tsp`.
    #[arg(long, conflicts_with_all = ["start", "end"])]
    pub(in crate::cli) closed: bool,
    /// The point that comes first: its row in the file, from 0. Default: any.
    #[arg(long, value_name = "ROW")]
    pub(in crate::cli) start: Option<u32>,
    /// The point that comes last. Default: any.
    #[arg(long, value_name = "ROW")]
    pub(in crate::cli) end: Option<u32>,
    /// What is made short: the straight way, or the longest of the ways of the axes. A `.tsp` says it itself.
    #[arg(long, value_enum)]
    pub(in crate::cli) metric: Option<RouteMetric>,
    /// Stop after this time, reading and writing included, instead of after a number of moves; the result is then not
    /// reproducible. An interrupt (Ctrl-C) stops at any time and writes the best order so far; a second one ends at once.
    #[arg(long, value_name = "S")]
    pub(in crate::cli) time_limit_s: Option<f64>,
    /// Visit one block after another: the column of the table with their numbers, the lowest first. Default: `block`,
    /// where there is one.
    #[arg(long, value_name = "COLUMN", conflicts_with = "apart_mm")]
    pub(in crate::cli) blocks: Option<String>,
    /// Points nearer to each other than this are visited some places apart …
    #[arg(long, value_name = "MM", requires = "apart_steps")]
    pub(in crate::cli) apart_mm: Option<f64>,
    /// … at least this many; what it costs, and pairs for which there is no such order, are told.
    #[arg(long, value_name = "N", requires = "apart_mm", value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub(in crate::cli) apart_steps: Option<u32>,
    /// Tell also a length that no order falls below (Held and Karp's bound), and how far the result is above it.
    #[arg(long)]
    pub(in crate::cli) bound: bool,
    /// Seed.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(in crate::cli) seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum RouteMetric {
    Euclidean,
    Chebyshev,
}
