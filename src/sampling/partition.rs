use std::ops::Range;

use rayon::prelude::*;
use wide::f32x4;

use super::box_tree::BoxTree;
use super::patch::Patch;
use super::surface::{Facet, Place, Surface};
use crate::geometry::{Aabb, Point, Vector};

/// Longest edge of a piece and largest extent of a cell of several pieces, in spacings.
const CELL_SIZE: f64 = 5.5;

/// About so many triangles make a stretch, for which one task works.
const STRETCH: u32 = 4096;

/// The curve is parted without a look at its triangles down to cubes of this diagonal, in spacings.
const UNSEEN_SIZE: f64 = 2.0 * CELL_SIZE;

/// A block holds at most this measure (area over squared spacing): its discs and fragments stay in the cache of a core.
const BLOCK_MEASURE: f32 = 512.0;

/// Largest extent of a block of several cells, in spacings.
const BLOCK_SIZE: f32 = 64.0;

/// The surface cut into pieces, the pieces grouped into cells of about the spacing, and the cells into blocks that are
/// filled one at a time. All follow the local spacing, and exist only where there is surface.
#[derive(Debug, Default)]
pub(super) struct Partition {
    stretches: Vec<Stretch>,
    blocks: Vec<Block>,
}

/// The pieces of neighbouring triangles, by cells.
#[derive(Debug, Default)]
struct Stretch {
    pieces: Vec<Piece>,
    /// The first piece of each cell, and the end.
    cells: Vec<u32>,
}

/// A part of a triangle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) triangle: u32,
    /// Weights of its corners, exactly: multiples of 2^-24. No edge has more than [`MOST_DOTS`](super::MOST_DOTS)
    /// spacings, so a needle is halved at most `log2(MOST_DOTS / CELL_SIZE)` times, 23.1; nor does any triangle hold more
    /// dots, and one that is halved n times holds about `CELL_SIZE² 2^n / 6`.
    pub(super) weights: [[f32; 2]; 3],
    /// Area over squared spacing.
    pub(super) measure: f32,
}

/// A piece that is to be sorted.
#[derive(Debug, Clone, Copy)]
struct Loose {
    piece: Piece,
    hull: Hull,
}

/// What is known of some pieces together, in single precision.
#[derive(Debug, Clone, Copy)]
struct Hull {
    /// Smallest coordinates, relative to the origin of the partition, and smallest spacing, mm.
    min: [f32; 4],
    /// Largest coordinates and spacing.
    max: [f32; 4],
    /// Area over squared spacing.
    measure: f32,
}

/// Cells that are filled together.
#[derive(Debug, Clone)]
pub(super) struct Block {
    stretch: u32,
    cells: Range<u32>,
    hull: Hull,
    pub(super) bounds: Aabb,
}

impl Hull {
    const EMPTY: Self = Self { min: [f32::INFINITY; 4], max: [f32::NEG_INFINITY; 4], measure: 0.0 };

    #[inline]
    fn of(patch: &Patch, measure: f32, origin: &Point) -> Self {
        let [a, b, c] = patch.corners.each_ref().map(|corner| {
            let away = corner.position - origin;
            f32x4::new([away.x as f32, away.y as f32, away.z as f32, corner.spacing as f32])
        });
        let [min, max] = [a.fast_min(b).fast_min(c), a.fast_max(b).fast_max(c)].map(f32x4::to_array);
        Self { min, max, measure }
    }

    #[inline]
    fn and(&self, other: &Self) -> Self {
        Self {
            min: f32x4::from(self.min).fast_min(f32x4::from(other.min)).to_array(),
            max: f32x4::from(self.max).fast_max(f32x4::from(other.max)).to_array(),
            measure: self.measure + other.measure,
        }
    }

    /// A box around the pieces, wide enough for the rounding of its corners.
    fn bounds(&self, origin: &Point) -> Aabb {
        let [min, max] = [self.min, self.max].map(|[x, y, z, _]| Vector::from([x, y, z].map(f64::from)));
        let margin = f64::from(f32::EPSILON) * min.amax().max(max.amax());
        Aabb { min: origin + min.add_scalar(-margin), max: origin + max.add_scalar(margin) }
    }

