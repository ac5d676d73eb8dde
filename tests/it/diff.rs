//! Two plans compared.

use std::fs;

use proptest::prelude::*;
use roxmltree::Document;
use serde_json::Value;
use tonsure::plan::{Difference, Plan};

use crate::support::scratch::{Scratch, tonsure};
use crate::verify::job;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Dots are pushed, dropped, added and numbered anew, and every one of these is found again.
    #[test]
    fn what_was_changed_is_what_is_found(
        changes in prop::collection::vec(0..6u8, 200),
        push in [-0.2..0.2_f64, -0.2..0.2],
        renumbers in any::<bool>(),
    ) {
        let before = job("gantry-xyzab", 60.0).plan;
        let mut after = before.clone();
        let (mut moved, mut deeper, mut wider, mut removed) = (0, 0, 0, Vec::new());
        let length = push[0].hypot(push[1]);
        prop_assume!(length > 2e-3);
        for (dot, change) in after.dots.iter_mut().zip(changes.iter().cycle()) {
            match change {
                0 if length < 0.5 * dot.spacing_mm => {
                    dot.position_mm[0] += push[0];
                    dot.position_mm[1] += push[1];
                    moved += 1;
                }
                1 => { dot.depth_mm += 0.1; deeper += 1 }
                2 => { dot.diameter_mm -= 0.01; wider += 1 }
                3 => removed.push(dot.id),
                _ => {}
            }
        }
        after.dots.retain(|dot| !removed.contains(&dot.id));
        if renumbers {
            after.dots.iter_mut().zip(0..).for_each(|(dot, id)| dot.id = id);
        }
        let mut stray = after.dots[0].clone();
        stray.id = 1_000_000;
        stray.position_mm = [0.0, 0.0, -1000.0];
        after.dots.push(stray);

        let Difference { pairs, added, removed: gone } = Difference::between(&before, &after).unwrap();
        prop_assert_eq!(pairs.iter().filter(|pair| !pair.is_at_same_place()).count(), moved);
        prop_assert!(pairs.iter().filter(|pair| !pair.is_at_same_place()).all(|pair| (pair.moved_mm - length).abs() < 1e-9));
        prop_assert_eq!(pairs.iter().filter(|pair| (pair.deeper_mm - 0.1).abs() < 1e-9).count(), deeper);
        prop_assert_eq!(pairs.iter().filter(|pair| (pair.wider_mm + 0.01).abs() < 1e-9).count(), wider);
        prop_assert_eq!(gone, removed);
        prop_assert_eq!(added, vec![1_000_000]);
        prop_assert_eq!(pairs.len() + 1, after.dots.len());
    }
}

#[test]
fn a_plan_is_the_same_as_itself_and_another_density_is_not() {
    let mut scratch = Scratch::new();
    scratch.plan().assert().success();
    fs::rename(scratch.path("out"), scratch.path("before")).unwrap();
    scratch.case["design"]["density_per_cm2"] = 8.into();
    scratch.plan().assert().success();
    let plans = [scratch.path("before/plan.json"), scratch.path("out/plan.json")];
    let count = |path: &std::path::Path| Plan::parse(&fs::read(path).unwrap(), "plan.json").unwrap().dots.len() as u64;

    let json = |before: &std::path::Path, after: &std::path::Path| -> Value {
        let output = tonsure().arg("diff").arg(before).arg(after).arg("--json").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let same = json(&plans[0], &plans[0]);
    assert_eq!(same["same"], count(&plans[0]));
    assert!(["different", "added", "removed"].iter().all(|key| same[*key].as_array().unwrap().is_empty()));
    let other = json(&plans[0], &plans[1]);
    let length = |key: &str| other[key].as_array().unwrap().len() as u64;
    assert_eq!(other["same"].as_u64().unwrap() + length("different") + length("added"), count(&plans[1]));
    assert_eq!(other["same"].as_u64().unwrap() + length("different") + length("removed"), count(&plans[0]));
    assert!(length("added") > length("removed"));

    for (name, rows) in [("diff.csv", length("added") + length("removed") + length("different")), ("diff.svg", 0)] {
        tonsure().arg("diff").args(&plans).arg("-o").arg(scratch.path(name)).assert().success();
        let text = fs::read_to_string(scratch.path(name)).unwrap();
        if rows > 0 {
            assert_eq!(text.lines().count() as u64, 1 + rows);
            continue;
        }
        let document = Document::parse(&text).unwrap();
        for key in ["added", "removed"] {
            let layer =
                document.descendants().find(|node| node.attribute("id") == Some(&format!("unwrap-{key}"))).unwrap();
            let circles = layer.descendants().filter(|node| node.has_tag_name("circle")).count() as u64;
            assert_eq!(circles, length(key), "{key}");
            // The heading is about both plans, not about the dots drawn.
            assert!(text.contains(&format!("  ·  {} {key}", length(key))), "{key}");
        }
    }
    let refused = tonsure().arg("diff").args(&plans).args(["-o", "diff.txt"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
}
