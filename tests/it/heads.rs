//! The whole way on real heads. They lie beside the project and are no part of it: without them these tests are skipped.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::scratch::{Scratch, list};

const HEADS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes");

/// Plans a head as a user would, thinly dotted to keep the suite fast, and holds the result against the area that was
/// measured with another program (within 2 %, hence the tolerance).
fn plan(mesh: &str, hairline: &str, area_cm2: f64) {
    let folder = Path::new(HEADS);
    if !folder.is_dir() {
        eprintln!("skipped: no heads in {HEADS}");
        return;
    }
    let hairline = folder.join(hairline).canonicalize().unwrap();
    let units = serde_json::from_slice::<Value>(&fs::read(&hairline).unwrap()).unwrap()["units"].clone();
    let mut scratch = Scratch::new();
    scratch.case["mesh"] = json!({"file": folder.join(mesh).canonicalize().unwrap(), "units": units});
    scratch.case["boundary"] = json!({"file": hairline});
    scratch.case["design"] = json!({"density_per_cm2": 8, "depth_mm": 0.5});
    scratch.case["sessions"] = json!([{"share": 0.6}, {"share": 0.4}]);
    let output = scratch.plan().arg("--json").assert().success().get_output().clone();
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();

    let area_mm2 = result["area_mm2"].as_f64().unwrap();
    assert!((area_mm2 / (100.0 * area_cm2) - 1.0).abs() < 0.025, "{area_mm2} mm², {area_cm2} cm² expected");
    let count = result["count"].as_f64().unwrap();
    assert!((count / (area_mm2 * 0.08) - 1.0).abs() < 0.02, "{count} dots on {area_mm2} mm²");
    assert!(result["not_reached"].as_f64().unwrap() < 0.25 * count, "{result}");

    let plan: Value = serde_json::from_slice(&fs::read(scratch.path("out/plan.json")).unwrap()).unwrap();
    let least = plan["statistics"]["nearest_pair_mm"].as_f64().unwrap();
    assert!(least >= plan["statistics"]["spacing_min_mm"].as_f64().unwrap(), "{least} mm");
    for block in plan["blocks"].as_array().unwrap() {
        // By time against time and length against length: the quickest order may be longer than a serpentine.
        for (order, figure) in [("rig_time", "hops_s"), ("length", "length_mm")] {
            let [found, serpentine] =
                [order, "serpentine"].map(|order| block["orders"][order][figure].as_f64().unwrap());
            assert!(found < serpentine, "{figure}: {found}, a serpentine has {serpentine}");
        }
    }
    let programs = list(&scratch.path("out")).into_iter().filter(|name| name.contains(".ngc")).count();
    // Two sessions, in as many poses as it takes to reach every dot, and a dry run of each.
    assert_eq!(programs, 2 * plan["blocks"].as_array().unwrap().len());
    assert_eq!(programs, 4 * plan["setups"].as_object().unwrap().len());
}

#[test]
fn a_clean_scan_with_ears_in_ascii_ply() {
    plan("tub_head.ply", "tub_head.hairline.json", 717.0);
}

#[test]
fn a_coarse_head_with_shoulders_and_seams_in_gltf() {
    plan("lee_perry_smith.glb", "lee_perry_smith.hairline.json", 621.0);
}

#[test]
fn a_head_with_eyeballs_and_teeth_inside_in_obj() {
    plan("ict_neutral.obj", "ict_neutral.hairline.json", 622.0);
}

#[test]
fn a_noisy_surface_out_of_an_image_in_binary_ply() {
    plan("colin27_scalp.ply", "colin27_scalp.hairline.json", 724.0);
}

#[test]
fn a_very_coarse_surface_wound_inside_out_in_stl() {
    plan("icbm152_bem.stl", "icbm152_bem.hairline.json", 698.0);
}
