use std::ffi::OsStr;
use std::fmt::Write as _;

use super::{check_output, write_output};
use crate::cli::args::{Common, DiffArgs};
use crate::cli::progress::Line;
use crate::cli::{Status, print, print_json, say_findings};
use crate::error::{Error, Result};
use crate::geometry::decimal;
use crate::job::{PlanComparison, Stages};
use crate::plan::{Difference, Pair};

pub(in crate::cli) fn run(args: &DiffArgs, common: &Common) -> Result<Status> {
    let ending = args.output.as_ref().and_then(|output| output.extension()).and_then(OsStr::to_str);
    if let Some(output) = &args.output {
        check_output(output, &[&args.before, &args.after], common)?;
        if !matches!(ending, Some("svg" | "csv")) {
            return Err(Error::usage(format!("the output {}", output.display()))
                .expected("a name that ends in .svg or .csv")
                .remedy("name a drawing or a table with -o"));
        }
    }
    let line = Line::new(common.quiet);
    let mut stages = Stages::new(&line);
    stages.begin("load");
    let compared = PlanComparison::read(&args.before, &args.after)?;
    stages.begin("draw");
    if let Some(output) = &args.output {
        let text = if ending == Some("svg") { compared.drawing()? } else { table(&compared.difference) };
        write_output(output, |out| out.write_all(text.as_bytes()))?;
    }
    let seconds = super::seconds(&stages.finish());
    drop(line);
    say_findings(common, &compared.findings);
    let Difference { pairs, added, removed } = &compared.difference;
    let differing: Vec<&Pair> = pairs.iter().filter(|pair| !pair.is_same()).collect();
    if common.json {
        print_json(&serde_json::json!({
            "count": pairs.len() + added.len(), "area_mm2": compared.after.plan.statistics.area_mm2,
            "same": pairs.len() - differing.len(), "different": differing, "added": added, "removed": removed,
            "findings": compared.findings, "seconds": seconds,
        }))?;
    } else {
        print(summary(&compared.difference).as_bytes())?;
    }
    Ok(Status::Done)
}

/// A line for each kind of difference.
fn summary(difference: &Difference) -> String {
    let Difference { pairs, added, removed } = difference;
    let mut text = String::new();
    let same = pairs.iter().filter(|pair| pair.is_same()).count();
    let _ = writeln!(text, "same           {same:>8}");
    let mut line = |what: &str, values: Vec<f64>| {
        let (least, most) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
        let range = match values.len() {
            0 => String::new(),
            _ => format!("   {} to {} mm", decimal(least, 3), decimal(most, 3)),
        };
        let _ = writeln!(text, "{what:<15}{:>8}{range}", values.len());
    };
    let some = |of: fn(&Pair) -> f64| pairs.iter().map(of).filter(|value| *value != 0.0).collect();
    line("moved", some(|pair| pair.moved_mm));
    line("depth changed", some(|pair| pair.deeper_mm));
    line("width changed", some(|pair| pair.wider_mm));
    let reassigned = pairs.iter().filter(|pair| pair.reassigned).count();
    let _ = writeln!(text, "reassigned     {reassigned:>8}");
    let _ = writeln!(text, "added          {:>8}\nremoved        {:>8}", added.len(), removed.len());
    text
}

/// A row for each dot about which anything differs.
fn table(difference: &Difference) -> String {
    let mut text = "what,before_id,after_id,moved_mm,deeper_mm,wider_mm,reassigned\n".to_owned();
    for pair in difference.pairs.iter().filter(|pair| !pair.is_same()) {
        let Pair { before, after, moved_mm, deeper_mm, wider_mm, reassigned } = pair;
        let reassigned = u8::from(*reassigned);
        let _ = writeln!(text, "changed,{before},{after},{moved_mm},{deeper_mm},{wider_mm},{reassigned}");
    }
    for id in &difference.removed {
        let _ = writeln!(text, "removed,{id},-1,0,0,0,0");
    }
    for id in &difference.added {
        let _ = writeln!(text, "added,-1,{id},0,0,0,0");
    }
    text
}
