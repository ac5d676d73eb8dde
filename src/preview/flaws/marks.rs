use std::collections::BTreeSet;
use std::f64::consts::TAU;

use svg::node::element::{Group, Path};

use super::{FlawMark, STEP_MM, holds, thinned};
use crate::geometry::{Point, Vector};
use crate::mesh::{SurfaceIndex, TriMesh};
use crate::preview::palette;
use crate::preview::pen;
use crate::preview::relief::Window;
use crate::preview::scene::{Chart, Placed, shown_runs};
use crate::preview::view::Eye;

/// At most so many places of a flaw are looked for in a view.
const LOOKED_FOR: usize = 600;
/// Places of one flaw are drawn as one when they fall into the same square of this edge, mm.
const CELL_MM: f64 = 1.4;
/// Numbers keep off the places of flaws, which are asked once in each square of this edge, mm.
const CLEAR_MM: f64 = 4.0;
/// Radius of the mark of a place, mm.
const SPOT_MM: f64 = 0.75;
/// Radius of the disc with the number, mm.
pub(super) const BADGE_MM: f64 = 4.3;
/// Distances from a flaw at which its number is tried, mm, and directions.
const LEADERS_MM: [f64; 7] = [9.0, 13.0, 18.0, 24.0, 31.0, 39.0, 48.0];
const DIRECTIONS: u32 = 24;
/// Size of a landmark's name, mm, and the width of its letters as a share of that.
const NAME_MM: f64 = 4.6;
const LETTER: f64 = 0.55;

/// What one view shows: what the eye sees in its window, not below its floor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) eye: &'a Eye<'a>,
    pub(super) window: Window,
    pub(super) floor_mm: f64,
}

impl Chart for Sight<'_> {
    fn place(&self, point: &Point) -> [f64; 2] {
        self.eye.place(point)
    }

    fn sees(&self, point: &Point, normal: &Vector) -> bool {
        holds(&self.window, self.eye.place(point), 1.0)
            && self.eye.frame.point(point).z >= self.floor_mm
            && self.eye.sees(point, normal)
    }
}

/// A flaw on the surface of the scan.
pub(super) struct Drawn<'a> {
    mark: &'a FlawMark<'a>,
    places: Vec<Placed>,
    outlines: Vec<Vec<Placed>>,
}

impl<'a> Drawn<'a> {
    pub(super) fn lay(mark: &'a FlawMark<'a>, scan: &TriMesh, index: &SurfaceIndex) -> Self {
        let on_scan = |p: &Point| Some((*p, scan.normal(index.closest(p)?.at.triangle)));
        let step = mark.places.len().div_ceil(LOOKED_FOR).max(1);
        Self {
            mark,
            places: mark.places.iter().step_by(step).filter_map(on_scan).collect(),
            outlines: mark.outlines.iter().map(|line| thinned(line.iter().filter_map(on_scan))).collect(),
        }
    }
}

/// The flaws as one view shows them.
pub(super) struct Placement<'a> {
    flaws: Vec<Shown<'a>>,
    landmarks: Vec<(&'a str, [f64; 2])>,
}

struct Shown<'a> {
    mark: &'a FlawMark<'a>,
    /// Path data of what is filled and of what is only a line.
    filled: String,
    lines: String,
    anchor: [f64; 2],
    badge: [f64; 2],
    /// Places that the number must not cover.
    clear: Vec<[f64; 2]>,
}

/// A rectangle on the page that is taken: middle and half sizes, mm.
type Taken = ([f64; 2], [f64; 2]);

