//! What the depth of a strike counts from: the scan, a nose that rides on the skin, or a touch.

use std::process::Command;

use serde_json::{Value, json};
use tonsure::error::Severity;
use tonsure::rig::{DepthMode, Profile, builtin};

use crate::support::scratch::Scratch;
use crate::verify::{Job, job_on};

fn with_depth(rig: &str, depth: &Value) -> tonsure::error::Result<Profile> {
    let mut value = serde_json::to_value(builtin(rig).unwrap()).unwrap();
    value["depth"] = depth.clone();
    Profile::parse(value.to_string(), "rig.json")
}

fn nose() -> Value {
    json!({"mode": "nose", "protrusion_mm": 0.5, "over_travel_mm": 0.8, "compliance_mm": 1.5})
}

fn probe() -> Value {
    json!({"mode": "probe", "feed_mm_s": 3, "search_mm": 1.5})
}

/// Rigs whose controllers can strike from a touch, and how far the head's dots go round on them.
const PROBING: [(&str, f64); 4] =
    [("gantry-xyz", 18.0), ("gantry-xyzab", 90.0), ("table-xyzac", 30.0), ("fluidnc-xyzab", 60.0)];

fn job(rig: &str, polar_deg: f64, depth: &Value) -> Job {
    job_on(with_depth(rig, depth).unwrap(), polar_deg)
}

#[test]
fn every_mode_passes_and_the_header_says_which() {
    for (rig, polar_deg) in PROBING {
        for (depth, said) in [
            (json!({"mode": "absolute"}), "depth=absolute counts from the scan"),
            (nose(), "depth=nose protrusion_mm=0.5 over_travel_mm=0.8"),
            (probe(), "depth=probe counts from a touch feed_mm_s=3 search_mm=1.5"),
        ] {
            let job = job(rig, polar_deg, &depth);
            job.both_pass();
            assert!(job.treat().contains(said), "{rig}: {}", &job.treat()[..900]);
            assert_eq!(job.treat().contains("G38.2"), depth["mode"] == "probe");
            // In a dry run nothing is touched.
            assert!(!job.air().contains("G38"));
        }
    }
    for rig in ["klipper-xyzbc", "marlin-xyzbc", "reprap-xyzab", "gantry-xyzbc"] {
        job(rig, 60.0, &nose()).both_pass();
    }
}

