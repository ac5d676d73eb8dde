use wide::f32x4;

use super::surface::Place;
use crate::geometry::Point;

/// Discs of a list for which there are bits. More are rare and looked at one by one.
pub(super) const BITS: u32 = 32;

/// The discs that can reach a tile, side by side in single precision.
#[derive(Debug, Clone)]
pub(super) struct DiscList {
    len: u32,
    fours: [Four; BITS as usize / 4],
    /// Numbers of the discs.
    numbers: [u32; BITS as usize],
    /// Numbers of the discs after those.
    pub(super) more: Vec<u32>,
}

/// Four discs. Lanes without a disc reach nothing.
#[derive(Debug, Clone, Copy)]
struct Four {
    centre: [[f32; 4]; 3],
    squared_spacing: [f32; 4],
}

/// Single precision relative to an origin, and what it may be wrong by.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Single {
    pub(super) origin: Point,
    /// Bounds the error of a squared distance, and of a squared spacing, that is about to be decided.
    pub(super) slack: f32,
}

impl Single {
    /// For coordinates up to `half_size` from the origin and spacings up to `reach`.
    ///
    /// A coordinate is off by up to `half_size * EPSILON / 2`, so a squared distance that is near `reach²` by 7 times
    /// `half_size * reach * EPSILON / 2`, and a few roundings of its own.
    pub(super) fn new(origin: Point, half_size: f64, reach: f64) -> Self {
        let slack = 8.0 * f64::from(f32::EPSILON) * reach * (half_size + reach);
        Self { origin, slack: slack as f32 }
    }

    pub(super) fn near(&self, point: &Point) -> [f32; 3] {
        (point - self.origin).map(|c| c as f32).into()
    }
}

impl DiscList {
    pub(super) const EMPTY: Self = Self {
        len: 0,
        fours: [Four { centre: [[0.0; 4]; 3], squared_spacing: [f32::NEG_INFINITY; 4] }; BITS as usize / 4],
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
        let (four, lane) = (&mut self.fours[self.len as usize / 4], self.len as usize % 4);
        if lane == 0 {
            four.squared_spacing = [f32::NEG_INFINITY; 4];
        }
        for (axis, c) in centre.into_iter().enumerate() {
            four.centre[axis][lane] = c;
        }
        four.squared_spacing[lane] = (spacing * spacing) as f32;
        self.numbers[self.len as usize] = number;
        self.len += 1;
    }

    /// Bits of the discs that reach the place for certain and of those that may; those before number `from` may be left
    /// out.
    #[inline]
    pub(super) fn reaching(&self, place: &Place, from: u32, single: &Single) -> [u32; 2] {
        let [x, y, z] = single.near(&place.position).map(f32x4::splat);
        let own = f32x4::splat((place.spacing * place.spacing) as f32);
        let slack = f32x4::splat(single.slack);
        let (mut certain, mut possible) = (0, 0);
        let first = from / 4;
        let fours = &self.fours[first as usize..self.len.div_ceil(4) as usize];
        for (Four { centre: [cx, cy, cz], squared_spacing }, shift) in fours.iter().zip((4 * first..).step_by(4)) {
            let (dx, dy, dz) = (x - f32x4::from(*cx), y - f32x4::from(*cy), z - f32x4::from(*cz));
            let squared = dx * dx + dy * dy + dz * dz;
            let keep = f32x4::from(*squared_spacing).fast_min(own);
            certain |= squared.simd_lt(keep - slack).to_bitmask() << shift;
            possible |= squared.simd_lt(keep + slack).to_bitmask() << shift;
        }
        [certain, possible]
    }
}
