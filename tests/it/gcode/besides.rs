//! What is written besides the programs that treat: frame run, fiducial check, poses, verbose programs.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tonsure::error::Severity;
use tonsure::geometry::{Point, Vector};
use tonsure::job::PlanFolder;
use tonsure::plan::Plan;
use tonsure::rig::{Joints, forward};

use super::split;
use crate::support::scratch::{DOME_RADIUS_MM, Scratch, list, tonsure};

/// A small plan, and the marks of a registration that lays the dome where the plan has it.
fn planned() -> (Scratch, Plan, Vec<Point>) {
    let mut scratch = Scratch::new();
    scratch.case["setups"] = json!(["upright"]);
    scratch.case["design"]["density_per_cm2"] = json!(1);
    scratch.plan().assert().success();
    let plan = Plan::parse(&fs::read(scratch.path("out/plan.json")).unwrap(), "plan.json").unwrap();
    let marks: Vec<Point> = [(60.0, 0.0), (40.0, 100.0), (55.0, 190.0), (10.0, 290.0)]
        .map(|(polar, turn): (f64, f64)| {
            let ((s, c), (sin, cos)) = (polar.to_radians().sin_cos(), turn.to_radians().sin_cos());
            Point::from(Vector::new(s * cos, s * sin, c) * DOME_RADIUS_MM)
        })
        .into();
    let mesh_to_rig = plan.setups["upright"].mesh_to_rig;
    let fiducials: Vec<Value> = marks
        .iter()
        .enumerate()
        .map(|(i, mark)| {
            let rig: [f64; 3] = mesh_to_rig.point(mark).into();
            json!({"name": format!("mark {i}"), "mesh": <[f64; 3]>::from(*mark), "rig": rig})
        })
        .collect();
    let registration = json!({"format": "tonsure-registration/1", "setup": "upright", "fiducials": fiducials});
    scratch.write("today.registration.json", registration.to_string());
    (scratch, plan, marks)
}

/// Where the axes stand after each line that moves them, and whether the program rests there.
fn places(text: &str, plan: &Plan) -> Vec<(Joints, bool)> {
    let letters: Vec<char> = plan.rig.axes.iter().map(|axis| axis.letter).collect();
    let mut at = [0.0; 5];
    let mut places: Vec<(Joints, bool)> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with([';', '('])) {
        let words = split(line);
        if let (true, Some(last)) = (line.starts_with("G4"), places.last_mut()) {
            last.1 = true;
        }
        for (letter, number) in &words {
            if let Some(axis) = letters.iter().position(|known| known == letter) {
                at[axis] = number.parse().unwrap();
            }
        }
        if words.iter().any(|(letter, _)| letters.contains(letter)) {
            places.push((Joints::new(at), false));
        }
    }
    places
}

fn verify(file: &Path) -> i32 {
    tonsure().arg("verify").arg(file).output().unwrap().status.code().unwrap()
}

