//! Programs: golden files, line rules, the map, and what interpreters make of them that are not ours.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output};

use proptest::prelude::*;
use tonsure::gcode::{self, Header, Program, Style};
use tonsure::geometry::{Point, Vector, decimal};
use tonsure::job::{PlanOptions, Silent, plan};
use tonsure::mesh::SurfaceIndex;
use tonsure::rig::{Dialect, Kinematics, Pose, Profile, builtin, builtin_names, inverse};
use tonsure::schedule::Target;
use tonsure::toolpath::{Mode, MotionKind, Toolpath, build};

use crate::rig::{RADIUS_MM, ball_with_ears, reached, scattered};

mod besides;
mod golden;
mod outside;
mod own;

fn header(mode: Mode, case_name: &str) -> Header<'_> {
    Header {
        plan_hash16: "0123456789abcdef",
        case_name,
        session: 1,
        setup: "upright",
        tool: 1,
        tools: &[],
        seed: 42,
        run: mode.into(),
    }
}

fn job(name: &str, count: u32, polar_deg: f64, mode: Mode) -> (Profile, Toolpath) {
    let profile = builtin(name).unwrap();
    let (mesh, mesh_to_rig) = ball_with_ears();
    let scan = SurfaceIndex::build(&mesh);
    let stops = reached(&scattered(count, polar_deg, &mesh_to_rig, 11), &profile, &mesh_to_rig, &scan);
    let toolpath = build(&stops, &profile, &mesh_to_rig, &scan, mode).unwrap();
    (profile, toolpath)
}

fn program(name: &str, count: u32, polar_deg: f64, mode: Mode) -> Program {
    let (profile, toolpath) = job(name, count, polar_deg, mode);
    gcode::program(&toolpath, &profile, &header(mode, "five dots on a ball"), Style::Compact).unwrap()
}

/// Five dots with stops of every kind between them.
pub(crate) fn stopping(profile: &Profile) -> Toolpath {
    golden::eventful(profile, Mode::Treat)
}

/// Words of a line without its comment.
fn words(line: &str) -> Vec<(char, f64)> {
    let code = line.split(';').next().unwrap();
    code.split_ascii_whitespace().map(|word| (word.chars().next().unwrap(), word[1..].parse().unwrap())).collect()
}

#[test]
fn the_map_names_the_lines_of_the_strikes() {
    for (rig, polar_deg) in [("gantry-xyz", 20.0), ("gantry-xyzab", 90.0)] {
        let (profile, toolpath) = job(rig, 100, polar_deg, Mode::Treat);
        let program = gcode::program(&toolpath, &profile, &header(Mode::Treat, ""), Style::Verbose).unwrap();
        let lines: Vec<_> = program.text.lines().collect();
        let strikes: Vec<_> = toolpath.motions.iter().filter(|m| m.kind == MotionKind::Strike).collect();
        assert_eq!(program.strikes.lines.len(), strikes.len());
        let mut csv = program.map_csv();
        for (row, strike) in program.strikes.lines.iter().zip(strikes) {
            assert_eq!(Some(row.dot), strike.dot);
            let stroke = words(lines[row.line as usize - 1]);
            assert_eq!(stroke[0], ('G', 1.0));
            let written: Vec<f64> = stroke[1..4].iter().map(|(_, value)| *value).collect();
            assert_eq!(written, row.joints[..3], "the map has the numbers of the program");
            assert!(row.joints.iter().zip(strike.joints.iter()).all(|(a, b)| (a - b).abs() <= 0.000_500_1));
        }
        let letters: Vec<_> = profile.axes.iter().map(|axis| axis.letter.to_string()).collect();
        let rows = csv.split_off(csv.find('\n').unwrap() + 1);
        assert_eq!(csv.trim_end(), format!("line,dot_id,{}", letters.join(",")));
        assert_eq!(rows.lines().count(), program.strikes.lines.len());
        assert!(rows.lines().all(|row| row.split(',').count() == 2 + profile.axes.len()));
    }
}

