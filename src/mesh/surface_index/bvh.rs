use std::ops::Range;

use crate::geometry::{Aabb, Point, Vector};

/// Triangles in a leaf: testing four is about as dear as testing the two boxes that a further split would add.
const LEAF_SIZE: usize = 4;
/// Bins of the split search; more than 16 change the expected cost by under 1 % (Wald 2007).
const BINS: usize = 16;
/// From this depth on ranges are halved by count, so that no tree of 2^32 leaves is deeper than `STACK`.
const BALANCED_FROM: usize = 30;
/// Deepest tree: `BALANCED_FROM` levels, then at most 32 halvings.
const STACK: usize = 64;

/// Binary tree of boxes over the items `0..n`, in leaf order.
///
/// Reference: I. Wald, "On fast construction of SAH-based bounding volume hierarchies", IEEE Symposium on Interactive
/// Ray Tracing 2007, 33-40: binned surface-area heuristic, here along the widest axis of the centres only.
#[derive(Debug, Clone)]
pub(super) struct Bvh {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    bounds: Aabb,
    /// First item of a leaf, or the first of the two neighbouring children.
    first: u32,
    /// Items of a leaf; 0 marks an inner node.
    count: u32,
}

#[derive(Clone, Copy)]
struct Item {
    bounds: Aabb,
    id: u32,
}

impl Bvh {
    /// Builds the tree over the boxes; also returns the item that stands at each place of the leaf order.
    pub(super) fn build(boxes: impl Iterator<Item = Aabb>) -> (Self, Vec<u32>) {
        let mut items: Vec<Item> = boxes.zip(0..).map(|(bounds, id)| Item { bounds, id }).collect();
        let mut nodes = Vec::with_capacity(items.len());
        if !items.is_empty() {
            nodes.push(Node { bounds: hull(&items), first: 0, count: items.len() as u32 });
        }
        let mut open = vec![(0_usize, 0_usize)];
        while let Some((node, depth)) = open.pop().filter(|_| !nodes.is_empty()) {
            let Node { first, count, .. } = nodes[node];
            if count as usize <= LEAF_SIZE {
                continue;
            }
            let range = &mut items[first as usize..][..count as usize];
            let middle = if depth < BALANCED_FROM { split(range) } else { halve(range) };
            let (left, right) = range.split_at(middle);
            let children = nodes.len();
            nodes.push(Node { bounds: hull(left), first, count: middle as u32 });
            nodes.push(Node { bounds: hull(right), first: first + middle as u32, count: count - middle as u32 });
            nodes[node] = Node { first: children as u32, count: 0, ..nodes[node] };
            open.extend([(children, depth + 1), (children + 1, depth + 1)]);
        }
        (Self { nodes }, items.iter().map(|item| item.id).collect())
    }

    /// Branch and bound, depth first, nearer child first.
    ///
    /// `bound` gives a number that nothing in the box can fall below; boxes above `limit`, and those whose bound is
    /// no number, are skipped. `leaf` looks at a range of the leaf order and returns the new limit; minus infinity ends
    /// the search.
    pub(super) fn descend(
        &self,
        mut limit: f64,
        bound: impl Fn(&Aabb) -> f64,
        mut leaf: impl FnMut(Range<usize>) -> f64,
    ) {
        let mut stack = [(0.0, 0_u32); STACK];
        let mut open = 0;
        if let Some(least) = self.nodes.first().map(|root| bound(&root.bounds)).filter(|&least| least <= limit) {
            stack[0] = (least, 0);
            open = 1;
        }
        while open > 0 {
            open -= 1;
            let (least, node) = stack[open];
            if least > limit {
                continue;
            }
            let Node { first, count, .. } = self.nodes[node as usize];
            if count > 0 {
                limit = leaf(first as usize..(first + count) as usize);
                continue;
            }
            let mut children = [first, first + 1].map(|child| (bound(&self.nodes[child as usize].bounds), child));
            if children[0].0 < children[1].0 {
                children.swap(0, 1);
            }
            for child in children {
                if child.0 <= limit {
                    stack[open] = child;
                    open += 1;
                }
            }
        }
    }
}

fn hull(items: &[Item]) -> Aabb {
    items.iter().fold(Aabb::EMPTY, |hull, item| union(&hull, &item.bounds))
}

fn union(a: &Aabb, b: &Aabb) -> Aabb {
    Aabb { min: a.min.inf(&b.min), max: a.max.sup(&b.max) }
}

/// Twice the centre: sums order as centres do, without overflow for coordinates in mm.
fn double_centre(bounds: &Aabb) -> Vector {
    bounds.min.coords + bounds.max.coords
}

fn half_area(size: &Vector) -> f64 {
    size.x * size.y + size.y * size.z + size.z * size.x
}

/// Partitions the items in place at the cheapest bin border; returns the size of the first part, neither 0 nor all.
fn split(items: &mut [Item]) -> usize {
    let mut centres = Aabb::EMPTY;
    for item in items.iter() {
        centres.include(&Point::from(double_centre(&item.bounds)));
    }
    let size = centres.size();
    let axis = size.imax();
    let scale = BINS as f64 / size[axis];
    if !scale.is_finite() {
        return halve(items);
    }
    let bin_of =
        |item: &Item| (((double_centre(&item.bounds)[axis] - centres.min[axis]) * scale) as usize).min(BINS - 1);
    let mut bins = [(Aabb::EMPTY, 0_usize); BINS];
    for item in items.iter() {
        let bin = &mut bins[bin_of(item)];
        *bin = (union(&bin.0, &item.bounds), bin.1 + 1);
    }
    // Cost of the part right of each border, then of both parts while sweeping from the left.
    let mut right_cost = [0.0; BINS];
    let mut part = (Aabb::EMPTY, 0);
    for border in (1..BINS).rev() {
        part = (union(&part.0, &bins[border].0), part.1 + bins[border].1);
        right_cost[border] = half_area(&part.0.size()) * part.1 as f64;
    }
    let (mut best, mut border) = (f64::INFINITY, 1);
    part = (Aabb::EMPTY, 0);
    for candidate in 1..BINS {
        part = (union(&part.0, &bins[candidate - 1].0), part.1 + bins[candidate - 1].1);
        let cost = half_area(&part.0.size()) * part.1 as f64 + right_cost[candidate];
        if cost < best {
            (best, border) = (cost, candidate);
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
    let axis = hull(items).size().imax();
    let middle = items.len() / 2;
    items.select_nth_unstable_by(middle, |a, b| {
        let [a_key, b_key] = [a, b].map(|item| double_centre(&item.bounds)[axis]);
        a_key.total_cmp(&b_key).then(a.id.cmp(&b.id))
    });
    middle
}
