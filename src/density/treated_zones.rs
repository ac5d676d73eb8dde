use super::field::asked_in;
use super::{HeadZones, ZoneBorders};
use crate::case::{Case, Landmarks, Zone};
use crate::error::Result;
use crate::geometry::Point;

/// A place that belongs to treated zones for less than this gets no dots from them.
pub(super) const HARDLY: f64 = 1e-3;

/// The zones of a head as a case treats them: which zone a dot serves.
///
/// Where a treated zone passes into one without dots its last ones stand beyond the border, in a rim of half the blending width. They
/// are dots of the treated zone, and are counted, asked and given tools there: nothing is asked for the sake of the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TreatedZones {
    zones: HeadZones,
    is_treated: [bool; 6],
    blend_mm: f64,
}

impl TreatedZones {
    /// From a case and all five landmarks, mm.
    ///
    /// # Errors
    /// Landmarks that are missing or do not span a head.
    pub fn new(case: &Case, landmarks: &Landmarks) -> Result<Self> {
        let zones = HeadZones::new(landmarks, ZoneBorders::default())?;
        let is_treated = Zone::ALL.map(|zone| asked_in(case, zone) > 0.0);
        Ok(Self { zones, is_treated, blend_mm: case.design.zone_blend_mm })
    }

    /// The zone to which a place of the scan's frame counts, mm: its own, or the treated one of whose rim it is.
    pub fn of(&self, place: &Point) -> Zone {
        let own = self.zones.of(place);
        if self.is_treated[own.index()] {
            return own;
        }
        let weights = self.treated(&self.zones.weights(place, self.blend_mm));
        let best = Zone::ALL.into_iter().rev().max_by(|a, b| weights[a.index()].total_cmp(&weights[b.index()]));
        best.filter(|_| weights.iter().sum::<f64>() >= HARDLY).unwrap_or(own)
    }

    /// How much a place counts to each zone, in the order of [`Zone::ALL`]; they sum to 1. Zones without dots have a share only beyond all
    /// rims.
    pub fn weights(&self, place: &Point) -> [f64; 6] {
        let all = self.zones.weights(place, self.blend_mm);
        let weights = self.treated(&all);
        let sum: f64 = weights.iter().sum();
        if sum < HARDLY { all } else { weights.map(|weight| weight / sum) }
    }

    fn treated(&self, weights: &[f64; 6]) -> [f64; 6] {
        Zone::ALL.map(|zone| if self.is_treated[zone.index()] { weights[zone.index()] } else { 0.0 })
    }
}
