use std::collections::BTreeMap;

use nalgebra::{Matrix3, Rotation3, SymmetricEigen};

use crate::geometry::{Placement, Point, Vector};
use crate::mesh::TriMesh;
use crate::rig::head_frame;

/// The head's own axes: x to the subject's left, y backwards, z up; origin midway between the tragi.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadFrame {
    /// From the scan's frame to the head's, mm.
    pub scan_to_head: Placement,
    /// True when the landmarks define it; false when it is only guessed from the shape of the region, so that front
    /// and back or left and right may be swapped.
    pub from_landmarks: bool,
}

impl HeadFrame {
    /// From `left_tragus`, `right_tragus` and `vertex` (mm, scan's frame). When one is missing, or they span no frame,
    /// z is the mean direction of the region's normals, y its longest principal axis, and the origin its middle.
    pub fn find(landmarks_mm: &BTreeMap<String, [f64; 3]>, region: &TriMesh) -> Self {
        let landmark = |name: &str| landmarks_mm.get(name).copied().map(Point::from);
        let measured = head_frame(landmark("left_tragus"), landmark("right_tragus"), landmark("vertex"));
        match measured {
            Ok(scan_to_head) => Self { scan_to_head, from_landmarks: true },
            Err(_) => Self { scan_to_head: axes_of(region), from_landmarks: false },
        }
    }

    /// The point in the head's axes, mm.
    pub fn point(&self, point: &Point) -> Point {
        self.scan_to_head.point(point)
    }

    /// The direction in the head's axes.
    pub fn direction(&self, direction: &Vector) -> Vector {
        self.scan_to_head.direction(direction)
    }
}

fn axes_of(region: &TriMesh) -> Placement {
    let middle =
        Point::from(region.vertices().iter().map(|v| v.coords).sum::<Vector>() / region.vertices().len().max(1) as f64);
    let outward: Vector = (0..region.triangles().len() as u32).map(|t| region.double_area_vector(t)).sum();
    let z = outward.try_normalize(0.0).unwrap_or_else(Vector::z);
    let across = Matrix3::identity() - z * z.transpose();
    let spread: Matrix3<f64> = region.vertices().iter().map(|v| (v - middle) * (v - middle).transpose()).sum();
    let axes = SymmetricEigen::new(across * spread * across);
    let longest = axes.eigenvectors.column(axes.eigenvalues.imax()).into_owned();
    let y =
        (longest - z * longest.dot(&z)).try_normalize(0.5).unwrap_or_else(|| z.cross(&smallest_axis(&z)).normalize());
    let rows = Matrix3::from_rows(&[y.cross(&z).transpose(), y.transpose(), z.transpose()]);
    Placement::new(&Rotation3::from_matrix_unchecked(rows), &-(rows * middle.coords))
}

/// The coordinate axis that is farthest from the direction.
fn smallest_axis(direction: &Vector) -> Vector {
    let mut axis = Vector::zeros();
    axis[direction.iamin()] = 1.0;
    axis
}
