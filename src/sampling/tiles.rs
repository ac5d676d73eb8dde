use wide::{f32x4, u8x16};

use super::disc::Disc;
use super::disc_list::{DiscList, Near, Single};
use super::surface::Place;
use crate::geometry::{Aabb, Vector};

/// The cells of a block while it is filled, each with the discs that can reach it.
///
/// A disc is registered once with each tile in reach; a question about a place then reads one short list, four discs at
/// a time.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    raster: Raster,
    single: Single,
    boxes: Vec<SingleBox>,
    lists: Vec<DiscList>,
    discs: Vec<Disc>,
}

/// The boxes of the tiles, each wider by its reach, on a coarse raster: sixteen of them are compared with a place at once.
#[derive(Debug, Default)]
struct Raster {
    min: [f32; 3],
    /// Raster cells to a mm.
    per_mm: f32,
    sixteens: Vec<Sixteen>,
    /// The boxes around sixteen of them each.
    groups: Vec<Sixteen>,
}

/// Lanes without a box hold no place.
#[derive(Debug, Clone, Copy)]
struct Sixteen {
    min: [[u8; LANES]; 3],
    max: [[u8; LANES]; 3],
}

const LANES: usize = 16;

/// The box around places in single precision: their coordinates and, fourth, spacings.
#[derive(Debug, Clone, Copy)]
pub(super) struct SingleBox {
    min: Near,
    max: Near,
}

impl SingleBox {
    pub(super) const EMPTY: Self = Self { min: [f32::INFINITY; 4], max: [f32::NEG_INFINITY; 4] };

    #[inline]
    pub(super) fn around(places: [Near; 3]) -> Self {
        let [a, b, c] = places.map(f32x4::from);
        Self { min: a.fast_min(b).fast_min(c).to_array(), max: a.fast_max(b).fast_max(c).to_array() }
    }

    #[inline]
    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            min: f32x4::from(self.min).fast_min(f32x4::from(other.min)).to_array(),
            max: f32x4::from(self.max).fast_max(f32x4::from(other.max)).to_array(),
        }
    }

    /// Largest spacing inside, mm, up to rounding.
    fn reach(&self) -> f32 {
        self.max[3]
    }

    /// With every place in reach, though single precision is wrong by `margin`.
    fn widened(&self, margin: f32) -> Self {
        let by = f32x4::splat(self.reach() + margin);
        Self { min: (f32x4::from(self.min) - by).to_array(), max: (f32x4::from(self.max) + by).to_array() }
    }

    fn squared_distance(&self, [x, y, z]: [f32; 3]) -> f32 {
        // The spacing must not count.
        let point = f32x4::new([x, y, z, self.max[3]]);
        let outside = (f32x4::from(self.min) - point).fast_max(point - f32x4::from(self.max)).fast_max(f32x4::ZERO);
        (outside * outside).reduce_add()
    }
}

impl Raster {
    /// Every step is monotonous, so a place in a box is in its cells.
    fn cell(&self, point: &[f32; 3]) -> [u8; 3] {
        [0, 1, 2].map(|axis| ((point[axis] - self.min[axis]) * self.per_mm) as u8)
    }

    fn rebuild(&mut self, boxes: &[SingleBox], margin: f32) {
        let hull = boxes.iter().fold(SingleBox::EMPTY, |hull, tile| hull.and(&tile.widened(margin)));
        let extent = [0, 1, 2].map(|axis| hull.max[axis] - hull.min[axis]);
        self.min = [hull.min[0], hull.min[1], hull.min[2]];
        self.per_mm = 255.0 / extent.into_iter().fold(0.0, f32::max);
        self.sixteens.clear();
        for (number, tile) in boxes.iter().enumerate() {
            let SingleBox { min: [x, y, z, _], max: [to_x, to_y, to_z, _] } = tile.widened(margin);
            let (min, max) = (self.cell(&[x, y, z]), self.cell(&[to_x, to_y, to_z]));
            Sixteen::put(&mut self.sixteens, number, min, max);
        }
        self.groups.clear();
        for (number, sixteen) in self.sixteens.iter().enumerate() {
            let (min, max) = sixteen.hull();
            Sixteen::put(&mut self.groups, number, min, max);
        }
    }

    /// Calls `found` for each box that may hold the point, in order.
    fn around(&self, point: &[f32; 3], mut found: impl FnMut(usize)) {
        let cell = self.cell(point).map(u8x16::splat);
        for (first, group) in (0..).step_by(LANES).zip(&self.groups) {
            group.holding(&cell, |sixteen| {
                let sixteen = first + sixteen;
                self.sixteens[sixteen].holding(&cell, |lane| found(LANES * sixteen + lane));
            });
        }
    }
}

impl Sixteen {
    const EMPTY: Self = Self { min: [[u8::MAX; LANES]; 3], max: [[0; LANES]; 3] };

    /// Sets box `number` of a list that has all before it.
    fn put(list: &mut Vec<Self>, number: usize, min: [u8; 3], max: [u8; 3]) {
        if number.is_multiple_of(LANES) {
            list.push(Self::EMPTY);
        }
        if let Some(last) = list.last_mut() {
            for axis in 0..3 {
                last.min[axis][number % LANES] = min[axis];
                last.max[axis][number % LANES] = max[axis];
            }
        }
    }

    /// The box around all.
    fn hull(&self) -> ([u8; 3], [u8; 3]) {
        let least = |lanes: [u8; LANES]| lanes.into_iter().fold(u8::MAX, u8::min);
        let most = |lanes: [u8; LANES]| lanes.into_iter().fold(0, u8::max);
        (self.min.map(least), self.max.map(most))
    }

