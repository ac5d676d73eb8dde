use super::front::{First, Front};
use super::{Naturalness, Placed, place};
use crate::error::Result;
use crate::geometry::{Placement, Point};
use crate::mesh::SurfaceIndex;
use crate::treatment::touchup::Cloud;

/// Nearer to the middle than this a dot is on no side, mm.
const MIDDLE_MM: f64 = 5.0;
/// Two first dots farther apart than this are not joined, mm.
const GAP_MM: f64 = 15.0;
/// Dots so far behind the line are compared with their mirror images, mm.
const DEPTH_MM: f64 = 10.0;
/// A dot nearer than this to a mirror image is its mirror image, mm.
const SAME_MM: f64 = 0.15;
/// Fewer dots on a side do not tell.
const LEAST_DOTS: usize = 12;

/// Compares the left side, mirrored about the middle plane of the head, with the right one.
pub(super) fn measure(front: &Front<'_>, into_head: &Placement, found: &mut Naturalness) -> Result<()> {
    let mirrored = |at: &Point| {
        let own = into_head.point(at);
        Point::new(-own.x, own.y, own.z)
    };
    let is_left = |at: &Point| into_head.point(at).x > MIDDLE_MM;
    let right: Vec<Point> =
        front.first.iter().map(|first| into_head.point(&first.place)).filter(|own| own.x < -MIDDLE_MM).collect();
    let is_joined = |ends: &[Point; 2]| nalgebra::distance(&ends[0], &ends[1]) <= GAP_MM;
    let joined: Vec<[Point; 2]> = right.windows(2).map(|pair| [pair[0], pair[1]]).filter(is_joined).collect();
    let line = SurfaceIndex::of_segments(&joined);
    // Past its ends there is nothing to compare with.
    let is_end = |at: &Point| [right.first(), right.last()].into_iter().flatten().any(|end| (end - at).norm() < 1e-9);
    let off_mm = |first: &First| -> Option<f64> {
        let hit =
            line.closest(&mirrored(&first.place)).filter(|hit| is_left(&first.place) && !is_end(&hit.position))?;
        Some(hit.distance_mm)
    };
    let mean_mm = |run: &[First]| {
        let off: Vec<f64> = run.iter().filter_map(off_mm).collect();
        (off.len() >= LEAST_DOTS).then(|| off.iter().sum::<f64>() / off.len() as f64)
    };
    let of_stretches = front.stretches().filter_map(|run| Some((mean_mm(run)?, run)));
    if let Some(mean_mm) = mean_mm(&front.first)
        && let Some((_, worst)) = of_stretches.max_by(|a, b| a.0.total_cmp(&b.0))
    {
        found.offset_mm = Some(Placed::around(mean_mm, worst.iter().map(|first| &first.place)));
    }

    let near: Vec<Point> =
        front.dots.iter().filter(|(_, distance_mm)| *distance_mm <= DEPTH_MM).map(|(dot, _)| place(dot)).collect();
    let left: Vec<&Point> = near.iter().filter(|at| is_left(at)).collect();
    if left.len() >= LEAST_DOTS {
        let cloud = Cloud::new(near.iter().map(|at| into_head.point(at)).collect())?;
        let has_image = |at: &&&Point| cloud.closest_to(&mirrored(at)).1 <= SAME_MM;
        let twins: Vec<&Point> = left.iter().filter(has_image).copied().collect();
        let first = twins.first().or(left.first()).copied();
        let around = twins.iter().copied().filter(|at| first.is_some_and(|first| (*at - first).norm() <= 10.0));
        let share = twins.len() as f64 / left.len() as f64;
        found.mirrored_share = Some(Placed::around(share, around.chain(first)));
    }
    Ok(())
}
