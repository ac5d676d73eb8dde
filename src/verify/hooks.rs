use super::action::Fault;
use super::controller::Controller;
use super::header::Header;
use crate::error::{Finding, Severity};
use crate::rig::{Drive, HookPoint, HookValue, Profile};

const BEGIN: &str = "; hook ";
const BEGINS: &str = " begins";
const END: &str = "; hook ends";
/// Behind a line of the owner's own between the lines of a dot; the dot's number follows.
const OWN: &str = " ; own dot=";

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// Words of the dialect, or a comment.
    Code,
    /// The end of a hook, which stands for something.
    Hook(HookPoint),
    /// A line of the owner's, or a mark.
    Passed,
}

/// Knows the lines of the profile's hooks by the marks around them and passes over them. Hooks that differ from what the profile's templates give
/// with the values that the mark names are faults, and so are those of the start and the end elsewhere than before all words and before
/// the last ones.
pub(super) struct Unhooker<'a> {
    rig: &'a Profile,
    header: &'a Header,
    /// The tool that is in, or put in next.
    pub(super) tool: u32,
    /// The hook in which the reader is: its point, the line of its mark, and its lines that are yet to come, the last one first.
    open: Option<(HookPoint, usize, Vec<String>)>,
    /// Lines of words so far.
    words: usize,
    starts: usize,
    /// Line of the mark of each end hook, and lines of words before it.
    ends: Vec<(usize, usize)>,
    skipped: usize,
    pub(super) faults: Vec<Fault>,
}

impl<'a> Unhooker<'a> {
    pub(super) fn new(rig: &'a Profile, header: &'a Header) -> Self {
        Self {
            rig,
            header,
            tool: header.tool,
            open: None,
            words: 0,
            starts: 0,
            ends: Vec::new(),
            skipped: 0,
            faults: Vec::new(),
        }
    }

    /// Looks at the line with that number, from 1.
    pub(super) fn look(&mut self, number: usize, line: &str) -> Seen {
        if let Some((point, begin, mut left)) = self.open.take() {
            match left.pop() {
                Some(own) if own == line => {
                    self.skipped += 1;
                    self.open = Some((point, begin, left));
                    return Seen::Passed;
                }
                None if line == END => return Seen::Hook(point),
                _ => self.fault(begin, format!("not the {} hook of the rig's profile", point.name())),
            }
        }
        if let Some(mark) = line.strip_prefix(BEGIN).filter(|_| line != END) {
            match self.begin(number, mark) {
                Ok((point, lines)) => self.open = Some((point, number, lines)),
                Err(what) => self.fault(number, what),
            }
            return Seen::Passed;
        }
        if let Some((words, dot)) = line.split_once(OWN) {
            match self.is_own(words, dot) {
                Ok(true) => {
                    self.skipped += 1;
                    return Seen::Passed;
                }
                Ok(false) => self.fault(number, "a line that is none of the rig's own".to_owned()),
                Err(what) => self.fault(number, what),
            }
        }
        self.words += usize::from(!line.trim().is_empty() && !line.starts_with([';', '(']));
        Seen::Code
    }

    fn fault(&mut self, line: usize, what: String) {
        self.faults.push(Fault { line, what });
    }

    /// The hook that a mark names, and the lines that have to follow, the last one first.
    fn begin(&mut self, number: usize, mark: &str) -> Result<(HookPoint, Vec<String>), String> {
        let (name, named) = mark.split_once(BEGINS).ok_or("no mark of a hook")?;
        let point = HookPoint::ALL.into_iter().find(|point| point.name() == name && !point.is_motion());
        let point = point.ok_or("a hook of no known name")?;
        if self.rig.hooks.template(point).is_empty() {
            return Err("a hook that the rig's profile has not".to_owned());
        }
        let mut values = self.values();
        for pair in named.split_ascii_whitespace() {
            let (key, value) = pair.split_once('=').ok_or("a value of a hook that is none")?;
            let value: u32 = value.parse().map_err(|_| "a value of a hook that is no number")?;
            if !["dot", "number", "of"].contains(&key) {
                return Err(format!("the value {key}, which no hook has"));
            }
            values.push((key, HookValue::from(value)));
        }
        let mut lines = self.rig.hooks.lines(point, &values).map_err(|error| error.to_string())?;
        lines.reverse();
        match point {
            HookPoint::Start => {
                self.starts += 1;
                if self.words > 0 {
                    self.fault(number, "the start hook of the rig's profile is not in its place".to_owned());
                }
            }
            HookPoint::End => self.ends.push((number, self.words)),
            _ => {}
        }
        Ok((point, lines))
    }

    /// Whether the words are a line of the owner's between those of the dot.
    fn is_own(&self, words: &str, dot: &str) -> Result<bool, String> {
        let dot: u32 = dot.parse().map_err(|_| "a line of the owner's for no dot")?;
        let mut values = self.values();
        values.push(("dot", dot.into()));
        let lines = self.rig.hooks.own_lines(&values).map_err(|error| error.to_string())?;
        Ok(lines.iter().any(|own| own == words))
    }

    fn values(&self) -> Vec<(&'static str, HookValue)> {
        vec![
            ("session", self.header.session.into()),
            ("setup", HookValue::from(self.header.setup.as_str())),
            ("run", HookValue::from(self.header.run.name())),
            ("tool", self.tool.into()),
        ]
    }

    /// What is to be said once the text has ended: faults, and that the lines were not looked at, words of the owner's in other lines included.
    pub(super) fn finish(mut self, unseen_words: usize) -> (Vec<Fault>, Option<Finding>) {
        if let Some((point, begin, _)) = self.open.take() {
            self.fault(begin, format!("the {} hook does not end", point.name()));
        }
        // The end of the program, and before it the needle's drive off where there is one to switch, once motion is over.
        let settle = usize::from(Controller::of(self.rig.dialect).runs_ahead);
        let off = usize::from(self.rig.hooks.needle_off.is_empty());
        let after_end = 1 + if self.rig.drive == Drive::Plunge { 0 } else { settle + off };
        for (point, found) in [(HookPoint::Start, self.starts), (HookPoint::End, self.ends.len())] {
            let expected = usize::from(!self.rig.hooks.template(point).is_empty());
            if found != expected {
                self.fault(1, format!("{found} {} hooks, the rig's profile has {expected}", point.name()));
            }
        }
        let misplaced: Vec<usize> =
            self.ends.iter().filter(|(_, before)| self.words - before != after_end).map(|(line, _)| *line).collect();
        for line in misplaced {
            self.fault(line, "the end hook of the rig's profile is not in its place".to_owned());
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
