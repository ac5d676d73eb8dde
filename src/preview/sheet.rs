use rayon::prelude::*;
use svg::Document;
use svg::node::element::{Definitions, Group, Path, Pattern, Style};

use super::colour::Colour;
use super::distortion::Distortion;
use super::figure;
use super::head_frame::HeadFrame;
use super::legend::{self, Facts};
use super::marks::DotStyle;
use super::outline::vertex_normals;
use super::palette;
use super::panel::{
    CAPTION_MM, Extent, GUTTER_MM, HEADING_MM, LEAST_COLUMN_MM, MARGIN_MM, PADDING_MM, Panel, fade, fading, head, page,
    put, shift, slot,
};
use super::paper::{PRINTER_MARGIN_MM, Paper};
use super::pen;
use super::relief::{Relief, Window};
use super::route_line;
use super::scene::{DotClass, Scene};
use super::unwrap::Unwrap;
use super::view::{Eye, View};
use crate::error::{Error, Result};
use crate::geometry::Vector;
use crate::mesh::{SurfaceIndex, TriMesh};
use crate::plan::Plan;

/// What a sheet is drawn from.
#[derive(Debug, Clone, Copy)]
pub struct SheetInput<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The whole scan, wound outwards, mm.
    pub scan: &'a TriMesh,
    /// Queries on it.
    pub index: &'a SurfaceIndex,
    /// The treatable surface, wound outwards, mm.
    pub region: &'a TriMesh,
}

/// What to draw, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SheetOptions {
    /// Whether the visiting order is switched on when the sheet is opened; its layer is there either way.
    pub show_route: bool,
    /// By what dots are coloured.
    pub colour: Colour,
    /// How dots are written.
    pub dots: DotStyle,
    /// This one alone, with less around it, instead of all on one sheet.
    pub only: Option<Drawing>,
    /// What it is drawn on: a sheet of all drawings is free.
    pub paper: Paper,
}

impl Default for SheetOptions {
    /// All drawings, with the route, on a sheet as large as they need.
    fn default() -> Self {
        Self {
            show_route: true,
            colour: Colour::default(),
            dots: DotStyle::default(),
            only: None,
            paper: Paper::default(),
        }
    }
}

/// One drawing of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// The region on a plane, every area true.
    Unwrap,
    /// The head from a side.
    View(View),
}

impl Drawing {
    /// All, with their names.
    pub const NAMES: [(&str, Self); 6] = [
        ("unwrap", Self::Unwrap),
        ("front", Self::View(View::Front)),
        ("top", Self::View(View::Top)),
        ("left", Self::View(View::Left)),
        ("right", Self::View(View::Right)),
        ("back", Self::View(View::Back)),
    ];
}

/// A finished sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// The drawing, `preview.svg`.
    pub svg: String,
    /// How true the unwrap is on this region.
    pub distortion: Distortion,
}

const UNWRAP_TITLE: &str = "Equal-area unwrap";
/// Height of the lines below a drawing that stands alone, mm.
const FOOTER_MM: f64 = 15.0;
/// Such a page is at least that wide, mm.
const LEAST_PAGE_MM: f64 = 150.0;
/// Room for a word beside the unwrap, mm.
const SIDE_WORD_MM: f64 = 17.0;
/// Room for the notes and the key, mm: width and height.
const NOTES_MM: [f64; 2] = [270.0, 130.0];
const KEY_MM: [f64; 2] = [200.0, 130.0];

/// Draws the sheet: five views and the equal-area unwrap of the region, all 1 : 1 in mm.
///
/// Each drawing is a layer whose coordinates are mm from its own origin (the views': the head frame's), y turned.
/// Views show the dots that face the viewer and are not hidden by the scan; the unwrap shows every dot once.
///
/// # Errors
/// A region without area; a dot that is not on the scan or has no sensible diameter; a block that names a dot which is
/// not there.
pub fn sheet(input: &SheetInput<'_>, options: SheetOptions) -> Result<Sheet> {
    let route = |unwrap: &Unwrap| {
        let route = route_line::draw(input.plan, unwrap);
        if options.show_route { route } else { route.set("style", "display:none") }
    };
    sheet_of(input, options, None, &route)
}

