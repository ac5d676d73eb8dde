//! What a loop on the demo head encloses: an oracle that knows nothing of cutting meshes.

use tonsure::geometry::{Point, Vector};
use tonsure::mesh::TriMesh;

/// Azimuthal map of the demo head from above: every place of the hair-bearing skin has one image.
fn unfolded(p: &Point) -> [f64; 2] {
    let from = p - Point::new(0.0, 10.0, 20.0);
    let polar = from.x.hypot(from.y).atan2(from.z);
    let (sin, cos) = from.y.atan2(from.x).sin_cos();
    [polar * cos, polar * sin]
}

/// Whether the loop goes around the place; both on the demo head's skin.
pub(crate) fn encloses(line: &[Point], p: &Point) -> bool {
    let [x, y] = unfolded(p);
    let ring: Vec<_> = line.iter().map(unfolded).collect();
    let edges = (0..ring.len()).map(|i| (ring[i], ring[(i + 1) % ring.len()]));
    let crossed =
        edges.filter(|([ax, ay], [bx, by])| (*ay > y) != (*by > y) && x < ax + (bx - ax) * (y - ay) / (by - ay));
    crossed.count() % 2 == 1
}

/// Area of the triangles whose middles the loop goes around, mm².
pub(crate) fn enclosed_area_mm2(line: &[Point], mesh: &TriMesh) -> f64 {
    let middle = |t: u32| Point::from(mesh.corners(t).iter().map(|p| p.coords).sum::<Vector>() / 3.0);
    (0..mesh.triangles().len() as u32).filter(|&t| encloses(line, &middle(t))).map(|t| mesh.triangle_area_mm2(t)).sum()
}
