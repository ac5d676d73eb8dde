use std::f64::consts::PI;

use rayon::prelude::*;

use super::locality::{Extent, Site, Sites, visit_groups};
use super::spectrum::{RADIUS, Window, radial_power};
use super::{FixedDot, Sample};
use crate::error::Result;
use crate::geometry::{Aabb, Point, Vector};
use crate::mesh::{self, SurfaceIndex, TriMesh};

/// Width of a bin of the pair correlation, in hexagonal distances.
const BIN: f64 = 0.1;

/// Bins of the pair correlation.
const BINS: usize = 45;

/// Bonds of a dot in a hexagonal lattice.
const NEIGHBOURS: usize = 6;

/// Dots that are looked at at most; of more, every k-th is. So many tell a coefficient of variation to about 1 % of itself.
const MOST_MEASURED: usize = 16_000;

/// Where fewer of those are far enough from the edges, all dots are looked at.
const ENOUGH_MEASURED: usize = 4_000;

/// Windows of the spectrum at most.
const MOST_WINDOWS: usize = 200;

/// Dots in reach of a group that are compared with each of its own.
const MOST_NEAR: usize = 320;

/// How regular dots are, by the statistics in which point processes and follicles are compared.
///
/// Lengths are in hexagonal distances: the distance in a hexagonal lattice of the same density, `sqrt(2 / (sqrt 3 n))` for
/// n dots a unit of area, scaled by the spacing at each dot. Dots nearer to an open edge than 5.1 of them are not
/// measured, but count as neighbours.
#[derive(Debug, Clone, PartialEq)]
pub struct Measures {
    /// Dots that were measured.
    pub measured: usize,
    /// The hexagonal distance in spacings.
    pub hexagonal: f64,
    /// Mean distance of a dot to its nearest one; 1 for a hexagonal lattice, 0.465 for a Poisson process.
    pub nearest_mean: f64,
    /// Standard deviation of that distance over its mean; 0 for a lattice, 0.5227 for a Poisson process.
    pub nearest_cv: f64,
    /// Mean 6-fold bond order `|sum exp(6 i angle)| / 6` over the six nearest dots; 1 for a hexagonal lattice (Steinhardt,
    /// Nelson & Ronchetti 1983, in the tangent plane).
    pub psi6: f64,
    /// Pair correlation g in bins 0.1 wide, from 0; 1 where dots do not notice each other.
    pub pair_correlation: Vec<f64>,
    /// Radially averaged power at frequencies k / 8 for k = 1, 2, …, 24; 1 for a Poisson process. Empty without room for a
    /// window of 8 hexagonal distances around.
    pub power: Vec<f64>,
}

impl Measures {
    /// Frequencies of [`power`](Self::power), in cycles per hexagonal distance.
    pub fn frequencies(&self) -> impl Iterator<Item = f64> {
        (1..=self.power.len()).map(super::spectrum::frequency)
    }

    /// Place and height of the highest bin of the pair correlation below 2 hexagonal distances.
    pub fn first_peak(&self) -> (f64, f64) {
        let bins = self.pair_correlation.iter().enumerate().take(20);
        let (bin, height) = bins.fold((0, 0.0), |best, (bin, &g)| if g > best.1 { (bin, g) } else { best });
        ((bin as f64 + 0.5) * BIN, height)
    }

    /// Measures dots; fixed ones count as neighbours. `None` when fewer than 20 are far enough from the open
    /// edges.
    pub fn of(mesh: &TriMesh, dots: &[Sample], fixed: &[FixedDot]) -> Result<Option<Self>> {
        // The dots that one squared spacing holds.
        let per_spacing = dots.iter().map(|dot| dot.spacing_mm * dot.spacing_mm).sum::<f64>() / mesh.area_mm2();
        let hexagonal = (2.0 / (3.0_f64.sqrt() * per_spacing)).sqrt();
        let near_edge = SurfaceIndex::of_segments(&open_edges(mesh));
        let inner = |some: &[u32], reach: f64| {
            let is_inner = |dot: &u32| {
                let dot = &dots[*dot as usize];
                !near_edge.is_within(&dot.position, reach * hexagonal * dot.spacing_mm)
            };
            some.par_iter().copied().filter(is_inner).collect::<Vec<u32>>()
        };
        let reach = BIN * BINS as f64;
        let all: Vec<u32> = (0..dots.len() as u32).collect();
        let mut measured = inner(&thinned(&all, MOST_MEASURED), reach + 0.6);
        if measured.len() < ENOUGH_MEASURED && dots.len() > MOST_MEASURED {
            // Most lie near an edge: the others are sought among all.
            measured = thinned(&inner(&all, reach + 0.6), MOST_MEASURED);
        }
        let centres = thinned(&inner(&measured, RADIUS), MOST_WINDOWS);
        if measured.len() < 20 {
            return Ok(None);
        }
        let sites = Sites::new(dots, fixed, None);
        let frame = |dot: u32| Frame::new(&dots[dot as usize], mesh, hexagonal);
        let extent = |reach: f64| {
            move |dot: u32| {
                let dot = &dots[dot as usize];
                Extent { bounds: Aabb::around([&dot.position]), reach: reach * hexagonal * dot.spacing_mm * 1.5 }
            }
        };
        let visit = |sums: &mut Sums, own: &[u32], near: &[Site]| {
            for &dot in own {
                sums.add(&frame(dot), dot, near);
            }
        };
        let parts: Vec<Sums> = visit_groups(&sites, measured, MOST_NEAR, &extent(reach), &visit);
        let sums = parts.iter().fold(Sums::default(), Sums::with);

        let window = |windows: &mut Vec<Window>, own: &[u32], near: &[Site]| {
            windows.extend(own.iter().map(|&dot| {
                let frame = frame(dot);
                near.iter().map(|site| frame.flat(site)).filter(|[x, y]| x.hypot(*y) < RADIUS).collect::<Window>()
            }));
        };
        let windows = visit_groups(&sites, centres, MOST_NEAR, &extent(RADIUS), &window).concat();
        Ok(Some(sums.measures(hexagonal, radial_power(&windows))))
    }
}

