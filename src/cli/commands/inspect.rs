use std::fmt::Write;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::{check_output, load_mesh, write_output};
use crate::cli::args::{Common, InspectArgs};
use crate::cli::progress::Line;
use crate::cli::{Status, print, print_json};
use crate::error::{Error, Finding, Result, Severity};
use crate::job::{self, Inspection, Seen, Stages};
use crate::treatment::assessment::ZoneAssessment;

/// So many findings of one kind and weight are printed.
const PRINTED: usize = 6;

pub(in crate::cli) fn run(args: &InspectArgs, common: &Common) -> Result<Status> {
    if let Some(output) = &args.output {
        check_drawing(output)?;
        check_output(output, &[&args.input], common)?;
    }
    let line = Line::new(common.quiet);
    let mut stages = Stages::new(&line);
    stages.begin("load");
    let inspection = if is_case(&args.input) {
        job::inspect_case(&args.input, args.smooth, &mut stages)?
    } else {
        let scan = load_mesh(&args.input, args.units, args.smooth)?;
        stages.begin("diagnosis");
        Inspection::of_scan(scan)?
    };
    let drawn = args.output.as_ref().map(|output| {
        stages.begin("draw");
        let name = args.input.file_name().map_or_else(|| "scan".into(), |name| name.to_string_lossy());
        let sheet = inspection.picture(&name)?;
        write_output(output, |out| out.write_all(sheet.as_bytes()))
    });
    let seconds = stages.finish();
    drop(line);
    if common.json {
        print_json(&as_json(&inspection, &seconds))?;
    } else if args.output.as_ref().is_none_or(|output| output.as_os_str() != "-") {
        print(as_text(&args.input, &inspection).as_bytes())?;
    }
    // The diagnosis is out; now what keeps the case from becoming a plan.
    match inspection.error {
        Some(error) => Err(error),
        None => drawn.unwrap_or(Ok(())).map(|()| Status::Done),
    }
}

/// A case is JSON; so is `.gltf`, whose ending is its own.
fn is_case(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
}

fn check_drawing(output: &Path) -> Result<()> {
    if output.as_os_str() == "-" || output.extension().is_some_and(|ending| ending == "svg") {
        return Ok(());
    }
    Err(Error::usage(format!("the output {}", output.display()))
        .expected("a name that ends in .svg")
        .remedy("name an SVG file with -o"))
}

fn as_json(inspection: &Inspection, seconds: &[(&'static str, f64)]) -> Value {
    let region = inspection.region.as_ref().map(|region| {
        json!({
            "area_mm2": region.area_mm2,
            "edge_length_mm": region.edge_length_mm,
            "dots_asked": region.dots_asked,
            "hours": region.hours,
            "triangles": region.triangles,
        })
    });
    let spans: Map<_, _> = inspection.spans.iter().map(|span| (span.name.to_owned(), json!(span.length_mm))).collect();
    let edges = (inspection.edges.as_ref())
        .map(|edges| json!({"median_mm": edges.median_mm, "share_95_mm": edges.share_95_mm}));
    json!({
        "count": inspection.summary.triangles,
        "area_mm2": inspection.summary.area_mm2,
        "mesh": inspection.summary,
        "region": region,
        "edges": edges,
        "zones": inspection.zones,
        "questions": inspection.questions,
        "over_vertex_mm": spans,
        "verdict": inspection.verdict(),
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
            "  region              {:.1} cm² on {} triangles, edge {:.0} mm, about {:.0} dots asked, {:.1} h",
            region.area_mm2 / 100.0,
            region.triangles,
            region.edge_length_mm,
            region.dots_asked,
            region.hours,
        );
    }
    if !inspection.zones.is_empty() {
        text.push_str("  zone            cm²    dots  per cm²   hours  scan edges  noise\n");
    }
    for ZoneAssessment { figures, treated, hours, scan } in &inspection.zones {
        let length =
            |length_mm: Option<f64>| length_mm.map_or("-".to_owned(), |length_mm| format!("{length_mm:.2} mm"));
        let _ = writeln!(
            text,
            "    {:<10} {:>6.1} {:>7.0}  {:>7.1}  {:>6.1}  {:>10}  {}{}{}",
            figures.zone.name().replace('_', "-"),
            figures.area_mm2 / 100.0,
            figures.dots_asked,
            figures.density_asked_per_cm2,
            hours,
            length(scan.median_edge_mm),
            length(scan.noise_mm),
            if scan.patched_share > 0.0 {
                format!(", {:.1} % patched", 100.0 * scan.patched_share)
            } else {
                String::new()
            },
            if *treated { "" } else { ", left alone" },
        );
    }
    for span in &inspection.spans {
        let name = span.name.replace('_', " ");
        let _ = writeln!(text, "  {name:<18}  {:.0} mm along the skin, over the vertex", span.length_mm);
    }
    let alike = |a: &Seen, b: &Seen| a.finding.severity == b.finding.severity && a.finding.code == b.finding.code;
    for group in inspection.findings.chunk_by(alike) {
        let printed = if group.len() > PRINTED { PRINTED - 1 } else { group.len() };
        group[..printed].iter().for_each(|seen| tell(&mut text, seen));
        let rest = &group[printed..];
        if let (Some(first), true) = (group.first(), !rest.is_empty()) {
            let defects: usize = rest.iter().map(|seen| seen.finding.count).sum();
            let _ = writeln!(
                text,
                "{} {}: {} more places with {defects} defects, all in --json",
                mark(first.finding.severity),
                first.finding.code,
                rest.len()
            );
        }
    }
    if !inspection.questions.is_empty() {
        text.push_str("to ask before the treatment:\n");
        for question in inspection.questions {
            let _ = writeln!(text, "  [ ] {question}");
        }
    }
    text
}

fn mark(severity: Severity) -> String {
    if severity == Severity::Pass { "note".to_owned() } else { severity.to_string() }
}

/// One line: weight, number on the picture, code, what, near what, what to do.
fn tell(text: &mut String, seen: &Seen) {
    let Finding { severity, code, message, remedy, near, .. } = &seen.finding;
    let number = seen.number.map_or_else(String::new, |number| format!("{number} "));
    let near = near.as_ref().map_or_else(String::new, |near| format!(" (near {near})"));
    let remedy = if remedy.is_empty() { String::new() } else { format!("; {remedy}") };
    let _ = writeln!(text, "{} {number}{code}: {message}{near}{remedy}", mark(*severity));
}
