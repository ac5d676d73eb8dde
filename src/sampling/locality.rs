use rayon::prelude::*;

use super::{FixedDot, Sample};
use crate::geometry::{Aabb, Point, Vector};
use crate::mesh::TriMesh;

/// Items and sites together up to which one task works alone. A fixed number, so that results do not depend on the
/// number of threads.
const TASK: usize = 8192;

/// Lists of what is near are this share wider than asked, for rounding.
const MARGIN: f64 = 1.0 + 1e-9;

/// A triangle is a sliver when twice its area is below this share of its squared longest edge. Its own normal is noise.
const SLIVER: f64 = 0.01;

/// Dots, new and fixed, by one number: the new ones first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sites<'a> {
    dots: &'a [Sample],
    fixed: &'a [FixedDot],
    /// Normals of the triangles when dots on facing sheets are no neighbours.
    sheets: Option<&'a [Vector]>,
}

/// What counts of a dot when distances are judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    pub(super) position: Point,
    /// Distance it keeps, mm.
    pub(super) spacing: f64,
    /// Its number.
    pub(super) index: u32,
}

impl<'a> Sites<'a> {
    pub(super) fn new(dots: &'a [Sample], fixed: &'a [FixedDot], sheets: Option<&'a [Vector]>) -> Self {
        Self { dots, fixed, sheets }
    }

    pub(super) fn len(&self) -> usize {
        self.dots.len() + self.fixed.len()
    }

    pub(super) fn position(&self, index: u32) -> Point {
        let index = index as usize;
        self.dots.get(index).map_or_else(|| self.fixed[index - self.dots.len()].position, |dot| dot.position)
    }

    pub(super) fn get(&self, index: u32) -> Site {
        if let Some(dot) = self.dots.get(index as usize) {
            return Site { position: dot.position, spacing: dot.spacing_mm, index };
        }
        let dot = &self.fixed[index as usize - self.dots.len()];
        Site { position: dot.position, spacing: dot.spacing_mm, index }
    }

    /// Normal of its sheet; without one it counts on every sheet.
    pub(super) fn normal(&self, index: u32) -> Option<&'a Vector> {
        let sheets = self.sheets?;
        match self.dots.get(index as usize) {
            Some(dot) => sheets.get(dot.at.triangle as usize),
            None => self.fixed[index as usize - self.dots.len()].normal.as_ref(),
        }
    }
}

/// Where a normal is missing, everything is of one sheet.
pub(super) fn same_sheet(a: Option<&Vector>, b: Option<&Vector>) -> bool {
    a.is_none_or(|a| b.is_none_or(|b| a.dot(b) > 0.0))
}

/// The normal by which each triangle is told from facing sheets: its own, or for slivers that of the triangles around.
pub(super) fn sheet_normals(mesh: &TriMesh) -> Vec<Vector> {
    let mut around = vec![Vector::zeros(); mesh.vertices().len()];
    for (corners, triangle) in mesh.triangles().iter().zip(0..) {
        let double_area = mesh.double_area_vector(triangle);
        for &v in corners {
            around[v as usize] += double_area;
        }
    }
    let normal = |(triangle, corners): (usize, &[u32; 3])| {
        let double_area = mesh.double_area_vector(triangle as u32);
        let [a, b, c] = mesh.corners(triangle as u32);
        let longest = (b - a).norm_squared().max((c - b).norm_squared()).max((a - c).norm_squared());
        let averaged: Vector = corners.iter().map(|&v| around[v as usize]).sum();
        let sliver = double_area.norm() < SLIVER * longest && averaged != Vector::zeros();
        let sheet = if sliver { averaged } else { double_area };
        sheet.try_normalize(0.0).unwrap_or_else(Vector::zeros)
    };
    mesh.triangles().par_iter().enumerate().map(normal).collect()
}

/// Where an item lies and how far around it sites matter, mm.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) bounds: Aabb,
    pub(super) reach: f64,
}

/// Divides items into small groups of neighbours and calls `visit(state, group, near)` with each, where `near` holds
/// every site within reach of the group's box. Sequential runs of groups share a state; the states come
/// in order.
///
/// Items are sorted along a Morton curve and halved; each half keeps those sites of the whole that are in its reach.
/// No grid and no tree is kept: O(n log n), and memory for a few lists of numbers.
pub(super) fn visit_groups<T: Default + Send>(
    sites: &Sites<'_>,
    items: Vec<u32>,
    most_near: usize,
    extent: &(impl Fn(u32) -> Extent + Sync),
    visit: &(impl Fn(&mut T, &[u32], &[Site]) + Sync),
) -> Vec<T> {
    let items = along_a_curve(items, extent);
    let all: Vec<u32> = (0..sites.len() as u32).collect();
    Walk { sites, most_near, extent, visit, state: std::marker::PhantomData }.tasks(&items, &all)
}

