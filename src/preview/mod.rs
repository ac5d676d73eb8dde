//! Previews as true-scale SVG: of a plan as orthographic views of the head and an equal-area unwrap of the region, and of
//! the flaws of a scan.

mod area_density;
mod contour;
mod distortion;
mod figure;
mod flaws;
mod head_frame;
mod legend;
mod outline;
mod palette;
mod panel;
mod pen;
mod pieces;
mod relief;
mod route_line;
mod scene;
mod sheet;
mod unwrap;
mod view;

pub use distortion::Distortion;
pub use flaws::{FlawMark, FlawSheet, flaw_sheet};
pub use head_frame::HeadFrame;
pub use sheet::{Sheet, SheetInput, SheetOptions, sheet};
pub use unwrap::Unwrap;
pub use view::View;
