//! Tools: which dot is made with which needle and pigment, and what changes between them in plans and programs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::{Value, json};
use tonsure::case::Case;
use tonsure::error::Severity;
use tonsure::geometry::Point;
use tonsure::job::{PlanFolder, ResumeOptions, Silent, resume};
use tonsure::mesh::SurfaceIndex;
use tonsure::plan::Plan;
use tonsure::rig::{Joints, Profile, builtin, forward};
use tonsure::schedule::HaltKind;
use tonsure::verify::{Verdict, judge};

use crate::support::scratch::{DOME_RADIUS_MM, Scratch, list};

/// Fine at the edge, coarse behind it, and for the last session one needle alone.
fn tools() -> Value {
    json!([
        {"number": 3, "needle": "5RS", "pigment": "dark", "sessions": [2]},
        {"number": 1, "needle": "1RL", "pigment": "light", "edge_mm": 15, "diameter": {"mean_mm": 0.2, "max_mm": 0.21}},
        {"number": 2, "needle": "3RL", "pigment": "dark", "longer_mm": -2.5}
    ])
}

fn scratch(rig: &Profile) -> Scratch {
    let mut scratch = Scratch::new();
    scratch.write("rig.json", serde_json::to_string(rig).unwrap());
    scratch.case["rig"] = json!("rig.json");
    scratch.case["design"]["density_per_cm2"] = json!(1);
    scratch.case["setups"] = json!(["upright"]);
    scratch.case["sessions"] = json!([{"share": 0.7}, {"share": 0.3}]);
    scratch.case["palette"] = json!([
        {"name": "light", "ink_batch": "L-17", "dilution": 8},
        {"name": "dark", "ink_batch": "D-4"}
    ]);
    scratch.case["tools"] = tools();
    scratch
}

fn planned(rig: &str) -> (Scratch, Plan) {
    let scratch = scratch(&builtin(rig).unwrap());
    scratch.plan().assert().success();
    let plan = PlanFolder::read(&scratch.path("out/plan.json")).unwrap().plan;
    (scratch, plan)
}

fn program(scratch: &Scratch, plan: &Plan, session: u32) -> String {
    let name = format!("out/session-{session}.upright.{}", plan.rig.extension);
    fs::read_to_string(scratch.path(&name)).unwrap()
}

fn is_passed(folder: &Path) {
    let judge = PlanFolder::read(&folder.join("plan.json")).unwrap();
    let is_program =
        |name: &String| name.starts_with("session-") && ![".map.", ".verify."].iter().any(|part| name.contains(part));
    let programs: Vec<String> = list(folder).into_iter().filter(is_program).collect();
    assert!(!programs.is_empty());
    for name in programs {
        let verdict = judge.verify(&fs::read_to_string(folder.join(&name)).unwrap()).unwrap();
        assert!(verdict.verdict < Severity::Fail, "{name}: {:?}", verdict.findings);
    }
}

#[test]
fn every_dot_gets_the_first_tool_that_is_for_it() {
    let (scratch, plan) = planned("gantry-xyzab");
    let angle_deg = |position: [f64; 3]| (position[2] / DOME_RADIUS_MM).clamp(-1.0, 1.0).acos().to_degrees();
    let mut seen = BTreeSet::new();
    for dot in &plan.dots {
        let edge_mm = (50.0 - angle_deg(dot.position_mm)).to_radians() * DOME_RADIUS_MM;
        // The hairline is a polygon on a faceted dome.
        if (edge_mm - 15.0).abs() > 1.0 {
            let tool = if dot.session == 2 {
                3
            } else if edge_mm < 15.0 {
                1
            } else {
                2
            };
            assert_eq!(dot.tool, tool, "dot {} of session {}, {edge_mm} mm from the edge", dot.id, dot.session);
        }
        assert!(dot.diameter_mm <= if dot.tool == 1 { 0.21 } else { 0.25 });
        seen.insert(dot.tool);
    }
    assert_eq!(seen, BTreeSet::from([1, 2, 3]));
    let table = fs::read_to_string(scratch.path("out/dots.csv")).unwrap();
    for (row, dot) in table.lines().skip(1).zip(&plan.dots) {
        assert_eq!(row.split(',').nth(12).unwrap(), dot.tool.to_string());
    }
    // One program a session; orders count through its tools.
    assert_eq!(plan.blocks.len(), 2);
    for block in &plan.blocks {
        let tools: Vec<u32> = block.dots.iter().map(|id| plan.dot(*id).unwrap().tool).collect();
        assert!(tools.is_sorted());
        let changes: Vec<u32> =
            block.stops.iter().filter(|stop| stop.kind == HaltKind::ToolChange).map(|s| s.before_order).collect();
        let starts = (0..tools.len()).filter(|&at| at == 0 || tools[at] != tools[at - 1]);
        assert_eq!(changes, starts.map(|at| at as u32).collect::<Vec<_>>());
        assert_eq!(block.tool, tools[0]);
        assert_eq!(changes.len(), if block.session == 1 { 2 } else { 1 });
        let changes_s = plan.rig.stop_times.tool_change_s * changes.len() as f64;
        assert!((block.times.stops_s[&HaltKind::ToolChange] - changes_s).abs() < 1e-9);
        assert!((block.times.sum_s() - block.time_s).abs() < 1e-6);
    }
}

