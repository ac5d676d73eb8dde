use rand::RngExt;

use super::eliminate;
use crate::error::Result;
use crate::sampling::stream::{Purpose, stream};
use crate::sampling::surface::Surface;
use crate::sampling::{Domain, FixedDot, Options, Sample, Samples, Spacing, progressive_order, sample};

/// Dots of falling spacing. Each level fills the room that the ones before leave at its spacing, so the dots up to the
/// end of every level are a maximal set; within a level those come first that are farthest from others.
pub(in crate::sampling) struct Levels<'a> {
    domain: &'a Domain<'a>,
    fixed: &'a [FixedDot],
    options: &'a Options<'a>,
    /// For the normals of sheets.
    surface: Surface,
    level: u64,
    /// Spacing of the last level, in those of the domain; infinite before the first.
    pub(in crate::sampling) scale: f64,
    /// All dots so far with the spacing of the last level; the rest is what that level tells.
    pub(in crate::sampling) samples: Samples,
}

impl<'a> Levels<'a> {
    pub(in crate::sampling) fn new(domain: &'a Domain<'a>, fixed: &'a [FixedDot], options: &'a Options<'a>) -> Self {
        let surface = Surface::new(domain.mesh, &vec![1.0; domain.mesh.vertices().len()]);
        Self { domain, fixed, options, surface, level: 0, scale: f64::INFINITY, samples: Samples::default() }
    }

    /// Adds the dots for which there is room at `scale` times the spacing of the domain. Progress goes from one number
    /// to the other meanwhile.
    pub(in crate::sampling) fn fill(&mut self, scale: f64, [from, to]: [f64; 2]) -> Result<()> {
        let mesh = self.domain.mesh;
        let scaled;
        let spacing = match self.domain.spacing {
            Spacing::Constant(spacing_mm) => Spacing::Constant(scale * spacing_mm),
            Spacing::PerVertex(values) => {
                scaled = values.iter().map(|value| scale * value).collect::<Vec<_>>();
                Spacing::PerVertex(&scaled)
            }
        };
        let domain = Domain { mesh, spacing };
        respace(&mut self.samples.dots, &domain)?;
        let earlier = self.samples.dots.iter().map(|dot| self.obstacle(dot));
        let fixed: Vec<FixedDot> = self.fixed.iter().copied().chain(earlier).collect();
        let progress = |share: f64| (self.options.progress)(from + share * (to - from));
        // The first level is what `sample` gives.
        let seed = match self.level {
            0 => self.options.seed,
            level => stream(self.options.seed, Purpose::Order, level).random(),
        };
        let filled = sample(&domain, &fixed, &Options { seed, progress: &progress, ..*self.options })?;

        let before = self.samples.dots.len();
        let mut dots = std::mem::take(&mut self.samples.dots);
        dots.extend(filled.dots);
        let order = if before == 0 {
            progressive_order(&dots, self.options.seed)?
        } else {
            farthest_first(&dots, before, self.scale / scale)?
        };
        let dots = order.iter().map(|&dot| dots[dot as usize]).collect();
        self.samples = Samples { dots, ..filled };
        self.scale = scale;
        self.level += 1;
        Ok(())
    }

    fn obstacle(&self, dot: &Sample) -> FixedDot {
        let normal = Some(self.surface.facet(dot.at.triangle).normal);
        FixedDot { position: dot.position, normal, spacing_mm: dot.spacing_mm }
    }

    /// Takes the last level back: so many dots had been there, at that scale.
    pub(in crate::sampling) fn undo(&mut self, dots: usize, scale: f64) {
        self.samples.dots.truncate(dots);
        self.scale = scale;
    }
}

/// Gives dots the spacing of a domain.
fn respace(dots: &mut [Sample], domain: &Domain<'_>) -> Result<()> {
    let (field, _) = domain.field()?;
    for dot in dots {
        dot.spacing_mm = match domain.spacing {
            Spacing::Constant(spacing_mm) => spacing_mm,
            Spacing::PerVertex(_) => dot.at.interpolate(domain.mesh, &field),
        };
    }
    Ok(())
}

/// Order of a set whose first dots stay where they are and leave no room at `ratio` times the spacing.
fn farthest_first(dots: &[Sample], before: usize, ratio: f64) -> Result<Vec<u32>> {
    let mut kept: Vec<u32> = (0..dots.len() as u32).collect();
    let mut removed = eliminate(dots, &kept, before, ratio)?;
    let mut stays = vec![true; dots.len()];
    for &dot in &removed {
        stays[dot as usize] = false;
    }
    // What only fixed dots kept out of the earlier levels comes first.
    kept.retain(|&dot| stays[dot as usize]);
    removed.reverse();
    kept.extend(removed);
    Ok(kept)
}
