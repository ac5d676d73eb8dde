use std::ops::RangeInclusive;

use super::done::Done;
use super::way_out;
use crate::error::{Error, Result};
use crate::geometry::Point;
use crate::job::halts;
use crate::job::machine::{Floor, Work, target};
use crate::job::needles::Needles;
use crate::job::order::Orders;
use crate::job::passes::{self, Pass};
use crate::job::ways::Ways;
use crate::plan::{self, Block, Dot, OrderBy, OrderFigures, Plan, Statistics};
use crate::rig::Profile;
use crate::schedule::{self, Assignment, Halt, HaltKind, Reached, Setup, Target};
use crate::toolpath::Stop;

/// Code of the finding that tells what was taken for done.
pub(super) const RESUMED: &str = "resumed";
/// Codes of the findings that are made anew; the others hold for what is left as they held for the whole.
pub(super) const ANEW: [&str; 5] = [RESUMED, way_out::CODE, "pole", "P15", "P17"];

/// A dot with its needle.
type Member = (Target, Reached);

/// The work of a plan without what is done.
pub(super) struct Left<'a> {
    pub(super) old: &'a Plan,
    pub(super) done: &'a Done,
    pub(super) floor: &'a Floor<'a>,
    pub(super) needles: Needles,
    /// Whether the head was registered anew since the plan was made.
    pub(super) placed_anew: bool,
}

