use super::words::{Word, words};

/// Most axes that a program may move.
pub(super) const AXES: usize = 6;

/// Positions of the axes in the profile's order, mm and degrees; `None` until the program has set one.
pub(super) type Positions = [Option<f64>; AXES];

/// What a line makes the machine do.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Action {
    /// Straight move of the joints from one place to another; `feed_mm_min` is `None` for a rapid.
    Move { from: Positions, to: Positions, feed_mm_min: Option<f64> },
    /// Rest, s.
    Dwell { seconds: f64 },
    /// Needle drive on or off.
    Needle { on: bool },
    /// End of the program.
    End,
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
    motion: Option<u32>,
    millimetres: Option<bool>,
    absolute: Option<bool>,
    feed_per_minute: Option<bool>,
    plane: Option<u32>,
    work_offset: Option<u32>,
    feed_mm_min: Option<f64>,
    at: Positions,
}

/// Reads a program as its controller would: RS274/NGC words (NIST IR 6556), one comment style in brackets or behind a
/// semicolon, every mode unknown until it is set. `letters` are the machine's axes in the profile's order.
pub(super) fn interpret(text: &str, letters: &[char]) -> (Vec<Event>, Vec<Fault>) {
    let mut reader =
        Reader { letters, modes: Modes::default(), events: Vec::new(), faults: Vec::new(), line: 0, ended: false };
    for (index, line) in text.lines().enumerate() {
        reader.line = index + 1;
        match words(line) {
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
    modes: Modes,
    events: Vec<Event>,
    faults: Vec<Fault>,
    line: usize,
    ended: bool,
}

/// The words of one line, sorted by what they are for.
#[derive(Default)]
struct Block {
    motion: Option<u32>,
    dwell: bool,
    needle: Option<bool>,
    end: bool,
    axes: Positions,
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
        // Order of execution as in RS274/NGC: feed and modes first (done while sorting), drive, dwell, motion, end.
        if let Some(on) = block.needle {
            if on && block.s.is_none() {
                self.fault("M3 without S".to_owned());
            }
            self.act(Action::Needle { on });
        }
        if block.dwell {
            match block.p {
                Some(seconds) if seconds >= 0.0 => self.act(Action::Dwell { seconds }),
                _ => self.fault("G4 without a P of 0 or more".to_owned()),
            }
        } else if block.p.is_some() {
            self.fault("P without G4".to_owned());
        }
        if let Some(motion) = block.motion {
            self.modes.motion = Some(motion);
        }
        if block.axes.iter().any(Option::is_some) {
            self.motion(&block);
        }
        if block.end {
            self.ended = true;
            self.act(Action::End);
        }
    }

    fn sort(&mut self, Word { letter, value }: Word, block: &mut Block) {
        if let Some(axis) = self.letters.iter().position(|&known| known == letter) {
            if block.axes[axis].replace(value).is_some() {
                self.fault(format!("{letter} twice"));
            }
            return;
        }
        let code = (value * 10.0).round() as i64;
        let modes = &mut self.modes;
        match (letter, code) {
            ('G', 0 | 10) => {
                if block.motion.replace((code / 10) as u32).is_some() {
                    self.fault("two motion words".to_owned());
                }
            }
            ('G', 40) => block.dwell = true,
            ('G', 170) => modes.plane = Some(17),
            ('G', 210) => modes.millimetres = Some(true),
            ('G', 900) => modes.absolute = Some(true),
            ('G', 940) => modes.feed_per_minute = Some(true),
            ('G', 540) => modes.work_offset = Some(54),
            // Cancels radius compensation, tool length and canned cycles; exact path. None of them is ever switched on.
            ('G', 400 | 490 | 610 | 800) => {}
            ('M', 20 | 300) => block.end = true,
            ('M', 30) => block.needle = Some(true),
            ('M', 50) => block.needle = Some(false),
            ('F', _) if value > 0.0 => modes.feed_mm_min = Some(value),
            ('P', _) => block.p = Some(value),
            ('S', _) if value > 0.0 => block.s = Some(value),
            _ => self.fault(format!("the word {letter}{value}, which this program must not use")),
        }
    }

    fn motion(&mut self, block: &Block) {
        let modes = &self.modes;
        let known = [
            ("G21", modes.millimetres.is_some()),
            ("G90", modes.absolute.is_some()),
            ("G94", modes.feed_per_minute.is_some()),
            ("G17", modes.plane.is_some()),
            ("G54", modes.work_offset.is_some()),
            ("G0 or G1", modes.motion.is_some()),
            ("F", modes.motion != Some(1) || modes.feed_mm_min.is_some()),
        ];
        let unset: Vec<&str> = known.iter().filter(|(_, set)| !set).map(|(name, _)| *name).collect();
        if !unset.is_empty() {
            self.fault(format!("motion before {} is set", unset.join(", ")));
        }
        let modes = &mut self.modes;
        let from = modes.at;
        for (place, asked) in modes.at.iter_mut().zip(block.axes) {
            *place = asked.or(*place);
        }
        let feed_mm_min = if modes.motion == Some(1) { modes.feed_mm_min } else { None };
        let to = modes.at;
        self.act(Action::Move { from, to, feed_mm_min });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODES: &str = "G21 G90 G94 G17 G54\n";

    fn faults(text: &str) -> Vec<String> {
        interpret(text, &['X', 'Y', 'Z']).1.into_iter().map(|fault| format!("{}: {}", fault.line, fault.what)).collect()
    }

    #[test]
    fn motion_before_the_modes_are_set_is_a_fault() {
        assert_eq!(faults("G21 G90\nG0 Z5\nM2\n"), ["2: motion before G94, G17, G54 is set"]);
        assert_eq!(faults(&format!("{MODES}G1 Z5\nM2\n")), ["2: motion before F is set"]);
        assert!(faults(&format!("{MODES}G1 Z5 F100\nM2\n")).is_empty());
    }

    #[test]
    fn words_that_change_the_meaning_of_numbers_are_faults() {
        for word in
            ["G20", "G91", "G92 X0", "G55", "G93", "G2 X1 Y1 I1", "T1 M6", "G43 H1", "G10 L2 P1 X1", "B5", "G1.5"]
        {
            assert!(!faults(&format!("{MODES}{word}\nM2\n")).is_empty(), "{word}");
        }
        assert_eq!(faults(MODES), ["1: no M2 or M30: the program does not end"]);
        assert_eq!(faults(&format!("{MODES}M2\nG0 Z1\n")), ["3: words after the end of the program"]);
    }

    #[test]
    fn positions_stay_unknown_until_they_are_set() {
        let (events, faults) = interpret(&format!("{MODES}G0 Z5\nX1 Y2\nM2\n"), &['X', 'Y', 'Z']);
        assert!(faults.is_empty());
        let Action::Move { from, to, .. } = events[1].action else { panic!("{events:?}") };
        assert_eq!((from[0], from[2], to[0], to[1], to[2]), (None, Some(5.0), Some(1.0), Some(2.0), Some(5.0)));
    }
}
