//! Dots per cm² anywhere on the treatable surface, and the spacing that reaches them.
