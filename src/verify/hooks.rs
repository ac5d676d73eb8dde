use super::action::{Fault, Hooked};
use super::beside::Own;
use super::controller::Controller;
use super::header::Header;
use super::own_words;
use crate::error::{Error, Finding, Severity};
use crate::rig::{HookPoint, HookValue, Profile, Templates};

const BEGIN: &str = "; hook ";
const BEGINS: &str = " begins";
const END: &str = "; hook ends";
/// Behind a line of the owner's own between the lines of a dot; the dot's number follows.
const OWN: &str = " ; own dot=";

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// Words of the dialect, or a comment.
    Code,
    /// The end of a hook, which stands for something.
    Hook(Hooked),
    /// A line of the owner's beside a move.
    Own(Own),
    /// A line of the owner's in a hook, or a mark.
    Passed,
}

/// Knows the lines of the profile's hooks by the marks around them and passes over them. Hooks that differ from what
/// the profile's templates give with the values that the mark names are faults, and so are words in them that may not
/// be there. Where they stand is looked at by who follows the program.
pub(super) struct Unhooker<'a> {
    rig: &'a Profile,
    controller: &'static Controller,
    templates: Templates,
    values: Vec<(&'static str, HookValue)>,
    /// The hook in which the reader is: its mark, that line's number, and its lines that are yet to come, the last one first.
    open: Option<(Hooked, usize, Vec<String>)>,
    /// Whether the last of them so far that names the needle's drive has switched it on.
    leaves_on: Option<bool>,
    /// Whether there were words before.
    begun: bool,
    starts: usize,
    ends: usize,
    skipped: usize,
    pub(super) faults: Vec<Fault>,
}

impl<'a> Unhooker<'a> {
    pub(super) fn new(rig: &'a Profile, header: &Header) -> Result<Self, Error> {
        Ok(Self {
            rig,
            controller: Controller::of(rig.dialect),
            templates: Templates::new(&rig.hooks)?,
            values: header.values(),
            open: None,
            leaves_on: None,
            begun: false,
            starts: 0,
            ends: 0,
            skipped: 0,
            faults: Vec::new(),
        })
    }

    /// That tool is in from here on.
    pub(super) fn put_in(&mut self, tool: u32) {
        self.values = Header::with_tool(&self.values, tool);
    }

    /// Whether there were words, and not only the comments at the top.
    pub(super) fn has_begun(&self) -> bool {
        self.begun
    }

    /// Looks at the line with that number, from 1.
    pub(super) fn look(&mut self, number: usize, line: &str) -> Seen {
        if let Some((hooked, begin, mut left)) = self.open.take() {
            match left.pop() {
                Some(own) if own == line => {
                    self.pass(number, line, hooked.point);
                    self.leaves_on = own_words::switched(line, self.controller, &self.rig.drive).or(self.leaves_on);
                    self.open = Some((hooked, begin, left));
                    return Seen::Passed;
                }
                None if line == END => {
                    self.keep_drive(begin, hooked.point);
                    return Seen::Hook(hooked);
                }
                _ => self.fault(begin, format!("not the {} hook of the rig's profile", hooked.point.name())),
            }
        }
        if let Some(mark) = line.strip_prefix(BEGIN).filter(|_| line != END) {
            self.leaves_on = None;
            match self.begin(number, mark) {
                Ok((hooked, lines)) => self.open = Some((hooked, number, lines)),
                Err(what) => self.fault(number, what),
            }
            return Seen::Passed;
        }
        if let Some((words, dot)) = line.split_once(OWN) {
            if let Ok(dot) = dot.parse() {
                // Which of the moves it belongs to makes no difference to what it may say.
                self.pass(number, words, HookPoint::Travel);
                return Seen::Own((words.to_owned(), dot));
            }
            self.fault(number, "a line of the owner's for no dot".to_owned());
        }
        self.begun |= !line.trim().is_empty() && !line.starts_with([';', '(']);
        Seen::Code
    }

