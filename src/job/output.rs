use std::io;

use rayon::prelude::*;

use super::files::Folder;
use super::machine::Work;
use super::plan::unnamed;
use super::programs::{self, Format, Wanted, Written};
use super::progress::Stages;
use super::verdicts;
use crate::error::{Error, Finding, Result, Severity};
use crate::gcode::Strikes;
use crate::geometry::sha256;
use crate::mesh::{self, SurfaceIndex, TriMesh};
use crate::plan::{Plan, write_dots_csv};
use crate::preview::{self, SheetInput, SheetOptions};
use crate::region::Region;
use crate::report::{self, OnSkin, PageInput, Report, Track, verdict};
use crate::treatment::aftercare;
use crate::verify::Verdict;

/// What was left in the folder, and what the second opinion said of the programs.
pub(super) struct Leavings {
    /// Names of the files, sorted.
    pub(super) files: Vec<String>,
    /// Findings of all programs.
    pub(super) findings: Vec<Finding>,
}

/// The surfaces that a preview draws on and that programs are verified against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surfaces<'a> {
    /// The whole scan.
    pub(super) scan: &'a TriMesh,
    /// The treatable surface.
    pub(super) region: &'a TriMesh,
    /// Queries on the whole scan.
    pub(super) index: &'a SurfaceIndex,
    /// Queries on the treatable surface.
    pub(super) region_index: &'a SurfaceIndex,
    /// Density that dots are asked to add at each vertex of the region, dots per cm²; empty where it is not known.
    pub(super) density_per_cm2: &'a [f64],
}

impl Surfaces<'_> {
    /// What is measured of a plan's dots on them.
    pub(super) fn measured(&self, plan: &Plan) -> Result<OnSkin> {
        OnSkin::of(plan, &unnamed(&plan.landmarks_mm), self.region, self.region_index, self.density_per_cm2)
    }
}

/// The bytes of `scan.ply`.
pub(super) fn scan_ply(scan: &TriMesh) -> Result<Vec<u8>> {
    in_memory(|out| mesh::write_ply(out, scan, &[]))
}

/// The bytes of `region.ply`.
pub(super) fn region_ply(region: &Region, density_per_cm2: &[f64], spacing_mm: &[f64]) -> Result<Vec<u8>> {
    let properties = [
        ("distance_mm", region.distance_mm.as_slice()),
        ("density_per_cm2", density_per_cm2),
        ("spacing_mm", spacing_mm),
    ];
    in_memory(|out| mesh::write_ply(out, &region.mesh, &properties))
}

pub(super) fn in_memory(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write(&mut bytes).map_err(|error| Error::system(error.to_string()))?;
    Ok(bytes)
}

/// Digests by role.
pub(super) fn digests<const N: usize>(parts: [(&str, &Vec<u8>); N]) -> Vec<(String, String)> {
    parts.into_par_iter().map(|(name, bytes)| (name.to_owned(), sha256(bytes))).collect()
}

