use wide::f32x4;

use super::disc_list::{Near, Single};
use super::partition::Piece;
use super::surface::{Facet, Place};

/// A piece of a block on which darts fall. Places on it are told by their shares of its two edges from the first corner.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground {
    pub(super) facet: u32,
    pub(super) tile: u32,
    /// Weights of its corners on the facet, exactly.
    weights: [[f32; 2]; 3],
    /// Area over squared spacing.
    pub(super) measure: f32,
    /// Its corners in single precision.
    corners: [Near; 3],
}

impl Ground {
    #[inline]
    pub(super) fn new([number, tile]: [u32; 2], piece: &Piece, facet: &Facet, single: &Single) -> Self {
        let corners = piece.corners(facet).each_ref().map(|place| single.near(place));
        Self { facet: number, tile, weights: piece.weights, measure: piece.measure, corners }
    }

    /// The place with those shares, exactly: what is decided by single precision must hold for it.
    #[inline]
    pub(super) fn place(&self, facet: &Facet, [s, t]: [f64; 2]) -> Place {
        let [a, b, c] = self.weights.map(|weights| weights.map(f64::from));
        facet.place([0, 1].map(|i| a[i] + s * (b[i] - a[i]) + t * (c[i] - a[i])))
    }

    /// The same in single precision.
    #[inline]
    pub(super) fn near(&self, [s, t]: [f64; 2]) -> Near {
        let [a, b, c] = self.corners.map(f32x4::from);
        (a + (b - a) * f32x4::splat(s as f32) + (c - a) * f32x4::splat(t as f32)).to_array()
    }

    pub(super) fn corners(&self) -> [Near; 3] {
        self.corners
    }
}
