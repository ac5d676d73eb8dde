//! Healed dots against the plan that made them: what was lost, and where new dots may go.
//!
//! [`lay`] finds how measured dots lie on the plan, from their pattern alone. [`Healing::of`] matches them one to one with
//! the dots that were struck and tells what became of each. [`refill`] finds places for new dots where one was lost and
//! none that lives is too near.

mod align;
mod cloud;
mod figures;
mod healing;
mod observed;
mod pattern;
mod refill;

pub use align::{Laid, lay};
pub use cloud::{Cloud, Near};
pub use figures::{Group, Share};
pub use healing::{Expected, Fate, Healing, Limits, Seen};
pub use observed::Observed;
pub use refill::{Ground, Obstacle, Refilled, refill};
