use std::path::Path;

use super::files::read_input;
use super::gcode::PlanFolder;
use crate::error::{Finding, Result, Severity};
use crate::mesh::SurfaceIndex;
use crate::plan::{Difference, Plan};
use crate::preview::{SheetInput, difference_sheet};

/// Two plans, and what became of the dots of the first in the second.
#[derive(Debug)]
pub struct PlanComparison {
    /// The first.
    pub before: Plan,
    /// The second, with its surfaces.
    pub after: PlanFolder,
    /// What differs.
    pub difference: Difference,
    /// What makes them hard to compare.
    pub findings: Vec<Finding>,
}

impl PlanComparison {
    /// Reads two plans; of the second `scan.ply` and `region.ply` are read from its folder.
    ///
    /// # Errors
    /// A file that cannot be read or is no plan.
    pub fn read(before: &Path, after: &Path) -> Result<Self> {
        let before = Plan::parse(&read_input(before)?, &before.display().to_string())?;
        let after = PlanFolder::read(after)?;
        let difference = Difference::between(&before, &after.plan)?;
        let scans = [&before, &after.plan].map(|plan| plan.sha256.get("scan"));
        let other_scan = (scans[0] != scans[1]).then(|| {
            Finding::new(
                "other-scan",
                Severity::Warn,
                "the plans were made on different scans: places are compared as they stand",
            )
            .remedy("compare plans on one scan, or lay one scan on the other first")
        });
        Ok(Self { before, after, difference, findings: other_scan.into_iter().collect() })
    }

    /// The sheet of the second plan with the dots coloured by what became of them.
    ///
    /// # Errors
    /// What cannot be drawn.
    pub fn drawing(&self) -> Result<String> {
        let PlanFolder { plan, scan, region, .. } = &self.after;
        let input = SheetInput { plan, scan, index: &SurfaceIndex::build(scan), region };
        Ok(difference_sheet(&self.before, &input, &self.difference)?.svg)
    }
}
