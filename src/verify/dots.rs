use std::num::NonZero;

use kiddo::{ImmutableKdTree, SquaredEuclidean};
use rayon::prelude::*;

use super::checks::Checks;
use crate::error::{Error, Result};
use crate::geometry::{Point, Vector};
use crate::mesh::SurfaceIndex;
use crate::plan::{Block, Dot, Plan};

/// Fresh dots nearer to each other than so many of their diameters run together.
const DIAMETERS: f64 = 1.5;
/// Of what is kept out as measured along the skin, so much at least is kept out straight across, too: the chord of an arc that is 1.5
/// times as long as its radius, as around an ear, is 0.91 of it.
const STRAIGHT: f64 = 0.9;

/// Farthest that a dot may lie off the region, mm: dots are laid on it, and a dot beside its edge is outside of the line or in a keep-out.
const OUTSIDE_MM: f64 = 0.1;

/// Whether what a block strikes may be struck: P02 against the region and the keep-outs of the case. Looked at anew, from the places
/// alone: by straight distances and not along the skin.
pub(super) fn check(plan: &Plan, block: &Block, region: Option<&SurfaceIndex>, checks: &mut Checks) {
    if let Some(region) = region {
        inside(plan, block, region, checks);
    }
    keep_outs(plan, block, checks);
}

fn inside(plan: &Plan, block: &Block, region: &SurfaceIndex, checks: &mut Checks) {
    for dot in block.dots.iter().filter_map(|id| plan.dot(*id)) {
        let at = Point::from(dot.position_mm);
        if !region.is_within(&at, OUTSIDE_MM) {
            let off_mm = region.closest(&at).map_or(f64::INFINITY, |hit| (hit.position - at).norm());
            let what = format!("dot {} lies {off_mm:.2} mm off the region inside the line", dot.id);
            checks.note_at("P02", 1, &at, what);
        }
    }
}

fn keep_outs(plan: &Plan, block: &Block, checks: &mut Checks) {
    let mm = plan.case.mesh.units.in_mm();
    let place = |at: &[f64; 3]| Point::from(Vector::from(*at) * mm);
    for keep_out in &plan.case.keep_outs {
        let outline: Vec<Point> = keep_out.outline.iter().flatten().map(place).collect();
        let disc = keep_out.centre.as_ref().map(place).zip(keep_out.radius_mm);
        for dot in block.dots.iter().filter_map(|id| plan.dot(*id)) {
            let at = Point::from(dot.position_mm);
            let (inside, near_mm) = match disc {
                Some((centre, radius_mm)) => (false, (at - centre).norm() - radius_mm * STRAIGHT),
                None => (is_inside(&outline, &at), to_line_mm(&outline, &at)),
            };
            if inside || near_mm < keep_out.margin_mm * STRAIGHT {
                let what = format!("dot {} lies in the keep-out \"{}\" or its margin", dot.id, keep_out.name);
                checks.note_at("P02", 1, &at, what);
            }
        }
    }
}

/// Whether a place lies over the inside of a closed line, seen along the line's mean normal; not on the other side of the head.
fn is_inside(outline: &[Point], at: &Point) -> bool {
    let pairs = || outline.iter().zip(outline.iter().cycle().skip(1));
    let Some(first) = outline.first() else { return false };
    let normal: Vector = pairs().map(|(a, b)| (a - first).cross(&(b - first))).sum();
    let Some(normal) = normal.try_normalize(1e-9) else { return false };
    let reach_mm = outline.iter().map(|corner| (corner - first).norm()).fold(0.0, f64::max);
    if (at - first).norm() > 2.0 * reach_mm || (at - first).dot(&normal).abs() > reach_mm {
        return false;
    }
    let across = if normal.x.abs() < 0.9 { Vector::x() } else { Vector::y() }.cross(&normal).normalize();
    let along = normal.cross(&across);
    let flat = |p: &Point| [(p - at).dot(&across), (p - at).dot(&along)];
    // Edges that a ray from the place along the second axis crosses.
    let crossed = pairs().filter(|(a, b)| {
        let [[ax, ay], [bx, by]] = [flat(a), flat(b)];
        (ax > 0.0) != (bx > 0.0) && ay + (by - ay) * ax / (ax - bx) > 0.0
    });
    crossed.count() % 2 == 1
}

fn to_line_mm(outline: &[Point], at: &Point) -> f64 {
    let pairs = outline.iter().zip(outline.iter().cycle().skip(1));
    let distance = |(a, b): (&Point, &Point)| {
        let way = b - a;
        let share = ((at - a).dot(&way) / way.norm_squared().max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        (a + way * share - at).norm()
    };
    pairs.map(distance).fold(f64::INFINITY, f64::min)
}

/// Neighbours of a dot that are told, nearest first; in a plan that keeps any distance there is none.
const TOLD_NEIGHBOURS: NonZero<usize> = NonZero::new(8).unwrap();

/// Pairs of dots of a plan that run together (P03), the same for all of its programs.
///
/// # Errors
/// No k-d tree can be built.
pub(super) fn pairs(plan: &Plan) -> Result<Checks> {
    let mut checks = Checks::default();
    let largest_mm = plan.dots.iter().filter(|dot| !dot.existing).map(|dot| dot.diameter_mm).fold(0.0, f64::max);
    let least_mm = DIAMETERS * largest_mm;
    let places: Vec<[f64; 3]> = plan.dots.iter().map(|dot| dot.position_mm).collect();
    if places.len() < 2 {
        return Ok(checks);
    }
    let tree = ImmutableKdTree::<f64, 3>::new_from_slice(&places)
        .map_err(|error| Error::system(format!("no k-d tree over {} dots: {error:?}", places.len())))?;
    // Of two that were there before neither is ours; of two new ones the first tells.
    let others = |(this, dot): (usize, &Dot)| -> Vec<(usize, f64)> {
        let found = tree.query(&dot.position_mm).nearest_n::<SquaredEuclidean<f64>>(TOLD_NEIGHBOURS).execute();
        let found = found.iter().map(|hit| (hit.item as usize, hit.distance.sqrt()));
        let is_first = |other: usize| other > this || plan.dots[other].existing;
        found.filter(|&(other, _)| other != this && !dot.existing && is_first(other)).collect()
    };
    let near: Vec<Vec<(usize, f64)>> = plan.dots.par_iter().enumerate().map(others).collect();
    for (one, near) in plan.dots.iter().zip(near) {
        for (other, apart_mm) in near {
            checks.saw("P03", -apart_mm);
            if apart_mm < least_mm {
                let other = plan.dots[other].id;
                let what =
                    format!("dots {} and {other} are {apart_mm:.3} mm apart, {least_mm:.3} mm is the least", one.id);
                checks.note_at("P03", 1, &Point::from(one.position_mm), what);
            }
        }
    }
    Ok(checks)
}
