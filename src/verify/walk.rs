use super::checks::Checks;
use super::forward::{Needle, from_zero, needle, plunge_index};
use super::header::Run;
use super::interpreter::{AXES, Action, Event, Pace, Positions};
use crate::geometry::{Placement, Point, Vector};
use crate::plan::{Block, Plan};
use crate::rig::{Drive, Profile};

/// Largest distance between a strike and its dot, mm (check P18).
const PLACE_TOLERANCE_MM: f64 = 0.01;
/// Largest distance between the start of a stroke and the approach point of its dot, mm: what two decimals leave of it.
const APPROACH_TOLERANCE_MM: f64 = 0.015;
/// Largest angle between a stroke and the needle's axis, rad: what two decimals at its start leave of a stroke of 4 mm.
const STROKE_TOLERANCE_RAD: f64 = 3e-3;
/// Largest angle by which a needle may exceed a limit, degrees: what four decimals leave of it, with a margin.
const ANGLE_TOLERANCE_DEG: f64 = 0.01;
/// What three decimals leave of a length, an angle or a time: mm, degrees or s.
const ROUNDING: f64 = 0.000_501;
/// Pieces of a travel in which the speed of the tip is measured.
const SPEED_LOOKS: u32 = 8;
/// What the decimals of an inverse time leave of a speed, as a share.
const SPEED_SLACK: f64 = 0.001;
/// What one decimal leaves of a feed or of the drive's speed: mm/min or the unit of `S`.
const RATE_ROUNDING: f64 = 0.050_1;

/// Follows a program in its order: start, drive, strokes, rests, end.
pub(super) struct Walk<'a> {
    plan: &'a Plan,
    profile: &'a Profile,
    block: &'a Block,
    rig_to_mesh: Placement,
    air: bool,
    /// Whether it may rest above the skin.
    hovers: bool,
    checks: &'a mut Checks,
    /// Dots struck so far.
    struck: usize,
    /// Stops made so far.
    stopped: usize,
    drive: DriveState,
    stroke: Option<Stroke>,
    at: Positions,
}

/// What the needle's drive does.
#[derive(Debug, Clone, Copy, PartialEq)]
enum DriveState {
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

/// A stroke into the skin whose way back has not come yet.
#[derive(Debug)]
struct Stroke {
    from: Positions,
    line: usize,
    rested_s: f64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        block: &'a Block,
        rig_to_mesh: Placement,
        run: Run,
        checks: &'a mut Checks,
    ) -> Self {
        Self {
            plan,
            profile: &plan.rig,
            block,
            rig_to_mesh,
            air: run != Run::Treat,
            hovers: run.hovers(),
            checks,
            struck: 0,
            stopped: 0,
            drive: if plan.rig.drive == Drive::Plunge { DriveState::None } else { DriveState::Unknown },
            stroke: None,
            at: Positions::default(),
        }
    }

