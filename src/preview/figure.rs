//! One drawing of the scene: region, keep-outs, dots, landmarks.

use rayon::prelude::*;
use svg::node::element::{Group, Path};

use super::palette;
use super::pen;
use super::relief::Window;
use super::scene::{Chart, Scene, shown_runs};

/// Width of the pale ring around each dot, mm; the full circle has the dot's true size.
const HALO_MM: f64 = 0.2;

/// The dots that the drawing shows, a layer for each class.
pub(super) fn dots(id: &str, chart: &dyn Chart, scene: &Scene<'_>) -> Group {
    let layers = scene.classes.iter().map(|class| {
        let shown: Vec<Option<[f64; 2]>> = class
            .dots
            .par_iter()
            .map(|&k| {
                let dot = &scene.dots[k];
                let position = dot.position_mm.into();
                chart.sees(&position, &dot.normal.into()).then(|| chart.place(&position))
            })
            .collect();
        let circles = class.dots.iter().zip(shown);
        let circles = circles.filter_map(|(&k, place)| Some((place?, 0.5 * scene.dots[k].diameter_mm)));
        pen::layer(&format!("{id}-{}", class.id), &class.label)
            .set("fill", class.colour)
            .set("stroke", class.colour)
            .add(pen::raw(pen::circles(circles)))
    });
    let dots = pen::layer(&format!("{id}-dots"), "dots").set("stroke-width", HALO_MM * 2.0).set("stroke-opacity", 0.35);
    layers.fold(dots, Group::add)
}

/// The visible part of the region's edges.
pub(super) fn edges(id: &str, chart: &dyn Chart, scene: &Scene<'_>) -> Group {
    let lines = scene.edges.iter().flat_map(|ring| shown_runs(chart, ring));
    let data: Vec<String> = lines.map(|(run, closed)| pen::polyline(run, closed)).collect();
    pen::layer(&format!("{id}-edge"), "edge of the region")
        .set("fill", "none")
        .set("stroke", palette::EDGE)
        .set("stroke-width", 0.5)
        .set("stroke-linejoin", "round")
        .add(Path::new().set("d", data.concat()))
}

/// The keep-outs as drawn, without their margins.
pub(super) fn keep_outs(id: &str, chart: &dyn Chart, scene: &Scene<'_>) -> Group {
    let layer = pen::layer(&format!("{id}-keep-outs"), "keep-outs")
        .set("fill", "none")
        .set("stroke", palette::EDGE)
        .set("stroke-width", 0.35);
    scene.keep_outs.iter().fold(layer, |layer, mark| {
        let runs = shown_runs(chart, &mark.ring);
        let whole = matches!(runs.as_slice(), [(_, true)]);
        let data: Vec<String> = runs.into_iter().map(|(run, closed)| pen::polyline(run, closed)).collect();
        let fill = if whole { "url(#hatch)" } else { "none" };
        if data.is_empty() {
            return layer;
        }
        layer.add(Group::new().set("fill", fill).add(pen::title(&mark.name)).add(Path::new().set("d", data.concat())))
    })
}

/// The visible landmarks with their names. Not drawn as circles: those are dots.
pub(super) fn landmarks(id: &str, chart: &dyn Chart, scene: &Scene<'_>, window: &Window) -> Group {
    let layer = pen::layer(&format!("{id}-landmarks"), "landmarks").set("fill", palette::TEXT);
    let seen = scene.landmarks.iter().filter(|(_, (point, normal))| chart.sees(point, normal));
    let shown = seen.map(|(name, (point, _))| (name, chart.place(point))).filter(|(_, place)| window.holds(*place));
    shown.fold(layer, |layer, (name, [x, y])| {
        let ring = |radius: f64| pen::ring([x, y], radius);
        let target = Path::new().set("d", ring(1.6) + &ring(0.5)).set("fill-rule", "evenodd");
        let name = pen::label([x + 3.2, y - 1.7], 5.0, &name.replace('_', " "));
        let name =
            name.set("paint-order", "stroke").set("stroke", "#fff").set("stroke-width", 1).set("stroke-opacity", 0.7);
        layer.add(target).add(name)
    })
}
