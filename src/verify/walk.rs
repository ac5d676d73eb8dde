use std::collections::BTreeMap;

use super::action::{AXES, Action, Event, Hooked, Pace, Positions};
use super::beside::{Beside, Own};
use super::checks::Checks;
use super::forward::{from_zero, needle, plunge_index, reach_mm};
use super::header::{Header, Run};
use super::skin::Skin;
use super::strokes::Stroke;
use super::tools::{InHolder, Named};
use crate::error::{Finding, Result, Severity};
use crate::geometry::{Placement, Point};
use crate::plan::{Block, Plan};
use crate::rig::{Drive, Profile};

/// What three decimals leave of a length, an angle or a time: mm, degrees or s.
pub(super) const ROUNDING: f64 = 0.000_501;
/// Pieces of a travel in which the speed of the tip is measured, at least.
const SPEED_LOOKS: u32 = 8;
/// Turn of the rotary axes in one piece at most, degrees: its chord is by 0.03 % shorter than what the tip goes.
const LOOK_DEG: f64 = 5.0;
/// Pieces at most: enough for turns that no travel of an axis allows.
const MOST_LOOKS: f64 = 4096.0;
/// What the decimals of an inverse time leave of a speed, as a share.
const SPEED_SLACK: f64 = 0.001;
/// Fewer touches span no plane.
const FEWEST_TOUCHES: usize = 3;
/// What one decimal leaves of a feed or of the drive's speed: mm/min or the unit of `S`.
pub(super) const RATE_ROUNDING: f64 = 0.050_1;

/// Follows a program in its order: start, drive, stops, end. What strokes it makes is looked at in `strokes`.
#[allow(clippy::struct_excessive_bools, reason = "each is one fact, independent of the others")]
pub(super) struct Walk<'a> {
    pub(super) plan: &'a Plan,
    pub(super) profile: &'a Profile,
    pub(super) block: &'a Block,
    pub(super) rig_to_mesh: Placement,
    pub(super) run: Run,
    /// Whether it keeps clear of the skin.
    pub(super) air: bool,
    /// Where the skin is by touches.
    pub(super) skin: Skin,
    /// Which tool is in, and the rig with each of them.
    pub(super) tools: InHolder,
    rigs: &'a BTreeMap<u32, Profile>,
    /// Whether it may rest above the skin.
    hovers: bool,
    pub(super) checks: Checks,
    /// Dots struck so far; where they are only touched, those that the plan has up to the last of them.
    pub(super) struck: usize,
    /// Dots touched so far in a program that only does that.
    pub(super) touched: usize,
    /// Stops made so far.
    pub(super) stopped: usize,
    pub(super) owner: Owner,
    /// Lines of the owner's beside moves.
    pub(super) beside: Beside,
    pub(super) drive: DriveState,
    pub(super) stroke: Option<Stroke>,
    pub(super) at: Positions,
    /// Where the axes have to go once nobody knows where they are: the park place, or where they were last known to wait.
    refuge: Option<Positions>,
    /// Line of the last event.
    line: usize,
    /// Whether that was the needle switched off.
    pub(super) just_switched_off: bool,
    /// Whether it was the way out of the skin.
    pub(super) just_withdrawn: bool,
}

/// What comes of following a program.
pub(super) struct Walked {
    /// Dots struck.
    pub(super) strikes: usize,
    pub(super) checks: Checks,
    /// How many dots were touched, of a program that only does that.
    pub(super) touches: Option<Finding>,
}

/// What is known of the owner's lines, see `stops`.
#[derive(Debug, Default)]
pub(super) struct Owner {
    /// Lines for which the next event stands.
    pub(super) hooked: Option<Hooked>,
    /// Registrations so far, and the message that is due after the last of them.
    pub(super) registrations: u32,
    pub(super) message_due: Option<u32>,
    /// Line of an end hook that has passed.
    pub(super) ended: bool,
    /// Line at which the needle was switched off by the owner's lines though it was off.
    pub(super) off_again: Option<usize>,
}

/// What the needle's drive does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum DriveState {
    /// A plunge axis needs no switching.
    None,
    Unknown,
    Off,
    /// Switched on, and rested since for that long, s.
    Starting {
        rested_s: f64,
    },
    Running,
}

