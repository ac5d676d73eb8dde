use std::ffi::OsStr;
use std::path::PathBuf;

use super::{check_output, write_output};
use crate::cli::args::{Common, PreviewArgs};
use crate::cli::progress::Line;
use crate::cli::{Status, print_json};
use crate::error::{Error, Result};
use crate::job::{PlanFolder, Stages};
use crate::preview::{self, Drawing, LookOptions, Rgb, SheetOptions, View};

pub(in crate::cli) fn run(args: &PreviewArgs, common: &Common) -> Result<Status> {
    let plans = [Some(&args.plan), args.beside.as_ref()];
    check_output(&args.output, &plans.into_iter().flatten().map(PathBuf::as_path).collect::<Vec<_>>(), common)?;
    let options = SheetOptions {
        show_route: !args.no_route,
        colour: args.colour,
        dots: args.dots,
        only: args.view,
        paper: args.paper,
    };
    let view = match args.view {
        None => View::Front,
        Some(Drawing::View(view)) => view,
        Some(Drawing::Unwrap) if args.look.is_none() => View::Front,
        Some(Drawing::Unwrap) => {
            return Err(Error::usage("--look on the unwrap").expected("a view").remedy("name one with --view"));
        }
    };
    let ending = args.output.extension().and_then(OsStr::to_str);
    let is_page = match ending {
        Some("svg" | "png") => false,
        Some("html") => true,
        None if args.output.as_os_str() == "-" => false,
        _ => {
            return Err(Error::usage(format!("the output {}", args.output.display()))
                .expected("a name that ends in .svg, .png or .html")
                .remedy("name a drawing, a picture or a page with -o"));
        }
    };
    let is_picture = ending == Some("png");
    if args.dpi.is_some() && !is_picture {
        return Err(Error::usage("--dpi for an output without pixels")
            .expected("a name that ends in .png")
            .remedy("leave it out, or name a picture with -o"));
    }
    if is_page && (options != SheetOptions::default() || args.look.is_some()) {
        return Err(Error::usage("options of a drawing for a page")
            .expected("none: what a page shows is chosen on it")
            .remedy("leave them out, or draw an SVG file"));
    }
    let line = Line::new(common.quiet);
    let mut stages = Stages::new(&line);
    stages.begin("load");
    let folder = PlanFolder::read(&args.plan)?;
    stages.begin("preview");
    let drawn = match args.look {
        _ if is_page => folder.page(),
        Some(look) => {
            let skin = args.skin.or_else(|| folder.plan.case.skin.and_then(|skin| Rgb::of_skin(&skin)));
            let skin = skin.unwrap_or_else(|| Rgb::of_fitzpatrick(3));
            let beside = args.beside.as_deref().map(PlanFolder::read).transpose()?;
            folder.look(beside.as_ref(), LookOptions { look, view, skin, ink: args.ink })
        }
        None => folder.preview(options),
    }?;
    let drawn =
        if is_picture { preview::png(&drawn, args.dpi.unwrap_or(preview::DEFAULT_DPI))? } else { drawn.into_bytes() };
    stages.begin("write");
    write_output(&args.output, |out| out.write_all(&drawn))?;
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
