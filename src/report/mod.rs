//! Figures and findings of a plan, for machines.

use serde::Serialize;

use crate::error::{Finding, Severity};
use crate::plan::{Block, Plan, SetupPlacement, Statistics};
use crate::verify::Verdict;

/// Version tag of the report format.
pub const FORMAT: &str = "tonsure-report/1";

/// The content of `report.json`.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    format: &'static str,
    /// SHA-256 of `plan.json`.
    plan_sha256: &'a str,
    /// What matters most, in one line.
    headline: String,
    /// The worst of the findings.
    verdict: Severity,
    rig: &'a str,
    seed: u64,
    #[serde(flatten)]
    statistics: &'a Statistics,
    sessions: Vec<SessionFigures>,
    blocks: Vec<BlockFigures<'a>>,
    setups: &'a std::collections::BTreeMap<String, SetupPlacement>,
    findings: &'a [Finding],
    programs: Vec<ProgramFigures<'a>>,
}

/// What the second opinion says of one program.
#[derive(Debug, Serialize)]
struct ProgramFigures<'a> {
    file: &'a str,
    #[serde(flatten)]
    verdict: &'a Verdict,
}

#[derive(Debug, Serialize)]
struct SessionFigures {
    session: u32,
    count: usize,
    not_reached: usize,
}

#[derive(Debug, Serialize)]
struct BlockFigures<'a> {
    session: u32,
    setup: &'a str,
    tool: u32,
    count: usize,
    length_mm: f64,
    serpentine_mm: f64,
    start_tour_mm: f64,
    saved_against_serpentine: f64,
    time_s: f64,
}

impl<'a> Report<'a> {
    /// Gathers the figures of a plan, and the verdicts on its programs by file name.
    pub fn of(plan: &'a Plan, plan_sha256: &'a str, programs: &[(&'a str, &'a Verdict)]) -> Self {
        let last_session = plan.dots.iter().map(|dot| dot.session).max().unwrap_or(0);
        let sessions = (1..=last_session).map(|session| {
            let dots = plan.dots.iter().filter(|dot| dot.session == session);
            let (count, not_reached) =
                dots.fold((0, 0), |(all, lost), dot| (all + 1, lost + usize::from(dot.setup.is_none())));
            SessionFigures { session, count, not_reached }
        });
        let worst = programs.iter().map(|(_, judged)| judged.verdict).fold(verdict(&plan.findings), Severity::max);
        Self {
            format: FORMAT,
            plan_sha256,
            headline: headline(plan, worst),
            verdict: worst,
            rig: &plan.rig.name,
            seed: plan.seed,
            statistics: &plan.statistics,
            sessions: sessions.collect(),
            blocks: plan.blocks.iter().map(BlockFigures::of).collect(),
            setups: &plan.setups,
            findings: &plan.findings,
            programs: programs.iter().map(|&(file, verdict)| ProgramFigures { file, verdict }).collect(),
        }
    }
}

impl<'a> BlockFigures<'a> {
    fn of(block: &'a Block) -> Self {
        let &Block { session, ref setup, tool, ref dots, length_mm, serpentine_mm, start_tour_mm, time_s } = block;
        let saved = if serpentine_mm > 0.0 { 1.0 - length_mm / serpentine_mm } else { 0.0 };
        Self {
            session,
            setup,
            tool,
            count: dots.len(),
            length_mm,
            serpentine_mm,
            start_tour_mm,
            saved_against_serpentine: saved,
            time_s,
        }
    }
}

/// The worst severity among the findings; PASS when there is none.
pub fn verdict(findings: &[Finding]) -> Severity {
    findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Pass)
}

/// What matters most about a plan with the given verdict, in one line.
pub fn headline(plan: &Plan, verdict: Severity) -> String {
    let figures = &plan.statistics;
    let reached = match figures.not_reached {
        0 => "all within reach".to_owned(),
        lost => format!("{lost} not reached by {}", plan.rig.name),
    };
    let minutes = (figures.time_s / 60.0).ceil();
    format!(
        "{verdict}: {} dots on {:.0} cm² ({:.1} per cm²), {reached}, about {} h {:02} min of machine time",
        figures.count,
        figures.area_mm2 / 100.0,
        figures.density_reached_per_cm2,
        (minutes / 60.0).floor(),
        minutes % 60.0,
    )
}
