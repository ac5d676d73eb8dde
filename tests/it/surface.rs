//! Tests: surface.
