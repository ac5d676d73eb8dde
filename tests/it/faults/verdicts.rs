//! What a technician sees of a verdict: one line, the exit status, JSON, a drawing, and the file beside the programs.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::scratch::{Scratch, list, tonsure};

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// A plan that was edited so that its registration says nothing, or a dot stands outside of the line.
#[test]
fn plans_whose_numbers_do_not_fit_are_refused() {
    let scratch = Scratch::new();
    scratch.plan().assert().success();
    let file = scratch.path("out/plan.json");
    let text = fs::read_to_string(&file).unwrap();
    let refused = |change: &dyn Fn(&mut Value), what: &str| {
        let mut plan: Value = serde_json::from_str(&text).unwrap();
        change(&mut plan);
        fs::write(&file, plan.to_string()).unwrap();
        let output = tonsure().arg("gcode").arg(&file).arg("--out").arg(scratch.path("new")).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
        assert!(output.status.code() != Some(0) && said.contains(what), "{what}: {:?} {said}", output.status);
        assert!(
            !list(&scratch.path("new"))
                .iter()
                .any(|name| Path::new(name).extension().is_some_and(|ending| ending == "ngc"))
        );
        fs::write(&file, &text).unwrap();
    };
    let setup = |plan: &mut Value, change: &dyn Fn(&mut Value)| change(&mut plan["setups"]["upright"]);
    refused(&|plan| setup(plan, &|setup| setup["source"] = "guess".into()), "setups.upright, source");
    refused(&|plan| setup(plan, &|setup| setup["source"] = "fiducials".into()), "setups.upright, fre_mm");
    refused(&|plan| setup(plan, &|setup| setup["largest_tre_mm"] = 2.5.into()), "setups.upright, largest_tre_mm");
    let measured = |fre_mm: f64| {
        move |plan: &mut Value| {
            let setup = &mut plan["setups"]["upright"];
            setup["source"] = "fiducials".into();
            setup["fre_mm"] = fre_mm.into();
            setup["largest_tre_mm"] = 0.1.into();
        }
    };
    refused(&measured(0.1), "0 of them in \"fiducials_mm\"");
    refused(&measured(-0.1), "a length of 0 or more");
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
    // Landmarks have placed the head by the head rest of the plan's rig; and no rig makes a plan good that is none on it.
    let of = |change: &dyn Fn(&mut Value)| {
        let mut rig = serde_json::to_value(tonsure::rig::builtin("gantry-xyzab").unwrap()).unwrap();
        change(&mut rig);
        scratch.write("other.rig.json", rig.to_string())
    };
    let rest = of(&|rig| rig["head_rest"]["upright"]["translation_mm"][2] = 5.into());
    assert_eq!(said(&["--rig", rest.to_str().unwrap()]).0, 2);
    let shallow = of(&|rig| rig["depth_cap_mm"] = 0.4.into());
    assert_eq!(said(&["--rig", shallow.to_str().unwrap()]).0, 2);
    let same = of(&|rig| rig["description"] = "the same".into());
    assert_eq!(said(&["--rig", same.to_str().unwrap()]).0, 0);
    let dome = scratch.path("dome.off");
    assert_eq!(said(&["--mesh", dome.to_str().unwrap()]).0, 0);
    let plate = scratch.write("plate.off", "OFF\n3 1 0\n-20 -20 8.5\n20 -20 8.5\n0 20 8.5\n3 0 1 2\n");
    assert_eq!(said(&["--mesh", plate.to_str().unwrap(), "--units", "cm"]).0, 1);
}