#[test]
fn every_dialect_says_which_tool_and_passes() {
    for (rig, message, pause) in [
        ("gantry-xyz", "; put in tool 2, 3RL in dark, then resume", "M0"),
        ("gantry-xyzab", "(MSG,put in tool 2, 3RL in dark, then resume)", "M0"),
        ("gantry-xyzbc", "(MSG,put in tool 2, 3RL in dark, then resume)", "M0"),
        ("table-xyzac", "(MSG,put in tool 2, 3RL in dark, then resume)", "M0"),
        ("fluidnc-xyzab", "(MSG,put in tool 2, 3RL in dark, then resume)", "M0"),
        ("klipper-xyzbc", "M117 put in tool 2, 3RL in dark, then resume", "PAUSE"),
        ("marlin-xyzbc", "M117 put in tool 2, 3RL in dark, then resume", "M0"),
        ("reprap-xyzab", "M117 put in tool 2, 3RL in dark, then resume", "M226"),
    ] {
        let (scratch, plan) = planned(rig);
        is_passed(&scratch.path("out"));
        let text = program(&scratch, &plan, 1);
        let lines: Vec<&str> = text.lines().collect();
        let at = lines.iter().position(|line| *line == message).unwrap_or_else(|| panic!("{rig}: {text}"));
        assert!(
            lines[at + 1] == pause
                && lines[..at].iter().any(|line| line.starts_with("; stop: tool-change tool=2 before"))
        );
        assert!(text.contains("; tool 2: 3RL in dark"));
        // Rigs that turn the needle little reach nothing near the edge.
        let fine = plan.blocks[0].dots.iter().any(|id| plan.dot(*id).unwrap().tool == 1);
        assert_eq!(text.contains("; tool 1: 1RL in light 1:8"), fine, "{rig}");
        // The tips of both needles strike where the dots are, each as long as it is.
        let map = fs::read_to_string(scratch.path("out/session-1.upright.map.csv")).unwrap();
        let rigs = [plan.rig.clone(), plan.rig.with_longer_needle(-2.5)];
        let mesh_to_rig = plan.setups["upright"].mesh_to_rig;
        for row in map.lines().skip(1) {
            let numbers: Vec<f64> = row.split(',').map(|field| field.parse().unwrap()).collect();
            let dot = plan.dot(numbers[1] as u32).unwrap();
            let joints = match numbers[2..] {
                [x, y, z] => Joints::new([x, y, z]),
                [x, y, z, a, b] => Joints::new([x, y, z, a, b]),
                _ => panic!("{row}"),
            };
            let pose = forward(&rigs[usize::from(dot.tool == 2)], &joints);
            let off = (pose.drawn_back(dot.depth_mm).tip - mesh_to_rig.point(&Point::from(dot.position_mm))).norm();
            assert!(off < 0.01, "{rig}: dot {} with tool {} is missed by {off} mm", dot.id, dot.tool);
        }
    }
}

