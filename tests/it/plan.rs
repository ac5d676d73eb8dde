//! `plan.json` as an input: it reads back as it was written, and values that make no sense are named.

use serde_json::{Value, json};
use tonsure::plan::Plan;

use crate::verify::job;

#[test]
fn a_plan_reads_back_as_it_was_written() {
    for (rig, polar_deg) in [("gantry-xyzab", 90.0), ("gantry-xyz", 18.0)] {
        let plan = job(rig, polar_deg).plan;
        let text = plan.to_json().unwrap();
        let read = Plan::parse(&text, "plan.json").unwrap();
        assert_eq!(read, plan);
        assert_eq!(read.to_json().unwrap(), text);
    }
}

#[test]
fn values_that_make_no_sense_are_named() {
    let text = job("gantry-xyzab", 60.0).plan.to_json().unwrap();
    let first = {
        let plan: Value = serde_json::from_slice(&text).unwrap();
        plan["blocks"][0]["dots"][0].clone()
    };
    let edits: Vec<(&str, Value, &[&str])> = vec![
        ("/format", json!("tonsure-plan/0"), &["format", "tonsure-plan/2"]),
        ("/case/design/depth_mm", json!(-1), &["case, design.depth_mm"]),
        ("/case/design/dwell_s", json!(1e6), &["case, design.dwell_s"]),
        ("/rig/depth_cap_mm", json!(9), &["rig, depth_cap_mm"]),
        ("/rig/clearance_mm", json!(0), &["rig, clearance_mm"]),
        ("/rig/extension", json!("/../x"), &["rig, extension"]),
        ("/rig/axes/0/max", json!(-999), &["rig, axes[0]"]),
        ("/setups", json!({"../up": {"mesh_to_rig": null, "source": ""}}), &["mesh_to_rig"]),
        ("/setups/upright/mesh_to_rig/rotation/0/0", json!(2), &["setups.upright.mesh_to_rig.rotation"]),
        ("/setups/upright/mesh_to_rig/translation_mm/0", json!(null), &["translation_mm"]),
        ("/dots/normal/3", json!([0, 0, 0.5]), &["dot 3, normal", "0.5"]),
        ("/dots/depth_mm/3", json!(-0.5), &["dot 3, depth_mm", "-0.5 mm"]),
        ("/dots/depth_mm/3", json!(1.6), &["dot 3, depth_mm", "1.5 mm"]),
        ("/dots/spacing_mm/3", json!(0), &["dot 3, spacing_mm"]),
        ("/dots/diameter_mm/3", json!(-1), &["dot 3, diameter_mm"]),
        ("/dots/session/3", json!(4_000_000_000_u32), &["dot 3, session", "1 to 1"]),
        ("/dots/session/3", json!(0), &["dot 3, session", "1 to 1"]),
        ("/dots/existing/3", json!(1), &["dot 3, session", "0 to 0"]),
        ("/dots/order/3", json!(null), &["dot 3, order", "both or neither"]),
        ("/dots/order/3", json!(0), &["blocks[0], dots"]),
        ("/dots/depth_mm", json!([0.5]), &["column depth_mm has 1 entries"]),
        ("/blocks/0/dots/1", first.clone(), &["blocks[0], dots", "as number 1"]),
        ("/blocks/0/dots/1", json!(4_000_000), &["blocks[0], dots", "dot 4000000"]),
        ("/blocks/0/setup", json!("left"), &["blocks[0], setup"]),
        ("/blocks", json!([]), &["dots", "0, as the blocks have"]),
        ("/statistics/count", json!(11), &["statistics.count", "12"]),
    ];
    for (pointer, value, parts) in edits {
        let mut plan: Value = serde_json::from_slice(&text).unwrap();
        *plan.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value.clone();
        let error = Plan::parse(plan.to_string().as_bytes(), "plan.json").map(|_| pointer).unwrap_err().to_string();
        assert!(error.starts_with("plan.json: "), "{error}");
        for part in parts {
            assert!(error.contains(part), "{pointer} = {value}: \"{part}\" is not in: {error}");
        }
    }
}

#[test]
fn setups_and_blocks_that_would_share_or_leave_the_folder_are_refused() {
    let mut plan = job("gantry-xyzab", 60.0).plan;
    let refused = |plan: &Plan| Plan::parse(&plan.to_json().unwrap(), "plan.json").unwrap_err().to_string();

    // The same program twice: with no dots, nothing else is wrong with the second.
    let mut twice = plan.clone();
    twice.blocks.push(tonsure::plan::Block { tool: 2, dots: Vec::new(), ..plan.blocks[0].clone() });
    assert!(refused(&twice).contains("blocks[1]: found session 1 in the setup upright again"), "{}", refused(&twice));

    let placement = plan.setups.remove("upright").unwrap();
    plan.setups.insert("../../up".to_owned(), placement);
    plan.dots.iter_mut().filter_map(|dot| dot.setup.as_mut()).for_each(|setup| "../../up".clone_into(setup));
    "../../up".clone_into(&mut plan.blocks[0].setup);
    assert!(refused(&plan).contains("setups: found \"../../up\"; expected one of"), "{}", refused(&plan));
}
