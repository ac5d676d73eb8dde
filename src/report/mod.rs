//! Figures and findings of a plan, for machines.

mod page;
mod pattern;
mod skin;
mod travel;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::case::Case;
use crate::error::{Finding, Result, Severity};
use crate::plan::{Block, OrderFigures, Orders, Plan, SetupPlacement, Statistics, travel_heights};
use crate::schedule::HaltKind;
use crate::toolpath::{TimeSplit, TravelHeights};
use crate::treatment::assessment;
use crate::treatment::calendar::{Day, Punctures, punctures, session_days};
use crate::treatment::pigment::{self, Dilution};
use crate::verify::Verdict;

use self::travel::saved;

pub use page::{PageInput, Track, page, pick_page};
pub use pattern::{IDEAL_POWER, Pattern};
pub use skin::OnSkin;
pub use travel::TravelFigures;

/// Version tag of the report format.
pub const FORMAT: &str = "tonsure-report/2";

/// The content of `report.json`.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    format: &'static str,
    /// Version of tonsure.
    version: &'static str,
    /// SHA-256 of `plan.json`.
    plan_sha256: &'a str,
    /// SHA-256 of the plan from which this one was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<&'a str>,
    /// SHA-256 of every input and of both surfaces.
    sha256: &'a BTreeMap<String, String>,
    /// What matters most, in one line.
    headline: String,
    /// The worst of the findings.
    verdict: Severity,
    rig: &'a str,
    seed: u64,
    /// All choices that the result depends on beside the files named by their SHA-256, defaults filled in.
    case: &'a Case,
    #[serde(flatten)]
    statistics: &'a Statistics,
    /// What the time of all programs goes into.
    times: TimeSplit,
    travel: TravelFigures,
    consumables: Consumables,
    travel_heights: TravelHeights,
    sessions: Vec<SessionFigures>,
    blocks: Vec<BlockFigures<'a>>,
    #[serde(flatten)]
    skin: &'a OnSkin,
    /// Suggested dilutions, to be confirmed by the technician; none without the tone of the skin.
    dilutions: Vec<Dilution>,
    /// What to ask before the treatment.
    questions: &'static [&'static str],
    setups: &'a BTreeMap<String, SetupPlacement>,
    findings: Vec<&'a Finding>,
    programs: Vec<ProgramFigures<'a>>,
}

/// What is used up.
#[derive(Debug, Default, Serialize)]
struct Consumables {
    /// Sterile needle cartridges: one for each tool that a program takes up, and those that are put in on the way.
    cartridges: usize,
    /// Times that ink is loaded on the way.
    ink_reloads: usize,
    /// Times that the skin is wiped.
    wipes: usize,
    /// Strikes by tool.
    strikes_by_tool: BTreeMap<u32, usize>,
}

impl Consumables {
    fn of(plan: &Plan) -> Self {
        let stops = |kinds: &[HaltKind]| {
            plan.blocks.iter().flat_map(|block| &block.stops).filter(|stop| kinds.contains(&stop.kind)).count()
        };
        let mut strikes_by_tool = BTreeMap::new();
        for dot in plan.dots.iter().filter(|dot| !dot.existing && dot.setup.is_some()) {
            *strikes_by_tool.entry(dot.tool).or_default() += 1;
        }
        Self {
            cartridges: plan.blocks.len() + stops(&[HaltKind::ToolChange, HaltKind::Cartridge]),
            ink_reloads: stops(&[HaltKind::Reload]),
            wipes: stops(&[HaltKind::Wipe]),
            strikes_by_tool,
        }
    }
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
    /// Days since the first session, and the date where that of the first is known.
    day: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    count: usize,
    not_reached: usize,
    punctures_per_cm2: f64,
    /// Most on any disc of 1 cm² around a dot.
    most_punctures_per_cm2: usize,
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
    travel_heights: &'a TravelHeights,
    /// Times that a rotary axis unwinds on the way from dot to dot.
    unwinds: usize,
    /// Share of the travel time that the order found by rig time saves against that of least length.
    saved_against_length: f64,
    /// Share of the time of all hops that the order taken saves against a serpentine.
    saved_time_against_serpentine: f64,
    stops: BTreeMap<HaltKind, usize>,
    stop_way_mm: f64,
    longest_patch_s: f64,
}

