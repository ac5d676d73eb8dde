//! The machine: profile, kinematics, motion time, registration.

mod builtin;
mod check;
mod clearance;
mod depth;
mod head_frame;
mod hooks;
mod hop;
mod joints;
mod kinematics;
mod needle;
mod own_dialect;
mod own_words;
mod postures;
mod profile;
mod registration;
mod stop_times;
mod sweep;
pub mod time;

pub use builtin::{builtin, builtin_names};
pub use clearance::{Clearance, Obstacle};
pub use depth::DepthMode;
pub use head_frame::head_frame;
pub use hooks::{HookLine, HookPoint, HookValue, Hooks, LONGEST_LINE, Templates};
pub use hop::HopTime;
pub use joints::{Joints, Turns, counted_length, norm, turn_deg};
pub use kinematics::{Pose, Unreachable, forward, inverse, with_tip};
pub use own_dialect::{DIALECT_FORMAT, OwnDialect, profile_with_dialect};
pub use own_words::own_lines_allowed;
pub use postures::{POLE_DEG, Posture, pole_distance_deg, postures, postures_near, reaches_all};
pub use profile::{
    Axis, Dialect, Direction, Drive, FORMAT, Holder, HolderBody, Kinematics, PROGRAM_EXTENSIONS, Profile, Rotaries,
    Speeds,
};
pub use registration::{
    Addition, Fiducial, Fit, Located, REGISTRATION_FORMAT, Refinement, Registration, TreLimits, TreModel, Weights,
    best_addition, fit_rigid, lay_rigid, refine,
};
pub use stop_times::StopTimes;
pub use sweep::Sweep;
