use std::collections::BTreeMap;

use super::across::widest_mm;
use super::cap::{flat_cap, least_weight_cap};
use crate::geometry::{Aabb, Point, Vector};
use crate::mesh::{SurfaceIndex, Topology, TriMesh};

/// A hole's edge and the skin beside it lie in about one plane: least mean cosine between their normals. A neck's cut
/// has about 0, the outline of a flat piece -1, and a hole as wide as the head's radius still has 0.87.
const LEAST_HOLE_COSINE: f64 = 0.5;
/// Rims that enclose less than this share of what a circle of their length does are slits, whose plane says nothing.
const SLIT_ROUNDNESS: f64 = 0.1;

/// A closed line of open edges that visits no vertex twice.
#[derive(Debug, Clone, PartialEq)]
pub struct Rim {
    /// The vertices in order; the opening lies to the left, seen from outside. The first is not repeated.
    pub vertices: Vec<u32>,
    /// The triangle beside each edge; edge `i` runs from vertex `i` to the next.
    pub triangles: Vec<u32>,
    /// Length, mm.
    pub length_mm: f64,
    /// Box around it, mm.
    pub bounds: Aabb,
}

/// An open side of a triangle, turned against its winding.
#[derive(Debug, Clone, Copy)]
struct Side {
    from: u32,
    to: u32,
    triangle: u32,
}

/// The edges with one triangle, joined into rims; in the order of their lowest vertices, at which they start.
///
/// Where rims touch at a vertex each goes on along the same opening, as the faces of a plane graph do, and one that
/// comes back to a vertex is split there. Open edges that do not close, which badly wound triangles have, are left out.
/// One pass over the triangles and O(n log n) in the open edges.
pub fn open_rims(mesh: &TriMesh, topology: &Topology) -> Vec<Rim> {
    let sides = open_sides(mesh, topology);
    let mut used = vec![false; sides.len()];
    let mut rims = Vec::new();
    for start in 0..sides.len() {
        let mut walk: Vec<usize> = Vec::new();
        // Where on the walk each of its vertices is.
        let mut places = BTreeMap::new();
        let mut next = (!used[start]).then_some(start);
        while let Some(i) = next {
            used[i] = true;
            places.insert(sides[i].from, walk.len());
            walk.push(i);
            if let Some(&first) = places.get(&sides[i].to) {
                let closed: Vec<Side> = walk.drain(first..).map(|j| sides[j]).collect();
                for side in &closed {
                    places.remove(&side.from);
                }
                rims.push(Rim::along(mesh, &closed));
            }
            // Behind a loop that was split off the walk goes on from the side before it.
            next = walk.last().and_then(|&last| following(mesh, &sides, &used, last));
        }
    }
    rims.sort_by(|a, b| a.vertices.cmp(&b.vertices));
    rims
}

/// Sorted by their start.
fn open_sides(mesh: &TriMesh, topology: &Topology) -> Vec<Side> {
    let mut sides = Vec::new();
    for (t, corners) in (0..).zip(mesh.triangles()) {
        for side in (0..3).filter(|&side| topology.neighbour(t, side).is_none()) {
            sides.push(Side { from: corners[(side + 1) % 3], to: corners[side], triangle: t });
        }
    }
    // Edges with more than two triangles have no neighbours either.
    let key = |side: &Side| [side.from.min(side.to), side.from.max(side.to)];
    sides.sort_unstable_by_key(|side| (key(side), side.triangle));
    let mut open: Vec<Side> =
        sides.chunk_by(|a, b| key(a) == key(b)).filter(|same| same.len() == 1).map(|same| same[0]).collect();
    open.sort_unstable_by_key(|side| (side.from, side.to));
    open
}

/// The unused side that goes on where `last` ends, along the same opening: the first one clockwise from it.
fn following(mesh: &TriMesh, sides: &[Side], used: &[bool], last: usize) -> Option<usize> {
    let Side { from, to, triangle } = sides[last];
    let first = sides.partition_point(|side| side.from < to);
    let candidates = (first..sides.len()).take_while(|&i| sides[i].from == to).filter(|&i| !used[i]);
    let candidates: Vec<usize> = candidates.collect();
    if candidates.len() < 2 {
        return candidates.first().copied();
    }
    let beside = candidates.iter().map(|&i| sides[i].triangle).chain([triangle]);
    let normal = beside.map(|t| mesh.normal(t)).sum::<Vector>().try_normalize(0.0)?;
    let at = |v: u32| mesh.vertices()[v as usize];
    let back = at(from) - at(to);
    let clockwise = |i: usize| {
        let out = at(sides[i].to) - at(to);
        let angle = normal.dot(&out.cross(&back)).atan2((out - normal * out.dot(&normal)).dot(&back));
        if angle > 0.0 { angle } else { angle + std::f64::consts::TAU }
    };
    candidates.into_iter().min_by(|&a, &b| clockwise(a).total_cmp(&clockwise(b)))
}

