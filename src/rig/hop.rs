use super::time::{MotionRules, hop_s, slowest_axis_s};
use super::{Joints, Profile};
use crate::route::Cost;

/// Where a rig stands before, in and after a strike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stance {
    /// Above the dot.
    pub approach: Joints,
    /// In the skin.
    pub strike: Joints,
}

/// The rig's own time between two dots as the cost of a route, s: out of the one, across as a rapid, into the other, with
/// the corners and limits of its controller. The slowest axis decides; over short ways it is acceleration that does.
///
/// A way and the way back may differ by where feeds meet corners; the cost is the mean of both. What a leg has to rise
/// above the approach points to clear the head is not in it: over dots that lie next to each other there is none.
#[derive(Debug, Clone)]
pub struct HopTime<'a> {
    profile: &'a Profile,
    rules: MotionRules,
    stances: Vec<Stance>,
}

impl<'a> HopTime<'a> {
    /// Between these stances, with the rules of the profile's controller.
    pub fn new(profile: &'a Profile, stances: Vec<Stance>) -> Self {
        Self::with_rules(profile, MotionRules::of(profile), stances)
    }

    /// Between these stances, with the rules of another controller.
    pub fn with_rules(profile: &'a Profile, rules: MotionRules, stances: Vec<Stance>) -> Self {
        Self { profile, rules, stances }
    }

    /// From rest in the one dot to rest in the other, s.
    pub fn one_way_s(&self, from: u32, to: u32) -> f64 {
        let [from, to] = [from, to].map(|number| &self.stances[number as usize]);
        let speeds = &self.profile.speeds;
        let legs = [
            (from.strike, from.approach, Some(speeds.retract_mm_s)),
            (from.approach, to.approach, None),
            (to.approach, to.strike, Some(speeds.strike_mm_s)),
        ];
        hop_s(self.profile, &self.rules, &legs)
    }

    /// A bound that the cost never falls below, at the price of a few divisions, s: the slowest axis on the way across.
    pub fn least_s(&self, a: u32, b: u32) -> f64 {
        let [a, b] = [a, b].map(|number| &self.stances[number as usize].approach);
        slowest_axis_s(self.profile, a, b)
    }
}

impl Cost for HopTime<'_> {
    fn cost(&self, a: u32, b: u32) -> f64 {
        0.5 * (self.one_way_s(a, b) + self.one_way_s(b, a))
    }

    fn renumbered(&self, numbers: &[u32]) -> impl Cost {
        Self { stances: numbers.iter().map(|&i| self.stances[i as usize]).collect(), ..self.clone() }
    }
}
