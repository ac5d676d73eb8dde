use rayon::prelude::*;

use crate::geometry::Point;
use crate::mesh::TriMesh;

/// Hairs are counted within this distance of a place, mm: some 90 of them where hair is dense. Nearer ones weigh more.
const REACH_MM: f64 = 6.0;

/// How many hairs there are around a place.
#[derive(Debug)]
pub struct Hairs {
    cells: Cells,
}

impl Hairs {
    /// Hairs by their places, mm.
    pub fn new(places: &[Point]) -> Self {
        Self { cells: Cells::new(places.iter().map(|place| (*place, 1.0))) }
    }

    /// Hairs per cm² at each vertex of a surface: their weighted number over the weighted area around it, so that edges of the
    /// surface take nothing off. The weight falls from 1 at the vertex to 0 at 6 mm (V. A. Epanechnikov's kernel, 1969).
    pub fn density_per_cm2(&self, mesh: &TriMesh) -> Vec<f64> {
        const MM2_PER_CM2: f64 = 100.0;
        let triangles = 0..mesh.triangles().len() as u32;
        let areas = Cells::new(triangles.map(|t| (mesh.middle(t), mesh.triangle_area_mm2(t))));
        let density = |vertex: &Point| {
            let area_mm2 = areas.weight_around(vertex);
            if area_mm2 > 0.0 { MM2_PER_CM2 * self.cells.weight_around(vertex) / area_mm2 } else { 0.0 }
        };
        mesh.vertices().par_iter().map(density).collect()
    }
}

/// Weighted places, sorted by cubes of [`REACH_MM`].
#[derive(Debug)]
struct Cells {
    places: Vec<([i64; 3], Point, f64)>,
}

impl Cells {
    fn new(places: impl Iterator<Item = (Point, f64)>) -> Self {
        let mut places: Vec<_> = places.map(|(place, weight)| (cell(&place), place, weight)).collect();
        places.sort_by_key(|(cell, ..)| *cell);
        Self { places }
    }

    fn weight_around(&self, at: &Point) -> f64 {
        let [x, y, z] = cell(at);
        let mut sum = 0.0;
        for i in x - 1..=x + 1 {
            for j in y - 1..=y + 1 {
                // Cells along z stand one behind the other.
                let first = self.places.partition_point(|(cell, ..)| *cell < [i, j, z - 1]);
                for (_, place, weight) in self.places[first..].iter().take_while(|(cell, ..)| *cell <= [i, j, z + 1]) {
                    sum += weight * (1.0 - (place - at).norm_squared() / (REACH_MM * REACH_MM)).max(0.0);
                }
            }
        }
        sum
    }
}

fn cell(place: &Point) -> [i64; 3] {
    [place.x, place.y, place.z].map(|c| (c / REACH_MM).floor() as i64)
}
