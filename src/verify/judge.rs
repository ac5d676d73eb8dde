use std::collections::BTreeSet;
use std::io::BufRead;

use serde::Serialize;

use super::action::AXES;
use super::checks::{Checks, Place};
use super::clearance::Clearances;
use super::controller::Controller;
use super::dots;
use super::fiducials::Rests;
use super::ground;
use super::header::{Header, Run};
use super::hooks::{Seen, Unhooker};
use super::interpreter::{Machine, Reader};
use super::numbering::Numbering;
use super::outline::Outline;
use super::own_words;
use super::registration;
use super::source::Source;
use super::tools::{self, Named};
use super::walk::{Walk, Walked};
use super::work::Work;
use crate::error::{Error, Finding, Result, Severity};
use crate::mesh::SurfaceIndex;
use crate::plan::{Block, Plan};
use crate::rig::Dialect;

/// Steps in which grbl waits (`DWELL_TIME_STEP`), s.
const GRBL_DWELL_STEP_S: f64 = 0.05;
/// Moves that are followed through the scan at a time: many for all cores, few for the memory.
const MOVES_AT_ONCE: usize = 1 << 14;

/// What the second opinion says of one program.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The worst of the findings.
    pub verdict: Severity,
    /// Dots that the program strikes.
    pub strikes: usize,
    /// Every check with its outcome, worst first.
    pub findings: Vec<Finding>,
    /// Where on the head the first faults of each check are, as far as they have a place there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
}

/// The surfaces that a program is judged against, both in the scan's axes.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The whole scan.
    pub scan: &'a SurfaceIndex,
    /// What may be treated of it: cut along the line and around the keep-outs. Without it nobody looks whether dots lie inside the line.
    pub region: Option<&'a SurfaceIndex>,
}

/// The scan alone.
impl<'a> From<&'a SurfaceIndex> for Head<'a> {
    fn from(scan: &'a SurfaceIndex) -> Self {
        Self { scan, region: None }
    }
}

/// Judges the text of a program, see [`judge_lines`].
pub fn judge<'a>(text: &str, plan: &'a Plan, plan_sha256: &'a str, head: impl Into<Head<'a>>) -> Result<Verdict> {
    judge_lines(&mut text.as_bytes(), plan, plan_sha256, head)
}

/// Judges a program, line by line as it is read, against the plan with the given SHA-256, and against the whole scan.
///
/// Checked are P02 and P03 (the plan's dots against the region, its keep-outs and each other), P05 (depth, from the dot
/// and from the scan), P07 (tip's clearance on every travel) and that of needle and holder, P08 (strokes only along the
/// needle's axis, from the approach height and back), P09 (travel of the axes, tilt), P10 (feeds, tip below the cap),
/// P11 (dwell, needle drive), P12 (modes), P13 (start and end), P18 (every dot of the block that the header names is
/// struck once, at its place, in the plan's order; rests above fiducials) and P19 (dry run). A probe counts as a move
/// to the farthest place that it may reach. From plan and scan alone are looked at again P01 (the line's size, and that
/// it lies on the scan), P04 (punctures in a square centimetre), P06 (the dots' directions against the skin) and P14
/// (errors of the registration). What a program that strikes asks of the people around it is measured from its own words
/// and told with its limit: P15 (time between registrations), P16 (dots struck in a row near to each other), P17 (what is
/// used up), and P20 (what the case has recorded); these warn where a limit of the case is not kept. Not checked: the
/// controller's own accelerations and speed of rapids, which no word of a program may change (P12), and what the lines of
/// the profile's hooks do, but for the words by which they switch the needle.
///
/// Errors: a header that names no block of this plan, bytes that are no text, a source that cannot be read.
pub fn judge_lines<'a>(
    program: &mut dyn BufRead,
    plan: &'a Plan,
    plan_sha256: &'a str,
    head: impl Into<Head<'a>>,
) -> Result<Verdict> {
    Judge::new(plan, plan_sha256, head)?.judge(program)
}

