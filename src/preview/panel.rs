//! What sheets are put together from: views of the head, and their places on the page.

use svg::Document;
use svg::node::Text;
use svg::node::element::{ClipPath, Definitions, Description, Group, LinearGradient, Path, Rectangle, Stop};

use super::colour_space::Rgb;
use super::head_frame::HeadFrame;
use super::legend;
use super::palette;
use super::pen;
use super::relief::{Relief, Window, tinted};
use super::scene::Chart;
use super::view::{Eye, View};
use crate::geometry::{Aabb, Point, Vector};

/// White space around the sheet, mm.
pub(super) const MARGIN_MM: f64 = 22.0;
/// White space between drawings, mm.
pub(super) const GUTTER_MM: f64 = 20.0;
/// Height of the heading, mm.
pub(super) const HEADING_MM: f64 = 44.0;
/// Height of the line above each drawing, mm.
pub(super) const CAPTION_MM: f64 = 14.0;
/// White space inside a drawing, mm.
pub(super) const PADDING_MM: f64 = 9.0;
/// The same around a region that is drawn alone, mm.
const REGION_PADDING_MM: f64 = 4.0;
/// How far the views go below the tragi, mm: to the chin.
const BELOW_TRAGI_MM: f64 = 118.0;
/// Shoulders begin below this height under the tragi, mm.
const ABOVE_SHOULDERS_MM: f64 = 65.0;
/// Least width of a drawing's column, mm: its caption needs it.
pub(super) const LEAST_COLUMN_MM: f64 = 110.0;

/// A drawing and the room it takes.
pub(super) struct Panel {
    pub(super) window: Window,
    pub(super) drawing: Group,
}

/// What the views show of the head, in its axes, mm.
pub(super) struct Extent {
    min: Point,
    max: Point,
    shoulders: f64,
}

impl Extent {
    /// The region and everything of the scan beside it, without shoulders, down to the chin.
    pub(super) fn of(scan: &[Point], region: &[Point], frame: &HeadFrame) -> Self {
        let region: Vec<Point> = region.iter().map(|v| frame.point(v)).collect();
        let region = Aabb::around(&region);
        let (bottom, shoulders) = if frame.from_landmarks {
            (region.min.z.min(-BELOW_TRAGI_MM), region.min.z.min(-ABOVE_SHOULDERS_MM))
        } else {
            (region.min.z, region.min.z)
        };
        let head: Vec<Point> = scan.iter().map(|v| frame.point(v)).filter(|v| v.z >= shoulders).collect();
        let mut head = Aabb::around(head.iter().chain([&region.min, &region.max]));
        let scan_bottom = scan.iter().map(|v| frame.point(v).z).fold(f64::INFINITY, f64::min);
        head.min.z = bottom.max(scan_bottom);
        let padding = Vector::repeat(PADDING_MM);
        Self { min: head.min - padding, max: head.max + padding, shoulders }
    }

    /// The region alone, for papers of fixed size.
    pub(super) fn of_region(region: &[Point], frame: &HeadFrame) -> Self {
        let region: Vec<Point> = region.iter().map(|v| frame.point(v)).collect();
        let around = Aabb::around(&region);
        let padding = Vector::repeat(REGION_PADDING_MM);
        Self { min: around.min - padding, max: around.max + padding, shoulders: around.min.z }
    }

    /// What lies lower than this is no part of a view: from above, shoulders would frame the head.
    pub(super) fn floor(&self, view: View) -> f64 {
        if view == View::Top { self.shoulders } else { f64::NEG_INFINITY }
    }

    pub(super) fn window(&self, view: View) -> Window {
        let [right, up, _] = view.axes();
        let [a, b] = [self.min, self.max].map(|corner| [corner.coords.dot(&right), corner.coords.dot(&up)]);
        Window { min: [a[0].min(b[0]), a[1].min(b[1])], max: [a[0].max(b[0]), a[1].max(b[1])] }
    }
}

impl Chart for Eye<'_> {
    fn place(&self, point: &Point) -> [f64; 2] {
        Eye::place(self, point)
    }

    fn sees(&self, point: &Point, normal: &Vector) -> bool {
        Eye::sees(self, point, normal)
    }
}

