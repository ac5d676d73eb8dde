use kiddo::{ImmutableKdTree, SquaredEuclidean};
use rayon::prelude::*;

use super::Dot;
use crate::error::{Error, Result};
use crate::geometry::Point;
use crate::mesh::TriMesh;

/// Density at a dot is counted in a ball of this radius, mm: two square centimetres of skin.
const DISC_MM: f64 = 7.98;
/// Skin is added up by cubes with this edge, mm: a fiftieth of the disc. Triangles of a scan would be many more.
const CUBE_MM: f64 = 1.6;

/// What stands around each dot, in the order of the dots.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surroundings {
    /// Distance to the nearest other dot, mm; infinite for a dot alone.
    pub nearest_mm: Vec<f64>,
    /// Dots per cm² of the region around the dot.
    pub density_per_cm2: Vec<f64>,
}

impl Surroundings {
    /// Of all dots, on the region, mm.
    ///
    /// # Errors
    /// No k-d tree can be built.
    pub fn of(dots: &[Dot], region: &TriMesh) -> Result<Self> {
        if dots.is_empty() {
            return Ok(Self::default());
        }
        let places: Vec<[f64; 3]> = dots.iter().map(|dot| dot.position_mm).collect();
        let (cubes, areas_mm2): (Vec<[f64; 3]>, Vec<f64>) = cubes(region).into_iter().unzip();
        let (dot_tree, ground_tree) = (tree(&places)?, if cubes.is_empty() { None } else { Some(tree(&cubes)?) });
        let (nearest_mm, density_per_cm2) = (places.par_iter())
            .map(|place| {
                let disc = |tree: &ImmutableKdTree<f64, 3>| {
                    tree.query(place).within::<SquaredEuclidean<f64>>(DISC_MM * DISC_MM).unsorted().execute()
                };
                let near = disc(&dot_tree);
                let ground = ground_tree.as_ref().map(disc).unwrap_or_default();
                let ground_mm2: f64 = ground.iter().map(|hit| areas_mm2[hit.item as usize]).sum();
                // The dot itself is at distance 0, and another may share its place.
                let mut least = [f64::INFINITY; 2];
                for hit in &near {
                    if hit.distance < least[1] {
                        least = [least[0].min(hit.distance), least[0].max(hit.distance)];
                    }
                }
                (least[1].sqrt(), if ground_mm2 > 0.0 { 100.0 * near.len() as f64 / ground_mm2 } else { 0.0 })
            })
            .unzip();
        Ok(Self { nearest_mm, density_per_cm2 })
    }
}

fn tree(places: &[[f64; 3]]) -> Result<ImmutableKdTree<f64, 3>> {
    ImmutableKdTree::new_from_slice(places)
        .map_err(|error| Error::system(format!("no k-d tree over {} points: {error:?}", places.len())))
}

/// The surface by cubes of a grid: middle of the part of it, and its area, mm².
fn cubes(surface: &TriMesh) -> Vec<([f64; 3], f64)> {
    let cube = |middle: &Point| middle.coords.map(|c| (c / CUBE_MM).floor() as i64);
    let mut parts: Vec<_> = (0..surface.triangles().len() as u32)
        .map(|t| {
            let middle = surface.middle(t);
            let [i, j, k] = cube(&middle).into();
            ([i, j, k], middle, surface.triangle_area_mm2(t))
        })
        .filter(|(_, _, area_mm2)| *area_mm2 > 0.0)
        .collect();
    parts.par_sort_by_key(|(cube, _, _)| *cube);
    let of_cube = |part: &[([i64; 3], Point, f64)]| {
        let area_mm2: f64 = part.iter().map(|(_, _, area_mm2)| area_mm2).sum();
        let moment =
            part.iter().fold(Point::origin().coords, |sum, (_, middle, area_mm2)| sum + middle.coords * *area_mm2);
        ((moment / area_mm2).into(), area_mm2)
    };
    parts.chunk_by(|a, b| a.0 == b.0).map(of_cube).collect()
}
