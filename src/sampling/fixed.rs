use super::box_tree::BoxTree;
use super::disc::Disc;
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Aabb, Point, Vector};

/// A dot that is there already and to which new ones keep their distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedDot {
    /// Where it is, mm; on or near the surface.
    pub position: Point,
    /// Normal of the sheet it lies on; without one it counts on every sheet. Matters with
    /// [`Options::sheets_apart`](super::Options::sheets_apart) only.
    pub normal: Option<Vector>,
    /// Least distance it keeps, mm: new dots stay away by the smaller of this and their own spacing.
    pub spacing_mm: f64,
}

impl FixedDot {
    /// Errors when it is no dot; `index` is its number.
    pub(super) fn check(&self, index: usize) -> Result<()> {
        let finite = self.position.iter().chain(self.normal.iter().flatten()).all(|number| number.is_finite());
        if finite && self.spacing_mm.is_finite() && self.spacing_mm > 0.0 {
            return Ok(());
        }
        Err(Error::input(format!("position {}, spacing {} mm", self.position, self.spacing_mm))
            .place(format!("fixed dot {index}"))
            .expected("finite numbers and a spacing above 0 mm")
            .remedy("correct or remove the dot"))
    }
}

/// Fixed dots by the blocks that they may reach.
#[derive(Debug)]
pub(super) struct FixedDiscs {
    discs: Vec<Disc>,
    /// Block and number of the disc, sorted by block.
    by_block: Vec<(u32, u32)>,
    /// Which discs reached a tile.
    met: Vec<bool>,
}

impl FixedDiscs {
    pub(super) fn new(discs: Vec<Disc>, blocks: &BoxTree) -> Self {
        let mut by_block = Vec::new();
        for (number, disc) in (0..).zip(&discs) {
            let place = Aabb { min: disc.centre, max: disc.centre };
            blocks.reached(&place, disc.spacing, &mut |block| by_block.push((block, number)));
        }
        by_block.sort_unstable();
        let met = vec![false; discs.len()];
        Self { discs, by_block, met }
    }

    /// Number and disc of those that may reach a block.
    pub(super) fn of(&self, block: u32) -> impl Iterator<Item = (u32, &Disc)> {
        let first = self.by_block.partition_point(|(of, _)| *of < block);
        let own = self.by_block[first..].iter().take_while(move |(of, _)| *of == block);
        own.map(|&(_, number)| (number, &self.discs[number as usize]))
    }

    pub(super) fn meet(&mut self, numbers: impl IntoIterator<Item = u32>) {
        numbers.into_iter().for_each(|number| self.met[number as usize] = true);
    }

    /// Tells how many reached nothing, if any.
    pub(super) fn finding(&self) -> Option<Finding> {
        let far = self.met.iter().filter(|met| !**met).count();
        (far > 0).then(|| {
            let message = format!("{far} of {} fixed dots are too far from the surface to matter", self.met.len());
            Finding::new("fixed-dots-off-surface", Severity::Warn, message)
                .times(far)
                .remedy("check that the fixed dots belong to this surface")
        })
    }
}
