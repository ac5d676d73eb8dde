//! What is left of a plan whose work was broken off.

mod done;
mod left;
mod way_out;

use std::collections::BTreeSet;
use std::path::Path;

use super::files::Folder;
use super::gcode::{PlanFolder, marks_mm};
use super::inputs::read_registration;
use super::machine::{Floor, Work, measured};
use super::needles::Needles;
use super::output::{self, Surfaces};
use super::plan::{Outcome, unnamed};
use super::probing;
use super::programs::Wanted;
use super::progress::{Progress, Stages};
use crate::error::{Error, Finding, Result, Severity};
use crate::gcode::Style;
use crate::mesh::SurfaceIndex;
use crate::plan::{Dot, Plan};
use crate::rig::Registration;
use done::Done;
pub(super) use done::parse_journal;
use left::Left;

/// How far the work has come. At least one of them is needed.
#[derive(Debug, Clone, Copy, Default)]
pub struct ResumeOptions<'a> {
    /// The last dot that was struck: it, all before it in its program, and all programs before that are done.
    pub after_dot: Option<u32>,
    /// The program and the number of the last line that was run, from 1; the map beside the program tells the dots.
    pub after_line: Option<(&'a Path, usize)>,
    /// A table of dots that are done, in any program: a column `dot_id` or `id`.
    pub journal: Option<&'a Path>,
    /// A registration measured since: joints change, dots do not. It holds for its setup; the others stay as they were.
    pub registration: Option<&'a Path>,
    /// How much programs say.
    pub style: Style,
}

/// Writes what is left of a plan into `out`, as [`plan`](super::plan()) leaves it: dots with their ids, places, setups and order, the
/// stops that were not made yet or get due anew, and programs that begin at the park place. The new plan names the old one as its parent.
///
/// Nothing is struck twice: what may have been struck counts as done. Errors: a dot, line, program or journal that is not of this plan,
/// and `out` being the plan's own folder. A run that fails leaves no program in `out`.
pub fn resume(plan_path: &Path, out: &Path, options: ResumeOptions<'_>, progress: &dyn Progress) -> Result<Outcome> {
    let mut stages = Stages::new(progress);
    stages.begin("load");
    let parent = PlanFolder::read(plan_path)?;
    let file = plan_path.display().to_string();
    let done = Done::gather(&parent, &file, options)?;
    let folder = Folder::create(out)?;
    // Before anything there is taken away: the folder of the plan itself keeps its programs.
    let map = options.after_line.map(|(program, _)| done::map_path(program));
    let program = options.after_line.map(|(program, _)| program);
    let inputs = [Some(plan_path), program, map.as_deref(), options.journal, options.registration];
    folder.spare(inputs.into_iter().flatten())?;
    let way_out = way_out::finding(plan_path, &parent.plan, &done);
    let registration =
        options.registration.map(|path| read_registration(path, parent.plan.case.mesh.units)).transpose()?;
    write_left(parent, &done, (registration, way_out), &folder, options.style, stages)
        .inspect_err(|_| folder.withdraw())
}

