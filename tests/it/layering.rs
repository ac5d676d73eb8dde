//! Tests: layering.
