use rayon::prelude::*;

use super::locality::{sheet_normals, spread};
use super::maximal::FRAME_STEP_MM;
use crate::error::Result;
use crate::geometry::{Aabb, Placement, Point, Vector};
use crate::mesh::TriMesh;

/// A copy of a mesh in which neighbours lie near each other in memory, in the frame in which dots are laid out.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    /// The mesh that was copied.
    pub(super) original: &'a TriMesh,
    /// Without the triangles that have no area.
    pub(super) mesh: TriMesh,
    /// Number of each triangle in the original.
    triangles: Vec<u32>,
    /// Number of each vertex in the original.
    vertices: Vec<u32>,
    /// How many triangles have no area.
    pub(super) flat: usize,
    /// Normal of each triangle's sheet, where facing sheets are apart.
    pub(super) sheets: Option<Vec<Vector>>,
}

/// Cubes along each axis by which triangles are sorted; a power of two.
const CUBES: usize = 32;

/// The code of triangles without area, after those of all cubes.
const FLAT: u32 = CUBES.pow(3) as u32;

impl<'a> Layout<'a> {
    /// With a frame the mesh is moved into it and its vertices rounded to [`FRAME_STEP_MM`].
    pub(super) fn new(mesh: &'a TriMesh, frame: Option<&Placement>, sheets_apart: bool) -> Result<Self> {
        let rounded = |vertex: &Point, frame: &Placement| {
            frame.point(vertex).map(|c| (c / FRAME_STEP_MM).round() * FRAME_STEP_MM)
        };
        let moved: Option<Vec<Point>> =
            frame.map(|frame| mesh.vertices().par_iter().map(|vertex| rounded(vertex, frame)).collect());
        let points = moved.as_deref().unwrap_or(mesh.vertices());
        let order = along_a_curve(points, mesh.triangles());
        let mut numbers = vec![u32::MAX; points.len()];
        let mut vertices = Vec::with_capacity(points.len());
        let mut triangles = Vec::with_capacity(order.len());
        for &triangle in &order {
            triangles.push(mesh.triangles()[triangle as usize].map(|vertex| {
                let number = &mut numbers[vertex as usize];
                if *number == u32::MAX {
                    *number = vertices.len() as u32;
                    vertices.push(vertex);
                }
                *number
            }));
        }
        let copy = TriMesh::new(vertices.iter().map(|&vertex| points[vertex as usize]).collect(), triangles)?;
        let sheets = sheets_apart.then(|| sheet_normals(&copy));
        Ok(Self {
            original: mesh,
            mesh: copy,
            flat: mesh.triangles().len() - order.len(),
            triangles: order,
            vertices,
            sheets,
        })
    }

    /// Number of a triangle in the original.
    pub(super) fn triangle(&self, triangle: u32) -> u32 {
        self.triangles[triangle as usize]
    }

    /// A field on the vertices of the original, for those of the copy.
    pub(super) fn field(&self, original: &[f64]) -> Vec<f64> {
        self.vertices.iter().map(|&vertex| original[vertex as usize]).collect()
    }
}

/// Triangles with an area, sorted along a Morton curve through the cubes that hold their middles; within one as before.
fn along_a_curve(points: &[Point], triangles: &[[u32; 3]]) -> Vec<u32> {
    let bounds = Aabb::around(points);
    let per_mm = (CUBES as f64 - 0.5) / bounds.size().max().max(f64::MIN_POSITIVE);
    let code = |corners: &[u32; 3]| {
        let [a, b, c] = corners.map(|vertex| points[vertex as usize]);
        if (b - a).cross(&(c - a)).norm() <= 0.0 {
            return FLAT;
        }
        let middle = ((a - bounds.min) + (b - bounds.min) + (c - bounds.min)) * (per_mm / 3.0);
        middle.iter().enumerate().fold(0, |code, (axis, &c)| code | (spread(c as u64) as u32) << axis)
    };
    let codes: Vec<u32> = triangles.par_iter().map(code).collect();
    let mut next = vec![0_u32; FLAT as usize + 2];
    for &code in &codes {
        next[code as usize + 1] += 1;
    }
    for code in 0..=FLAT as usize {
        next[code + 1] += next[code];
    }
    let mut sorted = vec![0; next[FLAT as usize] as usize];
    for (triangle, &code) in (0..).zip(&codes) {
        if code < FLAT {
            let place = &mut next[code as usize];
            sorted[*place as usize] = triangle;
            *place += 1;
        }
    }
    sorted
}
