//! What is left of a plan whose work was broken off.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use nalgebra::Rotation3;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::{Value, json};
use tonsure::case::Stops;
use tonsure::error::Severity;
use tonsure::geometry::{Placement, Point, Vector};
use tonsure::job::{PlanFolder, PlanOptions, ResumeOptions, Silent, plan, resume};
use tonsure::plan::Plan;
use tonsure::rig::{Joints, builtin, forward};
use tonsure::schedule::{Halt, HaltKind, recounted};

use crate::support::scratch::{Scratch, list, tonsure};

/// A plan on a dome with what lies beside it.
struct Whole {
    scratch: Scratch,
    plan: Plan,
}

/// Places of the dots by number, as the table has them.
type Places = BTreeMap<u32, String>;

impl Whole {
    fn on(rig: &str, setups: &[&str], sessions: usize) -> Self {
        Self::with_depth(rig, &json!({"mode": "absolute"}), setups, sessions)
    }

    fn with_depth(rig: &str, depth: &Value, setups: &[&str], sessions: usize) -> Self {
        let mut scratch = Scratch::new();
        let mut profile = serde_json::to_value(builtin(rig).unwrap()).unwrap();
        profile["depth"] = depth.clone();
        scratch.write("rig.json", profile.to_string());
        scratch.case["rig"] = json!("rig.json");
        scratch.case["design"]["density_per_cm2"] = json!(1);
        scratch.case["stops"] = json!({"reload_every_dots": 9, "wipe_every_dots": 14});
        scratch.case["setups"] = json!(setups);
        if sessions > 1 {
            scratch.case["sessions"] = (0..sessions).map(|_| json!({"share": 1.0 / sessions as f64})).collect();
        }
        let case = scratch.write_case();
        let plan = plan(&case, &scratch.path("out"), PlanOptions::default(), &Silent).unwrap().plan;
        Self { scratch, plan }
    }

    fn file(&self) -> PathBuf {
        self.scratch.path("out").join("plan.json")
    }

    /// All dots in working order, each with its program.
    fn worked(&self) -> Vec<(String, u32)> {
        let of_block = |block: &tonsure::plan::Block| {
            let stem = format!("session-{}.{}", block.session, block.setup);
            block.dots.iter().map(|&dot| (stem.clone(), dot)).collect::<Vec<_>>()
        };
        self.plan.blocks.iter().flat_map(of_block).collect()
    }

    fn refused(&self, args: &[&str], parts: &[&str]) {
        let before = list(&self.scratch.path("out"));
        let out = self.scratch.path("never");
        let output = tonsure().arg("resume").arg(self.file()).args(args).arg("-o").arg(&out).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
        for part in parts {
            assert!(text.contains(part), "{args:?}: \"{part}\" is not in: {text}");
        }
        assert!(list(&out).is_empty(), "{:?}", list(&out));
        assert_eq!(before, list(&self.scratch.path("out")));
    }
}

/// Dots and their places in a folder: all that `dots.csv` has, and those that the maps have by program in their order.
fn read(folder: &Path) -> (Places, BTreeMap<String, Vec<u32>>) {
    let table = fs::read_to_string(folder.join("dots.csv")).unwrap();
    let places = table.lines().skip(1).map(|row| {
        let (id, rest) = row.split_once(',').unwrap();
        (id.parse().unwrap(), rest.split(',').take(9).collect::<Vec<_>>().join(","))
    });
    let maps = list(folder).into_iter().filter(|name| name.ends_with(".map.csv"));
    let maps = maps.map(|name| {
        let text = fs::read_to_string(folder.join(&name)).unwrap();
        let dots = text.lines().skip(1).map(|row| row.split(',').nth(1).unwrap().parse().unwrap());
        (name.trim_end_matches(".map.csv").to_owned(), dots.collect())
    });
    (places.collect(), maps.collect())
}

/// Every program of a folder, judged anew from its file.
fn all_pass(folder: &Path) {
    let judge = PlanFolder::read(&folder.join("plan.json")).unwrap();
    for name in list(folder) {
        let is_program = name.starts_with("session-") && ![".map.", ".verify."].iter().any(|part| name.contains(part));
        if is_program {
            let verdict = judge.verify(&fs::read_to_string(folder.join(&name)).unwrap()).unwrap();
            assert_eq!(verdict.verdict, Severity::Pass, "{name}: {:?}", verdict.findings);
        }
    }
}