#[test]
fn lines_keep_the_rules_of_every_controller() {
    for rig in builtin_names() {
        for (mode, style) in [(Mode::Treat, Style::Compact), (Mode::Treat, Style::Verbose), (Mode::Air, Style::Compact)]
        {
            let (profile, toolpath) = job(rig, 40, 40.0, mode);
            let text = gcode::program(&toolpath, &profile, &header(mode, "ball"), style).unwrap().text;
            assert!(text.is_ascii() && text.ends_with('\n'));
            let blocks = profile.dialect == Dialect::Linuxcnc || profile.dialect.name().starts_with(['g', 'f']);
            for line in text.lines() {
                assert!(line.len() <= 70, "{line}");
                let words = line.split(" ;").next().unwrap();
                if line.starts_with([';', '(']) || words.starts_with("SET_") || words.starts_with("M117") {
                    continue;
                }
                assert!(!words.contains([';', '(', ')', '%', 'e', 'E', '*']), "{line}");
                let words = split(words);
                let decimals = |number: &str| number.split_once('.').map_or(0, |(_, places)| places.len());
                for (letter, number) in &words {
                    assert!(number != "-0" && decimals(number) <= 3 && !number.ends_with('.'), "{line}");
                    assert!(decimals(number) == 0 || !number.ends_with('0'), "{line}: {letter}");
                }
                let commands = words.iter().filter(|(letter, _)| "GM".contains(*letter)).count();
                assert!(blocks || commands == 1, "{line}");
                let rapid = words[0] == ('G', "0".to_owned());
                assert!(!rapid || blocks || words.iter().any(|(letter, _)| *letter == 'F'), "a feed in force: {line}");
            }
        }
    }
}

/// Letters and numbers of a line of words, blanks or not.
fn split(words: &str) -> Vec<(char, String)> {
    let starts: Vec<usize> = words.match_indices(|c: char| c.is_ascii_uppercase()).map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([words.len()]);
    let word =
        |(&start, end): (&usize, usize)| (words.as_bytes()[start] as char, words[start + 1..end].trim_end().to_owned());
    starts.iter().zip(ends).map(word).collect()
}

/// Dots in rows near the top of a ball, a millimetre apart as on a head, in the order of a serpentine.
fn rows(profile: &Profile, count: u32) -> Toolpath {
    let (mesh, mesh_to_rig) = ball_with_ears();
    let scan = SurfaceIndex::build(&mesh);
    let to_mesh = mesh_to_rig.inverse();
    let side = f64::from(count).sqrt().ceil() as u32;
    let targets: Vec<Target> = (0..count)
        .map(|id| {
            let (row, column) = (id / side, id % side);
            let column = if row % 2 == 0 { column } else { side - 1 - column };
            let place = |step: u32| (f64::from(step) - f64::from(side) / 2.0) * 1.1 + 0.013 * f64::from(id % 11);
            let up = Vector::new(place(column), place(row), 88.0).normalize();
            let normal = to_mesh.direction(&up);
            Target { id, position: Point::from(normal * RADIUS_MM), normal, depth_mm: 0.5, dwell_s: 0.05 }
        })
        .collect();
    let stops = reached(&targets, profile, &mesh_to_rig, &scan);
    assert!(stops.len() > targets.len() * 9 / 10, "{}", stops.len());
    build(&stops, profile, &mesh_to_rig, &scan, Mode::Treat).unwrap()
}

#[test]
fn a_dot_takes_few_bytes_in_every_dialect() {
    for rig in builtin_names() {
        let profile = builtin(rig).unwrap();
        let toolpath = rows(&profile, 900);
        let program = gcode::program(&toolpath, &profile, &header(Mode::Treat, ""), Style::Compact).unwrap();
        let bytes = program.text.len() as f64 / toolpath.strikes as f64;
        eprintln!("{rig}: {bytes:.1} bytes a dot");
        assert!(bytes <= if profile.axes.len() == 3 { 70.0 } else { 110.0 }, "{rig}: {bytes:.1} bytes a dot");
    }
}

#[test]
fn both_styles_strike_at_the_same_places_in_the_same_lines() {
    for rig in builtin_names() {
        let (profile, toolpath) = job(rig, 30, 40.0, Mode::Treat);
        let [compact, verbose] = [Style::Compact, Style::Verbose]
            .map(|style| gcode::program(&toolpath, &profile, &header(Mode::Treat, ""), style).unwrap());
        assert_eq!(compact.strikes, verbose.strikes);
        assert!(compact.text.len() < verbose.text.len() && verbose.text.contains(" ; dot "));
        assert!(verbose.text.lines().all(|line| line.len() <= 70));
    }
}

