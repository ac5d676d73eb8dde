use std::path::Path;

use crate::cli::args::{Common, PatchTestArgs};
use crate::cli::progress::Line;
use crate::cli::{Status, print_json, say};
use crate::error::{Error, Result};
use crate::job::{self, PatchOptions, Spot};

pub(in crate::cli) fn run(args: &PatchTestArgs, common: &Common) -> Result<Status> {
    if let Some(sizes) = &args.measured {
        return calibrate(args, sizes, common);
    }
    let Some(out) = &args.out else {
        return Err(Error::usage("no --out").expected("a folder for the results").remedy("name one with --out"));
    };
    let spot = args.at.map_or(Spot::Flat, Spot::At);
    let options = PatchOptions {
        spot,
        depths_mm: args.depths_mm.clone(),
        dwells_s: args.dwells_s.clone(),
        repeats: args.repeats,
        pitch_mm: args.pitch_mm,
        registration: args.registration.as_deref(),
        style: super::style(args.verbose_gcode),
    };
    let outcome = job::patch_test(&args.input, out, &options, &Line::new(common.quiet))?;
    super::tell(&outcome, common)
}

fn calibrate(args: &PatchTestArgs, sizes: &Path, common: &Common) -> Result<Status> {
    let Some(output) = &args.output else {
        let error = Error::usage("--measured without -o").expected("a file for the calibration");
        return Err(error.remedy("name one with -o calibration.json"));
    };
    super::check_output(output, &[&args.input, sizes], common)?;
    let calibration = job::calibrate(&args.input, sizes)?;
    let text = serde_json::to_string_pretty(&calibration).map_err(|error| Error::system(error.to_string()))?;
    super::write_output(output, |out| writeln!(out, "{text}"))?;
    for fit in &calibration.tools {
        let name =
            if fit.text.is_empty() { format!("tool {}", fit.tool) } else { format!("tool {}, {}", fit.tool, fit.text) };
        say(common, &format!("{name}: {} dots, {} outliers, sd {:.3} mm", fit.count, fit.outliers, fit.sd_mm));
        for cell in &fit.cells {
            let line = format!(
                "  {:<6}{:>6.3} mm {:>6.3} s{:>4} dots  median {:.3} mm, fitted {:.3} mm, residual {:+.3} mm",
                cell.label, cell.depth_mm, cell.dwell_s, cell.count, cell.median_mm, cell.fitted_mm, cell.residual_mm
            );
            say(common, &line);
        }
    }
    if common.json {
        print_json(&calibration)?;
    }
    Ok(Status::Done)
}
