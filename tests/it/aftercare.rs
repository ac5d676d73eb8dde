//! The client's sheet.

use std::fs;

use serde_json::{Value, json};
use tonsure::case::Case;
use tonsure::treatment::aftercare::{TEMPLATE, sheet};

use crate::support::scratch::{Scratch, tonsure};

fn case(edit: impl Fn(&mut Value)) -> Case {
    let mut case = Scratch::new().case;
    case["sessions"] = json!([{"share": 0.5}, {"share": 0.5, "interval_days": 12}]);
    edit(&mut case);
    serde_json::from_value(case).unwrap()
}

/// Without tags, blanks run together.
fn words(html: &str) -> String {
    let body = html.split("<body>").nth(1).unwrap();
    let text: String =
        body.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect::<Vec<_>>().join(" ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_sheet_has_the_days_of_the_plan() {
    let text = words(&sheet(&case(|case| case["start_date"] = json!("2027-12-27")), TEMPLATE).unwrap());
    for part in [
        "Session 1 · 2027-12-27",
        "2027-12-27 to 2027-12-30 Keep the scalp dry",
        "2027-12-31 to 2028-01-02 Rinse",
        // Fourteen days, but the next session comes on the twelfth day behind the first.
        "2028-01-03 to 2028-01-07 Do not pick",
        "until 2028-01-07 No direct sun",
        "Next session: 2028-01-08",
        "Session 2 · 2028-01-08",
        "until 2028-02-06 No direct sun",
        "from 2028-02-07 High sun protection",
        "Look at the result together: 2028-02-05",
    ] {
        assert!(text.contains(part), "\"{part}\" is not in: {text}");
    }
    assert!(!text.contains("Day 0"), "{text}");
    assert_eq!(text.matches("High sun protection").count(), 1, "{text}");
}

#[test]
fn without_a_date_days_count_from_the_first_session() {
    let text = words(&sheet(&case(|_| ()), TEMPLATE).unwrap());
    for part in [
        "Day 0 is the day of the first session",
        "Session 1 · day 0",
        "day 0 to day 3",
        "Next session: day 12",
        "Session 2 · day 12",
    ] {
        assert!(text.contains(part), "\"{part}\" is not in: {text}");
    }
}

#[test]
fn what_would_begin_behind_the_next_session_is_left_out() {
    let text = words(&sheet(&case(|case| case["sessions"][1]["interval_days"] = json!(5)), TEMPLATE).unwrap());
    let [first, second] = [1, 2].map(|number| text.split("Session ").nth(number).unwrap());
    assert!(first.contains("day 4 to day 4 Rinse") && !first.contains("Do not pick"), "{first}");
    assert!(second.contains("Do not pick"), "{second}");
}

#[test]
fn names_cannot_break_out_of_the_text() {
    let hostile = case(|case| case["name"] = json!("<script>alert(\"1\")</script> & 'co'"));
    let unescaped = "{% autoescape false %}{{ case }}{% endautoescape %}";
    for template in [TEMPLATE, "<p title=\"{{ case }}\">{{ case }}</p>", unescaped] {
        let html = sheet(&hostile, template).unwrap();
        assert!(!html.contains("<script>") && !html.contains("\"1\"") && html.contains("&lt;script&gt;"), "{html}");
    }
}

#[test]
fn templates_with_faults_are_refused_by_line() {
    for (template, parts) in [
        ("<p>\n{{ sessions.first }\n</p>", &["line 2"][..]),
        ("<p>\n\n{{ unknown }}", &["line 3", "--print-template"]),
        ("{% for session in sessions %}\n{{ session.nxt }}{% endfor %}", &["line 2"]),
        ("{{ case|safe }}", &["line 1", "safe"]),
        ("{% for a in sessions %}{% for b in range(99999999) %}{{ b }}{% endfor %}{% endfor %}", &["template"]),
    ] {
        let error = sheet(&case(|_| ()), template).unwrap_err().to_string();
        for part in parts {
            assert!(error.contains(part), "{template}: \"{part}\" is not in: {error}");
        }
    }
}

#[test]
fn a_clinic_replaces_the_text() {
    let mut scratch = Scratch::new();
    scratch.case["name"] = json!("A & B");
    scratch.case["start_date"] = json!("2027-01-31");
    scratch.plan().arg("-q").assert().success();
    let plan = scratch.path("out/plan.json");
    let own = "<title>{{ case }}</title>{% for s in sessions %}{{ s.number }}. Sitzung am {{ s.day }}{% endfor %}";
    let template = scratch.write("eigene.html", own);
    let out = scratch.path("blatt.html");
    let run = |args: &[&str]| tonsure().arg("aftercare").args(args).output().unwrap();
    let [plan, template, out] = [&plan, &template, &out].map(|path| path.to_str().unwrap().to_owned());
    assert!(run(&[&plan, "-o", &out, "--template", &template]).status.success());
    assert_eq!(fs::read_to_string(&out).unwrap(), "<title>A &amp; B</title>1. Sitzung am 2027-01-31");
    // What `plan` leaves is what the built-in text gives, and that can be printed and used again.
    let built_in = run(&["--print-template"]).stdout;
    assert_eq!(built_in, TEMPLATE.as_bytes());
    let printed = scratch.write("printed.html", built_in);
    assert!(run(&[&plan, "-o", &out, "--template", printed.to_str().unwrap()]).status.success());
    assert_eq!(fs::read(&out).unwrap(), fs::read(scratch.path("out/aftercare.html")).unwrap());
    // Never over its own template.
    let refused = run(&[&plan, "-o", &template, "--template", &template]);
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(fs::read_to_string(&template).unwrap(), own);
}