#[test]
fn frame_and_fiducials_are_shown_and_verified() {
    let (scratch, plan, marks) = planned();
    let out = scratch.path("today");
    let mut command = tonsure();
    command.arg("gcode").arg(scratch.path("out/plan.json")).args(["--frame", "--fiducials", "--registration"]);
    command.arg(scratch.path("today.registration.json")).arg("--out").arg(&out).assert().success();
    let mesh_to_rig = plan.setups["upright"].mesh_to_rig;
    let tip = |joints: &Joints| forward(&plan.rig, joints).tip;

    let file = out.join("session-1.upright.fiducials.ngc");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("run=fiducials") && !text.contains("M3"));
    let rests: Vec<Point> = places(&text, &plan).iter().filter(|(_, rests)| *rests).map(|(at, _)| tip(at)).collect();
    assert_eq!(rests.len(), marks.len());
    for (rest, mark) in rests.iter().zip(&marks) {
        let off = rest - mesh_to_rig.point(mark);
        let outward = mesh_to_rig.direction(&mark.coords.normalize());
        // The dome is made of facets, 10 mm wide.
        assert!((off.norm() - 5.0).abs() < 0.3 && off.angle(&outward) < 0.1, "{off:?}");
    }
    assert_eq!(verify(&file), 0);
    // The needle 0.2 mm beside a mark, above no mark, or twice above one.
    let lines: Vec<&str> = text.lines().collect();
    let rest = lines.iter().position(|line| line.starts_with("G4")).unwrap();
    let second = rest + 1 + lines[rest + 1..].iter().position(|line| line.starts_with("G4")).unwrap();
    let shift = [&lines[..rest], &["G91", "G0X0.2", "G90"], &lines[rest..]].concat();
    let again = [&lines[..=rest], &[lines[rest]], &lines[rest + 1..]].concat();
    let early = [&lines[..second - 1], &[lines[second]], &lines[second - 1..]].concat();
    let x = places(&text, &plan).iter().find(|(_, rests)| *rests).unwrap().0[0];
    let beside = format!("X{:.2}", x + 0.2);
    let beside = [&lines[..rest], &[beside.as_str()], &lines[rest..]].concat();
    for edited in [shift, again, early, beside] {
        fs::write(&file, edited.join("\n") + "\n").unwrap();
        assert_eq!(verify(&file), 1);
    }

    let file = out.join("session-1.upright.frame.ngc");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("run=frame") && !text.contains("M3") && !text.contains("\nG1X"));
    let tips: Vec<Point> = places(&text, &plan).iter().map(|(at, _)| tip(at)).collect();
    for corner in &plan.boundary_mm {
        let corner = mesh_to_rig.point(&Point::from(*corner));
        let nearest = tips.iter().map(|tip| (tip - corner).norm()).fold(f64::INFINITY, f64::min);
        assert!(nearest < plan.rig.approach_mm + 1.0, "{nearest} mm from the outline");
    }
    assert_eq!(verify(&file), 0);
    // Lowered into the head, or with the needle on: no frame run.
    let lines: Vec<&str> = text.lines().collect();
    let middle = lines.len() * 2 / 3;
    for edit in ["M3 S1000", "Z-20", "G1Z100F600", "M0"] {
        let edited = [&lines[..middle], &[edit], &lines[middle..]].concat().join("\n") + "\n";
        fs::write(&file, edited).unwrap();
        assert_eq!(verify(&file), 1, "{edit}");
    }
    // Without its ways around it shows nothing, without some of them not all.
    let said = |lines: &[&str]| {
        fs::write(&file, lines.join("\n") + "\n").unwrap();
        let output = tonsure().arg("verify").arg(&file).arg("--json").output().unwrap();
        let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
        let shown = seen["findings"].as_array().unwrap().iter().find(|f| f["code"] == "outline-shown").unwrap().clone();
        (output.status.code().unwrap(), shown["severity"].as_str().unwrap().to_owned())
    };
    // Behind the way to the park place, the last of them back to it.
    let parked = lines.iter().position(|line| line.starts_with("G0X")).unwrap();
    let moves = |at: &usize| lines[*at].starts_with("G0") || lines[*at].starts_with(['X', 'Y', 'Z', 'A', 'B']);
    let ways: Vec<usize> = (parked + 1..lines.len()).filter(moves).collect();
    let without = |gone: &[usize]| {
        let kept = lines.iter().enumerate().filter(|(at, _)| !gone.contains(at));
        kept.map(|(_, line)| *line).collect::<Vec<_>>()
    };
    assert_eq!(said(&lines), (0, "PASS".to_owned()));
    assert_eq!(said(&without(&ways[..ways.len() - 1])), (1, "FAIL".to_owned()));
    assert_eq!(said(&without(&ways[..ways.len() / 2])).1, "WARN");
    // The next run without them leaves none.
    tonsure().arg("gcode").arg(scratch.path("out/plan.json")).arg("--out").arg(&out).assert().success();
    assert!(!list(&out).iter().any(|name| name.contains("frame") || name.contains("fiducials")));
}