    /// Follows all of it and returns the number of strikes.
    pub(super) fn follow(mut self, events: &[Event]) -> usize {
        let mut before = None;
        for Event { line, action } in events {
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
                Action::Dwell { seconds } => self.rest(*line, *seconds),
                Action::Needle { on } => self.switch(*line, *on),
                Action::Pause => self.pause(*line),
                Action::End => self.end(*line, before),
            }
            before = Some(action);
        }
        let unmade = self.block.stops.len().saturating_sub(self.stopped);
        if unmade > 0 {
            let last = events.last().map_or(1, |event| event.line);
            self.checks.note("P11", last, format!("{unmade} stops of the plan are not made until here"));
        }
        let missing = self.block.dots.len().saturating_sub(self.struck);
        if missing > 0 {
            let last = events.last().map_or(1, |event| event.line);
            self.checks.note("P18", last, format!("{missing} dots of the plan are not struck until here"));
        }
        self.struck
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
        if self.air {
            self.checks.note("P19", line, "the needle is switched on in a dry run");
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
    fn pause(&mut self, line: usize) {
        if !matches!(self.drive, DriveState::Off | DriveState::None) || self.stroke.is_some() {
            self.checks.note("P11", line, "a stop with the needle on or in the skin");
        }
        if !self.waits() {
            self.checks.note("P13", line, "a stop away from the park and service places");
        }
        let planned = self.block.stops.get(self.stopped);
        self.stopped += 1;
        let next = self.block.dots.get(self.struck).copied();
        match planned {
            None => self.checks.note("P11", line, "a stop more than the plan has"),
            Some(stop) if Some(stop.before_dot) != next => {
                let what = format!("a stop for {} that the plan has before dot {}", stop.kind, stop.before_dot);
                self.checks.note("P11", line, what);
            }
            Some(_) => {}
        }
    }

    fn end(&mut self, line: usize, before: Option<&Action>) {
        if self.drive != DriveState::None && !matches!(before, Some(Action::Needle { on: None })) {
            self.checks.note("P13", line, "the needle is not switched off right before the end of the program");
        }
        if self.stroke.is_some() {
            self.checks.note("P13", line, "the program ends in the skin");
        }
        if needle(self.profile, &self.at).is_none() || !self.is_parked(&self.at) {
            self.checks.note("P13", line, "the program ends away from the park place");
        }
    }

    /// A feed move is one half of a strike: into the skin along the needle's axis, or back out of it.
    fn feed(&mut self, line: usize, from: &Positions, to: &Positions, feed_mm_min: f64) {
        let (Some(start), Some(end)) = (needle(self.profile, from), needle(self.profile, to)) else {
            self.checks.note("P12", line, "a stroke from an unknown place");
            return;
        };
        let along = (end.tip - start.tip).angle(&start.axis);
        let inwards = along > std::f64::consts::FRAC_PI_2;
        let off_axis = if inwards { std::f64::consts::PI - along } else { along };
        let moves = |axis: usize| match plunge_index(self.profile) {
            Some(plunge) => axis == plunge,
            None => axis < 3,
        };
        let others_move = (0..AXES).any(|axis| !moves(axis) && from[axis] != to[axis]);
        if others_move || off_axis > STROKE_TOLERANCE_RAD {
            self.checks.note("P08", line, format!("a stroke {:.2}° off the needle's axis", off_axis.to_degrees()));
        }
        let speeds = self.profile.speeds;
        let planned_mm_s = if inwards { speeds.strike_mm_s } else { speeds.retract_mm_s };
        if (feed_mm_min - planned_mm_s * 60.0).abs() > RATE_ROUNDING
            || feed_mm_min > speeds.cap_mm_s * 60.0 + RATE_ROUNDING
        {
            let what = format!("F{feed_mm_min}, planned {}, cap {}", planned_mm_s * 60.0, speeds.cap_mm_s * 60.0);
            self.checks.note("P10", line, what);
        }
        match (inwards, self.stroke.take()) {
            (true, before) => {
                if before.is_some() {
                    self.checks.note("P08", line, "a second stroke inwards without a way out");
                }
                let tilt_deg = end.axis.angle(&Vector::z()).to_degrees();
                if tilt_deg > self.profile.tilt_limit_deg + ANGLE_TOLERANCE_DEG {
                    self.checks.note("P09", line, format!("the needle is tilted by {tilt_deg:.2}°"));
                }
                self.strike(line, &start.seen_from(&self.rig_to_mesh), &end.seen_from(&self.rig_to_mesh));
                self.stroke = Some(Stroke { from: *from, line, rested_s: 0.0 });
            }
            (false, None) => self.checks.note("P08", line, "a stroke outwards that does not come from the skin"),
            (false, Some(stroke)) => self.withdraw(line, &stroke, to),
        }
    }

    fn withdraw(&mut self, line: usize, stroke: &Stroke, to: &Positions) {
        let apart = |(a, b): (&Option<f64>, &Option<f64>)| a.zip(*b).is_some_and(|(a, b)| (a - b).abs() > ROUNDING);
        if stroke.from.iter().zip(to).any(apart) {
            self.checks.note("P08", line, "the way out does not end where the way in began");
        }
        let planned_s = self.plan.case.design.dwell_s;
        if (stroke.rested_s - planned_s).abs() > ROUNDING {
            self.checks.note("P11", stroke.line, format!("{} s in the skin, {planned_s} s planned", stroke.rested_s));
        }
    }

    /// A stroke from the approach point to the needle's deepest point, in the scan's frame, against the dot that the plan
    /// has next.
    fn strike(&mut self, line: usize, start: &Needle, end: &Needle) {
        let next = self.block.dots.get(self.struck).and_then(|&id| Some((id, self.plan.dots.get(id as usize)?)));
        self.struck += 1;
        let Some((id, dot)) = next else {
            self.checks.note("P18", line, "a strike more than the plan has dots");
            return;
        };
        // A dry run does the same so much higher that it ends at the approach height.
        let approach_mm = self.profile.approach_mm;
        let lift_mm = if self.air { approach_mm + dot.depth_mm } else { 0.0 };
        let place = Point::from(dot.position_mm);
        let miss_mm = (end.above(dot.depth_mm - lift_mm) - place).norm();
        let miss = format!("dot {id} is missed by {miss_mm:.3} mm");
        if miss_mm > PLACE_TOLERANCE_MM {
            self.checks.note("P18", line, &miss);
        }
        if (start.above(-lift_mm - approach_mm) - place).norm() > APPROACH_TOLERANCE_MM {
            self.checks.note("P08", line, format!("the stroke into dot {id} does not begin at its approach point"));
        }
        let depth_mm = (place - end.tip).dot(&end.axis);
        if self.air {
            if depth_mm > PLACE_TOLERANCE_MM - approach_mm {
                self.checks.note("P19", line, format!("dot {id}: {:.3} mm above the skin", -depth_mm));
            }
            return;
        }
        if !matches!(self.drive, DriveState::Running | DriveState::None) {
            self.checks.note("P11", line, format!("dot {id} is struck with the needle off"));
        }
        if depth_mm > dot.depth_mm.min(self.profile.depth_cap_mm) + PLACE_TOLERANCE_MM {
            self.checks.note("P05", line, format!("dot {id}: {depth_mm:.3} mm deep, {} planned", dot.depth_mm));
        }
        let off_deg = end.axis.angle(&Vector::from(dot.normal)).to_degrees();
        if off_deg > self.profile.needle_to_normal_limit_deg + ANGLE_TOLERANCE_DEG {
            self.checks.note("P08", line, format!("dot {id}: the needle stands {off_deg:.2}° off the skin's normal"));
        }
    }
}
