use super::patch::{Near, Patch};
use crate::geometry::{Point, Vector};
use crate::mesh::TriMesh;
use crate::sampling::locality::{Extent, Site, Sites, same_sheet, visit_groups};

/// Relative precision of the worst gap.
pub(super) const PRECISION: f64 = 1e-7;

/// A dot more would fit where the gap is wider than this.
pub(super) const MAXIMAL: f64 = 1.0 + 1e-6;

/// Reach of the first search, in spacings. Dots farther away cover nothing in a maximal set.
const FIRST_REACH: f64 = 1.0625;

/// Dots in reach of a group of triangles, on average few enough to be compared with each of them.
const MOST_NEAR: usize = 24;

/// Halvings after which a patch is given up; enough from 1e5 spacings down to 1e-10.
const DEEPEST: u32 = 120;

/// The surface in the form that the searches need.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) mesh: &'a TriMesh,
    /// Spacing at each vertex, mm.
    pub(super) field: &'a [f64],
    /// Normals of the triangles when facing sheets are apart.
    pub(super) sheets: Option<&'a [Vector]>,
}

impl Ground<'_> {
    pub(super) fn patch(&self, triangle: u32) -> Patch {
        let spacing = self.mesh.triangles()[triangle as usize].map(|v| self.field[v as usize]);
        Patch::new(self.mesh.corners(triangle), spacing)
    }

    pub(super) fn normal(&self, triangle: u32) -> Option<&Vector> {
        self.sheets.map(|normals| &normals[triangle as usize])
    }

    /// The extent of a triangle when dots reach `reach` spacings far.
    pub(super) fn extent(&self, triangle: u32, reach: f64) -> Extent {
        let patch = self.patch(triangle);
        Extent { bounds: patch.bounds(), reach: reach * patch.largest_spacing() }
    }

    /// Triangles with an area.
    pub(super) fn triangles(&self) -> Vec<u32> {
        let has_area = |triangle: &u32| self.mesh.triangle_area_mm2(*triangle) > 0.0;
        (0..self.mesh.triangles().len() as u32).filter(has_area).collect()
    }
}

/// The place of the surface that is farthest from all dots, by the spacing there.
#[derive(Debug, Clone, Default)]
pub(super) struct Gap {
    /// Squared distance over squared spacing.
    pub(super) squared: f64,
    /// Place and triangle.
    pub(super) at: Option<(Point, u32)>,
    /// Largest bound of patches that were given up.
    given_up: f64,
    /// Triangles on which the gap may be wider than [`MAXIMAL`].
    pub(super) open: Vec<u32>,
    near: Vec<Near>,
}

impl Gap {
    /// Branch and bound over all triangles. Infinite when no dot lies on the sheet of the worst place.
    pub(super) fn find(ground: &Ground<'_>, sites: &Sites<'_>) -> Self {
        let across = ground.mesh.bounds().size().norm();
        let mut triangles = ground.triangles();
        let mut reach = FIRST_REACH;
        loop {
            let open = std::mem::take(&mut triangles);
            let extent = |triangle: u32| ground.extent(triangle, reach);
            let visit = |gap: &mut Self, own: &[u32], near: &[Site]| gap.search_group(ground, sites, own, near, reach);
            let mut gap =
                visit_groups(sites, open, MOST_NEAR, &extent, &visit).into_iter().fold(Self::default(), Self::with);
            if gap.squared < reach * reach {
                return gap;
            }
            let least = ground.field.iter().copied().fold(f64::INFINITY, f64::min);
            let farthest = (0..sites.len() as u32)
                .map(|site| ground.mesh.bounds().squared_distance(&sites.position(site)))
                .fold(0.0, f64::max);
            if sites.len() == 0 || reach * least > 2.0 * (across + farthest.sqrt()) {
                gap.squared = f64::INFINITY;
                return gap;
            }
            reach *= 2.0;
            triangles = gap.open;
        }
    }

    /// The worst gap is proven to be no wider than this.
    pub(super) fn bound(&self) -> f64 {
        (self.squared.sqrt() * (1.0 + PRECISION)).max(self.given_up.sqrt())
    }

    fn search_group(&mut self, ground: &Ground<'_>, sites: &Sites<'_>, own: &[u32], near: &[Site], reach: f64) {
        for &triangle in own {
            let patch = ground.patch(triangle);
            self.near.clear();
            let is_neighbour = |site: u32| same_sheet(sites.normal(site), ground.normal(triangle));
            patch.select(near, reach, is_neighbour, &mut self.near);
            self.search(&patch, 0, triangle, reach, 0);
        }
    }

    /// Searches a patch, of which the dots `near[from..]` can cover places.
    fn search(&mut self, patch: &Patch, from: usize, triangle: u32, reach: f64, depth: u32) {
        // What is covered as well as the worst place, and leaves no room, is of no interest.
        let enough = (self.squared * (1.0 + PRECISION)).min(MAXIMAL * MAXIMAL);
        let Some(found) = patch.reach(&self.near[from..], enough) else { return };
        let (corner, here) = found.worst_corner();
        // Beyond the reach there may be dots that are not in the list.
        let here = here.min(reach * reach);
        if here > self.squared {
            self.squared = here;
            self.at = Some((patch.corners[corner].0, triangle));
        }
        let settled = found.bound <= self.squared * (1.0 + PRECISION) || self.squared >= reach * reach;
        if settled || depth == DEEPEST {
            if !settled {
                self.given_up = self.given_up.max(found.bound);
            }
            if found.bound > MAXIMAL * MAXIMAL && self.open.last() != Some(&triangle) {
                self.open.push(triangle);
            }
            return;
        }
        let (edge, squared_length) = patch.longest_edge();
        let start = self.near.len();
        patch.narrow(squared_length.sqrt(), found.bound.sqrt().min(reach), &mut self.near, from..start);
        for half in patch.halves(edge) {
            self.search(&half, start, triangle, reach, depth + 1);
        }
        self.near.truncate(start);
    }

    fn with(mut self, other: Self) -> Self {
        if other.squared > self.squared {
            (self.squared, self.at) = (other.squared, other.at);
        }
        self.given_up = self.given_up.max(other.given_up);
        self.open.extend(other.open);
        self
    }
}
