use std::fmt::Write as _;
use std::io::Write;
use std::ops::Range;

use super::comment;
use super::header::Header;
use super::number;
use super::post::{Contact, DwellUnit, Post, Rapids, Slowing, Turning};
use super::program::Style;
use crate::case::Tool;
use crate::error::{Error, Result};
use crate::rig::{
    HookPoint, HookValue, Joints, LONGEST_LINE, Profile, Sweep, Templates, counted_length, norm, turn_deg,
};

/// Decimals of positions, mm and degrees: rounds by at most half a micrometre, and by a micrometre at the tip of a needle that is
/// turned 100 mm from its axis.
pub(super) const PLACES: u32 = 3;
/// Decimals fewer at the ends of travels where the needle turns: a hundredth of a millimetre is enough where nothing is struck.
const COARSER: u32 = 1;
/// A needle that is turned by less than this stands upright, degrees.
const UPRIGHT_DEG: f64 = 1e-9;
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
    pub(super) out: &'a mut dyn Write,
    pub(super) post: &'static Post,
    pub(super) profile: &'a Profile,
    pub(super) style: Style,
    /// Those of the profile's hooks.
    pub(super) templates: Templates,
    /// What they may name everywhere.
    pub(super) values: Vec<(&'static str, HookValue)>,
    pub(super) letters: Vec<char>,
    /// The line that is being made.
    pub(super) line: String,
    pub(super) lines: u32,
    /// Number of the line that made the last move.
    pub(super) move_line: u32,
    /// Number of the next line of words, where they are numbered.
    pub(super) numbered: u32,
    /// Where the axes stand; none until all of them have been named.
    pub(super) at: Option<Counts>,
    /// Motion word in force.
    pub(super) motion: Option<&'static str>,
    pub(super) inverse_time: bool,
    pub(super) dot: Option<u32>,
    /// What each tool is.
    pub(super) tools: &'a [(u32, String)],
    /// The tool that is put in at the next stop for that.
    pub(super) next_tool: Option<u32>,
    /// Where the scan has the skin that a probe has touched; what comes next counts from there.
    touch: Option<Counts>,
    /// Feed or wait of the line that is being made, as it says it.
    pub(super) rate: String,
    /// Whether the last move was a travel of the same leg, so that what it named need not be named again.
    pub(super) on_leg: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(out: &'a mut dyn Write, profile: &'a Profile, header: &Header<'a>, style: Style) -> Result<Self> {
        Ok(Self {
            out,
            post: Post::of(profile),
            profile,
            style,
            templates: Templates::new(&profile.hooks)?,
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
            tools: header.tools,
            next_tool: None,
            touch: None,
            rate: String::new(),
            on_leg: false,
        })
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

    /// From wherever the machine stands to the park place.
    pub(super) fn start(&mut self, joints: &Joints) -> Result<()> {
        let to = self.counts(joints)?;
        self.enter(&to, "to the park place")
    }

    /// Back to where the axes stood, as nobody knows what hands or an owner's lines did to them since.
    pub(super) fn enter_again(&mut self) -> Result<()> {
        self.at.map_or(Ok(()), |there| self.enter(&there, "back to where it stood"))
    }

    /// From wherever the machine stands: the needle drawn back, up in Z, then the rotary axes, then X and Y.
    fn enter(&mut self, to: &Counts, purpose: &str) -> Result<()> {
        let plunge = self.plunge();
        let turning = Joints::LINEAR..plunge.unwrap_or(self.letters.len());
        self.at = None;
        let first = plunge.map(|axis| axis..axis + 1);
        for axes in first.into_iter().chain([2..3, turning, 0..2]).filter(|axes| !axes.is_empty()) {
            let (feed, is_rapid) = self.entry(&axes);
            self.motion_word(if is_rapid { "G0" } else { "G1" }, true);
            self.places(to, axes);
            if !is_rapid || self.post.rapids == Rapids::OwnFeed {
                self.feed(feed, 0);
            }
            self.put_line(None, purpose)?;
        }
        self.at = Some(*to);
        self.on_leg = false;
        Ok(())
    }

    /// Feed per minute at which those axes may come from an unknown place, and whether a rapid keeps to it or is no faster than the tip may
    /// be. How long such a move takes nobody knows: no axis goes faster than it can, and the tip not above its cap.
    fn entry(&self, axes: &Range<usize>) -> (f64, bool) {
        // Where needles are changed, with any that a case may name: nobody knows which one is in when a program is begun anew.
        let farthest_mm = if self.tools.is_empty() { 0.0 } else { Tool::FARTHEST_MM };
        let needles = [-farthest_mm, 0.0, farthest_mm].map(|longer_mm| self.profile.with_longer_needle(longer_mm));
        let tip_mm_s = |speed: &dyn Fn(usize) -> f64| {
            let with = |rig| Sweep::tip_mm_s_anywhere(rig, |axis| if axes.contains(&axis) { speed(axis) } else { 0.0 });
            needles.iter().map(with).fold(0.0, f64::max)
        };
        let cap_mm_s = self.profile.speeds.cap_mm_s;
        let fastest_mm_s = tip_mm_s(&|axis| self.profile.axes[axis].max_speed);
        // A feed is the speed of X, Y and Z together; of the rotary axes each may make all of it.
        let each_mm_s = if axes.start < Joints::LINEAR { 1.0 } else { tip_mm_s(&|_| 1.0) };
        let slowest = self.profile.axes[axes.clone()].iter().map(|axis| axis.max_speed);
        let feed = slowest.fold(cap_mm_s.min(cap_mm_s / each_mm_s), f64::min) * 60.0;
        let obeys_feed = matches!(self.post.slowing, Slowing::Feed(_));
        ((feed + 1e-6).floor().max(1.0), obeys_feed || fastest_mm_s <= cap_mm_s)
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
            Some(touch) => self.stroke_of_touch(&touch, to, speed_mm_s),
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
    fn stroke_of_touch(&mut self, touch: &Counts, to: Counts, feed_mm_s: f64) -> Result<()> {
        let relative = self.post.contact == Some(Contact::Relative);
        if relative {
            self.mode_word("G91");
        }
        self.motion_word("G1", true);
        for axis in 0..Joints::LINEAR {
            let by = to[axis] - touch[axis];
            if relative {
                self.number(self.letters[axis], by, PLACES);
                continue;
            }
            // LinuxCNC keeps the touch itself in parameters, X in the first of them.
            if self.style == Style::Verbose {
                self.line.push(' ');
            }
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
        // Behind a stroke from a touch the positions count from the zero again; behind a touch alone they always did.
        if self.touch.take().is_some() {
            self.at = None;
        } else if self.at.is_none() && self.post.contact == Some(Contact::Relative) {
            self.mode_word("G90");
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

    fn plunge(&self) -> Option<usize> {
        self.profile.plunge_axis().map(|_| self.letters.len() - 1)
    }

    /// Feed per minute at which a travel takes as long as its slowest axis does, or as asked if that is longer. Rounded down, so that it
    /// never takes less.
    fn travel_feed(&self, to: &Counts, least_s: Option<f64>) -> f64 {
        let length = counted_length(&self.ways(to), |rotary| match self.post.slowing {
            Slowing::Feed(Turning::Farthest) => rotary.iter().copied().fold(0.0, f64::max),
            _ => norm(rotary),
        });
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
        self.profile.slowest_s(self.ways(to))
    }

    /// Feed per minute or inverse time.
    pub(super) fn feed_mode(&mut self, inverse_time: bool) -> Result<()> {
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

    /// Where a travel ends. Where strokes move Z or a plunge axis alone, X and Y stay those of the strike; and the places where
    /// the program waits are kept to the last decimal: there the needle stands upright.
    fn coarse(&self, joints: &Joints) -> Result<Counts> {
        let mut counts = self.counts(joints)?;
        let is_upright = turn_deg(&joints.turns(), &self.profile.turns_at_zero()) < UPRIGHT_DEG;
        if self.profile.pivot_to_tip_mm > 0.0 && self.plunge().is_none() && !is_upright {
            for (count, position) in counts.iter_mut().zip(joints.iter()).take(Joints::LINEAR) {
                *count = number::counted(*position, PLACES - COARSER) * 10_i64.pow(COARSER);
            }
        }
        Ok(counts)
    }

    /// A mode before the motion word of the same line.
    fn mode_word(&mut self, word: &str) {
        self.line.push_str(word);
        if self.style == Style::Verbose {
            self.line.push(' ');
        }
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
}
