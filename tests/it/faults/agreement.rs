//! The interpreter of `verify` reads places as interpreters of others do: LinuxCNC's own, and the parser that a sender for
//! grbl draws with.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tonsure::rig::{Dialect, Drive, Profile};
use tonsure::verify::end_points;

use super::corpus::GOOD;

/// Largest difference between two readings of a place, mm or degrees.
const TOLERANCE: f64 = 0.001;

fn missing(tool: &str) {
    assert!(std::env::var_os("TONSURE_REQUIRE_TOOLS").is_none(), "{tool} is missing");
    eprintln!("skipped: {tool} is missing");
}

/// Positions at the end of each move, in the profile's order; an axis that nothing has moved yet counts as 0.
fn ours(text: &str, rig: &Profile) -> Vec<Vec<f64>> {
    let places = end_points(text, rig).into_iter();
    places.map(|(_, at)| at.iter().take(rig.axes.len()).map(|q| q.unwrap_or(0.0)).collect()).collect()
}

fn agree(name: &str, ours: &[Vec<f64>], theirs: &[Vec<f64>]) {
    assert_eq!(ours.len(), theirs.len(), "{name}: moves");
    for (number, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let off = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(off <= TOLERANCE, "{name}: move {number} ends at {theirs:?} for them, at {ours:?} for us");
    }
}

/// What `rs274` says of a program; `None` where it is not installed.
fn rs274(file: &Path) -> Option<String> {
    // A file without end would make it wait for ever.
    let run =
        || Command::new("timeout").args(["60", "rs274", "-g"]).arg(file).current_dir(file.parent()?).output().ok();
    // Now and then it ends before it has said anything, whatever the program: that is no answer.
    let said = |output: &Output| !output.stdout.is_empty() || output.status.code() == Some(127);
    let output = (0..5).find_map(|_| run().filter(said)).expect("rs274 says something");
    let log = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(127) || log.contains("PROGRAM_END()"), "{}: {errors}{log}", output.status);
    (output.status.code() != Some(127)).then_some(log)
}

#[test]
fn places_are_those_of_linuxcnc() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("program.ngc");
    let mut rigs = Vec::new();
    // Standing alone it is set up without U.
    let reads = |rig: &Profile| rig.dialect == Dialect::Linuxcnc && rig.drive != Drive::Plunge;
    for good in GOOD.iter().filter(|good| reads(&good.plan.rig)) {
        let rig = &good.plan.rig;
        std::fs::write(&file, &good.text).unwrap();
        let Some(log) = rs274(&file) else { return missing("rs274") };
        // X, Y, Z, A, B, C, U, V, W.
        let columns: Vec<usize> = rig.axes.iter().map(|axis| "XYZABCUVW".find(axis.letter).unwrap()).collect();
        let theirs: Vec<Vec<f64>> = (log.lines())
            .filter_map(|line| line.split_once("STRAIGHT_")?.1.split_once('('))
            .map(|(_, numbers)| numbers.trim_end_matches(')').split(", ").map(|n| n.parse().unwrap()).collect())
            .map(|all: Vec<f64>| columns.iter().map(|&column| all[column]).collect())
            .collect();
        agree(&good.name, &ours(&good.text, rig), &theirs);
        rigs.push(&rig.name);
    }
    rigs.sort();
    rigs.dedup();
    assert_eq!(rigs, ["gantry-xyzab", "gantry-xyzbc"]);
}

/// End points of all moves as gcode-toolpath sees them, which the sender `CNCjs` draws with: X, Y, Z.
fn drawn(text: &str, modules: &Path) -> Vec<Vec<f64>> {
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
    let place = |line: &str| {
        let numbers = line.strip_prefix("G21 G90 ").expect("mm, absolute").split(' ');
        numbers.map(|number| number.parse().unwrap()).collect()
    };
    lines.lines().map(place).collect()
}

#[test]
fn places_are_those_of_a_sender_for_grbl() {
    let Some(modules) = std::env::var_os("TONSURE_NODE_MODULES").map(PathBuf::from).filter(|path| path.exists()) else {
        return missing("TONSURE_NODE_MODULES");
    };
    // It knows no rotary axes, and draws lines that move only those all the same; nor what U is.
    let reads = |rig: &Profile| {
        matches!(rig.dialect, Dialect::Grbl | Dialect::Grblhal | Dialect::Fluidnc) && rig.drive != Drive::Plunge
    };
    let mut dialects = Vec::new();
    for good in GOOD.iter().filter(|good| reads(&good.plan.rig)) {
        let ours: Vec<Vec<f64>> = ours(&good.text, &good.plan.rig).into_iter().map(|at| at[..3].to_vec()).collect();
        agree(&good.name, &ours, &drawn(&good.text, &modules));
        dialects.push(good.dialect);
    }
    dialects.sort_unstable();
    dialects.dedup();
    assert_eq!(dialects, ["fluidnc", "grbl", "grblhal"]);
}
