//! A plan for what has not healed.

mod healed;
mod leaving;
mod new_dots;

use std::collections::BTreeMap;
use std::path::Path;

use self::healed::Reading;
use super::files::Folder;
use super::gcode::{PlanFolder, marks_mm};
use super::inputs::read_registration;
use super::machine::{Floor, Work};
use super::output::{self, Surfaces};
use super::plan::{Outcome, unnamed};
use super::programs::Wanted;
use super::progress::{Progress, Stages};
use crate::case::Case;
use crate::error::{Error, Finding, Result, Severity};
use crate::gcode::Style;
use crate::geometry::{Point, Units};
use crate::mesh::SurfaceIndex;
use crate::plan::{Dot, Plan, Statistics};
use crate::treatment::calendar::{budget, check_date, punctures};
use crate::treatment::gates;
use crate::treatment::naturalness::Naturalness;
use crate::treatment::touchup::{Cloud, Fate, Healing, Laid, Limits};

/// What is known of healed dots.
#[derive(Debug, Clone, Copy)]
pub enum Healed<'a> {
    /// A table of the dots that are there, measured in any frame: `x,y,z`, maybe `diameter_mm` and `contrast`.
    Observed(&'a Path, Units),
    /// A table of the dots that are not, by number (`id` or `dot_id`) or by place on the scan (`x,y,z`); all others are taken for healed.
    Missing(&'a Path, Units),
}

/// What to do with healed dots.
#[derive(Debug, Clone, Copy)]
pub struct TouchupOptions<'a> {
    /// The dots.
    pub healed: Healed<'a>,
    /// The last session that was worked; dots of later ones are not expected. Default: all.
    pub after_session: Option<u32>,
    /// What counts as faded and blown out.
    pub limits: Limits,
    /// A registration measured on the day.
    pub registration: Option<&'a Path>,
    /// The day of the touch-up, `YYYY-MM-DD`.
    pub date: Option<&'a str>,
    /// How much programs say.
    pub style: Style,
}

/// A touch-up that was planned.
#[derive(Debug)]
pub struct Touched {
    /// The plan of the new dots.
    pub outcome: Outcome,
    /// How the measured dots lie on the old plan; none for lists by hand.
    pub laid: Option<Laid>,
    /// What became of the old dots.
    pub healing: Healing,
}

/// Codes of findings on the dots and days of the old plan, which do not hold for the new ones.
const OF_DOTS: [&str; 6] = ["P03", "P04", "P06", "P20", "resumed", "budget"];
/// Beginnings of the codes of what a touch-up itself tells.
const OF_TOUCHUPS: [&str; 3] = ["healed", "healing", "touchup"];

/// Plans new dots where dots of a plan were lost, into `out`, as [`plan`](super::plan()) leaves it; `healing.json` and `healing.csv` tell what
/// became of the old ones. Dots that live are existing dots of the new plan, which names the old one as its parent; its new dots count from 0
/// and are all of one session.
///
/// Errors: measured dots that do not belong to the plan, a plan of a patch test, and `out` being the plan's own folder. A run that fails leaves no program in `out`.
pub fn touchup(plan_path: &Path, out: &Path, options: TouchupOptions<'_>, progress: &dyn Progress) -> Result<Touched> {
    let mut stages = Stages::new(progress);
    stages.begin("load");
    let parent = PlanFolder::read(plan_path)?;
    let folder = Folder::create(out)?;
    let (Healed::Observed(table, _) | Healed::Missing(table, _)) = options.healed;
    // Before anything there is taken away: the folder of the plan itself keeps its programs.
    folder.spare([Some(plan_path), Some(table), options.registration].into_iter().flatten())?;
    let touch = || -> Result<Touched> {
        options.date.map_or(Ok(()), check_date).map_err(|error| error.place("--date"))?;
        if !parent.plan.dwells_s.is_empty() {
            return Err(Error::input("the plan of a patch test")
                .file(plan_path.display().to_string())
                .expected("the plan of a treatment")
                .remedy("plan the treatment by what the test told (tonsure patch-test --measured)"));
        }
        let reading =
            Reading::read(&parent.plan, &options).map_err(|error| error.file(plan_path.display().to_string()))?;
        stages.begin("match");
        let (laid, healing) = reading.healing(options.limits)?;
        let outcome = write_new(&parent, &reading, (laid.as_ref(), &healing), &folder, options, stages)?;
        Ok(Touched { outcome, laid, healing })
    };
    touch().inspect_err(|_| folder.withdraw())
}