impl<'a> Walk<'a> {
    /// `rigs` are those with each tool of the plan.
    pub(super) fn new(
        plan: &'a Plan,
        block: &'a Block,
        rigs: &'a BTreeMap<u32, Profile>,
        rig_to_mesh: Placement,
        header: &Header,
    ) -> Result<Self> {
        let run = header.run;
        Ok(Self {
            plan,
            profile: rigs.get(&block.tool).unwrap_or(&plan.rig),
            block,
            rig_to_mesh,
            run,
            air: !matches!(run, Run::Treat | Run::Probe),
            skin: Skin::new(plan, block),
            tools: InHolder::new(block),
            rigs,
            hovers: run.hovers(),
            checks: Checks::default(),
            struck: 0,
            touched: 0,
            stopped: 0,
            owner: Owner::default(),
            beside: Beside::new(&plan.rig.hooks, header)?,
            drive: if plan.rig.drive == Drive::Plunge { DriveState::None } else { DriveState::Unknown },
            stroke: None,
            at: Positions::default(),
            refuge: None,
            line: 1,
            just_switched_off: false,
            just_withdrawn: false,
        })
    }

    /// A line names the tool that the next stop is for.
    pub(super) fn name_tool(&mut self, line: usize, named: Named) {
        if self.tools.name(named) {
            self.checks.note("P18", line, "a tool is named before the stop for the one named before");
        }
    }

    /// The tool that was put in is the one that is in.
    pub(super) fn change_tool(&mut self) {
        let tool = self.tools.tool();
        self.profile = self.rigs.get(&tool).unwrap_or(&self.plan.rig);
        self.beside.put_in(tool);
    }

    /// A line of the owner's beside a move.
    pub(super) fn own_line(&mut self, line: usize, own: Own) {
        self.beside.line(line, own);
    }

    /// Follows one event.
    pub(super) fn step(&mut self, Event { line, action }: &Event) {
        self.keep_lines(*line, action);
        if !matches!(action, Action::Pause { .. } | Action::Hook(_)) {
            self.keep_tool(*line);
        }
        let struck = self.struck;
        match action {
            Action::Move { from, to, pace } => {
                self.leave(*line, from, to);
                match *pace {
                    Pace::Feed { mm_min } => self.feed(*line, from, to, mm_min),
                    Pace::Rapid => {
                        if self.is_anywhere(from) {
                            self.keep_rapid_from_anywhere(*line, from, to);
                        }
                        self.travel(*line, from, to, None);
                    }
                    Pace::Towards { mm_min } => {
                        self.keep_feed_towards(*line, from, to, mm_min);
                        self.travel(*line, from, to, None);
                    }
                    Pace::Within { seconds } => self.travel(*line, from, to, Some(seconds)),
                }
                self.at = *to;
            }
            Action::Probe { from, to, mm_min } => {
                self.leave(*line, from, to);
                self.probe(*line, from, to, *mm_min);
                self.at = *to;
            }
            Action::Dwell { seconds } => self.rest(*line, *seconds),
            Action::Needle { on } => self.switch(*line, *on),
            Action::Hook(hooked) => self.hook(*line, *hooked),
            Action::Pause { optional } => self.pause(*line, *optional),
            Action::End => self.end(*line),
        }
        self.line = *line;
        self.just_withdrawn = matches!(action, Action::Move { pace: Pace::Feed { .. }, .. }) && self.struck == struck;
        self.just_switched_off = matches!(action, Action::Needle { on: None });
    }

    /// What names a tool has to stand right before a stop.
    fn keep_tool(&mut self, line: usize) {
        if let Some(tool) = self.tools.pass() {
            self.checks.note("P18", line, format!("tool {tool} is named, and no stop follows"));
        }
    }

    /// What is missing once the program has been followed.
    pub(super) fn finish(mut self) -> Walked {
        self.keep_tool(self.line);
        self.beside.other(self.line, &mut self.checks);
        let unmade = self.block.stops.len().saturating_sub(self.stopped);
        if unmade > 0 {
            self.checks.note("P11", self.line, format!("{unmade} stops of the plan are not made until here"));
        }
        let missing = self.block.dots.len().saturating_sub(self.struck);
        if missing > 0 && self.run != Run::Probe {
            self.checks.note("P18", self.line, format!("{missing} dots of the plan are not struck until here"));
        }
        let touches = (self.run == Run::Probe).then(|| self.touches());
        Walked { strikes: self.struck, checks: self.checks, touches }
    }

    /// How many dots were touched of those that the rig asks for. Some may be out of reach, but none at all is no measure of the skin.
    fn touches(&self) -> Finding {
        let dots = self.block.dots.len();
        let every = self.profile.depth.survey_every().unwrap_or(1).max(1) as usize;
        let asked = dots.div_ceil(every).max(FEWEST_TOUCHES).min(dots);
        let severity = match self.touched {
            touched if touched >= asked => Severity::Pass,
            touched if touched < FEWEST_TOUCHES.min(asked) => Severity::Fail,
            _ => Severity::Warn,
        };
        let message = format!("{} of {asked} dots are touched, one of {every}", self.touched);
        let finding = Finding::new("touches-made", severity, message).times(asked.saturating_sub(self.touched));
        if severity == Severity::Pass { finding } else { finding.remedy("make the program anew with this rig") }
    }

