use std::collections::BTreeSet;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{ResumeOptions, wrong};
use crate::error::{Error, Result, open_file};
use crate::job::files::{open_input, read_input};
use crate::job::gcode::PlanFolder;
use crate::plan::{Block, Plan};
use crate::verify;

/// The dots that were struck, as far as anybody knows.
#[derive(Debug)]
pub(super) struct Done {
    dots: BTreeSet<u32>,
    /// The dot in which the needle stood at last, as far as anybody knows.
    last: Option<u32>,
}

impl Done {
    /// Puts together what the user says. Errors name the option or file that does not fit the plan in `file`.
    pub(super) fn gather(folder: &PlanFolder, file: &str, options: ResumeOptions<'_>) -> Result<Self> {
        let ResumeOptions { after_dot, after_line, journal, .. } = options;
        if after_dot.is_none() && after_line.is_none() && journal.is_none() {
            return Err(Error::usage("nothing that says how far the work has come")
                .expected("the last dot, a line of a program, or a journal")
                .remedy("give --after-dot, --after-line with --program, or --journal"));
        }
        let mut done = Self { dots: BTreeSet::new(), last: None };
        if let Some(dot) = after_dot {
            done.through(&folder.plan, dot).map_err(|error| error.file(file).place("--after-dot"))?;
        }
        if let Some((program, line)) = after_line {
            let dot = last_dot(folder, program, line).map_err(|error| error.file(program.display().to_string()))?;
            done.through(&folder.plan, dot)?;
        }
        if let Some(path) = journal {
            let rows = parse_journal(&read_input(path)?, &folder.plan, false)
                .map_err(|error| error.file(path.display().to_string()))?;
            done.dots.extend(rows);
        }
        Ok(done)
    }

    pub(super) fn has(&self, dot: u32) -> bool {
        self.dots.contains(&dot)
    }

    pub(super) fn last(&self) -> Option<u32> {
        self.last
    }

    /// A dot and all that come before it in the working order of the plan.
    fn through(&mut self, plan: &Plan, dot: u32) -> Result<()> {
        let holds = |block: &Block| block.dots.iter().position(|&id| id == dot);
        let last = plan.blocks.iter().enumerate().find_map(|(index, block)| Some((index, holds(block)?)));
        let Some((index, order)) = last else {
            let found = match plan.dot(dot) {
                None => format!("dot {dot}, which the plan does not have"),
                Some(_) => format!("dot {dot}, which no program of the plan strikes"),
            };
            return Err(wrong(
                found,
                "a dot that a program of this plan strikes",
                "look for the last dot in the *.map.csv of the program",
            ));
        };
        self.dots.extend(plan.blocks[..index].iter().flat_map(|block| &block.dots));
        self.dots.extend(&plan.blocks[index].dots[..=order]);
        self.last = Some(dot);
        Ok(())
    }
}

/// The map that lies beside a program: `session-1.upright.map.csv` for `session-1.upright.nc`.
pub(super) fn map_path(program: &Path) -> PathBuf {
    program.with_extension("map.csv")
}

/// A row of a map; the other columns do not matter here.
#[derive(Debug, Deserialize)]
struct Strike {
    line: usize,
    dot_id: u32,
}

/// The last dot that was struck when a program was broken off behind a line. The strike of that very line counts as made.
fn last_dot(folder: &PlanFolder, program: &Path, line: usize) -> Result<u32> {
    let block = verify::block_of(&mut *open_input(program)?, &folder.plan, &folder.sha256)?;
    let block = &folder.plan.blocks[block];
    let map = map_path(program);
    let strikes = read_map(&map, block).map_err(|error| error.file(map.display().to_string()))?;
    let lines = count_lines(program)?;
    let place = || format!("line {line}");
    if line > lines || strikes.last().is_some_and(|last| last.line > lines) {
        return Err(wrong(
            format!("{lines} lines"),
            "the program in which that line was run, whole",
            "correct --after-line or --program",
        )
        .place(place()));
    }
    let struck = strikes.partition_point(|strike| strike.line <= line);
    let Some(last) = struck.checked_sub(1).map(|last| &strikes[last]) else {
        let first = strikes.first().map_or(0, |strike| strike.line);
        return Err(wrong(
            format!("a line before the first strike, which is in line {first}"),
            "a line from there on",
            "nothing was struck: run the program from its start",
        )
        .place(place()));
    };
    Ok(last.dot_id)
}

/// Reads a map and checks that it is that of the block.
fn read_map(path: &Path, block: &Block) -> Result<Vec<Strike>> {
    let other = |found: String| {
        wrong(
            found,
            "the map that was written with the program",
            "bring back the map that belongs to the program, or use --after-dot",
        )
    };
    let bytes = read_input(path)?;
    let rows: Result<Vec<Strike>, csv::Error> = csv::Reader::from_reader(&bytes[..]).deserialize().collect();
    let rows = rows.map_err(|error| other(error.to_string()))?;
    for (index, row) in rows.iter().enumerate() {
        let place = || format!("row {}", index + 1);
        if block.dots.get(index) != Some(&row.dot_id) {
            return Err(other(format!("dot {}, not the one that the plan has there", row.dot_id)).place(place()));
        }
        if index > 0 && rows[index - 1].line >= row.line {
            return Err(other(format!("line {} behind line {}", row.line, rows[index - 1].line)).place(place()));
        }
    }
    if rows.len() != block.dots.len() {
        return Err(other(format!("{} strikes, the plan has {}", rows.len(), block.dots.len())));
    }
    Ok(rows)
}

fn count_lines(program: &Path) -> Result<usize> {
    let mut lines = std::io::BufReader::new(open_file(program)?);
    let mut line = Vec::new();
    let mut count = 0;
    while lines.read_until(b'\n', &mut line).map_err(|error| Error::system(error.to_string()))? > 0 {
        line.clear();
        count += 1;
    }
    Ok(count)
}

/// Dots of a journal, each known to the plan and named once; those that were there before the plan only `with_existing`.
pub(in crate::job) fn parse_journal(bytes: &[u8], plan: &Plan, with_existing: bool) -> Result<BTreeSet<u32>> {
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let broken = |error: csv::Error| wrong(error.to_string(), "a CSV table with a header", "correct the journal");
    let header = table.headers().map_err(broken)?.clone();
    let column = header.iter().position(|name| name == "dot_id" || name == "id").ok_or_else(|| {
        let found = format!("the columns \"{}\"", header.iter().collect::<Vec<_>>().join(","));
        wrong(found, "a column dot_id or id", "name the column with the numbers of the dots").place("header")
    })?;
    let mut dots = BTreeSet::new();
    for (index, row) in table.records().enumerate() {
        let row = row.map_err(broken)?;
        let place = || row.position().map_or_else(|| format!("row {}", index + 1), |at| format!("line {}", at.line()));
        let text = row.get(column).unwrap_or_default();
        let dot: u32 = text.parse().map_err(|_| {
            wrong(format!("\"{}\"", text.escape_debug()), "the number of a dot", "correct the journal").place(place())
        })?;
        let found = match plan.dot(dot) {
            None => Some(format!("dot {dot}, which the plan does not have")),
            Some(known) if known.existing && !with_existing => Some(format!("dot {dot}, which was there before")),
            Some(_) if dots.contains(&dot) => Some(format!("dot {dot} again")),
            Some(_) => None,
        };
        if let Some(found) = found {
            let expected = "dots of this plan, each once";
            return Err(
                wrong(found, expected, "give the journal of this plan, and look what was done twice").place(place())
            );
        }
        dots.insert(dot);
    }
    Ok(dots)
}
