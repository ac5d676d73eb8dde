use super::done::Done;
use crate::error::{Error, Result};
use crate::geometry::Point;
use crate::job::halts;
use crate::job::machine::{Floor, Work, target};
use crate::job::order::Orders;
use crate::job::ways::Ways;
use crate::plan::{self, Block, Dot, OrderBy, OrderFigures, Plan, Statistics};
use crate::schedule::{self, Halt, Reached, Setup, Target};
use crate::toolpath::Stop;

/// Code of the finding that tells what was taken for done.
pub(super) const RESUMED: &str = "resumed";
/// Codes of the findings that are made anew; the others hold for what is left as they held for the whole.
pub(super) const ANEW: [&str; 4] = [RESUMED, "pole", "P15", "P17"];

/// The work of a plan without what is done.
pub(super) struct Left<'a> {
    pub(super) old: &'a Plan,
    pub(super) done: &'a Done,
    pub(super) floor: &'a Floor<'a>,
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
        let Some(setup) = self.old.setups.get(&block.setup).filter(|_| !left.is_empty()) else { return Ok(()) };
        let setup = Setup { name: &block.setup, mesh_to_rig: setup.mesh_to_rig };
        let of_order = |&order: &usize| Some(target(self.old.dot(block.dots[order])?, self.floor));
        let targets: Vec<Target> = left.iter().filter_map(of_order).collect();
        let members = self.reached(&targets, &setup)?;

        let ways = Ways {
            profile: self.floor.profile,
            stops: &self.floor.case.stops,
            mesh_to_rig: &setup.mesh_to_rig,
            scan: self.floor.scan,
        };
        let stops = members.iter().map(|(target, reached)| Stop::new(target, &reached.needle, &setup.mesh_to_rig));
        let built = ways.along(stops.collect(), self.halts(block, &left))?;

        let orders = Orders::kept(&members, self.floor.profile, &setup.mesh_to_rig);
        let is_lost = |dot: u32| built.lost.iter().any(|blocked| blocked.dot == dot);
        let [kept, _, serpentine] = orders.figures(|member| !is_lost(members[member as usize].0.id));
        let kept = OrderFigures { travel_s: Some(built.travel_s[0]), ..kept };
        let figures = plan::Orders { taken: OrderBy::RigTime, rig_time: kept, length: kept, serpentine };
        let name = Block { session: block.session, setup: block.setup.clone(), tool: block.tool, ..Block::default() };
        let length_mm = kept.length_mm;
        work.take_down(self.floor, name, built, (figures, length_mm), dots);
        Ok(())
    }

    /// The needle at each dot. The plan has reached them with the same rig in the same place.
    fn reached(&self, targets: &[Target], setup: &Setup<'_>) -> Result<Vec<(Target, Reached)>> {
        let survey = schedule::survey(targets, self.floor.profile, &[*setup], self.floor.scan);
        let assigned = survey.assign(&[0]);
        (targets.iter().zip(assigned))
            .map(|(target, assignment)| {
                let reached = assignment.outcome.map_err(|reason| {
                    Error::input(format!("dot {} out of reach: {reason}", target.id))
                        .place("plan.json")
                        .expected("dots that the rig reaches as the plan was made")
                        .remedy("make the plan anew with this version, and give what is done as a journal")
                })?;
                Ok((*target, reached))
            })
            .collect()
    }

    /// The stops that come behind the last dot that is done, before the dots that are left.
    fn halts(&self, block: &Block, left: &[usize]) -> Vec<Halt> {
        let made = (0..block.dots.len()).rev().find(|&order| self.done.has(block.dots[order]));
        let open = block.stops.iter().filter(|stop| made.is_none_or(|made| stop.before_order as usize > made));
        let halt = |stop: &plan::PlannedStop| Halt {
            before: left.partition_point(|&order| order < stop.before_order as usize),
            kind: stop.kind,
        };
        let mut halts: Vec<Halt> = open.map(halt).filter(|halt| halt.before < left.len()).collect();
        halts.sort_unstable();
        halts.dedup();
        halts
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
