//! Orders of dots of which every prefix is spread well: sessions are prefixes.
//!
//! Measures: the relative radius of a prefix is its closest pair over the spacing of a hexagonal lattice of as many dots
//! on the area (Lagae & Dutré 2008); saturated random darts have 0.777. With spacing that varies, distances are relative
//! to the smaller spacing of the two, and the closest pair in a prefix of share f is compared with `1 / √f`.
//!
//! No order of a set that was thrown without a thought for it can be very good: of saturated random darts, the best prefix
//! of one chosen count that local search (swaps of one for two) found has 0.67, and it leaves bad prefixes of other counts.
//! [`sample_progressive`] therefore throws the dots in nested levels, after `McCool` & Fiume 1992 ("Hierarchical Poisson
//! disk sampling distributions"), but each exactly maximal, so that the end of a session is as well spread as a set of its
//! own. [`progressive_order`] is for dots that are there already.
//!
//! Least relative radius of all prefixes of 5 to 95 %, and least `d √f` for graded density; 100,000 dots on half an
//! ellipsoid (95 × 115 × 75 mm):
//!
//! | | constant | density 1 : 10 | spacing 1 : 10 |
//! |---|---|---|---|
//! | sample elimination, Yuksel's weights | 0.61 | | |
//! | [`progressive_order`] | 0.644 | 0.830 | 0.831 |
//! | [`sample_progressive`] | 0.699 | 0.920 | 0.921 |
//! | the same at the ends of levels | 0.76 | 0.98 | 0.98 |

mod elimination;
mod levels;

use rand::seq::SliceRandom;

pub use self::levels::Levels;

use self::elimination::eliminate;
use super::stream::{Purpose, stream};
use super::{Domain, FixedDot, Options, Sample, Samples};
use crate::error::{Error, Result};

/// Ratio of the radius of one stage of elimination to that of the stage before; about 0.7 of the dots stay in each.
const STAGE: f64 = 1.189_207_115_002_721; // 2^(1/4)

/// The smallest share of the dots that is a level of its own, unless a session is smaller.
const LEAST_SHARE: f64 = 1.0 / 16.0;

/// Smaller sessions are taken for a mistake.
const LEAST_SESSION: f64 = 1e-6;

/// Ratio of the counts of one level and the one before in [`sample_progressive`]; up to the power 1.2 of it where
/// sessions lie so.
pub const LEVEL_GROWTH: f64 = std::f64::consts::SQRT_2;

/// A permutation of the dots of which every prefix is spread well: `order[k]` is the dot that comes k-th.
///
/// Elimination from the end: of the two dots that are closest together, the one with more of others around it comes
/// last; and so on with those that remain. Distances are relative to the smaller spacing of the two, so that graded sets
/// stay graded in every prefix. The seed decides ties. Dots that keep their spacing reach a relative radius of 0.64 or
/// more; [`sample_progressive`] makes dots that reach 0.70.
///
/// After Yuksel 2015, "Sample elimination for generating Poisson disk sample sets". He takes the dot with the greatest
/// weight of all; here the closest pair says where, and the weight only which of the two.
///
/// O(n log n): removals create no pairs, so each stage walks once through the sorted pairs below its radius.
pub fn progressive_order(dots: &[Sample], seed: u64) -> Result<Vec<u32>> {
    let mut kept: Vec<u32> = (0..dots.len() as u32).collect();
    kept.shuffle(&mut stream(seed, Purpose::Order, 0));
    let mut last = Vec::with_capacity(dots.len());
    let mut radius = STAGE;
    while kept.len() > 1 {
        let removed = eliminate(dots, &kept, 0, radius)?;
        let mut stays = vec![true; kept.len()];
        for &place in &removed {
            stays[place as usize] = false;
            last.push(kept[place as usize]);
        }
        let mut stays = stays.iter();
        kept.retain(|_| stays.next() == Some(&true));
        radius *= STAGE;
    }
    last.reverse();
    kept.extend(last);
    Ok(kept)
}