    /// Largest spacing inside, mm, or a little more.
    fn reach(&self) -> f64 {
        f64::from(self.max[3] * (1.0 + f32::EPSILON))
    }

    /// Smallest spacing inside, mm, up to rounding.
    fn least(&self) -> f32 {
        self.min[3]
    }

    fn extent(&self) -> [f32; 3] {
        [0, 1, 2].map(|axis| self.max[axis] - self.min[axis])
    }

    /// Whether its diagonal is at most so many of its smallest spacings.
    fn within(&self, size: f32) -> bool {
        let squared: f32 = self.extent().iter().map(|extent| extent * extent).sum();
        squared <= (size * self.least()).powi(2)
    }
}

impl Piece {
    /// Whether it is a whole triangle.
    #[inline]
    fn is_whole(&self) -> bool {
        self.weights.as_flattened() == WHOLE.as_flattened()
    }

    /// Its corners, where the facet puts them.
    #[inline]
    pub(super) fn corners(&self, facet: &Facet) -> [Place; 3] {
        if self.is_whole() {
            return facet.corners();
        }
        self.weights.map(|weights| facet.place(weights.map(f64::from)))
    }
}

impl Loose {
    /// Twice the middle of the box around it, along one axis.
    #[inline]
    fn middle(&self, axis: usize) -> f32 {
        self.hull.min[axis] + self.hull.max[axis]
    }
}

/// A weight in single precision, which holds it.
fn exactly(weight: f64) -> f32 {
    let single = weight as f32;
    debug_assert_eq!(f64::from(single).to_bits(), weight.to_bits(), "a triangle was halved too often");
    single
}

/// Weights of the corners of a whole triangle.
const WHOLE: [[f32; 2]; 3] = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]];

impl Partition {
    pub(super) fn new(surface: &Surface<'_>) -> Self {
        // On the surface, even where the mesh has vertices far away that no triangle has.
        let origin = surface.facet(0).corners()[0].position;
        let largest_spacing = surface.largest_spacing();
        let mut ranges = Vec::new();
        let end = surface.layout.mesh.triangles().len() as u32;
        surface.layout.stretches(0..end, STRETCH, &mut ranges);
        let divide = |(stretch, triangles): (usize, Range<u32>)| {
            let mut division = Division {
                surface,
                origin,
                largest_spacing,
                stretch: Stretch { pieces: Vec::with_capacity(triangles.len()), cells: Vec::new() },
                number: stretch as u32,
                blocks: Vec::new(),
                loose: Vec::new(),
            };
            division.whole(triangles);
            (division.stretch, division.blocks)
        };
        let (stretches, blocks): (Vec<Stretch>, Vec<Vec<Block>>) =
            ranges.into_par_iter().enumerate().map(divide).unzip();
        Self { stretches, blocks: blocks.concat() }
    }

    pub(super) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The pieces of each cell of a block.
    pub(super) fn cells(&self, block: &Block) -> impl Iterator<Item = &[Piece]> {
        let stretch = &self.stretches[block.stretch as usize];
        let bounds = &stretch.cells[block.cells.start as usize..=block.cells.end as usize];
        bounds.windows(2).map(|ends| &stretch.pieces[ends[0] as usize..ends[1] as usize])
    }

    /// The blocks in a tree.
    pub(super) fn tree(&self) -> BoxTree {
        let mut tree = BoxTree::default();
        tree.rebuild(self.blocks.iter().map(|block| (block.bounds, block.reach())));
        tree
    }
}

/// Sorting the pieces of a stretch into cells and blocks.
struct Division<'a> {
    surface: &'a Surface<'a>,
    origin: Point,
    largest_spacing: f64,
    stretch: Stretch,
    /// That of the stretch.
    number: u32,
    blocks: Vec<Block>,
    /// Pieces that are being sorted.
    loose: Vec<Loose>,
}

