use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::geometry::{Aabb, Point, Vector};

/// Indexed triangles, mm.
///
/// Invariant: every coordinate is finite, every index is in range, the three indices of a triangle differ.
/// Neither orientation nor manifoldness is promised; [`crate::mesh`] has the checks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TriMesh {
    vertices: Vec<Point>,
    triangles: Vec<[u32; 3]>,
}

impl TriMesh {
    const MOST_TRIANGLES: usize = u32::MAX as usize / 3;

    /// Checks the invariant. Errors name the first vertex or triangle that breaks it.
    pub fn new(vertices: Vec<Point>, triangles: Vec<[u32; 3]>) -> Result<Self> {
        if let Some(index) = vertices.par_iter().position_first(|v| !v.iter().all(|c| c.is_finite())) {
            let v = vertices[index];
            return Err(Error::input(format!("({}, {}, {})", v.x, v.y, v.z))
                .place(format!("vertex {index}"))
                .expected("finite coordinates")
                .remedy("export the scan again, or delete the vertex"));
        }
        // Sides and corners are counted with 32 bits.
        if triangles.len() > Self::MOST_TRIANGLES {
            return Err(Error::input(format!("{} triangles", triangles.len()))
                .expected(format!("at most {}", Self::MOST_TRIANGLES))
                .remedy("decimate the scan"));
        }
        let count = vertices.len();
        let broken =
            |t: &[u32; 3]| t.iter().any(|&i| i as usize >= count) || t[0] == t[1] || t[1] == t[2] || t[2] == t[0];
        if let Some(index) = triangles.par_iter().position_first(broken) {
            return Err(Error::input(format!("vertex indices {:?}", triangles[index]))
                .place(format!("triangle {index}"))
                .expected(format!("three different indices below {count}"))
                .remedy("export the scan again"));
        }
        Ok(Self { vertices, triangles })
    }

    /// Vertex positions, mm.
    pub fn vertices(&self) -> &[Point] {
        &self.vertices
    }

    /// Vertex indices of each triangle.
    pub fn triangles(&self) -> &[[u32; 3]] {
        &self.triangles
    }

    /// True without triangles.
    pub fn is_empty(&self) -> bool {
        self.triangles.is_empty()
    }

    /// The corners of a triangle. Panics when the index is out of range.
    pub fn corners(&self, triangle: u32) -> [Point; 3] {
        self.triangles[triangle as usize].map(|v| self.vertices[v as usize])
    }

    /// The middle of a triangle: the mean of its corners, mm.
    pub fn middle(&self, triangle: u32) -> Point {
        let [a, b, c] = self.corners(triangle);
        Point::from((a.coords + b.coords + c.coords) / 3.0)
    }

    /// Cross product of the edges: twice the area long, along the outward normal of a well-wound triangle.
    pub fn double_area_vector(&self, triangle: u32) -> Vector {
        let [a, b, c] = self.corners(triangle);
        (b - a).cross(&(c - a))
    }

    /// Area of a triangle, mm².
    pub fn triangle_area_mm2(&self, triangle: u32) -> f64 {
        0.5 * self.double_area_vector(triangle).norm()
    }

    /// Area of all triangles, mm².
    pub fn area_mm2(&self) -> f64 {
        (0..self.triangles.len() as u32).map(|t| self.triangle_area_mm2(t)).sum()
    }

    /// Unit normal by the winding; zero for a triangle without area.
    pub fn normal(&self, triangle: u32) -> Vector {
        self.double_area_vector(triangle).try_normalize(0.0).unwrap_or_else(Vector::zeros)
    }

    /// Box around all vertices.
    pub fn bounds(&self) -> Aabb {
        Aabb::around(&self.vertices)
    }

    /// Gives the parts back: vertices and triangles.
    pub fn into_parts(self) -> (Vec<Point>, Vec<[u32; 3]>) {
        (self.vertices, self.triangles)
    }
}

/// A place on a mesh: a triangle and the weights of its three corners (non-negative, sum 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurfacePoint {
    /// Index of the triangle.
    pub triangle: u32,
    /// Weights of the triangle's corners, in the order of its indices.
    pub weights: [f64; 3],
}

impl SurfacePoint {
    /// Position, mm. Panics when the triangle is out of range.
    pub fn position(&self, mesh: &TriMesh) -> Point {
        let [a, b, c] = mesh.corners(self.triangle);
        let [u, v, w] = self.weights;
        Point::from(a.coords * u + b.coords * v + c.coords * w)
    }

    /// Value of a per-vertex field at this place, linear in the triangle. Panics when out of range.
    pub fn interpolate(&self, mesh: &TriMesh, field: &[f64]) -> f64 {
        let corners = mesh.triangles()[self.triangle as usize];
        corners.iter().zip(self.weights).map(|(&v, weight)| weight * field[v as usize]).sum()
    }
}