    /// A line that nobody simulates: at least it must say nothing that it may not.
    fn pass(&mut self, number: usize, line: &str, point: HookPoint) {
        self.skipped += 1;
        if let Some(what) = own_words::wrong(line, point, self.controller, &self.rig.drive) {
            self.fault(number, what);
        }
    }

    /// Lines that switch the needle's own drive leave it on where they are to switch it on, and off everywhere else.
    fn keep_drive(&mut self, line: usize, point: HookPoint) {
        let is_on = self.leaves_on.take();
        if is_on.is_some_and(|is_on| is_on != (point == HookPoint::NeedleOn)) {
            let state = if is_on == Some(true) { "on" } else { "off" };
            self.fault(line, format!("the owner's lines for {} leave the needle switched {state}", point.name()));
        }
    }

    fn fault(&mut self, line: usize, what: String) {
        self.faults.push(Fault { line, what });
    }

    /// The hook that a mark names, and the lines that have to follow, the last one first.
    fn begin(&mut self, number: usize, mark: &str) -> Result<(Hooked, Vec<String>), String> {
        let (name, named) = mark.split_once(BEGINS).ok_or("no mark of a hook")?;
        let point = HookPoint::ALL.into_iter().find(|point| point.name() == name && !point.is_motion());
        let point = point.ok_or("a hook of no known name")?;
        if !self.templates.has(point) {
            return Err("a hook that the rig's profile has not".to_owned());
        }
        let mut pairs = Vec::new();
        for pair in named.split_ascii_whitespace() {
            let (key, value) = pair.split_once('=').ok_or("a value of a hook that is none")?;
            let value: u32 = value.parse().map_err(|_| "a value of a hook that is no number")?;
            pairs.push((key, value));
        }
        let (dot, patch) = match pairs[..] {
            [] if !point.stops() && point != HookPoint::Message => (None, None),
            [("dot", dot)] if point.stops() => (Some(dot), None),
            [("number", number), ("of", of)] if point == HookPoint::Message => (None, Some([number, of])),
            _ => return Err(format!("the mark of a {name} hook with other values than it has")),
        };
        let mut values = self.values.clone();
        values.extend(pairs.iter().map(|&(key, value)| (key, HookValue::from(value))));
        let lines = self.templates.lines(point, &values).map_err(|error| error.to_string())?;
        match point {
            HookPoint::Start => {
                self.starts += 1;
                if self.begun {
                    self.fault(number, "the start hook of the rig's profile is not in its place".to_owned());
                }
            }
            HookPoint::End => self.ends += 1,
            _ => {}
        }
        Ok((Hooked { point, dot, patch }, lines.into_iter().rev().map(|line| line.text).collect()))
    }

    /// What is to be said once the text has ended: faults, and that the lines were not looked at, words of the owner's
    /// in other lines included.
    pub(super) fn finish(mut self, unseen_words: usize) -> (Vec<Fault>, Option<Finding>) {
        if let Some((hooked, begin, _)) = self.open.take() {
            self.fault(begin, format!("the {} hook does not end", hooked.point.name()));
        }
        for (point, found) in [(HookPoint::Start, self.starts), (HookPoint::End, self.ends)] {
            let expected = usize::from(self.templates.has(point));
            if found != expected {
                self.fault(1, format!("{found} {} hooks, the rig's profile has {expected}", point.name()));
            }
        }
        let finding = (self.skipped + unseen_words > 0).then(|| {
            let message = match (self.skipped, unseen_words) {
                (lines, 0) => format!("{lines} lines of the rig's own hooks are not simulated"),
                (lines, words) => {
                    format!("{lines} lines of the rig's own hooks and {words} words of its templates are not simulated")
                }
            };
            Finding::new("hooks-not-simulated", Severity::Warn, message)
                .times(self.skipped + unseen_words)
                .remedy("read them in the rig's profile, and watch them in the air run")
        });
        (self.faults, finding)
    }
}
