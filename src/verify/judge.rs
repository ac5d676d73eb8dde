use rayon::prelude::*;
use serde::Serialize;

use super::forward::{Needle, needle};
use super::interpreter::{AXES, Action, Event, Positions, interpret};
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Placement, Point, Vector};
use crate::mesh::SurfaceIndex;
use crate::plan::{Block, Plan};
use crate::rig::{Dialect, Profile};

/// Largest distance between a strike and its dot, mm (check P18).
const PLACE_TOLERANCE_MM: f64 = 0.01;
/// Largest angle between a stroke and the needle's axis, rad: what three decimals leave of a stroke of a few mm.
const STROKE_TOLERANCE_RAD: f64 = 2e-3;
/// Numbers in programs are rounded; a clearance may be less by this, mm.
const ROUNDING_MM: f64 = 0.02;
/// Joint moves are followed in steps of at most this turn, so that the tip leaves the chord of a step by less than
/// `ROUNDING_MM` on a needle of 100 mm, degrees.
const STEP_DEG: f64 = 2.0;
/// Findings of one kind that are told one by one.
const TOLD: usize = 5;

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
/// Checked are P05 (depth), P07 (tip's clearance on every travel), P08 (strokes only along the needle's axis, none of
/// them sideways), P09 (travel of the axes), P10 (feeds), P11 (dwell, needle drive), P12 (modes), P13 (start and end)
/// and P18 (every dot of the block that the header names is struck once, at its place, in the plan's order). Not
/// checked yet: the needle holder against the scan, and accelerations.
///
/// Errors: a header that names no block of this plan.
pub fn judge(text: &str, plan: &Plan, plan_sha256: &str, scan: &SurfaceIndex) -> Result<Verdict> {
    let header = Header::read(text)?;
    let block = (plan.blocks.iter())
        .find(|block| block.session == header.session && block.setup == header.setup)
        .ok_or_else(|| {
            Error::input(format!("session {} in the setup {}", header.session, header.setup))
                .place("header")
                .expected("a block of this plan")
                .remedy("verify the program with the plan it was made from")
        })?;
    let placement = plan.setups.get(&block.setup).map_or(Placement::IDENTITY, |setup| setup.mesh_to_rig);
    let letters: Vec<char> = plan.rig.axes.iter().map(|axis| axis.letter).take(AXES).collect();
    let (events, faults) = interpret(text, &letters);
    let mut judge = Judge {
        plan,
        profile: &plan.rig,
        block,
        rig_to_mesh: placement.inverse(),
        scan,
        air: header.air,
        checks: Checks::default(),
        struck: 0,
        stroke: None,
        needle_on: None,
    };
    for fault in faults {
        judge.checks.note("P12", fault.line, fault.what);
    }
    if !plan_sha256.starts_with(&header.plan_hash16) {
        judge.checks.note("P18", 1, format!("made from the plan {}…, not from this one", header.plan_hash16));
    }
    judge.walk(&events);
    judge.clearances(&events);
    Ok(judge.verdict())
}

/// What a program says of itself in its first comments.
struct Header {
    plan_hash16: String,
    session: u32,
    setup: String,
    air: bool,
}

impl Header {
    fn read(text: &str) -> Result<Self> {
        let value = |key: &str| {
            let head = text.lines().take_while(|line| line.starts_with(['(', ';']));
            head.flat_map(|line| line.split(['(', ')', ';', ' '])).find_map(|word| word.strip_prefix(key))
        };
        let need = |key: &'static str| {
            value(key).ok_or_else(|| {
                Error::input(format!("no \"{key}\" in the first comments"))
                    .place("header")
                    .expected("a program of this planner, header included")
                    .remedy("make the program anew")
            })
        };
        let session = need("session=")?;
        Ok(Self {
            plan_hash16: need("plan=")?.to_owned(),
            session: session.parse().map_err(|_| Error::input(format!("session={session}")).place("header"))?,
            setup: need("setup=")?.to_owned(),
            air: need("run=")? == "air",
        })
    }
}

