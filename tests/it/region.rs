//! Tests: region.
