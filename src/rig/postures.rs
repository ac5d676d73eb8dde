//! Ways to hold the needle along a direction.

use std::f64::consts::{FRAC_PI_2, PI};

use super::{Axis, Joints, Kinematics, Profile, Turns, Unreachable, with_tip};
use crate::geometry::{Point, Vector};

/// A needle that turns less than this from the vertical counts as upright, rad.
const UPRIGHT_RAD: f64 = 1e-9;
/// Nearer to the pole than this the needle may leave the normal, degrees.
pub const POLE_DEG: f64 = 8.0;
/// By how much at most, degrees.
const LEAN_DEG: f64 = 2.0;
/// Near the pole, postures are tried at multiples of this of the axis that spins there, degrees.
const GRID_DEG: f64 = 5.0;

/// One way to hold the needle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posture {
    /// Positions of the rotary axes.
    pub turns: Turns,
    /// Unit vector along the needle, from the tip to its other end, in the frame of the head rest.
    pub needle: Vector,
    /// Angle between the needle and the normal that was asked for, degrees; 0 but near a pole.
    pub off_normal_deg: f64,
}

/// All postures in which the needle points along `needle` and the rotary axes are within their travel: two solutions, and
/// whole turns more or less. Never an empty list; the error names the axis that would have to leave its travel.
///
/// First come those whose farther axis is turned upwards of zero (B within ±90° for `xyz-ab`), and among them those that
/// are turned least. At the pole, where the nearer axis does not matter, it stays at zero.
pub fn postures(profile: &Profile, needle: &Vector) -> Result<Vec<Posture>, Unreachable> {
    let Some(wrist) = Wrist::new(profile) else {
        let tilt = needle.x.hypot(needle.y).atan2(needle.z);
        if tilt > UPRIGHT_RAD {
            return Err(Unreachable::NeedleFixed { tilt_deg: tilt.to_degrees() });
        }
        return Ok(vec![Posture { turns: [0.0; 2], needle: Vector::z(), off_normal_deg: 0.0 }]);
    };
    let azimuth = if wrist.pole_rad(needle) < UPRIGHT_RAD { 0.0 } else { wrist.azimuth(needle) };
    let mut found: Vec<Posture> = (whole_turns(wrist.near, azimuth))
        .chain(whole_turns(wrist.near, azimuth + PI))
        .flat_map(|near| wrist.postures_at(needle, near))
        .map(|turns| Posture { turns, needle: *needle, off_normal_deg: 0.0 })
        .collect();
    if found.is_empty() {
        return Err(wrist.out_of_travel(needle, azimuth));
    }
    let rank = |posture: &Posture| {
        let (near, far) = wrist.angles(posture.turns);
        (!wrist.is_principal(far), near.abs())
    };
    found.sort_by(|a, b| {
        let ((other_a, turn_a), (other_b, turn_b)) = (rank(a), rank(b));
        other_a.cmp(&other_b).then(turn_a.total_cmp(&turn_b))
    });
    Ok(found)
}

/// [`postures()`], and near a pole those that leave the normal by up to 2 degrees, or by the profile's limit if that is
/// less, so that an axis need not spin.
pub fn postures_near(profile: &Profile, normal: &Vector) -> Result<Vec<Posture>, Unreachable> {
    let mut found = postures(profile, normal)?;
    let Some(wrist) = Wrist::new(profile) else { return Ok(found) };
    let pole = wrist.pole_rad(normal);
    if pole > POLE_DEG.to_radians() {
        return Ok(found);
    }
    // With the nearer axis off the normal's azimuth by d the needle comes as near as sin(lean) = sin(pole) |sin d|.
    let lean = LEAN_DEG.min(profile.needle_to_normal_limit_deg).to_radians();
    let farthest = if pole <= lean { FRAC_PI_2 } else { (lean.sin() / pole.sin()).asin() };
    let azimuth = wrist.azimuth(normal);
    for position in wrist.grid() {
        let near = wrist.near.angle(position);
        let off = (near - azimuth + FRAC_PI_2).rem_euclid(PI) - FRAC_PI_2;
        if off.abs() > farthest {
            continue;
        }
        found.extend(wrist.postures_at(normal, position).map(|turns| {
            let (near, far) = wrist.angles(turns);
            let needle = wrist.needle(near, far);
            Posture { turns, needle, off_normal_deg: needle.angle(normal).to_degrees() }
        }));
    }
    Ok(found)
}

/// Angle between a needle and the direction in which the axis nearer to the head turns without effect, degrees; 90
/// without rotary axes.
pub fn pole_distance_deg(profile: &Profile, needle: &Vector) -> f64 {
    Wrist::new(profile).map_or(90.0, |wrist| wrist.pole_rad(needle).to_degrees())
}

/// The directions of the two rotary axes: that nearer to the head, and the farther one.
struct Wrist<'a> {
    kinematics: Kinematics,
    near_index: usize,
    near: &'a Axis,
    far: &'a Axis,
}

impl Axis {
    /// Angle from the axis' zero, rad.
    fn angle(&self, position: f64) -> f64 {
        ((position - self.zero) * self.direction.sign()).to_radians()
    }

