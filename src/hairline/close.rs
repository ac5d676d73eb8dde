use super::curve::spline;
use super::head_axes::HeadAxes;
use crate::case::Landmarks;
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Aabb, Placement, Point, Vector, decimal};
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

/// The line keeps this far above the lower rim of a scan that ends above it, mm; it is raised for that by at most
/// [`MOST_RAISED_MM`], in steps.
const ABOVE_RIM_MM: f64 = 5.0;
const MOST_RAISED_MM: f64 = 40.0;
const RAISE_STEP_MM: f64 = 0.5;

/// Where no auricle reaches any more, backwards of the tragus, mm.
const BEHIND_EAR_MM: f64 = 41.0;

/// A closed loop made of a drawn frontal curve and an added rest.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedHairline {
    /// Points of the loop in order, mm, in the scan's axes; the first is not repeated.
    pub points: Vec<Point>,
    /// For each point whether it was drawn (true) or added (false).
    pub drawn: Vec<bool>,
    /// Where the scan did not reach as far as the landmarks ask.
    pub findings: Vec<Finding>,
}

/// Closes a frontal curve, drawn from ear to ear over the forehead: from its last point around the ear, along the nape
/// below the inion, around the other ear to its first point. The added points lie on the surface, about 4 mm apart; the
/// drawn ones stay as they are. A curve that ends in front of the ear gets a sideburn up to there; one that ends above
/// it is led straight to the way over the ear. Where the scan ends less than 5 mm below the way, the way is raised
/// to that height above the rim, by at most 40 mm, and a finding says so.
///
/// `curve` and `landmarks` in mm in the axes of the scan that `surface` was built from. Needs both tragi and the inion;
/// the vertex, if marked, says where up is. The proportions are the project's own, after the loops that a drawing by
/// hand gives.
///
/// Errors: missing or degenerate landmarks, left and right tragus exchanged, both ends on one side of the head, a curve
/// that is not over the forehead, no skin where the line should go.
pub fn close_frontal(curve: &[Point], landmarks: &Landmarks, surface: &SurfaceIndex) -> Result<ClosedHairline> {
    let axes = HeadAxes::new(landmarks)?;
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else {
        return Err(Error::input("an empty frontal curve").expected("a curve from ear to ear").remedy("draw it"));
    };
    axes.check_above_forehead(curve)?;
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

    let skin = Skin { axes: &axes, out_of_head: axes.into_head.inverse(), surface };
    let added: Vec<(Point, f64)> =
        spline(&way, STEP_MM).iter().map(|guess| skin.at_or_above(guess)).collect::<Result<_>>()?;
    let findings = raised_finding(&added).into_iter().collect();
    let mut drawn = vec![true; curve.len()];
    drawn.resize(curve.len() + added.len(), false);
    let points = curve.iter().copied().chain(added.into_iter().map(|(point, _)| point)).collect();
    Ok(ClosedHairline { points, drawn, findings })
}

/// Says how far the line was raised, if it was.
fn raised_finding(added: &[(Point, f64)]) -> Option<Finding> {
    let raised: Vec<Point> = added.iter().filter(|(_, by)| *by > 0.0).map(|(point, _)| *point).collect();
    let most_mm = added.iter().map(|(_, by)| *by).fold(0.0, f64::max);
    let bounds = Aabb::around(&raised);
    (!raised.is_empty()).then(|| {
        let message = format!(
            "the scan ends above the line that the landmarks ask: {} of {} added points lie up to {} mm higher, \
             {ABOVE_RIM_MM} mm above the scan's rim",
            raised.len(),
            added.len(),
            decimal(most_mm, 1)
        );
        Finding::new("boundary-raised", Severity::Warn, message)
            .times(raised.len())
            .remedy("scan more of the nape, or draw the whole loop")
            .bounds_mm([bounds.min.into(), bounds.max.into()])
    })
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

/// The skin around the axis of a head.
struct Skin<'a> {
    axes: &'a HeadAxes,
    out_of_head: Placement,
    surface: &'a SurfaceIndex,
}

impl Skin<'_> {
    /// The skin outwards of `guess` (head frame), in the scan's axes; or as far above as the scan reaches, and by how much.
    fn at_or_above(&self, guess: &Point) -> Result<(Point, f64)> {
        let at_height = |up: f64| self.outwards(&(guess + Vector::new(0.0, 0.0, up)));
        let steps = (MOST_RAISED_MM / RAISE_STEP_MM) as u32;
        // Down to the rim's margin the skin must be whole; above the margin only the place itself counts.
        let mut whole_from = -ABOVE_RIM_MM;
        for step in 0..=steps + (ABOVE_RIM_MM / RAISE_STEP_MM) as u32 {
            let up = f64::from(step) * RAISE_STEP_MM - ABOVE_RIM_MM;
            match at_height(up) {
                None => whole_from = up + RAISE_STEP_MM,
                Some(place) if up >= 0.0 && up >= whole_from + ABOVE_RIM_MM => return Ok((place, up)),
                Some(_) => {}
            }
        }
        Err(Error::input(format!(
            "no skin {} mm left, {} mm behind and {} mm above the middle of the tragi, nor up to {MOST_RAISED_MM} mm above",
            decimal(guess.x, 0),
            decimal(guess.y, 0),
            decimal(guess.z, 0)
        ))
        .expected("a scan that reaches around the ears and below the inion")
        .remedy("check the landmarks, or draw the whole loop"))
    }

    /// The skin where a level ray from the axis of the head through `guess` leaves it.
    ///
    /// The last crossing counts, because scans have loose pieces inside; but not far beyond the guess, where auricles are.
    fn outwards(&self, guess: &Point) -> Option<Point> {
        // A third of the way to the back of the head every horizontal section is seen whole from inside.
        let axis = Point::new(0.0, self.axes.inion.y / 3.0, guess.z);
        let ray = self.out_of_head.direction(&(guess - axis));
        let origin = self.out_of_head.point(&axis);
        let beyond = if guess.y > BEHIND_EAR_MM { BEYOND_BEHIND_EAR } else { BEYOND_BESIDE_EAR };
        let hit = self.surface.ray_last(&origin, &ray, beyond);
        hit.filter(|hit| hit.t > 0.5).map(|hit| origin + ray * hit.t)
    }
}
