use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Unit of length of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Units {
    /// Millimetre.
    #[serde(rename = "mm")]
    Millimetre,
    /// Centimetre.
    #[serde(rename = "cm")]
    Centimetre,
    /// Decimetre.
    #[serde(rename = "dm")]
    Decimetre,
    /// Metre.
    #[serde(rename = "m")]
    Metre,
    /// Inch.
    #[serde(rename = "in")]
    Inch,
}

impl Units {
    /// All units, smallest first.
    pub const ALL: [Self; 5] = [Self::Millimetre, Self::Centimetre, Self::Inch, Self::Decimetre, Self::Metre];

    /// Length of one unit in mm.
    pub fn in_mm(self) -> f64 {
        match self {
            Self::Millimetre => 1.0,
            Self::Centimetre => 10.0,
            Self::Inch => 25.4,
            Self::Decimetre => 100.0,
            Self::Metre => 1000.0,
        }
    }

    /// Symbol as it stands in files.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Millimetre => "mm",
            Self::Centimetre => "cm",
            Self::Inch => "in",
            Self::Decimetre => "dm",
            Self::Metre => "m",
        }
    }
}

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

impl FromStr for Units {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|unit| unit.symbol() == text).ok_or_else(|| {
            Error::input(format!("unit \"{text}\"")).expected("one of mm, cm, dm, m, in").remedy("correct the unit")
        })
    }
}