/// The text with every line changed.
fn lines(text: &str, change: impl Fn(&str) -> Option<String>) -> String {
    text.lines().map(|line| change(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
}

/// The text with a number added to what stands behind a mark in each line that begins with `start`.
fn shifted(text: &str, start: &str, mark: &str, by: f64) -> String {
    lines(text, |line| {
        let (before, after) = line.strip_prefix(start).and_then(|_| line.split_once(mark))?;
        let end = after.find([' ', ']']).unwrap_or(after.len());
        let number = after[..end].parse::<f64>().ok()? + by;
        let sign = if after.starts_with(['+', '-']) && number >= 0.0 { "+" } else { "" };
        Some(format!("{before}{mark}{sign}{number:.3}{}", &after[end..]))
    })
}

#[test]
fn a_touch_that_may_go_too_deep_or_a_strike_that_does_not_count_from_it_fails() {
    let grbl = job("gantry-xyz", 18.0, &probe());
    let text = grbl.treat();
    grbl.fails(&shifted(text, "G38.2", " Z", -0.02), "P05", 0);
    grbl.fails(&shifted(text, "G38.2", " Z", 0.02), "P18", 0);
    grbl.fails(&shifted(text, "G38.2", " F", 60.0), "P10", 0);
    grbl.fails(&shifted(text, "G38.2", " X", 0.3), "P08", 0);
    grbl.fails(&shifted(text, "G91 G1", " Z", -0.02), "P05", 0);
    grbl.fails(&shifted(text, "G91 G1", " Z", 0.02), "P18", 0);
    // Without G91 the depth would be a place, without G90 the way back a depth.
    grbl.fails(&text.replacen("G91 G1", "G1", 1), "P18", 0);
    grbl.fails(&text.replacen("G90 G1", "G1", 1), "P12", 0);
    let without = |start: &'static str| text.lines().filter(move |line| !line.starts_with(start));
    grbl.fails(&(without("G38.2").collect::<Vec<_>>().join("\n") + "\n"), "P12", 0);
    grbl.fails(&(without("G91 G1").collect::<Vec<_>>().join("\n") + "\n"), "P08", 0);
    grbl.fails(&text.replacen("G38.2", "G38.3", 1), "P12", 0);
    grbl.fails(&text.replacen("depth=probe", "depth=absolute", 1), "P05", 1);
    // A relative move anywhere else, also right behind a strike.
    grbl.fails(&text.replacen("G4 P0.05", "G91 G1 Z-0.1 F2400\nG4 P0.05", 1), "P12", 0);

    let linuxcnc = job("gantry-xyzab", 90.0, &probe());
    let text = linuxcnc.treat();
    linuxcnc.fails(&lines(text, |line| line.contains('[').then(|| line.replacen("#5063", "#5062", 1))), "P12", 0);
    linuxcnc.fails(&lines(text, |line| line.contains('[').then(|| line.replacen("#5063", "#5073", 1))), "P12", 0);
    linuxcnc.fails(&lines(text, |line| line.contains('[').then(|| line.replacen("[#5063", "[2*#5063", 1))), "P12", 0);
    linuxcnc.fails(&lines(text, |line| line.contains('[').then(|| line.replacen("G1 ", "G91 G1 ", 1))), "P12", 0);
    let deeper = lines(text, |line| {
        let (before, after) = line.split_once("Z[#5063")?;
        let (by, rest) = after.split_once(']')?;
        Some(format!("{before}Z[#5063{:+.3}]{rest}", by.parse::<f64>().unwrap() - 0.1))
    });
    linuxcnc.fails(&deeper, "P18", 0);
    // The parameters are no words of grbl's.
    grbl.fails(
        &lines(grbl.treat(), |line| line.starts_with("G91").then(|| "G1 Z[#5063-0.5] F2400".to_owned())),
        "P12",
        0,
    );
}

#[test]
fn a_rig_that_does_not_probe_must_not_and_a_nose_goes_no_deeper_than_it_may() {
    let absolute = job("gantry-xyz", 18.0, &json!({"mode": "absolute"}));
    let stroke = absolute.treat().lines().position(|line| line.starts_with("G1 ")).unwrap();
    let probed = absolute.treat().lines().enumerate().map(|(index, line)| {
        let line = if index == stroke { line.replacen("G1 ", "G38.2 ", 1) } else { line.to_owned() };
        line + "\n"
    });
    absolute.fails(&probed.collect::<String>(), "P05", stroke + 1);

    let nose = job("gantry-xyz", 18.0, &nose());
    let deeper = |by: f64| {
        let strikes: Vec<&str> = nose.treat().lines().filter(|line| line.ends_with("F2400")).collect();
        assert_eq!(strikes.len(), nose.plan.blocks[0].dots.len());
        shifted_where(nose.treat(), |line| line.ends_with("F2400"), by)
    };
    nose.fails(&deeper(-0.02), "P05", 0);
    nose.fails(&deeper(0.8), "P18", 0);
    // A plan of another depth than the nose has.
    let mut other = job(
        "gantry-xyz",
        18.0,
        &json!({"mode": "nose", "protrusion_mm": 0.5, "over_travel_mm": 0.8, "compliance_mm": 1.5}),
    );
    other.plan.rig.depth = DepthMode::Nose { protrusion_mm: 0.7, over_travel_mm: 0.8, compliance_mm: 1.5 };
    other.is_refused("P05");
}

fn shifted_where(text: &str, is: impl Fn(&str) -> bool, by: f64) -> String {
    lines(text, |line| is(line).then(|| shifted(line, "G1", " Z", by).trim_end().to_owned()))
}

/// LinuxCNC's own interpreter: each strike ends where the touch was, and as deep as the case says along the needle from there.
#[test]
fn linuxcnc_strikes_from_the_touch() {
    let job = job("gantry-xyzab", 90.0, &probe());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("program.ngc");
    std::fs::write(&file, job.treat()).unwrap();
    let answer = Command::new("timeout").args(["60", "rs274", "-g"]).arg(&file).current_dir(&folder).output().unwrap();
    if answer.status.code() == Some(127) {
        assert!(std::env::var_os("TONSURE_REQUIRE_TOOLS").is_none(), "rs274 is missing");
        eprintln!("skipped: rs274 is missing (Debian package linuxcnc-uspace)");
        return;
    }
    let log = String::from_utf8(answer.stdout).unwrap();
    assert!(log.contains("PROGRAM_END()"), "{log}{}", String::from_utf8_lossy(&answer.stderr));
    let calls: Vec<(&str, Vec<f64>)> = log
        .lines()
        .filter_map(|line| {
            let (name, numbers) = line.split_once("STRAIGHT_")?.1.split_once('(')?;
            Some((name, numbers.trim_end_matches(')').split(", ").filter_map(|n| n.parse().ok()).collect()))
        })
        .collect();
    let dots = &job.plan.blocks[0].dots;
    let touches: Vec<usize> = (0..calls.len()).filter(|&at| calls[at].0 == "PROBE").collect();
    assert_eq!(touches.len(), dots.len());
    for (&at, dot) in touches.iter().zip(dots) {
        let approach: &[f64] = &calls[at - 1].1[..3];
        let [_, (_, farthest), (name, strike)] = &calls[at - 1..=at + 1] else { panic!() };
        assert_eq!(*name, "FEED");
        // The stand-alone interpreter takes the farthest place for the touch, and stands a little before it.
        let way: Vec<f64> = (0..3).map(|axis| farthest[axis] - approach[axis]).collect();
        let length = way.iter().map(|d| d * d).sum::<f64>().sqrt();
        let depth = job.plan.dot(*dot).unwrap().depth_mm;
        for axis in 0..3 {
            let expected = farthest[axis] + way[axis] / length * depth;
            assert!((strike[axis] - expected).abs() < 0.003, "dot {dot}: {} not {expected}", strike[axis]);
        }
        assert_eq!(strike[3..5], farthest[3..5], "the needle does not turn");
    }
}

#[test]
fn what_cannot_be_is_refused_with_a_reason_and_a_remedy() {
    for (rig, reason) in [
        ("klipper-xyzbc", "Klipper has no G38.2"),
        ("marlin-xyzbc", "Marlin goes on"),
        ("reprap-xyzab", "RepRapFirmware is not known"),
    ] {
        let text = with_depth(rig, &probe()).unwrap_err().to_string();
        assert!(text.starts_with("rig.json: depth.mode: found \"probe\"") && text.contains(reason), "{text}");
        assert!(text.contains("grbl, grblhal, fluidnc or linuxcnc") && text.contains("\"nose\""), "{text}");
    }
    for (depth, parts) in [
        (json!({"mode": "probe", "feed_mm_s": 8, "search_mm": 1}), ["depth.feed_mm_s: found 8", "at most 4.00 mm/s"]),
        (json!({"mode": "probe", "feed_mm_s": 0, "search_mm": 1}), ["depth.feed_mm_s", "above 0"]),
        (json!({"mode": "probe", "feed_mm_s": 2, "search_mm": 6}), ["depth.search_mm: found 6", "5 mm"]),
        (json!({"mode": "probe", "feed_mm_s": 2}), ["depth", "search_mm"]),
        (json!({"mode": "probe", "feed_mm_s": 2, "search_mm": 4.9}), ["depth.mode: found 4.9 mm beyond", "holder"]),
        (
            json!({"mode": "nose", "protrusion_mm": 1.6, "over_travel_mm": 1, "compliance_mm": 2}),
            ["depth.protrusion_mm", "1.5"],
        ),
        (
            json!({"mode": "nose", "protrusion_mm": 0, "over_travel_mm": 1, "compliance_mm": 2}),
            ["depth.protrusion_mm", "above 0"],
        ),
        (
            json!({"mode": "nose", "protrusion_mm": 0.5, "over_travel_mm": 2.1, "compliance_mm": 2}),
            ["depth.over_travel_mm", "compliance_mm, which is 2"],
        ),
        (
            json!({"mode": "nose", "protrusion_mm": 0.5, "over_travel_mm": 1, "compliance_mm": 11}),
            ["depth.compliance_mm", "10"],
        ),
        (json!({"mode": "feel"}), ["feel", "probe"]),
    ] {
        let text = with_depth("gantry-xyz", &depth).unwrap_err().to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{depth}: {text}");
    }
    // A case of another depth than the nose of its rig.
    let mut scratch = Scratch::new();
    let rig = with_depth(
        "gantry-xyzab",
        &json!({"mode": "nose", "protrusion_mm": 0.6, "over_travel_mm": 1, "compliance_mm": 2}),
    );
    scratch.write("nose.json", serde_json::to_string(&rig.unwrap()).unwrap());
    scratch.case["rig"] = json!("nose.json");
    scratch.refused(&["design.depth_mm: found a depth of 0.5 mm", "0.6 mm", "depth.protrusion_mm"]);
}

#[test]
fn whole_plans_are_made_in_each_mode() {
    for depth in [nose(), probe()] {
        let mut scratch = Scratch::new();
        let rig = with_depth("gantry-xyzab", &depth).unwrap();
        scratch.write("own.json", serde_json::to_string(&rig).unwrap());
        scratch.case["rig"] = json!("own.json");
        scratch.case["design"]["density_per_cm2"] = json!(1);
        scratch.case["setups"] = json!(["upright"]);
        scratch.plan().assert().success();
        let program = scratch.path("out").join("session-1.upright.ngc");
        let text = std::fs::read_to_string(&program).unwrap();
        assert!(text.contains(&format!("depth={}", depth["mode"].as_str().unwrap())));
        let verdict = tonsure::job::PlanFolder::read(&scratch.path("out").join("plan.json")).unwrap().verify(&text);
        assert_eq!(verdict.unwrap().verdict, Severity::Pass);
    }
}
