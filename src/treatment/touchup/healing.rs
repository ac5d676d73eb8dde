use nalgebra::distance;
use serde::Serialize;

use super::align::Laid;
use super::cloud::{Cloud, median};
use super::observed::Observed;
use crate::error::Result;
use crate::geometry::Point;

/// A dot of the plan that was struck, or was there before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// Its number in the plan.
    pub id: u32,
    /// Its place, mm.
    pub position: Point,
    /// The least distance that it was to keep, mm.
    pub spacing_mm: f64,
    /// Its diameter when it was fresh, mm.
    pub diameter_mm: f64,
}

/// What became of a dot of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It is there, as most are.
    Healed,
    /// It is there, and paler than most.
    Faded,
    /// It is there, and much wider than most: pigment has spread.
    BlownOut,
    /// It has run together with another one.
    Merged,
    /// It is not there.
    Missing,
    /// Nothing tells: hardly any dot was measured around it, or those that were do not fit the plan there.
    Unseen,
}

/// What a measured dot is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Seen {
    /// The expected dot of that index.
    Dot(usize),
    /// The expected dots of these indices, run together.
    Both([usize; 2]),
    /// None that was expected.
    Extra,
}

/// From where on a dot counts as faded or blown out, and what was looked at. Sources name no figures: these are suggestions, to be
/// confirmed by a practitioner.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Limits {
    /// A dot with less than this share of the median contrast is faded; of the median diameter where no contrast was measured.
    pub faded_below: f64,
    /// A dot with more than so many median diameters is blown out. Trade sources speak of more than three for blowouts.
    pub blown_above: f64,
    /// Everything was looked at: where no dots are, they are missing and not unseen.
    pub all_seen: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { faded_below: 0.6, blown_above: 1.5, all_seen: false }
    }
}

/// Measured dots matched one to one with those that were expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Healing {
    /// Places of the measured dots on the plan, mm.
    pub places: Vec<Point>,
    /// What each of them is.
    pub seen: Vec<Seen>,
    /// What became of each expected dot.
    pub fates: Vec<Fate>,
    /// Diameter of each expected dot that is there over that of the fresh one, where it was measured.
    pub diameter_share: Vec<Option<f64>>,
    /// Contrast of each expected dot that is there, where it was measured.
    pub contrast: Vec<Option<f64>>,
    /// Pairs of a missing dot and an extra one nearer than half the spacing, and how many there would be were the extra ones anywhere: more
    /// than that speaks of dots that moved farther than the noise.
    pub near_misses: [f64; 2],
}

/// Two dots have run together where a measured one lies within so much of their distance from the middle between them.
const MIDDLE: f64 = 0.25;
/// … and they were no farther apart than so many spacings.
const TOGETHER: f64 = 1.6;
/// The density of extra dots is counted in discs of so many spacings.
const WIDE: f64 = 10.0;
/// A dot is unseen when of those within so many spacings …
const AROUND: f64 = 3.0;
/// … less than this share is there.
const SEEN_SHARE: f64 = 0.2;
/// Or when both this share is missing and as many were measured beside them: there the placement does not fit.
const MISFIT_SHARE: f64 = 0.25;

