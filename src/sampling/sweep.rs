use rand::RngExt;
use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64;

use super::cells::Cells;
use super::fragment::{Fragment, Patch};
use super::surface::{Facet, Place, Surface};

/// Fragments shorter than this many spacings are not divided any more. Their middle is known to be blocked then, so
/// every place in them is blocked but for less than 1e-6 spacings.
pub const RESOLUTION: f64 = 2.5e-7;

/// A dart that no earlier dot stops.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dart {
    pub(super) time: u64,
    pub(super) facet: u32,
    pub(super) cell: u32,
    pub(super) place: Place,
}

/// One round over a part of the fragments, against the dots of earlier rounds.
pub(super) struct Sweep<'a> {
    pub(super) surface: &'a Surface,
    pub(super) cells: &'a Cells,
    /// Fragments are divided until they are no longer than this, in spacings.
    pub(super) size: f64,
    /// Darts per measure.
    pub(super) rate: f64,
}

/// What a sweep leaves.
#[derive(Debug)]
pub(super) struct Swept {
    rng: Pcg64,
    /// Measure up to the next dart. Darts arrive along the running sum of the measure as a Poisson process.
    until_dart: f64,
    pub(super) open: Vec<Fragment>,
    pub(super) open_measure: f64,
    pub(super) darts: Vec<Dart>,
    pub(super) undecided: usize,
    pub(super) undecided_mm2: f64,
}

impl Sweep<'_> {
    pub(super) fn run(&self, fragments: &[Fragment], rng: Pcg64) -> Swept {
        let mut swept = Swept {
            rng,
            until_dart: 0.0,
            open: Vec::with_capacity(fragments.len()),
            open_measure: 0.0,
            darts: Vec::new(),
            undecided: 0,
            undecided_mm2: 0.0,
        };
        swept.until_dart = self.gap(&mut swept.rng);
        for fragment in fragments {
            let (facet, corners) = fragment.open(self.surface);
            self.visit(fragment, facet, &Patch::new(&corners), true, &mut swept);
        }
        swept
    }

    fn gap(&self, rng: &mut Pcg64) -> f64 {
        Distribution::<f64>::sample(&Exp1, rng) / self.rate
    }

    /// Drops the patch, or divides it, or throws darts at it and keeps it. A whole fragment was not covered a round ago,
    /// and its halves show soon enough when it is now.
    fn visit(&self, of: &Fragment, facet: &Facet, patch: &Patch<'_>, whole: bool, swept: &mut Swept) {
        let (edge, squared_length) = patch.longest_edge();
        let relative = squared_length / patch.least_spacing().powi(2);
        let divide = relative > self.size * self.size;
        if !(whole && divide) && self.cells.covered(of.cell, patch, &facet.normal) {
            return;
        }
        if divide {
            let middle = patch.middle(edge);
            for half in patch.bisect(edge, &middle) {
                self.visit(of, facet, &half, false, swept);
            }
            return;
        }
        if relative <= RESOLUTION * RESOLUTION && !self.throw(of, facet, patch, [1.0 / 3.0; 2], swept) {
            // As small as it gets: the middle decides.
            swept.undecided += 1;
            swept.undecided_mm2 += patch.area(facet);
            return;
        }
        let measure = patch.measure(facet, squared_length);
        swept.until_dart -= measure;
        while swept.until_dart < 0.0 {
            let (s, t): (f64, f64) = (swept.rng.random(), swept.rng.random());
            // The half of the unit square beyond the diagonal is folded back.
            let shares = if s + t > 1.0 { [1.0 - s, 1.0 - t] } else { [s, t] };
            self.throw(of, facet, patch, shares, swept);
            swept.until_dart += self.gap(&mut swept.rng);
        }
        swept.open.push(patch.fragment(of.facet, of.cell));
        swept.open_measure += measure;
    }

    /// Throws one dart; true when no earlier dot stops it.
    fn throw(&self, of: &Fragment, facet: &Facet, patch: &Patch<'_>, shares: [f64; 2], swept: &mut Swept) -> bool {
        let place = patch.at(facet, shares);
        let free = !self.cells.blocked(of.cell, &place, &facet.normal);
        if free {
            swept.darts.push(Dart { time: swept.rng.random(), facet: of.facet, cell: of.cell, place });
        }
        free
    }
}