/// 200 stops at any dot or line of plans in several dialects, depth modes, sessions and setups: struck and left are all dots, none is in both, what is left
/// has the same places, programs, order and depth, and every program passes.
#[test]
fn nothing_is_struck_twice_and_nothing_is_forgotten() {
    let absolute = json!({"mode": "absolute"});
    let nose = json!({"mode": "nose", "protrusion_mm": 0.5, "over_travel_mm": 0.8, "compliance_mm": 1.5});
    let probe = json!({"mode": "probe", "feed_mm_s": 3, "search_mm": 1.5});
    let plans = [
        ("gantry-xyz", &probe, &["upright"][..], 1),
        ("gantry-xyzab", &absolute, &["upright"], 3),
        ("klipper-xyzbc", &nose, &["upright", "left"], 2),
        ("reprap-xyzab", &absolute, &["left", "right"], 1),
        ("table-xyzac", &probe, &["upright"], 2),
    ];
    let mut random = Pcg64::seed_from_u64(8);
    for (rig, depth, setups, sessions) in plans {
        let whole = Whole::with_depth(rig, depth, setups, sessions);
        let worked = whole.worked();
        assert!(worked.len() > 15 && whole.plan.blocks.len() >= sessions, "{rig}: {}", worked.len());
        let (places, maps) = read(&whole.scratch.path("out"));
        let rest = whole.scratch.path("rest");
        for stop in 0..40 {
            let last = random.random_range(0..worked.len());
            let (stem, dot) = &worked[last];
            let program = whole.scratch.path("out").join(format!("{stem}.{}", whole.plan.rig.extension));
            let map = fs::read_to_string(whole.scratch.path("out").join(format!("{stem}.map.csv"))).unwrap();
            let line_of = |row: usize| -> Option<usize> { map.lines().nth(row + 1)?.split(',').next()?.parse().ok() };
            let order = maps[stem].iter().position(|id| id == dot).unwrap();
            let line = line_of(order).unwrap();
            let next = line_of(order + 1).unwrap_or_else(|| fs::read_to_string(&program).unwrap().lines().count() + 1);
            let options = match stop % 2 {
                0 => ResumeOptions { after_dot: Some(*dot), ..ResumeOptions::default() },
                // Any line from the strike on to the one before the next.
                _ => ResumeOptions {
                    after_line: Some((&program, random.random_range(line..next))),
                    ..ResumeOptions::default()
                },
            };
            let outcome = resume(&whole.file(), &rest, options, &Silent).unwrap();
            let judged = PlanFolder::read(&whole.file()).unwrap();
            assert_eq!(outcome.plan.parent.as_ref(), Some(&judged.sha256));

            let struck: Vec<u32> = worked[..=last].iter().map(|(_, dot)| *dot).collect();
            let (left_places, left_maps) = read(&rest);
            let left: Vec<u32> = left_maps.values().flatten().copied().collect();
            let all: BTreeSet<u32> = struck.iter().chain(&left).copied().collect();
            assert_eq!(all.len(), struck.len() + left.len(), "{rig}: struck twice after dot {dot}");
            assert_eq!(all, worked.iter().map(|(_, dot)| *dot).collect(), "{rig}: forgotten after dot {dot}");
            assert!(left_places.iter().all(|(id, place)| places[id] == *place), "{rig}: another place");
            let unstruck = places.keys().filter(|id| !struck.contains(*id)).count();
            assert_eq!(left_places.len(), unstruck, "the plan holds only what is left");
            for (stem, dots) in &left_maps {
                assert!(maps[stem].ends_with(dots), "{rig}: {stem} has another order");
            }
            if stop % 10 == 0 {
                all_pass(&rest);
            }
        }
    }
}

#[test]
fn a_resumed_plan_can_be_resumed_drawn_and_scheduled_anew() {
    let whole = Whole::on("gantry-xyzab", &["upright"], 1);
    let worked = whole.worked();
    let rest = |name: &str| whole.scratch.path(name);
    let after = |plan: &Path, dot: u32, out: &Path| {
        tonsure().arg("resume").arg(plan).args(["--after-dot", &dot.to_string(), "-o"]).arg(out).assert().success();
    };
    after(&whole.file(), worked[10].1, &rest("first"));
    after(&rest("first").join("plan.json"), worked[20].1, &rest("second"));
    let (_, maps) = read(&rest("second"));
    assert_eq!(maps["session-1.upright"], worked[21..].iter().map(|(_, dot)| *dot).collect::<Vec<_>>());
    let second = rest("second").join("plan.json");
    tonsure().arg("preview").arg(&second).arg("-o").arg(rest("sheet.svg")).assert().success();
    tonsure().arg("gcode").arg(&second).args(["--rig", "gantry-xyzbc", "--out"]).arg(rest("anew")).assert().success();
    let (places, maps) = read(&rest("anew"));
    assert_eq!(maps.values().flatten().count(), worked.len() - 21);
    assert!(worked[21..].iter().all(|(_, dot)| places.contains_key(dot)), "dots keep their numbers");
    all_pass(&rest("anew"));
}

