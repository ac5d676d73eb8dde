use std::ops::Range;

use rayon::prelude::*;

use super::box_tree::BoxTree;
use super::filling::Dot;
use super::fragment::Patch;
use super::surface::{Facet, Surface};
use crate::geometry::Aabb;

/// Longest edge of a piece, in spacings.
const PIECE_SIZE: f64 = 5.0;

/// Largest extent of a cell of several pieces, in spacings.
pub(super) const CELL_SIZE: f64 = 4.5;

/// A block holds at most this measure (area over squared spacing): its discs and fragments stay in the cache of a core.
const BLOCK_MEASURE: f64 = 512.0;

/// Largest extent of a block of several cells, in spacings.
const BLOCK_SIZE: f64 = 64.0;

/// The surface cut into pieces, the pieces grouped into cells of about the spacing, and the cells into blocks that are
/// filled one at a time. All follow the local spacing, and exist only where there is surface.
#[derive(Debug, Default)]
pub(super) struct Partition {
    pieces: Vec<Piece>,
    /// The first piece of each cell, and the end.
    cells: Vec<u32>,
    blocks: Vec<Block>,
}

/// A part of a triangle, by the weights of its corners. `f32` holds them exactly: they are halved edges, 24 times at most
/// in a triangle that [`sample`](super::sample) does not refuse.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) triangle: u32,
    corners: [[f32; 2]; 3],
}

/// Cells that are filled together.
#[derive(Debug, Clone)]
pub(super) struct Block {
    cells: Range<u32>,
    pub(super) bounds: Aabb,
    /// Smallest spacing inside.
    least: f64,
    /// Largest spacing inside.
    pub(super) reach: f64,
    pub(super) measure: f64,
}

/// The middle of a piece, for sorting. `f32` is enough: it decides who shares a cell, nothing else.
#[derive(Debug, Clone, Copy)]
struct Key {
    middle: [f32; 3],
    piece: u32,
}

impl Piece {
    const WHOLE: [[f32; 2]; 3] = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]];

    pub(super) fn patch(&self, facet: &Facet) -> Patch {
        if self.corners.as_flattened() == Self::WHOLE.as_flattened() {
            return Patch { corners: facet.corners() };
        }
        Patch { corners: self.corners.map(|weights| facet.place(weights.map(f64::from))) }
    }
}

impl Partition {
    pub(super) fn new(surface: &Surface<'_>) -> Self {
        let origin = surface.layout.mesh.bounds().min;
        let cut = |chunk: Range<u32>| {
            let mut cuts = Vec::with_capacity(chunk.len());
            for facet in chunk.map(|triangle| surface.facet(triangle)) {
                Patch { corners: facet.corners() }.cut(PIECE_SIZE, &mut |patch| {
                    let middle = (patch.middle() - origin).map(|c| c as f32);
                    let corners = patch.corners.map(|corner| corner.weights.map(|weight| weight as f32));
                    cuts.push((middle.into(), Piece { triangle: facet.triangle, corners }));
                });
            }
            cuts
        };
        let cuts: Vec<Vec<([f32; 3], Piece)>> = surface.chunks().into_par_iter().map(cut).collect();
        let pieces: Vec<Piece> = cuts.iter().flatten().map(|(_, piece)| *piece).collect();
        let mut keys: Vec<Key> =
            cuts.into_iter().flatten().zip(0..).map(|((middle, _), piece)| Key { middle, piece }).collect();
        let largest_spacing = surface.largest_spacing();
        let mut division =
            Division { surface, largest_spacing, pieces: &pieces, cells: Vec::new(), blocks: Vec::new() };
        let rest = division.divide(&mut keys, 0);
        let Division { mut cells, mut blocks, .. } = division;
        blocks.extend(rest);
        blocks.sort_unstable_by_key(|block| block.cells.start);
        cells.push(keys.len() as u32);
        let pieces = keys.par_iter().map(|key| pieces[key.piece as usize]).collect();
        Self { pieces, cells, blocks }
    }

    pub(super) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The pieces of each cell of a block.
    pub(super) fn cells(&self, block: &Block) -> impl Iterator<Item = &[Piece]> {
        let bounds = &self.cells[block.cells.start as usize..=block.cells.end as usize];
        bounds.windows(2).map(|ends| &self.pieces[ends[0] as usize..ends[1] as usize])
    }

    /// The blocks in a tree.
    pub(super) fn tree(&self) -> BoxTree {
        let mut tree = BoxTree::default();
        tree.rebuild(self.blocks.iter().map(|block| (block.bounds, block.reach)));
        tree
    }
}

/// Sorting pieces into cells and blocks.
struct Division<'a> {
    surface: &'a Surface<'a>,
    largest_spacing: f64,
    pieces: &'a [Piece],
    /// The first piece of each cell.
    cells: Vec<u32>,
    blocks: Vec<Block>,
}

/// So many pieces make it worthwhile to divide the work.
const SHARED_WORK: usize = 4096;

