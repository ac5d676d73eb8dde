//! A test of needle and pigment on a spot of the head or on practice skin.

mod calibrate;
mod skin;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use self::calibrate::calibrate;
pub(super) use self::calibrate::{read_calibration, use_calibration};
use self::skin::Skin;
use super::files::{Folder, withdraw_programs};
use super::gcode::marks_mm;
use super::inputs::read_registration;
use super::machine::{Floor, Work};
use super::output::{self, Surfaces};
use super::plan::{Outcome, named};
use super::programs::Wanted;
use super::progress::{Progress, Stages};
use crate::case::Case;
use crate::error::{Error, Finding, Result, Severity};
use crate::gcode::Style;
use crate::mesh::{self, SurfaceIndex, SurfacePoint};
use crate::plan::{self, Dot, Plan, Statistics};
use crate::treatment::calendar::{budget, punctures};
use crate::treatment::patch_test::{Cell, Grid, GridDot, key, key_table};

/// Where a patch test is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spot {
    /// At this place of the scan, in the case's unit and axes.
    At([f64; 3]),
    /// On flat practice skin where the top of the head would be.
    Flat,
}

/// What is tried, and where.
#[derive(Debug, Clone)]
pub struct PatchOptions<'a> {
    /// Where.
    pub spot: Spot,
    /// Depths, mm. Default: around that of the case, see [`Grid::around`].
    pub depths_mm: Option<Vec<f64>>,
    /// Times in the skin, s. Default: around that of the case.
    pub dwells_s: Option<Vec<f64>>,
    /// Dots of each combination. Default: those of [`Grid::around`].
    pub repeats: Option<usize>,
    /// Distance between two dots of a combination, mm. Default: that of [`Grid::around`].
    pub pitch_mm: Option<f64>,
    /// A registration measured on the day.
    pub registration: Option<&'a Path>,
    /// How much programs say.
    pub style: Style,
}

/// Plans a patch test into `out`, as [`plan`](super::plan()) leaves a treatment, with a key (`key.svg`, `key.csv`) that tells how each
/// dot is made. Every depth is tried with every dwell and every tool of the case; no depth is beyond the cap of the rig.
///
/// A run that fails leaves no program in `out`.
pub fn patch_test(
    case_path: &Path,
    out: &Path,
    options: &PatchOptions<'_>,
    progress: &dyn Progress,
) -> Result<Outcome> {
    make(case_path, out, options, Stages::new(progress)).inspect_err(|_| withdraw_programs(out))
}

fn make(case_path: &Path, out: &Path, options: &PatchOptions<'_>, mut stages: Stages<'_>) -> Result<Outcome> {
    if options.spot == Spot::Flat && options.registration.is_some() {
        return Err(Error::usage("--registration with --flat")
            .expected("practice skin where the rig's head rest has it, or a spot of the head that was measured")
            .remedy("leave one of them out"));
    }
    stages.begin("load");
    let skin = Skin::read(case_path, options.spot)?;
    let Skin { case, profile, landmarks, .. } = &skin;
    let grid = grid(case, profile.depth_cap_mm, options)?;
    profile.depth.fits(grid.depths_mm.iter().copied()).map_err(|error| error.place("--depths-mm"))?;
    let folder = Folder::create(out)?;
    let inputs: Vec<PathBuf> = skin.files.iter().cloned().chain(options.registration.map(Path::to_owned)).collect();
    folder.spare(inputs.iter().map(PathBuf::as_path))?;

    stages.begin("lay");
    let radius_mm = grid.radius_mm();
    let patch = skin.patch(radius_mm)?;
    let (mut dots, cells) = dots(&grid, &skin)?;
    let dwells_s: BTreeMap<u32, f64> =
        dots.iter().zip(&cells).filter_map(|(dot, cell)| Some((dot.id, cell.as_ref()?.dwell_s))).collect();

    let case = test_case(case);
    let registration = options.registration.map(|path| read_registration(path, case.mesh.units)).transpose()?;
    let measured = registration.as_ref().map(|(registration, _)| registration).or(skin.registration.as_ref());
    let floor = Floor {
        case: &case,
        landmarks,
        profile,
        registration: measured,
        placed: skin.placed.as_ref(),
        scan: &skin.index,
        heights_mm: None,
        dwells_s: Some(&dwells_s),
        seed: case.seed,
        require_all: true,
    };
    let work = Work::plan(&floor, &mut dots, &mut stages)?;

    stages.begin("write");
    let area_mm2 = patch.mesh.area_mm2();
    let density = 100.0 * dots.len() as f64 / area_mm2;
    let count = patch.mesh.vertices().len();
    let scan_ply = output::scan_ply(&skin.scan)?;
    let densities = vec![density; count];
    let region_ply = output::in_memory(|out| {
        let spacings = vec![grid.pitch_mm; count];
        let properties: [(&str, &[f64]); 3] =
            [("distance_mm", &patch.distance_mm), ("density_per_cm2", &densities), ("spacing_mm", &spacings)];
        mesh::write_ply(out, &patch.mesh, &properties)
    })?;
    let mut sha256 = skin.sha256.clone();
    sha256.extend(output::digests([("scan", &scan_ply), ("region", &region_ply)]));
    sha256.extend(registration.as_ref().map(|(_, digest)| ("registration".to_owned(), digest.clone())));
    let statistics = Statistics {
        area_mm2,
        edge_length_mm: std::f64::consts::TAU * radius_mm,
        count: dots.len(),
        density_asked_per_cm2: density,
        density_reached_per_cm2: density,
        spacing_min_mm: grid.pitch_mm,
        spacing_max_mm: grid.pitch_mm,
        nearest_pair_mm: (grid.repeats > 1).then_some(grid.pitch_mm),
        ..Statistics::default()
    };
    let told = findings(&grid, &case);
    let mut plan = Plan {
        format: plan::FORMAT.to_owned(),
        parent: None,
        sha256,
        seed: case.seed,
        boundary_mm: patch.outline_mm,
        fiducials_mm: measured.map_or_else(Vec::new, |measured| marks_mm(measured, case.mesh.units)),
        landmarks_mm: named(landmarks),
        rig: profile.clone(),
        setups: work.setups.clone(),
        contacts: Vec::new(),
        dots,
        dwells_s,
        blocks: work.blocks.clone(),
        statistics: work.statistics(statistics),
        findings: told.into_iter().chain(work.findings.iter().cloned()).collect(),
        case,
    };
    plan.findings.extend(budget(&punctures(&plan)?));
    let name = plan.case.name.clone().unwrap_or_default();
    let drawn = key(&grid, &name, |tool| plan.case.tool_text(tool));
    let parts = [
        ("scan.ply", scan_ply),
        ("region.ply", region_ply),
        ("key.svg", drawn.into_bytes()),
        ("key.csv", key_table(&cells).into_bytes()),
    ];
    let surfaces = Surfaces {
        scan: &skin.scan,
        region: &patch.mesh,
        index: &skin.index,
        region_index: &SurfaceIndex::build(&patch.mesh),
        density_per_cm2: &densities,
    };
    let wanted = Wanted { style: options.style, ..Wanted::default() };
    let skin = surfaces.measured(&plan)?;
    let left = output::write(&folder, &plan, &parts, &work, surfaces, &skin, &wanted, &mut stages)?;
    Ok(Outcome::new(plan, left, stages))
}

