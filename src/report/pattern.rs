use rayon::prelude::*;
use serde::Serialize;

use crate::error::Result;
use crate::geometry::Point;
use crate::mesh::{SurfaceIndex, TriMesh};
use crate::plan::{Dot, Surroundings};
use crate::sampling::{FixedDot, Measures, Sample};

/// How the new dots of a plan stand to each other. Lengths are in hexagonal distances where their names do not say mm: the distance in a
/// hexagonal lattice of the same density.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pattern {
    /// Distances to the nearest other dot, those that were there before included, mm: least, 5 %, median, 95 %, largest.
    nearest_mm: [f64; 5],
    /// Dots that are far enough from the edges to be measured; without enough of them there are no figures below.
    measured: usize,
    #[serde(flatten)]
    regularity: Option<Regularity>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Regularity {
    nearest_mean: f64,
    nearest_cv: f64,
    psi6: f64,
    /// Where the first peak of the pair correlation stands, and how high it is.
    first_peak: [f64; 2],
    spectrum: Spectrum,
}

/// Radially averaged power; 1 for dots that do not notice each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Spectrum {
    /// Cycles per hexagonal distance.
    frequency: Vec<f64>,
    power: Vec<f64>,
    /// The same of dots in progressive order on even ground.
    ideal: Vec<f64>,
    /// Mean power up to half a cycle: what the eye takes for patches.
    low_power: f64,
    ideal_low_power: f64,
}

/// Power of all dots of [`sample_progressive`](crate::sampling::sample_progressive) on a square of 100 spacings, mean of three seeds.
pub const IDEAL_POWER: [f64; 24] = [
    0.069, 0.077, 0.076, 0.087, 0.100, 0.164, 0.585, 1.246, 1.669, 1.574, 1.290, 1.035, 0.834, 0.749, 0.737, 0.784,
    0.905, 1.060, 1.144, 1.145, 1.163, 1.122, 0.995, 0.904,
];
/// Frequencies up to half a cycle.
const LOW: usize = 4;

impl Pattern {
    /// Of a plan's dots on its region, mm; none for fewer than two dots.
    ///
    /// # Errors
    /// When no search tree over the dots can be built.
    pub fn of(dots: &[Dot], around: &Surroundings, region: &TriMesh, index: &SurfaceIndex) -> Result<Option<Self>> {
        let mut nearest: Vec<f64> = around.nearest_mm.iter().copied().filter(|mm| mm.is_finite()).collect();
        nearest.sort_unstable_by(f64::total_cmp);
        let Some(last) = nearest.len().checked_sub(1).filter(|last| *last > 0) else { return Ok(None) };
        let nearest_mm = [0.0, 0.05, 0.5, 0.95, 1.0].map(|share| nearest[(share * last as f64).round() as usize]);
        let sample = |dot: &Dot| {
            let position = Point::from(dot.position_mm);
            Some(Sample { at: index.closest(&position)?.at, position, spacing_mm: dot.spacing_mm })
        };
        let new: Vec<&Dot> = dots.iter().filter(|dot| !dot.existing && dot.spacing_mm > 0.0).collect();
        let new: Vec<Sample> = new.into_par_iter().filter_map(sample).collect();
        let fixed = |dot: &Dot| FixedDot { position: dot.position_mm.into(), normal: None, spacing_mm: dot.spacing_mm };
        let fixed: Vec<FixedDot> = dots.iter().filter(|dot| dot.existing).map(fixed).collect();
        let measures = if new.is_empty() { None } else { Measures::of(region, &new, &fixed)? };
        Ok(Some(Self {
            nearest_mm,
            measured: measures.as_ref().map_or(0, |measures| measures.measured),
            regularity: measures.map(Regularity::of),
        }))
    }
}

impl Regularity {
    fn of(measures: Measures) -> Self {
        let (place, height) = measures.first_peak();
        let low = |power: &[f64]| power.iter().take(LOW).sum::<f64>() / LOW.min(power.len()).max(1) as f64;
        let ideal = IDEAL_POWER[..measures.power.len().min(IDEAL_POWER.len())].to_vec();
        Self {
            nearest_mean: measures.nearest_mean,
            nearest_cv: measures.nearest_cv,
            psi6: measures.psi6,
            first_peak: [place, height],
            spectrum: Spectrum {
                frequency: measures.frequencies().collect(),
                low_power: low(&measures.power),
                ideal_low_power: low(&ideal),
                ideal,
                power: measures.power,
            },
        }
    }
}
