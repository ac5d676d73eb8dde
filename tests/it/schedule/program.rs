//! Stops from the case to the program.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tonsure::case::Case;
use tonsure::plan::{Block, OrderFigures, Plan};
use tonsure::rig::builtin_names;
use tonsure::schedule::HaltKind;

use crate::support::scratch::{Scratch, tonsure};

fn read(scratch: &Scratch) -> (Plan, Value) {
    let plan = Plan::parse(&fs::read(scratch.path("out/plan.json")).unwrap(), "plan.json").unwrap();
    (plan, serde_json::from_slice(&fs::read(scratch.path("out/report.json")).unwrap()).unwrap())
}

fn times_add_up(block: &Block) {
    assert!((block.times.sum_s() - block.time_s).abs() < 1e-6);
}

#[test]
fn every_stop_stands_in_plan_report_and_program() {
    let mut scratch = Scratch::new();
    scratch.case["sessions"] = json!([{"share": 0.6}, {"share": 0.4}]);
    scratch.case["setups"] = json!(["upright"]);
    scratch.case["stops"] = json!({
        "max_minutes_between_registration": 2, "reload_every_dots": 100, "wipe_every_dots": 60, "cartridge_every_dots": 250
    });
    scratch.plan().assert().success();
    let (plan, report) = read(&scratch);
    assert_eq!(plan.blocks.len(), 2);
    for (block, reported) in plan.blocks.iter().zip(report["blocks"].as_array().unwrap()) {
        let mut counts: BTreeMap<HaltKind, usize> = BTreeMap::new();
        for stop in &block.stops {
            *counts.entry(stop.kind).or_default() += 1;
            assert_eq!(block.dots[stop.before_order as usize], stop.before_dot);
            assert!((stop.takes_s - stop.kind.seconds(&plan.rig.stop_times)).abs() < 1e-9);
        }
        let after = |every: usize| (block.dots.len() - 1) / every;
        assert!(block.dots.len() > 250, "{}", block.dots.len());
        let expected = [(HaltKind::Reload, after(100)), (HaltKind::Wipe, after(60)), (HaltKind::Cartridge, after(250))];
        for (kind, count) in expected {
            assert_eq!(counts.get(&kind).copied().unwrap_or(0), count, "{kind}");
            assert_eq!(reported["stops"][kind.name()], count);
        }
        // From one registration to the next, other stops included.
        assert_eq!((block.stops[0].kind, block.stops[0].before_order), (HaltKind::Registration, 0));
        let ends = block.stops.iter().filter(|stop| stop.kind == HaltKind::Registration).map(|stop| stop.at_s);
        let ends: Vec<f64> = ends.chain([block.time_s]).collect();
        let registration_s = plan.rig.stop_times.registration_s;
        let longest_s = ends.windows(2).map(|pair| pair[1] - pair[0] - registration_s).fold(0.0, f64::max);
        assert!(longest_s <= 120.0, "{longest_s}");
        assert!((longest_s - block.longest_patch_s).abs() < 1e-6);
        // No more patches than a few over what the time asks for.
        let patches = counts[&HaltKind::Registration] as f64;
        let worked_s = block.time_s - block.times.stops_s[&HaltKind::Registration];
        assert!(patches <= 1.0 + worked_s / (0.6 * 120.0), "{patches} patches for {worked_s} s");
        times_add_up(block);
        assert!(block.times.stop_travel_s > 0.0 && block.stop_way_mm > 0.0);

        let name = format!("session-{}.upright", block.session);
        for name in [format!("{name}.ngc"), format!("{name}.air.ngc")] {
            let program = fs::read_to_string(scratch.path("out").join(&name)).unwrap();
            assert_eq!(program.lines().filter(|line| *line == "M0").count(), block.stops.len());
            tonsure().arg("verify").arg(scratch.path("out").join(&name)).assert().success();
        }
    }
    let said = |code: &str| {
        let found = report["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == code);
        found.unwrap_or_else(|| panic!("no {code}"))["message"].as_str().unwrap().to_owned()
    };
    assert!(said("P15").contains("2.0 allowed"), "{}", said("P15"));
    assert!(said("P17").contains("reload") && said("P17").contains("the way there and back is"), "{}", said("P17"));
}

#[test]
fn programs_whose_stops_are_not_the_plans_fail() {
    let mut scratch = Scratch::new();
    scratch.case["setups"] = json!(["upright"]);
    scratch.case["design"]["density_per_cm2"] = json!(2);
    scratch.case["stops"] = json!({"reload_every_dots": 50});
    scratch.plan().assert().success();
    let file = scratch.path("out/session-1.upright.ngc");
    let program = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = program.lines().collect();
    let stop = lines.iter().position(|line| *line == "M0").unwrap();
    let off = lines[..stop].iter().rposition(|line| *line == "M5").unwrap();
    let on = lines[stop..].iter().position(|line| line.starts_with("M3 ")).unwrap() + stop;
    let moved = |from: usize, to: usize| {
        let mut lines = lines.clone();
        let line = lines.remove(from);
        lines.insert(to, line);
        lines.join("\n") + "\n"
    };
    let without = |line: usize| [&lines[..line], &lines[line + 1..]].concat().join("\n") + "\n";
    for (what, edited) in [
        ("left out", without(stop)),
        ("made twice", program.replacen("\nM0\n", "\nM0\nM0\n", 1)),
        ("needle on", without(off)),
        ("above the skin", moved(stop, off + 1)),
        ("after the needle is on", moved(stop, on)),
    ] {
        fs::write(&file, edited).unwrap();
        let output = tonsure().arg("verify").arg(&file).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn without_stops_in_the_case_there_are_none() {
    let mut scratch = Scratch::new();
    scratch.case["setups"] = json!(["upright"]);
    scratch.plan().assert().success();
    let (plan, report) = read(&scratch);
    let block = &plan.blocks[0];
    assert!(block.stops.is_empty() && block.times.stops_s.is_empty() && block.stop_way_mm.abs() < 1e-9);
    times_add_up(block);
    let p15 = report["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "P15").unwrap();
    assert_eq!(p15["severity"], if block.longest_patch_s > 60.0 { "WARN" } else { "PASS" });
}

#[test]
fn the_order_that_is_taken_is_never_slower_than_the_one_of_least_length() {
    for rig in ["gantry-xyz", "gantry-xyzab", "gantry-xyzbc", "table-xyzac"] {
        let mut scratch = Scratch::new();
        scratch.case["rig"] = json!(rig);
        scratch.case["setups"] = json!(["upright"]);
        scratch.plan().assert().success();
        let (plan, report) = read(&scratch);
        assert!(report["blocks"][0]["saved_against_length"].is_number());
        let block = &plan.blocks[0];
        let [by_time, by_length] = [&block.orders.rig_time, &block.orders.length];
        assert!(block.times.travel_s <= by_length.travel_s.unwrap() + 1e-6, "{rig}");
        assert!((block.times.travel_s - block.orders.taken().travel_s.unwrap()).abs() < 1e-6);
        assert!((block.length_mm - block.orders.taken().length_mm).abs() < 1e-6);
        // Each is the better one by what it was sought for.
        assert!(by_time.hops_s <= by_length.hops_s && by_length.length_mm <= by_time.length_mm, "{rig}");
        assert!(block.orders.serpentine.hops_s > by_time.hops_s);
        // The times of single hops, each from rest to rest, come near the simulated program's.
        let parks_s = by_time.travel_s.unwrap() - by_time.hops_s;
        assert!(parks_s.abs() < 0.2 * by_time.hops_s + 20.0, "{rig}: {by_time:?}");
    }
}

#[test]
fn stops_that_make_no_sense_are_named() {
    let parse = |stops: Value| {
        let case = json!({
            "format": "tonsure-case/1", "mesh": {"file": "m.ply", "units": "mm"}, "boundary": {"file": "m.hairline.json"},
            "design": {"density_per_cm2": 5, "depth_mm": 0.5}, "rig": "gantry-xyz", "stops": stops,
        });
        Case::parse(case.to_string().as_bytes(), "case.json").map_err(|error| error.to_string())
    };
    assert!(parse(json!({"reload_every_dots": 1, "max_minutes_between_registration": 0.5})).is_ok());
    for (stops, part) in [
        (json!({"reload_every_dots": 0}), "stops.reload_every_dots"),
        (json!({"wipe_every_dots": 0}), "stops.wipe_every_dots"),
        (json!({"cartridge_every_dots": -1}), "stops.cartridge_every_dots"),
        (json!({"pause_every_dots": 2.5}), "stops.pause_every_dots"),
        (json!({"max_minutes_between_registration": 0}), "stops.max_minutes_between_registration"),
        (json!({"max_minutes_between_registration": 1e9}), "at most 480"),
        (json!({"reload_every_dot": 5}), "did you mean \"reload_every_dots\"?"),
    ] {
        let error = parse(stops).unwrap_err();
        assert!(error.contains(part), "\"{part}\" is not in: {error}");
    }
}

/// Travel times of all built-in rigs on the demo head and two real ones, one session, face up; the table of the README:
/// `cargo test --release --test it -- --ignored --nocapture travel_of_all_rigs`.
#[test]
#[ignore = "a table for people, minutes of computing"]
fn travel_of_all_rigs() {
    let [demo, heads] =
        ["/fixtures/demo", "/../shared/meshes"].map(|folder| [env!("CARGO_MANIFEST_DIR"), folder].concat());
    for (folder, mesh, hairline) in [
        (&demo, "head.ply", "head.hairline.json"),
        (&heads, "tub_head.ply", "tub_head.hairline.json"),
        (&heads, "colin27_scalp.ply", "colin27_scalp.hairline.json"),
    ] {
        if !Path::new(folder).is_dir() {
            eprintln!("skipped: no heads in {folder}");
            continue;
        }
        for rig in builtin_names() {
            let file = |name: &str| Path::new(folder).join(name).canonicalize().unwrap();
            let mut scratch = Scratch::new();
            scratch.case["mesh"] = json!({"file": file(mesh), "units": "mm"});
            scratch.case["boundary"] = json!({"file": file(hairline)});
            scratch.case["design"]["density_per_cm2"] = json!(60);
            scratch.case["setups"] = json!(["upright"]);
            scratch.case["rig"] = json!(rig);
            scratch.plan().assert().success();
            let block = &read(&scratch).0.blocks[0];
            let travel_min = |order: &OrderFigures| order.travel_s.unwrap() / 60.0;
            let [time, length] = [&block.orders.rig_time, &block.orders.length].map(travel_min);
            eprintln!(
                "| {mesh} | `{rig}` | {} | {length:.1} | {time:.1} | {:.1} % |",
                block.dots.len(),
                100.0 * (1.0 - time / length)
            );
            assert!(time <= length, "{mesh} on {rig}");
        }
    }
}
