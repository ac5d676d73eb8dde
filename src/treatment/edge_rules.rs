//! Whether a design makes the edge of the hairline look grown: rules H9 to H15 of the project's collection.

use crate::case::{Case, Edge};
use crate::error::{Finding, Severity};
use crate::geometry::decimal;

/// What would look unnatural, rule by rule. Numbers outside of what is usual are warned of; what a design leaves out is only told, as a
/// person may want it so.
pub fn findings(case: &Case) -> Vec<Finding> {
    let design = &case.design;
    let mut told = Vec::new();
    let mut tell = |rule: &str, usual: bool, message: String, why: &str| {
        let severity = if usual { Severity::Pass } else { Severity::Warn };
        told.push(Finding::new(format!("hairline-{rule}"), severity, message).remedy(why));
    };
    if let Some(edge) = &design.edge {
        of_edge(edge, &mut tell);
        let singles = case.tools.iter().any(|tool| tool.edge_mm.is_some());
        if case.tools.len() > 1 && !singles {
            let message = "several tools, and none for the edge".to_owned();
            tell("H14", false, message, "make the edge with one needle in the lightest ink: give a tool \"edge_mm\"");
        }
    } else {
        let message = "the density is constant up to the line".to_owned();
        tell(
            "H9",
            true,
            message,
            "a natural line is a zone in which hairs become denser: ask for one with design.edge",
        );
    }
    if let Some(whorl) = design.whorl {
        let (radius_mm, share) = (whorl.radius_mm, whorl.centre_share);
        let message = format!(
            "the whorl has {} % of the density in its middle, and all of it from {} mm on",
            decimal(100.0 * share, 0),
            decimal(radius_mm, 0)
        );
        let usual = (5.0..=65.0).contains(&radius_mm) && share < 1.0;
        tell(
            "H15",
            usual,
            message,
            "a whorl is 100 to 130 mm across at most, and thinner in its middle, as at an edge",
        );
    }
    told
}

fn of_edge(edge: &Edge, tell: &mut dyn FnMut(&str, bool, String, &str)) {
    let mm = |value: f64| format!("{} mm", decimal(value, 1));
    tell(
        "H9",
        (5.0..=10.0).contains(&edge.width_mm),
        format!("behind the line the density rises over {}; 5 to 10 mm is usual", mm(edge.width_mm)),
        "a shorter rise looks like a ruled line, a longer one like thin hair: change design.edge.width_mm",
    );
    tell(
        "H10",
        (0.2..=0.5).contains(&edge.edge_share),
        format!("it begins at {} % of the full density; 25 to 40 % is usual", decimal(100.0 * edge.edge_share, 0)),
        "change design.edge.edge_share: more makes a hard edge, less leaves single dots",
    );
    match edge.waves {
        None => tell(
            "H11",
            true,
            "the rise begins equally far behind the line everywhere".to_owned(),
            "natural lines undulate: ask for design.edge.waves",
        ),
        Some(waves) => tell(
            "H11",
            (1.0..=3.0).contains(&waves.amplitude_mm) && (10.0..=30.0).contains(&waves.length_mm),
            format!("it undulates by {} over {}", mm(waves.amplitude_mm), mm(waves.length_mm)),
            "1 to 3 mm over 10 to 30 mm is usual: smaller waves are not seen, larger ones look torn",
        ),
    }
    match edge.spots {
        None => tell(
            "H12",
            true,
            "the rise is equally dense along the line".to_owned(),
            "natural lines have denser and sparser spots: ask for design.edge.spots",
        ),
        Some(spots) => tell(
            "H12",
            (2.0..=8.0).contains(&spots.size_mm),
            format!("it has spots of {}, by {} %", mm(spots.size_mm), decimal(100.0 * spots.strength, 0)),
            "spots of about 4 mm are usual: smaller ones hold no dots, larger ones are waves",
        ),
    }
    match edge.sentinels {
        None => tell(
            "H13",
            true,
            "no single dots stand before the rise".to_owned(),
            "natural lines have single hairs in front: ask for design.edge.sentinels",
        ),
        Some(sentinels) => tell(
            "H13",
            (3.0..=8.0).contains(&sentinels.per_cm) && (1.0..=4.0).contains(&sentinels.width_mm),
            format!(
                "{} single dots per cm stand up to {} in front",
                decimal(sentinels.per_cm, 1),
                mm(sentinels.width_mm)
            ),
            "3 to 8 per cm within 1 to 4 mm is usual: more make a second line",
        ),
    }
}
