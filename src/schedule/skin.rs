use nalgebra::{Matrix4, Vector4};
use rayon::prelude::*;

use crate::geometry::{Point, Vector};

/// Touches through which a local plane goes.
const NEIGHBOURS: usize = 8;
/// Where there are no more touches, those farthest off still count a little: reach as a multiple of their distance.
const BEYOND: f64 = 1.5;
/// Slopes are held back by this share of the squared reach, so that touches in a line tilt no plane across it.
const STIFFNESS: f64 = 0.01;
/// Differences from what the neighbours say below this are noise, mm.
const NOISE_MM: f64 = 0.25;
/// Where half of the touches are off by more, there are no planes through them, mm.
const MOST_NOISE_MM: f64 = 0.4;
/// How much the height may differ for each mm between a touch and the nearest other one: a head of 80 mm that lies 0.8 mm off.
const STEEPEST: f64 = 0.01;
/// Larger ones are outliers from so many standard deviations on.
const DEVIATIONS: f64 = 4.0;
/// Standard deviation of a normal distribution over its median absolute deviation.
const OF_MEDIAN: f64 = 1.4826;
/// Share of the touches that may be outliers.
const MOST_OUTLIERS: f64 = 0.1;

/// A touch of the skin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Touch {
    /// Place on the scan, mm.
    pub place: Point,
    /// How far above it the skin was found along the needle, mm.
    pub height_mm: f64,
}

/// A touch that its neighbours contradict.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlier {
    /// Index of the touch.
    pub touch: usize,
    /// How far it lies above the plane through its neighbours, mm.
    pub off_mm: f64,
}

/// Height of the skin above a place of the scan with that normal, mm: that of a plane through the nearest eight touches by weighted least
/// squares (W. S. Cleveland, "Robust locally weighted regression", J. Am. Stat. Assoc. 74, 1979).
///
/// With `d` the distance of a touch and `r` that of the ninth nearest, its weight is `(1 - (d/r)³)³`; where there are no more than eight, `r`
/// is 1.5 times the distance of the farthest. Slopes count with 0.01 `r²` times the sum of weights. So the height changes smoothly from place to
/// place. Without touches it is 0.
pub fn skin_height_mm(touches: &[Touch], place: &Point, normal: &Vector) -> f64 {
    height_mm(touches.iter(), place, normal)
}

fn height_mm<'a>(touches: impl Iterator<Item = &'a Touch>, place: &Point, normal: &Vector) -> f64 {
    let mut near: Vec<(f64, &Touch)> = touches.map(|touch| ((touch.place - place).norm(), touch)).collect();
    let by_distance = |a: &(f64, &Touch), b: &(f64, &Touch)| a.0.total_cmp(&b.0);
    let reach_mm = if near.len() > NEIGHBOURS {
        let (_, (ninth_mm, _), _) = near.select_nth_unstable_by(NEIGHBOURS, by_distance);
        *ninth_mm
    } else {
        BEYOND * near.iter().map(|(distance_mm, _)| *distance_mm).fold(0.0, f64::max)
    }
    .max(f64::EPSILON);
    near.truncate(NEIGHBOURS);
    // The same bytes whatever order the selection leaves them in.
    near.sort_by(by_distance);
    let (mut moments, mut heights, mut sum) = (Matrix4::zeros(), Vector4::zeros(), 0.0);
    for (distance_mm, touch) in near {
        let weight = (1.0 - (distance_mm / reach_mm).powi(3)).max(0.0).powi(3);
        let way = (touch.place - place) / reach_mm;
        let along = way - normal * way.dot(normal);
        let row = Vector4::new(1.0, along.x, along.y, along.z);
        moments += row * row.transpose() * weight;
        heights += row * (touch.height_mm * weight);
        sum += weight;
    }
    for slope in 1..4 {
        moments[(slope, slope)] += STIFFNESS * sum;
    }
    moments.cholesky().map_or(0.0, |factors| factors.solve(&heights)[0])
}

/// The touches that lie off the planes through their neighbours by more than noise, the worst first; each is judged without those found before.
/// In the end they are judged once more by all that are left: beside a touch that lies far off a good one may look worse than that.
/// `Err` with the number where so many contradict each other that no one can say which are right. `normals` are those at the touches.
pub fn outliers(touches: &[Touch], normals: &[Vector]) -> Result<Vec<Outlier>, usize> {
    let nearest_mm = |own: usize, stays: &[usize]| {
        let others = stays.iter().filter(|&&other| other != own);
        others.map(|&other| (touches[other].place - touches[own].place).norm()).fold(f64::INFINITY, f64::min)
    };
    let off_mm = |own: usize, stays: &[usize]| {
        let others = stays.iter().filter(|&&other| other != own).map(|&other| &touches[other]);
        touches[own].height_mm - height_mm(others, &touches[own].place, &normals[own])
    };
    // One that stands alone says more of its place than its neighbours do.
    let excess_mm = |own: usize, off_mm: f64, limit_mm: f64, stays: &[usize]| {
        off_mm.abs() - limit_mm - STEEPEST * nearest_mm(own, stays)
    };
    let most = (touches.len() as f64 * MOST_OUTLIERS).ceil() as usize;
    let mut stays: Vec<usize> = (0..touches.len()).collect();
    let mut found: Vec<Outlier> = Vec::new();
    let mut limit_mm = NOISE_MM;
    while stays.len() > 3 {
        let all_mm: Vec<f64> = stays.par_iter().map(|&own| off_mm(own, &stays)).collect();
        let mut sizes: Vec<f64> = all_mm.iter().map(|off_mm| off_mm.abs()).collect();
        sizes.sort_by(f64::total_cmp);
        let median_mm = sizes[sizes.len() / 2];
        if median_mm > MOST_NOISE_MM {
            return Err(sizes.iter().filter(|size_mm| **size_mm > MOST_NOISE_MM).count());
        }
        limit_mm = NOISE_MM.max(DEVIATIONS * OF_MEDIAN * median_mm);
        let excesses_mm: Vec<f64> =
            (stays.par_iter().zip(&all_mm)).map(|(&own, &off_mm)| excess_mm(own, off_mm, limit_mm, &stays)).collect();
        let worst = (0..stays.len()).max_by(|&a, &b| excesses_mm[a].total_cmp(&excesses_mm[b]));
        let Some(worst) = worst.filter(|&worst| excesses_mm[worst] > 0.0) else { break };
        found.push(Outlier { touch: stays.remove(worst), off_mm: all_mm[worst] });
        if found.len() > most {
            return Err(found.len());
        }
    }
    found.retain_mut(|outlier| {
        let own = outlier.touch;
        outlier.off_mm = off_mm(own, &stays);
        excess_mm(own, outlier.off_mm, limit_mm, &stays) > 0.0
    });
    found.sort_by(|a, b| b.off_mm.abs().total_cmp(&a.off_mm.abs()));
    Ok(found)
}
