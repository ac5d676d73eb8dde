use kiddo::{ImmutableKdTree, SquaredEuclidean};

use super::gap::{Ground, MAXIMAL};
use super::patch::{Near, Patch};
use crate::error::{Error, Result};
use crate::geometry::Point;
use crate::sampling::locality::{Site, Sites, same_sheet, visit_groups};
use crate::sampling::{FixedDot, Sample};

/// Patches in which a free place is looked for are no longer than this, in spacings, so that each has room for one dot.
const PATCH: f64 = 0.5;

/// Patches shorter than this are given up, in spacings.
const SMALLEST: f64 = 1e-7;

const MOST_NEAR: usize = 24;

/// A place where a dot would fit.
#[derive(Debug, Clone, Copy)]
struct Place {
    position: Point,
    spacing: f64,
    triangle: u32,
}

#[derive(Debug, Default)]
struct Search {
    places: Vec<Place>,
    near: Vec<Near>,
}

/// Adds dots to the open triangles until none fits, and says how many were added. What they leave is no wider than
/// [`MAXIMAL`], but for patches shorter than [`SMALLEST`].
pub(super) fn count_room(
    ground: &Ground<'_>,
    dots: &[Sample],
    fixed: &[FixedDot],
    mut open: Vec<u32>,
) -> Result<usize> {
    let mut all = fixed.to_vec();
    loop {
        let sites = Sites::new(dots, &all, ground.sheets);
        let extent = |triangle: u32| ground.extent(triangle, MAXIMAL);
        let visit = |search: &mut Search, own: &[u32], near: &[Site]| search.group(ground, &sites, own, near);
        let searched = visit_groups(&sites, open, MOST_NEAR, &extent, &visit);
        let places: Vec<Place> = searched.into_iter().flat_map(|search| search.places).collect();
        if places.is_empty() {
            return Ok(all.len() - fixed.len());
        }
        open = places.iter().map(|place| place.triangle).collect();
        open.sort_unstable();
        open.dedup();
        all.extend(compatible(ground, &places)?);
    }
}

impl Search {
    fn group(&mut self, ground: &Ground<'_>, sites: &Sites<'_>, own: &[u32], near: &[Site]) {
        for &triangle in own {
            let patch = ground.patch(triangle);
            self.near.clear();
            let is_neighbour = |site: u32| same_sheet(sites.normal(site), ground.normal(triangle));
            patch.select(near, MAXIMAL, is_neighbour, &mut self.near);
            self.patch(&patch, 0, triangle);
        }
    }

    fn patch(&mut self, patch: &Patch, from: usize, triangle: u32) {
        let Some(found) = patch.reach(&self.near[from..], MAXIMAL * MAXIMAL) else { return };
        let (edge, squared_length) = patch.longest_edge();
        let relative = squared_length.sqrt() / patch.least_spacing();
        let (corner, needed) = found.worst_corner();
        if relative <= PATCH && needed > MAXIMAL * MAXIMAL {
            let (position, spacing) = patch.corners[corner];
            self.places.push(Place { position, spacing, triangle });
            return;
        }
        if relative < SMALLEST {
            return;
        }
        let start = self.near.len();
        patch.narrow(squared_length.sqrt(), MAXIMAL, &mut self.near, from..start);
        for half in patch.halves(edge) {
            self.patch(&half, start, triangle);
        }
        self.near.truncate(start);
    }
}

/// Takes the places one after the other unless they are too near to one that was taken.
fn compatible(ground: &Ground<'_>, places: &[Place]) -> Result<Vec<FixedDot>> {
    let positions: Vec<[f64; 3]> = places.iter().map(|place| place.position.into()).collect();
    let tree = ImmutableKdTree::<f64, 3>::new_from_slice(&positions)
        .map_err(|error| Error::system(format!("no search tree over {} places: {error}", places.len())))?;
    let mut taken = vec![false; places.len()];
    let mut dots = Vec::new();
    for (index, place) in places.iter().enumerate() {
        let reach = place.spacing * place.spacing;
        let near = tree.query(&positions[index]).within::<SquaredEuclidean<f64>>(reach).unsorted();
        let conflict = near.execute().iter().any(|found| {
            let other = &places[found.item as usize];
            taken[found.item as usize]
                && found.distance < place.spacing.min(other.spacing).powi(2)
                && same_sheet(ground.normal(place.triangle), ground.normal(other.triangle))
        });
        if !conflict {
            taken[index] = true;
            let normal = ground.normal(place.triangle).copied();
            dots.push(FixedDot { position: place.position, normal, spacing_mm: place.spacing });
        }
    }
    Ok(dots)
}
