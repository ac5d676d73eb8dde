use nalgebra::{Matrix3, Rotation3};

use crate::geometry::{Placement, Point, Units, Vector};

/// Marks in the scan and in the rig, in the same order, mm.
#[derive(Debug, Clone)]
pub(super) struct Marks {
    pub(super) names: Vec<String>,
    pub(super) mesh: Vec<Point>,
    pub(super) rig: Vec<Point>,
    /// The scan's own unit, in which `mesh` was given.
    pub(super) units: Units,
}

/// A rotation, or one with a reflection, and what remains at the marks.
#[derive(Debug)]
pub(super) struct Laid {
    pub(super) mesh_to_rig: Placement,
    pub(super) residuals_mm: Vec<f64>,
    pub(super) rms_mm: f64,
    /// True when a reflection would fit better.
    pub(super) prefers_mirror: bool,
}

impl Marks {
    /// The same marks without number `left_out`.
    pub(super) fn without(&self, left_out: usize) -> Self {
        let mut rest = self.clone();
        rest.names.remove(left_out);
        rest.mesh.remove(left_out);
        rest.rig.remove(left_out);
        rest
    }

    /// The same marks with the places of two in the rig exchanged.
    pub(super) fn exchanged(&self, a: usize, b: usize) -> Self {
        let mut other = self.clone();
        other.rig.swap(a, b);
        other
    }

    /// The same marks with the scan stretched by a factor.
    pub(super) fn stretched(&self, factor: f64) -> Self {
        let mut other = self.clone();
        other.mesh.iter_mut().for_each(|place| *place *= factor);
        other
    }

    /// RMS distance of the marks from their middle, in scan and rig, mm.
    pub(super) fn radii_mm(&self) -> [f64; 2] {
        [&self.mesh, &self.rig].map(|places| covariance(places, places).trace().max(0.0).sqrt())
    }

    /// The rotation and translation that lay the scan on the rig with the least sum of squares; with `mirrored` the best
    /// improper ones.
    ///
    /// References: K. S. Arun, T. S. Huang, S. D. Blostein, IEEE PAMI 9(5), 1987; S. Umeyama, IEEE PAMI 13(4), 1991,
    /// without scale.
    pub(super) fn lay(&self, mirrored: bool) -> Option<Laid> {
        let svd = covariance(&self.rig, &self.mesh).svd(true, true);
        let (u, v_t) = (svd.u?, svd.v_t?);
        let handedness = (u * v_t).determinant().signum();
        let last = if mirrored { -handedness } else { handedness };
        let rotation = u * Matrix3::from_diagonal(&Vector::new(1.0, 1.0, last)) * v_t;
        let (from, onto) = (middle(&self.mesh), middle(&self.rig));
        let left = self.mesh.iter().zip(&self.rig).map(|(m, r)| ((r - onto) - rotation * (m - from)).norm());
        let residuals_mm: Vec<f64> = left.collect();
        let rms_mm = (residuals_mm.iter().map(|d| d * d).sum::<f64>() / residuals_mm.len() as f64).sqrt();
        let rotation = Rotation3::from_matrix_unchecked(rotation);
        let mesh_to_rig = Placement::new(&rotation, &(onto - rotation * from));
        Some(Laid { mesh_to_rig, residuals_mm, rms_mm, prefers_mirror: handedness < 0.0 })
    }

    /// RMS distance that remains when the scan is laid on the rig, mm.
    pub(super) fn rms_mm(&self, mirrored: bool) -> f64 {
        self.lay(mirrored).map_or(f64::INFINITY, |laid| laid.rms_mm)
    }
}

pub(super) fn middle(places: &[Point]) -> Point {
    Point::from(places.iter().map(|p| p.coords).sum::<Vector>() / places.len() as f64)
}

/// Mean outer product of two sets of places about their middles, mm².
pub(super) fn covariance(a: &[Point], b: &[Point]) -> Matrix3<f64> {
    let (a_middle, b_middle) = (middle(a), middle(b));
    let sum: Matrix3<f64> = a.iter().zip(b).map(|(p, q)| (p - a_middle) * (q - b_middle).transpose()).sum();
    sum / a.len() as f64
}
