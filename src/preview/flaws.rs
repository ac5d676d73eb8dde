//! A sheet that shows the flaws of a scan where they are.

mod marks;
mod table;

use std::collections::BTreeMap;

use rayon::prelude::*;
use svg::node::element::{Definitions, Group, Path};

use self::marks::{Drawn, Placement, Sight};
use super::head_frame::HeadFrame;
use super::outline::vertex_normals;
use super::palette;
use super::panel::{
    CAPTION_MM, Extent, GUTTER_MM, HEADING_MM, LEAST_COLUMN_MM, MARGIN_MM, Panel, fade, fading, head, page, put, shift,
    slot,
};
use super::pen;
use super::relief::{Relief, Window};
use super::scene::{Placed, shown_runs};
use super::view::{Eye, View};
use crate::error::{Error, Finding, Result};
use crate::geometry::{Placement as Rigid, Point};
use crate::mesh::{SurfaceIndex, TriMesh, open_loops};

/// A finding with its places on the scan, mm.
#[derive(Debug, Clone, Copy)]
pub struct FlawMark<'a> {
    /// Number on the sheet.
    pub number: usize,
    /// What it is.
    pub finding: &'a Finding,
    /// Where it is.
    pub places: &'a [Point],
    /// Closed lines around it; the places are drawn where there are none.
    pub outlines: &'a [Vec<Point>],
    /// Whether something is missing inside the lines, which are filled then.
    pub is_gap: bool,
}

/// What a sheet of flaws is drawn from. All places in mm, in the scan's axes.
#[derive(Debug, Clone, Copy)]
pub struct FlawSheet<'a> {
    /// Heading.
    pub name: &'a str,
    /// Figures below the heading.
    pub headline: &'a str,
    /// The whole scan, wound outwards.
    pub scan: &'a TriMesh,
    /// What the views must show: the skin, without what lies about it.
    pub shown: &'a [Point],
    /// The treatable surface.
    pub region: Option<&'a TriMesh>,
    /// The drawn line, shown where there is no region.
    pub line: &'a [Point],
    /// Landmarks by name.
    pub landmarks_mm: &'a BTreeMap<String, [f64; 3]>,
    /// The flaws, by number.
    pub marks: &'a [FlawMark<'a>],
    /// What was found of the scan as a whole.
    pub others: &'a [&'a Finding],
}

/// Nothing larger is drawn, mm: it is no head, or in the wrong unit.
const LARGEST_MM: f64 = 1500.0;
/// A drawn point farther from the scan than this is not shown, mm.
const LINE_REACH_MM: f64 = 20.0;
/// Points of a line closer than this are drawn as one, mm.
const STEP_MM: f64 = 0.5;

/// Draws five views of the head, 1 : 1 in mm, with every flaw in the views from which it can be seen, and a table of the
/// flaws by number. Without landmarks the views are along the axes of the file.
///
/// # Errors
/// A scan too large for a head.
pub fn flaw_sheet(input: &FlawSheet<'_>) -> Result<String> {
    let size_mm = crate::geometry::Aabb::around(input.shown).size().max();
    if !(0.0..=LARGEST_MM).contains(&size_mm) {
        return Err(Error::input(format!("a scan of {size_mm:.0} mm"))
            .expected(format!("at most {LARGEST_MM} mm, to be drawn at true scale"))
            .remedy("correct the unit, or leave the drawing out"));
    }
    let index = SurfaceIndex::build(input.scan);
    let normals = vertex_normals(input.scan);
    let (frame, about) = frame_of(input);
    let extent = Extent::of(input.shown, about, &frame);
    let lines = edge_lines(input, &index);
    let drawn: Vec<Drawn<'_>> = input.marks.iter().map(|mark| Drawn::lay(mark, input.scan, &index)).collect();
    let landmarks: Vec<(&str, Placed)> = input
        .landmarks_mm
        .iter()
        .filter_map(|(name, place)| {
            let hit = index.closest_within(&Point::from(*place), LINE_REACH_MM)?;
            Some((name.as_str(), (hit.position, input.scan.normal(hit.at.triangle))))
        })
        .collect();
    let views: Vec<(View, Panel, Vec<usize>)> = View::ALL
        .par_iter()
        .map(|&view| {
            let window = extent.window(view);
            let eye = Eye::new(view, &frame, &index);
            let relief = Relief::draw(input.scan, &normals, &eye, &window, extent.floor(view));
            let id = view.name();
            let sight = Sight { eye: &eye, window, floor_mm: extent.floor(view) };
            let placement = Placement::new(&sight, &landmarks, &drawn);
            let drawing = pen::layer(id, &format!("{id} view"))
                .add(head(id, &relief, &window, None))
                .add(fade(view, &window))
                .add(edge(id, &eye, &lines, input.region.is_some()))
                .add(placement.draw(id));
            (view, Panel { window, drawing }, placement.seen())
        })
        .collect();
    Ok(compose(input, &frame, &views))
}

