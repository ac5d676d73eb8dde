use wide::f32x4;

use super::axes::{Axes, Turn, splat};
use super::boxes::{Boxes, WIDTH};
use super::packet::{Lanes, slack_mm};
use crate::geometry::Vector;

/// A box along the axes of the file, in single precision: tells cheaply which of four boxes it may meet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    centre: Lanes,
    /// Half its sides.
    half: Lanes,
    /// What distances from it may be off by, mm.
    slack: f32x4,
}

impl Block {
    /// From its centre, relative to the centre of the tree, and half its sides; `reach` is the largest coordinate there.
    pub(super) fn new(centre: &Vector, half: &Vector, reach: f32) -> Self {
        let slack = slack_mm((centre.amax() + half.amax()) as f32, reach);
        Self { centre: splat(centre), half: splat(half), slack: f32x4::splat(slack) }
    }

    /// 0 for the boxes that it may meet, NaN for the others.
    #[inline]
    pub(super) fn meeting(&self, boxes: &Boxes) -> [f32; WIDTH] {
        let low = [0, 1, 2].map(|axis| self.centre[axis] - self.half[axis]);
        let high = [0, 1, 2].map(|axis| self.centre[axis] + self.half[axis]);
        boxes.meeting(low, high, self.slack)
    }
}

impl Turn for Block {
    /// The box along the other axes around this one.
    fn turned(&self, axes: &Axes) -> Self {
        Self { centre: axes.spread(self.centre), half: axes.half_sides(self.half), slack: self.slack }
    }
}
