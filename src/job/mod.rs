//! Runs the stages in order and puts the files in place.

mod files;
mod gcode;
mod halts;
mod inputs;
mod inspect;
mod layout;
mod machine;
mod order;
mod output;
mod plan;
mod programs;
mod progress;
mod registration;
mod resume;
mod route;
mod shown;
mod sides;
mod surface;
mod verdicts;
mod ways;

pub use files::{Folder, open_input, read_input};
pub(crate) use files::{is_same_file, write_file};
pub use gcode::{GcodeOptions, PlanFolder, gcode};
pub use inputs::Inputs;
pub(crate) use inputs::smooth_scan;
pub use inspect::{Inspection, RegionFigures, Seen, Span, inspect_case};
pub use layout::Layout;
pub use machine::{Floor, Work};
pub use plan::{Outcome, PlanOptions, plan};
pub use programs::{Format, Wanted};
pub use progress::{Progress, Silent, Stages};
pub use registration::{Advice, FiducialResidual, RegistrationOptions, RegistrationReport, ZoneTre, registration};
pub use resume::{ResumeOptions, resume};
pub use route::{RouteInput, RouteMetric, RouteOptions, Routed, route};
pub use surface::region_of_loop;