/// Writes a plan with everything that is made from it: the parts given, plan, dots, programs, preview, report.
///
/// Programs come last, and only when no finding is FAIL and each of them passed the second opinion; those of an
/// earlier run are removed first, so that at no time a program lies beside a plan that is not its own. No file gets its name
/// before all of them are written; when one of them cannot get it no program is left.
#[allow(clippy::too_many_arguments, reason = "what a folder is filled from, once")]
pub(super) fn write(
    folder: &Folder,
    plan: &Plan,
    parts: &[(&str, Vec<u8>)],
    work: &Work,
    surfaces: Surfaces<'_>,
    skin: &OnSkin,
    wanted: &Wanted,
    stages: &mut Stages<'_>,
) -> Result<Leavings> {
    let text = plan.to_json()?;
    let digest = sha256(&text);
    let mut shown = Vec::new();
    let programs = || -> Result<Vec<Written>> {
        if verdict(&plan.findings) == Severity::Fail {
            return Ok(Vec::new());
        }
        stages.begin("gcode");
        let programs = programs::written(folder, plan, &digest, work, surfaces, wanted, &mut shown)?;
        stages.begin("verify");
        programs::judged(programs, plan, &digest, surfaces)
    };
    let Surfaces { scan, index, region, .. } = surfaces;
    let sheet = || preview::sheet(&SheetInput { plan, scan, index, region }, SheetOptions::default());
    let table = || in_memory(|out| write_dots_csv(out, &plan.dots));
    // Each has parts that one thread makes alone.
    let (programs, (sheet, table)) = rayon::join(programs, || rayon::join(sheet, table));
    let (programs, sheet, table) = (programs?, sheet?, table?);
    let refused = programs.iter().any(|program| program.verdict.verdict == Severity::Fail);
    stages.begin("preview");

    let verdicts: Vec<(&str, &Verdict)> = programs.iter().map(|p| (p.name.as_str(), &p.verdict)).collect();
    let told = shown.clone();
    let report = Report::of(plan, &digest, skin, &verdicts, &told)?;
    let page = page(plan, &report, work, surfaces, &programs)?;
    let mut report = serde_json::to_vec_pretty(&report).map_err(|e| Error::system(e.to_string()))?;
    report.push(b'\n');

    let judged = verdicts::files(&verdicts, &digest)?;
    let pictures = pictures(plan, surfaces, &verdicts)?;

    stages.begin("write");
    let aftercare = aftercare::sheet(&plan.case, aftercare::TEMPLATE)?;
    let poses = match wanted.format {
        Format::Poses if verdict(&plan.findings) != Severity::Fail => programs::poses(plan, &digest, work)?,
        _ => Vec::new(),
    };
    let mut contents: Vec<(&str, &[u8])> = vec![
        ("plan.json", &text),
        ("dots.csv", &table),
        ("preview.svg", sheet.svg.as_bytes()),
        ("report.json", &report),
        ("report.html", page.as_bytes()),
        ("aftercare.html", aftercare.as_bytes()),
    ];
    contents.extend(parts.iter().map(|(name, bytes)| (*name, bytes.as_slice())));
    contents.extend(judged.iter().chain(&pictures).map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
    contents.extend(poses.iter().map(|(name, text)| (name.as_str(), text.as_bytes())));
    let drafted = |(name, bytes): (&str, &[u8])| Ok((name.to_owned(), folder.drafted(bytes)?));
    let mut drafts: Vec<_> = contents.into_par_iter().map(drafted).collect::<Result<_>>()?;
    let maps = programs.par_iter().filter(|_| !refused).filter_map(|program| program.map.as_ref());
    let drafted = |(name, strikes): &(String, Strikes)| {
        let table = in_memory(|out| strikes.write_csv(out))?;
        Ok((name.clone(), folder.drafted(&table)?))
    };
    drafts.extend(maps.map(drafted).collect::<Result<Vec<_>>>()?);
    for Written { name, text, verdict, .. } in programs {
        shown.extend(verdict.findings.into_iter().map(|finding| {
            let message = format!("{name}: {}", finding.message);
            Finding { message, ..finding }
        }));
        if !refused {
            drafts.push((name, text));
        }
    }
    Ok(Leavings { files: folder.replace(drafts)?, findings: shown })
}

/// A sheet for each program that was refused: where on the head it would do harm.
fn pictures(plan: &Plan, surfaces: Surfaces<'_>, verdicts: &[(&str, &Verdict)]) -> Result<Vec<(String, Vec<u8>)>> {
    let refused = verdicts.iter().filter(|(_, verdict)| verdict.verdict == Severity::Fail);
    refused
        .map(|&(name, verdict)| {
            let sheet = verdicts::picture(plan, surfaces, name, verdict)?;
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            Ok((format!("{stem}.verify.svg"), sheet.into_bytes()))
        })
        .collect()
}

/// The interactive page, with the programs that treat.
fn page(
    plan: &Plan,
    report: &Report<'_>,
    work: &Work,
    Surfaces { scan, region, .. }: Surfaces<'_>,
    written: &[Written],
) -> Result<String> {
    // Programs that only touch have maps, too.
    let of_block = |(block, toolpath)| {
        let treats = format!("{}.map.csv", programs::stem(block));
        written.iter().find_map(|Written { name, map, .. }| {
            let (map, strikes) = map.as_ref()?;
            (*map == treats).then_some(Track { file: name, toolpath, strikes })
        })
    };
    let tracks: Vec<Option<Track<'_>>> = plan.blocks.iter().zip(&work.toolpaths).map(of_block).collect();
    report::page(&PageInput { plan, report, scan, region, tracks: &tracks })
}
