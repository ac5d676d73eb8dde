use nalgebra::Unit;

use super::build::Stop;
use crate::geometry::{Point, Vector};
use crate::rig::Pose;

/// Radius of a head where the dots do not tell one, mm.
const HEAD_RADIUS_MM: f64 = 90.0;

/// Middle of the sphere that fits the dots and their needles best: least squares of `dot - radius * needle - centre`.
pub(super) fn centre_below(stops: &[Stop]) -> Point {
    let share = 1.0 / stops.len().max(1) as f64;
    let place = stops.iter().map(|stop| stop.skin.tip.coords).sum::<Vector>() * share;
    let needle = stops.iter().map(|stop| stop.skin.needle).sum::<Vector>() * share;
    let (mut common, mut variance) = (0.0, 0.0);
    for Stop { skin, .. } in stops {
        common += (skin.tip.coords - place).dot(&(skin.needle - needle));
        variance += (skin.needle - needle).norm_squared();
    }
    let radius = common / variance;
    // Few or nearly parallel needles say nothing about the radius.
    let plausible = 0.5 * HEAD_RADIUS_MM..2.0 * HEAD_RADIUS_MM;
    let radius = if plausible.contains(&radius) { radius } else { HEAD_RADIUS_MM };
    Point::from(place - needle * radius)
}

/// Poses from `from` (left out) to `to` (included), `pieces` of them, around `centre`: direction and needle turn evenly,
/// the distance from the centre changes evenly. `None` when the two lie on opposite sides of the centre.
pub(super) fn around(centre: &Point, from: &Pose, to: &Pose, pieces: usize) -> Option<Vec<Pose>> {
    let (start, end) = (from.tip - centre, to.tip - centre);
    let (near, far) = (start.norm(), end.norm());
    let direction = (Unit::try_new(start, 1e-9)?, Unit::try_new(end, 1e-9)?);
    let needle = (Unit::new_normalize(from.needle), Unit::new_normalize(to.needle));
    let pose = |piece: usize| {
        if piece == pieces {
            return Some(*to);
        }
        let t = piece as f64 / pieces as f64;
        let outward = direction.0.try_slerp(&direction.1, t, 1e-9)?;
        let needle = needle.0.try_slerp(&needle.1, t, 1e-9)?;
        let tip = centre + outward.into_inner() * (near + (far - near) * t);
        Some(Pose { tip, needle: needle.into_inner() })
    };
    (1..=pieces).map(pose).collect()
}
