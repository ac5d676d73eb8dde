use rand::RngExt;
use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64;

use super::disc::Disc;
use super::fragment::{Cut, Fragment};
use super::ground::Ground;
use super::maximal::Sample;
use super::open::{Dart, Open};
use super::partition::{Block, Partition};
use super::patch::longest_edge;
use super::surface::{Facet, Place, Surface};
use super::tiles::{SingleBox, Tiles};

/// Fragments shorter than this many spacings are not divided any more. Their middle is known to be blocked then, so
/// every place in them is blocked but for less than 1e-6 spacings.
pub const RESOLUTION: f64 = 2.5e-7;

/// What filling a block gave.
#[derive(Debug, Default)]
pub(super) struct Filled {
    /// The new dots, with the numbers of the triangles as they are laid out.
    pub(super) dots: Vec<Sample>,
    /// Numbers of the fixed dots that reach a tile.
    pub(super) met: Vec<u32>,
    pub(super) undecided: usize,
    pub(super) undecided_mm2: f64,
}

/// The memory in which a block is filled, used again for the next one.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    facets: Vec<Facet>,
    grounds: Vec<Ground>,
    tiles: Tiles,
    open: Open,
}

/// One block in the course of being filled.
pub(super) struct Filling<'a> {
    facets: &'a [Facet],
    /// Tile by tile.
    grounds: &'a [Ground],
    tiles: &'a mut Tiles,
    open: &'a mut Open,
    rng: Pcg64,
    filled: Filled,
}

impl<'a> Filling<'a> {
    /// A block without discs.
    pub(super) fn new(
        surface: &Surface<'_>,
        partition: &'a Partition,
        block: &Block,
        workspace: &'a mut Workspace,
        rng: Pcg64,
    ) -> Self {
        let Workspace { facets, grounds, tiles, open } = workspace;
        facets.clear();
        grounds.clear();
        tiles.clear(&block.bounds, block.reach());
        for cell in partition.cells(block) {
            let tile = tiles.next();
            let mut hull = SingleBox::EMPTY;
            for piece in cell {
                if facets.last().is_none_or(|facet: &Facet| facet.triangle != piece.triangle) {
                    facets.push(surface.facet(piece.triangle));
                }
                let number = facets.len() - 1;
                let ground = Ground::new([number as u32, tile], piece, &facets[number], tiles.single());
                hull = hull.and(&SingleBox::around(ground.corners()));
                grounds.push(ground);
            }
            tiles.add(&hull);
        }
        tiles.index();
        Self { facets, grounds, tiles, open, rng, filled: Filled::default() }
    }

    /// Lets a dot that is there take part.
    pub(super) fn insert(&mut self, disc: &Disc) {
        self.tiles.insert(disc);
    }

    /// The same for a fixed dot, which is noted when it matters.
    pub(super) fn insert_fixed(&mut self, number: u32, disc: &Disc) {
        if self.tiles.insert(disc) {
            self.filled.met.push(number);
        }
    }

    /// Throws darts as a Poisson process with that mean for each squared spacing, one tile after the other.
    pub(super) fn throw(&mut self, darts: f64) {
        let mut next: f64 = Exp1.sample(&mut self.rng);
        for ground in self.grounds {
            next -= darts * f64::from(ground.measure);
            while next < 0.0 {
                let facet = &self.facets[ground.facet as usize];
                let place = ground.place(facet, shares(&mut self.rng));
                self.try_place(facet, ground.tile, &place);
                let wait: f64 = Exp1.sample(&mut self.rng);
                next += wait;
            }
        }
    }

    /// Throws darts at what is open until nothing is left.
    pub(super) fn exhaust(&mut self) {
        self.open.clear();
        for (number, ground) in (0..).zip(self.grounds) {
            let fragment = self.open.add(Fragment::whole(number, ground));
            self.look_again(fragment);
            self.settle(fragment, 0.0);
        }
        for end in SLICES {
            if !self.open.advance(end) {
                break;
            }
            while let Some(dart) = self.open.next() {
                self.land(dart);
            }
        }
    }

    /// A dart falls on a fragment.
    fn land(&mut self, Dart { fragment: number, time }: Dart) {
        if self.look_again(number) {
            // The fragment may be smaller now than it was for the dart.
            return self.settle(number, time);
        }
        let shares = self.open.get(number).at(shares(&mut self.rng));
        let (ground, facet) = self.place_of(number);
        let place = ground.place(facet, shares);
        if self.try_place(facet, ground.tile, &place) {
            self.look_again(number);
            self.settle(number, time);
        } else {
            self.divide(number, time);
        }
    }