/// The axes of the views, and the points that they must show.
fn frame_of<'a>(input: &FlawSheet<'a>) -> (HeadFrame, &'a [Point]) {
    let about = input.region.map_or(input.line, TriMesh::vertices);
    let about = if about.is_empty() { input.shown } else { about };
    let empty = TriMesh::default();
    let frame = HeadFrame::find(input.landmarks_mm, input.region.unwrap_or(&empty));
    if frame.from_landmarks {
        return (frame, about);
    }
    let along_file = Rigid::new(&nalgebra::Rotation3::identity(), &crate::geometry::Vector::zeros());
    (HeadFrame { scan_to_head: along_file, from_landmarks: false }, input.shown)
}

/// The region's edges, or the drawn line as far as it lies near the scan.
fn edge_lines(input: &FlawSheet<'_>, index: &SurfaceIndex) -> Vec<Vec<Placed>> {
    let Some(region) = input.region else {
        let on_scan = |p: &Point| index.closest_within(p, LINE_REACH_MM);
        let hits = input.line.iter().filter_map(on_scan);
        return vec![hits.map(|hit| (hit.position, input.scan.normal(hit.at.triangle))).collect()];
    };
    let normals = vertex_normals(region);
    let placed = |v: &u32| (region.vertices()[*v as usize], normals[*v as usize]);
    open_loops(region).iter().map(|run| thinned(run.iter().map(placed))).collect()
}

/// Without the points that are close to the one before.
fn thinned(run: impl Iterator<Item = Placed>) -> Vec<Placed> {
    let mut kept: Vec<Placed> = Vec::new();
    for place in run {
        if kept.last().is_none_or(|last| (last.0 - place.0).norm() >= STEP_MM) {
            kept.push(place);
        }
    }
    kept
}

fn edge(id: &str, eye: &Eye<'_>, lines: &[Vec<Placed>], is_region: bool) -> Group {
    let runs = lines.iter().flat_map(|line| shown_runs(eye, line));
    let data: Vec<String> = runs.map(|(run, closed)| pen::polyline(run, closed)).collect();
    let layer = pen::layer(&format!("{id}-edge"), if is_region { "edge of the region" } else { "drawn line" })
        .set("fill", "none")
        .set("stroke", palette::EDGE)
        .set("stroke-width", 0.6)
        .set("stroke-linejoin", "round");
    let layer = if is_region { layer } else { layer.set("stroke-dasharray", "2.5 1.5") };
    layer.add(Path::new().set("d", data.concat()))
}

/// The views in two rows, what concerns the whole scan beside the lower row, the table at the right.
fn compose(input: &FlawSheet<'_>, frame: &HeadFrame, views: &[(View, Panel, Vec<usize>)]) -> String {
    let mut columns = [LEAST_COLUMN_MM, LEAST_COLUMN_MM, table::NOTES_WIDTH_MM];
    let mut rows = [0.0, 0.0];
    for (view, panel, _) in views {
        let ([column, row], [width, height]) = (slot(*view), panel.window.size());
        columns[column - 1] = f64::max(columns[column - 1], width);
        rows[row] = f64::max(rows[row], height);
    }
    let mut lefts = [MARGIN_MM; 4];
    for k in 1..4 {
        lefts[k] = lefts[k - 1] + columns[k - 1] + GUTTER_MM;
    }
    let first_top = MARGIN_MM + HEADING_MM;
    let tops = [first_top, first_top + CAPTION_MM + rows[0] + GUTTER_MM];
    let width = lefts[3] + table::WIDTH_MM + MARGIN_MM;
    let notes = table::notes(input, frame.from_landmarks);
    let lower_mm = (CAPTION_MM + rows[1]).max(notes.height_mm);
    let seen = |number: usize| views.iter().any(|(_, _, numbers)| numbers.contains(&number));
    let table = table::flaws(input.marks, tops[1] + lower_mm - first_top, seen);
    let height = tops[1] + lower_mm + MARGIN_MM;

    let document = page(input.name, None, [width, height], Definitions::new().add(fading()))
        .add(table::heading(input, width - 2.0 * MARGIN_MM).set("transform", shift([MARGIN_MM, MARGIN_MM])));
    let with_views = views.iter().fold(document, |document, (view, panel, _)| {
        let [column, row] = slot(*view);
        let title = if frame.from_landmarks { view.title() } else { table::along_axis(*view) };
        document.add(put(panel, title, [lefts[column - 1], tops[row]], columns[column - 1]))
    });
    with_views
        .add(notes.group.set("transform", shift([lefts[2], tops[1]])))
        .add(table.set("transform", shift([lefts[3], first_top])))
        .to_string()
}

/// Whether a window holds a place with room around it.
fn holds(window: &Window, place: [f64; 2], room: f64) -> bool {
    window.grown(-room).holds(place)
}
