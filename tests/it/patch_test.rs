//! Patch tests and what their dots teach.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use tonsure::geometry::Point;
use tonsure::mesh::{self, SurfaceIndex};
use tonsure::treatment::patch_test::{Calibration, Cell, Measured};

use crate::support::scratch::{Scratch, list, tonsure};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo/case.json");
const HEADS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes");

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A patch test by command line, and its plan.
fn tested(case: &Path, out: &Path, args: &[&str]) -> Value {
    tonsure().arg("patch-test").arg(case).args(args).arg("--out").arg(out).assert().success();
    json_of(&out.join("plan.json"))
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// The dots stand on the scan around the spot, every combination as often as asked, and the programs passed.
fn holds(out: &Path, plan: &Value, spot: [f64; 3]) {
    let bytes = fs::read(out.join("scan.ply")).unwrap();
    let scan = SurfaceIndex::build(&mesh::read_region_ply(&bytes).unwrap().0);
    let places: Vec<Point> = plan["dots"]["position_mm"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| Point::from_slice(&numbers(place)))
        .collect();
    for place in &places {
        assert!(scan.closest(place).unwrap().distance_mm < 1e-9);
        assert!(nalgebra::distance(place, &Point::from(spot)) < 13.0, "{place} is not at the spot");
    }
    let least = places.iter().enumerate().flat_map(|(i, a)| places[..i].iter().map(move |b| nalgebra::distance(a, b)));
    assert!(least.fold(f64::INFINITY, f64::min) > 1.49);
    let table = fs::read_to_string(out.join("key.csv")).unwrap();
    let depths = numbers(&plan["dots"]["depth_mm"]);
    let mut cells = std::collections::BTreeMap::new();
    for row in table.lines().skip(1) {
        let [id, label, depth, dwell, _] = row.split(',').collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(depth, depths[id.parse::<usize>().unwrap()].to_string());
        assert_eq!(dwell, plan["dwells_s"][id].to_string());
        *cells.entry(label.to_owned()).or_insert(0) += 1;
    }
    assert_eq!(cells.len(), 12);
    assert!(cells.values().all(|&count| count == 4), "{cells:?}");
    // Each dot twice, enlarged and in true size, and the mark.
    assert_eq!(fs::read_to_string(out.join("key.svg")).unwrap().matches("<circle").count(), 2 * places.len());
    let report = json_of(&out.join("report.json"));
    assert_ne!(report["verdict"], "FAIL");
    assert!(list(out).iter().any(|name| name.ends_with(".upright.ngc") || name.contains(".air.")), "{:?}", list(out));
}

#[test]
fn a_spot_of_the_demo_head() {
    let scratch = Scratch::new();
    let spot = json_of(&Path::new(DEMO).with_file_name("head.hairline.json"))["inside_point"].clone();
    let spot: [f64; 3] = numbers(&spot).try_into().unwrap();
    let at = spot.map(|c| c.to_string()).join(",");
    let out = scratch.path("patch");
    let plan = tested(Path::new(DEMO), &out, &["--at", &at]);
    holds(&out, &plan, spot);
}

#[test]
fn a_spot_of_a_real_head() {
    let folder = Path::new(HEADS);
    if !folder.is_dir() {
        eprintln!("skipped: no heads in {HEADS}");
        return;
    }
    let folder = folder.canonicalize().unwrap();
    let mut scratch = Scratch::new();
    let hairline = folder.join("colin27_scalp.hairline.json");
    scratch.case["mesh"] = json!({"file": folder.join("colin27_scalp.ply"), "units": "mm"});
    scratch.case["boundary"] = json!({"file": hairline});
    let spot: [f64; 3] = numbers(&json_of(&hairline)["inside_point"]).try_into().unwrap();
    let at = spot.map(|c| c.to_string()).join(",");
    let out = scratch.path("patch");
    let plan = tested(&scratch.write_case(), &out, &["--at", &at]);
    holds(&out, &plan, spot);
}

/// On practice skin, with a dwell of its own for each dot: the second opinion knows which.
#[test]
fn flat_skin_and_dwells_that_are_judged_dot_by_dot() {
    let scratch = Scratch::new();
    let out = scratch.path("flat");
    let case = scratch.write_case();
    let plan = tested(&case, &out, &["--flat"]);
    holds(&out, &plan, [0.0, 0.0, 0.0]);
    let program = out.join("session-1.upright.ngc");
    let text = fs::read_to_string(&program).unwrap();
    tonsure().arg("verify").arg(&program).assert().success();
    for dwell in ["P0.1\n", "P0.15\n"] {
        assert_eq!(text.matches(dwell).count(), 16, "{dwell}");
    }
    // One dot rests as long as another was to.
    fs::write(&program, text.replacen("P0.15\n", "P0.1\n", 1)).unwrap();
    let judged = tonsure().args(["verify", "--json"]).arg(&program).assert().failure().code(1);
    assert!(String::from_utf8_lossy(&judged.get_output().stdout).contains("P11"));
}

#[test]
fn tools_are_tried_one_below_the_other() {
    let mut scratch = Scratch::new();
    scratch.case["palette"] = json!([{"name": "ash", "dilution": 3}, {"name": "ash thin", "dilution": 9}]);
    scratch.case["tools"] = json!([
        {"number": 1, "needle": "1RL", "pigment": "ash thin", "edge_mm": 5.0}, {"number": 2, "needle": "3RL", "pigment": "ash", "sessions": [1]},
    ]);
    let out = scratch.path("flat");
    let plan = tested(
        &scratch.write_case(),
        &out,
        &["--flat", "--depths-mm", "0.4,0.6", "--dwells-s", "0.05", "--repeats", "2"],
    );
    let table = fs::read_to_string(out.join("key.csv")).unwrap();
    let cells: Vec<&str> = table.lines().skip(1).map(|row| row.split(',').nth(1).unwrap()).collect();
    assert_eq!(cells, ["1:A1", "1:A1", "1:B1", "1:B1", "2:A1", "2:A1", "2:B1", "2:B1"]);
    assert_eq!(plan["dots"]["tool"], json!([1, 1, 1, 1, 1, 2, 2, 2, 2]));
}

#[test]
fn what_cannot_be_tried_is_refused() {
    let scratch = Scratch::new();
    let case = scratch.write_case();
    for (args, parts) in [
        (&["--flat", "--depths-mm", "0.5,1.6"][..], &["--depths-mm", "1.5 mm, the cap of the rig"][..]),
        (&["--flat", "--depths-mm", "0.5,0.4"], &["--depths-mm", "rising"]),
        (&["--flat", "--dwells-s=-1"], &["--dwells-s"]),
        (&["--flat", "--dwells-s", "6"], &["--dwells-s", "0 to 5 s"]),
        (&["--flat", "--repeats", "0"], &["--repeats"]),
        (&["--flat", "--pitch-mm", "0.2"], &["--pitch-mm"]),
        (&["--at", "0,0,0"], &["--at", "not on the scan"]),
        (&["--at", "80,0,1"], &["--at", "no skin"]),
        (&["--flat", "--registration", "absent.json"], &["--registration with --flat"]),
        (&["--at", "1,2"], &["three numbers"]),
        (&[], &["--flat"]),
    ] {
        let out = scratch.path("never");
        let output = tonsure().arg("patch-test").arg(&case).args(args).arg("--out").arg(&out).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
        for part in parts {
            assert!(text.contains(part), "{args:?}: \"{part}\" is not in: {text}");
        }
        assert!(!list(&out).iter().any(|name| name.starts_with("session-")));
    }
}

/// Dots of a law that the fit can have, with what is added to each.
fn dots_of(law: [f64; 4], off_mm: impl Fn(usize) -> f64) -> Vec<Measured> {
    let mut dots = Vec::new();
    for (column, depth_mm) in [0.3, 0.4, 0.5, 0.6].into_iter().enumerate() {
        for (row, dwell_s) in [0.05, 0.1, 0.15].into_iter().enumerate() {
            let [a, b, c, d] = law;
            for _ in 0..4 {
                let label = format!("{}{}", char::from(b'A' + column as u8), row + 1);
                let diameter_mm = a + b * depth_mm + c * dwell_s + d * depth_mm * dwell_s + off_mm(dots.len());
                dots.push(Measured { cell: Cell { label, depth_mm, dwell_s, tool: 1 }, diameter_mm });
            }
        }
    }
    dots
}

#[test]
fn eyes_and_cheeks_are_no_place_for_a_test() {
    let hairline = json_of(&Path::new(DEMO).with_file_name("head.hairline.json"));
    let glabella = numbers(&hairline["landmarks"]["glabella"]);
    let at = glabella.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
    let scratch = Scratch::new();
    let mut command = tonsure();
    command.arg("patch-test").arg(DEMO).args(["--at", &at]).arg("--out").arg(scratch.path("never"));
    let text = String::from_utf8(command.assert().code(2).get_output().stderr.clone()).unwrap();
    assert!(text.contains("lies on the face") && text.contains("behind an ear"), "{text}");
}

#[test]
fn cells_that_do_not_tell_depth_and_dwell_apart_are_refused() {
    let dots = dots_of([0.1, 0.2, 0.2, 0.0], |_| 0.0);
    // Deeper ones have all rested longer.
    let diagonal = |dot: &&Measured| ["A1", "B2", "C3"].contains(&dot.cell.label.as_str());
    let few: Vec<Measured> = dots.iter().filter(diagonal).cloned().collect();
    let error = Calibration::fit("", &few, |_| String::new()).unwrap_err().to_string();
    assert!(error.contains("do not tell depth and dwell apart") && error.contains("more cells"), "{error}");
    let other = |dot: &&Measured| diagonal(dot) || dot.cell.label == "D1";
    let enough: Vec<Measured> = dots.iter().filter(other).cloned().collect();
    assert!(Calibration::fit("", &enough, |_| String::new()).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// One dot in eight is quite wrong, and the law comes out all the same; depth and diameter are inverse to each other.
    #[test]
    fn a_law_is_found_among_bad_dots(a in 0.05_f64..0.15, b in 0.1_f64..0.4, c in 0.0_f64..0.5, d in -0.2_f64..0.5, bad in 0.15_f64..0.6, phase in 0_usize..8) {
        let dots = dots_of([a, b, c, d], |dot| if dot % 8 == phase { bad } else { 1e-3 * ((dot * 7 % 5) as f64 - 2.0) });
        let calibration = Calibration::fit("", &dots, |_| String::new()).unwrap();
        let fit = &calibration.tools[0];
        prop_assert_eq!(fit.outliers, 6);
        for (depth_mm, dwell_s) in [(0.3, 0.05), (0.6, 0.15), (0.45, 0.1)] {
            let true_mm = a + b * depth_mm + c * dwell_s + d * depth_mm * dwell_s;
            prop_assert!((fit.diameter_at_mm(depth_mm, dwell_s) - true_mm).abs() < 2e-3);
            let back = fit.depth_for_mm(fit.diameter_at_mm(depth_mm, dwell_s), dwell_s).unwrap();
            prop_assert!((back - depth_mm).abs() < 1e-9);
        }
        prop_assert!(fit.cells.iter().all(|cell| cell.count == 4 && (cell.median_mm - cell.fitted_mm - cell.residual_mm).abs() < 1e-12));
    }
}

/// From the patch on the skin to a plan whose depths make the diameters asked.
#[test]
fn measured_sizes_choose_the_depths_of_a_plan() {
    let mut scratch = Scratch::new();
    let out = scratch.path("flat");
    tested(&scratch.write_case(), &out, &["--flat"]);
    let law = |depth: f64, dwell: f64| 0.1 + 0.2 * depth + 0.2 * dwell;
    let table = fs::read_to_string(out.join("key.csv")).unwrap();
    let mut sizes = "cell,diameter_mm\n".to_owned();
    for row in table.lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let [depth, dwell] = [2, 3].map(|column| fields[column].parse::<f64>().unwrap());
        sizes += &[fields[1], ",", &law(depth, dwell).to_string(), "\n"].concat();
    }
    let sizes = scratch.write("sizes.csv", sizes);
    let calibration = scratch.path("calibration.json");
    let calibrate = |sizes: &Path| {
        let mut command = tonsure();
        command.arg("patch-test").arg(out.join("plan.json")).arg("--measured").arg(sizes).arg("-o").arg(&calibration);
        command
    };
    calibrate(&sizes).assert().success();
    assert_eq!(json_of(&calibration)["tools"][0]["count"], 48);

    // 0.19 to 0.225 mm: 0.4 to 0.575 mm deep, of which the case allows 0.5 mm.
    scratch.case["design"]["diameter"] = json!({"mean_mm": 0.2, "sd_mm": 0.02, "min_mm": 0.19, "max_mm": 0.225});
    scratch.case["design"]["calibration"] = json!({"file": "calibration.json", "choose_depth": true});
    scratch.plan().arg("-q").assert().success();
    let plan = json_of(&scratch.path("out/plan.json"));
    let (depths, diameters) = (numbers(&plan["dots"]["depth_mm"]), numbers(&plan["dots"]["diameter_mm"]));
    let mut bounded = 0;
    for (depth, diameter) in depths.iter().zip(&diameters) {
        let wanted = (diameter - 0.1 - 0.2 * 0.05) / 0.2;
        assert!((depth - wanted.min(0.5)).abs() < 1e-6, "{depth} mm for {diameter} mm");
        bounded += usize::from(wanted > 0.5);
    }
    let finding =
        |code: &str| plan["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == code).cloned();
    assert!(bounded > 10 && finding("calibration-bounded").unwrap()["count"] == bounded);
    assert!(plan["sha256"]["calibration"].is_string());

    // Another needle than the one that was tried.
    scratch.case["palette"] = json!([{"name": "ash"}]);
    let tool = |number: u32| json!([{"number": number, "needle": "3RL", "pigment": "ash"}]);
    scratch.case["tools"] = tool(2);
    scratch.refused(&["design.calibration", "no fit for tool 2", "there are those of 1"]);
    scratch.case["tools"] = tool(1);
    scratch.plan().arg("-q").assert().success();
    let warned = fs::read_to_string(scratch.path("out/report.json")).unwrap();
    assert!(warned.contains("calibration-tool") && warned.contains("is \\\"3RL in ash\\\" now"), "{warned}");
    for key in ["palette", "tools"] {
        scratch.case.as_object_mut().unwrap().remove(key);
    }

    // Told only: the depth is that of the case, and dots of 0.16 mm are not what it makes.
    scratch.case["design"]["diameter"] = json!({"mean_mm": 0.16, "sd_mm": 0.0, "min_mm": 0.16, "max_mm": 0.16});
    scratch.case["design"]["calibration"] = json!({"file": "calibration.json"});
    scratch.plan().arg("-q").assert().success();
    let plan = json_of(&scratch.path("out/plan.json"));
    assert!(numbers(&plan["dots"]["depth_mm"]).iter().all(|&depth| (depth - 0.5).abs() < 1e-12));
    let told = plan["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "calibration").unwrap();
    assert_eq!(told["severity"], "WARN");
    assert!(told["message"].as_str().unwrap().contains("0.210 mm on average"), "{told}");

    for (content, parts) in [
        ("cell,size\nA1,0.2\n", &["header", "diameter_mm, and dot_id or cell"][..]),
        ("cell,diameter_mm\nA1,0.2\nQ7,0.2\n", &["line 3", "\"Q7\""]),
        ("dot_id,diameter_mm\n1,wide\n", &["line 2", "\"wide\""]),
        ("dot_id,diameter_mm\n1,0.2\n2,0.2\n", &["2 measured dots"]),
        ("dot_id,diameter_mm\n0,0.2\n", &["line 2", "\"0\""]),
    ] {
        let wrong = scratch.write("wrong.csv", content);
        let output = calibrate(&wrong).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        for part in parts {
            assert!(text.contains(part), "\"{part}\" is not in: {text}");
        }
    }
    scratch.write("calibration.json", "{\"format\": \"tonsure-calibration/9\", \"plan_sha256\": \"\", \"tools\": []}");
    scratch.refused(&["calibration.json", "tonsure-calibration/1"]);
}
