//! Dialects of a rig's owner, and line numbers: what `verify` makes of them.

use serde_json::json;
use tonsure::error::Severity;
use tonsure::rig::{Profile, builtin, builtin_names};

use super::golden::own_klipper;
use crate::verify::{Job, job_on};

fn edited(rig: &str, hooks: &serde_json::Value) -> tonsure::error::Result<Profile> {
    let mut value = serde_json::to_value(builtin(rig).unwrap()).unwrap();
    value["hooks"] = hooks.clone();
    Profile::parse(value.to_string(), "rig.json")
}

/// No fault, but a word about the lines that were not looked at.
fn warns(job: &Job) {
    for verdict in [job.verdict(), job.air_verdict()] {
        assert_eq!(verdict.verdict, Severity::Warn, "{:?}", verdict.findings);
        assert!(verdict.findings.iter().any(|finding| finding.code == "hooks-not-simulated"));
    }
}

#[test]
fn every_dialect_passes_and_so_it_does_with_line_numbers() {
    for rig in builtin_names() {
        let profile = builtin(rig).unwrap();
        let polar_deg = if profile.pivot_to_tip_mm > 0.0 { 80.0 } else { 18.0 };
        job_on(profile.clone(), polar_deg).both_pass();
        let numbered = job_on(Profile { line_numbers: true, ..profile }, polar_deg);
        numbered.both_pass();
        numbered.fails(&numbered.treat().replacen("\nN9 ", "\nN8 ", 1), "P12", 0);
    }
}

#[test]
fn a_dialect_of_the_owner_is_read_as_that_on_which_it_is_based() {
    let job = job_on(own_klipper(), 60.0);
    warns(&job);
    let text = job.treat();
    assert!(text.contains("\nNEEDLE_ON TOOL=1\n") && !text.contains("SET_PIN"), "{text}");
    // Words of the owner other than the profile's, elsewhere than they belong, or left out.
    job.fails(&text.replacen("NEEDLE_ON TOOL=1", "NEEDLE_ON TOOL=2", 1), "P12", 0);
    job.fails(&text.replacen("NEEDLE_ON TOOL=1", "G0X0Y0Z0F600", 1), "P12", 0);
    let on = "; hook needle_on begins\nNEEDLE_ON TOOL=1\n; hook ends\n";
    job.fails(&text.replacen(on, "", 1), "P11", 0);
    let start = text.find("; hook start").unwrap();
    let end = start + text[start..].find("; hook ends\n").unwrap() + "; hook ends\n".len();
    job.fails(&format!("{}{}", &text[..start], &text[end..]), "P12", 0);
    job.fails(&text.replacen("; hook end begins", "; hook wipe begins", 1), "P12", 0);
}

#[test]
fn templates_that_cannot_be_are_refused_where_they_stand() {
    for (hooks, place) in [
        (json!({"wipe": ["{{ dot"]}), "hooks.wipe[0]"),
        (json!({"wipe": ["G4 P1", "{{ nothing.at.all }}"]}), "hooks.wipe[1]"),
        (json!({"reload": ["{% include 'other' %}"]}), "hooks.reload[0]"),
        (json!({"pause": ["M{{ 30 }}"]}), "hooks.pause[0]"),
        (json!({"message": ["{{ '\\n' }}G0 Z0"]}), "hooks.message[0]"),
        (json!({"message": ["; hook ends{{ dot }}"]}), "hooks.message[0]"),
    ] {
        let text = edited("gantry-xyzab", &hooks).unwrap_err().to_string();
        assert!(text.contains(place), "{hooks}: {text}");
    }
    assert!(
        edited("gantry-xyzab", &json!({"wipes": ["M0"]})).unwrap_err().to_string().contains("did you mean \"wipe\"")
    );
}
