use super::Metric;
use super::cost::LEAST_SHARE_ON_ONE_AXIS;
use crate::geometry::Point;

/// How TSPLIB measures distances (G. Reinelt, TSPLIB 95, University of Heidelberg, 1995, section 2). All are symmetric
/// integers; not all of them are metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TsplibMetric {
    /// `EUC_2D`, `EUC_3D`: rounded to the nearest integer.
    Euclidean,
    /// `CEIL_2D`: rounded up.
    EuclideanUp,
    /// `MAN_2D`, `MAN_3D`: sum over the axes, rounded to the nearest integer.
    Manhattan,
    /// `MAX_2D`, `MAX_3D`: largest over the axes, each rounded to the nearest integer.
    Maximum,
    /// `ATT`: pseudo-Euclidean, a tenth of the squares, rounded up.
    PseudoEuclidean,
    /// `GEO`: great circles on a sphere, km. Coordinates are latitude and longitude as degrees and, in the decimals,
    /// minutes.
    Geographic,
}

impl TsplibMetric {
    /// The names in files, each with the number of coordinates.
    pub(super) const NAMES: [(&'static str, Self, usize); 9] = [
        ("EUC_2D", Self::Euclidean, 2),
        ("EUC_3D", Self::Euclidean, 3),
        ("CEIL_2D", Self::EuclideanUp, 2),
        ("MAN_2D", Self::Manhattan, 2),
        ("MAN_3D", Self::Manhattan, 3),
        ("MAX_2D", Self::Maximum, 2),
        ("MAX_3D", Self::Maximum, 3),
        ("ATT", Self::PseudoEuclidean, 2),
        ("GEO", Self::Geographic, 2),
    ];
}

impl TsplibMetric {
    /// Kept out of line: a search calls the usual metric everywhere.
    #[cold]
    fn seldom_used(self, a: &Point, b: &Point) -> f64 {
        let d = a - b;
        match self {
            Self::Euclidean => nint(d.norm()),
            Self::EuclideanUp => round_up(d.norm()),
            Self::Manhattan => nint(d.abs().sum()),
            Self::Maximum => d.abs().iter().fold(0.0, |most, &x| nint(x).max(most)),
            // TSPLIB rounds to the nearest integer and adds one where that was less: the same as rounding up.
            Self::PseudoEuclidean => round_up((d.norm_squared() / 10.0).sqrt()),
            Self::Geographic => great_circle(a, b),
        }
    }
}

impl Metric for TsplibMetric {
    #[inline]
    fn between(self, a: &Point, b: &Point) -> f64 {
        match self {
            Self::Euclidean => nint((a - b).norm()),
            _ => self.seldom_used(a, b),
        }
    }

    fn at_least(self, distance: f64) -> f64 {
        match self {
            Self::Euclidean | Self::Manhattan => distance - 0.5,
            Self::EuclideanUp => distance,
            Self::Maximum => LEAST_SHARE_ON_ONE_AXIS * distance - 0.5,
            // Less than 1 / sqrt(10).
            Self::PseudoEuclidean => 0.316_227 * distance,
            // Between places on the sphere, whose arcs are longer than their chords; a thousandth for rounding.
            Self::Geographic => distance - 1e-3,
        }
    }
}

/// From here on every `f64` is an integer.
const ALL_INTEGERS: f64 = (1_u64 << 53) as f64;

/// TSPLIB's `nint`, `(int)(x + 0.5)`. A cast is much faster than `floor`, which calls the system's library; to a signed
/// integer it is one instruction.
#[inline]
fn nint(x: f64) -> f64 {
    if x < ALL_INTEGERS { (x + 0.5) as i64 as f64 } else { x }
}

#[inline]
fn round_up(x: f64) -> f64 {
    let down = if x < ALL_INTEGERS { x as i64 as f64 } else { x };
    if down < x { down + 1.0 } else { down }
}

/// TSPLIB's radius of the earth, km.
const RADIUS_KM: f64 = 6378.388;

/// Latitude and longitude in radians, with the value of pi that TSPLIB prescribes; its published optima need it.
fn radians(place: &Point) -> [f64; 2] {
    #[allow(clippy::approx_constant, reason = "prescribed to these digits")]
    const PI: f64 = 3.141_592;
    [place.x, place.y].map(|x| PI * (x.trunc() + 5.0 * x.fract() / 3.0) / 180.0)
}

fn great_circle(a: &Point, b: &Point) -> f64 {
    let ([latitude_a, longitude_a], [latitude_b, longitude_b]) = (radians(a), radians(b));
    let q1 = (longitude_a - longitude_b).cos();
    let q2 = (latitude_a - latitude_b).cos();
    let q3 = (latitude_a + latitude_b).cos();
    let cosine: f64 = 0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3);
    (RADIUS_KM * cosine.clamp(-1.0, 1.0).acos() + 1.0).trunc()
}

/// Where a latitude and longitude lie in space, km from the middle of the earth.
pub(super) fn on_sphere(place: &Point) -> Point {
    let [(sin, cos), (east, along)] = radians(place).map(f64::sin_cos);
    Point::new(RADIUS_KM * cos * along, RADIUS_KM * cos * east, RADIUS_KM * sin)
}
