//! Tests: route.