    /// Calls `found` with each lane whose box holds the cell.
    #[inline]
    fn holding(&self, cell: &[u8x16; 3], mut found: impl FnMut(usize)) {
        let holds = |axis: usize| {
            cell[axis].simd_ge(u8x16::from(self.min[axis])) & cell[axis].simd_le(u8x16::from(self.max[axis]))
        };
        let mut bits = (holds(0) & holds(1) & holds(2)).to_bitmask();
        while bits != 0 {
            found(bits.trailing_zeros() as usize);
            bits &= bits - 1;
        }
    }
}

impl Tiles {
    /// Forgets everything; the tiles to come lie in that box and have spacings up to `reach`.
    pub(super) fn clear(&mut self, bounds: &Aabb, reach: f64) {
        self.single = Single::new(bounds.centre(), 0.5 * bounds.size().max() + reach, reach);
        self.boxes.clear();
        self.discs.clear();
    }

    /// What single precision is relative to.
    pub(super) fn single(&self) -> &Single {
        &self.single
    }

    /// Adds a tile around those corners, and returns its number.
    pub(super) fn add(&mut self, hull: &SingleBox) {
        let number = self.boxes.len();
        self.boxes.push(*hull);
        match self.lists.get_mut(number) {
            Some(list) => list.clear(),
            None => self.lists.push(DiscList::EMPTY),
        }
    }

    /// Number of the next tile.
    pub(super) fn next(&self) -> u32 {
        self.boxes.len() as u32
    }

    /// To be called between the last tile and the first disc.
    pub(super) fn index(&mut self) {
        self.raster.rebuild(&self.boxes, self.single.margin);
    }

    /// Registers a disc; false when it reaches no tile.
    pub(super) fn insert(&mut self, disc: &Disc) -> bool {
        let number = self.discs.len() as u32;
        let Self { boxes, lists, single, raster, .. } = self;
        let centre = single.point(&disc.centre);
        let spacing = disc.spacing as f32;
        let mut reached = false;
        raster.around(&centre, |tile| {
            let keep = if spacing < boxes[tile].reach() { spacing } else { boxes[tile].reach() };
            if boxes[tile].squared_distance(centre) < keep * keep + single.slack {
                lists[tile].push(number, centre, disc.spacing);
                reached = true;
            }
        });
        if reached {
            self.discs.push(*disc);
        }
        reached
    }

    /// Number of discs of the tile that have bits.
    pub(super) fn known(&self, tile: u32) -> u32 {
        self.lists[tile as usize].len()
    }

    /// For each place one bit for each disc of the tile that reaches it, whatever its sheet, and not by so little that
    /// single precision cannot tell; those before number `from` may be left out.
    #[inline]
    pub(super) fn surely_reaching<const N: usize>(&self, tile: u32, places: [Near; N], from: u32) -> [u32; N] {
        self.lists[tile as usize].within(places, from, -self.single.slack)
    }

    /// One bit for each disc of the tile that reaches the place, whatever its sheet.
    pub(super) fn reaching(&self, tile: u32, place: &Place) -> u32 {
        bits(self.may_reach(tile, place)).filter(|&bit| self.disc(tile, bit).reaches(place)).sum()
    }

    /// Whether any disc of the tile reaches the place on the sheet with that normal.
    pub(super) fn blocked(&self, tile: u32, place: &Place, normal: Option<&Vector>) -> bool {
        let may_reach = self.may_reach(tile, place);
        let reaches = |bit: u32| {
            let disc = self.disc(tile, bit);
            disc.reaches(place) && disc.same_sheet(normal)
        };
        bits(may_reach).any(reaches) || self.more_reach(tile, normal, || [*place])
    }

    /// The same, and also those for which single precision cannot tell.
    #[inline]
    fn may_reach(&self, tile: u32, place: &Place) -> u32 {
        let [bits] = self.lists[tile as usize].within([self.single.near(place)], 0, self.single.slack);
        bits
    }

    /// The disc of a tile with that bit.
    fn disc(&self, tile: u32, bit: u32) -> &Disc {
        &self.discs[self.lists[tile as usize].number(bit) as usize]
    }

    /// The same in single precision: centre and squared spacing.
    pub(super) fn single_disc(&self, tile: u32, bit: u32) -> Near {
        self.lists[tile as usize].disc(bit)
    }

    /// Those of the bits whose discs belong to the sheet with that normal.
    #[inline]
    pub(super) fn on_sheet(&self, tile: u32, of: u32, normal: Option<&Vector>) -> u32 {
        if of == 0 || normal.is_none() {
            return of;
        }
        bits(of).filter(|&bit| self.disc(tile, bit).same_sheet(normal)).sum()
    }

    /// True when a disc without a bit reaches all the places on the sheet with that normal.
    #[inline]
    pub(super) fn more_reach<const N: usize>(
        &self,
        tile: u32,
        normal: Option<&Vector>,
        places: impl FnOnce() -> [Place; N],
    ) -> bool {
        let more = &self.lists[tile as usize].more;
        !more.is_empty() && self.any_reach(more, &places(), normal)
    }

    #[cold]
    fn any_reach(&self, numbers: &[u32], places: &[Place], normal: Option<&Vector>) -> bool {
        numbers.iter().any(|&number| {
            let disc = &self.discs[number as usize];
            places.iter().all(|place| disc.reaches(place)) && disc.same_sheet(normal)
        })
    }
}

/// The bits that are set, one by one.
fn bits(mut rest: u32) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = rest & rest.wrapping_neg();
        rest ^= bit;
        (bit != 0).then_some(bit)
    })
}
