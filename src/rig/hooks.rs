use std::collections::BTreeSet;

pub use minijinja::Value as HookValue;
use minijinja::value::Kwargs;
use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::profile::is_default;
use crate::error::{Error, Result};

/// Longest line of a hook: that of a program, which no hook is cut to.
const LONGEST_LINE: usize = 70;
/// Longest line of a template, characters.
const LONGEST_TEMPLATE: usize = 1000;
/// Steps that one line of a template may take; 64 bytes that it makes count as one (minijinja's fuel).
const MOST_WORK: u64 = 10_000;

/// Lines of the rig's owner in every program, dry runs included, in place of what the dialect says there. They are not simulated: what
/// they move or switch is not looked at.
///
/// Each list is a template (minijinja: `{{ dot }}`, `{% if run == "air" %}`) with these values: `session`, `setup`, `run`
/// (`treat`, `air`), `tool`; at stops also `dot`, the one before which it comes; with a message `number` and `of`, which
/// patch of how many begins. A list that is not given leaves the dialect's own words.
///
/// `travel`, `strike`, `dwell` and `retract` are written for every move or wait, with the values `words` (what the dialect would say), `g`
/// (`G0`, `G1`, `G4`), the places of the axes `x`, `y`, `z`, `a` …, the feed `f` (empty where there is none), the wait `p` and `dot`.
/// One line of each has to say the move; `verify` reads it as the dialect that the profile names. Other lines are not simulated, and
/// neither are words in it which that dialect has not.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Hooks {
    /// Before the first word of the program: its header.
    #[serde(alias = "header", skip_serializing_if = "Vec::is_empty")]
    pub start: Vec<String>,
    /// Time that those lines take, s. Default 0: not counted.
    #[serde(skip_serializing_if = "is_default")]
    pub start_s: f64,
    /// Switches the needle on; the wait after it is the drive's own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needle_on: Vec<String>,
    /// Switches the needle off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needle_off: Vec<String>,
    /// A move that touches nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub travel: Vec<String>,
    /// The move into the skin.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub strike: Vec<String>,
    /// A wait.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dwell: Vec<String>,
    /// The move out of the skin.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retract: Vec<String>,
    /// Stops for another tool.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_change: Vec<String>,
    /// Stops for a new needle cartridge.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cartridge: Vec<String>,
    /// Stops for wiping.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wipe: Vec<String>,
    /// Stops for fresh ink.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reload: Vec<String>,
    /// Stops for a rest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pause: Vec<String>,
    /// Stops for measuring the head's place anew.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub registration: Vec<String>,
    /// Tells which patch begins; stops nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub message: Vec<String>,
    /// After the needle is parked, before it is switched off once more and the program ends: its footer.
    #[serde(alias = "footer", skip_serializing_if = "Vec::is_empty")]
    pub end: Vec<String>,
    /// Time that those lines take, s. Default 0: not counted.
    #[serde(skip_serializing_if = "is_default")]
    pub end_s: f64,
}

/// Where in a program lines of the rig's owner may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookPoint {
    /// Before the first word.
    Start,
    /// In place of the words that switch the needle on.
    NeedleOn,
    /// In place of those that switch it off.
    NeedleOff,
    /// In place of a move that touches nothing.
    Travel,
    /// In place of the move into the skin.
    Strike,
    /// In place of a wait.
    Dwell,
    /// In place of the move out of the skin.
    Retract,
    /// In place of the stop for another tool.
    ToolChange,
    /// In place of the stop for a cartridge.
    Cartridge,
    /// In place of the stop for wiping.
    Wipe,
    /// In place of the stop for ink.
    Reload,
    /// In place of the stop for a rest.
    Pause,
    /// In place of the stop for registration.
    Registration,
    /// In place of a message.
    Message,
    /// After the needle is parked.
    End,
}

