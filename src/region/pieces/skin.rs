//! Which component of a scan the hairline was drawn on.

use super::survey::{Near, Survey};
use crate::geometry::{Point, Vector};
use crate::mesh::{Pieces, SurfaceIndex, SurfacePoint, Topology, TriMesh, open_sky};

/// Points of the line that are asked, spread evenly over it; more tell nothing new.
const ASKED_POINTS: usize = 256;
/// Points at which rays are sent to the sky.
const SKY_POINTS: usize = 64;
/// A component on which this share of the points lies that the best one has may be the skin as well.
const CONTENDS: f64 = 0.9;
/// Mean distances from the line that differ less say nothing, and a line closer than this was drawn on the surface, mm.
const SAME_FIT_MM: f64 = 0.3;
/// The walls of a shell have areas that are alike up to this ratio; a patch over a head has not.
const ALIKE: f64 = 0.5;
/// Rays to the sky start this far off the surface: beyond what lies on it, mm.
const SKY_LIFT_MM: f64 = 4.0;
/// One side sees this much more of the sky than the other, or nothing is said.
const SKY_MARGIN: f64 = 0.25;

/// Points spread evenly over a line, at most `count`.
pub(super) fn spread(points: &[Point], count: usize) -> impl Iterator<Item = &Point> {
    points.iter().step_by(points.len().div_ceil(count).max(1))
}

/// Whether a triangle's winding looks to the sky at a place; `None` where both sides see as much of it.
pub(in crate::region) fn looks_out(mesh: &TriMesh, index: &SurfaceIndex, at: &SurfacePoint) -> Option<bool> {
    let [along, against] = open_sky(mesh, index, at, SKY_LIFT_MM)?;
    ((along - against).abs() > SKY_MARGIN).then_some(along > against)
}

/// The component on which a line lies.
///
/// The one closest to its points on average counts, distances beyond the tolerance as the tolerance. Of several on which
/// most points lie, one that continues the surface beyond another wins over it; then one on which the line lies within
/// 0.3 mm when the other is 0.3 mm worse; then, of two alike in size, the outer one.
pub(in crate::region) fn skin(
    mesh: &TriMesh,
    topology: &Topology,
    index: &SurfaceIndex,
    points: &[Point],
    tolerance_mm: f64,
) -> u32 {
    if topology.component_count() <= 1 {
        return 0;
    }
    let fits = Fits::measure(topology, index, points, tolerance_mm);
    let scores = fits.scores(topology.component_count(), tolerance_mm);
    let best = (0..scores.len()).max_by(|&a, &b| scores[a].1.total_cmp(&scores[b].1).then(b.cmp(&a))).unwrap_or(0);
    if scores[best].0 == 0 {
        return fits.nearest(points, index, topology).unwrap_or(best as u32);
    }
    let least = (CONTENDS * scores[best].0 as f64).ceil() as usize;
    let mut rivals = (0..scores.len()).filter(|&c| c != best && scores[c].0 >= least).map(|c| c as u32).peekable();
    if rivals.peek().is_none() {
        return best as u32;
    }
    let contest = Contest { mesh, topology, index, fits: &fits, pieces: Pieces::of(topology), tolerance_mm };
    rivals.fold(best as u32, |best, rival| if contest.wins(rival, best) { rival } else { best })
}

/// For each asked point the closest place on each component within the tolerance.
struct Fits(Vec<Vec<Fit>>);

struct Fit {
    component: u32,
    triangle: u32,
    point: Point,
    distance_mm: f64,
}

impl Fits {
    fn measure(topology: &Topology, index: &SurfaceIndex, points: &[Point], tolerance_mm: f64) -> Self {
        let at = |point: &Point| {
            let mut fits: Vec<Fit> = Vec::new();
            index.for_each_within(point, tolerance_mm, |triangle, distance_mm| {
                let component = topology.components()[triangle as usize];
                let fit = Fit { component, triangle, point: *point, distance_mm };
                match fits.iter_mut().find(|known| known.component == component) {
                    Some(known) if (distance_mm, triangle) < (known.distance_mm, known.triangle) => *known = fit,
                    Some(_) => {}
                    None => fits.push(fit),
                }
            });
            fits
        };
        Self(spread(points, ASKED_POINTS).map(at).collect())
    }

