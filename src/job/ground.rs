use std::borrow::Cow;

use crate::density::{Field, TreatedZones, dots_asked, dots_asked_on, gets_dots};
use crate::error::Result;
use crate::geometry::Point;
use crate::mesh::{TriMesh, submesh};
use crate::region::Region;
use crate::sampling::{self, Sample};

/// Spacing told for places that get no dots, mm: no head is as wide.
const UNTREATED_MM: f64 = 1000.0;
/// Zones with fewer dots than this are not corrected on their own: chance alone moves them by a per cent.
const FEWEST_DOTS: f64 = 300.0;
/// A count within this share of what is asked needs no correction.
const CLOSE: f64 = 0.01;
/// Largest correction of one trial.
const LARGEST: f64 = 1.5;

/// The part of a region that gets dots.
#[derive(Debug)]
pub(super) struct Ground<'a> {
    pub(super) mesh: Cow<'a, TriMesh>,
    /// What dots add, at each of its vertices, dots per cm².
    pub(super) added_per_cm2: Vec<f64>,
    /// Its area, mm².
    pub(super) area_mm2: f64,
    /// Length of its edge, mm.
    pub(super) edge_length_mm: f64,
    /// What somebody has drawn into the density at each of its vertices, as a factor.
    drawn: Cow<'a, [f64]>,
    /// Triangle and vertex of the region for each of its own, where it is not all of it.
    part: Option<[Vec<u32>; 2]>,
    /// Number of vertices of the region.
    vertices: usize,
}

impl<'a> Ground<'a> {
    /// All triangles at whose corners dots are asked.
    pub(super) fn of(region: &'a Region, field: &'a Field) -> Result<Self> {
        let added_per_cm2 = field.added_per_cm2.as_slice();
        let vertices = added_per_cm2.len();
        if added_per_cm2.iter().all(|&added| added > 0.0) {
            return Ok(Self {
                mesh: Cow::Borrowed(&region.mesh),
                added_per_cm2: added_per_cm2.to_vec(),
                area_mm2: region.area_mm2,
                edge_length_mm: region.edge_length_mm,
                drawn: Cow::Borrowed(&field.drawn),
                part: None,
                vertices,
            });
        }
        let corners = |t: u32| region.mesh.triangles()[t as usize];
        let (mesh, triangles) = submesh(&region.mesh, |t| gets_dots(&region.mesh, added_per_cm2, t))?;
        let mut of_region = vec![0; mesh.vertices().len()];
        for (own, &t) in mesh.triangles().iter().zip(&triangles) {
            own.iter().zip(corners(t)).for_each(|(&own, v)| of_region[own as usize] = v);
        }
        Ok(Self {
            added_per_cm2: of_region.iter().map(|&v| added_per_cm2[v as usize]).collect(),
            area_mm2: mesh.area_mm2(),
            edge_length_mm: sampling::open_edge_length_mm(&mesh),
            drawn: of_region.iter().map(|&v| field.drawn[v as usize]).collect(),
            mesh: Cow::Owned(mesh),
            part: Some([triangles, of_region]),
            vertices,
        })
    }

    /// Number of dots asked.
    pub(super) fn asked(&self) -> f64 {
        dots_asked(&self.mesh, &self.added_per_cm2)
    }

    /// Spacing that reaches a density, given what the sampler itself reaches in progressive order and on slopes, and what
    /// the open edge adds.
    pub(super) fn spacing_mm(&self, density_per_cm2: &[f64]) -> Vec<f64> {
        let asked = dots_asked(&self.mesh, density_per_cm2);
        let mean_per_cm2 = asked / (self.area_mm2 / 100.0);
        let of_mean_mm = |edge_mm| sampling::spacing_for_density_mm(mean_per_cm2, self.area_mm2, edge_mm);
        let widening = of_mean_mm(self.edge_length_mm) / of_mean_mm(0.0) * sampling::PROGRESSIVE_SHARE.sqrt();
        let graded_mm = sampling::graded_spacing_mm(&self.mesh, density_per_cm2);
        graded_mm.into_iter().map(|spacing_mm| widening * spacing_mm).collect()
    }

    /// The spacing without the steps that the program makes by itself, where zones and stages, an uneven edge, single dots or hair that is
    /// there change it faster than a sampler can follow: it is lowered before. A step that somebody has drawn stays, and is told.
    pub(super) fn softened_mm(&self, mut spacing_mm: Vec<f64>) -> Vec<f64> {
        /// A factor that differs from 1 by less is a rounding error.
        const UNTOUCHED: f64 = 1e-9;
        // What it would be without what is drawn.
        let mut gentle_mm: Vec<f64> =
            spacing_mm.iter().zip(self.drawn.iter()).map(|(own_mm, drawn)| own_mm * drawn.sqrt()).collect();
        sampling::limit_slope(&self.mesh, &mut gentle_mm);
        for ((own_mm, gentle_mm), drawn) in spacing_mm.iter_mut().zip(gentle_mm).zip(self.drawn.iter()) {
            if (drawn - 1.0).abs() < UNTOUCHED {
                *own_mm = gentle_mm;
            }
        }
        spacing_mm
    }

    /// The density with which a trial would have given as many dots as are asked, zone by zone; none where it did. `dots`
    /// are maximal, and progressive ones fewer by a share that is known.
    pub(super) fn corrected(
        &self,
        density_per_cm2: &[f64],
        dots: &[Sample],
        zones: Option<&TreatedZones>,
    ) -> Option<Vec<f64>> {
        let zone = |place: &Point| zones.map_or(0, |zones| zones.of(place).index());
        let (mut asked, mut reached) = ([0.0; 6], [0.0; 6]);
        for t in 0..self.mesh.triangles().len() as u32 {
            asked[zone(&self.mesh.middle(t))] += dots_asked_on(&self.mesh, &self.added_per_cm2, t);
        }
        for dot in dots {
            reached[zone(&dot.position)] += sampling::PROGRESSIVE_SHARE;
        }
        let of_all = asked.iter().sum::<f64>() / reached.iter().sum::<f64>().max(1.0);
        let factors: Vec<f64> = (asked.iter().zip(&reached))
            .map(|(&asked, &reached)| if asked.min(reached) < FEWEST_DOTS { of_all } else { asked / reached })
            .map(|factor| factor.clamp(1.0 / LARGEST, LARGEST))
            .collect();
        if factors.iter().all(|factor| (factor - 1.0).abs() < CLOSE) {
            return None;
        }
        let factor = |place: &Point| {
            let weights = zones.map_or([1.0, 0.0, 0.0, 0.0, 0.0, 0.0], |zones| zones.weights(place));
            weights.iter().zip(&factors).map(|(weight, factor)| weight * factor).sum::<f64>()
        };
        Some(density_per_cm2.iter().zip(self.mesh.vertices()).map(|(density, v)| density * factor(v)).collect())
    }

    /// The triangle of the region.
    pub(super) fn triangle(&self, own: u32) -> u32 {
        self.part.as_ref().map_or(own, |[triangles, _]| triangles[own as usize])
    }

    /// The values of the region's vertices from those of its own.
    pub(super) fn over_region(&self, own_mm: Vec<f64>) -> Vec<f64> {
        let Some([_, of_region]) = &self.part else { return own_mm };
        let mut values = vec![UNTREATED_MM; self.vertices];
        of_region.iter().zip(own_mm).for_each(|(&v, own)| values[v as usize] = own);
        values
    }
}
