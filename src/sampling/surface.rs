use crate::geometry::{Point, Vector};
use crate::mesh::{SurfacePoint, TriMesh};

/// A triangle is a sliver when its height is below this share of its longest edge. The normal of a sliver is noise, and
/// a wrong one would put it on a sheet of its own, so slivers take the normal of the triangles around them.
const SLIVER: f64 = 0.01;

/// The triangles of a mesh in the form in which darts and fragments need them.
#[derive(Debug)]
pub(super) struct Surface {
    facets: Vec<Facet>,
}

/// A triangle with the spacing at its corners.
#[derive(Debug)]
pub(super) struct Facet {
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

/// A part of a facet in which there may be room for a dot. The weights of its corners are dyadic, hence exact.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fragment {
    pub(super) facet: u32,
    /// The cell whose discs can reach it.
    pub(super) cell: u32,
    pub(super) corners: [[f64; 2]; 3],
}

impl Surface {
    pub(super) fn new(mesh: &TriMesh, spacing: &[f64]) -> Self {
        let mut around = vec![Vector::zeros(); mesh.vertices().len()];
        for (t, corners) in mesh.triangles().iter().enumerate() {
            let vector = mesh.double_area_vector(t as u32);
            for &v in corners {
                around[v as usize] += vector;
            }
        }
        let facet = |(t, vertices): (usize, &[u32; 3])| {
            let corners = mesh.corners(t as u32);
            let double_area = mesh.double_area_vector(t as u32);
            let longest = longest_edge(&corners).1;
            let averaged = vertices.iter().map(|&v| around[v as usize]).sum::<Vector>();
            let sliver = double_area.norm() < SLIVER * longest * longest;
            let sheet = if sliver && averaged != Vector::zeros() { averaged } else { double_area };
            Facet {
                corners,
                spacing: vertices.map(|v| spacing[v as usize]),
                normal: sheet.try_normalize(0.0).unwrap_or_else(Vector::zeros),
                area: 0.5 * double_area.norm(),
            }
        };
        Self { facets: mesh.triangles().iter().enumerate().map(facet).collect() }
    }

    pub(super) fn facet(&self, index: u32) -> &Facet {
        &self.facets[index as usize]
    }

    /// Facets with an area, with their indices.
    pub(super) fn facets(&self) -> impl Iterator<Item = (u32, &Facet)> {
        (0..).zip(&self.facets).filter(|(_, facet)| facet.area > 0.0)
    }

    /// How many facets have no area.
    pub(super) fn flat_count(&self) -> usize {
        self.facets.iter().filter(|facet| facet.area <= 0.0).count()
    }

    /// The corners of a fragment.
    pub(super) fn places(&self, fragment: &Fragment) -> [Place; 3] {
        fragment.corners.map(|weights| self.facet(fragment.facet).place(weights))
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

    /// Area over squared spacing, by the mean of the corners: the expected dots are in proportion to it.
    pub(super) fn measure(&self) -> f64 {
        self.area * self.spacing.iter().map(|r| 1.0 / (r * r)).sum::<f64>() / 3.0
    }

    /// Longest edge over the smallest spacing.
    pub(super) fn relative_length(&self) -> f64 {
        let [p, q, r] = self.spacing;
        longest_edge(&self.corners).1 / p.min(q).min(r)
    }
}

impl Place {
    /// The same as a place on the mesh.
    pub(super) fn on(&self, triangle: u32) -> SurfacePoint {
        let [v, w] = self.weights;
        SurfacePoint { triangle, weights: [(1.0 - v - w).max(0.0), v, w] }
    }
}

impl Fragment {
    /// The whole facet; its cell is not known yet.
    pub(super) fn whole(facet: u32) -> Self {
        Self { facet, cell: u32::MAX, corners: [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]] }
    }

    /// Halves the fragment across edge `edge`, which runs from corner `edge` to the next one.
    pub(super) fn bisect(&self, edge: usize) -> [Self; 2] {
        let (from, to) = (edge, (edge + 1) % 3);
        let [a, b] = [self.corners[from], self.corners[to]];
        let middle = [0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1])];
        let (mut first, mut second) = (*self, *self);
        first.corners[to] = middle;
        second.corners[from] = middle;
        [first, second]
    }

    /// Share of the facet's area.
    pub(super) fn share(&self) -> f64 {
        let [a, b, c] = self.corners;
        ((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])).abs()
    }

    /// The weights of the point that divides the fragment as `[s, t]` divides the triangle (0,0), (1,0), (0,1).
    pub(super) fn weights(&self, [s, t]: [f64; 2]) -> [f64; 2] {
        let [a, b, c] = self.corners;
        [0, 1].map(|i| a[i] + s * (b[i] - a[i]) + t * (c[i] - a[i]))
    }
}

/// Index and length of the longest edge; edge `i` runs from corner `i` to the next one.
pub(super) fn longest_edge(corners: &[Point; 3]) -> (usize, f64) {
    let [a, b, c] = corners;
    let squared = [(b - a).norm_squared(), (c - b).norm_squared(), (a - c).norm_squared()];
    let longest = if squared[0] >= squared[1] && squared[0] >= squared[2] {
        0
    } else if squared[1] >= squared[2] {
        1
    } else {
        2
    };
    (longest, squared[longest].sqrt())
}
