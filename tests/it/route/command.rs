//! `tonsure route` from outside: limits, interrupts, options.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::cap_points;
use crate::cli::json_of;
use crate::support::scratch::tonsure;

/// A folder with `dots.csv` in it: so many points on a half sphere, with more columns.
fn folder(count: usize, columns: &[(&str, &dyn Fn(usize) -> String)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let header: Vec<&str> =
        ["id", "x_mm", "y_mm", "z_mm"].into_iter().chain(columns.iter().map(|column| column.0)).collect();
    let rows = cap_points(count, 61).into_iter().enumerate().map(|(row, point)| {
        let place = point.iter().map(f64::to_string);
        let fields: Vec<String> =
            std::iter::once(row.to_string()).chain(place).chain(columns.iter().map(|column| column.1(row))).collect();
        fields.join(",")
    });
    let lines: Vec<String> = std::iter::once(header.join(",")).chain(rows).collect();
    fs::write(folder.path().join("dots.csv"), lines.join("\n")).unwrap();
    folder
}

fn route(folder: &TempDir, options: &[&str]) -> Value {
    let mut command = tonsure();
    command.arg("route").arg(folder.path().join("dots.csv")).args(options).args(["--json", "-o"]);
    json_of(&command.arg(folder.path().join("route.csv")).assert().success().get_output().stdout)
}

/// Column `row` of `route.csv`.
fn order(folder: &TempDir) -> Vec<usize> {
    let text = fs::read_to_string(folder.path().join("route.csv")).unwrap();
    text.lines().skip(1).map(|line| line.split(',').nth(3).unwrap().parse().unwrap()).collect()
}

#[test]
#[cfg(unix)]
fn an_interrupt_writes_the_best_so_far_and_a_second_one_ends_at_once() {
    let folder = folder(3000, &[]);
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tonsure"));
        command.arg("route").arg(folder.path().join("dots.csv")).args(["--time-limit-s", "600", "--json", "-o"]);
        command.arg(folder.path().join("cut.tour")).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let interrupt = |id: u32| assert!(Command::new("kill").args(["-INT", &id.to_string()]).status().unwrap().success());

    let child = start();
    std::thread::sleep(Duration::from_millis(1500));
    interrupt(child.id());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let result = json_of(&output.stdout);
    assert_eq!((&result["interrupted"], &result["reproducible"]), (&Value::Bool(true), &Value::Bool(false)));
    assert!(result["length_mm"].as_f64() < result["start_tour_mm"].as_f64());
    let text = fs::read_to_string(folder.path().join("cut.tour")).unwrap();
    assert!(text.contains("search cut, not reproducible") && text.ends_with("-1\nEOF\n"));

    // A reader that waits for standard input sees the second one while the first one is still to be dealt with.
    let mut command = Command::new(env!("CARGO_BIN_EXE_tonsure"));
    command.args(["route", "-", "-o", "-"]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    // Waiting for the child would close its input, which it may see before the signal.
    let _input = child.stdin.take();
    std::thread::sleep(Duration::from_millis(500));
    interrupt(child.id());
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none());
    interrupt(child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_time_limit_covers_everything() {
    let folder = folder(5000, &[]);
    let since = Instant::now();
    let result = route(&folder, &["--time-limit-s", "1.5", "--bound"]);
    // Not a measurement of speed: a limit that is not kept would let it run for good.
    assert!(since.elapsed() < Duration::from_secs(30));
    assert_eq!(result["reproducible"], false);
    let gap = result["gap_percent"].as_f64().unwrap();
    assert!((0.0..15.0).contains(&gap), "{result}");
    assert!(result["lower_bound_mm"].as_f64() <= result["length_mm"].as_f64());
}

#[test]
fn ends_metric_and_blocks_are_options() {
    let folder = folder(200, &[("block", &|row| (row % 3).to_string()), ("half", &|row| (row / 100).to_string())]);
    assert_eq!(route(&folder, &[])["blocks"], 3);
    assert!(order(&folder).iter().map(|row| row % 3).is_sorted());
    assert_eq!(route(&folder, &["--blocks", "half", "--start", "20", "--end", "120"])["blocks"], 2);
    let found = order(&folder);
    assert!(found.iter().map(|row| row / 100).is_sorted() && found[0] == 20 && found[199] == 120);
    let straight = route(&folder, &[])["length_mm"].as_f64().unwrap();
    let largest = route(&folder, &["--metric", "chebyshev"])["length_mm"].as_f64().unwrap();
    assert!(largest < straight && largest > straight / 3.0_f64.sqrt());
    for wrong in [
        &["--blocks", "third"][..],
        &["--blocks", "half", "--apart-mm", "5", "--apart-steps", "3"],
        &["--apart-mm", "5", "--apart-steps", "3"],
        &["--apart-mm", "5"],
        &["--closed", "--start", "1"],
        &["--start", "200"],
        &["--metric", "manhattan"],
    ] {
        let mut command = tonsure();
        command.arg("route").arg(folder.path().join("dots.csv")).args(wrong).args(["-o", "-"]).assert().code(2);
    }
}

#[test]
fn near_dots_are_kept_apart_and_what_cannot_be_is_told() {
    let folder = folder(400, &[]);
    let result = route(&folder, &["--apart-mm", "10", "--apart-steps", "4"]);
    assert!(result["plain_mm"].as_f64() < result["length_mm"].as_f64() && result["findings"][0].is_null(), "{result}");
    let result = route(&folder, &["--apart-mm", "500", "--apart-steps", "3"]);
    assert_eq!(
        (&result["findings"][0]["count"], &result["findings"][0]["severity"]),
        (&(399 + 398).into(), &"WARN".into())
    );
}

#[test]
fn a_tsplib_instance_prescribes_its_costs_and_is_closed() {
    let folder = TempDir::new().unwrap();
    let text =
        "NAME: four\nDIMENSION: 4\nEDGE_WEIGHT_TYPE: CEIL_2D\nNODE_COORD_SECTION\n1 0 0\n2 3 3\n3 0 3\n4 3 0\nEOF\n";
    let file = folder.path().join("four.tsp");
    fs::write(&file, text).unwrap();
    for (options, code) in [(&["--closed"][..], 0), (&["--metric", "euclidean"], 2), (&["--start", "1"], 2)] {
        let mut command = tonsure();
        command.arg("route").arg(&file).args(options).args(["--threads", "1", "-o"]);
        command.arg(folder.path().join("four.tour")).assert().code(code);
    }
    let tour = fs::read_to_string(folder.path().join("four.tour")).unwrap();
    assert!(tour.starts_with("NAME : four\nCOMMENT : length 12\n"), "{tour}");
}
