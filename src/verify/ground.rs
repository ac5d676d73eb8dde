//! What the dots of a block stand on, looked at anew from the scan: the line around them (P01), how many of them a
//! session puts into a square centimetre (P04), how the needle's planned direction stands on the skin (P06), which only
//! warn; and how deep the skin is struck as the scan has it (P05).

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::checks::Checks;
use crate::error::{Finding, Severity};
use crate::geometry::{Aabb, Point, Vector};
use crate::mesh::SurfaceIndex;
use crate::plan::{Block, Dot, Plan};

/// Longest edge of the box around a line on a head, mm.
const SPAN_MM: std::ops::RangeInclusive<f64> = 100.0..=350.0;
/// Most punctures of one session in a square centimetre.
const MOST_PER_CM2: usize = 100;
/// Radius of a disc of a square centimetre, mm.
const DISC_MM: f64 = 5.641_9;
/// Largest angle between the planned direction and the skin's normal, degrees.
const TILT_DEG: f64 = 10.0;
/// Farthest that a dot may lie off the scan, mm: roughness that was smoothed out.
const OFF_SCAN_MM: f64 = 0.5;

/// How much deeper than the rig's cap a dot may be driven as measured from the scan, mm: what two scans of the same
/// skin differ by. Dots of a plan lie on its scan, so that they need nothing of it.
const ROUGHNESS_MM: f64 = 0.25;

/// P05 from the scan, whatever the plan says of a dot's place: below the skin that the scan shows no dot is driven
/// deeper than the rig's cap. What a nose gives way by, and what touches have found of the skin, counts as the plan has
/// it. Patches have no skin to measure from.
pub(super) fn depths(plan: &Plan, block: &Block, scan: &SurfaceIndex, checks: &mut Checks) {
    let cap_mm = plan.rig.depth_cap_mm;
    let dots: Vec<&Dot> = shown(plan, block).collect();
    let deepest_mm = |dot: &&Dot| {
        let at = Point::from(dot.position_mm);
        let below_mm =
            scan.closest(&at).map_or(f64::INFINITY, |hit| (hit.position - at).dot(&Vector::from(dot.normal)));
        dot.depth_mm + below_mm
    };
    let depths_mm: Vec<f64> = dots.par_iter().map(deepest_mm).collect();
    for (dot, depth_mm) in dots.into_iter().zip(depths_mm) {
        if depth_mm > cap_mm + ROUGHNESS_MM || depth_mm.is_nan() {
            let what = format!("dot {} is driven {depth_mm:.2} mm below the scan, the cap is {cap_mm}", dot.id);
            checks.note_at("P05", 1, &Point::from(dot.position_mm), what);
        }
    }
}

/// Dots of a block where the scan shows skin: elsewhere there is nothing to compare with.
fn shown<'a>(plan: &'a Plan, block: &'a Block) -> impl Iterator<Item = &'a Dot> {
    block.dots.iter().filter_map(|id| plan.dot(*id)).filter(|dot| !dot.patched)
}

/// One finding for each check that has something to look at.
pub(super) fn findings(plan: &Plan, block: &Block, scan: &SurfaceIndex) -> Vec<Finding> {
    let dots: Vec<&Dot> = block.dots.iter().filter_map(|id| plan.dot(*id)).collect();
    [line(plan, scan), punctures(&dots), stand(plan, &dots, scan)].into_iter().flatten().collect()
}

fn told(code: &str, wrong: usize, message: String, remedy: &str) -> Finding {
    match wrong {
        0 => Finding::new(code, Severity::Pass, message),
        count => Finding::new(code, Severity::Warn, message).times(count).remedy(remedy),
    }
}

/// P01: the line has the size of a head's, and lies on this scan.
fn line(plan: &Plan, scan: &SurfaceIndex) -> Option<Finding> {
    let points: Vec<Point> = plan.boundary_mm.iter().copied().map(Point::from).collect();
    if points.is_empty() {
        return None;
    }
    let span_mm = Aabb::around(&points).size().max();
    let near_mm = plan.case.boundary.snap_tolerance_mm + OFF_SCAN_MM;
    let off = points.iter().filter(|point| !scan.is_within(point, near_mm)).count();
    let wrong = off + usize::from(!SPAN_MM.contains(&span_mm));
    let message =
        format!("the line spans {span_mm:.0} mm, {off} of its points are farther than {near_mm} mm from the scan");
    Some(told("P01", wrong, message, "verify with the scan on which the line was drawn, and look at the units of both"))
}

