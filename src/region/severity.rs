use super::enclosure::segment_distance;
use super::region::Region;
use crate::error::Severity;
use crate::geometry::{Aabb, Point, Vector};
use crate::mesh::SurfaceIndex;
use crate::mesh::diagnosis::FlawKind;

/// Flaws up to this far from the region matter, mm: the needle's holder passes over them, and the skin they belong to is
/// the skin that is treated.
pub const NEAR_MM: f64 = 10.0;
/// Pieces up to this far from the region may keep the needle and its holder from dots, mm.
const IN_THE_WAY_MM: f64 = 20.0;

/// Where dots will be, for weighing flaws.
#[derive(Debug)]
pub struct Ground(Shape);

#[derive(Debug)]
enum Shape {
    /// A region that was built.
    Region(SurfaceIndex),
    /// Only a drawn line, because the region could not be built.
    Line(Cap),
}

/// The directions inside a closed line, as seen from its middle.
#[derive(Debug)]
struct Cap {
    line: Vec<Point>,
    ring: Vec<[f64; 2]>,
    centre: Point,
    axes: [Vector; 3],
}

impl Ground {
    /// The ground of a region.
    pub fn of_region(region: &Region) -> Self {
        Self(Shape::Region(SurfaceIndex::build(&region.mesh)))
    }

    /// About the ground inside a closed line, mm: a place counts as inside when its direction from the middle of the line
    /// is, which is right for caps. `None` for lines without a middle and an inside that differ.
    pub fn within_line(line: &[Point], inside: Point) -> Option<Self> {
        let centre = Point::from(line.iter().map(|p| p.coords).sum::<Vector>() / line.len().max(1) as f64);
        let pole = (inside - centre).try_normalize(1e-6)?;
        let across = pole.cross(&Vector::from_fn(|k, _| f64::from(u8::from(k == pole.iamin())))).try_normalize(0.0)?;
        let mut cap = Cap { line: line.to_vec(), ring: Vec::new(), centre, axes: [across, pole.cross(&across), pole] };
        cap.ring = line.iter().map(|p| cap.unfolded(p)).collect();
        Some(Self(Shape::Line(cap)))
    }

    /// Straight distance of a place from the ground, mm, 0 on it; infinite beyond 20 mm.
    pub fn distance_mm(&self, place: &Point) -> f64 {
        match &self.0 {
            Shape::Region(index) => {
                index.closest_within(place, IN_THE_WAY_MM).map_or(f64::INFINITY, |hit| hit.distance_mm)
            }
            Shape::Line(cap) => cap.distance_mm(place),
        }
    }

    /// The least distance of several places; [`f64::INFINITY`] of none and beyond 20 mm.
    pub fn least_distance_mm(&self, places: &[Point]) -> f64 {
        places.iter().map(|place| self.distance_mm(place)).fold(f64::INFINITY, f64::min)
    }

    /// Whether any of the ground comes within [`NEAR_MM`] of a box.
    pub fn is_near_box(&self, bounds: &Aabb) -> bool {
        let reach = bounds.size().norm() / 2.0 + NEAR_MM;
        match &self.0 {
            Shape::Region(index) => index.is_within(&bounds.centre(), reach),
            Shape::Line(cap) => {
                let near = |p: &Point| bounds.squared_distance(p) <= NEAR_MM * NEAR_MM;
                cap.line.iter().any(near) || cap.distance_mm(&bounds.centre()) <= NEAR_MM
            }
        }
    }
}

impl Cap {
    /// Azimuthal equidistant map of the direction from the centre.
    fn unfolded(&self, place: &Point) -> [f64; 2] {
        let arm = place - self.centre;
        let [x, y, z] = self.axes.map(|axis| arm.dot(&axis));
        let polar = x.hypot(y).atan2(z);
        let (sin, cos) = y.atan2(x).sin_cos();
        [polar * cos, polar * sin]
    }

    fn distance_mm(&self, place: &Point) -> f64 {
        let [x, y] = self.unfolded(place);
        let count = self.ring.len();
        let crossed = |&i: &usize| {
            let ([ax, ay], [bx, by]) = (self.ring[i], self.ring[(i + 1) % count]);
            (ay > y) != (by > y) && x < ax + (bx - ax) * (y - ay) / (by - ay)
        };
        if (0..count).filter(crossed).count() % 2 == 1 {
            return 0.0;
        }
        let sides = (0..count).map(|i| segment_distance(place, self.line[i], self.line[(i + 1) % count]));
        let least = sides.fold(f64::INFINITY, f64::min);
        if least <= IN_THE_WAY_MM { least } else { f64::INFINITY }
    }
}

/// How far from the ground flaws of a kind matter, mm; `None` where they do nowhere: under the skin.
pub fn reach_mm(kind: FlawKind) -> Option<f64> {
    match kind {
        FlawKind::Piece => Some(IN_THE_WAY_MM),
        FlawKind::InnerPiece => None,
        _ => Some(NEAR_MM),
    }
}

/// What a flaw at this distance from the ground, mm, means for the plan. Without a plan holes and crossings are worth a
/// look wherever they are, and the rest is worth knowing.
pub fn severity(kind: FlawKind, distance_mm: Option<f64>) -> Severity {
    let matters = match distance_mm {
        Some(distance_mm) => reach_mm(kind).is_some_and(|reach_mm| distance_mm <= reach_mm),
        None => !matches!(kind, FlawKind::Piece | FlawKind::InnerPiece | FlawKind::ScanEdge),
    };
    if matters { Severity::Warn } else { Severity::Pass }
}
