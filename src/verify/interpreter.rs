use std::collections::BTreeSet;

use super::words::{Word, words};
use crate::rig::Dialect;

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
    /// The program waits until somebody resumes it.
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

/// Modes that a program has to set before it moves, each the only one of its group that is allowed: plane XY, mm, no
/// radius compensation, no tool length, first work offset, absolute, feed per minute, and no shift of the zero left
/// over (`G92.1`). In tenths of the G number.
const MODES: [i64; 8] = [170, 210, 400, 490, 540, 900, 940, 921];
/// What LinuxCNC needs besides: exact path, and no canned cycle.
const LINUXCNC_MODES: [i64; 2] = [610, 800];

/// Modal state; everything is unknown until the program sets it.
#[derive(Debug, Default)]
struct Modes {
    /// Those of [`MODES`] and [`LINUXCNC_MODES`] that were set.
    set: BTreeSet<i64>,
    /// 0 or 1, for G0 and G1.
    motion: Option<u8>,
    feed_mm_min: Option<f64>,
    /// `G93`: each feed move names its own time.
    inverse_time: bool,
    at: Positions,
}

/// Reads a program as its controller would: RS274/NGC words (NIST IR 6556), comments in brackets or behind a
/// semicolon, every mode unknown until it is set. `letters` are the machine's axes in the profile's order, at most
/// [`AXES`] of them.
///
/// Only the words that these programs need are known; any other is a fault, whatever it would do. The needle is switched
/// by M3 and M5, or where it hangs on a digital `output` by M64 and M65 with its number.
pub(super) fn interpret(
    text: &str,
    letters: &[char],
    dialect: Dialect,
    output: Option<u8>,
) -> (Vec<Event>, Vec<Fault>) {
    let mut reader = Reader {
        letters,
        dialect,
        output,
        modes: Modes::default(),
        events: Vec::new(),
        faults: Vec::new(),
        line: 0,
        ended: false,
    };
    // By line feeds alone, so that every other kind of line end is seen for what it is.
    for (index, line) in text.split('\n').enumerate() {
        reader.line = index + 1;
        match words(line.strip_suffix('\r').unwrap_or(line)) {
            Ok(words) if words.is_empty() => {}
            Ok(_) if reader.ended => reader.fault("words after the end of the program".to_owned()),
            Ok(words) => reader.block(&words),
            Err(what) => reader.fault(what),
        }
    }
    if !reader.ended {
        reader.fault("no M2 or M30: the program does not end".to_owned());
    }
    (reader.events, reader.faults)
}

struct Reader<'a> {
    letters: &'a [char],
    dialect: Dialect,
    output: Option<u8>,
    modes: Modes,
    events: Vec<Event>,
    faults: Vec<Fault>,
    line: usize,
    ended: bool,
}

