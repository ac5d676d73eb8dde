use rayon::prelude::*;

use super::files::{Draft, Folder};
use super::machine::Work;
use super::output::Surfaces;
use super::probing;
use super::shown::{self, Shown};
use crate::error::{Error, Finding, Result};
use crate::gcode::{self, Header, Run, Strikes, Style};
use crate::geometry::Point;
use crate::plan::{Block, Plan};
use crate::schedule::HaltKind;
use crate::toolpath::Toolpath;
use crate::verify::{Head, Judge, Verdict};

/// What a plan is written for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// A machine controller: programs in the dialect of the rig.
    #[default]
    Program,
    /// A robot arm: poses of the needle. They are data, and are not verified.
    Poses,
}

/// Which programs are wanted besides those that treat and their dry runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    /// Programs or poses.
    pub format: Format,
    /// How much programs say.
    pub style: Style,
    /// Once around the region, clear of the skin.
    pub frame: bool,
    /// A rest above each of these marks of the scan, mm; none for no such program.
    pub fiducials: Vec<(String, Point)>,
}

/// A program that nobody has judged yet.
pub(super) struct Made {
    name: String,
    text: Draft,
    map: Option<(String, Strikes)>,
}

/// A program with what belongs to it, and what the second opinion says of it.
pub(super) struct Written {
    pub(super) name: String,
    pub(super) text: Draft,
    /// Name and content of the map of a program that treats or touches.
    pub(super) map: Option<(String, Strikes)>,
    pub(super) verdict: Verdict,
}

/// Program, map and air run of every block, and what else is wanted, in files of the folder that have no names yet.
pub(super) fn written(
    folder: &Folder,
    plan: &Plan,
    digest: &str,
    work: &Work,
    surfaces: Surfaces<'_>,
    wanted: &Wanted,
    findings: &mut Vec<Finding>,
) -> Result<Vec<Made>> {
    if wanted.format == Format::Poses {
        return Ok(Vec::new());
    }
    let of_block = |(block, (treat, air)): (&Block, (&Toolpath, &Toolpath))| {
        let stem = stem(block);
        let make = |toolpath: &Toolpath, run: Run| -> Result<Made> {
            let text = folder.draft()?;
            let tools = tools(plan, block, run);
            let header = Header { tools: &tools, ..header(plan, digest, block, run) };
            let strikes = text.write(|out| gcode::write(out, toolpath, &plan.rig, &header, wanted.style))?;
            let (part, map) = match run {
                Run::Treat => (String::new(), Some((format!("{stem}.map.csv"), strikes))),
                Run::Probe => (".probe".to_owned(), Some((format!("{stem}.probe.map.csv"), strikes))),
                _ => (format!(".{}", run.name()), None),
            };
            Ok(Made { name: format!("{stem}{part}.{}", plan.rig.extension), text, map })
        };
        let mut made = vec![make(air, Run::Air)?];
        let mut seen = Vec::new();
        if probing::is_ready(plan, block) {
            made.insert(0, make(treat, Run::Treat)?);
        } else {
            seen.push(probing::waiting(plan, block));
        }
        let (touches, told) = probing::toolpath(plan, block, surfaces)?;
        made.extend(touches.map(|toolpath| make(&toolpath, Run::Probe)).transpose()?);
        seen.extend(told);
        if wanted.frame {
            let Shown { toolpath, findings } = shown::frame(plan, block, surfaces)?;
            made.extend(toolpath.map(|toolpath| make(&toolpath, Run::Frame)).transpose()?);
            seen.extend(findings);
        }
        if !wanted.fiducials.is_empty() {
            let Shown { toolpath, findings } = shown::fiducials(&wanted.fiducials, plan, block, surfaces)?;
            made.extend(toolpath.map(|toolpath| make(&toolpath, Run::Fiducials)).transpose()?);
            seen.extend(findings);
        }
        Ok((made, seen))
    };
    let blocks: Vec<_> = plan.blocks.iter().zip(work.toolpaths.iter().zip(&work.air)).collect();
    let written: Result<Vec<(Vec<Made>, Vec<Finding>)>> = blocks.into_par_iter().map(of_block).collect();
    let mut all = Vec::new();
    for (made, seen) in written? {
        all.extend(made);
        findings.extend(seen);
    }
    Ok(all)
}

/// Has every program read back and judged.
pub(super) fn judged(programs: Vec<Made>, plan: &Plan, digest: &str, surfaces: Surfaces<'_>) -> Result<Vec<Written>> {
    let head = Head { scan: surfaces.index, region: Some(surfaces.region_index) };
    let judge = Judge::new(plan, digest, head)?;
    (programs.into_par_iter())
        .map(|Made { name, text, map }| {
            let verdict = judge.judge(&mut text.read()?).map_err(|error| error.file(&name))?;
            Ok(Written { name, text, map, verdict })
        })
        .collect()
}

/// The poses of every block, as CSV and JSON.
pub(super) fn poses(plan: &Plan, digest: &str, work: &Work) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for (block, toolpath) in plan.blocks.iter().zip(&work.toolpaths).filter(|(block, _)| probing::is_ready(plan, block))
    {
        let (mut csv, mut json) = (Vec::new(), Vec::new());
        gcode::write_poses_csv(&mut csv, toolpath, &plan.rig)?;
        gcode::write_poses_json(&mut json, toolpath, &plan.rig, &header(plan, digest, block, Run::Treat))?;
        for (ending, bytes) in [("csv", csv), ("json", json)] {
            let text = String::from_utf8(bytes).map_err(|error| Error::system(error.to_string()))?;
            files.push((format!("{}.poses.{ending}", stem(block)), text));
        }
    }
    Ok(files)
}

/// The tools that a program puts in, and what they are.
fn tools(plan: &Plan, block: &Block, run: Run) -> Vec<(u32, String)> {
    let put_in = block.stops.iter().filter(|stop| stop.kind == HaltKind::ToolChange).filter_map(|stop| {
        let number = plan.dot(stop.before_dot)?.tool;
        Some((number, plan.case.tool_text(number)))
    });
    match run {
        Run::Treat | Run::Air => put_in.collect(),
        // All is shown and touched with the first of them.
        Run::Probe | Run::Frame | Run::Fiducials => put_in.take(1).collect(),
    }
}

pub(super) fn stem(block: &Block) -> String {
    format!("session-{}.{}", block.session, block.setup)
}

fn header<'a>(plan: &'a Plan, digest: &'a str, block: &'a Block, run: Run) -> Header<'a> {
    Header {
        plan_hash16: &digest[..16],
        case_name: plan.case.name.as_deref().unwrap_or(""),
        session: block.session,
        setup: &block.setup,
        tool: block.tool,
        tools: &[],
        seed: plan.seed,
        run,
    }
}
