use nalgebra::distance;
use serde::Serialize;

use super::cloud::{Cloud, median};
use super::pattern::{Guess, Patch, guesses};
use crate::error::{Error, Result};
use crate::geometry::{Placement, Point, Vector};
use crate::rig::lay_rigid;

/// How measured dots lie on the plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Laid {
    /// From the frame of the measured dots to that of the scan, mm.
    pub observed_to_scan: Placement,
    /// Number of measured dots.
    pub observed: usize,
    /// How many of them lie on a dot that was expected.
    pub inliers: usize,
    /// How many would by chance.
    pub inliers_by_chance: f64,
    /// How far the number is above chance, in standard deviations of it.
    pub deviations: f64,
    /// RMS distance of those that do, mm.
    pub rms_mm: f64,
    /// Largest distance that counts as lying on a dot, mm.
    pub tolerance_mm: f64,
    /// Standard deviation of the distances along one axis, by their median, mm.
    pub sigma_mm: f64,
    /// Which scale would fit best, were one allowed: 1 when both were measured in the same unit by good instruments.
    pub scale: f64,
}

/// Patches that are tried first, and in all.
const ROUNDS: [usize; 2] = [2, 8];
/// Fewer dots have no pattern.
const LEAST: usize = 25;
/// A placement in which fewer of the measured dots lie on dots of the plan is none.
const LEAST_SHARE: f64 = 0.5;
/// And one that is not so many standard deviations above chance. The best of all that were tried would reach about 6.
const LEAST_DEVIATIONS: f64 = 12.0;
/// A right placement fits more of its patch than this.
const LEAST_FITTING: f64 = 0.45;
/// While a placement grows, dots of the plan are taken for the same up to so much of the gap between dots.
const CATCH: f64 = 0.35;
/// Normal noise stays within so many standard deviations of one axis in all but 15 of a million (χ distribution, three
/// degrees of freedom).
const SIGMAS: f64 = 5.0;
/// Dots at least this far apart, in gaps, cannot be taken for one another.
const WIDEST: f64 = 0.45;
/// Ratio of the median distance to the standard deviation of one axis for normal noise in space (χ, three degrees of
/// freedom).
const MEDIAN_OF_CHI3: f64 = 1.538;

/// Finds how measured dots lie on those that were expected, from the pattern of both, whatever frame they were measured in and
/// in whatever order they stand.
///
/// Patches of the measured dots are laid where the pattern fits best (see the module `pattern`), and the best placement is
/// grown over the neighbourhood, then over all dots, by rigid least squares (iterated closest points: P. J. Besl, N. D.
/// `McKay`, IEEE PAMI 14(2), 1992, trimmed at a share of the gap between dots).
///
/// # Errors
/// Measured dots that do not belong: too few to tell, in another unit, or laid in the best way no better than chance;
/// and such as fit mirrored only.
pub fn lay(observed: &Cloud, expected: &Cloud, normals: &[Vector]) -> Result<Laid> {
    let count = observed.points().len();
    let of_plan =
        |error: Error| error.remedy("give the dots that were made by this plan, or name what is missing by hand");
    if count < LEAST || expected.points().len() < LEAST {
        let found = format!("{count} measured dots and {} that were struck", expected.points().len());
        return Err(of_plan(
            Error::input(found).expected(format!("{LEAST} or more of each, to know them by their pattern")),
        ));
    }
    let gap_mm = expected.median_gap_mm();
    let seen_mm = observed.median_gap_mm();
    if !(0.4..=2.5).contains(&(seen_mm / gap_mm)) {
        return Err(Error::input(format!("measured dots that stand {seen_mm:.4} mm apart"))
            .expected(format!("about {gap_mm:.2} mm, as those of the plan"))
            .remedy("say the unit of the table with --units, or give the dots that were made by this plan"));
    }
    let search = Search { observed, expected, normals, gap_mm };
    let best = search.best();
    if best.belongs() {
        return Ok(best);
    }
    let by_chance = format!(
        "{} of {count} measured dots on dots of the plan in the best placement; chance alone gives {:.0}",
        best.inliers, best.inliers_by_chance
    );
    let mirrored = Cloud::new(observed.points().iter().map(|p| Point::new(-p.x, p.y, p.z)).collect())?;
    let expected_text = format!("at least {:.0} %, far above chance", 100.0 * LEAST_SHARE);
    if (Search { observed: &mirrored, ..search }).best().belongs() {
        return Err(Error::input("measured dots that fit the plan when they are mirrored, and not as they are")
            .expected("right and left as on the head")
            .remedy("export the table without mirroring: change the sign of one axis"));
    }
    Err(of_plan(Error::input(by_chance).expected(expected_text)))
}

