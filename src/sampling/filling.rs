use rand::RngExt;
use rand_distr::{Distribution, Poisson};
use rand_pcg::Pcg64;

use super::fragment::Patch;
use super::open::{Fragment, Open};
use super::partition::{Block, CELL_SIZE, Partition};
use super::surface::{Facet, Place, Surface};
use super::tiles::{Disc, Tiles};
use crate::geometry::{Aabb, Point};

/// Fragments shorter than this many spacings are not divided any more. Their middle is known to be blocked then, so
/// every place in them is blocked but for less than 1e-6 spacings.
pub const RESOLUTION: f64 = 2.5e-7;

/// A new dot as it is kept while others are found, in 32 bytes: its place follows from its facet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dot {
    pub(super) weights: [f64; 2],
    pub(super) facet: u32,
    /// The position, good enough to tell whether the dot matters somewhere.
    near: [f32; 3],
}

impl Dot {
    fn new(facet: u32, place: &Place) -> Self {
        Self { weights: place.weights, facet, near: place.position.map(|c| c as f32).into() }
    }

    /// Roughly the position; off by less than [`f32::EPSILON`] of the largest coordinate.
    pub(super) fn near(&self) -> Point {
        self.near.map(f64::from).into()
    }

    pub(super) fn disc(&self, surface: &Surface, sheets_apart: bool) -> Disc {
        let facet = surface.facet(self.facet);
        let place = facet.place(self.weights);
        Disc { centre: place.position, spacing: place.spacing, normal: sheets_apart.then_some(facet.normal) }
    }
}

/// What filling a block gave.
#[derive(Debug, Default)]
pub(super) struct Filled {
    pub(super) dots: Vec<Dot>,
    /// Numbers of the fixed dots that reach a tile.
    pub(super) met: Vec<u32>,
    pub(super) undecided: usize,
    pub(super) undecided_mm2: f64,
}

/// The memory in which a block is filled, used again for the next one.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    tiles: Tiles,
    open: Open,
}

/// One block in the course of being filled.
pub(super) struct Filling<'a> {
    surface: &'a Surface,
    sheets_apart: bool,
    tiles: &'a mut Tiles,
    open: &'a mut Open,
    rng: Pcg64,
    filled: Filled,
}

