use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::files::{Folder, read_input, withdraw_programs};
use super::inputs::{read_profile, read_registration};
use super::machine::{Floor, Work};
use super::output::{self, Surfaces};
use super::plan::{Outcome, unnamed};
use super::probing::{self, Probed};
use super::programs::{Format, Wanted};
use super::progress::{Progress, Stages};
use crate::error::{Error, Finding, Result};
use crate::gcode::Style;
use crate::geometry::{Point, Units, Vector, sha256};
use crate::mesh::{self, SurfaceIndex, TriMesh};
use crate::plan::Plan;
use crate::preview::{self, LookOptions, SheetInput, SheetOptions};
use crate::report::{self, OnSkin, PageInput, Report};
use crate::rig::{Fiducial, Registration};
use crate::verify::{self, Head, Verdict};

/// A plan with the surfaces that lie beside it.
#[derive(Debug)]
pub struct PlanFolder {
    /// The plan.
    pub plan: Plan,
    /// SHA-256 of `plan.json`.
    pub sha256: String,
    pub(super) scan: TriMesh,
    pub(super) region: TriMesh,
    /// Density that dots are asked to add at each vertex of the region, dots per cm²; empty in an older folder.
    pub(super) density_per_cm2: Vec<f64>,
    pub(super) parts: Vec<(&'static str, Vec<u8>)>,
}

impl PlanFolder {
    /// Reads a plan, and `scan.ply` and `region.ply` from its folder. A surface that is not the one that the plan was
    /// made with is an error.
    pub fn read(plan_path: &Path) -> Result<Self> {
        let bytes = read_input(plan_path)?;
        let plan = Plan::parse(&bytes, &plan_path.display().to_string())?;
        let folder = plan_path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
        let mut surfaces = Vec::new();
        let mut parts = Vec::new();
        for (role, name) in [("scan", "scan.ply"), ("region", "region.ply")] {
            let path = folder.join(name);
            let bytes = read_input(&path)?;
            let shown = path.display().to_string();
            if plan.sha256.get(role) != Some(&sha256(&bytes)) {
                return Err(Error::input("another surface than the one this plan was made with")
                    .file(shown)
                    .expected("the SHA-256 that plan.json names")
                    .remedy("make the plan anew, or bring back the file that belongs to it"));
            }
            let (surface, mut properties) = mesh::read_region_ply(&bytes).map_err(|error| error.file(shown))?;
            surfaces.push((surface, properties.remove("density_per_cm2").unwrap_or_default()));
            parts.push((name, bytes));
        }
        let (Some((region, density_per_cm2)), Some((scan, _))) = (surfaces.pop(), surfaces.pop()) else {
            return Err(Error::system("no surfaces"));
        };
        Ok(Self { plan, sha256: sha256(&bytes), scan, region, density_per_cm2, parts })
    }

    /// Judges the text of a program that was made from this plan.
    pub fn verify(&self, program: &str) -> Result<Verdict> {
        self.verify_lines(&mut program.as_bytes())
    }

    /// The same, read line by line.
    pub fn verify_lines(&self, program: &mut dyn BufRead) -> Result<Verdict> {
        let [scan, region] = [&self.scan, &self.region].map(SurfaceIndex::build);
        verify::judge_lines(program, &self.plan, &self.sha256, Head { scan: &scan, region: Some(&region) })
    }

    /// The true-scale sheet of the plan.
    pub fn preview(&self, options: SheetOptions) -> Result<String> {
        Ok(preview::sheet(&self.drawn_on(&SurfaceIndex::build(&self.scan)), options)?.svg)
    }

    /// The client's head as it will look, by this plan alone or beside another one.
    ///
    /// # Errors
    /// A plan without dots.
    pub fn look(&self, beside: Option<&Self>, options: LookOptions) -> Result<String> {
        let index = |folder: &Self| SurfaceIndex::build(&folder.scan);
        let (own, other) = (index(self), beside.map(index));
        let beside = beside.zip(other.as_ref()).map(|(folder, index)| folder.drawn_on(index));
        preview::look_sheet(&self.drawn_on(&own), beside.as_ref(), options)
    }

