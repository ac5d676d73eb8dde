//! Rig profiles and kinematics; which dots are reached; ways between them.

use nalgebra::Rotation3;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use tonsure::geometry::{Placement, Point, Vector};
use tonsure::mesh::{SurfaceIndex, TriMesh};
use tonsure::rig::{Profile, builtin};
use tonsure::schedule::{Setup, Target, assign};
use tonsure::toolpath::Stop;

mod drive;
mod kinematics;
mod paths;
mod profile;
mod reach;

pub(crate) const RADIUS_MM: f64 = 90.0;

/// A ball with two ears, in axes of its own, and where it lies in the rig: its centre 40 mm above the rig's zero.
pub(crate) fn ball_with_ears() -> (TriMesh, Placement) {
    let (rings, sectors) = (48_u32, 96_u32);
    let mut vertices = Vec::new();
    for ring in 0..=rings {
        for sector in 0..sectors {
            let polar = std::f64::consts::PI * f64::from(ring) / f64::from(rings);
            let azimuth = std::f64::consts::TAU * f64::from(sector) / f64::from(sectors);
            vertices.push(Point::from(RADIUS_MM * direction(polar, azimuth)));
        }
    }
    let mut triangles = Vec::new();
    for ring in 0..rings {
        for sector in 0..sectors {
            let next = (sector + 1) % sectors;
            let [a, b] = [ring * sectors + sector, ring * sectors + next];
            triangles.extend([[a, a + sectors, b], [b, a + sectors, b + sectors]]);
        }
    }
    for side in [-1.0, 1.0] {
        // A plate that stands off the ball by 25 mm.
        let base = vertices.len() as u32;
        let corner = |y: f64, z: f64, x: f64| Point::new(side * x, y, z);
        vertices.extend([corner(-20.0, -30.0, 80.0), corner(20.0, -30.0, 80.0), corner(0.0, 15.0, 80.0)]);
        vertices.extend([corner(-5.0, -20.0, 115.0), corner(5.0, -20.0, 115.0), corner(0.0, 5.0, 115.0)]);
        triangles
            .extend([[0, 1, 3], [1, 4, 3], [1, 2, 4], [2, 5, 4], [2, 0, 5], [0, 3, 5]].map(|t| t.map(|i| base + i)));
    }
    let turn = Rotation3::from_euler_angles(0.4, -0.3, 1.1);
    let mesh_to_rig = Placement::new(&turn, &Vector::new(0.0, 0.0, 40.0));
    let back = turn.inverse();
    let mesh = TriMesh::new(vertices.into_iter().map(|v| back * v).collect(), triangles).unwrap();
    (mesh, mesh_to_rig)
}

fn direction(polar: f64, azimuth: f64) -> Vector {
    Vector::new(polar.sin() * azimuth.cos(), polar.sin() * azimuth.sin(), polar.cos())
}

/// Dots scattered over the ball, whose normals in the rig are tilted by up to `polar_deg`, in the scan's frame.
pub(crate) fn scattered(count: u32, polar_deg: f64, mesh_to_rig: &Placement, seed: u64) -> Vec<Target> {
    let mut random = Pcg64::seed_from_u64(seed);
    let to_mesh = mesh_to_rig.inverse();
    (0..count)
        .map(|id| {
            let cos = random.random_range(polar_deg.to_radians().cos()..1.0);
            let normal = to_mesh.direction(&direction(f64::acos(cos), random.random_range(0.0..std::f64::consts::TAU)));
            Target { id, position: Point::from(normal * RADIUS_MM), normal, depth_mm: 0.5, dwell_s: 0.05 }
        })
        .collect()
}

/// Stops of all the targets that the rig reaches, in their order.
pub(crate) fn reached(
    targets: &[Target],
    profile: &Profile,
    mesh_to_rig: &Placement,
    scan: &SurfaceIndex,
) -> Vec<Stop> {
    let setups = [Setup { name: "upright", mesh_to_rig: *mesh_to_rig }];
    let assignments = assign(targets, profile, &setups, scan);
    let reached = assignments.iter().zip(targets).filter_map(|(a, t)| Some((t, a.outcome.ok()?.needle)));
    reached.map(|(target, needle)| Stop::new(target, &needle, mesh_to_rig)).collect()
}

fn rig(name: &str) -> Profile {
    builtin(name).unwrap()
}
