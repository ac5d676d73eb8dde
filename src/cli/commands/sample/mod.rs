//! `tonsure sample`: dots on any mesh, without a case.

mod figures;
mod input;

use std::path::{Path, PathBuf};

use serde_json::json;

use self::figures::{check_figures, check_line, measure_figures, measure_line};
use self::input::{Ask, Surface, fixed_dots};
use super::{check_output, seconds, stage_line, status_of, write_output};
use crate::cli::args::{Common, SampleArgs};
use crate::cli::progress::Line;
use crate::cli::{Status, print_json, say, say_findings};
use crate::error::{Error, Result, Severity};
use crate::geometry::Vector;
use crate::job::{Progress, Stages};
use crate::mesh::TriMesh;
use crate::sampling::{self, Domain, FixedDot, Measures, Options, SATURATION, Sample, Samples, Spacing};

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
    let surface = Surface::read(args)?;
    let mesh = &surface.mesh;
    let area_mm2 = mesh.area_mm2();
    let fixed = match &args.fixed {
        Some(path) => fixed_dots(path, surface.widest_mm(area_mm2))?,
        None => Vec::new(),
    };

    stages.begin("sample");
    let progress = |share| line.fraction(share);
    let options =
        Options { seed: args.seed, sheets_apart: args.sheets_apart, progress: &progress, ..Options::default() };
    let (sampled, spacing) = match &surface.ask {
        Ask::Count(count) => {
            let (sampled, spacing_mm) = counted(mesh, *count, &fixed, &options)?;
            (sampled, Spacing::Constant(spacing_mm))
        }
        Ask::Constant(spacing_mm) => {
            let spacing = Spacing::Constant(*spacing_mm);
            (sampling::sample_regular(&Domain { mesh, spacing }, &fixed, &options, args.regularity)?, spacing)
        }
        Ask::PerVertex(values) => {
            let spacing = Spacing::PerVertex(values);
            (sampling::sample_regular(&Domain { mesh, spacing }, &fixed, &options, args.regularity)?, spacing)
        }
    };
    let domain = Domain { mesh, spacing };
    let mut dots = sampled.dots;
    if args.progressive {
        stages.begin("progressive");
        let order = sampling::progressive_order(&dots, args.seed)?;
        dots = order.iter().map(|&id| dots[id as usize]).collect();
    }

    let mut findings = surface.findings;
    findings.extend(sampled.findings);
    let (mut check, mut verdict) = (None, Severity::Pass);
    if args.check {
        stages.begin("check");
        let audit = sampling::audit(&domain, &dots, &fixed, args.sheets_apart)?;
        // A set of so many dots and no more need not fill the surface.
        let may_have_room = matches!(surface.ask, Ask::Count(_));
        for finding in audit.findings().into_iter().filter(|finding| !may_have_room || finding.code != "room-left") {
            verdict = verdict.max(finding.severity);
            findings.push(finding);
        }
        check = Some(audit);
    }
    let mut measures = None;
    if common.json || common.verbose {
        stages.begin("measure");
        measures = Measures::of(mesh, &dots, &fixed)?;
    }

    stages.begin("write");
    let normals: Vec<Vector> = dots.iter().map(|dot: &Sample| mesh.normal(dot.at.triangle)).collect();
    write_output(&args.output, |out| sampling::write_dots_csv(out, &dots, &normals))?;
    let stages = stages.finish();
    drop(line);
    say(common, &stage_line(&stages));
    say_findings(common, &findings);
    let density_per_cm2 = dots.len() as f64 / area_mm2 * 100.0;
    say(common, &format!("{} dots, {density_per_cm2:.2} per cm²", dots.len()));
    if let Some(audit) = &check {
        say(common, &check_line(audit));
    }
    if let Some(measures) = &measures {
        say(common, &measure_line(measures));
    }
    if common.json {
        let nearest_pair_mm = sampling::nearest_pair_mm(&dots, &fixed);
        let (least, most) = dots
            .iter()
            .fold((f64::INFINITY, 0.0_f64), |(least, most), dot| (least.min(dot.spacing_mm), most.max(dot.spacing_mm)));
        print_json(&json!({
            "count": dots.len(),
            "fixed": fixed.len(),
            "area_mm2": area_mm2,
            "density_per_cm2": density_per_cm2,
            "spacing_mm": (!dots.is_empty()).then_some([least, most]),
            "nearest_pair_mm": Some(nearest_pair_mm).filter(|distance| distance.is_finite()),
            "check": check.as_ref().map(check_figures),
            "measures": measures.as_ref().map(measure_figures),
            "findings": findings,
            "seconds": seconds(&stages),
        }))?;
    }
    Ok(status_of(verdict))
}

/// Exactly so many dots and the spacing that they keep: a few too many, of which the first in progressive order stay.
fn counted(mesh: &TriMesh, count: usize, fixed: &[FixedDot], options: &Options<'_>) -> Result<(Samples, f64)> {
    const SURPLUS: f64 = 1.05;
    if count == 0 {
        return Err(Error::usage("a count of 0").expected("at least one dot").remedy("correct --count"));
    }
    let mut spacing_mm = (SATURATION * mesh.area_mm2() / (SURPLUS * count as f64)).sqrt();
    loop {
        let spacing = Spacing::Constant(spacing_mm);
        let mut sampled = sampling::sample(&Domain { mesh, spacing }, fixed, options)?;
        if sampled.dots.len() >= count {
            let order = sampling::progressive_order(&sampled.dots, options.seed)?;
            sampled.dots = order.iter().take(count).map(|&id| sampled.dots[id as usize]).collect();
            return Ok((sampled, spacing_mm));
        }
        spacing_mm *= (sampled.dots.len().max(1) as f64 / (SURPLUS * count as f64)).sqrt().min(0.98);
    }
}
