use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::disc::Disc;
use super::domain::Domain;
use super::filling::{Filled, Filling, Workspace};
use super::fixed::{FixedDiscs, FixedDot};
use super::layout::Layout;
use super::neighbours::Neighbours;
use super::partition::{Block, Partition};
use super::saturation::SATURATION;
use super::stream::{Purpose, stream};
use super::surface::Surface;
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Placement, Point};
use crate::mesh::SurfacePoint;

/// More dots than this are not made: beyond any use, and gigabytes of memory.
pub const MOST_DOTS: f64 = 5e7;

/// What the vertices are rounded to in the frame of [`Options::frame`], mm: much more than the rounding of a motion over
/// metres, and nothing to a needle.
pub const FRAME_STEP_MM: f64 = 1.0 / 1_048_576.0;

/// Darts that each pass before the last one throws for each squared spacing of area.
///
/// They bring two thirds of the dots while all blocks are open alike; only the last pass fills one block after the other
/// to the end. Without the early pass the borders of the blocks, where one side is full before the other is begun, would
/// take in 0.7 % more dots than unbiased darts; with it, 0.1 to 0.2 %.
pub(super) const EARLY_DARTS: [f64; 1] = [2.0];

/// In each of so many rounds the tiles of a block get their early darts one after the other.
const EARLY_ROUNDS: u32 = 3;

/// How to sample.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The same seed gives the same dots, whatever the number of threads.
    pub seed: u64,
    /// Whether dots whose triangles' normals make 90° or more lie on different sheets (folds, ears) and do not count as
    /// neighbours. Without it the distance in space is all that counts, also on rough scans whose triangles turn by as
    /// much within one sheet.
    pub sheets_apart: bool,
    /// The frame in which the dots are laid out: a surface moved together with its frame gets the same dots. Into it the
    /// mesh is moved and rounded to [`FRAME_STEP_MM`], so that ties are the same before and after. Without one the dots
    /// depend on where the mesh lies.
    pub frame: Option<Placement>,
    /// Told the share of the surface that is done, 0 to 1, never falling.
    pub progress: &'a (dyn Fn(f64) + Sync),
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("seed", &self.seed)
            .field("sheets_apart", &self.sheets_apart)
            .field("frame", &self.frame)
            .finish_non_exhaustive()
    }
}

impl Default for Options<'_> {
    /// Seed 0, distances in space, the mesh's own frame, silent.
    fn default() -> Self {
        Self { seed: 0, sheets_apart: false, frame: None, progress: &|_| {} }
    }
}

/// A new dot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Place on the mesh.
    pub at: SurfacePoint,
    /// Position, mm: `at.position(mesh)`; without [`Options::frame`] bit for bit the one that was tested.
    pub position: Point,
    /// Spacing at this place, mm; without [`Options::frame`] bit for bit the one that was used.
    pub spacing_mm: f64,
}

/// The new dots, in the order in which blocks of the surface were filled: each block in two runs, mostly neighbours.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Samples {
    /// The dots.
    pub dots: Vec<Sample>,
    /// Fragments of [`RESOLUTION`](super::RESOLUTION) size that were left: their middle is blocked, but no single dot covers them.
    pub undecided: usize,
    /// Area of those fragments, mm².
    pub undecided_mm2: f64,
    /// What was changed or left out.
    pub findings: Vec<Finding>,
}

