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

/// A place that is compared with discs.
struct Probe {
    place: [f32x4; 3],
    squared_spacing: f32x4,
}

impl Probe {
    #[inline]
    fn new(place: &Place, single: &Single) -> Self {
        Self {
            place: single.near(&place.position).map(f32x4::splat),
            squared_spacing: f32x4::splat((place.spacing * place.spacing) as f32),
        }
    }

    /// Squared distance less what is to be kept, of four discs.
    #[inline]
    fn beyond(&self, Four { centre, squared_spacing }: &Four) -> f32x4 {
        let [dx, dy, dz] = [0, 1, 2].map(|axis| self.place[axis] - f32x4::from(centre[axis]));
        dx * dx + dy * dy + dz * dz - f32x4::from(*squared_spacing).fast_min(self.squared_spacing)
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

    /// Bits of the discs that reach the place, those before number `from` may be left out; `None` when single precision
    /// cannot tell.
    #[inline]
    pub(super) fn reaching(&self, place: &Place, from: u32, single: &Single) -> Option<u32> {
        let first = from / 4;
        let (probe, mut bits, mut closest) = (Probe::new(place, single), 0, f32x4::splat(f32::INFINITY));
        for (four, shift) in self.fours(first).iter().zip((4 * first..).step_by(4)) {
            let beyond = probe.beyond(four);
            bits |= beyond.simd_lt(f32x4::ZERO).to_bitmask() << shift;
            closest = closest.fast_min(beyond.abs());
        }
        (closest.simd_lt(f32x4::splat(single.slack)).to_bitmask() == 0).then_some(bits)
    }

    /// Whether any disc reaches the place; `None` when single precision cannot tell.
    #[inline]
    pub(super) fn any_reaches(&self, place: &Place, single: &Single) -> Option<bool> {
        let (probe, mut closest) = (Probe::new(place, single), f32x4::splat(f32::INFINITY));
        let slack = f32x4::splat(single.slack);
        for four in self.fours(0) {
            let beyond = probe.beyond(four);
            if beyond.simd_lt(-slack).any() {
                return Some(true);
            }
            closest = closest.fast_min(beyond);
        }
        (!closest.simd_lt(slack).any()).then_some(false)
    }

    /// Those in use, from one of them on.
    fn fours(&self, first: u32) -> &[Four] {
        &self.fours[first as usize..self.len.div_ceil(4) as usize]
    }
}
