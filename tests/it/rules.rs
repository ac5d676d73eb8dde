//! What is told of a case before dots are made: the gates before a treatment (P20), and the rules of an edge that looks grown.

use serde_json::{Value, json};
use tonsure::case::Case;
use tonsure::error::{Finding, Severity};
use tonsure::treatment::{edge_rules, gates};

use crate::support::scratch::Scratch;

fn case(edit: impl Fn(&mut Value)) -> Case {
    let mut case = Scratch::new().case;
    case["start_date"] = json!("2027-03-08");
    case["patch_test"] = json!({"date": "2027-03-06"});
    case["sessions"] = json!([{"share": 0.5}, {"share": 0.5, "interval_days": 7}]);
    case["palette"] = json!([{"name": "light", "ink_batch": "L-17"}, {"name": "dark", "ink_batch": "D-4"}]);
    edit(&mut case);
    Case::parse(case.to_string().as_bytes(), "case.json").unwrap()
}

#[test]
fn what_is_missing_before_a_treatment_is_told_as_p20() {
    assert_eq!(gates::finding(&case(|_| ())), None);
    let told = |edit: &dyn Fn(&mut Value)| {
        let finding = gates::finding(&case(edit)).unwrap();
        assert_eq!((finding.code.as_str(), finding.severity), ("P20", Severity::Warn));
        (finding.count, finding.message)
    };
    let without = |key: &'static str| move |case: &mut Value| drop(case.as_object_mut().unwrap().remove(key));
    let one = |edit: &dyn Fn(&mut Value), part: &str| {
        let (count, message) = told(edit);
        assert!(count == 1 && message.contains(part), "{message}");
    };
    one(&without("patch_test"), "no patch test is recorded");
    one(&without("start_date"), "made on 2027-03-06, but the first day is not known");
    one(
        &|case| case["patch_test"]["date"] = json!("2027-03-07"),
        "on 2027-03-07, less than 48 hours before 2027-03-08",
    );
    one(&|case| case["patch_test"]["date"] = json!("2027-05-07"), "less than 48 hours before");
    one(&|case| case["sessions"][1]["interval_days"] = json!(6), "only 6 days apart, 7 are the least");
    one(&|case| case["palette"][1] = json!({"name": "dark"}), "no batch is recorded of the ink dark");
    one(&without("palette"), "no ink is recorded");
    assert_eq!(told(&|case| *case = Scratch::new().case).0, 2);
}

#[test]
fn plans_tell_it_and_touch_ups_ask_anew() {
    let mut scratch = Scratch::new();
    scratch.case["setups"] = json!(["upright"]);
    scratch.case["design"]["density_per_cm2"] = json!(2);
    scratch.plan().assert().success();
    let read = |name: &str| -> Value { serde_json::from_slice(&std::fs::read(scratch.path(name)).unwrap()).unwrap() };
    let of_p20 = |plan: Value| -> Vec<Value> {
        plan["findings"].as_array().unwrap().iter().filter(|finding| finding["code"] == "P20").cloned().collect()
    };
    let told = of_p20(read("out/plan.json"));
    assert!(told.len() == 1 && told[0]["severity"] == "WARN", "{told:?}");
    assert_eq!(of_p20(read("out/report.json")).len(), 1);
    scratch.write("lost.csv", "id\n1\n2\n");
    let mut command = crate::support::scratch::tonsure();
    command.arg("touchup").arg(scratch.path("out/plan.json")).arg("--missing").arg(scratch.path("lost.csv"));
    command.arg("--out").arg(scratch.path("again")).assert().success();
    assert_eq!(of_p20(read("again/plan.json")).len(), 1);
    // A patch test is what the gate asks for: it does not ask for itself.
    let mut command = crate::support::scratch::tonsure();
    command.arg("patch-test").arg(scratch.path("case.json")).arg("--flat").arg("--out").arg(scratch.path("patch"));
    command.assert().success();
    assert!(of_p20(read("patch/plan.json")).is_empty());
    scratch.case["patch_test"] = json!({"date": "2027-02-30"});
    scratch.refused(&["patch_test.date: found \"2027-02-30\""]);
}

#[test]
fn edges_that_would_not_look_grown_are_told_rule_by_rule() {
    let findings = |edge: Value| {
        edge_rules::findings(&case(|case| {
            if !edge.is_null() {
                case["design"]["edge"] = edge.clone();
            }
        }))
    };
    let warned = |findings: &[Finding]| -> Vec<String> {
        let bad = findings.iter().filter(|finding| finding.severity == Severity::Warn);
        bad.map(|finding| finding.code.clone()).collect()
    };
    // A hard line may be what is wanted: it is told, not warned of.
    let hard = findings(Value::Null);
    assert!(warned(&hard).is_empty() && hard.len() == 1 && hard[0].message.contains("constant up to the line"));
    let grown = json!({"width_mm": 7, "edge_share": 0.3, "waves": {}, "spots": {}, "sentinels": {}});
    assert!(warned(&findings(grown.clone())).is_empty());
    for (key, value, code) in [
        ("width_mm", json!(2.5), "hairline-H9"),
        ("edge_share", json!(0.9), "hairline-H10"),
        ("waves", json!({"amplitude_mm": 5, "length_mm": 25}), "hairline-H11"),
        ("spots", json!({"size_mm": 1}), "hairline-H12"),
        ("sentinels", json!({"per_cm": 15}), "hairline-H13"),
    ] {
        let mut edge = grown.clone();
        edge[key] = value;
        let findings = findings(edge);
        assert_eq!(warned(&findings), [code]);
        assert!(findings.iter().all(|finding| !finding.remedy.is_empty()), "each says why and what to change");
    }
    let whorl = edge_rules::findings(&case(|case| {
        case["design"]["whorl"] = json!({"centre": [0, 0, 80], "radius_mm": 90});
    }));
    assert_eq!(warned(&whorl), ["hairline-H15"]);
    let coarse = edge_rules::findings(&case(|case| {
        case["design"]["edge"] = grown.clone();
        case["tools"] = json!([
            {"number": 1, "needle": "1RL", "pigment": "light", "sessions": [1]}, {"number": 2, "needle": "3RL", "pigment": "dark"}
        ]);
    }));
    assert_eq!(warned(&coarse), ["hairline-H14"]);
}
