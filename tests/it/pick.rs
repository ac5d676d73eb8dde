//! The page on which landmarks are marked and a hairline is dragged.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tonsure::geometry::Point;
use tonsure::mesh::SurfaceIndex;

use crate::page::{between, data, modules};
use crate::support::demo_head::MESH;
use crate::support::scratch::tonsure;

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo");
/// A name of a file that would run a script as markup; without what files cannot be called.
const HOSTILE: &str = "<img src=x onerror=alert(1)>\"'&`${alert(2)}@@data@@";

fn demo_file() -> Value {
    serde_json::from_slice(&fs::read(format!("{DEMO}/head.hairline.json")).unwrap()).unwrap()
}

/// A page for the demo head under another name.
fn page(folder: &Path, name: &str, options: &[&str]) -> PathBuf {
    let mesh = folder.join(format!("{name}.ply"));
    fs::copy(format!("{DEMO}/head.ply"), &mesh).unwrap();
    let path = folder.join("pick.html");
    tonsure().arg("hairline").arg(mesh).args(options).arg("--pick").arg("-o").arg(&path).assert().success();
    path
}

/// What the browser saw, see `pick.mjs`, and the file that it saved; `None` where there is no browser and none is required.
fn driven(page: &Path, marks: &Value) -> Option<(Value, PathBuf)> {
    let target = page.with_file_name("saved.hairline.json");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/page/pick.mjs");
    let output = Command::new("node")
        .env("NODE_PATH", modules()?)
        .args([Path::new(script), page])
        .arg(marks.to_string())
        .arg(&target)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some((serde_json::from_slice(&output.stdout).unwrap(), target))
}

fn place(value: &Value) -> Point {
    Point::from(serde_json::from_value::<[f64; 3]>(value.clone()).unwrap())
}

fn control(state: &Value, name: &str) -> Point {
    let points = state["points"].as_array().unwrap();
    place(&points.iter().find(|own| own["name"] == name).unwrap()["point"])
}

fn line(state: &Value) -> Vec<Point> {
    state["line"].as_array().unwrap().iter().map(place).collect()
}

fn nearest_mm(line: &[Point], p: &Point) -> f64 {
    line.iter().map(|q| nalgebra::distance(p, q)).fold(f64::INFINITY, f64::min)
}

