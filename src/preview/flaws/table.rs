//! The words beside the views.

use svg::node::element::{Group, Path};

use super::marks::{BADGE_MM, badge};
use super::{FlawMark, FlawSheet};
use crate::error::{Finding, Severity};
use crate::preview::palette;
use crate::preview::pen;
use crate::preview::view::View;

/// Width of the table, mm.
pub(super) const WIDTH_MM: f64 = 250.0;
/// Width of the notes, mm.
pub(super) const NOTES_WIDTH_MM: f64 = 200.0;

const TITLE_MM: f64 = 15.0;
const HEADING_MM: f64 = 8.5;
const BODY_MM: f64 = 6.2;
const SMALL_MM: f64 = 5.2;
/// Heights of a flaw's row in the table and of a line of the notes, mm.
const ROW_MM: f64 = 17.5;
const LINE_MM: f64 = 7.2;
/// Width of a letter of running text, in parts of its size.
const LETTER: f64 = 0.57;

/// Words with the room they take.
pub(super) struct Notes {
    pub(super) group: Group,
    pub(super) height_mm: f64,
}

/// What is at the top of a view along the file's axes.
pub(super) fn along_axis(view: View) -> &'static str {
    match view {
        View::Front => "From −y of the file",
        View::Top => "From +z of the file",
        View::Left => "From +x of the file",
        View::Right => "From −x of the file",
        View::Back => "From +y of the file",
    }
}

/// Name and figures, with a line below.
pub(super) fn heading(input: &FlawSheet<'_>, width: f64) -> Group {
    let rule = Path::new()
        .set("stroke", palette::EDGE)
        .set("stroke-width", 0.4)
        .set("d", format!("M0 32h{}", pen::number(width)));
    let scale = pen::label([width, -12.0], BODY_MM, "true scale 1 : 1, mm").set("text-anchor", "end");
    pen::layer("heading", "heading")
        .add(pen::label([0.0, -12.0], TITLE_MM, &fitted(input.name, 0.6 * width, TITLE_MM)).set("font-weight", 600))
        .add(pen::label([0.0, -24.5], BODY_MM, input.headline).set("fill", palette::QUIET))
        .add(scale.set("fill", palette::QUIET))
        .add(rule)
}

