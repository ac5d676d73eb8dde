//! What is asked and made in each zone of the scalp.

use serde::Serialize;

use crate::case::{Case, Landmarks, Zone};
use crate::density::{TreatedZones, dots_asked_on};
use crate::geometry::Point;
use crate::mesh::TriMesh;
use crate::plan::Dot;

/// Figures of one zone.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ZoneFigures {
    /// Which.
    pub zone: Zone,
    /// Area of the region in it, with its rim in zones without dots, mm².
    pub area_mm2: f64,
    /// Number of dots that the design asks there, beside hair that is there.
    pub dots_asked: f64,
    /// Number of dots there, living ones included.
    pub dots: usize,
    /// Number of hairs there that dots keep clear of.
    pub hairs: usize,
    /// Dots asked per cm² of the zone's area, the transition at the edge included.
    pub density_asked_per_cm2: f64,
    /// Dots made per cm² of the zone's area.
    pub density_reached_per_cm2: f64,
}

/// The zones that have a part in a region, by what is asked at its vertices, dots per cm², and by the dots, if they are made.
/// Triangles belong to the zone to which their middle counts: with a treated zone goes its rim beyond the border of one without dots, area
/// and dots alike. Nothing without all landmarks (mm), or without a density for each vertex.
pub fn figures(
    case: &Case,
    landmarks: &Landmarks,
    region: &TriMesh,
    density_per_cm2: &[f64],
    dots: &[Dot],
) -> Vec<ZoneFigures> {
    const MM2_PER_CM2: f64 = 100.0;
    let Ok(zones) = TreatedZones::new(case, landmarks) else { return Vec::new() };
    if density_per_cm2.len() != region.vertices().len() {
        return Vec::new();
    }
    let mut figures = Zone::ALL.map(|zone| ZoneFigures {
        zone,
        area_mm2: 0.0,
        dots_asked: 0.0,
        dots: 0,
        hairs: 0,
        density_asked_per_cm2: 0.0,
        density_reached_per_cm2: 0.0,
    });
    for t in 0..region.triangles().len() as u32 {
        let own = &mut figures[zones.of(&region.middle(t)).index()];
        own.area_mm2 += region.triangle_area_mm2(t);
        own.dots_asked += dots_asked_on(region, density_per_cm2, t);
    }
    for dot in dots {
        let own = &mut figures[zones.of(&Point::from(dot.position_mm)).index()];
        if dot.hair {
            own.hairs += 1;
        } else {
            own.dots += 1;
        }
    }
    for own in figures.iter_mut().filter(|own| own.area_mm2 > 0.0) {
        let area_cm2 = own.area_mm2 / MM2_PER_CM2;
        own.density_asked_per_cm2 = own.dots_asked / area_cm2;
        own.density_reached_per_cm2 = own.dots as f64 / area_cm2;
    }
    figures.into_iter().filter(|own| own.area_mm2 > 0.0).collect()
}
