//! Tests: preview.
