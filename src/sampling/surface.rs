use rayon::prelude::*;

use super::fragment::longest_edge;
use crate::geometry::{Aabb, Point, Vector};
use crate::mesh::{SurfacePoint, TriMesh};

/// A triangle is a sliver when its height is below this share of its longest edge. The normal of a sliver is noise, and
/// a wrong one would put it on a sheet of its own, so slivers take the normal of the triangles around them.
const SLIVER: f64 = 0.01;

/// The triangles of a mesh in the form in which darts and fragments need them.
#[derive(Debug)]
pub(super) struct Surface {
    facets: Vec<Facet>,
    largest_spacing: f64,
    bounds: Aabb,
}

/// A triangle with the spacing at its corners.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facet {
    /// Number of the triangle.
    pub(super) triangle: u32,
    corners: [Point; 3],
    spacing: [f64; 3],
    /// Unit normal of the sheet; zero for a triangle without area.
    pub(super) normal: Vector,
    /// mm².
    pub(super) area: f64,
}

/// A place on a facet, by the weights of its second and third corner.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) weights: [f64; 2],
    pub(super) position: Point,
    pub(super) spacing: f64,
}

impl Surface {
    pub(super) fn new(mesh: &TriMesh, spacing: &[f64]) -> Self {
        let facet = |(t, vertices): (usize, &[u32; 3])| {
            let double_area = mesh.double_area_vector(t as u32);
            Facet {
                triangle: t as u32,
                corners: mesh.corners(t as u32),
                spacing: vertices.map(|v| spacing[v as usize]),
                normal: double_area.try_normalize(0.0).unwrap_or_else(Vector::zeros),
                area: 0.5 * double_area.norm(),
            }
        };
        let mut surface = Self {
            facets: mesh.triangles().par_iter().enumerate().map(facet).collect(),
            largest_spacing: spacing.iter().copied().fold(0.0, f64::max),
            bounds: mesh.bounds(),
        };
        surface.mend_normals_of_slivers(mesh);
        surface
    }

    fn mend_normals_of_slivers(&mut self, mesh: &TriMesh) {
        let is_sliver = |facet: &Facet| 2.0 * facet.area < SLIVER * longest_edge(facet.corners.each_ref()).1;
        if !self.facets.par_iter().any(is_sliver) {
            return;
        }
        let mut around = vec![Vector::zeros(); mesh.vertices().len()];
        for (t, corners) in mesh.triangles().iter().enumerate() {
            let vector = mesh.double_area_vector(t as u32);
            for &v in corners {
                around[v as usize] += vector;
            }
        }
        for facet in self.facets.iter_mut().filter(|facet| is_sliver(facet)) {
            let vertices = mesh.triangles()[facet.triangle as usize];
            let averaged = vertices.iter().map(|&v| around[v as usize]).sum::<Vector>();
            facet.normal = averaged.try_normalize(0.0).unwrap_or(facet.normal);
        }
    }

    pub(super) fn facet(&self, index: u32) -> &Facet {
        &self.facets[index as usize]
    }

    /// Facets with an area, with their indices.
    pub(super) fn facets(&self) -> impl Iterator<Item = (u32, &Facet)> {
        (0..).zip(&self.facets).filter(|(_, facet)| facet.area > 0.0)
    }

    pub(super) fn len(&self) -> usize {
        self.facets.len()
    }

    pub(super) fn largest_spacing(&self) -> f64 {
        self.largest_spacing
    }

    pub(super) fn bounds(&self) -> Aabb {
        self.bounds
    }

    /// Puts the facets in that order; those that are not in it are left out.
    pub(super) fn sort(&mut self, order: &[u32]) {
        self.facets = order.iter().map(|&facet| self.facets[facet as usize]).collect();
    }

    /// How many facets have no area.
    pub(super) fn flat_count(&self) -> usize {
        self.facets.iter().filter(|facet| facet.area <= 0.0).count()
    }
}

impl Facet {
    /// Places a point; rounding outside of the facet is undone.
    pub(super) fn place(&self, weights: [f64; 2]) -> Place {
        let [v, w] = weights;
        let u = (1.0 - v - w).max(0.0);
        let [a, b, c] = &self.corners;
        let [p, q, r] = self.spacing;
        Place {
            weights,
            position: Point::from(a.coords * u + b.coords * v + c.coords * w),
            // In this form equal corners give exactly their value.
            spacing: p + v * (q - p) + w * (r - p),
        }
    }

    /// The corners as places.
    pub(super) fn corners(&self) -> [Place; 3] {
        let corner = |i: usize, weights| Place { weights, position: self.corners[i], spacing: self.spacing[i] };
        [corner(0, [0.0, 0.0]), corner(1, [1.0, 0.0]), corner(2, [0.0, 1.0])]
    }

    /// Area over squared spacing, by the mean of the corners: the expected dots are in proportion to it.
    pub(super) fn measure(&self) -> f64 {
        self.area * self.spacing.iter().map(|r| 1.0 / (r * r)).sum::<f64>() / 3.0
    }

    /// Longest edge over the smallest spacing.
    pub(super) fn relative_length(&self) -> f64 {
        let [p, q, r] = self.spacing;
        longest_edge(self.corners.each_ref()).1.sqrt() / p.min(q).min(r)
    }
}

impl Place {
    /// The same as a place on the mesh.
    pub(super) fn on(&self, triangle: u32) -> SurfacePoint {
        let [v, w] = self.weights;
        SurfacePoint { triangle, weights: [(1.0 - v - w).max(0.0), v, w] }
    }
}
