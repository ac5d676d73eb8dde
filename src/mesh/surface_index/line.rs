use wide::f32x4;

use super::axes::{Axes, Turn, splat, spread};
use super::boxes::{Boxes, SHRINK, WIDTH};
use super::packet::{Lanes, Packet, dot, slack_mm};
use crate::geometry::Vector;

/// Steeper than any direction that matters: keeps 0 * inf out.
const STEEPEST: f32 = 1e30;

/// What rounding may take from a quotient and its factors, generously.
const QUOTIENT: f32 = 8.0 * f32::EPSILON;

/// A ray, or the segment that is its first length, in single precision: tells cheaply for four boxes or four triangles at
/// once which of them it may come near.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    origin: Lanes,
    along: Lanes,
    inverse: Lanes,
    /// What distances from it may be off by, mm.
    slack: f32x4,
}

impl Line {
    /// The line from `origin`, relative to the centre of the tree; `reach` is the largest coordinate there.
    pub(super) fn new(origin: &Vector, along: &Vector, reach: f32) -> Self {
        let largest = origin.amax().max((origin + along).amax()) as f32;
        let slack = f32x4::splat(slack_mm(largest, reach));
        Self { origin: splat(origin), along: splat(along), inverse: splat(&along.map(f64::recip)).map(bounded), slack }
    }

    /// Where the ray is inside each box, in lengths of `along`: not above the entries, not below the exits.
    pub(super) fn spans(&self, boxes: &Boxes) -> [f32x4; 2] {
        let of_axis = |axis: usize| {
            let near = (boxes.min[axis] - self.origin[axis] - self.slack) * self.inverse[axis];
            let far = (boxes.max[axis] - self.origin[axis] + self.slack) * self.inverse[axis];
            [near.fast_min(far), near.fast_max(far)]
        };
        let [x, y, z] = [of_axis(0), of_axis(1), of_axis(2)];
        let entry = x[0].fast_max(y[0]).fast_max(z[0]).fast_max(f32x4::ZERO);
        let exit = x[1].fast_min(y[1]).fast_min(z[1]);
        [entry * f32x4::splat(1.0 - QUOTIENT), exit * f32x4::splat(1.0 + QUOTIENT)]
    }

    /// Numbers not above the squared distances of the segment from the boxes.
    ///
    /// The better of two separating planes: across an axis, and across the line from the segment to the box's centre.
    pub(super) fn squared_distances(&self, boxes: &Boxes) -> [f32; WIDTH] {
        let half = f32x4::splat(0.5);
        let centre: Lanes = [0, 1, 2].map(|i| (boxes.min[i] + boxes.max[i]) * half - self.origin[i]);
        let reach: Lanes = [0, 1, 2].map(|i| (boxes.max[i] - boxes.min[i]) * half);
        let across = from_segment(centre, self.along);
        let size = dot(across.map(f32x4::abs), reach);
        let oblique = self.gap(across, dot(across, centre) - size);
        // The segment reaches over 0 to `along` from its origin.
        let beside = [0, 1, 2].map(|i| {
            let (low, high) = (self.along[i].fast_min(f32x4::ZERO), self.along[i].fast_max(f32x4::ZERO));
            let (below, above) = (centre[i] - reach[i] - high, low - centre[i] - reach[i]);
            (below.fast_max(above) - self.slack).fast_max(f32x4::ZERO)
        });
        let squared = dot(beside, beside).fast_max(oblique * oblique);
        (squared.fast_min(f32x4::splat(f32::MAX)) * f32x4::splat(SHRINK)).to_array()
    }

    /// Numbers that the distances of the segment from the triangles are not below.
    pub(super) fn least_distances(&self, packet: &Packet) -> [f32; WIDTH] {
        let third = f32x4::splat(1.0 / 3.0);
        let [a, b, c] = packet.corners.map(|corner| [0, 1, 2].map(|axis| corner[axis] - self.origin[axis]));
        let across = from_segment([0, 1, 2].map(|i| (a[i] + b[i] + c[i]) * third), self.along);
        self.gap(across, dot(across, a).fast_min(dot(across, b)).fast_min(dot(across, c))).to_array()
    }

    /// The distance between two planes across a direction of any length: one before the segment's farther end, one at
    /// `least` times that length from its origin. 0 where that says nothing, also for a direction without length.
    fn gap(&self, across: Lanes, least: f32x4) -> f32x4 {
        let farthest = dot(across, self.along).fast_max(f32x4::ZERO);
        let gap = (least - farthest) / dot(across, across).sqrt() - self.slack;
        // In this order a gap that is no number becomes 0.
        gap.fast_max(f32x4::ZERO)
    }
}

fn bounded(inverse: f32x4) -> f32x4 {
    inverse.fast_min(f32x4::splat(STEEPEST)).fast_max(f32x4::splat(-STEEPEST))
}

impl Turn for Line {
    fn turned(&self, axes: &Axes) -> Self {
        let along = axes.coordinates(self.along);
        let inverse = spread(bounded(f32x4::ONE / along));
        Self { origin: axes.spread(self.origin), along: spread(along), inverse, slack: self.slack }
    }
}

/// The way from the closest point of the segment between the origin and `along` to a place.
#[inline]
fn from_segment(place: Lanes, along: Lanes) -> Lanes {
    let share = dot(place, along) / dot(along, along);
    // In this order a share that is no number becomes 0.
    let share = share.fast_max(f32x4::ZERO).fast_min(f32x4::ONE);
    [0, 1, 2].map(|i| place[i] - along[i] * share)
}
