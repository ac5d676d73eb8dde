use rand_distr::{Distribution, Normal};

use super::stream::{Purpose, stream};
use crate::error::{Error, Result};

/// Draws in vain after which the interval counts as out of reach of the distribution.
const MOST_DRAWS: usize = 10_000;

/// Diameters of `count` dots from a normal distribution cut off at `min_mm` and `max_mm`, by rejection.
///
/// The diameter of a dot depends on the seed and its number alone. `sd_mm` 0 makes all dots `mean_mm` wide.
/// Errors when the numbers make no distribution, or hardly any of it lies between the limits.
pub fn draw_diameters(count: usize, mean_mm: f64, sd_mm: f64, min_mm: f64, max_mm: f64, seed: u64) -> Result<Vec<f64>> {
    let unusable = || {
        Error::input(format!("diameters of {mean_mm} mm, sd {sd_mm} mm, from {min_mm} to {max_mm} mm"))
            .expected("0 < min <= max, sd at least 0, and a mean from which the limits can be reached")
            .remedy("correct the distribution of diameters")
    };
    let limits_in_order = 0.0 < min_mm && min_mm <= max_mm && max_mm.is_finite();
    let normal = Normal::new(mean_mm, sd_mm).ok().filter(|_| limits_in_order && mean_mm.is_finite() && sd_mm >= 0.0);
    let normal = normal.ok_or_else(unusable)?;
    let draw = |dot: usize| {
        let mut rng = stream(seed, Purpose::Diameters, dot as u64);
        normal.sample_iter(&mut rng).take(MOST_DRAWS).find(|d| (min_mm..=max_mm).contains(d)).ok_or_else(unusable)
    };
    (0..count).map(draw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_truncated_normal() {
        // Cut at one sd to both sides: variance 1 - 2 phi(1) / (2 Phi(1) - 1) = 0.29112 of that before.
        let d = draw_diameters(40_000, 0.22, 0.02, 0.20, 0.24, 5).unwrap();
        assert!(d.iter().all(|d| (0.20..=0.24).contains(d)));
        let n = d.len() as f64;
        let mean = d.iter().sum::<f64>() / n;
        let variance = d.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / n;
        assert!((mean - 0.22).abs() < 4.0 * 0.0108 / n.sqrt(), "{mean}");
        assert!((variance / (0.02 * 0.02) - 0.291_12).abs() < 0.006, "{variance}");
    }

    #[test]
    fn a_dot_keeps_its_diameter_when_others_are_added() {
        let few = draw_diameters(10, 0.22, 0.015, 0.18, 0.25, 1).unwrap();
        assert_eq!(few, draw_diameters(50, 0.22, 0.015, 0.18, 0.25, 1).unwrap()[..10]);
        assert_ne!(few, draw_diameters(10, 0.22, 0.015, 0.18, 0.25, 2).unwrap());
        assert_eq!(draw_diameters(2, 0.2, 0.0, 0.1, 0.3, 1).unwrap(), [0.2, 0.2]);
    }

    #[test]
    fn impossible_distributions_are_refused() {
        let nan = f64::NAN;
        let bad = [
            (0.2, 0.01, 0.3, 0.1),
            (0.2, -0.01, 0.1, 0.3),
            (nan, 0.01, 0.1, 0.3),
            (0.2, nan, 0.1, 0.3),
            (0.2, 0.01, 0.0, 0.3),
            (0.2, 0.01, 0.1, f64::INFINITY),
            (0.2, 0.0, 0.25, 0.3),
            (0.2, 0.001, 0.25, 0.3),
        ];
        for (mean, sd, min, max) in bad {
            assert!(draw_diameters(1, mean, sd, min, max, 0).is_err(), "{mean} {sd} {min} {max}");
        }
    }
}
