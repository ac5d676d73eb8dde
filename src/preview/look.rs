use std::fmt::Write;

use rayon::prelude::*;
use svg::Document;
use svg::node::element::{Definitions, Description, Group, RadialGradient, Rectangle, Stop};

use super::colour_space::{Rgb, luminance};
use super::head_frame::HeadFrame;
use super::legend;
use super::outline::vertex_normals;
use super::palette;
use super::panel::{CAPTION_MM, Extent, GUTTER_MM, MARGIN_MM, Panel, fade, fading, head, put, shift};
use super::pen;
use super::relief::Relief;
use super::sheet::SheetInput;
use super::view::{Eye, View};
use crate::error::{Error, Result};
use crate::geometry::{Point, Vector, decimal};
use crate::plan::Plan;

/// When, or how badly, the dots are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// On the day.
    Fresh,
    /// After some weeks: about half as wide.
    Healed,
    /// After some years: paler.
    Aged,
    /// Struck too deep: healed dots that have run to three times their width.
    Blowout,
}

impl Look {
    /// All, with their names.
    pub const NAMES: [(&str, Self); 4] =
        [("fresh", Self::Fresh), ("healed", Self::Healed), ("aged", Self::Aged), ("blowout", Self::Blowout)];

    /// Width in parts of that of the fresh dot. Fresh dots of 0.25 mm heal to 0.10 to 0.15 mm, and a deposit that is too
    /// deep looks more than three times as wide (practitioners' figures).
    fn width(self) -> f64 {
        match self {
            Self::Fresh => 1.0,
            Self::Healed | Self::Aged => 0.5,
            Self::Blowout => 1.5,
        }
    }

    /// Share of the pigment's darkness that is left; no source gives figures, these are for comparing.
    fn strength(self) -> f64 {
        match self {
            Self::Fresh => 0.95,
            Self::Healed | Self::Blowout => 0.7,
            Self::Aged => 0.4,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Healed => "healed",
            Self::Aged => "aged",
            Self::Blowout => "struck too deep",
        }
    }
}

/// What the dots are looked at on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LookOptions {
    /// When.
    pub look: Look,
    /// From where.
    pub view: View,
    /// Colour of the skin.
    pub skin: Rgb,
    /// Colour of the pigment.
    pub ink: Rgb,
}

/// Light spreads in the skin between dots: exponent of J. A. C. Yule and W. J. Nielsen, "The penetration of light into
/// paper and its effect on halftone reproduction", TAGA 1951; usual where it was not measured.
const YULE_NIELSEN: f64 = 1.7;
/// Soft discs fade out at this many radii, so that half of the darkness is left at the dot's own.
const SOFT: f64 = 1.3;
/// From the middle to this share of the soft disc it is as dark as it gets.
const CORE: f64 = 0.55;
/// Height of the lines under a drawing, mm.
const NOTE_MM: f64 = 16.0;

/// The client's head at true size: bare, and after each of the sessions with dots as soft discs.
///
/// Below each stands how much of the region the dots cover, and how much of the bare skin's light comes back from it, by
/// A. Murray's and E. R. Davies' formula (J. Franklin Inst. 221, 1936) with Yule's and Nielsen's exponent.
///
/// # Errors
/// A plan without dots; a dot without a sensible diameter.
pub fn look_sheet(input: &SheetInput<'_>, options: LookOptions) -> Result<String> {
    let plan = input.plan;
    if plan.dots.is_empty() || input.region.area_mm2() <= 0.0 {
        return Err(Error::input("a plan without dots").expected("dots to look at").remedy("make the plan again"));
    }
    let frame = HeadFrame::find(&plan.landmarks_mm, input.region);
    let window = Extent::of(input.scan.vertices(), input.region.vertices(), &frame).window(options.view);
    let floor = Extent::of(input.scan.vertices(), input.region.vertices(), &frame).floor(options.view);
    let eye = Eye::new(options.view, &frame, input.index);
    let relief = Relief::draw(input.scan, &vertex_normals(input.scan), &eye, &window, floor);
    let seen: Vec<Option<[f64; 2]>> = (plan.dots.par_iter())
        .map(|dot| {
            let place = Point::from(dot.position_mm);
            let is_struck = dot.existing || dot.setup.is_some();
            (is_struck && eye.sees(&place, &Vector::from(dot.normal))).then(|| eye.place(&place))
        })
        .collect();

    let last = plan.dots.iter().map(|dot| dot.session).max().unwrap_or(0);
    let columns: Vec<Group> = (0..=last)
        .map(|session| {
            let id = if session == 0 { "bare".to_owned() } else { format!("session-{session}") };
            let drawing = pen::layer(&id, &id.replace('-', " "))
                .add(head(&id, &relief, &window, Some(options.skin)))
                .add(fade(options.view, &window))
                .add(Group::new().set("fill", "url(#soft)").add(pen::raw(discs(plan, &seen, session, options.look))));
            let panel = Panel { window, drawing };
            let title = match session {
                0 => "Bare".to_owned(),
                session => format!("After session {session}, {}", options.look.title()),
            };
            let note = pen::label([0.0, 0.0], 5.0, &note(input, session, options)).set("fill", palette::QUIET);
            put(&panel, &title, [0.0, 0.0], window.size()[0])
                .add(note.set("transform", shift([0.0, CAPTION_MM + window.size()[1] + 0.6 * NOTE_MM])))
        })
        .collect();
    let step = window.size()[0] + GUTTER_MM;
    let width = 2.0 * MARGIN_MM + step * columns.len() as f64 - GUTTER_MM;
    let height = 2.0 * MARGIN_MM + CAPTION_MM + window.size()[1] + NOTE_MM;
    let [w, h] = [width, height].map(pen::number);
    let name = plan.case.name.clone().unwrap_or_else(|| "Unnamed case".to_owned());
    let document = Document::new()
        .set("xmlns:inkscape", "http://www.inkscape.org/namespaces/inkscape")
        .set("width", format!("{w}mm"))
        .set("height", format!("{h}mm"))
        .set("viewBox", format!("0 0 {w} {h}"))
        .set("font-family", legend::FONTS)
        .set("fill", palette::TEXT)
        .add(pen::title(&name))
        .add(Description::new().add(svg::node::Text::new("A model of how the dots will look, not a promise.")))
        .add(Definitions::new().add(fading()).add(soft(options)))
        .add(Rectangle::new().set("width", w.as_str()).set("height", h.as_str()).set("fill", "#fff"));
    let place = |(column, group): (usize, Group)| {
        Group::new().set("transform", shift([MARGIN_MM + step * column as f64, MARGIN_MM])).add(group)
    };
    Ok(columns.into_iter().enumerate().map(place).fold(document, Document::add).to_string())
}

