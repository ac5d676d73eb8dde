use super::arc::around;
use crate::geometry::{Point, Vector};
use crate::rig::{Clearance, Joints, Pose, Profile, postures_near, with_tip};

/// Rises above the approach point that are tried from the lowest on, mm; between one that is too low and the next the
/// least is searched by halving.
const RISES_MM: [f64; 9] = [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];
/// To this the least rise is found, mm.
const FINE_MM: f64 = 0.05;
/// Ways to and from a place of rest first rise this much along the needle, where there is room, mm.
const LIFT_MM: f64 = 10.0;
/// Largest turn of a rotary axis in one move: the tip of a 100 mm needle then bows by at most 0.4 mm, degrees.
const TURN_DEG: f64 = 10.0;

/// Where the axes stand and where the needle then is.
type Place = (Joints, Pose);

/// Where a leg starts or ends: at an approach point above a dot, or at a place of rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) place: Place,
    /// Whether the leg may rise from here along the needle. A place of rest is high enough.
    pub(super) may_rise: bool,
}

/// How a leg leads from the one raised end to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Straight in the joints, where no rotary axis turns far.
    Straight,
    /// The same however far they turn.
    Direct,
    /// Around the head, the tip's height above the scan changing evenly.
    Along,
    /// Around the head, the tip's distance from its middle changing evenly.
    Around,
    /// The latter by way of the place above its middle.
    Over,
}

/// A checked way: the moves after the start.
#[derive(Debug, Clone)]
pub(super) struct Leg {
    pub(super) moves: Vec<Place>,
    /// How far it rises along the needle at its start, and comes down along the needle at its end, mm.
    pub(super) rises_mm: [f64; 2],
    pub(super) shape: Shape,
}

impl Leg {
    /// The larger rise, mm.
    pub(super) fn rise_mm(&self) -> f64 {
        self.rises_mm[0].max(self.rises_mm[1])
    }
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
    /// The lowest way that is clear, straight or around the head; around it over the top when all else fails. Where one end
    /// needs less of a rise than the other it gets less.
    ///
    /// Ways to and from a place of rest begin and end with a lift along the needle.
    pub(super) fn plan(&self, from: &End, to: &End) -> Option<Leg> {
        let either = |rises_mm| {
            let shapes = [Shape::Straight, Shape::Along, Shape::Around];
            shapes.into_iter().find_map(|shape| self.checked(from, to, rises_mm, shape))
        };
        let lifted = || {
            let rests = !(from.may_rise && to.may_rise);
            RISES_MM.into_iter().filter(|_| rests).find_map(|rise_mm| either([LIFT_MM + rise_mm; 2]))
        };
        lifted().or_else(|| lowest(either)).or_else(|| lowest(|rises_mm| self.checked(from, to, rises_mm, Shape::Over)))
    }

    /// The rise that a single straight move would need, mm, as one height for a whole program would have to allow for; `None`
    /// when no height is enough.
    pub(super) fn direct_rise_mm(&self, from: &End, to: &End) -> Option<f64> {
        let direct = |rise_mm| self.checked(from, to, [rise_mm; 2], Shape::Direct);
        Some(least(&RISES_MM, direct)?.rise_mm())
    }

    /// Height of a leg between dots, mm: that of its raised ends, or of a place between them that is higher above the scan.
    pub(super) fn height_mm(&self, leg: &Leg) -> f64 {
        let ends_mm = self.profile.approach_mm + leg.rise_mm();
        if leg.shape == Shape::Straight {
            return ends_mm;
        }
        leg.moves.iter().map(|(_, pose)| self.clearance.tip_height_mm(pose)).fold(ends_mm, f64::max)
    }

    /// Rise, lead across, descend: the leg if all of it is in reach and clear.
    fn checked(&self, from: &End, to: &End, rises_mm: [f64; 2], shape: Shape) -> Option<Leg> {
        let rises_mm =
            [(from, rises_mm[0]), (to, rises_mm[1])].map(|(end, rise)| if end.may_rise { rise } else { 0.0 });
        let [start, end] = [self.raised(&from.place, rises_mm[0])?, self.raised(&to.place, rises_mm[1])?];
        let across = match shape {
            Shape::Straight => (start.0.turn_deg(&end.0) <= TURN_DEG).then(|| vec![end]),
            Shape::Direct => Some(vec![end]),
            Shape::Along => self.along(&start, &end),
            Shape::Around => self.arc(&start, &end),
            Shape::Over => self.over(&start, &end),
        };
        let up = (rises_mm[0] > 0.0).then_some(start);
        let down = (rises_mm[1] > 0.0).then_some(to.place);
        let moves: Vec<Place> = up.into_iter().chain(across?).chain(down).collect();
        let mut at = from.place.0;
        let clear =
            moves.iter().all(|(joints, _)| self.clearance.is_kept(&std::mem::replace(&mut at, *joints), joints));
        clear.then_some(Leg { moves, rises_mm, shape })
    }