    pub(super) fn finish(self) -> Filled {
        self.filled
    }

    /// Brings the bits of a fragment up to date with the discs that came since; true when one reaches a corner.
    fn look_again(&mut self, number: u32) -> bool {
        let fragment = self.open.get_mut(number);
        let known = self.tiles.known(fragment.tile);
        let mut new = 0;
        if fragment.known < known {
            let bits = self.tiles.surely_reaching(fragment.tile, fragment.corners(), fragment.known);
            for (reaching, bits) in fragment.reaching.iter_mut().zip(bits) {
                new |= bits & !*reaching;
                *reaching |= bits;
            }
            fragment.known = known;
        }
        new != 0
    }

    /// True when one disc blocks all corners, and with them everything between: the distance to its centre is convex and
    /// the smaller of two spacings, one of them constant and one linear, is concave.
    fn covered(&self, fragment: &Fragment) -> bool {
        let [a, b, c] = fragment.reaching;
        let ground = &self.grounds[fragment.ground as usize];
        let facet = &self.facets[ground.facet as usize];
        let places = || fragment.shares.map(|shares| ground.place(facet, shares));
        self.tiles.on_sheet(fragment.tile, a & b & c, facet.normal.as_ref()) != 0
            || self.tiles.more_reach(fragment.tile, facet.normal.as_ref(), places)
    }

    /// Where a fragment lies.
    fn place_of(&self, number: u32) -> (&'a Ground, &'a Facet) {
        let ground = &self.grounds[self.open.get(number).ground as usize];
        (ground, &self.facets[ground.facet as usize])
    }

    /// Puts a dot there unless others are too near.
    fn try_place(&mut self, facet: &Facet, tile: u32, place: &Place) -> bool {
        if self.tiles.blocked(tile, place, facet.normal.as_ref()) {
            return false;
        }
        let disc = Disc { centre: place.position, spacing: place.spacing, normal: facet.normal };
        self.tiles.insert(&disc);
        self.filled.dots.push(Sample {
            at: place.on(facet.triangle),
            position: place.position,
            spacing_mm: place.spacing,
        });
        true
    }

    /// Opens what is free of a fragment: drops it when it is covered, and as long as a disc that reaches two corners
    /// covers much of it, moves these along their edges to where the disc ends.
    fn settle(&mut self, number: u32, time: f64) {
        loop {
            let fragment = self.open.get(number);
            if self.covered(fragment) {
                return self.open.discard(number);
            }
            let Some(cut) = self.cut(fragment) else { break };
            let ground = &self.grounds[fragment.ground as usize];
            let shares = [0, 1].map(|i| fragment.between(cut.from[i], cut.to, cut.shares[i]));
            let near = shares.map(|shares| ground.near(shares));
            let bits = self.tiles.surely_reaching(fragment.tile, near, 0);
            // The disc reaches the old and the new corners, and so what lies between them, if the arithmetic says so.
            if bits[0] & bits[1] & cut.disc == 0 {
                break;
            }
            let fragment = self.open.get_mut(number);
            for (i, corner) in cut.from.into_iter().enumerate() {
                fragment.set(corner, shares[i], near[i], bits[i]);
            }
        }
        let fragment = self.open.get(number);
        let measure = fragment.measure();
        if measure > LARGEST_OPEN {
            return self.divide(number, time);
        }
        self.open.open(number, measure, time, &mut self.rng);
    }

    /// A cut that removes enough of a fragment to be worth it, if there is one.
    fn cut(&self, fragment: &Fragment) -> Option<Cut> {
        let facet = &self.facets[self.grounds[fragment.ground as usize].facet as usize];
        let along = |(from, to): ([usize; 2], usize)| {
            let [first, second] = from.map(|corner| fragment.reaching[corner]);
            let bits = self.tiles.on_sheet(fragment.tile, first & second, facet.normal.as_ref());
            let disc = (bits != 0).then_some(bits & bits.wrapping_neg())?;
            let cut = fragment.cut(disc, self.tiles.single_disc(fragment.tile, disc), from, to);
            (cut.rest() < 1.0 - LEAST_CUT).then_some(cut)
        };
        [([1, 2], 0), ([2, 0], 1), ([0, 1], 2)].into_iter().find_map(along)
    }

