//! Bounds on what is read: files that are too large, nested too deeply, or that promise more than they hold.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tonsure::case::Case;
use tonsure::geometry::{PointsTable, Units};
use tonsure::plan::Plan;
use tonsure::region::boundary;
use tonsure::rig::{Profile, Registration};
use tonsure::route;

use crate::support::scratch::{Scratch, tonsure};

/// The text of an error that ends a command with status 2.
fn refused(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    text
}

/// A file of that length without content; it takes no room on the disk.
fn hollow(path: &Path, length: u64) {
    File::create(path).unwrap().set_len(length).unwrap();
}

#[test]
fn a_file_beyond_the_bound_is_refused_before_it_is_read() {
    let scratch = Scratch::new();
    let scan = scratch.path("scan.stl");
    hollow(&scan, 3 << 29);
    let text = refused(&tonsure().arg("inspect").arg(&scan).output().unwrap());
    let told =
        "scan.stl: found 1610612736 bytes; expected at most 1073741824; check the file, or give --raise-limits 2";
    assert!(text.contains(told), "{text}");
    hollow(&scan, 1 << 39);
    assert!(refused(&tonsure().arg("inspect").arg(&scan).output().unwrap()).contains("--raise-limits 512"));

    let case = scratch.path("case.json");
    hollow(&case, 70_000_000);
    let plan = |options: &[&str]| {
        tonsure().arg("plan").arg(&case).arg("--out").arg(scratch.path("out")).args(options).output().unwrap()
    };
    assert!(refused(&plan(&[])).contains("case.json: found 70000000 bytes; expected at most 67108864"));
    let raised = refused(&plan(&["--raise-limits", "2"]));
    assert!(raised.contains("case.json: line 1 column 1: found text that is no JSON"), "{raised}");
}

#[test]
fn a_line_of_more_points_than_anybody_draws() {
    let line = |points: usize| {
        let turn = |i: usize| i as f64 / points as f64 * std::f64::consts::TAU;
        let points: Vec<_> = (0..points).map(|i| [80.0 * turn(i).cos(), 80.0 * turn(i).sin(), 0.0]).collect();
        let text = json!({"name": "long", "units": "mm", "hairline": points}).to_string();
        boundary::read(text.as_bytes(), "long.hairline.json", Units::Millimetre).map(|line| line.points.len())
    };
    assert_eq!(line(100_000), Ok(100_000));
    let error = line(100_001).unwrap_err().to_string();
    assert!(error.contains("found 100001 points in the line; expected at most 100000; check the file"), "{error}");
}

/// Every reader of JSON and XML by a name that a file would have.
fn read_any(name: &str, bytes: &[u8]) -> tonsure::Result<()> {
    match name {
        "case.json" => Case::parse(bytes, name).map(drop),
        "rig.json" => Profile::parse(bytes, name).map(drop),
        "r.registration.json" => Registration::parse(bytes, name).map(drop),
        "plan.json" => Plan::parse(bytes, name).map(drop),
        "scan.gltf" => tonsure::mesh::read(bytes, tonsure::mesh::Format::Gltf, None, &|_| Ok(Vec::new())).map(drop),
        _ => boundary::read(bytes, name, Units::Millimetre).map(drop),
    }
}

#[test]
fn files_that_are_nested_ever_deeper() {
    const DEEP: usize = 200_000;
    let arrays = "[".repeat(DEEP);
    let objects = "{\"mesh\":".repeat(DEEP);
    for name in
        ["case.json", "rig.json", "r.registration.json", "plan.json", "scan.gltf", "a.hairline.json", "a.mrk.json"]
    {
        for text in [&arrays, &objects] {
            let error = read_any(name, text.as_bytes()).unwrap_err().to_string();
            assert!(error.split("; ").count() == 3 && error.len() < 600, "{name}: {error}");
        }
    }
    // Within a value that is skipped, too.
    let inside = format!("{{\"markups\":[{}", "{\"measurements\":[".repeat(DEEP));
    assert!(read_any("a.mrk.json", inside.as_bytes()).is_err());
    for text in [
        format!("<PickedPoints>{}", "<point>".repeat(DEEP)),
        format!("<PickedPoints>{}{}</PickedPoints>", "<a>".repeat(DEEP), "</a>".repeat(DEEP)),
        "<!DOCTYPE a [<!ENTITY a \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY b \"&a;&a;&a;\">]><PickedPoints>&a;</PickedPoints>"
            .to_owned(),
    ] {
        assert!(read_any("a.pp", text.as_bytes()).is_err());
    }
}

#[test]
fn coordinates_beyond_any_scale() {
    for number in ["1e308", "-1e308", "1e13"] {
        let error = PointsTable::read(format!("x,y\n1,2\n3,{number}\n").as_bytes()).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("line 3, column y: found \"{number}\"; expected a finite number")),
            "{error}"
        );
        let tsp = format!("EDGE_WEIGHT_TYPE: EUC_2D\nDIMENSION: 1\nNODE_COORD_SECTION\n1 0 {number}\n");
        assert!(route::read_tsp(tsp.as_bytes()).is_err());
        for name in ["a.hairline.json", "a.fcsv"] {
            let text = match name {
                "a.fcsv" => format!("1,{number},0,0\n2,0,50,0\n3,50,0,0\n4,0,0,50\n"),
                _ => format!("{{\"units\": \"m\", \"hairline\": [[{number},0,0],[0,1,0],[1,0,0],[0,0,1]]}}"),
            };
            let read = boundary::read(text.as_bytes(), name, Units::Metre);
            let error = read.and_then(|line| boundary::check_span(&line.points, line.units)).unwrap_err().to_string();
            assert!(error.contains("found a ") && error.len() < 800, "{error}");
        }
    }
}

