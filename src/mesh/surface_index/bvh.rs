use rayon::prelude::*;

use super::boxes::{Boxes, Extent, WIDTH};
use crate::geometry::{Aabb, Vector};

/// Most triangles in a leaf. Boxes are tested four at a time, so a box of its own for nearly every triangle costs less
/// than the triangles it spares.
const LEAF_SIZE: usize = 4;
/// Bins of the split search; more than 16 change the expected cost by under 1 % (Wald 2007).
const BINS: usize = 16;
/// From this depth on ranges are halved by count, so that no tree of 2^32 leaves needs more than `STACK`.
const BALANCED_FROM: usize = 16;
/// Most open children of a search: three at each of `BALANCED_FROM` levels and of the 16 that quarter 2^32 items, and
/// the four of the last.
const STACK: usize = 3 * (BALANCED_FROM + 16) + WIDTH;
/// Ranges of fewer items are not worth a task of their own.
const LEAST_TASK: usize = 4096;

/// Tree of boxes over the items `0..n`, in leaf order, four children a node.
///
/// Reference: I. Wald, "On fast construction of SAH-based bounding volume hierarchies", IEEE Symposium on Interactive
/// Ray Tracing 2007, 33-40: binned surface-area heuristic, here along the widest axis of the centres only, and two
/// binary splits folded into one node (Dammertz, Hanika, Keller, "Shallow bounding volume hierarchies for fast SIMD ray
/// tracing of incoherent rays", Computer Graphics Forum 27(4), 2008).
#[derive(Debug, Clone)]
pub(super) struct Bvh {
    /// Boxes are relative to it: single precision then goes as far as the mesh, however far off it lies.
    pub(super) centre: Vector,
    nodes: Vec<Node>,
}

/// Two cache lines.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Node {
    boxes: Boxes,
    /// Number of a leaf, or how many nodes further on the child stands.
    first: [u32; WIDTH],
    /// Items of a leaf; 0 marks an inner node.
    count: [u8; WIDTH],
    children: u8,
}

/// A leaf of the tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf {
    /// Its number, in the order of the tree.
    pub(super) number: usize,
    /// How many items it has.
    pub(super) count: usize,
}

#[derive(Clone, Copy)]
struct Item {
    extent: Extent,
    id: u32,
}

impl Bvh {
    /// Builds the tree over the boxes of the items, each widened by `margin`; also returns the items of
    /// each leaf, filled up with its last. The same tree for any number of threads.
    pub(super) fn build(count: u32, margin: f64, box_of: impl Fn(u32) -> Aabb + Sync) -> (Self, Vec<[u32; LEAF_SIZE]>) {
        let whole = (0..count)
            .into_par_iter()
            .map(&box_of)
            .reduce(|| Aabb::EMPTY, |a, b| Aabb { min: a.min.inf(&b.min), max: a.max.sup(&b.max) });
        let centre = if count > 0 { whole.centre().coords } else { Vector::zeros() };
        let margin = Vector::repeat(margin);
        let item = |id: u32| {
            let Aabb { min, max } = box_of(id);
            Item { extent: Extent::around(&Aabb { min: min - margin, max: max + margin }, &centre), id }
        };
        let mut items: Vec<Item> = (0..count).into_par_iter().map(item).collect();
        let mut nodes = Vec::new();
        if !items.is_empty() {
            grow(&mut nodes, &mut items, 0, 0);
            nodes.shrink_to_fit();
        }
        let mut leaves = Vec::with_capacity(nodes.len() * 3);
        for node in &mut nodes {
            for child in (0..usize::from(node.children)).filter(|&child| node.count[child] > 0) {
                let (first, last) = (node.first[child] as usize, usize::from(node.count[child]) - 1);
                node.first[child] = leaves.len() as u32;
                leaves.push([0, 1, 2, 3].map(|i: usize| items[first + i.min(last)].id));
            }
        }
        (Self { centre, nodes }, leaves)
    }

