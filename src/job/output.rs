use std::io;

use rayon::prelude::*;

use super::files::{Folder, sha256};
use super::progress::Stages;
use crate::error::{Error, Result, Severity};
use crate::gcode::{self, Header};
use crate::mesh::{self, TriMesh};
use crate::plan::{Block, Plan, write_dots_csv};
use crate::preview;
use crate::region::Region;
use crate::report::{Report, verdict};
use crate::toolpath::{Mode, Toolpath};

/// The surfaces that a preview draws on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sheets<'a> {
    /// The whole scan.
    pub(super) scan: &'a TriMesh,
    /// The treatable surface.
    pub(super) region: &'a TriMesh,
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

/// Writes a plan with everything that is made from it: the parts given, plan, dots, programs, preview, report.
///
/// Programs come last, and only when no finding is FAIL; those of an earlier run are removed first, so that at no time
/// a program lies beside a plan that is not its own. Returns the names of the files, sorted.
pub(super) fn write(
    folder: &Folder,
    plan: &Plan,
    parts: &[(&str, Vec<u8>)],
    toolpaths: &[Toolpath],
    air: &[Toolpath],
    sheets: Sheets<'_>,
    stages: &mut Stages<'_>,
) -> Result<Vec<String>> {
    let text = plan.to_json()?;
    let digest = sha256(&text);
    let programs = if verdict(&plan.findings) == Severity::Fail {
        Vec::new()
    } else {
        stages.begin("gcode");
        programs(plan, &digest, toolpaths, air)?
    };
    stages.begin("preview");
    let sheet = preview::sheet(&preview::SheetInput { plan, scan: sheets.scan, region: sheets.region })?;

    stages.begin("write");
    let mut names = Vec::new();
    let mut put = |name: &str, bytes: &[u8]| {
        names.push(name.to_owned());
        folder.write(name, bytes)
    };
    folder.remove_programs()?;
    for (name, bytes) in parts {
        put(name, bytes)?;
    }
    put("plan.json", &text)?;
    put("dots.csv", &in_memory(|out| write_dots_csv(out, &plan.dots))?)?;
    put("preview.svg", sheet.as_bytes())?;
    let mut report = serde_json::to_vec_pretty(&Report::of(plan, &digest)).map_err(|e| Error::system(e.to_string()))?;
    report.push(b'\n');
    put("report.json", &report)?;
    for (name, text) in &programs {
        put(name, text.as_bytes())?;
    }
    names.sort();
    Ok(names)
}

/// Program, map and air run of every block, with their names.
fn programs(plan: &Plan, digest: &str, toolpaths: &[Toolpath], air: &[Toolpath]) -> Result<Vec<(String, String)>> {
    let case_name = plan.case.name.as_deref().unwrap_or("");
    let of_block = |(block, (treat, air)): (&Block, (&Toolpath, &Toolpath))| {
        let header = |mode| Header {
            plan_hash16: &digest[..16],
            case_name,
            session: block.session,
            setup: &block.setup,
            seed: plan.seed,
            mode,
        };
        let stem = format!("session-{}.{}", block.session, block.setup);
        let extension = &plan.rig.extension;
        let treat = gcode::write(treat, &plan.rig, &header(Mode::Treat))?;
        let air = gcode::write(air, &plan.rig, &header(Mode::Air))?;
        Ok(vec![
            (format!("{stem}.map.csv"), treat.map_csv()),
            (format!("{stem}.{extension}"), treat.text),
            (format!("{stem}.air.{extension}"), air.text),
        ])
    };
    let blocks: Vec<_> = plan.blocks.iter().zip(toolpaths.iter().zip(air)).collect();
    let written: Result<Vec<_>> = blocks.into_par_iter().map(of_block).collect();
    Ok(written?.concat())
}
