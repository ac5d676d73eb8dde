use serde::Serialize;

use super::checks::Checks;
use super::clearance::Clearances;
use super::controller::Controller;
use super::header::{Header, Run};
use super::hooks::{Unhooked, without_hooks};
use super::interpreter::{AXES, Machine, interpret};
use super::numbering::without_numbers;
use super::walk::Walk;
use crate::error::{Error, Finding, Result, Severity};
use crate::mesh::SurfaceIndex;
use crate::plan::{Block, Plan};
use crate::rig::Dialect;

/// Steps in which grbl waits (`DWELL_TIME_STEP`), s.
const GRBL_DWELL_STEP_S: f64 = 0.05;

/// What the second opinion says of one program.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The worst of the findings.
    pub verdict: Severity,
    /// Dots that the program strikes.
    pub strikes: usize,
    /// Every check with its outcome, worst first.
    pub findings: Vec<Finding>,
}

/// Judges the text of a program against the plan with the given SHA-256, and against the whole scan.
///
/// Checked are P05 (depth), P07 (tip's clearance on every travel) and that of needle and holder, P08 (strokes only along
/// the needle's axis, from the approach height and back), P09 (travel of the axes, tilt), P10 (feeds, tip below the cap), P11 (dwell, needle
/// drive), P12 (modes), P13 (start and end), P18 (every dot of the block that the header names is struck once, at its
/// place, in the plan's order) and P19 (dry run). Not checked: accelerations, the controller's own speed of rapids, and
/// what the lines of the profile's hooks do.
///
/// Errors: a header that names no block of this plan.
pub fn judge(text: &str, plan: &Plan, plan_sha256: &str, scan: &SurfaceIndex) -> Result<Verdict> {
    let header = Header::read(text)?;
    let block = (plan.blocks.iter()).find(|block| block.session == header.session && block.setup == header.setup);
    let (Some(block), Some(setup)) = (block, plan.setups.get(&header.setup)) else {
        return Err(Error::input(format!("session {} in the setup {}", header.session, header.setup))
            .place("header")
            .expected("a block of this plan")
            .remedy("verify the program with the plan it was made from"));
    };
    let letters: Vec<char> = plan.rig.axes.iter().map(|axis| axis.letter).take(AXES).collect();
    let mut checks = Checks::default();
    let controller = Controller::of(plan.rig.dialect);
    if header.dialect != plan.rig.dialect.name() {
        let what = format!("for the controller {}, the rig has {}", header.dialect, plan.rig.dialect.name());
        checks.note("P12", 1, what);
    }
    let (text, miscounted) =
        if plan.rig.line_numbers { without_numbers(text, controller.checksums) } else { (text.to_owned(), Vec::new()) };
    let Unhooked { text, points, finding: unseen } = without_hooks(&text, &plan.rig, &header, &mut checks);
    let machine = Machine { controller, letters: &letters, drive: &plan.rig.drive };
    let (events, faults) = interpret(&text, &points, machine);
    for fault in miscounted.into_iter().chain(faults) {
        checks.note("P12", fault.line, fault.what);
    }
    if !plan_sha256.starts_with(&header.plan_hash16) {
        checks.note("P18", 1, format!("made from the plan {}…, not from this one", header.plan_hash16));
    }
    let rig_to_mesh = setup.mesh_to_rig.inverse();
    // Where nothing is struck there is nothing to stop for.
    let bare = Block { dots: Vec::new(), stops: Vec::new(), ..block.clone() };
    let block = if header.run.hovers() { &bare } else { block };
    let strikes = Walk::new(plan, block, rig_to_mesh, header.run, &mut checks).follow(&events);
    Clearances { profile: &plan.rig, rig_to_mesh, scan, air: header.run != Run::Treat }.check(&events, &mut checks);

    let mut findings = checks.findings();
    findings.extend(rounded_dwell(plan).into_iter().chain(unseen));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let verdict = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Pass);
    Ok(Verdict { verdict, strikes, findings })
}

fn rounded_dwell(plan: &Plan) -> Option<Finding> {
    let steps = plan.case.design.dwell_s / GRBL_DWELL_STEP_S;
    let rounds = matches!(plan.rig.dialect, Dialect::Grbl | Dialect::Grblhal) && (steps - steps.round()).abs() > 1e-9;
    rounds.then(|| {
        Finding::new("dwell-rounded", Severity::Warn, "the controller rounds each dwell up to the next 50 ms")
            .remedy("plan with a dwell_s that is a multiple of 0.05")
    })
}
