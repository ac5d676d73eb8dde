use super::action::{AXES, Action, Event, Pace, Positions};
use super::checks::Checks;
use super::forward::{from_zero, needle, plunge_index};
use super::header::Run;
use super::skin::Skin;
use super::strokes::Stroke;
use super::tools::InHolder;
use crate::geometry::{Placement, Point};
use crate::plan::{Block, Plan};
use crate::rig::{Drive, Profile};

/// What three decimals leave of a length, an angle or a time: mm, degrees or s.
pub(super) const ROUNDING: f64 = 0.000_501;
/// The kind of stop that may be optional.
const OPTIONAL: &str = "optional-pause";
/// Pieces of a travel in which the speed of the tip is measured.
const SPEED_LOOKS: u32 = 8;
/// What the decimals of an inverse time leave of a speed, as a share.
const SPEED_SLACK: f64 = 0.001;
/// What one decimal leaves of a feed or of the drive's speed: mm/min or the unit of `S`.
pub(super) const RATE_ROUNDING: f64 = 0.050_1;

/// Follows a program in its order: start, drive, stops, end. What strokes it makes is looked at in `strokes`.
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
    /// Which tool is in.
    pub(super) tools: InHolder,
    /// Whether it may rest above the skin.
    hovers: bool,
    pub(super) checks: Checks,
    /// Dots struck so far.
    pub(super) struck: usize,
    /// Stops made so far.
    stopped: usize,
    pub(super) drive: DriveState,
    pub(super) stroke: Option<Stroke>,
    at: Positions,
    /// Line of the last event.
    line: usize,
    /// Whether that was the needle switched off.
    just_switched_off: bool,
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
    pub(super) fn new(plan: &'a Plan, block: &'a Block, rig_to_mesh: Placement, run: Run) -> Self {
        Self {
            plan,
            profile: &plan.rig,
            block,
            rig_to_mesh,
            run,
            air: !matches!(run, Run::Treat | Run::Probe),
            skin: Skin::new(plan, block),
            tools: InHolder::new(block),
            hovers: run.hovers(),
            checks: Checks::default(),
            struck: 0,
            stopped: 0,
            drive: if plan.rig.drive == Drive::Plunge { DriveState::None } else { DriveState::Unknown },
            stroke: None,
            at: Positions::default(),
            line: 1,
            just_switched_off: false,
        }
    }

    /// Follows one event.
    pub(super) fn step(&mut self, Event { line, action }: &Event) {
        match action {
            Action::Move { from, to, pace } => {
                self.leave(*line, from, to);
                match *pace {
                    Pace::Feed { mm_min } => self.feed(*line, from, to, mm_min),
                    Pace::Rapid => self.travel(*line, from, to, None),
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
            Action::Pause { optional } => self.pause(*line, *optional),
            Action::End => self.end(*line),
        }
        self.line = *line;
        self.just_switched_off = matches!(action, Action::Needle { on: None });
    }

    /// What is missing once the program has been followed. Returns the number of strikes and all faults.
    pub(super) fn finish(mut self) -> (usize, Checks) {
        let unmade = self.block.stops.len().saturating_sub(self.stopped);
        if unmade > 0 {
            self.checks.note("P11", self.line, format!("{unmade} stops of the plan are not made until here"));
        }
        let missing = self.block.dots.len().saturating_sub(self.struck);
        if missing > 0 && self.run != Run::Probe {
            self.checks.note("P18", self.line, format!("{missing} dots of the plan are not struck until here"));
        }
        (self.struck, self.checks)
    }

    /// Whether the axes stand at the park place, those of them that `at` knows.
    fn is_parked(&self, at: &Positions) -> bool {
        self.is_at(self.profile.park_mm, at)
    }

    /// Whether all axes stand where the needle may be switched on and people may come near it.
    fn waits(&self) -> bool {
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
        let axes = self.profile.axes.len().min(AXES);
        if from.iter().take(axes).all(Option::is_some) {
            return;
        }
        let unknown = |at: &Positions, mut among: std::ops::Range<usize>| among.any(|axis| at[axis].is_none());
        let plunge = plunge_index(self.profile);
        let only = |known: usize| (0..axes).all(|axis| axis == known || Some(axis) == plunge || to[axis].is_none());
        let in_turn = match plunge {
            Some(plunge) if unknown(from, plunge..plunge + 1) => only(plunge),
            _ if unknown(from, 2..3) => only(2),
            _ if unknown(from, 3..axes.max(3)) => to[0].is_none() && to[1].is_none(),
            _ => true,
        };
        if !in_turn || !self.is_parked(to) {
            self.checks.note(
                "P13",
                line,
                "not the needle drawn back and up in Z, then the rotary axes, then X and Y to the park place",
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

    /// P10 of a travel: the tip keeps to its cap, and no axis is asked for more than it can.
    fn keep_speed(&mut self, line: usize, from: &Positions, to: &Positions, seconds: Option<f64>) {
        let times = (self.profile.axes.iter().zip(from.iter().zip(to)))
            .map(|(axis, (from, to))| Some((to.as_ref()? - from.as_ref()?).abs() / axis.max_speed));
        let Some(fastest_s) = times.collect::<Option<Vec<f64>>>().map(|times| times.into_iter().fold(0.0, f64::max))
        else {
            return;
        };
        let taken_s = seconds.unwrap_or(fastest_s);
        if taken_s < fastest_s * (1.0 - SPEED_SLACK) {
            let what = format!("{taken_s:.3} s asked for a move of which the axes take {fastest_s:.3} s");
            self.checks.note("P10", line, what);
        }
        let place = |share: u32| {
            let t = f64::from(share) / f64::from(SPEED_LOOKS);
            let mut at = *from;
            for (at, to) in at.iter_mut().zip(to) {
                *at = at.zip(*to).map(|(from, to)| from + (to - from) * t);
            }
            needle(self.profile, &at).map(|needle| needle.tip)
        };
        let tips: Vec<Point> = (0..=SPEED_LOOKS).filter_map(place).collect();
        let longest_mm = tips.windows(2).map(|pair| (pair[1] - pair[0]).norm()).fold(0.0, f64::max);
        let (tip_mm_s, cap_mm_s) = (longest_mm * f64::from(SPEED_LOOKS) / taken_s, self.profile.speeds.cap_mm_s);
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

    fn switch(&mut self, line: usize, on: Option<f64>) {
        if self.stroke.is_some() {
            self.checks.note("P11", line, "the needle is switched in the skin");
        }
        if self.drive == DriveState::None {
            self.checks.note("P11", line, "a needle switched that is pushed by an axis");
            return;
        }
        let Some(found) = on else {
            self.drive = DriveState::Off;
            return;
        };
        if self.run != Run::Treat {
            self.checks.note("P19", line, "the needle is switched on in a program that strikes nothing");
        }
        if !self.waits() {
            self.checks.note("P11", line, "the needle is switched on away from the park and service places");
        }
        // The number of an output was checked where it was read.
        if let Drive::Spindle { speed, .. } = self.profile.drive
            && (found - speed).abs() > RATE_ROUNDING
        {
            self.checks.note("P11", line, format!("S{found}, {speed} planned"));
        }
        self.drive = DriveState::Starting { rested_s: 0.0 };
    }

    /// A stop: needle off, out of the skin, where the plan has it and where people may come near.
    fn pause(&mut self, line: usize, optional: bool) {
        if !matches!(self.drive, DriveState::Off | DriveState::None) || self.stroke.is_some() {
            self.checks.note("P11", line, "a stop with the needle on or in the skin");
        }
        if !self.waits() {
            self.checks.note("P13", line, "a stop away from the park and service places");
        }
        let planned = self.block.stops.get(self.stopped);
        let due = planned.and_then(|stop| Some((stop.kind, self.plan.dot(stop.before_dot)?.tool)));
        if let Some(what) = due.and_then(|(kind, tool)| self.tools.stop(kind, tool)) {
            self.checks.note("P18", line, what);
        }
        self.stopped += 1;
        let next = self.block.dots.get(self.struck).copied();
        match planned {
            None => self.checks.note("P11", line, "a stop more than the plan has"),
            Some(stop) if Some(stop.before_dot) != next => {
                let what = format!("a stop for {} that the plan has before dot {}", stop.kind, stop.before_dot);
                self.checks.note("P11", line, what);
            }
            Some(stop) if optional != (stop.kind.name() == OPTIONAL) => {
                let what = format!("a stop for {} that is {}optional", stop.kind, if optional { "" } else { "not " });
                self.checks.note("P11", line, what);
            }
            Some(_) => {}
        }
    }

    fn end(&mut self, line: usize) {
        if self.drive != DriveState::None && !self.just_switched_off {
            self.checks.note("P13", line, "the needle is not switched off right before the end of the program");
        }
        if self.stroke.is_some() {
            self.checks.note("P13", line, "the program ends in the skin");
        }
        if needle(self.profile, &self.at).is_none() || !self.is_parked(&self.at) {
            self.checks.note("P13", line, "the program ends away from the park place");
        }
    }
}
