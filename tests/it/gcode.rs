//! Tests: gcode.
