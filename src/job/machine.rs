use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::halts;
use super::needles::Needles;
use super::order::{Orders, Shares};
use super::passes::{self, Pass};
use super::progress::Stages;
use super::ways::{Built, Ways};
use crate::case::{Case, Landmarks, SETUPS};
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Point, Vector};
use crate::mesh::SurfaceIndex;
use crate::plan::{self, Block, Dot, OrderBy, OrderFigures, PlannedStop, SetupPlacement, Statistics};
use crate::rig::{self, Profile, Registration, TreLimits};
use crate::schedule::{self, Halt, Reached, Setup, Target};
use crate::toolpath::{Blocked, HaltTime, Stop, Toolpath};

/// The setup of a placement that names none.
const DEFAULT_SETUP: &str = "upright";
/// How a rig works through the dots.
#[derive(Debug)]
pub struct Work {
    /// How the scan lies in the rig, by setup.
    pub setups: BTreeMap<String, SetupPlacement>,
    /// What is struck when.
    pub blocks: Vec<Block>,
    /// The motions of each block.
    pub toolpaths: Vec<Toolpath>,
    /// The dry run of each block.
    pub air: Vec<Toolpath>,
    /// Dots that no setup reaches.
    pub not_reached: usize,
    /// What was seen on the way.
    pub findings: Vec<Finding>,
}

/// What the work depends on besides the dots.
#[derive(Debug, Clone, Copy)]
pub struct Floor<'a> {
    /// The case.
    pub case: &'a Case,
    /// Landmarks, mm.
    pub landmarks: &'a Landmarks,
    /// The rig.
    pub profile: &'a Profile,
    /// What was measured on the day.
    pub registration: Option<&'a Registration>,
    /// How the scan lay in the same rig before; used where nothing new was measured.
    pub placed: Option<&'a BTreeMap<String, SetupPlacement>>,
    /// The whole scan.
    pub scan: &'a SurfaceIndex,
    /// How far above the scan the skin is at each dot, where it was touched, mm.
    pub heights_mm: Option<&'a BTreeMap<u32, f64>>,
    /// Time in the skin by dot, s, where it is not that of the case.
    pub dwells_s: Option<&'a BTreeMap<u32, f64>>,
    /// Seed of the routing.
    pub seed: u64,
    /// Dots that no setup reaches fail the plan.
    pub require_all: bool,
}

impl Floor<'_> {
    /// Whether neither the case nor a placement says in which setups the head is worked.
    fn chooses_setups(&self) -> bool {
        let placed = self.registration.is_some() || self.placed.is_some() || self.case.registration.is_some();
        self.case.setups.is_empty() && !placed
    }
}

impl Work {
    /// Codes of the findings that [`Work::plan`] makes.
    pub const CODES: [&str; 8] =
        ["all-required", "dots-not-reached", "dots-without-way", "pole", "setups", "travel-heights", "P15", "P17"];
    /// Codes of the findings that tell how the scan was placed; they hold as long as the placing does.
    pub const PLACING_CODES: [&str; 6] =
        ["P14", "three-fiducials", "fiducials-disagree", "fiducial-off", "scan-scale", "surface-points"];

    /// The statistics with what the work adds to them.
    pub fn statistics(&self, layout: Statistics) -> Statistics {
        Statistics {
            not_reached: self.not_reached,
            length_mm: self.blocks.iter().fold(0.0, |sum, block| sum + block.length_mm),
            time_s: self.blocks.iter().fold(0.0, |sum, block| sum + block.time_s),
            ..layout
        }
    }

