use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::files::read_input;
use super::progress::Stages;
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Point, PointsTable};
use crate::route::{self, Apart, Budget, Chebyshev, Cost, Ends, EuclideanCost, MetricCost, Options, Tour, TspInstance};

/// Time kept back for writing the order, for every byte of the points: about what a slow disk takes.
const WRITING_PER_BYTE: Duration = Duration::from_nanos(20);
/// Share of a time limit that the lower bound may take.
const BOUND_SHARE: f64 = 0.25;
/// Column of a table that holds the numbers of blocks.
const BLOCK_COLUMN: &str = "block";
/// Between two notes on the progress.
const NOTE_EVERY: Duration = Duration::from_millis(200);

/// What [`route()`] is asked for.
#[derive(Debug, Clone, Default)]
pub struct RouteOptions {
    /// Closed tour or open path; instances of TSPLIB are always closed.
    pub ends: Ends,
    /// What is made short; for instances of TSPLIB that is not to be chosen.
    pub metric: Option<RouteMetric>,
    /// Column of the table whose numbers are those of blocks, visited one after another, the lowest first. Without it
    /// that is the column `block`, where there is one.
    pub block_column: Option<String>,
    /// Keeps near points apart in the order.
    pub apart: Option<Apart>,
    /// Seed of the search.
    pub seed: u64,
    /// Time for everything, from the start that is given to [`route()`] on; without it the default budget.
    pub time_limit: Option<Duration>,
    /// Whether to look for a lower bound.
    pub bound: bool,
    /// Whether to measure a serpentine too.
    pub serpentine: bool,
}

/// What is made short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteMetric {
    /// The straight way.
    Euclidean,
    /// The longest of the ways of the axes.
    Chebyshev,
}

/// Points to be ordered, as a file holds them.
#[derive(Debug)]
pub struct RouteInput {
    /// Name of the instance, or of the file.
    pub name: String,
    source: Source,
    bytes: u32,
}

#[derive(Debug)]
enum Source {
    Tsplib(TspInstance),
    Table(PointsTable),
}

impl RouteInput {
    /// Reads a TSPLIB instance (by the ending `.tsp`, or by its content on standard input) or a table of points.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = read_input(path)?;
        let file = path.display().to_string();
        let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let section = b"NODE_COORD_SECTION";
        let is_tsplib = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("tsp"))
            || path.as_os_str() == "-" && bytes.windows(section.len()).any(|window| window == section);
        let (name, source) = if is_tsplib {
            let mut instance = route::read_tsp(&bytes).map_err(|error| error.file(&file))?;
            (std::mem::take(&mut instance.name), Source::Tsplib(instance))
        } else {
            let table = PointsTable::read(&bytes).map_err(|error| error.file(&file))?;
            (file, Source::Table(table))
        };
        Ok(Self { name, source, bytes: size })
    }

    /// The points, in the order of the file.
    pub fn points(&self) -> &[Point] {
        match &self.source {
            Source::Tsplib(instance) => &instance.points,
            Source::Table(table) => &table.points,
        }
    }

    /// Whether lengths are millimetres; else they are the numbers of TSPLIB.
    pub fn is_metric(&self) -> bool {
        matches!(self.source, Source::Table(_))
    }
}

/// An order, and what is known of it.
#[derive(Debug)]
pub struct Routed {
    /// The order.
    pub tour: Tour,
    /// A length that no order falls below, where it was asked for.
    pub lower_bound: Option<f64>,
    /// Number of blocks, where there are any.
    pub blocks: Option<usize>,
    /// Length of the order that does not keep near points apart, where that was asked for.
    pub plain_length: Option<f64>,
    /// What is to be told besides.
    pub findings: Vec<Finding>,
}

impl Routed {
    /// By how much the order is longer than the lower bound, %.
    pub fn gap_percent(&self) -> Option<f64> {
        self.lower_bound.filter(|&bound| bound > 0.0).map(|bound| 100.0 * (self.tour.length / bound - 1.0))
    }
}

/// Orders the points of a file. A time limit counts from `since`; `interrupted` is asked all the time and ends the search
/// with the best order so far.
///
/// # Errors
/// As [`route::solve`]; a metric, blocks or both at once with a file that has none of these.
pub fn route(
    input: &RouteInput,
    options: &RouteOptions,
    since: Instant,
    interrupted: &(dyn Fn() -> bool + Sync),
    stages: &mut Stages<'_>,
) -> Result<Routed> {
    let run = Run { input, options, since, interrupted, blocks: blocks(input, options)? };
    let refused = |found: &str, remedy: &str| {
        Err(Error::usage(found).file(&input.name).expected("what TSPLIB prescribes").remedy(remedy))
    };
    match &input.source {
        Source::Tsplib(_) if options.metric.is_some() => {
            refused("a metric for a TSPLIB instance", "leave out --metric")
        }
        Source::Tsplib(_) if matches!(options.ends, Ends::Open { start, end } if start.or(end).is_some()) => {
            refused("ends for a TSPLIB instance, which is closed", "leave out --start and --end")
        }
        Source::Tsplib(instance) => run.order(&instance.places(), &instance.cost(), Ends::Closed, stages),
        Source::Table(table) if options.metric == Some(RouteMetric::Chebyshev) => {
            run.order(&table.points, &MetricCost::<Chebyshev>::new(&table.points), options.ends, stages)
        }
        Source::Table(table) => run.order(&table.points, &EuclideanCost::new(&table.points), options.ends, stages),
    }
}

