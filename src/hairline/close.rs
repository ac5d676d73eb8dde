use super::head_axes::HeadAxes;
use crate::case::Landmarks;
use crate::error::{Error, Result};
use crate::geometry::{Placement, Point, Vector, decimal};
use crate::mesh::SurfaceIndex;

/// The way around an ear: backwards of and above the tragus, mm. It keeps 5 to 10 mm off an auricle of common size
/// (62 mm long, 36 mm broad; means of the ANSUR II survey, 2014), with room in front for a sideburn.
const AROUND_EAR_MM: [[f64; 2]; 10] = [
    [-17.0, -4.0],
    [-17.0, 12.0],
    [-15.0, 27.0],
    [-7.0, 40.0],
    [8.0, 47.0],
    [24.0, 43.0],
    [35.0, 30.0],
    [40.0, 12.0],
    [43.0, -7.0],
    [48.0, -23.0],
];

/// Middle of the auricle, backwards of and above the tragus, mm.
const EAR_MIDDLE_MM: [f64; 2] = [12.0, 3.0];

/// The middle of the nape's line: this far below the inion, and in front of it, mm.
const NAPE_BELOW_INION_MM: f64 = 48.0;
const NAPE_BEFORE_INION_MM: f64 = 8.0;

/// Distance of the points that are added, mm.
const STEP_MM: f64 = 4.0;

/// How far the skin may lie beyond the way that the landmarks predict, as a share of the distance from the axis of the
/// head: little beside an auricle, which must not be met, more behind it.
const BEYOND_BESIDE_EAR: f64 = 1.12;
const BEYOND_BEHIND_EAR: f64 = 1.4;

/// Where no auricle reaches any more, backwards of the tragus, mm.
const BEHIND_EAR_MM: f64 = 41.0;

/// A closed loop made of a drawn frontal curve and an added rest.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedHairline {
    /// Points of the loop in order, mm, in the scan's axes; the first is not repeated.
    pub points: Vec<Point>,
    /// For each point whether it was drawn (true) or added (false).
    pub drawn: Vec<bool>,
}

/// Closes a frontal curve, drawn from ear to ear over the forehead: from its last point around the ear, along the nape
/// below the inion, around the other ear to its first point. The added points lie on the surface, about 4 mm apart; the
/// drawn ones stay as they are. A curve that ends in front of the ear gets a sideburn up to there; one that ends above
/// it is led straight to the way over the ear.
///
/// `curve` and `landmarks` in mm in the axes of the scan that `surface` was built from. Needs both tragi and the inion;
/// the vertex, if marked, says where up is. The proportions are the project's own, after the loops that a drawing by
/// hand gives.
///
/// Errors: missing or degenerate landmarks, both ends on one side of the head, no skin where the line should go.
pub fn close_frontal(curve: &[Point], landmarks: &Landmarks, surface: &SurfaceIndex) -> Result<ClosedHairline> {
    let axes = HeadAxes::new(landmarks)?;
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else {
        return Err(Error::input("an empty frontal curve").expected("a curve from ear to ear").remedy("draw it"));
    };
    let (first, last) = (axes.into_head.point(first), axes.into_head.point(last));
    if first.x * last.x >= 0.0 {
        return Err(Error::input(format!(
            "a frontal curve whose ends are {} and {} mm to the left of the middle",
            decimal(first.x, 1),
            decimal(last.x, 1)
        ))
        .expected("one end at each ear")
        .remedy("draw the curve from ear to ear over the forehead, or the whole loop"));
    }

    let nape = Point::new(0.0, axes.inion.y - NAPE_BEFORE_INION_MM, axes.inion.z - NAPE_BELOW_INION_MM);
    let mut way = vec![last];
    way.extend(around_ear(&last, &axes));
    way.push(nape);
    way.extend(around_ear(&first, &axes).into_iter().rev());
    way.push(first);

    let out_of_head = axes.into_head.inverse();
    let added: Vec<Point> =
        spline(&way).iter().map(|guess| onto_skin(guess, &axes, &out_of_head, surface)).collect::<Result<_>>()?;
    let mut drawn = vec![true; curve.len()];
    drawn.resize(curve.len() + added.len(), false);
    Ok(ClosedHairline { points: [curve, &added].concat(), drawn })
}

/// The part of the way around the ear on the side of `end` that is still to go, from front to back.
fn around_ear(end: &Point, axes: &HeadAxes) -> Vec<Point> {
    // Angle about the ear's middle from straight down, over the front, the top and the back.
    let turn = |y: f64, z: f64| {
        let (y, z) = (y - EAR_MIDDLE_MM[0], z - EAR_MIDDLE_MM[1]);
        (-y).atan2(-z).rem_euclid(std::f64::consts::TAU)
    };
    let reached = turn(end.y, end.z);
    let ahead = AROUND_EAR_MM.into_iter().filter(|[y, z]| turn(*y, *z) > reached);
    ahead.map(|[y, z]| Point::new(axes.half_breadth_mm.copysign(end.x), y, z)).collect()
}

/// Points between the first and the last, [`STEP_MM`] apart, on the Catmull-Rom spline with centripetal knots (Barry and
/// Goldman, SIGGRAPH 1988), which has no loops where distances vary.
fn spline(way: &[Point]) -> Vec<Point> {
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
        let pieces = ((c - b).norm() / STEP_MM).ceil().max(1.0);
        // The first point of the way is drawn already.
        for step in usize::from(i == 0)..pieces as usize {
            let t = t1 + (t2 - t1) * step as f64 / pieces;
            let (ab, bc, cd) = (mix(a, b, 0.0, t1, t), mix(b, c, t1, t2, t), mix(c, d, t2, t3, t));
            points.push(mix(mix(ab, bc, 0.0, t2, t), mix(bc, cd, t1, t3, t), t1, t2, t));
        }
    }
    points
}

/// The skin where a level ray from the axis of the head through `guess` (head frame) leaves it; in the scan's axes.
///
/// The last crossing counts, because scans have loose pieces inside; but not far beyond the guess, where auricles are.
fn onto_skin(guess: &Point, axes: &HeadAxes, out_of_head: &Placement, surface: &SurfaceIndex) -> Result<Point> {
    // A third of the way to the back of the head every horizontal section is seen whole from inside.
    let axis = Point::new(0.0, axes.inion.y / 3.0, guess.z);
    let ray = out_of_head.direction(&(guess - axis));
    let origin = out_of_head.point(&axis);
    let beyond = if guess.y > BEHIND_EAR_MM { BEYOND_BEHIND_EAR } else { BEYOND_BESIDE_EAR };
    let hit = surface.ray_last(&origin, &ray, beyond);
    hit.filter(|hit| hit.t > 0.5).map(|hit| origin + ray * hit.t).ok_or_else(|| {
        let place: Vector = guess.coords;
        Error::input(format!(
            "no skin {} mm left, {} mm behind and {} mm above the middle of the tragi",
            decimal(place.x, 0),
            decimal(place.y, 0),
            decimal(place.z, 0)
        ))
        .expected("a scan that reaches around the ears and below the inion")
        .remedy("check the landmarks, or draw the whole loop")
    })
}
