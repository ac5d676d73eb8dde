//! Which dot stands for which kind of follicular unit.

use crate::case::Mix;
use crate::error::{Finding, Result, Severity};
use crate::geometry::decimal;
use crate::sampling::Sample;
use crate::treatment::touchup::Cloud;

/// How far a dot looks at what stands around it, in mean distances of its session's dots: some thirty of them.
const REACH: f64 = 3.0;
/// Weight of the shares of all dots beside those around a dot: they decide where nothing stands around yet.
const OF_ALL: f64 = 0.05;

/// The kind of each dot, as a place in `mix.units`: the first near the line, elsewhere all by their shares, in each session for itself.
///
/// One dot after the other, in progressive order, takes the kind of which most is missing around it, near dots counting more: what one has
/// too much its neighbours have too little, as in dithering. `samples` are all dots, `session` and `edge_mm` tell of one.
pub(super) fn mixed(
    mix: &Mix,
    samples: &[Sample],
    session: &dyn Fn(usize) -> u32,
    edge_mm: &dyn Fn(usize) -> f64,
) -> Result<Vec<usize>> {
    let mut units = vec![0; samples.len()];
    let behind_line: Vec<usize> = (0..samples.len()).filter(|&id| edge_mm(id) > mix.first_within_mm).collect();
    let last = behind_line.iter().map(|&id| session(id)).max().unwrap_or(0);
    for number in 1..=last {
        let own: Vec<usize> = behind_line.iter().copied().filter(|&id| session(id) == number).collect();
        if own.is_empty() {
            continue;
        }
        let cloud = Cloud::new(own.iter().map(|&id| samples[id].position).collect())?;
        // A session has a part of the dots only, which stand the farther apart.
        let wider = (behind_line.len() as f64 / own.len() as f64).sqrt();
        let mut of_all = vec![0.0; mix.units.len()];
        for (rank, &id) in own.iter().enumerate() {
            let place = &samples[id].position;
            let reach_mm = REACH * wider * samples[id].spacing_mm;
            let mut missing: Vec<f64> = of_all.iter().map(|missing| OF_ALL * missing).collect();
            for near in cloud.within(place, reach_mm).iter().filter(|near| near.index < rank) {
                let weight = (1.0 - (near.distance_mm / reach_mm).powi(2)).powi(2);
                missing.iter_mut().zip(&mix.units).for_each(|(missing, unit)| *missing += weight * unit.share);
                missing[units[own[near.index]]] -= weight;
            }
            missing.iter_mut().zip(&mix.units).for_each(|(missing, unit)| *missing += unit.share);
            let most = (0..missing.len()).max_by(|&a, &b| missing[a].total_cmp(&missing[b])).unwrap_or(0);
            units[id] = most;
            of_all.iter_mut().zip(&mix.units).for_each(|(missing, unit)| *missing += unit.share);
            of_all[most] -= 1.0;
        }
    }
    Ok(units)
}

/// How many dots of each kind there are.
pub(super) fn finding(mix: &Mix, units: &[usize]) -> Finding {
    let kinds = mix.units.iter().enumerate().map(|(index, unit)| {
        let count = units.iter().filter(|&&own| own == index).count();
        let share = 100.0 * count as f64 / units.len().max(1) as f64;
        format!(
            "{} {count} ({} %), {} times the diameter{}",
            unit.name,
            decimal(share, 1),
            decimal(unit.diameter_factor, 2),
            unit.tool.map(|tool| format!(", tool {tool}")).unwrap_or_default()
        )
    });
    let message = format!("follicular mix: {}", kinds.collect::<Vec<_>>().join("; "));
    Finding::new("mix", Severity::Pass, message).times(units.len())
}
