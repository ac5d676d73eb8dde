use rayon::prelude::*;

use super::axes::{Axes, Turn};
use super::boxes::{Boxes, Extent, WIDTH};
use crate::geometry::{Aabb, Point, Vector};

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
/// Most triangles whose boxes share axes that lie along the surface. Of 16 to 1024 it makes queries on a head fastest:
/// larger parts are not flat, smaller ones have most of their tree above them.
const MOST_TURNED: usize = 64;
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
    tree: Tree,
}

/// A tree or a subtree, its root first.
#[derive(Debug, Clone)]
struct Tree {
    nodes: Vec<Node>,
    /// First those of the file, then those of parts that are small enough to be flat.
    axes: Vec<Axes>,
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
    /// Number of the axes along which the boxes lie.
    axes: u32,
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
    /// Builds the tree over triangles, by their corners, in boxes that are wider by `margin`; also returns the items of
    /// each leaf, filled up with its last. The same tree for any number of threads.
    pub(super) fn build(
        count: u32,
        margin: f64,
        corners: impl Fn(u32) -> [Point; 3] + Sync,
    ) -> (Self, Vec<[u32; LEAF_SIZE]>) {
        let whole = (0..count)
            .into_par_iter()
            .map(|id| Aabb::around(&corners(id)))
            .reduce(|| Aabb::EMPTY, |a, b| Aabb { min: a.min.inf(&b.min), max: a.max.sup(&b.max) });
        let centre = if count > 0 { whole.centre().coords } else { Vector::zeros() };
        let fit = Fit { corners: |id: u32| corners(id).map(|corner| corner.coords - centre), margin };
        let mut items: Vec<Item> = (0..count).into_par_iter().map(|id| Item { extent: fit.standing(id), id }).collect();
        let mut tree = Tree { nodes: Vec::new(), axes: vec![Axes::STANDARD] };
        if !items.is_empty() {
            tree.grow(&mut items, Start { first: 0, depth: 0, axes: 0 }, &fit);
            tree.nodes.shrink_to_fit();
        }
        let mut leaves = Vec::with_capacity(tree.nodes.len() * 3);
        for node in &mut tree.nodes {
            for child in (0..usize::from(node.children)).filter(|&child| node.count[child] > 0) {
                let (first, last) = (node.first[child] as usize, usize::from(node.count[child]) - 1);
                node.first[child] = leaves.len() as u32;
                leaves.push([0, 1, 2, 3].map(|i: usize| items[first + i.min(last)].id));
            }
        }
        (Self { centre, tree }, leaves)
    }

    /// Branch and bound, depth first, nearer child first.
    ///
    /// `bound` gives for each box and what is sought, along the axes of the box, a number that nothing in it can fall below; boxes above `limit`, and those
    /// whose bound is no number, are skipped. `leaf` looks at a leaf and returns the new limit; minus
    /// infinity ends the search.
    pub(super) fn descend<S: Turn>(
        &self,
        limit: f64,
        sought: &S,
        bound: impl Fn(&S, &Boxes) -> [f32; WIDTH],
        mut leaf: impl FnMut(Leaf) -> f64,
    ) {
        let mut stack = [0_u64; STACK];
        let mut open = 0;
        let mut highest = highest_key(limit);
        let Tree { nodes, axes } = &self.tree;
        let (mut turned, mut turned_to) = (sought.turned(&axes[0]), 0);
        let mut next = (!nodes.is_empty()).then_some(0);
        loop {
            if let Some(index) = next.take() {
                let node = &nodes[index];
                if node.axes != turned_to {
                    (turned, turned_to) = (sought.turned(&axes[node.axes as usize]), node.axes);
                }
                let bounds = bound(&turned, &node.boxes);
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
            let Node { first, count, .. } = &nodes[node];
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

/// How boxes are laid around items.
struct Fit<C> {
    /// Corners relative to the tree's centre.
    corners: C,
    margin: f64,
}

impl<C: Fn(u32) -> [Vector; 3] + Sync> Fit<C> {
    /// The box along the axes of the file.
    fn standing(&self, id: u32) -> Extent {
        let margin = Vector::repeat(self.margin);
        let Aabb { min, max } = Aabb::around(&(self.corners)(id).map(Point::from));
        Extent::around(&(min.coords - margin), &(max.coords + margin))
    }

    /// Turns the boxes of the items to lie along the surface that they make.
    fn turn(&self, items: &mut [Item]) -> Axes {
        let area = items.iter().fold(Vector::zeros(), |sum, item| {
            let [a, b, c] = (self.corners)(item.id);
            let area = (b - a).cross(&(c - a));
            // Whichever way round the triangle is.
            if area.dot(&sum) < 0.0 { sum - area } else { sum + area }
        });
        let axes = Axes::along(&area);
        for item in items {
            item.extent = axes.extent((self.corners)(item.id), self.margin as f32);
        }
        axes
    }
}

/// Where a subtree begins.
#[derive(Clone, Copy)]
struct Start {
    /// Place of its first item in the leaf order.
    first: usize,
    depth: usize,
    /// Number of its axes.
    axes: u32,
}

impl Tree {
    /// Appends the subtree over the items, its root first.
    fn grow<C: Fn(u32) -> [Vector; 3] + Sync>(&mut self, items: &mut [Item], mut start: Start, fit: &Fit<C>) {
        let root = self.nodes.len();
        if start.axes == 0 && items.len() <= MOST_TURNED {
            start.axes = self.axes.len() as u32;
            self.axes.push(fit.turn(items));
        }
        let boxes = Boxes::new([Extent::EMPTY; WIDTH]);
        let mut node = Node { boxes, first: [0; WIDTH], count: [0; WIDTH], children: 0, axes: start.axes };
        self.nodes.push(node);
        let mut extents = [Extent::EMPTY; WIDTH];
        let is_large = items.len() >= LEAST_TASK;
        let mut parts = Vec::with_capacity(WIDTH);
        let mut next = Start { depth: start.depth + 1, ..start };
        for (child, part) in quarters(items, start.depth).into_iter().enumerate() {
            // Before the subtree turns them.
            extents[child] = hull(part);
            let after = next.first + part.len();
            parts.push((next, part, Self { nodes: Vec::new(), axes: vec![Axes::STANDARD] }));
            next.first = after;
        }
        if is_large {
            parts.par_iter_mut().for_each(|(start, part, subtree)| {
                if part.len() > LEAF_SIZE {
                    subtree.grow(part, *start, fit);
                }
            });
        }
        for (child, (start, part, subtree)) in parts.into_iter().enumerate() {
            node.children += 1;
            if part.len() <= LEAF_SIZE {
                (node.first[child], node.count[child]) = (start.first as u32, part.len() as u8);
                continue;
            }
            node.first[child] = (self.nodes.len() - root) as u32;
            if is_large {
                self.append(subtree);
            } else {
                self.grow(part, start, fit);
            }
        }
        node.boxes = Boxes::new(extents);
        self.nodes[root] = node;
    }

    fn append(&mut self, subtree: Self) {
        let shift = self.axes.len() as u32 - 1;
        let renumbered = |node: Node| Node { axes: if node.axes > 0 { node.axes + shift } else { 0 }, ..node };
        self.nodes.extend(subtree.nodes.into_iter().map(renumbered));
        self.axes.extend_from_slice(&subtree.axes[1..]);
    }
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
