use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::leg::{Leg, Shape};
use crate::error::{Finding, Severity};

/// How high the ways from dot to dot go.
///
/// The height of a way is the approach height and the larger rise of its two ends, along the needle; of one around the head,
/// that of the tip above the scan where that is more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TravelHeights {
    /// Number of ways from one dot to the next without a stop between.
    pub legs: usize,
    /// Those that rise above the approach height.
    pub raised: usize,
    /// Those that are bent around the head.
    pub arcs: usize,
    /// Mean height, mm.
    pub mean_mm: f64,
    /// Largest height, mm.
    pub largest_mm: f64,
    /// Height that the same ways would need if each were a single straight move and all were equally high, mm.
    pub fixed_mm: f64,
    /// Ways that no height makes clear as long as they are single straight moves.
    pub never_straight: usize,
}

impl TravelHeights {
    /// Of one leg between dots, of its height, and of the height that it would need as a single straight move, mm.
    pub(super) fn of_leg(leg: &Leg, height_mm: f64, direct_mm: Option<f64>) -> Self {
        Self {
            legs: 1,
            raised: usize::from(leg.rise_mm() > 0.0),
            arcs: usize::from(leg.shape != Shape::Straight),
            mean_mm: height_mm,
            largest_mm: height_mm,
            fixed_mm: direct_mm.unwrap_or_default(),
            never_straight: usize::from(direct_mm.is_none()),
        }
    }

    /// The figures in words, where there are such ways.
    pub fn finding(&self) -> Option<Finding> {
        let Self { legs, raised, arcs, mean_mm, largest_mm, fixed_mm, never_straight } = *self;
        let fixed = match never_straight {
            0 => format!("one height for all would be {fixed_mm:.2} mm"),
            _ => format!("no one height would do for all, {never_straight} have no straight way at any"),
        };
        let message = format!(
            "{legs} ways between dots go {mean_mm:.2} mm above the skin on average, the highest {largest_mm:.2} mm: \
             {raised} rise, {arcs} lead around the head; {fixed}"
        );
        (legs > 0).then(|| Finding::new("travel-heights", Severity::Pass, message))
    }
}

impl AddAssign<&Self> for TravelHeights {
    fn add_assign(&mut self, other: &Self) {
        let legs = self.legs + other.legs;
        if legs > 0 {
            self.mean_mm += (other.mean_mm - self.mean_mm) * other.legs as f64 / legs as f64;
        }
        self.legs = legs;
        self.raised += other.raised;
        self.arcs += other.arcs;
        self.largest_mm = self.largest_mm.max(other.largest_mm);
        self.fixed_mm = self.fixed_mm.max(other.fixed_mm);
        self.never_straight += other.never_straight;
    }
}
