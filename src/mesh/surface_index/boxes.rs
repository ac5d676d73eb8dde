use wide::f32x4;

use super::packet::Lanes;
use crate::geometry::Vector;

/// Boxes that are tested at once.
pub(super) const WIDTH: usize = 4;

/// What rounding may take from a sum of three squares of differences in single precision, generously.
pub(super) const SHRINK: f32 = 1.0 - 8.0 * f32::EPSILON;

/// Four boxes, each coordinate of all four side by side, so that a processor works on four at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Boxes {
    pub(super) min: [f32x4; 3],
    pub(super) max: [f32x4; 3],
}

impl Boxes {
    /// From the least and greatest coordinates of each box.
    pub(super) fn new(boxes: [Extent; WIDTH]) -> Self {
        let lanes = |of: fn(&Extent) -> &[f32; 3]| {
            [0, 1, 2].map(|axis| f32x4::new([0, 1, 2, 3].map(|child: usize| of(&boxes[child])[axis])))
        };
        Self { min: lanes(|extent| &extent.min), max: lanes(|extent| &extent.max) }
    }

    /// Numbers not above the squared distances of the boxes from a place, whose coordinates may be off by `slack`.
    #[inline]
    pub(super) fn squared_distances(&self, place: Lanes, slack: f32x4) -> [f32; WIDTH] {
        let [x, y, z] = self.gaps(place, place, slack);
        ((x * x + y * y + z * z).fast_min(f32x4::splat(f32::MAX)) * f32x4::splat(SHRINK)).to_array()
    }

    /// 0 for the boxes that meet the box from `low` to `high`, whose coordinates may be off by `slack`; else NaN.
    #[inline]
    pub(super) fn meeting(&self, low: Lanes, high: Lanes, slack: f32x4) -> [f32; WIDTH] {
        let [x, y, z] = self.gaps(low, high, slack);
        (x + y + z).simd_gt(f32x4::ZERO).bitselect(f32x4::splat(f32::NAN), f32x4::ZERO).to_array()
    }

    /// How far the boxes are from one box along each axis, less `slack`, at least 0.
    #[inline]
    fn gaps(&self, low: Lanes, high: Lanes, slack: f32x4) -> Lanes {
        [0, 1, 2].map(|axis| {
            let (below, above) = (self.min[axis] - high[axis], low[axis] - self.max[axis]);
            // In this order a gap that is no number becomes 0.
            (below.fast_max(above) - slack).fast_max(f32x4::ZERO)
        })
    }
}

/// A box in single precision.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) min: [f32; 3],
    pub(super) max: [f32; 3],
}

impl Extent {
    /// The box that holds nothing.
    pub(super) const EMPTY: Self = Self { min: [f32::INFINITY; 3], max: [f32::NEG_INFINITY; 3] };

    /// The box, rounded outwards.
    pub(super) fn around(min: &Vector, max: &Vector) -> Self {
        // Rounding to the nearest goes half a step at most.
        Self { min: [0, 1, 2].map(|i| (min[i] as f32).next_down()), max: [0, 1, 2].map(|i| (max[i] as f32).next_up()) }
    }

    #[must_use]
    pub(super) fn union(self, other: Self) -> Self {
        let least = |i: usize| if other.min[i] < self.min[i] { other.min[i] } else { self.min[i] };
        let most = |i: usize| if other.max[i] > self.max[i] { other.max[i] } else { self.max[i] };
        Self { min: [least(0), least(1), least(2)], max: [most(0), most(1), most(2)] }
    }

    pub(super) fn size(&self) -> [f32; 3] {
        [self.max[0] - self.min[0], self.max[1] - self.min[1], self.max[2] - self.min[2]]
    }

    pub(super) fn half_area(&self) -> f32 {
        let [x, y, z] = self.size();
        x * y + y * z + z * x
    }

    /// The axis along which the box is longest.
    pub(super) fn widest(&self) -> usize {
        let size = self.size();
        (1..3).fold(0, |best, axis| if size[axis] > size[best] { axis } else { best })
    }

    /// Twice the coordinate of the centre: sums order as centres do.
    pub(super) fn double_centre(&self, axis: usize) -> f32 {
        self.min[axis] + self.max[axis]
    }
}
