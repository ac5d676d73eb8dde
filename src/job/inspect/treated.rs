use crate::error::Finding;
use crate::geometry::{Aabb, Point, decimal};
use crate::mesh::diagnosis::{Flaw, FlawKind};
use crate::mesh::hole::Refusal;
use crate::region::{Options, Region, Scalp};

/// Findings of the treatment that say of all flaws together what is told of each.
const TOLD_OF_EACH: [&str; 9] = [
    "holes-closed",
    "holes-left-open",
    "holes-kept-out",
    "region-patched",
    "region-open-edges",
    "second-sheet",
    "crumbs",
    "obstacles",
    "pieces-under-skin",
];

/// What became of a scan's flaws on the way to its region.
#[derive(Debug)]
pub(super) struct Treated {
    /// Corners of patches, as bits, sorted.
    patched: Vec<[u64; 3]>,
    /// Middles of the triangles that are left, as bits, sorted.
    left: Vec<[u64; 3]>,
    left_open: Vec<(Aabb, Refusal)>,
    kept_out: Vec<Aabb>,
    margin_mm: f64,
}

/// What was done about the defects of a flaw.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Fate {
    count: usize,
    closed: usize,
    kept_out: usize,
    pub(super) taken_out: bool,
    margin_mm: f64,
    /// Why small holes were not closed, each reason once.
    refusals: Vec<Refusal>,
}

impl Treated {
    pub(super) fn of(scalp: &Scalp, region: &Region) -> Self {
        let mesh = &scalp.mesh;
        let patches = (0..).zip(&scalp.patched).filter(|(_, is_patch)| **is_patch);
        let mut patched: Vec<_> = patches.flat_map(|(t, _)| mesh.corners(t)).map(bits).collect();
        patched.sort_unstable();
        let mut left: Vec<_> = (0..mesh.triangles().len() as u32).map(|t| bits(mesh.middle(t))).collect();
        left.sort_unstable();
        let margin_mm = Options::default().hole_margin_mm;
        Self { patched, left, left_open: scalp.left_open.clone(), kept_out: region.holes_kept_out.clone(), margin_mm }
    }

    /// Whether a finding of the treatment says more than the fates of the flaws.
    pub(super) fn is_more(finding: &Finding) -> bool {
        !TOLD_OF_EACH.contains(&finding.code.as_str())
    }

    pub(super) fn fate(&self, flaw: &Flaw) -> Fate {
        let mut fate = Fate { count: flaw.count, margin_mm: self.margin_mm, ..Fate::default() };
        match flaw.kind {
            FlawKind::Hole | FlawKind::Slit => {
                for outline in &flaw.outlines {
                    let bounds = Aabb::around(outline);
                    let is_closed = outline.iter().all(|p| self.patched.binary_search(&bits(*p)).is_ok());
                    fate.closed += usize::from(is_closed);
                    fate.kept_out += usize::from(!is_closed && self.kept_out.contains(&bounds));
                    fate.refusals.extend(self.left_open.iter().filter(|(b, _)| *b == bounds).map(|(_, why)| *why));
                }
                fate.refusals.sort_unstable();
                fate.refusals.dedup();
            }
            // The places of pieces are the middles of their triangles.
            FlawKind::Piece | FlawKind::InnerPiece => {
                fate.taken_out = flaw.places.iter().all(|place| self.left.binary_search(&bits(*place)).is_err());
            }
            FlawKind::SelfIntersection | FlawKind::NonManifold | FlawKind::ScanEdge => {}
        }
        fate
    }
}

impl Fate {
    /// Whether nothing is left of the defects.
    pub(super) fn is_gone(&self) -> bool {
        self.taken_out || self.closed > 0 && self.closed == self.count
    }

    /// What there is to be done by a person, where something was done already.
    pub(super) fn remedy(&self) -> Option<&'static str> {
        if self.taken_out {
            Some("look at the scan there: what is left must be the skin")
        } else if self.is_gone() {
            Some("look at the scan there: dots on patches are marked in the plan")
        } else {
            None
        }
    }

    /// The end of a sentence about the flaw.
    pub(super) fn told(&self) -> String {
        let of_all = |done: usize| if done < self.count { format!("{done} of them ") } else { String::new() };
        let mut told = Vec::new();
        if self.closed > 0 {
            let patches = if self.closed == 1 { "a patch" } else { "patches" };
            told.push(format!(", {}closed by {patches}", of_all(self.closed)));
        }
        if !self.refusals.is_empty() {
            let reasons: Vec<String> = self.refusals.iter().map(Refusal::to_string).collect();
            told.push(format!(", not closed because {}", reasons.join(" or ")));
        }
        if self.kept_out > 0 {
            told.push(format!(", {}kept out with {} mm around", of_all(self.kept_out), decimal(self.margin_mm, 1)));
        }
        if self.taken_out {
            told.push(", taken out".to_owned());
        }
        told.concat()
    }
}

fn bits(point: Point) -> [u64; 3] {
    [point.x, point.y, point.z].map(f64::to_bits)
}
