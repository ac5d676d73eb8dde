//! Runs a damaged head through the program.

use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use tonsure::error::{Finding, Result, Severity};
use tonsure::geometry::Point;
use tonsure::job::{self, Asked, Inputs, Layout, PlanOptions, Silent, Stages};
use tonsure::mesh::{SurfaceIndex, TriMesh};
use tonsure::plan::Dot;
use tonsure::region::{Options, Preparation, Region, Scalp};

use super::file::write_case;
use super::{Damaged, Head};

/// Nothing here takes a tenth of this; only a run that will never end does.
const HANG: Duration = Duration::from_secs(900);

/// How far a case is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Up to the dots, as a user of the library would; leaves out the checks of `plan` between boundary and scan.
    Dots,
    /// The whole plan with its programs, verified.
    Plan,
}

/// What a run that ended well gave.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The dots, moved back into the frame of the undamaged head.
    pub(crate) dots: Vec<Dot>,
    pub(crate) area_mm2: f64,
    pub(crate) edge_length_mm: f64,
    pub(crate) findings: Vec<Finding>,
    pub(crate) verdict: Severity,
    /// The treatable surface, when the run was taken up to the dots.
    pub(crate) region: Option<TriMesh>,
}

/// Runs a case; `Err` has the words of the error, or says that the run panicked or did not end.
pub(crate) fn run(head: &Head, damaged: &Damaged, way: Way) -> Result<Outcome, String> {
    let folder = TempDir::with_prefix(head.name).unwrap();
    let case = write_case(folder.path(), damaged);
    let out = folder.path().join("out");
    let (sender, receiver) = mpsc::channel();
    let worker = thread::spawn(move || {
        let _ = sender.send(match way {
            Way::Dots => dots(&case),
            Way::Plan => plan(&case, &out),
        });
    });
    let outcome = match receiver.recv_timeout(HANG) {
        Err(mpsc::RecvTimeoutError::Timeout) => return Err("PANIC: no end".to_owned()),
        Ok(outcome) => outcome.map_err(|error| error.to_string().replace(&*folder.path().to_string_lossy(), "")),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let cause = worker.join().expect_err("a worker that sent nothing panicked");
            let text = cause.downcast_ref::<String>().cloned();
            return Err(format!("PANIC: {}", text.unwrap_or_else(|| format!("{:?}", cause.downcast_ref::<&str>()))));
        }
    };
    let mut outcome = outcome?;
    let back = damaged.placement.inverse();
    for dot in &mut outcome.dots {
        dot.position_mm = back.point(&Point::from(dot.position_mm)).coords.into();
        dot.normal = back.direction(&dot.normal.into()).into();
    }
    Ok(outcome)
}

fn dots(case: &Path) -> Result<Outcome> {
    let inputs = Inputs::read(case, None)?;
    let (line, inside) = (&inputs.boundary.points, inputs.inside_point()?);
    let index = SurfaceIndex::build(&inputs.scan.mesh);
    let scalp = Scalp::prepare(inputs.scan.mesh.clone(), index, line, inside, &Preparation::default())?;
    let region = Region::build(&scalp, line, inside, &[], &Options::default())?;
    let asked = Asked::of_case(&inputs.case, &inputs.landmarks, &region, inputs.case.seed)?;
    let layout =
        Layout::make(&inputs.case, inputs.case.seed, None, &asked, &region, &scalp, &mut Stages::new(&Silent))?;
    let seen = inputs.findings().chain(&scalp.findings).chain(&region.findings).chain(&layout.findings);
    let findings: Vec<Finding> = seen.cloned().collect();
    Ok(Outcome {
        dots: layout.dots,
        area_mm2: region.area_mm2,
        edge_length_mm: region.edge_length_mm,
        verdict: findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Pass),
        findings,
        region: Some(region.mesh),
    })
}

fn plan(case: &Path, out: &Path) -> Result<Outcome> {
    let made = job::plan(case, out, PlanOptions::default(), &Silent)?;
    Ok(Outcome {
        dots: made.plan.dots,
        area_mm2: made.plan.statistics.area_mm2,
        edge_length_mm: made.plan.statistics.edge_length_mm,
        findings: made.findings,
        verdict: made.verdict,
        region: None,
    })
}
