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
    /// Normal of its sheet; without one it counts on every sheet.
    pub(super) normal: Option<Vector>,
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
        let index = index as usize;
        if let Some(dot) = self.dots.get(index) {
            let normal = self.sheets.map(|normals| normals[dot.at.triangle as usize]);
            return Site { position: dot.position, spacing: dot.spacing_mm, normal };
        }
        let dot = &self.fixed[index - self.dots.len()];
        Site { position: dot.position, spacing: dot.spacing_mm, normal: dot.normal.filter(|_| self.sheets.is_some()) }
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
        corners.iter().for_each(|&v| around[v as usize] += double_area);
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
/// every site within reach of the group's box. Sequential runs of groups share a state; the states come in order.
///
/// Items are sorted along a Morton curve and halved; each half keeps those sites of the whole that are in its reach.
/// No grid and no tree is kept: O(n log n), and memory for two lists of numbers.
pub(super) fn visit_groups<T: Default + Send>(
    sites: &Sites<'_>,
    items: Vec<u32>,
    most_near: usize,
    extent: &(impl Fn(u32) -> Extent + Sync),
    visit: &(impl Fn(&mut T, &[u32], &[u32]) + Sync),
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

impl<T, E, V> Walk<'_, T, E, V>
where
    T: Default + Send,
    E: Fn(u32) -> Extent + Sync,
    V: Fn(&mut T, &[u32], &[u32]) + Sync,
{
    fn tasks(&self, items: &[u32], near: &[u32]) -> Vec<T> {
        let near = self.in_reach(items, near);
        if items.len() <= 1 || items.len() + near.len() <= TASK {
            let mut state = T::default();
            self.groups(items, near, &mut state);
            return vec![state];
        }
        let (first, second) = items.split_at(items.len() / 2);
        let (mut states, rest) = rayon::join(|| self.tasks(first, &near), || self.tasks(second, &near));
        states.extend(rest);
        states
    }

    fn groups(&self, items: &[u32], near: Vec<u32>, state: &mut T) {
        if items.len() <= 1 || near.len() <= self.most_near {
            (self.visit)(state, items, &near);
            return;
        }
        let (first, second) = items.split_at(items.len() / 2);
        self.groups(first, self.in_reach(first, &near), state);
        self.groups(second, self.in_reach(second, &near), state);
    }

    fn in_reach(&self, items: &[u32], near: &[u32]) -> Vec<u32> {
        let mut hull = Extent { bounds: Aabb::EMPTY, reach: 0.0 };
        for extent in items.iter().map(|&item| (self.extent)(item)) {
            hull.bounds.include(&extent.bounds.min);
            hull.bounds.include(&extent.bounds.max);
            hull.reach = hull.reach.max(extent.reach);
        }
        let limit = (hull.reach * MARGIN).powi(2);
        let matters = |site: &u32| hull.bounds.squared_distance(&self.sites.position(*site)) <= limit;
        near.iter().copied().filter(matters).collect()
    }
}

/// Sorts items so that neighbours in the list are mostly neighbours in space (Morton 1966).
fn along_a_curve(items: Vec<u32>, extent: &(impl Fn(u32) -> Extent + Sync)) -> Vec<u32> {
    const CELLS: f64 = 2_097_151.0;
    let mut bounds = Aabb::EMPTY;
    items.iter().for_each(|&item| bounds.include(&extent(item).bounds.centre()));
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
fn spread(bits: u64) -> u64 {
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
