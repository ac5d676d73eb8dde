//! Which dot is struck in which session and setup.
