use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, json};

use super::{check_output, load_mesh, write_output};
use crate::case::Norwood;
use crate::cli::args::{Common, HairlineArgs};
use crate::cli::{Status, print, print_json, say_findings, status_of};
use crate::error::{Error, Finding, Result, Severity};
use crate::hairline::{Preset, Shape};
use crate::job::{self, Hairline, HairlineOptions, HairlineSource};

pub(in crate::cli) fn run(args: &HairlineArgs, common: &Common) -> Result<Status> {
    if let Some(output) = &args.output {
        let file = args.file();
        let inputs: Vec<&Path> = [Some(args.mesh.as_path()), file].into_iter().flatten().collect();
        // An edited file may be replaced by the line that it gives.
        let inputs = if args.edit.is_some() { &inputs[..1] } else { &inputs[..] };
        check_output(output, inputs, common)?;
    } else if args.check.is_none() {
        return Err(Error::usage("no output")
            .expected("-o FILE")
            .remedy("name the file with -o, or judge one with --check"));
    }
    let scan = load_mesh(&args.mesh, args.units, None)?;
    let units = scan.summary.units;
    let options = HairlineOptions {
        file: args.file(),
        landmarks: &args.landmark,
        points: &args.point,
        source: match (&args.edit, &args.check) {
            (Some(_), _) => HairlineSource::ControlPoints,
            (_, Some(_)) => HairlineSource::Drawn,
            _ => HairlineSource::Proposal(shape(args), args.norwood.as_deref().map(stage).transpose()?),
        },
    };
    say_findings(common, &scan.findings);
    if let (true, Some(output)) = (args.pick, &args.output) {
        let name = args.mesh.file_stem().map_or_else(|| "scan".into(), |name| name.to_string_lossy());
        let page = job::hairline_page(&name, &scan.mesh, units, &options)?;
        write_output(output, |out| out.write_all(page.as_bytes()))?;
        return Ok(Status::Done);
    }
    let line = job::hairline(scan.mesh, units, &options)?;
    if let Some(output) = &args.output {
        let mesh = args.mesh.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let text = line.to_json(&mesh)?;
        write_output(output, |out| out.write_all(text.as_bytes()))?;
    }
    if common.json {
        print_json(&as_json(&line))?;
    } else if args.output.as_ref().is_none_or(|output| output.as_os_str() != "-") {
        print(as_text(&line).as_bytes())?;
    }
    Ok(status_of(line.verdict()))
}

/// The measures of the preset, with those that were given instead of its own.
fn shape(args: &HairlineArgs) -> Shape {
    let preset = Preset::from(args.preset).shape();
    Shape {
        height_mm: args.height_mm.unwrap_or(preset.height_mm),
        recession_mm: args.recession_mm.unwrap_or(preset.recession_mm),
        keeps_recession: args.recession_mm.is_some(),
        corner_mm: args.corner_mm.or(preset.corner_mm),
        peak_mm: args.peak_mm.unwrap_or(preset.peak_mm),
        bow: args.bow.unwrap_or(preset.bow),
        temple_mm: args.temple_mm.unwrap_or(preset.temple_mm),
        rounded: preset.rounded,
    }
}

fn stage(name: &str) -> Result<Norwood> {
    Norwood::ALL.into_iter().find(|stage| stage.name() == name).ok_or_else(|| {
        Error::usage(format!("the stage \"{name}\""))
            .place("--norwood")
            .expected(format!("one of {}", Norwood::ALL.map(Norwood::name).join(", ")))
            .remedy("correct the stage")
    })
}

fn as_json(line: &Hairline) -> serde_json::Value {
    let measures = line.measures.as_ref().map(|measures| {
        json!({
            "height_mm": measures.height_mm,
            "facing_up_deg": measures.facing_up_deg,
            "recession_mm": measures.recession_mm,
            "rise_mm": measures.rise_mm,
            "corner_mm": measures.corner_mm,
            "temple_mm": measures.temple_mm,
            "least_radius_mm": measures.least_radius_mm,
            "off_skin_mm": measures.off_skin_mm,
            "offset_mm": measures.offset_mm,
            "bow_mm": measures.bow_mm,
            "thirds_mm": measures.thirds_mm,
            "beside_canthi_mm": measures.beside_canthi_mm,
            "above_wrinkles_mm": measures.above_wrinkles_mm,
        })
    });
    let points = line.control_points.iter().map(|own| {
        let place: [f64; 3] = own.position.coords.into();
        (own.name.clone(), json!(place))
    });
    json!({
        "count": line.points.len(),
        "frontal": line.frontal,
        "area_mm2": line.area_mm2,
        "control_points_mm": points.collect::<Map<_, _>>(),
        "measures": measures,
        "verdict": line.verdict(),
        "findings": line.findings,
        "seconds": {},
    })
}

fn as_text(line: &Hairline) -> String {
    let mut text = format!(
        "{}: {} points, {} of them frontal, {:.1} cm² inside\n",
        line.name,
        line.points.len(),
        line.frontal,
        line.area_mm2 / 100.0
    );
    for Finding { severity, code, message, remedy, .. } in &line.findings {
        let mark = if *severity == Severity::Pass { "ok  ".to_owned() } else { severity.to_string() };
        let remedy = if remedy.is_empty() { String::new() } else { format!("; {remedy}") };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{mark} {code}: {message}{remedy}");
    }
    text
}
