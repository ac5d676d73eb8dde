use std::fmt::Write as _;
use std::io::Write;
use std::ops::Range;

use super::comment::{self, LONGEST_LINE};
use super::header::Header;
use super::number;
use super::post::{Contact, DwellUnit, Outputs, Post, Rapids, Slowing, Turning};
use super::program::Style;
use crate::error::{Error, Result};
use crate::geometry::decimal;
use crate::rig::{Drive, HookPoint, HookValue, Joints, Profile};
use crate::schedule::HaltKind;

/// Decimals of positions, mm and degrees: rounds by at most half a micrometre, and by a micrometre at the tip of a needle that is
/// turned 100 mm from its axis.
pub(super) const PLACES: u32 = 3;
/// Decimals fewer at the ends of travels where the needle turns: a hundredth of a millimetre is enough where nothing is struck.
const COARSER: u32 = 1;
/// Most axes of a rig.
const AXES: usize = 6;
/// A way is at most this much longer between its rounded ends, mm.
const ROUNDED_MM: f64 = 0.02;
/// Farthest that an axis may go, in units of the last decimal: what every controller's own numbers hold.
const FARTHEST: i64 = 100_000_000;

/// Positions in units of the last decimal.
type Counts = [i64; AXES];

/// Writes lines in a dialect and keeps account of what the controller knows by then.
///
/// One method for each kind of thing that a program does; what differs between dialects comes from their tables.
pub(super) struct Writer<'a> {
    out: &'a mut dyn Write,
    post: &'static Post,
    profile: &'a Profile,
    style: Style,
    /// What templates of hooks may name everywhere.
    values: Vec<(&'static str, HookValue)>,
    letters: Vec<char>,
    /// The line that is being made.
    line: String,
    lines: u32,
    /// Number of the line that made the last move.
    move_line: u32,
    /// Number of the next line of words, where they are numbered.
    numbered: u32,
    /// Where the axes stand; none until all of them have been named.
    at: Option<Counts>,
    /// Motion word in force.
    motion: Option<&'static str>,
    inverse_time: bool,
    dot: Option<u32>,
    /// Where the scan has the skin that a probe has touched; what comes next counts from there.
    touch: Option<Counts>,
    /// Feed or wait of the line that is being made, as it says it.
    rate: String,
    /// Whether the last move was a travel of the same leg, so that what it named need not be named again.
    on_leg: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(out: &'a mut dyn Write, profile: &'a Profile, header: &Header<'_>, style: Style) -> Self {
        Self {
            out,
            post: Post::of(profile),
            profile,
            style,
            values: vec![
                ("session", header.session.into()),
                ("setup", header.setup.into()),
                ("run", header.run.name().into()),
                ("tool", header.tool.into()),
            ],
            letters: profile.axes.iter().map(|axis| axis.letter).take(AXES).collect(),
            line: String::with_capacity(2 * LONGEST_LINE),
            lines: 0,
            move_line: 0,
            numbered: 0,
            at: None,
            motion: None,
            inverse_time: false,
            dot: None,
            touch: None,
            rate: String::new(),
            on_leg: false,
        }
    }

    pub(super) fn post(&self) -> &'static Post {
        self.post
    }

    /// Number of the line that made the last move, from 1.
    pub(super) fn move_line(&self) -> u32 {
        self.move_line
    }

    /// The position that the program's decimals stand for.
    pub(super) fn position(joints: &Joints) -> Joints {
        // Adding zero turns a negative zero into a plain one.
        joints.map(|_, position| number::counted(position, PLACES) as f64 / f64::from(10_u32.pow(PLACES)) + 0.0)
    }

    /// Names the dot that what follows is for.
    pub(super) fn for_dot(&mut self, dot: Option<u32>) {
        self.dot = dot;
    }

    pub(super) fn comment(&mut self, text: &str) -> Result<()> {
        comment::lines(text).iter().try_for_each(|line| self.put(line))
    }

    /// Everything before the first motion: the owner's lines, all modes, the needle off.
    pub(super) fn begin(&mut self) -> Result<()> {
        if let Some(first) = self.post.numbering.filter(|_| self.profile.line_numbers) {
            self.words(first)?;
        }
        // Before the modes are set, so that no hook can change one of them.
        self.hook(HookPoint::Start, &[])?;
        self.modes()?;
        self.needle_off()
    }

    /// The state that all moves rely on, whatever was in force.
    pub(super) fn modes(&mut self) -> Result<()> {
        self.motion = None;
        self.inverse_time = false;
        self.post.modal.iter().try_for_each(|line| self.words(line))
    }

    /// From wherever the machine stands: the needle drawn back, up in Z, then the rotary axes, then X and Y.
    pub(super) fn start(&mut self, joints: &Joints) -> Result<()> {
        let to = self.counts(joints)?;
        let plunge = self.plunge();
        let turning = Joints::LINEAR..plunge.unwrap_or(self.letters.len());
        self.at = None;
        let first = plunge.map(|axis| axis..axis + 1);
        for axes in first.into_iter().chain([2..3, turning, 0..2]).filter(|axes| !axes.is_empty()) {
            self.motion_word("G0", true);
            self.places(&to, axes.clone());
            if self.post.rapids == Rapids::OwnFeed {
                let slowest = self.profile.axes[axes].iter().map(|axis| axis.max_speed);
                self.feed(slowest.fold(self.profile.speeds.cap_mm_s, f64::min) * 60.0, 0);
            }
            self.put_line(None, "to the park place")?;
        }
        self.at = Some(to);
        Ok(())
    }

    /// A move that touches nothing, as fast as the axes can or in `least_s`.
    pub(super) fn travel(&mut self, joints: &Joints, least_s: Option<f64>) -> Result<()> {
        let to = self.coarse(joints)?;
        let slowed = least_s.filter(|_| self.post.slowing == Slowing::InverseTime);
        self.feed_mode(slowed.is_some())?;
        self.motion_word(if slowed.is_some() { "G1" } else { "G0" }, !self.on_leg);
        let known = self.at.filter(|_| self.on_leg && self.style == Style::Compact);
        for axis in 0..self.letters.len() {
            if known.is_none_or(|at| at[axis] != to[axis]) {
                self.places(&to, axis..axis + 1);
            }
        }
        if let Some(seconds) = slowed {
            let seconds = self.slowest_s(&to).max(seconds + ROUNDED_MM / self.profile.speeds.cap_mm_s);
            // Rounded down, so that the move never takes less.
            self.feed(((60.0 / seconds) * 1e3).floor().max(1.0) / 1e3, 3);
        } else if self.post.rapids == Rapids::OwnFeed {
            let feed = self.travel_feed(&to, least_s);
            self.feed(feed, 3);
        }
        self.at = Some(to);
        self.on_leg = true;
        self.put_line(Some(HookPoint::Travel), "travel")
    }

    /// Into the skin along the needle's axis.
    pub(super) fn strike(&mut self, joints: &Joints) -> Result<()> {
        let to = self.counts(joints)?;
        let speed_mm_s = self.profile.speeds.strike_mm_s;
        match self.touch.take() {
            None => self.stroke(to, speed_mm_s, HookPoint::Strike),
            Some(touch) => self.from_touch(&touch, to, speed_mm_s),
        }
    }

    /// Along the needle's axis until the skin is touched, at the latest at `farthest`; the scan has it at `joints`.
    pub(super) fn probe(&mut self, farthest: &Joints, joints: &Joints) -> Result<()> {
        if self.post.contact.is_none() {
            return Err(Error::input("the depth mode \"probe\"")
                .place("depth.mode")
                .expected("a dialect that can strike from a touch")
                .remedy("use another depth mode or another rig"));
        }
        let (to, touch) = (self.counts(farthest)?, self.counts(joints)?);
        self.feed_mode(false)?;
        self.motion_word("G38.2", true);
        self.places(&to, 0..Joints::LINEAR);
        self.feed(self.profile.depth.probe_mm_s().unwrap_or_default() * 60.0, 1);
        self.motion = None;
        self.on_leg = false;
        self.touch = Some(touch);
        self.put_line(None, "touch the skin")
    }

    /// As far from the touch as the scan asks for from the skin. Where the axes then stand is not known.
    fn from_touch(&mut self, touch: &Counts, to: Counts, feed_mm_s: f64) -> Result<()> {
        let relative = self.post.contact == Some(Contact::Relative);
        if relative {
            self.line.push_str("G91");
        }
        self.motion_word("G1", true);
        for axis in 0..Joints::LINEAR {
            let by = to[axis] - touch[axis];
            if relative {
                self.number(self.letters[axis], by, PLACES);
                continue;
            }
            // LinuxCNC keeps the touch itself in parameters, X in the first of them.
            let _ = write!(self.line, "{}[#{}{}", self.letters[axis], 5061 + axis, if by < 0 { "" } else { "+" });
            number::push(&mut self.line, by, PLACES);
            self.line.push(']');
        }
        self.feed(feed_mm_s * 60.0, 1);
        self.at = None;
        self.put_line(None, "stroke from the touch")
    }

    /// Back to where the strike began.
    pub(super) fn retract(&mut self, joints: &Joints) -> Result<()> {
        let to = self.coarse(joints)?;
        // Behind a touch the positions count from the zero again.
        if self.at.is_none() && self.post.contact == Some(Contact::Relative) {
            self.line.push_str("G90");
        }
        self.stroke(to, self.profile.speeds.retract_mm_s, HookPoint::Retract)
    }

    fn stroke(&mut self, to: Counts, feed_mm_s: f64, point: HookPoint) -> Result<()> {
        self.feed_mode(false)?;
        self.motion_word("G1", false);
        let axes = self.plunge().map_or(0..Joints::LINEAR, |axis| axis..axis + 1);
        let known = self.at.filter(|_| self.style == Style::Compact);
        for axis in axes {
            if known.is_none_or(|at| at[axis] != to[axis]) {
                self.places(&to, axis..axis + 1);
            }
        }
        self.feed(feed_mm_s * 60.0, 1);
        self.at = Some(to);
        self.on_leg = false;
        self.put_line(Some(point), "stroke")
    }

    pub(super) fn dwell(&mut self, seconds: f64) -> Result<()> {
        let (count, places) = match self.post.dwell {
            DwellUnit::Seconds => (seconds, 3),
            DwellUnit::Milliseconds => (seconds * 1e3, 0),
        };
        self.line.push_str("G4");
        self.rate.clear();
        number::push(&mut self.rate, number::counted(count, places), places);
        self.number('P', number::counted(count, places), places);
        self.put_line(Some(HookPoint::Dwell), "dwell")
    }

    /// Starts the needle and waits for it.
    pub(super) fn needle_on(&mut self) -> Result<()> {
        self.switch(true)?;
        self.dwell(self.profile.drive.spin_up_s())
    }

    pub(super) fn needle_off(&mut self) -> Result<()> {
        self.switch(false)
    }

    /// Tells which patch begins; nothing stops for it.
    pub(super) fn patch(&mut self, number: u32, of: u32) -> Result<()> {
        if self.hook(HookPoint::Message, &[("number", number), ("of", of)])? {
            return Ok(());
        }
        self.message(&format!("patch {number} of {of}"))
    }

    /// A stop until the operator goes on, who is told why. Whatever was changed meanwhile is set anew.
    pub(super) fn halt(&mut self, kind: HaltKind) -> Result<()> {
        let point = match kind {
            HaltKind::ToolChange => HookPoint::ToolChange,
            HaltKind::Cartridge => HookPoint::Cartridge,
            HaltKind::Wipe => HookPoint::Wipe,
            HaltKind::Reload => HookPoint::Reload,
            HaltKind::Pause | HaltKind::OptionalPause => HookPoint::Pause,
            HaltKind::Registration => HookPoint::Registration,
        };
        let before = self.dot.map_or_else(String::new, |dot| format!(" before dot {dot}"));
        self.comment(&format!("stop: {kind}{before}"))?;
        self.settle()?;
        if !self.hook(point, &[("dot", self.dot.unwrap_or(0))])? {
            let pause = if kind == HaltKind::OptionalPause { self.post.optional_pause } else { Some(self.post.pause) };
            let pause = pause.ok_or_else(|| {
                Error::input(format!("optional stops with the dialect \"{}\"", self.profile.dialect.name()))
                    .place("stops.pause_is_optional")
                    .expected("one of the dialects linuxcnc and grblhal, which have them")
                    .remedy("leave the key out of the case")
            })?;
            self.message(kind.instruction())?;
            self.words(pause)?;
        }
        self.modes()
    }

    /// A text for the operator.
    fn message(&mut self, text: &str) -> Result<()> {
        let Some((before, behind)) = self.post.message else { return self.comment(text) };
        let mut text = comment::harmless(text);
        text.truncate(LONGEST_LINE - before.len() - behind.len());
        self.words(&format!("{before}{text}{behind}"))
    }

    /// After the last motion: the owner's lines, the needle off once more, the end.
    pub(super) fn end(&mut self) -> Result<()> {
        self.feed_mode(false)?;
        self.hook(HookPoint::End, &[])?;
        self.needle_off()?;
        self.words(self.post.end)
    }

    fn switch(&mut self, on: bool) -> Result<()> {
        let value = |full: u16| if on { full } else { 0 };
        let words = match (&self.profile.drive, self.post.outputs) {
            (Drive::Plunge, _) => return Ok(()),
            (Drive::Spindle { speed, .. }, _) if on => format!("M3 S{}", decimal(*speed, 1)),
            (Drive::Spindle { .. }, _) => "M5".to_owned(),
            (Drive::Pin { name, .. }, _) => format!("SET_PIN PIN={name} VALUE={}", value(1)),
            (Drive::Output { port, .. }, Outputs::OnOff) => format!("{} P{port}", if on { "M64" } else { "M65" }),
            (Drive::Output { port, .. }, Outputs::Value(full)) => format!("M42 P{port} S{}", value(full)),
            (Drive::Fan { fan, .. }, Outputs::Value(full)) => format!("M106 P{fan} S{}", value(full)),
            (Drive::Fan { .. }, Outputs::OnOff) => {
                return Err(Error::input("a fan").place("drive.kind").expected("a drive that the dialect can switch"));
            }
        };
        self.settle()?;
        let point = if on { HookPoint::NeedleOn } else { HookPoint::NeedleOff };
        if self.hook(point, &[])? { Ok(()) } else { self.words(&words) }
    }

    fn settle(&mut self) -> Result<()> {
        self.post.settle.map_or(Ok(()), |settle| self.words(settle))
    }

    /// Lines of the rig's owner between two marks by which a reader knows them, with what they were made from. Says whether there are any.
    fn hook(&mut self, point: HookPoint, values: &[(&str, u32)]) -> Result<bool> {
        if self.profile.hooks.template(point).is_empty() {
            return Ok(false);
        }
        let own = values.iter().map(|&(name, value)| (name, HookValue::from(value)));
        let all: Vec<_> = self.values.iter().cloned().chain(own).collect();
        let lines = self.profile.hooks.lines(point, &all)?;
        let shown: Vec<String> = values.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        self.put(&format!("; hook {} begins{}", point.name(), shown.concat()))?;
        lines.iter().try_for_each(|line| self.words(line))?;
        self.put("; hook ends")?;
        Ok(true)
    }

    fn plunge(&self) -> Option<usize> {
        self.profile.plunge_axis().map(|_| self.letters.len() - 1)
    }

    /// Feed per minute at which a travel takes as long as its slowest axis does, or as asked if that is longer. Rounded down, so that it
    /// never takes less.
    fn travel_feed(&self, to: &Counts, least_s: Option<f64>) -> f64 {
        let ways = self.ways(to);
        let norm = |ways: &[f64]| ways.iter().map(|way| way * way).sum::<f64>().sqrt();
        let (linear, rotary) = ways.split_at(Joints::LINEAR);
        let length = match self.post.slowing {
            _ if norm(linear) > 0.0 => norm(linear),
            Slowing::Feed(Turning::Farthest) => rotary.iter().copied().fold(0.0, f64::max),
            _ => norm(rotary),
        };
        let seconds =
            self.slowest_s(to).max(least_s.map_or(0.0, |seconds| seconds + ROUNDED_MM / self.profile.speeds.cap_mm_s));
        let feed = if seconds > 0.0 { 60.0 * length / seconds } else { self.profile.speeds.cap_mm_s * 60.0 };
        if feed >= 10.0 { feed.floor() } else { (feed * 1e3).floor().max(1.0) / 1e3 }
    }

    /// How far each axis goes from where it stands, as written: mm, degrees.
    fn ways(&self, to: &Counts) -> [f64; AXES] {
        let from = self.at.unwrap_or(*to);
        let unit = f64::from(10_u32.pow(PLACES));
        std::array::from_fn(|axis| (to[axis] - from[axis]).abs() as f64 / unit)
    }

    /// Time that the slowest axis takes at its full speed.
    fn slowest_s(&self, to: &Counts) -> f64 {
        let axes = self.profile.axes.iter().zip(self.ways(to));
        axes.map(|(axis, way)| way / axis.max_speed).fold(0.0, f64::max)
    }

    /// Feed per minute or inverse time.
    fn feed_mode(&mut self, inverse_time: bool) -> Result<()> {
        if self.inverse_time == inverse_time {
            return Ok(());
        }
        self.inverse_time = inverse_time;
        self.words(if inverse_time { "G93" } else { "G94" })
    }

    fn counts(&self, joints: &Joints) -> Result<Counts> {
        let mut counts = [0; AXES];
        for (axis, position) in joints.iter().enumerate().take(AXES) {
            counts[axis] = number::counted(*position, PLACES);
            if !position.is_finite() || counts[axis].abs() > FARTHEST {
                return Err(Error::input(format!("{}{position}", self.letters[axis]))
                    .place("program")
                    .expected("positions within 100 m")
                    .remedy("move the rig's zero closer to the head"));
            }
        }
        Ok(counts)
    }

    /// Where a travel ends. Where strokes move Z or a plunge axis alone, X and Y stay those of the strike.
    fn coarse(&self, joints: &Joints) -> Result<Counts> {
        let mut counts = self.counts(joints)?;
        if self.profile.pivot_to_tip_mm > 0.0 && self.plunge().is_none() {
            for (count, position) in counts.iter_mut().zip(joints.iter()).take(Joints::LINEAR) {
                *count = number::counted(*position, PLACES - COARSER) * 10_i64.pow(COARSER);
            }
        }
        Ok(counts)
    }

    fn motion_word(&mut self, word: &'static str, always: bool) {
        if always || self.style == Style::Verbose || !self.post.modal_motion || self.motion != Some(word) {
            self.line.push_str(word);
        }
        self.motion = Some(word);
    }

    fn number(&mut self, letter: char, count: i64, places: u32) {
        if self.style == Style::Verbose && !self.line.is_empty() {
            self.line.push(' ');
        }
        self.line.push(letter);
        number::push(&mut self.line, count, places);
    }

    fn places(&mut self, to: &Counts, axes: Range<usize>) {
        for axis in axes {
            self.number(self.letters[axis], to[axis], PLACES);
        }
    }

    fn feed(&mut self, feed: f64, places: u32) {
        self.rate.clear();
        number::push(&mut self.rate, number::counted(feed, places), places);
        self.number('F', number::counted(feed, places), places);
    }

    /// Ends the line that was made, in the owner's words where there are any, and says what it is for where there is room.
    fn put_line(&mut self, point: Option<HookPoint>, purpose: &str) -> Result<()> {
        let mut line = std::mem::take(&mut self.line);
        let own = point.filter(|point| !self.profile.hooks.template(*point).is_empty());
        if let Some(point) = own {
            let put = self.own_move(point, &line);
            line.clear();
            self.line = line;
            return put;
        }
        self.number_line(&mut line);
        if self.style == Style::Verbose {
            let length = line.len();
            let _ = match self.dot {
                Some(dot) => write!(line, " ; dot {dot}: {purpose}"),
                None => write!(line, " ; {purpose}"),
            };
            if line.len() > LONGEST_LINE {
                line.truncate(length);
            }
        }
        let put = self.put(&line);
        self.move_line = self.lines;
        line.clear();
        self.line = line;
        put
    }

    /// A move or wait in the owner's words; lines of theirs that move nothing are marked.
    fn own_move(&mut self, point: HookPoint, words: &str) -> Result<()> {
        let dot = self.dot.unwrap_or(0);
        let (f, p, g) = match point {
            HookPoint::Dwell => ("", self.rate.as_str(), "G4"),
            _ if words.contains('F') => (self.rate.as_str(), "", self.motion.unwrap_or("G1")),
            _ => ("", "", self.motion.unwrap_or("G1")),
        };
        let own = [("dot", dot.into()), ("words", words.into()), ("g", g.into()), ("f", f.into()), ("p", p.into())];
        let mut values: Vec<(&str, HookValue)> = self.values.iter().cloned().chain(own).collect();
        let names: Vec<String> = self.letters.iter().map(|letter| letter.to_ascii_lowercase().to_string()).collect();
        for (name, count) in names.iter().zip(self.at.iter().flatten()) {
            let mut place = String::new();
            number::push(&mut place, *count, PLACES);
            values.push((name, place.into()));
        }
        for (line, moves) in self.profile.hooks.moves(point, &values)? {
            if moves {
                self.words(&line)?;
                self.move_line = self.lines;
            } else {
                self.words(&format!("{line} ; own dot={dot}"))?;
            }
        }
        Ok(())
    }

    fn words(&mut self, words: &str) -> Result<()> {
        let (code, comment) = words.split_at(words.find(" ;").unwrap_or(words.len()));
        let mut line = code.to_owned();
        if !words.starts_with([';', '(']) {
            self.number_line(&mut line);
        }
        line.push_str(comment);
        self.put(&line)
    }

    /// Puts a number before a line of words, where the profile asks for it, and behind it a checksum where there is one: the exclusive or of
    /// all bytes before it.
    fn number_line(&mut self, line: &mut String) {
        if !self.profile.line_numbers {
            return;
        }
        line.insert_str(0, &format!("N{} ", self.numbered));
        self.numbered += 1;
        if self.post.numbering.is_some() {
            let sum = line.bytes().fold(0, |sum, byte| sum ^ byte);
            let _ = write!(line, "*{sum}");
        }
    }

    fn put(&mut self, line: &str) -> Result<()> {
        if line.len() > LONGEST_LINE {
            return Err(Error::input(format!("a line of {} characters: {line}", line.len()))
                .place("program")
                .expected(format!("at most {LONGEST_LINE}"))
                .remedy("move the rig's zero closer to the head, or shorten the profile's hooks"));
        }
        self.lines += 1;
        let written = self.out.write_all(line.as_bytes()).and_then(|()| self.out.write_all(b"\n"));
        written.map_err(|error| Error::system(error.to_string()).place(format!("line {}", self.lines)))
    }
}
