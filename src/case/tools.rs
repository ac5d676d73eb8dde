use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Case, Diameter, Unit, Zone};
use crate::error::{Error, Result};

/// Last number that a tool may have.
const LAST_NUMBER: u32 = 99;
/// Longest name of a needle or pigment, characters.
const LONGEST_NAME: usize = 32;
/// Thinnest pigment, parts of diluent to one part.
const THINNEST: f64 = 100.0;

/// A pigment as it was mixed for this case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pigment {
    /// Name, by which tools have it.
    pub name: String,
    /// Batch of the ink, for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ink_batch: Option<String>,
    /// Parts of diluent to one part of ink. Undiluted without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dilution: Option<f64>,
}

/// A needle with a pigment, and which dots it makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Its number, from 1. In each session and setup tools work in the order of their numbers.
    pub number: u32,
    /// What the needle is, as the operator knows it: `1RL`, `3RS` …
    pub needle: String,
    /// Name of its pigment in `palette`.
    pub pigment: String,
    /// Only for dots at most this far from the edge of the region, mm. Everywhere without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge_mm: Option<f64>,
    /// Only in these zones of the scalp. In all without it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<Zone>,
    /// Only in these sessions, from 1. In all without it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<u32>,
    /// How much farther its tip stands out than that of the needle for which the rig's profile was measured, mm; programs allow for it.
    /// Default 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub longer_mm: f64,
    /// Diameter of its fresh dots, instead of the design's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diameter: Option<Diameter>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

impl Case {
    /// The tool of that number.
    pub fn tool(&self, number: u32) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.number == number)
    }

    /// Number of the tool for a dot of a session (from 1) so far from the edge of the region, mm, in a zone where that is known: that of its
    /// kind of unit where it has one that is for it, else the first in the list that is; 1 in a case without tools.
    pub fn tool_for(&self, session: u32, edge_mm: f64, zone: Option<Zone>, unit: Option<&Unit>) -> u32 {
        let is_for = |tool: &&Tool| {
            let in_zone = tool.zones.is_empty() || zone.is_some_and(|zone| tool.zones.contains(&zone));
            in_zone && tool.works_in(session) && tool.edge_mm.is_none_or(|most_mm| edge_mm <= most_mm)
        };
        let own = unit.and_then(|unit| self.tool(unit.tool?)).filter(is_for);
        own.or_else(|| self.tools.iter().find(is_for)).map_or(1, |tool| tool.number)
    }

    /// How much longer that tool is than the needle of the rig's profile, mm.
    pub fn longer_mm(&self, number: u32) -> f64 {
        self.tool(number).map_or(0.0, |tool| tool.longer_mm)
    }

    /// What a tool is, in words; empty in a case without tools.
    pub fn tool_text(&self, number: u32) -> String {
        let Some(tool) = self.tool(number) else { return String::new() };
        let pigment = self.palette.iter().find(|pigment| pigment.name == tool.pigment);
        let dilution = pigment.and_then(|pigment| pigment.dilution).map(|parts| format!(" 1:{parts}"));
        format!("{} in {}{}", tool.needle, tool.pigment, dilution.unwrap_or_default())
    }

    pub(super) fn check_tools(&self) -> Result<()> {
        for (index, pigment) in self.palette.iter().enumerate() {
            let place = |key: &str| format!("palette[{index}].{key}");
            check_name(&pigment.name, place("name"))?;
            if self.palette[..index].iter().any(|other| other.name == pigment.name) {
                return wrong(&format!("\"{}\" again", pigment.name), place("name"), "each pigment once");
            }
            pigment.ink_batch.as_ref().map_or(Ok(()), |batch| check_name(batch, place("ink_batch")))?;
            if let Some(parts) = pigment.dilution.filter(|parts| !(0.0..=THINNEST).contains(parts)) {
                return wrong(&parts.to_string(), place("dilution"), &format!("0 to {THINNEST} parts of diluent"));
            }
        }
        for (index, tool) in self.tools.iter().enumerate() {
            let before = &self.tools[..index];
            self.check_tool(tool, before).map_err(|error| error.within(&format!("tools[{index}]")))?;
        }
        let sessions = u32::try_from(self.sessions.len().max(1)).unwrap_or(u32::MAX);
        let bare = (1..=sessions)
            .filter(|_| !self.tools.is_empty())
            .find(|&session| !self.tools.iter().any(|tool| tool.works_in(session) && tool.is_for_all()));
        match bare {
            None => Ok(()),
            Some(session) => wrong(
                &format!("no tool for all dots of session {session}"),
                "tools".to_owned(),
                "in every session one tool without edge_mm and zones at least",
            ),
        }
    }

    fn check_tool(&self, tool: &Tool, before: &[Tool]) -> Result<()> {
        let place = str::to_owned;
        if !(1..=LAST_NUMBER).contains(&tool.number) || before.iter().any(|other| other.number == tool.number) {
            let expected = format!("1 to {LAST_NUMBER}, each once");
            return wrong(&tool.number.to_string(), place("number"), &expected);
        }
        check_name(&tool.needle, place("needle"))?;
        if !self.palette.iter().any(|pigment| pigment.name == tool.pigment) {
            let known: Vec<&str> = self.palette.iter().map(|pigment| pigment.name.as_str()).collect();
            let expected = match known.as_slice() {
                [] => "a pigment of the palette, which is empty".to_owned(),
                _ => format!("a pigment of the palette: {}", known.join(", ")),
            };
            return wrong(&format!("\"{}\"", tool.pigment.escape_debug()), place("pigment"), &expected);
        }
        if let Some(edge_mm) = tool.edge_mm.filter(|edge_mm| !(*edge_mm > 0.0 && edge_mm.is_finite())) {
            return wrong(&format!("{edge_mm} mm"), place("edge_mm"), "a distance above 0");
        }
        let sessions = self.sessions.len().max(1);
        let odd = (tool.sessions.iter().enumerate()).find(|&(at, session)| {
            !(1..=sessions).contains(&(*session as usize)) || tool.sessions[..at].contains(session)
        });
        if let Some((at, session)) = odd {
            let expected = format!("1 to {sessions}, each once");
            return wrong(&session.to_string(), format!("sessions[{at}]"), &expected);
        }
        if !(-Tool::FARTHEST_MM..=Tool::FARTHEST_MM).contains(&tool.longer_mm) {
            let expected = format!("at most {} mm either way", Tool::FARTHEST_MM);
            return wrong(&format!("{} mm", tool.longer_mm), place("longer_mm"), &expected);
        }
        tool.diameter.map_or(Ok(()), |diameter| diameter.check().map_err(|error| error.place("diameter")))
    }
}

impl Tool {
    /// Largest difference of a needle's length from that of the rig's own, mm.
    pub const FARTHEST_MM: f64 = 30.0;

    /// Whether it is neither for the edge only nor for some zones only.
    fn is_for_all(&self) -> bool {
        self.edge_mm.is_none() && self.zones.is_empty()
    }

    fn works_in(&self, session: u32) -> bool {
        self.sessions.is_empty() || self.sessions.contains(&session)
    }
}

fn check_name(name: &str, place: String) -> Result<()> {
    let plain = (1..=LONGEST_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if plain {
        Ok(())
    } else {
        wrong(&format!("\"{}\"", name.escape_debug()), place, &format!("1 to {LONGEST_NAME} characters of text"))
    }
}

fn wrong(found: &str, place: String, expected: &str) -> Result<()> {
    Err(Error::input(found).place(place).expected(expected).remedy("correct the case"))
}
