//! The interactive page: what stands in it, and what a browser makes of it.

use std::env;
use std::fs;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tonsure::treatment::naturalness::Naturalness;

use crate::support::scratch::{Scratch, tonsure};

/// A name that would run scripts if it were taken for anything but text.
const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>@@data@@\"'&`${alert(3)}";

/// A planned dome of two sessions.
fn planned(name: &str) -> Scratch {
    let mut scratch = Scratch::new();
    scratch.case["name"] = json!(name);
    scratch.case["sessions"] = json!([{"share": 0.6}, {"share": 0.4}]);
    let output = scratch.plan().output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    scratch
}

pub(crate) fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no {from}"));
    rest.split_once(to).unwrap_or_else(|| panic!("no {to}")).0
}

pub(crate) fn data(page: &str) -> Value {
    serde_json::from_str(between(page, "<script id=\"data\" type=\"application/json\">", "</script>")).unwrap()
}

/// Adds a finding that says nothing of where it is to the verdict of the page's first program.
fn accuse(path: &std::path::Path) {
    let page = fs::read_to_string(path).unwrap();
    let mut altered = data(&page);
    let findings = altered["report"]["programs"][0]["findings"].as_array_mut().unwrap();
    findings.push(json!({"code": "P20", "severity": "FAIL", "count": 1, "message": "no strikes"}));
    let before = between(&page, "<script id=\"data\" type=\"application/json\">", "</script>");
    let after = altered.to_string().replace('<', "\\u003c");
    fs::write(path, page.replace(before, &after)).unwrap();
}

fn bytes(packed: &Value) -> Vec<u8> {
    let (_, text) = packed.as_object().unwrap().iter().next().unwrap();
    BASE64.decode(text.as_str().unwrap()).unwrap()
}

fn singles(packed: &Value) -> Vec<f64> {
    bytes(packed).chunks_exact(4).map(|word| f32::from_le_bytes(word.try_into().unwrap()).into()).collect()
}

fn words(packed: &Value) -> Vec<u32> {
    bytes(packed).chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect()
}

#[test]
fn no_name_becomes_markup_and_only_the_pages_own_script_may_run() {
    let page = fs::read_to_string(planned(HOSTILE).path("out/report.html")).unwrap();
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("<img").count(), 0);
    assert_eq!(data(&page)["title"], HOSTILE);
    let policy = between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    for (kind, text) in [
        ("script-src", between(&page, "<script type=\"module\">", "</script>")),
        ("style-src", between(&page, "<style>", "</style>")),
    ] {
        let wanted = format!("{kind} 'sha256-{}'", BASE64.encode(Sha256::digest(text)));
        assert!(policy.contains(&wanted), "{wanted} is not in {policy}");
    }
    assert!(policy.starts_with("default-src 'none'"));
    for address in ["http://", "https://", "@import", "url("] {
        let own = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!own.contains(address), "{address}");
    }
}