/// A disk that is full.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_text_goes_out_line_by_line_and_a_full_disk_is_told() {
    let (profile, toolpath) = job("gantry-xyzab", 20, 40.0, Mode::Treat);
    let write = |room| gcode::write(&mut Full(room), &toolpath, &profile, &header(Mode::Treat, ""), Style::Compact);
    assert_eq!(write(1 << 20).unwrap().lines.len(), toolpath.strikes);
    let error = write(1500).unwrap_err().to_string();
    assert!(error.contains("line "), "{error}");
}

#[test]
fn the_first_motion_goes_up_and_the_needle_starts_at_the_park_place() {
    let text = program("gantry-xyzab", 3, 40.0, Mode::Treat).text;
    let code: Vec<_> = text.lines().filter(|line| !line.starts_with(';')).collect();
    assert_eq!(
        code[..7],
        ["G21 G90 G94 G17 G40 G49 G80 G54 G61 G92.1", "M5", "G0Z280", "G0A0B0", "G0X0Y0", "M3 S1000", "G4P1"]
    );
    let off = code.iter().skip(7).position(|line| *line == "M5").unwrap() + 7;
    assert!(code[off - 1].contains("F3600"), "the needle runs until the last dot is left");
    let (end, way) = code[off + 1..].split_last_chunk::<3>().map(|(way, end)| (end, way)).unwrap();
    assert!(way.iter().all(|line| !line.contains('F')));
    assert_eq!(*end, ["X0Y0Z280A0B0", "M5", "M2"]);
}

#[test]
fn dry_runs_never_start_the_needle() {
    for rig in ["gantry-xyz", "gantry-xyzab"] {
        let program = program(rig, 20, 20.0, Mode::Air);
        assert!(!program.text.contains("M3") && program.text.contains("run=air"));
        assert_eq!(program.strikes.lines.len(), 20);
    }
}

#[test]
fn a_rig_kilometres_wide_is_refused() {
    let (profile, mut toolpath) = job("gantry-xyzab", 2, 20.0, Mode::Treat);
    let far = toolpath.motions.iter_mut().find(|motion| motion.kind == MotionKind::Strike).unwrap();
    far.joints = far.joints.map(|axis, q| if axis == 0 { 1e60 } else { q });
    let text = gcode::program(&toolpath, &profile, &header(Mode::Treat, ""), Style::Compact).unwrap_err().to_string();
    assert!(text.contains("within 100 m"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a case is called, the header stays a comment and the code below it the same, in every dialect.
    #[test]
    fn names_never_become_commands(
        name in "(\\PC|[\n\r\t();%=*\"]|M3 S1|dots=0|\nG0 Z0\n|\\{\\{ dot \\}\\}){0,80}",
        rig in 0..8_usize,
        numbered: bool,
        own: bool,
    ) {
        let rig = builtin_names().nth(rig).unwrap();
        let (mut profile, toolpath) = job(rig, 2, 15.0, Mode::Treat);
        profile.line_numbers = numbered;
        if own {
            // Whatever a template may name, the name of a case is not among it.
            profile.hooks.start = vec!["M8".to_owned()];
            let printer = ["klipper", "marlin", "reprap"].contains(&profile.dialect.name());
            let lamp = if printer { "M107 P7" } else { "M8" };
            profile.hooks.travel = vec![lamp.to_owned(), "{{ words }}".to_owned()];
            profile.hooks.strike = vec!["{{ words }}".to_owned()];
            profile.own_dialect = Some("shop".to_owned());
        }
        let code = |name: &str| -> (Vec<String>, String) {
            let header = header(Mode::Treat, name);
            let text = gcode::program(&toolpath, &profile, &header, Style::Compact).unwrap().text;
            let (comments, code): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.starts_with(';'));
            (comments.into_iter().map(str::to_owned).collect(), code.join("\n"))
        };
        let (comments, found) = code(&name);
        prop_assert_eq!(found, code("").1);
        for line in &comments {
            prop_assert!(line.len() <= 70 && line.is_ascii());
            prop_assert!(!line[1..].contains([';', '(', ')', '%', '*', '\r']));
        }
        let keys = |key: &str| comments.iter().flat_map(|line| line.split(' ')).filter(|w| w.starts_with(key)).count();
        prop_assert_eq!(keys("dots="), 1);
    }
}

/// One move as rs274 understands it.
struct Move {
    /// `TRAVERSE` or `FEED`.
    command: String,
    /// X, Y, Z, A, B and C at its end.
    end: [f64; 6],
    /// Whether the program waits there.
    rests: bool,
}

/// End points, axis by axis X to C, that `rs274` names for the program; `None` where it is not installed.
fn interpreted(text: &str) -> Option<Vec<Move>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("program.ngc");
    std::fs::write(&file, text).unwrap();
    // A file without end would make it wait for ever.
    let run = || Command::new("timeout").args(["60", "rs274", "-g"]).arg(&file).current_dir(&folder).output();
    // Now and then it ends before it has said anything, whatever the program: that is no answer.
    let silent = |output: &Output| output.stdout.is_empty() && output.stderr.is_empty();
    let answer = (0..3).find_map(|_| run().ok().filter(|output| !silent(output))).or_else(|| run().ok());
    let Some(output) = answer.filter(|output| output.status.code() != Some(127)) else {
        assert!(std::env::var_os("TONSURE_REQUIRE_TOOLS").is_none(), "rs274 is missing");
        eprintln!("skipped: rs274 is missing (Debian package linuxcnc-uspace)");
        return None;
    };
    let log = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && log.contains("PROGRAM_END()"), "{}: {errors}{log}", output.status);
    let mut moves: Vec<Move> = Vec::new();
    for line in log.lines() {
        if let (true, Some(last)) = (line.contains("DWELL("), moves.last_mut()) {
            last.rests = true;
        }
        let Some((command, numbers)) = line.split_once("STRAIGHT_").and_then(|(_, call)| call.split_once('(')) else {
            continue;
        };
        let numbers: Vec<f64> = numbers.trim_end_matches(')').split(", ").map(|n| n.parse().unwrap()).collect();
        let end = [0, 1, 2, 3, 4, 5].map(|axis| numbers[axis]);
        moves.push(Move { command: command.to_owned(), end, rests: false });
    }
    Some(moves)
}

