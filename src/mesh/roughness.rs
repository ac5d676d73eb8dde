//! How rough a scan is: noise, terraces, lengths of edges.

mod terraces;

use rayon::prelude::*;

pub use self::terraces::Terraces;
use super::ball_flood::BallFlood;
use super::quadric::{Quadric, tangents};
use super::{EdgeLengths, Topology, TriMesh};
use crate::error::{Finding, Severity};
use crate::geometry::{Point, Vector};

/// Radius of the fits, mm: hair roots and pores are smaller, the shape of a head is larger.
const RADIUS_MM: f64 = 4.0;
/// ... or this many median edges where triangles are large: two rings.
const RADIUS_EDGES: f64 = 2.5;
/// Triangles of this median edge hold no roughness that could be told from the shape of a head, mm.
const COARSE_MM: f64 = 4.0;
/// Places that are looked at.
const PLACES: usize = 6000;
/// Places to a piece of work.
const CHUNK: usize = 750;
/// Noise from here on is worth smoothing, mm: it turns facets of 1 mm edges by 10°.
const NOISY_MM: f64 = 0.1;

/// The roughness of a surface.
#[derive(Debug, Clone, PartialEq)]
pub struct Roughness {
    /// Standard deviation of the vertices' heights over smooth fits, mm, where the surface is rough as in the median;
    /// none where the triangles are too few or too large to tell.
    pub noise_mm: Option<f64>,
    /// Area of the triangles in areas of the smooth surface: folds and waves of noise add to it.
    pub area_factor: f64,
    /// Steps along one direction.
    pub terraces: Option<Terraces>,
    /// How long the edges are; none without triangles.
    pub edges: Option<EdgeLengths>,
    /// How many places were fitted.
    pub places: usize,
}

/// What a fit around one place gave.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Variance of the heights over the fit, mm².
    variance: f64,
    area_factor: f64,
    /// One vertex laid on the fit, mm, ...
    foot: Point,
    /// ... its height over the fit, mm, ...
    height_mm: f64,
    /// ... and the fit's normal there.
    normal: Vector,
    /// Normal of the triangle in the middle.
    facet: Vector,
}

/// Measures how rough a surface is, or only the given triangles of it; at evenly spread places, so that it takes
/// as long for any mesh.
///
/// Around each place a quadric is fitted to the vertices that hang together with it within 4 mm (or 2.5 edges where that
/// is more). The sum of the squared heights over it, divided by their number less the six terms of the fit, is an
/// unbiased estimate of the variance of white noise, and the median over all places is not moved by ears and rims.
pub fn roughness(mesh: &TriMesh, topology: &Topology, triangles: Option<&[u32]>) -> Roughness {
    let all: Vec<u32> = if triangles.is_none() { (0..mesh.triangles().len() as u32).collect() } else { Vec::new() };
    let triangles = triangles.unwrap_or(&all);
    let edges = EdgeLengths::of(mesh, triangles.iter().copied());
    let mut roughness = Roughness { noise_mm: None, area_factor: 1.0, terraces: None, edges, places: 0 };
    let Some(edges) = edges.filter(|edges| edges.median_mm <= COARSE_MM) else { return roughness };
    let radius_mm = RADIUS_MM.max(RADIUS_EDGES * edges.median_mm);
    let places: Vec<Place> = spread(mesh, triangles)
        .par_chunks(CHUNK)
        .flat_map_iter(|seeds| {
            let mut flood = BallFlood::new(mesh, topology);
            let mut vertices = Vec::new();
            let fits = seeds.iter().filter_map(|&seed| Place::fit(mesh, &mut flood, &mut vertices, seed, radius_mm));
            fits.collect::<Vec<_>>()
        })
        .collect();
    roughness.places = places.len();
    roughness.noise_mm = median(places.iter().map(|place| place.variance)).map(f64::sqrt);
    roughness.area_factor = median(places.iter().map(|place| place.area_factor)).unwrap_or(1.0);
    roughness.terraces = Terraces::find(&places);
    roughness
}

