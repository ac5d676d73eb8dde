//! Judges programs by brute force, with code of its own throughout: a reader of G-code, forward kinematics by products of
//! isometries, distances to triangles through a plain tree of boxes. Of the planner it shares only the formats.

use std::collections::BTreeSet;
use std::path::Path;

use nalgebra::{Isometry3, Point3, Translation3, Unit, UnitQuaternion, Vector3};
use serde_json::Value;

type P = Point3<f64>;
type V = Vector3<f64>;

/// Step along the ways of programs, mm.
pub(super) const STEP_MM: f64 = 0.2;
/// Height by length of a triangle that counts as a line.
const SLIVER: f64 = 1e-7;
/// Places with more room than this beyond the clearance need not be told from each other, mm.
const AMPLE_MM: f64 = 0.1;
/// Pieces in which the length of a leg is measured.
const MEASURED: u32 = 32;
/// Least step along the needle's axis, mm.
const AXIS_STEP_MM: f64 = 0.02;
/// A move that comes this much nearer than it may is not looked at any further, mm.
const CERTAIN_MM: f64 = 0.1;

/// Triangles in a tree of boxes, each node halved at the median of the centres along its longest side.
pub(super) struct Solid {
    triangles: Vec<[P; 3]>,
    nodes: Vec<Node>,
}

struct Node {
    low: P,
    high: P,
    /// A range of triangles; a node with children has an empty one.
    leaf: [usize; 2],
    children: [usize; 2],
}

impl Solid {
    pub(super) fn new(triangles: Vec<[P; 3]>) -> Self {
        let mut solid = Self { nodes: Vec::new(), triangles };
        let count = solid.triangles.len();
        solid.grow(0, count);
        solid
    }

    fn grow(&mut self, from: usize, to: usize) -> usize {
        let part = &mut self.triangles[from..to];
        let (mut low, mut high) = (P::from(V::repeat(f64::MAX)), P::from(V::repeat(f64::MIN)));
        for corner in part.iter().flatten() {
            (low, high) = (low.inf(corner), high.sup(corner));
        }
        let own = self.nodes.len();
        if to - from <= 8 {
            self.nodes.push(Node { low, high, leaf: [from, to], children: [0; 2] });
            return own;
        }
        let side = (high - low).imax();
        let middle = part.len() / 2;
        let sum = |t: &[P; 3]| t[0][side] + t[1][side] + t[2][side];
        part.select_nth_unstable_by(middle, |a, b| sum(a).total_cmp(&sum(b)));
        self.nodes.push(Node { low, high, leaf: [0; 2], children: [0; 2] });
        let children = [self.grow(from, from + middle), self.grow(from + middle, to)];
        self.nodes[own].children = children;
        own
    }

    /// Distance of a place from the nearest triangle, mm.
    pub(super) fn distance(&self, place: &P) -> f64 {
        let mut nearest = f64::MAX;
        let mut open = vec![(self.nodes[0].distance(place), 0)];
        while let Some((least, node)) = open.pop() {
            if least >= nearest {
                continue;
            }
            let Node { leaf: [from, to], children: [a, b], .. } = self.nodes[node];
            if from < to {
                nearest = self.triangles[from..to].iter().map(|t| to_triangle(place, t)).fold(nearest, f64::min);
                continue;
            }
            let (a, b) = ((self.nodes[a].distance(place), a), (self.nodes[b].distance(place), b));
            open.extend(if a.0 < b.0 { [b, a] } else { [a, b] });
        }
        nearest
    }
}

impl Node {
    fn distance(&self, place: &P) -> f64 {
        (place - place.coords.sup(&self.low.coords).inf(&self.high.coords)).coords.norm()
    }
}