    /// Halves a fragment.
    fn divide(&mut self, number: u32, time: f64) {
        let fragment = self.open.get(number);
        let (edge, squared_length) = fragment.longest_edge();
        if squared_length < (SMALL * fragment.least_spacing()).powi(2) {
            return self.divide_small(number, time);
        }
        let ends = [edge, (edge + 1) % 3];
        let shares = fragment.between(ends[0], ends[1], self.parting(fragment, ends));
        let near = self.grounds[fragment.ground as usize].near(shares);
        let [bits] = self.tiles.surely_reaching(fragment.tile, [near], 0);
        let other = self.open.copy(number);
        for (half, end) in [number, other].into_iter().zip(ends) {
            self.open.get_mut(half).set(end, shares, near, bits);
            self.settle(half, time);
        }
    }

    /// Where an edge is best parted: where a disc ends that reaches only one of its ends, so that it reaches two corners
    /// of one part; or else in the middle.
    fn parting(&self, fragment: &Fragment, ends: [usize; 2]) -> f64 {
        let [first, second] = ends.map(|corner| fragment.reaching[corner]);
        let share = |bits: u32, from: usize, to: usize| {
            let disc = (bits != 0).then_some(bits & bits.wrapping_neg())?;
            let cut = fragment.cut(disc, self.tiles.single_disc(fragment.tile, disc), [from, from], to);
            Some(cut.shares[0]).filter(|share| (LEAST_PART..=1.0 - LEAST_PART).contains(share))
        };
        let far = || share(second & !first, ends[1], ends[0]).map(|share| 1.0 - share);
        share(first & !second, ends[0], ends[1]).or_else(far).unwrap_or(0.5)
    }

    /// Halves a fragment in which single precision tells little; one that is too small for that is decided by its middle.
    #[cold]
    fn divide_small(&mut self, number: u32, time: f64) {
        let (ground, facet) = self.place_of(number);
        let mut fragment = *self.open.get(number);
        let places = fragment.shares.map(|shares| ground.place(facet, shares));
        let [a, b, c] = places.each_ref().map(|place| &place.position);
        let (edge, squared_length) = longest_edge([a, b, c]);
        let least = places.iter().map(|place| place.spacing).fold(f64::INFINITY, f64::min);
        if squared_length <= (RESOLUTION * least).powi(2) {
            self.open.discard(number);
            let middle = ground.place(facet, fragment.at([1.0 / 3.0; 2]));
            if !self.try_place(facet, ground.tile, &middle) {
                self.filled.undecided += 1;
                self.filled.undecided_mm2 += 0.5 * (b - a).cross(&(c - a)).norm();
            }
            return;
        }
        fragment.known = self.tiles.known(fragment.tile);
        fragment.reaching = places.each_ref().map(|place| self.tiles.reaching(fragment.tile, place));
        let ends = [edge, (edge + 1) % 3];
        let shares = fragment.between(ends[0], ends[1], 0.5);
        let bits = self.tiles.reaching(fragment.tile, &ground.place(facet, shares));
        let other = self.open.add(fragment);
        *self.open.get_mut(number) = fragment;
        for (half, end) in [number, other].into_iter().zip(ends) {
            self.open.get_mut(half).set(end, shares, ground.near(shares), bits);
            self.settle(half, time);
        }
    }
}

/// The ends of the slices of time, in darts for each squared spacing that is open.
const SLICES: [f64; 6] = [1.0, 3.0, 9.0, 27.0, 81.0, f64::INFINITY];

/// Fragments of a larger measure are halved before darts are thrown at them: most would fail.
const LARGEST_OPEN: f64 = 0.5;

/// Fragments shorter than this many spacings are compared in double precision.
const SMALL: f32 = 1e-3;

/// The smaller part of a parted edge is at least this share of it.
const LEAST_PART: f64 = 0.3;

/// Cuts along discs remove at least this share of a fragment.
const LEAST_CUT: f64 = 0.2;

/// A random place of the triangle (0,0), (1,0), (0,1).
fn shares(rng: &mut Pcg64) -> [f64; 2] {
    let (s, t): (f64, f64) = (rng.random(), rng.random());
    // The half of the unit square beyond the diagonal is folded back.
    if s + t > 1.0 { [1.0 - s, 1.0 - t] } else { [s, t] }
}