/// What a sheet of two plans shows otherwise than that of one.
pub(super) struct Compared {
    pub(super) classes: Vec<DotClass>,
    /// Figures below the name.
    pub(super) headline: String,
}

/// The same with other classes of dots and figures, and other lines on the unwrap than the visiting order.
pub(super) fn sheet_of(
    input: &SheetInput<'_>,
    options: SheetOptions,
    compared: Option<Compared>,
    lines: &dyn Fn(&Unwrap) -> Group,
) -> Result<Sheet> {
    let (classes, headline) = compared.map(|Compared { classes, headline }| (classes, headline)).unzip();
    let scene = Scene::collect(input, options, classes)?;
    let frame = HeadFrame::find(&input.plan.landmarks_mm, input.region);
    let front = -frame.scan_to_head.inverse().direction(&Vector::y());
    let unwrap = Unwrap::new(input.region, &front)?;
    let distortion = unwrap.distortion(input.region);

    let extent = match options.paper {
        Paper::Free => Extent::of(input.scan.vertices(), input.region.vertices(), &frame),
        _ => Extent::of_region(input.region.vertices(), &frame),
    };
    let normals = vertex_normals(input.scan);
    let view = |view: View| {
        let window = extent.window(view);
        let eye = Eye::new(view, &frame, input.index);
        let relief = Relief::draw(input.scan, &normals, &eye, &window, extent.floor(view));
        Panel { window, drawing: view_panel(&eye, &relief, &scene, &window) }
    };
    let map = || unwrap_panel(lines(&unwrap), &unwrap, &scene);
    let facts = Facts { plan: input.plan, scene: &scene, distortion: &distortion, frame: &frame, headline };
    let svg = match options.only {
        Some(Drawing::Unwrap) => alone(&facts, &map(), UNWRAP_TITLE, options.paper)?,
        Some(Drawing::View(one)) => alone(&facts, &view(one), one.title(), options.paper)?,
        None if options.paper != Paper::Free => {
            return Err(Error::usage("a sheet of all drawings on a paper of fixed size")
                .expected("one drawing")
                .remedy("name one with --view, or draw on free paper"));
        }
        None => {
            let views: Vec<(View, Panel)> = View::ALL.par_iter().map(|&side| (side, view(side))).collect();
            compose(&facts, &map(), &views)
        }
    };
    Ok(Sheet { svg, distortion })
}

fn view_panel(eye: &Eye<'_>, relief: &Relief, scene: &Scene<'_>, window: &Window) -> Group {
    let id = eye.view.name();
    pen::layer(id, &format!("{id} view"))
        .add(head(id, relief, window, None))
        .add(fade(eye.view, window))
        .add(figure::edges(id, eye, scene))
        .add(figure::keep_outs(id, eye, scene))
        .add(figure::dots(id, eye, scene))
        .add(figure::landmarks(id, eye, scene, window))
        .add(figure::fiducials(id, eye, scene))
        .add(figure::findings(id, eye, scene, |_, place| window.holds(place)))
}

fn unwrap_panel(lines: Group, unwrap: &Unwrap, scene: &Scene<'_>) -> Panel {
    let edge_places = scene.edges.iter().flatten().map(|(point, _)| unwrap.place(point));
    let dot_places = scene.dots.iter().map(|dot| unwrap.place(&dot.position_mm.into()));
    let mut window = Window { min: [f64::INFINITY; 2], max: [f64::NEG_INFINITY; 2] };
    for [x, y] in edge_places.chain(dot_places) {
        window.min = [window.min[0].min(x), window.min[1].min(y)];
        window.max = [window.max[0].max(x), window.max[1].max(y)];
    }
    let window = Window {
        min: [window.min[0] - SIDE_WORD_MM, window.min[1] - PADDING_MM],
        max: [window.max[0] + SIDE_WORD_MM, window.max[1] + PADDING_MM],
    };
    let surface: String =
        scene.edges.iter().map(|ring| pen::polyline(ring.iter().map(|(point, _)| unwrap.place(point)), true)).collect();
    let surface = Path::new().set("fill", palette::REGION).set("fill-rule", "evenodd").set("d", surface);
    let drawing = pen::layer("unwrap", "equal-area unwrap")
        .add(pen::layer("unwrap-region", "region").add(surface))
        .add(lines)
        .add(figure::edges("unwrap", unwrap, scene))
        .add(figure::keep_outs("unwrap", unwrap, scene))
        .add(figure::dots("unwrap", unwrap, scene))
        .add(figure::landmarks("unwrap", unwrap, scene, &window))
        .add(figure::fiducials("unwrap", unwrap, scene))
        .add(figure::findings("unwrap", unwrap, scene, |spot, _| spot.is_on_region))
        .add(figure::stops("unwrap", unwrap, scene))
        .add(legend::directions(&window));
    Panel { window, drawing }
}

