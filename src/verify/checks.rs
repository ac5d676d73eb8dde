use std::collections::BTreeMap;

use crate::error::{Finding, Severity};

/// Findings of one kind that are told one by one.
const TOLD: usize = 5;

/// What each check shows that found nothing. P numbers are those of the planner's list of pre-flight checks.
const PASSED: [(&str, &str); 11] = [
    ("P05", "no strike is deeper than planned"),
    ("P07", "the tip keeps its clearance on every travel"),
    ("P08", "strokes go along the needle's axis only, from the approach height and back to it"),
    ("P09", "every position is inside the travel of its axis"),
    ("P10", "every stroke has the planned speed, no move takes the tip above the cap"),
    ("P11", "needle on and dwell kept at every strike"),
    ("P12", "every mode is set before motion, no word is unknown"),
    ("P13", "starts and ends at the park place with the needle off"),
    ("P18", "every dot is struck once, at its place, in order"),
    ("P19", "no dry run touches the head or starts the needle"),
    ("tool-clearance", "needle and holder keep their clearance"),
];

/// Faults by check, with the first few told one by one.
#[derive(Debug, Default)]
pub(super) struct Checks(BTreeMap<&'static str, (usize, Vec<String>)>);

impl Checks {
    /// Notes a fault of the check with that code at a line, from 1.
    pub(super) fn note(&mut self, code: &'static str, line: usize, what: impl AsRef<str>) {
        let (count, told) = self.0.entry(code).or_default();
        *count += 1;
        if told.len() < TOLD {
            told.push(format!("line {line}: {}", what.as_ref()));
        }
    }

    /// Takes over the faults of another list; the first few of each check are told.
    pub(super) fn add(&mut self, other: Self) {
        for (code, (count, told)) in other.0 {
            let (own, all) = self.0.entry(code).or_default();
            *own += count;
            all.extend(told);
            all.truncate(TOLD);
        }
    }

    /// A finding for every check, faults first.
    pub(super) fn findings(self) -> Vec<Finding> {
        let passed = PASSED.iter().filter(|(code, _)| !self.0.contains_key(code));
        let passed: Vec<Finding> = passed.map(|(code, what)| Finding::new(*code, Severity::Pass, *what)).collect();
        let failed = self.0.into_iter().map(|(code, (count, told))| {
            let more = if count > told.len() { format!(" and {} more", count - told.len()) } else { String::new() };
            Finding::new(code, Severity::Fail, format!("{}{more}", told.join("; ")))
                .times(count)
                .remedy("do not run this program")
        });
        failed.chain(passed).collect()
    }
}