    fn drawn_on<'a>(&'a self, index: &'a SurfaceIndex) -> SheetInput<'a> {
        SheetInput { plan: &self.plan, scan: &self.scan, index, region: &self.region }
    }

    /// The interactive page of the plan. Programs are not read: needle and time go from dot to dot at an even pace.
    pub fn page(&self) -> Result<String> {
        let landmarks = unnamed(&self.plan.landmarks_mm);
        let skin = OnSkin::of(
            &self.plan,
            &landmarks,
            &self.region,
            &SurfaceIndex::build(&self.region),
            &self.density_per_cm2,
        )?;
        let report = Report::of(&self.plan, &self.sha256, &skin, &[], &[])?;
        report::page(&PageInput {
            plan: &self.plan,
            report: &report,
            scan: &self.scan,
            region: &self.region,
            tracks: &[],
        })
    }
}

/// What to do otherwise than the plan did.
#[derive(Debug, Clone, Copy, Default)]
pub struct GcodeOptions<'a> {
    /// Another rig: a built-in name or the path of a profile.
    pub rig: Option<&'a str>,
    /// A registration measured on the day.
    pub registration: Option<&'a Path>,
    /// Where the skin was touched, for a rig whose strikes count from planes through touches.
    pub probed: Option<&'a Path>,
    /// Dots that no setup reaches fail the plan.
    pub require_all: bool,
    /// Programs or poses.
    pub format: Format,
    /// How much programs say.
    pub style: Style,
    /// A program besides that goes around the region, clear of the skin.
    pub frame: bool,
    /// A program besides that rests above each fiducial of the registration.
    pub fiducials: bool,
}

/// The same dots, scheduled, routed and written anew, for another rig or registration. The new plan names the old one
/// as its parent. `out` may be the plan's own folder: the new plan then takes the place of the old one.
///
/// A run that fails leaves no program in `out`, neither its own nor one of an earlier run.
pub fn gcode(plan_path: &Path, out: &Path, options: GcodeOptions<'_>, progress: &dyn Progress) -> Result<Outcome> {
    remake(plan_path, out, options, progress).inspect_err(|_| withdraw_programs(out))
}