    fn position(&self, angle: f64) -> f64 {
        self.zero + self.direction.sign() * angle.to_degrees()
    }
}

impl<'a> Wrist<'a> {
    fn new(profile: &'a Profile) -> Option<Self> {
        let near_index = profile.kinematics.near_axis()?;
        let [near, far] = [near_index, 1 - near_index].map(|index| &profile.axes[Joints::LINEAR + index]);
        Some(Self { kinematics: profile.kinematics, near_index, near, far })
    }

    /// Component along the pole, and the two across it: that which the farther axis turns towards at azimuth 0, and the
    /// next by the right-hand rule.
    fn components(&self, needle: &Vector) -> [f64; 3] {
        match self.kinematics {
            Kinematics::XyzAb => [needle.x, needle.z, -needle.y],
            Kinematics::XyzAc => [needle.z, -needle.y, needle.x],
            Kinematics::Xyz | Kinematics::XyzBc => [needle.z, needle.x, needle.y],
        }
    }

    /// Angle to the nearer end of the pole, rad.
    fn pole_rad(&self, needle: &Vector) -> f64 {
        let [along, a, b] = self.components(needle);
        a.hypot(b).atan2(along.abs())
    }

    /// Angle of the nearer axis at which the needle can be met exactly, as it can at half a turn more, rad.
    fn azimuth(&self, needle: &Vector) -> f64 {
        let [_, a, b] = self.components(needle);
        b.atan2(a)
    }

    /// Angle of the farther axis that brings the needle nearest while the nearer axis stands at `near`, rad.
    fn far_angle(&self, needle: &Vector, near: f64) -> f64 {
        let [along, a, b] = self.components(needle);
        let across = a * near.cos() + b * near.sin();
        if self.kinematics == Kinematics::XyzAb { along.atan2(across) } else { across.atan2(along) }
    }

    fn needle(&self, near: f64, far: f64) -> Vector {
        let ((sin_near, cos_near), (sin, cos)) = (near.sin_cos(), far.sin_cos());
        match self.kinematics {
            Kinematics::XyzAb => Vector::new(sin, -sin_near * cos, cos_near * cos),
            Kinematics::XyzAc => Vector::new(sin_near * sin, -cos_near * sin, cos),
            Kinematics::Xyz | Kinematics::XyzBc => Vector::new(cos_near * sin, sin_near * sin, cos),
        }
    }

    /// Angles of the nearer and the farther axis, rad.
    fn angles(&self, turns: Turns) -> (f64, f64) {
        (self.near.angle(turns[self.near_index]), self.far.angle(turns[1 - self.near_index]))
    }

    fn is_principal(&self, far: f64) -> bool {
        if self.kinematics == Kinematics::XyzAb { far.abs() <= FRAC_PI_2 } else { far >= 0.0 }
    }

    /// The turns with the nearer axis at a position and the farther one as near to the needle as it can.
    fn postures_at(&self, needle: &Vector, near_position: f64) -> impl Iterator<Item = Turns> + use<> {
        let far = self.far_angle(needle, self.near.angle(near_position));
        let near_is_first = self.near_index == 0;
        whole_turns(self.far, far).map(move |far_position| {
            if near_is_first { [near_position, far_position] } else { [far_position, near_position] }
        })
    }

    /// Multiples of [`GRID_DEG`] within the travel of the nearer axis.
    fn grid(&self) -> impl Iterator<Item = f64> + use<> {
        let Axis { min, max, .. } = *self.near;
        let (first, last) = ((min / GRID_DEG).ceil() as i32, (max / GRID_DEG).floor() as i32);
        (first..=last).map(|k| f64::from(k) * GRID_DEG)
    }

    /// Which axis leaves its travel in the principal posture.
    fn out_of_travel(&self, needle: &Vector, azimuth: f64) -> Unreachable {
        let at = |axis: &Axis, angle: f64| (axis.letter, axis.position(angle), axis.min, axis.max);
        let near = at(self.near, azimuth);
        let near_is_out = !(near.2..=near.3).contains(&near.1);
        let (letter, position, min, max) =
            if near_is_out { near } else { at(self.far, self.far_angle(needle, azimuth)) };
        Unreachable::AxisLimit { letter, position, min, max }
    }
}

/// Positions of an axis at an angle and at whole turns from it, within its travel.
fn whole_turns(axis: &Axis, angle: f64) -> impl Iterator<Item = f64> + use<> {
    const TURN_DEG: f64 = 360.0;
    let (at, min, max) = (axis.position(angle), axis.min, axis.max);
    let (first, last) = (((min - at) / TURN_DEG).ceil() as i32, ((max - at) / TURN_DEG).floor() as i32);
    (first..=last).map(move |k| at + f64::from(k) * TURN_DEG).filter(move |position| (min..=max).contains(position))
}

/// Whether the tip can be brought to all of the places without turning the needle.
pub fn reaches_all(profile: &Profile, posture: &Posture, places: &[Point]) -> Result<(), Unreachable> {
    places.iter().try_for_each(|place| with_tip(profile, place, posture.turns).map(drop))
}