/// Judges programs of one plan, after what holds for all of them was looked at once.
#[derive(Debug)]
pub struct Judge<'a> {
    plan: &'a Plan,
    plan_sha256: &'a str,
    head: Head<'a>,
    pairs: Checks,
}

impl<'a> Judge<'a> {
    /// For the plan with that SHA-256.
    ///
    /// # Errors
    /// No search tree over the dots can be built.
    pub fn new(plan: &'a Plan, plan_sha256: &'a str, head: impl Into<Head<'a>>) -> Result<Self> {
        Ok(Self { plan, plan_sha256, head: head.into(), pairs: dots::pairs(plan)? })
    }

    /// Judges a program line by line as it is read, see [`judge_lines`].
    ///
    /// # Errors
    /// As there.
    pub fn judge(&self, program: &mut dyn BufRead) -> Result<Verdict> {
        judged(self, program)
    }
}

fn judged(
    &Judge { plan, plan_sha256, head: Head { scan, region }, ref pairs }: &Judge<'_>,
    program: &mut dyn BufRead,
) -> Result<Verdict> {
    let mut source = Source::new(program);
    let header = Header::read(&source.head()?)?;
    let block = (plan.blocks.iter()).find(|block| block.session == header.session && block.setup == header.setup);
    let (Some(block), Some(setup)) = (block, plan.setups.get(&header.setup)) else {
        return Err(Error::input(format!("session {} in the setup {}", header.session, header.setup))
            .place("header")
            .expected("a block of this plan")
            .remedy("verify the program with the plan it was made from"));
    };
    let rig = &plan.rig;
    let letters: Vec<char> = rig.axes.iter().map(|axis| axis.letter).take(AXES).collect();
    let controller = Controller::of(rig.dialect);
    let mut checks = Checks::default();
    header.compare(plan, plan_sha256, &mut checks);
    checks.add(pairs.clone());
    dots::check(plan, block, region, &mut checks);

    let rig_to_mesh = setup.mesh_to_rig.inverse();
    // Where nothing is struck there is nothing to stop for.
    let dots = if header.run == Run::Probe { block.dots.clone() } else { Vec::new() };
    let bare = Block { dots, stops: Vec::new(), ..block.clone() };
    let block = if header.run.hovers() || header.run == Run::Probe { &bare } else { block };
    if header.run == Run::Treat {
        ground::depths(plan, block, scan, &mut checks);
    }
    let mut outline = (header.run == Run::Frame).then(|| Outline::new(plan, rig_to_mesh, scan));
    let mut rests = (header.run == Run::Fiducials).then(|| Rests::new(plan, rig_to_mesh, scan));
    let rigs = tools::rigs(plan);
    let mut walk = Walk::new(plan, block, &rigs, rig_to_mesh, &header)?;
    let mut work = (header.run == Run::Treat).then(|| Work::new(plan, block));
    let mut clearances =
        Clearances { profile: walk.profile, rig_to_mesh, scan, air: !matches!(header.run, Run::Treat | Run::Probe) };

    let mut numbering = rig.line_numbers.then(|| Numbering::new(controller.checksums));
    let mut unhooker = Unhooker::new(rig, &header)?;
    let own: BTreeSet<String> = own_words::in_moves(&rig.hooks, controller);
    let mut reader = Reader::new(Machine { controller, letters: &letters, drive: &rig.drive, own: &own });
    if header.run == Run::Treat && rig.depth.survey_every().is_some() && !walk.skin.is_known() {
        checks.note("P05", 1, "strikes that count from touches, and the plan has none of this session and setup");
    }
    let mut followed = Vec::new();
    while let Some((number, line)) = source.next_line()? {
        let (words, fault) = numbering.as_mut().map_or((line.into(), None), |numbering| numbering.strip(line));
        if let Some(what) = fault {
            checks.note("P12", number, what);
        }
        match unhooker.look(number, &words) {
            Seen::Code => {
                reader.read(number, &words);
                if let Some(named) = tools::named(&words).filter(|_| unhooker.has_begun()) {
                    walk.name_tool(number, named);
                    if let Named::Marked(tool) = named {
                        unhooker.put_in(tool);
                    }
                }
            }
            Seen::Hook(hooked) => reader.hook(number, hooked),
            Seen::Own(own) => walk.own_line(number, own),
            Seen::Passed => {}
        }
        // Told as they come: what is remembered of a program does not grow with its length.
        for fault in reader.faults.drain(..).chain(unhooker.faults.drain(..)) {
            checks.note("P12", fault.line, fault.what);
        }
        for event in reader.events.drain(..) {
            if let Some(work) = &mut work {
                work.step(&event, walk.profile, walk.struck);
            }
            walk.step(&event);
            if !std::ptr::eq(walk.profile, clearances.profile) {
                clearances.check(&followed, &mut checks);
                followed.clear();
                clearances.profile = walk.profile;
            }
            if let Some(rests) = &mut rests {
                rests.step(&event, walk.profile, &mut checks);
            }
            if let Some(outline) = &mut outline {
                outline.step(&event, walk.profile);
            }
            followed.push(event);
        }
        if followed.len() >= MOVES_AT_ONCE {
            clearances.check(&followed, &mut checks);
            followed.clear();
        }
    }
    reader.finish();
    reader.events.iter().for_each(|event| walk.step(event));
    clearances.check(&followed, &mut checks);
    let (misplaced, unseen) = unhooker.finish(reader.unseen);
    for fault in misplaced.into_iter().chain(reader.faults) {
        checks.note("P12", fault.line, fault.what);
    }
    let Walked { strikes, checks: walked, touches } = walk.finish();
    checks.add(walked);

    let (mut findings, places) = checks.findings(rig, header.run, region.is_some());
    findings.extend(rounded_dwell(plan).into_iter().chain(unseen).chain(registration::finding(plan, block)));
    if header.run == Run::Treat {
        findings.extend(ground::findings(plan, block, scan));
    }
    findings.extend(rests.as_ref().map(Rests::finding).into_iter().chain(outline.as_ref().map(Outline::finding)));
    findings.extend(touches);
    findings.extend(work.into_iter().flat_map(|work| work.findings(strikes)));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let verdict = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Pass);
    Ok(Verdict { verdict, strikes, findings, places })
}

