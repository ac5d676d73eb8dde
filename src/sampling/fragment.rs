use super::surface::{Facet, Place, Surface};
use crate::geometry::Point;

/// A patch counts at least as this share of the square over its longest edge, so that slivers get darts before they are
/// divided into dust. It changes how soon slivers are tried, not what may be accepted.
const LEAST_SHAPE: f64 = 0.01;

/// A part of a facet in which there may be room for a dot, as it is kept between rounds. The weights of its corners are
/// dyadic, hence exact.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fragment {
    pub(super) facet: u32,
    /// The cell whose discs can reach it.
    pub(super) cell: u32,
    corners: [[f64; 2]; 3],
}

/// The same with the places of its corners, as it is worked on: borrowed, because halves share corners.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patch<'a> {
    pub(super) corners: [&'a Place; 3],
}

impl Fragment {
    /// The facet it is a part of, and the places of its corners.
    pub(super) fn open<'a>(&self, surface: &'a Surface) -> (&'a Facet, [Place; 3]) {
        let facet = surface.facet(self.facet);
        let [a, b, c] = self.corners;
        (facet, [facet.place(a), facet.place(b), facet.place(c)])
    }
}

impl<'a> Patch<'a> {
    pub(super) fn new([a, b, c]: &'a [Place; 3]) -> Self {
        Self { corners: [a, b, c] }
    }

    pub(super) fn fragment(&self, facet: u32, cell: u32) -> Fragment {
        Fragment { facet, cell, corners: self.corners.map(|corner| corner.weights) }
    }

    /// The middle of edge `edge`, which runs from corner `edge` to the next one.
    pub(super) fn middle(&self, edge: usize) -> Place {
        let (from, to) = (self.corners[edge], self.corners[(edge + 1) % 3]);
        Place {
            weights: [0, 1].map(|i| 0.5 * (from.weights[i] + to.weights[i])),
            position: nalgebra::center(&from.position, &to.position),
            spacing: 0.5 * (from.spacing + to.spacing),
        }
    }

    /// Halves the patch across edge `edge` at its middle.
    pub(super) fn bisect<'b>(&self, edge: usize, middle: &'b Place) -> [Patch<'b>; 2]
    where
        'a: 'b,
    {
        let (mut first, mut second) = (self.corners, self.corners);
        first[(edge + 1) % 3] = middle;
        second[edge] = middle;
        [Patch { corners: first }, Patch { corners: second }]
    }

    /// The place that divides the patch as `[s, t]` divides the triangle (0,0), (1,0), (0,1).
    pub(super) fn at(&self, facet: &Facet, [s, t]: [f64; 2]) -> Place {
        let [a, b, c] = self.corners.map(|corner| corner.weights);
        facet.place([0, 1].map(|i| a[i] + s * (b[i] - a[i]) + t * (c[i] - a[i])))
    }

    /// Index and squared length of the longest edge.
    pub(super) fn longest_edge(&self) -> (usize, f64) {
        longest_edge(self.corners.map(|corner| &corner.position))
    }

    pub(super) fn least_spacing(&self) -> f64 {
        let [a, b, c] = self.corners;
        a.spacing.min(b.spacing).min(c.spacing)
    }

    /// Area on its facet, mm².
    pub(super) fn area(&self, facet: &Facet) -> f64 {
        let [a, b, c] = self.corners.map(|corner| corner.weights);
        ((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])).abs() * facet.area
    }

    /// Expected dots, but for a constant: area over squared spacing. `squared_length` is that of the longest edge.
    pub(super) fn measure(&self, facet: &Facet, squared_length: f64) -> f64 {
        let [a, b, c] = self.corners;
        let spacing = (a.spacing + b.spacing + c.spacing) / 3.0;
        self.area(facet).max(LEAST_SHAPE * squared_length) / (spacing * spacing)
    }
}

/// Index and squared length of the longest edge; edge `i` runs from corner `i` to the next one.
pub(super) fn longest_edge([a, b, c]: [&Point; 3]) -> (usize, f64) {
    let squared = [(b - a).norm_squared(), (c - b).norm_squared(), (a - c).norm_squared()];
    let longest = if squared[0] >= squared[1] && squared[0] >= squared[2] {
        0
    } else if squared[1] >= squared[2] {
        1
    } else {
        2
    };
    (longest, squared[longest])
}
