use super::fragment::{Fragment, Patch};
use super::surface::{Place, Surface};
use crate::geometry::{Aabb, Point, Vector};

/// A dot as an obstacle for others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Disc {
    pub(super) centre: Point,
    /// Its own spacing, mm.
    pub(super) spacing: f64,
    /// Normal of its sheet; without one it counts on every sheet.
    pub(super) normal: Option<Vector>,
}

impl Disc {
    /// True when a dot at that place would be too near, whatever the sheet.
    fn reaches(&self, place: &Place) -> bool {
        let keep = self.spacing.min(place.spacing);
        (place.position - self.centre).norm_squared() < keep * keep
    }

    fn same_sheet(&self, normal: &Vector) -> bool {
        self.normal.is_none_or(|own| own.dot(normal) > 0.0)
    }
}

/// Fragments grouped into cells about as large as the spacing, and for each cell the discs that can reach it.
///
/// The cells are the leaves of a tree of boxes over the fragments, so their size follows the spacing and they exist only
/// where there is surface. A disc is registered once with each cell in reach; a question about a place then reads one
/// short list.
#[derive(Debug, Default)]
pub(super) struct Cells {
    nodes: Vec<Node>,
    discs: Vec<Disc>,
    /// For each cell its discs.
    reaching: Vec<Vec<u32>>,
}

#[derive(Debug)]
struct Node {
    bounds: Aabb,
    /// Largest spacing inside.
    reach: f64,
    below: Below,
}

/// What lies below a node. The first child of an inner node is the node after it.
#[derive(Debug)]
enum Below {
    Cell(u32),
    Nodes { second: u32 },
}

/// Largest extent of a first fragment, in spacings.
pub(super) const FRAGMENT_SIZE: f64 = 1.8;

/// Largest extent of a cell of several fragments, in spacings.
const CELL_SIZE: f64 = 3.0;

struct Item {
    fragment: Fragment,
    bounds: Aabb,
    centre: Point,
    spacing: [f64; 2],
}

impl Cells {
    /// Cuts the surface into fragments no longer than [`CELL_SIZE`] and groups them. The fragments come in the order of
    /// their cells.
    pub(super) fn build(surface: &Surface) -> (Self, Vec<Fragment>) {
        let mut items = Vec::new();
        for (index, facet) in surface.facets() {
            let corners = facet.corners();
            collect_items(index, &Patch::new(&corners), &mut items);
        }
        let mut cells = Self::default();
        if !items.is_empty() {
            cells.split(&mut items);
        }
        (cells, items.into_iter().map(|item| item.fragment).collect())
    }

    fn split(&mut self, items: &mut [Item]) {
        let mut bounds = Aabb::EMPTY;
        let (mut least, mut reach) = (f64::INFINITY, 0.0_f64);
        for item in &*items {
            bounds.include(&item.bounds.min);
            bounds.include(&item.bounds.max);
            least = least.min(item.spacing[0]);
            reach = reach.max(item.spacing[1]);
        }
        let node = self.nodes.len();
        if items.len() == 1 || bounds.size().norm() <= CELL_SIZE * least {
            let cell = self.reaching.len() as u32;
            for item in items {
                item.fragment.cell = cell;
            }
            self.reaching.push(Vec::new());
            self.nodes.push(Node { bounds, reach, below: Below::Cell(cell) });
            return;
        }
        let axis = bounds.size().imax();
        let middle = items.len() / 2;
        items.select_nth_unstable_by(middle, |a, b| a.centre[axis].total_cmp(&b.centre[axis]));
        self.nodes.push(Node { bounds, reach, below: Below::Nodes { second: 0 } });
        let (first, second) = items.split_at_mut(middle);
        self.split(first);
        self.nodes[node].below = Below::Nodes { second: self.nodes.len() as u32 };
        self.split(second);
    }

    /// Registers a disc; false when it reaches no cell.
    pub(super) fn insert(&mut self, disc: Disc) -> bool {
        let number = self.discs.len() as u32;
        self.discs.push(disc);
        let mut reached = false;
        let mut stack = vec![0_u32];
        while let Some(index) = stack.pop() {
            let Some(node) = self.nodes.get(index as usize) else { continue };
            let keep = disc.spacing.min(node.reach);
            if node.bounds.squared_distance(&disc.centre) >= keep * keep {
                continue;
            }
            match node.below {
                Below::Cell(cell) => {
                    self.reaching[cell as usize].push(number);
                    reached = true;
                }
                Below::Nodes { second } => stack.extend([second, index + 1]),
            }
        }
        reached
    }

    fn reaching(&self, cell: u32) -> impl Iterator<Item = &Disc> {
        self.reaching[cell as usize].iter().map(|&number| &self.discs[number as usize])
    }

    /// True when a dot at that place would break the rule.
    pub(super) fn blocked(&self, cell: u32, place: &Place, normal: &Vector) -> bool {
        self.reaching(cell).any(|disc| disc.reaches(place) && disc.same_sheet(normal))
    }

    /// True when one disc blocks all corners, and with them everything between: the distance to its centre is convex and
    /// the smaller of two spacings, one of them constant and one linear, is concave.
    pub(super) fn covered(&self, cell: u32, patch: &Patch<'_>, normal: &Vector) -> bool {
        let [a, b, c] = patch.corners;
        let covers = |disc: &Disc| disc.reaches(a) && disc.reaches(b) && disc.reaches(c) && disc.same_sheet(normal);
        self.reaching(cell).any(covers)
    }
}

fn collect_items(facet: u32, patch: &Patch<'_>, items: &mut Vec<Item>) {
    let (edge, squared_length) = patch.longest_edge();
    let least = patch.least_spacing();
    if squared_length > (FRAGMENT_SIZE * least).powi(2) {
        let middle = patch.middle(edge);
        for half in patch.bisect(edge, &middle) {
            collect_items(facet, &half, items);
        }
        return;
    }
    let bounds = Aabb::around(patch.corners.map(|corner| &corner.position));
    let most = patch.corners.iter().map(|corner| corner.spacing).fold(0.0, f64::max);
    let fragment = patch.fragment(facet, 0);
    items.push(Item { fragment, bounds, centre: bounds.centre(), spacing: [least, most] });
}
