pub use minijinja::Value as HookValue;
use minijinja::value::Kwargs;
use minijinja::{Environment, UndefinedBehavior};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::profile::is_default;
use crate::error::{Error, Result};

/// Longest line of a hook: that of a program, which no hook is cut to.
const LONGEST_LINE: usize = 70;

/// Lines of the rig's owner in every program, dry runs included, in place of what the dialect says there. They are not simulated: what
/// they move or switch is not looked at.
///
/// Each list is a template (minijinja: `{{ dot }}`, `{% if run == "air" %}`) with these values: `session`, `setup`, `run`
/// (`treat`, `air`), `tool`; at stops also `dot`, the one before which it comes; with a message `number` and `of`, which
/// patch of how many begins. A list that is not given leaves the dialect's own words.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Hooks {
    /// Before the first word of the program.
    #[serde(skip_serializing_if = "Vec::is_empty")]
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
    /// After the needle is parked, before it is switched off once more and the program ends.
    #[serde(skip_serializing_if = "Vec::is_empty")]
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
    pub const ALL: [Self; 11] = [
        Self::Start,
        Self::NeedleOn,
        Self::NeedleOff,
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
}

impl Hooks {
    /// The template of a point; empty where there is none.
    pub fn template(&self, point: HookPoint) -> &[String] {
        match point {
            HookPoint::Start => &self.start,
            HookPoint::NeedleOn => &self.needle_on,
            HookPoint::NeedleOff => &self.needle_off,
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
    /// the values, a line that is no printable ASCII, is too long, ends the program or looks like a mark around hooks.
    pub fn lines(&self, point: HookPoint, values: &[(&str, HookValue)]) -> Result<Vec<String>> {
        let values: Kwargs = values.iter().map(|&(name, ref value)| (name, value.clone())).collect();
        let values = HookValue::from(values);
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let mut lines = Vec::new();
        for (index, template) in self.template(point).iter().enumerate() {
            let place = || format!("hooks.{}[{index}]", point.name());
            let fault = |found: String, expected: &str| {
                Error::input(found).place(place()).expected(expected).remedy("correct the rig profile")
            };
            let line = environment.render_str(template, values.clone()).map_err(|error| {
                fault(format!("the template \"{}\": {error}", template.escape_debug()), "minijinja")
            })?;
            if line.trim().is_empty() && !template.trim().is_empty() {
                continue;
            }
            let shown = || format!("\"{}\"", line.escape_debug());
            let plain = (1..=LONGEST_LINE).contains(&line.len()) && line.bytes().all(|b| (b' '..=b'~').contains(&b));
            if !plain || line.contains('%') {
                let expected = format!("1 to {LONGEST_LINE} printable ASCII characters without %");
                return Err(fault(shown(), &expected));
            }
            if line.trim_start().starts_with("; hook") {
                return Err(fault(shown(), "no line that looks like the mark around hooks"));
            }
            if ends_program(&line) {
                return Err(fault(shown(), "no M2 or M30: the needle is yet to be switched off"));
            }
            lines.push(line);
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
        HookPoint::ALL.into_iter().try_for_each(|point| self.lines(point, &values).map(drop))
    }
}

/// Whether a line has the word M2 or M30, blanks and leading zeros aside. What stands in a comment counts too.
fn ends_program(line: &str) -> bool {
    let packed: String = line.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    packed.split('M').skip(1).any(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        matches!(digits.trim_start_matches('0'), "2" | "30")
    })
}
