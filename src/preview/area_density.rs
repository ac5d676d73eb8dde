use super::pieces::for_each_piece;
use crate::geometry::Vector;
use crate::mesh::TriMesh;

/// Radius of Lambert's disc that holds all directions of the unit sphere.
const DISC_RADIUS: f64 = 2.0;
/// Edge of a grid cell on Lambert's disc of the unit sphere: 2 mm on a head.
const CELL: f64 = 0.02;
/// Cells in a row of the grid.
const CELLS: usize = 201;
/// Cells by which the first smoothing reaches: enough to even out the noise of a scan, far below a cell of 1 cm².
const BLUR_REACH: usize = 1;
/// A cell speaks for itself when at least this share of it is covered by surface.
const LEAST_COVER: f64 = 0.1;

/// How much surface lies in each direction from a centre: mm² per steradian, on a square grid over Lambert's disc
/// (whose cells all have the same solid angle). On a sphere around the centre it is the squared radius.
///
/// It is measured by adding up the area and the solid angle of small pieces of the triangles. So it needs no radius
/// as a function of the direction, counts the roughness of a scan in, and stays meaningful where a ray meets the
/// surface more than once. Directions without surface take over from their surroundings.
#[derive(Debug, Clone)]
pub(super) struct AreaDensity {
    cells: Vec<f64>,
}

/// Area and solid angle gathered in one cell.
type Gathered = [f64; 2];

impl AreaDensity {
    /// Measures a surface. `disc` takes a difference from the centre to Lambert's disc.
    pub(super) fn measure(
        surface: &TriMesh,
        centre: &crate::geometry::Point,
        disc: impl Fn(&Vector) -> [f64; 2],
    ) -> Self {
        let mut gathered = vec![[0.0; 2]; CELLS * CELLS];
        let longest_mm = CELL * surface.vertices().iter().map(|v| (v - centre).norm()).fold(0.0, f64::max);
        for_each_piece(surface, longest_mm.max(f64::MIN_POSITIVE), |[a, b, c]| {
            let double_area = (b - a).cross(&(c - a));
            let arm = (a.coords + b.coords + c.coords) / 3.0 - centre.coords;
            let distance2 = arm.norm_squared();
            if distance2 > 0.0 {
                let solid_angle = 0.5 * double_area.dot(&arm) / (distance2 * distance2.sqrt());
                let [u, v] = disc(&arm);
                for (cell, weight) in corners(u, v) {
                    gathered[cell][0] += weight * 0.5 * double_area.norm();
                    gathered[cell][1] += weight * solid_angle;
                }
            }
        });
        Self { cells: densities(gathered) }
    }

    /// Density at a place of Lambert's disc, linear between cells.
    pub(super) fn at(&self, u: f64, v: f64) -> f64 {
        corners(u, v).iter().map(|&(cell, weight)| weight * self.cells[cell]).sum()
    }
}

/// The four cells around a place and their bilinear weights.
fn corners(u: f64, v: f64) -> [(usize, f64); 4] {
    let split = |x: f64| {
        let position = ((x + DISC_RADIUS) / CELL).clamp(0.0, (CELLS - 1) as f64);
        let below = (position as usize).min(CELLS - 2);
        (below, position - below as f64)
    };
    let ((i, s), (j, t)) = (split(u), split(v));
    let cell = j * CELLS + i;
    [(cell, (1.0 - s) * (1.0 - t)), (cell + 1, s * (1.0 - t)), (cell + CELLS, (1.0 - s) * t), (cell + CELLS + 1, s * t)]
}

/// Smoothed area over smoothed solid angle; empty cells are filled from wider and wider surroundings.
fn densities(mut gathered: Vec<Gathered>) -> Vec<f64> {
    let least = LEAST_COVER * CELL * CELL;
    let mut cells = vec![f64::NAN; gathered.len()];
    let mut reach = BLUR_REACH;
    while cells.iter().any(|density| density.is_nan()) && reach < CELLS / 2 {
        gathered = blurred(gathered, reach);
        for (density, [area, solid_angle]) in cells.iter_mut().zip(&gathered) {
            if density.is_nan() && *solid_angle > least {
                *density = area / solid_angle;
            }
        }
        reach *= 2;
    }
    let known = cells.iter().filter(|density| !density.is_nan());
    let mean = known.clone().sum::<f64>() / known.count().max(1) as f64;
    cells.iter().map(|&density| if density.is_nan() { mean } else { density }).collect()
}

/// Three means over squares of `2 reach + 1` cells one after the other, which comes close to a Gaussian with a standard
/// deviation of `reach + 0.5` cells. Outside of the grid there is nothing.
fn blurred(gathered: Vec<Gathered>, reach: usize) -> Vec<Gathered> {
    let along_lines = |from: &[Gathered], step: usize, line_step: usize| {
        let mut to = vec![[0.0; 2]; from.len()];
        let share = 1.0 / (2 * reach + 1) as f64;
        for line in 0..CELLS {
            let cell = |i: usize| line * line_step + i * step;
            let mut sum = [0.0; 2];
            for i in 0..CELLS + reach {
                for k in 0..2 {
                    if i < CELLS {
                        sum[k] += from[cell(i)][k];
                    }
                    if i > 2 * reach {
                        sum[k] -= from[cell(i - 2 * reach - 1)][k];
                    }
                    if i >= reach {
                        to[cell(i - reach)][k] = sum[k] * share;
                    }
                }
            }
        }
        to
    };
    (0..3).fold(gathered, |gathered, _| along_lines(&along_lines(&gathered, 1, CELLS), CELLS, 1))
}
