use std::f64::consts::TAU;

use nalgebra::Complex;
use rayon::prelude::*;

use super::Place;
use crate::geometry::Vector;

/// Steps that are looked for, mm: from fine to coarse slices of a tomograph.
const STEPS_MM: [f64; 2] = [0.2, 5.0];
/// Cosines between skin and direction of the places that count: where the skin lies flat, terraces are wider than the
/// fits, where it runs along, there are none.
const COSINES: std::ops::Range<f64> = 0.25..0.97;
/// Fewest places.
const FEWEST: usize = 200;
/// The first harmonic of heights rounded to steps is 1/π of the step; this share of a step makes terraces.
const LEAST_SHARE: f64 = 0.15;
/// Least first harmonic, mm.
const LEAST_MM: f64 = 0.02;
/// The first harmonic stands out of all others by this factor.
const STANDS_OUT: f64 = 8.0;
/// A multiple of the step that is this many times weaker is the step itself.
const HARMONIC: f64 = 2.5;
/// Triangles this parallel count as of one terrace: 1°.
const PARALLEL: f64 = 0.999_85;
/// Share of the triangles that must be parallel for a direction to be tried.
const PARALLEL_SHARE: f64 = 0.05;

/// Steps along a direction, as slices of a tomograph leave them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terraces {
    /// Unit vector across the slices.
    pub axis: [f64; 3],
    /// Height of a step, mm.
    pub step_mm: f64,
    /// Amplitude of the first harmonic along the axis, mm; 1/π of the step where heights are rounded to it.
    pub amplitude_mm: f64,
}

impl Terraces {
    /// Looks along the three axes, and along the direction into which most triangles face, for a step with which the
    /// heights over the smooth fits rise and fall. Mere places of vertices say nothing: those of marching cubes lie on
    /// slices although their surface is smooth.
    pub(super) fn find(places: &[Place]) -> Option<Self> {
        let directions = [Vector::x(), Vector::y(), Vector::z()].into_iter().chain(facing(places));
        let found = directions.filter_map(|axis| Self::along(places, axis));
        found.max_by(|a, b| (a.amplitude_mm).total_cmp(&b.amplitude_mm))
    }

    fn along(places: &[Place], axis: Vector) -> Option<Self> {
        let counted: Vec<(f64, f64, f64)> = (places.iter())
            .map(|place| (axis.dot(&place.foot.coords), place.height_mm, axis.dot(&place.normal)))
            .filter(|(_, _, cosine)| COSINES.contains(&cosine.abs()))
            .collect();
        if counted.len() < FEWEST {
            return None;
        }
        // A rise along the axis lifts the skin by its cosine; heights beyond a few of the median are ears and rims.
        let cap = 4.0 * super::median(counted.iter().map(|(_, height, _)| height.abs()))?;
        let counted: Vec<_> = counted.into_iter().filter(|(_, height, _)| height.abs() <= cap).collect();
        let squares: f64 = counted.iter().map(|(_, _, cosine)| cosine * cosine).sum();
        let (low, high) = counted
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &(at, ..)| (low.min(at), high.max(at)));
        let spectrum = |from: f64, by: f64, count: usize| {
            let parts = counted.par_chunks(512).map(|chunk| {
                let mut sums = vec![Complex::new(0.0, 0.0); count];
                for &(at, height, cosine) in chunk {
                    let mut wave = Complex::from_polar(height * cosine, TAU * from * (at - low));
                    let turn = Complex::from_polar(1.0, TAU * by * (at - low));
                    for sum in &mut sums {
                        *sum += wave;
                        wave *= turn;
                    }
                }
                sums
            });
            let parts: Vec<_> = parts.collect();
            let sum = |i: usize| parts.iter().map(|part| part[i]).sum::<Complex<f64>>();
            (0..count).map(|i| 2.0 * sum(i).norm() / squares).collect::<Vec<f64>>()
        };
        // Three waves to the width of a peak, then a closer look.
        let [least, most] = [1.0 / STEPS_MM[1], 1.0 / STEPS_MM[0]];
        let by = 1.0 / (3.0 * (high - low).max(STEPS_MM[1]));
        let waves = spectrum(least, by, ((most - least) / by) as usize + 1);
        let middle = super::median(waves.iter().copied())?;
        let best = (0..waves.len()).max_by(|&a, &b| waves[a].total_cmp(&waves[b]))?;
        let from = least + by * (best as f64 - 1.0);
        let close = spectrum(from, by / 16.0, 33);
        let closest = (0..close.len()).max_by(|&a, &b| close[a].total_cmp(&close[b]))?;
        let (step_mm, amplitude_mm) = (1.0 / (from + by / 16.0 * closest as f64), close[closest]);
        // Where some vertices lie on the true surface a harmonic may be stronger than the step itself.
        let multiple = |times: f64| spectrum(1.0 / (times * step_mm), 1.0, 1)[0];
        let times = [4.0, 3.0, 2.0].into_iter().find(|&times| multiple(times) > amplitude_mm / HARMONIC).unwrap_or(1.0);
        let step_mm = step_mm * times;
        let is_terraced = amplitude_mm > (LEAST_SHARE * step_mm / times).max(LEAST_MM).max(STANDS_OUT * middle);
        is_terraced.then(|| Self { axis: axis.into(), step_mm, amplitude_mm })
    }
}

/// The direction into which most triangles face, if many do.
fn facing(places: &[Place]) -> Option<Vector> {
    /// Directions that are tried.
    const TRIED: usize = 400;
    let alike = |axis: Vector| places.iter().filter(move |place| place.facet.dot(&axis) > PARALLEL);
    let tried: Vec<Vector> = places.iter().step_by(places.len() / TRIED + 1).map(|place| place.facet).collect();
    let counts: Vec<usize> = tried.par_iter().map(|&axis| alike(axis).count()).collect();
    let best = (0..tried.len()).max_by_key(|&i| (counts[i], std::cmp::Reverse(i)))?;
    let many = counts[best] as f64 > PARALLEL_SHARE * places.len() as f64;
    many.then(|| alike(tried[best]).map(|place| place.facet).sum::<Vector>().try_normalize(0.0)).flatten()
}