impl HookPoint {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Start,
        Self::NeedleOn,
        Self::NeedleOff,
        Self::Travel,
        Self::Strike,
        Self::Dwell,
        Self::Retract,
        Self::ToolChange,
        Self::Cartridge,
        Self::Wipe,
        Self::Reload,
        Self::Pause,
        Self::Registration,
        Self::Message,
        Self::End,
    ];

    /// Its key in a profile.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::NeedleOn => "needle_on",
            Self::NeedleOff => "needle_off",
            Self::Travel => "travel",
            Self::Strike => "strike",
            Self::Dwell => "dwell",
            Self::Retract => "retract",
            Self::ToolChange => "tool_change",
            Self::Cartridge => "cartridge",
            Self::Wipe => "wipe",
            Self::Reload => "reload",
            Self::Pause => "pause",
            Self::Registration => "registration",
            Self::Message => "message",
            Self::End => "end",
        }
    }

    /// Whether it stands for a move or a wait, which is read as the dialect's.
    pub fn is_motion(self) -> bool {
        matches!(self, Self::Travel | Self::Strike | Self::Dwell | Self::Retract)
    }

    /// Whether it stands for a stop.
    pub fn stops(self) -> bool {
        use HookPoint::{Cartridge, Pause, Registration, Reload, ToolChange, Wipe};
        matches!(self, ToolChange | Cartridge | Wipe | Reload | Pause | Registration)
    }
}

impl Hooks {
    /// The template of a point; empty where there is none.
    pub fn template(&self, point: HookPoint) -> &[String] {
        match point {
            HookPoint::Start => &self.start,
            HookPoint::NeedleOn => &self.needle_on,
            HookPoint::NeedleOff => &self.needle_off,
            HookPoint::Travel => &self.travel,
            HookPoint::Strike => &self.strike,
            HookPoint::Dwell => &self.dwell,
            HookPoint::Retract => &self.retract,
            HookPoint::ToolChange => &self.tool_change,
            HookPoint::Cartridge => &self.cartridge,
            HookPoint::Wipe => &self.wipe,
            HookPoint::Reload => &self.reload,
            HookPoint::Pause => &self.pause,
            HookPoint::Registration => &self.registration,
            HookPoint::Message => &self.message,
            HookPoint::End => &self.end,
        }
    }

    /// The lines of a point with the values put in; lines that a template leaves empty are left out. Errors: a template that does not fit
    /// the values or does too much work, a line that is no printable ASCII, is too long, ends the program or looks like a mark around hooks.
    pub fn lines(&self, point: HookPoint, values: &[(&str, HookValue)]) -> Result<Vec<String>> {
        Ok(self.moves(point, values)?.into_iter().map(|(line, _)| line).collect())
    }

    /// The same for the point of a move: each line with whether it says the move.
    pub fn moves(&self, point: HookPoint, values: &[(&str, HookValue)]) -> Result<Vec<(String, bool)>> {
        self.rendered(point, values, |_| true)
    }

    /// The lines between those of a dot that move nothing.
    pub fn own_lines(&self, values: &[(&str, HookValue)]) -> Result<Vec<String>> {
        let points = HookPoint::ALL.into_iter().filter(|point| point.is_motion());
        let lines = points.map(|point| self.rendered(point, values, |template| !is_move(template)));
        Ok(lines.collect::<Result<Vec<_>>>()?.concat().into_iter().map(|(line, _)| line).collect())
    }

    /// Words that stand as they are in the templates of moves and mean nothing to a move in any dialect: letter and number, as `H2`. What
    /// could change a move, G words, axes, feeds, and all M words below 100, is none of them.
    pub fn words(&self) -> BTreeSet<String> {
        let points = HookPoint::ALL.into_iter().filter(|point| point.is_motion());
        let templates = points.flat_map(|point| self.template(point)).filter(|template| is_move(template));
        let harmless =
            |(letter, number): &(char, f64)| "DEHLQ".contains(*letter) || (*letter == 'M' && *number >= 100.0);
        let found = templates.flat_map(|template| words(&parts(template).0)).filter(harmless);
        found.map(|(letter, number)| format!("{letter}{number}")).collect()
    }

