//! Tests: closest point, rays, segments, refinement, distance along the surface and smoothed normals.

mod distance;
mod index;
mod normals;
mod refine;
mod shapes;
mod soup;
