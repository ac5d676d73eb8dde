use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::asked::{self, Asked};
use super::files::{Folder, withdraw_programs};
use super::gcode::marks_mm;
use super::inputs::Inputs;
use super::layout::Layout;
use super::machine::{Floor, Work};
use super::output::{self, Leavings, Surfaces};
use super::patch_test::use_calibration;
use super::programs::Wanted;
use super::progress::{Progress, Stages};
use super::surface;
use crate::case::{Case, Landmarks};
use crate::error::{Error, Finding, Result, Severity};
use crate::gcode::Style;
use crate::geometry::{Placement, Point, decimal};
use crate::plan::{self, Plan};
use crate::report;
use crate::rig::head_frame;
use crate::treatment::calendar::{budget, punctures};
use crate::treatment::{assessment, edge_rules, gates, pigment};

/// What a user may ask of [`plan()`] beyond the case.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlanOptions {
    /// Seed instead of the case's.
    pub seed: Option<u64>,
    /// Smoothing length instead of the case's, mm.
    pub smooth_mm: Option<f64>,
    /// Dots that no setup reaches fail the plan.
    pub require_all: bool,
    /// How much programs say.
    pub style: Style,
}

/// A plan that was made, and how.
#[derive(Debug)]
pub struct Outcome {
    /// The plan.
    pub plan: Plan,
    /// The plan's findings and those of its programs.
    pub findings: Vec<Finding>,
    /// The worst of the findings.
    pub verdict: Severity,
    /// Names of the files that were written, sorted.
    pub files: Vec<String>,
    /// Wall time by stage, s.
    pub seconds: Vec<(&'static str, f64)>,
}

impl Outcome {
    pub(super) fn new(plan: Plan, left: Leavings, stages: Stages<'_>) -> Self {
        let findings: Vec<Finding> = plan.findings.iter().cloned().chain(left.findings).collect();
        Self { verdict: report::verdict(&findings), findings, files: left.files, seconds: stages.finish(), plan }
    }
}

/// The main job: reads a case and what it names, makes the plan, and leaves everything in the folder `out`.
///
/// When a finding is FAIL, plan and report are written but no program is. A run that fails in any way leaves no program
/// in `out`, neither its own nor one of an earlier run, which could be mistaken for what was asked now.
pub fn plan(case_path: &Path, out: &Path, options: PlanOptions, progress: &dyn Progress) -> Result<Outcome> {
    make(case_path, out, options, progress).inspect_err(|_| withdraw_programs(out))
}

fn make(case_path: &Path, out: &Path, options: PlanOptions, progress: &dyn Progress) -> Result<Outcome> {
    let mut stages = Stages::new(progress);
    stages.begin("load");
    let mut inputs = Inputs::read(case_path, options.smooth_mm)?;
    let folder = Folder::create(out)?;
    folder.spare(inputs.files(case_path).iter().map(PathBuf::as_path))?;
    let seed = options.seed.unwrap_or(inputs.case.seed);
    let (painted, digests) = asked::read_painted(&inputs)?;

    stages.begin("region");
    let (scalp, mut region) = surface::region(&mut inputs)?;
    region.findings.extend(region.roughness.findings());
    let region = asked::finer(region, &inputs.case, &inputs.landmarks, &painted)?;
    let mut asked = Asked::of(&inputs.case, &inputs.landmarks, &region, painted, seed)
        .map_err(|error| error.file(&inputs.case_file))?;

    let floor = Floor {
        case: &inputs.case,
        landmarks: &inputs.landmarks,
        profile: &inputs.profile,
        registration: inputs.registration.as_ref(),
        placed: None,
        scan: &scalp.index,
        heights_mm: None,
        dwells_s: None,
        seed,
        require_all: options.require_all,
    };
    let frame = frame_of(&inputs.landmarks);
    let mut make = |asked: &Asked| {
        let mut layout = Layout::make(&inputs.case, seed, frame, asked, &region, &scalp, &mut stages)?;
        if let Some(calibration) = &inputs.calibration {
            layout.findings.extend(use_calibration(calibration, &inputs.case, &inputs.profile, &mut layout.dots)?);
        }
        let work = Work::plan(&floor, &mut layout.dots, &mut stages)?;
        Ok((layout, work))
    };
    let (layout, work) =
        within_hours(&inputs.case, &mut asked, &mut make).map_err(|error| error.file(&inputs.case_file))?;
    let mut dots = layout.dots;
    dots.extend(asked.existing(&inputs.case, dots.len(), &region));

    stages.begin("write");
    let (scan_ply, region_ply) = rayon::join(
        || output::scan_ply(&scalp.mesh),
        || output::region_ply(&region, &layout.density_per_cm2, &layout.spacing_mm),
    );
    let parts = [("scan.ply", scan_ply?), ("region.ply", region_ply?)];
    let mut sha256 = inputs.sha256.clone();
    sha256.extend(digests);
    sha256.extend(output::digests([("scan", &parts[0].1), ("region", &parts[1].1)]));
    let seen = inputs.findings().chain(&scalp.findings).chain(&region.findings).chain(&asked.field.findings);
    let seen = seen.chain(&layout.findings).chain(&work.findings);
    let keep = asked.keep_finding(&inputs.case, layout.statistics.spacing_min_mm);
    let treatment = assessment::stage_finding(&inputs.case).into_iter().chain(pigment::findings(&inputs.case));
    let treatment = treatment.chain(edge_rules::findings(&inputs.case)).chain(gates::finding(&inputs.case));
    let findings = seen.cloned().chain(asked.off_scan_finding(&scalp.index)).chain(keep).chain(treatment).collect();
    let mut plan = Plan {
        format: plan::FORMAT.to_owned(),
        parent: None,
        sha256,
        seed,
        boundary_mm: inputs.boundary.points.iter().map(|point| point.coords.into()).collect(),
        fiducials_mm: inputs.registration.as_ref().map_or_else(Vec::new, |r| marks_mm(r, inputs.case.mesh.units)),
        contacts: Vec::new(),
        dwells_s: BTreeMap::new(),
        landmarks_mm: named(&inputs.landmarks),
        rig: inputs.profile,
        dots,
        statistics: work.statistics(layout.statistics),
        findings,
        setups: work.setups.clone(),
        blocks: work.blocks.clone(),
        case: inputs.case,
    };
    plan.findings.extend(budget(&punctures(&plan)?));
    let surfaces = Surfaces {
        scan: &scalp.mesh,
        region: &region.mesh,
        index: &scalp.index,
        region_index: &region.index,
        density_per_cm2: &layout.density_per_cm2,
    };
    let skin = surfaces.measured(&plan)?;
    plan.findings.extend(skin.findings(&plan));
    let wanted = Wanted { style: options.style, ..Wanted::default() };
    let left = output::write(&folder, &plan, &parts, &work, surfaces, &skin, &wanted, &mut stages)?;
    Ok(Outcome::new(plan, left, stages))
}

/// Makes a plan anew with fewer dots, until it takes no longer than its budget.
///
/// Less time than in proportion to the dots is saved where they stand wider apart, so it may take more than one step.
fn within_hours(
    case: &Case,
    asked: &mut Asked,
    make: &mut dyn FnMut(&Asked) -> Result<(Layout, Work)>,
) -> Result<(Layout, Work)> {
    /// Part of the saving that is left out of account, so that steps do not become ever smaller.
    const MARGIN: f64 = 0.98;
    const S_PER_H: f64 = 3600.0;
    const MOST_STEPS: u32 = 5;
    let budget = case.design.budget.unwrap_or_default();
    for _ in 0..MOST_STEPS {
        let (layout, work) = make(asked)?;
        let hours = work.statistics(layout.statistics).time_s / S_PER_H;
        let count = layout.dots.len() as f64;
        let over = [
            ("max_hours", hours, budget.max_hours, "h of machine time"),
            ("max_dots", count, budget.max_dots.map(f64::from), "dots"),
        ];
        let over = over.into_iter().find_map(|(key, found, limit, what)| {
            let limit = limit.filter(|&limit| found > limit)?;
            Some((key, MARGIN * limit / found, format!("{} {what}, {} allowed", decimal(found, 2), decimal(limit, 2))))
        });
        match over {
            None => return Ok((layout, work)),
            Some((key, factor, why)) => asked.field.lower(factor, key, &why)?,
        }
    }
    Err(Error::input(format!("a plan that does not come within its budget in {MOST_STEPS} steps"))
        .place("design.budget")
        .expected("a budget for more than the way to the head and back")
        .remedy("raise the budget"))
}

/// The head frame, where the landmarks span one.
fn frame_of(landmarks: &Landmarks) -> Option<Placement> {
    let place = |place: Option<[f64; 3]>| place.map(Point::from);
    head_frame(place(landmarks.left_tragus), place(landmarks.right_tragus), place(landmarks.vertex)).ok()
}

/// Landmarks by name.
pub(super) fn named(landmarks: &Landmarks) -> BTreeMap<String, [f64; 3]> {
    let Landmarks { glabella, left_tragus, right_tragus, inion, vertex } = *landmarks;
    [
        ("glabella", glabella),
        ("left_tragus", left_tragus),
        ("right_tragus", right_tragus),
        ("inion", inion),
        ("vertex", vertex),
    ]
    .into_iter()
    .filter_map(|(name, place)| Some((name.to_owned(), place?)))
    .collect()
}

/// The way back from [`named`].
pub(super) fn unnamed(landmarks: &BTreeMap<String, [f64; 3]>) -> Landmarks {
    let get = |name: &str| landmarks.get(name).copied();
    Landmarks {
        glabella: get("glabella"),
        left_tragus: get("left_tragus"),
        right_tragus: get("right_tragus"),
        inion: get("inion"),
        vertex: get("vertex"),
    }
}
