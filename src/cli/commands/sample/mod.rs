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
use crate::job::{Progress, Stages};
use crate::sampling::{self, Domain, FixedDot, Measures, Options, Samples, Spacing};

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
    let mut surface = Surface::read(args)?;
    let mut findings = std::mem::take(&mut surface.findings);
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
    let Filled { samples, spacing, full_at_mm } = fill(&surface, &fixed, &options, args, &mut stages)?;
    let domain = Domain { mesh, spacing };
    let dots = samples.dots;

    findings.extend(samples.findings);
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
    write_output(&args.output, |out| sampling::write_dots_csv(out, mesh, &dots))?;
    let stages = stages.finish();
    drop(line);
    say(common, &stage_line(&stages));
    say_findings(common, &findings);
    let density_per_cm2 = dots.len() as f64 / area_mm2 * 100.0;
    say(common, &format!("{} dots, {density_per_cm2:.2} per cm²", dots.len()));
    if let (Ask::Count(_), Spacing::Constant(spacing_mm)) = (&surface.ask, spacing) {
        let full = full_at_mm.map_or_else(String::new, |mm| format!("; no dot more fits that keeps {mm:.6} mm"));
        say(common, &format!("dots keep {spacing_mm:.6} mm{full}"));
    }
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
            "full_at_mm": full_at_mm,
            "nearest_pair_mm": Some(nearest_pair_mm).filter(|distance| distance.is_finite()),
            "check": check.as_ref().map(check_figures),
            "measures": measures.as_ref().map(measure_figures),
            "findings": findings,
            "seconds": seconds(&stages),
        }))?;
    }
    Ok(status_of(verdict))
}

/// Dots on a surface.
struct Filled<'a> {
    samples: Samples,
    /// What they keep.
    spacing: Spacing<'a>,
    /// No dot more fits that keeps this, mm; only of a count, others leave no room at their own spacing.
    full_at_mm: Option<f64>,
}

fn fill<'a>(
    surface: &'a Surface,
    fixed: &[FixedDot],
    options: &Options<'_>,
    args: &SampleArgs,
    stages: &mut Stages<'_>,
) -> Result<Filled<'a>> {
    let mesh = &surface.mesh;
    let spacing = match &surface.ask {
        Ask::Count(count) => {
            let evenly = Domain { mesh, spacing: Spacing::Constant(1.0) };
            let sessions = args.progressive.then_some::<&[f64]>(&[]);
            let counted = sampling::sample_count(&evenly, *count, fixed, sessions, options)?;
            let spacing = Spacing::Constant(counted.scale);
            return Ok(Filled { samples: counted.samples, spacing, full_at_mm: counted.full_at });
        }
        Ask::Constant(spacing_mm) => Spacing::Constant(*spacing_mm),
        Ask::PerVertex(values) => Spacing::PerVertex(values),
    };
    let domain = Domain { mesh, spacing };
    let samples = if args.progressive && args.regularity == 0.0 {
        let levels = sampling::sample_levels(&domain, fixed, &[], options)?;
        stages.begin("progressive");
        levels.ordered()?
    } else {
        let mut samples = sampling::sample_regular(&domain, fixed, options, args.regularity)?;
        if args.progressive {
            stages.begin("progressive");
            let order = sampling::progressive_order(&samples.dots, args.seed)?;
            samples.dots = order.iter().map(|&id| samples.dots[id as usize]).collect();
        }
        samples
    };
    Ok(Filled { samples, spacing, full_at_mm: None })
}
