use rayon::prelude::*;

use super::cells::{Cells, Disc, FRAGMENT_SIZE};
use super::domain::Domain;
use super::fragment::{Fragment, Patch};
use super::saturation::SATURATION;
use super::stream::{Purpose, stream};
use super::surface::{Place, Surface};
use super::sweep::{Dart, RESOLUTION, Sweep, Swept};
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Placement, Point, Vector};
use crate::mesh::{SurfacePoint, TriMesh};

/// More dots than this are not made: beyond any use, and gigabytes of memory.
pub const MOST_DOTS: f64 = 5e7;

/// What the vertices are rounded to in the frame of [`Options::frame`], mm: much more than the rounding of a motion over
/// metres, and nothing to a needle.
pub const FRAME_STEP_MM: f64 = 1.0 / 1_048_576.0;

/// Darts a round throws for each fragment, on average.
const DARTS_PER_FRAGMENT: f64 = 2.0;

/// Darts that the first round throws for each squared spacing of area; four times as many in each later round at most.
const FIRST_DARTS: f64 = 3.0;

/// Fragments that one task takes. A fixed number, so that results do not depend on the number of threads.
const CHUNK: usize = 4096;

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
/// # Algorithm
/// Darts fall as a Poisson process in time, uniform over the surface (in proportion to area over squared spacing), and
/// one is accepted when it obeys the rule: random sequential adsorption, the unbiased process. The surface is held as
/// fragments of triangles. Each round drops the fragments that one disc covers, bisects the others across their longest
/// edge down to the size of the round, throws darts at what is left, and accepts survivors in the order of their times.
/// Leaving out covered fragments leaves out only darts that would fail, so the process stays exact while the free area
/// shrinks geometrically; when no fragment is left the set is proven maximal.
///
/// References: Ebeida et al. 2012, "A simple algorithm for maximal Poisson-disk sampling in high dimensions"; White,
/// Cline & Egbert 2007, "Poisson disk point sets by hierarchical dart throwing"; Cline et al. 2009, "Dart throwing on
/// surfaces". Differs in testing fragments by convexity (three distances), in bisection instead of quadtrees, and in
/// times instead of a sequence, which makes rounds independent of threads.
///
/// # Complexity
/// About 9 darts and 47 tests of fragments a dot on triangles about as large as the spacing; O(n log n) for the search tree.
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
    let surface = Surface::new(framed.as_ref().unwrap_or(domain.mesh), &field);
    refuse_absurd_counts(&surface)?;
    if surface.flat_count() > 0 {
        let message = format!("{} triangles have no area and carry no dots", surface.flat_count());
        findings.push(Finding::new("triangles-without-area", Severity::Pass, message).times(surface.flat_count()));
    }
    let (mut cells, mut open) = Cells::build(&surface);
    findings.extend(insert_fixed(&mut cells, fixed, options)?);

    let mut samples = Samples { findings, ..Samples::default() };
    let measure = |fragment: &Fragment| {
        let (facet, corners) = fragment.open(&surface);
        let patch = Patch::new(&corners);
        patch.measure(facet, patch.longest_edge().1)
    };
    let first_measure: f64 = open.iter().map(measure).sum();
    let mut open_measure = first_measure;
    let mut done = 0.0_f64;
    for round in 0_u32.. {
        let pace = 0.5_f64.powi(round.min(500).cast_signed());
        let sweep = Sweep {
            surface: &surface,
            cells: &cells,
            size: (FRAGMENT_SIZE * pace).max(RESOLUTION),
            rate: (DARTS_PER_FRAGMENT * open.len() as f64 / open_measure).min(FIRST_DARTS / (pace * pace)),
        };
        let swept: Vec<Swept> = open
            .par_chunks(CHUNK)
            .enumerate()
            .map(|(chunk, fragments)| {
                let piece = (u64::from(round) << 40) | chunk as u64;
                sweep.run(fragments, stream(options.seed, Purpose::Darts, piece))
            })
            .collect();

        let mut darts: Vec<Dart> = swept.iter().flat_map(|part| &part.darts).copied().collect();
        darts.sort_unstable_by_key(|dart| dart.time);
        for dart in darts {
            let normal = surface.facet(dart.facet).normal;
            if !cells.blocked(dart.cell, &dart.place, &normal) {
                let Place { position, spacing, .. } = dart.place;
                cells.insert(Disc { centre: position, spacing, normal: options.sheets_apart.then_some(normal) });
                samples.dots.push(Sample { at: dart.place.on(dart.facet), position, spacing_mm: spacing });
            }
        }

        open = swept.iter().flat_map(|part| &part.open).copied().collect();
        open_measure = swept.iter().map(|part| part.open_measure).sum();
        samples.undecided += swept.iter().map(|part| part.undecided).sum::<usize>();
        samples.undecided_mm2 += swept.iter().map(|part| part.undecided_mm2).sum::<f64>();
        done = if open.is_empty() { 1.0 } else { done.max(1.0 - open_measure / first_measure) };
        (options.progress)(done);
        if open.is_empty() {
            break;
        }
    }
    if framed.is_some() {
        for dot in &mut samples.dots {
            dot.position = dot.at.position(domain.mesh);
            dot.spacing_mm -= FRAME_LOSS_MM;
        }
    }
    Ok(samples)
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

fn insert_fixed(cells: &mut Cells, fixed: &[FixedDot], options: &Options<'_>) -> Result<Option<Finding>> {
    let frame = options.frame.unwrap_or(Placement::IDENTITY);
    let loss_mm = if options.frame.is_some() { FRAME_LOSS_MM } else { 0.0 };
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
        without_effect += usize::from(!cells.insert(disc));
    }
    Ok((without_effect > 0).then(|| {
        let message = format!("{without_effect} of {} fixed dots are too far from the surface to matter", fixed.len());
        Finding::new("fixed-dots-off-surface", Severity::Warn, message)
            .times(without_effect)
            .remedy("check that the fixed dots belong to this surface")
    }))
}