    /// Branch and bound, depth first, nearer child first.
    ///
    /// `bound` gives for each box a number that nothing in it can fall below; boxes above `limit`, and those
    /// whose bound is no number, are skipped. `leaf` looks at a leaf and returns the new limit; minus
    /// infinity ends the search.
    pub(super) fn descend(
        &self,
        limit: f64,
        bound: impl Fn(&Boxes) -> [f32; WIDTH],
        mut leaf: impl FnMut(Leaf) -> f64,
    ) {
        let mut stack = [0_u64; STACK];
        let mut open = 0;
        let mut highest = highest_key(limit);
        let mut next = (!self.nodes.is_empty()).then_some(0);
        loop {
            if let Some(index) = next.take() {
                let node = &self.nodes[index];
                let bounds = bound(&node.boxes);
                let mut keys = [0; WIDTH];
                let mut found = 0;
                for child in 0..WIDTH {
                    let key = key(bounds[child]);
                    let is_open = key <= highest && child < usize::from(node.children);
                    keys[child] = if is_open { u64::from(key) << 32 | (index * WIDTH + child) as u64 } else { 0 };
                    found += usize::from(is_open);
                }
                // The nearest comes on top; what is not open would stand above it.
                stack[open..open + WIDTH].copy_from_slice(&descending(keys));
                open += found;
            }
            if open == 0 {
                return;
            }
            open -= 1;
            let (key, child) = ((stack[open] >> 32) as u32, stack[open] as u32 as usize);
            if key > highest {
                continue;
            }
            let (node, child) = (child / WIDTH, child % WIDTH);
            let Node { first, count, .. } = &self.nodes[node];
            if count[child] == 0 {
                next = Some(node + first[child] as usize);
            } else {
                let leaf_of = Leaf { number: first[child] as usize, count: usize::from(count[child]) };
                highest = highest_key(leaf(leaf_of));
            }
        }
    }
}

/// Numbers from 1 on that order as the bounds do; one that is no number comes last.
fn key(bound: f32) -> u32 {
    let bits = bound.to_bits();
    // Negative numbers order against their bits.
    let ordered = bits ^ ((bits.cast_signed() >> 31).cast_unsigned() | 0x8000_0000);
    if bound.is_nan() { u32::MAX } else { ordered }
}

/// The highest key that a limit lets pass; it is rounded upwards.
fn highest_key(limit: f64) -> u32 {
    key((limit as f32).next_up())
}

fn descending([a, b, c, d]: [u64; WIDTH]) -> [u64; WIDTH] {
    let (a, b, c, d) = (a.max(b), a.min(b), c.max(d), c.min(d));
    let (a, c, b, d) = (a.max(c), a.min(c), b.max(d), b.min(d));
    [a, b.max(c), b.min(c), d]
}

/// Appends the subtree over the items, its root first; places in the leaf order count from `first`.
fn grow(nodes: &mut Vec<Node>, items: &mut [Item], first: usize, depth: usize) {
    let root = nodes.len();
    let mut node =
        Node { boxes: Boxes::new([Extent::EMPTY; WIDTH]), first: [0; WIDTH], count: [0; WIDTH], children: 0 };
    nodes.push(node);
    let mut extents = [Extent::EMPTY; WIDTH];
    let is_large = items.len() >= LEAST_TASK;
    let mut parts = Vec::with_capacity(WIDTH);
    let mut start = first;
    for part in quarters(items, depth) {
        let end = start + part.len();
        parts.push((start, part, Vec::new()));
        start = end;
    }
    if is_large {
        parts.par_iter_mut().for_each(|(start, part, subtree)| {
            if part.len() > LEAF_SIZE {
                grow(subtree, part, *start, depth + 1);
            }
        });
    }
    for (child, (start, part, subtree)) in parts.into_iter().enumerate() {
        extents[child] = hull(part);
        node.children += 1;
        if part.len() <= LEAF_SIZE {
            (node.first[child], node.count[child]) = (start as u32, part.len() as u8);
            continue;
        }
        node.first[child] = (nodes.len() - root) as u32;
        if is_large {
            nodes.extend(subtree);
        } else {
            grow(nodes, part, start, depth + 1);
        }
    }
    node.boxes = Boxes::new(extents);
    nodes[root] = node;
}

