use std::path::Path;

use serde::Serialize;

use super::gcode::PlanFolder;
use super::inputs::read_profile;
use super::output::Surfaces;
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Point, Units};
use crate::mesh::{self, SurfaceIndex};
use crate::plan::Plan;
use crate::preview::{FlawMark, FlawSheet, flaw_sheet};
use crate::verify::Verdict;

/// Version tag of the format of verdicts.
const FORMAT: &str = "tonsure-verify/1";
/// A place is drawn that far above the skin, mm.
const SHOWN_ABOVE_MM: f64 = 0.5;

/// The content of `session-K.SETUP.verify.json`: what the second opinion says of the programs of a block.
#[derive(Serialize)]
struct Verdicts<'a> {
    format: &'static str,
    /// SHA-256 of `plan.json`.
    plan_sha256: &'a str,
    programs: Vec<OfProgram<'a>>,
}

#[derive(Serialize)]
struct OfProgram<'a> {
    file: &'a str,
    #[serde(flatten)]
    verdict: &'a Verdict,
}

/// Name and content of the verdict files of programs, one for all programs of a block.
pub(super) fn files(programs: &[(&str, &Verdict)], plan_sha256: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let stem = |name: &str| name.split('.').take(2).collect::<Vec<_>>().join(".");
    let of_block = |block: &[(&str, &Verdict)]| {
        let programs = block.iter().map(|&(file, verdict)| OfProgram { file, verdict }).collect();
        let mut text = serde_json::to_vec_pretty(&Verdicts { format: FORMAT, plan_sha256, programs })
            .map_err(|error| Error::system(error.to_string()))?;
        text.push(b'\n');
        let name = block.first().map_or_else(String::new, |(file, _)| stem(file));
        Ok((format!("{name}.verify.json"), text))
    };
    programs.chunk_by(|(a, _), (b, _)| stem(a) == stem(b)).map(of_block).collect()
}

/// A true-scale SVG of the head with the faults of a program on the skin where the needle would make them.
pub(super) fn picture(plan: &Plan, surfaces: Surfaces<'_>, name: &str, verdict: &Verdict) -> Result<String> {
    let Surfaces { scan, index, region, .. } = surfaces;
    let (placed, others): (Vec<&Finding>, Vec<&Finding>) = (verdict.findings.iter())
        .filter(|finding| finding.severity != Severity::Pass)
        .partition(|finding| verdict.places.iter().any(|place| place.code == finding.code));
    // A tip in the skin would be hidden by it.
    let on_skin = |tip: Point| {
        let hit = index.closest(&tip);
        hit.map_or(tip, |hit| hit.position + scan.normal(hit.at.triangle) * SHOWN_ABOVE_MM)
    };
    let places_of = |finding: &&Finding| -> Vec<Point> {
        let of_code = verdict.places.iter().filter(|place| place.code == finding.code);
        of_code.map(|place| on_skin(Point::from(place.at_mm))).collect()
    };
    let places: Vec<Vec<Point>> = placed.iter().map(places_of).collect();
    let marks: Vec<FlawMark<'_>> = (1..)
        .zip(placed.iter().zip(&places))
        .map(|(number, (finding, places))| FlawMark { number, finding, places, outlines: &[], is_gap: false })
        .collect();
    let headline = format!("{}  ·  {} strikes", verdict.verdict, verdict.strikes);
    let line: Vec<Point> = plan.boundary_mm.iter().copied().map(Point::from).collect();
    flaw_sheet(&FlawSheet {
        name,
        headline: &headline,
        scan,
        shown: scan.vertices(),
        region: Some(region),
        line: &line,
        landmarks_mm: &plan.landmarks_mm,
        marks: &marks,
        others: &others,
    })
}

impl PlanFolder {
    /// Judges against another rig than the plan's: a built-in name or the path of a profile.
    ///
    /// # Errors
    /// A profile that cannot be read, one whose head rest holds the head otherwise than where the plan has it by its landmarks, one on which
    /// the plan is none: its dots deeper than the cap, touches that such a rig does not make.
    pub fn on_rig(&mut self, name: &str) -> Result<()> {
        let rig = read_profile(name, Path::new("")).map_err(|error| error.place("--rig"))?.0;
        for (setup, _) in self.plan.setups.iter().filter(|(_, placed)| placed.source == "landmarks") {
            if rig.head_rest.get(setup) != self.plan.rig.head_rest.get(setup) {
                return Err(Error::input(format!("another head rest for the setup \"{setup}\" on \"{}\"", rig.name))
                    .place("--rig")
                    .expected("that of the plan's rig, by which the landmarks have placed the head")
                    .remedy("make the programs anew for this rig: tonsure gcode PLAN.json --rig"));
            }
        }
        self.plan.rig = rig;
        self.plan.check().map_err(|error| error.within("--rig"))
    }

    /// Judges against another scan than the plan's, in the same axes: one made later, or with more of what stands around.
    ///
    /// # Errors
    /// A mesh that cannot be read.
    pub fn on_mesh(&mut self, path: &Path, units: Option<Units>) -> Result<()> {
        self.scan = mesh::load(path, units)?.mesh;
        Ok(())
    }

    /// A true-scale SVG of the head with the faults of a program where the needle would make them.
    ///
    /// # Errors
    /// A scan too large for a head.
    pub fn picture(&self, name: &str, verdict: &Verdict) -> Result<String> {
        let (scan, region) = (&self.scan, &self.region);
        picture(
            &self.plan,
            Surfaces {
                scan,
                region,
                index: &SurfaceIndex::build(scan),
                region_index: &SurfaceIndex::build(region),
                density_per_cm2: &self.density_per_cm2,
            },
            name,
            verdict,
        )
    }
}
