use nalgebra::{DMatrix, DVector, Vector2};

use crate::geometry::{Point, Vector};

/// Polynomials up to this degree plus one cost no energy: curvature is carried on over the hole, its change is damped.
const ORDER: i32 = 3;
/// A degree of freedom counts this much in the choice of the smoothing, which keeps it from following noise: Y.-J. Kim
/// and C. Gu, "Smoothing spline Gaussian regression", J. R. Statist. Soc. B 66(2), 2004, 337-356.
const CAUTION: f64 = 1.4;
/// Decades of smoothing that are tried, in parts of the greatest eigenvalue, and steps per decade.
const DECADES: std::ops::RangeInclusive<i32> = -11..=2;
const STEPS_PER_DECADE: i32 = 4;

/// A plane and the heights over it, mm.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    origin: Point,
    axes: [Vector; 2],
    normal: Vector,
}

impl Frame {
    /// The plane across `normal` through the middle of the points. `None` for a zero normal.
    pub(super) fn across(normal: &Vector, points: &[Point]) -> Option<Self> {
        let normal = normal.try_normalize(0.0)?;
        let least = normal.iamin();
        let x = normal.cross(&Vector::ith(least, 1.0)).try_normalize(0.0)?;
        let sum: Vector = points.iter().map(|p| p.coords).sum();
        Some(Self { origin: Point::from(sum / points.len() as f64), axes: [x, normal.cross(&x)], normal })
    }

    /// Image of a place in the plane.
    pub(super) fn flat(&self, point: &Point) -> Vector2<f64> {
        let offset = point - self.origin;
        Vector2::new(offset.dot(&self.axes[0]), offset.dot(&self.axes[1]))
    }

    /// Height of a place over the plane.
    pub(super) fn height(&self, point: &Point) -> f64 {
        (point - self.origin).dot(&self.normal)
    }

    /// The place at a height over a place in the plane.
    pub(super) fn lift(&self, flat: &Vector2<f64>, height: f64) -> Point {
        self.origin + self.axes[0] * flat.x + self.axes[1] * flat.y + self.normal * height
    }
}

/// A smooth field of heights near given ones.
///
/// The smoothing spline of two variables whose energy is the square of all third derivatives: what a thin plate is for
/// second ones. How much it smooths is found from the data by generalised cross-validation, so that it goes through
/// exact data and averages noise away.
///
/// References: J. Duchon, "Splines minimizing rotation-invariant semi-norms in Sobolev spaces", 1977; G. Wahba, "Spline
/// models for observational data", SIAM 1990, chapters 2 and 4. M. Botsch, L. Kobbelt, "An intuitive framework for
/// real-time freeform modeling", SIGGRAPH 2004, compare such energies on surfaces.
#[derive(Debug)]
pub(super) struct Spline {
    places: Vec<Vector2<f64>>,
    scale: f64,
    radial: DVector<f64>,
    polynomial: DVector<f64>,
    /// Standard deviation of the data from the spline, mm.
    pub(super) noise_mm: f64,
}

impl Spline {
    /// `None` with too few places, or with all on a conic.
    pub(super) fn fit(places: &[Vector2<f64>], heights: &[f64]) -> Option<Self> {
        let count = places.len();
        let terms = basis(&Vector2::zeros()).len();
        if count < terms + 2 {
            return None;
        }
        let scale = places.iter().map(Vector2::norm).fold(0.0, f64::max);
        let scaled: Vec<Vector2<f64>> = places.iter().map(|p| p / scale).collect();
        let polynomials = DMatrix::from_fn(count, terms, |i, j| basis(&scaled[i])[j]);
        let kernel = DMatrix::from_fn(count, count, |i, j| kernel((scaled[i] - scaled[j]).norm_squared()));
        let heights = DVector::from_column_slice(heights);
        let qr = polynomials.qr();
        let (q, r) = (qr.q(), qr.r());
        // In the complement of the polynomials the kernel is positive definite.
        let complement = |m: &DMatrix<f64>| m - &q * (q.transpose() * m);
        let eigen = complement(&complement(&kernel).transpose()).symmetric_eigen();
        let free = &heights - &q * (q.transpose() * &heights);
        let shares = eigen.eigenvectors.transpose() * free;
        let values = eigen.eigenvalues.map(|value| value.max(0.0));
        let greatest = values.max();
        let damped = |smoothing: f64| values.map(|value| smoothing / (value + smoothing));
        let misfit = |smoothing: f64| {
            let left = damped(smoothing);
            let squares: f64 = left.component_mul(&shares).norm_squared();
            // Each polynomial shows up as one eigenvalue of 0.
            (squares, count as f64 - (left.sum() - terms as f64))
        };
        let tries = DECADES.start() * STEPS_PER_DECADE..=DECADES.end() * STEPS_PER_DECADE;
        let score = |smoothing: f64| {
            let (squares, freedom) = misfit(smoothing);
            let rest = count as f64 - CAUTION * freedom;
            if rest > 0.0 { squares / (rest * rest) } else { f64::INFINITY }
        };
        let smoothing = tries
            .map(|step| greatest * 10_f64.powf(f64::from(step) / f64::from(STEPS_PER_DECADE)))
            .min_by(|&a, &b| score(a).total_cmp(&score(b)))?;
        let radial = &eigen.eigenvectors * shares.component_div(&values.add_scalar(smoothing));
        let radial = &radial - &q * (q.transpose() * &radial);
        let polynomial = r.solve_upper_triangular(&(q.transpose() * (&heights - &kernel * &radial)))?;
        let (squares, freedom) = misfit(smoothing);
        let noise_mm = (squares / (count as f64 - freedom).max(1.0)).sqrt();
        let is_finite = radial.iter().chain(&polynomial).all(|c| c.is_finite());
        is_finite.then_some(Self { places: scaled, scale, radial, polynomial, noise_mm })
    }

    /// The height at a place.
    pub(super) fn at(&self, place: &Vector2<f64>) -> f64 {
        let place = place / self.scale;
        let trend: f64 = basis(&place).iter().zip(&self.polynomial).map(|(term, share)| term * share).sum();
        let near = self.places.iter().zip(&self.radial);
        trend + near.map(|(centre, share)| share * kernel((place - centre).norm_squared())).sum::<f64>()
    }
}

fn basis(p: &Vector2<f64>) -> [f64; 6] {
    [1.0, p.x, p.y, p.x * p.x, p.x * p.y, p.y * p.y]
}

/// The fundamental solution, `-r⁴ ln r` up to a factor, of the squared distance.
fn kernel(squared: f64) -> f64 {
    if squared > 0.0 { -0.5 * squared.powi(ORDER - 1) * squared.ln() } else { 0.0 }
}
