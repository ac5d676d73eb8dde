use kiddo::{ImmutableKdTree, SquaredEuclidean};
use rayon::prelude::*;
use serde::Serialize;

use super::packed::Packed;
use crate::error::{Error, Result};
use crate::mesh::TriMesh;
use crate::plan::{Dot, Plan};

/// Density at a dot is counted in a disc of this radius, mm: two square centimetres.
const DISC_MM: f64 = 7.98;

/// All dots in columns, in the plan's order.
#[derive(Debug, Serialize)]
pub(super) struct Dots {
    count: usize,
    id: Packed,
    /// Places, mm, scan's axes.
    position: Packed,
    normal: Packed,
    spacing_mm: Packed,
    diameter_mm: Packed,
    depth_mm: Packed,
    /// Distance to the nearest other dot, mm.
    nearest_mm: Packed,
    /// Dots per cm² of treatable surface within [`DISC_MM`].
    density_per_cm2: Packed,
    /// RMS variation of the normal, degrees.
    variation_deg: Packed,
    session: Packed,
    /// Index of the setup; 255 for none.
    setup: Packed,
    tool: Packed,
    /// 1 for dots that were there before.
    existing: Packed,
}

impl Dots {
    pub(super) fn of(plan: &Plan, setups: &[&str], region: &TriMesh) -> Result<Self> {
        let dots = &plan.dots;
        let around = Around::of(dots, region)?;
        let column = |value: fn(&Dot) -> f64| Packed::f32(dots.iter().map(value));
        let byte = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
        let setup = |dot: &Dot| {
            let name = dot.setup.as_deref()?;
            setups.iter().position(|&setup| setup == name)
        };
        Ok(Self {
            count: dots.len(),
            id: Packed::u32(dots.iter().map(|dot| dot.id)),
            position: Packed::f32(dots.iter().flat_map(|dot| dot.position_mm)),
            normal: Packed::directions(dots.iter().flat_map(|dot| dot.normal)),
            spacing_mm: column(|dot| dot.spacing_mm),
            diameter_mm: column(|dot| dot.diameter_mm),
            depth_mm: column(|dot| dot.depth_mm),
            nearest_mm: Packed::f32(around.nearest_mm),
            density_per_cm2: Packed::f32(around.density_per_cm2),
            variation_deg: column(|dot| dot.normal_variation_rad.to_degrees()),
            session: Packed::u32(dots.iter().map(|dot| dot.session)),
            setup: Packed::u8(dots.iter().map(|dot| setup(dot).map_or(u8::MAX, |index| index as u8))),
            tool: Packed::u8(dots.iter().map(|dot| byte(dot.tool))),
            existing: Packed::u8(dots.iter().map(|dot| u8::from(dot.existing))),
        })
    }
}

/// What stands around each dot.
struct Around {
    nearest_mm: Vec<f64>,
    density_per_cm2: Vec<f64>,
}

impl Around {
    fn of(dots: &[Dot], region: &TriMesh) -> Result<Self> {
        let tree = |places: &[[f64; 3]]| {
            ImmutableKdTree::<f64, 3>::new_from_slice(places).map_err(|error| Error::system(error.to_string()))
        };
        if dots.is_empty() {
            return Ok(Self { nearest_mm: Vec::new(), density_per_cm2: Vec::new() });
        }
        let places: Vec<[f64; 3]> = dots.iter().map(|dot| dot.position_mm).collect();
        let triangles = 0..region.triangles().len() as u32;
        let middles: Vec<[f64; 3]> = triangles.clone().map(|t| region.middle(t).into()).collect();
        let areas_mm2: Vec<f64> = triangles.map(|t| region.triangle_area_mm2(t)).collect();
        let (dot_tree, ground_tree) = (tree(&places)?, tree(&middles)?);
        let (nearest_mm, density_per_cm2) = (places.par_iter())
            .map(|place| {
                let disc = |tree: &ImmutableKdTree<f64, 3>| {
                    tree.query(place).within::<SquaredEuclidean<f64>>(DISC_MM * DISC_MM).unsorted().execute()
                };
                let near = disc(&dot_tree);
                let ground: f64 = disc(&ground_tree).iter().map(|hit| areas_mm2[hit.item as usize]).sum();
                // The dot itself is at distance 0, and another may share its place.
                let mut least = [f64::INFINITY; 2];
                for hit in &near {
                    if hit.distance < least[1] {
                        least = [least[0].min(hit.distance), least[0].max(hit.distance)];
                    }
                }
                (least[1].sqrt(), if ground > 0.0 { 100.0 * near.len() as f64 / ground } else { 0.0 })
            })
            .unzip();
        Ok(Self { nearest_mm, density_per_cm2 })
    }
}
