//! Tests: hairline.
