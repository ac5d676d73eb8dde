use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::box_tree::BoxTree;
use super::domain::Domain;
use super::filling::{Dot, Filled, Filling, Workspace};
use super::neighbours::Neighbours;
use super::partition::Partition;
use super::saturation::SATURATION;
use super::stream::{Purpose, stream};
use super::surface::Surface;
use super::tiles::Disc;
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Aabb, Placement, Point, Vector};
use crate::mesh::{SurfacePoint, TriMesh};

/// More dots than this are not made: beyond any use, and gigabytes of memory.
pub const MOST_DOTS: f64 = 5e7;

/// What the vertices are rounded to in the frame of [`Options::frame`], mm: much more than the rounding of a motion over
/// metres, and nothing to a needle.
pub const FRAME_STEP_MM: f64 = 1.0 / 1_048_576.0;

/// Darts that each early pass throws for each squared spacing of area. They bring most of the dots while all blocks are
/// open alike; only the last pass fills one block after the other.
const EARLY_DARTS: [f64; 1] = [2.0];

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

/// A dot that is there already and to which new ones keep their distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedDot {
    /// Where it is, mm; on or near the surface.
    pub position: Point,
    /// Normal of the sheet it lies on; without one it counts on every sheet. Matters with [`Options::sheets_apart`] only.
    pub normal: Option<Vector>,
    /// Least distance it keeps, mm: new dots stay away by the smaller of this and their own spacing.
    pub spacing_mm: f64,
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