#[test]
fn a_program_with_another_tool_than_planned_fails() {
    let (scratch, plan) = planned("gantry-xyzab");
    let folder = PlanFolder::read(&scratch.path("out/plan.json")).unwrap();
    let text = program(&scratch, &plan, 1);
    let failed = |verdict: &Verdict| -> Vec<String> {
        let failed = verdict.findings.iter().filter(|finding| finding.severity == Severity::Fail);
        failed.map(|finding| format!("{}: {}", finding.code, finding.message)).collect()
    };
    let fails = |what: &str, text: &str, parts: &[&str]| {
        let told = failed(&folder.verify(text).unwrap());
        assert!(parts.iter().all(|part| told.iter().any(|told| told.contains(part))), "{what}: {told:?}");
    };
    fails(
        "another",
        &text.replacen("tool=2 before", "tool=3 before", 1),
        &["tool 3 is put in where the plan has tool 2", "is struck with tool 3"],
    );
    fails(
        "none named",
        &text.replacen("tool-change tool=2 before", "tool-change before", 1),
        &["a stop for tool 2 that names none", "is struck with tool 1"],
    );
    let (before, after) = text.split_at(text.find("; stop: tool-change tool=2").unwrap());
    fails("not stopped", &format!("{before}{}", after.replacen("\nM0\n", "\n", 1)), &["P11"]);
    fails(
        "named again",
        &text.replacen("; stop: tool-change tool=2", "; stop: tool-change tool=2\n; stop: tool-change tool=2", 1),
        &["P18"],
    );
    fails(
        "told otherwise",
        &text.replacen("put in tool 2", "put in tool 3", 1),
        &["of which the operator is not told"],
    );
    fails(
        "not told",
        &text.replacen("(MSG,put in tool 2, 3RL in dark, then resume)\n", "", 1),
        &["of which the operator is not told"],
    );
    fails("the second first", &text.replacen("tool-change tool=1", "tool-change tool=2", 1), &["P18"]);

    // A needle of another length than the plan has: places and depths are off by what it is longer.
    let scan = SurfaceIndex::build(&tonsure::mesh::load(&scratch.path("out/scan.ply"), None).unwrap().mesh);
    let mut other = plan.clone();
    assert!(failed(&judge(&text, &other, &folder.sha256, &scan).unwrap()).is_empty());
    other.case.tools[2].longer_mm = -2.4;
    let told = failed(&judge(&text, &other, &folder.sha256, &scan).unwrap());
    assert!(told.iter().any(|told| told.starts_with("P05") && told.contains("0.600 mm deep")), "{told:?}");
}

/// Wherever a comment names a tool, it is told, and nothing else of the program is seen with other eyes.
#[test]
fn no_comment_puts_a_tool_in() {
    let (scratch, plan) = planned("gantry-xyzab");
    let folder = PlanFolder::read(&scratch.path("out/plan.json")).unwrap();
    let air = fs::read_to_string(scratch.path("out/session-1.upright.air.ngc")).unwrap();
    for text in [program(&scratch, &plan, 1), air] {
        let lines: Vec<&str> = text.lines().collect();
        let first = lines.iter().position(|line| line.starts_with("G21")).unwrap() + 1;
        for at in (first..lines.len()).step_by(lines.len() / 40) {
            for said in ["; stop: tool-change tool=2", "; put in tool 2, then resume"] {
                let forged = [&lines[..at], &[said], &lines[at..]].concat().join("\n") + "\n";
                let verdict = folder.verify(&forged).unwrap();
                let failed: Vec<&str> =
                    verdict.findings.iter().filter(|f| f.severity == Severity::Fail).map(|f| f.code.as_str()).collect();
                assert_eq!(failed, ["P18"], "line {at}: {:?}", verdict.findings);
            }
        }
    }
}

