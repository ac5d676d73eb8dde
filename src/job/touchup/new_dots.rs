use super::healed::Reading;
use crate::error::{Error, Result};
use crate::geometry::Point;
use crate::mesh::{self, SurfaceIndex, SurfacePoint, Topology, TriMesh};
use crate::plan::{Dot, Plan};
use crate::sampling::{Sample, progressive_order};
use crate::treatment::touchup::{Cloud, Fate, Ground, Healing, Obstacle, Refilled, Seen, refill};

/// The dots of the new plan.
pub(super) struct New {
    /// Those to be struck, in progressive order.
    pub(super) dots: Vec<Dot>,
    /// Those that live, and hairs, numbered behind them.
    pub(super) living: Vec<Dot>,
    pub(super) refilled: Refilled,
}

/// Finds places for new dots, and takes down which dots live.
pub(super) fn find(
    plan: &Plan,
    reading: &Reading<'_>,
    healing: &Healing,
    (scan, index): (&TriMesh, &SurfaceIndex),
    (region, density_per_cm2, region_ply): (&TriMesh, &[f64], &[u8]),
) -> Result<New> {
    let spacing_mm = mesh::read_region_ply(region_ply)?.1.remove("spacing_mm").ok_or_else(|| {
        Error::input("no vertex property spacing_mm").file("region.ply").remedy("make the plan anew from its case")
    })?;
    let living = living(reading, healing)?;
    let expected = &reading.expected;
    let of_dot = |dot: &Dot| Obstacle {
        position: Point::from(dot.position_mm),
        spacing_mm: dot.spacing_mm,
        diameter_mm: dot.diameter_mm,
    };
    let hairs: Vec<&Dot> = plan.dots.iter().filter(|dot| dot.hair).collect();
    let to_come = reading.to_come.iter().map(|&id| reading.dot(id));
    let obstacles: Vec<Obstacle> = living.iter().chain(to_come).chain(hairs.iter().copied()).map(of_dot).collect();

    let missing: Vec<usize> = (0..expected.len()).filter(|&dot| healing.fates[dot] == Fate::Missing).collect();
    let lost: Vec<Obstacle> = (missing.iter()).map(|&dot| of_dot(reading.dot(expected[dot].id))).collect();
    let struck = Cloud::new(expected.iter().map(|dot| dot.position).collect())?;
    let ground = Ground { mesh: region, spacing_mm: &spacing_mm, density_per_cm2 };
    let is_lost = |dot: usize| missing.binary_search(&dot).ok();
    let refilled = refill(&lost, &struck, is_lost, &obstacles, ground, plan.seed)?;

    let of_lost = |lost: usize| reading.dot(expected[missing[lost]].id);
    let mut dots: Vec<Dot> = refilled.reused.iter().map(|&lost| of_lost(lost).clone()).collect();
    let region_index = SurfaceIndex::build(region);
    let moved = refilled.moved.iter().map(|(lost, place)| {
        let spacing_mm =
            region_index.closest(place).map_or(of_lost(*lost).spacing_mm, |hit| ground.spacing_at_mm(&hit.at));
        Dot { position_mm: place.coords.into(), spacing_mm, ..of_lost(*lost).clone() }
    });
    dots.extend(moved);
    set_normals(&mut dots[refilled.reused.len()..], plan, scan, index);
    let mut dots = in_progressive_order(&dots, index, plan.seed)?;
    let count = dots.len() as u32;
    for (id, dot) in (0..).zip(&mut dots) {
        *dot = Dot { id, session: 1, setup: None, order: None, existing: false, ..dot.clone() };
    }
    let existing = living.into_iter().chain(hairs.into_iter().cloned());
    let living = (count..).zip(existing).map(|(id, dot)| Dot { id, ..dot }).collect();
    Ok(New { dots, living, refilled })
}

/// Dots that were measured, as they lie on the plan, each with what the plan knows of the nearest of its own; and dots of which nothing
/// is known, which are taken for living.
fn living(reading: &Reading<'_>, healing: &Healing) -> Result<Vec<Dot>> {
    let expected = &reading.expected;
    let cloud = Cloud::new(expected.iter().map(|dot| dot.position).collect())?;
    let as_existing = |dot: &Dot| Dot { session: 0, setup: None, order: None, existing: true, ..dot.clone() };
    let measured = (0..).zip(healing.places.iter().zip(&healing.seen)).map(|(row, (place, seen))| {
        let nearest = match *seen {
            Seen::Dot(dot) | Seen::Both([dot, _]) => dot,
            Seen::Extra => cloud.closest_to(place).0,
        };
        let known = reading.dot(expected[nearest].id);
        let diameter_mm = reading.diameter_mm(row).unwrap_or(known.diameter_mm);
        Dot { position_mm: place.coords.into(), diameter_mm, ..as_existing(known) }
    });
    let unseen = (expected.iter().zip(&healing.fates))
        .filter(|(_, fate)| **fate == Fate::Unseen)
        .map(|(dot, _)| as_existing(reading.dot(dot.id)));
    Ok(measured.chain(unseen).collect())
}

/// Gives dots at new places the normals of the skin there.
fn set_normals(dots: &mut [Dot], plan: &Plan, scan: &TriMesh, index: &SurfaceIndex) {
    let at: Vec<SurfacePoint> =
        dots.iter().filter_map(|dot| Some(index.closest(&Point::from(dot.position_mm))?.at)).collect();
    let normals = mesh::smoothed_normals(scan, &Topology::build(scan), &at, plan.case.design.normal_radius_mm);
    for (dot, normal) in dots.iter_mut().zip(normals) {
        dot.normal = normal.normal.into();
        dot.normal_variation_rad = normal.rms_variation_rad;
    }
}

fn in_progressive_order(dots: &[Dot], index: &SurfaceIndex, seed: u64) -> Result<Vec<Dot>> {
    let sample = |dot: &Dot| {
        let position = Point::from(dot.position_mm);
        Some(Sample { at: index.closest(&position)?.at, position, spacing_mm: dot.spacing_mm })
    };
    let samples: Vec<Sample> = dots.iter().filter_map(sample).collect();
    Ok(progressive_order(&samples, seed)?.into_iter().map(|dot| dots[dot as usize].clone()).collect())
}