/// P04: punctures in the square centimetre around each dot, by straight distances.
fn punctures(dots: &[&Dot]) -> Option<Finding> {
    let cell = |at: &[f64; 3]| at.map(|c| (c / DISC_MM).floor() as i64);
    let mut cells: BTreeMap<[i64; 3], Vec<Point>> = BTreeMap::new();
    for dot in dots {
        cells.entry(cell(&dot.position_mm)).or_default().push(Point::from(dot.position_mm));
    }
    let around = |dot: &&Dot| {
        let (at, [x, y, z]) = (Point::from(dot.position_mm), cell(&dot.position_mm));
        // Cells along z stand one after the other.
        let columns = (x - 1..=x + 1).flat_map(|x| (y - 1..=y + 1).map(move |y| (x, y)));
        let near = columns.flat_map(|(x, y)| cells.range([x, y, z - 1]..=[x, y, z + 1]).flat_map(|(_, points)| points));
        near.filter(|point| (*point - at).norm_squared() <= DISC_MM * DISC_MM).count()
    };
    let counts: Vec<usize> = dots.par_iter().map(around).collect();
    let most = counts.iter().copied().max()?;
    let wrong = counts.iter().filter(|&&count| count > MOST_PER_CM2).count();
    let message = format!("at most {most} punctures of the session in a square centimetre, {MOST_PER_CM2} advised");
    Some(told("P04", wrong, message, "lower the density, or spread the dots over more sessions"))
}

/// P06: each dot lies on the scan, and its direction is that of the skin around it: across the line between two places on either side of
/// it, twice.
fn stand(plan: &Plan, dots: &[&Dot], scan: &SurfaceIndex) -> Option<Finding> {
    let radius_mm = plan.case.design.normal_radius_mm;
    let looked = |dot: &&Dot| {
        let (at, normal) = (Point::from(dot.position_mm), Vector::from(dot.normal));
        let across = if normal.x.abs() < 0.6 { Vector::x() } else { Vector::y() }.cross(&normal).normalize();
        let along = normal.cross(&across);
        let beside = |way: Vector| scan.closest_within(&(at + way * radius_mm), radius_mm).map(|hit| hit.position);
        let tilt_deg = (beside(across).zip(beside(-across)).zip(beside(along).zip(beside(-along))))
            .map(|((a, b), (c, d))| (a - b).cross(&(c - d)).angle(&normal).to_degrees());
        (tilt_deg, scan.is_within(&at, OFF_SCAN_MM))
    };
    // Where the scan shows no skin there is nothing to compare with.
    let patched = dots.iter().filter(|dot| dot.patched).count();
    let shown: Vec<&Dot> = dots.iter().copied().filter(|dot| !dot.patched).collect();
    let all: Vec<(Option<f64>, bool)> = shown.par_iter().map(looked).collect();
    if all.is_empty() {
        return None;
    }
    let largest_deg = all.iter().filter_map(|(tilt_deg, _)| *tilt_deg).fold(0.0, f64::max);
    let tilted = all.iter().filter(|(tilt_deg, _)| tilt_deg.is_none_or(|tilt_deg| tilt_deg > TILT_DEG)).count();
    let off = all.iter().filter(|(_, on_scan)| !on_scan).count();
    let unseen = match patched {
        0 => String::new(),
        patched => format!("; {patched} dots on patches have no skin to be compared with, nor have their depths"),
    };
    let message = format!(
        "directions up to {largest_deg:.1}° off the skin's normal, {tilted} dots above {TILT_DEG}°, {off} dots farther than \
         {OFF_SCAN_MM} mm from the scan{unseen}"
    );
    Some(told(
        "P06",
        tilted + off,
        message,
        "look at these dots in the preview: the skin is rough there, or another than was planned on",
    ))
}
