use wide::f32x8;

use crate::geometry::{Aabb, Point};

/// Boxes in a given order, each with a reach, in a tree of eight to a node: finds those that something reaches.
///
/// Neighbours in the order should be neighbours in space. The arithmetic is done in `f32` relative to the first box, so
/// now and then a box is found that is just out of reach; none in reach is missed.
#[derive(Debug, Default)]
pub(super) struct BoxTree {
    /// From the boxes themselves to the root; a node of one level is a lane of the level above.
    levels: Vec<Vec<Node>>,
    origin: Point,
    /// Bounds the error of a distance, mm.
    margin: f32,
}

/// Eight boxes side by side. Lanes without a box are empty boxes, which nothing reaches.
#[derive(Debug, Clone, Copy)]
struct Node {
    min: [[f32; WIDTH]; 3],
    max: [[f32; WIDTH]; 3],
    reach: [f32; WIDTH],
}

const WIDTH: usize = 8;

/// A box with a reach, relative to the origin of the tree.
#[derive(Debug, Clone, Copy)]
struct Lane {
    min: [f32; 3],
    max: [f32; 3],
    reach: f32,
}

impl Node {
    const EMPTY: Self = Self {
        min: [[f32::INFINITY; WIDTH]; 3],
        max: [[f32::NEG_INFINITY; WIDTH]; 3],
        reach: [f32::NEG_INFINITY; WIDTH],
    };

    fn set(&mut self, lane: usize, of: &Lane) {
        for axis in 0..3 {
            self.min[axis][lane] = of.min[axis];
            self.max[axis][lane] = of.max[axis];
        }
        self.reach[lane] = of.reach;
    }

    /// The box around all and the largest reach.
    fn hull(&self) -> Lane {
        let least = |values: [f32; WIDTH]| values.into_iter().fold(f32::INFINITY, f32::min);
        let most = |values: [f32; WIDTH]| values.into_iter().fold(f32::NEG_INFINITY, f32::max);
        Lane { min: self.min.map(least), max: self.max.map(most), reach: most(self.reach) }
    }

    /// One bit for each box nearer than the smaller of the two reaches.
    fn reached(&self, by: &Lane) -> u32 {
        let mut squared = f32x8::ZERO;
        for axis in 0..3 {
            let before = f32x8::from(self.min[axis]) - f32x8::splat(by.max[axis]);
            let behind = f32x8::splat(by.min[axis]) - f32x8::from(self.max[axis]);
            let outside = before.fast_max(behind).fast_max(f32x8::ZERO);
            squared += outside * outside;
        }
        let keep = f32x8::from(self.reach).fast_min(f32x8::splat(by.reach));
        squared.simd_lt(keep * keep).to_bitmask()
    }
}

impl BoxTree {
    /// Builds the tree anew; what it held is gone, its memory is used again.
    pub(super) fn rebuild(&mut self, boxes: impl Iterator<Item = (Aabb, f64)> + Clone) {
        let mut hull = Aabb::EMPTY;
        for (bounds, _) in boxes.clone() {
            hull.include(&bounds.min);
            hull.include(&bounds.max);
        }
        self.origin = hull.centre();
        // A few roundings of coordinates as large as the hull.
        self.margin = (hull.size().norm() * 8.0 * f64::from(f32::EPSILON)) as f32;
        let (origin, margin) = (self.origin, self.margin);
        if self.levels.is_empty() {
            self.levels.push(Vec::new());
        }
        Self::pack(&mut self.levels[0], boxes.map(|(bounds, reach)| Lane::new(&bounds, reach, &origin, margin)));
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

    fn pack(level: &mut Vec<Node>, lanes: impl Iterator<Item = Lane>) {
        level.clear();
        for (number, lane) in lanes.enumerate() {
            if number % WIDTH == 0 {
                level.push(Node::EMPTY);
            }
            if let Some(node) = level.last_mut() {
                node.set(number % WIDTH, &lane);
            }
        }
    }

    /// Calls `found` for each box nearer than the smaller of `reach` and its own reach, in order.
    pub(super) fn reached(&self, bounds: &Aabb, reach: f64, found: &mut impl FnMut(u32)) {
        let by = Lane::new(bounds, reach, &self.origin, self.margin);
        if let Some(top) = self.levels.len().checked_sub(1)
            && !self.levels[top].is_empty()
        {
            self.descend(top, 0, &by, found);
        }
    }

    fn descend(&self, level: usize, node: usize, by: &Lane, found: &mut impl FnMut(u32)) {
        let mut bits = self.levels[level][node].reached(by);
        while bits != 0 {
            let below = WIDTH * node + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            if level == 0 {
                found(below as u32);
            } else {
                self.descend(level - 1, below, by, found);
            }
        }
    }
}

impl Lane {
    fn new(bounds: &Aabb, reach: f64, origin: &Point, margin: f32) -> Self {
        Self {
            min: (bounds.min - origin).map(|c| c as f32).into(),
            max: (bounds.max - origin).map(|c| c as f32).into(),
            reach: reach as f32 * (1.0 + 4.0 * f32::EPSILON) + margin,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_box_in_reach_is_missed(
            corners in prop::collection::vec((prop::array::uniform3(-9.0..9.0_f64), 0.0..2.0_f64, 0.1..3.0_f64), 0..200),
            from in prop::array::uniform3(-9.0..9.0_f64),
            reach in 0.1..4.0_f64,
        ) {
            let boxes: Vec<(Aabb, f64)> = corners.iter().map(|&(min, size, reach)| {
                let min = Point::from(min);
                (Aabb { min, max: min.map(|c| c + size) }, reach)
            }).collect();
            let mut tree = BoxTree::default();
            // What a tree held before does not matter.
            tree.rebuild(std::iter::repeat_n((Aabb { min: Point::origin(), max: Point::origin() }, 1.0), 70));
            tree.rebuild(boxes.iter().copied());
            let from = Point::from(from);
            let mut found = Vec::new();
            tree.reached(&Aabb { min: from, max: from }, reach, &mut |number| found.push(number));
            let within = |slack: f64| -> Vec<u32> {
                let near = |(bounds, own): &(Aabb, f64)| bounds.squared_distance(&from) < (own.min(reach) + slack).powi(2);
                (0..).zip(&boxes).filter(|(_, of)| near(of)).map(|(number, _)| number).collect()
            };
            prop_assert!(found.is_sorted());
            prop_assert!(within(0.0).iter().all(|number| found.contains(number)));
            prop_assert!(found.iter().all(|number| within(1e-3).contains(number)));
        }
    }
}