    fn raised(&self, place: &Place, rise_mm: f64) -> Option<Place> {
        if rise_mm <= 0.0 {
            return Some(*place);
        }
        let (joints, pose) = place;
        let pose = pose.drawn_back(rise_mm);
        Some((with_tip(self.profile, &pose.tip, joints.turns()).ok()?, pose))
    }

    /// Around the head in the fewest moves that each turn little.
    fn arc(&self, from: &Place, to: &Place) -> Option<Vec<Place>> {
        let around_deg = (from.1.tip - self.centre).angle(&(to.1.tip - self.centre)).to_degrees();
        let pieces = (around_deg.max(from.0.turn_deg(&to.0)) / TURN_DEG).ceil().max(2.0);
        around(self.profile, &self.centre, from, to, pieces as usize)
    }

    /// The same with the places between lowered or raised, as seen from the middle of the head, so that the height of the tip
    /// above the scan changes evenly.
    fn along(&self, from: &Place, to: &Place) -> Option<Vec<Place>> {
        let mut moves = self.arc(from, to)?;
        let [start_mm, end_mm] = [from, to].map(|(_, pose)| self.clearance.tip_height_mm(pose));
        let pieces = moves.len() as f64;
        let between = moves.len() - 1;
        for (piece, (joints, pose)) in (1..).zip(&mut moves[..between]) {
            let due_mm = start_mm + (end_mm - start_mm) * f64::from(piece) / pieces;
            let outward = (pose.tip - self.centre).try_normalize(f64::EPSILON)?;
            pose.tip += outward * (due_mm - self.clearance.tip_height_mm(pose));
            *joints = with_tip(self.profile, &pose.tip, joints.turns()).ok()?;
        }
        Some(moves)
    }

    /// Around the head by way of the place above its middle, needle upright and turned so that both ways there turn least.
    fn over(&self, from: &Place, to: &Place) -> Option<Vec<Place>> {
        let radius = (from.1.tip - self.centre).norm().max((to.1.tip - self.centre).norm());
        let pose = Pose::upright(self.centre + Vector::z() * radius);
        let upright = postures_near(self.profile, &pose.needle).ok()?;
        let joints = (upright.iter().filter(|posture| posture.off_normal_deg == 0.0))
            .filter_map(|posture| with_tip(self.profile, &pose.tip, posture.turns).ok())
            .min_by(|a, b| {
                let turns = |top: &Joints| from.0.turn_deg(top).max(top.turn_deg(&to.0));
                turns(a).total_cmp(&turns(b))
            })?;
        let top = (joints, pose);
        let mut moves = self.arc(from, &top)?;
        moves.extend(self.arc(&top, to)?);
        Some(moves)
    }
}

/// The leg that rises least at both ends alike, and then less at the one where that is enough.
fn lowest(leg: impl Fn([f64; 2]) -> Option<Leg>) -> Option<Leg> {
    let mut found = least(&RISES_MM, |rise_mm| leg([rise_mm; 2]))?;
    for end in [0, 1] {
        let rises_mm = found.rises_mm;
        let with = |rise_mm: f64| leg(if end == 0 { [rise_mm, rises_mm[1]] } else { [rises_mm[0], rise_mm] });
        if rises_mm[end] > 0.0 {
            found = least(&[0.0, rises_mm[end]], with).unwrap_or(found);
        }
    }
    Some(found)
}

/// The leg of the first of the rises that has one, or of a lower one above the rise before it.
fn least(rises_mm: &[f64], leg: impl Fn(f64) -> Option<Leg>) -> Option<Leg> {
    let (at, mut found) = rises_mm.iter().enumerate().find_map(|(at, &rise_mm)| Some((at, leg(rise_mm)?)))?;
    let (mut low, mut high) = (rises_mm[at.saturating_sub(1)], rises_mm[at]);
    while high - low > FINE_MM {
        let middle = 0.5 * (low + high);
        match leg(middle) {
            Some(lower) => (high, found) = (middle, lower),
            None => low = middle,
        }
    }
    Some(found)
}
