use std::ffi::OsStr;

use super::{check_output, write_output};
use crate::cli::args::{Common, PreviewArgs};
use crate::cli::progress::Line;
use crate::cli::{Status, print_json};
use crate::error::{Error, Result};
use crate::job::{PlanFolder, Stages};

pub(in crate::cli) fn run(args: &PreviewArgs, common: &Common) -> Result<Status> {
    check_output(&args.output, &[&args.plan], common)?;
    let draw = match args.output.extension().and_then(OsStr::to_str) {
        Some("svg") => PlanFolder::preview,
        Some("html") => PlanFolder::page,
        None if args.output.as_os_str() == "-" => PlanFolder::preview,
        _ => {
            return Err(Error::usage(format!("the output {}", args.output.display()))
                .expected("a name that ends in .svg or .html")
                .remedy("name an SVG file or a page with -o"));
        }
    };
    let line = Line::new(common.quiet);
    let mut stages = Stages::new(&line);
    stages.begin("load");
    let folder = PlanFolder::read(&args.plan)?;
    stages.begin("preview");
    let drawn = draw(&folder)?;
    stages.begin("write");
    write_output(&args.output, |out| out.write_all(drawn.as_bytes()))?;
    let seconds = super::seconds(&stages.finish());
    drop(line);
    if common.json {
        let figures = &folder.plan.statistics;
        print_json(&serde_json::json!({
            "count": figures.count, "area_mm2": figures.area_mm2, "length_mm": figures.length_mm, "bytes": drawn.len(),
            "seconds": seconds,
        }))?;
    }
    Ok(Status::Done)
}
