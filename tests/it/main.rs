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
mod crash;
mod damaged;
mod demo;
mod density_design;
mod density_field;
mod depth;
mod determinism;
mod diff;
mod faults;
mod gcode;
mod geodesic;
mod hairline;
mod hairline_design;
mod heads;
mod help;
mod holes;
mod hooks;
mod inspect;
mod kinematics;
mod layering;
mod limits;
mod load;
mod long_run;
mod maps;
mod mix;
mod motion;
mod mutated;
mod names;
mod naturalness;
mod outputs;
mod own_dialect;
mod page;
mod patch_test;
mod pick;
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
mod rules;
mod sampling;
mod schedule;
mod steps;
mod surface;
mod time;
mod tools;
mod touchup;
mod travel;
mod verify;
mod zones;
