//! The half of [`Walk`] that looks at what happens while the axes stand: needle, stops, lines of the owner's, the end.

use super::action::{Action, Hooked, Pace};
use super::forward::{is_known, needle};
use super::header::Run;
use super::walk::{DriveState, RATE_ROUNDING, Walk};
use crate::rig::{Drive, HookPoint};

/// The kind of stop that may be optional.
const OPTIONAL: &str = "optional-pause";
/// The kind of stop after which a message tells which patch begins.
const REGISTRATION: &str = "registration";

/// The point of the owner's lines for a kind of stop.
fn point_of(kind: &str) -> Option<HookPoint> {
    let name = if kind == OPTIONAL { "pause".to_owned() } else { kind.replace('-', "_") };
    HookPoint::ALL.into_iter().find(|point| point.name() == name && point.stops())
}

impl Walk<'_> {
    /// Whether the lines of the owner's since the last event are those that belong behind it and before this one, and whether what this one
    /// does may still come.
    pub(super) fn keep_lines(&mut self, line: usize, action: &Action) {
        if let Some(before) = self.owner.off_again.take()
            && *action != Action::End
        {
            self.checks.note("P11", before, "the owner's lines that switch the needle off, though it is off");
        }
        let is_stroke = matches!(action, Action::Move { pace: Pace::Feed { .. }, .. } | Action::Probe { .. });
        let goes_on =
            is_stroke || matches!(action, Action::Pause { .. } | Action::Needle { on: Some(_) } | Action::End);
        if let Some(number) = self.owner.message_due.filter(|_| goes_on) {
            self.owner.message_due = None;
            self.checks.note("P12", line, format!("the owner's message for patch {number} is left out"));
        }
        let closes = match action {
            Action::Move { from, .. } => !is_known(self.profile, from),
            Action::Needle { on: None } | Action::End => true,
            Action::Hook(hooked) => hooked.point == HookPoint::NeedleOff,
            _ => false,
        };
        if self.owner.ended && !closes {
            self.checks.note("P12", line, "more than the needle switched off behind the owner's last lines");
        }
        match (self.point_of(action), action) {
            (Some((point, dot)), _) => self.beside.motion(line, Some(point), dot, &mut self.checks),
            (None, Action::Move { .. } | Action::Dwell { .. }) => self.beside.motion(line, None, 0, &mut self.checks),
            (None, _) => self.beside.other(line, &mut self.checks),
        }
    }

    /// For which lines of the owner's a move or wait stands, and for which dot.
    fn point_of(&self, action: &Action) -> Option<(HookPoint, u32)> {
        let at = |order: Option<usize>| order.and_then(|order| self.block.dots.get(order)).copied().unwrap_or(0);
        let last = self.struck.checked_sub(1);
        match action {
            Action::Dwell { .. } if self.stroke.is_some() => Some((HookPoint::Dwell, at(last))),
            Action::Dwell { .. } => Some((HookPoint::Dwell, 0)),
            Action::Move { from, to, pace: Pace::Feed { .. } } => {
                let (start, end) = (needle(self.profile, from)?, needle(self.profile, to)?);
                let inwards = (end.tip - start.tip).dot(&start.axis) < 0.0;
                Some(if inwards { (HookPoint::Strike, at(Some(self.struck))) } else { (HookPoint::Retract, at(last)) })
            }
            Action::Move { from, .. } => {
                if !is_known(self.profile, from) {
                    return None;
                }
                let next = at(Some(self.struck));
                let stop = self.block.stops.get(self.stopped);
                let rests = stop.is_some_and(|stop| stop.before_dot == next && self.struck > 0);
                Some((HookPoint::Travel, if rests { 0 } else { next }))
            }
            _ => None,
        }
    }

    /// Lines of the owner's, which may stand where the program waits; those that switch the needle off also right above
    /// the last dot before that.
    pub(super) fn hook(&mut self, line: usize, hooked: Hooked) {
        let Hooked { point, patch, .. } = hooked;
        let name = point.name();
        if self.stroke.is_some() {
            self.checks.note("P11", line, format!("the owner's {name} lines in the skin"));
        }
        let struck = self.struck;
        let leaves = self.block.stops.get(self.stopped).is_some_and(|stop| stop.before_order as usize == struck)
            || struck == self.block.dots.len();
        let in_place = match point {
            HookPoint::Start => true,
            HookPoint::End => self.is_parked(&self.at) && self.waits(),
            HookPoint::NeedleOff if self.drive == DriveState::Unknown => true,
            HookPoint::NeedleOff => self.waits() || (self.just_withdrawn && leaves),
            _ => self.waits(),
        };
        if !in_place {
            self.checks.note("P13", line, format!("the owner's {name} lines away from where they belong"));
        }
        match point {
            HookPoint::NeedleOn | HookPoint::NeedleOff => self.owner.hooked = Some(hooked),
            _ if point.stops() => self.owner.hooked = Some(hooked),
            HookPoint::Message => {
                let registrations = self.block.stops.iter().filter(|stop| stop.kind.name() == REGISTRATION).count();
                let due = self.owner.message_due.take();
                if due.is_none() || patch.map(|[number, of]| (Some(number), of as usize)) != Some((due, registrations))
                {
                    self.checks.note("P12", line, "the owner's message for a patch that does not begin here");
                }
                self.forget_place();
            }
            HookPoint::End => {
                self.owner.ended = true;
                self.forget_place();
            }
            _ => {}
        }
    }

    pub(super) fn switch(&mut self, line: usize, on: Option<f64>) {
        let hooked = self.owner.hooked.take();
        if self.stroke.is_some() {
            self.checks.note("P11", line, "the needle is switched in the skin");
        }
        if self.drive == DriveState::None {
            self.checks.note("P11", line, "a needle switched that is pushed by an axis");
            return;
        }
        let point = if on.is_some() { HookPoint::NeedleOn } else { HookPoint::NeedleOff };
        if self.beside.has(point) && hooked.is_none() {
            self.checks.note("P12", line, "the needle is switched by other lines than the owner's");
        }
        let Some(found) = on else {
            if self.drive == DriveState::Off && hooked.is_some() {
                self.owner.off_again = Some(line);
            }
            self.drive = DriveState::Off;
            return;
        };
        if self.drive != DriveState::Off && hooked.is_some() {
            self.checks.note("P11", line, "the owner's lines that switch the needle on, though it is not off");
        }
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
        if hooked.is_some() {
            self.forget_place();
        }
    }

    /// A stop: needle off, out of the skin, where the plan has it and where people may come near. They may move the axes by hand.
    pub(super) fn pause(&mut self, line: usize, optional: bool) {
        let hooked = self.owner.hooked.take();
        if !matches!(self.drive, DriveState::Off | DriveState::None) || self.stroke.is_some() {
            self.checks.note("P11", line, "a stop with the needle on or in the skin");
        }
        if !self.waits() {
            self.checks.note("P13", line, "a stop away from the park and service places");
        }
        self.forget_place();
        let planned = self.block.stops.get(self.stopped).copied();
        self.stopped += 1;
        let due = planned.and_then(|stop| Some((stop.kind.name(), self.plan.dot(stop.before_dot)?.tool)));
        if let Some(what) = due.and_then(|(kind, tool)| self.tools.stop(kind, tool, hooked.is_some())) {
            self.checks.note("P18", line, what);
        }
        self.change_tool();
        let next = self.block.dots.get(self.struck).copied();
        let Some(stop) = planned else {
            self.checks.note("P11", line, "a stop more than the plan has");
            return;
        };
        let (kind, point) = (stop.kind.name(), point_of(stop.kind.name()));
        if Some(stop.before_dot) != next {
            let what = format!("a stop for {kind} that the plan has before dot {}", stop.before_dot);
            self.checks.note("P11", line, what);
        } else if let Some(Hooked { point: found, dot, .. }) = hooked {
            if Some(found) != point || dot != next {
                let what = format!("the owner's {} lines, the plan has a stop for {kind} here", found.name());
                self.checks.note("P11", line, what);
            }
        } else if point.is_some_and(|point| self.beside.has(point)) {
            self.checks.note("P12", line, format!("a stop for {kind} by other lines than the owner's"));
        } else if optional != (kind == OPTIONAL) {
            let what = format!("a stop for {kind} that is {}optional", if optional { "" } else { "not " });
            self.checks.note("P11", line, what);
        }
        if kind == REGISTRATION {
            self.owner.registrations += 1;
            self.owner.message_due = self.beside.has(HookPoint::Message).then_some(self.owner.registrations);
        }
    }

    pub(super) fn end(&mut self, line: usize) {
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