fn remake(plan_path: &Path, out: &Path, options: GcodeOptions<'_>, progress: &dyn Progress) -> Result<Outcome> {
    let mut stages = Stages::new(progress);
    stages.begin("load");
    let PlanFolder { mut plan, sha256: parent, scan, region, density_per_cm2, parts } = PlanFolder::read(plan_path)?;
    let mut replaced = BTreeMap::new();
    let touches = touches(&mut plan, options)?;
    if let Some(name) = options.rig {
        let (profile, text) = read_profile(name, Path::new("")).map_err(|error| error.place("--rig"))?;
        let deepest = plan.dots.iter().map(|dot| dot.depth_mm).fold(0.0, f64::max);
        if deepest > profile.depth_cap_mm {
            return Err(Error::input(format!("dots {deepest} mm deep"))
                .file(plan_path.display().to_string())
                .expected(format!("at most {} mm, the depth cap of the rig \"{}\"", profile.depth_cap_mm, profile.name))
                .remedy("use another rig, or plan anew with less depth"));
        }
        let depths_mm = plan.dots.iter().filter(|dot| !dot.existing).map(|dot| dot.depth_mm);
        profile.depth.fits(depths_mm).map_err(|error| error.file(plan_path.display().to_string()))?;
        plan.case.rig.clone_from(&profile.name);
        plan.rig = profile;
        replaced.insert("rig".to_owned(), sha256(&text));
    }
    let registration = options.registration.map(|path| read_registration(path, plan.case.mesh.units)).transpose()?;
    let fiducials = match &registration {
        Some((registration, _)) if options.fiducials => marks(registration, plan.case.mesh.units),
        None if options.fiducials => {
            return Err(Error::usage("--fiducials without a registration")
                .expected("the fiducials that were measured")
                .remedy("name their file with --registration"));
        }
        _ => Vec::new(),
    };
    let registration = registration.map(|(registration, digest)| {
        plan.fiducials_mm = marks_mm(&registration, plan.case.mesh.units);
        replaced.insert("registration".to_owned(), digest);
        registration
    });
    let folder = Folder::create(out)?;
    folder.spare(options.rig.map(Path::new).into_iter().chain(options.registration).chain(options.probed))?;

    stages.begin("index");
    let index = SurfaceIndex::build(&scan);
    let landmarks = unnamed(&plan.landmarks_mm);
    let heights_mm = probing::heights(&plan)?;
    let floor = Floor {
        case: &plan.case,
        landmarks: &landmarks,
        profile: &plan.rig,
        registration: registration.as_ref(),
        placed: options.rig.is_none().then_some(&plan.setups),
        scan: &index,
        heights_mm: Some(&heights_mm),
        dwells_s: Some(&plan.dwells_s),
        seed: plan.seed,
        require_all: options.require_all,
    };
    let mut dots = std::mem::take(&mut plan.dots);
    let work =
        Work::plan(&floor, &mut dots, &mut stages).map_err(|error| error.file(plan_path.display().to_string()))?;

    plan.parent = Some(parent);
    plan.sha256.extend(replaced);
    plan.dots = dots;
    plan.statistics = work.statistics(plan.statistics);
    let as_placed = options.rig.is_none() && registration.is_none();
    let stays = |code: &str| !Work::CODES.contains(&code) && (as_placed || !Work::PLACING_CODES.contains(&code));
    plan.findings.retain(|finding| stays(&finding.code));
    plan.findings.extend(touches.into_iter().chain(work.findings.iter().cloned()));
    plan.setups.clone_from(&work.setups);
    plan.blocks.clone_from(&work.blocks);
    let surfaces = Surfaces {
        scan: &scan,
        region: &region,
        index: &index,
        region_index: &SurfaceIndex::build(&region),
        density_per_cm2: &density_per_cm2,
    };
    let wanted = Wanted { format: options.format, style: options.style, frame: options.frame, fiducials };
    let skin = surfaces.measured(&plan)?;
    let left = output::write(&folder, &plan, &parts, &work, surfaces, &skin, &wanted, &mut stages)?;
    Ok(Outcome::new(plan, left, stages))
}

/// Takes the touches of the skin into the plan, or those of another rig or registration out of it. Returns what is to be said of them.
fn touches(plan: &mut Plan, options: GcodeOptions<'_>) -> Result<Vec<Finding>> {
    let placed_anew = options.rig.is_some() || options.registration.is_some();
    if placed_anew {
        plan.contacts.clear();
    }
    let Some(path) = options.probed else { return Ok(Vec::new()) };
    if placed_anew {
        return Err(Error::usage("--probed with another rig or registration")
            .expected("touches of the skin as the plan has it in the rig")
            .remedy("give the rig or the registration first, and touch the skin with the programs that it leaves"));
    }
    let Probed { contacts, findings } = probing::read(path, plan)?;
    plan.contacts.retain(|old| !contacts.iter().any(|new| new.session == old.session && new.setup == old.setup));
    plan.contacts.extend(contacts);
    plan.findings.retain(|finding| !probing::CODES.contains(&finding.code.as_str()));
    Ok(findings)
}

/// Places of the fiducials in the scan, mm.
pub(super) fn marks_mm(registration: &Registration, units: Units) -> Vec<[f64; 3]> {
    marks(registration, units).into_iter().map(|(_, place)| place.coords.into()).collect()
}

/// Names of the fiducials and their places in the scan, mm.
fn marks(registration: &Registration, units: Units) -> Vec<(String, Point)> {
    let place = |fiducial: &Fiducial| Point::from(Vector::from(fiducial.mesh) * units.in_mm());
    registration.fiducials.iter().map(|fiducial| (fiducial.name.clone(), place(fiducial))).collect()
}
