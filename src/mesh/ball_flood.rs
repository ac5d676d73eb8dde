use super::{Topology, TriMesh};
use crate::geometry::Point;

/// Finds the part of a surface that hangs together with a triangle inside a ball.
///
/// Goes over shared edges only, and only where they come inside the ball: so another sheet, a head rest or the far side of
/// a fold does not count however near it lies.
pub(super) struct BallFlood<'a> {
    mesh: &'a TriMesh,
    topology: &'a Topology,
    /// The round in which each triangle was seen last.
    seen: Vec<u32>,
    round: u32,
    found: Vec<u32>,
}

impl<'a> BallFlood<'a> {
    /// Makes room for one mark per triangle: make few of these.
    pub(super) fn new(mesh: &'a TriMesh, topology: &'a Topology) -> Self {
        Self { mesh, topology, seen: vec![0; mesh.triangles().len()], round: 0, found: Vec::new() }
    }

    /// The triangles, `seed` first, in the order of their rings.
    pub(super) fn around(&mut self, seed: u32, centre: &Point, radius_mm: f64) -> &[u32] {
        self.round += 1;
        self.found.clear();
        self.found.push(seed);
        self.seen[seed as usize] = self.round;
        let mut next = 0;
        while let Some(&t) = self.found.get(next) {
            next += 1;
            let corners = self.mesh.corners(t);
            let is_inside = corners.map(|corner| (corner - centre).norm_squared() <= radius_mm * radius_mm);
            for side in 0..3 {
                let next_corner = (side + 1) % 3;
                let Some(across) = self.topology.neighbour(t, side) else { continue };
                if self.seen[across as usize] != self.round
                    && (is_inside[side]
                        || is_inside[next_corner]
                        || is_within(&corners[side], &corners[next_corner], centre, radius_mm))
                {
                    self.seen[across as usize] = self.round;
                    self.found.push(across);
                }
            }
        }
        &self.found
    }
}

/// Whether the segment from `a` to `b` comes within a distance of a point.
fn is_within(a: &Point, b: &Point, centre: &Point, radius: f64) -> bool {
    let (along, offset) = (b - a, centre - a);
    let squared = along.norm_squared();
    let share = if squared > 0.0 { (offset.dot(&along) / squared).clamp(0.0, 1.0) } else { 0.0 };
    (offset - along * share).norm_squared() <= radius * radius
}
