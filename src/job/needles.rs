use std::collections::BTreeMap;

use crate::case::Case;
use crate::error::Result;
use crate::geometry::decimal;
use crate::mesh::SurfaceIndex;
use crate::plan::Dot;
use crate::rig::Profile;
use crate::schedule::{self, Setup, Survey, Target};

/// The rig with each of the needles that it gets.
pub(super) struct Needles {
    own: Profile,
    /// Those that are longer or shorter than the rig's own, by tool.
    others: BTreeMap<u32, Profile>,
}

impl Needles {
    pub(super) fn new(case: &Case, profile: &Profile) -> Self {
        let others = case.tools.iter().filter(|tool| tool.longer_mm != 0.0);
        let others = others.map(|tool| (tool.number, profile.with_longer_needle(tool.longer_mm)));
        Self { own: profile.clone(), others: others.collect() }
    }

    /// Refuses a needle with which the rig does not come to the places where its programs wait.
    pub(super) fn check(&self) -> Result<()> {
        self.others.iter().try_for_each(|(tool, rig)| {
            let place =
                format!("tool {tool}, longer_mm {}", decimal(rig.holder.to_tip_mm - self.own.holder.to_tip_mm, 3));
            let remedy = "use a needle of another length, or move the place in the rig's profile";
            rig.validate_waiting_places().map_err(|error| error.within(&place).remedy(remedy))
        })
    }

    /// The rig with that tool.
    pub(super) fn with(&self, tool: u32) -> &Profile {
        self.others.get(&tool).unwrap_or(&self.own)
    }

    /// What each setup can do for each target, with the tool of its dot.
    pub(super) fn survey(&self, dots: &[Dot], targets: &[Target], setups: &[Setup<'_>], scan: &SurfaceIndex) -> Survey {
        if self.others.is_empty() {
            return schedule::survey(targets, &self.own, setups, scan);
        }
        let mut by_tool: BTreeMap<u32, Vec<Target>> = BTreeMap::new();
        for (dot, target) in dots.iter().zip(targets) {
            by_tool.entry(dot.tool).or_default().push(*target);
        }
        let surveys = by_tool.iter().map(|(tool, targets)| schedule::survey(targets, self.with(*tool), setups, scan));
        let none = schedule::survey(&[], &self.own, setups, scan);
        surveys.fold(none, Survey::and)
    }
}
