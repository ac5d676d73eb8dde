use std::collections::BTreeSet;

use super::controller::Controller;
use super::words::{self, Line, Word};
use crate::rig::{Drive, HookPoint};

/// Most axes that a program may move.
pub(super) const AXES: usize = 6;

/// Positions of the axes in the profile's order, mm and degrees; `None` until the program has set one.
pub(super) type Positions = [Option<f64>; AXES];

/// What a line makes the machine do.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Action {
    /// Straight move of the joints from one place to another.
    Move { from: Positions, to: Positions, pace: Pace },
    /// Rest, s.
    Dwell { seconds: f64 },
    /// Needle drive on, with the number behind `S` or that of the output, or off.
    Needle { on: Option<f64> },
    /// Stop until the operator goes on.
    Pause,
    /// End of the program.
    End,
}

/// How fast a move is asked to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Pace {
    /// As fast as the axes can.
    Rapid,
    /// Feed per minute, mm/min.
    Feed { mm_min: f64 },
    /// Inverse time: all of the move in that long, s.
    Within { seconds: f64 },
}

/// One action and the line that asks for it, from 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    pub(super) line: usize,
    pub(super) action: Action,
}

/// Something in the text that a controller would refuse or that leaves a mode to chance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) what: String,
}

/// Modal state; everything is unknown until the program sets it.
#[derive(Debug, Default)]
struct Modes {
    /// Those of the controller's modes that were set.
    set: BTreeSet<&'static str>,
    /// 0 or 1, for G0 and G1.
    motion: Option<u8>,
    feed_mm_min: Option<f64>,
    /// `G93`: each feed move names its own time.
    inverse_time: bool,
    /// Whether something may still be moving when an output is switched.
    moving: bool,
    at: Positions,
}

/// What reads a program, and what it drives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Machine<'a> {
    pub(super) controller: &'static Controller,
    /// Letters of the axes in the profile's order, at most [`AXES`] of them.
    pub(super) letters: &'a [char],
    pub(super) drive: &'a Drive,
}

/// Reads a program as its controller would: RS274/NGC words (NIST IR 6556) or a printer's commands, every mode unknown until it is
/// set, and again after a stop.
///
/// Only the words that these programs need are known; any other is a fault, whatever it would do. `hooks` are the lines where words of the rig's owner stood in
/// place of something: they are taken for that.
pub(super) fn interpret(text: &str, hooks: &[(usize, HookPoint)], machine: Machine<'_>) -> (Vec<Event>, Vec<Fault>) {
    let mut reader =
        Reader { machine, modes: Modes::default(), events: Vec::new(), faults: Vec::new(), line: 0, ended: false };
    let mut waited = false;
    let mut hooks = hooks.iter().peekable();
    // By line feeds alone, so that every other kind of line end is seen for what it is.
    for (index, line) in text.split('\n').enumerate() {
        reader.line = index + 1;
        if let Some((_, point)) = hooks.next_if(|(line, _)| *line == index + 1) {
            reader.hook(*point);
            waited = false;
        }
        match words::read(line.strip_suffix('\r').unwrap_or(line), machine.controller) {
            Ok(Line::Words(words)) if words.is_empty() => continue,
            Ok(_) if reader.ended => reader.fault("words after the end of the program".to_owned()),
            Ok(Line::Words(words)) => {
                waited = matches!(words[..], [Word { letter: 'M', value }] if value.to_bits() == 400_f64.to_bits());
                reader.block(&words);
                continue;
            }
            Ok(Line::Named(name, pairs)) => reader.named(&name, &pairs),
            Err(what) => reader.fault(what),
        }
        waited = false;
    }
    if reader.ended {
    } else if !machine.controller.ends.is_empty() {
        reader.fault(format!("no {}: the program does not end", machine.controller.ends.join(" or ")));
    } else if waited {
        reader.act(Action::End);
    } else {
        reader.fault("no M400 at the end: the program does not end".to_owned());
    }
    (reader.events, reader.faults)
}

struct Reader<'a> {
    machine: Machine<'a>,
    modes: Modes,
    events: Vec<Event>,
    faults: Vec<Fault>,
    line: usize,
    ended: bool,
}

/// The words of one line, sorted by what they are for.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools, reason = "each says whether a word was there")]
struct Block {
    motion: Option<u8>,
    dwell: bool,
    /// M3 or M5.
    needle: Option<bool>,
    /// M64 or M65.
    output: Option<bool>,
    /// M42 or M106.
    value: bool,
    pause: bool,
    end: bool,
    axes: Positions,
    f: Option<f64>,
    p: Option<f64>,
    s: Option<f64>,
}

