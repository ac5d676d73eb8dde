//! Tests: rig.