fn write_left(
    parent: PlanFolder,
    done: &Done,
    (registration, way_out): (Option<(Registration, String)>, Option<Finding>),
    folder: &Folder,
    style: Style,
    mut stages: Stages<'_>,
) -> Result<Outcome> {
    let PlanFolder { plan: mut old, sha256, scan, region, density_per_cm2, parts } = parent;
    stages.begin("index");
    let index = SurfaceIndex::build(&scan);
    let landmarks = unnamed(&old.landmarks_mm);
    let placed_anew = registration.map(|measured| place_anew(measured, &mut old, &index, done)).transpose()?;
    let heights_mm = probing::heights(&old)?;
    let floor = Floor {
        case: &old.case,
        landmarks: &landmarks,
        profile: &old.rig,
        registration: None,
        placed: Some(&old.setups),
        scan: &index,
        heights_mm: Some(&heights_mm),
        dwells_s: Some(&old.dwells_s),
        seed: old.seed,
        require_all: false,
    };
    stages.begin("toolpath");
    let needles = Needles::new(&old.case, &old.rig);
    let mut dots: Vec<_> = old.dots.iter().filter(|dot| !done.has(dot.id)).cloned().collect();
    let mut work =
        Left { old: &old, done, floor: &floor, needles, placed_anew: placed_anew.is_some() }.work(&mut dots)?;
    work.findings.insert(0, told(&old, done, dots.len()));
    work.findings.extend(way_out);
    let holds = |code: &str| placed_anew.is_none() || !Work::PLACING_CODES.contains(&code);

    let statistics = left::statistics(&work, &old, &dots);
    let stays = |code: &str| !left::ANEW.contains(&code) && holds(code);
    let kept = old.findings.iter().filter(|finding| stays(&finding.code));
    let findings = kept.chain(placed_anew.iter().flatten()).chain(&work.findings).cloned().collect();
    let (setups, blocks) = (work.setups.clone(), work.blocks.clone());
    let dwells_s = old.dwells_s.iter().filter(|(id, _)| !done.has(**id)).map(|(&id, &dwell_s)| (id, dwell_s)).collect();
    let plan = Plan { parent: Some(sha256), dots, dwells_s, statistics, findings, setups, blocks, ..old.clone() };
    let surfaces = Surfaces {
        scan: &scan,
        region: &region,
        index: &index,
        region_index: &SurfaceIndex::build(&region),
        density_per_cm2: &density_per_cm2,
    };
    let wanted = Wanted { style, ..Wanted::default() };
    let skin = surfaces.measured(&plan)?;
    let left = output::write(folder, &plan, &parts, &work, surfaces, &skin, &wanted, &mut stages)?;
    Ok(Outcome::new(plan, left, stages))
}

/// Places the setup of a registration by what was measured, and forgets where the skin was touched in it. Returns what is to be said of that.
fn place_anew(
    (registration, digest): (Registration, String),
    plan: &mut Plan,
    index: &SurfaceIndex,
    done: &Done,
) -> Result<Vec<Finding>> {
    let setup = registration.setup.clone();
    if !plan.setups.contains_key(&setup) {
        let known: Vec<&str> = plan.setups.keys().map(String::as_str).collect();
        let known = format!("one of those that the plan has: {}", known.join(", "));
        return Err(wrong(format!("the setup \"{setup}\""), known, "correct the registration").place("--registration"));
    }
    let landmarks = unnamed(&plan.landmarks_mm);
    let floor = Floor {
        case: &plan.case,
        landmarks: &landmarks,
        profile: &plan.rig,
        registration: Some(&registration),
        placed: None,
        scan: index,
        heights_mm: None,
        dwells_s: Some(&plan.dwells_s),
        seed: plan.seed,
        require_all: false,
    };
    let is_left = |dot: &&Dot| dot.setup.as_ref() == Some(&setup) && !done.has(dot.id);
    let dots: Vec<Dot> = plan.dots.iter().filter(is_left).cloned().collect();
    let mut findings = Vec::new();
    let placement = measured(&registration, &floor, &dots, &mut findings)?;
    plan.fiducials_mm = marks_mm(&registration, plan.case.mesh.units);
    plan.setups.insert(setup.clone(), placement);
    plan.contacts.retain(|contact| contact.setup != setup);
    plan.sha256.insert("registration".to_owned(), digest);
    Ok(findings)
}

/// What was taken for done.
fn told(old: &Plan, done: &Done, left: usize) -> Finding {
    let planned: BTreeSet<u32> = old.blocks.iter().flat_map(|block| &block.dots).copied().collect();
    let open = planned.iter().filter(|&&id| !done.has(id)).count();
    let message = match open {
        0 => format!("all {} dots of the plan's programs are done, nothing is left to strike", planned.len()),
        _ => format!(
            "{} of {} dots of the plan's programs are done, {open} are left",
            planned.len() - open,
            planned.len()
        ),
    };
    Finding::new(left::RESUMED, Severity::Pass, message)
        .times(left)
        .remedy("measure the head's place anew before the needle goes on, and look that nobody has struck more")
}

/// An error about what a user says was done.
fn wrong(found: impl Into<String>, expected: impl Into<String>, remedy: &str) -> Error {
    Error::input(found).expected(expected).remedy(remedy)
}
