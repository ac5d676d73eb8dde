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
mod demo;
mod gcode;
mod hairline;
mod heads;
mod layering;
mod load;
mod motion;
mod outputs;
mod plan;
mod preview;
mod region;
mod rig;
mod route;
mod sampling;
mod surface;
mod verify;