    fn rendered(
        &self,
        point: HookPoint,
        values: &[(&str, HookValue)],
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<(String, bool)>> {
        let values: Kwargs = values.iter().map(|&(name, ref value)| (name, value.clone())).collect();
        let values = HookValue::from(values);
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(MOST_WORK));
        let mut lines = Vec::new();
        for (index, template) in self.template(point).iter().enumerate().filter(|(_, template)| wanted(template)) {
            let fault = |found: String, expected: &str| {
                let place = format!("hooks.{}[{index}]", point.name());
                Error::input(found).place(place).expected(expected).remedy("correct the rig profile")
            };
            if template.len() > LONGEST_TEMPLATE {
                let expected = format!("at most {LONGEST_TEMPLATE} characters");
                return Err(fault(format!("a template of {} characters", template.len()), &expected));
            }
            let line = environment.render_str(template, values.clone()).map_err(|error| {
                let expected = match error.kind() {
                    ErrorKind::OutOfFuel => "one that is done in a few steps",
                    _ => "minijinja",
                };
                fault(format!("the template \"{}\": {error}", template.escape_debug()), expected)
            })?;
            if line.trim().is_empty() && !template.trim().is_empty() {
                continue;
            }
            let shown = || format!("\"{}\"", line.escape_debug().take(2 * LONGEST_LINE).collect::<String>());
            let plain = (1..=LONGEST_LINE).contains(&line.len()) && line.bytes().all(|b| (b' '..=b'~').contains(&b));
            if !plain || line.contains('%') {
                let expected = format!("1 to {LONGEST_LINE} printable ASCII characters without %");
                return Err(fault(shown(), &expected));
            }
            if line.trim_start().starts_with("; hook") || line.contains("; own dot=") {
                return Err(fault(shown(), "no line that looks like the mark of a hook"));
            }
            if ends_program(&line) {
                return Err(fault(shown(), "no M2 or M30: the needle is yet to be switched off"));
            }
            let moves = is_move(template);
            if point.is_motion() && !moves && words(&line).iter().any(|(letter, _)| *letter == 'G') {
                return Err(fault(shown(), "no G words beside the move itself: they could change what it means"));
            }
            lines.push((line, moves));
        }
        Ok(lines)
    }

    /// Tries every template with values of the kinds that it will get.
    pub(super) fn check(&self) -> Result<()> {
        let values = [
            ("session", HookValue::from(1)),
            ("setup", HookValue::from("upright")),
            ("run", HookValue::from("treat")),
            ("tool", HookValue::from(1)),
            ("dot", HookValue::from(0)),
            ("number", HookValue::from(1)),
            ("of", HookValue::from(1)),
        ];
        for point in HookPoint::ALL {
            if !point.is_motion() {
                self.lines(point, &values)?;
                continue;
            }
            let moves = MOVE_VALUES.map(|name| (name, HookValue::from(if name == "words" { "G4P1" } else { "1" })));
            let all: Vec<_> = values[..5].iter().cloned().chain(moves).collect();
            self.lines(point, &all)?;
            let template = self.template(point);
            let count = template.iter().filter(|template| is_move(template)).count();
            if !template.is_empty() && count != 1 {
                return Err(Error::input(format!("{count} lines with the move's words or places"))
                    .place(format!("hooks.{}", point.name()))
                    .expected("one: {{ words }}, or the places as {{ x }}, {{ y }} …")
                    .remedy("correct the rig profile"));
            }
        }
        Ok(())
    }
}

/// Names that only the template of a move has: the dialect's own words for it, its G number, places of the axes, feed and wait.
const MOVE_VALUES: [&str; 13] = ["words", "g", "x", "y", "z", "a", "b", "c", "u", "v", "w", "f", "p"];

/// Whether a line of a template says where to move or how long to wait.
fn is_move(template: &str) -> bool {
    let code = parts(template).1;
    code.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).any(|name| MOVE_VALUES.contains(&name))
}

/// Texts and code of a template.
fn parts(template: &str) -> (String, String) {
    let (mut text, mut code) = (String::new(), String::new());
    let mut rest = template;
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        text.push_str(&rest[..at]);
        text.push(' ');
        let end = rest[at..].find(if rest[at..].starts_with("{{") { "}}" } else { "%}" });
        let end = end.map_or(rest.len(), |end| at + end + 2);
        code.push_str(&rest[at..end]);
        rest = &rest[end..];
    }
    text.push_str(rest);
    (text, code)
}

/// Words of a text, comments aside: each a letter and a number.
fn words(text: &str) -> Vec<(char, f64)> {
    let code = text.split([';', '(']).next().unwrap_or("");
    let starts = code.match_indices(|c: char| c.is_ascii_uppercase());
    starts
        .filter_map(|(at, letter)| {
            let digits = code[at + 1..].split(|c: char| !(c.is_ascii_digit() || c == '.')).next()?;
            Some((letter.chars().next()?, digits.parse().ok()?))
        })
        .collect()
}

/// Whether a line has the word M2 or M30, blanks and leading zeros aside. What stands in a comment counts too.
fn ends_program(line: &str) -> bool {
    let packed: String = line.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    packed.split('M').skip(1).any(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        matches!(digits.trim_start_matches('0'), "2" | "30")
    })
}