#[test]
fn what_is_left_is_struck_with_its_tools() {
    let (scratch, plan) = planned("klipper-xyzbc");
    let worked: Vec<u32> = plan.blocks.iter().flat_map(|block| &block.dots).copied().collect();
    let mut random = Pcg64::seed_from_u64(12);
    for stop in 0..12 {
        let last = random.random_range(0..worked.len());
        let options = ResumeOptions { after_dot: Some(worked[last]), ..ResumeOptions::default() };
        let left = resume(&scratch.path("out/plan.json"), &scratch.path("rest"), options, &Silent).unwrap().plan;
        let open: Vec<u32> = left.blocks.iter().flat_map(|block| &block.dots).copied().collect();
        assert_eq!(open, worked[last + 1..]);
        assert!(left.dots.iter().all(|dot| dot.tool == plan.dot(dot.id).unwrap().tool));
        for block in &left.blocks {
            assert_eq!(block.stops.first().map(|stop| (stop.kind, stop.before_order)), Some((HaltKind::ToolChange, 0)));
        }
        if stop % 4 == 0 && !left.blocks.is_empty() {
            is_passed(&scratch.path("rest"));
        }
    }
}

#[test]
fn other_stops_count_anew_with_each_tool() {
    let mut scratch = scratch(&builtin("gantry-xyzab").unwrap());
    scratch.case["stops"] = json!({"reload_every_dots": 20, "max_minutes_between_registration": 2});
    scratch.plan().assert().success();
    let plan = PlanFolder::read(&scratch.path("out/plan.json")).unwrap().plan;
    let block = &plan.blocks[0];
    let second = block.dots.iter().position(|id| plan.dot(*id).unwrap().tool == 2).unwrap() as u32;
    let of = |kind| block.stops.iter().filter(move |stop| stop.kind == kind).map(|stop| stop.before_order);
    assert!(of(HaltKind::Reload).all(|order| if order < second {
        order.is_multiple_of(20)
    } else {
        (order - second).is_multiple_of(20) && order > second
    }));
    let starts: Vec<u32> = of(HaltKind::Registration).collect();
    assert!(starts.contains(&0) && starts.contains(&second));
    // First the tool, then the head's place; patches count through.
    let kinds: Vec<HaltKind> =
        block.stops.iter().filter(|stop| stop.before_order == second).map(|stop| stop.kind).collect();
    assert_eq!(kinds, [HaltKind::ToolChange, HaltKind::Registration]);
    let text = program(&scratch, &plan, 1);
    let folder = PlanFolder::read(&scratch.path("out/plan.json")).unwrap();
    let forged = text.replacen("; stop: reload", "; stop: tool-change tool=2\n; stop: reload", 1);
    let verdict = folder.verify(&forged).unwrap();
    assert!(verdict.findings.iter().any(|finding| finding.message.contains("named for a stop that changes none")));
    for number in 1..=starts.len() {
        assert!(text.contains(&format!("patch {number} of {}", starts.len())));
    }
    is_passed(&scratch.path("out"));
}

#[test]
fn lines_of_the_owner_know_the_tool() {
    let mut rig = serde_json::to_value(builtin("klipper-xyzbc").unwrap()).unwrap();
    rig["hooks"] = json!({"tool_change": ["T{{ tool }}"], "needle_on": ["NEEDLE_ON TOOL={{ tool }}"], "needle_off": ["NEEDLE_OFF"]});
    let scratch = scratch(&Profile::parse(rig.to_string(), "rig.json").unwrap());
    scratch.plan().assert().success();
    let plan = PlanFolder::read(&scratch.path("out/plan.json")).unwrap().plan;
    let text = program(&scratch, &plan, 1);
    let at = |line: &str| text.lines().position(|other| other == line).unwrap_or_else(|| panic!("no {line}"));
    assert!(
        at("T1") < at("NEEDLE_ON TOOL=1") && at("NEEDLE_ON TOOL=1") < at("T2") && at("T2") < at("NEEDLE_ON TOOL=2")
    );
    is_passed(&scratch.path("out"));
}

#[test]
fn without_tools_there_is_nothing_to_change() {
    let mut scratch = scratch(&builtin("gantry-xyzab").unwrap());
    let keys = scratch.case.as_object_mut().unwrap();
    keys.remove("tools");
    keys.remove("palette");
    scratch.plan().assert().success();
    let text = fs::read_to_string(scratch.path("out/plan.json")).unwrap();
    assert!(!text.contains("\"tools\"") && !text.contains("\"palette\""));
    let plan = PlanFolder::read(&scratch.path("out/plan.json")).unwrap().plan;
    assert!(plan.dots.iter().all(|dot| dot.tool == 1) && plan.blocks.iter().all(|block| block.stops.is_empty()));
    assert!(!program(&scratch, &plan, 1).contains("tool-change"));
}