/// Every number in a value, in turn, replaced by another one.
fn with_other_numbers(value: &Value, number: f64) -> Vec<(String, Value)> {
    match value {
        Value::Number(_) => vec![(String::new(), json!(number))],
        Value::Array(items) => {
            let changed = |(i, item): (usize, &Value)| {
                with_other_numbers(item, number).into_iter().map(move |(path, new)| (i, path, new)).collect::<Vec<_>>()
            };
            let all = items.iter().enumerate().flat_map(changed);
            let whole = |(i, path, new)| {
                let mut items = items.clone();
                items[i] = new;
                (format!("[{i}]{path}"), Value::Array(items))
            };
            all.map(whole).collect()
        }
        Value::Object(entries) => {
            let changed = |(key, item): (&String, &Value)| {
                let key = key.clone();
                with_other_numbers(item, number)
                    .into_iter()
                    .map(move |(path, new)| (key.clone(), path, new))
                    .collect::<Vec<_>>()
            };
            let all = entries.iter().flat_map(changed);
            let whole = |(key, path, new): (String, String, Value)| {
                let mut entries = entries.clone();
                let shown = format!(".{key}{path}");
                entries.insert(key, new);
                (shown, Value::Object(entries))
            };
            all.map(whole).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn absurd_numbers_in_a_case_end_in_a_plan_or_in_words() {
    let mut scratch = Scratch::new();
    scratch.case["mesh"]["close_holes_up_to_mm"] = json!(5);
    scratch.case["keep_outs"] = json!([{"centre": [0, 0, 80], "radius_mm": 3}]);
    scratch.case["sessions"] = json!([{"share": 0.6}, {"share": 0.4, "interval_days": 20}]);
    scratch.case["stops"] = json!({"reload_every_dots": 50, "max_minutes_between_registration": 20});
    scratch.case["design"]["edge"] = json!({"width_mm": 6, "edge_share": 0.3});
    let mut planned = 0;
    for number in [1e308, -1e308, 1e-300, 0.0] {
        for (path, case) in with_other_numbers(&scratch.case, number) {
            let parsed = Case::parse(case.to_string().as_bytes(), "case.json");
            let Err(error) = parsed else {
                let kept = std::mem::replace(&mut scratch.case, case);
                let output = scratch.plan().output().unwrap();
                let text = String::from_utf8_lossy(&output.stderr);
                assert!(matches!(output.status.code(), Some(0..=2)), "{path} = {number:e}: {text}");
                scratch.case = kept;
                planned += 1;
                continue;
            };
            let text = error.to_string();
            assert!(text.contains(": found ") && text.contains("; expected ") && text.len() < 1500, "{path}: {text}");
        }
    }
    assert!(planned > 0, "no number was accepted at all");
}

#[test]
#[cfg(unix)]
fn headers_that_promise_the_world_get_no_memory() {
    let scratch = Scratch::new();
    let ply = |elements: &str| format!("ply\nformat binary_little_endian 1.0\n{elements}end_header\n0123456789abcdef");
    let xyz = "property float x\nproperty float y\nproperty float z\n";
    let gltf = json!({
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "buffers": [{"byteLength": 4_000_000_000_u32}],
        "bufferViews": [{"buffer": 0, "byteLength": 4_000_000_000_u32}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 300_000_000, "type": "VEC3",
            "min": [0, 0, 0], "max": [1, 1, 1]}],
    });
    let mut glb = b"glTF\x02\0\0\0\xff\xff\xff\xff\xff\xff\xff\xffJSON".to_vec();
    glb.extend(b"{}");
    let mut stl = vec![b' '; 80];
    stl.extend([0xff; 4 + 50]);
    let files: [(&str, Vec<u8>); 8] = [
        ("vertices.ply", ply(&format!("element vertex 4294967295\n{xyz}")).into_bytes()),
        ("more.ply", ply(&format!("element vertex 18446744073709551615\n{xyz}")).into_bytes()),
        (
            "list.ply",
            ply(&format!("element vertex 1\n{xyz}element face 1\nproperty list uint int vertex_indices\n"))
                .into_bytes(),
        ),
        ("empty.ply", ply(&format!("element nothing 4294967295\nelement vertex 1\n{xyz}")).into_bytes()),
        ("count.stl", stl),
        ("count.off", b"OFF\n4294967295 4294967295 0\n0 0 0\n".to_vec()),
        ("buffer.gltf", gltf.to_string().into_bytes()),
        ("length.glb", glb),
    ];
    for (name, bytes) in files {
        let path = scratch.write(name, bytes);
        // Address space for the program and its threads, and no gigabyte more.
        let limited = "ulimit -v 1500000; exec \"$0\" inspect \"$1\" --threads 2";
        let output =
            Command::new("sh").args(["-c", limited, env!("CARGO_BIN_EXE_tonsure")]).arg(&path).output().unwrap();
        assert_eq!(refused(&output).split("; ").count(), 3, "{name}");
    }
    assert!(fs::metadata(scratch.path("list.ply")).unwrap().len() < 300);
}
