use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::field::wrong;
use crate::error::Result;

/// Tone of the skin: by Fitzpatrick's types, or as measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Skin {
    /// Fitzpatrick's type, 1 to 6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fitzpatrick: Option<u8>,
    /// CIE L*a*b* (D65), as a colorimeter gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lab: Option<[f64; 3]>,
}

/// Colour of the hair as it grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HairColour {
    /// Black.
    Black,
    /// Dark brown.
    DarkBrown,
    /// Brown.
    Brown,
    /// Blond.
    Blond,
    /// Red.
    Red,
    /// Grey or white.
    Grey,
}

impl Skin {
    pub(super) fn check(&self) -> Result<()> {
        if self.fitzpatrick.is_some() == self.lab.is_some() {
            return wrong(
                "not exactly one of \"fitzpatrick\" and \"lab\"".to_owned(),
                "skin".to_owned(),
                "a type, or a measured colour".to_owned(),
            );
        }
        if let Some(kind) = self.fitzpatrick.filter(|kind| !(1..=6).contains(kind)) {
            return wrong(format!("type {kind}"), "skin.fitzpatrick".to_owned(), "1 to 6".to_owned());
        }
        if let Some([l, a, b]) = self.lab {
            let is_colour = (0.0..=100.0).contains(&l) && [a, b].iter().all(|c| (-128.0..=128.0).contains(c));
            if !is_colour {
                return wrong(
                    format!("L* {l}, a* {a}, b* {b}"),
                    "skin.lab".to_owned(),
                    "L* from 0 to 100, a* and b* from -128 to 128".to_owned(),
                );
            }
        }
        Ok(())
    }
}