#[test]
fn linuxcnc_reaches_every_place_of_the_toolpath() {
    // And what it shares with grbl and its relatives.
    let rigs = [
        ("gantry-xyz", 20.0),
        ("gantry-xyzab", 100.0),
        ("gantry-xyzbc", 90.0),
        ("fluidnc-xyzab", 60.0),
        ("table-xyzac", 30.0),
    ];
    for (rig, polar_deg) in rigs {
        for mode in [Mode::Treat, Mode::Air] {
            let (profile, toolpath) = job(rig, 150, polar_deg, mode);
            let of_axes = |place: &[f64; 6]| -> Vec<f64> {
                profile.axes.iter().map(|axis| place["XYZABC".find(axis.letter).unwrap()]).collect()
            };
            let program = gcode::program(&toolpath, &profile, &header(mode, "a ball"), Style::Compact).unwrap();
            let Some(moves) = interpreted(&program.text) else { return };
            let moving = |kind: &MotionKind| {
                matches!(kind, MotionKind::Travel | MotionKind::Approach | MotionKind::Strike | MotionKind::Retract)
            };
            let wanted: Vec<_> = toolpath.motions.iter().filter(|motion| moving(&motion.kind)).collect();
            let start = moves.len() - wanted.len();
            assert_eq!(start, if profile.axes.len() > 3 { 3 } else { 2 }, "moves to the park place");
            for (motion, Move { command, end, .. }) in wanted.iter().zip(&moves[start..]) {
                let travel = matches!(motion.kind, MotionKind::Travel | MotionKind::Approach);
                let rapid = travel && motion.least_s.is_none();
                assert_eq!(command, if rapid { "TRAVERSE" } else { "FEED" });
                let off = motion.joints.iter().zip(of_axes(end)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                let rounding = if motion.kind == MotionKind::Strike { 0.000_501 } else { 0.005_001 };
                assert!(off <= rounding, "{:?} is off by {off}", motion.kind);
            }
            // Each strike of the map, in its order.
            let strikes = wanted.iter().zip(&moves[start..]).filter(|(motion, _)| motion.kind == MotionKind::Strike);
            let mut count = 0;
            for (row, (_, strike)) in program.strikes.lines.iter().zip(strikes) {
                assert!(row.joints.iter().zip(of_axes(&strike.end)).all(|(a, b)| (a - b).abs() <= 0.000_05));
                count += 1;
            }
            assert_eq!(count, program.strikes.lines.len());
        }
    }
}

#[test]
fn the_words_add_up_to_the_path_and_the_time() {
    let (profile, toolpath) = job("gantry-xyz", 40, 20.0, Mode::Treat);
    let program = gcode::program(&toolpath, &profile, &header(Mode::Treat, ""), Style::Verbose).unwrap();
    let mut at: BTreeMap<char, f64> = BTreeMap::new();
    let (mut feed, mut dwell_s) = (0.0, 0.0);
    let mut strikes = program.strikes.lines.iter();
    for (index, line) in program.text.lines().enumerate().filter(|(_, line)| !line.starts_with(';')) {
        let words = words(line);
        for (letter, value) in &words {
            match letter {
                'X' | 'Y' | 'Z' => drop(at.insert(*letter, *value)),
                'F' => feed = *value,
                'P' => dwell_s += value,
                _ => {}
            }
        }
        if words[0] == ('G', 1.0) && (feed - profile.speeds.strike_mm_s * 60.0).abs() < 0.1 {
            let row = strikes.next().unwrap();
            assert_eq!(row.line as usize, index + 1);
            assert!("XYZ".chars().zip(row.joints.iter()).all(|(letter, q)| (at[&letter] - q).abs() < 1e-9));
        }
    }
    assert!(strikes.next().is_none());
    let spin_up_s = profile.drive.spin_up_s();
    assert!((dwell_s - spin_up_s - 40.0 * 0.05).abs() < 1e-9);
    assert!(
        toolpath.time_s(&profile) > dwell_s
            && program.text.contains(&format!("time_s={}", decimal(toolpath.time_s(&profile), 1)))
    );
    let end = Point::new(at[&'X'], at[&'Y'], at[&'Z']);
    assert_eq!(end, Point::from(nalgebra::Vector3::from(profile.park_mm)));
}

/// The demo's own 5-axis program, from its case as it is but for the density.
#[test]
fn linuxcnc_strikes_every_dot_of_the_demo() {
    if interpreted("M2\n").is_none() {
        return;
    }
    let fixtures = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo"));
    let folder = tempfile::tempdir().unwrap();
    let mut case: serde_json::Value =
        serde_json::from_slice(&std::fs::read(fixtures.join("case.json")).unwrap()).unwrap();
    for key in ["mesh", "boundary"] {
        let file = fixtures.join(case[key]["file"].as_str().unwrap());
        case[key]["file"] = file.to_str().unwrap().into();
    }
    case["design"]["density_per_cm2"] = 4.into();
    std::fs::write(folder.path().join("case.json"), case.to_string()).unwrap();
    let out = folder.path().join("out");
    let outcome = plan(&folder.path().join("case.json"), &out, PlanOptions::default(), &Silent).unwrap();
    assert_eq!(outcome.plan.rig.kinematics, Kinematics::XyzAb);
    assert!(outcome.plan.blocks.iter().map(|block| block.dots.len()).sum::<usize>() > 1000);

    for block in &outcome.plan.blocks {
        let stem = format!("session-{}.{}", block.session, block.setup);
        let read = |name: String| std::fs::read_to_string(out.join(name)).unwrap();
        let text = read(format!("{stem}.{}", outcome.plan.rig.extension));
        assert!(text.lines().all(|line| line.len() <= 70));
        let moves = interpreted(&text).unwrap();
        let ends = moves.iter().filter(|step| step.rests && step.command == "FEED").map(|step| step.end);
        let map: Vec<Vec<f64>> = (read(format!("{stem}.map.csv")).lines().skip(1))
            .map(|row| row.split(',').map(|number| number.parse().unwrap()).collect())
            .collect();
        assert_eq!(map.len(), block.dots.len());
        assert_eq!(ends.clone().count(), map.len());
        let mesh_to_rig = outcome.plan.setups[&block.setup].mesh_to_rig;
        for ((row, end), &id) in map.iter().zip(ends).zip(&block.dots) {
            assert_eq!(row[1] as u32, id);
            let off = row[2..].iter().zip(end).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off <= 0.001, "dot {id}: rs274 says {end:?}, the map {row:?}");
            // The plan's own joints for this dot, from its place and the needle along its normal.
            let dot = &outcome.plan.dots[id as usize];
            let needle = mesh_to_rig.direction(&Vector::from(dot.normal));
            let skin = Pose { tip: mesh_to_rig.point(&Point::from(dot.position_mm)), needle };
            let planned = inverse(&outcome.plan.rig, &skin.drawn_back(-dot.depth_mm).tip, &needle).unwrap();
            let off = planned.iter().zip(end).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off <= 0.001, "dot {id}: rs274 says {end:?}, the plan {planned:?}");
        }
    }
}