    /// Assigns the dots to setups, orders them and plans the motions. Fills in `setup` and `order` of each dot.
    pub fn plan(floor: &Floor<'_>, dots: &mut [Dot], stages: &mut Stages<'_>) -> Result<Self> {
        stages.begin("schedule");
        let mut findings = Vec::new();
        let mut setups = place(floor, dots, &mut findings)?;
        let targets: Vec<Target> = dots.iter().map(|dot| target(dot, floor)).collect();
        let poses: Vec<Setup<'_>> = (SETUPS.into_iter())
            .filter_map(|name| Some(Setup { name, mesh_to_rig: setups.get(name)?.mesh_to_rig }))
            .collect();
        let rigs = Needles::new(floor.case, floor.profile);
        rigs.check()?;
        let survey = rigs.survey(dots, &targets, &poses, floor.scan);
        let mut chosen: Vec<usize> = (0..poses.len()).collect();
        if floor.chooses_setups() {
            let choice = survey.fewest();
            findings.push(choice.finding(&poses.iter().map(|pose| pose.name).collect::<Vec<_>>()));
            chosen = choice.setups;
            setups.retain(|name, _| chosen.iter().any(|&setup| poses[setup].name == name));
        }
        let assigned = survey.assign(&chosen);
        let reached: Vec<Option<Reached>> = assigned.iter().map(|assignment| assignment.outcome.ok()).collect();
        let not_reached = reached.iter().filter(|reached| reached.is_none()).count();
        findings.extend(schedule::findings(&assigned));
        for (dot, reached) in dots.iter_mut().zip(&reached) {
            dot.setup = reached.map(|reached| poses[reached.setup].name.to_owned());
            dot.order = None;
        }

        let last_session = dots.iter().map(|dot| dot.session).max().unwrap_or(0);
        let mut programs = Vec::new();
        for session in 1..=last_session {
            for (number, setup) in poses.iter().enumerate() {
                let mut members: BTreeMap<u32, Vec<(Target, Reached)>> = BTreeMap::new();
                let own = targets.iter().zip(&reached).zip(&*dots).filter(|(_, dot)| dot.session == session);
                for ((target, reached), dot) in own {
                    if let Some(reached) = reached.filter(|reached| reached.setup == number) {
                        members.entry(dot.tool).or_default().push((*target, reached));
                    }
                }
                let batch = |(tool, members)| Batch { session, setup: *setup, tool, members };
                programs.extend(members.into_iter().map(batch));
            }
        }

        stages.begin("route");
        let shares = Shares::new(stages.progress(), 2 * programs.len());
        let orders: Result<Vec<Orders>> = (programs.par_iter().enumerate())
            .map(|(index, Batch { session, setup, tool, members })| {
                let seed = floor.seed ^ u64::from(*session);
                let tell = [0, 1].map(|search| {
                    let shares = &shares;
                    move |share| shares.tell(2 * index + search, share)
                });
                Orders::find(members, rigs.with(*tool), &setup.mesh_to_rig, seed, [&tell[0], &tell[1]])
            })
            .collect();

        stages.begin("toolpath");
        let mut work =
            Self { setups, blocks: Vec::new(), toolpaths: Vec::new(), air: Vec::new(), not_reached, findings };
        let passes: Vec<(&Batch<'_>, Orders)> = programs.iter().zip(orders?).collect();
        let of_block =
            |(a, _): &(&Batch<'_>, Orders), (b, _): &(&Batch<'_>, Orders)| a.session == b.session && a.setup == b.setup;
        let blocks: Vec<&[_]> = passes.chunk_by(of_block).collect();
        let joined: Result<Vec<_>> = blocks.par_iter().map(|passes| Self::joined(floor, &rigs, passes)).collect();
        for (name, built, orders) in joined?.into_iter().flatten() {
            work.take_down(floor, name, built, orders, dots);
        }
        work.findings.extend(halts::findings(&work.blocks, &floor.case.stops));
        work.findings.extend(plan::travel_heights(&work.blocks).finding());
        for dot in dots.iter_mut().filter(|dot| dot.order.is_none()) {
            dot.setup = None;
        }
        if floor.require_all && work.not_reached > 0 {
            let message = format!("{} dots are not reached, and all are required", work.not_reached);
            work.findings.push(Finding::new("all-required", Severity::Fail, message).times(work.not_reached));
        }
        Ok(work)
    }

    /// One program, a pass for each of its tools.
    fn joined(floor: &Floor<'_>, rigs: &Needles, passes: &[(&Batch<'_>, Orders)]) -> Result<Option<Joined>> {
        let Some((Batch { session, setup, .. }, _)) = passes.first() else { return Ok(None) };
        let passes = passes.iter().map(|(batch, orders)| Self::pass(floor, rigs, batch, orders));
        let changes = !floor.case.tools.is_empty();
        let joined = passes::join(passes.collect::<Result<Vec<Pass>>>()?, changes, floor.profile);
        let name = Block { session: *session, setup: setup.name.to_owned(), ..Block::default() };
        Ok(joined.map(|(built, orders, start_tour_mm)| (name, built, (orders, start_tour_mm))))
    }

    fn pass(floor: &Floor<'_>, rigs: &Needles, batch: &Batch<'_>, orders: &Orders) -> Result<Pass> {
        let Batch { setup, tool, members, .. } = batch;
        let ways = Ways {
            profile: rigs.with(*tool),
            stops: &floor.case.stops,
            mesh_to_rig: &setup.mesh_to_rig,
            scan: floor.scan,
        };
        let stop = |member: &u32| {
            let (target, reached) = &members[*member as usize];
            Stop::new(target, &reached.needle, &setup.mesh_to_rig)
        };
        let stops = |order: &Vec<u32>| order.iter().map(stop).collect();
        let built = ways.build([stops(&orders.found[0]), stops(&orders.found[1])])?;
        let is_lost: BTreeSet<u32> = built.lost.iter().map(|blocked| blocked.dot).collect();
        let [rig_time, length, serpentine] = orders.figures(|member| !is_lost.contains(&members[member as usize].0.id));
        let compared = plan::Orders {
            taken: if built.taken == 0 { OrderBy::RigTime } else { OrderBy::Length },
            rig_time: OrderFigures { travel_s: Some(built.travel_s[0]), ..rig_time },
            length: OrderFigures { travel_s: Some(built.travel_s[1]), ..length },
            serpentine,
        };
        Ok(Pass { tool: *tool, built, orders: compared, start_tour_mm: orders.start_tour_mm })
    }

    /// Takes down the motions of a block, and gives its dots their order.
    pub(super) fn take_down(
        &mut self,
        floor: &Floor<'_>,
        name: Block,
        built: Built,
        (orders, start_tour_mm): (plan::Orders, f64),
        dots: &mut [Dot],
    ) {
        let Built { stops, halts, treat, air, times, lost, .. } = built;
        self.findings.extend(without_way(&lost));
        self.not_reached += lost.len();
        let seen = treat.swings.findings().into_iter();
        self.findings.extend(seen.map(|finding| Finding {
            message: format!("session {}, {}: {}", name.session, name.setup, finding.message),
            ..finding
        }));
        for (order, stop) in stops.iter().enumerate() {
            if let Some(at) = plan::position(dots, stop.dot) {
                dots[at].order = Some(order as u32);
            }
        }
        let planned = |(halt, timed): (&Halt, &HaltTime)| {
            let before_dot = stops.get(halt.before)?.dot;
            let takes_s = halt.kind.seconds(&floor.profile.stop_times);
            let before_order = halt.before as u32;
            Some(PlannedStop { kind: halt.kind, before_dot, before_order, at_s: timed.at_s, takes_s })
        };
        let tool = stops.first().and_then(|stop| Some(dots[plan::position(dots, stop.dot)?].tool)).unwrap_or(1);
        self.blocks.push(Block {
            tool,
            dots: stops.iter().map(|stop| stop.dot).collect(),
            length_mm: orders.taken().length_mm,
            serpentine_mm: orders.serpentine.length_mm,
            start_tour_mm,
            time_s: times.split.sum_s(),
            orders,
            travel_heights: treat.heights,
            unwinds: treat.swings.unwinds,
            stops: halts.iter().zip(&times.halts).filter_map(planned).collect(),
            stop_way_mm: times.stop_way_mm,
            longest_patch_s: times.longest_patch_s,
            times: times.split,
            ..name
        });
        self.toolpaths.push(treat);
        self.air.push(air);
    }
}

