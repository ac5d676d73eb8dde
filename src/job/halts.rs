//! What is to be said of the stops of a plan.

use std::collections::BTreeMap;

use crate::case::Stops;
use crate::error::{Finding, Severity};
use crate::plan::Block;
use crate::schedule::HaltKind;

/// Longest time between registrations that is advised, s (check P15).
const ADVISED_S: f64 = 60.0;

/// P15 and P17: the longest time without a registration, and what stops are planned.
pub(super) fn findings(blocks: &[Block], stops: &Stops) -> Vec<Finding> {
    let longest_s = blocks.iter().map(|block| block.longest_patch_s).fold(0.0, f64::max);
    let most_s = stops.max_minutes_between_registration.map_or(ADVISED_S, |minutes| minutes * 60.0);
    let said =
        format!("up to {:.1} min between registrations of the head, {:.1} allowed", longest_s / 60.0, most_s / 60.0);
    let between = if longest_s <= most_s {
        Finding::new("P15", Severity::Pass, said)
    } else {
        Finding::new("P15", Severity::Warn, said)
            .remedy("set stops.max_minutes_between_registration in the case, or track the head while the rig works")
    };

    let mut counts: BTreeMap<HaltKind, usize> = BTreeMap::new();
    for stop in blocks.iter().flat_map(|block| &block.stops) {
        *counts.entry(stop.kind).or_default() += 1;
    }
    let way_mm: f64 = blocks.iter().map(|block| block.stop_way_mm).sum();
    let way_s: f64 = blocks.iter().map(|block| block.times.stop_travel_s).sum();
    let planned = if counts.is_empty() {
        let said = "no stops for ink, wiping or cartridges are planned";
        Finding::new("P17", Severity::Pass, said).remedy("name them in the case under stops")
    } else {
        let each: Vec<String> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let said = format!(
            "stops: {}; the way there and back is {:.1} m and {:.1} min",
            each.join(", "),
            way_mm / 1e3,
            way_s / 60.0
        );
        Finding::new("P17", Severity::Pass, said).times(counts.values().sum())
    };
    vec![between, planned]
}
