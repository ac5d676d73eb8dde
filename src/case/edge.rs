use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::positive;
use super::field::{share, wrong};
use crate::error::Result;

/// A density that rises from the line inwards: `edge_share` of the full density on the line, smoothly up to the full
/// density `width_mm` behind it. What makes the line less even lies inside of it: no dot stands outside, and no place is
/// left where one more would fit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// Width of the transition, mm; 5 to 10 is usual.
    pub width_mm: f64,
    /// Density on the line as a share of the full density, above 0 and at most 1; 0.25 to 0.4 is usual.
    pub edge_share: f64,
    /// Waves of the place where the rise begins: it moves inwards by up to twice their amplitude.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waves: Option<Waves>,
    /// Denser and sparser spots in the transition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spots: Option<Spots>,
    /// Single dots in front of the rise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentinels: Option<Sentinels>,
    /// Share of the irregularity that differs between left and right, 0 to 1; the rest is the same on both sides of the
    /// head. Default 0.5.
    #[serde(default = "default_asymmetry", skip_serializing_if = "is_default_asymmetry")]
    pub asymmetry: f64,
}

fn default_asymmetry() -> f64 {
    Edge::DEFAULT_ASYMMETRY
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_default_asymmetry(share: &f64) -> bool {
    *share == Edge::DEFAULT_ASYMMETRY
}

/// Waves along the line. That natural hairlines undulate is known; how far and how often is a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Waves {
    /// Amplitude, mm. Default 1.5; 1 to 3 is usual.
    pub amplitude_mm: f64,
    /// Usual length of a wave, mm. Default 20; 10 to 30 is usual.
    pub length_mm: f64,
}

impl Default for Waves {
    fn default() -> Self {
        Self { amplitude_mm: 1.5, length_mm: 20.0 }
    }
}

/// Denser and sparser spots. That natural hairlines have them is known; their size and strength are a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Spots {
    /// The density varies by this share of itself, below 1. Default 0.5.
    pub strength: f64,
    /// Usual size of a spot, mm. Default 4.
    pub size_mm: f64,
}

impl Default for Spots {
    fn default() -> Self {
        Self { strength: 0.5, size_mm: 4.0 }
    }
}

/// Single dots between the line and the rise. Number and distance are a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sentinels {
    /// How many on 1 cm of the line. Default 4; 3 to 8 is usual.
    pub per_cm: f64,
    /// Width of the strip they stand in, mm. Default 3; 1 to 4 is usual.
    pub width_mm: f64,
}

impl Default for Sentinels {
    fn default() -> Self {
        Self { per_cm: 4.0, width_mm: 3.0 }
    }
}

impl Edge {
    /// Share of the irregularity that differs between left and right when a case does not say it.
    pub const DEFAULT_ASYMMETRY: f64 = 0.5;

    /// A plain rise.
    pub fn plain(width_mm: f64, edge_share: f64) -> Self {
        let asymmetry = Self::DEFAULT_ASYMMETRY;
        Self { width_mm, edge_share, waves: None, spots: None, sentinels: None, asymmetry }
    }

    /// How far behind the line the density is full everywhere, mm.
    pub fn depth_mm(&self) -> f64 {
        let waves = self.waves.map_or(0.0, |waves| 2.0 * waves.amplitude_mm);
        self.sentinels.map_or(0.0, |sentinels| sentinels.width_mm) + waves + self.width_mm
    }

    /// Whether the density depends on more than the distance from the line.
    pub fn is_irregular(&self) -> bool {
        self.waves.is_some() || self.spots.is_some() || self.sentinels.is_some()
    }

    pub(super) fn check(&self) -> Result<()> {
        positive("design.edge.width_mm", self.width_mm)?;
        share("design.edge.edge_share", self.edge_share)?;
        if let Some(waves) = self.waves {
            positive("design.edge.waves.amplitude_mm", waves.amplitude_mm)?;
            positive("design.edge.waves.length_mm", waves.length_mm)?;
            // A steeper wave would fold the transition.
            if waves.length_mm < 4.0 * waves.amplitude_mm {
                return wrong(
                    format!("waves of {} mm and {} mm", waves.amplitude_mm, waves.length_mm),
                    "design.edge.waves".to_owned(),
                    "a length of at least four amplitudes".to_owned(),
                );
            }
        }
        if let Some(spots) = self.spots {
            positive("design.edge.spots.size_mm", spots.size_mm)?;
            if !(spots.strength > 0.0 && spots.strength < 1.0) {
                let expected = "a share above 0 and below 1".to_owned();
                return wrong(spots.strength.to_string(), "design.edge.spots.strength".to_owned(), expected);
            }
        }
        if let Some(sentinels) = self.sentinels {
            positive("design.edge.sentinels.per_cm", sentinels.per_cm)?;
            positive("design.edge.sentinels.width_mm", sentinels.width_mm)?;
        }
        if !(0.0..=1.0).contains(&self.asymmetry) {
            let expected = "a share from 0 to 1".to_owned();
            return wrong(self.asymmetry.to_string(), "design.edge.asymmetry".to_owned(), expected);
        }
        Ok(())
    }
}
