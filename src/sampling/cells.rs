use super::surface::{Fragment, Place, Surface, longest_edge};
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
    discs: Vec<Vec<Disc>>,
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

/// Largest extent of a cell and of a first fragment, in spacings. Chosen by measurement of the whole run (0.8 to 2).
pub(super) const CELL_SIZE: f64 = 1.2;

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
        let mut stack = Vec::new();
        for (index, _) in surface.facets() {
            stack.push(Fragment::whole(index));
            while let Some(fragment) = stack.pop() {
                let places = surface.places(&fragment);
                let positions = places.map(|place| place.position);
                let least = places.iter().map(|place| place.spacing).fold(f64::INFINITY, f64::min);
                let most = places.iter().map(|place| place.spacing).fold(0.0, f64::max);
                let (edge, length) = longest_edge(&positions);
                if length > CELL_SIZE * least {
                    stack.extend(fragment.bisect(edge));
                } else {
                    let bounds = Aabb::around(&positions);
                    items.push(Item { fragment, bounds, centre: bounds.centre(), spacing: [least, most] });
                }
            }
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
            let cell = self.discs.len() as u32;
            for item in items {
                item.fragment.cell = cell;
            }
            self.discs.push(Vec::new());
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
                    self.discs[cell as usize].push(disc);
                    reached = true;
                }
                Below::Nodes { second } => stack.extend([second, index + 1]),
            }
        }
        reached
    }

    /// True when a dot at that place would break the rule.
    pub(super) fn blocked(&self, cell: u32, place: &Place, normal: &Vector) -> bool {
        self.discs[cell as usize].iter().any(|disc| disc.reaches(place) && disc.same_sheet(normal))
    }

    /// True when one disc blocks all corners, and with them everything between: the distance to its centre is convex and
    /// the smaller of two spacings, one of them constant and one linear, is concave.
    pub(super) fn covered(&self, cell: u32, corners: &[Place; 3], normal: &Vector) -> bool {
        let covers = |disc: &Disc| corners.iter().all(|corner| disc.reaches(corner)) && disc.same_sheet(normal);
        self.discs[cell as usize].iter().any(covers)
    }
}
