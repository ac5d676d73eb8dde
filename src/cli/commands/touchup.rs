use serde_json::{Map, Value, json};

use crate::cli::Status;
use crate::cli::args::{Common, TouchupArgs};
use crate::cli::progress::Line;
use crate::error::{Error, Result};
use crate::geometry::Units;
use crate::job::{self, Healed, Touched};
use crate::treatment::touchup::{Fate, Limits};

pub(in crate::cli) fn run(args: &TouchupArgs, common: &Common) -> Result<Status> {
    let units = args.units.unwrap_or(Units::Millimetre);
    let healed = match (&args.observed, &args.missing) {
        (Some(table), None) => Healed::Observed(table, units),
        (None, Some(table)) => Healed::Missing(table, units),
        _ => return Err(Error::usage("not exactly one table").expected("--observed or --missing")),
    };
    let options = job::TouchupOptions {
        healed,
        after_session: args.after_session,
        limits: Limits { faded_below: args.faded_below, blown_above: args.blown_above, all_seen: args.all_seen },
        registration: args.registration.as_deref(),
        date: args.date.as_deref(),
        style: super::style(args.verbose_gcode),
    };
    let touched = job::touchup(&args.plan, &args.out, options, &Line::new(common.quiet))?;
    super::tell_more(&touched.outcome, healing(&touched), common)
}

/// What became of the old dots, for machines.
fn healing(Touched { outcome, laid, healing }: &Touched) -> Map<String, Value> {
    let new = outcome.plan.dots.iter().filter(|dot| !dot.existing).count();
    let figures = json!({
        "expected": healing.fates.len(),
        "missing": healing.count(Fate::Missing),
        "faded": healing.count(Fate::Faded),
        "blown_out": healing.count(Fate::BlownOut),
        "merged": healing.count(Fate::Merged),
        "unseen": healing.count(Fate::Unseen),
        "extra": healing.extra(),
        "new": new,
        "registration": laid,
    });
    Map::from_iter([("healing".to_owned(), figures)])
}
