//! The machine: profile, kinematics, motion time, registration.

mod builtin;
mod check;
mod clearance;
mod head_frame;
mod hop;
mod joints;
mod kinematics;
mod profile;
mod registration;
pub mod time;

pub use builtin::{builtin, builtin_names};
pub use clearance::{Clearance, Obstacle};
pub use head_frame::head_frame;
pub use hop::{HopTime, Stance};
pub use joints::Joints;
pub use kinematics::{Pose, Unreachable, forward, inverse};
pub use profile::{Axis, Dialect, Drive, FORMAT, Holder, Kinematics, PROGRAM_EXTENSIONS, Profile, Speeds};
pub use registration::{
    Addition, Fiducial, Fit, Located, REGISTRATION_FORMAT, Refinement, Registration, TreLimits, TreModel, Weights,
    best_addition, fit_rigid, refine,
};
