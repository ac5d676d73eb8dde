use std::fmt::Write;

use svg::Document;
use svg::node::element::{Circle, Group, Rectangle, Text};

use super::grid::{Cell, Grid};
use crate::geometry::decimal;

/// The key is drawn that much larger than life.
const ENLARGED: f64 = 5.0;
/// Margins around the dots: left with the dwells, top with the depths, mm on paper.
const MARGIN_MM: [f64; 2] = [34.0, 26.0];

/// A drawing of the patch, five times as large as life, that tells which dot was made how; and the patch in its true size.
pub fn key(grid: &Grid, name: &str, tool_text: impl Fn(u32) -> String) -> String {
    let radius_mm = grid.radius_mm();
    let size_mm = 2.0 * radius_mm * ENLARGED;
    let [left, top] = MARGIN_MM;
    let true_size = 2.0 * radius_mm + 8.0;
    let (width, height) = (left + size_mm + true_size + 6.0, top + size_mm + 12.0);
    let onto = |[x, y]: [f64; 2]| [left + (x + radius_mm) * ENLARGED, top + (radius_mm - y) * ENLARGED];
    let text = |x: f64, y: f64, size: f64, content: &str| {
        Text::new(content).set("x", decimal(x, 2)).set("y", decimal(y, 2)).set("font-size", decimal(size, 2))
    };
    let circle = |[x, y]: [f64; 2], radius: f64| {
        Circle::new().set("cx", decimal(x, 3)).set("cy", decimal(y, 3)).set("r", decimal(radius, 3))
    };
    let dots = grid.dots();
    let mut large = Group::new().set("id", "key");
    let mut small = Group::new().set("id", "true-size");
    let corner = [left + size_mm + 4.0 + radius_mm, top + radius_mm];
    let step = grid.step_mm() * ENLARGED;
    let mut labelled = String::new();
    for dot in &dots {
        let at = onto(dot.place_mm);
        small = small.add(circle([corner[0] + dot.place_mm[0], corner[1] - dot.place_mm[1]], 0.125));
        let Some(cell) = &dot.cell else {
            large = large.add(circle(at, 1.1)).add(text(at[0] - 13.0, at[1] + 1.0, 3.0, "mark").set("fill", "#666"));
            continue;
        };
        large = large.add(circle(at, 0.125 * ENLARGED));
        if cell.label != labelled {
            labelled.clone_from(&cell.label);
            let name = cell.label.rsplit(':').next().unwrap_or_default();
            large = large.add(text(at[0] - 0.5, at[1] - 1.6, 2.6, name).set("fill", "#06c"));
        }
    }
    let first = onto(dots.get(1).map_or([0.0, 0.0], |dot| dot.place_mm));
    for (column, depth_mm) in grid.depths_mm.iter().enumerate() {
        large = large.add(text(first[0] + column as f64 * step - 1.0, first[1] - 6.0, 3.2, &format!("{depth_mm} mm")));
    }
    let rows = grid.tools.iter().flat_map(|&tool| grid.dwells_s.iter().map(move |&dwell_s| (tool, dwell_s)));
    for (row, (tool, dwell_s)) in rows.enumerate() {
        let y = first[1] + row as f64 * step;
        large = large.add(text(2.0, y + 3.0, 3.2, &format!("{dwell_s} s")));
        if row % grid.dwells_s.len() == 0 && grid.tools.len() > 1 {
            large =
                large.add(text(2.0, y - 2.0, 2.8, &format!("tool {tool}: {}", tool_text(tool))).set("fill", "#06c"));
        }
    }
    // Scale bars below both.
    let bar = |x: f64, y: f64, length_mm: f64| {
        let bar = Rectangle::new().set("width", length_mm).set("height", 0.4).set("fill", "#666");
        let bar = bar.set("x", decimal(x, 2)).set("y", decimal(y, 2));
        Group::new().add(bar).add(text(x, y + 3.4, 2.8, "10 mm").set("fill", "#666"))
    };
    large = large.add(bar(left, top + size_mm + 6.0, 10.0 * ENLARGED));
    small = small.add(bar(corner[0] - radius_mm, corner[1] + radius_mm + 4.0, 10.0));
    let headline =
        format!("{name}: columns are depths, rows are times in the skin; 5 : 1, and in true size at the right");
    Document::new()
        .set("width", format!("{}mm", decimal(width, 2)))
        .set("height", format!("{}mm", decimal(height, 2)))
        .set("viewBox", format!("0 0 {} {}", decimal(width, 2), decimal(height, 2)))
        .set("font-family", "sans-serif")
        .add(Rectangle::new().set("width", "100%").set("height", "100%").set("fill", "#fff"))
        .add(text(2.0, 7.0, 4.2, "Patch test"))
        .add(text(2.0, 13.0, 2.8, &headline))
        .add(large)
        .add(small)
        .to_string()
}

/// The same as a table: a row a dot, to be completed with `diameter_mm`.
pub fn key_table(cells: &[Option<Cell>]) -> String {
    let mut text = "dot_id,cell,depth_mm,dwell_s,tool\n".to_owned();
    for (id, cell) in cells.iter().enumerate() {
        if let Some(Cell { label, depth_mm, dwell_s, tool }) = cell {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{id},{label},{depth_mm},{dwell_s},{tool}");
        }
    }
    text
}
