use std::io::Write;

use super::header::{Header, Run};
use super::strikes::{StrikeLine, Strikes};
use super::writer::Writer;
use crate::error::{Error, Result};
use crate::rig::Profile;
use crate::toolpath::{Message, MotionKind, Toolpath};

/// How much a program says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Style {
    /// What the controller needs: no blanks, no word twice.
    #[default]
    Compact,
    /// Every move spelled out, with a comment that says what it is for.
    Verbose,
}

/// A program and where in it the dots are struck.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// The text.
    pub text: String,
    /// The strikes.
    pub strikes: Strikes,
}

impl Program {
    /// The map of the strikes, see [`Strikes::write_csv`].
    pub fn map_csv(&self) -> String {
        let mut csv = Vec::new();
        // Writing to memory cannot fail.
        let _ = self.strikes.write_csv(&mut csv);
        String::from_utf8(csv).unwrap_or_default()
    }
}

/// The whole text of [`write()`] at once.
pub fn program(toolpath: &Toolpath, profile: &Profile, header: &Header<'_>, style: Style) -> Result<Program> {
    let mut bytes = Vec::with_capacity(40 * toolpath.motions.len() + 2048);
    let strikes = write(&mut bytes, toolpath, profile, header, style)?;
    let text = String::from_utf8(bytes).map_err(|error| Error::system(error.to_string()))?;
    Ok(Program { text, strikes })
}

/// Writes the toolpath in the profile's dialect, line by line: ASCII, at most 70 characters, each ended by a line feed.
///
/// Every move is absolute. The travel to a dot names its motion word and all axes, so that each dot's block starts from any
/// place; strokes name the linear axes (or the plunge axis) and their feed only, as the needle does not turn in them, and the
/// length of a move with rotary words is counted differently from one controller to the next. Errors: an axis that would
/// have to go farther than any machine does, a line longer than 70 characters, a sink that takes no more.
pub fn write(
    out: &mut dyn Write,
    toolpath: &Toolpath,
    profile: &Profile,
    header: &Header<'_>,
    style: Style,
) -> Result<Strikes> {
    let mut writer = Writer::new(out, profile, header, style)?;
    for text in header.texts(toolpath, profile, writer.post(), toolpath.time_s(profile)) {
        writer.comment(&text)?;
    }
    writer.begin()?;
    let mut lines = Vec::with_capacity(toolpath.strikes);
    for motion in &toolpath.motions {
        writer.for_dot(motion.dot);
        match motion.kind {
            MotionKind::Start => writer.start(&motion.joints)?,
            MotionKind::Travel | MotionKind::Approach => writer.travel(&motion.joints, motion.least_s)?,
            MotionKind::Probe { farthest } => writer.probe(&farthest, &motion.joints)?,
            MotionKind::Strike => writer.strike(&motion.joints)?,
            MotionKind::Retract => writer.retract(&motion.joints)?,
            MotionKind::Dwell { seconds } => writer.dwell(seconds)?,
            MotionKind::NeedleOn => writer.needle_on()?,
            MotionKind::NeedleOff => writer.needle_off()?,
            MotionKind::Halt(kind) => writer.halt(kind)?,
            MotionKind::Message(Message::Patch { number, of }) => writer.patch(number, of)?,
            MotionKind::Message(Message::Tool { number }) => writer.next_tool(number),
        }
        // Where nothing is struck the map tells the touches.
        let is_told = match motion.kind {
            MotionKind::Strike => true,
            MotionKind::Probe { .. } => header.run == Run::Probe,
            _ => false,
        };
        if let Some(dot) = motion.dot.filter(|_| is_told) {
            lines.push(StrikeLine { line: writer.move_line(), dot, joints: Writer::position(&motion.joints) });
        }
    }
    writer.end()?;
    Ok(Strikes { lines, letters: profile.axes.iter().map(|axis| axis.letter).collect() })
}
