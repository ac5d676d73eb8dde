//! Where a patch of measured dots may lie on the plan: by the pattern of the dots around one of them.
//!
//! Around a dot its neighbours stand at distances and directions that no other dot of a random pattern has alike. Each dot
//! of the plan is asked how well its own neighbours agree: every pair of neighbours at like distances votes for the turn
//! that would lay one on the other (a Hough transform for one angle: R. O. Duda, P. E. Hart, Commun. ACM 15(1), 1972),
//! and right places have one turn on which nearly all agree. No first guess of the placement is needed.

use std::f64::consts::TAU;

use nalgebra::{Matrix3, Rotation3, SymmetricEigen};
use rayon::prelude::*;

use super::cloud::{Cloud, Near};
use crate::geometry::{Placement, Point, Vector};

/// Neighbours that make a patch.
const PATCH: usize = 80;
/// Bins of the turn.
const BINS: usize = 72;
/// Neighbours nearer than so much of the patch's radius tell the turn too badly.
const INNER: f64 = 0.3;
/// Distances differ by less than so much of the gap between dots.
const ALIKE: f64 = 0.2;
/// So many of the best places of a patch are looked at.
const BEST: usize = 12;

/// A patch of measured dots.
pub(super) struct Patch {
    pub(super) middle: Point,
    pub(super) radius_mm: f64,
    /// Frames on either side of the skin: which one is outside is not known.
    frames: [Frame; 2],
    /// Distance and direction of the neighbours, in each frame.
    around: [Vec<Polar>; 2],
}

/// Two directions along the skin and one across it.
#[derive(Clone, Copy)]
struct Frame([Vector; 3]);

#[derive(Clone, Copy)]
struct Polar {
    distance_mm: f64,
    turn_rad: f64,
}

/// How a patch may lie on the plan.
#[derive(Clone, Copy)]
pub(super) struct Guess {
    /// Share of the patch's neighbours that vote for it, above what chance gives.
    votes: f64,
    pub(super) placement: Placement,
}

impl Patch {
    /// The patch around a dot.
    pub(super) fn around(cloud: &Cloud, index: usize) -> Option<Self> {
        let middle = *cloud.points().get(index)?;
        let near = cloud.nearest(&middle, PATCH);
        let radius_mm = near.last()?.distance_mm;
        let frame = Frame::of(cloud, &middle, &near)?;
        let frames = [frame, frame.other_side()];
        let around = frames.map(|frame| frame.polar(cloud, &middle, &near, radius_mm));
        Some(Self { middle, radius_mm, frames, around })
    }
}

impl Frame {
    /// By the directions in which the places spread least and most.
    fn of(cloud: &Cloud, middle: &Point, near: &[Near]) -> Option<Self> {
        let offsets = || near.iter().map(|near| cloud.points()[near.index] - middle);
        let mean = offsets().sum::<Vector>() / near.len() as f64;
        let spread: Matrix3<f64> = offsets().map(|offset| (offset - mean) * (offset - mean).transpose()).sum();
        let eigen = SymmetricEigen::new(spread);
        let across = eigen.eigenvectors.column(eigen.eigenvalues.imin()).into_owned().try_normalize(0.5)?;
        Some(Self::facing(&across))
    }

    fn facing(across: &Vector) -> Self {
        let any = if across.x.abs() < 0.6 { Vector::x() } else { Vector::y() };
        let along = across.cross(&any).normalize();
        Self([along, across.cross(&along), *across])
    }

    fn other_side(self) -> Self {
        let [a, b, across] = self.0;
        Self([b, a, -across])
    }

    /// Neighbours within a distance, without those that are too near to tell a direction.
    fn polar(&self, cloud: &Cloud, middle: &Point, near: &[Near], radius_mm: f64) -> Vec<Polar> {
        let [a, b, _] = self.0;
        let far = near.iter().filter(|near| (INNER * radius_mm..=radius_mm).contains(&near.distance_mm));
        far.map(|near| {
            let offset = cloud.points()[near.index] - middle;
            Polar { distance_mm: near.distance_mm, turn_rad: offset.dot(&b).atan2(offset.dot(&a)) }
        })
        .collect()
    }

    /// The rotation that turns this frame, turned by an angle about its third axis, into the other.
    fn onto(&self, other: &Self, turn_rad: f64) -> Rotation3<f64> {
        let basis = |frame: &Self| Matrix3::from_columns(&frame.0);
        let turned = basis(other) * Rotation3::from_axis_angle(&Vector::z_axis(), turn_rad).matrix();
        Rotation3::from_matrix_unchecked(turned * basis(self).transpose())
    }
}

/// The best places on the plan for each of the patches, best first. `normals` are those of the plan's dots.
pub(super) fn guesses(patches: &[Patch], plan: &Cloud, normals: &[Vector], gap_mm: f64) -> Vec<Vec<Guess>> {
    let alike_mm = ALIKE * gap_mm;
    let largest_mm = patches.iter().map(|patch| patch.radius_mm).fold(0.0, f64::max);
    let of_dot = |(place, normal): (&Point, &Vector)| -> Vec<Guess> {
        let frame = Frame::facing(normal);
        let near = plan.within(place, largest_mm + alike_mm);
        let all = frame.polar(plan, place, &near, largest_mm + alike_mm);
        patches.iter().map(|patch| guess(patch, place, &frame, &all, alike_mm)).collect()
    };
    let by_dot: Vec<Vec<Guess>> = plan.points().par_iter().zip(normals).map(of_dot).collect();
    (0..patches.len())
        .map(|patch| {
            let mut guesses: Vec<Guess> = by_dot.iter().map(|guesses| guesses[patch]).collect();
            guesses.sort_by(|a, b| b.votes.total_cmp(&a.votes));
            guesses.truncate(BEST);
            guesses
        })
        .collect()
}

/// The turn on which most neighbours agree, for one dot of the plan.
fn guess(patch: &Patch, place: &Point, frame: &Frame, all: &[Polar], alike_mm: f64) -> Guess {
    let bin_rad = TAU / BINS as f64;
    let mut best = Guess { votes: f64::NEG_INFINITY, placement: Placement::IDENTITY };
    for (own_frame, around) in patch.frames.iter().zip(&patch.around) {
        let mut votes = [0_u32; BINS];
        for own in around {
            let from = all.partition_point(|other| other.distance_mm < own.distance_mm - alike_mm);
            let alike = all[from..].iter().take_while(|other| other.distance_mm <= own.distance_mm + alike_mm);
            for other in alike {
                let turn = (other.turn_rad - own.turn_rad).rem_euclid(TAU);
                votes[(turn / bin_rad) as usize % BINS] += 1;
            }
        }
        // A turn may lie on the border of two bins.
        let pair = |bin: usize| votes[bin] + votes[(bin + 1) % BINS];
        let Some(bin) = (0..BINS).max_by_key(|&bin| (pair(bin), BINS - bin)) else { continue };
        let mean = f64::from(votes.iter().sum::<u32>()) * 2.0 / BINS as f64;
        let above = (f64::from(pair(bin)) - mean) / around.len().max(1) as f64;
        if above > best.votes {
            let rotation = own_frame.onto(frame, (bin + 1) as f64 * bin_rad);
            let placement = Placement::new(&rotation, &(place - rotation * patch.middle));
            best = Guess { votes: above, placement };
        }
    }
    best
}
