use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Date;
use super::field::wrong;
use crate::error::Result;

/// A patch test that was made and looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchTest {
    /// The day on which it was made, `YYYY-MM-DD`.
    pub date: String,
}

impl PatchTest {
    /// The day on which it was made; none for a text that is no date, which [`Case::parse`](super::Case::parse) refuses.
    pub fn day(&self) -> Option<Date> {
        self.date.parse().ok()
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.day().is_some() {
            return Ok(());
        }
        let found = format!("\"{}\"", self.date.escape_debug());
        wrong(found, "patch_test.date".to_owned(), "a date as YYYY-MM-DD".to_owned())
    }
}
