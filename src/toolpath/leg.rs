use super::arc::around;
use crate::geometry::{Point, Vector};
use crate::rig::{Clearance, Joints, Kinematics, Pose, Profile, inverse};

/// Heights above the approach point that are tried, mm.
const RISES_MM: [f64; 9] = [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];
/// Largest turn of a rotary axis in one move: the tip of a 100 mm needle then bows by at most 0.4 mm, degrees.
const TURN_DEG: f64 = 10.0;

/// Where a leg starts or ends: at an approach point above a dot, or at the park place.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) pose: Pose,
    /// Whether the leg may rise from here along the needle.
    pub(super) may_rise: bool,
}

/// A checked way: the moves after the start, the last one along the end's needle when `rise_mm` is above 0.
#[derive(Debug, Clone)]
pub(super) struct Leg {
    pub(super) moves: Vec<(Joints, Pose)>,
    pub(super) rise_mm: f64,
}

/// Finds ways between dots that keep clear of the scan.
#[derive(Debug)]
pub(super) struct LegPlanner<'a> {
    pub(super) profile: &'a Profile,
    pub(super) clearance: Clearance<'a>,
    /// Middle of the head, about which long ways turn.
    pub(super) centre: Point,
}

impl LegPlanner<'_> {
    /// The lowest way that is clear, straight or around the head; around it over the top when all else fails.
    pub(super) fn plan(&self, from: &End, to: &End) -> Option<Leg> {
        RISES_MM
            .into_iter()
            .find_map(|rise_mm| {
                self.checked(from, to, rise_mm, |a, b| self.straight(a, b))
                    .or_else(|| self.checked(from, to, rise_mm, |a, b| self.arc(a, b)))
            })
            .or_else(|| {
                RISES_MM.into_iter().find_map(|rise_mm| self.checked(from, to, rise_mm, |a, b| self.over(a, b)))
            })
    }

    /// Rise, `way`, descend: the leg if all of it is in reach and clear.
    fn checked(
        &self,
        from: &End,
        to: &End,
        rise_mm: f64,
        way: impl Fn(&Pose, &Pose) -> Option<Vec<Pose>>,
    ) -> Option<Leg> {
        let raised = |end: &End| if end.may_rise { end.pose.drawn_back(rise_mm) } else { end.pose };
        let (start, end) = (raised(from), raised(to));
        let mut poses = way(&start, &end)?;
        if rise_mm > 0.0 && from.may_rise {
            poses.insert(0, start);
        }
        if rise_mm > 0.0 && to.may_rise {
            poses.push(to.pose);
        }
        let moves: Vec<_> = poses.iter().map(|pose| Some((self.joints(pose)?, *pose))).collect::<Option<_>>()?;
        let mut at = self.joints(&from.pose)?;
        let clear =
            moves.iter().all(|(joints, _)| self.clearance.is_kept(&std::mem::replace(&mut at, *joints), joints));
        clear.then_some(Leg { moves, rise_mm })
    }

    fn joints(&self, pose: &Pose) -> Option<Joints> {
        inverse(self.profile, &pose.tip, &pose.needle).ok()
    }

    /// Straight in the joints, if no rotary axis turns far.
    fn straight(&self, from: &Pose, to: &Pose) -> Option<Vec<Pose>> {
        (turn_deg(&self.joints(from)?, &self.joints(to)?) <= TURN_DEG).then(|| vec![*to])
    }

    /// Around the head in the fewest moves that each turn little.
    fn arc(&self, from: &Pose, to: &Pose) -> Option<Vec<Pose>> {
        if self.profile.kinematics == Kinematics::Xyz {
            return None;
        }
        let (from_joints, to_joints) = (self.joints(from)?, self.joints(to)?);
        let around_deg = (from.tip - self.centre).angle(&(to.tip - self.centre)).to_degrees();
        let pieces = (around_deg.max(turn_deg(&from_joints, &to_joints)) / TURN_DEG).ceil().max(2.0);
        around(self.profile, &self.centre, (from, &from_joints), (to, &to_joints), pieces as usize)
    }

    /// Around the head by way of the place above its middle, needle upright.
    fn over(&self, from: &Pose, to: &Pose) -> Option<Vec<Pose>> {
        let radius = (from.tip - self.centre).norm().max((to.tip - self.centre).norm());
        let top = Pose::upright(self.centre + Vector::z() * radius);
        let mut poses = self.arc(from, &top)?;
        poses.extend(self.arc(&top, to)?);
        Some(poses)
    }
}

/// Largest turn of a rotary axis between the two, degrees.
fn turn_deg(from: &Joints, to: &Joints) -> f64 {
    from.iter().zip(to.iter()).skip(3).map(|(a, b)| (b - a).abs()).fold(0.0, f64::max)
}
