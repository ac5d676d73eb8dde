use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{check_output, seconds, write_output};
use crate::cli::args::{Common, RouteArgs};
use crate::cli::progress::Line;
use crate::cli::{Status, print_json, say};
use crate::error::{Error, Result};
use crate::geometry::PointsTable;
use crate::job::{Progress, Stages, read_input};
use crate::route::{self, Budget, Ends, EuclideanCost, Tour};

/// Time kept back for writing the order, for every byte of the points: about what a slow disk takes.
const WRITING_PER_BYTE: Duration = Duration::from_nanos(20);

pub(in crate::cli) fn run(args: &RouteArgs, common: &Common) -> Result<Status> {
    check_output(&args.output, &[&args.points], common)?;
    let limit = args.time_limit_s.map(time_limit).transpose()?;
    let since = Instant::now();
    let line = Line::new(common.quiet);
    let mut stages = Stages::new(&line);
    stages.begin("load");
    let bytes = read_input(&args.points)?;
    let file = args.points.display().to_string();
    let is_tsp = is_tsp(&args.points, &bytes);

    // The limit is for everything: what writing takes is kept back, in proportion to the file that was read.
    let writing = WRITING_PER_BYTE * u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let late = || limit.is_some_and(|limit| since.elapsed() + writing >= limit);
    let progress = |at: route::Progress| {
        if let Some(budget) = at.budget.filter(|&budget| budget > 0) {
            line.fraction(at.kicks as f64 / budget as f64);
        }
    };
    let ends = if args.closed || is_tsp { Ends::Closed } else { Ends::default() };
    let options = route::Options {
        ends,
        seed: args.seed,
        budget: if limit.is_some() { Budget::UntilStopped } else { Budget::default() },
        stop: limit.is_some().then_some(&late),
        progress: Some(&progress),
        serpentine: true,
    };
    let (name, points, tour) = if is_tsp {
        let instance = route::read_tsp(&bytes).map_err(|error| error.file(&file))?;
        stages.begin("route");
        let tour = route::solve(&instance.points, &instance.cost(), &options)?;
        (instance.name, instance.points, tour)
    } else {
        let table = PointsTable::read(&bytes).map_err(|error| error.file(&file))?;
        stages.begin("route");
        let tour = route::solve(&table.points, &EuclideanCost::new(&table.points), &options)?;
        (file, table.points, tour)
    };

    stages.begin("write");
    let as_tour = args.output.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("tour"));
    write_output(&args.output, |out| {
        if as_tour {
            route::write_tour(out, &name, &tour.order, tour.length)
        } else {
            route::write_route_csv(out, &points, &tour.order)
        }
    })?;
    let seconds = stages.finish();
    drop(line);
    tell(&tour, &seconds, common)
}

fn tell(tour: &Tour, stages: &[(&'static str, f64)], common: &Common) -> Result<Status> {
    let share = |baseline: f64| if baseline > 0.0 { 100.0 * (tour.length / baseline - 1.0) } else { 0.0 };
    let reproducible = if tour.reproducible { "" } else { "; cut by time, not reproducible" };
    say(
        common,
        &format!(
            "{} points, {:.1} mm ({:+.1} % against the start tour, {:+.1} % against a serpentine{reproducible})",
            tour.order.len(),
            tour.length,
            share(tour.start_length),
            share(tour.serpentine_length.unwrap_or_default())
        ),
    );
    if common.json {
        print_json(&json!({
            "count": tour.order.len(),
            "length_mm": tour.length,
            "start_tour_mm": tour.start_length,
            "serpentine_mm": tour.serpentine_length,
            "moves": tour.moves,
            "reproducible": tour.reproducible,
            "seconds": seconds(stages),
        }))?;
    }
    Ok(Status::Done)
}

/// By the name; what comes on standard input has none.
fn is_tsp(path: &Path, bytes: &[u8]) -> bool {
    let section = b"NODE_COORD_SECTION";
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("tsp"))
        || path.as_os_str() == "-" && bytes.windows(section.len()).any(|window| window == section)
}

fn time_limit(seconds: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|_| {
        Error::usage(format!("--time-limit-s {seconds}"))
            .expected("a number of seconds from 0 to 1e19")
            .remedy("correct it")
    })
}
