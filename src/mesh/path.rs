//! Lines drawn over the triangles of a mesh.
//!
//! Every point of a line lies strictly inside a triangle or strictly inside an edge, never on a corner. All steps that
//! follow (crossing, cutting, flooding) can therefore ask who shares what instead of what is near what.

mod crossing;
mod self_crossing;
mod shortest;
mod strip;
mod surface_loop;
mod walk;

pub(super) use self::crossing::{Step, first_crossing_in, steps_by_triangle};
pub(super) use self::self_crossing::self_crossing;
use self::strip::Taut;
pub use self::surface_loop::SurfaceLoop;
use self::walk::Stop;
use super::{SurfacePoint, Topology, TriMesh};
use crate::error::{Error, Result};
use crate::geometry::Point;

/// Weights are multiples of 2⁻³²: sums and differences of them are exact in `f64`, so that an edge point has exactly
/// the same place seen from both triangles and lies exactly on the edge.
const GRID: f64 = 4_294_967_296.0;

/// Smallest weight of a point inside a triangle, 2⁻¹⁰: at most 0.001 of an edge is given up when a corner was picked.
/// Much more than [`EDGE_MARGIN`], so that lines which end beside a corner pass its edges at different places.
const FACE_MARGIN: f64 = 1.0 / 1024.0;

/// Smallest share of an edge left on either side of a point on it, 2⁻²⁰: 1 nm on a 1 mm edge.
const EDGE_MARGIN: f64 = 1.0 / 1_048_576.0;

/// A plane section is drawn between places up to this far apart, a geodesic beyond, mm. On a head the two differ by less
/// than 0.05 mm there, and a section does not follow each grain of a rough scan.
const PLANE_SECTION_MM: f64 = 10.0;

/// A path may be this many times as long as the chord (half a great circle is 1.57 times as long as its chord; the rest
/// is for creases) ...
const DETOUR_FACTOR: f64 = 3.0;
/// ... but only this many times where the straight line leaves the mesh: round a small hole, not round a gap ...
const HOLE_DETOUR_FACTOR: f64 = 1.1;
/// ... plus this much for noise between points that nearly coincide, mm.
const DETOUR_EXTRA_MM: f64 = 1.0;

/// A place on a mesh away from the corners.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PathPoint {
    /// Strictly inside a triangle.
    Inside(SurfacePoint),
    /// Strictly inside an edge that two triangles share.
    Across {
        /// The ends, lower index first.
        edge: [u32; 2],
        /// Share of the way from the lower to the higher end, strictly between 0 and 1.
        share: f64,
    },
}

impl PathPoint {
    /// The place moved off the edges and corners of its triangle by at most 0.001 of an edge.
    pub fn inside(at: SurfacePoint) -> Self {
        Self::Inside(off_edges(at))
    }

    /// The place at `share` of the way from vertex `a` to vertex `b`, moved off the ends by at most 2⁻²⁰ of the edge.
    pub fn across(a: u32, b: u32, share: f64) -> Self {
        let share = on_grid(share.clamp(EDGE_MARGIN, 1.0 - EDGE_MARGIN));
        if a < b { Self::Across { edge: [a, b], share } } else { Self::Across { edge: [b, a], share: 1.0 - share } }
    }

    /// Position, mm. Panics when the place is not of this mesh.
    pub fn position(&self, mesh: &TriMesh) -> Point {
        match self {
            Self::Inside(at) => at.position(mesh),
            Self::Across { edge, share } => {
                let [a, b] = edge.map(|v| mesh.vertices()[v as usize].coords);
                Point::from(a * (1.0 - share) + b * *share)
            }
        }
    }

    /// Weights of the corners of a triangle that holds the place; exact, their sum is 1.
    pub(super) fn weights_in(&self, corners: [u32; 3]) -> [f64; 3] {
        match self {
            Self::Inside(at) => at.weights,
            Self::Across { edge: [low, high], share } => corners.map(|v| match v {
                v if v == *low => 1.0 - share,
                v if v == *high => *share,
                _ => 0.0,
            }),
        }
    }
}

fn on_grid(weight: f64) -> f64 {
    (weight * GRID).round() / GRID
}

fn off_edges(at: SurfacePoint) -> SurfacePoint {
    let raised = at.weights.map(|w| w.max(FACE_MARGIN));
    let sum: f64 = raised.iter().sum();
    let [_, v, w] = raised.map(|weight| on_grid(weight / sum));
    SurfacePoint { triangle: at.triangle, weights: [1.0 - v - w, v, w] }
}

/// An open line over the triangles.
#[derive(Debug, Clone, PartialEq)]
pub struct SurfacePath {
    /// The points; both ends are inside triangles, the others on edges.
    pub points: Vec<PathPoint>,
    /// The triangle that carries the piece from point `i` to point `i + 1`.
    pub triangles: Vec<u32>,
    /// Whether it goes round a hole, or round a fold that stops a straight walk.
    pub is_detour: bool,
}

