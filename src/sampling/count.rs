use super::maximal::MOST_DOTS;
use super::progressive::{Levels, level_shares};
use super::{Domain, FixedDot, Options, SATURATION, Samples};
use crate::error::{Error, Result};

/// Where the approach to a count ends, as a share of it: the next level crosses the count.
const CLOSE: f64 = 0.97;

/// The level that crosses the count is at most this much closer than the one before.
const FINE: f64 = 1.02;

/// Levels that crossed the count from farther away are taken back this many times; then one is taken as it is.
const PATIENCE: u32 = 32;

/// Small steps add fewer dots than the spacing squared says, for they find only the largest gaps. Counts up to
/// [`SMALL_STEP`] times those before grow with this power of the spacing.
const SMALL_STEP_POWER: f64 = 1.7;
const SMALL_STEP: f64 = 1.2;

/// Exactly as many dots as were asked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counted {
    /// The dots, each with the spacing that it keeps.
    pub samples: Samples,
    /// What the spacing of the domain was multiplied with: the distance that holds.
    pub scale: f64,
    /// At the spacing of the domain times this, at least `scale`, there is no room for one more dot. Unknown where the
    /// surface takes more dots than were asked however wide they are apart.
    pub full_at: Option<f64>,
}

/// Fills the surface with exactly `count` dots, spread as evenly as those of [`sample`](super::sample).
///
/// The spacing of the domain says only how dense the dots are here compared with there; `Spacing::Constant(1.0)` makes
/// [`Counted::scale`] the spacing in mm. The dots are in progressive order; with `sessions` (as in
/// [`sample_progressive`](super::sample_progressive), shares of the count) as well spread in every prefix as its own.
/// Fixed dots keep their spacing and are not counted.
///
/// # Algorithm
/// Levels of falling spacing, each maximal around the dots before it. What a level reaches tells the spacing of the next
/// one; no constant is relied on. One comes within a few percent below the count, and the next crosses it: of its dots
/// the first are kept, those with most room. So the dots keep the spacing of the last level, no place is farther from
/// them than that of the level before allows, and the two differ by at most 2 % or so. A level that crosses the count
/// from farther away is taken back. About two runs of `sample` for a count, five with sessions.
///
/// Sample elimination (Yuksel 2015) starts with several times as many dots and has no bound for the holes it leaves.
///
/// # Errors
/// Those of `sample`; a count of 0 or above [`MOST_DOTS`]; sessions that are no shares.
pub fn sample_count(
    domain: &Domain<'_>,
    count: usize,
    fixed: &[FixedDot],
    sessions: Option<&[f64]>,
    options: &Options<'_>,
) -> Result<Counted> {
    if count == 0 || count as f64 > MOST_DOTS {
        return Err(Error::input(format!("a count of {count} dots"))
            .expected(format!("1 to {MOST_DOTS:.0e} dots"))
            .remedy("correct the count"));
    }
    let shares = sessions.map(level_shares).transpose()?.unwrap_or_default();
    let mut aims = shares.iter().map(|share| (share * count as f64) as usize).peekable();
    let close = (CLOSE * count as f64) as usize;
    let mut levels = Levels::new(domain, fixed, options)?;
    let (mut crossed, mut patience) = (None, PATIENCE);
    loop {
        let (before, wider) = (levels.samples.dots.len(), levels.scale);
        while aims.next_if(|&aim| aim <= before || aim > close).is_some() {}
        // Below the count first, then a little above.
        let approach = if before + before / 100 < close { close.max(1) } else { count + 1 + count / 500 };
        let aim = aims.next().unwrap_or(approach);
        // The same spacing after other levels may cross no more.
        crossed = crossed.filter(|&(_, closer)| wider > FINE * closer);
        let scale = next_scale(domain, (before, wider), aim, crossed)?;
        levels.fill(scale, [before, aim].map(|dots| (dots as f64 / count as f64).min(1.0)))?;
        let reached = levels.samples.dots.len();
        if reached > count && wider > FINE * scale && patience > 0 {
            levels.undo(before, wider);
            crossed = Some((reached, scale));
            patience -= 1;
        } else if reached >= count {
            let full_at = if reached == count { scale } else { wider };
            let mut samples = levels.ordered()?;
            samples.dots.truncate(count);
            (options.progress)(1.0);
            return Ok(Counted { samples, scale, full_at: Some(full_at).filter(|s| s.is_finite()) });
        }
    }
}

/// Scale at which about `aim` dots come, after a level and before one that crossed the count.
fn next_scale(
    domain: &Domain<'_>,
    (reached, wider): (usize, f64),
    aim: usize,
    crossed: Option<(usize, f64)>,
) -> Result<f64> {
    let ratio = reached as f64 / aim as f64;
    Ok(match crossed {
        None if wider.is_infinite() => (SATURATION * measure(domain)? / aim as f64).sqrt(),
        None if reached == 0 => 0.5 * wider,
        None => wider * ratio.powf(if ratio * SMALL_STEP > 1.0 { SMALL_STEP_POWER.recip() } else { 0.5 }),
        Some((too_many, closer)) if wider.is_infinite() => closer * (too_many as f64 / aim as f64).sqrt().max(FINE),
        Some((_, closer)) => (wider * closer).sqrt(),
    })
}

/// Integral of one over the squared spacing.
fn measure(domain: &Domain<'_>) -> Result<f64> {
    let (field, _) = domain.field()?;
    let of = |(triangle, corners): (u32, &[u32; 3])| {
        let weight: f64 = corners.iter().map(|&v| field[v as usize].powi(-2)).sum();
        domain.mesh.triangle_area_mm2(triangle) * weight / 3.0
    };
    Ok((0..).zip(domain.mesh.triangles()).map(of).sum())
}
