//! Holds what a damaged head gave against the undamaged one.

use tonsure::error::Severity;
use tonsure::geometry::{Point, Vector};
use tonsure::mesh::SurfaceIndex;

use super::head::centroid;
use super::{Damaged, Expected, Head, Kind, Outcome};

/// A dot may lie this far from the true skin besides noise and the scan's own deviation, mm.
const OFF_SKIN_MM: f64 = 0.3;
/// A dot this close to a surface lies on it, mm.
const ON_SURFACE_MM: f64 = 0.01;
/// Holes up to this size may be closed, mm.
const CLOSED_UP_TO_MM: f64 = 8.0;
/// Area and edge of a repairable head may differ by this share, …
const SAME_SHARE: f64 = 0.02;
/// … and the dots by this one: counts of a few thousand scatter by half a percent from set to set.
const SAME_COUNT: f64 = 0.03;
/// Rims of holes are as ragged as the triangles there, mm.
const RAGGED_MM: f64 = 1.0;
/// Least margin around a large hole, mm, on top of the raggedness.
const MARGIN_MM: f64 = 0.5;

/// What is wrong with the outcome; nothing where all is well.
pub(crate) fn judge(head: &Head, kind: &Kind, damaged: &Damaged, outcome: &Result<Outcome, String>) -> Vec<String> {
    match (outcome, kind.expected) {
        (Err(text), _) if text.starts_with("PANIC") => vec![text.clone()],
        (Err(text), Expected::Error(words) | Expected::PlanOrError(words)) => {
            let names_cause = words.iter().any(|all| all.split('+').all(|word| text.contains(word)));
            if names_cause { Vec::new() } else { vec![format!("the error names no cause of {words:?}: {text}")] }
        }
        (Err(text), _) => vec![format!("an error where a plan is due: {text}")],
        (Ok(outcome), Expected::Error(words)) => {
            vec![format!("{} dots where an error about {words:?} is due", outcome.dots.len())]
        }
        (Ok(outcome), expected) => {
            let mut faults = judge_dots(head, damaged, outcome);
            if outcome.verdict == Severity::Fail {
                let failed = outcome.findings.iter().filter(|finding| finding.severity == Severity::Fail);
                let failed: Vec<String> =
                    failed.map(|finding| format!("{}: {}", finding.code, finding.message)).collect();
                faults.push(format!("verdict FAIL: {}", failed.join("; ")));
            }
            let told = |word: &str| {
                let says = |text: &str| text.to_lowercase().contains(word);
                outcome.findings.iter().any(|finding| says(&finding.code) || says(&finding.message))
            };
            if !kind.told().is_empty() && !kind.told().iter().any(|word| told(word)) {
                faults.push(format!("no finding speaks of {:?}", kind.told()));
            }
            if matches!(expected, Expected::SamePlan) {
                let undamaged = head.undamaged();
                for (what, found, due, share) in [
                    ("mm²", outcome.area_mm2, undamaged.area_mm2, SAME_SHARE),
                    ("mm of edge", outcome.edge_length_mm, undamaged.edge_length_mm, SAME_SHARE),
                    ("dots", outcome.dots.len() as f64, undamaged.count as f64, SAME_COUNT),
                ] {
                    if (found / due - 1.0).abs() > share {
                        faults.push(format!("{found:.0} {what}, {due:.0} on the undamaged head"));
                    }
                }
            }
            faults
        }
    }
}

