//! Previews of a plan as true-scale SVG: orthographic views of the head and an equal-area unwrap of the region.

mod area_density;
mod contour;
mod distortion;
mod figure;
mod head_frame;
mod legend;
mod outline;
mod palette;
mod pen;
mod pieces;
mod relief;
mod route_line;
mod scene;
mod sheet;
mod unwrap;
mod view;

pub use distortion::Distortion;
pub use head_frame::HeadFrame;
pub use sheet::{Sheet, SheetInput, SheetOptions, sheet};
pub use unwrap::Unwrap;
pub use view::View;
