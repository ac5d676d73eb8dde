use std::fmt::Write as _;

use super::comment::{self, LONGEST_LINE};
use super::post::Post;
use super::{grbl, grblhal, linuxcnc};
use crate::error::{Error, Result};
use crate::geometry::decimal;
use crate::rig::{Dialect, Drive, Joints, Profile};
use crate::toolpath::{Message, Mode, MotionKind, Toolpath};

/// Decimals of mm, and their scale: rounds by at most half a micrometre.
const LINEAR: (usize, f64) = (3, 1e3);
/// Decimals of degrees, and their scale: rounds by at most a tenth of a micrometre at the tip of a 100 mm needle.
const ROTARY: (usize, f64) = (4, 1e4);

/// What the rig has to guarantee, as no program can.
const DUTIES: [&str; 5] = [
    "this is a plan, no medical device. the rig must guarantee:",
    "emergency stop and hold-to-run, force limit with retract,",
    "head rest with tracking, needle retracted on power loss,",
    "sterile single-use cartridge and barrier, eyes shielded,",
    "a trained operator present, air run made before treatment.",
];

/// What a program says about itself, besides what the toolpath and the profile tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// First 16 hex digits of the plan's SHA-256.
    pub plan_hash16: &'a str,
    /// Name of the case; any text.
    pub case_name: &'a str,
    /// Session, from 1.
    pub session: u32,
    /// Setup.
    pub setup: &'a str,
    /// Seed of the plan.
    pub seed: u64,
    /// Treatment or dry run.
    pub mode: Mode,
}

/// A program and where in it the dots are struck.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// The text, lines of at most 70 characters, each ended by a line feed.
    pub text: String,
    /// The strikes, in their order.
    pub map: Vec<StrikeLine>,
    /// Estimated time, s.
    pub time_s: f64,
    letters: Vec<char>,
}

/// One strike in a program.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StrikeLine {
    /// Number of the line whose move ends at the strike, from 1.
    pub line: u32,
    /// The dot.
    pub dot: u32,
    /// Where the axes stand, as written in the program: mm, degrees.
    pub joints: Joints,
}

impl Program {
    /// The map as CSV: `line,dot_id` and a column for each axis, numbers as in the program.
    pub fn map_csv(&self) -> String {
        let mut csv = String::from("line,dot_id");
        for letter in &self.letters {
            csv.push(',');
            csv.push(*letter);
        }
        for strike in &self.map {
            let numbers: Vec<String> =
                strike.joints.iter().enumerate().map(|(axis, position)| decimal(*position, places(axis))).collect();
            let _ = write!(csv, "\n{},{},{}", strike.line, strike.dot, numbers.join(","));
        }
        csv.push('\n');
        csv
    }
}

/// Writes the toolpath in the profile's dialect.
///
/// Every move is absolute. Rapids name all axes, so that each dot's block starts from any place; strokes name X, Y, Z (or
/// the plunge axis) and F only, as the needle does not turn in them, and the length of a move with rotary words is counted differently from one
/// controller to the next. Travels that are slowed down for the tip's cap therefore go in inverse time, `G93`. Errors: a line longer than 70 characters, which takes an axis of
/// kilometres.
pub fn write(toolpath: &Toolpath, profile: &Profile, header: &Header<'_>) -> Result<Program> {
    let post = match profile.dialect {
        Dialect::Grbl => &grbl::POST,
        Dialect::Grblhal => &grblhal::POST,
        Dialect::Linuxcnc => &linuxcnc::POST,
    };
    let letters: Vec<char> = profile.axes.iter().map(|axis| axis.letter).collect();
    let plunge = profile.plunge_axis().map(|_| letters.len() - 1);
    let turning = Joints::LINEAR..plunge.unwrap_or(letters.len());
    let time_s = toolpath.time_s(profile);
    let mut text = String::with_capacity(48 * toolpath.motions.len() + 2048);
    write_header(&mut text, toolpath, profile, header, post, time_s);

    let mut line = text.lines().count();
    let mut map = Vec::with_capacity(toolpath.strikes);
    let mut inverse_time = false;
    for motion in &toolpath.motions {
        let joints = motion.joints.map(rounded);
        let start = text.len();
        if inverse_time != motion.least_s.is_some() {
            inverse_time = !inverse_time;
            text.push_str(if inverse_time { "G93\n" } else { "G94\n" });
        }
        match motion.kind {
            MotionKind::Start => {
                let first = plunge.map(|axis| axis..axis + 1);
                for axes in first.into_iter().chain([2..3, turning.clone(), 0..2]).filter(|axes| !axes.is_empty()) {
                    push_move(&mut text, "G0", &joints, &letters, axes);
                }
            }
            MotionKind::Travel | MotionKind::Approach => match motion.least_s {
                None => push_move(&mut text, "G0", &joints, &letters, 0..letters.len()),
                Some(seconds) => {
                    push_move(&mut text, "G1", &joints, &letters, 0..letters.len());
                    // Rounded down, so that the move never takes less.
                    push_feed(&mut text, ((60.0 / seconds) * LINEAR.1).floor().max(1.0) / LINEAR.1, LINEAR.0);
                }
            },
            MotionKind::Strike | MotionKind::Retract => {
                let axes = plunge.map_or(0..Joints::LINEAR, |axis| axis..axis + 1);
                push_move(&mut text, "G1", &joints, &letters, axes);
                if let Some(feed_mm_s) = motion.feed_mm_s(profile) {
                    push_feed(&mut text, feed_mm_s * 60.0, 1);
                }
            }
            MotionKind::Dwell { seconds } => push_dwell(&mut text, seconds),
            MotionKind::NeedleOn => {
                let _ = match profile.drive {
                    Drive::Spindle { speed, .. } => writeln!(text, "M3 S{}", decimal(speed, 1)),
                    Drive::Output { port, .. } => writeln!(text, "M64 P{port}"),
                    Drive::Plunge => Ok(()),
                };
                push_dwell(&mut text, profile.drive.spin_up_s());
            }
            MotionKind::NeedleOff => push_off(&mut text, profile.drive),
            MotionKind::Halt(kind) => {
                let before = motion.dot.map_or_else(String::new, |dot| format!(" before dot {dot}"));
                comment::push(&mut text, &format!("stop: {kind}{before}: {}", kind.instruction()));
                text.push_str("M0\n");
            }
            MotionKind::Message(Message::Patch { number, of }) => {
                comment::push(&mut text, &format!("patch {number} of {of}"));
            }
        }
        let written = text[start..].lines();
        if let Some(long) = written.clone().find(|line| line.len() > LONGEST_LINE) {
            return Err(Error::input(format!("a line of {} characters: {long}", long.len()))
                .place("program")
                .expected(format!("at most {LONGEST_LINE}"))
                .remedy("move the rig's zero closer to the head"));
        }
        line += written.count();
        if let (MotionKind::Strike, Some(dot)) = (motion.kind, motion.dot) {
            map.push(StrikeLine { line: line as u32, dot, joints });
        }
    }
    if inverse_time {
        text.push_str("G94\n");
    }
    push_hook(&mut text, &profile.hooks.end);
    push_off(&mut text, profile.drive);
    text.push_str(post.end);
    text.push('\n');
    Ok(Program { text, map, time_s, letters })
}

