//! One file a command; each turns arguments into a call of the library and its result into text.

pub(super) mod aftercare;
pub(super) mod diff;
pub(super) mod gcode;
pub(super) mod hairline;
pub(super) mod init;
pub(super) mod inspect;
pub(super) mod patch_test;
pub(super) mod plan;
pub(super) mod preview;
pub(super) mod print;
pub(super) mod registration;
pub(super) mod resume;
pub(super) mod route;
pub(super) mod sample;
pub(super) mod touchup;
pub(super) mod verify;

use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::{Status, args::Common, print_json, say, say_findings, status_of};
use crate::error::{Error, Result};
use crate::gcode::Style;
use crate::geometry::Units;
use crate::job::{Outcome, is_same_file, read_input, smooth_scan, write_file};
use crate::mesh::{self, Format, Loaded};
use crate::report;

/// Reads a mesh and smooths it if asked; `-` is standard input, whose format is told by its content.
fn load_mesh(path: &Path, units: Option<Units>, smooth_mm: Option<f64>) -> Result<Loaded> {
    let mut scan = if path.as_os_str() == "-" {
        let bytes = read_input(path)?;
        let alone = |name: &str| Err(Error::input(format!("the side file {name}")).expected("a mesh of one file"));
        mesh::read(&bytes, Format::of_bytes(&bytes), units, &alone).map_err(|error| error.file("standard input"))?
    } else {
        mesh::load(path, units)?
    };
    if let Some(smooth_mm) = smooth_mm {
        smooth_scan(&mut scan, smooth_mm)?;
    }
    Ok(scan)
}

/// Writes a result to a file, whole or not at all, or to standard output for `-`.
fn write_output(path: &Path, content: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    if path.as_os_str() != "-" {
        return write_file(path, content);
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    match content(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::system(error.to_string()).file("standard output").remedy("check where it leads"))
        }
        _ => Ok(()),
    }
}

/// Refuses an output that would replace one of the inputs, and `-` together with `--json`: both would go to standard
/// output.
fn check_output(output: &Path, inputs: &[&Path], common: &Common) -> Result<()> {
    if inputs.iter().any(|input| is_same_file(input, output)) {
        return Err(Error::usage("an input as the output")
            .file(output.display().to_string())
            .expected("another file")
            .remedy("name another file with -o"));
    }
    if common.json && output.as_os_str() == "-" {
        return Err(Error::usage("--json together with an output to \"-\"")
            .expected("one thing on standard output")
            .remedy("name a file with -o"));
    }
    Ok(())
}

fn style(verbose: bool) -> Style {
    if verbose { Style::Verbose } else { Style::Compact }
}

/// Seconds by stage as a JSON object.
fn seconds(stages: &[(&'static str, f64)]) -> Value {
    let rounded = |seconds: f64| json!((seconds * 1e4).round() / 1e4);
    Value::Object(stages.iter().map(|&(name, seconds)| (name.to_owned(), rounded(seconds))).collect::<Map<_, _>>())
}

/// Tells how a plan came out: findings and headline to people, one object to machines.
fn tell(outcome: &Outcome, common: &Common) -> Result<Status> {
    tell_more(outcome, Map::new(), common)
}

/// The same with more for machines.
fn tell_more(outcome: &Outcome, more: Map<String, Value>, common: &Common) -> Result<Status> {
    let plan = &outcome.plan;
    if common.verbose {
        say(common, &stage_line(&outcome.seconds));
    }
    say_findings(common, &outcome.findings);
    let travel = report::TravelFigures::of(plan)?;
    if !plan.blocks.is_empty() {
        say(common, &travel.line());
    }
    say(common, &report::headline(plan, outcome.verdict));
    if common.json {
        let figures = &plan.statistics;
        let mut object = json!({
            "count": figures.count,
            "not_reached": figures.not_reached,
            "area_mm2": figures.area_mm2,
            "length_mm": figures.length_mm,
            "time_s": figures.time_s,
            "times": report::times(plan),
            "travel": travel,
            "verdict": outcome.verdict,
            "seconds": seconds(&outcome.seconds),
            "findings": outcome.findings,
            "files": outcome.files,
        });
        if let Value::Object(object) = &mut object {
            object.extend(more);
        }
        print_json(&object)?;
    }
    Ok(status_of(outcome.verdict))
}

/// Sums by name, for people.
fn stage_line(stages: &[(&'static str, f64)]) -> String {
    stages.iter().map(|(name, seconds)| format!("{name} {seconds:.2} s")).collect::<Vec<_>>().join(", ")
}
