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
    /// Morton code of the cube in which each triangle lies; ascending.
    cubes: Vec<u32>,
    /// Edge of the cubes, mm.
    cube_mm: f64,
    /// How many triangles have no area.
    pub(super) flat: usize,
    /// Area of all triangles, mm².
    pub(super) area_mm2: f64,
    /// Normal of each triangle's sheet, where facing sheets are apart.
    pub(super) sheets: Option<Vec<Vector>>,
}

/// Cubes along each axis by which triangles are sorted, at most; a power of two.
const MOST_CUBES: usize = 64;

/// About so many triangles of a surface lie in a cube.
const IN_A_CUBE: usize = 8;

impl<'a> Layout<'a> {
    /// With a frame the mesh is moved into it and its vertices rounded to [`FRAME_STEP_MM`].
    pub(super) fn new(mesh: &'a TriMesh, frame: Option<&Placement>, sheets_apart: bool) -> Result<Self> {
        let rounded = |vertex: &Point, frame: &Placement| {
            frame.point(vertex).map(|c| (c / FRAME_STEP_MM).round() * FRAME_STEP_MM)
        };
        let moved: Option<Vec<Point>> =
            frame.map(|frame| mesh.vertices().par_iter().map(|vertex| rounded(vertex, frame)).collect());
        let points = moved.as_deref().unwrap_or(mesh.vertices());
        let Curve { order, cubes, cube_mm, area_mm2 } = Curve::new(points, mesh.triangles());
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
            cubes,
            cube_mm,
            area_mm2,
            sheets,
        })
    }

    /// Number of a triangle in the original.
    pub(super) fn triangle(&self, triangle: u32) -> u32 {
        self.triangles[triangle as usize]
    }

    /// Where the range of triangles from `first` to `last` is best parted: at the highest bit of the codes that
    /// differs. Tells the diagonal of the box around the cubes of both parts, mm, and the first code of the second one.
    pub(super) fn part(&self, first: u32, last: u32) -> Option<(f64, u32)> {
        let [first, last] = [first, last].map(|triangle| self.cube(triangle));
        let bit = (first ^ last).checked_ilog2()?;
        // Every third bit belongs to one axis.
        let squared: f64 = (0..3).map(|axis| 4.0_f64.powi((bit.cast_signed() - axis).div_euclid(3) + 1)).sum();
        Some((squared.sqrt() * self.cube_mm, last >> bit << bit))
    }

    /// Morton code of the cube in which a triangle lies.
    pub(super) fn cube(&self, triangle: u32) -> u32 {
        self.cubes[triangle as usize]
    }

    /// A field on the vertices of the original, for those of the copy.
    pub(super) fn field(&self, original: &[f64]) -> Vec<f64> {
        self.vertices.iter().map(|&vertex| original[vertex as usize]).collect()
    }
}

/// Triangles with an area, sorted along a Morton curve through the cubes that hold their middles; within one as before.
struct Curve {
    order: Vec<u32>,
    cubes: Vec<u32>,
    cube_mm: f64,
    area_mm2: f64,
}

impl Curve {
    fn new(points: &[Point], triangles: &[[u32; 3]]) -> Self {
        // Of n³ cubes a surface fills about 3 n².
        let per_axis = (triangles.len() / (3 * IN_A_CUBE)).isqrt().next_power_of_two().clamp(1, MOST_CUBES);
        let flat = per_axis.pow(3);
        let bounds = Aabb::around(points);
        let cube_mm = bounds.size().max().max(f64::MIN_POSITIVE) / (per_axis as f64 - 0.01);
        let third = 1.0 / (3.0 * cube_mm);
        let cube_and_area = |corners: &[u32; 3]| {
            let [a, b, c] = corners.map(|vertex| points[vertex as usize]);
            let area = 0.5 * (b - a).cross(&(c - a)).norm();
            if area <= 0.0 {
                return (flat as u32, area);
            }
            let middle = ((a - bounds.min) + (b - bounds.min) + (c - bounds.min)) * third;
            (middle.iter().enumerate().fold(0, |code, (axis, &c)| code | (spread(c as u64) as u32) << axis), area)
        };
        let (codes, areas): (Vec<u32>, Vec<f64>) = triangles.par_iter().map(cube_and_area).unzip();
        let area_mm2 = areas.iter().sum();
        // A counting sort.
        let mut next = vec![0_u32; flat + 2];
        for &code in &codes {
            next[code as usize + 1] += 1;
        }
        for code in 0..=flat {
            next[code + 1] += next[code];
        }
        let solid = next[flat] as usize;
        let (mut order, mut cubes) = (vec![0; solid], vec![0; solid]);
        for (triangle, &code) in (0..).zip(&codes).filter(|(_, code)| (**code as usize) < flat) {
            let place = &mut next[code as usize];
            (order[*place as usize], cubes[*place as usize]) = (triangle, code);
            *place += 1;
        }
        Self { order, cubes, cube_mm, area_mm2 }
    }
}