impl<'a> Placement<'a> {
    /// Finds what can be seen, and free places for the numbers: the nearest to each flaw, first outwards.
    pub(super) fn new(sight: &Sight<'_>, landmarks: &[(&'a str, Placed)], drawn: &[Drawn<'a>]) -> Self {
        let window = &sight.window;
        let landmarks: Vec<(&str, [f64; 2])> = (landmarks.iter())
            .filter(|(_, (point, normal))| sight.sees(point, normal))
            .map(|(name, (point, _))| (*name, sight.place(point)))
            .collect();
        let mut taken: Vec<Taken> = landmarks.iter().flat_map(|(name, place)| landmark_room(name, *place)).collect();
        let mut flaws: Vec<Shown<'a>> = drawn.iter().filter_map(|flaw| Shown::of(flaw, sight)).collect();
        taken.extend(flaws.iter().flat_map(|flaw| &flaw.clear).map(|place| (*place, [0.5; 2])));
        let middle = [0, 1].map(|k| 0.5 * (window.min[k] + window.max[k]));
        for flaw in &mut flaws {
            flaw.badge = free_place(flaw.anchor, middle, window, &taken);
            taken.push((flaw.badge, [BADGE_MM; 2]));
        }
        Self { flaws, landmarks }
    }

    /// Numbers of the flaws that are seen.
    pub(super) fn seen(&self) -> Vec<usize> {
        self.flaws.iter().map(|flaw| flaw.mark.number).collect()
    }

    pub(super) fn draw(&self, id: &str) -> Group {
        let flaws = pen::layer(&format!("{id}-flaws"), "flaws").set("stroke-linejoin", "round");
        // What matters most comes last, so that it lies on top.
        let flaws = self.flaws.iter().rev().fold(flaws, |layer, flaw| layer.add(flaw.draw()));
        let numbers = pen::layer(&format!("{id}-numbers"), "numbers").set("stroke-linecap", "round");
        let numbers = self.flaws.iter().rev().fold(numbers, |layer, flaw| layer.add(flaw.leader()));
        let numbers = self.flaws.iter().fold(numbers, |layer, flaw| layer.add(badge(flaw.badge, flaw.mark)));
        Group::new().add(flaws).add(self.names(id)).add(numbers)
    }

    fn names(&self, id: &str) -> Group {
        let layer = pen::layer(&format!("{id}-landmarks"), "landmarks");
        self.landmarks.iter().fold(layer, |layer, (name, place)| {
            let target =
                Path::new().set("d", pen::ring(*place, 1.5) + &pen::ring(*place, 0.5)).set("fill-rule", "evenodd");
            let name = pen::label([place[0] + 3.0, place[1] - 1.6], NAME_MM, &name.replace('_', " "));
            let halo = [("paint-order", "stroke"), ("stroke", "#fff")];
            let name = halo.into_iter().fold(name, |name, (key, value)| name.set(key, value));
            layer.add(target).add(name.set("stroke-width", 1).set("stroke-opacity", 0.7))
        })
    }
}

impl<'a> Shown<'a> {
    /// `None` when nothing of the flaw is seen.
    fn of(flaw: &Drawn<'a>, sight: &Sight<'_>) -> Option<Self> {
        let seen: Vec<[f64; 2]> = (flaw.places.iter())
            .filter(|(point, normal)| sight.sees(point, normal))
            .map(|(point, _)| sight.place(point))
            .collect();
        let count = seen.len() as f64;
        let mean = [0, 1].map(|k| seen.iter().map(|place| place[k]).sum::<f64>() / count);
        let away = |place: &[f64; 2]| (place[0] - mean[0]).hypot(place[1] - mean[1]);
        let anchor = *seen.iter().min_by(|a, b| away(a).total_cmp(&away(b)))?;
        let (mut filled, mut lines) = (String::new(), String::new());
        for (run, closed) in flaw.outlines.iter().flat_map(|ring| shown_runs(sight, ring)) {
            let data = if closed && flaw.mark.is_gap { &mut filled } else { &mut lines };
            *data += &pen::polyline(run, closed);
        }
        if flaw.outlines.is_empty() {
            filled = one_a_cell(&seen, CELL_MM).map(|place| pen::ring(place, SPOT_MM)).collect();
        }
        let clear = one_a_cell(&seen, CLEAR_MM).chain([anchor]).collect();
        Some(Self { mark: flaw.mark, filled, lines, anchor, badge: anchor, clear })
    }

