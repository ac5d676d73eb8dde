use crate::case::Landmarks;
use crate::error::{Error, Finding, Severity};
use crate::geometry::{Point, Vector};
use crate::mesh::TriMesh;

/// Whether left and right of a scan are the subject's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sides {
    /// They are.
    True,
    /// The landmarks, or the whole scan, are mirrored.
    Mirrored,
}

/// Volume of the box over left, back and up, as a share of that over a right angle, near 1 on a head: between plus and
/// minus this the landmarks say nothing.
const SKEW: f64 = 0.1;
/// The face is at least so many times as rugged as the back of the head.
const RUGGED: f64 = 1.25;

/// The error for landmarks of a mirrored head.
pub(super) fn mirrored() -> Error {
    Error::input("landmarks of a mirrored head: seen with the vertex up and the face in front, left is right")
        .place("landmarks")
        .expected("the subject's own left and right, and a scan that is not mirrored")
        .remedy("swap left_tragus and right_tragus, or export the scan without mirroring")
}

impl Sides {
    /// By landmarks alone: both tragi, the vertex, and one in the middle of the front or the back. `None` when one is
    /// missing or they do not span a head.
    pub(super) fn of_landmarks(landmarks: &Landmarks) -> Option<Self> {
        let (middle, left) = tragi(landmarks)?;
        Self::of_axes(left, backwards(landmarks, middle)?, Point::from(landmarks.vertex?) - middle)
    }

    fn of_axes(left: Vector, back: Vector, up: Vector) -> Option<Self> {
        let [left, back, up] = [left, back, up].map(|v| v.try_normalize(0.0).unwrap_or_default());
        match left.cross(&back).dot(&up) {
            skew if skew > SKEW => Some(Self::True),
            skew if skew <= -SKEW => Some(Self::Mirrored),
            _ => None,
        }
    }
}

/// What can be told of left and right, from landmarks and, where one is missing, from the scan: the inside of the line
/// is up, and the face is more rugged than the back of the head. `inside` is a place inside the line, mm.
pub(super) fn finding(landmarks: &Landmarks, inside: Option<Point>, scan: &TriMesh) -> Option<Finding> {
    let unknown = |why: &str| {
        Finding::new("sides-unknown", Severity::Pass, format!("cannot be told whether the scan is mirrored: {why}"))
            .remedy("compare a mole, a scar or the parting with the client")
    };
    let Some((middle, left)) = tragi(landmarks) else {
        return Some(unknown("left_tragus and right_tragus are not both marked"));
    };
    let by_landmarks = Sides::of_landmarks(landmarks);
    let (sides, by) = match (by_landmarks, landmarks.vertex.map(Point::from).or(inside)) {
        (Some(sides), _) => (Some(sides), "the landmarks"),
        (None, None) => return Some(unknown("neither the vertex nor an inside point says which way is up")),
        (None, Some(above)) => {
            let up = above - middle;
            let up = up - left * (up.dot(&left) / left.norm_squared().max(f64::MIN_POSITIVE));
            if let Some(back) = backwards(landmarks, middle) {
                (Sides::of_axes(left, back, up), "the landmarks and the inside of the line")
            } else {
                let back = smoother_side(scan, middle, left, up);
                (back.and_then(|back| Sides::of_axes(left, back, up)), "the relief of the face")
            }
        }
    };
    match sides {
        None => Some(unknown("glabella and inion are not marked, and the scan shows no face")),
        Some(Sides::True) => None,
        Some(Sides::Mirrored) => {
            let severity = if by_landmarks.is_some() { Severity::Fail } else { Severity::Warn };
            let message = format!(
                "by {by} the head is mirrored: with the top up and the face in front, left_tragus is on the right"
            );
            let remedy = "swap left_tragus and right_tragus, or export the scan without mirroring";
            Some(Finding::new("mirrored", severity, message).remedy(remedy))
        }
    }
}

/// The place midway between the tragi, and the way from the right to the left one, mm.
fn tragi(landmarks: &Landmarks) -> Option<(Point, Vector)> {
    let (left, right) = (Point::from(landmarks.left_tragus?), Point::from(landmarks.right_tragus?));
    Some((nalgebra::center(&left, &right), left - right))
}

/// From the front to the back of the head, as far as glabella and inion are marked.
fn backwards(landmarks: &Landmarks, middle: Point) -> Option<Vector> {
    let Landmarks { glabella, inion, .. } = *landmarks;
    (glabella.is_some() || inion.is_some())
        .then(|| inion.map_or(middle, Point::from) - glabella.map_or(middle, Point::from))
}

/// Unit direction to the back of the head, which is much smoother about the height of the ears than the face; `None`
/// when both sides are much alike. `up` is square to `left`.
fn smoother_side(scan: &TriMesh, middle: Point, left: Vector, up: Vector) -> Option<Vector> {
    let half_breadth_mm = left.norm() / 2.0;
    let (left, up) = (left.try_normalize(0.0)?, up.try_normalize(0.0)?);
    let forward = left.cross(&up);
    // By side: area, and area times how far the normal turns to the left or right. Flanks of the nose and the lips do,
    // a cylinder of half a head's breadth does little.
    let mut sums = [[0.0; 2]; 2];
    for t in 0..scan.triangles().len() as u32 {
        let [a, b, c] = scan.corners(t);
        let arm = Point::from((a.coords + b.coords + c.coords) / 3.0) - middle;
        let [x, y, z] = [left, forward, up].map(|axis| arm.dot(&axis) / half_breadth_mm);
        if x.abs() < 0.5 && y.abs() > 0.3 && (-1.0..0.3).contains(&z) {
            let area_mm2 = scan.triangle_area_mm2(t);
            let side = &mut sums[usize::from(y > 0.0)];
            side[0] += area_mm2;
            side[1] += area_mm2 * scan.normal(t).dot(&left).abs();
        }
    }
    let [behind, ahead] = sums.map(|[area, turned]| if area > 0.0 { turned / area } else { f64::NAN });
    if ahead > RUGGED * behind {
        Some(-forward)
    } else if behind > RUGGED * ahead {
        Some(forward)
    } else {
        None
    }
}
