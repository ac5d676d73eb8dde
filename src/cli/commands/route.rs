use std::time::{Duration, Instant};

use serde_json::json;

use super::{check_output, seconds, write_output};
use crate::cli::args::{Common, RouteArgs, RouteMetric};
use crate::cli::progress::Line;
use crate::cli::{Status, hears, interrupt, print_json, say, say_findings};
use crate::error::{Error, Result};
use crate::job::{self, RouteInput, RouteOptions, Routed, Stages};
use crate::route::{self, Apart, Ends};

pub(in crate::cli) fn run(args: &RouteArgs, common: &Common) -> Result<Status> {
    let since = Instant::now();
    check_output(&args.output, &[&args.points], common)?;
    let options = RouteOptions {
        ends: if args.closed { Ends::Closed } else { Ends::Open { start: args.start, end: args.end } },
        metric: args.metric.map(|metric| match metric {
            RouteMetric::Euclidean => job::RouteMetric::Euclidean,
            RouteMetric::Chebyshev => job::RouteMetric::Chebyshev,
        }),
        block_column: args.blocks.clone(),
        apart: args.apart_mm.zip(args.apart_steps).map(|(distance, steps)| Apart { distance, steps }),
        seed: args.seed,
        time_limit: args.time_limit_s.map(time_limit).transpose()?,
        bound: args.bound,
        serpentine: common.json || hears(common),
    };
    interrupt::watch()?;
    let line = Line::new(common.quiet);
    let mut stages = Stages::new(&line);
    stages.begin("load");
    let input = RouteInput::read(&args.points)?;
    let routed = job::route(&input, &options, since, &interrupt::came, &mut stages)?;

    stages.begin("write");
    let as_tour = args.output.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("tour"));
    write_output(&args.output, |out| {
        if as_tour {
            route::write_tour(out, &input.name, &routed.tour)
        } else {
            route::write_route_csv(out, input.points(), &routed.tour.order)
        }
    })?;
    let seconds = stages.finish();
    drop(line);
    tell(&input, &routed, &seconds, common)
}

fn tell(input: &RouteInput, routed: &Routed, stages: &[(&'static str, f64)], common: &Common) -> Result<Status> {
    let tour = &routed.tour;
    let against = |what: &str, length: Option<f64>| match length {
        Some(length) if length > 0.0 => format!(", {:+.1} % against {what}", 100.0 * (tour.length / length - 1.0)),
        _ => String::new(),
    };
    say_findings(common, &routed.findings);
    let cut = if interrupt::came() { "interrupted" } else { "cut by time" };
    say(
        common,
        &format!(
            "{} points{}, {:.1}{}{}{}{}{}{}",
            tour.order.len(),
            routed.blocks.map_or(String::new(), |blocks| format!(" in {blocks} blocks")),
            tour.length,
            if input.is_metric() { " mm" } else { "" },
            against("the start tour", Some(tour.start_length)),
            against("a serpentine", tour.serpentine_length),
            against("the order that keeps nothing apart", routed.plain_length),
            routed.gap_percent().map_or(String::new(), |gap| format!(", at most {gap:.2} % above the shortest")),
            if tour.reproducible { String::new() } else { format!("; {cut}, not reproducible") },
        ),
    );
    if common.json {
        print_json(&json!({
            "count": tour.order.len(),
            "length_mm": tour.length,
            "start_tour_mm": tour.start_length,
            "serpentine_mm": tour.serpentine_length,
            "lower_bound_mm": routed.lower_bound,
            "gap_percent": routed.gap_percent(),
            "blocks": routed.blocks,
            "plain_mm": routed.plain_length,
            "findings": routed.findings,
            "moves": tour.moves,
            "reproducible": tour.reproducible,
            "interrupted": interrupt::came(),
            "seconds": seconds(stages),
        }))?;
    }
    Ok(Status::Done)
}

fn time_limit(seconds: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|_| {
        Error::usage(format!("--time-limit-s {seconds}"))
            .expected("a number of seconds from 0 to 1e19")
            .remedy("correct it")
    })
}
