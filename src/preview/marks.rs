use std::fmt::Write;

use svg::node::element::Group;

use super::colour::{STEPS, Scale};
use super::pen;
use crate::geometry::decimal;
use crate::plan::Dot;

/// How dots are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DotStyle {
    /// A circle each, with a pale ring around it that makes it visible.
    #[default]
    Circles,
    /// Strokes of no length with round caps, many to a path: browsers open them several times faster. Without rings;
    /// widths to 5 µm.
    Paths,
    /// A circle each, with an id and a title that names the dot.
    Named,
}

impl DotStyle {
    /// All, with their names.
    pub const NAMES: [(&str, Self); 3] = [("circles", Self::Circles), ("paths", Self::Paths), ("named", Self::Named)];
}

/// Width of the pale ring around each dot, mm; the full circle has the dot's true size.
const HALO_MM: f64 = 0.2;
/// Dots to a path: longer ones are drawn more slowly.
const DOTS_PER_PATH: usize = 500;
/// Steps of the width of strokes, 1/mm.
const WIDTHS_PER_MM: f64 = 200.0;

/// A dot of the plan, by its index, and where it comes to lie.
pub(super) type Shown = (usize, [f64; 2]);

impl DotStyle {
    /// The layer in which all dots of a drawing stand.
    pub(super) fn dress(self, layer: Group) -> Group {
        match self {
            Self::Paths => layer.set("stroke-linecap", "round"),
            Self::Circles | Self::Named => layer.set("stroke-width", HALO_MM * 2.0).set("stroke-opacity", 0.35),
        }
    }

    /// Puts dots into a group, by the steps of a scale where there is one.
    pub(super) fn fill(self, group: Group, id: &str, dots: &[Dot], shown: &[Shown], scale: Option<&Scale>) -> Group {
        let Some(scale) = scale else { return group.add(pen::raw(self.text(id, dots, shown))) };
        let mut steps: Vec<Vec<Shown>> = vec![Vec::new(); STEPS + 1];
        for dot in shown {
            steps[scale.step(dot.0).unwrap_or(STEPS)].push(*dot);
        }
        let some = steps.into_iter().enumerate().filter(|(_, shown)| !shown.is_empty());
        some.fold(group, |group, (step, shown)| {
            let text = pen::raw(self.text(id, dots, &shown));
            if step == STEPS {
                return group.add(text);
            }
            let colour = Scale::colour(step);
            group.add(Group::new().set("fill", colour.as_str()).set("stroke", colour.as_str()).add(text))
        })
    }

    fn text(self, id: &str, dots: &[Dot], shown: &[Shown]) -> String {
        match self {
            Self::Circles => pen::circles(shown.iter().map(|&(dot, place)| (place, 0.5 * dots[dot].diameter_mm))),
            Self::Named => named(id, dots, shown),
            Self::Paths => strokes(dots, shown),
        }
    }
}

fn named(id: &str, dots: &[Dot], shown: &[Shown]) -> String {
    let mut text = String::new();
    for &(dot, place) in shown {
        let Dot { id: number, session, tool, depth_mm, diameter_mm, .. } = &dots[dot];
        let circle = pen::circles([(place, 0.5 * diameter_mm)]);
        let bare = circle.trim_start_matches("<circle").trim_end_matches("/>");
        let _ = writeln!(
            text,
            "<circle id=\"{id}-dot-{number}\"{bare}><title>dot {number}, session {session}, tool {tool}: {} mm wide, {} mm \
             deep</title></circle>",
            decimal(*diameter_mm, 3),
            decimal(*depth_mm, 3),
        );
    }
    text.truncate(text.trim_end().len());
    text
}

fn strokes(dots: &[Dot], shown: &[Shown]) -> String {
    let width = |&(dot, _): &Shown| (dots[dot].diameter_mm * WIDTHS_PER_MM).round() as u32;
    let mut by_width = shown.to_vec();
    by_width.sort_by_key(width);
    let chunks = by_width.chunk_by(|a, b| width(a) == width(b)).flat_map(|alike| alike.chunks(DOTS_PER_PATH));
    let paths: Vec<String> = chunks
        .map(|chunk| {
            let places = chunk.iter().map(|&(_, [x, y])| format!("M{} {}h0", pen::number(x), pen::number(-y)));
            let width_mm = f64::from(width(&chunk[0])) / WIDTHS_PER_MM;
            format!("<path stroke-width=\"{}\" d=\"{}\"/>", decimal(width_mm, 3), places.collect::<String>())
        })
        .collect();
    paths.join("\n")
}