/// The flaws by number, as many as fit; `is_seen` tells whether a view shows one.
pub(super) fn flaws(marks: &[FlawMark<'_>], height_mm: f64, is_seen: impl Fn(usize) -> bool) -> Group {
    let layer = pen::layer("flaws", "table of flaws");
    let layer = layer.add(pen::label([0.0, -8.0], HEADING_MM, "Flaws").set("font-weight", 600));
    let top = 14.0;
    let fit = ((height_mm - top) / ROW_MM).max(1.0) as usize;
    let shown = if marks.len() > fit { fit - 1 } else { marks.len() };
    let layer = marks[..shown]
        .iter()
        .enumerate()
        .fold(layer, |layer, (row, mark)| layer.add(flaw(mark, -(top + row as f64 * ROW_MM), is_seen(mark.number))));
    if marks.is_empty() {
        return layer.add(pen::label([0.0, -top - BODY_MM], BODY_MM, "None with a place on the scan."));
    }
    if shown == marks.len() {
        return layer;
    }
    let more = format!("… and {} more: tonsure inspect --json lists them all", marks.len() - shown);
    let bottom = -(top + shown as f64 * ROW_MM + BODY_MM);
    layer.add(pen::label([0.0, bottom], BODY_MM, &more).set("fill", palette::QUIET))
}

/// Number, code and severity above, size and place below; `top` is its upper edge, y up.
fn flaw(mark: &FlawMark<'_>, top: f64, is_seen: bool) -> Group {
    let Finding { code, count, severity, near, message, .. } = mark.finding;
    let left = 2.0 * BADGE_MM + 5.0;
    let count = if *count > 1 { format!(" × {count}") } else { String::new() };
    let near = near.as_ref().map(|near| format!("near {near}"));
    let unseen = (!is_seen).then(|| "hidden in all views".to_owned());
    let place = [near, unseen].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let line = |y: f64, size_mm: f64, text: &str| pen::label([left, top - y], size_mm, text);
    let name = format!("{code}{count}");
    let beside = left + LETTER * 1.15 * BODY_MM * name.chars().count() as f64 + 4.0;
    Group::new()
        .add(badge([BADGE_MM, top - 6.0], mark))
        .add(line(5.6, BODY_MM, &name).set("font-weight", 600))
        .add(pen::label([beside, top - 5.6], SMALL_MM, &place).set("fill", palette::QUIET))
        .add(severity_word([WIDTH_MM, top - 5.6], *severity))
        .add(line(12.6, SMALL_MM, &fitted(message, WIDTH_MM - left, SMALL_MM)))
}

fn severity_word(place: [f64; 2], severity: Severity) -> svg::node::element::Text {
    let word = pen::label(place, SMALL_MM, &severity.to_string()).set("text-anchor", "end").set("font-weight", 600);
    word.set("fill", palette::severity(severity))
}

/// The key, and what was found of the scan as a whole.
pub(super) fn notes(input: &FlawSheet<'_>, from_landmarks: bool) -> Notes {
    let mut group = pen::layer("notes", "notes");
    let mut y = 8.0;
    group = group.add(pen::label([0.0, -y], HEADING_MM, "Key").set("font-weight", 600));
    y += 11.0;
    let swatches = [
        (Severity::Fail, "must be mended: no plan"),
        (Severity::Warn, "look at it: in the region or near it"),
        (Severity::Pass, "no harm to this plan"),
    ];
    for (severity, text) in swatches {
        let disc = Path::new().set("d", pen::ring([4.3, -y + 2.0], 2.6)).set("fill", palette::severity(severity));
        group = group.add(disc).add(pen::label([13.0, -y], BODY_MM, &format!("{severity}  {text}")));
        y += LINE_MM + 1.5;
    }
    let (dashes, text) = match (input.region, input.line.is_empty()) {
        (Some(_), _) => (None, "edge of the region"),
        (None, false) => (Some("2.5 1.5"), "drawn line; the region could not be built"),
        (None, true) => (None, ""),
    };
    if !text.is_empty() {
        let line = Path::new().set("d", pen::polyline([[0.0, 2.0 - y], [9.0, 2.0 - y]], false));
        let line = line.set("stroke", palette::EDGE).set("stroke-width", 0.6);
        let line = if let Some(dashes) = dashes { line.set("stroke-dasharray", dashes) } else { line };
        group = group.add(line).add(pen::label([13.0, -y], BODY_MM, text));
        y += LINE_MM + 1.5;
    }
    if !from_landmarks {
        group = group.add(pen::label([0.0, -y], BODY_MM, "No tragi and vertex: the views follow the file's axes."));
        y += LINE_MM + 1.5;
    }
    y += 8.0;
    group = group.add(pen::label([0.0, -y], HEADING_MM, "The scan as a whole").set("font-weight", 600));
    y += 11.0;
    for finding in input.others {
        let disc =
            Path::new().set("d", pen::ring([2.6, 2.0 - y], 2.6)).set("fill", palette::severity(finding.severity));
        group = group.add(disc).add(pen::label([8.0, -y], SMALL_MM + 0.4, &finding.code).set("font-weight", 600));
        for line in wrapped(&finding.message, NOTES_WIDTH_MM - 8.0, SMALL_MM, 3) {
            y += LINE_MM;
            group = group.add(pen::label([8.0, -y], SMALL_MM, &line));
        }
        y += LINE_MM + 2.6;
    }
    Notes { group, height_mm: y }
}

/// The text, shortened to what about fits the width.
fn fitted(text: &str, width_mm: f64, size_mm: f64) -> String {
    wrapped(text, width_mm, size_mm, 1).concat()
}

/// The text in at most so many lines that about fit the width; the last one ends with an ellipsis if there is more.
fn wrapped(text: &str, width_mm: f64, size_mm: f64, most: usize) -> Vec<String> {
    let room = (width_mm / (LETTER * size_mm)) as usize;
    let (mut lines, mut last) = (Vec::new(), String::new());
    for word in text.split_whitespace() {
        if last.is_empty() || last.chars().count() + word.chars().count() < room {
            last.push_str(if last.is_empty() { "" } else { " " });
            last.push_str(word);
        } else if lines.len() + 1 < most {
            lines.push(std::mem::replace(&mut last, word.to_owned()));
        } else {
            last.push_str(" …");
            break;
        }
    }
    lines.push(last);
    lines
}