#[test]
fn a_journal_takes_out_dots_of_any_program_and_keeps_the_stops_that_are_due() {
    let whole = Whole::on("gantry-xyzab", &["upright"], 2);
    let worked = whole.worked();
    let mut random = Pcg64::seed_from_u64(3);
    let done: BTreeSet<u32> = worked.iter().filter(|_| random.random_bool(0.3)).map(|(_, dot)| *dot).collect();
    let rows = done.iter().map(|dot| format!("{dot},by hand\n")).collect::<Vec<_>>().concat();
    let journal = whole.scratch.write("done.csv", format!("dot_id,note\n{rows}"));
    let rest = whole.scratch.path("rest");
    let options = ResumeOptions { journal: Some(&journal), ..ResumeOptions::default() };
    resume(&whole.file(), &rest, options, &Silent).unwrap();
    let (_, maps) = read(&rest);
    let expected: Vec<u32> = worked.iter().map(|(_, dot)| *dot).filter(|dot| !done.contains(dot)).collect();
    assert_eq!(maps.values().flatten().copied().collect::<Vec<_>>(), expected);
    all_pass(&rest);

    // Broken off right before a stop: it is made at the park place, and those behind it where they were.
    let block = &whole.plan.blocks[0];
    let stop = block.stops[1];
    let before = block.dots[stop.before_order as usize - 1];
    let options = ResumeOptions { after_dot: Some(before), ..ResumeOptions::default() };
    let left = resume(&whole.file(), &rest, options, &Silent).unwrap().plan;
    let wanted: Vec<_> = block.stops[1..].iter().map(|stop| (stop.kind, stop.before_dot)).collect();
    let found: Vec<_> = left.blocks[0].stops.iter().map(|stop| (stop.kind, stop.before_dot)).collect();
    assert_eq!((found, left.blocks[0].stops[0].before_order), (wanted, 0));
}

/// Where the needle stayed in the skin it is told how it comes out: straight along its axis, on every kind of rig.
#[test]
fn the_way_out_of_the_skin_leads_along_the_needle() {
    for rig in ["gantry-xyz", "gantry-xyzab", "gantry-xyzbc", "table-xyzac"] {
        let whole = Whole::on(rig, &["upright"], 1);
        let worked = whole.worked();
        for order in [0, worked.len() / 2, worked.len() - 1] {
            let dot = worked[order].1;
            let options = ResumeOptions { after_dot: Some(dot), ..ResumeOptions::default() };
            let outcome = resume(&whole.file(), &whole.scratch.path("rest"), options, &Silent).unwrap();
            let told = outcome.findings.iter().find(|finding| finding.code == "way-out").unwrap();
            assert!(told.message.contains(&format!("stands in dot {dot}")), "{told:?}");
            let map = fs::read_to_string(whole.scratch.path("out/session-1.upright.map.csv")).unwrap();
            let row = map.lines().nth(order + 1).unwrap();
            let numbers: Vec<f64> = row.split(',').skip(2).map(|field| field.parse().unwrap()).collect();
            let words = told.remedy.split("G1 ").nth(1).unwrap().split(" F").next().unwrap();
            let by: Vec<f64> = words.split(' ').map(|word| word[1..].parse().unwrap()).collect();
            let joints = |share: f64| {
                let at = |axis: usize| numbers[axis] + by.get(axis).map_or(0.0, |by| by * share);
                match numbers.len() {
                    3 => Joints::new([at(0), at(1), at(2)]),
                    _ => Joints::new([at(0), at(1), at(2), at(3), at(4)]),
                }
            };
            let [start, end] = [0.0, 1.0].map(|share| forward(&whole.plan.rig, &joints(share)));
            let way = end.tip - start.tip;
            assert!((way - start.needle * way.norm()).norm() < 0.003 && way.norm() > 15.0, "{rig}: {told:?}");
        }
    }
    // A journal says nothing of where the needle stood.
    let whole = Whole::on("gantry-xyz", &["upright"], 1);
    let journal = whole.scratch.write("done.csv", format!("dot_id\n{}\n", whole.worked()[0].1));
    let options = ResumeOptions { journal: Some(&journal), ..ResumeOptions::default() };
    let outcome = resume(&whole.file(), &whole.scratch.path("rest"), options, &Silent).unwrap();
    assert!(outcome.findings.iter().all(|finding| finding.code != "way-out"));
}

