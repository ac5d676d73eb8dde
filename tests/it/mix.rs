//! Dots of several sizes: as many as asked, evenly between each other, in true size in drawings.

use std::collections::BTreeSet;
use std::fs;

use nalgebra::distance;
use serde_json::{Value, json};
use tonsure::geometry::Point;
use tonsure::job::PlanFolder;
use tonsure::plan::{Dot, Plan};

use crate::support::scratch::{DOME_RADIUS_MM, Scratch, tonsure};

const SIZES_MM: [f64; 3] = [0.16, 0.2, 0.24];
/// So many dots are a neighbourhood.
const AROUND: usize = 20;
const SHARES: [f64; 3] = [0.28, 0.53, 0.19];
const SINGLES_MM: f64 = 8.0;

fn scratch() -> Scratch {
    let mut scratch = Scratch::new();
    scratch.case["setups"] = json!(["upright"]);
    scratch.case["sessions"] = json!([{"share": 0.4}, {"share": 0.6}]);
    let units: Vec<Value> = (SHARES.iter().zip(SIZES_MM).enumerate())
        .map(|(k, (share, size))| json!({"name": format!("{} hairs", k + 1), "share": share, "diameter_factor": size / 0.2}))
        .collect();
    scratch.case["design"] = json!({
        "density_per_cm2": 30, "depth_mm": 0.5, "diameter": {"mean_mm": 0.2, "sd_mm": 0, "min_mm": 0.1, "max_mm": 0.2},
        "mix": {"units": units, "first_within_mm": SINGLES_MM},
    });
    scratch
}

fn planned(scratch: &Scratch) -> Plan {
    scratch.plan().assert().success();
    PlanFolder::read(&scratch.path("out/plan.json")).unwrap().plan
}

fn kind(dot: &Dot) -> usize {
    SIZES_MM.iter().position(|size| (size - dot.diameter_mm).abs() < 1e-9).expect("one of the sizes")
}

/// Along the sphere, from the hairline.
fn behind_line_mm(dot: &Dot) -> f64 {
    let [x, y, z] = dot.position_mm;
    DOME_RADIUS_MM * (50f64.to_radians() - x.hypot(y).atan2(z))
}

#[test]
fn shares_are_kept_in_every_session_and_no_kind_clusters() {
    let scratch = scratch();
    let plan = planned(&scratch);
    let (line, body): (Vec<&Dot>, Vec<&Dot>) = plan.dots.iter().partition(|dot| behind_line_mm(dot) < SINGLES_MM - 1.0);
    assert!(line.iter().all(|dot| kind(dot) == 0) && line.len() > 300);
    let body: Vec<&Dot> = body.into_iter().filter(|dot| behind_line_mm(dot) > SINGLES_MM + 1.0).collect();
    for session in [1, 2] {
        let own: Vec<usize> = body.iter().filter(|dot| dot.session == session).map(|dot| kind(dot)).collect();
        for (k, share) in SHARES.iter().enumerate() {
            let found = own.iter().filter(|&&kind| kind == k).count() as f64 / own.len() as f64;
            assert!((found - share).abs() < 0.02, "session {session}: {found} of kind {k}, {share} asked");
        }
        // Among the nearest twenty of a session there are about as many of each kind everywhere: scattered by chance, the count would vary
        // as a binomial one does.
        let places: Vec<(Point, usize)> =
            body.iter().filter(|dot| dot.session == session).map(|dot| (dot.position_mm.into(), kind(dot))).collect();
        for (k, share) in SHARES.iter().enumerate() {
            let counts: Vec<f64> = (places.iter().step_by(7))
                .filter(|(place, _)| {
                    DOME_RADIUS_MM * (50f64.to_radians() - place.x.hypot(place.y).atan2(place.z)) > 20.0
                })
                .map(|(place, _)| {
                    let mut near: Vec<(f64, usize)> =
                        places.iter().map(|(p, kind)| (distance(place, p), *kind)).collect();
                    near.sort_by(|a, b| a.0.total_cmp(&b.0));
                    near.iter().take(AROUND).filter(|(_, kind)| *kind == k).count() as f64
                })
                .collect();
            let mean = counts.iter().sum::<f64>() / counts.len() as f64;
            let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / counts.len() as f64;
            let by_chance = AROUND as f64 * share * (1.0 - share);
            assert!(variance < 0.45 * by_chance, "session {session}, kind {k}: {variance}, {by_chance} by chance");
        }
    }
    let told = plan.findings.iter().find(|finding| finding.code == "mix").unwrap();
    assert!(told.message.contains("2 hairs") && told.message.contains("1.2 times the diameter"), "{}", told.message);

    // In drawings a dot is as wide as it will be.
    let sheet = scratch.path("top.svg");
    tonsure()
        .arg("preview")
        .arg(scratch.path("out/plan.json"))
        .args(["--view", "top", "-o"])
        .arg(&sheet)
        .assert()
        .success();
    let text = fs::read_to_string(sheet).unwrap();
    for size in SIZES_MM {
        assert!(text.contains(&format!("r=\"{}\"", size / 2.0)), "no dot of {size} mm in the drawing");
    }

    // Another seed, other places; the same seed, the same bytes.
    let again = planned(&scratch);
    assert!(plan.dots.iter().zip(&again.dots).all(|(a, b)| a.diameter_mm.to_bits() == b.diameter_mm.to_bits()));
}

