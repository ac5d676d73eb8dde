//! Figures and findings of a plan, for machines.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::{Finding, Severity};
use crate::plan::{Block, OrderFigures, Orders, Plan, SetupPlacement, Statistics};
use crate::schedule::HaltKind;
use crate::toolpath::TimeSplit;
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
    setups: &'a BTreeMap<String, SetupPlacement>,
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
    times: &'a TimeSplit,
    orders: &'a Orders,
    /// Share of the travel time that the order found by rig time saves against that of least length.
    saved_against_length: f64,
    /// Share of the time of all hops that the order taken saves against a serpentine.
    saved_time_against_serpentine: f64,
    stops: BTreeMap<HaltKind, usize>,
    stop_way_mm: f64,
    longest_patch_s: f64,
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
        let Block { session, setup, tool, dots, orders, times, .. } = block;
        let saved = |now: f64, before: f64| if before > 0.0 { 1.0 - now / before } else { 0.0 };
        let travel_s = |order: &OrderFigures| order.travel_s.unwrap_or_default();
        let mut stops: BTreeMap<HaltKind, usize> = BTreeMap::new();
        for stop in &block.stops {
            *stops.entry(stop.kind).or_default() += 1;
        }
        Self {
            session: *session,
            setup,
            tool: *tool,
            count: dots.len(),
            length_mm: block.length_mm,
            serpentine_mm: block.serpentine_mm,
            start_tour_mm: block.start_tour_mm,
            saved_against_serpentine: saved(block.length_mm, block.serpentine_mm),
            time_s: block.time_s,
            times,
            orders,
            saved_against_length: saved(travel_s(&orders.rig_time), travel_s(&orders.length)),
            saved_time_against_serpentine: saved(orders.taken().hops_s, orders.serpentine.hops_s),
            stops,
            stop_way_mm: block.stop_way_mm,
            longest_patch_s: block.longest_patch_s,
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