/// The new dots, in the order in which they were accepted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Samples {
    /// The dots.
    pub dots: Vec<Sample>,
    /// Fragments of [`RESOLUTION`] size that were left: their middle is blocked, but no single dot covers them.
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
/// to [`RESOLUTION`].
///
/// DOCS
///
/// # Errors
/// A mesh without area, a spacing that is not positive, fixed dots that are not finite, more than [`MOST_DOTS`] dots.
pub fn sample(domain: &Domain<'_>, fixed: &[FixedDot], options: &Options<'_>) -> Result<Samples> {
    let (mut field, mut findings) = domain.field()?;
    let framed = options.frame.map(|frame| in_frame(domain.mesh, &frame)).transpose()?;
    if framed.is_some() {
        for spacing_mm in &mut field {
            *spacing_mm += FRAME_LOSS_MM;
        }
    }
    let mut surface = Surface::new(framed.as_ref().unwrap_or(domain.mesh), &field);
    refuse_absurd_counts(&surface)?;
    if surface.flat_count() > 0 {
        let message = format!("{} triangles have no area and carry no dots", surface.flat_count());
        findings.push(Finding::new("triangles-without-area", Severity::Pass, message).times(surface.flat_count()));
    }
    let partition = Partition::new(&mut surface);
    let blocks = partition.blocks();
    let tree = partition.tree();
    let neighbours = Neighbours::new(blocks, &tree);
    let (fixed, finding) = FixedDiscs::new(fixed, &tree, options)?;
    findings.extend(finding);

    let mut samples = Samples { findings, ..Samples::default() };
    let mut dots: Vec<Vec<Dot>> = vec![Vec::new(); blocks.len()];
    let workspaces = Mutex::new(Vec::<Workspace>::new());
    let passes = EARLY_DARTS.len() + 1;
    for pass in 0..passes {
        for (turn, group) in neighbours.groups.iter().enumerate() {
            let fill = |&number: &u32| {
                let mut workspace = lock(&workspaces).pop().unwrap_or_default();
                let rng = stream(options.seed, Purpose::Darts, ((pass as u64) << 40) | u64::from(number));
                let block = &blocks[number as usize];
                let mut filling = Filling::new(&surface, &partition, block, options.sheets_apart, &mut workspace, rng);
                for disc in fixed.of(number) {
                    filling.insert(disc);
                }
                for &from in neighbours.of(number).iter().chain([&number]) {
                    for dot in dots[from as usize].iter().filter(|dot| block.may_be_reached_by(dot)) {
                        filling.insert(&dot.disc(&surface, options.sheets_apart));
                    }
                }
                match EARLY_DARTS.get(pass) {
                    Some(darts) => filling.throw(darts * block.measure),
                    None => filling.exhaust(),
                }
                let filled = filling.finish();
                lock(&workspaces).push(workspace);
                filled
            };
            let filled: Vec<Filled> = group.par_iter().map(fill).collect();
            for (number, filled) in group.iter().zip(filled) {
                let all = &mut dots[*number as usize];
                all.reserve_exact(filled.dots.len());
                all.extend(filled.dots);
                samples.undecided += filled.undecided;
                samples.undecided_mm2 += filled.undecided_mm2;
            }
            let turns = neighbours.groups.len();
            (options.progress)((pass * turns + turn + 1) as f64 / (passes * turns) as f64);
        }
    }
    samples.dots.reserve_exact(dots.iter().map(Vec::len).sum());
    for dot in dots.into_iter().flatten() {
        let facet = surface.facet(dot.facet);
        let place = facet.place(dot.weights);
        let at = place.on(facet.triangle);
        samples.dots.push(match framed {
            None => Sample { at, position: place.position, spacing_mm: place.spacing },
            Some(_) => {
                Sample { at, position: at.position(domain.mesh), spacing_mm: place.spacing - FRAME_LOSS_MM }
            }
        });
    }
    Ok(samples)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Two dots lose no more of their distance than this when they go from the rounded mesh back to the true one, mm.
const FRAME_LOSS_MM: f64 = 2.0 * FRAME_STEP_MM;

/// The mesh in another frame, rounded.
fn in_frame(mesh: &TriMesh, frame: &Placement) -> Result<TriMesh> {
    let rounded = |vertex: &Point| frame.point(vertex).map(|c| (c / FRAME_STEP_MM).round() * FRAME_STEP_MM);
    TriMesh::new(mesh.vertices().iter().map(rounded).collect(), mesh.triangles().to_vec())
}

/// Errors when no dots can come, or too many.
fn refuse_absurd_counts(surface: &Surface) -> Result<()> {
    if surface.facets().next().is_none() {
        return Err(Error::input("a surface without area")
            .expected("at least one triangle with an area")
            .remedy("check the mesh and the boundary"));
    }
    let filled = SATURATION * surface.facets().map(|(_, facet)| facet.measure()).sum::<f64>();
    // A needle is filled along its length, however small its area.
    let expected = surface.facets().map(|(_, facet)| facet.relative_length()).fold(filled, f64::max);
    if expected > MOST_DOTS {
        return Err(Error::input(format!("a spacing so small that about {expected:.3e} dots would come"))
            .expected(format!("at most {MOST_DOTS:.0e} dots"))
            .remedy("check the spacing and the unit of the mesh"));
    }
    Ok(())
}

/// The dots that are there already, by the blocks in their reach.
struct FixedDiscs {
    /// Block and disc, sorted by block.
    discs: Vec<(u32, Disc)>,
}

impl FixedDiscs {
    fn new(
        fixed: &[FixedDot],
        tree: &BoxTree,
        options: &Options<'_>,
    ) -> Result<(Self, Option<Finding>)> {
        let frame = options.frame.unwrap_or(Placement::IDENTITY);
        let loss_mm = if options.frame.is_some() { FRAME_LOSS_MM } else { 0.0 };
        let mut discs = Vec::new();
        let mut without_effect = 0;
        for (index, dot) in fixed.iter().enumerate() {
            let finite = dot.position.iter().chain(dot.normal.iter().flatten()).all(|number| number.is_finite());
            if !(finite && dot.spacing_mm.is_finite() && dot.spacing_mm > 0.0) {
                return Err(Error::input(format!("position {}, spacing {} mm", dot.position, dot.spacing_mm))
                    .place(format!("fixed dot {index}"))
                    .expected("finite numbers and a spacing above 0 mm")
                    .remedy("correct or remove the dot"));
            }
            let normal = dot.normal.filter(|_| options.sheets_apart).map(|normal| frame.direction(&normal));
            let disc = Disc { centre: frame.point(&dot.position), spacing: dot.spacing_mm + loss_mm, normal };
            let before = discs.len();
            let place = Aabb { min: disc.centre, max: disc.centre };
            tree.reached(&place, disc.spacing, &mut |block| discs.push((block, disc)));
            without_effect += usize::from(discs.len() == before);
        }
        discs.sort_by_key(|(block, _)| *block);
        let finding = (without_effect > 0).then(|| {
            let message = format!("{without_effect} of {} fixed dots are too far from the surface to matter", fixed.len());
            Finding::new("fixed-dots-off-surface", Severity::Warn, message)
                .times(without_effect)
                .remedy("check that the fixed dots belong to this surface")
        });
        Ok((Self { discs }, finding))
    }

    fn of(&self, block: u32) -> impl Iterator<Item = &Disc> {
        let first = self.discs.partition_point(|(number, _)| *number < block);
        self.discs[first..].iter().take_while(move |(number, _)| *number == block).map(|(_, disc)| disc)
    }
}