    /// For each component how many points it holds, and the sum of what their distances leave of the tolerance.
    fn scores(&self, components: usize, tolerance_mm: f64) -> Vec<(usize, f64)> {
        let mut scores = vec![(0, 0.0); components];
        for fit in self.0.iter().flatten() {
            let (count, score) = &mut scores[fit.component as usize];
            *count += 1;
            *score += tolerance_mm - fit.distance_mm;
        }
        scores
    }

    /// Where no point is within the tolerance, the component closest to most points, for the error that follows.
    fn nearest(&self, points: &[Point], index: &SurfaceIndex, topology: &Topology) -> Option<u32> {
        let hits = spread(points, ASKED_POINTS).filter_map(|point| index.closest(point));
        let mut nearest: Vec<u32> = hits.map(|hit| topology.components()[hit.at.triangle as usize]).collect();
        nearest.sort_unstable();
        nearest.chunk_by(|a, b| a == b).max_by_key(|same| same.len()).map(|same| same[0])
    }

    /// The fits of two components at the points that lie on both.
    fn both(&self, a: u32, b: u32) -> impl Iterator<Item = [&Fit; 2]> {
        self.0.iter().filter_map(move |fits| {
            let of = |component| fits.iter().find(|fit| fit.component == component);
            Some([of(a)?, of(b)?])
        })
    }
}

struct Contest<'a> {
    mesh: &'a TriMesh,
    topology: &'a Topology,
    index: &'a SurfaceIndex,
    fits: &'a Fits,
    pieces: Pieces,
    tolerance_mm: f64,
}

impl Contest<'_> {
    fn wins(&self, rival: u32, best: u32) -> bool {
        let repeats = |component: u32, of: u32| {
            let near = Near::build(self.mesh, self.topology, &self.pieces, of, None);
            Survey::of(self.mesh, &self.pieces, component, &near).repeats(Survey::SECOND_SHEET_MM)
        };
        let (lies_on_rival, lies_on_best) = (repeats(best, rival), repeats(rival, best));
        if lies_on_rival != lies_on_best {
            return lies_on_rival;
        }
        let (mut count, mut sums) = (0.0, [0.0; 2]);
        for pair in self.fits.both(rival, best) {
            count += 1.0;
            sums = [0, 1].map(|i: usize| sums[i] + pair[i].distance_mm);
        }
        let [rival_mm, best_mm] = sums.map(|sum| sum / f64::max(count, 1.0));
        let is_drawn_on_one = rival_mm.min(best_mm) <= SAME_FIT_MM;
        if (rival_mm - best_mm).abs() >= SAME_FIT_MM && (is_drawn_on_one || !self.are_alike(rival, best)) {
            return rival_mm < best_mm;
        }
        self.height_mm(rival, best) > 0.0
    }

    fn are_alike(&self, a: u32, b: u32) -> bool {
        let area = |component| -> f64 {
            self.pieces.triangles(component).iter().map(|&t| self.mesh.triangle_area_mm2(t)).sum()
        };
        let areas = [area(a), area(b)];
        areas[0].min(areas[1]) >= ALIKE * areas[0].max(areas[1])
    }

    /// How far `a` lies above `b` on average over the points at which the sky is clear, mm.
    fn height_mm(&self, a: u32, b: u32) -> f64 {
        let pairs: Vec<[&Fit; 2]> = self.fits.both(a, b).collect();
        let heights = pairs.iter().step_by(pairs.len().div_ceil(SKY_POINTS).max(1)).filter_map(|pair| {
            let [above, below] = pair.map(|fit| SurfacePoint::closest_in(self.mesh, fit.triangle, &fit.point));
            let outwards = self.outwards(&below)?;
            Some(
                (above.position(self.mesh) - below.position(self.mesh))
                    .dot(&outwards)
                    .clamp(-self.tolerance_mm, self.tolerance_mm),
            )
        });
        heights.sum()
    }

    fn outwards(&self, at: &SurfacePoint) -> Option<Vector> {
        let normal = self.mesh.normal(at.triangle);
        looks_out(self.mesh, self.index, at).map(|out| if out { normal } else { -normal })
    }
}
