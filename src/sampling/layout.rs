use std::ops::Range;

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
    /// For each triangle its number in the original.
    triangles: Vec<OnCurve>,
    /// For each vertex its number in the original.
    vertices: Vec<OnCurve>,
    /// Edge of the cubes of the curve, mm.
    cube_mm: f64,
    /// How many triangles have no area.
    pub(super) flat: usize,
    /// Area of all triangles, mm².
    pub(super) area_mm2: f64,
    /// Normal of each triangle's sheet, where facing sheets are apart.
    pub(super) sheets: Option<Vec<Vector>>,
}

/// A place on a Morton curve through small cubes.
#[derive(Debug, Clone, Copy, Default)]
struct OnCurve {
    /// Morton code of the cube.
    cube: u32,
    /// Number of the triangle or vertex that is there.
    number: u32,
}

/// There are `2^CUBE_BITS` cubes along each axis.
const CUBE_BITS: u32 = 10;

/// Triangles that one task takes.
const CHUNK: usize = 4096;

impl<'a> Layout<'a> {
    /// With a frame the mesh is moved into it and its vertices rounded to [`FRAME_STEP_MM`].
    pub(super) fn new(original: &'a TriMesh, frame: Option<&Placement>, sheets_apart: bool) -> Result<Self> {
        let rounded = |vertex: &Point, frame: &Placement| {
            frame.point(vertex).map(|c| (c / FRAME_STEP_MM).round() * FRAME_STEP_MM)
        };
        let moved: Option<Vec<Point>> =
            frame.map(|frame| original.vertices().par_iter().map(|vertex| rounded(vertex, frame)).collect());
        let points = moved.as_deref().unwrap_or(original.vertices());
        let bounds = Aabb::around(points);
        let cube_mm = bounds.size().max().max(f64::MIN_POSITIVE) / (f64::from(1_u32 << CUBE_BITS) - 0.01);
        let per_mm = cube_mm.recip();
        let on_curve = |number: u32, away: Vector| {
            let cell = away * per_mm;
            let cube = (0..).zip(cell.iter()).fold(0, |code, (axis, &c)| code | (spread(c as u64) as u32) << axis);
            OnCurve { cube, number }
        };
        let vertices = points.par_iter().enumerate();
        let vertices = sorted(vertices.map(|(number, point)| on_curve(number as u32, point - bounds.min)).collect());
        let mut numbers = vec![0; points.len()];
        for (number, vertex) in (0_u32..).zip(&vertices) {
            numbers[vertex.number as usize] = number;
        }

        let solid = |(chunk, triangles): (usize, &[[u32; 3]])| {
            let (mut solid, mut sum_mm2) = (Vec::with_capacity(triangles.len()), 0.0);
            for (number, corners) in ((chunk * CHUNK) as u32..).zip(triangles) {
                let [a, b, c] = corners.map(|vertex| points[vertex as usize] - bounds.min);
                let area_mm2 = 0.5 * (b - a).cross(&(c - a)).norm();
                if area_mm2 > 0.0 {
                    solid.push(on_curve(number, (a + b + c) / 3.0));
                    sum_mm2 += area_mm2;
                }
            }
            (solid, sum_mm2)
        };
        let chunks = original.triangles().par_chunks(CHUNK).enumerate();
        let (chunks, areas_mm2): (Vec<Vec<OnCurve>>, Vec<f64>) = chunks.map(solid).unzip();
        let triangles = sorted(chunks.concat());
        let corners =
            |triangle: &OnCurve| original.triangles()[triangle.number as usize].map(|vertex| numbers[vertex as usize]);
        let mesh = TriMesh::new(
            vertices.par_iter().map(|vertex| points[vertex.number as usize]).collect(),
            triangles.par_iter().map(corners).collect(),
        )?;
        let sheets = sheets_apart.then(|| sheet_normals(&mesh));
        let flat = original.triangles().len() - triangles.len();
        let area_mm2 = areas_mm2.iter().sum();
        Ok(Self { original, mesh, triangles, vertices, cube_mm, flat, area_mm2, sheets })
    }

    /// Number of a triangle in the original.
    pub(super) fn triangle(&self, triangle: u32) -> u32 {
        self.triangles[triangle as usize].number
    }

    /// A field on the vertices of the original, for those of the copy.
    pub(super) fn field(&self, original: &[f64]) -> Vec<f64> {
        self.vertices.iter().map(|vertex| original[vertex.number as usize]).collect()
    }

    /// Where a range of triangles is best parted: at the highest bit of the codes that differs. Tells the diagonal of the
    /// box around the cubes of both parts, mm, and the first triangle of the second one.
    pub(super) fn part(&self, range: &Range<u32>) -> Option<(f64, u32)> {
        let triangles = &self.triangles[range.start as usize..range.end as usize];
        let [first, last] = [triangles.first()?.cube, triangles.last()?.cube];
        let bit = (first ^ last).checked_ilog2()?;
        let second = triangles.partition_point(|triangle| triangle.cube < last >> bit << bit);
        // Every third bit belongs to one axis.
        let squared: f64 = (0..3).map(|axis| 4.0_f64.powi((bit.cast_signed() - axis).div_euclid(3) + 1)).sum();
        Some((squared.sqrt() * self.cube_mm, range.start + second as u32))
    }

    /// Parts a range until no part has more than `most` triangles, or all of one cube.
    pub(super) fn stretches(&self, range: Range<u32>, most: u32, parts: &mut Vec<Range<u32>>) {
        match self.part(&range) {
            Some((_, second)) if range.len() > most as usize => {
                self.stretches(range.start..second, most, parts);
                self.stretches(second..range.end, most, parts);
            }
            _ => parts.push(range),
        }
    }
}

/// Sorts by cubes, what is in one cube stays as it is: a counting sort for each digit of the codes, the lowest first.
fn sorted(mut curve: Vec<OnCurve>) -> Vec<OnCurve> {
    const DIGITS: usize = 1 << CUBE_BITS;
    let mut other = vec![OnCurve::default(); curve.len()];
    for shift in [0, CUBE_BITS, 2 * CUBE_BITS] {
        let digit = |on_curve: &OnCurve| (on_curve.cube >> shift) as usize % DIGITS;
        let mut next = [0_u32; DIGITS + 1];
        for on_curve in &curve {
            next[digit(on_curve) + 1] += 1;
        }
        for digit in 0..DIGITS {
            next[digit + 1] += next[digit];
        }
        for on_curve in &curve {
            let place = &mut next[digit(on_curve)];
            other[*place as usize] = *on_curve;
            *place += 1;
        }
        std::mem::swap(&mut curve, &mut other);
    }
    curve
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_in_one_cube_stays_in_order(codes in prop::collection::vec(0..1_u32 << (3 * CUBE_BITS), 0..300)) {
            // Some share a cube.
            let curve: Vec<OnCurve> = codes.iter().chain(codes.iter().step_by(3)).zip(0..)
                .map(|(&cube, number)| OnCurve { cube, number })
                .collect();
            let plain = |curve: &[OnCurve]| -> Vec<[u32; 2]> { curve.iter().map(|on| [on.cube, on.number]).collect() };
            let mut expected = plain(&curve);
            expected.sort_unstable();
            prop_assert_eq!(plain(&sorted(curve)), expected);
        }
    }
}
