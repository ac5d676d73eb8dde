//! Every kind of fault that `verify` tells of a program's motion is told by some test; every check can fail.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tonsure::error::Severity;
use tonsure::geometry::Vector;
use tonsure::plan::Plan;
use tonsure::rig::DepthMode;
use tonsure::schedule::HaltKind;
use tonsure::verify::{CHECKS, judge, judge_lines};

use super::corpus::{GOOD, Good, PROBING};
use super::{FOUND, faults};

/// The files of `verify` that judge motion. What is wrong with single words is told where words are read, and tested there.
const JUDGES: [&str; 6] = ["clearance", "dots", "fiducials", "stops", "strokes", "walk"];
/// Faults that are told elsewhere, with the test that has each of them and its file.
const ELSEWHERE: [(&str, &str, &str); 18] = [
    ("dot {} lies {off_mm:.2} mm off the region inside the line", "verify.rs", "dots_are_held_against_scan_and_region"),
    (
        "a rapid from an unknown place may move the tip at {tip_mm_s:.1} mm/s, the cap is {cap_mm_s}",
        "verify.rs",
        "ways_from_unknown_places_keep_to_the_cap",
    ),
    ("a fiducial is shown twice", "gcode/besides.rs", "frame_and_fiducials_are_shown_and_verified"),
    (
        "dot {id} is struck with tool {tool}, the plan has tool {}",
        "tools.rs",
        "a_program_with_another_tool_than_planned_fails",
    ),
    (
        "a stop for {kind} by other lines than the owner's",
        "hooks.rs",
        "lines_of_the_owner_stand_where_the_plan_has_them",
    ),
    (
        "more than the needle switched off behind the owner's last lines",
        "hooks.rs",
        "lines_of_the_owner_stand_where_the_plan_has_them",
    ),
    (
        "the needle is switched by other lines than the owner's",
        "hooks.rs",
        "lines_of_the_owner_stand_where_the_plan_has_them",
    ),
    (
        "the owner's lines that switch the needle off, though it is off",
        "hooks.rs",
        "lines_of_the_owner_stand_where_the_plan_has_them",
    ),
    (
        "the owner's lines that switch the needle on, though it is not off",
        "hooks.rs",
        "lines_of_the_owner_stand_where_the_plan_has_them",
    ),
    (
        "the owner's message for a patch that does not begin here",
        "hooks.rs",
        "lines_of_the_owner_stand_where_the_plan_has_them",
    ),
    (
        "the owner's message for patch {number} is left out",
        "hooks.rs",
        "lines_of_the_owner_stand_where_the_plan_has_them",
    ),
    (
        "the owner's {name} lines away from where they belong",
        "hooks.rs",
        "lines_of_the_owner_stand_where_the_plan_has_them",
    ),
    ("the owner's {name} lines in the skin", "hooks.rs", "lines_of_the_owner_stand_where_the_plan_has_them"),
    (
        "the owner's {} lines, the plan has a stop for {kind} here",
        "hooks.rs",
        "lines_of_the_owner_stand_where_the_plan_has_them",
    ),
    ("a probe beside strikes that count from touches made before", "probing.rs", "changed_programs_fail"),
    ("a strike in a program that only touches", "probing.rs", "changed_programs_fail"),
    ("a touch at no dot that is yet to come in the plan's order", "probing.rs", "changed_programs_fail"),
    (
        "dot {id}: skin {height_mm:.2} mm off the scan by its touches, {most_mm} allowed",
        "probing.rs",
        "changed_programs_fail",
    ),
];
/// Told only if the reader of words let through what it refuses.
const SECOND_LINE: [&str; 2] = ["a needle switched that is pushed by an axis", "a stroke from an unknown place"];

fn good(name: &str) -> &'static Good {
    GOOD.iter().find(|good| good.name == name).unwrap()
}

/// What is told of the program with another plan, as if that had been made so.
fn told(good: &Good, change: impl FnOnce(&mut Plan)) -> Vec<String> {
    let mut plan = good.plan.clone();
    change(&mut plan);
    told_of(good, &good.text, &plan)
}

fn told_of(good: &Good, text: &str, plan: &Plan) -> Vec<String> {
    assert!(text != good.text || *plan != good.plan, "{}: nothing was changed", good.name);
    let verdict = judge(text, plan, &good.digest, &good.head.scan).unwrap();
    let failed = verdict.findings.into_iter().filter(|finding| finding.severity == Severity::Fail);
    failed.flat_map(faults).collect()
}

