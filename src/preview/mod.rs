//! Previews as true-scale SVG: of a plan as orthographic views of the head and an equal-area unwrap of the region, and of
//! the flaws of a scan.

mod area_density;
mod colour;
mod colour_space;
mod contour;
mod difference;
mod distortion;
mod figure;
mod flaws;
mod head_frame;
mod legend;
mod look;
mod marks;
mod outline;
mod palette;
mod panel;
mod paper;
mod pen;
mod pieces;
mod raster;
mod relief;
mod route_line;
mod scene;
mod sheet;
mod unwrap;
mod view;

pub use colour::Colour;
pub use colour_space::Rgb;
pub use difference::difference_sheet;
pub use distortion::Distortion;
pub use flaws::{FlawMark, FlawSheet, flaw_sheet};
pub use head_frame::HeadFrame;
pub use look::{Look, LookOptions, look_sheet};
pub use marks::DotStyle;
pub use paper::Paper;
pub use raster::{DEFAULT_DPI, png};
pub use sheet::{Drawing, Sheet, SheetInput, SheetOptions, sheet};
pub use unwrap::Unwrap;
pub use view::View;
