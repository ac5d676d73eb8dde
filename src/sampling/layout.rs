use std::borrow::Cow;

use rayon::prelude::*;

use super::locality::{sheet_normals, spread};
use super::maximal::FRAME_STEP_MM;
use crate::error::Result;
use crate::geometry::{Aabb, Placement, Point, Vector};
use crate::mesh::TriMesh;

/// A mesh in the frame in which dots are laid out, with an order of its triangles in which neighbours follow each other.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    /// The mesh as it was given.
    pub(super) original: &'a TriMesh,
    /// The same in the frame.
    pub(super) mesh: Cow<'a, TriMesh>,
    /// The triangles that have an area.
    pub(super) curve: Vec<OnCurve>,
    /// Edge of the cubes of the curve, mm.
    cube_mm: f64,
    /// How many triangles have no area.
    pub(super) flat: usize,
    /// Area of all triangles, mm².
    pub(super) area_mm2: f64,
    /// Normal of each triangle's sheet, where facing sheets are apart.
    pub(super) sheets: Option<Vec<Vector>>,
}

/// A triangle on a Morton curve through small cubes. They are sorted by their cubes, those of one as they were.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OnCurve {
    /// Morton code of the cube that holds the middle of the triangle.
    cube: u32,
    pub(super) triangle: u32,
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
        let mesh = match frame {
            Some(frame) => {
                let moved = original.vertices().par_iter().map(|vertex| rounded(vertex, frame)).collect();
                Cow::Owned(TriMesh::new(moved, original.triangles().to_vec())?)
            }
            None => Cow::Borrowed(original),
        };
        let bounds = mesh.bounds();
        let cubes = f64::from(1_u32 << CUBE_BITS);
        let cube_mm = bounds.size().max().max(f64::MIN_POSITIVE) / (cubes - 0.01);
        let third = 1.0 / (3.0 * cube_mm);
        let on_curve = |triangle: u32| {
            let [a, b, c] = mesh.corners(triangle).map(|corner| corner - bounds.min);
            let area_mm2 = 0.5 * (b - a).cross(&(c - a)).norm();
            let middle = (a + b + c) * third;
            let cube = (0..).zip(&middle).fold(0, |code, (axis, &c)| code | (spread(c as u64) as u32) << axis);
            (OnCurve { cube, triangle }, area_mm2)
        };
        let end = mesh.triangles().len() as u32;
        let chunks: Vec<(Vec<OnCurve>, f64)> = (0..end.div_ceil(CHUNK as u32))
            .into_par_iter()
            .map(|chunk| {
                let first = chunk * CHUNK as u32;
                let (mut solid, mut sum_mm2) = (Vec::with_capacity(CHUNK), 0.0);
                for (triangle, area_mm2) in (first..end.min(first + CHUNK as u32)).map(on_curve) {
                    if area_mm2 > 0.0 {
                        solid.push(triangle);
                        sum_mm2 += area_mm2;
                    }
                }
                (solid, sum_mm2)
            })
            .collect();
        let area_mm2 = chunks.iter().map(|(_, sum_mm2)| sum_mm2).sum();
        let curve = sorted(chunks.into_iter().map(|(solid, _)| solid).collect::<Vec<_>>().concat());
        let flat = mesh.triangles().len() - curve.len();
        let sheets = sheets_apart.then(|| sheet_normals(&mesh));
        Ok(Self { original, mesh, curve, cube_mm, flat, area_mm2, sheets })
    }

    /// Where the part of the curve from number `first` to `last` is best parted: at the highest bit of the codes that
    /// differs. Tells the diagonal of the box around the cubes of both parts, mm, and the first code of the second one.
    pub(super) fn part(&self, first: u32, last: u32) -> Option<(f64, u32)> {
        let [first, last] = [first, last].map(|number| self.cube(number));
        let bit = (first ^ last).checked_ilog2()?;
        // Every third bit belongs to one axis.
        let squared: f64 = (0..3).map(|axis| 4.0_f64.powi((bit.cast_signed() - axis).div_euclid(3) + 1)).sum();
        Some((squared.sqrt() * self.cube_mm, last >> bit << bit))
    }

    /// Morton code of the cube of that number on the curve.
    pub(super) fn cube(&self, number: u32) -> u32 {
        self.curve[number as usize].cube
    }
}

/// Sorts by cubes: a counting sort for each digit of the codes, the lowest first.
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
        fn triangles_are_sorted_by_cubes_and_else_stay(codes in prop::collection::vec(0..1_u32 << (3 * CUBE_BITS), 0..300)) {
            // Some share a cube.
            let curve: Vec<OnCurve> = codes.iter().chain(codes.iter().step_by(3)).zip(0..)
                .map(|(&cube, triangle)| OnCurve { cube, triangle })
                .collect();
            let plain = |curve: &[OnCurve]| -> Vec<[u32; 2]> { curve.iter().map(|on| [on.cube, on.triangle]).collect() };
            let mut expected = plain(&curve);
            expected.sort_unstable();
            prop_assert_eq!(plain(&sorted(curve)), expected);
        }
    }
}
