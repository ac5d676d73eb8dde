use std::collections::BTreeMap;

use serde::Serialize;

use super::header::Run;
use crate::error::{Finding, Severity};
use crate::geometry::{Aabb, Point};
use crate::rig::Profile;

/// Findings of one kind that are told one by one.
const TOLD: usize = 5;

/// Codes of all checks of a program, with what each shows that found nothing. P numbers are those of the planner's list of
/// pre-flight checks.
pub const CHECKS: [(&str, &str); 13] = [
    ("P02", "no dot lies in a keep-out of the case"),
    ("P03", "no dots of the plan touch each other"),
    ("P05", "no strike is deeper than planned"),
    ("P07", "the tip keeps its clearance on every travel"),
    ("P08", "strokes go along the needle's axis only, from the approach height and back to it"),
    ("P09", "every position is inside the travel of its axis, no strike tilts the needle too far"),
    ("P10", "every stroke has the planned speed, no move takes the tip above the cap"),
    ("P11", "needle on and dwell kept at every strike"),
    ("P12", "every mode is set before motion, no word is unknown"),
    ("P13", "starts and ends at the park place with the needle off"),
    ("P18", "every dot is struck once, at its place, in order"),
    ("P19", "no dry run touches the head or starts the needle"),
    ("tool-clearance", "needle and holder keep their clearance"),
];

/// Where on the head a line of a program does what it must not.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// Code of the check.
    pub code: &'static str,
    /// Line of the program, from 1.
    pub line: usize,
    /// Where the needle's tip would be, mm, in the scan's axes.
    pub at_mm: [f64; 3],
}

/// What one check has found.
#[derive(Debug, Clone, Default)]
struct Faults {
    count: usize,
    told: Vec<String>,
    places: Vec<Place>,
    bounds: Option<Aabb>,
}

/// Faults by check, with the first few told one by one, and the largest value that each check has seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Checks {
    faults: BTreeMap<&'static str, Faults>,
    largest: BTreeMap<&'static str, f64>,
}

impl Checks {
    /// Notes a fault of the check with that code at a line, from 1.
    pub(super) fn note(&mut self, code: &'static str, line: usize, what: impl AsRef<str>) {
        let faults = self.faults.entry(code).or_default();
        faults.count += 1;
        if faults.told.len() < TOLD {
            faults.told.push(format!("line {line}: {}", what.as_ref()));
        }
    }

    /// The same, with the place of the needle's tip on the scan.
    pub(super) fn note_at(&mut self, code: &'static str, line: usize, tip: &Point, what: impl AsRef<str>) {
        self.note(code, line, what);
        let Faults { places, bounds, .. } = self.faults.entry(code).or_default();
        if places.len() < TOLD {
            places.push(Place { code, line, at_mm: (*tip).into() });
        }
        bounds.get_or_insert_with(|| Aabb::around([tip])).include(tip);
    }

    /// How many faults of that check were noted.
    pub(super) fn count(&self, code: &str) -> usize {
        self.faults.get(code).map_or(0, |faults| faults.count)
    }

    /// Remembers the largest value that a check has seen.
    pub(super) fn saw(&mut self, code: &'static str, value: f64) {
        let largest = self.largest.entry(code).or_insert(value);
        *largest = largest.max(value);
    }

    /// Takes over what another list holds; the first few faults of each check are told.
    pub(super) fn add(&mut self, other: Self) {
        for (code, faults) in other.faults {
            let own = self.faults.entry(code).or_default();
            own.count += faults.count;
            own.told.extend(faults.told);
            own.told.truncate(TOLD);
            own.places.extend(faults.places);
            own.places.truncate(TOLD);
            if let Some(other) = faults.bounds {
                let bounds = own.bounds.get_or_insert(other);
                bounds.include(&other.min);
                bounds.include(&other.max);
            }
        }
        other.largest.into_iter().for_each(|(code, value)| self.saw(code, value));
    }

    /// A finding for every check, faults first, and the places of the faults that are told. What a check without faults
    /// shows depends on what the program is for, and on whether the region was looked at.
    pub(super) fn findings(self, rig: &Profile, run: Run, in_region: bool) -> (Vec<Finding>, Vec<Place>) {
        let Self { faults, largest } = self;
        let passed = CHECKS.iter().filter(|(code, _)| !faults.contains_key(code)).map(|&(code, what)| {
            let measured = largest.get(code).and_then(|&value| measured(code, value, rig));
            let measured = measured.map(|measured| format!(": {measured}")).unwrap_or_default();
            let what = match (code, run) {
                ("P02", _) if in_region => "every dot lies inside the line, and in no keep-out of the case",
                ("P18", Run::Probe) => "every touch is at a dot of the plan, in its order",
                ("P18", Run::Frame | Run::Fiducials) => "nothing is struck, and every rest is where it belongs",
                _ => what,
            };
            Finding::new(code, Severity::Pass, format!("{what}{measured}"))
        });
        let passed: Vec<Finding> = passed.collect();
        let mut places = Vec::new();
        let failed = faults.into_iter().map(|(code, faults)| {
            let Faults { count, told, places: own, bounds } = faults;
            places.extend(own);
            let more = if count > told.len() { format!(" and {} more", count - told.len()) } else { String::new() };
            let finding = Finding::new(code, Severity::Fail, format!("{}{more}", told.join("; ")));
            let finding = finding.times(count).remedy("do not run this program");
            bounds.into_iter().fold(finding, |finding, box_| finding.bounds_mm([box_.min.into(), box_.max.into()]))
        });
        let findings = failed.chain(passed).collect();
        (findings, places)
    }
}

/// The value of a check that found nothing, and its limit.
fn measured(code: &str, value: f64, rig: &Profile) -> Option<String> {
    Some(match code {
        "P03" => format!("nearest pair {:.3} mm", -value),
        "P05" => format!("deepest {value:.3} mm, cap {} mm", rig.depth_cap_mm),
        "P07" | "tool-clearance" => {
            format!("nearest look {:.3} mm, {} mm asked", rig.clearance_mm - value, rig.clearance_mm)
        }
        "P08" => format!("at most {value:.3}° off the axis"),
        "P09" => format!("largest tilt {value:.2}°, limit {}°", rig.tilt_limit_deg),
        "P10" => format!("fastest tip {value:.1} mm/s, cap {} mm/s", rig.speeds.cap_mm_s),
        "P11" => format!("dwell off by at most {:.3} ms", value * 1000.0),
        "P18" => format!("largest miss {value:.4} mm, {} mm allowed", super::strokes::PLACE_TOLERANCE_MM),
        "P19" => format!("lowest rest {:.3} mm above the skin, {} mm asked", -value, rig.approach_mm),
        _ => return None,
    })
}
