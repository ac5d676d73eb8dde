use wide::{f64x2, f64x4};

use super::box_tree::BoxTree;
use super::surface::Place;
use crate::geometry::{Aabb, Point, Vector};

/// A dot as an obstacle for others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Disc {
    pub(super) centre: Point,
    /// Its own spacing, mm.
    pub(super) spacing: f64,
    /// Normal of its sheet; without one it counts on every sheet.
    pub(super) normal: Option<Vector>,
}

impl Disc {
    /// True when a dot at that place would be too near, whatever the sheet.
    pub(super) fn reaches(&self, place: &Place) -> bool {
        let keep = self.spacing.min(place.spacing);
        (place.position - self.centre).norm_squared() < keep * keep
    }

    /// Shares of the ways from two places inside to one outside that are inside, where the spacing is at least `least`.
    pub(super) fn reach_along(&self, from: [&Point; 2], to: &Point, least: f64) -> [f64; 2] {
        let keep = self.spacing.min(least);
        let (outside, first, second) = (to - self.centre, from[0] - self.centre, from[1] - self.centre);
        let [x, y, z] =
            [f64x2::new([first.x, second.x]), f64x2::new([first.y, second.y]), f64x2::new([first.z, second.z])];
        let [u, v, w] = [f64x2::splat(outside.x) - x, f64x2::splat(outside.y) - y, f64x2::splat(outside.z) - z];
        // |(x, y, z) + share * (u, v, w)| = keep
        let a = u * u + v * v + w * w;
        let b = u * x + v * y + w * z;
        let c = x * x + y * y + z * z - f64x2::splat(keep * keep);
        let share = ((b * b - a * c).sqrt() - b) / a;
        // Rounded down to steps, which leaves the end inside. So the corners of fragments, and with them the darts, do not
        // move when a spacing or another dot moves by a rounding error: the dots of a moved surface stay the same.
        (share * f64x2::splat(CUT_STEPS))
            .to_array()
            .map(|steps| f64::from((steps as u32).min(CUT_STEPS as u32 - 1)) / CUT_STEPS)
    }

    fn same_sheet(&self, normal: &Vector) -> bool {
        self.normal.is_none_or(|own| own.dot(normal) > 0.0)
    }
}

/// Cuts are made at whole multiples of this fraction of an edge; a power of two, so that the weights stay exact.
const CUT_STEPS: f64 = 64.0;

/// Discs of a tile for which there are bits. More are rare and looked at one by one.
pub(super) const BITS: u32 = 32;

/// The cells of a block while it is filled, each with the discs that can reach it.
///
/// A disc is registered once with each tile in reach; a question about a place then reads one short list, four discs at
/// a time.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    bounds: Vec<(Aabb, f64)>,
    tree: BoxTree,
    lists: Vec<List>,
    discs: Vec<Disc>,
}

/// The discs of one tile.
#[derive(Debug, Clone)]
struct List {
    len: u32,
    fours: [Four; BITS as usize / 4],
    /// Numbers of the discs.
    discs: [u32; BITS as usize],
    /// Numbers of the discs after those.
    more: Vec<u32>,
}

/// Four discs side by side. Lanes without a disc reach nothing.
#[derive(Debug, Clone, Copy)]
struct Four {
    centre: [[f64; 4]; 3],
    squared_spacing: [f64; 4],
}

impl Four {
    const EMPTY: Self = Self { centre: [[0.0; 4]; 3], squared_spacing: [-1.0; 4] };

    /// One bit for each disc that reaches the place: [`Disc::reaches`], to the last bit of its arithmetic.
    fn reaching(&self, place: &Place) -> u32 {
        let away = |axis: usize| f64x4::splat(place.position[axis]) - f64x4::from(self.centre[axis]);
        let (x, y, z) = (away(0), away(1), away(2));
        let squared = x * x + y * y + z * z;
        let keep = f64x4::from(self.squared_spacing).fast_min(f64x4::splat(place.spacing * place.spacing));
        squared.simd_lt(keep).to_bitmask()
    }
}

