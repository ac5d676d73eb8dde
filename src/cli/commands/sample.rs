use std::path::{Path, PathBuf};

use serde_json::json;

use super::{check_output, load_mesh, seconds, write_output};
use crate::cli::args::{Common, SampleArgs};
use crate::cli::progress::Line;
use crate::cli::{Status, print_json, say_findings};
use crate::error::{Error, Finding, Result};
use crate::geometry::{PointsTable, Units, Vector};
use crate::job::{self, Progress, Stages, read_input};
use crate::mesh::{self, TriMesh};
use crate::sampling::{self, Domain, FixedDot, Sample, Spacing};

/// A surface with the spacing that is asked on it.
struct Surface {
    mesh: TriMesh,
    spacing_mm: Option<Vec<f64>>,
    findings: Vec<Finding>,
}

pub(in crate::cli) fn run(args: &SampleArgs, common: &Common) -> Result<Status> {
    let others = [&args.boundary, &args.fixed].into_iter().flatten();
    let inputs: Vec<&Path> = others.chain([&args.mesh]).map(PathBuf::as_path).collect();
    check_output(&args.output, &inputs, common)?;
    if inputs.iter().filter(|input| input.as_os_str() == "-").count() > 1 {
        return Err(Error::usage("\"-\" for more than one input")
            .expected("one file on standard input")
            .remedy("name the others"));
    }
    let line = Line::new(common.quiet);
    let mut stages = Stages::new(&line);
    stages.begin("load");
    let surface = read_surface(args)?;
    let spacing = match (args.spacing_mm, &surface.spacing_mm) {
        (_, Some(values)) => Spacing::PerVertex(values),
        (Some(constant), None) => Spacing::Constant(constant),
        (None, None) => return Err(Error::usage("no spacing").remedy("give --spacing-mm or --spacing-property")),
    };
    let fixed = args.fixed.as_deref().map(|path| read_fixed(path, args.spacing_mm)).transpose()?.unwrap_or_default();

    stages.begin("sample");
    let progress = |share| line.fraction(share);
    let options = sampling::Options {
        seed: args.seed,
        sheets_apart: args.sheets_apart,
        progress: &progress,
        ..sampling::Options::default()
    };
    let domain = Domain { mesh: &surface.mesh, spacing };
    let sampled = sampling::sample(&domain, &fixed, &options)?;
    let mut samples = sampled.dots;
    if args.progressive {
        stages.begin("progressive");
        let order = sampling::progressive_order(&samples, args.seed)?;
        samples = order.iter().map(|&id| samples[id as usize]).collect();
    }

    stages.begin("write");
    let normals: Vec<Vector> = samples.iter().map(|sample: &Sample| surface.mesh.normal(sample.at.triangle)).collect();
    write_output(&args.output, |out| sampling::write_dots_csv(out, &samples, &normals))?;
    let stages = stages.finish();
    drop(line);
    let findings: Vec<Finding> = surface.findings.into_iter().chain(sampled.findings).collect();
    say_findings(common, &findings);
    if common.json {
        let audit = sampling::audit(&domain, &samples, &fixed, args.sheets_apart)?;
        print_json(&json!({
            "count": samples.len(),
            "fixed": fixed.len(),
            "area_mm2": surface.mesh.area_mm2(),
            "nearest_pair_mm": Some(audit.nearest_pair_mm).filter(|distance| distance.is_finite()),
            "findings": findings,
            "seconds": seconds(&stages),
        }))?;
    }
    Ok(Status::Done)
}

fn read_surface(args: &SampleArgs) -> Result<Surface> {
    if let Some(name) = &args.spacing_property {
        return read_graded(args, name);
    }
    let scan = load_mesh(&args.mesh, args.units, args.smooth)?;
    let Some(boundary) = &args.boundary else {
        return Ok(Surface { mesh: scan.mesh, spacing_mm: None, findings: scan.findings });
    };
    let units = args.units.unwrap_or(scan.summary.units);
    let region = job::region_of_loop(scan.mesh, boundary, units)?;
    let findings = scan.findings.into_iter().chain(region.findings).collect();
    Ok(Surface { mesh: region.mesh, spacing_mm: None, findings })
}

/// A PLY is read as it stands, without welding, so that its vertex property keeps its place.
fn read_graded(args: &SampleArgs, name: &str) -> Result<Surface> {
    let file = args.mesh.display().to_string();
    let to_mm = args.units.unwrap_or(Units::Millimetre).in_mm();
    let (mesh, mut properties) = mesh::read_region_ply(&read_input(&args.mesh)?).map_err(|error| error.file(&file))?;
    let Some(values) = properties.remove(name) else {
        let known: Vec<&str> = properties.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(Error::input(format!("no vertex property \"{name}\""))
            .file(file)
            .expected(format!("one of its scalar vertex properties: {known}"))
            .remedy("correct --spacing-property"));
    };
    let (vertices, triangles) = mesh.into_parts();
    let mesh = TriMesh::new(vertices.into_iter().map(|v| v * to_mm).collect(), triangles)?;
    Ok(Surface { mesh, spacing_mm: Some(values), findings: Vec::new() })
}

fn read_fixed(path: &Path, default_mm: Option<f64>) -> Result<Vec<FixedDot>> {
    let file = path.display().to_string();
    let table = PointsTable::read(&read_input(path)?).map_err(|error| error.file(&file))?;
    let spacing = table.column("spacing_mm").map_err(|error| error.file(&file))?;
    (table.points.iter().enumerate())
        .map(|(row, &position)| {
            let own = spacing.as_ref().and_then(|values| values.get(row)).copied();
            let spacing_mm = own.or(default_mm).ok_or_else(|| {
                Error::input("no column \"spacing_mm\"")
                    .file(&file)
                    .expected("the distance that each fixed dot keeps")
                    .remedy("add the column, or give --spacing-mm")
            })?;
            Ok(FixedDot { position, normal: None, spacing_mm })
        })
        .collect()
}
