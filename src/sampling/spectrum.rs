use std::f64::consts::{PI, TAU};

use rayon::prelude::*;

/// Radius of a window, in hexagonal distances.
pub(super) const RADIUS: f64 = 8.0;

/// Frequencies that are measured.
const FREQUENCIES: usize = 24;

/// Directions over half a turn.
const DIRECTIONS: usize = 24;

/// Dots around a middle, in its tangent plane, no farther than [`RADIUS`].
pub(super) type Window = Vec<[f64; 2]>;

/// The k-th frequency, in cycles per hexagonal distance. Steps are as fine as a window can tell apart.
pub(super) fn frequency(k: usize) -> f64 {
    k as f64 / RADIUS
}

/// The power of the dots at each frequency, averaged over directions and windows; 1 for a Poisson process.
///
/// Periodogram of Bartlett (1964) with the smooth taper `(1 - (x / R)²)²`, so that the rim of a window does not show, and
/// less the transform of the taper itself, which is that of the mean density (Heck, Schlömer & Deussen 2013 describe what
/// such spectra tell of samples). Empty without windows.
pub(super) fn radial_power(windows: &[Window]) -> Vec<f64> {
    if windows.is_empty() {
        return Vec::new();
    }
    let taper: Vec<f64> = (0..=FREQUENCIES).map(|k| taper_transform(TAU * frequency(k) * RADIUS)).collect();
    let of_window = |window: &Window| {
        let weights: Vec<f64> =
            window.iter().map(|[x, y]| (1.0 - (x * x + y * y) / (RADIUS * RADIUS)).powi(2)).collect();
        let total: f64 = weights.iter().sum();
        let squared: f64 = weights.iter().map(|weight| weight * weight).sum();
        let mut power = [0.0; FREQUENCIES];
        for direction in 0..DIRECTIONS {
            let (sin, cos) = (PI * direction as f64 / DIRECTIONS as f64).sin_cos();
            let mut sums = [[0.0; 2]; FREQUENCIES];
            for ([x, y], weight) in window.iter().zip(&weights) {
                // The phase at frequency k is the k-th power of that at the first.
                let (im, re) = (TAU * frequency(1) * (x * cos + y * sin)).sin_cos();
                let mut phase = [*weight, 0.0];
                for sum in &mut sums {
                    phase = [phase[0] * re - phase[1] * im, phase[0] * im + phase[1] * re];
                    *sum = [sum[0] + phase[0], sum[1] + phase[1]];
                }
            }
            for (k, [re, im]) in sums.into_iter().enumerate() {
                let mean = total * taper[k + 1] / taper[0];
                power[k] += ((re - mean).powi(2) + im * im) / (squared * DIRECTIONS as f64);
            }
        }
        power
    };
    let powers: Vec<[f64; FREQUENCIES]> = windows.par_iter().map(of_window).collect();
    (0..FREQUENCIES).map(|k| powers.iter().map(|power| power[k]).sum::<f64>() / powers.len() as f64).collect()
}

/// Transform of the taper on the unit disc at angular frequency `z`, but for a constant: that of its shadow on a line,
/// `(1 - t²)^(5/2)`, by Simpson's rule.
fn taper_transform(z: f64) -> f64 {
    const STEPS: u32 = 400;
    let value = |step: u32| {
        let t = f64::from(step) / f64::from(STEPS);
        let weight = if step == 0 || step == STEPS { 1.0 } else { f64::from(2 + 2 * (step % 2)) };
        weight * (1.0 - t * t).powf(2.5) * (z * t).cos()
    };
    (0..=STEPS).map(value).sum::<f64>()
}