struct Walk<'a, T, E, V> {
    sites: &'a Sites<'a>,
    most_near: usize,
    extent: &'a E,
    visit: &'a V,
    state: std::marker::PhantomData<fn() -> T>,
}

/// What a task works with.
struct Task<T> {
    state: T,
    /// The sites near each of the nested groups, one list behind the other.
    near: Vec<Site>,
}

impl<T, E, V> Walk<'_, T, E, V>
where
    T: Default + Send,
    E: Fn(u32) -> Extent + Sync,
    V: Fn(&mut T, &[u32], &[Site]) + Sync,
{
    fn tasks(&self, items: &[u32], near: &[u32]) -> Vec<T> {
        let hull = self.hull(items);
        let near: Vec<u32> = near.iter().copied().filter(|&site| hull.holds(&self.sites.position(site))).collect();
        if items.len() <= 1 || items.len() + near.len() <= TASK {
            let near = near.into_iter().map(|site| self.sites.get(site)).collect();
            let mut task = Task { state: T::default(), near };
            self.groups(items, 0, &mut task);
            return vec![task.state];
        }
        let (first, second) = items.split_at(items.len() / 2);
        let (mut states, rest) = rayon::join(|| self.tasks(first, &near), || self.tasks(second, &near));
        states.extend(rest);
        states
    }

    /// Visits the items, of which the sites `near[from..]` are in reach.
    fn groups(&self, items: &[u32], from: usize, task: &mut Task<T>) {
        let end = task.near.len();
        if items.len() <= 1 || end - from <= self.most_near {
            (self.visit)(&mut task.state, items, &task.near[from..]);
            return;
        }
        let (first, second) = items.split_at(items.len() / 2);
        for half in [first, second] {
            let hull = self.hull(half);
            for index in from..end {
                let site = task.near[index];
                if hull.holds(&site.position) {
                    task.near.push(site);
                }
            }
            self.groups(half, end, task);
            task.near.truncate(end);
        }
    }

    fn hull(&self, items: &[u32]) -> Hull {
        let mut hull = Extent { bounds: Aabb::EMPTY, reach: 0.0 };
        for extent in items.iter().map(|&item| (self.extent)(item)) {
            hull.bounds.include(&extent.bounds.min);
            hull.bounds.include(&extent.bounds.max);
            hull.reach = hull.reach.max(extent.reach);
        }
        Hull { bounds: hull.bounds, limit: (hull.reach * MARGIN).powi(2) }
    }
}

/// A box and the squared distance from it at which sites still matter.
struct Hull {
    bounds: Aabb,
    limit: f64,
}

impl Hull {
    fn holds(&self, position: &Point) -> bool {
        self.bounds.squared_distance(position) <= self.limit
    }
}

/// Sorts items so that neighbours in the list are mostly neighbours in space (Morton 1966).
fn along_a_curve(items: Vec<u32>, extent: &(impl Fn(u32) -> Extent + Sync)) -> Vec<u32> {
    const CELLS: f64 = 2_097_151.0;
    let mut bounds = Aabb::EMPTY;
    for &item in &items {
        bounds.include(&extent(item).bounds.centre());
    }
    let scale = CELLS / bounds.size().max().max(f64::MIN_POSITIVE);
    let code = |item: u32| {
        let place = (extent(item).bounds.centre() - bounds.min) * scale;
        place.iter().enumerate().fold(0, |code, (axis, &c)| code | spread(c as u64) << axis)
    };
    let mut keyed: Vec<(u64, u32)> = items.into_par_iter().map(|item| (code(item), item)).collect();
    keyed.par_sort_unstable();
    keyed.into_iter().map(|(_, item)| item).collect()
}

/// Puts two zeros between the lowest 21 bits.
pub(super) fn spread(bits: u64) -> u64 {
    let mut spread = bits & 0x1f_ffff;
    for (shift, mask) in [
        (32, 0x001f_0000_0000_ffff),
        (16, 0x001f_0000_ff00_00ff),
        (8, 0x100f_00f0_0f00_f00f),
        (4, 0x10c3_0c30_c30c_30c3),
        (2, 0x1249_2492_4924_9249),
    ] {
        spread = (spread | spread << shift) & mask;
    }
    spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_spread_in_threes() {
        for bit in 0..21 {
            assert_eq!(spread(1 << bit), 1 << (3 * bit));
        }
        assert_eq!(spread(0x1f_ffff).count_ones(), 21);
    }
}
