use super::{PathPoint, SurfacePath, first_crossing_in, steps_by_triangle};
use crate::error::{Error, Result};
use crate::geometry::Point;
use crate::mesh::{SurfacePoint, Topology, TriMesh};

/// Neighbouring points of a drawn loop closer than this count as one, mm.
const COINCIDENT_MM: f64 = 0.01;

/// A closed line over the triangles of a mesh.
///
/// Step `i` runs from point `i` to point `i + 1` (the last one to point 0), through one triangle.
#[derive(Debug, Clone, PartialEq)]
pub struct SurfaceLoop {
    /// The points.
    pub points: Vec<PathPoint>,
    /// The triangle of each step.
    pub triangles: Vec<u32>,
    /// The segment of the drawn line that each step belongs to; segment `i` starts at drawn point `i`.
    pub segments: Vec<u32>,
    /// The segments that go round a hole or fold because the straight line does not arrive.
    pub detours: Vec<u32>,
}

impl SurfaceLoop {
    /// Joins the drawn points by paths, and the last to the first. Points that nearly coincide with the one before are
    /// left out; the others keep their numbers.
    ///
    /// # Errors
    /// When no path joins two points ([`SurfacePath::trace`]; the place is the pair of points), or fewer than three
    /// points are left.
    pub fn trace(mesh: &TriMesh, topology: &Topology, drawn: &[SurfacePoint]) -> Result<Self> {
        let apart = |a: &(u32, SurfacePoint), b: &(u32, SurfacePoint)| {
            (a.1.position(mesh) - b.1.position(mesh)).norm() > COINCIDENT_MM
        };
        let mut corners: Vec<(u32, SurfacePoint)> = Vec::with_capacity(drawn.len());
        for corner in (0..).zip(drawn.iter().map(|&at| super::off_edges(at))) {
            if corners.last().is_none_or(|last| apart(last, &corner)) {
                corners.push(corner);
            }
        }
        while corners.len() > 1 && !apart(&corners[0], &corners[corners.len() - 1]) {
            corners.pop();
        }
        if corners.len() < 3 {
            return Err(Error::input(format!("{} distinct points", corners.len()))
                .expected("a closed loop of at least 3 points")
                .remedy("draw more points"));
        }
        let mut traced = Self { points: Vec::new(), triangles: Vec::new(), segments: Vec::new(), detours: Vec::new() };
        for (i, &(segment, from)) in corners.iter().enumerate() {
            let (next, to) = corners[(i + 1) % corners.len()];
            let path = SurfacePath::trace(mesh, topology, from, to)
                .map_err(|error| error.place(format!("between points {segment} and {next}")))?;
            traced.detours.extend(path.is_detour.then_some(segment));
            traced.segments.extend(path.triangles.iter().map(|_| segment));
            traced.points.extend(&path.points[..path.points.len() - 1]);
            traced.triangles.extend(path.triangles);
        }
        Ok(traced)
    }

    /// Positions of the points, mm.
    pub fn positions(&self, mesh: &TriMesh) -> Vec<Point> {
        self.points.iter().map(|point| point.position(mesh)).collect()
    }

    /// Cuts off the small eyes that a line draws over noise: where two steps cross and the way between is shorter than
    /// `max_mm`, goes straight on. Returns how many there were.
    ///
    /// # Errors
    /// When the line crosses itself with a longer way between; names both segments.
    pub fn remove_kinks(&mut self, mesh: &TriMesh, max_mm: f64) -> Result<usize> {
        let mut count = 0;
        while let Some([a, b]) = self.crossing(mesh) {
            let (low, high) = (a.min(b), a.max(b));
            let length = self.length_mm(mesh, low, high);
            let rest = self.length_mm(mesh, high, low);
            if length.min(rest) > max_mm {
                return Err(self_crossing(self.segments[low], self.segments[high]));
            }
            // Step 0 becomes the first of the two; the steps up to the second one go.
            let (first, skipped) =
                if length <= rest { (low, high - low) } else { (high, self.points.len() - high + low) };
            self.rotate_left(first);
            self.skip_after_first(skipped);
            count += 1;
        }
        Ok(count)
    }

    /// Both ends of a step.
    pub(super) fn ends(&self, step: usize) -> [PathPoint; 2] {
        [self.points[step], self.points[(step + 1) % self.points.len()]]
    }

    fn crossing(&self, mesh: &TriMesh) -> Option<[usize; 2]> {
        let this = std::slice::from_ref(self);
        steps_by_triangle(this)
            .chunk_by(|a, b| a.triangle == b.triangle)
            .find_map(|steps| first_crossing_in(mesh, this, steps))
            .map(|pair| pair.map(|step| step.index as usize))
    }

    /// Length of the way from the end of step `from` to the start of step `to`, mm.
    fn length_mm(&self, mesh: &TriMesh, from: usize, to: usize) -> f64 {
        let count = self.points.len();
        let steps = (to + count - from) % count;
        let ends = (from + 1..from + steps).map(|i| self.ends(i % count).map(|p| p.position(mesh)));
        ends.map(|[a, b]| (b - a).norm()).sum()
    }

    fn rotate_left(&mut self, by: usize) {
        self.points.rotate_left(by);
        self.triangles.rotate_left(by);
        self.segments.rotate_left(by);
    }

    /// Joins the start of step 0 to the end of step `skipped`, which lies in the same triangle. If both are on one edge,
    /// the line would only touch that triangle: then the steps before and after, both across that edge, are joined.
    fn skip_after_first(&mut self, mut skipped: usize) {
        loop {
            self.points.drain(1..=skipped);
            self.triangles.drain(1..=skipped);
            self.segments.drain(1..=skipped);
            let touches = self.points.len() > 3
                && matches!(self.ends(0), [PathPoint::Across { edge: a, .. }, PathPoint::Across { edge: b, .. }] if a == b);
            if !touches {
                return;
            }
            self.rotate_left(self.points.len() - 1);
            skipped = 2;
        }
    }
}

/// The error for a line that crosses itself, with the numbers of the segments.
pub(in crate::mesh) fn self_crossing(a: u32, b: u32) -> Error {
    let (first, second) = (a.min(b), a.max(b));
    Error::input(format!("a line that crosses itself: segment {first} meets segment {second}"))
        .expected("a loop that neither crosses nor touches itself")
        .remedy("move or delete the points around these segments (segment i starts at point i, counted from 0)")
}
