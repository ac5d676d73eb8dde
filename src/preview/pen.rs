//! Numbers, circles and paths as compact SVG text. The y axis of everything drawn points up the page and is turned
//! here, once.

use std::fmt::Write;

use svg::node::Blob;
use svg::node::element::{Group, Text, Title};

use crate::geometry::decimal;

/// Places after the point of coordinates, mm: 10 µm.
const PLACES: usize = 2;

/// One bare circle a line.
pub(super) fn circles(dots: impl IntoIterator<Item = ([f64; 2], f64)>) -> String {
    let mut text = String::new();
    for ([x, y], radius_mm) in dots {
        let (cx, cy) = (decimal(x, PLACES), decimal(-y, PLACES));
        let _ = write!(text, "{}<circle cx=\"{cx}\" cy=\"{cy}\" r=\"{}\"/>", separator(&text), decimal(radius_mm, 3));
    }
    text
}

fn separator(text: &str) -> &'static str {
    if text.is_empty() { "" } else { "\n" }
}

/// Path data of a polyline, relative steps between rounded places, so that rounding does not add up.
pub(super) fn polyline(points: impl IntoIterator<Item = [f64; 2]>, closed: bool) -> String {
    let mut text = String::new();
    let mut last: Option<[i64; 2]> = None;
    for [x, y] in points {
        let place = [x, -y].map(|value| (value * 100.0).round() as i64);
        match last {
            None => {
                let _ = write!(text, "M{} {}l", hundredths(place[0]), hundredths(place[1]));
            }
            Some(before) if before == place => continue,
            Some(before) => {
                let (dx, dy) = (hundredths(place[0] - before[0]), hundredths(place[1] - before[1]));
                let gap = |number: &str| if number.starts_with('-') { "" } else { " " };
                let first = if text.ends_with('l') { "" } else { gap(&dx) };
                let _ = write!(text, "{first}{dx}{}{dy}", gap(&dy));
            }
        }
        last = Some(place);
    }
    if text.ends_with('l') {
        text.push_str("0 0");
    }
    if closed {
        text.push('z');
    }
    text
}

/// Path data of a full turn.
pub(super) fn ring([x, y]: [f64; 2], radius: f64) -> String {
    let (start, r, d) = (number(x - radius), number(radius), number(2.0 * radius));
    format!("M{start} {}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0-{d} 0z", number(-y))
}

/// Shortest text of a number of hundredths: `.5`, `-12.25`, `3`.
fn hundredths(value: i64) -> String {
    let text = decimal(value as f64 / 100.0, 2);
    match text.strip_prefix("0.").map(|digits| format!(".{digits}")) {
        Some(short) => short,
        None => text.strip_prefix("-0.").map(|digits| format!("-.{digits}")).unwrap_or(text),
    }
}

/// A number for an attribute.
pub(super) fn number(value: f64) -> String {
    decimal(value, PLACES)
}

/// A layer of Inkscape.
pub(super) fn layer(id: &str, label: &str) -> Group {
    Group::new().set("id", id).set("inkscape:groupmode", "layer").set("inkscape:label", printable(label))
}

/// A line of text; `y` up.
pub(super) fn label(place: [f64; 2], size_mm: f64, text: &str) -> Text {
    Text::new(printable(text)).set("x", number(place[0])).set("y", number(-place[1])).set("font-size", number(size_mm))
}

/// A title, shown by browsers as a tip.
pub(super) fn title(text: &str) -> Title {
    Title::new(printable(text))
}

/// Ready SVG text as a node.
pub(super) fn raw(text: String) -> Blob {
    Blob::new(text)
}

/// Text with characters that XML 1.0 does not allow replaced by U+FFFD.
fn printable(text: &str) -> String {
    let allowed = |c: char| matches!(c, '\t' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if allowed(c) { c } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polylines_are_relative_and_short() {
        assert_eq!(polyline([[0.0, 0.0], [0.5, 0.25], [10.0, -3.0]], false), "M0 0l.5-.25 9.5 3.25");
        assert_eq!(polyline([[1.0, 2.0], [1.0, 2.001], [1.0, 3.0]], true), "M1 -2l0-1z");
        assert_eq!(polyline([[1.0, 2.0]], false), "M1 -2l0 0");
    }

    #[test]
    fn rounding_of_polylines_does_not_add_up() {
        let data = polyline((0..=1000).map(|i| [f64::from(i) * 0.004, 0.0]), false);
        let steps = data.split_once('l').unwrap().1;
        let sum: f64 = steps.split([' ']).step_by(2).map(|step| step.parse::<f64>().unwrap()).sum();
        assert!((sum - 4.0).abs() < 0.006, "{sum}");
    }

    #[test]
    fn circles_have_no_trailing_zeros() {
        assert_eq!(circles([([1.5, -2.0], 0.11)]), "<circle cx=\"1.5\" cy=\"2\" r=\"0.11\"/>");
    }

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(printable("a\u{1}\u{ffff}b\u{1f600}"), "a\u{fffd}\u{fffd}b\u{1f600}");
    }
}