fn write_header(
    text: &mut String,
    toolpath: &Toolpath,
    profile: &Profile,
    header: &Header<'_>,
    post: &Post,
    time_s: f64,
) {
    let letters: String = profile.axes.iter().map(|axis| axis.letter).collect();
    let run = match header.mode {
        Mode::Treat => "treat",
        Mode::Air => "air",
    };
    let mut say = |what: String| comment::push(text, &what);
    say(format!("tonsure dialect={} machine={} units=mm axes={letters}", post.name, profile.name));
    say(format!("plan={} session={} setup={} run={run}", header.plan_hash16, header.session, header.setup));
    say(format!("seed={} dots={} time_s={}", header.seed, toolpath.strikes, decimal(time_s, 1)));
    // No name may pass for another key of this header.
    say(format!("case={}", header.case_name.replace('=', "-")));
    let tip = toolpath.bounds();
    let range = |name: char, min: f64, max: f64, axis: usize| {
        format!("{name}={}:{}", decimal(min, places(axis)), decimal(max, places(axis)))
    };
    let tips: Vec<_> = (0..3).map(|i| range(['X', 'Y', 'Z'][i], tip.min[i], tip.max[i], i)).collect();
    say(format!("tip box mm {}", tips.join(" ")));
    let axes: Vec<_> = (profile.axes.iter().enumerate())
        .map(|(i, axis)| {
            let positions = || toolpath.motions.iter().filter_map(|motion| motion.joints.get(i).copied());
            let (min, max) = (positions().fold(f64::INFINITY, f64::min), positions().fold(f64::NEG_INFINITY, f64::max));
            range(axis.letter, min, max, i)
        })
        .collect();
    say(format!("axis ranges {}", axes.join(" ")));
    let limits: Vec<_> =
        profile.axes.iter().map(|a| format!("{}={}/{}", a.letter, a.max_speed, a.max_acceleration)).collect();
    say(format!("set the controller to these speeds/accelerations per s: {}", limits.join(" ")));
    DUTIES.iter().chain(post.advice).for_each(|line| say((*line).to_owned()));
    // Before the modes are set, so that no hook can change one of them.
    push_hook(text, &profile.hooks.start);
    text.push_str(post.modal);
    text.push('\n');
    push_off(text, profile.drive);
}

/// Lines of the rig's owner, unchanged, between two marks by which a reader knows them.
fn push_hook(text: &mut String, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    text.push_str("; hook begins\n");
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    text.push_str("; hook ends\n");
}

fn push_off(text: &mut String, drive: Drive) {
    let _ = match drive {
        Drive::Spindle { .. } => writeln!(text, "M5"),
        Drive::Output { port, .. } => writeln!(text, "M65 P{port}"),
        Drive::Plunge => Ok(()),
    };
}

fn resolution(axis: usize) -> (usize, f64) {
    if axis < 3 { LINEAR } else { ROTARY }
}

fn places(axis: usize) -> usize {
    resolution(axis).0
}

/// The number that the program's decimals stand for.
fn rounded(axis: usize, position: f64) -> f64 {
    let (_, scale) = resolution(axis);
    // Adding zero turns a negative zero into a plain one.
    (position * scale).round() / scale + 0.0
}

fn push_move(text: &mut String, word: &str, joints: &Joints, letters: &[char], axes: std::ops::Range<usize>) {
    text.push_str(word);
    for axis in axes {
        let _ = write!(text, " {}{}", letters[axis], decimal(joints[axis], places(axis)));
    }
    text.push('\n');
}

/// Adds a feed to the move written last.
fn push_feed(text: &mut String, feed: f64, places: usize) {
    text.pop();
    let _ = writeln!(text, " F{}", decimal(feed, places));
}

fn push_dwell(text: &mut String, seconds: f64) {
    let _ = writeln!(text, "G4 P{}", decimal(seconds, 3));
}
