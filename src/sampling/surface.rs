use super::layout::Layout;
use super::maximal::MOST_DOTS;
use super::patch::longest_edge;
use super::saturation::SATURATION;
use crate::geometry::{Point, Vector};
use crate::mesh::SurfacePoint;

/// A mesh with the spacing at its vertices, in the form in which darts and fragments need it.
#[derive(Debug)]
pub(super) struct Surface<'a> {
    pub(super) layout: &'a Layout<'a>,
    /// One for each vertex of the layout.
    spacing: Vec<f64>,
}

/// A triangle with the spacing at its corners. Made where it is needed: a copy of all of them would not stay in a cache.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facet {
    /// Number of the triangle.
    pub(super) triangle: u32,
    corners: [Point; 3],
    spacing: [f64; 3],
    /// Unit normal of the sheet, where facing sheets are apart.
    pub(super) normal: Option<Vector>,
}

/// A place on a facet, by the weights of its second and third corner.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) weights: [f64; 2],
    pub(super) position: Point,
    pub(super) spacing: f64,
}

impl<'a> Surface<'a> {
    /// `spacing` holds one value for each vertex of the mesh that was laid out.
    pub(super) fn new(layout: &'a Layout<'a>, spacing: &[f64]) -> Self {
        Self { layout, spacing: layout.field(spacing) }
    }

    #[inline]
    pub(super) fn facet(&self, triangle: u32) -> Facet {
        let vertices = self.layout.mesh.triangles()[triangle as usize];
        Facet {
            triangle,
            corners: self.layout.mesh.corners(triangle),
            spacing: vertices.map(|v| self.spacing[v as usize]),
            normal: self.normal(triangle),
        }
    }

    /// Unit normal of the sheet of a triangle, where facing sheets are apart.
    pub(super) fn normal(&self, triangle: u32) -> Option<Vector> {
        self.layout.sheets.as_ref().map(|normals| normals[triangle as usize])
    }

    pub(super) fn largest_spacing(&self) -> f64 {
        self.spacing.iter().copied().fold(0.0, f64::max)
    }

    /// About how many dots come, to tell what is absurd before anything is cut; or a larger number that is not absurd.
    pub(super) fn expected_dots(&self) -> f64 {
        let least = self.spacing.iter().copied().fold(f64::INFINITY, f64::min);
        let diagonal = self.layout.mesh.bounds().size().norm();
        let most = (diagonal / least).max(SATURATION * self.layout.area_mm2 / (least * least));
        if most <= MOST_DOTS {
            return most;
        }
        let larger = |[sum, longest]: [f64; 2], [measure, length]: [f64; 2]| [sum + measure, longest.max(length)];
        let facets = (0..self.layout.mesh.triangles().len() as u32).map(|triangle| self.facet(triangle));
        let [measure, longest] = facets.map(|facet| [facet.measure(), facet.relative_length()]).fold([0.0; 2], larger);
        // A needle is filled along its length, however small its area.
        longest.max(SATURATION * measure)
    }
}

impl Facet {
    /// Places a point; rounding outside of the facet is undone.
    #[inline]
    pub(super) fn place(&self, weights: [f64; 2]) -> Place {
        let ([a, b, c], [p, q, r]) = (&self.corners, self.spacing);
        let [v, w] = weights;
        let u = (1.0 - v - w).max(0.0);
        Place {
            weights,
            position: Point::from(a.coords * u + b.coords * v + c.coords * w),
            // In this form equal corners give exactly their value.
            spacing: p + v * (q - p) + w * (r - p),
        }
    }

    /// The corners as places.
    pub(super) fn corners(&self) -> [Place; 3] {
        whole(&self.corners, self.spacing)
    }

    pub(super) fn area_mm2(&self) -> f64 {
        let [a, b, c] = &self.corners;
        0.5 * (b - a).cross(&(c - a)).norm()
    }

    /// Area over squared spacing, by the mean of the corners: the expected dots are in proportion to it.
    pub(super) fn measure(&self) -> f64 {
        self.area_mm2() * self.spacing.iter().map(|r| 1.0 / (r * r)).sum::<f64>() / 3.0
    }

    /// Longest edge over the smallest spacing.
    pub(super) fn relative_length(&self) -> f64 {
        let [p, q, r] = self.spacing;
        longest_edge(self.corners.each_ref()).1.sqrt() / p.min(q).min(r)
    }
}

/// The corners of a triangle as places on it.
fn whole(corners: &[Point; 3], spacing: [f64; 3]) -> [Place; 3] {
    let corner = |i: usize, weights| Place { weights, position: corners[i], spacing: spacing[i] };
    [corner(0, [0.0, 0.0]), corner(1, [1.0, 0.0]), corner(2, [0.0, 1.0])]
}

impl Place {
    /// The same as a place on the mesh.
    pub(super) fn on(&self, triangle: u32) -> SurfacePoint {
        let [v, w] = self.weights;
        SurfacePoint { triangle, weights: [(1.0 - v - w).max(0.0), v, w] }
    }
}
