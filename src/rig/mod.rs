//! The machine: profile, kinematics, motion time, registration.

mod profile;

pub use profile::{Axis, Dialect, Drive, FORMAT, Holder, Kinematics, Profile, Speeds};
