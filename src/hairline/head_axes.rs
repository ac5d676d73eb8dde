use nalgebra::Rotation3;

use crate::case::Landmarks;
use crate::error::{Error, Result};
use crate::geometry::{Placement, Point, Vector, decimal};

/// The landmarks that closing a hairline needs, and the head frame that they span.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeadAxes {
    /// From the scan into the head frame: origin midway between the tragi, x to the subject's left, y backwards, z up.
    pub(super) into_head: Placement,
    /// Half the distance between the tragi, mm.
    pub(super) half_breadth_mm: f64,
    /// In the head frame, mm.
    pub(super) inion: Point,
}

/// All five landmarks in the head frame, mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadMarks {
    /// From the scan into the head frame: origin midway between the tragi, x to the subject's left, y backwards, z up.
    pub into_head: Placement,
    /// Between the brows.
    pub glabella: Point,
    /// Half the distance between the tragi, mm.
    pub half_breadth_mm: f64,
    /// Bump at the back.
    pub inion: Point,
    /// Top of the head.
    pub vertex: Point,
}

impl HeadMarks {
    /// From landmarks in mm.
    ///
    /// # Errors
    /// Landmarks that are missing, or do not lie as on a head: face in front, inion behind, vertex on top.
    pub fn new(landmarks: &Landmarks) -> Result<Self> {
        let Landmarks { glabella, left_tragus, right_tragus, inion, vertex } = *landmarks;
        let (Some(glabella), Some(_), Some(_), Some(_), Some(vertex)) =
            (glabella, left_tragus, right_tragus, inion, vertex)
        else {
            let marks = [
                ("glabella", glabella),
                ("left_tragus", left_tragus),
                ("right_tragus", right_tragus),
                ("inion", inion),
                ("vertex", vertex),
            ];
            let missing: Vec<&str> = marks.iter().filter(|(_, mark)| mark.is_none()).map(|(name, _)| *name).collect();
            return Err(Error::input(format!("no landmark {}", missing.join(", ")))
                .place("landmarks")
                .expected("glabella, left_tragus, right_tragus, inion and vertex")
                .remedy("mark them in the case or the boundary file"));
        };
        let HeadAxes { into_head, half_breadth_mm, inion } = HeadAxes::new(landmarks)?;
        let [glabella, vertex] = [glabella, vertex].map(|mark| into_head.point(&Point::from(mark)));
        if glabella.y < 0.0 && inion.y > 0.0 && vertex.z > glabella.z.max(inion.z) {
            return Ok(Self { into_head, glabella, half_breadth_mm, inion, vertex });
        }
        Err(Error::input(
            "landmarks with the glabella behind the ears, the inion in front of them, or the vertex not on top",
        )
        .place("landmarks")
        .expected("the glabella in front of the tragi, the inion behind them, the vertex above both")
        .remedy("mark the landmarks again, left and right as the subject's"))
    }
}

impl HeadAxes {
    /// From landmarks in mm. Up is towards the vertex where it is marked, else square to the tragi and the inion.
    pub(super) fn new(landmarks: &Landmarks) -> Result<Self> {
        let (Some(left), Some(right), Some(inion)) = (landmarks.left_tragus, landmarks.right_tragus, landmarks.inion)
        else {
            let wanted = [
                ("left_tragus", landmarks.left_tragus),
                ("right_tragus", landmarks.right_tragus),
                ("inion", landmarks.inion),
            ];
            let missing: Vec<&str> =
                wanted.iter().filter(|(_, place)| place.is_none()).map(|(name, _)| *name).collect();
            return Err(Error::input(format!("an open hairline without the landmarks {}", missing.join(", ")))
                .place("landmarks")
                .expected("left_tragus, right_tragus and inion, to close it over the ears and the nape")
                .remedy("mark them, or draw the whole loop"));
        };
        let (left, right, inion) = (Point::from(left), Point::from(right), Point::from(inion));
        let origin = nalgebra::center(&left, &right);
        let degenerate = || {
            Error::input(format!("tragi {:.1} mm apart, in line with the other landmarks", (left - right).norm()))
                .place("landmarks")
                .expected("two ears with the inion behind and the vertex above them")
                .remedy("mark the landmarks again")
        };
        let unit = |v: Vector| v.try_normalize(1.0).ok_or_else(degenerate);
        let x = unit(left - right)?;
        let square = |v: Vector| unit(v - x * v.dot(&x));
        let z = match landmarks.vertex {
            Some(vertex) => square(Point::from(vertex) - origin)?,
            None => x.cross(&square(inion - origin)?),
        };
        let rotation = Rotation3::from_basis_unchecked(&[x, z.cross(&x), z]).inverse();
        let into_head = Placement::new(&rotation, &-(rotation * origin.coords));
        Ok(Self { into_head, half_breadth_mm: 0.5 * (left - right).norm(), inion: into_head.point(&inion) })
    }

    /// Refuses a frontal curve that is behind or below the ears by these axes: the landmarks are not where they are said
    /// to be.
    pub(super) fn check_above_forehead(&self, curve: &[Point]) -> Result<()> {
        let sum: Vector = curve.iter().map(|p| self.into_head.point(p).coords).sum();
        let middle = sum / curve.len() as f64;
        if middle.y < 0.0 && middle.z > 0.0 && self.inion.y > 0.0 {
            return Ok(());
        }
        let side = |value: f64, [positive, negative]: [&str; 2]| {
            format!("{} mm {}", decimal(value.abs(), 0), if value > 0.0 { positive } else { negative })
        };
        Err(Error::input(format!(
            "landmarks by which the middle of the frontal curve is {} and {} the ears, and the inion {} them",
            side(middle.y, ["behind", "in front of"]),
            side(middle.z, ["above", "below"]),
            side(self.inion.y, ["behind", "in front of"]),
        ))
        .place("landmarks")
        .expected("a curve over the forehead, above and in front of the ears, and the inion behind them")
        .remedy("exchange left_tragus and right_tragus, which are the subject's left and right; else mark them again"))
    }
}
