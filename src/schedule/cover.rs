use super::assign::{Survey, Surveyed};
use crate::error::{Finding, Severity};

/// The fewest setups that reach as many targets as all setups together do.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Indices of the setups, in their order.
    pub setups: Vec<usize>,
    /// Targets that they reach.
    pub reached: usize,
    /// Number of targets.
    pub count: usize,
    /// The best that can be done with one setup less, and what it reaches; `None` where one setup is enough.
    pub one_less: Option<(Vec<usize>, usize)>,
}

impl Survey {
    /// Chooses the setups: as many targets as possible, then as few setups as possible, then the least sum of tilts, then
    /// the first in order. Exact: all subsets are looked at, which for five setups are 31.
    pub fn fewest(&self) -> Choice {
        let most = self.setups.min(16);
        // Targets by the set of setups that reach them.
        let mut by_reach = vec![0_usize; 1 << most];
        for target in &self.targets {
            let reach = (0..most).filter(|&s| target.outcomes[s].is_ok()).fold(0, |set, s| set | 1 << s);
            by_reach[reach] += 1;
        }
        let reached = |subset: usize| -> usize {
            by_reach.iter().enumerate().filter(|(reach, _)| reach & subset != 0).map(|(_, count)| count).sum()
        };
        let members = |subset: usize| (0..most).filter(|s| subset >> s & 1 == 1).collect::<Vec<_>>();
        let tilt = |subset: usize| -> f64 {
            let setups = members(subset);
            let least = |target: &Surveyed| {
                let tilts = setups.iter().filter(|&&s| target.outcomes[s].is_ok()).map(|&s| target.tilts_rad[s]);
                tilts.min_by(f64::total_cmp).unwrap_or(0.0)
            };
            self.targets.iter().map(least).sum()
        };
        // The best of one size: most targets, then least tilt, which is only asked among equals.
        let best = |size: usize| {
            let subsets = || (1..1_usize << most).filter(|subset| subset.count_ones() as usize == size);
            let top = subsets().map(reached).max().unwrap_or(0);
            let equals: Vec<usize> = subsets().filter(|&subset| reached(subset) == top).collect();
            let first = equals.first().copied().unwrap_or(0);
            let chosen = match equals.as_slice() {
                [] | [_] => first,
                _ => equals.into_iter().map(|s| (tilt(s), s)).min_by(|a, b| a.0.total_cmp(&b.0)).map_or(first, |b| b.1),
            };
            (members(chosen), top)
        };
        let all = reached((1 << most) - 1);
        let mut one_less = None;
        for size in 1..most {
            let (setups, top) = best(size);
            if top == all {
                return Choice { setups, reached: top, count: self.targets.len(), one_less };
            }
            one_less = Some((setups, top));
        }
        Choice { setups: (0..most).collect(), reached: all, count: self.targets.len(), one_less }
    }
}

impl Choice {
    /// Which poses were chosen, and why.
    pub fn finding(&self, names: &[&str]) -> Finding {
        let list = |setups: &[usize]| {
            let names: Vec<&str> = setups.iter().filter_map(|&setup| names.get(setup).copied()).collect();
            names.join(" + ")
        };
        let Self { setups, reached, count, one_less } = self;
        let why = match one_less {
            None => "one pose is enough".to_owned(),
            Some((fewer, most)) => format!("with one pose less it is {most} at most ({})", list(fewer)),
        };
        let message = format!(
            "setups {}: the fewest poses of the head in which this rig reaches {reached} of {count} dots; {why}",
            list(setups)
        );
        Finding::new("setups", Severity::Pass, message).times(setups.len())
    }
}
