//! The treatable surface: the boundary loop, and the scan cut along it.

pub mod boundary;
