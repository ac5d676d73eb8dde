//! The treatable surface: the scan cut along the hairline, without the keep-outs, with the distance to the edge.

pub mod boundary;
mod enclosure;
mod holes;
mod keep_out;
mod offset;
mod pieces;
#[expect(clippy::module_inception, reason = "one main type per file, named as the file")]
mod region;
mod scalp;
mod severity;
mod sheet;

pub use self::keep_out::{KeepOutShape, ResolvedKeepOut};
pub use self::region::{Options, Region};
pub use self::scalp::{Preparation, Scalp};
pub use self::severity::{Ground, NEAR_MM, reach_mm, severity};