/// Registered anew after the stop, 4 mm and 3° from before: joints change in that setup, dots nowhere.
#[test]
fn a_head_that_was_registered_anew_is_struck_where_it_lies_now() {
    let whole = Whole::on("gantry-xyzab", &["upright", "left"], 1);
    let worked = whole.worked();
    assert!(whole.plan.blocks.len() == 2);
    let turned = Rotation3::from_euler_angles(0.03, -0.04, 0.02);
    let moved = Placement::new(&turned, &Vector::new(2.0, -3.0, 1.5));
    let truth = whole.plan.setups["upright"].mesh_to_rig.then(&moved);
    let marks = [[50.0, 0.0, 60.0], [-50.0, 0.0, 60.0], [0.0, 60.0, 50.0], [0.0, -60.0, 50.0], [40.0, 40.0, 55.0]];
    let fiducials: Vec<Value> = (marks.iter().enumerate())
        .map(|(index, mark)| {
            let rig = truth.point(&Point::from(*mark));
            json!({"name": format!("f{index}"), "mesh": mark, "rig": [rig.x, rig.y, rig.z]})
        })
        .collect();
    let file =
        |setup: &str| json!({"format": "tonsure-registration/1", "setup": setup, "fiducials": fiducials}).to_string();
    let noon = whole.scratch.write("noon.registration.json", file("upright"));
    let rest = whole.scratch.path("rest");
    let dot = worked[5].1;
    let options = ResumeOptions { after_dot: Some(dot), registration: Some(&noon), ..ResumeOptions::default() };
    let outcome = resume(&whole.file(), &rest, options, &Silent).unwrap();
    all_pass(&rest);
    let left = &outcome.plan;
    let placed = &left.setups["upright"];
    assert!(placed.source == "fiducials" && placed.fre_mm.unwrap() < 1e-6);
    assert_eq!(left.setups["left"], whole.plan.setups["left"]);
    assert!(
        outcome.findings.iter().any(|finding| finding.code == "P14" && finding.message.contains("FRE")),
        "{:?}",
        outcome.findings
    );
    let ((places, maps), (left_places, left_maps)) = (read(&whole.scratch.path("out")), read(&rest));
    assert!(left_places.iter().all(|(id, place)| places[id] == *place));
    assert!(maps["session-1.upright"].ends_with(&left_maps["session-1.upright"]));
    // The tip is where the dot lies now.
    let rows = fs::read_to_string(rest.join("session-1.upright.map.csv")).unwrap();
    for row in rows.lines().skip(1) {
        let numbers: Vec<f64> = row.split(',').map(|field| field.parse().unwrap()).collect();
        let joints = Joints::new(<[f64; 5]>::try_from(&numbers[2..]).unwrap());
        let pose = forward(&left.rig, &joints);
        let dot = left.dot(numbers[1] as u32).unwrap();
        let place = truth.point(&Point::from(dot.position_mm));
        assert!((pose.drawn_back(dot.depth_mm).tip - place).norm() < 0.01, "{row}");
    }
    // The other setup's program did not change but for its header.
    let body = |folder: PathBuf| {
        let text = fs::read_to_string(folder.join("session-1.left.ngc")).unwrap();
        text.lines().filter(|line| !line.starts_with(';')).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(body(rest), body(whole.scratch.path("out")));
    let prone = whole.scratch.write("prone.registration.json", file("prone"));
    let registration = prone.to_str().unwrap();
    let parts = ["--registration: found the setup \"prone\"", "left, upright"];
    whole.refused(&["--after-dot", &dot.to_string(), "--registration", registration], &parts);
}

#[test]
fn after_the_last_dot_nothing_is_left() {
    let whole = Whole::on("gantry-xyz", &["upright"], 1);
    let (_, last) = *whole.worked().last().unwrap();
    let rest = whole.scratch.path("rest");
    let options = ResumeOptions { after_dot: Some(last), ..ResumeOptions::default() };
    let outcome = resume(&whole.file(), &rest, options, &Silent).unwrap();
    assert!(outcome.plan.blocks.is_empty() && !outcome.files.iter().any(|name| name.starts_with("session-")));
    assert!(outcome.findings.iter().any(|finding| finding.message.contains("nothing is left")));
}

#[test]
fn what_does_not_belong_to_the_plan_is_refused() {
    let whole = Whole::on("gantry-xyzab", &["upright"], 1);
    let worked = whole.worked();
    let text = |path: PathBuf| path.to_str().unwrap().to_owned();
    let out = |name: &str| text(whole.scratch.path("out").join(name));
    let dot = worked[3].1.to_string();
    whole.refused(&[], &["--after-dot"]);
    whole.refused(
        &["--after-dot", "123456"],
        &["--after-dot: found dot 123456, which the plan does not have", "map.csv"],
    );
    whole.refused(&["--after-line", "100"], &["--program"]);
    let program = out("session-1.upright.ngc");
    whole.refused(&["--after-line", "0", "--program", &program], &["0"]);
    whole.refused(
        &["--after-line", "3", "--program", &program],
        &["line 3: found a line before the first strike", "from its start"],
    );
    whole.refused(&["--after-line", "99999", "--program", &program], &["line 99999: found", "lines"]);
    let air = out("session-1.upright.air.ngc");
    whole.refused(&["--after-line", "60", "--program", &air], &["run=air, which strikes nothing"]);

    // A program of another plan, though it strikes the same dots, and a map of another program.
    let other = text(whole.scratch.write("session-1.upright.ngc", {
        let text = fs::read_to_string(&program).unwrap();
        let at = text.find("plan=").unwrap() + 5;
        format!("{}{}{}", &text[..at], "0123456789abcdef", &text[at + 16..])
    }));
    whole.refused(
        &["--after-line", "60", "--program", &other],
        &["header: found a program of the plan 0123456789abcdef"],
    );
    let moved = text(whole.scratch.write("moved.ngc", fs::read(&program).unwrap()));
    whole.refused(&["--after-line", "60", "--program", &moved], &["moved.map.csv", "no such file"]);
    let map = fs::read_to_string(out("session-1.upright.map.csv")).unwrap();
    let mut rows: Vec<&str> = map.lines().collect();
    rows.swap(2, 3);
    whole.scratch.write("moved.map.csv", rows.join("\n"));
    whole.refused(&["--after-line", "60", "--program", &moved], &["moved.map.csv: row 2: found dot"]);
    rows.swap(2, 3);
    rows.pop();
    whole.scratch.write("moved.map.csv", rows.join("\n"));
    whole.refused(&["--after-line", "60", "--program", &moved], &["strikes, the plan has"]);

    for (journal, parts) in [
        ("dot_id\n123456\n", &["line 2: found dot 123456, which the plan does not have"][..]),
        (&format!("dot_id\n{dot}\n{dot}\n"), &["line 3", "again"]),
        ("dot_id\nfive\n", &["line 2: found \"five\""]),
        ("dot_id\n-1\n", &["\"-1\""]),
        ("place\n1\n", &["header: found the columns \"place\"", "dot_id or id"]),
        ("", &["column dot_id or id"]),
        ("dot_id,x\n1\n", &["correct the journal"]),
    ] {
        let file = text(whole.scratch.write("done.csv", journal));
        whole.refused(&["--journal", &file], parts);
        whole.refused(&["--journal", &file, "--after-dot", &dot], &["done.csv"]);
    }

    // The plan's own folder would lose it, with its programs.
    let before = list(&whole.scratch.path("out"));
    let mut own = tonsure();
    own.arg("resume").arg(whole.file()).args(["--after-dot", &dot, "-o"]).arg(whole.scratch.path("out"));
    let output = own.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("an input where \"plan.json\" would be written"));
    assert_eq!(list(&whole.scratch.path("out")), before);
}