fn write_new(
    parent: &PlanFolder,
    reading: &Reading<'_>,
    (laid, healing): (Option<&Laid>, &Healing),
    folder: &Folder,
    options: TouchupOptions<'_>,
    mut stages: Stages<'_>,
) -> Result<Outcome> {
    let PlanFolder { plan: old, sha256, scan, region, density_per_cm2, parts } = parent;
    stages.begin("refill");
    let index = SurfaceIndex::build(scan);
    let region_ply = parts.iter().find(|(name, _)| *name == "region.ply").map_or(&[][..], |(_, bytes)| bytes);
    let new_dots::New { mut dots, living, refilled } =
        new_dots::find(old, reading, healing, (scan, &index), (region, density_per_cm2, region_ply))?;

    let case = one_session(&old.case, options.date);
    let landmarks = unnamed(&old.landmarks_mm);
    let registration = options.registration.map(|path| read_registration(path, case.mesh.units)).transpose()?;
    let floor = Floor {
        case: &case,
        landmarks: &landmarks,
        profile: &old.rig,
        registration: registration.as_ref().map(|(registration, _)| registration),
        placed: Some(&old.setups),
        scan: &index,
        heights_mm: None,
        dwells_s: None,
        seed: old.seed,
        require_all: false,
    };
    let work = Work::plan(&floor, &mut dots, &mut stages)?;
    dots.extend(living);

    let mut digests = old.sha256.clone();
    digests.insert("healed".to_owned(), reading.sha256.clone());
    let mut fiducials_mm = old.fiducials_mm.clone();
    if let Some((registration, digest)) = &registration {
        digests.insert("registration".to_owned(), digest.clone());
        fiducials_mm = marks_mm(registration, case.mesh.units);
    }
    let stays = |code: &str| {
        let of_old = [&Work::CODES[..], &Work::PLACING_CODES, &OF_DOTS, &Naturalness::CODES];
        !of_old.iter().any(|codes| codes.contains(&code))
            && !OF_TOUCHUPS.iter().any(|beginning| code.starts_with(beginning))
    };
    let placed = registration.is_none().then(|| placed_as_before(old)).flatten();
    let kept = old.findings.iter().filter(|finding| stays(&finding.code)).cloned();
    let told = leaving::findings(laid, healing, &refilled, options.limits);
    let told = told.into_iter().chain(reading.findings()).chain(placed);
    let findings: Vec<Finding> = kept.chain(told).chain(work.findings.iter().cloned()).collect();
    let groups = reading.groups(old, healing);
    let report = leaving::report(sha256, laid, healing, &groups, &refilled, options.limits)?;
    let table = leaving::table(reading, healing);
    let mut plan = Plan {
        parent: Some(sha256.clone()),
        sha256: digests,
        statistics: work.statistics(statistics(&old.statistics, &dots)?),
        setups: work.setups.clone(),
        blocks: work.blocks.clone(),
        contacts: Vec::new(),
        dwells_s: BTreeMap::new(),
        fiducials_mm,
        findings,
        case,
        dots,
        ..old.clone()
    };
    plan.findings.extend(gates::finding(&plan.case));
    plan.findings.extend(budget(&punctures(&plan)?));
    let surfaces =
        Surfaces { scan, region, index: &index, region_index: &SurfaceIndex::build(region), density_per_cm2 };
    let skin = surfaces.measured(&plan)?;
    plan.findings.extend(skin.findings(&plan));
    let wanted = Wanted { style: options.style, ..Wanted::default() };
    let parts: Vec<(&str, Vec<u8>)> =
        parts.iter().cloned().chain([("healing.json", report), ("healing.csv", table)]).collect();
    let left = output::write(folder, &plan, &parts, &work, surfaces, &skin, &wanted, &mut stages)?;
    Ok(Outcome::new(plan, left, stages))
}

/// A head that was measured on another day lies elsewhere today.
fn placed_as_before(old: &Plan) -> Option<Finding> {
    let was_measured = old.setups.values().any(|setup| setup.fre_mm.is_some());
    let message = "the head is placed as it was measured for the old plan, and not as it lies on the day";
    was_measured.then(|| {
        Finding::new("touchup-placement", Severity::Warn, message)
            .remedy("measure the fiducials before the work, and give them with --registration")
    })
}

/// The case with one session on that day, in which every tool may be used.
fn one_session(case: &Case, date: Option<&str>) -> Case {
    let mut case = Case { sessions: Vec::new(), start_date: date.map(str::to_owned), ..case.clone() };
    case.tools.iter_mut().for_each(|tool| tool.sessions.clear());
    case
}

/// Figures of the dots that will be there.
fn statistics(old: &Statistics, dots: &[Dot]) -> Result<Statistics> {
    let places: Vec<Point> = dots.iter().filter(|dot| !dot.hair).map(|dot| dot.position_mm.into()).collect();
    let count = places.len();
    let nearest_mm = Cloud::new(places)?.nearest_pair_mm();
    Ok(Statistics {
        count,
        density_reached_per_cm2: 100.0 * count as f64 / old.area_mm2,
        nearest_pair_mm: Some(nearest_mm).filter(|mm| mm.is_finite()),
        ..*old
    })
}

/// A finding that only informs.
fn told(code: &str, count: usize, message: String) -> Finding {
    Finding::new(code, Severity::Pass, message).times(count)
}

/// One that a person should look at; none where nothing was counted.
fn warned(code: &str, count: usize, message: String, remedy: &str) -> Option<Finding> {
    (count > 0).then(|| Finding::new(code, Severity::Warn, message).times(count).remedy(remedy))
}

/// What a fate is called in tables.
fn name(fate: Fate) -> &'static str {
    match fate {
        Fate::Healed => "healed",
        Fate::Faded => "faded",
        Fate::BlownOut => "blown-out",
        Fate::Merged => "merged",
        Fate::Missing => "missing",
        Fate::Unseen => "unseen",
    }
}
