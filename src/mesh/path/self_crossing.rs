use super::SurfaceLoop;
use crate::error::Error;
use crate::geometry::{Point, Vector};
use crate::mesh::TriMesh;

/// A lobe with less than this share of a circle's area for its length is a way there and back.
const FLAT: f64 = 0.03;
/// Two lobes are laps of one way when they are this close together on average, in parts of the root of the smaller
/// one's area.
const LAPS: f64 = 0.1;
/// Places of a lobe that are compared with the other.
const SAMPLES: usize = 50;

const EXPECTED: &str = "a loop that neither crosses nor touches itself";
const REMEDY: &str = "move or delete the points around these segments (segment i starts at point i, counted from 0)";

/// The error for a line that crosses itself, with the numbers of the segments.
pub(in crate::mesh) fn self_crossing(a: u32, b: u32) -> Error {
    let (first, second) = (a.min(b), a.max(b));
    Error::input(format!("a line that crosses itself: segment {first} meets segment {second}"))
        .expected(EXPECTED)
        .remedy(REMEDY)
}

/// The same with the place, and with what the line does: the steps `low` and `high` part it into two lobes.
pub(super) fn described(line: &SurfaceLoop, mesh: &TriMesh, low: usize, high: usize) -> Error {
    let points = line.positions(mesh);
    let inner = Lobe(points[low + 1..=high].to_vec());
    let outer = Lobe([&points[high + 1..], &points[..=low]].concat());
    let [first, second] = {
        let [a, b] = [line.segments[low], line.segments[high]];
        [a.min(b), a.max(b)]
    };
    let at = points[high];
    let meet = format!("segment {first} meets segment {second} at ({:.1}, {:.1}, {:.1})", at.x, at.y, at.z);
    let error = |found: String, remedy: &str| Error::input(found).expected(EXPECTED).remedy(remedy);
    match (inner.is_flat(), outer.is_flat()) {
        (true, true) => runs_back(&meet),
        (true, false) | (false, true) => {
            let there_and_back = if inner.is_flat() { &inner } else { &outer };
            let length_mm = 0.5 * there_and_back.length_mm();
            error(format!("a line that runs {length_mm:.0} mm out and back over itself: {meet}"), REMEDY)
        }
        (false, false) => {
            let (apart_mm, scale_mm) = (inner.distance_mm(&outer), inner.area().norm().min(outer.area().norm()).sqrt());
            let lengths = format!("{:.0} and {:.0} mm", inner.length_mm(), outer.length_mm());
            if inner.area().dot(&outer.area()) > 0.0 && apart_mm < LAPS * scale_mm {
                let found =
                    format!("a line that winds round twice, in laps of {lengths}, {apart_mm:.1} mm apart: {meet}");
                error(found, "delete the points of one lap")
            } else {
                error(format!("a line that crosses itself: {meet}, with loops of {lengths} on either side"), REMEDY)
            }
        }
    }
}

/// The error for a line that encloses nothing.
pub(super) fn runs_back(meet: &str) -> Error {
    Error::input(format!("a line that runs back over itself and encloses nothing: {meet}"))
        .expected("a loop around a piece of skin")
        .remedy("draw the line around the region")
}

/// Whether a part of a line encloses next to nothing for its length.
pub(super) fn is_there_and_back(way: &[Point]) -> bool {
    Lobe(way.to_vec()).is_flat()
}

/// A closed part of a line.
struct Lobe(Vec<Point>);

impl Lobe {
    fn sides(&self) -> impl Iterator<Item = [Point; 2]> {
        (0..self.0.len()).map(|i| [self.0[i], self.0[(i + 1) % self.0.len()]])
    }

    fn length_mm(&self) -> f64 {
        self.sides().map(|[a, b]| (b - a).norm()).sum()
    }

    /// Vector area, mm²: along the axis round which the lobe runs.
    fn area(&self) -> Vector {
        let Some(origin) = self.0.first() else { return Vector::zeros() };
        self.sides().map(|[a, b]| (a - origin).cross(&(b - origin)) * 0.5).sum()
    }

    fn is_flat(&self) -> bool {
        let length_mm = self.length_mm();
        self.area().norm() * 4.0 * std::f64::consts::PI < FLAT * length_mm * length_mm
    }

    /// Mean distance of this lobe's points from the other, mm.
    fn distance_mm(&self, other: &Self) -> f64 {
        let step = self.0.len().div_ceil(SAMPLES).max(1);
        let to_other = |p: &Point| other.sides().map(|[a, b]| segment_distance(p, a, b)).fold(f64::INFINITY, f64::min);
        let distances: Vec<f64> = self.0.iter().step_by(step).map(to_other).collect();
        distances.iter().sum::<f64>() / distances.len().max(1) as f64
    }
}

fn segment_distance(point: &Point, a: Point, b: Point) -> f64 {
    let along = b - a;
    let length2 = along.norm_squared();
    let share = if length2 > 0.0 { ((point - a).dot(&along) / length2).clamp(0.0, 1.0) } else { 0.0 };
    (a + along * share - point).norm()
}