/// What is told of programs with depths that are found otherwise, stops and rests of other kinds.
fn of_other_kinds() -> Vec<String> {
    let (probing, treat) = (&*PROBING, good("gantry-xyzab, demo, Treat"));
    let nose = good("gantry-xyz, egg, Treat, stops, nose");
    let edited = |good: &Good, from: &str, to: &str| told_of(good, &good.text.replacen(from, to, 1), &good.plan);
    let kept = |is: fn(&str) -> bool| {
        let lines = probing.text.lines().filter(|line| is(line));
        told_of(probing, &lines.fold(String::new(), |all, line| all + line + "\n"), &probing.plan)
    };
    let raised = (probing.text.lines())
        .map(|line| match line.split_once(" Z").filter(|_| line.starts_with("G38.2")) {
            Some((before, after)) => format!("{before} Z200 {}\n", after.split_once(' ').unwrap().1),
            None => format!("{line}\n"),
        })
        .collect::<String>();
    let search = |search_mm| DepthMode::Probe { feed_mm_s: 3.0, search_mm, every_dots: 1 };
    let stops = good("gantry-xyz, ball, Treat, stops");
    let all = [
        edited(probing, "\nM5\n", "\nM5\nG38.2 Z100 F180\n"),
        told_of(probing, &raised, &probing.plan),
        edited(probing, "run=treat", "run=air"),
        told(probing, |plan| plan.rig.depth = DepthMode::Absolute),
        told(treat, |plan| plan.rig.depth = search(1.5)),
        kept(|line| !line.starts_with("G91 G1")),
        told(probing, |plan| plan.rig.depth = search(1.0)),
        told(probing, |plan| plan.dots.iter_mut().for_each(|dot| dot.depth_mm = 0.6)),
        told(nose, |plan| plan.dots.iter_mut().for_each(|dot| dot.depth_mm = 0.6)),
        told(stops, |plan| plan.blocks[0].stops[0].kind = HaltKind::OptionalPause),
        edited(treat, "run=treat", "run=air"),
        edited(treat, "run=treat", "run=fiducials"),
        told_of(treat, &treat.text.replacen("run=treat", "run=fiducials", 1), &{
            let mut plan = treat.plan.clone();
            plan.fiducials_mm.push(plan.dots[0].position_mm);
            plan
        }),
    ];
    all.iter().enumerate().for_each(|(number, told)| assert!(!told.is_empty(), "{number} passes"));
    all.concat()
}

/// What is told of plans that should never have been made.
fn of_bad_plans() -> Vec<String> {
    let treat = good("gantry-xyzab, demo, Treat");
    let first = treat.plan.dot(treat.plan.blocks[0].dots[0]).unwrap().clone();
    let normal = Vector::from(first.normal);
    let across = normal.cross(&Vector::x()).normalize() * 6.0;
    let ring: Vec<[f64; 3]> = (0..12)
        .map(|i| (f64::from(i) / 12.0 * std::f64::consts::TAU).sin_cos())
        .map(|(sin, cos)| (Vector::from(first.position_mm) + across * cos + normal.cross(&across) * sin).into())
        .collect();
    let keep_out = |value: serde_json::Value| serde_json::from_value(value).unwrap();
    let mut all = Vec::new();
    let disc = serde_json::json!({"name": "mole", "centre": first.position_mm, "radius_mm": 1.0});
    all.push(told(treat, |plan| plan.case.keep_outs.push(keep_out(disc))));
    let outline = serde_json::json!({"name": "scar", "loop": ring, "margin_mm": 0.0});
    all.push(told(treat, |plan| plan.case.keep_outs.push(keep_out(outline))));
    for told in &all {
        assert!(told.iter().any(|what| what.starts_with("P02")), "{told:?}");
    }
    let far = serde_json::json!({"name": "mole", "centre": first.position_mm.map(|c| c + 40.0), "radius_mm": 2.0});
    assert!(told(treat, |plan| plan.case.keep_outs.push(keep_out(far))).is_empty());
    all.push(told(treat, |plan| plan.dots.iter_mut().for_each(|dot| dot.diameter_mm = 2.0)));
    all.push(told(treat, |plan| plan.rig.tilt_limit_deg = 5.0));
    all.push(told(treat, |plan| plan.rig.depth_cap_mm = 0.5));
    all.push(told(treat, |plan| plan.dots.iter_mut().for_each(|dot| dot.normal = [1.0, 0.0, 0.0])));
    all.push(told(treat, |plan| plan.rig.clearance_mm = 9.0));
    all.push(told(treat, |plan| plan.rig.holder.radius_mm = 60.0));
    all.push(told(treat, |plan| plan.rig.axes[0].max = 10.0));
    all.push(told(treat, |plan| plan.rig.speeds.cap_mm_s = 30.0));
    all.push(told(treat, |plan| plan.case.design.dwell_s = 0.2));
    all.concat()
}