/// A program: what it is named by, its motions, and its orders with the length from which they began, mm.
type Joined = (Block, Built, (plan::Orders, f64));

/// What one tool strikes in one program.
struct Batch<'a> {
    session: u32,
    setup: Setup<'a>,
    tool: u32,
    members: Vec<(Target, Reached)>,
}

fn without_way(lost: &[Blocked]) -> Option<Finding> {
    let first = lost.first()?;
    let message = format!("{} dots are not struck, the first of them dot {}: {}", lost.len(), first.dot, first.reason);
    Some(
        Finding::new("dots-without-way", Severity::Warn, message)
            .times(lost.len())
            .remedy("place the head differently in the rig, or strike these dots by hand"),
    )
}

/// Where the needle is driven for a dot, and how long it stays.
pub(super) fn target(dot: &Dot, floor: &Floor<'_>) -> Target {
    let height_mm = floor.heights_mm.and_then(|heights_mm| heights_mm.get(&dot.id)).copied().unwrap_or_default();
    let own_s = floor.dwells_s.and_then(|dwells_s| dwells_s.get(&dot.id)).copied();
    let dwell_s = own_s.unwrap_or(floor.case.design.dwell_s);
    Target {
        id: dot.id,
        position: Point::from(dot.position_mm),
        normal: Vector::from(dot.normal),
        depth_mm: dot.depth_mm + floor.profile.depth.over_travel_mm() - height_mm,
        dwell_s,
    }
}

