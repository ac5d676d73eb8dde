use std::num::NonZero;

use kiddo::{ImmutableKdTree, SquaredEuclidean};
use serde::Serialize;

use super::{Dot, Plan};
use crate::error::{Error, Result};
use crate::geometry::Point;

/// Dots nearer than this are at the same place, mm: below any rig's resolution.
const SAME_MM: f64 = 1e-3;
/// A dot that went farther than this share of its spacing is another dot.
const MOVED_SHARE: f64 = 0.5;
/// Depths and diameters that differ by less are the same, mm.
const SAME_SIZE_MM: f64 = 1e-6;

/// What became of the dots of one plan in another.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Difference {
    /// Dots that are in both plans.
    pub pairs: Vec<Pair>,
    /// Ids of the dots that only the second plan has.
    pub added: Vec<u32>,
    /// Ids of the dots that only the first plan has.
    pub removed: Vec<u32>,
}

/// A dot that is in both plans.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Pair {
    /// Its id in the first plan.
    pub before: u32,
    /// Its id in the second plan.
    pub after: u32,
    /// How far it went, mm; 0 below a thousandth.
    pub moved_mm: f64,
    /// By how much it is deeper in the second plan, mm.
    pub deeper_mm: f64,
    /// By how much it is wider in the second plan, mm.
    pub wider_mm: f64,
    /// Whether it is made in another session, setup or by another tool, or is there before in one plan only.
    pub reassigned: bool,
}

impl Pair {
    fn of(before: &Dot, after: &Dot) -> Self {
        let moved_mm = distance(before, after);
        let unless_same = |difference: f64| if difference.abs() < SAME_SIZE_MM { 0.0 } else { difference };
        let made = |dot: &Dot| (dot.session, dot.setup.clone(), dot.tool, dot.existing);
        Self {
            before: before.id,
            after: after.id,
            moved_mm: if moved_mm < SAME_MM { 0.0 } else { moved_mm },
            deeper_mm: unless_same(after.depth_mm - before.depth_mm),
            wider_mm: unless_same(after.diameter_mm - before.diameter_mm),
            reassigned: made(before) != made(after),
        }
    }

    /// Whether nothing about the dot differs.
    pub fn is_same(&self) -> bool {
        self.is_at_same_place() && self.deeper_mm == 0.0 && self.wider_mm == 0.0 && !self.reassigned
    }

    /// Whether it did not move.
    pub fn is_at_same_place(&self) -> bool {
        self.moved_mm == 0.0
    }
}

impl Difference {
    /// Compares two plans on the same scan.
    ///
    /// A dot is the same in both where its id is and it went no farther than half its spacing, or where each of two dots
    /// that are left is the nearest one to the other, no farther away than that.
    ///
    /// # Errors
    /// No k-d tree can be built.
    pub fn between(before: &Plan, after: &Plan) -> Result<Self> {
        let mut pairs = Vec::new();
        let mut left: [Vec<&Dot>; 2] = [Vec::new(), Vec::new()];
        for dot in &before.dots {
            match after.dot(dot.id).filter(|other| is_near(dot, other)) {
                Some(other) => pairs.push(Pair::of(dot, other)),
                None => left[0].push(dot),
            }
        }
        let is_found = |dot: &&Dot| before.dot(dot.id).is_some_and(|other| is_near(other, dot));
        left[1].extend(after.dots.iter().filter(|dot| !is_found(dot)));

        let [onward, back] = [nearest(&left[0], &left[1])?, nearest(&left[1], &left[0])?];
        let mut removed = Vec::new();
        let mut is_met = vec![false; left[1].len()];
        for (at, dot) in left[0].iter().enumerate() {
            let mutual = onward[at].filter(|&other| back[other] == Some(at));
            match mutual.filter(|&other| is_near(dot, left[1][other])) {
                Some(other) => {
                    is_met[other] = true;
                    pairs.push(Pair::of(dot, left[1][other]));
                }
                None => removed.push(dot.id),
            }
        }
        let added = left[1].iter().zip(is_met).filter(|(_, is_met)| !is_met).map(|(dot, _)| dot.id).collect();
        pairs.sort_by_key(|pair| pair.after);
        Ok(Self { pairs, added, removed })
    }
}

fn distance(a: &Dot, b: &Dot) -> f64 {
    nalgebra::distance(&Point::from(a.position_mm), &Point::from(b.position_mm))
}

fn is_near(a: &Dot, b: &Dot) -> bool {
    distance(a, b) <= MOVED_SHARE * a.spacing_mm.min(b.spacing_mm)
}

/// Of each dot the nearest one of the others, by its number among them.
fn nearest(dots: &[&Dot], others: &[&Dot]) -> Result<Vec<Option<usize>>> {
    if others.is_empty() {
        return Ok(vec![None; dots.len()]);
    }
    let places: Vec<[f64; 3]> = others.iter().map(|dot| dot.position_mm).collect();
    let tree = ImmutableKdTree::<f64, 3>::new_from_slice(&places)
        .map_err(|error| Error::system(format!("no k-d tree over {} points: {error:?}", places.len())))?;
    let of = |dot: &&Dot| {
        let found = tree.query(&dot.position_mm).nearest_n::<SquaredEuclidean<f64>>(NonZero::<usize>::MIN).execute();
        found.first().map(|hit| hit.item as usize)
    };
    Ok(dots.iter().map(of).collect())
}
