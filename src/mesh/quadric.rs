use nalgebra::{SMatrix, SVector};

use crate::geometry::Vector;

/// Share of the weight that is added to the diagonal: too few points for a quadric then leave the terms they do not
/// tell at zero, and a fit through fewer points than terms passes through them.
const RIDGE: f64 = 1e-9;

/// A weighted least-squares fit of a height over a plane, `z = a + b·x + c·y + d·x² + e·xy + f·y²`.
///
/// Moving least squares with a second-order polynomial: Levin, "Mesh-independent surface interpolation" (2003). A
/// surface of second order is met exactly, whatever the places and weights, so that curvature is no roughness and
/// nothing shrinks.
#[derive(Debug, Clone)]
pub(super) struct Quadric {
    /// Lengths are divided by this, so that all terms have the same size.
    scale: f64,
    normal: SMatrix<f64, 6, 6>,
    right: SVector<f64, 6>,
    squares: f64,
}

/// The height and the slope of a fit at the origin of its plane, and how far the points lie off it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    terms: SVector<f64, 6>,
    scale: f64,
    /// Weighted sum of the squared residuals.
    pub(super) squares: f64,
}

impl Quadric {
    /// Terms of a quadric.
    pub(super) const TERMS: usize = 6;

    /// An empty sum for points up to about `scale` from the origin.
    pub(super) fn new(scale: f64) -> Self {
        Self { scale, normal: SMatrix::zeros(), right: SVector::zeros(), squares: 0.0 }
    }

    /// Adds a point.
    pub(super) fn add(&mut self, x: f64, y: f64, z: f64, weight: f64) {
        let terms = terms(x / self.scale, y / self.scale);
        for row in 0..6 {
            let weighted = weight * terms[row];
            // The lower half only.
            for (column, term) in terms.iter().enumerate().skip(row) {
                self.normal[(column, row)] += weighted * term;
            }
            self.right[row] += weighted * z;
        }
        self.squares += weight * z * z;
    }

    /// The fit; `None` without points.
    pub(super) fn fit(mut self) -> Option<Fit> {
        let ridge = self.normal[(0, 0)] * RIDGE;
        for i in 0..6 {
            self.normal[(i, i)] += ridge;
        }
        // The decomposition reads the lower half only.
        let terms = self.normal.cholesky()?.solve(&self.right);
        let squares = (self.squares - terms.dot(&self.right)).max(0.0);
        terms.iter().all(|term| term.is_finite()).then_some(Fit { terms, scale: self.scale, squares })
    }
}

impl Fit {
    /// Height at a place.
    pub(super) fn height(&self, x: f64, y: f64) -> f64 {
        self.terms.dot(&SVector::from(terms(x / self.scale, y / self.scale)))
    }

    /// Derivatives of the height along both axes at a place.
    pub(super) fn slope(&self, x: f64, y: f64) -> [f64; 2] {
        let (x, y) = (x / self.scale, y / self.scale);
        let t = &self.terms;
        [(t[1] + 2.0 * t[3] * x + t[4] * y) / self.scale, (t[2] + t[4] * x + 2.0 * t[5] * y) / self.scale]
    }
}

fn terms(x: f64, y: f64) -> [f64; 6] {
    [1.0, x, y, x * x, x * y, y * y]
}

/// Two unit vectors that make a right-handed frame with the unit vector `normal`.
///
/// Duff and others, "Building an orthonormal basis, revisited" (2017).
pub(super) fn tangents(normal: &Vector) -> [Vector; 2] {
    let sign = 1f64.copysign(normal.z);
    let a = -1.0 / (sign + normal.z);
    let b = normal.x * normal.y * a;
    [
        Vector::new(1.0 + sign * normal.x * normal.x * a, sign * b, -sign * normal.x),
        Vector::new(b, sign + normal.y * normal.y * a, -normal.y),
    ]
}
