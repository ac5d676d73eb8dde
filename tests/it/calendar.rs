//! Days of sessions, and how densely they strike the skin.

use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};
use tonsure::case::Date;

use crate::support::scratch::Scratch;

/// The day after, from the lengths of months alone.
fn next([year, month, day]: [u32; 3]) -> [u32; 3] {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let length = [31, 28 + u32::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month as usize - 1];
    match (day < length, month < 12) {
        (true, _) => [year, month, day + 1],
        (false, true) => [year, month + 1, 1],
        _ => [year + 1, 1, 1],
    }
}

fn text([year, month, day]: [u32; 3]) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}

proptest! {
    #[test]
    fn days_are_counted_as_one_would_on_a_wall_calendar(year in 0_u32..9990, month in 1_u32..=12, day in 1_u32..=28, days in 0_u32..3000) {
        let mut walked = [year, month, day];
        let start: Date = text(walked).parse().unwrap();
        for _ in 0..days {
            walked = next(walked);
        }
        prop_assert_eq!(start.after(days).unwrap().to_string(), text(walked));
    }
}

#[test]
fn what_is_no_date_is_none() {
    for wrong in [
        "2026-02-29",
        "2100-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-1-01",
        "2026-01-32",
        "26-01-01",
        "2026/01/01",
        "+026-01-01",
        "",
    ] {
        assert!(wrong.parse::<Date>().is_err(), "{wrong}");
    }
    assert!("2000-02-29".parse::<Date>().is_ok());
    let last: Date = "9999-12-31".parse().unwrap();
    assert_eq!(last.after(1), None);
}

fn report(scratch: &Scratch) -> Value {
    scratch.plan().arg("-q").assert().success();
    serde_json::from_slice(&fs::read(scratch.path("out/report.json")).unwrap()).unwrap()
}

#[test]
fn sessions_have_days_and_dates() {
    let mut scratch = Scratch::new();
    scratch.case["sessions"] = json!([{"share": 0.4}, {"share": 0.35, "interval_days": 10}, {"share": 0.25}]);
    let days = |report: &Value, key: &str| -> Vec<Value> {
        report["sessions"].as_array().unwrap().iter().map(|session| session[key].clone()).collect()
    };
    let undated = report(&scratch);
    assert_eq!(days(&undated, "day"), [0, 10, 38]);
    assert!(days(&undated, "date").iter().all(Value::is_null), "a date out of nothing");
    scratch.case["start_date"] = json!("2028-02-25");
    let dated = report(&scratch);
    assert_eq!(days(&dated, "date"), ["2028-02-25", "2028-03-06", "2028-04-03"]);
    // 5 per cm² in all.
    let mean: f64 = days(&dated, "punctures_per_cm2").iter().map(|mean| mean.as_f64().unwrap()).sum();
    assert!((mean - dated["density_reached_per_cm2"].as_f64().unwrap()).abs() < 1e-9, "{mean}");
}

#[test]
fn an_interval_that_is_none_is_refused_by_name() {
    for days in [json!(0), json!(4000)] {
        let mut scratch = Scratch::new();
        scratch.case["sessions"] = json!([{"share": 0.5}, {"share": 0.5, "interval_days": days}]);
        scratch.refused(&["sessions[1].interval_days", "1 to 3650 days"]);
    }
}

#[test]
fn sessions_may_have_sizes_of_their_own() {
    let mut scratch = Scratch::new();
    scratch.case["design"]["diameter"] = json!({"mean_mm": 0.2, "sd_mm": 0.0, "min_mm": 0.2, "max_mm": 0.2});
    let wide = json!({"mean_mm": 0.25, "sd_mm": 0.0, "min_mm": 0.25, "max_mm": 0.25});
    scratch.case["sessions"] = json!([{"share": 0.5}, {"share": 0.5, "diameter": wide}]);
    scratch.plan().arg("-q").assert().success();
    let table = fs::read_to_string(scratch.path("out/dots.csv")).unwrap();
    for row in table.lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        assert_eq!(fields[8], if fields[10] == "1" { "0.2" } else { "0.25" }, "{row}");
    }
}

#[test]
fn too_many_punctures_in_one_session_are_warned_of_and_spread_ones_are_not() {
    let budget = |sessions: Value| {
        let mut scratch = Scratch::new();
        // The smallest region that counts as a head's, densely dotted.
        let top = |point: &Value| {
            let [x, y]: [f64; 2] = [0, 1].map(|axis| 0.85 * point[axis].as_f64().unwrap());
            json!([x, y, (80.0_f64.powi(2) - x * x - y * y).sqrt()])
        };
        let ring: Vec<Value> = scratch.hairline["hairline"].as_array().unwrap().iter().map(top).collect();
        scratch.hairline["hairline"] = json!(ring);
        scratch.case["design"]["density_per_cm2"] = json!(120);
        scratch.case["sessions"] = sessions;
        let report = report(&scratch);
        let findings = report["findings"].as_array().unwrap().clone();
        (
            findings.into_iter().find(|finding| finding["code"] == "budget"),
            report["sessions"][0]["most_punctures_per_cm2"].as_u64().unwrap(),
        )
    };
    let (warned, most) = budget(json!([]));
    let warned = warned.unwrap();
    assert_eq!(warned["severity"], "WARN");
    assert!(
        (112..150).contains(&most) && warned["message"].as_str().unwrap().contains(&most.to_string()),
        "{most}: {warned}"
    );
    let (spread, most) = budget(json!([{"share": 0.5}, {"share": 0.5}]));
    assert!(spread.is_none() && (50..90).contains(&most), "{most}: {spread:?}");
}
