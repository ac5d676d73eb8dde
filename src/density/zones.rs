use crate::case::{Landmarks, Zone};
use crate::error::Result;
use crate::geometry::{Placement, Point};
use crate::hairline::HeadMarks;

/// Where zones of the scalp end, degrees, on the ellipsoid through the landmarks.
///
/// Nobody has measured these borders: they are chosen so that on heads of common size the frontal zone reaches some 45 mm
/// behind the hairline, the sides begin at the edge of the flat top, and the crown takes the fall of the head behind it,
/// some 100 to 130 mm across (R. True on crown restoration names 4 to 5 in).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZoneBorders {
    /// Between frontal zone and temples, from the middle to the side.
    pub temple_deg: f64,
    /// Between the top and the sides, from the middle to the side.
    pub side_deg: f64,
    /// Between temples and sides, from the plane through both ears and the vertex backwards.
    pub ear_deg: f64,
    /// Between frontal zone and mid-scalp, from the face upwards and over the top.
    pub frontal_deg: f64,
    /// Between mid-scalp and crown, likewise.
    pub mid_scalp_deg: f64,
    /// Between crown and nape, likewise.
    pub crown_deg: f64,
}

impl Default for ZoneBorders {
    fn default() -> Self {
        Self {
            temple_deg: 33.0,
            side_deg: 45.0,
            ear_deg: -15.0,
            frontal_deg: 75.0,
            mid_scalp_deg: 115.0,
            crown_deg: 160.0,
        }
    }
}

/// The zones of a scalp on one head, found from its landmarks.
///
/// The head is compared with an ellipsoid about the middle of the tragi, through tragi, vertex, glabella and inion (with a
/// half-axis each to the front and the back). A place counts by its direction there, so that zones grow with the head.
/// Every place of a head has a zone; what of it is scalp the hairline says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadZones {
    into_head: Placement,
    borders: ZoneBorders,
    half_breadth_mm: f64,
    front_mm: f64,
    back_mm: f64,
    height_mm: f64,
}

impl HeadZones {
    /// From landmarks in mm, all five.
    ///
    /// # Errors
    /// Landmarks that are missing or do not span a head.
    pub fn new(landmarks: &Landmarks, borders: ZoneBorders) -> Result<Self> {
        let HeadMarks { into_head, glabella, half_breadth_mm, inion, vertex } = HeadMarks::new(landmarks)?;
        // Half-axis along y of the ellipsoid through a place in the middle plane.
        let half_axis = |mark: Point| mark.y.abs() / (1.0 - (mark.z / vertex.z).powi(2)).max(0.25).sqrt();
        let (front_mm, back_mm) = (half_axis(glabella), half_axis(inion));
        Ok(Self { into_head, borders, half_breadth_mm, front_mm, back_mm, height_mm: vertex.z })
    }

    /// From the scan's frame into the head's.
    pub fn into_head(&self) -> &Placement {
        &self.into_head
    }

    /// Zone of a place in the scan's frame, mm.
    pub fn of(&self, place: &Point) -> Zone {
        let weights = self.weights(place, 0.0);
        let best = (0..weights.len()).rev().max_by(|&a, &b| weights[a].total_cmp(&weights[b]));
        Zone::ALL[best.unwrap_or(0)]
    }

    /// How much a place belongs to each zone, in the order of [`Zone::ALL`]; they sum to 1. Within half of `blend_mm` from
    /// a border both of its zones have a share.
    pub fn weights(&self, place: &Point, blend_mm: f64) -> [f64; 6] {
        let p = self.into_head.point(place);
        let along_mm = if p.y < 0.0 { self.front_mm } else { self.back_mm };
        let scaled = Point::new(p.x / self.half_breadth_mm, p.y / along_mm, p.z / self.height_mm);
        let direction = scaled.coords.try_normalize(1e-9).unwrap_or_default();
        let [x, y, z] = [direction.x, direction.y, direction.z];
        let blend_rad = blend_mm / p.coords.norm().max(1.0);
        // Share of what lies beyond a border.
        let beyond = |angle_rad: f64, border_deg: f64| {
            let past_rad = angle_rad - border_deg.to_radians();
            if blend_rad > 0.0 { super::smoothstep(past_rad / blend_rad + 0.5) } else { f64::from(past_rad >= 0.0) }
        };
        let (aside, backwards, over) = (x.abs().asin(), y.asin(), z.atan2(-y).rem_euclid(std::f64::consts::TAU));
        // Below the ears in front and behind the way over the top starts and ends anew.
        let over = if over > 1.5 * std::f64::consts::PI { 0.0 } else { over };
        let b = &self.borders;
        let in_front = 1.0 - beyond(backwards, b.ear_deg);
        let temples = in_front * beyond(aside, b.temple_deg);
        let sides = (1.0 - in_front) * beyond(aside, b.side_deg);
        let middle = 1.0 - temples - sides;
        let ends = [b.frontal_deg, b.mid_scalp_deg, b.crown_deg].map(|border| beyond(over, border));
        let [frontal, mid_scalp, crown, nape] = [1.0 - ends[0], ends[0] - ends[1], ends[1] - ends[2], ends[2]];
        [middle * frontal, temples, middle * mid_scalp, middle * crown, sides, middle * nape]
    }
}