/// Which block of the plan with that SHA-256 a program treats, by its header. Errors: a program of another plan, or one
/// that strikes nothing.
pub fn block_of(program: &mut dyn BufRead, plan: &Plan, plan_sha256: &str) -> Result<usize> {
    let header = Header::read(&Source::new(program).head()?)?;
    let remedy = "name the program that was run, and the plan that lies beside it";
    if !plan_sha256.starts_with(&header.plan_hash16) {
        return Err(Error::input(format!("a program of the plan {}…", header.plan_hash16))
            .place("header")
            .expected(format!("one of this plan, {}…", plan_sha256.get(..16).unwrap_or(plan_sha256)))
            .remedy(remedy));
    }
    if header.run != Run::Treat {
        let found = format!("run={}, which strikes nothing", header.run.name());
        return Err(Error::input(found).place("header").expected("run=treat").remedy(remedy));
    }
    let is_its = |block: &Block| block.session == header.session && block.setup == header.setup;
    plan.blocks.iter().position(is_its).ok_or_else(|| {
        Error::input(format!("session {} in the setup {}", header.session, header.setup))
            .place("header")
            .expected("a block of this plan")
            .remedy(remedy)
    })
}

fn rounded_dwell(plan: &Plan) -> Option<Finding> {
    let is_off = |dwell_s: f64| {
        let steps = dwell_s / GRBL_DWELL_STEP_S;
        (steps - steps.round()).abs() > 1e-9
    };
    let any_off = is_off(plan.case.design.dwell_s) || plan.dwells_s.values().any(|&dwell_s| is_off(dwell_s));
    let rounds = matches!(plan.rig.dialect, Dialect::Grbl | Dialect::Grblhal) && any_off;
    rounds.then(|| {
        Finding::new("dwell-rounded", Severity::Warn, "the controller rounds each dwell up to the next 50 ms")
            .remedy("plan with a dwell_s that is a multiple of 0.05")
    })
}