impl<'a> Filling<'a> {
    /// A block without discs.
    pub(super) fn new(
        surface: &'a Surface,
        partition: &Partition,
        block: &Block,
        sheets_apart: bool,
        workspace: &'a mut Workspace,
        rng: Pcg64,
    ) -> Self {
        let Workspace { tiles, open } = workspace;
        tiles.clear();
        open.clear();
        for pieces in partition.cells(block) {
            let mut fragment = |facet: u32, patch: &Patch, tile: u32| {
                let measure = patch.measure(surface.facet(facet), patch.longest_edge().1);
                let number = open.add(Fragment { facet, tile, known: 0, reaching: [0; 3], patch: *patch });
                open.open(number, measure);
            };
            if let [piece] = pieces {
                piece.patch(surface.facet(piece.facet)).cut(CELL_SIZE, &mut |patch| {
                    fragment(piece.facet, patch, tiles.add(patch.bounds(), patch.most_spacing()));
                });
            } else {
                let (mut bounds, mut reach) = (Aabb::EMPTY, 0.0_f64);
                let tile = tiles.next();
                for piece in pieces {
                    let patch = piece.patch(surface.facet(piece.facet));
                    patch.corners.iter().for_each(|corner| bounds.include(&corner.position));
                    reach = reach.max(patch.most_spacing());
                    fragment(piece.facet, &patch, tile);
                }
                tiles.add(bounds, reach);
            }
        }
        tiles.index();
        Self { surface, sheets_apart, tiles, open, rng, filled: Filled::default() }
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

    /// Throws as many darts as a Poisson process with that mean brings.
    pub(super) fn throw(&mut self, mean: f64) {
        let count = Poisson::new(mean).map_or(0.0, |poisson: Poisson<f64>| poisson.sample(&mut self.rng)) as u64;
        for _ in 0..count {
            let Some(slot) = self.open.draw(&mut self.rng) else { break };
            let Fragment { facet, tile, ref patch, .. } = *self.open.at(slot);
            let facet_of = self.surface.facet(facet);
            let place = patch.at(facet_of, shares(&mut self.rng));
            self.try_place(facet, facet_of, tile, &place);
        }
    }

    /// Throws darts at the open fragments until none is left.
    pub(super) fn exhaust(&mut self) {
        while let Some(slot) = self.open.draw(&mut self.rng) {
            let number = self.open.take(slot);
            if self.look_again(number) {
                // The fragment may be smaller now than it was for the draw.
                self.settle(number);
                continue;
            }
            let Fragment { facet, tile, ref patch, .. } = *self.open.get(number);
            let facet_of = self.surface.facet(facet);
            let place = patch.at(facet_of, shares(&mut self.rng));
            if self.try_place(facet, facet_of, tile, &place) {
                self.look_again(number);
                self.settle(number);
            } else {
                self.divide(number);
            }
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
            for (bits, corner) in fragment.reaching.iter_mut().zip(&fragment.patch.corners) {
                let all = *bits | self.tiles.reaching(fragment.tile, corner, fragment.known);
                new |= all ^ *bits;
                *bits = all;
            }
            fragment.known = known;
        }
        new != 0
    }

    /// True when one disc blocks all corners, and with them everything between: the distance to its centre is convex and
    /// the smaller of two spacings, one of them constant and one linear, is concave.
    fn covered(&self, fragment: &Fragment) -> bool {
        let [a, b, c] = fragment.reaching;
        let facet = self.surface.facet(fragment.facet);
        self.counts(fragment.tile, a & b & c, facet)
            || self.tiles.more_reach(fragment.tile, &fragment.patch.corners, &facet.normal)
    }

    /// True when one of the discs of `bits` lies on the sheet of the facet.
    fn counts(&self, tile: u32, bits: u32, facet: &Facet) -> bool {
        bits != 0 && (!self.sheets_apart || self.tiles.on_sheet(tile, bits, &facet.normal) != 0)
    }

    /// Puts a dot there unless others are too near.
    fn try_place(&mut self, number: u32, facet: &Facet, tile: u32, place: &Place) -> bool {
        let bits = self.tiles.reaching(tile, place, 0);
        if self.counts(tile, bits, facet) || self.tiles.more_reach(tile, std::slice::from_ref(place), &facet.normal) {
            return false;
        }
        let normal = self.sheets_apart.then_some(facet.normal);
        self.tiles.insert(&Disc { centre: place.position, spacing: place.spacing, normal });
        self.filled.dots.push(Dot::new(number, place));
        true
    }

    /// Opens what is free of a fragment: drops it when it is covered, and as long as a disc that reaches two corners
    /// covers much of it, moves these along their edges to where the disc ends.
    fn settle(&mut self, number: u32) {
        loop {
            let fragment = self.open.get(number);
            if self.covered(fragment) {
                return self.open.discard(number);
            }
            let Some(cut) = self.widest_cut(fragment) else { break };
            let facet = self.surface.facet(fragment.facet);
            let first = fragment.patch.between(facet, cut.from[0], cut.to, cut.shares[0]);
            let second = fragment.patch.between(facet, cut.from[1], cut.to, cut.shares[1]);
            let first_bits = self.tiles.reaching(fragment.tile, &first, 0);
            let second_bits = self.tiles.reaching(fragment.tile, &second, 0);
            // The disc reaches the old and the new corners, and so what lies between them, if the arithmetic says so.
            if first_bits & second_bits & cut.disc == 0 {
                break;
            }
            let fragment = self.open.get_mut(number);
            fragment.patch.corners[cut.from[0]] = first;
            fragment.patch.corners[cut.from[1]] = second;
            fragment.reaching[cut.from[0]] = first_bits;
            fragment.reaching[cut.from[1]] = second_bits;
        }
        let fragment = self.open.get(number);
        let measure = fragment.patch.measure(self.surface.facet(fragment.facet), fragment.patch.longest_edge().1);
        self.open.open(number, measure);
    }

    /// The cut that removes most of a fragment, if any is worth it.
    fn widest_cut(&self, fragment: &Fragment) -> Option<Cut> {
        let [a, b, c] = fragment.reaching;
        let (mut best, mut left) = (None, 1.0 - LEAST_CUT);
        for (bits, from, to) in [(a & b, [0, 1], 2), (b & c, [1, 2], 0), (c & a, [2, 0], 1)] {
            let bits = if self.sheets_apart {
                self.tiles.on_sheet(fragment.tile, bits, &self.surface.facet(fragment.facet).normal)
            } else {
                bits
            };
            if bits == 0 {
                continue;
            }
            let disc = bits & bits.wrapping_neg();
            let corners = &fragment.patch.corners;
            let least = fragment.patch.least_spacing();
            let inside = [&corners[from[0]].position, &corners[from[1]].position];
            let shares = self.tiles.disc(fragment.tile, disc).reach_along(inside, &corners[to].position, least);
            let rest = (1.0 - shares[0]) * (1.0 - shares[1]);
            if rest < left {
                (best, left) = (Some(Cut { disc, from, to, shares }), rest);
            }
        }
        best
    }

    /// Halves a fragment; one that is too small for that is decided by its middle.
    fn divide(&mut self, number: u32) {
        let fragment = *self.open.get(number);
        let facet = self.surface.facet(fragment.facet);
        let (edge, squared_length) = fragment.patch.longest_edge();
        let least = fragment.patch.least_spacing();
        if squared_length <= (RESOLUTION * least).powi(2) {
            self.open.discard(number);
            let middle = fragment.patch.at(facet, [1.0 / 3.0; 2]);
            if !self.try_place(fragment.facet, facet, fragment.tile, &middle) {
                self.filled.undecided += 1;
                self.filled.undecided_mm2 += fragment.patch.area(facet);
            }
            return;
        }
        let ends = [edge, (edge + 1) % 3];
        let middle = fragment.patch.between(facet, ends[0], ends[1], 0.5);
        let bits = self.tiles.reaching(fragment.tile, &middle, 0);
        let other = self.open.add(fragment);
        for (half, end) in [number, other].into_iter().zip(ends) {
            let fragment = self.open.get_mut(half);
            fragment.patch.corners[end] = middle;
            fragment.reaching[end] = bits;
            self.settle(half);
        }
    }
}

/// A cut along the edge of a disc that reaches two corners of a fragment.
struct Cut {
    /// The bit of the disc.
    disc: u32,
    /// The corners it reaches and the one it does not.
    from: [usize; 2],
    to: usize,
    /// How much of the edges from these to that is cut off.
    shares: [f64; 2],
}

/// Cuts along discs remove at least this share of a fragment.
const LEAST_CUT: f64 = 0.2;

/// A random place of the triangle (0,0), (1,0), (0,1).
fn shares(rng: &mut Pcg64) -> [f64; 2] {
    let (s, t): (f64, f64) = (rng.random(), rng.random());
    // The half of the unit square beyond the diagonal is folded back.
    if s + t > 1.0 { [1.0 - s, 1.0 - t] } else { [s, t] }
}