/// A touch left out is told, and a program without touches is none.
#[test]
fn programs_that_touch_too_little_are_told() {
    let mut scratch = Scratch::new();
    let mut rig = serde_json::to_value(tonsure::rig::builtin("gantry-xyz").unwrap()).unwrap();
    rig["depth"] = json!({"mode": "probe", "feed_mm_s": 3, "search_mm": 1.5, "every_dots": 4});
    scratch.write("rig.json", rig.to_string());
    scratch.case["rig"] = json!("rig.json");
    scratch.case["design"]["density_per_cm2"] = json!(4);
    scratch.case["setups"] = json!(["upright"]);
    scratch.plan().assert().success();
    let folder = PlanFolder::read(&scratch.path("out/plan.json")).unwrap();
    let text = fs::read_to_string(scratch.path("out/session-1.upright.probe.nc")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let touches: Vec<usize> = (0..lines.len()).filter(|&at| lines[at].starts_with("G38.2")).collect();
    assert!(touches.len() > 5);
    let seen = |count: usize| {
        // The touch and the way back, which leaves a way over the dot.
        let gone = |at: usize| touches.iter().skip(count).any(|touch| (*touch..*touch + 2).contains(&at));
        let kept = lines.iter().enumerate().filter(|(at, _)| !gone(*at)).map(|(_, line)| format!("{line}\n"));
        let verdict = folder.verify(&kept.collect::<String>()).unwrap();
        let told = verdict.findings.iter().find(|finding| finding.code == "touches-made").unwrap().severity;
        assert_eq!(verdict.verdict == Severity::Fail, told == Severity::Fail, "{:?}", verdict.findings);
        let struck = verdict.findings.iter().find(|finding| finding.code == "P18").unwrap();
        assert!(struck.message.starts_with("every touch is at a dot of the plan"), "{}", struck.message);
        told
    };
    assert_eq!(seen(touches.len()), Severity::Pass);
    assert_eq!(seen(touches.len() - 1), Severity::Warn);
    assert_eq!([seen(1), seen(0)], [Severity::Fail; 2]);
}

/// Whatever a case is called, no wrapped line of its header passes for the mark of a hook or of a stop.
#[test]
fn no_name_passes_for_a_mark() {
    let mut scratch = Scratch::new();
    scratch.case["setups"] = json!(["upright"]);
    scratch.case["design"]["density_per_cm2"] = json!(1);
    for words in ["hook y", "hook wipe begins dot=1", "hook ends", "stop: tool-change tool=2", "put in tool 2, x"] {
        // So long that the line is full before them.
        scratch.case["name"] = json!(format!("{} {words}", "x".repeat(60)));
        scratch.plan().assert().success();
        let text = fs::read_to_string(scratch.path("out/session-1.upright.ngc")).unwrap();
        let first = words.split(' ').next().unwrap();
        assert!(text.contains(&format!("\n;  {first}")), "{text}");
    }
}

#[test]
fn optional_rests_are_optional_stops_where_there_are_any() {
    let mut scratch = Scratch::new();
    scratch.case["setups"] = json!(["upright"]);
    scratch.case["design"]["density_per_cm2"] = json!(1);
    scratch.case["stops"] = json!({"pause_every_dots": 20, "wipe_every_dots": 30, "pause_is_optional": true});
    for (rig, extension) in [("gantry-xyzab", "ngc"), ("table-xyzac", "nc")] {
        scratch.case["rig"] = json!(rig);
        scratch.plan().assert().success();
        let file = scratch.path("out").join(format!("session-1.upright.{extension}"));
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("\nM1\n") && text.contains("; stop: optional-pause") && text.contains("\nM0\n"));
        assert_eq!(verify(&file), 0);
        // The one for the other.
        for (from, to) in [("\nM1\n", "\nM0\n"), ("\nM0\n", "\nM1\n")] {
            fs::write(&file, text.replacen(from, to, 1)).unwrap();
            assert_eq!(verify(&file), 1);
        }
    }
    for rig in ["gantry-xyz", "fluidnc-xyzab", "klipper-xyzbc", "marlin-xyzbc", "reprap-xyzab"] {
        scratch.case["rig"] = json!(rig);
        scratch.case["stops"]["pause_every_dots"] = json!(5);
        scratch.refused(&["stops.pause_is_optional: found optional stops with the dialect", "linuxcnc and grblhal"]);
    }
}