/// Severity and count of a finding about the plan itself; none where it is not looked at.
fn of_plan(good: &Good, code: &str, change: impl FnOnce(&mut Plan)) -> Option<(Severity, usize)> {
    let mut plan = good.plan.clone();
    change(&mut plan);
    let verdict = judge(&good.text, &plan, &good.digest, &good.head.scan).unwrap();
    verdict.findings.iter().find(|finding| finding.code == code).map(|finding| (finding.severity, finding.count))
}

#[test]
fn what_a_plan_stands_on_is_looked_at_again() {
    let treat = good("gantry-xyzab, demo, Treat");
    let seen = |code: &str, change: &dyn Fn(&mut Plan)| of_plan(treat, code, change);
    let is = |seen: Option<(Severity, usize)>, severity: Severity| seen.is_some_and(|(found, _)| found == severity);

    let far = [[300.0, 0.0, 40.0], [0.0, 300.0, 40.0], [-300.0, 0.0, 40.0], [0.0, -300.0, 40.0]];
    let line: Vec<[f64; 3]> =
        far.iter().map(|at| treat.head.scan.closest(&(*at).into()).unwrap().position.into()).collect();
    assert_eq!(seen("P01", &|_| ()), None);
    assert!(is(seen("P01", &|plan| plan.boundary_mm.clone_from(&line)), Severity::Pass));
    let raised = |plan: &mut Plan| plan.boundary_mm = line.iter().map(|[x, y, z]| [x * 1.1, *y, *z]).collect();
    assert_eq!(seen("P01", &raised), Some((Severity::Warn, 2)));
    let small = |plan: &mut Plan| plan.boundary_mm = line[..1].to_vec();
    assert_eq!(seen("P01", &small), Some((Severity::Warn, 1)));

    assert!(is(seen("P04", &|_| ()), Severity::Pass));
    let crowded = |plan: &mut Plan| plan.blocks[0].dots = plan.blocks[0].dots.repeat(30);
    assert!(is(seen("P04", &crowded), Severity::Warn));

    let count = treat.plan.blocks[0].dots.len();
    assert!(is(seen("P06", &|_| ()), Severity::Pass));
    let tilted = |plan: &mut Plan| {
        for dot in &mut plan.dots {
            let normal = Vector::from(dot.normal);
            dot.normal = (normal + normal.cross(&Vector::x()).normalize() * 0.4).normalize().into();
        }
    };
    assert_eq!(seen("P06", &tilted), Some((Severity::Warn, count)));
    let lifted = |plan: &mut Plan| {
        for dot in &mut plan.dots {
            dot.position_mm = (Vector::from(dot.position_mm) + Vector::from(dot.normal)).into();
        }
    };
    assert_eq!(seen("P06", &lifted), Some((Severity::Warn, count)));

    // The plan warns of a head that was not measured.
    assert!(is(seen("P14", &|_| ()), Severity::Pass));
    let slanted: Vec<[f64; 3]> = (0..4).map(|i| [0.3, -0.7, 0.2].map(|way| 11.0 + way * 31.7 * f64::from(i))).collect();
    for (marks, fre_mm, predicted_mm, severity) in [
        (&slanted, Some(0.1), Some(0.1), Severity::Fail),
        (&slanted[..2].to_vec(), Some(0.1), None, Severity::Fail),
        (&line, None, Some(2.5), Severity::Fail),
        (&Vec::new(), None, Some(2.5), Severity::Fail),
        (&line[..3].to_vec(), Some(0.1), Some(0.1), Severity::Warn),
    ] {
        let measured = |plan: &mut Plan| {
            plan.fiducials_mm.clone_from(marks);
            let setup = plan.setups.values_mut().next().unwrap();
            (setup.fre_mm, setup.largest_tre_mm) = (fre_mm, predicted_mm);
        };
        assert!(is(seen("P14", &measured), severity), "{marks:?} {:?}", seen("P14", &measured));
    }
    for (fre_mm, predicted_mm, severity) in
        [(0.2, 0.2, Severity::Pass), (0.8, 0.2, Severity::Warn), (0.2, 0.8, Severity::Warn), (3.0, 0.2, Severity::Fail)]
    {
        let measured = |plan: &mut Plan| {
            plan.fiducials_mm.clone_from(&line);
            let setup = plan.setups.values_mut().next().unwrap();
            (setup.fre_mm, setup.largest_tre_mm) = (Some(fre_mm), Some(predicted_mm));
        };
        assert!(is(seen("P14", &measured), severity), "{fre_mm} {:?}", seen("P14", &measured));
    }
}