#[derive(Clone, Copy)]
struct Search<'a> {
    observed: &'a Cloud,
    expected: &'a Cloud,
    normals: &'a [Vector],
    gap_mm: f64,
}

impl Search<'_> {
    /// The best placement of all that were tried; the first that leaves no doubt ends the search.
    fn best(&self) -> Laid {
        let seeds = self.seeds();
        let mut best: Option<Laid> = None;
        let mut from = 0;
        for upto in ROUNDS {
            let patches: Vec<Patch> = seeds[from.min(seeds.len())..upto.min(seeds.len())]
                .iter()
                .filter_map(|&seed| Patch::around(self.observed, seed))
                .collect();
            from = upto;
            let guessed = guesses(&patches, self.expected, self.normals, self.gap_mm);
            for (patch, guesses) in patches.iter().zip(guessed) {
                let Some((fitting, start)) = self.settled(patch, &guesses) else { continue };
                // What does not even fit on the patch is grown only to have figures to tell.
                if fitting < LEAST_FITTING && best.is_some() {
                    continue;
                }
                let laid = self.judge(&self.grown(patch, start));
                if best.as_ref().is_none_or(|best| laid.inliers > best.inliers) {
                    best = Some(laid);
                }
                if let Some(best) = best.take_if(|best| best.belongs()) {
                    return best;
                }
            }
        }
        best.unwrap_or_else(|| self.judge(&Placement::IDENTITY))
    }

    /// Dots all over the observed ones, whatever the order of the rows.
    fn seeds(&self) -> Vec<usize> {
        let points = self.observed.points();
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by(|&a, &b| points[a].iter().partial_cmp(points[b].iter()).unwrap_or(std::cmp::Ordering::Equal));
        let most = ROUNDS[1].min(order.len());
        // Steps of three leave none out of eight, and the first few lie apart.
        (0..most).map(|k| order[((3 * k) % most * 2 + 1) * order.len() / (2 * most)]).collect()
    }

    /// The guess under which most of the patch fits, settled on the dots around.
    /// With it goes the share of the patch that fits.
    fn settled(&self, patch: &Patch, guesses: &[Guess]) -> Option<(f64, Placement)> {
        let settle = |guess: &Guess| {
            // Turns are known to a bin only: what is near the middle is laid first.
            let inner = self.iterated(&patch.middle, 0.5 * patch.radius_mm, guess.placement, 0.5);
            let (placement, count) = self.iterated(&patch.middle, patch.radius_mm, inner.0, CATCH);
            (count, placement)
        };
        let mut best: Option<(usize, Placement)> = None;
        for settled in guesses.iter().map(settle) {
            if best.is_none_or(|(most, _)| settled.0 > most) {
                best = Some(settled);
            }
        }
        let size = self.observed.count_within(&patch.middle, patch.radius_mm);
        best.map(|(count, placement)| (count as f64 / size.max(1) as f64, placement))
    }

    /// Lays ever larger neighbourhoods of the patch.
    fn grown(&self, patch: &Patch, mut placement: Placement) -> Placement {
        let far = self.observed.points().iter().map(|place| distance(place, &patch.middle)).fold(0.0, f64::max);
        let mut radius_mm = patch.radius_mm;
        while radius_mm < far {
            radius_mm *= 1.5;
            placement = self.iterated(&patch.middle, radius_mm, placement, CATCH).0;
        }
        placement
    }

    /// Closest points, a few times, of the measured dots within a distance; and how many of them have one.
    fn iterated(&self, middle: &Point, radius_mm: f64, mut placement: Placement, reach: f64) -> (Placement, usize) {
        const ROUNDS: usize = 4;
        let near = self.observed.within(middle, radius_mm);
        let mut count = 0;
        for _ in 0..ROUNDS {
            let pairs = near.iter().filter_map(|near| {
                let from = self.observed.points()[near.index];
                let hit = self.expected.closest(&placement.point(&from))?;
                (hit.distance_mm <= reach * self.gap_mm).then(|| (from, self.expected.points()[hit.index]))
            });
            let (from, onto): (Vec<Point>, Vec<Point>) = pairs.unzip();
            count = from.len();
            let Some(better) = lay_rigid(&from, &onto) else { break };
            placement = better;
        }
        (placement, count)
    }

    /// What a placement is worth.
    fn judge(&self, placement: &Placement) -> Laid {
        let count = self.observed.points().len();
        let hits: Vec<(usize, Point, f64)> = (self.observed.points().iter().enumerate())
            .filter_map(|(index, from)| {
                let hit = self.expected.closest(&placement.point(from))?;
                Some((index, self.expected.points()[hit.index], hit.distance_mm))
            })
            .collect();
        let caught: Vec<f64> = hits.iter().map(|hit| hit.2).filter(|mm| *mm <= CATCH * self.gap_mm).collect();
        let sigma_mm = median(caught) / MEDIAN_OF_CHI3;
        let tolerance_mm = (SIGMAS * sigma_mm).clamp(0.1 * self.gap_mm, WIDEST * self.gap_mm);
        let on: Vec<&(usize, Point, f64)> = hits.iter().filter(|hit| hit.2 <= tolerance_mm).collect();
        let chance: Vec<f64> =
            (self.observed.points().iter()).map(|from| self.chance(&placement.point(from), tolerance_mm)).collect();
        let inliers_by_chance: f64 = chance.iter().sum();
        let variance: f64 = chance.iter().map(|p| p * (1.0 - p)).sum();
        let rms_mm = (on.iter().map(|hit| hit.2 * hit.2).sum::<f64>() / on.len().max(1) as f64).sqrt();
        let from: Vec<Point> = on.iter().map(|hit| self.observed.points()[hit.0]).collect();
        let onto: Vec<Point> = on.iter().map(|hit| hit.1).collect();
        Laid {
            observed_to_scan: *placement,
            observed: count,
            inliers: on.len(),
            inliers_by_chance,
            deviations: (on.len() as f64 - inliers_by_chance) / variance.max(1.0).sqrt(),
            rms_mm,
            tolerance_mm,
            sigma_mm,
            scale: scale(&from, &onto),
        }
    }

    /// Probability that a place has a dot of the plan within the tolerance, by how many there are around.
    fn chance(&self, place: &Point, tolerance_mm: f64) -> f64 {
        let wide_mm = 4.0 * self.gap_mm;
        let around = self.expected.within(place, wide_mm).len() as f64;
        (around * (tolerance_mm / wide_mm).powi(2)).min(1.0)
    }
}

impl Laid {
    fn belongs(&self) -> bool {
        self.inliers as f64 >= LEAST_SHARE * self.observed as f64 && self.deviations >= LEAST_DEVIATIONS
    }
}

/// Ratio of the sizes of two sets of points of the same order, about their middles.
fn scale(from: &[Point], onto: &[Point]) -> f64 {
    let size = |points: &[Point]| {
        let middle = points.iter().map(|p| p.coords).sum::<Vector>() / points.len().max(1) as f64;
        points.iter().map(|p| (p.coords - middle).norm_squared()).sum::<f64>().sqrt()
    };
    let [from, onto] = [size(from), size(onto)];
    if from > 0.0 { onto / from } else { 1.0 }
}
