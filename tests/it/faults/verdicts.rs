//! What a technician sees of a verdict: one line, the exit status, JSON, a drawing, and the file beside the programs.

use std::fs;

use serde_json::Value;

use crate::support::scratch::{Scratch, tonsure};

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn a_verdict_is_told_to_people_and_machines() {
    let scratch = Scratch::new();
    scratch.plan().assert().success();
    let beside = json(&fs::read(scratch.path("out/session-1.upright.verify.json")).unwrap());
    let programs = beside["programs"].as_array().unwrap();
    let named: Vec<_> = programs.iter().map(|program| program["file"].as_str().unwrap()).collect();
    assert_eq!(named, ["session-1.upright.ngc", "session-1.upright.air.ngc"]);
    let program = scratch.path("out/session-1.upright.ngc");
    let said = |arguments: &[&str]| {
        let output = tonsure().arg("verify").arg(&program).args(arguments).output().unwrap();
        (output.status.code().unwrap(), output.stdout)
    };
    let (status, seen) = said(&["--json"]);
    let seen = json(&seen);
    assert_eq!((status, &seen["verdict"], &seen["findings"]), (0, &programs[0]["verdict"], &programs[0]["findings"]));
    let miss = seen["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "P18").unwrap();
    assert!(miss["message"].as_str().unwrap().contains("mm, 0.01 mm allowed"), "{miss}");

    // One dot 0.3 mm aside.
    let text = fs::read_to_string(&program).unwrap();
    let at = text.lines().position(|line| line.starts_with("G1X")).unwrap();
    let moved = text.lines().enumerate().map(|(number, line)| {
        let aside = |line: &str| {
            let end = line[3..].find(|c: char| c.is_ascii_uppercase()).unwrap() + 3;
            format!("G1X{:.3}{}", line[3..end].parse::<f64>().unwrap() + 0.3, &line[end..])
        };
        if number == at { aside(line) + "\n" } else { line.to_owned() + "\n" }
    });
    let moved: String = moved.collect();
    fs::write(&program, moved).unwrap();
    let (status, line) = said(&["--quiet"]);
    let line = String::from_utf8(line).unwrap();
    assert!(status == 1 && line.starts_with("FAIL ") && line.lines().count() == 1, "{status}: {line}");
    let drawing = scratch.path("faults.svg");
    let (status, seen) = said(&["--json", "-o", drawing.to_str().unwrap()]);
    let seen = json(&seen);
    let place = seen["places"].as_array().unwrap().iter().find(|place| place["code"] == "P18").unwrap();
    assert_eq!((status, place["line"].as_u64()), (1, Some(at as u64 + 1)));
    let svg = fs::read_to_string(drawing).unwrap();
    assert!(svg.contains("P18") && svg.contains(&format!("line {}", at + 1)) && !svg.contains("hidden in all views"));

    // Against another rig and another scan: one with other axes, and a plate over the head.
    fs::write(&program, text).unwrap();
    assert_eq!(said(&["--rig", "gantry-xyzbc"]).0, 1);
    let dome = scratch.path("dome.off");
    assert_eq!(said(&["--mesh", dome.to_str().unwrap()]).0, 0);
    let plate = scratch.write("plate.off", "OFF\n3 1 0\n-20 -20 8.5\n20 -20 8.5\n0 20 8.5\n3 0 1 2\n");
    assert_eq!(said(&["--mesh", plate.to_str().unwrap(), "--units", "cm"]).0, 1);
}