impl Healing {
    /// Matches dots.
    ///
    /// A measured dot is an expected one that lies within the tolerance of the placement, nearer pairs first. As the tolerance is less
    /// than half the spacing no measured dot has two expected ones to choose from, so this is the assignment of most pairs and
    /// least distance. What is left may have spread ([`Limits::blown_above`]) and is then sought up to half the spacing, or lie
    /// in the middle of two that have run together.
    pub fn of(observed: &Observed, expected: &[Expected], laid: &Laid, limits: Limits) -> Result<Self> {
        let places: Vec<Point> = observed.places.iter().map(|place| laid.observed_to_scan.point(place)).collect();
        let cloud = Cloud::new(expected.iter().map(|dot| dot.position).collect())?;
        let mut matching = Matching { seen: vec![Seen::Extra; places.len()], partner: vec![None; expected.len()] };
        let within = |dot: &Expected, share: f64| share * dot.spacing_mm;
        matching.pair(&places, &cloud, |_, dot| laid.tolerance_mm.min(within(&expected[dot], 0.45)));
        let usual = matching.usual_diameter_share(observed, expected);
        let is_wide = |row: usize, dot: usize| {
            let share = observed.diameter_mm.as_ref().map(|column| column[row] / expected[dot].diameter_mm);
            share.zip(usual).is_some_and(|(share, usual)| share > limits.blown_above * usual)
        };
        matching.pair(&places, &cloud, |row, dot| if is_wide(row, dot) { within(&expected[dot], 0.5) } else { 0.0 });
        matching.merge(&places, &cloud, expected);

        let mut healing = Self {
            fates: vec![Fate::Missing; expected.len()],
            diameter_share: vec![None; expected.len()],
            contrast: vec![None; expected.len()],
            near_misses: [0.0; 2],
            places,
            seen: matching.seen,
        };
        for (row, seen) in healing.seen.iter().enumerate() {
            match *seen {
                Seen::Extra => {}
                Seen::Both(pair) => pair.into_iter().for_each(|dot| healing.fates[dot] = Fate::Merged),
                Seen::Dot(dot) => {
                    let share = observed.diameter_mm.as_ref().map(|column| column[row] / expected[dot].diameter_mm);
                    healing.diameter_share[dot] = share;
                    healing.contrast[dot] = observed.contrast.as_ref().map(|column| column[row]);
                    healing.fates[dot] = Fate::Healed;
                }
            }
        }
        healing.find_faded_and_blown(limits);
        if !limits.all_seen {
            healing.find_unseen(&cloud, expected)?;
        }
        healing.near_misses = healing.near_misses(expected)?;
        Ok(healing)
    }

    /// Healing as it was noted by hand: all is there but what is named.
    pub fn by_hand(expected: &[Expected], missing: impl Fn(u32) -> bool) -> Self {
        let is_there: Vec<bool> = expected.iter().map(|dot| !missing(dot.id)).collect();
        let there = || (0..expected.len()).filter(|&dot| is_there[dot]);
        Self {
            places: there().map(|dot| expected[dot].position).collect(),
            seen: there().map(Seen::Dot).collect(),
            fates: is_there.iter().map(|&there| if there { Fate::Healed } else { Fate::Missing }).collect(),
            diameter_share: vec![None; expected.len()],
            contrast: vec![None; expected.len()],
            near_misses: [0.0; 2],
        }
    }

    /// How many expected dots that became of.
    pub fn count(&self, fate: Fate) -> usize {
        self.fates.iter().filter(|&&other| other == fate).count()
    }

    /// How many measured dots were not expected.
    pub fn extra(&self) -> usize {
        self.seen.iter().filter(|&&seen| seen == Seen::Extra).count()
    }

    fn find_faded_and_blown(&mut self, limits: Limits) {
        let middle = |values: &[Option<f64>]| median(values.iter().flatten().copied().collect());
        let (contrast, share) = (middle(&self.contrast), middle(&self.diameter_share));
        for (dot, fate) in self.fates.iter_mut().enumerate().filter(|(_, fate)| **fate == Fate::Healed) {
            let paleness =
                self.contrast[dot].map(|own| (own, contrast)).or(self.diameter_share[dot].map(|own| (own, share)));
            if self.diameter_share[dot].is_some_and(|own| own > limits.blown_above * share) {
                *fate = Fate::BlownOut;
            } else if paleness.is_some_and(|(own, usual)| own < limits.faded_below * usual) {
                *fate = Fate::Faded;
            }
        }
    }

    fn find_unseen(&mut self, cloud: &Cloud, expected: &[Expected]) -> Result<()> {
        let extra = self.extra_cloud()?;
        let is_unseen = |dot: usize| {
            let (place, radius_mm) = (&expected[dot].position, AROUND * expected[dot].spacing_mm);
            let near = cloud.within(place, radius_mm);
            let all = near.len() as f64;
            let missing = near.iter().filter(|near| self.fates[near.index] == Fate::Missing).count() as f64;
            let beside = extra.as_ref().map_or(0, |extra| extra.count_within(place, radius_mm)) as f64;
            missing > (1.0 - SEEN_SHARE) * all || missing.min(beside) >= MISFIT_SHARE * all
        };
        let missing = (0..expected.len()).filter(|&dot| self.fates[dot] == Fate::Missing);
        let unseen: Vec<usize> = missing.filter(|&dot| is_unseen(dot)).collect();
        for dot in unseen {
            self.fates[dot] = Fate::Unseen;
        }
        Ok(())
    }