#[test]
fn the_data_are_those_of_the_plan_and_its_programs() {
    let scratch = planned("dome");
    let read = |name: &str| fs::read_to_string(scratch.path("out").join(name)).unwrap();
    let data = data(&read("report.html"));
    let table = read("dots.csv");
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let number = |text: &str| text.parse::<f64>().unwrap();
    let positions = singles(&data["dots"]["position"]);
    assert_eq!(positions.len(), 3 * rows.len());
    for (row, place) in rows.iter().zip(positions.chunks_exact(3)) {
        for k in 0..3 {
            assert!((number(row[1 + k]) - place[k]).abs() < 1e-5);
        }
    }
    // The nearest neighbours by comparing all with all.
    for (row, nearest_mm) in singles(&data["dots"]["nearest_mm"]).into_iter().enumerate() {
        let place = |k: usize| [1, 2, 3].map(|column| number(rows[k][column]));
        let distance = |a: [f64; 3], b: [f64; 3]| (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>().sqrt();
        let others = (0..rows.len()).filter(|&other| other != row).map(|other| distance(place(row), place(other)));
        assert!((others.fold(f64::INFINITY, f64::min) - nearest_mm).abs() < 1e-4);
    }
    // Away from the edge the density around a dot is the one asked, up to what a disc of 2 cm² can tell.
    let density = singles(&data["dots"]["density_per_cm2"]);
    let mean = density.iter().sum::<f64>() / density.len() as f64;
    assert!((mean / data["report"]["density_reached_per_cm2"].as_f64().unwrap() - 1.0).abs() < 0.1, "{mean}");

    let tracks = data["tracks"].as_array().unwrap();
    assert_eq!(tracks.len(), 2);
    for track in tracks {
        let file = track["file"].as_str().unwrap();
        let map = read(&format!("{}.map.csv", file.rsplit_once('.').unwrap().0));
        let wanted: Vec<(u32, u32)> = (map.lines().skip(1))
            .map(|line| {
                let mut cells = line.split(',').map(|cell| cell.parse().unwrap_or(0));
                (cells.next().unwrap(), cells.next().unwrap())
            })
            .collect();
        let seen: Vec<(u32, u32)> = words(&track["lines"]).into_iter().zip(words(&track["dots"])).collect();
        assert_eq!(seen, wanted, "lines and dots of {file}");
        // At the time of each strike the tip is below its dot, by the depth.
        let (struck_s, way_s) = (singles(&track["struck_s"]), singles(&track["way_s"]));
        let corner = |share: &[u8], k: usize| {
            let part = f64::from(u16::from_le_bytes([share[2 * k], share[2 * k + 1]])) / 65535.0;
            track["origin"][k].as_f64().unwrap() + part * track["extent"][k].as_f64().unwrap()
        };
        let way = bytes(&track["way"]);
        assert_eq!(way.len(), 6 * way_s.len());
        assert!(way_s.is_sorted() && struck_s.is_sorted());
        assert!((way_s.last().unwrap() / track["time_s"].as_f64().unwrap() - 1.0).abs() < 1e-3);
        for (&(_, dot), at_s) in wanted.iter().zip(struck_s) {
            let at = way_s.iter().position(|&s| (s - at_s).abs() < 1e-9).unwrap();
            let tip = [0, 1, 2].map(|k| corner(&way[6 * at..6 * at + 6], k));
            let row = &rows[dot as usize];
            let below = (0..3).map(|k| (number(row[1 + k]) - tip[k]).powi(2)).sum::<f64>().sqrt();
            assert!((below - number(row[9])).abs() < 0.02, "dot {dot}: the tip is {below} mm off its place");
        }
    }
}

#[test]
fn the_report_adds_up() {
    let mut scratch = Scratch::new();
    scratch.hairline["landmarks"]["glabella"] = json!([0.0, -76.0, 20.0]);
    scratch.hairline["landmarks"]["inion"] = json!([0.0, 76.0, 20.0]);
    scratch.case["design"]["density_per_cm2"] = json!(40);
    scratch.case["sessions"] = json!([{"share": 0.6}, {"share": 0.4}]);
    scratch.case["stops"] = json!({"cartridge_every_dots": 500, "reload_every_dots": 400});
    scratch.plan().assert().success();
    let read = |name: &str| fs::read_to_string(scratch.path("out").join(name)).unwrap();
    let report: Value = serde_json::from_str(&read("report.json")).unwrap();
    let plan: Value = serde_json::from_str(&read("plan.json")).unwrap();
    assert_eq!(report["format"], "tonsure-report/2");
    assert_eq!([&report["sha256"], &report["case"]], [&plan["sha256"], &plan["case"]]);
    let sum = |values: &Value, key: &str| -> u64 {
        values.as_array().unwrap().iter().map(|value| value[key].as_u64().unwrap()).sum()
    };
    assert_eq!(sum(&report["zones"], "dots"), report["count"].as_u64().unwrap());
    for zone in report["zones"].as_array().unwrap() {
        assert_eq!(sum(&zone["sessions"], "dots"), zone["dots"].as_u64().unwrap(), "{zone}");
        let by_area = 100.0 * zone["dots"].as_f64().unwrap() / zone["area_mm2"].as_f64().unwrap();
        assert!((by_area / zone["density_reached_per_cm2"].as_f64().unwrap() - 1.0).abs() < 1e-9);
    }
    let travel = |key: &str| report["travel"][key].as_f64().unwrap();
    assert!(travel("lower_bound_mm") > 0.7 * travel("length_mm") && travel("lower_bound_mm") < travel("length_mm"));
    let stops = |kind: &str| -> u64 {
        report["blocks"].as_array().unwrap().iter().map(|block| block["stops"][kind].as_u64().unwrap_or(0)).sum()
    };
    let programs = report["blocks"].as_array().unwrap().len() as u64;
    assert_eq!(report["consumables"]["cartridges"], programs + stops("cartridge"));
    assert!(stops("reload") > 0 && report["consumables"]["ink_reloads"] == stops("reload"));
    // The bare line is told once, with its place, in the plan as in the report; a dome has nothing else to be told of its dots.
    let told: Vec<&Value> = (report["findings"].as_array().unwrap().iter())
        .filter(|finding| Naturalness::CODES.contains(&finding["code"].as_str().unwrap()))
        .collect();
    assert!(told.len() == 1 && told[0]["code"] == "hairline-hard" && told[0]["bounds_mm"].is_array(), "{told:?}");
    assert!(report["naturalness"]["edge_roughness_mm"]["value"].as_f64().unwrap() < 0.5);
    assert!(read("preview.svg").contains("hairline-hard"));
    // Dots of the sampler have next to no power at low frequencies, as the ideal.
    let spectrum = &report["pattern"]["spectrum"];
    let power: Vec<f64> = serde_json::from_value(spectrum["power"].clone()).unwrap();
    let ideal: Vec<f64> = serde_json::from_value(spectrum["ideal"].clone()).unwrap();
    assert_eq!([power.len(), ideal.len()], [24, 24]);
    let low = |key: &str| spectrum[key].as_f64().unwrap();
    assert!(low("low_power") < 0.3 && (0.05..0.1).contains(&low("ideal_low_power")), "{spectrum}");
}

/// Where the browser's driver is; `None` where it is not and need not be.
pub(crate) fn modules() -> Option<String> {
    let modules = env::var("TONSURE_NODE_MODULES").ok().filter(|path| {
        let here = fs::exists(format!("{path}/playwright-core")).unwrap_or(false);
        assert!(here || env::var("TONSURE_REQUIRE_TOOLS").is_err(), "playwright-core is not in {path}");
        here
    });
    if modules.is_none() {
        assert!(env::var("TONSURE_REQUIRE_TOOLS").is_err(), "TONSURE_NODE_MODULES is not set");
        eprintln!("skipped: TONSURE_NODE_MODULES names no folder with playwright-core");
    }
    modules
}

/// What the browser saw, see `drive.mjs`; `None` where there is no browser and none is required.
fn driven(scratch: &Scratch, places: &str, line: u32) -> Option<Value> {
    let modules = modules()?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/page/drive.mjs");
    let output = Command::new("node")
        .env("NODE_PATH", modules)
        .arg(script)
        .arg(scratch.path("out/report.html"))
        .args([places, &line.to_string()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn a_browser_shows_plays_and_picks_and_runs_nothing_else() {
    let scratch = planned(HOSTILE);
    let read = |name: &str| fs::read_to_string(scratch.path("out").join(name)).unwrap();
    let table = read("dots.csv");
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let place = |row: &Vec<&str>| [1, 2].map(|column| row[column].parse::<f64>().unwrap());
    // The dome's axes are the head's: from above x is to the right and y up.
    let span = |k: usize| {
        let all = rows.iter().map(|row| place(row)[k]);
        f64::midpoint(all.clone().fold(f64::INFINITY, f64::min), all.fold(f64::NEG_INFINITY, f64::max))
    };
    let chosen: Vec<&Vec<&str>> =
        rows.iter().filter(|row| place(row)[0].hypot(place(row)[1]) < 45.0).take(12).collect();
    let offset = |row: &&Vec<&str>| format!("{},{}", place(row)[0] - span(0), place(row)[1] - span(1));
    let places: Vec<String> = chosen.iter().map(offset).collect();
    let map = read("session-1.upright.map.csv");
    let strikes: Vec<[&str; 2]> = (map.lines().skip(1))
        .map(|line| {
            let mut cells = line.split(',');
            [cells.next().unwrap(), cells.next().unwrap()]
        })
        .collect();
    let [line, dot] = strikes[strikes.len() / 2];

    accuse(&scratch.path("out/report.html"));
    let Some(seen) = driven(&scratch, &places.join(" "), line.parse().unwrap()) else { return };
    assert_eq!(seen["faults"], json!([]));
    assert_eq!(seen["requests"].as_array().unwrap().len(), 1, "{}", seen["requests"]);
    for title in ["title", "window_title"] {
        assert!(seen[title].as_str().unwrap().starts_with(HOSTILE), "{}", seen[title]);
    }
    assert_eq!(seen["images"], 0);
    for count in ["dots", "shown"] {
        assert_eq!(seen[count], rows.len().to_string());
    }
    let report: Value = serde_json::from_str(&read("report.json")).unwrap();
    assert_eq!(seen["headline"], report["headline"]);
    assert!(seen["findings"].as_u64().unwrap() > report["findings"].as_array().unwrap().len() as u64);
    let ids: Vec<&str> = chosen.iter().map(|row| row[0]).collect();
    assert_eq!(seen["picked"], json!(ids));
    let others = rows.iter().filter(|row| row[10] != "1").count();
    assert_eq!(seen["without_session_1"], others.to_string());
    assert_eq!(seen["hiding_shows"], true);
    let at = |struck: usize, [line, dot]: [&str; 2]| json!({"struck": struck.to_string(), "dot": dot, "line": line});
    assert_eq!(seen["start"], at(0, ["", ""]));
    assert_eq!(seen["first"], at(1, strikes[0]));
    assert_eq!(seen["end"], at(strikes.len(), *strikes.last().unwrap()));
    assert_eq!(seen["at_line"], at(strikes.len() / 2 + 1, [line, dot]));
    assert_eq!(seen["player_on_paper"], false);
}

/// Dark columns of the rows of a print that hold a line of 100 mm: first and last, in tenths of a millimetre.
fn ruler(print: &[u8], width: usize) -> Option<[usize; 2]> {
    let mut rows = print.chunks_exact(width).filter_map(|row| {
        let dark = |&at: &usize| row[at] < 200;
        let first = (0..width).find(dark)?;
        let run = (first..width).take_while(|at| dark(at)).count();
        (run > 900).then_some([first, first + run])
    });
    rows.next_back()
}

#[test]
fn a_hundred_millimetres_are_printed_as_a_hundred() {
    let scratch = planned("dome");
    let sheet = scratch.path("top.svg");
    let preview = ["preview", "--view", "top", "--paper", "a4", "-o"];
    tonsure().args(preview).arg(&sheet).arg(scratch.path("out/plan.json")).assert().success();
    let Some(modules) = modules() else { return };
    let pdf = scratch.path("top.pdf");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/page/print.mjs");
    let output = Command::new("node").env("NODE_PATH", modules).arg(script).args([&sheet, &pdf]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // 254 pixels an inch are ten a millimetre.
    let output = Command::new("pdftoppm")
        .args(["-r", "254", "-gray", "-singlefile"])
        .arg(&pdf)
        .arg(scratch.path("top"))
        .output();
    let Ok(output) = output else {
        assert!(env::var("TONSURE_REQUIRE_TOOLS").is_err(), "pdftoppm is not there");
        eprintln!("skipped: pdftoppm is not there");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let print = fs::read(scratch.path("top.pgm")).unwrap();
    let header: Vec<String> =
        print.split(u8::is_ascii_whitespace).take(3).map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    let [width, height] = [1, 2].map(|word: usize| header[word].parse::<usize>().unwrap());
    assert!(
        width.abs_diff(2100) <= 2 && height.abs_diff(2970) <= 2,
        "a page of {width} × {height} tenths of a millimetre"
    );
    let [first, last] = ruler(&print[print.len() - width * height..], width).expect("a ruler");
    assert!((last - first).abs_diff(1000) <= 1, "{} tenths of a millimetre", last - first);
}
