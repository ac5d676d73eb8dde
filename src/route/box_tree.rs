use super::Cost;
use crate::geometry::{Aabb, Point};

/// Points in one box at the bottom of the tree.
const PER_LEAF: usize = 8;

/// Boxes around points and around boxes, for searches of the cheapest partner under potentials.
///
/// Such a search leaves out a box by its distance and by the least potential in it, which a k-d tree over points alone
/// does not hold. The points are in the order of a space-filling curve: eight that follow each other share a leaf, and
/// node `i` of the tree holds nodes `2 i` and `2 i + 1`.
#[derive(Debug)]
pub(super) struct BoxTree<'a> {
    points: &'a [Point],
    boxes: Vec<Aabb>,
    least_potential: Vec<f64>,
    group: Vec<u32>,
    first_leaf: usize,
}

/// Points of more than one group.
const MIXED: u32 = u32::MAX;

impl<'a> BoxTree<'a> {
    /// Over these points, each a group of its own, all with potential 0.
    pub(super) fn new(points: &'a [Point]) -> Self {
        let first_leaf = points.len().div_ceil(PER_LEAF).next_power_of_two();
        let leaves = points.chunks(PER_LEAF).map(Aabb::around).chain(std::iter::repeat(Aabb::EMPTY));
        let mut boxes = vec![Aabb::EMPTY; first_leaf];
        boxes.extend(leaves.take(first_leaf));
        for node in (1..first_leaf).rev() {
            let [left, right] = [boxes[2 * node], boxes[2 * node + 1]];
            boxes[node] = Aabb { min: left.min.inf(&right.min), max: left.max.sup(&right.max) };
        }
        let nodes = boxes.len();
        Self { points, boxes, least_potential: vec![0.0; nodes], group: vec![MIXED; nodes], first_leaf }
    }

    /// Takes the potentials of the points.
    pub(super) fn set_potentials(&mut self, potentials: &[f64]) {
        let least = |row: &[f64]| row.iter().copied().fold(f64::INFINITY, f64::min);
        let first = self.first_leaf;
        summed(&mut self.least_potential, first, potentials.chunks(PER_LEAF).map(least), f64::INFINITY, f64::min);
    }

    /// Takes the groups of the points.
    pub(super) fn set_groups(&mut self, groups: &[u32]) {
        let common = |row: &[u32]| if row.windows(2).all(|pair| pair[0] == pair[1]) { row[0] } else { MIXED };
        let both = |left: u32, right: u32| if left == right { left } else { MIXED };
        let first = self.first_leaf;
        // A leaf without points is never looked into: it is infinitely far away.
        summed(&mut self.group, first, groups.chunks(PER_LEAF).map(common), MIXED, both);
    }

    /// The cheapest partner of a point under the potentials among those that `open` admits, where it costs less than
    /// `bound`: with that cost, both potentials included. Boxes whose points are all of group `own` are left out.
    pub(super) fn cheapest(
        &self,
        (from, own): (u32, u32),
        potentials: &[f64],
        cost: &impl Cost,
        bound: f64,
        open: impl Fn(u32) -> bool,
    ) -> Option<(f64, u32)> {
        let at = &self.points[from as usize];
        let base = potentials[from as usize];
        let least = |node: usize| {
            if own != MIXED && self.group[node] == own {
                return f64::INFINITY;
            }
            let distance = self.boxes[node].squared_distance(at).sqrt();
            if distance < f64::INFINITY {
                cost.at_least(distance).max(0.0) + self.least_potential[node] + base
            } else {
                distance
            }
        };
        let mut best = (bound, None);
        let mut stack = vec![(least(1), 1)];
        while let Some((cheapest, node)) = stack.pop() {
            if cheapest >= best.0 {
                continue;
            }
            if node < self.first_leaf {
                let mut below = [2 * node, 2 * node + 1].map(|child| (least(child), child));
                if below[0].0 < below[1].0 {
                    below.reverse();
                }
                stack.extend(below);
                continue;
            }
            let first = (node - self.first_leaf) * PER_LEAF;
            for (to, potential) in (first as u32..).zip(potentials[first..].iter().take(PER_LEAF)) {
                if open(to) {
                    let total = cost.cost(from, to) + base + potential;
                    if total < best.0 {
                        best = (total, Some(to));
                    }
                }
            }
        }
        best.1.map(|to| (best.0, to))
    }
}

/// Fills a complete binary tree from its leaves upwards.
fn summed<T: Copy>(
    tree: &mut [T],
    first_leaf: usize,
    leaves: impl Iterator<Item = T>,
    none: T,
    both: impl Fn(T, T) -> T,
) {
    for (node, leaf) in tree[first_leaf..].iter_mut().zip(leaves.chain(std::iter::repeat(none))) {
        *node = leaf;
    }
    for node in (1..first_leaf).rev() {
        tree[node] = both(tree[2 * node], tree[2 * node + 1]);
    }
}
