use super::TriMesh;
use crate::error::{Finding, Severity};

/// As many triangles as give percentiles to a few parts in a thousand.
const SAMPLE: usize = 100_000;
/// A chord this long rises 0.1 mm over it on a head of 80 mm radius: what is lost between the scan's points, mm.
const COARSE_MM: f64 = 8.0;

/// How long the sides of triangles are: the resolution of a scan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EdgeLengths {
    /// The shortest side, mm.
    pub shortest_mm: f64,
    /// 5 % of the sides are shorter, mm.
    pub share_5_mm: f64,
    /// Half of the sides are shorter, mm.
    pub median_mm: f64,
    /// 95 % of the sides are shorter, mm.
    pub share_95_mm: f64,
    /// The longest side, mm.
    pub longest_mm: f64,
}

impl EdgeLengths {
    /// Of the sides of these triangles, each triangle for itself; shares of many are those of evenly picked ones. `None`
    /// without any. Panics when one is out of range.
    pub fn of(mesh: &TriMesh, triangles: impl ExactSizeIterator<Item = u32> + Clone) -> Option<Self> {
        let sides = |t: u32| {
            let [a, b, c] = mesh.corners(t);
            [(b - a).norm(), (c - b).norm(), (a - c).norm()]
        };
        let [mut shortest_mm, mut longest_mm] = [f64::INFINITY, 0.0_f64];
        for length in triangles.clone().flat_map(sides) {
            (shortest_mm, longest_mm) = (shortest_mm.min(length), longest_mm.max(length));
        }
        let step = triangles.len().div_ceil(SAMPLE).max(1);
        let mut lengths: Vec<f64> = triangles.step_by(step).flat_map(sides).collect();
        let last = lengths.len().checked_sub(1)?;
        let mut at = |share: f64| *lengths.select_nth_unstable_by((last as f64 * share) as usize, f64::total_cmp).1;
        Some(Self { shortest_mm, share_5_mm: at(0.05), median_mm: at(0.5), share_95_mm: at(0.95), longest_mm })
    }

    /// The lengths for a person; a warning where the skin between the scan's points is a guess.
    pub fn finding(&self) -> Finding {
        let Self { shortest_mm, share_5_mm, median_mm, share_95_mm, longest_mm } = self;
        let message = format!(
            "edges are {median_mm:.2} mm long in the median, nine in ten {share_5_mm:.2} to {share_95_mm:.2} mm, all \
             {shortest_mm:.2} to {longest_mm:.2} mm"
        );
        if *share_95_mm <= COARSE_MM {
            return Finding::new("edge-length", Severity::Pass, message);
        }
        let message = format!("{message}; over {COARSE_MM} mm the skin between the scan's points may be 0.1 mm off");
        Finding::new("edge-length", Severity::Warn, message).remedy("scan with more points")
    }
}
