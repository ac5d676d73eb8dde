use wide::{f32x4, u8x16};

use super::disc::Disc;
use super::disc_list::{DiscList, Single};
use super::surface::Place;
use crate::geometry::{Aabb, Point, Vector};

/// The cells of a block while it is filled, each with the discs that can reach it.
///
/// A disc is registered once with each tile in reach; a question about a place then reads one short list, four discs at
/// a time.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    /// Box and largest spacing of each.
    bounds: Vec<(Aabb, f64)>,
    raster: Raster,
    single: Single,
    boxes: Vec<SingleBox>,
    lists: Vec<DiscList>,
    discs: Vec<Disc>,
}

/// The boxes of the tiles, each wider by its reach, on a coarse raster: sixteen of them are compared with a place at once.
#[derive(Debug, Default)]
struct Raster {
    origin: Point,
    /// Raster cells to a mm.
    per_mm: f64,
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

/// The box of a tile in single precision, the fourth coordinate 0, and its reach.
#[derive(Debug, Clone, Copy)]
struct SingleBox {
    min: [f32; 4],
    max: [f32; 4],
    reach: f32,
}

impl SingleBox {
    fn squared_distance(&self, [x, y, z]: [f32; 3]) -> f32 {
        let point = f32x4::new([x, y, z, 0.0]);
        let outside = (f32x4::from(self.min) - point).fast_max(point - f32x4::from(self.max)).fast_max(f32x4::ZERO);
        (outside * outside).reduce_add()
    }
}

impl Raster {
    /// Every step is monotonous, so a place in a box is in its cells.
    fn cell(&self, point: &Point) -> [u8; 3] {
        (point - self.origin).map(|c| (c * self.per_mm) as u8).into()
    }

    fn rebuild(&mut self, hull: &Aabb, boxes: &[(Aabb, f64)]) {
        self.origin = hull.min;
        self.per_mm = 255.0 / hull.size().max();
        self.sixteens.clear();
        for (number, (bounds, reach)) in boxes.iter().enumerate() {
            let wider = widened(bounds, *reach);
            let (min, max) = (self.cell(&wider.min), self.cell(&wider.max));
            Sixteen::put(&mut self.sixteens, number, min, max);
        }
        self.groups.clear();
        for (number, sixteen) in self.sixteens.iter().enumerate() {
            let (min, max) = sixteen.hull();
            Sixteen::put(&mut self.groups, number, min, max);
        }
    }

    /// Calls `found` for each box that may hold the point, in order.
    fn around(&self, point: &Point, mut found: impl FnMut(usize)) {
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

fn widened(bounds: &Aabb, by: f64) -> Aabb {
    Aabb { min: bounds.min.map(|c| c - by), max: bounds.max.map(|c| c + by) }
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
        match self.lists.get_mut(number) {
            Some(list) => list.clear(),
            None => self.lists.push(DiscList::EMPTY),
        }
        number as u32
    }

    /// Number of the next tile.
    pub(super) fn next(&self) -> u32 {
        self.bounds.len() as u32
    }

    /// To be called between the last tile and the first disc.
    pub(super) fn index(&mut self) {
        let (mut hull, mut most) = (Aabb::EMPTY, 0.0_f64);
        for (bounds, reach) in &self.bounds {
            let wider = widened(bounds, *reach);
            hull.include(&wider.min);
            hull.include(&wider.max);
            most = most.max(*reach);
        }
        self.raster.rebuild(&hull, &self.bounds);
        self.single = Single::new(hull.centre(), 0.5 * hull.size().max(), most);
        let single = &self.single;
        let corner = |point: &Point| {
            let [x, y, z] = single.near(point);
            [x, y, z, 0.0]
        };
        let single_box = |(bounds, reach): &(Aabb, f64)| SingleBox {
            min: corner(&bounds.min),
            max: corner(&bounds.max),
            reach: *reach as f32,
        };
        self.boxes.clear();
        self.boxes.extend(self.bounds.iter().map(single_box));
    }

    /// Registers a disc; false when it reaches no tile.
    pub(super) fn insert(&mut self, disc: &Disc) -> bool {
        let number = self.discs.len() as u32;
        let Self { boxes, lists, single, .. } = self;
        let centre = single.near(&disc.centre);
        let spacing = disc.spacing as f32;
        let mut reached = false;
        self.raster.around(&disc.centre, |tile| {
            let keep = if spacing < boxes[tile].reach { spacing } else { boxes[tile].reach };
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

    /// One bit for each disc of the tile that reaches the place, whatever its sheet; those before number `from` may be
    /// left out.
    #[inline]
    pub(super) fn reaching(&self, tile: u32, place: &Place, from: u32) -> u32 {
        let quickly = self.lists[tile as usize].reaching(place, from, &self.single);
        quickly.unwrap_or_else(|| self.exactly_reaching(tile, place))
    }

    #[cold]
    fn exactly_reaching(&self, tile: u32, place: &Place) -> u32 {
        let bits = (0..self.known(tile)).map(|number| 1 << number);
        bits.filter(|&bit| self.disc(tile, bit).reaches(place)).sum()
    }

    /// Whether any disc of the tile that has a bit reaches the place, whatever its sheet.
    #[inline]
    pub(super) fn any_reaches(&self, tile: u32, place: &Place) -> bool {
        let quickly = self.lists[tile as usize].any_reaches(place, &self.single);
        quickly.unwrap_or_else(|| self.exactly_reaching(tile, place) != 0)
    }

    /// The disc of a tile with that bit.
    pub(super) fn disc(&self, tile: u32, bit: u32) -> &Disc {
        &self.discs[self.lists[tile as usize].number(bit) as usize]
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
    #[inline]
    pub(super) fn more_reach(&self, tile: u32, places: &[Place], normal: Option<&Vector>) -> bool {
        let more = &self.lists[tile as usize].more;
        !more.is_empty() && self.any_reach(more, places, normal)
    }

    #[cold]
    fn any_reach(&self, numbers: &[u32], places: &[Place], normal: Option<&Vector>) -> bool {
        numbers.iter().any(|&number| {
            let disc = &self.discs[number as usize];
            places.iter().all(|place| disc.reaches(place)) && normal.is_none_or(|normal| disc.same_sheet(normal))
        })
    }
}