#[test]
fn tools_that_make_no_sense_are_named() {
    let parse = |edit: &dyn Fn(&mut Value)| {
        let mut case = json!({
            "format": "tonsure-case/1", "mesh": {"file": "m.ply", "units": "mm"}, "boundary": {"file": "m.hairline.json"},
            "design": {"density_per_cm2": 5, "depth_mm": 0.5}, "rig": "gantry-xyz",
            "sessions": [{"share": 0.5}, {"share": 0.5}],
            "palette": [{"name": "light"}, {"name": "dark", "dilution": 4}], "tools": tools(),
        });
        edit(&mut case);
        Case::parse(case.to_string().as_bytes(), "case.json").map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(parse(&|_| ()), Ok(()));
    for (pointer, value, parts) in [
        ("/tools/0/number", json!(0), ["tools[0], number: found 0", "1 to 99"]),
        ("/tools/1/number", json!(3), ["tools[1], number: found 3", "each once"]),
        ("/tools/1/needle", json!(""), ["tools[1], needle", "1 to 32 characters"]),
        ("/tools/1/needle", json!("1RL\nM3"), ["tools[1], needle", "1 to 32 characters"]),
        ("/tools/1/pigment", json!("grey"), ["tools[1], pigment: found \"grey\"", "light, dark"]),
        ("/tools/1/edge_mm", json!(0), ["tools[1], edge_mm", "above 0"]),
        ("/tools/0/sessions", json!([3]), ["tools[0], sessions[0]: found 3", "1 to 2"]),
        ("/tools/0/sessions", json!([1, 1]), ["tools[0], sessions[1]: found 1", "each once"]),
        ("/tools/2/longer_mm", json!(31), ["tools[2], longer_mm", "30 mm"]),
        ("/tools/2/edge_mm", json!(5), ["tools: found no tool for all dots of session 1", "without edge_mm"]),
        ("/tools/1/diameter/max_mm", json!(0.1), ["tools[1], diameter", "min_mm"]),
        ("/tools/1/needl", json!("x"), ["needl", "needle"]),
        ("/palette/0/name", json!("dark"), ["palette[1].name: found \"dark\" again", "each pigment once"]),
        ("/palette/1/dilution", json!(-1), ["palette[1].dilution", "0 to 100"]),
        ("/palette/1/colour", json!("black"), ["colour", "ink_batch"]),
    ] {
        let text = parse(&|case| {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            case.pointer_mut(parent).unwrap()[key] = value.clone();
        });
        let text = text.unwrap_err();
        assert!(parts.iter().all(|part| text.contains(part)), "{pointer}: {text}");
    }
}

/// A needle that is longer holds its tip at the same place from farther away, on every kind of rig.
#[test]
fn a_longer_needle_is_held_farther_away() {
    for (kinematics, rotaries) in ["xyz-ab", "xyz-bc", "xyz-ac"]
        .into_iter()
        .flat_map(|k| ["head-head", "head-table", "table-table"].map(|r| (k, r)))
    {
        let rig = crate::kinematics::odd(kinematics, rotaries);
        let longer = rig.with_longer_needle(7.0);
        let mut random = Pcg64::seed_from_u64(5);
        for _ in 0..200 {
            let mut at = |most: f64| random.random_range(-most..most);
            let joints = Joints::new([at(90.0), at(90.0), at(90.0), at(180.0), at(180.0)]);
            let [short, long] = [&rig, &longer].map(|rig| forward(rig, &joints));
            assert!((short.drawn_back(-7.0).tip - long.tip).norm() < 1e-9, "{kinematics} {rotaries}");
            assert!((short.needle - long.needle).norm() < 1e-12);
        }
    }
    let [short, long] = [builtin("gantry-xyz").unwrap(), builtin("gantry-xyz").unwrap().with_longer_needle(-3.0)]
        .map(|rig| forward(&rig, &Joints::new([1.0, 2.0, 3.0])));
    assert!((short.drawn_back(3.0).tip - long.tip).norm() < 1e-12);
}