impl List {
    const EMPTY: Self =
        Self { len: 0, fours: [Four::EMPTY; BITS as usize / 4], discs: [0; BITS as usize], more: Vec::new() };

    fn push(&mut self, number: u32, disc: &Disc) {
        if self.len == BITS {
            self.more.push(number);
            return;
        }
        let (four, lane) = (self.len as usize / 4, self.len as usize % 4);
        if lane == 0 {
            self.fours[four] = Four::EMPTY;
        }
        for axis in 0..3 {
            self.fours[four].centre[axis][lane] = disc.centre[axis];
        }
        self.fours[four].squared_spacing[lane] = disc.spacing * disc.spacing;
        self.discs[self.len as usize] = number;
        self.len += 1;
    }
}

impl Tiles {
    pub(super) fn clear(&mut self) {
        self.bounds.clear();
        self.discs.clear();
    }

    /// Adds a tile with that box and largest spacing, and returns its number.
    pub(super) fn add(&mut self, bounds: Aabb, reach: f64) -> u32 {
        let number = self.bounds.len();
        self.bounds.push((bounds, reach));
        if self.lists.len() == number {
            self.lists.push(List::EMPTY);
        }
        self.lists[number].len = 0;
        self.lists[number].more.clear();
        number as u32
    }

    /// Number of the next tile.
    pub(super) fn next(&self) -> u32 {
        self.bounds.len() as u32
    }

    /// To be called between the last tile and the first disc.
    pub(super) fn index(&mut self) {
        self.tree.rebuild(self.bounds.iter().copied());
    }

    /// Registers a disc; false when it reaches no tile.
    pub(super) fn insert(&mut self, disc: &Disc) -> bool {
        let number = self.discs.len() as u32;
        let around = Aabb { min: disc.centre, max: disc.centre };
        let lists = &mut self.lists;
        let mut reached = false;
        self.tree.reached(&around, disc.spacing, &mut |tile| {
            lists[tile as usize].push(number, disc);
            reached = true;
        });
        if reached {
            self.discs.push(*disc);
        }
        reached
    }

    /// Number of discs of the tile that have bits.
    pub(super) fn known(&self, tile: u32) -> u32 {
        self.lists[tile as usize].len
    }

    /// One bit for each disc of the tile that reaches the place, whatever its sheet; those before number `from` may be
    /// left out.
    pub(super) fn reaching(&self, tile: u32, place: &Place, from: u32) -> u32 {
        let list = &self.lists[tile as usize];
        let mut bits = 0;
        for four in from / 4..list.len.div_ceil(4) {
            bits |= list.fours[four as usize].reaching(place) << (4 * four);
        }
        bits
    }

    /// The disc of a tile with that bit.
    pub(super) fn disc(&self, tile: u32, bit: u32) -> &Disc {
        &self.discs[self.lists[tile as usize].discs[bit.trailing_zeros() as usize] as usize]
    }

    /// Those of the bits whose discs belong to the sheet with that normal.
    pub(super) fn on_sheet(&self, tile: u32, bits: u32, normal: &Vector) -> u32 {
        let (mut rest, mut on) = (bits, bits);
        while rest != 0 {
            let bit = rest & rest.wrapping_neg();
            if !self.disc(tile, bit).same_sheet(normal) {
                on ^= bit;
            }
            rest ^= bit;
        }
        on
    }

    /// True when a disc without a bit reaches all the places on the sheet with that normal.
    pub(super) fn more_reach(&self, tile: u32, places: &[Place], normal: &Vector) -> bool {
        self.lists[tile as usize].more.iter().any(|&number| {
            let disc = &self.discs[number as usize];
            places.iter().all(|place| disc.reaches(place)) && disc.same_sheet(normal)
        })
    }
}
