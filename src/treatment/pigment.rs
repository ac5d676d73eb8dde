//! Step 3: how far the ink should be thinned for a skin and a hair colour, by place and session.
//!
//! Which way it goes is known in the trade: lighter on light skin, lightest at the edge and in the first session, darker going
//! back and in later ones. The numbers are a suggestion of the project: the technician confirms them on the skin, after
//! the patch test.

use serde::Serialize;

use crate::case::{Case, HairColour, Skin, Zone};
use crate::error::{Finding, Severity};
use crate::geometry::decimal;

/// Parts of diluent to one part of ink in the body of the last session, by Fitzpatrick's type, for black hair.
const BY_TYPE: [f64; 6] = [12.0, 10.0, 8.0, 6.0, 4.0, 3.0];
/// Thinner by this in the transition behind the line, whatever the zone.
const AT_EDGE: f64 = 1.5;
/// Thinner by this at the temples.
const AT_TEMPLES: f64 = 1.2;
/// Thinner by this in the first session; less in each that follows, nothing in the last.
const FIRST_SESSION: f64 = 1.5;

/// A dilution for a place and a session.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dilution {
    /// Session, from 1.
    pub session: u32,
    /// `edge`, or the name of a zone.
    pub place: &'static str,
    /// Parts of diluent to one part of ink, to half a part.
    pub parts: f64,
}

/// Fitzpatrick's type of a skin, 1 to 6: as stated, or by the individual typology angle of a measured colour,
/// `atan((L* - 50) / b*)` with limits at 55, 41, 28, 10 and -30 degrees (S. Del Bino, F. Bernerd, British Journal of
/// Dermatology 169 s3, 2013). The angle tells constitutive colour, of which the type is only a coarse name.
pub fn fitzpatrick(skin: &Skin) -> u8 {
    const LIMITS_DEG: [f64; 5] = [55.0, 41.0, 28.0, 10.0, -30.0];
    match (skin.fitzpatrick, skin.lab) {
        (Some(kind), _) => kind,
        (None, Some([l, _, b])) => {
            let angle_deg = (l - 50.0).atan2(b.max(f64::MIN_POSITIVE)).to_degrees();
            1 + LIMITS_DEG.iter().filter(|&&limit| angle_deg <= limit).count() as u8
        }
        (None, None) => 3,
    }
}

/// How much thinner for a hair colour: even fair hair looks dark where it is shaved.
fn thinner_for(hair: HairColour) -> f64 {
    match hair {
        HairColour::Black => 1.0,
        HairColour::DarkBrown => 1.1,
        HairColour::Brown => 1.25,
        HairColour::Grey => 1.4,
        HairColour::Blond | HairColour::Red => 1.5,
    }
}

/// Dilutions for each session: at the edge, and in each zone. Nothing without the tone of the skin.
pub fn dilutions(case: &Case) -> Vec<Dilution> {
    let Some(skin) = &case.skin else { return Vec::new() };
    let base = BY_TYPE[usize::from(fitzpatrick(skin).clamp(1, 6) - 1)] * case.hair.map_or(1.0, thinner_for);
    let sessions = case.sessions.len().max(1) as u32;
    let places = [("edge", AT_EDGE)].into_iter().chain(Zone::ALL.map(|zone| {
        let factor = if zone == Zone::Temples { AT_TEMPLES } else { 1.0 };
        (zone.name(), factor)
    }));
    let places: Vec<(&str, f64)> = places.collect();
    (1..=sessions)
        .flat_map(|session| {
            let left = f64::from(sessions - session) / f64::from((sessions - 1).max(1));
            let lighter = 1.0 + (FIRST_SESSION - 1.0) * left;
            places.iter().map(move |&(place, factor)| Dilution {
                session,
                place,
                parts: (2.0 * base * factor * lighter).round() / 2.0,
            })
        })
        .collect()
}

/// What is suggested, and where the tools of the case do otherwise.
pub fn findings(case: &Case) -> Vec<Finding> {
    let suggested = dilutions(case);
    let of = |place: &str, session: u32| {
        suggested.iter().find(|own| own.place == place && own.session == session).map(|own| own.parts)
    };
    let Some(skin) = &case.skin else { return Vec::new() };
    let sessions: Vec<String> = (1..=case.sessions.len().max(1) as u32)
        .filter_map(|session| {
            let [edge, temples, body] = [of("edge", session)?, of("temples", session)?, of("frontal", session)?];
            let [edge, temples, body] = [edge, temples, body].map(|parts| decimal(parts, 1));
            Some(format!("session {session}: edge 1:{edge}, temples 1:{temples}, elsewhere 1:{body}"))
        })
        .collect();
    let kind = fitzpatrick(skin);
    let message =
        format!("suggested dilutions for skin type {kind}, to be confirmed by the technician: {}", sessions.join("; "));
    let mut findings = vec![Finding::new("pigment-suggestion", Severity::Pass, message)];
    let parts_of =
        |name: &str| case.palette.iter().find(|pigment| pigment.name == name).map(|p| p.dilution.unwrap_or(0.0));
    for session in 1..=case.sessions.len().max(1) as u32 {
        let tools =
            || case.tools.iter().filter(move |tool| tool.sessions.is_empty() || tool.sessions.contains(&session));
        let thickest_at_edge =
            tools().filter(|tool| tool.edge_mm.is_some()).filter_map(|tool| parts_of(&tool.pigment)).reduce(f64::min);
        let thinnest_inside =
            tools().filter(|tool| tool.edge_mm.is_none()).filter_map(|tool| parts_of(&tool.pigment)).reduce(f64::max);
        if let (Some(edge), Some(inside)) = (thickest_at_edge, thinnest_inside)
            && edge < inside
        {
            let message = format!(
                "session {session}: the ink at the edge (1:{}) is darker than behind it (1:{})",
                decimal(edge, 1),
                decimal(inside, 1)
            );
            findings.push(
                Finding::new("pigment-edge-darker", Severity::Warn, message)
                    .remedy("take the lightest ink at the edge, or have the technician confirm this"),
            );
        }
    }
    findings
}