/// Fills the surface as [`sample`](super::sample) does, with dots in an order of which every prefix is spread well.
///
/// `sessions` are shares of the dots, up to 1, in any order: prefixes that shall be maximal sets of their own
/// with the spacing that belongs to the share, `spacing / √share`. May be empty: every prefix is good, these are best.
///
/// # Algorithm
/// Levels of falling spacing: each is filled by `sample` with the dots of the earlier levels as fixed dots, until the
/// spacing of the domain is reached. Levels end at the sessions and between them, so that counts grow by about
/// [`LEVEL_GROWTH`] from one to the next. Within a level those dots come first that are farthest from others, by elimination
/// of the closest ones; they cannot be closer than the level's spacing.
///
/// The result obeys both guarantees of `sample`; it holds about 4 % fewer dots, as holes of a coarse level are filled by
/// dots that fit it badly. Where a count or a density has to be met, see [`sample_count`](super::sample_count).
/// Fixed dots keep their own spacing at all levels.
///
/// # Complexity
/// The runs add up to `1 / (1 - 1 / LEVEL_GROWTH)`, 3.4 times that of the last level, and more where
/// sessions end close to each other, for each ends a level.
///
/// # Errors
/// Those of `sample`; sessions that are no shares.
pub fn sample_progressive(
    domain: &Domain<'_>,
    fixed: &[FixedDot],
    sessions: &[f64],
    options: &Options<'_>,
) -> Result<Samples> {
    sample_levels(domain, fixed, sessions, options)?.ordered()
}

/// The first part of [`sample_progressive`]: all dots level by level, not yet in order within the levels.
///
/// # Errors
/// Those of `sample`; sessions that are no shares.
pub fn sample_levels<'a>(
    domain: &'a Domain<'a>,
    fixed: &'a [FixedDot],
    sessions: &[f64],
    options: &'a Options<'a>,
) -> Result<Levels<'a>> {
    let shares = level_shares(sessions)?;
    let work: f64 = shares.iter().sum();
    let mut levels = Levels::new(domain, fixed, options)?;
    let mut done = 0.0;
    for share in shares {
        let from = done / work;
        done += share;
        levels.fill(share.sqrt().recip(), [from, (done / work).min(1.0)])?;
    }
    (options.progress)(1.0);
    Ok(levels)
}

/// Shares of the dots at which levels end, ascending, 1 at last.
pub(super) fn level_shares(sessions: &[f64]) -> Result<Vec<f64>> {
    if let Some(bad) = sessions.iter().find(|share| !(LEAST_SESSION..=1.0).contains(*share)) {
        return Err(Error::input(format!("a session that ends at the share {bad}"))
            .expected(format!("the shares of the dots at which sessions end, {LEAST_SESSION} to 1"))
            .remedy("correct the sessions"));
    }
    let mut anchors = sessions.to_vec();
    anchors.extend([LEAST_SHARE, 1.0]);
    anchors.sort_unstable_by(f64::total_cmp);
    let mut shares = vec![anchors[0]];
    for pair in anchors.windows(2) {
        let growth = pair[1] / pair[0];
        let steps = (growth.ln() / LEVEL_GROWTH.ln() - 0.2).ceil().max(1.0);
        let between = (1..=steps as u32).map(|step| pair[0] * growth.powf(f64::from(step) / steps));
        shares.extend(between);
    }
    shares.dedup();
    Ok(shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_end_at_the_sessions_and_grow_evenly() {
        for sessions in [&[][..], &[0.5], &[0.9, 0.34, 0.67, 1.0, 0.34], &[0.01, 0.999], &[LEAST_SESSION]] {
            let shares = level_shares(sessions).unwrap();
            assert_eq!(shares.last(), Some(&1.0));
            assert!(sessions.iter().all(|session| shares.iter().any(|share| (share / session - 1.0).abs() < 1e-12)));
            let growth: Vec<f64> = shares.windows(2).map(|pair| pair[1] / pair[0]).collect();
            assert!(growth.iter().all(|growth| (1.0..LEVEL_GROWTH.powf(1.2) + 1e-9).contains(growth)), "{growth:?}");
        }
        assert_eq!(level_shares(&[]).unwrap().len(), 9);
    }
}