    fn draw(&self) -> Group {
        let colour = palette::severity(self.mark.finding.severity);
        let opacity = if self.mark.outlines.is_empty() { 0.85 } else { 0.25 };
        let width = if self.mark.outlines.is_empty() { 0.0 } else { 0.9 };
        let flaw = Group::new().set("fill", colour).set("stroke", colour).set("stroke-width", width);
        let paths = [(&self.filled, opacity), (&self.lines, 0.0)].into_iter().filter(|(data, _)| !data.is_empty());
        paths.fold(flaw, |flaw, (data, opacity)| {
            flaw.add(Path::new().set("fill-opacity", opacity).set("d", data.as_str()))
        })
    }

    fn leader(&self) -> Path {
        let colour = palette::severity(self.mark.finding.severity);
        Path::new()
            .set("d", pen::polyline([self.anchor, self.badge], false))
            .set("stroke", colour)
            .set("stroke-width", 0.45)
    }
}

/// The first place in each square of a grid.
fn one_a_cell(places: &[[f64; 2]], edge_mm: f64) -> impl Iterator<Item = [f64; 2]> {
    let mut cells = BTreeSet::new();
    places.iter().copied().filter(move |place| cells.insert(place.map(|x| (x / edge_mm).floor() as i64)))
}

/// The disc with the number.
pub(super) fn badge(place: [f64; 2], mark: &FlawMark<'_>) -> Group {
    let number = mark.number.to_string();
    let size_mm = if number.len() < 3 { 5.2 } else { 3.8 };
    let disc = Path::new()
        .set("d", pen::ring(place, BADGE_MM))
        .set("fill", palette::severity(mark.finding.severity))
        .set("stroke", "#fff")
        .set("stroke-width", 0.6);
    let text = pen::label([place[0], place[1] - 0.36 * size_mm], size_mm, &number);
    Group::new().add(disc).add(text.set("fill", "#fff").set("font-weight", 600).set("text-anchor", "middle"))
}

/// The target of a landmark and its name.
fn landmark_room(name: &str, [x, y]: [f64; 2]) -> [Taken; 2] {
    let width = NAME_MM * LETTER * name.len() as f64;
    [([x, y], [2.0; 2]), ([x + 3.0 + 0.5 * width, y], [0.5 * width + 1.0, 0.5 * NAME_MM])]
}

/// The first place in the window for a number that covers nothing; farther out from the flaw, and then turned farther
/// from the way away from the window's middle. Where all is taken, the one that covers least.
fn free_place(anchor: [f64; 2], middle: [f64; 2], window: &Window, taken: &[Taken]) -> [f64; 2] {
    let outwards = (anchor[1] - middle[1]).atan2(anchor[0] - middle[0]);
    let turns = (0..DIRECTIONS).map(|k| {
        let steps = f64::from(k.div_ceil(2)) / f64::from(DIRECTIONS);
        outwards + TAU * if k % 2 == 0 { steps } else { -steps }
    });
    let mut best = (f64::INFINITY, anchor);
    for leader in LEADERS_MM {
        for turn in turns.clone() {
            let place = [anchor[0] + leader * turn.cos(), anchor[1] + leader * turn.sin()];
            if !holds(window, place, BADGE_MM) {
                continue;
            }
            let covered = taken.iter().map(|(at, half)| {
                let over = [0, 1].map(|k| (half[k] + BADGE_MM + STEP_MM - (place[k] - at[k]).abs()).max(0.0));
                over[0] * over[1]
            });
            let covered: f64 = covered.sum();
            if covered < best.0 {
                best = (covered, place);
            }
            if covered <= 0.0 {
                return place;
            }
        }
    }
    best.1
}
