//! Tests: closest point, rays, segments, refinement, distance along the surface and smoothed normals.

mod index;
mod shapes;
