use robust::{Coord, orient2d};

use crate::geometry::{Point, Vector};

/// Splits polygons into triangles by ear clipping (G. H. Meisters, Polygons have ears, 1975), seen along the normal of
/// the polygon's best plane.
///
/// Every corner is used, flat ones too: a neighbour that shares such a corner would otherwise be left with an open edge.
#[derive(Debug, Default)]
pub(super) struct EarClipper {
    ring: Vec<Corner>,
    /// Corners that were looked at in search of ears, over all polygons.
    steps: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Corner {
    vertex: u32,
    flat: Coord<f64>,
}

impl EarClipper {
    /// Ear clipping takes a time that grows with the square of the corners, or faster.
    pub(super) const MAX_CORNERS: usize = 4096;
    /// Steps that are always granted, some tenths of a second, and for each corner of the mesh: so many that only large
    /// polygons that wind or cross themselves come to the end of them.
    const STEPS: usize = 50_000_000;
    const STEPS_PER_CORNER: usize = 200;

    /// Whether more steps were taken than a mesh of so many corners can need.
    pub(super) fn is_exhausted(&self, corners: usize) -> bool {
        self.steps > Self::STEPS + Self::STEPS_PER_CORNER * corners
    }

    /// Appends the triangles, wound like the polygon; none when it has fewer than three different corners.
    /// False when the polygon, seen along its normal, crosses or touches itself.
    pub(super) fn triangulate(&mut self, vertices: &[Point], polygon: &[u32], triangles: &mut Vec<[u32; 3]>) -> bool {
        self.flatten(vertices, polygon);
        let mut simple = true;
        let mut at = 0;
        let mut tries = 0;
        while self.ring.len() > 3 {
            let count = self.ring.len();
            self.steps += count;
            let clip = if self.is_ear(at) {
                // The last four corners leave a choice; the shorter diagonal makes the better triangles.
                let other = (at + 1) % count;
                if count == 4 && self.is_ear(other) && self.diagonal(vertices, other) < self.diagonal(vertices, at) {
                    other
                } else {
                    at
                }
            } else if tries < count {
                tries += 1;
                at = (at + 1) % count;
                continue;
            } else {
                simple = false;
                at
            };
            triangles.push(self.around(clip).map(|corner| corner.vertex));
            self.ring.remove(clip);
            // Going on two corners further avoids a fan of slivers.
            at = (clip + 1) % self.ring.len();
            tries = 0;
        }
        if let &[a, b, c] = self.ring.as_slice() {
            triangles.push([a.vertex, b.vertex, c.vertex]);
            simple &= orient2d(a.flat, b.flat, c.flat) >= 0.0;
        }
        simple
    }

    /// Fills the ring with the corners, without repetitions of neighbours, projected along the axis that the normal is
    /// closest to, so that the polygon turns counter-clockwise and no coordinate is rounded.
    fn flatten(&mut self, vertices: &[Point], polygon: &[u32]) {
        let place = |corner: u32| vertices[corner as usize];
        let next = |i: usize| polygon[(i + 1) % polygon.len()];
        // Newell's normal: the sum of the cross products around the polygon.
        let origin = polygon.first().map_or(Point::origin(), |&first| place(first));
        let normal: Vector =
            (0..polygon.len()).map(|i| (place(polygon[i]) - origin).cross(&(place(next(i)) - origin))).sum();
        let axis = normal.iamax();
        let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
        let (u, v) = if normal[axis] < 0.0 { (v, u) } else { (u, v) };
        self.ring.clear();
        self.ring.extend((0..polygon.len()).filter(|&i| polygon[i] != next(i)).map(|i| {
            let p = place(polygon[i]);
            Corner { vertex: polygon[i], flat: Coord { x: p[u], y: p[v] } }
        }));
    }

    fn around(&self, at: usize) -> [Corner; 3] {
        let count = self.ring.len();
        [self.ring[(at + count - 1) % count], self.ring[at], self.ring[(at + 1) % count]]
    }

    /// True when the corner is convex and no other corner lies in or on the triangle that it makes with its neighbours.
    fn is_ear(&self, at: usize) -> bool {
        let [a, b, c] = self.around(at).map(|corner| corner.flat);
        let inside = |p: Coord<f64>| orient2d(a, b, p) >= 0.0 && orient2d(b, c, p) >= 0.0 && orient2d(c, a, p) >= 0.0;
        orient2d(a, b, c) > 0.0
            && self.ring.iter().map(|corner| corner.flat).all(|p| p == a || p == b || p == c || !inside(p))
    }

    fn diagonal(&self, vertices: &[Point], at: usize) -> f64 {
        let [a, _, c] = self.around(at).map(|corner| vertices[corner.vertex as usize]);
        (c - a).norm_squared()
    }
}
