use wide::f64x4;

use crate::geometry::Aabb;

/// Boxes in a given order, each with a reach, in a tree of four to a node: finds those that something reaches.
///
/// Neighbours in the order should be neighbours in space.
#[derive(Debug, Default)]
pub(super) struct BoxTree {
    /// From the boxes themselves to the root; a node of one level is a lane of the level above.
    levels: Vec<Vec<Node>>,
}

/// Four boxes side by side. Lanes without a box are empty boxes, which nothing reaches.
#[derive(Debug, Clone, Copy)]
struct Node {
    min: [[f64; 4]; 3],
    max: [[f64; 4]; 3],
    reach: [f64; 4],
}

impl Node {
    const EMPTY: Self =
        Self { min: [[f64::INFINITY; 4]; 3], max: [[f64::NEG_INFINITY; 4]; 3], reach: [f64::NEG_INFINITY; 4] };

    fn set(&mut self, lane: usize, bounds: &Aabb, reach: f64) {
        for axis in 0..3 {
            self.min[axis][lane] = bounds.min[axis];
            self.max[axis][lane] = bounds.max[axis];
        }
        self.reach[lane] = reach;
    }

    /// The box around the four and the largest reach.
    fn hull(&self) -> (Aabb, f64) {
        let mut hull = Aabb::EMPTY;
        for axis in 0..3 {
            hull.min[axis] = self.min[axis].into_iter().fold(f64::INFINITY, f64::min);
            hull.max[axis] = self.max[axis].into_iter().fold(f64::NEG_INFINITY, f64::max);
        }
        (hull, self.reach.into_iter().fold(f64::NEG_INFINITY, f64::max))
    }

    /// One bit for each box nearer than the smaller of the two reaches.
    fn reached(&self, bounds: &Aabb, reach: f64) -> u32 {
        let mut squared = f64x4::ZERO;
        for axis in 0..3 {
            let before = f64x4::from(self.min[axis]) - f64x4::splat(bounds.max[axis]);
            let behind = f64x4::splat(bounds.min[axis]) - f64x4::from(self.max[axis]);
            let outside = before.fast_max(behind).fast_max(f64x4::ZERO);
            squared += outside * outside;
        }
        let keep = f64x4::from(self.reach).fast_min(f64x4::splat(reach));
        squared.simd_lt(keep * keep).to_bitmask()
    }
}

impl BoxTree {
    /// Builds the tree anew; what it held is gone, its memory is used again.
    pub(super) fn rebuild(&mut self, boxes: impl Iterator<Item = (Aabb, f64)>) {
        if self.levels.is_empty() {
            self.levels.push(Vec::new());
        }
        Self::pack(&mut self.levels[0], boxes);
        let mut height = 1;
        while self.levels[height - 1].len() > 1 {
            if self.levels.len() == height {
                self.levels.push(Vec::new());
            }
            let (below, above) = self.levels.split_at_mut(height);
            Self::pack(&mut above[0], below[height - 1].iter().map(Node::hull));
            height += 1;
        }
        self.levels.truncate(height);
    }

    fn pack(level: &mut Vec<Node>, boxes: impl Iterator<Item = (Aabb, f64)>) {
        level.clear();
        for (number, (bounds, reach)) in boxes.enumerate() {
            if number % 4 == 0 {
                level.push(Node::EMPTY);
            }
            if let Some(node) = level.last_mut() {
                node.set(number % 4, &bounds, reach);
            }
        }
    }

    /// Calls `found` for each box nearer than the smaller of `reach` and its own reach, in order.
    pub(super) fn reached(&self, bounds: &Aabb, reach: f64, found: &mut impl FnMut(u32)) {
        if let Some(top) = self.levels.len().checked_sub(1)
            && !self.levels[top].is_empty()
        {
            self.descend(top, 0, bounds, reach, found);
        }
    }

    fn descend(&self, level: usize, node: usize, bounds: &Aabb, reach: f64, found: &mut impl FnMut(u32)) {
        let mut bits = self.levels[level][node].reached(bounds, reach);
        while bits != 0 {
            let below = 4 * node + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            if level == 0 {
                found(below as u32);
            } else {
                self.descend(level - 1, below, bounds, reach, found);
            }
        }
    }
}