impl Place {
    fn fit(
        mesh: &TriMesh,
        flood: &mut BallFlood<'_>,
        vertices: &mut Vec<u32>,
        seed: u32,
        radius_mm: f64,
    ) -> Option<Self> {
        let [a, b, c] = mesh.corners(seed);
        let centre = Point::from((a.coords + b.coords + c.coords) / 3.0);
        let near = flood.around(seed, &centre, radius_mm);
        let up = near.iter().map(|&t| mesh.double_area_vector(t)).sum::<Vector>().try_normalize(0.0)?;
        let [x, y] = tangents(&up);
        let local = |p: &Point| {
            let offset = p - centre;
            [offset.dot(&x), offset.dot(&y), offset.dot(&up)]
        };
        vertices.clear();
        vertices.extend(near.iter().flat_map(|&t| mesh.triangles()[t as usize]));
        vertices.sort_unstable();
        vertices.dedup();
        vertices.retain(|&v| (mesh.vertices()[v as usize] - centre).norm_squared() <= radius_mm * radius_mm);
        if vertices.len() < 2 * Quadric::TERMS {
            return None;
        }
        let mut quadric = Quadric::new(radius_mm);
        for &v in vertices.iter() {
            let [u, v, height] = local(&mesh.vertices()[v as usize]);
            quadric.add(u, v, height, 1.0);
        }
        let fit = quadric.fit()?;
        let freedom = (vertices.len() - Quadric::TERMS) as f64;
        // A sum of squares is skewed: its median lies below its mean by this factor (Wilson and Hilferty, 1931).
        let median_of_mean = (1.0 - 2.0 / (9.0 * freedom)).powi(3);

        let (mut rough, mut smooth) = (0.0, 0.0);
        for &t in near {
            let area = mesh.double_area_vector(t);
            let [a, b, c] = mesh.corners(t);
            let [u, v, _] = local(&Point::from((a.coords + b.coords + c.coords) / 3.0));
            let [along_x, along_y] = fit.slope(u, v);
            rough += area.norm();
            smooth += area.dot(&up) * (1.0 + along_x * along_x + along_y * along_y).sqrt();
        }
        let vertex = mesh.vertices()[mesh.triangles()[seed as usize][0] as usize];
        let [u, v, height] = local(&vertex);
        let [along_x, along_y] = fit.slope(u, v);
        let slant = (1.0 + along_x * along_x + along_y * along_y).sqrt();
        let over = height - fit.height(u, v);
        Some(Self {
            variance: fit.squares / freedom / median_of_mean,
            area_factor: if smooth > 0.0 { rough / smooth } else { 1.0 },
            foot: vertex - up * over,
            height_mm: over / slant,
            normal: (up - x * along_x - y * along_y) / slant,
            facet: mesh.normal(seed),
        })
    }
}

/// Up to [`PLACES`] triangles, evenly by area.
fn spread(mesh: &TriMesh, triangles: &[u32]) -> Vec<u32> {
    let total: f64 = triangles.iter().map(|&t| mesh.triangle_area_mm2(t)).sum();
    let step = total / PLACES as f64;
    let (mut sum, mut due) = (0.0, 0.5 * step);
    let mut picked = Vec::with_capacity(PLACES);
    for &t in triangles {
        sum += mesh.triangle_area_mm2(t);
        if sum > due {
            picked.push(t);
            due = ((sum / step).floor() + 0.5).max(due / step + 1.0) * step;
        }
    }
    picked
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

impl Roughness {
    /// What a person should know: noise from 0.1 mm on and terraces are warnings.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.edges.iter().map(EdgeLengths::finding).collect();
        if let Some(noise_mm) = self.noise_mm {
            let noisy = noise_mm >= NOISY_MM;
            let message = format!(
                "vertices scatter by {noise_mm:.3} mm (standard deviation) around a smooth surface, which makes the \
                 area {:.1} % too large",
                100.0 * (self.area_factor - 1.0).max(0.0)
            );
            let finding = Finding::new("noise", if noisy { Severity::Warn } else { Severity::Pass }, message);
            findings.push(if noisy {
                finding.remedy("smooth the scan: --smooth, or mesh.smooth_mm in the case")
            } else {
                finding
            });
        }
        if let Some(Terraces { axis: [x, y, z], step_mm, amplitude_mm }) = self.terraces {
            let message = format!(
                "terraces of {step_mm:.2} mm along ({x:.2}, {y:.2}, {z:.2}), as from slices of a tomograph; the surface \
                 waves by {amplitude_mm:.2} mm with them"
            );
            findings.push(
                Finding::new("terraces", Severity::Warn, message)
                    .remedy("smooth the scan: --smooth, or mesh.smooth_mm in the case"),
            );
        }
        findings
    }
}
