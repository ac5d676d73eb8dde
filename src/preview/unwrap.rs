use std::f64::consts::TAU;

use nalgebra::{Matrix4, Vector4};

use super::area_density::AreaDensity;
use super::distortion::Distortion;
use crate::error::{Error, Result};
use crate::geometry::{Point, Vector};
use crate::mesh::TriMesh;

/// Rays from the pole along which the area is added up.
const RAYS: usize = 720;
/// Steps on each ray, evenly over the radius 0 to 2 of Lambert's disc.
const RINGS: usize = 200;
/// Width of a step on Lambert's disc of the unit sphere.
const RING: f64 = 2.0 / RINGS as f64;

/// An equal-area map of a cap-like surface to the plane.
///
/// A place is seen from a centre inside the head; its direction is mapped by Lambert's azimuthal equal-area projection
/// (J. H. Lambert, *Beyträge zum Gebrauche der Mathematik*, 1772; Snyder, *Map Projections: A Working Manual*, USGS
/// 1395, 1987, section 24), and then the radius ρ is spaced anew along each ray from the pole, so that ρ²/2 is the area
/// of surface per radian of azimuth from the pole outwards. That keeps areas on any surface that is star-shaped about
/// the centre, and is Lambert's projection itself on a sphere. The centre is that of the sphere fitted to the
/// surface, the pole lies towards the middle of the surface, and the front is at the bottom of the map.
#[derive(Debug, Clone)]
pub struct Unwrap {
    centre: Point,
    right: Vector,
    up: Vector,
    pole: Vector,
    /// (ρ/σ)², mm², by ray and ring, σ being the radius on Lambert's disc.
    scale2: Vec<f64>,
}

impl Unwrap {
    /// The map of an outward-wound surface, mm. `front` is the direction in which the face looks; it may have any
    /// length and need not be perpendicular to anything.
    ///
    /// # Errors
    /// A surface without area.
    pub fn new(surface: &TriMesh, front: &Vector) -> Result<Self> {
        let area_mm2 = surface.area_mm2();
        if area_mm2 <= 0.0 {
            return Err(Error::input("a region without area")
                .expected("triangles with an area above 0 mm²")
                .remedy("check the boundary and the keep-outs"));
        }
        let centre = fitted_centre(surface);
        let towards = (0..surface.triangles().len() as u32)
            .map(|t| (centroid(surface, t) - centre).normalize() * surface.triangle_area_mm2(t))
            .sum::<Vector>();
        let pole = towards.try_normalize(1e-9 * area_mm2).unwrap_or_else(Vector::z);
        let across = pole.cross(front);
        let right = across.try_normalize(1e-6 * front.norm()).unwrap_or_else(|| any_perpendicular(&pole));
        let up = pole.cross(&right);
        let mut map = Self { centre, right, up, pole, scale2: Vec::new() };
        let density = AreaDensity::measure(surface, &centre, |arm| map.disc(arm));
        map.scale2 = (0..RAYS).flat_map(|ray| scales_along(&density, ray)).collect();
        Ok(map)
    }

    /// Where a point comes to lie, mm: x to the subject's left, y to the back. Only its direction from the centre counts.
    pub fn place(&self, point: &Point) -> [f64; 2] {
        let [u, v] = self.disc(&(point - self.centre));
        let scale = self.scale2_at(u, v).sqrt();
        [u * scale, v * scale]
    }

    /// How far the map is from true areas and lengths on a surface, measured from its triangles.
    pub fn distortion(&self, surface: &TriMesh) -> Distortion {
        Distortion::measure(surface, |point| self.place(point))
    }

    /// The point from which the surface is seen, mm.
    pub fn centre(&self) -> Point {
        self.centre
    }

    /// Unit direction from the centre to the middle of the map.
    pub fn pole(&self) -> Vector {
        self.pole
    }

    /// Lambert's projection of a direction of any length.
    fn disc(&self, arm: &Vector) -> [f64; 2] {
        let direction = arm.try_normalize(0.0).unwrap_or(self.pole);
        let scale = (2.0 / (1.0 + direction.dot(&self.pole)).max(1e-12)).sqrt();
        [scale * direction.dot(&self.right), scale * direction.dot(&self.up)]
    }

    /// Bilinear in radius and azimuth.
    fn scale2_at(&self, u: f64, v: f64) -> f64 {
        let ring = (u.hypot(v) / RING).min(RINGS as f64);
        let inner = (ring as usize).min(RINGS - 1);
        let outward = ring - inner as f64;
        let turn = v.atan2(u).rem_euclid(TAU) / TAU * RAYS as f64;
        let (ray, onward) = (turn as usize % RAYS, turn.fract());
        let on_ray = |ray: usize| {
            let row = ray * (RINGS + 1) + inner;
            self.scale2[row] * (1.0 - outward) + self.scale2[row + 1] * outward
        };
        on_ray(ray) * (1.0 - onward) + on_ray((ray + 1) % RAYS) * onward
    }
}

/// (ρ/σ)² at the rings of one ray: the mean density of the disc's sector from the pole to the ring.
fn scales_along(density: &AreaDensity, ray: usize) -> impl Iterator<Item = f64> + use<'_> {
    let (sin, cos) = (ray as f64 / RAYS as f64 * TAU).sin_cos();
    let steps = (1..=RINGS).scan(0.0, move |sum, ring| {
        let (inner, outer) = ((ring - 1) as f64 * RING, ring as f64 * RING);
        let middle = 0.5 * (inner + outer);
        *sum += density.at(middle * cos, middle * sin) * (outer * outer - inner * inner);
        Some(*sum / (outer * outer))
    });
    std::iter::once(density.at(0.0, 0.0)).chain(steps)
}

fn centroid(surface: &TriMesh, triangle: u32) -> Point {
    let [a, b, c] = surface.corners(triangle);
    Point::from((a.coords + b.coords + c.coords) / 3.0)
}

/// Centre of the sphere fitted to the triangles by area (least squares of |p|² - 2 c·p - k, solved about the middle of
/// the surface). A surface so flat that the sphere is no use is seen from its own size below its middle.
fn fitted_centre(surface: &TriMesh) -> Point {
    let triangles = 0..surface.triangles().len() as u32;
    let (mut middle, mut outward, mut area) = (Vector::zeros(), Vector::zeros(), 0.0);
    for t in triangles.clone() {
        let weight = surface.triangle_area_mm2(t);
        middle += centroid(surface, t).coords * weight;
        outward += surface.double_area_vector(t);
        area += weight;
    }
    let middle = Point::from(middle / area);
    let (mut matrix, mut right_side) = (Matrix4::zeros(), Vector4::zeros());
    for t in triangles {
        let arm = centroid(surface, t) - middle;
        let row = Vector4::new(2.0 * arm.x, 2.0 * arm.y, 2.0 * arm.z, 1.0);
        let weight = surface.triangle_area_mm2(t) / area;
        matrix += row * row.transpose() * weight;
        right_side += row * arm.norm_squared() * weight;
    }
    let size = surface.bounds().size().norm();
    let fitted = matrix.lu().solve(&right_side).map(|s| s.xyz()).filter(|c| c.norm() < size && c.dot(&outward) < 0.0);
    middle + fitted.unwrap_or_else(|| -size * outward.try_normalize(0.0).unwrap_or_else(Vector::z))
}

fn any_perpendicular(axis: &Vector) -> Vector {
    let helper = if axis.x.abs() < 0.9 { Vector::x() } else { Vector::y() };
    (helper - axis * axis.dot(&helper)).normalize()
}