/// Splits the items in two, and each part that is too large for a leaf in two again.
fn quarters(items: &mut [Item], depth: usize) -> Vec<&mut [Item]> {
    let halves = |items: &mut [Item]| if depth < BALANCED_FROM { split(items) } else { halve(items) };
    if items.len() <= LEAF_SIZE {
        return vec![items];
    }
    let middle = halves(items);
    let (left, right) = items.split_at_mut(middle);
    let cut = |part: &mut [Item]| if part.len() > LEAF_SIZE { halves(part) } else { part.len() };
    let (left_cut, right_cut) = if left.len().min(right.len()) >= LEAST_TASK {
        rayon::join(|| cut(left), || cut(right))
    } else {
        (cut(left), cut(right))
    };
    let ((a, b), (c, d)) = (left.split_at_mut(left_cut), right.split_at_mut(right_cut));
    [a, b, c, d].into_iter().filter(|part| !part.is_empty()).collect()
}

fn hull(items: &[Item]) -> Extent {
    items.iter().fold(Extent::EMPTY, |hull, item| hull.union(item.extent))
}

/// Partitions the items in place at the cheapest bin border; returns the size of the first part, neither 0 nor all.
fn split(items: &mut [Item]) -> usize {
    let centres = items.iter().fold(Extent::EMPTY, |hull, Item { extent, .. }| {
        let centre = [extent.double_centre(0), extent.double_centre(1), extent.double_centre(2)];
        hull.union(Extent { min: centre, max: centre })
    });
    let axis = centres.widest();
    let scale = BINS as f32 / centres.size()[axis];
    if !scale.is_finite() {
        return halve(items);
    }
    let bin_of = |item: &Item| (((item.extent.double_centre(axis) - centres.min[axis]) * scale) as usize).min(BINS - 1);
    let mut bins = [(Extent::EMPTY, 0_usize); BINS];
    for item in items.iter() {
        let bin = &mut bins[bin_of(item)];
        *bin = (bin.0.union(item.extent), bin.1 + 1);
    }
    let add = |a: (Extent, usize), b: (Extent, usize)| (a.0.union(b.0), a.1 + b.1);
    let cost = |(extent, count): (Extent, usize)| extent.half_area() * count.div_ceil(LEAF_SIZE) as f32;
    // Cost of the part right of each border, then of both parts while sweeping from the left.
    let mut right_cost = [0.0; BINS];
    let mut part = (Extent::EMPTY, 0);
    for border in (1..BINS).rev() {
        part = add(part, bins[border]);
        right_cost[border] = cost(part);
    }
    let (mut best, mut border) = (f32::INFINITY, 1);
    part = (Extent::EMPTY, 0);
    for candidate in 1..BINS {
        part = add(part, bins[candidate - 1]);
        let sum = cost(part) + right_cost[candidate];
        if sum < best {
            (best, border) = (sum, candidate);
        }
    }
    let mut middle = 0;
    for i in 0..items.len() {
        if bin_of(&items[i]) < border {
            items.swap(i, middle);
            middle += 1;
        }
    }
    if middle == 0 || middle == items.len() { halve(items) } else { middle }
}

fn halve(items: &mut [Item]) -> usize {
    let axis = hull(items).widest();
    let middle = items.len() / 2;
    items.select_nth_unstable_by(middle, |a, b| {
        let [a_key, b_key] = [a, b].map(|item| item.extent.double_centre(axis));
        a_key.total_cmp(&b_key).then(a.id.cmp(&b.id))
    });
    middle
}