/// The words of one line, sorted by what they are for.
#[derive(Default)]
struct Block {
    motion: Option<u8>,
    dwell: bool,
    needle: Option<bool>,
    output: Option<bool>,
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
        // Order of execution as in RS274/NGC: feed and modes first, drive, dwell, motion, end.
        if !self.modes.inverse_time {
            self.modes.feed_mm_min = block.f.or(self.modes.feed_mm_min);
        }
        match (block.needle, block.s) {
            (Some(true), Some(speed)) => self.act(Action::Needle { on: Some(speed) }),
            (Some(false), None) => self.act(Action::Needle { on: None }),
            (None, None) => {}
            _ => self.fault("not M3 with S, nor M5 without".to_owned()),
        }
        if let Some(on) = block.output {
            let known = |port: &f64| self.output.is_some_and(|known| port.to_bits() == f64::from(known).to_bits());
            match block.p.take().filter(known) {
                Some(port) => self.act(Action::Needle { on: on.then_some(port) }),
                None => self.fault("not M64 or M65 with the P of the needle's output".to_owned()),
            }
        }
        let moves = block.axes.iter().any(Option::is_some);
        match (block.dwell, block.p) {
            (true, Some(seconds)) if seconds >= 0.0 && !moves => self.act(Action::Dwell { seconds }),
            (false, None) => {}
            _ => self.fault("not G4 with a P of 0 or more and nothing to move".to_owned()),
        }
        self.modes.motion = block.motion.or(self.modes.motion);
        // No harm by itself, but a sign that a coordinate has lost its digits to it.
        if block.f.is_some() && !(moves && self.modes.motion == Some(1)) {
            self.fault("F without a feed move".to_owned());
        }
        if moves {
            self.motion(&block);
        }
        if block.pause {
            self.act(Action::Pause);
            if words.len() > 1 {
                self.fault("M0 beside other words".to_owned());
            }
        }
        if block.end {
            self.ended = true;
            self.act(Action::End);
        }
    }

    fn sort(&mut self, Word { letter, value }: Word, block: &mut Block) {
        let tenths = value * 10.0;
        // Codes are exact to a tenth; what is not is no code.
        let code = if (0.0..1e4).contains(&tenths) && tenths.fract() == 0.0 { tenths as i64 } else { -1 };
        let twice = if let Some(axis) = self.letters.iter().position(|&known| known == letter) {
            block.axes[axis].replace(value).is_some()
        } else {
            match (letter, code) {
                ('G', 0) => block.motion.replace(0).is_some(),
                ('G', 10) => block.motion.replace(1).is_some(),
                ('G', 40) => std::mem::replace(&mut block.dwell, true),
                ('G', _) if MODES.contains(&code) || LINUXCNC_MODES.contains(&code) => {
                    // G80 also ends the motion mode.
                    if code == 800 {
                        self.modes.motion = None;
                    }
                    if code == 940 {
                        self.modes.inverse_time = false;
                    }
                    self.modes.set.insert(code);
                    false
                }
                ('G', 930) => {
                    // No feed outlives a change of its unit.
                    self.modes.feed_mm_min = None;
                    std::mem::replace(&mut self.modes.inverse_time, true)
                }
                ('M', 0) => std::mem::replace(&mut block.pause, true),
                ('M', 20 | 300) => std::mem::replace(&mut block.end, true),
                ('M', 30 | 50) if self.output.is_none() => block.needle.replace(code == 30).is_some(),
                ('M', 640 | 650) if self.output.is_some() => block.output.replace(code == 640).is_some(),
                ('F', _) if value > 0.0 => block.f.replace(value).is_some(),
                ('P', _) => block.p.replace(value).is_some(),
                ('S', _) if value > 0.0 => block.s.replace(value).is_some(),
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

    fn motion(&mut self, block: &Block) {
        let modes = &self.modes;
        let of_controller: &[i64] = if self.dialect == Dialect::Linuxcnc { &LINUXCNC_MODES } else { &[] };
        let unset = MODES.iter().chain(of_controller).filter(|code| !modes.set.contains(code));
        let mut unset: Vec<String> = unset.map(|&code| format!("G{}", code as f64 / 10.0)).collect();
        if modes.motion.is_none() {
            unset.push("G0 or G1".to_owned());
        }
        let pace = match (modes.motion, modes.inverse_time) {
            (Some(1), true) => block.f.map(|f| Pace::Within { seconds: 60.0 / f }),
            (Some(1), false) => modes.feed_mm_min.map(|mm_min| Pace::Feed { mm_min }),
            _ => Some(Pace::Rapid),
        };
        if pace.is_none() {
            unset.push("F".to_owned());
        }
        if !unset.is_empty() {
            self.fault(format!("motion before {} is set", unset.join(", ")));
        }
        let modes = &mut self.modes;
        let from = modes.at;
        for (place, asked) in modes.at.iter_mut().zip(block.axes) {
            *place = asked.or(*place);
        }
        let to = modes.at;
        self.act(Action::Move { from, to, pace: pace.unwrap_or(Pace::Rapid) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODES: &str = "G21 G90 G94 G17 G40 G49 G54 G92.1\n";

    fn faults(text: &str) -> Vec<String> {
        let (_, faults) = interpret(text, &['X', 'Y', 'Z'], Dialect::Grbl, None);
        faults.into_iter().map(|fault| format!("{}: {}", fault.line, fault.what)).collect()
    }

    #[test]
    fn motion_before_the_modes_are_set_is_a_fault() {
        assert_eq!(faults("G21 G90 G40 G49 G92.1\nG0 Z5\nM2\n"), ["2: motion before G17, G54, G94 is set"]);
        assert_eq!(faults(&format!("{MODES}G1 Z5\nM2\n")), ["2: motion before F is set"]);
        assert_eq!(faults(&format!("{MODES}Z5\nM2\n")), ["2: motion before G0 or G1 is set"]);
        assert_eq!(faults(&format!("{MODES}G0 Z5\nG80\nZ6\nM2\n")), ["4: motion before G0 or G1 is set"]);
        assert!(faults(&format!("{MODES}G1 Z5 F100\nM2\n")).is_empty());
        assert_eq!(faults(&format!("{MODES}G0 X-12F345\nM2\n")), ["2: F without a feed move"]);
        let (_, faults) = interpret(&format!("{MODES}G0 Z5\nM2\n"), &['X', 'Y', 'Z'], Dialect::Linuxcnc, None);
        assert_eq!(faults[0].what, "motion before G61, G80 is set");
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
            let (events, faults) = interpret(&text, &['X', 'Y', 'Z'], Dialect::Linuxcnc, Some(3));
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
        let (events, faults) = interpret(&format!("{MODES}G0 Z5\nX1 Y2\nM2\n"), &['X', 'Y', 'Z'], Dialect::Grbl, None);
        assert!(faults.is_empty());
        let Action::Move { from, to, .. } = events[1].action else { panic!("{events:?}") };
        assert_eq!((from[0], from[2], to[0], to[1], to[2]), (None, Some(5.0), Some(1.0), Some(2.0), Some(5.0)));
    }
}