/// Faults by check, with the first few told one by one.
#[derive(Default)]
struct Checks(std::collections::BTreeMap<&'static str, (usize, Vec<String>)>);

impl Checks {
    fn note(&mut self, code: &'static str, line: usize, what: impl Into<String>) {
        let (count, told) = self.0.entry(code).or_default();
        *count += 1;
        if told.len() < TOLD {
            told.push(format!("line {line}: {}", what.into()));
        }
    }
}

/// A stroke into the skin whose way back has not come yet.
struct Stroke {
    from: Positions,
    line: usize,
    rested_s: f64,
}

struct Judge<'a> {
    plan: &'a Plan,
    profile: &'a Profile,
    block: &'a Block,
    rig_to_mesh: Placement,
    scan: &'a SurfaceIndex,
    air: bool,
    checks: Checks,
    struck: usize,
    stroke: Option<Stroke>,
    needle_on: Option<bool>,
}

impl Judge<'_> {
    /// Follows the program in its order.
    fn walk(&mut self, events: &[Event]) {
        let mut rapids = 0;
        for event in events {
            let line = event.line;
            match &event.action {
                Action::Move { from, to, feed_mm_min } => {
                    self.limits(line, to);
                    if let Some(feed) = feed_mm_min {
                        self.feed(line, from, to, *feed);
                    } else {
                        self.rapid(line, from, to, rapids);
                        rapids += 1;
                    }
                }
                Action::Dwell { seconds } => {
                    if let Some(stroke) = &mut self.stroke {
                        stroke.rested_s += seconds;
                    }
                }
                Action::Needle { on } => {
                    self.needle_on = Some(*on);
                    if *on && self.air {
                        self.checks.note("P19", line, "the needle is switched on in an air run");
                    }
                    if self.stroke.is_some() {
                        self.checks.note("P11", line, "the needle is switched in the skin");
                    }
                }
                Action::End => {
                    if self.needle_on != Some(false) {
                        self.checks.note("P13", line, "the program ends without switching the needle off");
                    }
                    if self.stroke.is_some() {
                        self.checks.note("P13", line, "the program ends in the skin");
                    }
                }
            }
        }
        let missing = self.block.dots.len().saturating_sub(self.struck);
        if missing > 0 {
            self.checks.note("P18", 0, format!("{missing} dots of the plan are not struck"));
        }
    }

    fn limits(&mut self, line: usize, to: &Positions) {
        for (axis, position) in self.profile.axes.iter().zip(to) {
            if let Some(position) = position.filter(|&p| p < axis.min - 1e-9 || p > axis.max + 1e-9) {
                let what = format!("{}{position} outside {} to {}", axis.letter, axis.min, axis.max);
                self.checks.note("P09", line, what);
            }
        }
    }

    /// Rapids may not begin or end in the skin, and the first ones lift before they go sideways.
    fn rapid(&mut self, line: usize, from: &Positions, to: &Positions, number: usize) {
        if self.stroke.take().is_some() {
            self.checks.note("P08", line, "a rapid out of the skin");
        }
        let sideways = (0..AXES).any(|axis| axis != 2 && from[axis] != to[axis]);
        if number == 0 && sideways {
            self.checks.note("P13", line, "the first move is not along Z alone");
        }
    }

    /// A feed move is one half of a strike: into the skin along the needle's axis, or back out of it.
    fn feed(&mut self, line: usize, from: &Positions, to: &Positions, feed_mm_min: f64) {
        if feed_mm_min / 60.0 > self.profile.speeds.cap_mm_s + 1e-9 {
            let what = format!("{} mm/s, the cap is {} mm/s", feed_mm_min / 60.0, self.profile.speeds.cap_mm_s);
            self.checks.note("P10", line, what);
        }
        let (Some(start), Some(end)) = (needle(self.profile, from), needle(self.profile, to)) else {
            self.checks.note("P12", line, "a stroke from an unknown place");
            return;
        };
        let way = end.tip - start.tip;
        let turned = start.axis.angle(&end.axis);
        let along = way.angle(&start.axis);
        let inwards = along > std::f64::consts::FRAC_PI_2;
        let off_axis = if inwards { std::f64::consts::PI - along } else { along };
        if turned > 1e-9 || off_axis > STROKE_TOLERANCE_RAD {
            self.checks.note("P08", line, format!("a stroke {:.2}° off the needle's axis", off_axis.to_degrees()));
        }
        match (inwards, self.stroke.take()) {
            (true, None) => {
                self.strike(line, &end.seen_from(&self.rig_to_mesh));
                self.stroke = Some(Stroke { from: *from, line, rested_s: 0.0 });
            }
            (true, Some(_)) => self.checks.note("P08", line, "a second stroke inwards without a way out"),
            (false, None) => self.checks.note("P08", line, "a stroke outwards that does not come from the skin"),
            (false, Some(stroke)) => self.withdraw(line, &stroke, to),
        }
    }

    fn withdraw(&mut self, line: usize, stroke: &Stroke, to: &Positions) {
        let apart =
            |a: Option<f64>, b: Option<f64>| matches!((a, b), (Some(a), Some(b)) if (a - b).abs() > ROUNDING_MM);
        if (0..AXES).any(|axis| apart(stroke.from[axis], to[axis])) {
            self.checks.note("P08", line, "the way out does not end where the way in began");
        }
        if stroke.rested_s + 1e-9 < self.least_dwell_s() && !self.air {
            let what = format!("{} s in the skin, {} s planned", stroke.rested_s, self.least_dwell_s());
            self.checks.note("P11", stroke.line, what);
        }
    }

    fn least_dwell_s(&self) -> f64 {
        self.plan.case.design.dwell_s
    }

    /// The needle's deepest point, in the scan's frame, against the dot that the plan has next.
    fn strike(&mut self, line: usize, at: &Needle) {
        let expected = self.block.dots.get(self.struck).and_then(|&id| Some((id, self.plan.dots.get(id as usize)?)));
        self.struck += 1;
        let Some((id, dot)) = expected else {
            self.checks.note("P18", line, "a strike more than the plan has dots");
            return;
        };
        let place = Point::from(dot.position_mm);
        if self.air {
            let above = (at.tip - place).dot(&at.axis);
            let beside = (at.tip - place - at.axis * above).norm();
            if beside > PLACE_TOLERANCE_MM || above + ROUNDING_MM < self.profile.clearance_mm {
                self.checks.note("P19", line, format!("dot {id}: {above:.3} mm above the skin, {beside:.3} mm beside"));
            }
            return;
        }
        if self.needle_on != Some(true) {
            self.checks.note("P11", line, format!("dot {id} is struck with the needle off"));
        }
        let miss_mm = (at.skin_before(dot.depth_mm) - place).norm();
        if miss_mm > PLACE_TOLERANCE_MM {
            self.checks.note("P18", line, format!("dot {id} is missed by {miss_mm:.3} mm"));
        }
        let depth_mm = (place - at.tip).dot(&at.axis);
        if depth_mm > dot.depth_mm + PLACE_TOLERANCE_MM || depth_mm > self.profile.depth_cap_mm + PLACE_TOLERANCE_MM {
            self.checks.note("P05", line, format!("dot {id}: {depth_mm:.3} mm deep, {} planned", dot.depth_mm));
        }
        let tilt_deg = at.axis.angle(&Vector::from(dot.normal)).to_degrees();
        if tilt_deg > self.profile.needle_to_normal_limit_deg + 0.01 {
            self.checks.note("P08", line, format!("dot {id}: the needle stands {tilt_deg:.2}° off the skin's normal"));
        }
    }

    /// P07: the tip keeps its distance to the scan on every move that is no stroke, followed along the joints.
    fn clearances(&mut self, events: &[Event]) {
        let least = self.profile.clearance_mm;
        let too_near: Vec<Option<(usize, f64)>> = events
            .par_iter()
            .map(|event| match &event.action {
                Action::Move { from, to, feed_mm_min } if feed_mm_min.is_none() || self.air => {
                    let near = self.nearest_on_way(from, to, least)?;
                    (near + ROUNDING_MM < least).then_some((event.line, near))
                }
                _ => None,
            })
            .collect();
        for (line, near) in too_near.into_iter().flatten() {
            self.checks.note("P07", line, format!("the tip comes {near:.3} mm near the scan, {least} mm is the least"));
        }
    }

    /// Least distance of the tip to the scan on a joint move, or `limit` where it is farther; `None` from unknown places.
    fn nearest_on_way(&self, from: &Positions, to: &Positions, limit: f64) -> Option<f64> {
        let rotary = 3..AXES;
        let turn = rotary.filter_map(|axis| Some((to[axis]? - from[axis]?).abs())).fold(0.0, f64::max);
        let steps = (turn / STEP_DEG).ceil().max(1.0) as usize;
        let tip = |step: usize| {
            let t = step as f64 / steps as f64;
            let mut at = *to;
            for (place, from) in at.iter_mut().zip(from) {
                *place = place.zip(*from).map(|(to, from)| from + (to - from) * t).or(*place);
            }
            needle(self.profile, &at).map(|needle| self.rig_to_mesh.point(&needle.tip))
        };
        // From an unknown place only the end is known.
        let first = if needle(self.profile, from).is_some() { 0 } else { steps };
        let mut nearest = limit;
        let mut before = tip(first)?;
        for step in first..=steps {
            let here = tip(step)?;
            nearest = nearest.min(self.scan.segment_distance(&before, &here, limit));
            before = here;
        }
        Some(nearest)
    }

    fn verdict(mut self) -> Verdict {
        let mut findings: Vec<Finding> = std::mem::take(&mut self.checks.0)
            .into_iter()
            .map(|(code, (count, told))| {
                let more = if count > told.len() { format!(" and {} more", count - told.len()) } else { String::new() };
                Finding::new(code, Severity::Fail, format!("{}{more}", told.join("; ")))
                    .times(count)
                    .remedy("do not run this program")
            })
            .collect();
        let known: Vec<String> = findings.iter().map(|finding| finding.code.clone()).collect();
        for (code, what) in CHECKS {
            if !known.iter().any(|known| known == code) {
                findings.push(Finding::new(code, Severity::Pass, what));
            }
        }
        if self.profile.dialect == Dialect::Grbl && self.least_dwell_s() > 0.0 {
            let steps = self.least_dwell_s() / 0.05;
            if (steps - steps.round()).abs() > 1e-9 {
                findings.push(
                    Finding::new("dwell-rounded", Severity::Warn, "grbl rounds each dwell up to the next 50 ms")
                        .remedy("plan with a dwell_s that is a multiple of 0.05"),
                );
            }
        }
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let verdict = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Pass);
        Verdict { verdict, strikes: self.struck, findings }
    }
}

/// What each check that found nothing has shown.
const CHECKS: [(&str, &str); 9] = [
    ("P05", "no strike is deeper than planned"),
    ("P07", "the tip keeps its clearance on every travel"),
    ("P08", "strokes go along the needle's axis only"),
    ("P09", "every position is inside the travel of its axis"),
    ("P10", "no feed is above the cap"),
    ("P11", "needle on and dwell kept at every strike"),
    ("P12", "every mode is set before motion"),
    ("P13", "lifts first; ends out of the skin with the needle off"),
    ("P18", "every dot is struck once, at its place, in order"),
];
