use svg::node::element::Path;

use super::legend::grouped;
use super::marks::DotStyle;
use super::palette;
use super::pen;
use super::scene::{DotClass, DotKind, Part};
use super::sheet::{Compared, Sheet, SheetInput, SheetOptions, sheet_of};
use super::unwrap::Unwrap;
use crate::error::Result;
use crate::plan::{Difference, Dot, Plan, position};

/// Draws what became of a plan's dots in another one, on the sheet of the latter: its own dots by what happened to them,
/// removed ones where they were, moved ones with a line from where they were.
///
/// # Errors
/// As [`sheet`](super::sheet).
pub fn difference_sheet(before: &Plan, input: &SheetInput<'_>, difference: &Difference) -> Result<Sheet> {
    let after = input.plan;
    let removed: Vec<&Dot> = difference.removed.iter().filter_map(|&id| before.dot(id)).collect();
    // Ids must rise; removed dots take those behind the last.
    let first = after.dots.last().map_or(0, |dot| dot.id.saturating_add(1));
    let gone = (first..).zip(&removed).map(|(id, dot)| Dot { id, ..(*dot).clone() });
    let plan = Plan { dots: after.dots.iter().cloned().chain(gone).collect(), blocks: Vec::new(), ..after.clone() };

    let index = |id: &u32| position(&after.dots, *id);
    let pairs = |keep: &dyn Fn(&crate::plan::Pair) -> bool| -> Vec<usize> {
        difference.pairs.iter().filter(|pair| keep(pair)).filter_map(|pair| index(&pair.after)).collect()
    };
    let classes = [
        ("same", "same", palette::EXISTING, pairs(&|pair| pair.is_same())),
        (
            "changed",
            "depth, width, session, setup or tool changed",
            palette::session(5),
            pairs(&|pair| !pair.is_same() && pair.is_at_same_place()),
        ),
        ("moved", "moved", palette::session(3), pairs(&|pair| !pair.is_at_same_place())),
        ("added", "added", palette::session(1), difference.added.iter().filter_map(index).collect()),
        ("removed", "removed", palette::NOT_REACHED, (after.dots.len()..plan.dots.len()).collect()),
    ];
    let classes =
        classes.into_iter().filter(|(_, _, _, dots)| !dots.is_empty()).map(|(id, label, colour, dots)| DotClass {
            id: id.to_owned(),
            label: label.to_owned(),
            colour,
            kind: DotKind::Reached,
            parts: vec![Part { label: None, dots }],
        });
    let moves = |unwrap: &Unwrap| {
        let moved = difference.pairs.iter().filter(|pair| !pair.is_at_same_place());
        let line = |pair: &crate::plan::Pair| {
            let ends = [before.dot(pair.before)?, after.dot(pair.after)?];
            Some(pen::polyline(ends.map(|dot| unwrap.place(&dot.position_mm.into())), false))
        };
        let data: String = moved.filter_map(line).collect();
        pen::layer("unwrap-moves", "moves")
            .set("fill", "none")
            .set("stroke", palette::session(3))
            .set("stroke-width", 0.1)
            .add(Path::new().set("d", data))
    };
    let moved = difference.pairs.iter().filter(|pair| !pair.is_at_same_place()).count();
    let headline = [
        (before.dots.len(), "dots before"),
        (after.dots.len(), "dots after"),
        (difference.pairs.len() - moved, "in their places"),
        (moved, "moved"),
        (difference.added.len(), "added"),
        (removed.len(), "removed"),
    ];
    let headline = headline.map(|(count, what)| format!("{} {what}", grouped(count))).join("  ·  ");
    let options = SheetOptions { dots: DotStyle::Named, ..SheetOptions::default() };
    let compared = Compared { classes: classes.collect(), headline };
    sheet_of(&SheetInput { plan: &plan, ..*input }, options, Some(compared), &moves)
}
