use crate::geometry::Aabb;
use crate::sampling::locality::{Extent, Site, Sites, same_sheet, visit_groups};

/// Spacings around a dot in which pairs are looked for. A maximal set has a dot within 2 spacings of every dot.
const NEIGHBOURHOOD: f64 = 2.0;

/// Dots in reach of a group that are compared with each of its own.
const MOST_NEAR: usize = 64;

/// Distances of the new dots, to each other and to fixed ones.
#[derive(Debug, Clone)]
pub(super) struct Pairs {
    pub(super) nearest_pair_mm: f64,
    pub(super) min_over_rule: f64,
    pub(super) tightest_pair: Option<[u32; 2]>,
    pub(super) violations: usize,
    pub(super) facing: usize,
    sum: f64,
    with_neighbour: usize,
}

impl Default for Pairs {
    fn default() -> Self {
        Self {
            nearest_pair_mm: f64::INFINITY,
            min_over_rule: f64::INFINITY,
            tightest_pair: None,
            violations: 0,
            facing: 0,
            sum: 0.0,
            with_neighbour: 0,
        }
    }
}

impl Pairs {
    /// Measures every pair of which one dot is among the first `new` sites.
    pub(super) fn measure(sites: &Sites<'_>, new: usize) -> Self {
        let extent = |dot: u32| {
            let site = sites.get(dot);
            Extent { bounds: Aabb::around([&site.position]), reach: NEIGHBOURHOOD * site.spacing }
        };
        let visit = |pairs: &mut Self, own: &[u32], near: &[Site]| {
            for &i in own {
                pairs.of(sites, &sites.get(i), near);
            }
        };
        let parts = visit_groups(sites, (0..new as u32).collect(), MOST_NEAR, &extent, &visit);
        parts.iter().fold(Self::default(), Self::with)
    }

    /// Mean distance of a dot to its nearest one; NaN without any.
    pub(super) fn mean_nearest_mm(&self) -> f64 {
        self.sum / self.with_neighbour as f64
    }

    fn of(&mut self, sites: &Sites<'_>, dot: &Site, near: &[Site]) {
        let i = dot.index;
        let neighbourhood = (NEIGHBOURHOOD * dot.spacing).powi(2);
        let mut nearest = f64::INFINITY;
        for other in near {
            let squared = (dot.position - other.position).norm_squared();
            if squared > neighbourhood || other.index == i {
                continue;
            }
            let j = other.index;
            let distance = squared.sqrt();
            nearest = nearest.min(distance);
            let over_rule = distance / dot.spacing.min(other.spacing);
            // Two that break the rule see each other; they count once.
            let broken = usize::from(over_rule < 1.0 && i < j);
            if !same_sheet(sites.normal(i), sites.normal(j)) {
                self.facing += broken;
                continue;
            }
            self.violations += broken;
            if over_rule < self.min_over_rule {
                self.min_over_rule = over_rule;
                self.tightest_pair = Some([i.min(j), i.max(j)]);
            }
        }
        if nearest.is_finite() {
            self.nearest_pair_mm = self.nearest_pair_mm.min(nearest);
            self.sum += nearest;
            self.with_neighbour += 1;
        }
    }

    fn with(mut self, other: &Self) -> Self {
        if other.min_over_rule < self.min_over_rule {
            (self.min_over_rule, self.tightest_pair) = (other.min_over_rule, other.tightest_pair);
        }
        self.nearest_pair_mm = self.nearest_pair_mm.min(other.nearest_pair_mm);
        self.violations += other.violations;
        self.facing += other.facing;
        self.sum += other.sum;
        self.with_neighbour += other.with_neighbour;
        self
    }
}
