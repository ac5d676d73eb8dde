use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Case;
use super::check::positive;
use super::field::{share, wrong};
use crate::error::Result;

/// Most units of a mix.
const MOST_UNITS: usize = 8;
/// Largest factor of a diameter.
const LARGEST_FACTOR: f64 = 3.0;
/// Largest diameter of a fresh dot that a design may ask, mm.
const LARGEST_MM: f64 = 1.0;

/// Dots of several sizes side by side, as follicular units of one, two or three hairs stand on a scalp. In each session every kind of unit
/// stands evenly between the others.
///
/// How many hairs units have was counted: 28 % one, 53 % two, 18 % three and more among Han Chinese (Guo and others, 2017); elsewhere 20 %,
/// 45 % and 35 % are named. How large their dots are to be no source says: there is no default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mix {
    /// The kinds of units, 2 to 8. Their shares sum to 1.
    pub units: Vec<Unit>,
    /// So far behind the line all dots are of the first kind, mm: natural lines are singles. Default 5.
    #[serde(default = "default_first_within_mm")]
    pub first_within_mm: f64,
}

fn default_first_within_mm() -> f64 {
    5.0
}

/// A kind of follicular unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// What it stands for, for reports: `1 hair`, `2 hairs` …
    pub name: String,
    /// Share of the dots, beside those along the line.
    pub share: f64,
    /// Factor of the diameter that its dots would have otherwise, by the design, the session or the tool: their mean, spread and limits.
    pub diameter_factor: f64,
    /// Number of the tool that makes its dots where that tool is for, by its own `edge_mm`, `zones` and `sessions`; a needle of three for
    /// groups of hairs, say. Elsewhere, and without it, the tool by the rules of `tools`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<u32>,
}

impl Mix {
    /// Largest factor of a diameter.
    pub fn largest_factor(&self) -> f64 {
        self.units.iter().map(|unit| unit.diameter_factor).fold(0.0, f64::max)
    }
}

impl Case {
    /// Largest diameter of a fresh dot, by design, sessions, tools and mix, mm.
    pub fn largest_diameter_mm(&self) -> f64 {
        let of_tools = self.tools.iter().filter_map(|tool| tool.diameter);
        let of_sessions = self.sessions.iter().filter_map(|session| session.diameter);
        let own_mm = of_tools.chain(of_sessions).map(|size| size.max_mm);
        own_mm.fold(self.design.diameter.max_mm, f64::max) * self.design.mix.as_ref().map_or(1.0, Mix::largest_factor)
    }

    pub(super) fn check_mix(&self) -> Result<()> {
        let Some(mix) = &self.design.mix else { return Ok(()) };
        let place = |index: usize, key: &str| format!("design.mix.units[{index}].{key}");
        if !(2..=MOST_UNITS).contains(&mix.units.len()) {
            let found = format!("{} kinds of units", mix.units.len());
            return wrong(found, "design.mix.units".to_owned(), format!("2 to {MOST_UNITS}"));
        }
        for (index, unit) in mix.units.iter().enumerate() {
            let plain = (1..=32).contains(&unit.name.chars().count()) && !unit.name.chars().any(char::is_control);
            if !plain {
                let found = format!("\"{}\"", unit.name.escape_debug());
                return wrong(found, place(index, "name"), "1 to 32 characters of text".to_owned());
            }
            share(&place(index, "share"), unit.share)?;
            positive(&place(index, "diameter_factor"), unit.diameter_factor)?;
            if unit.diameter_factor > LARGEST_FACTOR {
                let expected = format!("at most {LARGEST_FACTOR}");
                return wrong(unit.diameter_factor.to_string(), place(index, "diameter_factor"), expected);
            }
            if let Some(number) = unit.tool.filter(|number| self.tool(*number).is_none()) {
                let known: Vec<String> = self.tools.iter().map(|tool| tool.number.to_string()).collect();
                let expected = match known.as_slice() {
                    [] => "no tool, as the case has no \"tools\"".to_owned(),
                    known => format!("the number of one of its tools: {}", known.join(", ")),
                };
                return wrong(number.to_string(), place(index, "tool"), expected);
            }
        }
        let sum: f64 = mix.units.iter().map(|unit| unit.share).sum();
        if (sum - 1.0).abs() > 1e-6 {
            let found = format!("shares that sum to {sum}");
            return wrong(found, "design.mix.units".to_owned(), "a sum of 1".to_owned());
        }
        if !(mix.first_within_mm >= 0.0 && mix.first_within_mm.is_finite()) {
            let found = format!("{} mm", mix.first_within_mm);
            return wrong(found, "design.mix.first_within_mm".to_owned(), "0 or more".to_owned());
        }
        let largest_mm = self.largest_diameter_mm();
        if largest_mm > LARGEST_MM {
            let found = format!("dots of up to {largest_mm} mm");
            return wrong(found, "design.mix.units".to_owned(), format!("at most {LARGEST_MM} mm"));
        }
        Ok(())
    }
}
