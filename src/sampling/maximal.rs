use rand::RngExt;
use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::cells::{Cells, Disc, FRAGMENT_SIZE};
use super::domain::Domain;
use super::saturation::SATURATION;
use super::stream::{Purpose, stream};
use super::surface::{Facet, Fragment, Patch, Place, Surface};
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Point, Vector};
use crate::mesh::SurfacePoint;

/// More dots than this are not made: beyond any use, and gigabytes of memory.
pub const MOST_DOTS: f64 = 5e7;

/// Fragments shorter than this many spacings are not divided any more. Their middle is known to be blocked then, so no
/// place in them is farther than 1 + 1e-6 of the rule from every dot.
pub const RESOLUTION: f64 = 2.5e-7;

/// Darts a round throws for each fragment, on average.
const DARTS_PER_FRAGMENT: f64 = 2.0;

/// Darts that the first round throws for each squared spacing of area; four times as many in each later round at most.
const FIRST_DARTS: f64 = 3.0;

/// A fragment counts at least as this share of the square over its longest edge, so that slivers get darts before they
/// are divided into dust. It changes how soon slivers are tried, not what may be accepted.
const LEAST_SHAPE: f64 = 0.01;

/// Fragments that one task takes. A fixed number, so that results do not depend on the number of threads.
const CHUNK: usize = 4096;

/// How to sample.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The same seed gives the same dots, whatever the number of threads.
    pub seed: u64,
    /// Told the share of the surface that is done, 0 to 1, never falling.
    pub progress: &'a (dyn Fn(f64) + Sync),
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("seed", &self.seed).finish_non_exhaustive()
    }
}

impl Default for Options<'_> {
    /// Seed 0, silent.
    fn default() -> Self {
        Self { seed: 0, progress: &|_| {} }
    }
}

/// A dot that is there already and to which new ones keep their distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedDot {
    /// Where it is, mm; on or near the surface.
    pub position: Point,
    /// Normal of the sheet it lies on; without one it counts on every sheet.
    pub normal: Option<Vector>,
    /// Least distance it keeps, mm: new dots stay away by the smaller of this and their own spacing.
    pub spacing_mm: f64,
}

/// A new dot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Place on the mesh.
    pub at: SurfacePoint,
    /// Position, mm: bit for bit the one that was tested, and `at.position(mesh)`.
    pub position: Point,
    /// Spacing at this place, mm: bit for bit the one that was used.
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
/// Rule: two dots i, j are at least `min(spacing_i, spacing_j)` apart (Euclidean). Dots whose triangles' normals make
/// 90° or more lie on different sheets (folds, ears) and do not count as neighbours. The set is maximal: at no place of
/// the surface would one more dot obey the rule, up to [`RESOLUTION`].
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
/// About 10 darts and 40 fragments a dot; O(n log n) for the search tree.
///
/// # Errors
/// A mesh without area, a spacing that is not positive, fixed dots that are not finite, more than [`MOST_DOTS`] dots.
pub fn sample(domain: &Domain<'_>, fixed: &[FixedDot], options: &Options<'_>) -> Result<Samples> {
    let (field, mut findings) = domain.field()?;
    let surface = Surface::new(domain.mesh, &field);
    let expected = estimate(&surface)?;
    if surface.flat_count() > 0 {
        let message = format!("{} triangles have no area and carry no dots", surface.flat_count());
        findings.push(Finding::new("triangles-without-area", Severity::Pass, message).times(surface.flat_count()));
    }
    let (mut cells, mut open) = Cells::build(&surface);
    findings.extend(insert_fixed(&mut cells, fixed)?);

    let mut samples = Samples { dots: Vec::with_capacity(expected as usize), findings, ..Samples::default() };
    let measure = |fragment: &Fragment| {
        let (facet, corners) = surface.open(fragment);
        Patch::new(&corners).measure(facet, LEAST_SHAPE)
    };
    let first_measure: f64 = open.iter().map(measure).sum();
    let mut open_measure = first_measure;
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
        darts.sort_by_key(|dart| dart.time);
        for dart in darts {
            let normal = surface.facet(dart.facet).normal;
            if !cells.blocked(dart.cell, &dart.place, &normal) {
                let Place { position, spacing, .. } = dart.place;
                cells.insert(Disc { centre: position, spacing, normal: Some(normal) });
                samples.dots.push(Sample { at: dart.place.on(dart.facet), position, spacing_mm: spacing });
            }
        }

        open = swept.iter().flat_map(|part| &part.open).copied().collect();
        open_measure = swept.iter().map(|part| part.open_measure).sum();
        samples.undecided += swept.iter().map(|part| part.undecided).sum::<usize>();
        samples.undecided_mm2 += swept.iter().map(|part| part.undecided_mm2).sum::<f64>();
        (options.progress)(if open.is_empty() { 1.0 } else { (1.0 - open_measure / first_measure).clamp(0.0, 1.0) });
        if open.is_empty() {
            break;
        }
    }
    Ok(samples)
}

/// About how many dots will come; an error when there are none or too many.
fn estimate(surface: &Surface) -> Result<f64> {
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
    Ok(filled)
}

fn insert_fixed(cells: &mut Cells, fixed: &[FixedDot]) -> Result<Option<Finding>> {
    let mut without_effect = 0;
    for (index, dot) in fixed.iter().enumerate() {
        let finite = dot.position.iter().chain(dot.normal.iter().flatten()).all(|number| number.is_finite());
        if !(finite && dot.spacing_mm.is_finite() && dot.spacing_mm > 0.0) {
            return Err(Error::input(format!("position {}, spacing {} mm", dot.position, dot.spacing_mm))
                .place(format!("fixed dot {index}"))
                .expected("finite numbers and a spacing above 0 mm")
                .remedy("correct or remove the dot"));
        }
        let disc = Disc { centre: dot.position, spacing: dot.spacing_mm, normal: dot.normal };
        without_effect += usize::from(!cells.insert(disc));
    }
    Ok((without_effect > 0).then(|| {
        let message = format!("{without_effect} of {} fixed dots are too far from the surface to matter", fixed.len());
        Finding::new("fixed-dots-off-surface", Severity::Warn, message)
            .times(without_effect)
            .remedy("check that the fixed dots belong to this surface")
    }))
}

/// A dart that no earlier dot stops.
#[derive(Debug, Clone, Copy)]
struct Dart {
    time: u64,
    facet: u32,
    cell: u32,
    place: Place,
}

/// One round over a part of the fragments, against the dots of earlier rounds.
struct Sweep<'a> {
    surface: &'a Surface,
    cells: &'a Cells,
    /// Fragments are divided until they are no longer than this, in spacings.
    size: f64,
    /// Darts per measure.
    rate: f64,
}

/// What a sweep leaves.
#[derive(Debug)]
struct Swept {
    rng: Pcg64,
    /// Measure up to the next dart. Darts arrive along the running sum of the measure as a Poisson process.
    until_dart: f64,
    open: Vec<Fragment>,
    open_measure: f64,
    darts: Vec<Dart>,
    undecided: usize,
    undecided_mm2: f64,
}

impl Sweep<'_> {
    fn run(&self, fragments: &[Fragment], rng: Pcg64) -> Swept {
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
            let (facet, corners) = self.surface.open(fragment);
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
        let measure = patch.measure(facet, LEAST_SHAPE * squared_length);
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