#[test]
fn no_name_becomes_markup_and_only_the_pages_own_script_may_run() {
    let folder = TempDir::new().unwrap();
    let text = fs::read_to_string(page(folder.path(), HOSTILE, &[])).unwrap();
    assert_eq!(text.matches("<script").count(), 2);
    assert_eq!(text.matches("<img").count(), 0);
    assert_eq!(data(&text)["title"], HOSTILE);
    let policy = between(&text, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    assert!(policy.starts_with("default-src 'none'"));
    for (kind, text) in [
        ("script-src", between(&text, "<script type=\"module\">", "</script>")),
        ("style-src", between(&text, "<style>", "</style>")),
    ] {
        let wanted = format!("{kind} 'sha256-{}'", BASE64.encode(Sha256::digest(text)));
        assert!(policy.contains(&wanted), "{wanted} is not in {policy}");
    }
}

#[test]
fn landmarks_are_marked_where_they_are_clicked_and_what_is_saved_makes_a_plan() {
    let folder = TempDir::new().unwrap();
    let marks = &demo_file()["landmarks"];
    let Some((seen, saved)) = driven(&page(folder.path(), HOSTILE, &[]), marks) else { return };
    assert_eq!(seen["faults"], json!([]));
    assert_eq!(seen["requests"].as_array().unwrap().len(), 1, "{}", seen["requests"]);
    assert_eq!(seen["title"], HOSTILE);
    assert!(seen["window_title"].as_str().unwrap().starts_with(HOSTILE));
    assert_eq!(seen["images"], 0);
    assert_eq!(seen["can_save_at_once"], false);
    let name = seen["saved_as"].as_str().unwrap();
    assert!(name.ends_with(".hairline.json") && !name.contains(['<', '"', '\'']), "{name}");

    let file: Value = serde_json::from_slice(&fs::read(&saved).unwrap()).unwrap();
    let surface = SurfaceIndex::build(&MESH);
    for (name, truth) in marks.as_object().unwrap() {
        let found = place(&file["landmarks"][name]);
        assert!(nalgebra::distance(&found, &place(truth)) < 0.5, "{name}: {found}, clicked at {truth}");
        assert!(surface.closest(&found).unwrap().distance_mm < 0.05, "{name} is off the head");
    }
    // Behind the fifth landmark a line is there; its middle was dragged, and lies under the pointer.
    let [before, after] = [&seen["before"], &seen["after"]];
    assert_eq!(after["points"].as_array().unwrap().len(), 15);
    let [from, to] = [before, after].map(|state| control(state, "mid_frontal"));
    assert!(nalgebra::distance(&from, &to) > 4.0 && to.z > from.z + 2.0, "{from} {to}");
    for k in 0..2 {
        let off = seen["shown_at"][k].as_f64().unwrap() - seen["dropped_at"][k].as_f64().unwrap();
        assert!(off.abs() < 1.0, "{off} pixels off the pointer");
    }
    let lines = [before, after].map(line);
    assert!(nearest_mm(&lines[1], &to) < 0.05 && nearest_mm(&lines[0], &to) > 2.0);
    for p in lines[0].iter().filter(|p| p.x.abs() > 60.0) {
        assert!(nearest_mm(&lines[1], p) < 0.05, "{p} moved, too");
    }
    for p in file["hairline"].as_array().unwrap().iter().map(place) {
        assert!(surface.closest(&p).unwrap().distance_mm < 0.3, "{p} is off the head");
    }

    // The command closes and judges it, and a plan can be made of it.
    let mesh = format!("{DEMO}/head.ply");
    let output = tonsure().args(["hairline", &mesh, "--json", "--check"]).arg(&saved).output().unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success(), "{told}");
    assert!((400e2..850e2).contains(&told["area_mm2"].as_f64().unwrap()), "{}", told["area_mm2"]);
    let case = folder.path().join("case.json");
    let text = json!({
        "format": "tonsure-case/1", "mesh": {"file": mesh, "units": "mm"}, "boundary": {"file": saved},
        "design": {"density_per_cm2": 3, "depth_mm": 0.5}, "rig": "gantry-xyzab", "setups": ["upright"],
    });
    fs::write(&case, text.to_string()).unwrap();
    tonsure().arg("plan").arg(case).arg("--out").arg(folder.path().join("out")).assert().success();
}

#[test]
fn a_proposal_is_dragged_and_keeps_what_the_file_says_beside_the_line() {
    let folder = TempDir::new().unwrap();
    let marks = format!("{DEMO}/head.hairline.json");
    let options = ["--landmarks", &marks, "--preset", "rounded", "--landmark", "menton=0,-90,-75"];
    let Some((seen, saved)) = driven(&page(folder.path(), "head", &options), &json!({})) else { return };
    assert_eq!(seen["faults"], json!([]));
    assert_eq!(seen["can_save_at_once"], true);
    let file: Value = serde_json::from_slice(&fs::read(&saved).unwrap()).unwrap();
    assert_eq!(file["rounded"], true);
    assert_eq!(place(&file["face"]["menton"]), Point::new(0.0, -90.0, -75.0));
    let mesh = format!("{DEMO}/head.ply");
    let again = folder.path().join("again.hairline.json");
    let mut command = tonsure();
    command.args(["hairline", &mesh, "--edit"]).arg(&saved).arg("-o").arg(&again).assert().success();
    let drawn: Value = serde_json::from_slice(&fs::read(again).unwrap()).unwrap();
    let line: Vec<Point> = drawn["hairline"].as_array().unwrap().iter().map(place).collect();
    assert!(nearest_mm(&line, &control(&seen["after"], "mid_frontal")) < 0.1);
}