impl Rim {
    fn along(mesh: &TriMesh, sides: &[Side]) -> Self {
        let (mut vertices, mut triangles): (Vec<u32>, Vec<u32>) =
            sides.iter().map(|side| (side.from, side.triangle)).unzip();
        let lowest = (0..vertices.len()).min_by_key(|&i| vertices[i]).unwrap_or_default();
        vertices.rotate_left(lowest);
        triangles.rotate_left(lowest);
        let mut rim = Self { vertices, triangles, length_mm: 0.0, bounds: Aabb::EMPTY };
        rim.bounds = Aabb::around(&rim.positions(mesh));
        rim.length_mm = rim.segments(mesh).iter().map(|[a, b]| (b - a).norm()).sum();
        rim
    }

    /// Positions of the vertices, mm. Panics when the rim is not of this mesh, as all that asks for the mesh does.
    pub fn positions(&self, mesh: &TriMesh) -> Vec<Point> {
        self.vertices.iter().map(|&v| mesh.vertices()[v as usize]).collect()
    }

    /// The edges as pairs of places, mm.
    pub fn segments(&self, mesh: &TriMesh) -> Vec<[Point; 2]> {
        let positions = self.positions(mesh);
        (0..positions.len()).map(|i| [positions[i], positions[(i + 1) % positions.len()]]).collect()
    }

    /// Whether surface is missing inside the rim, as opposed to a rim at which the surface ends: a neck's cut, the
    /// outline of an island.
    pub fn is_hole(&self, mesh: &TriMesh) -> bool {
        let enclosed = self.area_vector(mesh);
        if self.is_slit(&enclosed) {
            return true;
        }
        let enclosed = enclosed.try_normalize(0.0).unwrap_or_else(Vector::zeros);
        let along = self.segments(mesh).into_iter().zip(&self.triangles);
        let cosines: f64 = along.map(|([a, b], &t)| (b - a).norm() * mesh.normal(t).dot(&enclosed)).sum();
        cosines > LEAST_HOLE_COSINE * self.length_mm
    }

    /// How wide the hole is, mm: twice the greatest distance from a place in it to its rim, so the diameter of the
    /// largest disc that fits in. A slit 40 mm long and 0.5 mm wide is 0.5 mm across. To within 1 %.
    ///
    /// "In it" is on a triangulation of the rim; where none is found, the width of a circle of the same length is
    /// given, which no hole exceeds.
    pub fn across_mm(&self, mesh: &TriMesh) -> f64 {
        let Some(cap) = self.cap(mesh) else { return self.length_mm / std::f64::consts::PI };
        let corners: Vec<[Point; 3]> = (0..cap.triangles().len() as u32).map(|t| cap.corners(t)).collect();
        widest_mm(&corners, &SurfaceIndex::of_segments(&self.segments(mesh)))
    }

    /// Triangles over the hole without further vertices, numbered as the rim, for asking what lies over it. `None` where
    /// the rim is too long and too tangled.
    pub fn cap(&self, mesh: &TriMesh) -> Option<TriMesh> {
        let positions = self.positions(mesh);
        let flat = flat_cap(&positions, &self.normal(mesh), None).map(|cap| cap.triangles);
        let triangles = flat.or_else(|| least_weight_cap(&positions))?;
        TriMesh::new(positions, triangles).ok()
    }

    /// Unit normal of the plane that the rim fits best, on the side of the skin's; zero when there is none.
    pub(super) fn normal(&self, mesh: &TriMesh) -> Vector {
        let enclosed = self.area_vector(mesh);
        let beside = || self.triangles.iter().map(|&t| mesh.double_area_vector(t)).sum();
        let normal: Vector = if self.is_slit(&enclosed) { beside() } else { enclosed };
        normal.try_normalize(0.0).unwrap_or_else(Vector::zeros)
    }

    /// The enclosed area, along its normal, mm².
    fn area_vector(&self, mesh: &TriMesh) -> Vector {
        let centre = self.bounds.centre();
        self.segments(mesh).iter().map(|[a, b]| (a - centre).cross(&(b - centre)) * 0.5).sum()
    }

    fn is_slit(&self, enclosed: &Vector) -> bool {
        4.0 * std::f64::consts::PI * enclosed.norm() < SLIT_ROUNDNESS * self.length_mm * self.length_mm
    }
}