/// Above the inside of the triangle the distance to its plane, else that to the nearest of its sides. What is nearly a line
/// has no plane to speak of, and its inside is no farther than its sides.
fn to_triangle(place: &P, [a, b, c]: &[P; 3]) -> f64 {
    let normal = (b - a).cross(&(c - a));
    let sides = [(a, b), (b, c), (c, a)];
    let within = sides.iter().all(|(p, q)| (*q - *p).cross(&(place - *p)).dot(&normal) >= 0.0);
    let longest2 = sides.iter().map(|(p, q)| (*q - *p).norm_squared()).fold(0.0, f64::max);
    if within && normal.norm() > SLIVER * longest2 {
        return (place - a).dot(&normal).abs() / normal.norm();
    }
    let to_side = |(p, q): (&P, &P)| {
        let along = q - p;
        let share = if along.norm_squared() > 0.0 { (place - p).dot(&along) / along.norm_squared() } else { 0.0 };
        (place - (p + along * share.clamp(0.0, 1.0))).norm()
    };
    sides.into_iter().map(to_side).fold(f64::MAX, f64::min)
}

/// A rig as its profile describes it.
pub(super) struct Machine {
    letters: Vec<char>,
    signs: Vec<f64>,
    zeros: Vec<f64>,
    centres: Vec<V>,
    /// Rotary axes: that nearer to the head and the farther one, and whether they turn the head rest.
    rotary: Option<[(usize, bool); 2]>,
    plunge: Option<usize>,
    pivot_mm: f64,
    pub(super) clearance_mm: f64,
    pub(super) radius_mm: f64,
    pub(super) holder_mm: [f64; 2],
    /// Radius and end of the body behind the holder.
    body_mm: Option<[f64; 2]>,
}

impl Machine {
    pub(super) fn new(rig: &Value) -> Self {
        let axes = rig["axes"].as_array().unwrap();
        let number = |value: &Value, default: f64| value.as_f64().unwrap_or(default);
        let centre = |axis: &Value| V::from_fn(|i, _| number(&axis["centre_mm"][i], 0.0));
        let near = match rig["kinematics"].as_str().unwrap() {
            "xyz" => None,
            "xyz-ab" => Some(3),
            "xyz-bc" | "xyz-ac" => Some(4),
            other => panic!("{other}"),
        };
        let in_rest = match rig["rotaries"].as_str().unwrap_or("head-head") {
            "head-head" => [false, false],
            "head-table" => [true, false],
            "table-table" => [true, true],
            other => panic!("{other}"),
        };
        Self {
            letters: axes.iter().map(|axis| axis["letter"].as_str().unwrap().chars().next().unwrap()).collect(),
            signs: axes.iter().map(|axis| if axis["direction"] == "negative" { -1.0 } else { 1.0 }).collect(),
            zeros: axes.iter().map(|axis| number(&axis["zero"], 0.0)).collect(),
            centres: axes.iter().map(centre).collect(),
            rotary: near.map(|near| [(near, in_rest[0]), (7 - near, in_rest[1])]),
            plunge: (rig["drive"]["kind"] == "plunge").then(|| axes.len() - 1),
            pivot_mm: number(&rig["pivot_to_tip_mm"], 0.0),
            clearance_mm: number(&rig["clearance_mm"], f64::NAN),
            radius_mm: number(&rig["holder"]["radius_mm"], f64::NAN),
            holder_mm: ["from_tip_mm", "to_tip_mm"].map(|key| number(&rig["holder"][key], f64::NAN)),
            body_mm: rig["holder"]["body"]
                .is_object()
                .then(|| ["radius_mm", "to_tip_mm"].map(|key| number(&rig["holder"]["body"][key], f64::NAN))),
        }
    }

    /// Frame of the needle as seen from the head rest: its tip at the origin, its other end up z.
    pub(super) fn needle(&self, joints: &[f64]) -> Isometry3<f64> {
        let at = |axis: usize| (joints[axis] - self.zeros[axis]) * self.signs[axis];
        let carriage = Isometry3::translation(at(0), at(1), at(2));
        let out = Isometry3::translation(0.0, 0.0, -self.plunge.map_or(0.0, at));
        let Some([(near, near_in_rest), (far, far_in_rest)]) = self.rotary else { return carriage * out };
        let turn = |axis: usize, in_rest: bool| {
            let along = match self.letters[axis] {
                'A' => V::x_axis(),
                'B' => V::y_axis(),
                _ => V::z_axis(),
            };
            let pivot_mm = if in_rest { 0.0 } else { self.pivot_mm };
            let centre = Translation3::from(self.centres[axis] + V::z() * pivot_mm);
            centre
                * UnitQuaternion::from_axis_angle(&Unit::new_normalize(*along), at(axis).to_radians())
                * centre.inverse()
        };
        let (near, far) = (turn(near, near_in_rest), turn(far, far_in_rest));
        match [near_in_rest, far_in_rest] {
            [false, _] => carriage * near * far * out,
            [true, false] => near * carriage * far * out,
            [true, true] => near * far * carriage * out,
        }
    }