impl<'a> Report<'a> {
    /// Gathers the figures of a plan, those of its dots on the skin, the verdicts on its programs by file name, and what was told while
    /// they were written.
    ///
    /// # Errors
    /// When no search tree over the dots can be built.
    pub fn of(
        plan: &'a Plan,
        plan_sha256: &'a str,
        skin: &'a OnSkin,
        programs: &[(&'a str, &'a Verdict)],
        told: &'a [Finding],
    ) -> Result<Self> {
        let days = session_days(&plan.case);
        let punctures = punctures(plan)?;
        let last_session = plan.dots.iter().map(|dot| dot.session).max().unwrap_or(0);
        let sessions = (1..=last_session).map(|session| {
            let dots = plan.dots.iter().filter(|dot| dot.session == session);
            let (count, not_reached) =
                dots.fold((0, 0), |(all, lost), dot| (all + 1, lost + usize::from(dot.setup.is_none())));
            let index = session as usize - 1;
            let day = days.get(index).copied().unwrap_or_else(|| Day::first(&plan.case));
            let Punctures { mean_per_cm2, most_per_cm2, .. } = punctures.get(index).copied().unwrap_or_default();
            SessionFigures {
                session,
                day: day.number,
                date: day.date().map(|date| date.to_string()),
                count,
                not_reached,
                punctures_per_cm2: mean_per_cm2,
                most_punctures_per_cm2: most_per_cm2,
            }
        });
        let worst = programs.iter().map(|(_, judged)| judged.verdict).fold(verdict(&plan.findings), Severity::max);
        let worst = worst.max(verdict(told));
        Ok(Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION"),
            plan_sha256,
            parent: plan.parent.as_deref(),
            sha256: &plan.sha256,
            headline: headline(plan, worst),
            verdict: worst,
            rig: &plan.rig.name,
            seed: plan.seed,
            case: &plan.case,
            statistics: &plan.statistics,
            times: times(plan),
            travel: TravelFigures::of(plan)?,
            consumables: Consumables::of(plan),
            travel_heights: travel_heights(&plan.blocks),
            sessions: sessions.collect(),
            blocks: plan.blocks.iter().map(BlockFigures::of).collect(),
            skin,
            dilutions: pigment::dilutions(&plan.case),
            questions: &assessment::QUESTIONS,
            setups: &plan.setups,
            findings: plan.findings.iter().chain(told).collect(),
            programs: programs.iter().map(|&(file, verdict)| ProgramFigures { file, verdict }).collect(),
        })
    }
}

impl<'a> BlockFigures<'a> {
    fn of(block: &'a Block) -> Self {
        let Block { session, setup, tool, dots, orders, travel_heights, times, .. } = block;
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
            travel_heights,
            unwinds: block.unwinds,
            saved_against_length: saved(travel_s(&orders.rig_time), travel_s(&orders.length)),
            saved_time_against_serpentine: saved(orders.taken().hops_s, orders.serpentine.hops_s),
            stops,
            stop_way_mm: block.stop_way_mm,
            longest_patch_s: block.longest_patch_s,
        }
    }
}

/// What the time of all programs of a plan goes into.
pub fn times(plan: &Plan) -> TimeSplit {
    plan.blocks.iter().fold(TimeSplit::default(), |mut sum, block| {
        sum += &block.times;
        sum
    })
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
    let stops_s: f64 = times(plan).stops_s.values().sum();
    let stops = if stops_s > 0.0 { format!(", {:.0} min of it for stops", stops_s / 60.0) } else { String::new() };
    format!(
        "{verdict}: {} dots on {:.0} cm² ({:.1} per cm²), {reached}, about {} h {:02} min of machine time{stops}",
        figures.count,
        figures.area_mm2 / 100.0,
        figures.density_reached_per_cm2,
        (minutes / 60.0).floor(),
        minutes % 60.0,
    )
}
