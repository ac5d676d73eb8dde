use super::self_crossing::{described, is_there_and_back, runs_back};
use super::{PathPoint, SurfacePath, first_crossing_in, steps_by_triangle};
use crate::error::{Error, Result};
use crate::geometry::{Aabb, Point};
use crate::mesh::{SurfacePoint, Topology, TriMesh};

/// Neighbouring points of a drawn loop closer than this count as one, mm.
const COINCIDENT_MM: f64 = 0.01;

/// A way there and back over itself, which encloses nothing, may be this many times as large as an eye.
const RETRACED: f64 = 4.0;

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
        let numbered: Vec<(u32, SurfacePoint)> = (0..).zip(drawn.iter().copied()).collect();
        Self::trace_numbered(mesh, topology, &numbered)
    }

    /// The same for points that bring their numbers with them.
    pub fn trace_numbered(mesh: &TriMesh, topology: &Topology, drawn: &[(u32, SurfacePoint)]) -> Result<Self> {
        let apart = |a: &(u32, SurfacePoint), b: &(u32, SurfacePoint)| {
            (a.1.position(mesh) - b.1.position(mesh)).norm() > COINCIDENT_MM
        };
        let mut corners: Vec<(u32, SurfacePoint)> = Vec::with_capacity(drawn.len());
        for corner in drawn.iter().map(|&(number, at)| (number, super::off_edges(at))) {
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

    /// Cuts off the small eyes that a line draws over noise, or where a hand went back: where two steps cross and the way
    /// between fits into a box with a diagonal of `max_mm`, or of four times that and runs there and back over itself,
    /// goes straight on. Returns where they were.
    ///
    /// # Errors
    /// When the line crosses itself with a larger way between, or is nothing but a way there and back; names the
    /// segments and the place, and says whether it winds round twice, runs back over itself, or makes two loops.
    pub fn remove_kinks(&mut self, mesh: &TriMesh, max_mm: f64) -> Result<Vec<Point>> {
        let mut places = Vec::new();
        let drawn_mm = self.size_mm(mesh, 0, 0);
        while let Some([a, b]) = self.crossing(mesh) {
            let (low, high) = (a.min(b), a.max(b));
            let [between, rest] = [(low, high), (high, low)].map(|(from, to)| self.size_mm(mesh, from, to));
            let (from, to) = if between <= rest { (low, high) } else { (high, low) };
            let is_retraced = || {
                let way: Vec<Point> = self.between(mesh, from, to).collect();
                between.min(rest) <= RETRACED * max_mm && is_there_and_back(&way)
            };
            if between.min(rest) > max_mm && !is_retraced() {
                return Err(described(self, mesh, low, high));
            }
            // Step 0 becomes the first of the two; the steps up to the second one go.
            let count = self.points.len();
            let (first, skipped) = if between <= rest { (low, high - low) } else { (high, count - high + low) };
            let at = self.ends(first)[1].position(mesh);
            self.rotate_left(first);
            if self.size_mm(mesh, skipped, 0) < 0.5 * drawn_mm || count - skipped < 3 {
                let [first, second] = [0, skipped].map(|step| self.segments[step]);
                let meet = format!("segment {first} meets segment {second} at ({:.1}, {:.1}, {:.1})", at.x, at.y, at.z);
                return Err(runs_back(&meet));
            }
            self.skip_after_first(skipped);
            places.push(at);
        }
        Ok(places)
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

    /// Diagonal of the box around the way from the end of step `from` to the start of step `to`, mm; around all of it
    /// for the same step.
    fn size_mm(&self, mesh: &TriMesh, from: usize, to: usize) -> f64 {
        let places: Vec<Point> = self.between(mesh, from, to).collect();
        Aabb::around(&places).size().norm()
    }

    fn between(&self, mesh: &TriMesh, from: usize, to: usize) -> impl Iterator<Item = Point> {
        let count = self.points.len();
        let steps = if to > from { to - from } else { to + count - from };
        (from + 1..=from + steps).map(move |i| self.points[i % count].position(mesh))
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
