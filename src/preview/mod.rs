//! Previews as true-scale SVG.