    /// Index of an axis by its letter.
    fn axis(&self, letter: char) -> Option<usize> {
        self.letters.iter().position(|other| *other == letter)
    }
}

/// One move of a program with all axes known, from the joints before it to those after it.
pub(super) struct Move {
    pub(super) line: usize,
    pub(super) from: Vec<f64>,
    pub(super) to: Vec<f64>,
    /// Down to a dot, or back up from it.
    pub(super) is_stroke: bool,
}

/// All moves of a program; what comes before every axis was named once is left out. `strikes` are the lines, from 1, whose moves
/// end in the skin: those and the moves after them are strokes.
pub(super) fn moves(text: &str, machine: &Machine, strikes: &BTreeSet<usize>) -> Vec<Move> {
    let mut at: Vec<Option<f64>> = vec![None; machine.letters.len()];
    let mut moves = Vec::new();
    let mut in_skin = false;
    for (line, text) in (1..).zip(text.lines()) {
        let words = words(text);
        // A dwell's P, an output's S and the like are not places; a line with one of these commands moves nothing.
        let rests =
            words.iter().any(|&(letter, number)| letter == 'M' || letter == 'G' && [4.0, 10.0].contains(&number));
        let named: Vec<(usize, f64)> = if rests {
            Vec::new()
        } else {
            words.iter().filter_map(|&(letter, number)| Some((machine.axis(letter)?, number))).collect()
        };
        if named.is_empty() {
            continue;
        }
        let from: Option<Vec<f64>> = at.iter().copied().collect();
        for (axis, number) in named {
            at[axis] = Some(number);
        }
        let to: Option<Vec<f64>> = at.iter().copied().collect();
        let strikes_here = strikes.contains(&line);
        if let (Some(from), Some(to)) = (from, to) {
            moves.push(Move { line, from, to, is_stroke: strikes_here || in_skin });
        }
        in_skin = strikes_here;
    }
    moves
}

/// Letters and numbers of a line; none of a comment or of a line that begins with a name.
pub(super) fn words(line: &str) -> Vec<(char, f64)> {
    let code = line.split([';', '(']).next().unwrap();
    if code.starts_with("SET_") || code.starts_with("MANUAL_") || code.starts_with("PAUSE") {
        return Vec::new();
    }
    let starts: Vec<usize> = code.match_indices(|c: char| c.is_ascii_uppercase()).map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([code.len()]);
    let word = |(&start, end): (&usize, usize)| {
        (code.as_bytes()[start] as char, code[start + 1..end].trim().parse().unwrap_or(f64::NAN))
    };
    starts.iter().zip(ends).map(word).collect()
}

/// What was found along the moves of a program.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    /// Places that were looked at.
    pub(super) looks: usize,
    /// Least room beyond the clearance, mm.
    pub(super) least_mm: f64,
    /// Where a move comes too near: line and by how much, or from `CERTAIN_MM` by how much at least, mm.
    pub(super) near: Vec<(usize, f64)>,
}