/// Fills the surface with dots at random until there is room for no other.
///
/// Rule: two dots i, j are at least `min(spacing_i, spacing_j)` apart (Euclidean); with [`Options::sheets_apart`] only
/// dots of one sheet are neighbours. The set is maximal: at no place of the surface would one more dot obey the rule, up
/// to [`RESOLUTION`](super::RESOLUTION).
///
/// # Algorithm
/// Darts fall uniformly over the surface (in proportion to area over squared spacing), and one is accepted when it obeys
/// the rule: random sequential adsorption. The surface is cut into blocks of some hundred dots, whose whole state stays
/// in the cache of a core. A block is filled by hierarchical dart throwing: it is held as triangular fragments, on each
/// of which darts fall as a Poisson process in time. A fragment without room is dropped, and one in which a dart fails
/// is halved. Leaving out what is covered leaves out only darts that would fail, so the darts stay unbiased while the
/// free area shrinks geometrically; when no fragment is left, the block is proven full.
///
/// Four things make this quick. For each corner of a fragment there is one bit for each disc nearby that reaches it; a
/// disc whose bit all corners share covers the fragment, by convexity. A disc that reaches two corners is cut off where
/// it ends, and an edge is parted where a disc ends, so that fragments soon have the shape of the gaps they hold: a dot
/// takes four darts, of which three fall before there are fragments. Time is walked through in slices, in each of which
/// fragments get their darts in the order in which they lie in memory; slices are short enough for that order to leave
/// no trace. And corners are compared with eight discs at a time in single precision: a bit is set only where rounding
/// could not decide otherwise. Darts that it cannot judge, and fragments so small that it would see nothing, are compared
/// in double precision.
///
/// Blocks that are no neighbours are filled at the same time, each with random numbers of its own, so the result does
/// not depend on the number of threads. Before blocks are filled to the end, all get a share of the darts in turn, so
/// that their borders leave no trace. The dots come in the order in which blocks were filled.
///
/// References: White, Cline & Egbert 2007, "Poisson disk point sets by hierarchical dart throwing"; Ebeida et al. 2012,
/// "A simple algorithm for maximal Poisson-disk sampling in high dimensions"; Cline et al. 2009, "Dart throwing on
/// surfaces"; Bowers, Wang, Wei & Maletz 2010, "Parallel Poisson disk sampling with spectrum analysis on surfaces", for
/// the groups of blocks. Cutting fragments along the discs takes the place of the gap polygons of Ebeida et al. 2011,
/// "Efficient maximal Poisson-disk sampling".
///
/// # Errors
/// A mesh without area, a spacing that is not positive, fixed dots that are not finite, more than [`MOST_DOTS`] dots.
pub fn sample(domain: &Domain<'_>, fixed: &[FixedDot], options: &Options<'_>) -> Result<Samples> {
    let (field, findings) = domain.field()?;
    let layout = Layout::new(domain.mesh, options.frame.as_ref(), options.sheets_apart)?;
    let mut samples = fill(&layout, &field, fixed, &EARLY_DARTS, options)?;
    samples.findings.splice(0..0, findings);
    Ok(samples)
}

/// [`sample`] on a mesh that is laid out already, with the spacing at the vertices of the original. `early_darts` may be
/// empty where the fixed dots leave small gaps only: then the borders of blocks leave no trace without them.
pub(super) fn fill(
    layout: &Layout<'_>,
    field: &[f64],
    fixed: &[FixedDot],
    early_darts: &[f64],
    options: &Options<'_>,
) -> Result<Samples> {
    let loss_mm = if options.frame.is_some() { FRAME_LOSS_MM } else { 0.0 };
    let field = match options.frame {
        Some(_) => Cow::Owned(field.iter().map(|spacing_mm| spacing_mm + loss_mm).collect()),
        None => Cow::Borrowed(field),
    };
    let surface = Surface::new(layout, &field);
    let expected_dots = expected_dots(&surface)?;
    let partition = Partition::new(&surface);
    let tree = partition.tree();
    let course = Course {
        surface: &surface,
        neighbours: Neighbours::new(partition.blocks(), &tree),
        partition: &partition,
        early_darts,
        options,
        workspaces: Mutex::default(),
        done: Mutex::default(),
    };
    // Memory is taken once; what is not needed is never touched.
    let measure: f64 = partition.blocks().iter().map(Block::measure).sum();
    let expected_dots = (1.05 * SATURATION * measure).min(expected_dots) as usize;
    let mut samples = Samples::default();
    samples.dots.reserve_exact(expected_dots.saturating_sub(fixed.len()));
    let mut fixed = FixedDiscs::new(fixed_discs(fixed, options)?, &tree);
    if layout.flat > 0 {
        let message = format!("{} triangles have no area and carry no dots", layout.flat);
        samples.findings.push(Finding::new("triangles-without-area", Severity::Pass, message).times(layout.flat));
    }
    course.run(&mut fixed, &mut samples);
    samples.findings.extend(fixed.finding());
    samples.dots.par_iter_mut().for_each(|dot| {
        dot.at.triangle = layout.triangle(dot.at.triangle);
        if options.frame.is_some() {
            dot.position = dot.at.position(layout.original);
            dot.spacing_mm -= loss_mm;
        }
    });
    Ok(samples)
}

/// What all blocks share while they are filled.
struct Course<'a> {
    surface: &'a Surface<'a>,
    partition: &'a Partition,
    neighbours: Neighbours,
    early_darts: &'a [f64],
    options: &'a Options<'a>,
    /// Workspaces that nobody uses at the moment.
    workspaces: Mutex<Vec<Workspace>>,
    /// Blocks that are filled, counted once a pass.
    done: Mutex<usize>,
}

