use crate::geometry::Point;

/// Points between the first and the last, about `step_mm` apart, on the Catmull-Rom spline with centripetal knots (Barry and
/// Goldman, SIGGRAPH 1988), which has no loops where distances vary. Its tangent is continuous, and it goes through all points of
/// the way; those between the ends are among the result.
pub(super) fn spline(way: &[Point], step_mm: f64) -> Vec<Point> {
    let last = way.len() - 1;
    let mut points = Vec::new();
    for i in 0..last {
        let [b, c] = [way[i], way[i + 1]];
        let a = if i == 0 { b - (c - b) } else { way[i - 1] };
        let d = if i + 1 == last { c + (c - b) } else { way[i + 2] };
        let knot = |p: Point, q: Point| (q - p).norm().sqrt().max(1e-6);
        let (t1, t2) = (knot(a, b), knot(a, b) + knot(b, c));
        let t3 = t2 + knot(c, d);
        let mix = |p: Point, q: Point, from: f64, to: f64, t: f64| p + (q - p) * ((t - from) / (to - from));
        let pieces = ((c - b).norm() / step_mm).ceil().max(1.0);
        // The first point of the way is drawn already.
        for step in usize::from(i == 0)..pieces as usize {
            let t = t1 + (t2 - t1) * step as f64 / pieces;
            let (ab, bc, cd) = (mix(a, b, 0.0, t1, t), mix(b, c, t1, t2, t), mix(c, d, t2, t3, t));
            points.push(mix(mix(ab, bc, 0.0, t2, t), mix(bc, cd, t1, t3, t), t1, t2, t));
        }
    }
    points
}
