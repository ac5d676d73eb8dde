//! One test binary: fast to link.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests fail by panicking"
)]

mod support;

mod aftercare;
mod audit;
mod boundary;
mod calendar;
mod cli;
mod damaged;
mod demo;
mod density_design;
mod density_field;
mod depth;
mod diff;
mod faults;
mod gcode;
mod geodesic;
mod hairline;
mod hairline_design;
mod heads;
mod holes;
mod hooks;
mod inspect;
mod kinematics;
mod layering;
mod load;
mod motion;
mod mutated;
mod outputs;
mod own_dialect;
mod page;
mod patch_test;
mod pieces;
mod plan;
mod preview;
mod probing;
mod progressive;
mod region;
mod registration;
mod regularity;
mod resume;
mod rig;
mod roughness;
mod route;
mod sampling;
mod schedule;
mod surface;
mod time;
mod tools;
mod touchup;
mod travel;
mod verify;
mod zones;
