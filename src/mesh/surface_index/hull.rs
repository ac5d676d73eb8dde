use wide::f32x4;

use super::axes::{Axes, Turn, splat};
use super::boxes::{Boxes, WIDTH};
use super::packet::{Lanes, slack_mm};
use crate::geometry::Vector;

/// The least box around a triangle along the axes in use, in single precision: tells cheaply which of four boxes the
/// triangle may meet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hull {
    corners: [Lanes; 3],
    low: Lanes,
    high: Lanes,
    /// What coordinates may be off by, mm.
    slack: f32x4,
}

impl Hull {
    /// From corners relative to the centre of the tree; `reach` is the largest coordinate there.
    pub(super) fn new(corners: [Vector; 3], reach: f32) -> Self {
        let largest = corners.iter().map(Vector::amax).fold(0.0, f64::max) as f32;
        Self::around(corners.map(|corner| splat(&corner)), f32x4::splat(slack_mm(largest, reach)))
    }

    #[inline]
    fn around(corners: [Lanes; 3], slack: f32x4) -> Self {
        let [a, b, c] = corners;
        let low = [0, 1, 2].map(|axis| a[axis].fast_min(b[axis]).fast_min(c[axis]));
        let high = [0, 1, 2].map(|axis| a[axis].fast_max(b[axis]).fast_max(c[axis]));
        Self { corners, low, high, slack }
    }

    /// 0 for the boxes that it meets, NaN for the others.
    #[inline]
    pub(super) fn meeting(&self, boxes: &Boxes) -> [f32; WIDTH] {
        boxes.meeting(self.low, self.high, self.slack)
    }
}

impl Turn for Hull {
    fn turned(&self, axes: &Axes) -> Self {
        Self::around(self.corners.map(|corner| axes.spread(corner)), self.slack)
    }
}
