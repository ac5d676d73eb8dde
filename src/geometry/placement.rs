use nalgebra::{Matrix3, Rotation3};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Point, Vector};

/// A rigid placement: rotation, then translation, mm. Maps the frame of a thing into the frame it is placed in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// Rows of the rotation matrix (orthonormal, determinant +1).
    pub rotation: [[f64; 3]; 3],
    /// Translation, mm.
    pub translation_mm: [f64; 3],
}

impl Placement {
    /// Leaves everything where it is.
    pub const IDENTITY: Self =
        Self { rotation: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], translation_mm: [0.0; 3] };

    /// From a rotation and a translation in mm.
    pub fn new(rotation: &Rotation3<f64>, translation: &Vector) -> Self {
        let m = rotation.matrix();
        Self {
            rotation: [0, 1, 2].map(|row| [m[(row, 0)], m[(row, 1)], m[(row, 2)]]),
            translation_mm: [translation.x, translation.y, translation.z],
        }
    }

    fn matrix(&self) -> Matrix3<f64> {
        Matrix3::from_fn(|row, column| self.rotation[row][column])
    }

    /// Largest deviation of the rotation from an orthonormal, right-handed matrix; 0 for a true rotation.
    pub fn rotation_defect(&self) -> f64 {
        let m = self.matrix();
        let orthonormality = (m.transpose() * m - Matrix3::identity()).amax();
        orthonormality.max((m.determinant() - 1.0).abs())
    }

    /// Where the point comes to lie.
    pub fn point(&self, point: &Point) -> Point {
        Point::from(self.matrix() * point.coords + Vector::from(self.translation_mm))
    }

    /// The direction after the rotation.
    pub fn direction(&self, direction: &Vector) -> Vector {
        self.matrix() * direction
    }

    /// The placement that undoes this one.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let transposed = self.matrix().transpose();
        Self::new(&Rotation3::from_matrix_unchecked(transposed), &-(transposed * Vector::from(self.translation_mm)))
    }

    /// First `self`, then `outer`.
    #[must_use]
    pub fn then(&self, outer: &Self) -> Self {
        let rotation = outer.matrix() * self.matrix();
        let translation = outer.point(&Point::from(Vector::from(self.translation_mm)));
        Self::new(&Rotation3::from_matrix_unchecked(rotation), &translation.coords)
    }
}