impl Division<'_> {
    /// Sorts all triangles of the stretch.
    fn whole(&mut self, triangles: Range<u32>) {
        let rest = self.divide(triangles);
        self.blocks.extend(rest);
        self.blocks.sort_unstable_by_key(|block| block.cells.start);
        self.stretch.cells.push(self.stretch.pieces.len() as u32);
    }

    /// Sorts triangles into cells. Returns the block of them all, or nothing when it would be too large and its parts are
    /// blocks.
    fn divide(&mut self, triangles: Range<u32>) -> Option<Block> {
        if let Some((diagonal_mm, second)) = self.surface.layout.part(&triangles)
            && diagonal_mm > UNSEEN_SIZE * self.largest_spacing
        {
            let lower = self.divide(triangles.start..second);
            let upper = self.divide(second..triangles.end);
            return self.join(lower, upper);
        }
        let mut loose = std::mem::take(&mut self.loose);
        loose.clear();
        triangles.for_each(|triangle| self.cut(triangle, &mut loose));
        let block = self.divide_pieces(&mut loose);
        self.loose = loose;
        block
    }

    /// Adds the pieces of a triangle.
    fn cut(&self, triangle: u32, loose: &mut Vec<Loose>) {
        let facet = self.surface.facet(triangle);
        let area_mm2 = facet.area_mm2();
        Patch { corners: facet.corners() }.cut(CELL_SIZE, &mut |patch, squared_length| {
            let weights = patch.corners.map(|corner| corner.weights.map(exactly));
            let measure = patch.measure(area_mm2, squared_length) as f32;
            let hull = Hull::of(patch, measure, &self.origin);
            loose.push(Loose { piece: Piece { triangle, weights, measure }, hull });
        });
    }

    /// The same as `divide` with pieces.
    fn divide_pieces(&mut self, loose: &mut [Loose]) -> Option<Block> {
        let hull = loose.iter().fold(Hull::EMPTY, |hull, piece| hull.and(&piece.hull));
        if loose.len() <= 1 || hull.within(CELL_SIZE as f32) {
            let cell = self.stretch.cells.len() as u32;
            self.stretch.cells.push(self.stretch.pieces.len() as u32);
            self.stretch.pieces.extend(loose.iter().map(|loose| loose.piece));
            return Some(Block {
                stretch: self.number,
                cells: cell..cell + 1,
                hull,
                bounds: hull.bounds(&self.origin),
            });
        }
        let extent = hull.extent();
        let axis = if extent[0] >= extent[1] && extent[0] >= extent[2] {
            0
        } else if extent[1] >= extent[2] {
            1
        } else {
            2
        };
        let middle = halve(loose, axis, hull.min[axis] + hull.max[axis]);
        let (lower, upper) = loose.split_at_mut(middle);
        let (lower, upper) = (self.divide_pieces(lower), self.divide_pieces(upper));
        self.join(lower, upper)
    }

    /// Joins the blocks of two parts, or closes them.
    fn join(&mut self, lower: Option<Block>, upper: Option<Block>) -> Option<Block> {
        if let (Some(lower), Some(upper)) = (&lower, &upper)
            && let Some(both) = lower.joined(upper, &self.origin)
        {
            return Some(both);
        }
        self.blocks.extend(lower.into_iter().chain(upper));
        None
    }
}

/// Puts pieces whose doubled middle is below `at` first and says how many they are; about half of them, or exactly half
/// where `at` would leave one side with next to nothing.
fn halve(pieces: &mut [Loose], axis: usize, at: f32) -> usize {
    let mut below = 0;
    // Without a branch, which would go either way.
    for index in 0..pieces.len() {
        let piece = pieces[index];
        pieces.swap(index, below);
        below += usize::from(piece.middle(axis) < at);
    }
    let least = pieces.len().div_ceil(16);
    if (least..=pieces.len() - least).contains(&below) {
        return below;
    }
    let middle = pieces.len() / 2;
    pieces.select_nth_unstable_by(middle, |a, b| {
        a.middle(axis).total_cmp(&b.middle(axis)).then(a.piece.triangle.cmp(&b.piece.triangle))
    });
    middle
}

