//! One test binary: fast to link.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests fail by panicking"
)]

mod support;

mod boundary;
mod cli;
mod damaged;
mod demo;
mod gcode;
mod geodesic;
mod hairline;
mod heads;
mod holes;
mod inspect;
mod kinematics;
mod layering;
mod load;
mod motion;
mod mutated;
mod outputs;
mod pieces;
mod plan;
mod preview;
mod region;
mod rig;
mod roughness;
mod route;
mod sampling;
mod surface;
mod verify;
