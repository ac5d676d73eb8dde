use std::ops::Range;

use rayon::prelude::*;

use super::fragment::longest_edge;
use super::locality::sheet_normals;
use crate::geometry::{Point, Vector};
use crate::mesh::{SurfacePoint, TriMesh};

/// A mesh with the spacing at its vertices, in the form in which darts and fragments need it.
#[derive(Debug)]
pub(super) struct Surface<'a> {
    pub(super) mesh: &'a TriMesh,
    spacing: &'a [f64],
    /// Normal of each triangle's sheet, where facing sheets are apart.
    sheets: Option<Vec<Vector>>,
}

/// A triangle with the spacing at its corners. Made where it is needed: a copy of all of them would not stay in a cache.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facet {
    /// Number of the triangle.
    pub(super) triangle: u32,
    corners: [Point; 3],
    spacing: [f64; 3],
    /// Unit normal of the sheet, where facing sheets are apart; zero for a triangle without area.
    pub(super) normal: Option<Vector>,
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

/// What the triangles hold all together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Extent {
    /// Triangles without area.
    pub(super) flat: usize,
    pub(super) with_area: usize,
    /// Area over squared spacing.
    pub(super) measure: f64,
    /// Longest edge over the smallest spacing.
    pub(super) relative_length: f64,
}

/// Triangles that one task takes.
const CHUNK: usize = 8192;

impl<'a> Surface<'a> {
    /// `spacing` holds one value for each vertex.
    pub(super) fn new(mesh: &'a TriMesh, spacing: &'a [f64], sheets_apart: bool) -> Self {
        Self { mesh, spacing, sheets: sheets_apart.then(|| sheet_normals(mesh)) }
    }

    #[inline]
    pub(super) fn facet(&self, triangle: u32) -> Facet {
        let vertices = self.mesh.triangles()[triangle as usize];
        let corners = vertices.map(|v| self.mesh.vertices()[v as usize]);
        let [a, b, c] = &corners;
        Facet {
            triangle,
            spacing: vertices.map(|v| self.spacing[v as usize]),
            normal: self.sheets.as_ref().map(|normals| normals[triangle as usize]),
            area: 0.5 * (b - a).cross(&(c - a)).norm(),
            corners,
        }
    }

    pub(super) fn largest_spacing(&self) -> f64 {
        self.spacing.iter().copied().fold(0.0, f64::max)
    }

    /// All triangles, divided into tasks.
    pub(super) fn chunks(&self) -> Vec<Range<u32>> {
        let end = self.mesh.triangles().len() as u32;
        (0..end).step_by(CHUNK).map(|first| first..end.min(first + CHUNK as u32)).collect()
    }

    /// What [`MOST_DOTS`](super::MOST_DOTS) is compared with, before anything is cut.
    pub(super) fn extent(&self) -> Extent {
        let of = |chunk: Range<u32>| {
            chunk.map(|triangle| self.facet(triangle)).fold(Extent::default(), |sum, facet| {
                if facet.area <= 0.0 {
                    return Extent { flat: sum.flat + 1, ..sum };
                }
                Extent {
                    flat: sum.flat,
                    with_area: sum.with_area + 1,
                    measure: sum.measure + facet.measure(),
                    relative_length: sum.relative_length.max(facet.relative_length()),
                }
            })
        };
        let parts: Vec<Extent> = self.chunks().into_par_iter().map(of).collect();
        parts.into_iter().fold(Extent::default(), |a, b| Extent {
            flat: a.flat + b.flat,
            with_area: a.with_area + b.with_area,
            measure: a.measure + b.measure,
            relative_length: a.relative_length.max(b.relative_length),
        })
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