/// The shaded head of a view, cut off at its window, in paper's colours or those of skin.
pub(super) fn head(id: &str, relief: &Relief, window: &Window, skin: Option<Rgb>) -> Group {
    let (frame_id, silhouette_id) = (format!("{id}-frame"), format!("{id}-silhouette"));
    let frame = Rectangle::new()
        .set("x", pen::number(window.min[0]))
        .set("y", pen::number(-window.max[1]))
        .set("width", pen::number(window.size()[0]))
        .set("height", pen::number(window.size()[1]));
    let silhouette = || Path::new().set("d", relief.silhouette.as_str());
    let shades = Group::new().set("clip-path", format!("url(#{silhouette_id})"));
    let shades = relief.areas.iter().filter(|(_, data)| !data.is_empty()).fold(shades, |shades, (colour, data)| {
        let colour = skin.map_or(*colour, |skin| tinted(*colour, skin)).hex();
        shades.add(Path::new().set("fill", colour.as_str()).set("fill-rule", "evenodd").set("d", data.as_str()))
    });
    let outline = silhouette().set("fill", "none").set("stroke", palette::SILHOUETTE).set("stroke-width", 4);
    pen::layer(&format!("{id}-head"), "head")
        .set("clip-path", format!("url(#{frame_id})"))
        .add(ClipPath::new().set("id", frame_id).add(frame))
        .add(ClipPath::new().set("id", silhouette_id).add(silhouette().set("clip-rule", "evenodd")))
        .add(Group::new().set("transform", "scale(.1)").add(shades).add(outline))
}

/// Lets the neck run out where the view ends.
pub(super) fn fade(view: View, window: &Window) -> Group {
    if view == View::Top {
        return Group::new();
    }
    let height = 26.0;
    let band = Rectangle::new()
        .set("x", pen::number(window.min[0] - 1.0))
        .set("y", pen::number(-window.min[1] - height + 2.0))
        .set("width", pen::number(window.size()[0] + 2.0))
        .set("height", pen::number(height))
        .set("fill", "url(#fade)");
    Group::new().add(band)
}

/// The gradient that [`fade`] uses.
pub(super) fn fading() -> LinearGradient {
    let stop = |offset: &str, opacity: f64| {
        Stop::new().set("offset", offset).set("stop-color", "#fff").set("stop-opacity", opacity)
    };
    LinearGradient::new()
        .set("id", "fade")
        .set("x2", 0)
        .set("y2", 1)
        .add(stop("0", 0.0))
        .add(stop("0.85", 1.0))
        .add(stop("1", 1.0))
}

/// A blank page, mm, with its name and what it is.
pub(super) fn page(name: &str, what: Option<String>, size_mm: [f64; 2], definitions: Definitions) -> Document {
    let [w, h] = size_mm.map(pen::number);
    let paper = Rectangle::new().set("width", w.as_str()).set("height", h.as_str()).set("fill", "#fff");
    let page = Document::new()
        .set("xmlns:inkscape", "http://www.inkscape.org/namespaces/inkscape")
        .set("width", format!("{w}mm"))
        .set("height", format!("{h}mm"))
        .set("viewBox", format!("0 0 {w} {h}"))
        .set("font-family", legend::FONTS)
        .set("fill", palette::TEXT)
        .add(pen::title(name));
    let page = what.into_iter().fold(page, |page, what| page.add(Description::new().add(Text::new(what))));
    page.add(definitions).add(pen::layer("paper", "paper").add(paper))
}

/// Column and row of a view: the sides stand beside the face as they do on the head.
pub(super) fn slot(view: View) -> [usize; 2] {
    match view {
        View::Right => [1, 0],
        View::Front => [2, 0],
        View::Left => [3, 0],
        View::Top => [1, 1],
        View::Back => [2, 1],
    }
}

/// A drawing in the middle of its column with its caption above; `place` is the upper left corner, y down.
pub(super) fn put(panel: &Panel, title: &str, [left, top]: [f64; 2], width: f64) -> Group {
    let Window { min, max } = panel.window;
    let origin = [left + 0.5 * (width - (max[0] - min[0])) - min[0], top + CAPTION_MM + max[1]];
    Group::new()
        .add(legend::caption(title, width).set("transform", shift([left, top])))
        .add(panel.drawing.clone().set("transform", shift(origin)))
}

pub(super) fn shift([x, y]: [f64; 2]) -> String {
    format!("translate({} {})", pen::number(x), pen::number(y))
}
