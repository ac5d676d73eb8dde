//! The dialects, a table each.

pub(super) mod fluidnc;
pub(super) mod grbl;
pub(super) mod grblhal;
pub(super) mod klipper;
pub(super) mod linuxcnc;
pub(super) mod marlin;
pub(super) mod reprap;