impl SurfacePath {
    /// Draws a nearly straight line between two places.
    ///
    /// Up to 10 mm walks from triangle to triangle in the plane through both places along their mean normal. Farther, or
    /// where that walk does not arrive (folds, noise, holes), takes the path of [`geodesic`]. Either goes from triangle
    /// to triangle over shared edges, never to another sheet.
    ///
    /// # Errors
    /// When there is no way of at most 3 times the chord and 1 mm, or none of 1.1 times where a hole or an open edge is in
    /// the way.
    pub fn trace(mesh: &TriMesh, topology: &Topology, from: SurfacePoint, to: SurfacePoint) -> Result<Self> {
        let ends = [off_edges(from), off_edges(to)];
        if from.triangle == to.triangle {
            return Ok(Self::within(ends));
        }
        let [a, b] = ends.map(|end| end.position(mesh));
        let chord_mm = (b - a).norm();
        let limit = |factor: f64| factor * chord_mm + DETOUR_EXTRA_MM;
        let walked = || walk::walk(mesh, topology, ends, limit(DETOUR_FACTOR));
        let (mut gap, mut is_detour) = (None, false);
        if chord_mm <= PLANE_SECTION_MM {
            match walked() {
                Ok(path) => return Ok(path),
                Err(Stop::OpenEdge(at)) => gap = Some(at),
                Err(Stop::Lost) => is_detour = true,
            }
        }
        let taut = shortest::shortest(mesh, topology, ends, limit(DETOUR_FACTOR));
        match &taut {
            Some(taut) => gap = gap.or(taut.gap),
            // A section may still arrive where the graph is too coarse; else it tells where it came to an end.
            None => match walked() {
                Ok(path) => return Ok(path),
                Err(Stop::OpenEdge(at)) => gap = Some(at),
                Err(Stop::Lost) => {}
            },
        }
        let limit_mm = limit(if gap.is_some() { HOLE_DETOUR_FACTOR } else { DETOUR_FACTOR });
        match taut {
            Some(Taut { path, .. }) if path.length_mm(mesh) <= limit_mm => {
                Ok(Self { is_detour: is_detour || gap.is_some(), ..path })
            }
            _ => {
                let found = gap.map_or_else(
                    || format!("two points on either side of a fold or gap, {chord_mm:.1} mm apart at {}", place(&a)),
                    |at| format!("an open or non-manifold edge of the mesh at {}", place(&at)),
                );
                Err(Error::input(found)
                    .expected(format!("a way of at most {limit_mm:.1} mm along the surface"))
                    .remedy("move the points to where the scan is whole, or repair the scan there"))
            }
        }
    }

    /// The straight line inside a triangle.
    fn within(ends: [SurfacePoint; 2]) -> Self {
        Self { points: ends.map(PathPoint::Inside).to_vec(), triangles: vec![ends[0].triangle], is_detour: false }
    }

    /// Length, mm.
    pub fn length_mm(&self, mesh: &TriMesh) -> f64 {
        self.points.windows(2).map(|pair| (pair[1].position(mesh) - pair[0].position(mesh)).norm()).sum()
    }
}

/// The shortest path along the surface between two places, however far apart: for distances between landmarks, of which
/// [`SurfacePath::length_mm`] is the figure.
///
/// A search over three points on every edge finds on which side of bumps and holes to pass; the path is then made
/// straight over the unfolded triangles until no small change makes it shorter. It is never longer than the path of
/// the search, but where two ways round a bump are nearly as long as each other it may take the longer one: over steep
/// hills of coarse triangles up to some 1.5 % have been seen. On spheres, cylinders and cones it is within 0.1 % of the exact one (see the tests), most of which is the
/// polyhedron's own. Places on edges and corners are moved inside by at most 0.001 of an edge.
///
/// # Errors
/// When no way over shared edges leads from one to the other.
pub fn geodesic(mesh: &TriMesh, topology: &Topology, from: SurfacePoint, to: SurfacePoint) -> Result<SurfacePath> {
    let ends = [off_edges(from), off_edges(to)];
    if from.triangle == to.triangle {
        return Ok(SurfacePath::within(ends));
    }
    let component = |at: &SurfacePoint| topology.components()[at.triangle as usize];
    let taut = (component(&from) == component(&to)).then(|| shortest::shortest(mesh, topology, ends, f64::INFINITY));
    taut.flatten().map(|taut| taut.path).ok_or_else(|| {
        let [a, b] = ends.map(|end| place(&end.position(mesh)));
        Error::input(format!("two places on different pieces of the mesh, {a} and {b}"))
            .expected("places that hang together over triangles")
            .remedy("move one of them, or join the pieces of the scan")
    })
}

/// Coordinates for a message, mm.
fn place(at: &Point) -> String {
    format!("({:.2}, {:.2}, {:.2})", at.x, at.y, at.z)
}
