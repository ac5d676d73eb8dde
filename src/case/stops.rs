use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Longest time between registrations that makes sense to ask for, minutes: a working day.
const LONGEST_MINUTES: f64 = 480.0;

/// When the work is interrupted: after so many dots, or so much time. No figure has a default, as no source names one;
/// what is not given does not happen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Stops {
    /// Each program is cut into patches that take at most this, from one registration to the next, minutes. Heads move:
    /// one minute is a good aim where the rig registers by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_minutes_between_registration: Option<f64>,
    /// Fresh ink after so many dots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reload_every_dots: Option<u32>,
    /// The skin is wiped after so many dots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wipe_every_dots: Option<u32>,
    /// A new needle cartridge after so many dots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cartridge_every_dots: Option<u32>,
    /// A rest after so many dots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_every_dots: Option<u32>,
    /// The rests are optional stops (`M1`): made only while the switch for them is on at the controller. For the dialects `linuxcnc`
    /// and `grblhal`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pause_is_optional: bool,
}

impl Stops {
    /// Whether there is any stop at all.
    pub fn any(&self) -> bool {
        *self != Self::default()
    }

    pub(super) fn check(&self) -> Result<()> {
        let minutes = self.max_minutes_between_registration;
        if let Some(minutes) = minutes.filter(|minutes| !(*minutes > 0.0 && *minutes <= LONGEST_MINUTES)) {
            return Err(Error::input(format!("{minutes} minutes"))
                .place("stops.max_minutes_between_registration")
                .expected(format!("above 0 and at most {LONGEST_MINUTES}"))
                .remedy("correct the time, or leave the key out"));
        }
        let counts = [
            ("reload_every_dots", self.reload_every_dots),
            ("wipe_every_dots", self.wipe_every_dots),
            ("cartridge_every_dots", self.cartridge_every_dots),
            ("pause_every_dots", self.pause_every_dots),
        ];
        match counts.into_iter().find(|(_, every)| *every == Some(0)) {
            None => Ok(()),
            Some((key, _)) => Err(Error::input("a stop after every 0 dots")
                .place(format!("stops.{key}"))
                .expected("a number of 1 or above")
                .remedy("correct the number, or leave the key out")),
        }
    }
}
