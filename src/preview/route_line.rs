//! The visiting order as a line on the unwrap.

use svg::node::element::{Group, Path};

use super::palette;
use super::pen;
use super::unwrap::Unwrap;
use crate::plan::{Block, Plan};

/// Steps of the colour ramp from the first dot of a block to the last.
const RAMP: usize = 12;
/// A leg longer than this many mean legs of its block is travel.
const TRAVEL_LEGS: f64 = 6.0;

/// A layer with a layer for each block: its order as lines from dark to pale, and travel in grey.
pub(super) fn draw(plan: &Plan, unwrap: &Unwrap) -> Group {
    let route = pen::layer("unwrap-route", "route")
        .set("fill", "none")
        .set("stroke-width", 0.1)
        .set("stroke-linejoin", "round")
        .set("opacity", 0.5);
    plan.blocks.iter().enumerate().fold(route, |route, (index, block)| route.add(line(plan, unwrap, index, block)))
}

fn line(plan: &Plan, unwrap: &Unwrap, index: usize, block: &Block) -> Group {
    let places: Vec<_> = block.dots.iter().filter_map(|&id| Some(plan.dot(id)?.position_mm.into())).collect();
    let legs = places.len().saturating_sub(1);
    let length = |k: usize| nalgebra::distance(&places[k], &places[k + 1]);
    let mean = (0..legs).map(length).sum::<f64>() / legs.max(1) as f64;
    let on_map: Vec<[f64; 2]> = places.iter().map(|place| unwrap.place(place)).collect();
    let far = |k: usize| length(k) > TRAVEL_LEGS * mean;

    let label = format!("session {}, setup {}, tool {}", block.session, block.setup, block.tool);
    let layer = pen::layer(&format!("unwrap-route-{index}"), &label);
    let steps: Vec<usize> = (0..legs).filter(|&k| !far(k)).collect();
    let layer = steps.chunk_by(|&a, &b| a * RAMP / legs == b * RAMP / legs).fold(layer, |layer, step| {
        let runs = step.chunk_by(|&a, &b| a + 1 == b);
        let data: Vec<String> =
            runs.map(|run| pen::polyline(on_map[run[0]..=run[run.len() - 1] + 1].iter().copied(), false)).collect();
        let share = (step[0] * RAMP / legs) as f64 / (RAMP - 1) as f64;
        layer.add(Path::new().set("stroke", palette::order(share)).set("d", data.concat()))
    });
    let travel: Vec<String> =
        (0..legs).filter(|&k| far(k)).map(|k| pen::polyline([on_map[k], on_map[k + 1]], false)).collect();
    if travel.is_empty() {
        return layer;
    }
    layer.add(Path::new().set("stroke", palette::TRAVEL).set("stroke-dasharray", "1.5 1").set("d", travel.concat()))
}