impl Course<'_> {
    fn passes(&self) -> usize {
        self.early_darts.len() + 1
    }

    /// Fills all blocks, in each pass one group of blocks after the other.
    fn run(&self, fixed: &mut FixedDiscs, samples: &mut Samples) {
        let blocks = self.partition.blocks();
        // Where the dots of each block are that came in each pass.
        let mut ranges = vec![vec![0..0; blocks.len()]; self.passes()];
        for pass in 0..self.passes() {
            for group in &self.neighbours.groups {
                let fill = |&number: &u32| self.fill(pass, number, &samples.dots, &ranges, fixed);
                // One by one, so that no thread waits for another's long list.
                let filled: Vec<Filled> = group.par_iter().with_max_len(1).map(fill).collect();
                for (&number, filled) in group.iter().zip(filled) {
                    let first = samples.dots.len();
                    samples.dots.extend(filled.dots);
                    ranges[pass][number as usize] = first..samples.dots.len();
                    fixed.meet(filled.met);
                    samples.undecided += filled.undecided;
                    samples.undecided_mm2 += filled.undecided_mm2;
                }
            }
        }
    }

    /// Fills one block in one pass, among the dots that are there.
    fn fill(
        &self,
        pass: usize,
        number: u32,
        dots: &[Sample],
        ranges: &[Vec<Range<usize>>],
        fixed: &FixedDiscs,
    ) -> Filled {
        let mut workspace = lock(&self.workspaces).pop().unwrap_or_default();
        let rng = stream(self.options.seed, Purpose::Darts, ((pass as u64) << 40) | u64::from(number));
        let block = &self.partition.blocks()[number as usize];
        let mut filling = Filling::new(self.surface, self.partition, block, &mut workspace, rng);
        fixed.of(number).for_each(|(number, disc)| filling.insert_fixed(number, disc));
        let reached = block.reached();
        for &from in self.neighbours.of(number).iter().chain([&number]) {
            for of_pass in ranges {
                for dot in &dots[of_pass[from as usize].clone()] {
                    if from == number || reached.holds(&dot.position) {
                        let normal = self.surface.normal(dot.at.triangle);
                        filling.insert(&Disc { centre: dot.position, spacing: dot.spacing_mm, normal });
                    }
                }
            }
        }
        match self.early_darts.get(pass) {
            Some(darts) => (0..EARLY_ROUNDS).for_each(|_| filling.throw(darts / f64::from(EARLY_ROUNDS))),
            None => filling.exhaust(),
        }
        let filled = filling.finish();
        lock(&self.workspaces).push(workspace);
        let mut done = lock(&self.done);
        *done += 1;
        (self.options.progress)(*done as f64 / (self.passes() * self.partition.blocks().len()) as f64);
        filled
    }
}

/// The fixed dots in the frame of the options.
fn fixed_discs(fixed: &[FixedDot], options: &Options<'_>) -> Result<Vec<Disc>> {
    let frame = options.frame.unwrap_or(Placement::IDENTITY);
    let loss_mm = if options.frame.is_some() { FRAME_LOSS_MM } else { 0.0 };
    let disc = |(index, dot): (usize, &FixedDot)| {
        dot.check(index)?;
        let normal = dot.normal.filter(|_| options.sheets_apart).map(|normal| frame.direction(&normal));
        Ok(Disc { centre: frame.point(&dot.position), spacing: dot.spacing_mm + loss_mm, normal })
    };
    fixed.iter().enumerate().map(disc).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Two dots lose no more of their distance than this when they go from the rounded mesh back to the true one, mm.
const FRAME_LOSS_MM: f64 = 2.0 * FRAME_STEP_MM;

/// About how many dots come, or more; errors when there can be none, or too many.
fn expected_dots(surface: &Surface<'_>) -> Result<f64> {
    if surface.layout.mesh.is_empty() {
        return Err(Error::input("a surface without area")
            .expected("at least one triangle with an area")
            .remedy("check the mesh and the boundary"));
    }
    let expected = surface.expected_dots();
    if expected > MOST_DOTS {
        return Err(Error::input(format!("a spacing so small that about {expected:.3e} dots would come"))
            .expected(format!("at most {MOST_DOTS:.0e} dots"))
            .remedy("check the spacing and the unit of the mesh"));
    }
    Ok(expected)
}
