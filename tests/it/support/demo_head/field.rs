//! Signed distances of simple bodies and how they melt into each other.
//!
//! Bodies are combined with the polynomial smooth minimum of Inigo Quilez ("Smooth minimum", iquilezles.org), which
//! fillets the seam over a width `k` in mm.

use tonsure::geometry::{Point, Vector};

/// Smooth union: the smaller distance, filleted over `k`.
pub(super) fn join(a: f64, b: f64, k: f64) -> f64 {
    let h = (k - (a - b).abs()).max(0.0) / k;
    a.min(b) - h * h * k / 4.0
}

/// `body` without `tool`, the edge rounded over `k`.
pub(super) fn carve(body: f64, tool: f64, k: f64) -> f64 {
    -join(-body, tool, k)
}

/// Approximate distance to an ellipsoid; exact on its surface.
pub(super) fn ellipsoid(p: &Point, centre: [f64; 3], radii: [f64; 3]) -> f64 {
    let q = p - Point::from(centre);
    let radii = Vector::from(radii);
    let scaled = q.component_div(&radii).norm();
    let gradient = q.component_div(&radii.component_mul(&radii)).norm();
    if gradient < 1e-12 { -radii.min() } else { scaled * (scaled - 1.0) / gradient }
}

/// Distance to a capsule whose radius goes from `ra` at `a` to `rb` at `b` (the cone is taken as straight in the
/// parameter, which is exact enough for slender tapers).
pub(super) fn capsule(p: &Point, a: [f64; 3], ra: f64, b: [f64; 3], rb: f64) -> f64 {
    let (a, b) = (Point::from(a), Point::from(b));
    let axis = b - a;
    let t = ((p - a).dot(&axis) / axis.norm_squared()).clamp(0.0, 1.0);
    (p - (a + axis * t)).norm() - (ra + (rb - ra) * t)
}

/// 0 below `from`, 1 above `to`, smooth between.
pub(super) fn smoothstep(from: f64, to: f64, value: f64) -> f64 {
    let t = ((value - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Unit gradient by central differences.
pub(super) fn normal(field: impl Fn(&Point) -> f64, p: &Point) -> Vector {
    const STEP_MM: f64 = 0.01;
    let slope = |axis: usize| {
        let mut step = Vector::zeros();
        step[axis] = STEP_MM;
        field(&(p + step)) - field(&(p - step))
    };
    Vector::new(slope(0), slope(1), slope(2)).normalize()
}
