//! What a [`Writer`] says besides moves: start and end, modes, the needle, stops, messages.

use super::comment;
use super::post::Outputs;
use super::writer::Writer;
use crate::error::{Error, Result};
use crate::geometry::decimal;
use crate::rig::{Drive, HookPoint, LONGEST_LINE};
use crate::schedule::HaltKind;

impl Writer<'_> {
    /// Everything before the first motion: the owner's lines, all modes, the needle off.
    pub(super) fn begin(&mut self) -> Result<()> {
        if let Some(first) = self.post.numbering.filter(|_| self.profile.line_numbers) {
            self.words(first)?;
        }
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

    /// Starts the needle and waits for it.
    pub(super) fn needle_on(&mut self) -> Result<()> {
        let own = self.switch(true)?;
        self.dwell(self.profile.drive.spin_up_s())?;
        if own { self.enter_again() } else { Ok(()) }
    }

    pub(super) fn needle_off(&mut self) -> Result<()> {
        self.switch(false).map(drop)
    }

    /// Tells which patch begins; nothing stops for it.
    pub(super) fn patch(&mut self, number: u32, of: u32) -> Result<()> {
        if self.hook(HookPoint::Message, &[("number", number), ("of", of)])? {
            self.modes()?;
            return self.enter_again();
        }
        self.message(&format!("patch {number} of {of}"))
    }

    /// The stop that follows is for that tool.
    pub(super) fn next_tool(&mut self, number: u32) {
        self.next_tool = Some(number);
    }

    /// A stop until the operator goes on, who is told why. Whatever was changed meanwhile is set anew, and axes that were moved go back.
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
        let tool = if kind == HaltKind::ToolChange { self.next_tool.take() } else { None };
        let named = tool.map_or_else(String::new, |number| format!(" tool={number}"));
        self.comment(&format!("stop: {kind}{named}{before}"))?;
        self.settle()?;
        if let Some(number) = tool {
            self.values.retain(|(name, _)| *name != "tool");
            self.values.push(("tool", number.into()));
        }
        if !self.hook(point, &[("dot", self.dot.unwrap_or(0))])? {
            let pause = if kind == HaltKind::OptionalPause { self.post.optional_pause } else { Some(self.post.pause) };
            let pause = pause.ok_or_else(|| {
                Error::input(format!("optional stops with the dialect \"{}\"", self.profile.dialect.name()))
                    .place("stops.pause_is_optional")
                    .expected("one of the dialects linuxcnc and grblhal, which have them")
                    .remedy("leave the key out of the case")
            })?;
            match tool.map(|number| (number, self.tools.iter().find(|(known, _)| *known == number))) {
                Some((number, Some((_, text)))) => {
                    self.message(&format!("put in tool {number}, {text}, then resume"))?;
                }
                Some((number, None)) => self.message(&format!("put in tool {number}, then resume"))?,
                None => self.message(kind.instruction())?,
            }
            self.words(pause)?;
        }
        self.modes()?;
        self.enter_again()
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
        if self.hook(HookPoint::End, &[])? {
            self.modes()?;
            self.enter_again()?;
        }
        self.needle_off()?;
        self.words(self.post.end)
    }

    /// Says whether it is done by lines of the owner's.
    fn switch(&mut self, on: bool) -> Result<bool> {
        let value = |full: u16| if on { full } else { 0 };
        let words = match (&self.profile.drive, self.post.outputs) {
            (Drive::Plunge, _) => return Ok(false),
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
        if self.hook(point, &[])? {
            self.modes()?;
            return Ok(true);
        }
        self.words(&words)?;
        Ok(false)
    }

    fn settle(&mut self) -> Result<()> {
        self.post.settle.map_or(Ok(()), |settle| self.words(settle))
    }
}
