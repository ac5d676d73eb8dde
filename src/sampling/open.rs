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
}

/// The open fragments of a block, from which one is drawn in proportion to its measure in constant time.
///
/// They lie in classes, in each of which the measure is between half of its limit and its limit. A draw takes a class by
/// its number of fragments times its limit, then one of its fragments, and starts again with the chance that the
/// fragment lacks to the limit.
#[derive(Debug)]
pub(super) struct Open {
    fragments: Vec<Fragment>,
    unused: Vec<u32>,
    classes: [Vec<Entry>; CLASSES],
    /// One bit for each class that has entries.
    filled: u64,
    /// Sum over the classes of entries times limit.
    total: f64,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    fragment: u32,
    /// Measure over the limit of the class, above 0.5 but for rounding.
    share: f32,
}

const CLASSES: usize = 64;

/// Limit of the first class; each later one has half of the one before.
const LARGEST: f64 = 8.0;

/// Where an entry lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    class: usize,
    index: usize,
}

impl Default for Open {
    fn default() -> Self {
        Self {
            fragments: Vec::new(),
            unused: Vec::new(),
            classes: [const { Vec::new() }; CLASSES],
            filled: 0,
            total: 0.0,
        }
    }
}

/// 1 over the limit of the class.
fn over_limit(class: usize) -> f64 {
    f64::from_bits((1.0 / LARGEST).to_bits() + ((class as u64) << 52))
}

/// `LARGEST / 2^class`.
fn limit(class: usize) -> f64 {
    f64::from_bits(LARGEST.to_bits() - ((class as u64) << 52))
}

impl Open {
    pub(super) fn clear(&mut self) {
        self.fragments.clear();
        self.unused.clear();
        self.classes.iter_mut().for_each(Vec::clear);
        (self.filled, self.total) = (0, 0.0);
    }

    /// Keeps a fragment without opening it for draws.
    pub(super) fn add(&mut self, fragment: Fragment) -> u32 {
        if let Some(number) = self.unused.pop() {
            self.fragments[number as usize] = fragment;
            number
        } else {
            self.fragments.push(fragment);
            self.fragments.len() as u32 - 1
        }
    }

    pub(super) fn get(&self, fragment: u32) -> &Fragment {
        &self.fragments[fragment as usize]
    }

    pub(super) fn get_mut(&mut self, fragment: u32) -> &mut Fragment {
        &mut self.fragments[fragment as usize]
    }

    /// Forgets a fragment that is not open for draws.
    pub(super) fn discard(&mut self, fragment: u32) {
        self.unused.push(fragment);
    }

    /// Opens a fragment for draws.
    pub(super) fn open(&mut self, fragment: u32, measure: f64) {
        let measure = measure.clamp(0.75 * limit(CLASSES - 1), LARGEST);
        // The difference of exponents.
        let class = ((LARGEST.to_bits() - measure.to_bits()) >> 52) as usize;
        self.classes[class].push(Entry { fragment, share: (measure * over_limit(class)) as f32 });
        self.filled |= 1 << class;
        self.total += limit(class);
    }

    /// Draws a fragment in proportion to its measure; nothing when there is none.
    pub(super) fn draw(&self, rng: &mut Pcg64) -> Option<Slot> {
        if self.filled == 0 {
            return None;
        }
        loop {
            let mut at = rng.random::<f64>() * self.total;
            let mut rest = self.filled;
            loop {
                let class = rest.trailing_zeros() as usize;
                let entries = &self.classes[class];
                let inside = entries.len() as f64 * limit(class);
                rest &= rest - 1;
                // Rounding may lead beyond the last class.
                if at < inside || rest == 0 {
                    let position = at * over_limit(class);
                    let index = (position as usize).min(entries.len() - 1);
                    // What is left of the random number decides whether to keep it.
                    if position - (index as f64) < f64::from(entries[index].share) {
                        return Some(Slot { class, index });
                    }
                    break;
                }
                at -= inside;
            }
        }
    }

    /// The fragment of a slot.
    pub(super) fn at(&self, slot: Slot) -> &Fragment {
        self.get(self.classes[slot.class][slot.index].fragment)
    }

    /// Closes the fragment of a slot for draws.
    pub(super) fn take(&mut self, slot: Slot) -> u32 {
        let entry = self.classes[slot.class].swap_remove(slot.index);
        self.total -= limit(slot.class);
        if self.classes[slot.class].is_empty() {
            self.filled &= !(1 << slot.class);
        }
        entry.fragment
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::geometry::Point;
    use crate::sampling::surface::Place;

    #[test]
    fn draws_are_in_proportion_to_measures() {
        let corner = Place { weights: [0.0; 2], position: Point::origin(), spacing: 1.0 };
        let blank = Fragment { facet: 0, tile: 0, known: 0, reaching: [0; 3], patch: Patch { corners: [corner; 3] } };
        let measures = [5.0, 0.9, 0.25, 0.24, 3.0, 1.0, 0.6, 1e-3];
        let mut open = Open::default();
        let extra = open.add(blank);
        open.open(extra, 7.0);
        let numbers = measures.map(|measure| {
            let number = open.add(blank);
            open.open(number, measure);
            number
        });
        let mut rng = Pcg64::seed_from_u64(3);
        // One is taken out again.
        let slot = std::iter::from_fn(|| open.draw(&mut rng))
            .find(|slot| open.classes[slot.class][slot.index].fragment == extra);
        let taken = open.take(slot.unwrap());
        open.discard(taken);
        let mut counts = [0_u32; 8];
        let draws = 100_000;
        for _ in 0..draws {
            let slot = open.draw(&mut rng).unwrap();
            let drawn = open.classes[slot.class][slot.index].fragment;
            counts[numbers.iter().position(|number| *number == drawn).unwrap()] += 1;
        }
        let total: f64 = measures.iter().sum();
        for (measure, count) in measures.into_iter().zip(counts) {
            let expected = f64::from(draws) * measure / total;
            assert!((f64::from(count) - expected).abs() < 4.0 * expected.sqrt() + 1.0, "{measure}: {counts:?}");
        }
        while let Some(slot) = open.draw(&mut rng) {
            open.take(slot);
        }
        assert_eq!((open.filled, open.total), (0, 0.0));
    }
}
