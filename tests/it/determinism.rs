//! The same inputs give the same bytes, however they are given and however many threads there are.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tonsure::case::Case;
use tonsure::geometry::sha256;

use crate::support::scratch::{Scratch, list, tonsure};

type Files = Vec<(String, Vec<u8>)>;

fn files(folder: &Path) -> Files {
    list(folder).into_iter().map(|name| (name.clone(), fs::read(folder.join(name)).unwrap())).collect()
}

fn assert_same(one: &Files, other: &Files) {
    let names = |files: &Files| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(one), names(other));
    assert!(one.len() > 10, "{:?}", names(one));
    for (one, other) in one.iter().zip(other) {
        assert!(one == other, "{} differs", one.0);
    }
}

/// A dome with two sessions, stops, and an edge; half a second of work.
fn rich() -> Scratch {
    let mut scratch = Scratch::new();
    scratch.case["sessions"] = json!([{"share": 0.5}, {"share": 0.5}]);
    scratch.case["stops"] = json!({"reload_every_dots": 60});
    scratch.case["design"]["edge"] = json!({"width_mm": 6, "edge_share": 0.3});
    scratch
}

#[test]
fn threads_and_repetition_change_no_byte() {
    let scratch = rich();
    let run = |threads: &str| {
        scratch.plan().args(["--threads", threads]).assert().success();
        files(&scratch.path("out"))
    };
    let one = run("1");
    for threads in ["1", "2", "4", "16"] {
        assert_same(&one, &run(threads));
    }
    let resumed = |threads: &str| {
        let mut resume = tonsure();
        resume.arg("resume").arg(scratch.path("out/plan.json")).args(["--after-dot", "40", "--threads", threads]);
        resume.arg("-o").arg(scratch.path("rest")).assert().success();
        files(&scratch.path("rest"))
    };
    assert_same(&resumed("1"), &resumed("4"));
}

#[test]
fn a_case_may_be_named_by_any_path() {
    let scratch = rich();
    scratch.plan().assert().success();
    let absolute = files(&scratch.path("out"));
    for (folder, case) in [("", "case.json"), ("", "./out/../case.json"), ("out", "../case.json")] {
        let mut command = tonsure();
        command.current_dir(scratch.path(folder)).args(["plan", case, "--out"]).arg(scratch.path("again"));
        command.assert().success();
        assert_same(&absolute, &files(&scratch.path("again")));
    }
}

/// The value as JSON with the keys of every object backwards and blanks between.
fn backwards(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let entries: Vec<_> =
                entries.iter().rev().map(|(key, value)| format!("{} :\t{}", json!(key), backwards(value))).collect();
            format!("{{\n// shuffled\n{} }}", entries.join(" ,\n"))
        }
        Value::Array(items) => format!("[ {} ]", items.iter().map(backwards).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

#[test]
fn the_order_of_keys_and_comments_in_a_case_do_not_count() {
    let scratch = rich();
    scratch.plan().assert().success();
    let sorted = files(&scratch.path("out"));
    let case = scratch.write("shuffled.json", backwards(&scratch.case));
    assert_ne!(fs::read_to_string(&case).unwrap(), scratch.case.to_string());
    tonsure().arg("plan").arg(&case).arg("--out").arg(scratch.path("again")).assert().success();
    assert_same(&sorted, &files(&scratch.path("again")));
}

#[test]
fn the_hashes_in_a_plan_are_those_of_its_inputs() {
    let mut scratch = rich();
    scratch.plan().assert().success();
    let plan: Value = serde_json::from_slice(&fs::read(scratch.path("out/plan.json")).unwrap()).unwrap();
    let hash = |name: &str| json!(sha256(&fs::read(scratch.path(name)).unwrap()));
    for (role, file) in [
        ("mesh", "dome.off"),
        ("boundary", "dome.hairline.json"),
        ("scan", "out/scan.ply"),
        ("region", "out/region.ply"),
    ] {
        assert_eq!(plan["sha256"][role], hash(file), "{role}");
    }
    let rig = serde_json::to_vec(&tonsure::rig::builtin("gantry-xyzab").unwrap()).unwrap();
    assert_eq!(plan["sha256"]["rig"], json!(sha256(&rig)));
    // What the case says, with sorted keys; another value is another case.
    let parsed = |case: &Value| Case::parse(case.to_string().as_bytes(), "case.json").unwrap();
    let sorted = serde_json::to_value(parsed(&scratch.case)).unwrap().to_string();
    assert_eq!(plan["sha256"]["case"], json!(sha256(sorted.as_bytes())));
    scratch.case["design"]["depth_mm"] = json!(0.51);
    assert_ne!(plan["sha256"]["case"], json!(parsed(&scratch.case).sha256().unwrap()));
}
