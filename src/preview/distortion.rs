use std::collections::BTreeMap;

use nalgebra::{Matrix2, Matrix3, SymmetricEigen, Vector2};

use super::pieces::for_each_piece;
use crate::geometry::{Point, Vector};
use crate::mesh::TriMesh;

/// Edge of a square cell of the map, mm: 1 cm².
const CELL_MM: f64 = 10.0;
/// Triangles are measured in pieces with edges up to this, mm.
const PIECE_MM: f64 = 2.0;
/// Cells with less surface than this, mm², say nothing of lengths.
const LEAST_FOR_LENGTHS_MM2: f64 = 50.0;

/// How far a map of a surface to the plane is from true areas and lengths, by squares of 1 cm² of the map.
///
/// Squares at the edge count by the surface they hold. Lengths are judged by the linear map that fits the places of a
/// square best, so that the roughness of a scan does not pass for distortion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distortion {
    /// Squares that hold any surface.
    pub cells: usize,
    /// RMS of (area on the map / area on the surface - 1), weighted by area.
    pub area_rms: f64,
    /// 95 % of the surface lies in squares whose areas are wrong by no more than this share.
    pub area_95: f64,
    /// Least length on the map over length on the surface.
    pub shortest: f64,
    /// Largest length on the map over length on the surface.
    pub longest: f64,
    /// Share of the surface that lies face down on the map, under or over other parts.
    pub folded: f64,
}

#[derive(Default)]
struct Cell {
    surface_mm2: f64,
    map_mm2: f64,
    map: Vector2<f64>,
    place: Vector,
    place_place: Matrix3<f64>,
    map_place: nalgebra::Matrix2x3<f64>,
}

impl Distortion {
    /// Measures the map `place` on the triangles of a surface, mm.
    pub(super) fn measure(surface: &TriMesh, place: impl Fn(&Point) -> [f64; 2]) -> Self {
        let mut cells: BTreeMap<[i32; 2], Cell> = BTreeMap::new();
        let mut folded_mm2 = 0.0;
        let origin = surface.bounds().centre();
        for_each_piece(surface, PIECE_MM, |corners| {
            let [a, b, c] = corners.map(|corner| Vector2::from(place(&corner)));
            let area = 0.5 * (corners[1] - corners[0]).cross(&(corners[2] - corners[0])).norm();
            let map_area = 0.5 * (b - a).perp(&(c - a));
            let map = (a + b + c) / 3.0;
            let middle = corners.iter().map(|corner| corner - origin).sum::<Vector>() / 3.0;
            let cell = cells.entry([map.x, map.y].map(|x| (x / CELL_MM).floor() as i32)).or_default();
            cell.surface_mm2 += area;
            cell.map_mm2 += map_area;
            cell.map += map * area;
            cell.place += middle * area;
            cell.place_place += middle * middle.transpose() * area;
            cell.map_place += map * middle.transpose() * area;
            if map_area < 0.0 {
                folded_mm2 += area;
            }
        });
        Self::summary(&cells.into_values().collect::<Vec<_>>(), folded_mm2)
    }

    fn summary(cells: &[Cell], folded_mm2: f64) -> Self {
        let total: f64 = cells.iter().map(|cell| cell.surface_mm2).sum();
        let mut errors: Vec<[f64; 2]> =
            cells.iter().map(|cell| [(cell.map_mm2 / cell.surface_mm2 - 1.0).abs(), cell.surface_mm2]).collect();
        errors.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let area_rms = (errors.iter().map(|[error, area]| error * error * area).sum::<f64>() / total).sqrt();
        let mut covered = 0.0;
        let within = errors.iter().find(|[_, area]| {
            covered += area;
            covered >= 0.95 * total
        });
        let ratios = cells.iter().filter(|cell| cell.surface_mm2 >= LEAST_FOR_LENGTHS_MM2).map(Cell::length_ratios);
        let [shortest, longest] = ratios.fold([1.0, 1.0], |[low, high]: [f64; 2], [s, l]| [low.min(s), high.max(l)]);
        Self {
            cells: cells.len(),
            area_rms,
            area_95: within.map_or(0.0, |[error, _]| *error),
            shortest,
            longest,
            folded: folded_mm2 / total,
        }
    }
}

impl Cell {
    /// Least and largest factor by which the best linear map from the surface to the plane changes a length.
    fn length_ratios(&self) -> [f64; 2] {
        let (place, map) = (self.place / self.surface_mm2, self.map / self.surface_mm2);
        let spread = SymmetricEigen::new(self.place_place / self.surface_mm2 - place * place.transpose());
        let joint = self.map_place / self.surface_mm2 - map * place.transpose();
        // The surface is flat enough in a square: its normal is the direction of least spread.
        let normal = spread.eigenvalues.imin();
        let axes = [(normal + 1) % 3, (normal + 2) % 3];
        let columns = axes.map(|k| joint * spread.eigenvectors.column(k) / spread.eigenvalues[k]);
        let singular = Matrix2::from_columns(&columns).singular_values();
        [singular.min(), singular.max()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square of 40 mm, tilted in space, whose own axes are given to `map`.
    fn distortion_of(map: impl Fn(f64, f64) -> [f64; 2]) -> Distortion {
        let (u, v) = (Vector::new(0.6, 0.0, 0.8), Vector::y());
        let at = |i: u32, j: u32| Point::new(5.0, 6.0, 7.0) + u * f64::from(i) + v * f64::from(j);
        let vertices = (0..41 * 41).map(|k| at(k % 41, k / 41)).collect();
        let squares = (0..40 * 40).map(|k| k / 40 * 41 + k % 40);
        let triangles = squares.flat_map(|k| [[k, k + 1, k + 42], [k, k + 42, k + 41]]).collect();
        let square = TriMesh::new(vertices, triangles).unwrap();
        let start = at(0, 0);
        Distortion::measure(&square, |p| map((p - start).dot(&u), (p - start).dot(&v)))
    }

    #[test]
    fn a_true_map_has_none() {
        let d = distortion_of(|x, y| [0.8 * x - 0.6 * y, 0.6 * x + 0.8 * y]);
        assert!(d.area_rms < 1e-9 && d.area_95 < 1e-9 && d.folded == 0.0, "{d:?}");
        assert!((d.shortest - 1.0).abs() < 1e-9 && (d.longest - 1.0).abs() < 1e-9, "{d:?}");
    }

    #[test]
    fn stretching_shows_in_areas_and_lengths() {
        let d = distortion_of(|x, y| [1.2 * x, 0.9 * y]);
        assert!((d.area_rms - 0.08).abs() < 1e-9 && (d.area_95 - 0.08).abs() < 1e-9, "{d:?}");
        assert!((d.shortest - 0.9).abs() < 1e-9 && (d.longest - 1.2).abs() < 1e-9, "{d:?}");
    }

    #[test]
    fn area_errors_are_weighted_by_area() {
        // The left half is true, the right half twice too wide: 800 mm² each.
        let d = distortion_of(|x, y| [if x <= 20.0 { x } else { 20.0 + 2.0 * (x - 20.0) }, y]);
        assert!((d.area_rms - 0.5_f64.sqrt()).abs() < 1e-6 && (d.area_95 - 1.0).abs() < 1e-9, "{d:?}");
    }

    #[test]
    fn folds_are_found() {
        let d = distortion_of(|x, y| [if x <= 30.0 { x } else { 60.0 - x }, y]);
        assert!((d.folded - 0.25).abs() < 1e-9 && d.area_rms > 0.4, "{d:?}");
    }
}
