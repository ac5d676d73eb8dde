//! Proof of the result by code that shares nothing with the sampler but the definition of the rule.

mod gap;
mod pairs;
mod patch;
mod room;

use rayon::prelude::*;

use self::gap::{Gap, Ground, MAXIMAL};
use self::pairs::Pairs;
use super::locality::{Sites, sheet_normals};
use super::{Domain, FixedDot, Sample};
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::Point;

/// A dot may differ from the place on the mesh that it names by this share of its spacing.
const AT_ITS_PLACE: f64 = 1e-9;

/// How well dots keep the rule and fill the surface.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Audit {
    /// Least distance of a dot to another or to a fixed one, whatever their sheets, mm; infinite without a pair within 2
    /// spacings.
    pub nearest_pair_mm: f64,
    /// Mean distance of a dot to its nearest one, mm; NaN without any within 2 spacings.
    pub mean_nearest_mm: f64,
    /// Least distance over the rule among neighbours; at least 1 when the rule is kept.
    pub min_over_rule: f64,
    /// The pair with that distance; fixed dots are numbered after the others.
    pub tightest_pair: Option<[u32; 2]>,
    /// Neighbours that break the rule. Pairs of fixed dots do not count.
    pub violations: usize,
    /// Pairs nearer than the rule that do not count because they lie on facing sheets.
    pub facing_pairs: usize,
    /// The largest distance from a place of the surface to the dots, in spacings: `min_i |x - s_i| / min(r_i, r(x))` at
    /// the worst place x. At most 1 when no dot fits any more; infinite where no dot is on the sheet.
    pub worst_gap: f64,
    /// No place is worse than this: [`worst_gap`](Self::worst_gap) and 1e-7 of it.
    pub worst_gap_bound: f64,
    /// The worst place, mm.
    pub worst_gap_at: Option<Point>,
    /// How many more dots fit, taken one after the other until the gaps are at most 1 + 1e-6 wide.
    pub room: usize,
    /// Largest distance of a dot from the place on the mesh that it names, mm.
    pub off_surface_mm: f64,
    /// Largest difference of a dot's spacing from the one asked at its place, as a share of that.
    pub off_spacing: f64,
    /// Dots that are off their place or spacing by more than 1e-9 spacings.
    pub off_count: usize,
}

/// Measures the distances of the dots, and proves by branch and bound over the triangles how large the gaps between them
/// are. `sheets_apart` as in [`Options`](super::Options).
///
/// # Algorithm
/// A triangle, or a piece of one, needs no more than its corners need from one dot (see `Patch`); pieces that may be worse
/// than the worst corner so far are halved. Only dots in reach are looked at: triangles are taken in groups of
/// neighbours, and the lists of what is near are halved with them. O(n log n), a few numbers of memory a dot.
///
/// # Errors
/// A spacing that cannot be used, dots whose triangle is not of the mesh.
pub fn audit(domain: &Domain<'_>, dots: &[Sample], fixed: &[FixedDot], sheets_apart: bool) -> Result<Audit> {
    let mesh = domain.mesh;
    let (field, _) = domain.field()?;
    if let Some(dot) = dots.iter().position(|dot| dot.at.triangle as usize >= mesh.triangles().len()) {
        return Err(Error::input(format!("triangle {}", dots[dot].at.triangle))
            .place(format!("dot {dot}"))
            .expected(format!("one of the {} triangles", mesh.triangles().len()))
            .remedy("audit dots on the mesh that they were sampled on"));
    }
    let normals = sheets_apart.then(|| sheet_normals(mesh));
    let ground = Ground { mesh, field: &field, sheets: normals.as_deref() };
    let sites = Sites::new(dots, fixed, ground.sheets);
    let pairs = Pairs::measure(&sites, dots.len());
    let gap = Gap::find(&ground, &sites);
    let (worst_gap, worst_gap_bound) = (gap.squared.sqrt(), gap.bound());
    let worst_gap_at = gap.at.map(|(position, _)| position);
    let room = room::count_room(&ground, dots, fixed, gap.open)?;

    let off = |dot: &Sample| {
        let asked = dot.at.interpolate(mesh, &field);
        [(dot.position - dot.at.position(mesh)).norm(), (dot.spacing_mm / asked - 1.0).abs(), asked]
    };
    let larger = |a: [f64; 2], b: [f64; 2]| [a[0].max(b[0]), a[1].max(b[1])];
    let [off_surface_mm, off_spacing] =
        dots.par_iter().map(off).map(|[far, wrong, _]| [far, wrong]).reduce(|| [0.0; 2], larger);
    let is_off = |[far, wrong, asked]: [f64; 3]| far > AT_ITS_PLACE * asked || wrong > AT_ITS_PLACE;
    Ok(Audit {
        nearest_pair_mm: pairs.nearest_pair_mm,
        mean_nearest_mm: pairs.mean_nearest_mm(),
        min_over_rule: pairs.min_over_rule,
        tightest_pair: pairs.tightest_pair,
        violations: pairs.violations,
        facing_pairs: pairs.facing,
        worst_gap,
        worst_gap_bound,
        worst_gap_at,
        room,
        off_surface_mm,
        off_spacing,
        off_count: dots.par_iter().filter(|&dot| is_off(off(dot))).count(),
    })
}

/// Least distance of a dot to another or to a fixed one, mm; infinite without a pair within 2 spacings.
pub fn nearest_pair_mm(dots: &[Sample], fixed: &[FixedDot]) -> f64 {
    Pairs::measure(&Sites::new(dots, fixed, None), dots.len()).nearest_pair_mm
}

impl Audit {
    /// What is wrong with the dots; nothing when every guarantee of [`sample`](super::sample) is proven.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut fail = |code, count, message: String, remedy| {
            findings.push(Finding::new(code, Severity::Fail, message).times(count).remedy(remedy));
        };
        if self.violations > 0 {
            let pair = self.tightest_pair.map_or_else(String::new, |[i, j]| format!(" (dots {i} and {j})"));
            let message = format!(
                "{} pairs of dots are nearer than their spacing, down to {:.6} of it{pair}",
                self.violations, self.min_over_rule
            );
            fail("spacing-broken", self.violations, message, "remove one dot of each pair");
        }
        if self.worst_gap > MAXIMAL {
            let place =
                self.worst_gap_at.map_or_else(String::new, |p| format!(" at ({:.3}, {:.3}, {:.3})", p.x, p.y, p.z));
            let message =
                format!("{} more dots would fit; the widest gap is {:.6} spacings{place}", self.room, self.worst_gap);
            fail("room-left", self.room, message, "fill the gaps with these dots as fixed ones");
        }
        if self.off_count > 0 {
            let message = format!(
                "{} dots are off the place or spacing that they name, by up to {:.3e} mm and {:.3e} of the spacing",
                self.off_count, self.off_surface_mm, self.off_spacing
            );
            fail("dots-off-place", self.off_count, message, "sample again");
        }
        findings
    }
}
