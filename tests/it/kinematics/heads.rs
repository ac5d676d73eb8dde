//! Rotary axes along routes over real heads. They lie beside the project and are no part of it: without them these tests
//! are skipped.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tonsure::geometry::{Point, Vector};
use tonsure::plan::Plan;
use tonsure::rig::{Kinematics, pole_distance_deg, postures};

use crate::support::scratch::Scratch;

const HEADS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes");

/// Plans a head for a rig in one pose, densely enough that most hops are below 3 mm, and follows the joints of its map
/// from strike to strike.
fn turns_on(rig: &str, mesh: &str, hairline: &str) {
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
    scratch.case["design"] = json!({"density_per_cm2": 16, "depth_mm": 0.5});
    scratch.case["rig"] = json!(rig);
    scratch.case["setups"] = json!(["upright"]);
    scratch.plan().assert().success();

    let plan = Plan::parse(&fs::read(scratch.path("out/plan.json")).unwrap(), "plan.json").unwrap();
    let mesh_to_rig = plan.setups["upright"].mesh_to_rig;
    let needle = |id: usize| mesh_to_rig.direction(&Vector::from(plan.dots[id].normal));
    let struck: usize = plan.blocks.iter().map(|block| block.dots.len()).sum();
    assert_eq!(struck + plan.statistics.not_reached, plan.dots.len());

    let map = fs::read_to_string(scratch.path("out/session-1.upright.map.csv")).unwrap();
    let rows: Vec<Vec<f64>> =
        map.lines().skip(1).map(|row| row.split(',').map(|number| number.parse().unwrap()).collect()).collect();
    assert_eq!(rows.len(), struck);
    // The axis that spins at the pole: A about the x axis, C about the vertical.
    let near = if plan.rig.kinematics == Kinematics::XyzAb { 3 } else { 4 };
    let (mut short_hops, mut unwound) = (0, 0);
    for pair in rows.windows(2) {
        let [from, to] = [pair[0][1] as usize, pair[1][1] as usize];
        let turn = |axis: usize| (pair[1][2 + axis] - pair[0][2 + axis]).abs();
        let off_pole = [from, to].iter().all(|&id| pole_distance_deg(&plan.rig, &needle(id)) > 8.0);
        let hop = Point::from(plan.dots[to].position_mm) - Point::from(plan.dots[from].position_mm);
        if hop.norm() < 3.0 {
            short_hops += 1;
            assert!(!off_pole || turn(near) < 30.0, "dots {from} and {to}: turned by {}", turn(near));
        }
        // Farther than to the other solution only where C, which has one and a half turns, is unwound.
        if turn(near) > 180.0 {
            unwound += 1;
            assert!(hop.norm() >= 3.0 && turn(near) <= 360.0, "dots {from} and {to}: turned by {}", turn(near));
        }
        // Away from the pole the joints are one of the exact solutions.
        if off_pole {
            let written = [pair[1][5], pair[1][6]];
            let exact = postures(&plan.rig, &needle(to)).unwrap();
            let apart = |turns: [f64; 2]| (turns[0] - written[0]).abs().max((turns[1] - written[1]).abs());
            assert!(exact.iter().any(|posture| apart(posture.turns) < 1e-3), "dot {to} at {written:?}");
        }
    }
    assert!(unwound <= 2, "unwound {unwound} times");
    assert!(2 * short_hops > rows.len(), "{short_hops} short hops of {}", rows.len());
}

fn turns(mesh: &str, hairline: &str) {
    turns_on("gantry-xyzbc", mesh, hairline);
}

#[test]
fn a_needle_turned_by_a_and_b() {
    turns_on("gantry-xyzab", "lee_perry_smith.glb", "lee_perry_smith.hairline.json");
}

#[test]
fn a_head_rest_turned_by_a_and_c() {
    turns_on("table-xyzac", "ict_neutral.obj", "ict_neutral.hairline.json");
}

#[test]
fn a_clean_scan() {
    turns("tub_head.ply", "tub_head.hairline.json");
}

#[test]
fn a_coarse_head_with_seams() {
    turns("lee_perry_smith.glb", "lee_perry_smith.hairline.json");
}

#[test]
fn a_mirror_symmetric_head_of_quads() {
    turns("ict_neutral.obj", "ict_neutral.hairline.json");
}

#[test]
fn a_surface_of_marching_cubes() {
    turns("colin27_scalp.ply", "colin27_scalp.hairline.json");
}

#[test]
fn a_very_coarse_surface() {
    turns("icbm152_bem.stl", "icbm152_bem.hairline.json");
}
