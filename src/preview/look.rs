use std::fmt::Write;

use rayon::prelude::*;
use svg::node::element::{Definitions, Group, RadialGradient, Stop};

use super::colour_space::{Rgb, luminance};
use super::head_frame::HeadFrame;
use super::outline::vertex_normals;
use super::palette;
use super::panel::{CAPTION_MM, Extent, GUTTER_MM, MARGIN_MM, Panel, fade, fading, head, page, put, shift};
use super::pen;
use super::relief::{Relief, Window};
use super::sheet::SheetInput;
use super::view::{Eye, View};
use crate::error::{Error, Result};
use crate::geometry::{Point, Vector, decimal};
use crate::plan::{Dot, Plan};

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

/// The client's head at true size: bare, and after each of the sessions with dots as soft discs. With a second plan the head
/// bare, and after all sessions of the one and of the other: two densities side by side, say.
///
/// Below each stands how much of the region the dots cover, and how much of the bare skin's light comes back from it, by
/// A. Murray's and E. R. Davies' formula (J. Franklin Inst. 221, 1936) with Yule's and Nielsen's exponent.
///
/// # Errors
/// A plan without dots; a dot without a sensible diameter.
pub fn look_sheet(input: &SheetInput<'_>, beside: Option<&SheetInput<'_>>, options: LookOptions) -> Result<String> {
    let first = Head::of(input, options)?;
    let when = options.look.title();
    let columns = match beside {
        None => (0..=first.last)
            .map(|session| match session {
                0 => first.column("bare", "Bare", 0),
                _ => first.column(&format!("session-{session}"), &format!("After session {session}, {when}"), session),
            })
            .collect(),
        Some(beside) => {
            let second = Head::of(beside, options)?;
            let title = |head: &Head<'_>| {
                let asked = head.input.plan.statistics.density_asked_per_cm2;
                format!("{} dots/cm² asked, {when}", decimal(asked, 1))
            };
            vec![
                first.column("bare", "Bare", 0),
                first.column("first", &title(&first), first.last),
                second.column("second", &title(&second), second.last),
            ]
        }
    };
    let width = columns.iter().map(|(_, [width, _])| width + GUTTER_MM).sum::<f64>() - GUTTER_MM;
    let height = columns.iter().map(|(_, [_, height])| *height).fold(0.0, f64::max);
    let size_mm = [width, height].map(|length| length + 2.0 * MARGIN_MM);
    let name = input.plan.case.name.as_deref().unwrap_or("Unnamed case");
    let what = "A model of how the dots will look, not a promise.".to_owned();
    let sheet = page(name, Some(what), size_mm, Definitions::new().add(fading()).add(soft(options)));
    let mut left = MARGIN_MM;
    let sheet = columns.into_iter().fold(sheet, |sheet, (column, [width, _])| {
        let at = Group::new().set("transform", shift([left, MARGIN_MM]));
        left += width + GUTTER_MM;
        sheet.add(at.add(column))
    });
    Ok(sheet.to_string())
}

/// One plan's head, as it is looked at.
struct Head<'a> {
    input: &'a SheetInput<'a>,
    options: LookOptions,
    window: Window,
    relief: Relief,
    /// Where each of the plan's dots is seen.
    seen: Vec<Option<[f64; 2]>>,
    /// The last session.
    last: u32,
}

impl<'a> Head<'a> {
    fn of(input: &'a SheetInput<'a>, options: LookOptions) -> Result<Self> {
        let plan = input.plan;
        if plan.dots.is_empty() || input.region.area_mm2() <= 0.0 {
            return Err(Error::input("a plan without dots").expected("dots to look at").remedy("make the plan again"));
        }
        let frame = HeadFrame::find(&plan.landmarks_mm, input.region);
        let extent = Extent::of(input.scan.vertices(), input.region.vertices(), &frame);
        let window = extent.window(options.view);
        let eye = Eye::new(options.view, &frame, input.index);
        let normals = vertex_normals(input.scan);
        let relief = Relief::draw(input.scan, &normals, &eye, &window, extent.floor(options.view));
        let see = |dot: &Dot| {
            let place = Point::from(dot.position_mm);
            let is_struck = dot.existing || dot.setup.is_some();
            (is_struck && eye.sees(&place, &Vector::from(dot.normal))).then(|| eye.place(&place))
        };
        let seen = plan.dots.par_iter().map(see).collect();
        let last = plan.dots.iter().map(|dot| dot.session).max().unwrap_or(0);
        Ok(Self { input, options, window, relief, seen, last })
    }

    /// The head after a session, with its width and height, mm.
    fn column(&self, id: &str, title: &str, session: u32) -> (Group, [f64; 2]) {
        let Self { input, options, window, .. } = self;
        let discs = discs(input.plan, &self.seen, session, options.look);
        let drawing = pen::layer(id, &id.replace('-', " "))
            .add(head(id, &self.relief, window, Some(options.skin)))
            .add(fade(options.view, window))
            .add(Group::new().set("fill", "url(#soft)").add(pen::raw(discs)));
        let [width, height] = window.size();
        let note = pen::label([0.0, 0.0], 5.0, &note(input, session, *options)).set("fill", palette::QUIET);
        let below = shift([0.0, CAPTION_MM + height + 0.6 * NOTE_MM]);
        let column = put(&Panel { window: *window, drawing }, title, [0.0, 0.0], width);
        (column.add(note.set("transform", below)), [width, CAPTION_MM + height + NOTE_MM])
    }
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