impl Block {
    /// Largest spacing inside, mm, or a little more.
    pub(super) fn reach(&self) -> f64 {
        self.hull.reach()
    }

    /// Area over squared spacing.
    pub(super) fn measure(&self) -> f64 {
        f64::from(self.hull.measure)
    }

    /// A box around all places from which a dot can matter in the block.
    pub(super) fn reached(&self) -> Aabb {
        let Aabb { min, max } = self.bounds;
        Aabb { min: min.map(|c| c - self.reach()), max: max.map(|c| c + self.reach()) }
    }

    /// Both together, unless that is too large for a block.
    fn joined(&self, other: &Self, origin: &Point) -> Option<Self> {
        let hull = self.hull.and(&other.hull);
        (hull.measure <= BLOCK_MEASURE && hull.within(BLOCK_SIZE)).then(|| Self {
            stretch: self.stretch,
            cells: self.cells.start..other.cells.end,
            hull,
            bounds: hull.bounds(origin),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::layout::Layout;
    use super::*;
    use crate::mesh::TriMesh;

    /// A bumpy sheet of `n` by `n` squares of 1 mm, and a spacing at each vertex.
    fn sheet(n: u32, seed: u64, spacing: f64) -> (TriMesh, Vec<f64>) {
        let noise = |i: u32| ((u64::from(i) + 1) * (seed | 1)).wrapping_mul(0x9e37_79b9) % 1000;
        let vertex = |i: u32| {
            let [x, y] = [i % (n + 1), i / (n + 1)].map(f64::from);
            Point::new(x, y, noise(i) as f64 * 1e-3)
        };
        let corners = |i: u32| {
            let a = i / n * (n + 1) + i % n;
            [[a, a + 1, a + n + 2], [a, a + n + 2, a + n + 1]]
        };
        let count = (n + 1) * (n + 1);
        let mesh = TriMesh::new((0..count).map(vertex).collect(), (0..n * n).flat_map(corners).collect()).unwrap();
        (mesh, (0..count).map(|i| spacing * (1.0 + noise(i) as f64 * 5e-4)).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn cells_are_small_and_hold_every_triangle_once(
            n in 1..60_u32,
            seed in any::<u64>(),
            // Triangles far smaller and larger than a cell.
            spacing in (-3.0..3.0_f64).prop_map(f64::exp),
        ) {
            let (mesh, field) = sheet(n, seed >> 32, spacing.max(0.01 * f64::from(n)));
            let layout = Layout::new(&mesh, None, false).unwrap();
            let surface = Surface::new(&layout, &field);
            let partition = Partition::new(&surface);
            let mut shares = vec![0.0; mesh.triangles().len()];
            for block in partition.blocks() {
                let mut measure = 0.0;
                for cell in partition.cells(block) {
                    let mut bounds = Aabb::EMPTY;
                    let mut least = f64::INFINITY;
                    for piece in cell {
                        let [a, b, c] = piece.weights.map(|weights| weights.map(f64::from));
                        shares[layout.triangle(piece.triangle) as usize] +=
                            ((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])).abs();
                        measure += f64::from(piece.measure);
                        for place in piece.corners(&surface.facet(piece.triangle)) {
                            bounds.include(&place.position);
                            least = least.min(place.spacing);
                            prop_assert!(block.bounds.holds(&place.position));
                            prop_assert!(place.spacing <= block.reach());
                        }
                    }
                    prop_assert!(bounds.size().norm() <= CELL_SIZE * least * (1.0 + 1e-4) || cell.len() == 1);
                }
                prop_assert!((measure / block.measure() - 1.0).abs() < 1e-4);
                prop_assert!(measure <= f64::from(BLOCK_MEASURE) * (1.0 + 1e-4) || block.cells.len() == 1);
            }
            // Halves of halves: exact.
            prop_assert!(shares.iter().all(|share| (share - 1.0).abs() < 1e-12));
        }
    }
}