/// Lays the scan in the rig: by what was measured, else as the case says, else by the landmarks on the head rest.
fn place(floor: &Floor<'_>, dots: &[Dot], findings: &mut Vec<Finding>) -> Result<BTreeMap<String, SetupPlacement>> {
    let mut names: Vec<&str> = floor.case.setups.iter().map(String::as_str).collect();
    if floor.chooses_setups() {
        names.extend(floor.profile.head_rest.keys().map(String::as_str));
    } else if names.is_empty() {
        names.push(DEFAULT_SETUP);
    }
    if let Some(registration) = floor.registration {
        let placement = measured(registration, floor, dots, findings)?;
        return Ok(BTreeMap::from([(registration.setup.clone(), placement)]));
    }
    if let Some(placed) = floor.placed {
        return Ok(placed.clone());
    }
    if let Some(mesh_to_rig) = floor.case.registration.as_ref().and_then(|choice| choice.mesh_to_rig) {
        let [name] = names[..] else {
            return Err(Error::input(format!("one placement for the setups {}", names.join(", ")))
                .place("registration.mesh_to_rig")
                .expected("one setup")
                .remedy("name one setup, or leave the placement to landmarks"));
        };
        let placement =
            SetupPlacement { mesh_to_rig, source: "explicit".to_owned(), fre_mm: None, largest_tre_mm: None };
        findings.push(unmeasured("placed as the case says, not measured"));
        return Ok(BTreeMap::from([(name.to_owned(), placement)]));
    }
    let [left, right, vertex] = [floor.landmarks.left_tragus, floor.landmarks.right_tragus, floor.landmarks.vertex]
        .map(|landmark| landmark.map(Point::from));
    let head = rig::head_frame(left, right, vertex)?;
    findings.push(unmeasured("placed by landmarks, not measured"));
    (names.iter())
        .map(|&name| {
            let rest = floor.profile.head_rest.get(name).ok_or_else(|| no_head_rest(name, floor.profile))?;
            let placement = SetupPlacement {
                mesh_to_rig: head.then(rest),
                source: "landmarks".to_owned(),
                fre_mm: None,
                largest_tre_mm: None,
            };
            Ok((name.to_owned(), placement))
        })
        .collect()
}

fn no_head_rest(setup: &str, profile: &Profile) -> Error {
    let known: Vec<&str> = profile.head_rest.keys().map(String::as_str).collect();
    Error::input(format!("the setup \"{setup}\""))
        .place("setups")
        .expected(format!("one for which the rig \"{}\" has a head rest: {}", profile.name, known.join(", ")))
        .remedy("leave the setup out, or add its head rest to the rig's profile")
}

fn unmeasured(message: &str) -> Finding {
    Finding::new("P14", Severity::Warn, format!("registration: {message}"))
        .remedy("measure at least four fiducials on the day and give --registration")
}

/// How the scan lies in the rig by what was measured, and how far that may be off at the dots.
pub(super) fn measured(
    registration: &Registration,
    floor: &Floor<'_>,
    dots: &[Dot],
    findings: &mut Vec<Finding>,
) -> Result<SetupPlacement> {
    let located = registration.locate(floor.case.mesh.units, floor.scan)?;
    findings.extend(located.findings());
    let tre_mm: Vec<f64> = dots.iter().map(|dot| located.tre_mm(&Point::from(dot.position_mm))).collect();
    findings.push(TreLimits::default().judge(tre_mm.iter().copied(), located.fit.fre_mm, located.fle_mm));
    Ok(SetupPlacement {
        mesh_to_rig: located.mesh_to_rig(),
        source: "fiducials".to_owned(),
        fre_mm: Some(located.fit.fre_mm),
        largest_tre_mm: Some(tre_mm.into_iter().fold(0.0, f64::max)),
    })
}