    /// The measured dots that were not expected; none without any.
    fn extra_cloud(&self) -> Result<Option<Cloud>> {
        let extra: Vec<Point> = (self.seen.iter().zip(&self.places))
            .filter_map(|(seen, place)| (*seen == Seen::Extra).then_some(*place))
            .collect();
        if extra.is_empty() { Ok(None) } else { Cloud::new(extra).map(Some) }
    }

    /// Pairs of missing and extra dots nearer than half the spacing, and how many there would be by chance.
    fn near_misses(&self, expected: &[Expected]) -> Result<[f64; 2]> {
        let Some(extra) = self.extra_cloud()? else { return Ok([0.0; 2]) };
        let missing = expected.iter().zip(&self.fates).filter(|(_, fate)| **fate == Fate::Missing);
        Ok(missing.fold([0.0; 2], |[pairs, chance], (dot, _)| {
            let near_mm = 0.5 * dot.spacing_mm;
            let hit = extra.closest(&dot.position).is_some_and(|near| near.distance_mm <= near_mm);
            let around = extra.within(&dot.position, WIDE * dot.spacing_mm).len() as f64;
            [pairs + f64::from(u8::from(hit)), chance + around * (0.5 / WIDE).powi(2)]
        }))
    }
}

/// Who was matched with whom so far.
struct Matching {
    seen: Vec<Seen>,
    partner: Vec<Option<usize>>,
}

impl Matching {
    /// Pairs what is left, nearest first, up to a distance for each measured and expected dot.
    fn pair(&mut self, places: &[Point], cloud: &Cloud, reach_mm: impl Fn(usize, usize) -> f64) {
        let open = (0..places.len()).filter(|&row| self.seen[row] == Seen::Extra);
        let hits = open.filter_map(|row| {
            let hit = cloud.closest(&places[row])?;
            let is_near = self.partner[hit.index].is_none() && hit.distance_mm <= reach_mm(row, hit.index);
            is_near.then_some((hit.distance_mm, hit.index, row))
        });
        let mut pairs: Vec<(f64, usize, usize)> = hits.collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        for (_, dot, row) in pairs {
            if self.partner[dot].is_none() {
                self.partner[dot] = Some(row);
                self.seen[row] = Seen::Dot(dot);
            }
        }
    }

    /// Finds measured dots in the middle of two that are not there.
    fn merge(&mut self, places: &[Point], cloud: &Cloud, expected: &[Expected]) {
        for (row, place) in places.iter().enumerate() {
            if self.seen[row] != Seen::Extra {
                continue;
            }
            let Some(closest) = cloud.closest(place) else { continue };
            let reach_mm = TOGETHER * expected[closest.index].spacing_mm;
            let near = cloud.within(place, reach_mm).into_iter().map(|near| near.index);
            let free: Vec<usize> = near.filter(|&dot| self.partner[dot].is_none()).take(2).collect();
            let [a, b] = free[..] else { continue };
            let [p, q] = [a, b].map(|dot| expected[dot].position);
            let apart_mm = distance(&p, &q);
            let off_mm = distance(place, &nalgebra::center(&p, &q));
            if apart_mm <= reach_mm && off_mm <= MIDDLE * apart_mm {
                self.seen[row] = Seen::Both([a, b]);
                (self.partner[a], self.partner[b]) = (Some(row), Some(row));
            }
        }
    }

    /// Median of the diameters of the dots that are there over those of the fresh ones.
    fn usual_diameter_share(&self, observed: &Observed, expected: &[Expected]) -> Option<f64> {
        let column = observed.diameter_mm.as_ref()?;
        let pairs = self.partner.iter().zip(expected);
        Some(median(pairs.filter_map(|(row, dot)| Some(column[(*row)?] / dot.diameter_mm)).collect()))
    }
}