/// Block of each point, numbered from 0 in the order of the visits.
fn blocks(input: &RouteInput, options: &RouteOptions) -> Result<Option<Vec<u32>>> {
    let name = options.block_column.as_deref().unwrap_or(BLOCK_COLUMN);
    let column = match &input.source {
        Source::Tsplib(_) => None,
        Source::Table(table) => table.column(name).map_err(|error| error.file(&input.name))?,
    };
    let Some(column) = column else {
        return match &options.block_column {
            Some(name) => Err(Error::input("no such column")
                .file(&input.name)
                .place(format!("column {name}"))
                .expected("a table with the numbers of the blocks")
                .remedy("name one of its columns with --blocks")),
            None => Ok(None),
        };
    };
    if options.apart.is_some() {
        return Err(Error::usage(format!("--apart-mm for points in blocks (column {name})"))
            .file(&input.name)
            .expected("either of them")
            .remedy("leave out the column or the option"));
    }
    let mut numbers = column.clone();
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.dedup();
    Ok(Some(column.iter().map(|block| numbers.partition_point(|number| number < block) as u32).collect()))
}

fn too_near(Apart { distance, steps }: Apart, pairs: usize) -> Option<Finding> {
    let message = format!("{pairs} pairs of points nearer than {distance} mm are less than {steps} places apart");
    let finding = Finding::new("too-near-in-order", Severity::Warn, message).times(pairs);
    (pairs > 0).then(|| finding.remedy("ask for a smaller distance or fewer places"))
}

struct Run<'a> {
    input: &'a RouteInput,
    options: &'a RouteOptions,
    since: Instant,
    interrupted: &'a (dyn Fn() -> bool + Sync),
    blocks: Option<Vec<u32>>,
}

impl Run<'_> {
    fn order(&self, points: &[Point], cost: &impl Cost, ends: Ends, stages: &mut Stages<'_>) -> Result<Routed> {
        let limit = self.options.time_limit;
        let lower_bound = if self.options.bound {
            stages.begin("bound");
            let stop = || self.is_late(limit.map(|limit| limit.mul_f64(BOUND_SHARE)));
            Some(route::lower_bound(points, cost, ends, Some(&stop))?)
        } else {
            None
        };

        stages.begin("route");
        // The limit is for everything: what writing takes is kept back.
        let search = limit.map(|limit| limit.saturating_sub(WRITING_PER_BYTE * self.input.bytes));
        let stop = || self.is_late(search);
        let spent = || search.map_or(0.0, |search| self.since.elapsed().as_secs_f64() / search.as_secs_f64());
        let progress = stages.progress();
        let begun = Instant::now();
        let last_note_ms = AtomicU64::new(0);
        let tell = |at: route::Progress| {
            let taken = begun.elapsed();
            let share = at.budget.map_or_else(spent, |budget| at.kicks as f64 / budget.max(1) as f64);
            progress.fraction(share);
            let now_ms = taken.as_millis() as u64;
            if now_ms >= last_note_ms.load(Relaxed) + NOTE_EVERY.as_millis() as u64 {
                last_note_ms.store(now_ms, Relaxed);
                let gap = lower_bound.filter(|&bound| bound > 0.0);
                let gap = gap.map_or(String::new(), |bound| {
                    format!(", {:.2} % above the bound", 100.0 * (at.length / bound - 1.0))
                });
                let rate = at.kicks as f64 / taken.as_secs_f64();
                progress.note(&format!("{:.1}{gap}, {rate:.0} kicks/s", at.length));
            }
        };
        let options = Options {
            ends,
            seed: self.options.seed,
            budget: if limit.is_some() { Budget::UntilStopped } else { Budget::default() },
            stop: Some(&stop),
            spent: limit.is_some().then_some(&spent),
            progress: Some(&tell),
            serpentine: self.options.serpentine,
            ..Options::default()
        };
        let mut routed =
            Routed { tour: Tour::default(), lower_bound, blocks: None, plain_length: None, findings: Vec::new() };
        if let Some(blocks) = &self.blocks {
            routed.blocks = Some(blocks.iter().max().map_or(0, |&last| last as usize + 1));
            routed.tour = route::solve_blocks(points, cost, blocks, &options)?;
        } else if let Some(apart) = self.options.apart {
            let found = route::solve_apart(points, cost, apart, &options)?;
            routed.plain_length = Some(found.plain_length);
            routed.findings.extend(too_near(apart, found.too_near));
            routed.tour = found.tour;
        } else {
            routed.tour = route::solve(points, cost, &options)?;
        }
        Ok(routed)
    }

    fn is_late(&self, limit: Option<Duration>) -> bool {
        (self.interrupted)() || limit.is_some_and(|limit| self.since.elapsed() >= limit)
    }
}
