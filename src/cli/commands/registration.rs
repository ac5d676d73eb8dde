use std::fmt::Write;

use crate::cli::args::{Common, RegistrationArgs};
use crate::cli::progress::Line;
use crate::cli::{Status, print, print_json, status_of};
use crate::error::{Finding, Result};
use crate::job::{self, RegistrationOptions, RegistrationReport, Stages};

pub(in crate::cli) fn run(args: &RegistrationArgs, common: &Common) -> Result<Status> {
    let line = Line::new(common.quiet);
    let mut stages = Stages::new(&line);
    let options = RegistrationOptions { registration: args.registration.as_deref(), fle_mm: args.fle_mm };
    let report = job::registration(&args.input, options, &mut stages)?;
    let seconds = stages.finish();
    drop(line);
    if common.json {
        let mut object = serde_json::to_value(&report).map_err(|error| crate::Error::system(error.to_string()))?;
        object["count"] = report.fiducials.len().into();
        object["seconds"] = super::seconds(&seconds);
        print_json(&object)?;
    } else {
        print(as_text(&report).as_bytes())?;
    }
    Ok(status_of(report.verdict))
}

fn as_text(report: &RegistrationReport) -> String {
    let mut text = format!(
        "setup {}\n  FRE {:.2} mm, FLE {:.2} mm (stated {:.2} mm)\n",
        report.setup, report.fre_mm, report.fle_mm, report.stated_fle_mm
    );
    // Writing to a string cannot fail.
    let _ = writeln!(text, "  residual, mm");
    for fiducial in &report.fiducials {
        let _ = writeln!(text, "    {:<24}{:>8.2}", fiducial.name, fiducial.residual_mm);
    }
    let _ = writeln!(text, "  predicted error (TRE), mm       RMS  largest");
    for zone in &report.zones {
        let _ =
            writeln!(text, "    {:<8}{:>8} places{:>9.2}{:>9.2}", zone.name, zone.count, zone.rms_mm, zone.largest_mm);
    }
    if let Some(advice) = &report.advice {
        let [x, y, z] = advice.place_mm;
        let near = advice.near.as_ref().map_or_else(String::new, |near| format!(" (near {near})"));
        let [[largest, then], [mean, mean_then]] = [advice.largest_mm, advice.mean_mm];
        let _ = writeln!(
            text,
            "  one more fiducial helps most at {x:.0} {y:.0} {z:.0} mm of the scan{near}: largest TRE {largest:.2} -> \
             {then:.2} mm, mean {mean:.2} -> {mean_then:.2} mm"
        );
    }
    for Finding { severity, code, message, remedy, .. } in &report.findings {
        let remedy = if remedy.is_empty() { String::new() } else { format!("; {remedy}") };
        let _ = writeln!(text, "{severity} {code}: {message}{remedy}");
    }
    text
}
