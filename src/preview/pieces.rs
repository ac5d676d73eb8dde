use crate::geometry::Point;
use crate::mesh::TriMesh;

/// Splits every triangle evenly until no edge is longer than `longest_mm`, and hands over the corners of each piece in
/// the triangle's winding. Triangles without area are passed over.
pub(super) fn for_each_piece(mesh: &TriMesh, longest_mm: f64, mut visit: impl FnMut([Point; 3])) {
    for t in 0..mesh.triangles().len() as u32 {
        let [a, b, c] = mesh.corners(t);
        let (ab, ac) = (b - a, c - a);
        if ab.cross(&ac).norm_squared() <= 0.0 {
            continue;
        }
        let longest2 = ab.norm_squared().max(ac.norm_squared()).max((c - b).norm_squared());
        let parts = (longest2.sqrt() / longest_mm).ceil().clamp(1.0, MOST_PARTS);
        let n = parts as u32;
        let at = |i: u32, j: u32| a + ab * (f64::from(i) / parts) + ac * (f64::from(j) / parts);
        for i in 0..n {
            for j in 0..n - i {
                visit([at(i, j), at(i + 1, j), at(i, j + 1)]);
                if i + j + 1 < n {
                    visit([at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)]);
                }
            }
        }
    }
}

/// An edge is split into no more parts than this, whatever its length.
const MOST_PARTS: f64 = 256.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Vector;

    #[test]
    fn pieces_cover_the_triangle_and_keep_its_winding() {
        let corners = vec![Point::origin(), Point::new(10.0, 0.0, 0.0), Point::new(0.0, 7.0, 0.0)];
        let mesh = TriMesh::new(corners, vec![[0, 1, 2]]).unwrap();
        let (mut count, mut area) = (0, Vector::zeros());
        for_each_piece(&mesh, 1.0, |[a, b, c]| {
            count += 1;
            area += 0.5 * (b - a).cross(&(c - a));
            assert!((b - a).norm().max((c - a).norm()).max((c - b).norm()) <= 1.0 + 1e-12);
            assert!((b - a).cross(&(c - a)).z > 0.0);
        });
        assert_eq!(count, 13 * 13);
        assert!((area - Vector::new(0.0, 0.0, 35.0)).norm() < 1e-9);
    }
}