/// A value that a finding tells, the first behind these words.
fn value_of(told: &str, words: &str) -> f64 {
    let (_, rest) = told.split_once(words).unwrap_or_else(|| panic!("{told:?} has no {words:?}"));
    rest.split(' ').next().unwrap().parse().unwrap()
}

/// What a program asks of the people around it is measured from its words, and held against what the case sets.
#[test]
fn the_work_around_a_program_is_measured() {
    for name in
        ["gantry-xyz, ball, Treat, stops", "table-xyzac, egg, Treat, stops", "klipper-xyzbc, demo, Treat, stops"]
    {
        let good = good(name);
        let block = &good.plan.blocks[0];
        let seen = |code: &str, change: &dyn Fn(&mut Plan)| {
            let mut plan = good.plan.clone();
            change(&mut plan);
            let verdict = judge(&good.text, &plan, &good.digest, &good.head.scan).unwrap();
            let finding = verdict.findings.into_iter().find(|finding| finding.code == code).unwrap();
            (finding.severity, finding.message)
        };

        let (severity, told) = seen("P15", &|_| ());
        let longest_s = value_of(&told, "up to ");
        assert!(severity == Severity::Pass && longest_s > 10.0, "{name}: {told}");
        let minutes =
            |minutes: f64| seen("P15", &|plan| plan.case.stops.max_minutes_between_registration = Some(minutes));
        assert_eq!(minutes(longest_s / 60.0).0, Severity::Pass, "{name}");
        assert_eq!(minutes(longest_s / 60.0 / 1.2).0, Severity::Warn, "{name}");
        // Without its registrations the head lies still for all of the program.
        let (_, whole) = seen("P15", &|plan| plan.blocks[0].stops.clear());
        assert!(value_of(&whole, "up to ") > longest_s, "{name}: {whole}");

        let (severity, told) = seen("P16", &|_| ());
        let places = |pair: &[u32]| [0, 1].map(|i| Vector::from(good.plan.dot(pair[i]).unwrap().position_mm));
        let apart = block.dots.windows(2).map(places).map(|[a, b]| (a - b).norm()).fold(f64::INFINITY, f64::min);
        assert!(
            severity == Severity::Pass && (value_of(&told, "at least ") - apart).abs() < 0.000_51,
            "{name}: {told}"
        );

        let (severity, told) = seen("P17", &|_| ());
        let reload = block.stops.iter().find(|stop| stop.kind == HaltKind::Reload).unwrap().before_order as usize;
        let most = reload.max(block.dots.len() - reload);
        assert_eq!(severity, Severity::Pass);
        assert!(told.contains(&format!("{} dots with one cartridge", block.dots.len())), "{name}: {told}");
        assert!(told.contains(&format!("{most} with one load of ink")), "{name}: {told}");
        let limits = [most as u32, most as u32 - 1]
            .map(|dots| seen("P17", &|plan| plan.case.stops.reload_every_dots = Some(dots)).0);
        assert_eq!(limits, [Severity::Pass, Severity::Warn], "{name}");

        let tested = |date: &str| {
            seen("P20", &|plan| {
                plan.case.start_date = Some("2026-03-03".to_owned());
                plan.case.patch_test = serde_json::from_value(serde_json::json!({"date": date})).unwrap();
            })
        };
        assert_eq!(seen("P20", &|_| ()).0, Severity::Pass);
        assert_eq!(["2026-03-01", "2026-03-02"].map(|date| tested(date).0), [Severity::Pass, Severity::Warn]);
        assert!(tested("2026-03-02").1.contains("patch test on 2026-03-02"));
    }
}