    /// From here on nobody knows where the axes are: they have to come back to where they stood.
    pub(super) fn forget_place(&mut self) {
        if self.waits() {
            self.refuge = Some(self.at);
        }
        self.at = Positions::default();
    }

    /// Whether the axes that `at` knows stand where they have to go from an unknown place.
    fn is_refuge(&self, at: &Positions) -> bool {
        let Some(refuge) = &self.refuge else { return self.is_parked(at) };
        at.iter()
            .zip(refuge)
            .all(|(at, refuge)| at.zip(*refuge).is_none_or(|(at, there)| (at - there).abs() <= ROUNDING))
    }

    /// Whether the axes stand at the park place, those of them that `at` knows.
    pub(super) fn is_parked(&self, at: &Positions) -> bool {
        self.is_at(self.profile.park_mm, at)
    }

    /// Whether all axes stand where the needle may be switched on and people may come near it.
    pub(super) fn waits(&self) -> bool {
        let places = [Some(self.profile.park_mm), self.profile.service_mm];
        needle(self.profile, &self.at).is_some()
            && places.into_iter().flatten().any(|place| self.is_at(place, &self.at))
    }

    fn is_at(&self, [x, y, z]: [f64; 3], at: &Positions) -> bool {
        // With the rotary axes at zero the tip is where X, Y and Z say.
        let place = [x, y, z, 0.0, 0.0, 0.0];
        let away = |(axis, at): (usize, &Option<f64>)| {
            at.is_some_and(|at| (from_zero(self.profile, axis, at) - place[axis]).abs() > ROUNDING)
        };
        !at.iter().enumerate().any(away)
    }

    /// Whether some axis stands where nobody knows.
    fn is_anywhere(&self, at: &Positions) -> bool {
        at.iter().take(self.profile.axes.len()).any(Option::is_none)
    }

    /// What holds for every move: limits, and the way from an unknown place to the park place.
    fn leave(&mut self, line: usize, from: &Positions, to: &Positions) {
        for (axis, position) in self.profile.axes.iter().zip(to) {
            if let Some(position) = position.filter(|&p| p < axis.min - ROUNDING || p > axis.max + ROUNDING) {
                let what = format!("{}{position} outside {} to {}", axis.letter, axis.min, axis.max);
                self.checks.note("P09", line, what);
            }
        }
        match self.drive {
            DriveState::Unknown => self.checks.note("P13", line, "motion before the needle is switched off"),
            DriveState::Starting { rested_s } => {
                let spin_up_s = self.profile.drive.spin_up_s();
                if rested_s + ROUNDING < spin_up_s {
                    self.checks.note("P11", line, format!("{rested_s} s to start the needle, {spin_up_s} s planned"));
                }
                self.drive = DriveState::Running;
            }
            DriveState::None | DriveState::Off | DriveState::Running => {}
        }
        if !self.is_anywhere(from) {
            return;
        }
        let axes = self.profile.axes.len().min(AXES);
        let unknown = |at: &Positions, mut among: std::ops::Range<usize>| among.any(|axis| at[axis].is_none());
        let plunge = plunge_index(self.profile);
        let only = |known: usize| (0..axes).all(|axis| axis == known || Some(axis) == plunge || to[axis].is_none());
        let in_turn = match plunge {
            Some(plunge) if unknown(from, plunge..plunge + 1) => only(plunge),
            _ if unknown(from, 2..3) => only(2),
            _ if unknown(from, 3..axes.max(3)) => to[0].is_none() && to[1].is_none(),
            _ => true,
        };
        if !in_turn || !self.is_refuge(to) {
            self.checks.note(
                "P13",
                line,
                "not the needle drawn back and up in Z, then the rotary axes, then X and Y, from an unknown place to where it waits",
            );
        }
    }

    /// A move that is no stroke, as fast as the axes can or in a time of its own.
    fn travel(&mut self, line: usize, from: &Positions, to: &Positions, seconds: Option<f64>) {
        self.keep_speed(line, from, to, seconds);
        if self.stroke.take().is_some() {
            self.checks.note("P08", line, "a rapid out of the skin");
        }
        if self.drive == DriveState::Running && self.struck >= self.block.dots.len() {
            self.checks.note("P13", line, "the needle still runs after the last dot");
        }
    }