/// What is tried: around the design of the case, but for what is asked.
fn grid(case: &Case, cap_mm: f64, options: &PatchOptions<'_>) -> Result<Grid> {
    let mut tools: Vec<u32> = case.tools.iter().map(|tool| tool.number).collect();
    if tools.is_empty() {
        tools.push(1);
    }
    let around = Grid::around(case.design.depth_mm, cap_mm, case.design.dwell_s, tools);
    let grid = Grid {
        depths_mm: options.depths_mm.clone().unwrap_or(around.depths_mm),
        dwells_s: options.dwells_s.clone().unwrap_or(around.dwells_s),
        repeats: options.repeats.unwrap_or(around.repeats),
        pitch_mm: options.pitch_mm.unwrap_or(around.pitch_mm),
        tools: around.tools,
    };
    grid.check(cap_mm)?;
    Ok(grid)
}

/// The dots of a grid on the skin, and what each is made with.
fn dots(grid: &Grid, skin: &Skin) -> Result<(Vec<Dot>, Vec<Option<Cell>>)> {
    let laid: Vec<GridDot> = grid.dots();
    let at: Vec<SurfacePoint> = laid.iter().map(|dot| skin.below(dot.place_mm)).collect::<Result<_>>()?;
    let normals = skin.normals(&at);
    let first_tool = grid.tools.first().copied().unwrap_or(1);
    let least_mm = grid.depths_mm.first().copied().unwrap_or(skin.case.design.depth_mm);
    let dots = (0..).zip(laid.iter().zip(at.iter().zip(normals))).map(|(id, (dot, (at, normal)))| Dot {
        id,
        position_mm: at.position(&skin.scan).coords.into(),
        normal: normal.normal.into(),
        spacing_mm: grid.pitch_mm,
        diameter_mm: skin.case.design.diameter.mean_mm,
        depth_mm: dot.cell.as_ref().map_or(least_mm, |cell| cell.depth_mm),
        session: 1,
        setup: None,
        tool: dot.cell.as_ref().map_or(first_tool, |cell| cell.tool),
        order: None,
        existing: false,
        hair: false,
        normal_variation_rad: normal.rms_variation_rad,
        patched: false,
    });
    Ok((dots.collect(), laid.iter().map(|dot| dot.cell.clone()).collect()))
}

/// The case of a test: one session of no date, as it comes before those of the treatment, in which every tool may be used.
fn test_case(case: &Case) -> Case {
    let mut case = Case { sessions: Vec::new(), start_date: None, ..case.clone() };
    case.tools.iter_mut().for_each(|tool| tool.sessions.clear());
    case
}

fn findings(grid: &Grid, case: &Case) -> Vec<Finding> {
    let cells = grid.depths_mm.len() * grid.dwells_s.len() * grid.tools.len();
    let message = format!(
        "{cells} combinations of {} depths, {} dwells and {} tools, {} dots each, on {:.0} mm",
        grid.depths_mm.len(),
        grid.dwells_s.len(),
        grid.tools.len(),
        grid.repeats,
        2.0 * grid.radius_mm()
    );
    let severity = if grid.is_large() { Severity::Warn } else { Severity::Pass };
    let size = if grid.is_large() { "; that is more than a coin: try fewer depths or dwells at a time" } else { "" };
    let wait = "look for itching, redness and nodules after 48 hours before anything else is planned";
    let mut findings = vec![Finding::new("patch-test", severity, message + size).times(cells).remedy(wait)];
    if case.tools.is_empty() {
        let message = "the case has no palette and no tools: one needle and one pigment are tried";
        findings.push(Finding::new("patch-test-tools", Severity::Pass, message));
    }
    findings
}
