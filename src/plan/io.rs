use super::Plan;
use crate::error::{Error, Result, from_json};

impl Plan {
    /// The text of `plan.json`. The same plan gives the same bytes.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        let mut text = serde_json::to_vec(self)
            .map_err(|error| Error::system(format!("a plan that cannot be written: {error}")))?;
        text.push(b'\n');
        Ok(text)
    }

    /// Reads a plan and checks it like any input: version, case, rig, placements, every dot by itself, and that the parts
    /// fit together: every struck dot in exactly one place of one block, and the other way round.
    pub fn parse(bytes: &[u8], file: &str) -> Result<Self> {
        let plan: Self = from_json(bytes, file)?;
        plan.check().map_err(|error| error.file(file).remedy("make the plan anew from its case"))?;
        Ok(plan)
    }
}
