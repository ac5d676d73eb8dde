use rand::RngExt;

use super::eliminate;
use crate::error::Result;
use crate::geometry::Vector;
use crate::sampling::layout::Layout;
use crate::sampling::locality::sheet_normals;
use crate::sampling::maximal::{EARLY_DARTS, fill};
use crate::sampling::stream::{Purpose, stream};
use crate::sampling::{Domain, FixedDot, Options, Sample, Samples, Spacing, progressive_order};

/// Dots of falling spacing. Each level fills the room that the ones before leave at its spacing, so the dots up to the
/// end of every level are a maximal set; [`Levels::ordered`] lets those of a level come first that are farthest from others.
#[derive(Debug)]
pub struct Levels<'a> {
    domain: &'a Domain<'a>,
    fixed: &'a [FixedDot],
    options: &'a Options<'a>,
    /// The surface, for all levels.
    layout: Layout<'a>,
    /// Normals of the sheets, where facing ones are apart.
    sheets: Option<Vec<Vector>>,
    level: u64,
    /// Spacing of the last level, in those of the domain; infinite before the first.
    pub(in crate::sampling) scale: f64,
    /// Number of dots up to the end of each level, and its scale.
    ends: Vec<(usize, f64)>,
    /// All dots so far with the spacing of the last level; the rest is what that level tells.
    pub(in crate::sampling) samples: Samples,
}

impl<'a> Levels<'a> {
    pub(in crate::sampling) fn new(
        domain: &'a Domain<'a>,
        fixed: &'a [FixedDot],
        options: &'a Options<'a>,
    ) -> Result<Self> {
        let layout = Layout::new(domain.mesh, options.frame.as_ref(), options.sheets_apart)?;
        let sheets = options.sheets_apart.then(|| sheet_normals(domain.mesh));
        Ok(Self {
            domain,
            fixed,
            options,
            layout,
            sheets,
            level: 0,
            scale: f64::INFINITY,
            ends: Vec::new(),
            samples: Samples::default(),
        })
    }

    /// Adds the dots for which there is room at `scale` times the spacing of the domain. Progress goes from one number
    /// to the other meanwhile.
    pub(in crate::sampling) fn fill(&mut self, scale: f64, [from, to]: [f64; 2]) -> Result<()> {
        let mut scaled = Vec::new();
        let domain = at_scale(self.domain, scale, &mut scaled);
        respace(&mut self.samples.dots, &domain)?;
        let earlier = self.samples.dots.iter().map(|dot| self.obstacle(dot));
        let fixed: Vec<FixedDot> = self.fixed.iter().copied().chain(earlier).collect();
        let progress = |share: f64| (self.options.progress)(from + share * (to - from));
        // The first level is what `sample` gives.
        let seed = match self.level {
            0 => self.options.seed,
            level => stream(self.options.seed, Purpose::Order, level).random(),
        };
        let options = Options { seed, progress: &progress, ..*self.options };
        let (field, findings) = domain.field()?;
        let early_darts = if self.level == 0 { EARLY_DARTS.as_slice() } else { &[] };
        let mut filled = fill(&self.layout, &field, &fixed, early_darts, &options)?;
        filled.findings.splice(0..0, findings);

        let mut dots = std::mem::take(&mut self.samples.dots);
        dots.extend_from_slice(&filled.dots);
        self.samples = Samples { dots, ..filled };
        self.scale = scale;
        self.ends.push((self.samples.dots.len(), scale));
        self.level += 1;
        Ok(())
    }

    fn obstacle(&self, dot: &Sample) -> FixedDot {
        let normal = self.sheets.as_ref().map(|normals| normals[dot.at.triangle as usize]);
        FixedDot { position: dot.position, normal, spacing_mm: dot.spacing_mm }
    }

    /// Takes the last level back: so many dots had been there, at that scale.
    pub(in crate::sampling) fn undo(&mut self, dots: usize, scale: f64) {
        self.samples.dots.truncate(dots);
        self.scale = scale;
        self.ends.pop();
    }

    /// All dots, those of each level with the farthest from others first.
    ///
    /// # Errors
    /// When the search tree over the dots cannot be built.
    pub fn ordered(mut self) -> Result<Samples> {
        let dots = &mut self.samples.dots;
        let (mut before, mut wider) = (0, f64::INFINITY);
        for &(end, scale) in &self.ends {
            respace(&mut dots[..end], &at_scale(self.domain, scale, &mut Vec::new()))?;
            let order = if before == 0 {
                progressive_order(&dots[..end], self.options.seed)?
            } else {
                farthest_first(&dots[..end], before, wider / scale)?
            };
            let ordered: Vec<Sample> = order[before..].iter().map(|&dot| dots[dot as usize]).collect();
            dots[before..end].copy_from_slice(&ordered);
            (before, wider) = (end, scale);
        }
        Ok(self.samples)
    }
}

/// The domain with its spacing multiplied; `values` holds those of its vertices.
fn at_scale<'a>(domain: &Domain<'a>, scale: f64, values: &'a mut Vec<f64>) -> Domain<'a> {
    let spacing = match domain.spacing {
        Spacing::Constant(spacing_mm) => Spacing::Constant(scale * spacing_mm),
        Spacing::PerVertex(plain) => {
            values.extend(plain.iter().map(|value| scale * value));
            Spacing::PerVertex(values)
        }
    };
    Domain { mesh: domain.mesh, spacing }
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
