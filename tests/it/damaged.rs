//! Damaged heads end in a plan whose dots lie on the true skin, or in an error that names the cause.
//!
//! The tests of every day take the kinds that are not [`Effort::High`], most of them only up to the dots, and few of them
//! on the largest head. Everything,
//! each with its whole plan, verified, and with a million triangles:
//! `cargo test --release --test it damaged -- --ignored --nocapture` (some minutes).
//! `TONSURE_DAMAGE=hole` takes only the kinds with that in their names.

use std::fmt::Write as _;

use tonsure::geometry::{Point, Units};
use tonsure::plan::Dot;
use tonsure::region::boundary;

use crate::support::damage::{Effort, Head, KINDS, Kind, Way, judge, run};
use crate::support::demo_head::{self, Drawing};

const SEED: u64 = 4;

fn demo() -> Head {
    let line = Drawing::on(&demo_head::MESH).hairline_json();
    let boundary = boundary::read(line.as_bytes(), "demo.hairline.json", Units::Millimetre).unwrap();
    Head::new("demo", demo_head::MESH.clone(), boundary)
}

/// Runs the kinds for which `pick` gives a way, and fails with a table of all that is wrong.
fn run_all(head: &Head, pick: impl Fn(&Kind) -> Option<Way>) {
    let wanted = std::env::var("TONSURE_DAMAGE").unwrap_or_default();
    let undamaged = head.undamaged();
    eprintln!(
        "{}: undamaged {:.0} mm², {} dots, {:.0} mm of edge",
        head.name, undamaged.area_mm2, undamaged.count, undamaged.edge_length_mm
    );
    let kinds: Vec<(&Kind, Way)> =
        KINDS.iter().filter(|kind| kind.name.contains(&wanted)).filter_map(|kind| Some((kind, pick(kind)?))).collect();
    let faults: Vec<(&str, Vec<String>)> = kinds
        .iter()
        .map(|&(kind, way)| {
            let damaged = kind.damaged(head, SEED);
            let outcome = run(head, &damaged, way);
            let what = match &outcome {
                Ok(plan) => {
                    let off_mm = |dot: &Dot| head.index.closest(&Point::from(dot.position_mm)).unwrap().distance_mm;
                    let worst_mm = plan.dots.iter().map(off_mm).fold(0.0, f64::max);
                    format!("{:.0} mm², {} dots, at most {worst_mm:.3} mm off", plan.area_mm2, plan.dots.len())
                }
                Err(text) => text.clone(),
            };
            eprintln!("{} {}: {what}", head.name, kind.name);
            (kind.name, judge(head, kind, &damaged, &outcome))
        })
        .collect();
    let mut table = String::new();
    for (name, wrong) in faults.iter().filter(|(_, wrong)| !wrong.is_empty()) {
        writeln!(table, "{} {name}: {}", head.name, wrong.join(" | ")).unwrap();
    }
    let failed = faults.iter().filter(|(_, wrong)| !wrong.is_empty()).count();
    assert!(table.is_empty(), "{failed} of {} kinds of damage failed:\n{table}", faults.len());
}

fn daily(kind: &Kind) -> Option<Way> {
    match kind.effort {
        Effort::Low => Some(Way::Dots),
        Effort::Whole => Some(Way::Plan),
        Effort::High => None,
    }
}

/// Units are no matter of the head: the demo head stands for all.
fn daily_without_units(kind: &Kind) -> Option<Way> {
    daily(kind).filter(|_| !["in-", "scan-in-", "all-in-"].iter().any(|start| kind.name.starts_with(start)))
}

/// For a head that is large.
fn few(kind: &Kind) -> Option<Way> {
    let few = ["frontal-holes-3mm", "sheet-1mm-below", "sheet-2mm-below-joined", "islands", "noise-0.3mm", "moved"];
    daily(kind).filter(|_| few.contains(&kind.name))
}

#[test]
fn the_demo_head() {
    run_all(&demo(), daily);
}

#[test]
fn a_clean_scan() {
    let Some(head) = Head::real("tub_head", "ply") else { return };
    run_all(&head, daily_without_units);
}

#[test]
fn a_coarse_head_with_seams() {
    let Some(head) = Head::real("lee_perry_smith", "glb") else { return };
    run_all(&head, daily_without_units);
}

#[test]
fn a_head_with_pieces_inside() {
    let Some(head) = Head::real("ict_neutral", "obj") else { return };
    run_all(&head, daily_without_units);
}

#[test]
fn a_noisy_surface_out_of_an_image() {
    let Some(head) = Head::real("colin27_scalp", "ply") else { return };
    run_all(&head, few);
}

#[test]
fn a_very_coarse_surface() {
    let Some(head) = Head::real("icbm152_bem", "stl") else { return };
    run_all(&head, daily_without_units);
}

#[test]
#[ignore = "minutes; run it in release as written above"]
fn everything_with_whole_plans() {
    let heads = [
        ("tub_head", "ply"),
        ("lee_perry_smith", "glb"),
        ("ict_neutral", "obj"),
        ("colin27_scalp", "ply"),
        ("icbm152_bem", "stl"),
    ];
    let mut tables = Vec::new();
    for head in
        std::iter::once(Some(demo())).chain(heads.map(|(name, extension)| Head::real(name, extension))).flatten()
    {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run_all(&head, |_| Some(Way::Plan))));
        tables.extend(outcome.err().and_then(|cause| cause.downcast_ref::<String>().cloned()));
    }
    assert!(tables.is_empty(), "{}", tables.join("\n"));
}