#[test]
fn every_check_can_fail() {
    let (_, found) = &*FOUND;
    let bad = of_bad_plans();
    let all: Vec<&String> = found.iter().chain(&bad).collect();
    for (code, _) in CHECKS {
        assert!(all.iter().any(|told| told.starts_with(&format!("{code}: "))), "nothing makes {code} fail");
    }
}

#[test]
fn every_kind_of_fault_is_told_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (_, found) = &*FOUND;
    let bad = [of_bad_plans(), of_other_kinds()].concat();
    let told: Vec<&String> = found.iter().chain(&bad).collect();
    let mut untold = Vec::new();
    for file in JUDGES {
        let source = fs::read_to_string(root.join(format!("src/verify/{file}.rs"))).unwrap();
        let kinds = kinds(&source);
        assert!(kinds.len() >= 2, "{file}: {kinds:?}");
        for kind in kinds {
            let elsewhere = ELSEWHERE.iter().find(|(other, ..)| *other == kind);
            let has_test = elsewhere.is_some_and(|(_, file, test)| {
                fs::read_to_string(root.join("tests/it").join(file)).unwrap().contains(&format!("fn {test}("))
            });
            let is_second = SECOND_LINE.contains(&kind.as_str());
            if !has_test && !is_second && !told.iter().any(|told| is_of(&kind, told)) {
                untold.push(format!("{file}: {kind}"));
            }
        }
    }
    assert!(untold.is_empty(), "no test tells of\n{}", untold.join("\n"));
}

/// Texts of faults in a source: literals of several words that stand behind `note` or in a `what`.
fn kinds(source: &str) -> Vec<String> {
    const QUOTE: &str = "\u{1}";
    let source = source.replace("\\\"", QUOTE);
    let code: String =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let starts = ["checks.note(", "checks.note_at(", "let what ="];
    let mut kinds: Vec<String> = Vec::new();
    for (at, _) in starts.iter().flat_map(|start| code.match_indices(start)) {
        let statement = code[at..].split(";\n").next().unwrap();
        kinds.extend(
            statement
                .split('"')
                .skip(1)
                .step_by(2)
                .filter(|text| text.contains(' '))
                .map(|text| text.replace(QUOTE, "\"")),
        );
    }
    kinds.sort();
    kinds.dedup();
    kinds
}

/// Whether a text was made from that pattern: its parts between braces come in their order.
fn is_of(pattern: &str, text: &str) -> bool {
    let mut rest = text;
    pattern.split('{').map(|part| part.split_once('}').map_or(part, |(_, after)| after)).all(|part| {
        match rest.find(part.trim_end_matches(|c: char| c.is_ascii_digit())) {
            Some(at) => {
                rest = &rest[at..];
                true
            }
            None => false,
        }
    })
}

#[test]
fn programs_of_other_plans_and_rigs_are_refused() {
    for (good, other) in GOOD.iter().zip(GOOD.iter().cycle().skip(5)) {
        let seen = judge(&other.text, &good.plan, &good.digest, &good.head.scan);
        assert!(
            seen.is_err() || seen.is_ok_and(|seen| seen.verdict == Severity::Fail),
            "{} as {}",
            other.name,
            good.name
        );
        // Even where its header is exchanged.
        let head = |text: &str| text.lines().take_while(|line| line.starts_with(';')).count();
        let lines = good.text.lines().take(head(&good.text)).chain(other.text.lines().skip(head(&other.text)));
        let forged = lines.fold(String::new(), |all, line| all + line + "\n");
        let seen = judge(&forged, &good.plan, &good.digest, &good.head.scan).unwrap();
        assert_eq!(seen.verdict, Severity::Fail, "{} as {}", other.name, good.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Any bytes are refused, alone and behind a good header, and nothing panics.
    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..2000), which in 0..30_usize) {
        let good = &GOOD[which % GOOD.len()];
        let seen = |bytes: &[u8]| judge_lines(&mut &bytes[..], &good.plan, &good.digest, &good.head.scan);
        prop_assert!(seen(&bytes).is_err());
        let behind = [good.text.split("\nG21").next().unwrap().as_bytes(), b"\n", &bytes].concat();
        prop_assert!(seen(&behind).is_ok_and(|seen| seen.verdict == Severity::Fail) || seen(&behind).is_err());
    }
}
