//! What has to be there before a session begins.

use super::calendar::session_days;
use crate::case::Case;
use crate::error::{Finding, Severity};

/// A patch test is waited for at least so long, days: 48 hours, 72 hours or a week are named. Days are all that is known: two may be a
/// few hours less than 48.
const PATCH_TEST_DAYS: u32 = 2;
/// Sessions are at least so long apart, days: skin needs a week to heal.
const LEAST_INTERVAL_DAYS: u32 = 7;

/// P20: what of the gates before a treatment is not recorded in the case, or is not met: a patch test at least 48 hours before the first
/// session, a week between sessions, the batch of every ink. None when all is there. The list of contraindications stands in the report as
/// questions, from whose answers nothing is drawn.
pub fn finding(case: &Case) -> Option<Finding> {
    let mut missing: Vec<String> = Vec::new();
    missing.extend(patch_test(case));
    let days = session_days(case);
    let short = days.windows(2).map(|pair| pair[1].number - pair[0].number).min();
    if let Some(days) = short.filter(|&days| days < LEAST_INTERVAL_DAYS) {
        missing.push(format!("two sessions are only {days} days apart, {LEAST_INTERVAL_DAYS} are the least"));
    }
    let unnamed: Vec<&str> =
        case.palette.iter().filter(|ink| ink.ink_batch.is_none()).map(|ink| ink.name.as_str()).collect();
    if case.palette.is_empty() {
        missing.push("no ink is recorded with its batch".to_owned());
    } else if !unnamed.is_empty() {
        missing.push(format!("no batch is recorded of the ink {}", unnamed.join(", ")));
    }
    (!missing.is_empty()).then(|| {
        Finding::new("P20", Severity::Warn, format!("before the first session: {}", missing.join("; ")))
            .times(missing.len())
            .remedy("complete \"patch_test\", \"palette\" and \"sessions\" of the case, and ask the questions of the checklist")
    })
}

/// What is to be said of the patch test.
fn patch_test(case: &Case) -> Option<String> {
    let Some(test) = &case.patch_test else { return Some("no patch test is recorded".to_owned()) };
    let ready = test.day().and_then(|day| day.after(PATCH_TEST_DAYS));
    match (ready, case.first_day()) {
        (Some(ready), Some(start)) if ready <= start => None,
        (Some(_), None) => Some(format!("the patch test was made on {}, but the first day is not known", test.date)),
        _ => {
            let first = case.start_date.as_deref().unwrap_or_default();
            Some(format!("the patch test was made on {}, less than 48 hours before {first}", test.date))
        }
    }
}
