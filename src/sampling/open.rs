use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64;

use super::fragment::Fragment;

/// The open fragments of a block, each with the time at which the next dart falls on it.
///
/// Darts are a Poisson process in time, one a unit of time and of measure. So the wait of a fragment has an exponential
/// distribution, and as it has no memory, a fragment that changes begins to wait anew. Time is walked through in slices:
/// in each, the fragments get their darts in the order in which they lie on the surface.
#[derive(Debug, Default)]
pub(super) struct Open {
    fragments: Vec<Fragment>,
    unused: Vec<u32>,
    /// The end of the slice.
    end: f64,
    /// Darts of the slice, from the last to the first.
    now: Vec<Dart>,
    /// Darts of later slices, in the order of their fragments.
    later: Vec<Dart>,
}

/// A dart to come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dart {
    pub(super) fragment: u32,
    pub(super) time: f64,
}

impl Open {
    pub(super) fn clear(&mut self) {
        self.fragments.clear();
        self.unused.clear();
        self.now.clear();
        self.later.clear();
        self.end = 0.0;
    }

    /// Keeps a fragment without opening it for darts.
    pub(super) fn add(&mut self, fragment: Fragment) -> u32 {
        if let Some(number) = self.unused.pop() {
            self.fragments[number as usize] = fragment;
            number
        } else {
            self.fragments.push(fragment);
            self.fragments.len() as u32 - 1
        }
    }

    /// Keeps a fragment twice.
    pub(super) fn copy(&mut self, fragment: u32) -> u32 {
        if let Some(number) = self.unused.pop() {
            self.fragments.copy_within(fragment as usize..=fragment as usize, number as usize);
            number
        } else {
            self.fragments.extend_from_within(fragment as usize..=fragment as usize);
            self.fragments.len() as u32 - 1
        }
    }

    pub(super) fn get(&self, fragment: u32) -> &Fragment {
        &self.fragments[fragment as usize]
    }

    pub(super) fn get_mut(&mut self, fragment: u32) -> &mut Fragment {
        &mut self.fragments[fragment as usize]
    }

    /// Forgets a fragment that is not open for darts.
    pub(super) fn discard(&mut self, fragment: u32) {
        self.unused.push(fragment);
    }

    /// Opens a fragment for darts from that time on.
    pub(super) fn open(&mut self, fragment: u32, measure: f64, from: f64, rng: &mut Pcg64) {
        let wait: f64 = Exp1.sample(rng);
        let dart = Dart { fragment, time: from + wait / measure };
        if dart.time <= self.end { self.now.push(dart) } else { self.later.push(dart) }
    }

    /// Begins the next slice; false when no fragment is open any more.
    pub(super) fn advance(&mut self, end: f64) -> bool {
        self.end = end;
        // Backwards, so that the first is taken first; what is left keeps its order.
        let now = &mut self.now;
        let due = |dart: &Dart| dart.time <= end;
        now.extend(self.later.iter().rev().filter(|dart| due(dart)));
        self.later.retain(|dart| !due(dart));
        !(self.now.is_empty() && self.later.is_empty())
    }

    /// The next dart of the slice. Its fragment is not open any more.
    pub(super) fn next(&mut self) -> Option<Dart> {
        self.now.pop()
    }
}
