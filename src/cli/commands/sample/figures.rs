use serde_json::{Value, json};

use crate::geometry::Point;
use crate::sampling::{Audit, Measures};

/// What was proven, for people.
pub(super) fn check_line(audit: &Audit) -> String {
    let place = audit.worst_gap_at.map_or_else(String::new, |p| format!(" at ({:.3}, {:.3}, {:.3})", p.x, p.y, p.z));
    format!(
        "check: nearest pair {:.9} of its spacing, {} nearer than 1; widest gap {:.9} spacings{place}, proven to {:.9}; \
         room for {} more",
        audit.min_over_rule, audit.violations, audit.worst_gap, audit.worst_gap_bound, audit.room
    )
}

/// The same for machines. Numbers that do not exist are `null`.
pub(super) fn check_figures(audit: &Audit) -> Value {
    let finite = |number: f64| Some(number).filter(|number| number.is_finite());
    json!({
        "min_over_spacing": finite(audit.min_over_rule),
        "tightest_pair": audit.tightest_pair,
        "violations": audit.violations,
        "facing_pairs": audit.facing_pairs,
        "gap": finite(audit.worst_gap),
        "gap_bound": finite(audit.worst_gap_bound),
        "gap_at": audit.worst_gap_at.map(|at: Point| [at.x, at.y, at.z]),
        "insertable": audit.room,
        "off_place": audit.off_count,
    })
}

/// How regular the dots are, for people.
pub(super) fn measure_line(measures: &Measures) -> String {
    let (place, height) = measures.first_peak();
    let lowest: f64 = measures.power.iter().take(4).sum::<f64>() / measures.power.len().clamp(1, 4) as f64;
    format!(
        "regularity: nearest-neighbour CV {:.4}, psi6 {:.4}, first peak {height:.2} at {place:.2} hexagonal distances, \
         power {lowest:.3} below 0.5 cycles",
        measures.nearest_cv, measures.psi6
    )
}

/// The same for machines. Lengths are in hexagonal distances.
pub(super) fn measure_figures(measures: &Measures) -> Value {
    let rounded = |values: &[f64]| -> Vec<f64> { values.iter().map(|value| (value * 1e4).round() / 1e4).collect() };
    let (place, height) = measures.first_peak();
    json!({
        "measured": measures.measured,
        "hexagonal_over_spacing": measures.hexagonal,
        "nearest_mean": measures.nearest_mean,
        "nearest_cv": measures.nearest_cv,
        "psi6": measures.psi6,
        "first_peak": {"at": place, "height": height},
        "pair_correlation": {"bin": 0.1, "values": rounded(&measures.pair_correlation)},
        "power": {"frequency": measures.frequencies().collect::<Vec<_>>(), "values": rounded(&measures.power)},
    })
}
