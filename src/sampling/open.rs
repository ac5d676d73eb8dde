use rand::RngExt;
use rand_pcg::Pcg64;

use super::fragment::Patch;

/// A part of a facet in which there may be room for a dot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fragment {
    pub(super) facet: u32,
    pub(super) tile: u32,
    /// Discs of the tile that were looked at.
    pub(super) known: u32,
    /// One bit for each of those that reaches the corner.
    pub(super) reaching: [u32; 3],
    pub(super) patch: Patch,
    pub(super) measure: f64,
}

/// The open fragments of a block, from which one is drawn in proportion to its measure in constant time.
///
/// They lie in classes, in each of which the measure is between half of its limit and its limit. A draw takes a class by
/// its number of fragments times its limit, one of its fragments, and gives it back in proportion to what it lacks.
#[derive(Debug)]
pub(super) struct Open {
    classes: [Vec<Fragment>; CLASSES],
    /// One bit for each class that has fragments.
    filled: u64,
}

const CLASSES: usize = 64;

/// Limit of the first class; each later one has half of the one before.
const LARGEST: f64 = 8.0;

/// Where a fragment lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    class: usize,
    index: usize,
}

impl Default for Open {
    fn default() -> Self {
        Self { classes: [const { Vec::new() }; CLASSES], filled: 0 }
    }
}

fn limit(class: usize) -> f64 {
    f64::from_bits(LARGEST.to_bits() - ((class as u64) << 52))
}

impl Open {
    pub(super) fn clear(&mut self) {
        self.classes.iter_mut().for_each(Vec::clear);
        self.filled = 0;
    }

    pub(super) fn push(&mut self, mut fragment: Fragment) {
        fragment.measure = fragment.measure.clamp(0.75 * limit(CLASSES - 1), LARGEST);
        // The difference of exponents.
        let class = ((LARGEST.to_bits() - fragment.measure.to_bits()) >> 52) as usize;
        self.classes[class].push(fragment);
        self.filled |= 1 << class;
    }

    /// Draws a fragment in proportion to its measure; nothing when there is none.
    pub(super) fn draw(&self, rng: &mut Pcg64) -> Option<Slot> {
        let mut total = 0.0;
        let mut rest = self.filled;
        while rest != 0 {
            let class = rest.trailing_zeros() as usize;
            total += self.classes[class].len() as f64 * limit(class);
            rest &= rest - 1;
        }
        if self.filled == 0 {
            return None;
        }
        loop {
            let mut at = rng.random::<f64>() * total;
            let mut rest = self.filled;
            loop {
                let class = rest.trailing_zeros() as usize;
                let fragments = &self.classes[class];
                let position = at / limit(class);
                rest &= rest - 1;
                // Rounding may lead beyond the last class.
                if position < fragments.len() as f64 || rest == 0 {
                    let index = (position as usize).min(fragments.len() - 1);
                    // What is left of the random number decides whether to keep it.
                    if position.fract() * limit(class) < fragments[index].measure {
                        return Some(Slot { class, index });
                    }
                    break;
                }
                at -= fragments.len() as f64 * limit(class);
            }
        }
    }

    pub(super) fn get(&self, slot: Slot) -> &Fragment {
        &self.classes[slot.class][slot.index]
    }

    pub(super) fn take(&mut self, slot: Slot) -> Fragment {
        let fragment = self.classes[slot.class].swap_remove(slot.index);
        if self.classes[slot.class].is_empty() {
            self.filled &= !(1 << slot.class);
        }
        fragment
    }
}