impl Reader<'_> {
    fn fault(&mut self, what: String) {
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
        self.modes.motion = block.motion.or(self.modes.motion);
        // No harm by itself, but a sign that a coordinate has lost its digits to it.
        let controller = self.machine.controller;
        let rapid = self.modes.motion == Some(0);
        let feeds = !rapid || controller.rapids_at_feed || controller.rapids_pass_feed;
        if block.f.is_some() && !(moves && self.modes.motion.is_some() && feeds) {
            self.fault("F without a feed move".to_owned());
        }
        if moves {
            self.motion(&block);
        }
        if rapid && controller.rapids_pass_feed && block.f.is_some() {
            self.modes.feed_mm_min = None;
        }
        if block.pause {
            if words.len() > 1 {
                self.fault("a stop beside other words".to_owned());
            }
            self.pause();
        }
        if block.end {
            self.ended = true;
            self.act(Action::End);
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

    fn pause(&mut self) {
        self.wait_needed("a stop");
        // Whoever goes on may have changed any of them.
        let at = self.modes.at;
        self.modes = Modes { at, ..Modes::default() };
        self.act(Action::Pause);
    }

    fn wait_needed(&mut self, what: &str) {
        if self.machine.controller.runs_ahead && self.modes.moving {
            self.fault(format!("{what} while the motion before may still go on: no M400"));
        }
    }

    /// What stands for words of the rig's owner.
    fn hook(&mut self, point: HookPoint) {
        match point {
            HookPoint::Start | HookPoint::End | HookPoint::Message => {}
            HookPoint::NeedleOff => self.needle(None),
            HookPoint::NeedleOn => self.needle(Some(match self.machine.drive {
                Drive::Spindle { speed, .. } => *speed,
                _ => 1.0,
            })),
            _ => self.pause(),
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
            (_, [], _) if name == self.machine.controller.pauses => self.pause(),
            _ => self.fault(format!("the command {name}, which this program must not use so")),
        }
    }

    fn sort(&mut self, Word { letter, value }: Word, block: &mut Block) {
        let Machine { controller, letters, drive } = self.machine;
        let tenths = value * 10.0;
        // Codes are exact to a tenth; what is not is no code.
        let code = if (0.0..1e4).contains(&tenths) && tenths.fract() == 0.0 { tenths as i64 } else { -1 };
        let by_number = matches!(drive, Drive::Output { .. });
        let twice = if let Some(axis) = letters.iter().position(|&known| known == letter) {
            block.axes[axis].replace(value).is_some()
        } else {
            match (letter, code) {
                ('G', 0) => block.motion.replace(0).is_some(),
                ('G', 10) => block.motion.replace(1).is_some(),
                ('G', 40) => std::mem::replace(&mut block.dwell, true),
                ('G', 930) if controller.inverse_time => {
                    // No feed outlives a change of its unit.
                    self.modes.feed_mm_min = None;
                    std::mem::replace(&mut self.modes.inverse_time, true)
                }
                ('M', 30 | 50) if matches!(drive, Drive::Spindle { .. }) => block.needle.replace(code == 30).is_some(),
                ('M', 640 | 650) if by_number && controller.full.is_none() => {
                    block.output.replace(code == 640).is_some()
                }
                ('M', 420) if by_number && controller.full.is_some() => std::mem::replace(&mut block.value, true),
                ('M', 1060) if matches!(drive, Drive::Fan { .. }) => std::mem::replace(&mut block.value, true),
                ('M', 4000) if !controller.block_language => {
                    self.modes.moving = false;
                    false
                }
                ('F', _) if value > 0.0 => block.f.replace(value).is_some(),
                ('P', _) => block.p.replace(value).is_some(),
                ('S', _) if value > 0.0 || block.value => block.s.replace(value).is_some(),
                ('G' | 'M', 0..) => self.mode(letter, code, block),
                _ => {
                    self.fault(format!("the word {letter}{value}, which this program must not use"));
                    false
                }
            }
        };
        if twice {
            self.fault(format!("{letter}{value} beside another word of its kind"));
        }
    }

    /// Modes, stops and the end, by the names that the controller has for them. Says whether the line had it before.
    fn mode(&mut self, letter: char, tenths: i64, block: &mut Block) -> bool {
        let controller = self.machine.controller;
        let name = format!("{letter}{}", tenths as f64 / 10.0);
        if let Some(mode) = controller.modes.iter().copied().find(|mode| *mode == name) {
            // G80 also ends the motion mode.
            if mode == "G80" {
                self.modes.motion = None;
            }
            if mode == "G94" {
                self.modes.inverse_time = false;
            }
            self.modes.set.insert(mode);
            false
        } else if name == controller.pauses {
            std::mem::replace(&mut block.pause, true)
        } else if controller.ends.contains(&name.as_str()) {
            std::mem::replace(&mut block.end, true)
        } else {
            self.fault(format!("the word {name}, which this program must not use"));
            false
        }
    }

    fn motion(&mut self, block: &Block) {
        let (controller, modes) = (self.machine.controller, &self.modes);
        let unset = controller.modes.iter().filter(|mode| !modes.set.contains(*mode));
        let mut unset: Vec<&str> = unset.copied().collect();
        if modes.motion.is_none() {
            unset.push("G0 or G1");
        }
        let from = modes.at;
        let mut to = from;
        for (place, asked) in to.iter_mut().zip(block.axes) {
            *place = asked.or(*place);
        }
        let pace = match (modes.motion, modes.inverse_time) {
            (Some(1), true) => block.f.map(|f| Pace::Within { seconds: 60.0 / f }),
            (Some(1), false) => modes.feed_mm_min.map(|mm_min| Pace::Feed { mm_min }),
            (_, false) if controller.rapids_at_feed => {
                modes.feed_mm_min.map(|mm_min| match self.machine.length(&from, &to) {
                    Some(length) => Pace::Within { seconds: 60.0 * length / mm_min },
                    None => Pace::Rapid,
                })
            }
            _ => Some(Pace::Rapid),
        };
        if pace.is_none() {
            unset.push("F");
        }
        if !unset.is_empty() {
            self.fault(format!("motion before {} is set", unset.join(", ")));
        }
        self.modes.at = to;
        self.modes.moving = true;
        self.act(Action::Move { from, to, pace: pace.unwrap_or(Pace::Rapid) });
    }
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
mod tests {
    use super::*;
    use crate::rig::Dialect;

    const SPINDLE: Drive = Drive::Spindle { speed: 100.0, spin_up_s: 0.0 };

    fn read(text: &str, dialect: Dialect, drive: &Drive) -> (Vec<Event>, Vec<Fault>) {
        let letters = if dialect == Dialect::Grbl { &['X', 'Y', 'Z'][..] } else { &['X', 'Y', 'Z', 'B', 'C'] };
        interpret(text, &[], Machine { controller: Controller::of(dialect), letters, drive })
    }

    const MODES: &str = "G21 G90 G94 G17 G40 G49 G54 G92.1\n";

    fn faults(text: &str) -> Vec<String> {
        let (_, faults) = read(text, Dialect::Grbl, &SPINDLE);
        faults.into_iter().map(|fault| format!("{}: {}", fault.line, fault.what)).collect()
    }

    #[test]
    fn motion_before_the_modes_are_set_is_a_fault() {
        assert_eq!(faults("G21 G90 G40 G49 G92.1\nG0 Z5\nM2\n"), ["2: motion before G17, G54, G94 is set"]);
        assert_eq!(faults(&format!("{MODES}G1 Z5\nM2\n")), ["2: motion before F is set"]);
        assert_eq!(faults(&format!("{MODES}Z5\nM2\n")), ["2: motion before G0 or G1 is set"]);
        assert!(faults(&format!("{MODES}G1 Z5 F100\nM2\n")).is_empty());
        assert_eq!(faults(&format!("{MODES}G0 X-12F345\nM2\n")), ["2: F without a feed move"]);
        let (_, faults) = read(&format!("{MODES}G0 Z5\nM2\n"), Dialect::Linuxcnc, &SPINDLE);
        assert_eq!(faults[0].what, "motion before G61, G80 is set");
        let (_, faults) = read(&format!("{MODES}G61 G80\nG0 Z5\nG80\nZ6\nM2\n"), Dialect::Linuxcnc, &SPINDLE);
        assert_eq!(faults[0].what, "motion before G0 or G1 is set");
    }

    #[test]
    fn words_that_change_the_meaning_of_numbers_are_faults() {
        for word in [
            "G20",
            "G91",
            "G92 X0",
            "G55",
            "G93 G93",
            "G93\nG1 X1",
            "G93\nG1 X1 F5\nY1",
            "G93\nG94\nG1 X1",
            "G2 X1 Y1 I1",
            "T1 M6",
            "G43 H1",
            "G10 L2 P1 X1",
            "B5",
            "G1.5",
            "G0.04",
            "G21.01",
            "G53 G0 X1",
            "G28",
            "G64",
            "M0 M5",
            "M1",
            "PAUSE",
            "M117 hello",
            "M4 S5",
            "M64 P0",
            "M7",
            "M48",
            "N5",
            "G1 F-1",
            "G1 F0",
            "G999999999999999999999",
        ] {
            assert!(!faults(&format!("{MODES}{word}\nM2\n")).is_empty(), "{word}");
        }
        assert_eq!(faults(MODES), ["2: no M2 or M30: the program does not end"]);
        assert_eq!(faults(&format!("{MODES}M2\nG0 Z1\n")), ["3: words after the end of the program"]);
    }

    #[test]
    fn two_meanings_in_one_line_are_a_fault() {
        for line in [
            "G0 G1 X1 F5",
            "G0 X1 X2",
            "M3 M5 S1",
            "M3",
            "M5 S100",
            "S100",
            "G1 X1 F5 F500",
            "G4",
            "P1",
            "G4 P-1",
            "G4 P1 X2",
        ] {
            assert!(!faults(&format!("{MODES}G0\n{line}\nM2\n")).is_empty(), "{line}");
        }
    }

    #[test]
    fn a_needle_on_an_output_is_switched_by_its_number_only() {
        let needles = |line: &str| {
            let text = format!("{MODES}{line}\nM2\n");
            let (events, faults) = read(&text, Dialect::Linuxcnc, &Drive::Output { port: 3, spin_up_s: 0.0 });
            let on = events.into_iter().filter_map(|event| match event.action {
                Action::Needle { on } => Some(on),
                _ => None,
            });
            (on.collect::<Vec<_>>(), faults.len())
        };
        assert_eq!(needles("M64 P3"), (vec![Some(3.0)], 0));
        assert_eq!(needles("M65 P3"), (vec![None], 0));
        for line in ["M64", "M64 P2", "M64 P3.5", "M3 S5", "M5", "M64 P3 M65", "M65 P3 G4"] {
            assert!(needles(line).1 > 0, "{line}");
        }
    }

    #[test]
    fn positions_stay_unknown_until_they_are_set() {
        let (events, faults) = read(&format!("{MODES}G0 Z5\nX1 Y2\nM2\n"), Dialect::Grbl, &SPINDLE);
        assert!(faults.is_empty());
        let Action::Move { from, to, .. } = events[1].action else { panic!("{events:?}") };
        assert_eq!((from[0], from[2], to[0], to[1], to[2]), (None, Some(5.0), Some(1.0), Some(2.0), Some(5.0)));
    }

    #[test]
    fn after_a_stop_every_mode_is_unknown_again() {
        assert_eq!(faults(&format!("{MODES}G0 Z5\nM0\nG0 Z6\nM2\n")).len(), 1);
        assert!(faults(&format!("{MODES}G0 Z5\nM0\n{MODES}G0 Z6\nM2\n")).is_empty());
        let (events, _) = read(&format!("{MODES}G0 Z5\nM0\nM2\n"), Dialect::Grbl, &SPINDLE);
        assert_eq!(events[1].action, Action::Pause);
    }

    /// What a printer's controller does with a program, and the faults in it.
    fn printed(text: &str, dialect: Dialect) -> (Vec<Action>, Vec<String>) {
        let drive = match dialect {
            Dialect::Klipper => Drive::Pin { name: "needle".to_owned(), spin_up_s: 0.0 },
            _ => Drive::Output { port: 2, spin_up_s: 0.0 },
        };
        let modes = match dialect {
            Dialect::Klipper => "G21\nG90\nSET_GCODE_OFFSET X=0 Y=0 Z=0\n",
            Dialect::Reprap => "M453\nG21\nG90\nG94\nG54\n",
            _ => "G21\nG90\n",
        };
        let end = if dialect == Dialect::Reprap { "M0\n" } else { "M400\n" };
        let (events, faults) = read(&format!("{modes}{text}\n{end}"), dialect, &drive);
        (events.into_iter().map(|event| event.action).collect(), faults.into_iter().map(|fault| fault.what).collect())
    }

    #[test]
    fn rapids_of_printers_move_at_the_feed_in_force() {
        let start = "G0X0Y0Z0B0C0F600";
        let seconds = |line: &str, dialect| {
            let (actions, faults) = printed(&format!("{start}\n{line}"), dialect);
            assert!(faults.is_empty(), "{faults:?}");
            match actions[1] {
                Action::Move { pace: Pace::Within { seconds }, .. } => seconds,
                _ => panic!("{actions:?}"),
            }
        };
        // 50 mm at 10 mm/s, whatever turns beside; turns alone count by the norm or by the farthest.
        for dialect in [Dialect::Marlin, Dialect::Klipper] {
            assert!((seconds("G0 X30 Y40 B90", dialect) - 5.0).abs() < 1e-9);
            assert!((seconds("G0 X30 Y40 B90 F1200", dialect) - 2.5).abs() < 1e-9);
        }
        assert!((seconds("G0 B30 C40", Dialect::Marlin) - 5.0).abs() < 1e-9);
        assert!((seconds("G0 B30 C40", Dialect::Klipper) - 4.0).abs() < 1e-9);
        let (actions, _) = printed(&format!("{start}\nG0 X30 F1"), Dialect::Reprap);
        assert!(matches!(actions[1], Action::Move { pace: Pace::Rapid, .. }), "{actions:?}");
        assert!(!printed("G0X0Y0Z0B0C0", Dialect::Marlin).1.is_empty(), "no feed has been set");
        assert!(!printed("G0X0Y0Z0B0C0F600\nG1X5", Dialect::Reprap).1.is_empty(), "what G0 leaves is not sure");
        assert!(!printed("G93\nG1X0F600", Dialect::Klipper).1.is_empty());
    }

    #[test]
    fn dwells_count_in_the_unit_of_the_controller() {
        for dialect in [Dialect::Marlin, Dialect::Klipper, Dialect::Reprap] {
            assert_eq!(printed("G4P50", dialect).0[0], Action::Dwell { seconds: 0.05 });
        }
        assert!(!printed("G4P0.5", Dialect::Reprap).1.is_empty());
    }

    #[test]
    fn printers_switch_the_needle_once_they_stand() {
        let on = Action::Needle { on: Some(2.0) };
        assert_eq!(printed("M42 P2 S255", Dialect::Marlin), (vec![on.clone(), Action::End], Vec::new()));
        assert_eq!(printed("M42 P2 S1", Dialect::Reprap), (vec![on, Action::End], Vec::new()));
        assert_eq!(printed("SET_PIN PIN=needle VALUE=0", Dialect::Klipper).0[0], Action::Needle { on: None });
        let moved = "G0X0F600\nM42 P2 S0";
        assert_eq!(printed(moved, Dialect::Marlin).1.len(), 1);
        assert!(printed(&moved.replace("\nM42", "\nM400\nM42"), Dialect::Marlin).1.is_empty());
        for (line, dialect) in [
            ("M42 P2 S1", Dialect::Marlin),
            ("M42 P3 S255", Dialect::Marlin),
            ("M64 P2", Dialect::Marlin),
            ("M106 P2 S255", Dialect::Marlin),
            ("M3 S100", Dialect::Klipper),
            ("SET_PIN PIN=other VALUE=1", Dialect::Klipper),
            ("SET_PIN PIN=needle VALUE=0.5", Dialect::Klipper),
            ("SET_GCODE_OFFSET X=0 Y=0 Z=1", Dialect::Klipper),
            ("PAUSE", Dialect::Marlin),
            ("M0", Dialect::Klipper),
        ] {
            assert!(!printed(line, dialect).1.is_empty(), "{line}");
        }
    }

    #[test]
    fn stops_and_ends_have_the_names_of_the_controller() {
        assert_eq!(printed("M226", Dialect::Reprap).0[0], Action::Pause);
        assert_eq!(printed("PAUSE", Dialect::Klipper).0[0], Action::Pause);
        assert_eq!(printed("M0", Dialect::Marlin).0[0], Action::Pause);
        assert!(!printed("M0", Dialect::Reprap).1.is_empty(), "words after the end");
        let (_, faults) = read("G21\nG90\n", Dialect::Marlin, &SPINDLE);
        assert_eq!(faults[0].what, "no M400 at the end: the program does not end");
    }
}
