use wide::f32x8;

use super::surface::Place;
use crate::geometry::Point;

/// Discs of a list for which there are bits. More are rare and looked at one by one.
pub(super) const BITS: u32 = 32;

/// The discs that can reach a tile, side by side in single precision.
#[derive(Debug, Clone)]
pub(super) struct DiscList {
    len: u32,
    eights: [Eight; BITS as usize / LANES],
    /// Numbers of the discs.
    numbers: [u32; BITS as usize],
    /// Numbers of the discs after those.
    pub(super) more: Vec<u32>,
}

/// Eight discs. Lanes without a disc reach nothing.
#[derive(Debug, Clone, Copy)]
struct Eight {
    centre: [[f32; LANES]; 3],
    squared_spacing: [f32; LANES],
}

const LANES: usize = 8;

/// A place in single precision: its coordinates relative to the origin of [`Single`], and its spacing.
pub(super) type Near = [f32; 4];

/// Single precision relative to an origin, and what it may be wrong by.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Single {
    pub(super) origin: Point,
    /// Bounds the error of a squared distance less a squared spacing that is about to be decided.
    pub(super) slack: f32,
    /// Bounds the error of a coordinate, mm.
    pub(super) margin: f32,
}

impl Single {
    /// For coordinates up to `half_size` from the origin, spacings up to `reach` and grounds up to 5.5 of it.
    ///
    /// With the unit u = `EPSILON / 2` a coordinate is off by `u half_size`. So are the corners of a ground, and places
    /// between by as much and what three sums and products round: `u (3 half_size + 17 reach)`. A squared distance near
    /// `reach²` is then off by 2 √3 reach times the difference of two such, `u reach (14 half_size + 59 reach)`, the
    /// square of a spacing in between by `12 u reach²`, and all by a few roundings of their own.
    pub(super) fn new(origin: Point, half_size: f64, reach: f64) -> Self {
        let unit = 0.5 * f64::from(f32::EPSILON);
        let slack = 16.0 * unit * reach * (half_size + 6.0 * reach);
        Self { origin, slack: slack as f32, margin: (4.0 * unit * (half_size + reach)) as f32 }
    }

    #[inline]
    pub(super) fn near(&self, place: &Place) -> Near {
        let [x, y, z] = self.point(&place.position);
        [x, y, z, place.spacing as f32]
    }

    #[inline]
    pub(super) fn point(&self, point: &Point) -> [f32; 3] {
        (point - self.origin).map(|c| c as f32).into()
    }
}

impl DiscList {
    pub(super) const EMPTY: Self = Self {
        len: 0,
        eights: [Eight { centre: [[0.0; LANES]; 3], squared_spacing: [f32::NEG_INFINITY; LANES] };
            BITS as usize / LANES],
        numbers: [0; BITS as usize],
        more: Vec::new(),
    };

    pub(super) fn clear(&mut self) {
        self.len = 0;
        self.more.clear();
    }

    /// Number of discs that have bits.
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// Number of the disc with that bit.
    pub(super) fn number(&self, bit: u32) -> u32 {
        self.numbers[bit.trailing_zeros() as usize]
    }

    pub(super) fn push(&mut self, number: u32, centre: [f32; 3], spacing: f64) {
        if self.len == BITS {
            self.more.push(number);
            return;
        }
        let (eight, lane) = (&mut self.eights[self.len as usize / LANES], self.len as usize % LANES);
        if lane == 0 {
            eight.squared_spacing = [f32::NEG_INFINITY; LANES];
        }
        for (axis, c) in centre.into_iter().enumerate() {
            eight.centre[axis][lane] = c;
        }
        eight.squared_spacing[lane] = (spacing * spacing) as f32;
        self.numbers[self.len as usize] = number;
        self.len += 1;
    }

    /// For each place the bits of the discs whose squared distance to it, less the square of what is to be kept, is below
    /// `limit`; those before number `from` may be left out.
    #[inline]
    pub(super) fn within<const N: usize>(&self, places: [Near; N], from: u32, limit: f32) -> [u32; N] {
        let limit = f32x8::splat(limit);
        let mut bits = [0; N];
        let first = from as usize / LANES;
        for (number, eight) in self.eights.iter().enumerate().take((self.len as usize).div_ceil(LANES)).skip(first) {
            let [x, y, z] = eight.centre.map(f32x8::from);
            let squared_spacing = f32x8::from(eight.squared_spacing);
            for (bits, [px, py, pz, spacing]) in bits.iter_mut().zip(places) {
                let [dx, dy, dz] = [x - f32x8::splat(px), y - f32x8::splat(py), z - f32x8::splat(pz)];
                let keep = squared_spacing.fast_min(f32x8::splat(spacing * spacing));
                let reached = (dx * dx + dy * dy + dz * dz - keep).simd_lt(limit).to_bitmask();
                *bits |= reached << (LANES * number);
            }
        }
        bits
    }

    /// Centre and squared spacing of the disc with that bit.
    #[inline]
    pub(super) fn disc(&self, bit: u32) -> Near {
        let number = bit.trailing_zeros() as usize;
        let (eight, lane) = (&self.eights[number / LANES], number % LANES);
        let [x, y, z] = [0, 1, 2].map(|axis| eight.centre[axis][lane]);
        [x, y, z, eight.squared_spacing[lane]]
    }
}
