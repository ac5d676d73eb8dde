//! How the needle is switched, and what the rig's owner adds to programs.

use serde_json::{Value, json};
use tonsure::error::Severity;
use tonsure::rig::Profile;

use super::rig;
use crate::verify::job_on;

fn edited(name: &str, edit: impl FnOnce(&mut Value)) -> tonsure::error::Result<Profile> {
    let mut value = serde_json::to_value(rig(name)).unwrap();
    edit(&mut value);
    Profile::parse(value.to_string(), "rig.json")
}

#[test]
fn a_needle_on_an_output() {
    let profile =
        edited("gantry-xyzab", |v| v["drive"] = json!({"kind": "output", "port": 3, "spin_up_s": 0.5})).unwrap();
    let mut job = job_on(profile, 60.0);
    job.both_pass();
    let code: Vec<&str> = job.treat().lines().filter(|line| !line.starts_with(';')).collect();
    assert_eq!((code[1], code[code.len() - 2]), ("M65 P3", "M65 P3"));
    assert_eq!(code.iter().filter(|line| **line == "M64 P3").count(), 1);
    assert!(!code.iter().any(|line| line.starts_with("M3") || line.starts_with("M5")));
    job.plan.rig.drive = tonsure::rig::Drive::Output { port: 2, spin_up_s: 0.5 };
    job.is_refused("P12");
}

#[test]
fn grbl_has_no_outputs() {
    let drive = json!({"kind": "output", "port": 0, "spin_up_s": 0});
    let text = edited("gantry-xyz", |v| v["drive"] = drive).unwrap_err().to_string();
    assert!(text.contains("drive.kind") && text.contains("grbl"), "{text}");
    let drive = json!({"kind": "output", "port": 64, "spin_up_s": 0});
    let text = edited("gantry-xyzab", |v| v["drive"] = drive).unwrap_err().to_string();
    assert!(text.contains("drive.port: found 64; expected 0 to 63"), "{text}");
}

fn plunging(name: &str) -> tonsure::error::Result<Profile> {
    edited(name, |v| {
        let axis = json!({"letter": "W", "min": -10, "max": 1, "max_speed": 100, "max_acceleration": 2000,
            "direction": "negative", "zero": 0.5});
        v["axes"].as_array_mut().unwrap().push(axis);
        v["drive"] = json!({"kind": "plunge"});
        v["dialect"] = json!("linuxcnc");
    })
}

#[test]
fn an_axis_of_its_own_pushes_the_needle() {
    for (name, polar_deg) in [("gantry-xyz", 18.0), ("gantry-xyzbc", 60.0), ("table-xyzac", 40.0)] {
        let job = job_on(plunging(name).unwrap(), polar_deg);
        job.both_pass();
        let strokes: Vec<&str> = job.treat().lines().filter(|line| line.starts_with("G1 ")).collect();
        // 5 mm down to the skin and 0.5 mm into it, from 0.5 against the count.
        let strikes = strokes.iter().filter(|line| **line == "G1 W-5 F2400").count();
        assert_eq!(strikes, job.plan.blocks[0].dots.len(), "{strokes:?}");
        assert_eq!(strokes.iter().filter(|line| **line == "G1 W0.5 F3600").count(), strikes);
        let code: Vec<&str> = job.treat().lines().filter(|line| !line.starts_with(';')).collect();
        assert_eq!(code[1], "G0 W0.5", "first the needle is drawn back");
        assert!(!code.iter().any(|line| line.starts_with('M') && *line != "M2"));
        for (from, to, code) in [
            ("G1 W-5 F2400", "G1 W-6 F2400", "P05"),
            ("G1 W-5 F2400", "G1 W-5 Y1 F2400", "P08"),
            ("G1 W-5 F2400", "G1 W-4 F2400", "P18"),
            ("G0 W0.5\n", "", "P13"),
        ] {
            job.fails(&job.treat().replacen(from, to, 1), code, 0);
        }
    }
}

#[test]
fn a_plunge_axis_that_does_not_reach() {
    let short = |edit: &dyn Fn(&mut Value)| {
        let mut value = serde_json::to_value(plunging("gantry-xyzab").unwrap()).unwrap();
        edit(&mut value);
        Profile::parse(value.to_string(), "rig.json").unwrap_err().to_string()
    };
    let text = short(&|v| v["axes"][5]["min"] = json!(-5));
    assert!(text.contains("axes[5].max (axis W): found -5 to 1") && text.contains("6.5 mm"), "{text}");
    let text = short(&|v| v["axes"][5]["letter"] = json!("C"));
    assert!(text.contains("\"XYZABC\"") && text.contains("\"XYZAB\" and U, V or W"), "{text}");
    let text = short(&|v| drop(v["axes"].as_array_mut().unwrap().pop()));
    assert!(text.contains("axes: found \"XYZAB\""), "{text}");
}

#[test]
fn hooks_are_written_unchanged_and_told_as_not_simulated() {
    let start = ["M8 (light on)", "g53 g0 z0"];
    let hooks = json!({"start": start, "end": ["M9"]});
    let mut job = job_on(edited("gantry-xyzab", |v| v["hooks"] = hooks).unwrap(), 60.0);
    for verdict in [job.verdict(), job.air_verdict()] {
        assert_eq!(verdict.verdict, Severity::Warn, "{:?}", verdict.findings);
        let told = verdict.findings.iter().find(|finding| finding.code == "hooks-not-simulated").unwrap();
        assert_eq!(told.count, 3);
    }
    let code: Vec<&str> = job.treat().lines().filter(|line| !line.starts_with(';')).collect();
    assert_eq!(code[..2], start);
    // Behind the owner's last lines all is set anew, and the axes come back.
    let last: Vec<&str> = code.iter().rev().take_while(|line| **line != "M9").copied().collect();
    assert_eq!(last[..3], ["M2", "M5", "G0 X0 Y0"], "{last:?}");
    assert!(last.len() < 10 && last[3..].iter().all(|line| line.starts_with('G')), "{last:?}");
    // Another hook than the profile's is a word that nobody planned.
    job.plan.rig.hooks.end = vec!["M7".to_owned()];
    job.is_refused("P12");
    job.plan.rig.hooks.end.clear();
    job.is_refused("P12");
}

#[test]
fn a_hook_that_moves_in_the_middle_of_a_program_fails() {
    let job = job_on(edited("gantry-xyzab", |v| v["hooks"] = json!({"start": ["G0 X0"]})).unwrap(), 60.0);
    let hook = "; hook start begins\nG0 X0\n; hook ends\n";
    let moved = job.treat().replace(hook, "").replacen("\nM3", &format!("\n{hook}M3"), 1);
    job.fails(&moved, "P12", 0);
}

#[test]
fn hooks_that_cannot_be_told_from_the_program_are_refused() {
    for line in ["", "M2", "m 0 30 (done)", "; hook ends", "%", "G0 X0\nM3", "é", &"G0 X0 ".repeat(12)] {
        let text = edited("gantry-xyzab", |v| v["hooks"] = json!({"end": [line]})).unwrap_err().to_string();
        assert!(text.contains("hooks.end[0]"), "{line}: {text}");
    }
    assert!(edited("gantry-xyzab", |v| v["hooks"] = json!({"end": ["M20", "M300", "M230"]})).is_ok());
}
