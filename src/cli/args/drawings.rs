use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::error::Error;
use crate::geometry::parse_finite;
use crate::preview::{Colour, DotStyle, Drawing, Look, Paper, Rgb};

/// Draw a plan: as true-scale SVG, as a picture, or as a page with the head to turn and the order played back.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tonsure preview out/plan.json -o sheet.svg\n  tonsure preview out/plan.json -o page.html\n  \
    tonsure preview out/plan.json --view top --paper a4 -o overlay.svg\n  \
    tonsure preview out/plan.json --colour density --dots paths -o density.svg\n  \
    tonsure preview out/plan.json --look healed --skin 4 -o healed.svg\n  \
    tonsure preview out/plan.json --look fresh --beside denser/plan.json -o both.svg\n  \
    tonsure preview out/plan.json --view front --dpi 150 -o front.png"
)]
pub(in crate::cli) struct PreviewArgs {
    /// The plan; `scan.ply` and `region.ply` are read from its folder.
    pub(in crate::cli) plan: PathBuf,
    /// The drawing, by its ending; `-` is standard output and SVG. Pictures in PNG need a build with the feature `png`.
    #[arg(long, short, value_name = "FILE.svg|.png|.html")]
    pub(in crate::cli) output: PathBuf,
    /// One drawing alone instead of all on one sheet.
    #[arg(long, value_name = "DRAWING", value_parser = one_of(Drawing::NAMES))]
    pub(in crate::cli) view: Option<Drawing>,
    /// The size of the page for one drawing, which is printed without scaling.
    #[arg(long, default_value = "free", requires = "view", value_parser = one_of(Paper::NAMES))]
    pub(in crate::cli) paper: Paper,
    /// By what dots are coloured.
    #[arg(long, default_value = "session", value_parser = one_of(Colour::NAMES))]
    pub(in crate::cli) colour: Colour,
    /// How dots are written: circles with a pale ring around them, paths of many dots, which open faster, or circles with an id and a title.
    #[arg(long, default_value = "circles", value_name = "STYLE", value_parser = one_of(DotStyle::NAMES))]
    pub(in crate::cli) dots: DotStyle,
    /// Pixels an inch of a picture. Default: 300.
    #[arg(long, value_parser = dpi)]
    pub(in crate::cli) dpi: Option<f64>,
    /// The visiting order is switched off when the sheet is opened.
    #[arg(long)]
    pub(in crate::cli) no_route: bool,
    /// The client's head bare and after each session instead, with dots as they will look: on the day, healed, after years, or struck too
    /// deep. A view says from where; default: front.
    #[arg(long, value_name = "WHEN", value_parser = one_of(Look::NAMES), conflicts_with_all = ["colour", "dots", "paper", "no_route"])]
    pub(in crate::cli) look: Option<Look>,
    /// A second plan for --look: the head bare, and after all sessions of the one and of the other, as of two densities.
    #[arg(long, value_name = "PLAN.json", requires = "look")]
    pub(in crate::cli) beside: Option<PathBuf>,
    /// Colour of the skin for --look: #rrggbb, or Fitzpatrick's type 1 to 6. Default: the case's skin, else type 3.
    #[arg(long, value_name = "COLOUR", value_parser = skin, requires = "look")]
    pub(in crate::cli) skin: Option<Rgb>,
    /// Colour of the pigment for --look.
    #[arg(long, value_name = "#rrggbb", default_value = "#2c2a2c", requires = "look")]
    pub(in crate::cli) ink: Rgb,
}

fn dpi(text: &str) -> Result<f64, Error> {
    let allowed = 10.0..=2400.0;
    parse_finite(text).filter(|dpi| allowed.contains(dpi)).ok_or_else(|| {
        Error::usage(format!("\"{text}\" pixels an inch"))
            .expected("a number from 10 to 2400")
            .remedy("correct the number")
    })
}

fn skin(text: &str) -> Result<Rgb, Error> {
    match text.parse::<u8>() {
        Ok(kind @ 1..=6) => Ok(Rgb::of_fitzpatrick(kind)),
        _ => text.parse(),
    }
}

/// One of some values, by its name.
fn one_of<T: Copy + Send + Sync + 'static, const N: usize>(
    names: [(&'static str, T); N],
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(names.map(|(name, _)| name)).try_map(move |chosen| {
        let found = names.iter().find(|(name, _)| *name == chosen);
        found.map(|(_, value)| *value).ok_or("no such name")
    })
}

/// What became of the dots of one plan in another, for sign-off between sessions.
///
/// Moved, added, removed, deeper, wider, or made at another time. Without -o a line for each of these.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure diff before/plan.json after/plan.json\n  \
    tonsure diff before/plan.json after/plan.json -o diff.svg\n  tonsure diff a/plan.json b/plan.json -o diff.csv")]
pub(in crate::cli) struct DiffArgs {
    /// The first plan.
    pub(in crate::cli) before: PathBuf,
    /// The second plan; `scan.ply` and `region.ply` are read from its folder.
    pub(in crate::cli) after: PathBuf,
    /// A drawing or a table of the dots that differ, by its ending.
    #[arg(long, short, value_name = "FILE.svg|.csv")]
    pub(in crate::cli) output: Option<PathBuf>,
}
