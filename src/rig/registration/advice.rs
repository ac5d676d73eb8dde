use rayon::prelude::*;

use super::TreModel;
use crate::geometry::Point;

/// Places at which errors are compared, at most: enough to cover a scalp every few millimetres.
const MOST_TARGETS: usize = 2_000;

/// Where one more fiducial helps most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Addition {
    /// Number of the candidate.
    pub candidate: usize,
    /// Largest error predicted at a target with it, mm RMS.
    pub largest_mm: f64,
    /// Mean of the errors predicted at the targets with it, mm.
    pub mean_mm: f64,
}

/// The candidate that, added to the fiducials, lowers the largest predicted error at the targets most; of equal ones the
/// one with the least mean, then the first. Places in the scan, mm; `fle_mm` as for [`Fit`](super::Fit).
///
/// Time: candidates × targets, on all threads. `None` without candidates, targets or a shape that holds a head.
pub fn best_addition(fiducials: &[Point], candidates: &[Point], targets: &[Point], fle_mm: f64) -> Option<Addition> {
    if targets.is_empty() {
        return None;
    }
    let step = targets.len().div_ceil(MOST_TARGETS);
    let added = |candidate: usize| {
        let mut places = fiducials.to_vec();
        places.push(candidates[candidate]);
        TreModel::of(&places)
    };
    let over = |model: TreModel, step: usize| {
        let errors = targets.iter().step_by(step).map(|target| fle_mm * model.per_fle(target));
        let (largest, sum) = errors.fold((0.0_f64, 0.0), |(largest, sum), tre| (largest.max(tre), sum + tre));
        (largest, sum / targets.len().div_ceil(step) as f64)
    };
    let scores: Vec<Option<(f64, f64)>> =
        (0..candidates.len()).into_par_iter().map(|candidate| Some(over(added(candidate)?, step))).collect();
    let scored = scores.into_iter().zip(0..).filter_map(|(score, candidate)| Some((score?, candidate)));
    let (_, candidate) = scored.min_by(|(a, _), (b, _)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)))?;
    let (largest_mm, mean_mm) = over(added(candidate)?, 1);
    Some(Addition { candidate, largest_mm, mean_mm })
}
