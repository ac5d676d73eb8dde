//! One test binary: fast to link.

mod support;
