use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long the stops of a program take at this rig, by hand or by what the rig does itself, s. The defaults are
/// suggestions, to be measured at the rig.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StopTimes {
    /// Measuring the head's place anew. Default 60.
    pub registration_s: f64,
    /// Fresh ink. Default 20.
    pub reload_s: f64,
    /// Wiping the skin. Default 15.
    pub wipe_s: f64,
    /// A new needle cartridge. Default 60.
    pub cartridge_s: f64,
    /// Another tool. Default 90.
    pub tool_change_s: f64,
    /// A rest. Default 300.
    pub pause_s: f64,
}

impl Default for StopTimes {
    fn default() -> Self {
        Self {
            registration_s: 60.0,
            reload_s: 20.0,
            wipe_s: 15.0,
            cartridge_s: 60.0,
            tool_change_s: 90.0,
            pause_s: 300.0,
        }
    }
}
