//! What interpreters of others make of programs: Klipper's host code, and the parser of a sender for grbl.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tonsure::gcode::{self, Program, Style};
use tonsure::rig::{Profile, builtin};
use tonsure::toolpath::{Mode, MotionKind};

use super::golden::eventful;
use super::{header, rows};

/// Where `.ci/run` has put a tool; without it a test is skipped, but fails where tools are required.
fn tool(variable: &str) -> Option<PathBuf> {
    let found = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.exists());
    if found.is_none() {
        assert!(std::env::var_os("TONSURE_REQUIRE_TOOLS").is_none(), "{variable} names no tool");
        eprintln!("skipped: {variable} names no tool");
    }
    found
}

/// What Klipper does with a program in batch mode, see `klippy_batch.py` beside this repository.
fn klippy(program: &Program, profile: &Profile) -> Option<Value> {
    let driver = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/check/klippy_batch.py"));
    if !driver.exists() {
        eprintln!("skipped: no {}", driver.display());
        return None;
    }
    let [klipper, python, dictionary] = ["KLIPPER_DIR", "KLIPPER_PY", "KLIPPER_DICT"].map(tool);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("program.gcode");
    std::fs::write(&file, &program.text).unwrap();
    let letters: String = profile.axes.iter().map(|axis| axis.letter).collect();
    let limits: Vec<String> =
        profile.axes.iter().map(|axis| format!("{}:{}:{}", axis.letter, axis.min, axis.max)).collect();
    let output = Command::new("python3")
        .arg(driver)
        .arg(&file)
        .arg("--klipper")
        .arg(klipper?)
        .arg("--python")
        .arg(python?)
        .arg("--dict")
        .arg(dictionary?)
        .args(["--axes", &letters, "--limits", &limits.join(","), "--vmax", "80"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
}

#[test]
fn klipper_strikes_every_dot_and_knows_every_word() {
    let profile = builtin("klipper-xyzbc").unwrap();
    for toolpath in [eventful(&profile, Mode::Treat), rows(&profile, 100)] {
        let program = gcode::program(&toolpath, &profile, &header(Mode::Treat, "ball"), Style::Compact).unwrap();
        let Some(seen) = klippy(&program, &profile) else { return };
        assert_eq!((&seen["errors"], &seen["unknown"]), (&Value::Array(vec![]), &Value::Array(vec![])), "{seen}");
        let number = |value: &Value, key: &str| value[key].as_f64().unwrap();
        let mut rests = seen["stops"].as_array().unwrap().iter();
        for strike in &program.strikes.lines {
            let at = rests.find(|rest| {
                let off = profile.axes.iter().zip(strike.joints.iter());
                // Half a step of 0.0025 mm, 0.00125 mm or 0.01125 degrees, and what its planner leaves.
                off.map(|(axis, q)| (number(rest, &axis.letter.to_string()) - q).abs()).fold(0.0, f64::max) <= 0.008
            });
            let at = at.unwrap_or_else(|| panic!("dot {} is not struck", strike.dot));
            assert!(number(at, "t1") - number(at, "t0") >= 0.05 * 0.999);
        }
        // The needle is on between the first strike and the last, and off in the end.
        let switched: Vec<f64> =
            seen["needle"].as_array().unwrap().iter().map(|edge| edge[1].as_f64().unwrap()).collect();
        let on = toolpath.motions.iter().filter(|motion| motion.kind == MotionKind::NeedleOn).count();
        assert_eq!(switched.iter().filter(|ticks| **ticks > 0.0).count(), on);
        assert_eq!(switched.last(), Some(&0.0));
    }
}

/// End points of all moves as gcode-toolpath sees them, which the sender `CNCjs` draws with: X, Y, Z.
fn drawn(text: &str) -> Option<Vec<[f64; 3]>> {
    let modules = tool("TONSURE_NODE_MODULES")?;
    let folder = tempfile::tempdir().unwrap();
    let [file, script] = ["program.nc", "draw.cjs"].map(|name| folder.path().join(name));
    std::fs::write(&file, text).unwrap();
    let code = "const { readFileSync } = require('fs');
        const required = require('gcode-toolpath'), Toolpath = required.default || required;
        const seen = (modal, from, to) => console.log([modal.units, modal.distance, to.x, to.y, to.z].join(' '));
        new Toolpath({ addLine: seen }).loadFromStringSync(readFileSync(process.argv[2], 'utf8'));";
    std::fs::write(&script, code).unwrap();
    let output = Command::new("node").env("NODE_PATH", modules).arg(&script).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let point = |line: &str| {
        let numbers = line.strip_prefix("G21 G90 ").expect("mm, absolute").split(' ');
        numbers.map(|number| number.parse().unwrap()).collect::<Vec<f64>>().try_into().unwrap()
    };
    Some(lines.lines().map(point).collect())
}

#[test]
fn a_sender_sees_every_place_of_programs_for_grbl_and_its_relatives() {
    for rig in ["gantry-xyz", "table-xyzac", "fluidnc-xyzab", "gantry-xyzab"] {
        let profile = builtin(rig).unwrap();
        for toolpath in [eventful(&profile, Mode::Treat), rows(&profile, 100)] {
            let program = gcode::program(&toolpath, &profile, &header(Mode::Treat, "ball"), Style::Compact).unwrap();
            let Some(seen) = drawn(&program.text) else { return };
            let moves = |kind: &MotionKind| match kind {
                MotionKind::Travel | MotionKind::Approach | MotionKind::Strike | MotionKind::Retract => 1,
                // Back to where the axes stood: Z, the rotary axes, X and Y.
                MotionKind::Halt(_) => 2 + usize::from(profile.axes.len() > 3),
                _ => 0,
            };
            let wanted: Vec<_> =
                toolpath.motions.iter().flat_map(|motion| std::iter::repeat_n(motion, moves(&motion.kind))).collect();
            let start = seen.len() - wanted.len();
            for (motion, place) in wanted.iter().zip(&seen[start..]) {
                let off = motion.joints.iter().zip(place).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                let rounding = if motion.kind == MotionKind::Strike { 0.000_501 } else { 0.005_001 };
                assert!(off <= rounding, "{rig}: {:?} is off by {off}", motion.kind);
            }
        }
    }
}