proptest! {
    /// Stops of what is left: those that were planned stay, none is made that is not due, and no load lasts for more dots
    /// than the case allows.
    #[test]
    fn no_load_of_ink_lasts_longer_than_the_case_allows(
        every in 1_u32..12,
        behind in 0_usize..12,
        count in 1_usize..60,
        planned in proptest::collection::btree_set(0_usize..60, 0..6),
    ) {
        let stops = Stops { reload_every_dots: Some(every), ..Stops::default() };
        let planned: Vec<Halt> = planned.into_iter().filter(|before| *before < count).map(|before| Halt { before, kind: HaltKind::Reload }).collect();
        let halts = recounted(count, planned.clone(), |_| behind, &stops);
        prop_assert!(planned.iter().all(|halt| halts.contains(halt)) && halts.is_sorted());
        let every = every as usize;
        let mut loaded = behind.min(every);
        for dot in 0..count {
            let own: Vec<&Halt> = halts.iter().filter(|halt| halt.before == dot).collect();
            prop_assert!(own.len() <= 1, "{halts:?}");
            if let Some(halt) = own.first() {
                prop_assert!(loaded == every || planned.contains(halt), "{halts:?}: before dot {dot} after {loaded}");
                loaded = 0;
            }
            loaded += 1;
            prop_assert!(loaded <= every, "{halts:?}: {loaded} up to dot {dot}");
        }
    }
}