/// Every k-th of a list, so that no more than `most` are left.
fn thinned(list: &[u32], most: usize) -> Vec<u32> {
    list.iter().copied().step_by(list.len().div_ceil(most).max(1)).collect()
}

/// Length of the edges that have a triangle on one side only, mm.
pub fn open_edge_length_mm(mesh: &TriMesh) -> f64 {
    open_edges(mesh).iter().map(|[a, b]| (b - a).norm()).sum()
}

fn open_edges(mesh: &TriMesh) -> Vec<[Point; 2]> {
    let vertices = mesh.vertices();
    mesh::open_edges(mesh).into_iter().map(|ends| ends.map(|vertex| vertices[vertex as usize])).collect()
}

/// The tangent plane of a dot, in hexagonal distances.
struct Frame {
    origin: Point,
    axes: [Vector; 2],
    spacing: f64,
    hexagonal: f64,
}

impl Frame {
    fn new(dot: &Sample, mesh: &TriMesh, hexagonal: f64) -> Self {
        let normal = mesh.normal(dot.at.triangle);
        let x = normal.cross(&Vector::ith(normal.iamin(), 1.0)).try_normalize(0.0).unwrap_or_else(Vector::x);
        Self { origin: dot.position, axes: [x, normal.cross(&x)], spacing: dot.spacing_mm, hexagonal }
    }

    /// Distance to a site, scaled by the geometric mean of the spacings.
    fn distance(&self, site: &Site) -> f64 {
        (site.position - self.origin).norm() / ((self.spacing * site.spacing).sqrt() * self.hexagonal)
    }

    /// The site in the plane, at its own distance.
    fn flat(&self, site: &Site) -> [f64; 2] {
        let offset = site.position - self.origin;
        let [x, y] = self.axes.map(|axis| axis.dot(&offset));
        let scale = self.distance(site) / x.hypot(y).max(f64::MIN_POSITIVE);
        [x * scale, y * scale]
    }
}

#[derive(Debug, Clone)]
struct Sums {
    measured: usize,
    nearest: f64,
    nearest_squared: f64,
    psi6: f64,
    pairs: [u64; BINS],
}

impl Default for Sums {
    fn default() -> Self {
        Self { measured: 0, nearest: 0.0, nearest_squared: 0.0, psi6: 0.0, pairs: [0; BINS] }
    }
}

impl Sums {
    fn add(&mut self, frame: &Frame, dot: u32, near: &[Site]) {
        let mut nearest: Vec<(f64, &Site)> = Vec::with_capacity(near.len());
        for site in near.iter().filter(|site| site.index != dot) {
            let distance = frame.distance(site);
            let bin = (distance / BIN) as usize;
            if bin < BINS {
                self.pairs[bin] += 1;
                nearest.push((distance, site));
            }
        }
        self.measured += 1;
        if nearest.len() < NEIGHBOURS {
            return;
        }
        nearest.select_nth_unstable_by(NEIGHBOURS - 1, |a, b| a.0.total_cmp(&b.0));
        let (mut least, mut bonds) = (f64::INFINITY, [0.0; 2]);
        for (distance, site) in &nearest[..NEIGHBOURS] {
            least = least.min(*distance);
            let [x, y] = frame.flat(site);
            let (sin, cos) = (6.0 * y.atan2(x)).sin_cos();
            bonds = [bonds[0] + cos, bonds[1] + sin];
        }
        self.nearest += least;
        self.nearest_squared += least * least;
        self.psi6 += bonds[0].hypot(bonds[1]) / NEIGHBOURS as f64;
    }

    fn with(mut self, other: &Self) -> Self {
        self.measured += other.measured;
        self.nearest += other.nearest;
        self.nearest_squared += other.nearest_squared;
        self.psi6 += other.psi6;
        self.pairs.iter_mut().zip(&other.pairs).for_each(|(sum, more)| *sum += more);
        self
    }

    fn measures(self, hexagonal: f64, power: Vec<f64>) -> Measures {
        let count = self.measured as f64;
        let mean = self.nearest / count;
        let variance = (self.nearest_squared / count - mean * mean).max(0.0);
        // Dots a squared hexagonal distance.
        let density = 2.0 / 3.0_f64.sqrt();
        let expected = |bin: usize| count * density * PI * BIN * BIN * (2 * bin + 1) as f64;
        Measures {
            measured: self.measured,
            hexagonal,
            nearest_mean: mean,
            nearest_cv: variance.sqrt() / mean,
            psi6: self.psi6 / count,
            pair_correlation: self.pairs.iter().enumerate().map(|(bin, &pairs)| pairs as f64 / expected(bin)).collect(),
            power,
        }
    }
}
