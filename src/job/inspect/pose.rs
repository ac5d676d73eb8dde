use super::Seen;
use super::scan::Examined;
use crate::case::Landmarks;
use crate::error::{Finding, Severity};
use crate::geometry::{Point, decimal};
use crate::job::Inputs;

/// A landmark farther than this from the scan is not on its head, mm: ears that scanners miss are within.
const OFF_SURFACE_MM: f64 = 10.0;

/// The landmarks that are marked, mm.
pub(super) fn named(landmarks: &Landmarks) -> impl Iterator<Item = (&'static str, Point)> + use<> {
    let Landmarks { glabella, left_tragus, right_tragus, inion, vertex } = *landmarks;
    let all = [
        ("glabella", glabella),
        ("left_tragus", left_tragus),
        ("right_tragus", right_tragus),
        ("inion", inion),
        ("vertex", vertex),
    ];
    all.into_iter().filter_map(|(name, place)| Some((name, Point::from(place?))))
}

/// Nothing is known of a scan alone.
pub(super) fn of_scan_alone() -> Finding {
    let message = "a scan alone has no landmarks and no region: its pose and sides, and which flaws matter, stay open";
    Finding::new("pose-unknown", Severity::Pass, message).remedy("inspect the case")
}

/// Landmarks that are missing or off the scan.
pub(super) fn findings(inputs: &Inputs, examined: &Examined<'_>) -> Vec<Seen> {
    let mut findings: Vec<Seen> = unknown(inputs).into_iter().map(Seen::from).collect();
    for (name, place) in named(&inputs.landmarks) {
        let Some(hit) = examined.index.closest(&place).filter(|hit| hit.distance_mm > OFF_SURFACE_MM) else { continue };
        let message = format!("{name} lies {} mm off the scan", decimal(hit.distance_mm, 1));
        let finding = Finding::new("landmark-off-surface", Severity::Warn, message)
            .times(1)
            .bounds_mm([place.into(); 2])
            .remedy("mark it again on the scan, unless the scan lacks that part of the head");
        findings.push(finding.into());
    }
    findings
}

/// Without tragi and vertex, or something measured, a scan has no place in the rig.
fn unknown(inputs: &Inputs) -> Option<Finding> {
    let known: Vec<&str> = named(&inputs.landmarks).map(|(name, _)| name).collect();
    let missing: Vec<&str> =
        ["left_tragus", "right_tragus", "vertex"].into_iter().filter(|name| !known.contains(name)).collect();
    if missing.is_empty() {
        return None;
    }
    let names = missing.join(", ");
    if inputs.case.registration.is_some() {
        let message = format!("{names} not marked: the pose comes from the registration, and views may be turned");
        return Some(Finding::new("pose-unknown", Severity::Pass, message).times(missing.len()));
    }
    let message = format!("{names} not marked, and no registration: the head has no place in the rig");
    let remedy = "mark them in the case or the boundary file, or measure a registration";
    Some(Finding::new("pose-unknown", Severity::Warn, message).times(missing.len()).remedy(remedy))
}