/// Counts of dots by what is wrong with them, with the worst of each.
#[derive(Default)]
struct Tally(Vec<(&'static str, usize, f64)>);

impl Tally {
    fn add(&mut self, what: &'static str, amount: f64) {
        match self.0.iter_mut().find(|(known, ..)| *known == what) {
            Some((_, count, worst)) => (*count, *worst) = (*count + 1, worst.max(amount)),
            None => self.0.push((what, 1, amount)),
        }
    }
}

fn judge_dots(head: &Head, damaged: &Damaged, outcome: &Outcome) -> Vec<String> {
    let undamaged = head.undamaged();
    let foreign = (!damaged.foreign.triangles.is_empty()).then(|| SurfaceIndex::build(&damaged.foreign.mesh()));
    let scan = SurfaceIndex::build(&damaged.scan.mesh());
    let own_deviation_mm = if damaged.is_deformed { deviation_mm(head, damaged) } else { 0.0 };
    let most_mm = OFF_SKIN_MM + damaged.noise_mm + own_deviation_mm;
    let mut tally = Tally::default();
    let mut sum2 = 0.0;
    for dot in &outcome.dots {
        let (at, normal) = (truthful(damaged, Point::from(dot.position_mm)), Vector::from(dot.normal));
        let position = Point::from(dot.position_mm);
        let off = head.index.closest(&at).unwrap().distance_mm;
        sum2 += off * off;
        if off > most_mm {
            tally.add("dots off the true skin, mm", off);
        }
        if damaged.mirrored_axis.is_none() && !undamaged.region.is_within(&at, most_mm + 1.0) {
            tally.add("dots outside of the line, mm", undamaged.region.closest(&at).unwrap().distance_mm);
        }
        let on = |index: &SurfaceIndex| index.is_within(&position, ON_SURFACE_MM);
        if foreign.as_ref().is_some_and(|foreign| on(foreign) && !on(&scan)) {
            tally.add("dots on what is no skin", off);
        }
        if damaged.mirrored_axis.is_none() && normal.dot(&(at - undamaged.core)) <= 0.0 {
            tally.add("dots with an inward normal", 0.0);
        }
        let hole = damaged.holes.iter().map(|hole| ((at - hole.centre).norm(), hole.radius_mm));
        let hole = hole.min_by(|a, b| (a.0 - a.1).total_cmp(&(b.0 - b.1)));
        let (in_hole, near_hole, is_large) = hole.map_or((false, false, false), |(distance, radius)| {
            (distance < radius - RAGGED_MM.min(0.2 * radius), distance < radius + 3.0, 2.0 * radius > CLOSED_UP_TO_MM)
        });
        if let Some((distance, radius)) = hole.filter(|_| is_large)
            && distance < radius - RAGGED_MM + MARGIN_MM
        {
            tally.add("dots over a large hole or within its margin, mm inside", radius - distance);
        }
        if in_hole && !is_large && !dot.patched {
            tally.add("dots over a hole without the flag", 0.0);
        }
        if dot.patched && !near_hole && !damaged.holes.is_empty() {
            tally.add("dots with the flag far from any hole", 0.0);
        }
    }
    let rms = (sum2 / outcome.dots.len().max(1) as f64).sqrt();
    if rms > 0.1 + damaged.noise_mm + 0.5 * own_deviation_mm {
        tally.add("RMS off the true skin, mm", rms);
    }
    if outcome.dots.is_empty() {
        tally.add("plan without dots", 0.0);
    }
    tally.0.iter().map(|(what, count, worst)| format!("{count} {what} (worst {worst:.2})")).collect()
}

/// The place in the frame of the true head.
fn truthful(damaged: &Damaged, mut at: Point) -> Point {
    if let Some(axis) = damaged.mirrored_axis {
        at[axis] = -at[axis];
    }
    at
}

/// Greatest distance of the deformed skin from the true one, over corners, middles of edges and centroids of the
/// triangles in and near the region that face outwards, mm.
fn deviation_mm(head: &Head, damaged: &Damaged) -> f64 {
    /// Surfaces farther from the true region are not its skin.
    const NEAR_MM: f64 = 5.0;
    let undamaged = head.undamaged();
    let mut worst: f64 = 0.0;
    for triangle in 0..damaged.scan.triangles.len() {
        let [a, b, c] = damaged.scan.corners(triangle);
        let middle = centroid(&[a, b, c]);
        let faces_out = (b - a).cross(&(c - a)).dot(&(middle - undamaged.core)) > 0.0;
        if !faces_out || !undamaged.region.is_within(&middle, NEAR_MM) {
            continue;
        }
        for place in [a, b, c, middle, nalgebra::center(&a, &b), nalgebra::center(&b, &c), nalgebra::center(&c, &a)] {
            worst = worst.max(head.index.closest(&place).unwrap().distance_mm);
        }
    }
    worst
}
