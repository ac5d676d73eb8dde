use std::ops::Range;

use crate::geometry::{Aabb, Point};
use crate::sampling::locality::Site;

/// A piece of a triangle with the spacing asked at its corners.
///
/// For one dot s with spacing r, call `|x - s| / min(r, r(x))` the reach that the dot needs to cover place x. Where it is
/// at most g, `|x - s| - g min(r, r(x))` is at most 0, a convex function as r(x) is linear; so in a piece the largest
/// reach needed is at a corner. That bounds the piece from above, and the corners themselves from below.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patch {
    pub(super) corners: [(Point, f64); 3],
}

/// Allowance for rounding when dots are left out.
const MARGIN: f64 = 1.0 + 1e-9;

/// A dot near a patch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near {
    position: Point,
    spacing: f64,
    /// One over the square of the spacing.
    density: f64,
}

/// How far dots have to reach, squared, in spacings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    /// At each corner, from the dot that covers it first.
    pub(super) at_corners: [f64; 3],
    /// No place of the patch needs more: one dot covers all of it then.
    pub(super) bound: f64,
}

impl Reach {
    /// The corner that needs most, and how much.
    pub(super) fn worst_corner(&self) -> (usize, f64) {
        let [a, b, c] = self.at_corners;
        if a >= b && a >= c {
            (0, a)
        } else if b >= c {
            (1, b)
        } else {
            (2, c)
        }
    }
}

impl Patch {
    pub(super) fn new(positions: [Point; 3], spacing: [f64; 3]) -> Self {
        let [a, b, c] = positions;
        let [p, q, r] = spacing;
        Self { corners: [(a, p), (b, q), (c, r)] }
    }

    pub(super) fn bounds(&self) -> Aabb {
        Aabb::around(self.corners.iter().map(|(position, _)| position))
    }

    pub(super) fn least_spacing(&self) -> f64 {
        self.corners[0].1.min(self.corners[1].1).min(self.corners[2].1)
    }

    pub(super) fn largest_spacing(&self) -> f64 {
        self.corners[0].1.max(self.corners[1].1).max(self.corners[2].1)
    }

    /// Index and squared length of the longest edge; edge i runs from corner i to the next one.
    pub(super) fn longest_edge(&self) -> (usize, f64) {
        let [a, b, c] = self.corners.map(|(position, _)| position);
        let squared = [(b - a).norm_squared(), (c - b).norm_squared(), (a - c).norm_squared()];
        let longest = if squared[0] >= squared[1] && squared[0] >= squared[2] {
            0
        } else if squared[1] >= squared[2] {
            1
        } else {
            2
        };
        (longest, squared[longest])
    }

    pub(super) fn halves(&self, edge: usize) -> [Self; 2] {
        let next = (edge + 1) % 3;
        let ((p, r), (q, s)) = (self.corners[edge], self.corners[next]);
        let middle = (nalgebra::center(&p, &q), 0.5 * (r + s));
        let (mut first, mut second) = (*self, *self);
        first.corners[next] = middle;
        second.corners[edge] = middle;
        [first, second]
    }

    /// How far those dots have to reach, or `None` as soon as one of them covers the patch with the squared reach
    /// `enough`.
    pub(super) fn reach(&self, near: &[Near], enough: f64) -> Option<Reach> {
        let mut reach = Reach { at_corners: [f64::INFINITY; 3], bound: f64::INFINITY };
        // One over the square of the smaller spacing is the larger of both.
        let [p, q, r] = [self.corners[0].1, self.corners[1].1, self.corners[2].1];
        let asked = [(p * p).recip(), (q * q).recip(), (r * r).recip()];
        for dot in near {
            let needed = |i: usize| (self.corners[i].0 - dot.position).norm_squared() * dot.density.max(asked[i]);
            let needed = [needed(0), needed(1), needed(2)];
            let most = needed[0].max(needed[1]).max(needed[2]);
            if most <= enough {
                return None;
            }
            reach.bound = reach.bound.min(most);
            for (least, needed) in reach.at_corners.iter_mut().zip(needed) {
                *least = least.min(needed);
            }
        }
        Some(reach)
    }

    /// Appends those that can cover a place of the patch with a reach of `limit` spacings and are no strangers.
    pub(super) fn select(&self, sites: &[Site], limit: f64, is_neighbour: impl Fn(u32) -> bool, list: &mut Vec<Near>) {
        let (bounds, largest) = (self.bounds(), self.largest_spacing());
        for &Site { position, spacing, index } in sites {
            let keep = limit * spacing.min(largest) * MARGIN;
            if bounds.squared_distance(&position) <= keep * keep && is_neighbour(index) {
                list.push(Near { position, spacing, density: (spacing * spacing).recip() });
            }
        }
    }

    /// Appends those of the list's range that can cover a place of this patch, whose longest edge is `length`, with a
    /// reach of `limit` spacings. No place is farther from a corner than `length`.
    pub(super) fn narrow(&self, length: f64, limit: f64, list: &mut Vec<Near>, range: Range<usize>) {
        let largest = self.largest_spacing();
        for index in range {
            let dot = list[index];
            let far = self.corners.iter().map(|(corner, _)| (corner - dot.position).norm_squared()).fold(0.0, f64::max);
            let keep = (length + limit * dot.spacing.min(largest)) * MARGIN;
            if far <= keep * keep {
                list.push(dot);
            }
        }
    }
}
