use std::io;

use rayon::prelude::*;

use super::files::Folder;
use super::machine::Work;
use super::progress::Stages;
use crate::error::{Error, Finding, Result, Severity};
use crate::gcode::{self, Header, Program, Style};
use crate::geometry::sha256;
use crate::mesh::{self, SurfaceIndex, TriMesh};
use crate::plan::{Block, Plan, write_dots_csv};
use crate::preview::{self, SheetInput, SheetOptions};
use crate::region::Region;
use crate::report::{Report, verdict};
use crate::toolpath::{Mode, Toolpath};
use crate::verify::{self, Verdict};

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

fn in_memory(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write(&mut bytes).map_err(|error| Error::system(error.to_string()))?;
    Ok(bytes)
}

/// Digests by role.
pub(super) fn digests<const N: usize>(parts: [(&str, &Vec<u8>); N]) -> Vec<(String, String)> {
    parts.into_par_iter().map(|(name, bytes)| (name.to_owned(), sha256(bytes))).collect()
}

/// A program with what belongs to it, and what the second opinion says of it.
struct Written {
    name: String,
    text: String,
    map: Option<(String, String)>,
    verdict: Verdict,
}

/// Writes a plan with everything that is made from it: the parts given, plan, dots, programs, preview, report.
///
/// Programs come last, and only when no finding is FAIL and each of them passed the second opinion; those of an
/// earlier run are removed first, so that at no time a program lies beside a plan that is not its own. When one of them
/// cannot be written none is left.
pub(super) fn write(
    folder: &Folder,
    plan: &Plan,
    parts: &[(&str, Vec<u8>)],
    work: &Work,
    surfaces: Surfaces<'_>,
    stages: &mut Stages<'_>,
) -> Result<Leavings> {
    let text = plan.to_json()?;
    let digest = sha256(&text);
    let programs = if verdict(&plan.findings) == Severity::Fail {
        Vec::new()
    } else {
        stages.begin("gcode");
        let programs = programs(plan, &digest, work)?;
        stages.begin("verify");
        judged(programs, plan, &digest, surfaces.index)?
    };
    let refused = programs.iter().any(|program| program.verdict.verdict == Severity::Fail);
    stages.begin("preview");
    let input = SheetInput { plan, scan: surfaces.scan, region: surfaces.region };
    let sheet = preview::sheet(&input, SheetOptions::default())?;

    stages.begin("write");
    let verdicts: Vec<(&str, &Verdict)> = programs.iter().map(|p| (p.name.as_str(), &p.verdict)).collect();
    let mut report =
        serde_json::to_vec_pretty(&Report::of(plan, &digest, &verdicts)).map_err(|e| Error::system(e.to_string()))?;
    report.push(b'\n');

    let mut files = Vec::new();
    let mut put = |name: &str, bytes: &[u8]| {
        files.push(name.to_owned());
        folder.write(name, bytes)
    };
    let _turn = folder.turn();
    folder.remove_programs()?;
    for (name, bytes) in parts {
        put(name, bytes)?;
    }
    put("plan.json", &text)?;
    put("dots.csv", &in_memory(|out| write_dots_csv(out, &plan.dots))?)?;
    put("preview.svg", sheet.svg.as_bytes())?;
    put("report.json", &report)?;
    let passed = if refused { &[] } else { &programs[..] };
    let runnable = passed.iter().flat_map(|program| {
        let map = program.map.as_ref().map(|(name, map)| (name, map));
        map.into_iter().chain([(&program.name, &program.text)])
    });
    for (name, text) in runnable {
        put(name, text.as_bytes()).or_else(|error| folder.remove_programs().and(Err(error)))?;
    }
    files.sort();
    let findings = programs.into_iter().flat_map(|program| {
        let name = program.name;
        program
            .verdict
            .findings
            .into_iter()
            .map(move |finding| Finding { message: format!("{name}: {}", finding.message), ..finding })
    });
    Ok(Leavings { files, findings: findings.collect() })
}

/// Program, map and air run of every block.
fn programs(plan: &Plan, digest: &str, work: &Work) -> Result<Vec<(String, Program, Option<String>)>> {
    let case_name = plan.case.name.as_deref().unwrap_or("");
    let of_block = |(block, (treat, air)): (&Block, (&Toolpath, &Toolpath))| {
        let header = |mode| Header {
            plan_hash16: &digest[..16],
            case_name,
            session: block.session,
            setup: &block.setup,
            tool: block.tool,
            seed: plan.seed,
            mode,
        };
        let stem = format!("session-{}.{}", block.session, block.setup);
        let extension = &plan.rig.extension;
        let treat = gcode::program(treat, &plan.rig, &header(Mode::Treat), Style::Compact)?;
        let air = gcode::program(air, &plan.rig, &header(Mode::Air), Style::Compact)?;
        Ok([
            (format!("{stem}.{extension}"), treat, Some(format!("{stem}.map.csv"))),
            (format!("{stem}.air.{extension}"), air, None),
        ])
    };
    let blocks: Vec<_> = plan.blocks.iter().zip(work.toolpaths.iter().zip(&work.air)).collect();
    let written: Result<Vec<_>> = blocks.into_par_iter().map(of_block).collect();
    Ok(written?.into_iter().flatten().collect())
}

/// Has every program read back and judged.
fn judged(
    programs: Vec<(String, Program, Option<String>)>,
    plan: &Plan,
    digest: &str,
    scan: &SurfaceIndex,
) -> Result<Vec<Written>> {
    (programs.into_par_iter())
        .map(|(name, program, map)| {
            let verdict = verify::judge(&program.text, plan, digest, scan).map_err(|error| error.file(&name))?;
            let map = map.map(|map_name| (map_name, program.map_csv()));
            Ok(Written { name, text: program.text, map, verdict })
        })
        .collect()
}