impl Left<'_> {
    /// The blocks that are left, in their order, and their motions. Fills in the order of each dot.
    pub(super) fn work(&self, dots: &mut [Dot]) -> Result<Work> {
        let mut work = Work {
            setups: self.old.setups.clone(),
            blocks: Vec::new(),
            toolpaths: Vec::new(),
            air: Vec::new(),
            not_reached: dots.iter().filter(|dot| dot.session > 0 && dot.order.is_none()).count(),
            findings: Vec::new(),
        };
        for dot in dots.iter_mut() {
            dot.order = None;
        }
        for block in &self.old.blocks {
            self.add_block(block, &mut work, dots)?;
        }
        for dot in dots.iter_mut().filter(|dot| dot.order.is_none()) {
            dot.setup = None;
        }
        work.findings.extend(halts::findings(&work.blocks, &self.floor.case.stops));
        Ok(work)
    }

    fn add_block(&self, block: &Block, work: &mut Work, dots: &mut [Dot]) -> Result<()> {
        let left: Vec<usize> = (0..block.dots.len()).filter(|&order| !self.done.has(block.dots[order])).collect();
        let tool_of = |order: usize| self.old.dot(block.dots[order]).map_or(1, |dot| dot.tool);
        let mut passes = Vec::new();
        for orders in left.chunk_by(|&a, &b| tool_of(a) == tool_of(b)) {
            passes.extend(self.pass(block, tool_of(orders[0]), orders.to_vec(), work)?);
        }
        let joined = passes::join(passes, !self.floor.case.tools.is_empty(), self.floor.profile);
        if let Some((built, orders, start_tour_mm)) = joined.filter(|(built, ..)| !built.stops.is_empty()) {
            let name = Block { session: block.session, setup: block.setup.clone(), ..Block::default() };
            work.take_down(self.floor, name, built, (orders, start_tour_mm), dots);
        }
        Ok(())
    }

    /// What is left for one tool; none where the rig reaches nothing of it any more.
    fn pass(&self, block: &Block, tool: u32, mut left: Vec<usize>, work: &mut Work) -> Result<Option<Pass>> {
        let Some(setup) = self.old.setups.get(&block.setup) else { return Ok(None) };
        let profile = self.needles.with(tool);
        let has_tool = |id: &u32| self.old.dot(*id).is_some_and(|dot| dot.tool == tool);
        let run =
            block.dots.iter().position(has_tool).unwrap_or(0)..=block.dots.iter().rposition(has_tool).unwrap_or(0);
        let setup = Setup { name: &block.setup, mesh_to_rig: setup.mesh_to_rig };
        let of_order = |&order: &usize| Some(target(self.old.dot(block.dots[order])?, self.floor));
        let targets: Vec<Target> = left.iter().filter_map(of_order).collect();
        let (members, lost) = self.reached(&targets, profile, &setup)?;
        left.retain(|&order| !lost.iter().any(|assignment| assignment.id == block.dots[order]));
        work.findings.extend(schedule::findings(&lost));
        work.not_reached += lost.len();
        if members.is_empty() {
            return Ok(None);
        }

        let ways =
            Ways { profile, stops: &self.floor.case.stops, mesh_to_rig: &setup.mesh_to_rig, scan: self.floor.scan };
        let stops = members.iter().map(|(target, reached)| Stop::new(target, &reached.needle, &setup.mesh_to_rig));
        let built = ways.along(stops.collect(), self.halts(block, &left, &run))?;

        let orders = Orders::kept(&members, profile, &setup.mesh_to_rig);
        let is_lost = |dot: u32| built.lost.iter().any(|blocked| blocked.dot == dot);
        let [kept, _, serpentine] = orders.figures(|member| !is_lost(members[member as usize].0.id));
        let kept = OrderFigures { travel_s: Some(built.travel_s[0]), ..kept };
        let figures = plan::Orders { taken: OrderBy::RigTime, rig_time: kept, length: kept, serpentine };
        Ok(Some(Pass { tool, built, orders: figures, start_tour_mm: kept.length_mm }))
    }

    /// The needle at each dot, and the dots that are out of reach. The plan has reached all of them with the same rig, and where the head was
    /// not registered anew, in the same place.
    fn reached(
        &self,
        targets: &[Target],
        profile: &Profile,
        setup: &Setup<'_>,
    ) -> Result<(Vec<Member>, Vec<Assignment>)> {
        let survey = schedule::survey(targets, profile, &[*setup], self.floor.scan);
        let (mut members, mut lost) = (Vec::new(), Vec::new());
        for (target, assignment) in targets.iter().zip(survey.assign(&[0])) {
            match assignment.outcome {
                Ok(reached) => members.push((*target, reached)),
                Err(_) if self.placed_anew => lost.push(assignment),
                Err(reason) => {
                    return Err(Error::input(format!("dot {} out of reach: {reason}", target.id))
                        .place("plan.json")
                        .expected("dots that the rig reaches as the plan was made")
                        .remedy("make the plan anew with this version, and give what is done as a journal"));
                }
            }
        }
        Ok((members, lost))
    }

    /// The stops that come behind the last dot that is done, before the dots that are left, and those that get due among dots
    /// that were left out before it. `run` are the places of the pass in the order of the block.
    fn halts(&self, block: &Block, left: &[usize], run: &RangeInclusive<usize>) -> Vec<Halt> {
        let is_done = |order: &usize| self.done.has(block.dots[*order]);
        let made = (0..block.dots.len()).rev().find(is_done);
        // Tools are put in anew before what is left for them.
        let own = block.stops.iter().filter(|stop| stop.kind != HaltKind::ToolChange);
        let own = own.filter(|stop| run.contains(&(stop.before_order as usize)));
        let is_open = |stop: &&plan::PlannedStop| made.is_none_or(|made| stop.before_order as usize > made);
        let (open, past): (Vec<_>, Vec<_>) = own.partition(is_open);
        let halt = |stop: &plan::PlannedStop| Halt {
            before: left.partition_point(|&order| order < stop.before_order as usize),
            kind: stop.kind,
        };
        let mut halts: Vec<Halt> = open.into_iter().map(halt).filter(|halt| halt.before < left.len()).collect();
        halts.sort_unstable();
        halts.dedup();
        let behind = |kind: HaltKind| {
            let last = past.iter().rev().find(|stop| stop.kind == kind);
            let start = last.map_or(*run.start(), |stop| stop.before_order as usize);
            (start..=*run.end()).filter(is_done).count()
        };
        schedule::recounted(left.len(), halts, behind, &self.floor.case.stops)
    }
}

/// Figures of what is left, of the same area.
pub(super) fn statistics(work: &Work, old: &Plan, dots: &[Dot]) -> Statistics {
    let places: Vec<Point> = dots.iter().map(|dot| Point::from(dot.position_mm)).collect();
    let share = if old.dots.is_empty() { 0.0 } else { dots.len() as f64 / old.dots.len() as f64 };
    work.statistics(Statistics {
        count: dots.len(),
        density_reached_per_cm2: old.statistics.density_reached_per_cm2 * share,
        nearest_pair_mm: nearest_pair_mm(&places),
        ..old.statistics
    })
}

/// Least distance between two places; none for fewer than two.
fn nearest_pair_mm(places: &[Point]) -> Option<f64> {
    // Along one axis, as far as the best pair so far.
    let mut sorted = places.to_vec();
    sorted.sort_by(|a, b| a.x.total_cmp(&b.x));
    let mut least = f64::INFINITY;
    for (index, place) in sorted.iter().enumerate() {
        for other in &sorted[index + 1..] {
            if other.x - place.x >= least {
                break;
            }
            least = least.min(nalgebra::distance(place, other));
        }
    }
    least.is_finite().then_some(least)
}
