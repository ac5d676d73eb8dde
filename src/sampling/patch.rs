use super::surface::Place;
use crate::geometry::Point;

/// A patch counts at least as this share of the square over its longest edge, so that slivers get darts before they are
/// divided into dust. It changes how soon slivers are tried, not what may be accepted.
pub(super) const LEAST_SHAPE: f64 = 0.01;

/// A triangular part of a facet. Its corners are where their weights put them; parts share corners to the bit, so that
/// they leave gaps of rounding only.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patch {
    pub(super) corners: [Place; 3],
}

impl Patch {
    /// The middle of edge `edge`, which runs from corner `edge` to the next one.
    pub(super) fn middle(&self, edge: usize) -> Place {
        let (from, to) = (&self.corners[edge], &self.corners[(edge + 1) % 3]);
        Place {
            weights: [0, 1].map(|i| 0.5 * (from.weights[i] + to.weights[i])),
            position: nalgebra::center(&from.position, &to.position),
            spacing: 0.5 * (from.spacing + to.spacing),
        }
    }

    /// Halves the patch across edge `edge` at its middle. In the first half the middle stands for the end of the edge,
    /// in the second half for its beginning.
    pub(super) fn bisect(&self, edge: usize, middle: &Place) -> [Self; 2] {
        let (mut first, mut second) = (*self, *self);
        first.corners[(edge + 1) % 3] = *middle;
        second.corners[edge] = *middle;
        [first, second]
    }

    /// Cuts the patch into ones whose longest edge has at most `size` spacings, and tells the square of its length.
    pub(super) fn cut(&self, size: f64, each: &mut impl FnMut(&Self, f64)) {
        let (edge, squared_length) = self.longest_edge();
        if squared_length <= (size * self.least_spacing()).powi(2) {
            return each(self, squared_length);
        }
        for half in self.bisect(edge, &self.middle(edge)) {
            half.cut(size, each);
        }
    }

    /// Index and squared length of the longest edge.
    pub(super) fn longest_edge(&self) -> (usize, f64) {
        let [a, b, c] = &self.corners;
        longest_edge([&a.position, &b.position, &c.position])
    }

    pub(super) fn least_spacing(&self) -> f64 {
        let [a, b, c] = &self.corners;
        a.spacing.min(b.spacing).min(c.spacing)
    }

    /// Area, mm², on a facet of that area.
    pub(super) fn area(&self, facet_mm2: f64) -> f64 {
        let [a, b, c] = &self.corners;
        let ([av, aw], [bv, bw], [cv, cw]) = (a.weights, b.weights, c.weights);
        ((bv - av) * (cw - aw) - (cv - av) * (bw - aw)).abs() * facet_mm2
    }

    /// Expected dots, but for a constant: area over squared spacing. `squared_length` is that of the longest edge.
    pub(super) fn measure(&self, facet_mm2: f64, squared_length: f64) -> f64 {
        let [a, b, c] = &self.corners;
        let spacing = (a.spacing + b.spacing + c.spacing) / 3.0;
        self.area(facet_mm2).max(LEAST_SHAPE * squared_length) / (spacing * spacing)
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
