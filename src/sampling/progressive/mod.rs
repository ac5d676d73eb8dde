mod elimination;
mod levels;

use rand::seq::SliceRandom;

pub(super) use levels::Levels;

use self::elimination::eliminate;
use super::stream::{Purpose, stream};
use super::{Domain, FixedDot, Options, Sample, Samples};
use crate::error::{Error, Result};

/// Ratio of the radius of one stage of elimination to that of the stage before; about 0.7 of the dots stay in each.
const STAGE: f64 = 1.189_207_115_002_721; // 2^(1/4)

/// The smallest share of the dots that is a level of its own, unless a session is smaller.
const LEAST_SHARE: f64 = 0.05;

/// Largest ratio of the counts of one level and the one before.
const LEVEL: f64 = std::f64::consts::SQRT_2;

/// A permutation of the dots of which every prefix is spread well: `order[k]` is the dot that comes k-th.
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
pub fn sample_progressive(
    domain: &Domain<'_>,
    fixed: &[FixedDot],
    sessions: &[f64],
    options: &Options<'_>,
) -> Result<Samples> {
    let shares = level_shares(sessions)?;
    let work: f64 = shares.iter().sum();
    let mut levels = Levels::new(domain, fixed, options);
    let mut done = 0.0;
    for share in shares {
        let from = done / work;
        done += share;
        levels.fill(share.sqrt().recip(), [from, (done / work).min(1.0)])?;
    }
    (options.progress)(1.0);
    Ok(levels.samples)
}

/// Shares of the dots at which levels end, ascending, 1 at last.
pub(super) fn level_shares(sessions: &[f64]) -> Result<Vec<f64>> {
    if let Some(bad) = sessions.iter().find(|share| !(**share > 0.0 && **share <= 1.0)) {
        return Err(Error::input(format!("a session that ends at the share {bad}"))
            .expected("the shares of the dots at which sessions end, above 0 and up to 1")
            .remedy("correct the sessions"));
    }
    let mut anchors = sessions.to_vec();
    anchors.extend([LEAST_SHARE, 1.0]);
    anchors.sort_unstable_by(f64::total_cmp);
    let mut shares = vec![anchors[0]];
    for pair in anchors.windows(2) {
        let steps = ((pair[1] / pair[0]).ln() / LEVEL.ln()).ceil();
        let between = (1..=steps as u32).map(|step| pair[0] * (pair[1] / pair[0]).powf(f64::from(step) / steps));
        shares.extend(between);
    }
    Ok(shares)
}
