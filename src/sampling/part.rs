use super::fragment::Patch;
use super::surface::{Facet, Place};

/// Which part of a triangle a patch is, when triangles are halved across their longest edges: behind the leading one, a
/// bit for each halving tells the first half from the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part(u32);

impl Part {
    pub(super) const WHOLE: Self = Self(1);

    /// Cuts a patch, which is this part, into ones whose longest edge has at most `size` spacings; `each` is told the
    /// square of that edge's length.
    ///
    /// The bits are enough for triangles of ten thousand times the size. In still larger ones patches stay larger than asked.
    pub(super) fn cut(self, patch: &Patch, size: f64, each: &mut impl FnMut(Self, &Patch, f64)) {
        let (edge, squared_length) = patch.longest_edge();
        if squared_length <= (size * patch.least_spacing()).powi(2) || self.0.leading_zeros() == 0 {
            return each(self, patch, squared_length);
        }
        let halves = patch.bisect(edge, &patch.middle(edge));
        for (half, bit) in halves.iter().zip(0..) {
            Self(self.0 << 1 | bit).cut(half, size, each);
        }
    }

    /// The corners of the part of a facet, where the facet puts them.
    #[inline]
    pub(super) fn corners(self, facet: &Facet) -> [Place; 3] {
        if self == Self::WHOLE { facet.corners() } else { self.halved(facet) }
    }

    fn halved(self, facet: &Facet) -> [Place; 3] {
        let mut patch = Patch { corners: facet.corners() };
        for halving in (0..self.0.ilog2()).rev() {
            let (edge, _) = patch.longest_edge();
            patch = patch.bisect(edge, &patch.middle(edge))[(self.0 >> halving & 1) as usize];
        }
        patch.corners.map(|corner| facet.place(corner.weights))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geometry::Point;
    use crate::mesh::TriMesh;
    use crate::sampling::layout::Layout;
    use crate::sampling::surface::Surface;

    proptest! {
        #[test]
        fn parts_are_found_again_and_make_up_the_whole(
            corners in prop::array::uniform3(prop::array::uniform3(-9.0..9.0_f64)),
            spacing in prop::array::uniform3(0.1..2.0_f64),
            size in 0.5..8.0_f64,
        ) {
            let mesh = TriMesh::new(corners.map(Point::from).to_vec(), vec![[0, 1, 2]]).unwrap();
            prop_assume!(mesh.area_mm2() > 1e-3);
            let layout = Layout::new(&mesh, None, false).unwrap();
            let surface = Surface::new(&layout, &spacing);
            let facet = surface.facet(0);
            let (mut area, mut wrong) = (0.0, 0);
            Part::WHOLE.cut(&surface.patch(0), size, &mut |part, patch, _| {
                let again = Patch { corners: part.corners(&facet) };
                wrong += usize::from(patch.corners.map(|c| c.weights) != again.corners.map(|c| c.weights));
                wrong += usize::from(again.longest_edge().1.sqrt() > (1.0 + 1e-9) * size * again.least_spacing());
                area += again.area(facet.area);
            });
            prop_assert_eq!(wrong, 0);
            prop_assert!((area / facet.area - 1.0).abs() < 1e-9);
        }
    }
}