    /// The axes that a move from an unknown place may move, and how fast each takes the tip at most for each mm/s or degree/s that it goes.
    fn moving(&self, from: &Positions, to: &Positions) -> impl Iterator<Item = (usize, f64)> + use<'_> {
        let (from, to) = (*from, *to);
        (0..self.profile.axes.len().min(AXES))
            .filter(move |&axis| from[axis] != to[axis])
            .map(|axis| (axis, reach_mm(self.profile, axis).map_or(1.0, |reach_mm| reach_mm * 1_f64.to_radians())))
    }

    /// P10 of a move from an unknown place by a feed: no axis that it names goes faster than it can, and the tip not
    /// above its cap. The feed is the speed of X, Y and Z together; rotary axes alone may each make all of it.
    fn keep_feed_towards(&mut self, line: usize, from: &Positions, to: &Positions, mm_min: f64) {
        let cap_mm_s = self.profile.speeds.cap_mm_s;
        let (mut least, mut turning) = (f64::INFINITY, 0.0);
        for (axis, tip) in self.moving(from, to) {
            least = least.min(self.profile.axes[axis].max_speed);
            if axis < 3 {
                least = least.min(cap_mm_s);
            } else {
                turning += tip;
                least = least.min(cap_mm_s / turning);
            }
        }
        let least = least * 60.0;
        if mm_min > least + RATE_ROUNDING {
            self.checks.note("P10", line, format!("F{mm_min} from an unknown place, {least} is the most"));
        }
    }

    /// P10 of a rapid from an unknown place: as fast as all of its axes can, the tip still keeps to its cap.
    fn keep_rapid_from_anywhere(&mut self, line: usize, from: &Positions, to: &Positions) {
        let (mut carried, mut turned_mm_s) = (0.0_f64, 0.0);
        for (axis, tip) in self.moving(from, to) {
            let speed = self.profile.axes[axis].max_speed;
            if axis < 3 {
                carried = carried.hypot(speed);
            } else {
                turned_mm_s += speed * tip;
            }
        }
        let (tip_mm_s, cap_mm_s) = (carried + turned_mm_s, self.profile.speeds.cap_mm_s);
        if tip_mm_s > cap_mm_s * (1.0 + SPEED_SLACK) {
            let what =
                format!("a rapid from an unknown place may move the tip at {tip_mm_s:.1} mm/s, the cap is {cap_mm_s}");
            self.checks.note("P10", line, what);
        }
    }

    /// P10 of a travel: the tip keeps to its cap, and no axis is asked for more than it can.
    fn keep_speed(&mut self, line: usize, from: &Positions, to: &Positions, seconds: Option<f64>) {
        let times = (self.profile.axes.iter().zip(from.iter().zip(to)))
            .map(|(axis, (from, to))| Some((to.as_ref()? - from.as_ref()?).abs() / axis.max_speed));
        let Some(fastest_s) = times.collect::<Option<Vec<f64>>>().map(|times| times.into_iter().fold(0.0, f64::max))
        else {
            if seconds.is_some() {
                self.checks.note("P10", line, "a time for a way of unknown length");
            }
            return;
        };
        let taken_s = seconds.unwrap_or(fastest_s);
        if taken_s < fastest_s * (1.0 - SPEED_SLACK) {
            let what = format!("{taken_s:.3} s asked for a move of which the axes take {fastest_s:.3} s");
            self.checks.note("P10", line, what);
        }
        let plunge = plunge_index(self.profile);
        let turn_deg: f64 = (from.iter().zip(to).enumerate().skip(3))
            .filter(|(axis, _)| Some(*axis) != plunge)
            .filter_map(|(_, (from, to))| Some((to.as_ref()? - from.as_ref()?).abs()))
            .sum();
        let looks = SPEED_LOOKS.max((turn_deg / LOOK_DEG).ceil().min(MOST_LOOKS) as u32);
        let place = |share: u32| {
            let t = f64::from(share) / f64::from(looks);
            let mut at = *from;
            for (at, to) in at.iter_mut().zip(to) {
                *at = at.zip(*to).map(|(from, to)| from + (to - from) * t);
            }
            needle(self.profile, &at).map(|needle| needle.tip)
        };
        let tips: Vec<Point> = (0..=looks).filter_map(place).collect();
        let longest_mm = tips.windows(2).map(|pair| (pair[1] - pair[0]).norm()).fold(0.0, f64::max);
        let (tip_mm_s, cap_mm_s) = (longest_mm * f64::from(looks) / taken_s, self.profile.speeds.cap_mm_s);
        self.checks.saw("P10", tip_mm_s);
        if tip_mm_s > cap_mm_s * (1.0 + SPEED_SLACK) {
            self.checks.note("P10", line, format!("the tip moves at {tip_mm_s:.1} mm/s, the cap is {cap_mm_s}"));
        }
    }

    fn rest(&mut self, line: usize, seconds: f64) {
        match (&mut self.stroke, &mut self.drive) {
            (Some(stroke), _) => stroke.rested_s += seconds,
            (None, DriveState::Starting { rested_s }) => *rested_s += seconds,
            _ if self.hovers => {}
            _ => self.checks.note("P11", line, "a rest that is not planned"),
        }
    }
}