impl Division<'_> {
    /// Sorts the keys, of which the first is number `first` of all, into cells. Returns the block of them all, or nothing
    /// when it would be too large and its parts are blocks.
    fn divide(&mut self, keys: &mut [Key], first: u32) -> Option<Block> {
        let (mut min, mut max) = ([f32::INFINITY; 3], [f32::NEG_INFINITY; 3]);
        for key in &*keys {
            for axis in 0..3 {
                min[axis] = min[axis].min(key.middle[axis]);
                max[axis] = max[axis].max(key.middle[axis]);
            }
        }
        let extent = [0, 1, 2].map(|axis| max[axis] - min[axis]);
        let axis = if extent[0] >= extent[1] && extent[0] >= extent[2] {
            0
        } else if extent[1] >= extent[2] {
            1
        } else {
            2
        };
        // The boxes are looked at only where the middles are near enough for a cell.
        let diagonal = extent.iter().map(|e| f64::from(*e).powi(2)).sum::<f64>().sqrt();
        if keys.len() <= 1 || diagonal <= CELL_SIZE * self.largest_spacing {
            let cell = self.cell(keys);
            if keys.len() <= 1 || cell.bounds.size().norm() <= CELL_SIZE * cell.least {
                self.cells.push(first);
                return Some(cell);
            }
        }
        let middle = halve(keys, axis, 0.5 * (min[axis] + max[axis]));
        let (lower, upper) = keys.split_at_mut(middle);
        let (lower, upper) = if lower.len() > SHARED_WORK {
            let mut other = Self { cells: Vec::new(), blocks: Vec::new(), ..*self };
            let (lower, upper) =
                rayon::join(|| self.divide(lower, first), || other.divide(upper, first + middle as u32));
            (lower, self.append(other, upper))
        } else {
            (self.divide(lower, first), self.divide(upper, first + middle as u32))
        };
        match (lower, upper) {
            (Some(lower), Some(upper)) => lower.joined(&upper).or_else(|| {
                self.blocks.extend([lower, upper]);
                None
            }),
            (lower, upper) => {
                self.blocks.extend(lower.into_iter().chain(upper));
                None
            }
        }
    }

    /// The keys as a block of one cell, which is the next one.
    fn cell(&self, keys: &[Key]) -> Block {
        let number = self.cells.len() as u32;
        let mut block =
            Block { cells: number..number + 1, bounds: Aabb::EMPTY, least: f64::INFINITY, reach: 0.0, measure: 0.0 };
        for key in keys {
            let piece = &self.pieces[key.piece as usize];
            let facet = self.surface.facet(piece.triangle);
            let patch = piece.patch(&facet);
            for corner in &patch.corners {
                block.bounds.include(&corner.position);
            }
            block.least = block.least.min(patch.least_spacing());
            block.reach = block.reach.max(patch.most_spacing());
            block.measure += patch.measure(&facet, patch.longest_edge().1);
        }
        block
    }

    /// Adds what another division made of the keys that follow; returns its open block.
    fn append(&mut self, other: Self, open: Option<Block>) -> Option<Block> {
        let before = self.cells.len() as u32;
        let moved = |mut block: Block| {
            block.cells = block.cells.start + before..block.cells.end + before;
            block
        };
        self.cells.extend(other.cells);
        self.blocks.extend(other.blocks.into_iter().map(moved));
        open.map(moved)
    }
}

/// Puts keys below `at` first and says how many they are; about half of them, or exactly half where `at` would leave one
/// side with next to nothing.
fn halve(keys: &mut [Key], axis: usize, at: f32) -> usize {
    let mut below = 0;
    // Without a branch, which would go either way.
    for index in 0..keys.len() {
        let key = keys[index];
        keys[index] = keys[below];
        keys[below] = key;
        below += usize::from(key.middle[axis] < at);
    }
    let least = keys.len().div_ceil(16);
    if (least..=keys.len() - least).contains(&below) {
        return below;
    }
    let middle = keys.len() / 2;
    keys.select_nth_unstable_by(middle, |a, b| a.middle[axis].total_cmp(&b.middle[axis]).then(a.piece.cmp(&b.piece)));
    middle
}

impl Block {
    /// False when the dot is too far away to matter here.
    pub(super) fn may_be_reached_by(&self, dot: &Dot) -> bool {
        let margin = f64::from(f32::EPSILON) * self.bounds.min.coords.amax().max(self.bounds.max.coords.amax());
        self.bounds.squared_distance(&dot.near()) <= (self.reach + 2.0 * margin).powi(2)
    }

    /// Both together, unless that is too large for a block.
    fn joined(&self, other: &Self) -> Option<Self> {
        let mut bounds = self.bounds;
        bounds.include(&other.bounds.min);
        bounds.include(&other.bounds.max);
        let least = self.least.min(other.least);
        let measure = self.measure + other.measure;
        (measure <= BLOCK_MEASURE && bounds.size().norm() <= BLOCK_SIZE * least).then(|| Self {
            cells: self.cells.start..other.cells.end,
            bounds,
            least,
            reach: self.reach.max(other.reach),
            measure,
        })
    }
}
