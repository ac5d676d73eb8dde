//! One drawing of the scene: region, keep-outs, dots, landmarks.

use rayon::prelude::*;
use svg::node::element::{Group, Path};

use super::marks::Shown;
use super::palette;
use super::pen;
use super::relief::Window;
use super::scene::{Chart, Scene, Spot, shown_runs};
use crate::schedule::HaltKind;

/// The dots that the drawing shows, a layer for each class, in it one for each of its parts.
pub(super) fn dots(id: &str, chart: &dyn Chart, scene: &Scene<'_>) -> Group {
    let Scene { dots, classes, style, scale, .. } = scene;
    let shown = |part: &[usize]| -> Vec<Shown> {
        let seen = |&dot: &usize| {
            let position = dots[dot].position_mm.into();
            chart.sees(&position, &dots[dot].normal.into()).then(|| (dot, chart.place(&position)))
        };
        part.par_iter().filter_map(seen).collect()
    };
    let layers = classes.iter().map(|class| {
        let layer = pen::layer(&format!("{id}-{}", class.id), &class.label)
            .set("fill", class.colour)
            .set("stroke", class.colour);
        class.parts.iter().fold(layer, |layer, part| {
            let fill = |group: Group| style.fill(group, id, dots, &shown(&part.dots), scale.as_ref());
            match &part.label {
                Some(label) => {
                    let own = format!("{id}-{}-{}", class.id, label.replace(' ', "-"));
                    layer.add(fill(pen::layer(&own, label)))
                }
                None => fill(layer),
            }
        })
    });
    layers.fold(style.dress(pen::layer(&format!("{id}-dots"), "dots")), Group::add)
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

/// The visible fiducials of the registration with their numbers, as on the client's head.
pub(super) fn fiducials(id: &str, chart: &dyn Chart, scene: &Scene<'_>) -> Group {
    let layer = pen::layer(&format!("{id}-fiducials"), "fiducials")
        .set("fill", "none")
        .set("stroke", palette::EDGE)
        .set("stroke-width", 0.3);
    let seen = scene.fiducials.iter().enumerate().filter(|(_, (point, normal))| chart.sees(point, normal));
    seen.fold(layer, |layer, (number, (point, _))| {
        let [x, y] = chart.place(point);
        let cross =
            format!("M{} {}h6M{} {}v6", pen::number(x - 3.0), pen::number(-y), pen::number(x), pen::number(-y - 3.0));
        let name = pen::label([x + 2.2, y + 1.4], 3.4, &format!("F{}", number + 1))
            .set("fill", palette::TEXT)
            .set("stroke", "none");
        layer.add(Path::new().set("d", cross + &pen::ring([x, y], 2.0))).add(name)
    })
}

/// Those findings of the plan that have a place in the drawing: rings around them, with what was seen as a tip.
pub(super) fn findings(
    id: &str,
    chart: &dyn Chart,
    scene: &Scene<'_>,
    is_shown: impl Fn(&Spot<'_>, [f64; 2]) -> bool,
) -> Group {
    let layer = pen::layer(&format!("{id}-findings"), "findings").set("fill", "none").set("stroke-width", 0.6);
    let seen = scene.findings.iter().filter(|spot| chart.sees(&spot.at.0, &spot.at.1));
    let placed = seen.map(|spot| (spot, chart.place(&spot.at.0))).filter(|(spot, place)| is_shown(spot, *place));
    placed.fold(layer, |layer, (spot, [x, y])| {
        let colour = palette::severity(spot.finding.severity);
        let code = pen::label([x + spot.radius_mm + 1.0, y], 4.0, &spot.finding.code).set("fill", colour);
        let ring = Path::new().set("stroke", colour).set("d", pen::ring([x, y], spot.radius_mm));
        layer.add(Group::new().add(pen::title(&spot.finding.message)).add(ring).add(code))
    })
}

/// Where the programs stop: at the dot before which they do.
pub(super) fn stops(id: &str, chart: &dyn Chart, scene: &Scene<'_>) -> Group {
    let layer = pen::layer(&format!("{id}-stops"), "stops")
        .set("fill", palette::STOP)
        .set("stroke", "#fff")
        .set("stroke-width", 0.2);
    scene.stops.iter().fold(layer, |layer, &(kind, dot)| {
        let [x, y] = chart.place(&scene.dots[dot].position_mm.into());
        let at = format!("M{} {}l1.3 2.4h-2.6z", pen::number(x), pen::number(-y));
        let text = format!("{} before dot {}: {}", HaltKind::name(kind), scene.dots[dot].id, kind.instruction());
        layer.add(Group::new().add(pen::title(&text)).add(Path::new().set("d", at)))
    })
}
