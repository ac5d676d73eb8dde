use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

use super::load_mesh;
use crate::cli::args::{Common, InspectArgs};
use crate::cli::progress::Line;
use crate::cli::{Status, print, print_json};
use crate::error::{Finding, Result, Severity};
use crate::job::{self, Inspection, Stages};
use crate::report;

pub(in crate::cli) fn run(args: &InspectArgs, common: &Common) -> Result<Status> {
    let line = Line::new(common.quiet);
    let mut stages = Stages::new(&line);
    stages.begin("load");
    let inspection = if is_case(&args.input) {
        job::inspect_case(&args.input, args.smooth, &mut stages)?
    } else {
        Inspection::of_scan(load_mesh(&args.input, args.units, args.smooth)?)
    };
    let seconds = stages.finish();
    drop(line);
    if common.json {
        print_json(&as_json(&inspection, &seconds))?;
    } else {
        print(as_text(&args.input, &inspection).as_bytes())?;
    }
    Ok(Status::Done)
}

/// A case is JSON; so is `.gltf`, whose ending is its own.
fn is_case(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
}

fn as_json(inspection: &Inspection, seconds: &[(&'static str, f64)]) -> Value {
    let region = inspection.region.as_ref().map(|region| {
        json!({
            "area_mm2": region.area_mm2,
            "edge_length_mm": region.edge_length_mm,
            "dots_asked": region.dots_asked,
        })
    });
    json!({
        "count": inspection.summary.triangles,
        "area_mm2": inspection.summary.area_mm2,
        "mesh": inspection.summary,
        "region": region,
        "verdict": report::verdict(&inspection.findings),
        "findings": inspection.findings,
        "seconds": super::seconds(seconds),
    })
}

fn as_text(path: &Path, inspection: &Inspection) -> String {
    let s = &inspection.summary;
    let [x, y, z] = s.size_mm;
    let guess = match s.unit_guess {
        Some(unit) if unit == s.units => format!("{unit} (fits a head)"),
        Some(unit) => format!("{} (the size suggests {unit})", s.units),
        None => format!("{} (no unit makes this the size of a head)", s.units),
    };
    let mut text = format!(
        "{}\n  triangles           {}\n  vertices            {}\n  components          {}\n  open edges          {}\n  \
         non-manifold edges  {}\n  flipped triangles   {}\n  size                {x:.1} x {y:.1} x {z:.1} mm\n  \
         area                {:.1} cm²\n  units               {guess}\n",
        path.display(),
        s.triangles,
        s.vertices,
        s.components,
        s.open_edges,
        s.non_manifold_edges,
        s.flipped_triangles,
        s.area_mm2 / 100.0,
    );
    if let Some(region) = &inspection.region {
        let _ = writeln!(
            text,
            "  region              {:.1} cm², edge {:.0} mm, about {:.0} dots asked",
            region.area_mm2 / 100.0,
            region.edge_length_mm,
            region.dots_asked
        );
    }
    let worst = |finding: &&Finding| std::cmp::Reverse(finding.severity);
    let mut findings: Vec<&Finding> = inspection.findings.iter().collect();
    findings.sort_by_key(worst);
    for Finding { severity, code, message, remedy, .. } in findings {
        let mark = if *severity == Severity::Pass { "note" } else { &severity.to_string() };
        let _ = writeln!(text, "{mark} {code}: {message}{}{remedy}", if remedy.is_empty() { "" } else { "; " });
    }
    text
}