/// Arranges the drawings: the unwrap on the left with the notes below it, the views in two rows on the right, the key
/// in the free corner.
fn compose(facts: &Facts<'_>, map: &Panel, views: &[(View, Panel)]) -> String {
    let mut columns = [map.window.size()[0].max(NOTES_MM[0]), LEAST_COLUMN_MM, LEAST_COLUMN_MM, KEY_MM[0]];
    let mut rows = [0.0, KEY_MM[1]];
    for (view, panel) in views {
        let ([column, row], [width, height]) = (slot(*view), panel.window.size());
        columns[column] = columns[column].max(width);
        rows[row] = rows[row].max(height);
    }
    let mut lefts = [MARGIN_MM; 4];
    for k in 1..4 {
        lefts[k] = lefts[k - 1] + columns[k - 1] + GUTTER_MM;
    }
    let first_top = MARGIN_MM + HEADING_MM;
    let tops = [first_top, first_top + CAPTION_MM + rows[0] + GUTTER_MM];
    let notes_top = first_top + CAPTION_MM + map.window.size()[1] + GUTTER_MM;
    let width = lefts[3] + columns[3] + MARGIN_MM;
    let height = (tops[1] + CAPTION_MM + rows[1]).max(notes_top + NOTES_MM[1]) + MARGIN_MM;

    let document = document(facts, [width, height])
        .add(legend::heading(facts, width - 2.0 * MARGIN_MM).set("transform", shift([MARGIN_MM, MARGIN_MM])))
        .add(put(map, UNWRAP_TITLE, [lefts[0], tops[0]], columns[0]));
    let with_views = views.iter().fold(document, |document, (view, panel)| {
        let [column, row] = slot(*view);
        document.add(put(panel, view.title(), [lefts[column], tops[row]], columns[column]))
    });
    with_views
        .add(legend::key(facts).set("transform", shift([lefts[3], tops[1]])))
        .add(legend::notes(facts).set("transform", shift([lefts[0], notes_top])))
        .to_string()
}

/// One drawing on a page of its own.
fn alone(facts: &Facts<'_>, panel: &Panel, title: &str, paper: Paper) -> Result<String> {
    let [width, height] = panel.window.size();
    let width = width.max(LEAST_PAGE_MM);
    let size_mm = paper.page_mm(title, [width, CAPTION_MM + height + FOOTER_MM])?;
    let left = 0.5 * (size_mm[0] - width);
    let style = format!("@page{{size:{}mm {}mm;margin:0}}", pen::number(size_mm[0]), pen::number(size_mm[1]));
    Ok(document(facts, size_mm)
        .add(Style::new(style))
        .add(put(panel, title, [left, PRINTER_MARGIN_MM], width))
        .add(legend::footer(facts, width).set("transform", shift([left, PRINTER_MARGIN_MM + CAPTION_MM + height])))
        .to_string())
}

fn document(facts: &Facts<'_>, size_mm: [f64; 2]) -> Document {
    page(&facts.name(), Some(facts.description()), size_mm, definitions())
}

fn definitions() -> Definitions {
    let hatch = Pattern::new()
        .set("id", "hatch")
        .set("width", 1.6)
        .set("height", 1.6)
        .set("patternUnits", "userSpaceOnUse")
        .set("patternTransform", "rotate(45)")
        .add(Path::new().set("d", "M0 0v1.6").set("stroke", palette::EDGE).set("stroke-width", 0.5));
    Definitions::new().add(hatch).add(fading())
}
