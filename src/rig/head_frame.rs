use nalgebra::{Matrix3, Rotation3};

use crate::error::{Error, Result};
use crate::geometry::{Placement, Point};

/// Least distance between the tragi, and of the vertex from the line through them, mm. Half of a small child's head:
/// anything below is a landmark in the wrong place or a wrong unit.
const LEAST_SPAN_MM: f64 = 50.0;

/// The placement that takes the scan's frame into the head frame: origin midway between the tragi, x to the subject's
/// left, z from the origin to the vertex made perpendicular to x, y backwards. Landmarks in mm.
///
/// Errors name the landmarks that are missing or do not span a frame.
pub fn head_frame(left_tragus: Option<Point>, right_tragus: Option<Point>, vertex: Option<Point>) -> Result<Placement> {
    let (Some(left), Some(right), Some(vertex)) = (left_tragus, right_tragus, vertex) else {
        let given = [("left_tragus", left_tragus), ("right_tragus", right_tragus), ("vertex", vertex)];
        let missing: Vec<_> = given.iter().filter(|(_, point)| point.is_none()).map(|(name, _)| *name).collect();
        return Err(Error::input(format!("no {}", missing.join(", no ")))
            .place("landmarks")
            .expected("left_tragus, right_tragus and vertex, or a registration")
            .remedy("add the landmarks to the case or the boundary file, or measure a registration"));
    };
    let origin = nalgebra::center(&left, &right);
    let across = left - right;
    let up = vertex - origin;
    let upward = up - across * (up.dot(&across) / across.norm_squared());
    for (what, span) in [("left_tragus from right_tragus", across), ("vertex from the line of the tragi", upward)] {
        let found_mm = span.norm();
        if !(LEAST_SPAN_MM..f64::INFINITY).contains(&found_mm) {
            return Err(Error::input(format!("a distance of {found_mm:.1} mm of {what}"))
                .place("landmarks")
                .expected(format!("at least {LEAST_SPAN_MM} mm"))
                .remedy("correct the landmarks or the unit"));
        }
    }
    let x = across.normalize();
    let z = upward.normalize();
    let to_head =
        Rotation3::from_matrix_unchecked(Matrix3::from_rows(&[x.transpose(), z.cross(&x).transpose(), z.transpose()]));
    Ok(Placement::new(&to_head, &-(to_head * origin.coords)))
}
