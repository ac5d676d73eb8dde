mod templates;

pub use minijinja::Value as HookValue;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::templates::{HookLine, Templates};
use super::own_words;
use super::profile::{Profile, is_default};
use crate::error::{Error, Result};

/// Longest line of a program, comment included: what the strictest controller and sender take. No hook is cut to it.
pub const LONGEST_LINE: usize = 70;

/// Lines of the rig's owner in every program, dry runs included, in place of what the dialect says there. They are not
/// simulated: what they move or switch is not looked at. After each of them the program sets all modes anew and goes
/// back to where the axes stood, the needle up first.
///
/// What they may say depends on where they stand. No line ends the program, and none but those of `start` shifts the
/// zero or changes what only a restart changes back. `needle_off`, which also comes right above the last dot, leaves
/// the axes where they are: switches, waits and, on Klipper, macros, whose content nobody looks at. Lines beside a move
/// switch lamps and outputs other than the needle's: `M7` to `M9`, `M62` to `M65`, `M67`, `M68` and `M100` to `M199` on
/// grbl's relatives and LinuxCNC; `M42`, `M106`, `M107`, `M117`, `M300` and `M355` on printers' firmware; `SET_PIN` and
/// `SET_LED` on Klipper. All in capitals, a number right behind its letter.
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

    /// Tries every template with values of the kinds that it will get, on the rig with that profile.
    pub(super) fn check(&self, profile: &Profile) -> Result<()> {
        let templates = Templates::new(self)?;
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
                own_words::own_lines_allowed(profile, point, &templates.lines(point, &values)?)?;
                continue;
            }
            let moves = MOVE_VALUES.map(|name| (name, HookValue::from(if name == "words" { "G4P1" } else { "1" })));
            let all: Vec<_> = values[..5].iter().cloned().chain(moves).collect();
            own_words::own_lines_allowed(profile, point, &templates.lines(point, &all)?)?;
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
    code(template).split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).any(|name| MOVE_VALUES.contains(&name))
}

/// What a template computes.
fn code(template: &str) -> String {
    let mut code = String::new();
    let mut rest = template;
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        let end = rest[at..].find(if rest[at..].starts_with("{{") { "}}" } else { "%}" });
        let end = end.map_or(rest.len(), |end| at + end + 2);
        code.push_str(&rest[at..end]);
        rest = &rest[end..];
    }
    code
}
