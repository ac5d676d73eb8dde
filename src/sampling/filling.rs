use rand::RngExt;
use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64;

use super::disc::Disc;
use super::fragment::{Patch, between};
use super::maximal::Sample;
use super::open::{Dart, Fragment, Open};
use super::partition::{Block, Hull, Partition};
use super::surface::{Facet, Place, Surface};
use super::tiles::Tiles;

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

/// A piece of the block.
#[derive(Debug, Clone, Copy)]
struct Ground {
    facet: u32,
    tile: u32,
    /// Weights of its corners. If ever they are rounded, then alike on both sides of a cut.
    corners: [[f32; 2]; 3],
    /// Area over squared spacing.
    measure: f32,
}

impl Ground {
    fn corners(&self) -> [[f64; 2]; 3] {
        self.corners.map(|weights| weights.map(f64::from))
    }
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
        tiles.clear();
        for cell in partition.cells(block) {
            let tile = tiles.next();
            let mut hull = Hull::EMPTY;
            for piece in cell {
                if facets.last().is_none_or(|facet: &Facet| facet.triangle != piece.triangle) {
                    facets.push(surface.facet(piece.triangle));
                }
                let number = facets.len() - 1;
                let corners = piece.corners(&facets[number]);
                hull = hull.and(&Hull::of(&corners, piece.measure, &partition.origin));
                let corners = corners.map(|corner| corner.weights.map(|weight| weight as f32));
                grounds.push(Ground { facet: number as u32, tile, corners, measure: piece.measure });
            }
            tiles.add(hull.bounds(&partition.origin), hull.reach());
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
                let place = facet.place(between(&ground.corners(), shares(&mut self.rng)));
                self.try_place(facet, ground.tile, &place);
                let wait: f64 = Exp1.sample(&mut self.rng);
                next += wait;
            }
        }
    }

    /// Throws darts at what is open until nothing is left.
    pub(super) fn exhaust(&mut self) {
        self.open.clear();
        for ground @ &Ground { facet, tile, .. } in self.grounds {
            let patch = Patch::new(&self.facets[facet as usize], ground.corners());
            let number = self.open.add(Fragment { facet, tile, known: 0, reaching: [0; 3], patch });
            self.look_again(number);
            self.settle(number, 0.0);
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
        let Fragment { facet, tile, ref patch, .. } = *self.open.get(number);
        let facet = &self.facets[facet as usize];
        let place = patch.at(facet, shares(&mut self.rng));
        if self.try_place(facet, tile, &place) {
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
        let facet = &self.facets[fragment.facet as usize];
        self.counts(fragment.tile, a & b & c, facet)
            || self.tiles.more_reach(fragment.tile, &fragment.patch.corners, facet.normal.as_ref())
    }

    /// True when one of the discs of `bits` lies on the sheet of the facet.
    fn counts(&self, tile: u32, bits: u32, facet: &Facet) -> bool {
        bits != 0 && self.on_sheet(tile, bits, facet) != 0
    }

    /// Those of the bits whose discs lie on the sheet of the facet.
    fn on_sheet(&self, tile: u32, bits: u32, facet: &Facet) -> u32 {
        facet.normal.as_ref().map_or(bits, |normal| self.tiles.on_sheet(tile, bits, normal))
    }

    /// Puts a dot there unless others are too near.
    fn try_place(&mut self, facet: &Facet, tile: u32, place: &Place) -> bool {
        let blocked = match facet.normal {
            None => self.tiles.any_reaches(tile, place),
            Some(_) => self.counts(tile, self.tiles.reaching(tile, place, 0), facet),
        };
        if blocked || self.tiles.more_reach(tile, std::slice::from_ref(place), facet.normal.as_ref()) {
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
            let Some(cut) = self.widest_cut(fragment) else { break };
            let facet = &self.facets[fragment.facet as usize];
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
        let measure =
            fragment.patch.measure(self.facets[fragment.facet as usize].area, fragment.patch.longest_edge().1);
        if measure > LARGEST_OPEN {
            return self.divide(number, time);
        }
        self.open.open(number, measure, time, &mut self.rng);
    }

    /// The cut that removes most of a fragment, if any is worth it.
    fn widest_cut(&self, fragment: &Fragment) -> Option<Cut> {
        let facet = &self.facets[fragment.facet as usize];
        let (mut best, mut left) = (None, 1.0 - LEAST_CUT);
        for (to, from) in [[1, 2], [2, 0], [0, 1]].into_iter().enumerate() {
            let bits = fragment.reaching[from[0]] & fragment.reaching[from[1]];
            let bits = if bits == 0 { 0 } else { self.on_sheet(fragment.tile, bits, facet) };
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
    fn divide(&mut self, number: u32, time: f64) {
        let fragment = *self.open.get(number);
        let facet = &self.facets[fragment.facet as usize];
        let (edge, squared_length) = fragment.patch.longest_edge();
        let least = fragment.patch.least_spacing();
        if squared_length <= (RESOLUTION * least).powi(2) {
            self.open.discard(number);
            let middle = fragment.patch.at(facet, [1.0 / 3.0; 2]);
            if !self.try_place(facet, fragment.tile, &middle) {
                self.filled.undecided += 1;
                self.filled.undecided_mm2 += fragment.patch.area(facet.area);
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
            self.settle(half, time);
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

/// The ends of the slices of time, in darts for each squared spacing that is open.
const SLICES: [f64; 6] = [1.0, 3.0, 9.0, 27.0, 81.0, f64::INFINITY];

/// Fragments of a larger measure are halved before darts are thrown at them: most would fail.
const LARGEST_OPEN: f64 = 0.5;

/// Cuts along discs remove at least this share of a fragment.
const LEAST_CUT: f64 = 0.2;

/// A random place of the triangle (0,0), (1,0), (0,1).
fn shares(rng: &mut Pcg64) -> [f64; 2] {
    let (s, t): (f64, f64) = (rng.random(), rng.random());
    // The half of the unit square beyond the diagonal is folded back.
    if s + t > 1.0 { [1.0 - s, 1.0 - t] } else { [s, t] }
}
