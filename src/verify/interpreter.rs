use std::collections::BTreeSet;

use super::action::{AXES, Action, Event, Fault, Hooked, Pace, Positions};
use super::block::Block;
use super::controller::{Contact, Controller};
use super::words::{self, Line, Word};
use crate::rig::{Drive, HookPoint};

/// What reads a program, and what it drives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Machine<'a> {
    pub(super) controller: &'static Controller,
    /// Letters of the axes in the profile's order, at most [`AXES`] of them.
    pub(super) letters: &'a [char],
    pub(super) drive: &'a Drive,
    /// Words that stand in the owner's templates of moves and are none of the dialect's: passed over and counted.
    pub(super) own: &'a BTreeSet<String>,
}

/// Modal state; everything is unknown until the program sets it.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is one mode, independent of the others")]
pub(super) struct Modes {
    /// Those of the controller's modes that were set.
    pub(super) set: BTreeSet<&'static str>,
    /// 0 or 1, for G0 and G1.
    pub(super) motion: Option<u8>,
    pub(super) feed_mm_min: Option<f64>,
    /// `G93`: each feed move names its own time.
    pub(super) inverse_time: bool,
    /// `G91`: positions count from where the axes stand.
    pub(super) relative: bool,
    /// Whether the axes stand where a probe has touched something: on its way, nobody knows where.
    pub(super) touched: bool,
    /// Whether something may still be moving when an output is switched.
    pub(super) moving: bool,
    pub(super) at: Positions,
}

