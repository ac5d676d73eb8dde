use nalgebra::Unit;

use super::build::Stop;
use crate::geometry::{Point, Vector};
use crate::rig::{Joints, Pose, Profile, forward, with_tip};

/// Radius of a head where the dots do not tell one, mm.
const HEAD_RADIUS_MM: f64 = 90.0;
/// Lengths and sines below this have no direction.
const LEAST: f64 = 1e-9;

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

/// Places from `from` (left out) to `to` (included), `pieces` of them: the rotary axes turn evenly, the tip goes evenly
/// around `centre` while its distance from it changes evenly. `None` when the two lie on opposite sides of the centre, or a
/// place between them is out of travel.
///
/// The needle follows the axes and not the shortest turn, which would swing them wildly where it points along x, or
/// beyond their travel.
pub(super) fn around(
    profile: &Profile,
    centre: &Point,
    (from_joints, from): &(Joints, Pose),
    to: &(Joints, Pose),
    pieces: usize,
) -> Option<Vec<(Joints, Pose)>> {
    let (start, end) = (from.tip - centre, to.1.tip - centre);
    let (near, far) = (start.norm(), end.norm());
    let (start, end) = (Unit::try_new(start, LEAST)?, Unit::try_new(end, LEAST)?);
    let place = |piece: usize| {
        let t = piece as f64 / pieces as f64;
        let outward = start.try_slerp(&end, t, LEAST)?.into_inner();
        let turned = from_joints.lerp(&to.0, t);
        let tip = centre + outward * (near + (far - near) * t);
        let pose = Pose { tip, needle: forward(profile, &turned).needle };
        Some((with_tip(profile, &tip, turned.turns()).ok()?, pose))
    };
    (1..pieces).map(place).chain(std::iter::once(Some(*to))).collect()
}
