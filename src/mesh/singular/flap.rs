use crate::geometry::{Point, Vector};
use crate::mesh::TriMesh;

/// A triangle at an edge.
#[derive(Debug)]
pub(super) struct Flap {
    pub(super) side: u32,
    /// From the edge to the third corner, at right angles to the edge, of length 1.
    pub(super) direction: Vector,
    /// Whether the winding runs from the lower vertex of the edge to the higher one.
    is_upward: bool,
    pub(super) length_mm: f64,
}

impl Flap {
    pub(super) fn of(mesh: &TriMesh, side: u32) -> Self {
        let corners = mesh.triangles()[side as usize / 3];
        let [from, to, tip] = [0, 1, 2].map(|i| corners[(side as usize + i) % 3]);
        let place = |v: u32| -> Point { mesh.vertices()[v as usize] };
        let (low, high) = (from.min(to), from.max(to));
        let edge = place(high) - place(low);
        let along = edge.try_normalize(0.0).unwrap_or_else(Vector::zeros);
        let across = place(tip) - place(low);
        let direction = (across - along * along.dot(&across)).try_normalize(0.0).unwrap_or_else(Vector::zeros);
        Self { side, direction, is_upward: from < to, length_mm: edge.norm() }
    }

    /// Two triangles wound alike run through their common edge in opposite directions.
    pub(super) fn is_wound_like(&self, other: &Self) -> bool {
        self.is_upward != other.is_upward
    }

    /// How far the surface bends from one triangle to the other: about half the square of the angle, times the length
    /// of the edge, mm; 0 where they are level.
    pub(super) fn bend_mm(&self, other: &Self) -> f64 {
        (1.0 + self.direction.dot(&other.direction)).max(0.0) * self.length_mm
    }
}