/// Reads a program line by line as its controller would: RS274/NGC words (NIST IR 6556) or a printer's commands, every mode unknown
/// until it is set, and again after a stop or lines of the owner's.
///
/// Only the words that these programs need are known; any other is a fault, whatever it would do.
pub(super) struct Reader<'a> {
    pub(super) machine: Machine<'a>,
    pub(super) modes: Modes,
    /// What the lines read so far made the machine do. Whoever reads may take them out.
    pub(super) events: Vec<Event>,
    pub(super) faults: Vec<Fault>,
    /// Words of the owner that were passed over.
    pub(super) unseen: usize,
    line: usize,
    ended: bool,
    /// Whether the last words were a wait for all motion.
    waited: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(machine: Machine<'a>) -> Self {
        let modes = Modes::default();
        Self { machine, modes, events: Vec::new(), faults: Vec::new(), unseen: 0, line: 0, ended: false, waited: false }
    }

    /// Reads the line with that number, from 1.
    pub(super) fn read(&mut self, number: usize, line: &str) {
        self.line = number;
        match words::read(line, self.machine.controller) {
            Ok(Line::Words(words)) if words.is_empty() => return,
            Ok(_) if self.ended => self.fault("words after the end of the program".to_owned()),
            Ok(Line::Words(words)) => {
                self.waited =
                    matches!(words[..], [Word { letter: 'M', value, .. }] if value.to_bits() == 400_f64.to_bits());
                self.block(&words);
                return;
            }
            Ok(Line::Named(name, pairs)) => self.named(&name, &pairs),
            Err(what) => self.fault(what),
        }
        self.waited = false;
    }

    /// Lines of the rig's owner that end at that line: taken for what they are to do. Nobody knows what modes they
    /// leave behind, and where the axes; the needle is switched off without moving them.
    pub(super) fn hook(&mut self, number: usize, hooked: Hooked) {
        self.line = number;
        self.waited = false;
        let at = self.modes.at;
        self.act(Action::Hook(hooked));
        let point = hooked.point;
        match point {
            HookPoint::NeedleOff => self.needle(None),
            HookPoint::NeedleOn => self.needle(Some(match self.machine.drive {
                Drive::Spindle { speed, .. } => *speed,
                _ => 1.0,
            })),
            _ if point.stops() => self.pause(false),
            _ => {}
        }
        let at = if point == HookPoint::NeedleOff { at } else { Positions::default() };
        self.modes = Modes { at, moving: true, ..Modes::default() };
    }

    /// What is to be said once the text has ended.
    pub(super) fn finish(&mut self) {
        if self.ended {
        } else if !self.machine.controller.ends.is_empty() {
            let ends = self.machine.controller.ends.join(" or ");
            self.fault(format!("no {ends}: the program does not end"));
        } else if self.waited {
            self.act(Action::End);
        } else {
            self.fault("no M400 at the end: the program does not end".to_owned());
        }
    }

    pub(super) fn fault(&mut self, what: String) {
        self.faults.push(Fault { line: self.line, what });
    }

    fn act(&mut self, action: Action) {
        self.events.push(Event { line: self.line, action });
    }

    fn block(&mut self, words: &[Word]) {
        let mut block = Block::default();
        for word in words {
            self.sort(*word, &mut block);
        }
        // Order of execution as in RS274/NGC: feed and modes first, drive, dwell, motion, stop, end.
        if !self.modes.inverse_time {
            self.modes.feed_mm_min = block.f.or(self.modes.feed_mm_min);
        }
        self.keep_factor(&mut block);
        self.switch(&mut block);
        let moves = block.axes.iter().any(Option::is_some);
        match (block.dwell, block.p) {
            (true, Some(p)) if p >= 0.0 && !moves && (p.fract() == 0.0 || !self.machine.controller.whole_dwells) => {
                self.modes.moving = false;
                self.act(Action::Dwell { seconds: p * self.machine.controller.dwell_unit_s });
            }
            (false, None) => {}
            _ => self.fault("not G4 with a P of 0 or more and nothing to move".to_owned()),
        }
        // Printers know no motion that stays in force: words beside another command move nothing there.
        self.modes.motion = block.motion.or(self.modes.motion.filter(|_| self.machine.controller.block_language));
        // No harm by itself, but a sign that a coordinate has lost its digits to it.
        let controller = self.machine.controller;
        let rapid = self.modes.motion == Some(0) && !block.probe;
        let feeds = !rapid || controller.rapids_at_feed || controller.rapids_pass_feed;
        if block.f.is_some() && !(moves && (self.modes.motion.is_some() || block.probe) && feeds) {
            self.fault("F without a feed move".to_owned());
        }
        if block.probe {
            self.probe(&block);
        } else if moves {
            self.motion(&block);
        }
        if rapid && controller.rapids_pass_feed && block.f.is_some() {
            self.modes.feed_mm_min = None;
        }
        if block.pause || block.optional {
            if words.len() > 1 {
                self.fault("a stop beside other words".to_owned());
            }
            self.pause(block.optional);
        }
        if block.end {
            self.ended = true;
            self.act(Action::End);
        }
    }

    /// A factor on all feeds has to be set to one, as nobody knows what an earlier job has left of it.
    fn keep_factor(&mut self, block: &mut Block) {
        if !block.factor {
            return;
        }
        let percent = block.s.take();
        if percent.is_some_and(|percent| percent.to_bits() == 100_f64.to_bits()) {
            self.modes.set.insert("M220");
        } else {
            self.fault("M220 with another S than 100".to_owned());
        }
    }

    /// The needle, by whatever it hangs on.
    fn switch(&mut self, block: &mut Block) {
        let controller = self.machine.controller;
        let is = |found: Option<f64>, known: f64| found.is_some_and(|found| found.to_bits() == known.to_bits());
        match (block.needle, block.s) {
            (Some(true), Some(speed)) => self.needle(Some(speed)),
            (Some(false), None) => self.needle(None),
            (None, _) if block.value => {}
            (None, None) => {}
            _ => self.fault("not M3 with S, nor M5 without".to_owned()),
        }
        let number = match self.machine.drive {
            Drive::Output { port: number, .. } | Drive::Fan { fan: number, .. } => Some(f64::from(*number)),
            Drive::Spindle { .. } | Drive::Pin { .. } | Drive::Plunge => None,
        };
        if let Some(on) = block.output {
            match number.filter(|&number| is(block.p.take(), number)) {
                Some(port) => self.needle(on.then_some(port)),
                None => self.fault("not M64 or M65 with the P of the needle's output".to_owned()),
            }
        }
        if block.value {
            let port = number.filter(|&number| is(block.p.take(), number));
            let (on, off) = (controller.full.is_some_and(|full| is(block.s, full)), is(block.s, 0.0));
            match port.filter(|_| on || off) {
                Some(port) => self.needle(on.then_some(port)),
                None => self.fault("not the P of the needle's output with S for on or off".to_owned()),
            }
        }
    }

    fn needle(&mut self, on: Option<f64>) {
        self.wait_needed("the needle is switched");
        self.act(Action::Needle { on });
    }

    fn pause(&mut self, optional: bool) {
        self.wait_needed("a stop");
        // Whoever goes on may have changed any of them, and moved the axes by hand.
        self.modes = Modes::default();
        self.act(Action::Pause { optional });
    }

    fn wait_needed(&mut self, what: &str) {
        if self.machine.controller.runs_ahead && self.modes.moving {
            self.fault(format!("{what} while the motion before may still go on: no M400"));
        }
    }

    /// Klipper's commands.
    fn named(&mut self, name: &str, pairs: &[(String, String)]) {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        match (name, &pairs[..], self.machine.drive) {
            ("SET_PIN", [("PIN", pin), ("VALUE", value @ ("0" | "1"))], Drive::Pin { name, .. }) if pin == name => {
                self.needle((*value == "1").then_some(1.0));
            }
            ("SET_GCODE_OFFSET", [("X", "0"), ("Y", "0"), ("Z", "0")], _)
                if self.machine.controller.modes.contains(&"SET_GCODE_OFFSET") =>
            {
                self.modes.set.insert("SET_GCODE_OFFSET");
            }
            (_, [], _) if name == self.machine.controller.pauses => self.pause(false),
            _ => self.fault(format!("the command {name}, which this program must not use so")),
        }
    }

    /// Faults for what a motion needs and the program has not set.
    fn needs(&mut self, others: &[&'static str]) {
        let (controller, modes) = (self.machine.controller, &self.modes);
        // Relative positions are asked for where a probe has touched, and then stand for the absolute ones.
        let stands_in = modes.relative && modes.touched;
        let is_set = |mode: &&'static str| modes.set.contains(mode) || (*mode == "G90" && stands_in);
        let unset: Vec<&str> = controller.modes.iter().filter(|mode| !is_set(mode)).chain(others).copied().collect();
        if !unset.is_empty() {
            self.fault(format!("motion before {} is set", unset.join(", ")));
        }
    }

    /// `G38.2`: a straight move that something touched ends. It ends the motion mode, and after it only what counts
    /// from the touch is known.
    fn probe(&mut self, block: &Block) {
        self.needs(&[]);
        let from = self.modes.at;
        let Some(mm_min) = self.modes.feed_mm_min.filter(|_| !self.modes.inverse_time) else {
            return self.fault("a probe without a feed per minute".to_owned());
        };
        let known = from.iter().take(self.machine.letters.len()).all(Option::is_some);
        if !known || self.modes.relative || self.modes.touched || block.contacts.contains(&true) {
            self.fault("a probe that does not go from a known place to one that the program names".to_owned());
        }
        let to = reached(&from, &block.axes);
        self.modes = Modes { at: to, touched: true, motion: None, moving: true, ..std::mem::take(&mut self.modes) };
        self.act(Action::Probe { from, to, mm_min });
    }

    fn motion(&mut self, block: &Block) {
        let (controller, modes) = (self.machine.controller, &self.modes);
        let from = modes.at;
        let mut others = Vec::new();
        if modes.motion.is_none() {
            others.push("G0 or G1");
        }
        // Where a probe has touched is not known: what counts from there goes by its numbers, and starts, at the worst, from its end.
        let counted = block.contacts.contains(&true) || modes.relative;
        let whole = block.axes.iter().zip(&block.contacts).all(|(axis, contact)| axis.is_none() || *contact);
        let to = if counted {
            let mut to = from;
            for (place, by) in to.iter_mut().zip(block.axes) {
                *place = place.zip(by).map(|(at, by)| at + by).or(*place);
            }
            to
        } else {
            reached(&from, &block.axes)
        };
        let odd = match controller.contact {
            _ if !counted => false,
            Some(Contact::Relative) => !modes.touched || !modes.relative,
            Some(Contact::Parameters) => !modes.touched || modes.relative || !whole,
            None => true,
        };
        let pace = match (modes.motion, modes.inverse_time) {
            (Some(1), true) => block.f.map(|f| Pace::Within { seconds: 60.0 / f }),
            (Some(1), false) => modes.feed_mm_min.map(|mm_min| match self.machine.length(&from, &to) {
                Some(_) => Pace::Feed { mm_min },
                None => Pace::Towards { mm_min },
            }),
            (_, false) if controller.rapids_at_feed => {
                modes.feed_mm_min.map(|mm_min| match self.machine.length(&from, &to) {
                    Some(length) => Pace::Within { seconds: 60.0 * length / mm_min },
                    None => Pace::Towards { mm_min },
                })
            }
            _ => Some(Pace::Rapid),
        };
        if pace.is_none() {
            others.push("F");
        }
        self.needs(&others);
        if odd {
            self.fault("a move that counts from a touch, but not right after one and with all its axes".to_owned());
        }
        self.modes.at = to;
        self.modes.touched = false;
        self.modes.moving = true;
        self.act(Action::Move { from, to, pace: pace.unwrap_or(Pace::Rapid) });
    }
}

/// Where the axes stand after a move to places of some of them.
fn reached(from: &Positions, asked: &Positions) -> Positions {
    std::array::from_fn(|axis| asked[axis].or(from[axis]))
}

impl Machine<'_> {
    /// What the feed of a move counts: the way of X, Y and Z, mm, or where none of them moves that of the others, degrees. None while a
    /// place is unknown.
    fn length(&self, from: &Positions, to: &Positions) -> Option<f64> {
        let mut ways = [0.0; AXES];
        for (axis, way) in ways.iter_mut().enumerate().take(self.letters.len()) {
            *way = (to[axis]? - from[axis]?).abs();
        }
        let (linear, rotary) = ways.split_at(3);
        let norm = |ways: &[f64]| ways.iter().map(|way| way * way).sum::<f64>().sqrt();
        let alone =
            if self.controller.feeds_farthest { rotary.iter().copied().fold(0.0, f64::max) } else { norm(rotary) };
        Some(Some(norm(linear)).filter(|&length| length > 0.0).unwrap_or(alone))
    }
}

#[cfg(test)]
mod tests;
