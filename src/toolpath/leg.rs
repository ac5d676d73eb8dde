use super::arc::around;
use crate::geometry::{Point, Vector};
use crate::rig::{Clearance, Joints, Kinematics, Pose, Profile, postures_near, with_tip};

/// Heights above the approach point that are tried, mm.
const RISES_MM: [f64; 9] = [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];
/// Largest turn of a rotary axis in one move: the tip of a 100 mm needle then bows by at most 0.4 mm, degrees.
const TURN_DEG: f64 = 10.0;

/// Where the axes stand and where the needle then is.
type Place = (Joints, Pose);

/// Where a leg starts or ends: at an approach point above a dot, or at the park place.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) place: Place,
    /// Whether the leg may rise from here along the needle.
    pub(super) may_rise: bool,
}

/// A checked way: the moves after the start, the last one along the end's needle when `rise_mm` is above 0.
#[derive(Debug, Clone)]
pub(super) struct Leg {
    pub(super) moves: Vec<Place>,
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
                self.checked(from, to, rise_mm, straight)
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
        way: impl Fn(&Place, &Place) -> Option<Vec<Place>>,
    ) -> Option<Leg> {
        let raised = |end: &End| if end.may_rise { self.raised(&end.place, rise_mm) } else { Some(end.place) };
        let (start, end) = (raised(from)?, raised(to)?);
        let mut moves = way(&start, &end)?;
        if rise_mm > 0.0 && from.may_rise {
            moves.insert(0, start);
        }
        if rise_mm > 0.0 && to.may_rise {
            moves.push(to.place);
        }
        let mut at = from.place.0;
        let clear =
            moves.iter().all(|(joints, _)| self.clearance.is_kept(&std::mem::replace(&mut at, *joints), joints));
        clear.then_some(Leg { moves, rise_mm })
    }

    fn raised(&self, (joints, pose): &Place, rise_mm: f64) -> Option<Place> {
        let pose = pose.drawn_back(rise_mm);
        Some((with_tip(self.profile, &pose.tip, joints.turns()).ok()?, pose))
    }

    /// Around the head in the fewest moves that each turn little.
    fn arc(&self, from: &Place, to: &Place) -> Option<Vec<Place>> {
        if self.profile.kinematics == Kinematics::Xyz {
            return None;
        }
        let around_deg = (from.1.tip - self.centre).angle(&(to.1.tip - self.centre)).to_degrees();
        let pieces = (around_deg.max(turn_deg(&from.0, &to.0)) / TURN_DEG).ceil().max(2.0);
        around(self.profile, &self.centre, from, to, pieces as usize)
    }

    /// Around the head by way of the place above its middle, needle upright and turned so that both ways there turn least.
    fn over(&self, from: &Place, to: &Place) -> Option<Vec<Place>> {
        let radius = (from.1.tip - self.centre).norm().max((to.1.tip - self.centre).norm());
        let pose = Pose::upright(self.centre + Vector::z() * radius);
        let upright = postures_near(self.profile, &pose.needle).ok()?;
        let joints = (upright.iter().filter(|posture| posture.off_normal_deg == 0.0))
            .filter_map(|posture| with_tip(self.profile, &pose.tip, posture.turns).ok())
            .min_by(|a, b| {
                let turns = |top: &Joints| turn_deg(&from.0, top).max(turn_deg(top, &to.0));
                turns(a).total_cmp(&turns(b))
            })?;
        let top = (joints, pose);
        let mut moves = self.arc(from, &top)?;
        moves.extend(self.arc(&top, to)?);
        Some(moves)
    }
}

/// Straight in the joints, if no rotary axis turns far.
fn straight(from: &Place, to: &Place) -> Option<Vec<Place>> {
    (turn_deg(&from.0, &to.0) <= TURN_DEG).then(|| vec![*to])
}

/// Largest turn of a rotary axis between the two, degrees.
fn turn_deg(from: &Joints, to: &Joints) -> f64 {
    from.iter().zip(to.iter()).skip(3).map(|(a, b)| (b - a).abs()).fold(0.0, f64::max)
}
