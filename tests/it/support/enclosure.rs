//! What a loop on a head encloses: an oracle that knows nothing of cutting meshes.

use tonsure::geometry::{Point, Vector};
use tonsure::mesh::TriMesh;

/// Azimuthal map of a head, in the head frame, from above: every place of the hair-bearing skin has one image.
fn unfolded(p: &Point) -> [f64; 2] {
    let from = p - Point::new(0.0, 10.0, 20.0);
    let polar = from.x.hypot(from.y).atan2(from.z);
    let (sin, cos) = from.y.atan2(from.x).sin_cos();
    [polar * cos, polar * sin]
}

/// A loop, unfolded.
struct Enclosure(Vec<[[f64; 2]; 2]>);

impl Enclosure {
    fn new(line: &[Point]) -> Self {
        let ring: Vec<_> = line.iter().map(unfolded).collect();
        Self((0..ring.len()).map(|i| [ring[i], ring[(i + 1) % ring.len()]]).collect())
    }

    /// Even-odd rule.
    fn contains(&self, p: &Point) -> bool {
        let [x, y] = unfolded(p);
        let crossed =
            |[[ax, ay], [bx, by]]: &[[f64; 2]; 2]| (*ay > y) != (*by > y) && x < ax + (bx - ax) * (y - ay) / (by - ay);
        self.0.iter().filter(|edge| crossed(edge)).count() % 2 == 1
    }
}

/// Whether the loop goes around the place; both on a head's skin, in the head frame.
pub(crate) fn encloses(line: &[Point], p: &Point) -> bool {
    Enclosure::new(line).contains(p)
}

/// Area of the triangles whose middles the loop goes around, mm².
pub(crate) fn enclosed_area_mm2(line: &[Point], mesh: &TriMesh) -> f64 {
    let enclosure = Enclosure::new(line);
    let middle = |t: u32| Point::from(mesh.corners(t).iter().map(|p| p.coords).sum::<Vector>() / 3.0);
    (0..mesh.triangles().len() as u32)
        .filter(|&t| enclosure.contains(&middle(t)))
        .map(|t| mesh.triangle_area_mm2(t))
        .sum()
}
