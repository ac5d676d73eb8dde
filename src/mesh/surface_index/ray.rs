use crate::geometry::{Point, Vector};

/// A ray prepared for many triangles.
///
/// Reference: S. Woop, C. Benthin, I. Wald, "Watertight ray/triangle intersection", Journal of Computer Graphics
/// Techniques 2(1), 2013: no ray slips through an edge or a corner that triangles share.
#[derive(Debug, Clone)]
pub(super) struct Ray {
    origin: Point,
    /// The axes after turning the longest component of the direction to z.
    axes: [usize; 3],
    /// Shear of x and y and scale of z that bring the direction to (0, 0, 1).
    shear: [f64; 3],
}

impl Ray {
    pub(super) fn new(origin: &Point, direction: &Vector) -> Self {
        let z = direction.iamax();
        let (x, y) = ((z + 1) % 3, (z + 2) % 3);
        let scale = direction[z].recip();
        Self { origin: *origin, axes: [x, y, z], shear: [direction[x] * scale, direction[y] * scale, scale] }
    }

    /// Place along the ray, from 0 on, and weights of the corners where it meets the triangle, from either side.
    pub(super) fn hit(&self, corners: &[Point; 3]) -> Option<(f64, [f64; 3])> {
        let [x, y, z] = self.axes;
        let [a, b, c] = corners.map(|corner| {
            let offset = corner - self.origin;
            [offset[x] - self.shear[0] * offset[z], offset[y] - self.shear[1] * offset[z], self.shear[2] * offset[z]]
        });
        let sides = [c[0] * b[1] - c[1] * b[0], a[0] * c[1] - a[1] * c[0], b[0] * a[1] - b[1] * a[0]];
        if sides.iter().any(|&side| side < 0.0) && sides.iter().any(|&side| side > 0.0) {
            return None;
        }
        let sum = sides[0] + sides[1] + sides[2];
        let weights = sides.map(|side| side / sum);
        let t = weights[0] * a[2] + weights[1] * b[2] + weights[2] * c[2];
        // A triangle seen edge-on has sum 0 and a t that is no number: no hit.
        (t >= 0.0 && t.is_finite()).then_some((t, weights))
    }
}