#[test]
fn factors_apply_to_what_sessions_and_tools_ask() {
    let mut scratch = scratch();
    scratch.case["design"]["density_per_cm2"] = json!(3);
    let size = |mm: f64| json!({"mean_mm": mm, "sd_mm": 0, "min_mm": 0.1, "max_mm": 0.3});
    scratch.case["sessions"][1]["diameter"] = size(0.25);
    scratch.case["palette"] = json!([{"name": "ink"}]);
    scratch.case["tools"] = json!([
        {"number": 1, "needle": "1RL", "pigment": "ink", "edge_mm": 6, "diameter": size(0.15)},
        {"number": 2, "needle": "3RL", "pigment": "ink"},
    ]);
    let plan = planned(&scratch);
    let found: BTreeSet<(u32, u32, u64)> =
        plan.dots.iter().map(|dot| (dot.tool, dot.session, (1e4 * dot.diameter_mm).round() as u64)).collect();
    let mut wanted: BTreeSet<(u32, u32, u64)> = [(1, 1, 1200), (1, 2, 1200)].into();
    for (session, base) in [(1, 2000.0), (2, 2500.0)] {
        wanted.extend([0.8, 1.0, 1.2].map(|factor: f64| (2, session, (base * factor).round() as u64)));
    }
    assert_eq!(found, wanted);
}

#[test]
fn kinds_of_units_have_needles_of_their_own() {
    let mut scratch = scratch();
    scratch.case["design"]["density_per_cm2"] = json!(6);
    scratch.case["palette"] = json!([{"name": "ink"}]);
    // By the rules of tools alone the third would make no dot at all.
    scratch.case["tools"] = json!([
        {"number": 1, "needle": "1RL fine", "pigment": "ink", "edge_mm": 6},
        {"number": 2, "needle": "1RL", "pigment": "ink"},
        {"number": 3, "needle": "3RL", "pigment": "ink", "sessions": [2]},
    ]);
    let before = planned(&scratch);
    assert!(before.dots.iter().all(|dot| dot.tool < 3));
    for kind in [1, 2] {
        scratch.case["design"]["mix"]["units"][kind]["tool"] = json!(3);
    }
    let plan = planned(&scratch);
    // Which dot is of which kind does not change, nor anything else of it.
    let same = |a: &Dot, b: &Dot| {
        a.position_mm.map(f64::to_bits) == b.position_mm.map(f64::to_bits)
            && a.diameter_mm.to_bits() == b.diameter_mm.to_bits()
    };
    assert!(plan.dots.iter().zip(&before.dots).all(|(a, b)| same(a, b)));
    // Groups in the session in which that needle works; all else as before.
    for (dot, old) in plan.dots.iter().zip(&before.dots) {
        let wanted = if kind(dot) > 0 && dot.session == 2 { 3 } else { old.tool };
        assert_eq!(dot.tool, wanted, "dot {} of session {}", dot.id, dot.session);
    }
    assert!(plan.dots.iter().filter(|dot| dot.tool == 3).count() > 100);
    let told = plan.findings.iter().find(|finding| finding.code == "mix").unwrap();
    assert!(told.message.contains("1.2 times the diameter, tool 3"), "{}", told.message);

    scratch.case["design"]["mix"]["units"][1]["tool"] = json!(4);
    scratch
        .refused(&["case.json", "design.mix.units[1].tool: found 4; expected the number of one of its tools: 1, 2, 3"]);
    scratch.case["tools"] = json!([]);
    scratch.refused(&["design.mix.units[1].tool: found 4; expected no tool, as the case has no \"tools\""]);
}

#[test]
fn mixes_that_are_none_are_refused_by_name() {
    let refused = |pointer: &str, value: Value, part: &str| {
        let mut scratch = scratch();
        *scratch.case.pointer_mut(&format!("/design/mix/{pointer}")).unwrap() = value;
        scratch.refused(&[part]);
    };
    refused("units/0/share", json!(0.5), "design.mix.units: found shares that sum to 1.22");
    refused("units/0/share", json!(0), "design.mix.units[0].share: found 0");
    refused("units/1/diameter_factor", json!(-1), "design.mix.units[1].diameter_factor: found -1");
    refused("units/1/diameter_factor", json!(9), "design.mix.units[1].diameter_factor: found 9; expected at most 3");
    refused("units/2/name", json!(""), "design.mix.units[2].name");
    refused("units", json!([]), "design.mix.units: found 0 kinds");
    refused("first_within_mm", json!(-2), "design.mix.first_within_mm: found -2 mm");
}