#[test]
fn fiducials_need_a_registration() {
    let (scratch, ..) = planned();
    let mut command = tonsure();
    command.arg("gcode").arg(scratch.path("out/plan.json")).args(["--fiducials", "--out"]).arg(scratch.path("x"));
    command.assert().failure().code(2);
}

#[test]
fn poses_are_those_of_the_dots() {
    let (scratch, plan, _) = planned();
    let out = scratch.path("arm");
    let run = |format: &str| {
        let mut command = tonsure();
        command.arg("gcode").arg(scratch.path("out/plan.json")).args(["--format", format, "--out"]).arg(&out);
        command.assert().success();
        list(&out).into_iter().filter(|name| name.starts_with("session-")).collect::<Vec<_>>()
    };
    assert_eq!(run("poses"), ["session-1.upright.poses.csv", "session-1.upright.poses.json"]);
    let json: Value = serde_json::from_slice(&fs::read(out.join("session-1.upright.poses.json")).unwrap()).unwrap();
    let rows = json["poses"].as_array().unwrap();
    let mut csv = csv::Reader::from_path(out.join("session-1.upright.poses.csv")).unwrap();
    let header = csv.headers().unwrap().clone();
    assert_eq!(
        header,
        "index,kind,x_mm,y_mm,z_mm,qw,qx,qy,qz,speed_mm_s,seconds,dot_id".split(',').collect::<Vec<_>>()
    );
    let records: Vec<_> = csv.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), rows.len());

    let mesh_to_rig = plan.setups["upright"].mesh_to_rig;
    let mut struck = Vec::new();
    for (row, record) in rows.iter().zip(&records) {
        let number = |key: &str| row[key].as_f64().unwrap();
        for (key, text) in header.iter().zip(record).filter(|(key, _)| *key != "kind") {
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), number(key).to_bits(), "{key}");
        }
        if row["kind"] != "strike" {
            continue;
        }
        let dot = &plan.dots[number("dot_id") as usize];
        let normal = mesh_to_rig.direction(&Vector::from(dot.normal));
        let deepest = mesh_to_rig.point(&Point::from(dot.position_mm)) - normal * dot.depth_mm;
        assert!((Point::new(number("x_mm"), number("y_mm"), number("z_mm")) - deepest).norm() < 1e-6);
        // z turned by the quaternion, by its closed form.
        let [w, x, y, z] = ["qw", "qx", "qy", "qz"].map(number);
        let turned = Vector::new(2.0 * (x * z + w * y), 2.0 * (y * z - w * x), w * w - x * x - y * y + z * z);
        assert!((turned - normal).norm() < 1e-6, "{turned:?} {normal:?}");
        assert!(z.abs() < 1e-9, "no turn about the needle");
        struck.push(number("dot_id") as u32);
    }
    assert_eq!(struck, plan.blocks[0].dots);
    // Programs take the place of poses.
    assert!(run("program").iter().all(|name| !name.contains("poses")));
}

#[test]
fn verbose_programs_say_what_each_move_is_for() {
    let (scratch, ..) = planned();
    let out = scratch.path("out");
    let program = || fs::read_to_string(out.join("session-1.upright.ngc")).unwrap();
    let compact = program();
    scratch.plan().arg("--verbose-gcode").assert().success();
    let verbose = program();
    assert!(verbose.contains(": travel\n") && verbose.contains(": stroke\n") && !compact.contains(" ; "));
    assert_eq!(compact.lines().count(), verbose.lines().count());
}
