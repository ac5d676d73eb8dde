//! The command line: reads arguments, runs a job, prints what it gave. No decisions are made here.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "talking to the terminal is what this module is for")]

mod args;
mod commands;
mod interrupt;
mod progress;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use serde::Serialize;

use crate::error::{Error, ErrorKind, Finding, Result, Severity, raise_limits};
use args::{Cli, Command, Common};

/// How a command ended. The numbers are part of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Done = 0,
    VerdictFail = 1,
    BadInput = 2,
    SystemFailed = 3,
}

/// Runs the command line and returns the exit status: 0 done (with or without WARN), 1 done but the verdict is FAIL,
/// 2 wrong use or bad input, 3 the system failed.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; a closed pipe cannot be told anything.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Status::BadInput as u8 } else { Status::Done as u8 });
        }
    };
    cli.common.raise_limits.into_iter().for_each(raise_limits);
    let status = threads(&cli.common).and_then(|()| run(&cli.command, &cli.common)).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        match error.kind() {
            ErrorKind::System => Status::SystemFailed,
            _ => Status::BadInput,
        }
    });
    ExitCode::from(status as u8)
}

fn threads(common: &Common) -> Result<()> {
    let Some(threads) = common.threads else { return Ok(()) };
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.into())
        .build_global()
        .map_err(|error| Error::system(format!("no {threads} threads: {error}")).remedy("ask for fewer threads"))
}

fn run(command: &Command, common: &Common) -> Result<Status> {
    match command {
        Command::Plan(args) => commands::plan::run(args, common),
        Command::Verify(args) => commands::verify::run(args, common),
        Command::Inspect(args) => commands::inspect::run(args, common),
        Command::Sample(args) => commands::sample::run(args, common),
        Command::Route(args) => commands::route::run(args, common),
        Command::Preview(args) => commands::preview::run(args, common),
        Command::Diff(args) => commands::diff::run(args, common),
        Command::Gcode(args) => commands::gcode::run(args, common),
        Command::Resume(args) => commands::resume::run(args, common),
        Command::Hairline(args) => commands::hairline::run(args, common),
        Command::PatchTest(args) => commands::patch_test::run(args, common),
        Command::Aftercare(args) => commands::aftercare::run(args, common),
        Command::Touchup(args) => commands::touchup::run(args, common),
        Command::Registration(args) => commands::registration::run(args, common),
        Command::Init(args) => commands::init::run(args, common),
        Command::Rigs(args) => commands::print::rigs(args, common),
        Command::Schema(args) => commands::print::schema(args),
        Command::Completions(args) => commands::print::completions(args),
        Command::Man(args) => commands::print::man(args),
    }
}

/// Prints on standard output. A reader that has gone away is no error.
fn print(text: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::system(error.to_string()).file("standard output").remedy("check where it leads"))
        }
        _ => Ok(()),
    }
}

/// Prints one JSON object on one line.
fn print_json(value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec(value).map_err(|error| Error::system(error.to_string()))?;
    text.push(b'\n');
    print(&text)
}

/// Says something on standard error, where a person reads it.
fn say(common: &Common, line: &str) {
    if hears(common) {
        eprintln!("{line}");
    }
}

/// Whether somebody reads what is said.
fn hears(common: &Common) -> bool {
    !common.quiet && (io::stderr().is_terminal() || common.verbose)
}

/// Lists what the checks saw, worst first: what makes the verdict FAIL always, warnings to a person at a terminal,
/// what is in order when asked for more.
fn say_findings(common: &Common, findings: &[Finding]) {
    let least = match (common.quiet, common.verbose, io::stderr().is_terminal()) {
        (true, ..) => return,
        (_, true, _) => Severity::Pass,
        (_, _, true) => Severity::Warn,
        _ => Severity::Fail,
    };
    let mut shown: Vec<&Finding> = findings.iter().filter(|finding| finding.severity >= least).collect();
    shown.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for Finding { severity, code, message, remedy, .. } in shown {
        let remedy = if remedy.is_empty() { String::new() } else { format!("; {remedy}") };
        eprintln!("{severity} {code}: {message}{remedy}");
    }
}

/// Verdict of findings: the worst of them.
fn status_of(verdict: Severity) -> Status {
    if verdict == Severity::Fail { Status::VerdictFail } else { Status::Done }
}