/// The dots there are after a session, existing ones from the beginning.
fn discs(plan: &Plan, seen: &[Option<[f64; 2]>], session: u32, look: Look) -> String {
    let shown = plan.dots.iter().zip(seen).filter(|(dot, _)| dot.session <= session);
    let mut text = String::new();
    for (dot, place) in shown {
        if let Some([x, y]) = place {
            let radius = 0.5 * SOFT * look.width() * dot.diameter_mm;
            let (x, y, r) = (pen::number(*x), pen::number(-y), decimal(radius, 3));
            let _ = writeln!(text, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>");
        }
    }
    text
}

fn soft(options: LookOptions) -> RadialGradient {
    let stop = |offset: f64, opacity: f64| {
        Stop::new().set("offset", offset).set("stop-color", options.ink.hex()).set("stop-opacity", decimal(opacity, 3))
    };
    let strength = options.look.strength();
    RadialGradient::new().set("id", "soft").add(stop(0.0, strength)).add(stop(CORE, strength)).add(stop(1.0, 0.0))
}

/// What the dots of the first sessions do to the region.
fn note(input: &SheetInput<'_>, session: u32, options: LookOptions) -> String {
    let there = || input.plan.dots.iter().filter(|dot| dot.session <= session && (dot.existing || dot.setup.is_some()));
    let area_mm2 = input.region.area_mm2();
    let width = options.look.width();
    let covered = there().map(|dot| (width * dot.diameter_mm).powi(2) * std::f64::consts::FRAC_PI_4).sum::<f64>();
    let cover = (covered / area_mm2).min(1.0);
    let back = reflected(cover, options);
    format!(
        "{} dots/cm² cover {} %; {} % of the bare skin's light comes back",
        decimal(100.0 * there().count() as f64 / area_mm2, 1),
        decimal(100.0 * cover, 2),
        decimal(100.0 * back, 2),
    )
}

/// Light that comes back from skin with a share covered by dots, in parts of what comes back from bare skin.
fn reflected(cover: f64, options: LookOptions) -> f64 {
    let darkest = (luminance(options.ink) / luminance(options.skin)).min(1.0);
    let dot = 1.0 - options.look.strength() * (1.0 - darkest);
    let root = 1.0 / YULE_NIELSEN;
    (1.0 - cover + cover * dot.powf(root)).powf(YULE_NIELSEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(look: Look) -> LookOptions {
        LookOptions { look, view: View::Front, skin: Rgb([255, 255, 255]), ink: Rgb([0, 0, 0]) }
    }

    #[test]
    fn light_comes_back_by_cover_between_none_and_all() {
        assert!((reflected(0.0, options(Look::Fresh)) - 1.0).abs() < 1e-12);
        assert!((reflected(1.0, options(Look::Aged)) - 0.6).abs() < 1e-3);
        // Light that spreads between the dots makes them count more than their area.
        let five = reflected(0.05, options(Look::Fresh));
        assert!(five < 1.0 - 0.05 * 0.95 && five > 1.0 - 2.0 * 0.05 * 0.95, "{five}");
    }
}