/// Looks in steps along the moves whether needle and holder keep the clearance to the scan in its own frame.
///
/// The needle is exempt in strokes, the holder never. Unless `all` is set, places are passed over to which no part of the tool
/// has gone as far as the place looked at last had room, but for a tenth of a millimetre.
pub(super) fn look(
    moves: &[Move],
    machine: &Machine,
    scan: &Solid,
    rig_to_scan: &Isometry3<f64>,
    (step_mm, all): (f64, bool),
) -> Found {
    let mut found = Found { least_mm: f64::MAX, ..Found::default() };
    let needle = |a: &Move, share: f64| {
        let joints: Vec<f64> = a.from.iter().zip(&a.to).map(|(from, to)| from + (to - from) * share).collect();
        rig_to_scan * machine.needle(&joints)
    };
    for a in moves {
        let frames: Vec<_> = (0..=MEASURED).map(|k| needle(a, f64::from(k) / f64::from(MEASURED))).collect();
        let way_mm: f64 = frames.windows(2).map(|pair| apart_mm(machine, &pair[0], &pair[1])).sum();
        let steps = (way_mm / step_mm).ceil().max(1.0) as u32;
        let mut last: Option<(Isometry3<f64>, f64)> = None;
        let mut worst = f64::MAX;
        for step in 0..=steps {
            let here = needle(a, f64::from(step) / f64::from(steps));
            if !all
                && last.as_ref().is_some_and(|(frame, room_mm)| apart_mm(machine, frame, &here) < *room_mm - AMPLE_MM)
            {
                continue;
            }
            let room_mm = room_mm(machine, scan, &here, a.is_stroke);
            found.looks += 1;
            worst = worst.min(room_mm);
            last = Some((here, room_mm));
            if worst < -CERTAIN_MM {
                break;
            }
        }
        found.least_mm = found.least_mm.min(worst);
        if worst < 0.0 {
            found.near.push((a.line, -worst));
        }
    }
    found
}

/// Farthest way of a part of the tool between two frames, mm: that of one of its ends.
fn apart_mm(machine: &Machine, a: &Isometry3<f64>, b: &Isometry3<f64>) -> f64 {
    let top = machine.body_mm.map_or(machine.holder_mm[1], |[_, end]| end);
    let way = |height_mm: f64| ((a * P::new(0.0, 0.0, height_mm)) - (b * P::new(0.0, 0.0, height_mm))).norm();
    way(0.0).max(way(top))
}

/// Least room of the tool beyond the clearance, mm. Goes up the needle's axis in steps that are no longer than there is
/// room, as no distance changes by more than the way.
fn room_mm(machine: &Machine, scan: &Solid, frame: &Isometry3<f64>, is_stroke: bool) -> f64 {
    let [bottom, top] = machine.holder_mm;
    let needle = (0.0, bottom, machine.clearance_mm);
    let holder = (bottom, top, machine.clearance_mm + machine.radius_mm);
    let mut least = f64::MAX;
    let body = machine.body_mm.map(|[radius, end]| (top, end, machine.clearance_mm + radius));
    for (from, to, due_mm) in [needle, holder].into_iter().skip(usize::from(is_stroke)).chain(body) {
        let mut height_mm = from;
        loop {
            let room = scan.distance(&(frame * P::new(0.0, 0.0, height_mm))) - due_mm;
            least = least.min(room);
            if least < -CERTAIN_MM {
                return least;
            }
            if height_mm >= to {
                break;
            }
            height_mm = (height_mm + room.max(AXIS_STEP_MM)).min(to);
        }
    }
    least
}

/// Mean and largest of the greatest distances of the tip from the scan on the ways from a dot to the next one, mm.
pub(super) fn heights_mm(moves: &[Move], machine: &Machine, scan: &Solid, rig_to_scan: &Isometry3<f64>) -> [f64; 2] {
    let tip_mm = |joints: &[f64]| scan.distance(&(rig_to_scan * machine.needle(joints) * P::origin()));
    let strokes: Vec<usize> = (0..moves.len()).filter(|&i| moves[i].is_stroke).collect();
    let highest = |pair: &[usize]| {
        let way = &moves[pair[0] + 1..pair[1]];
        way.iter().flat_map(|a| [&a.from, &a.to]).map(|joints| tip_mm(joints)).fold(0.0, f64::max)
    };
    let all: Vec<f64> = strokes.windows(2).filter(|pair| pair[1] > pair[0] + 1).map(highest).collect();
    [all.iter().sum::<f64>() / all.len() as f64, all.iter().copied().fold(0.0, f64::max)]
}

/// Lines, from 1, of a program's map that strike.
pub(super) fn strikes(map: &Path) -> BTreeSet<usize> {
    let text = std::fs::read_to_string(map).unwrap();
    text.lines().skip(1).map(|row| row.split(',').next().unwrap().parse().unwrap()).collect()
}
