//! How the lines of a [`Writer`] go out: the owner's in place of the dialect's, numbered, none too long.

use std::fmt::Write as _;

use super::number;
use super::program::Style;
use super::writer::{PLACES, Writer};
use crate::error::{Error, Result};
use crate::rig::{HookPoint, HookValue, LONGEST_LINE, own_lines_allowed};

impl Writer<'_> {
    /// Lines of the rig's owner between two marks by which a reader knows them, with what they were made from; they may leave any mode
    /// behind. Says whether there are any.
    pub(super) fn hook(&mut self, point: HookPoint, values: &[(&str, u32)]) -> Result<bool> {
        if !self.templates.has(point) {
            return Ok(false);
        }
        let own = values.iter().map(|&(name, value)| (name, HookValue::from(value)));
        let all: Vec<_> = self.values.iter().cloned().chain(own).collect();
        let lines = self.templates.lines(point, &all)?;
        own_lines_allowed(self.profile, point, &lines)?;
        let shown: Vec<String> = values.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        self.put(&format!("; hook {} begins{}", point.name(), shown.concat()))?;
        lines.iter().try_for_each(|line| self.words(&line.text))?;
        self.put("; hook ends")?;
        self.on_leg = false;
        Ok(true)
    }

    /// Ends the line that was made, in the owner's words where there are any, and says what it is for where there is room.
    pub(super) fn put_line(&mut self, point: Option<HookPoint>, purpose: &str) -> Result<()> {
        let mut line = std::mem::take(&mut self.line);
        let own = point.filter(|point| self.templates.has(*point));
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
        let lines = self.templates.lines(point, &values)?;
        own_lines_allowed(self.profile, point, &lines)?;
        for line in lines {
            if line.moves {
                self.words(&line.text)?;
                self.move_line = self.lines;
            } else {
                self.words(&format!("{} ; own dot={dot}", line.text))?;
            }
        }
        Ok(())
    }

    pub(super) fn words(&mut self, words: &str) -> Result<()> {
        let code = words.split(';').next().unwrap_or("").trim_end();
        let comment = &words[code.len()..];
        let mut line = code.to_owned();
        if !words.starts_with([';', '(']) {
            self.number_line(&mut line);
        }
        line.push_str(comment);
        self.put(&line)
    }

    /// Puts a number before a line of words, where the profile asks for it, and behind it a checksum where there is
    /// one: the exclusive or of all bytes before it.
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

    pub(super) fn put(&mut self, line: &str) -> Result<()> {
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
