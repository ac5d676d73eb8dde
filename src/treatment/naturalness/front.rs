use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{Placed, place};
use crate::case::Zone;
use crate::density::HeadZones;
use crate::geometry::Point;
use crate::mesh::{SurfaceHit, SurfaceIndex, TriMesh, open_loops};
use crate::plan::{Dot, Plan};

/// What lies farther behind the line does not belong to it, mm.
const REACH_MM: f64 = 30.0;
/// Behind a line the density is full from here on, up to there, mm.
const FULL_MM: [f64; 2] = [15.0, 25.0];
/// A loop of the region's edge is drawn where it keeps this near to the drawn points, beside the tolerance with which they were laid on
/// the scan, mm.
const NEAR_DRAWN_MM: f64 = 1.0;
/// The line is cut into cells of so many spacings: longer ones have a dot close to the line even where it is rough, shorter ones miss one
/// by chance.
const CELL_SPACINGS: f64 = 2.0;
/// Fewer cells do not tell.
const LEAST_CELLS: usize = 12;
/// Longest part of the line that a finding is drawn at, mm.
pub(super) const STRETCH_MM: f64 = 40.0;
/// Edge of the pieces in which area is added up, mm.
const PIECE_MM: f64 = 1.0;
/// Where the line is farther than asked, this far is looked for it, mm: what lies around such a place needs no look.
const FAR_MM: f64 = 2.0 * REACH_MM;
/// A look may go this much farther than it has to, for rounding, mm.
const SLACK_MM: f64 = 1e-6;
/// Triangles that are gone over in their order.
const TRIANGLES: u32 = 256;
/// Width of the strips along the line in which dots are counted, mm.
const STRIP_MM: f64 = 1.0;
const STRIPS: usize = (REACH_MM / STRIP_MM) as usize;

/// The drawn edge of the region, and which part of it is the hairline: that in the frontal zone and at the temples.
pub(super) struct FrontLine {
    index: SurfaceIndex,
    pieces: Vec<Piece>,
}

/// An edge of a triangle on the region's edge.
struct Piece {
    from: Point,
    /// Way along the line up to here, mm.
    way_mm: f64,
    length_mm: f64,
    is_front: bool,
}

/// Where a place lies behind the hairline.
struct Behind {
    way_mm: f64,
    distance_mm: f64,
}

impl FrontLine {
    pub(super) fn of(plan: &Plan, region: &TriMesh, zones: &HeadZones) -> Self {
        let drawn: Vec<Point> = plan.boundary_mm.iter().copied().map(Point::from).collect();
        let following = drawn.iter().cycle().skip(1);
        let drawn: Vec<[Point; 2]> = drawn.iter().zip(following).map(|(from, to)| [*from, *to]).collect();
        let drawn = SurfaceIndex::of_segments(&drawn);
        let near_mm = plan.case.boundary.snap_tolerance_mm + NEAR_DRAWN_MM;
        let (mut pieces, mut ends, mut way_mm) = (Vec::new(), Vec::new(), 0.0);
        for run in open_loops(region) {
            let at = |k: usize| region.vertices()[run[k % run.len()] as usize];
            let near: Vec<bool> = (0..run.len())
                .into_par_iter()
                .map(|k| drawn.is_within(&nalgebra::center(&at(k), &at(k + 1)), near_mm))
                .collect();
            // The edge of a keep-out comes near the line at most for a part of its way.
            if 2 * near.iter().filter(|near| **near).count() < run.len() {
                continue;
            }
            for (k, near) in near.into_iter().enumerate() {
                let (from, to) = (at(k), at(k + 1));
                let zone = zones.of(&nalgebra::center(&from, &to));
                let length_mm = nalgebra::distance(&from, &to);
                let is_front = near && matches!(zone, Zone::Frontal | Zone::Temples);
                pieces.push(Piece { from, way_mm, length_mm, is_front });
                ends.push([from, to]);
                way_mm += length_mm;
            }
            // No stretch goes over from one loop to the next.
            way_mm += 2.0 * STRETCH_MM;
        }
        Self { index: SurfaceIndex::of_segments(&ends), pieces }
    }

    fn behind(&self, place: &Point) -> Option<Behind> {
        self.of_hit(&self.index.closest_within(place, REACH_MM)?)
    }

    fn of_hit(&self, hit: &SurfaceHit) -> Option<Behind> {
        let piece = self.pieces.get(hit.at.triangle as usize).filter(|piece| piece.is_front)?;
        let way_mm = piece.way_mm + nalgebra::distance(&piece.from, &hit.position);
        Some(Behind { way_mm, distance_mm: hit.distance_mm })
    }

    /// Numbers of the cells of that length which the hairline goes through from end to end.
    fn whole_cells(&self, cell_mm: f64) -> Vec<u64> {
        const WHOLE: f64 = 0.95;
        let mut covered: BTreeMap<u64, f64> = BTreeMap::new();
        for piece in self.pieces.iter().filter(|piece| piece.is_front) {
            let (start, end) = (piece.way_mm / cell_mm, (piece.way_mm + piece.length_mm) / cell_mm);
            for cell in start as u64..=end as u64 {
                let part = end.min(cell as f64 + 1.0) - start.max(cell as f64);
                *covered.entry(cell).or_default() += part.max(0.0);
            }
        }
        covered.into_iter().filter(|(_, share)| *share >= WHOLE).map(|(cell, _)| cell).collect()
    }
}

/// The hairline with the dots behind it.
pub(super) struct Front<'a> {
    line: &'a FrontLine,
    /// All dots behind it, with their distance, mm.
    pub(super) dots: Vec<(&'a Dot, f64)>,
    /// The first dot of each cell, along the line.
    pub(super) first: Vec<First>,
    cell_mm: f64,
}

/// The dot of a cell that is nearest to the line.
pub(super) struct First {
    pub(super) cell: u64,
    pub(super) place: Point,
    distance_mm: f64,
}

impl<'a> Front<'a> {
    /// None without a hairline that dots stand behind.
    pub(super) fn of(line: &'a FrontLine, dots: &'a [Dot]) -> Option<Self> {
        let behind = |dot: &'a Dot| Some((dot, line.behind(&place(dot))?));
        let behind: Vec<(&Dot, Behind)> = dots.par_iter().filter_map(behind).collect();
        let full = |at: &Behind| (FULL_MM[0]..FULL_MM[1]).contains(&at.distance_mm);
        let mut spacings_mm: Vec<f64> =
            behind.iter().filter(|(_, at)| full(at)).map(|(dot, _)| dot.spacing_mm).filter(|mm| *mm > 0.0).collect();
        spacings_mm.sort_unstable_by(f64::total_cmp);
        let cell_mm = CELL_SPACINGS * spacings_mm.get(spacings_mm.len() / 2)?;
        let mut nearest: BTreeMap<u64, First> = BTreeMap::new();
        for (dot, at) in &behind {
            let cell = (at.way_mm / cell_mm) as u64;
            let first = First { cell, place: place(dot), distance_mm: at.distance_mm };
            match nearest.get(&cell) {
                Some(before) if before.distance_mm <= first.distance_mm => {}
                _ => {
                    nearest.insert(cell, first);
                }
            }
        }
        let whole = line.whole_cells(cell_mm);
        let count = whole.len();
        let first: Vec<First> = whole.into_iter().filter_map(|cell| nearest.remove(&cell)).collect();
        let dots = behind.into_iter().map(|(dot, at)| (dot, at.distance_mm)).collect();
        // Where most of the line has no dot behind it, it is not treated.
        (first.len() >= LEAST_CELLS && 2 * first.len() >= count).then_some(Self { line, dots, first, cell_mm })
    }

    /// Runs of cells over [`STRETCH_MM`] of the line.
    pub(super) fn stretches(&self) -> impl Iterator<Item = &[First]> {
        let cells = (STRETCH_MM / self.cell_mm).ceil().max(2.0) as usize;
        let is_run = move |run: &&[First]| match run {
            [first, .., last] => last.cell - first.cell < 2 * cells as u64,
            _ => false,
        };
        self.first.windows(cells.min(self.first.len())).filter(is_run)
    }

    /// How far the first dots vary about their mean distance, placed at the stretch where they vary least.
    pub(super) fn roughness_mm(&self) -> Option<Placed> {
        let evenest = self.stretches().min_by(|a, b| spread_mm(a).total_cmp(&spread_mm(b)))?;
        Some(Placed::around(spread_mm(&self.first), evenest.iter().map(|first| &first.place)))
    }

    /// Way from a tenth to nine tenths of the full density, by dots and area in strips along the line.
    pub(super) fn ramp_mm(&self, region: &TriMesh) -> Option<f64> {
        let strip = |distance_mm: f64| ((distance_mm / STRIP_MM) as usize).min(STRIPS - 1);
        let mut counts = [0.0; STRIPS];
        for (_, distance_mm) in &self.dots {
            counts[strip(*distance_mm)] += 1.0;
        }
        // How far the line was from a place tells how far to look from the next one, or that it is too far from there.
        let hit = |place: Point, before: &mut Option<(Point, f64)>| {
            let looked = before.map(|(at, mm)| (mm, nalgebra::distance(&at, &place)));
            if looked.is_some_and(|(mm, gone_mm)| mm - gone_mm > REACH_MM) {
                return None;
            }
            let reach_mm = looked.map_or(FAR_MM, |(mm, gone_mm)| FAR_MM.min(mm + gone_mm + SLACK_MM));
            let hit = self.line.index.closest_within(&place, reach_mm);
            *before = Some((place, hit.map_or(FAR_MM, |hit| hit.distance_mm)));
            hit.filter(|hit| hit.distance_mm <= REACH_MM)
        };
        let of_triangle = |t: u32, before: &mut Option<(Point, f64)>, areas: &mut Vec<(usize, f64)>| {
            // A triangle that is far from the line with all it has is not cut.
            let corners = region.corners(t);
            let edge_mm = (0..3).map(|k| nalgebra::distance(&corners[k], &corners[(k + 1) % 3])).fold(0.0, f64::max);
            let cuts = (edge_mm / PIECE_MM).ceil().clamp(1.0, 64.0) as u32;
            if cuts == 1 || self.line.index.is_within(&region.middle(t), REACH_MM + edge_mm) {
                let area_mm2 = region.triangle_area_mm2(t) / f64::from(cuts * cuts);
                for middle in middles(&corners, cuts) {
                    let behind = hit(middle, before).and_then(|hit| self.line.of_hit(&hit));
                    areas.extend(behind.map(|at| (strip(at.distance_mm), area_mm2)));
                }
            }
        };
        let count = region.triangles().len() as u32;
        let pieces: Vec<Vec<(usize, f64)>> = (0..count.div_ceil(TRIANGLES))
            .into_par_iter()
            .map(|chunk| {
                let (mut before, mut areas) = (None, Vec::new());
                for t in chunk * TRIANGLES..count.min((chunk + 1) * TRIANGLES) {
                    of_triangle(t, &mut before, &mut areas);
                }
                areas
            })
            .collect();
        let mut areas_mm2 = [0.0; STRIPS];
        for (strip, area_mm2) in pieces.concat() {
            areas_mm2[strip] += area_mm2;
        }
        let range = strip(FULL_MM[0])..strip(FULL_MM[1]);
        let (dots, area_mm2) = (counts[range.clone()].iter().sum::<f64>(), areas_mm2[range].iter().sum::<f64>());
        let full = if area_mm2 > 0.0 { dots / area_mm2 } else { return None };
        let shares: Vec<f64> = counts.iter().zip(areas_mm2).map(|(dots, area)| dots / area.max(1e-9) / full).collect();
        let [low, high] = [0.1, 0.9].map(|share| rise_mm(&shares, share));
        Some(high? - low?)
    }
}

/// Where values in strips first reach a share, mm, between the middles of strips.
fn rise_mm(shares: &[f64], wanted: f64) -> Option<f64> {
    let at = shares.iter().position(|share| *share >= wanted)?;
    let Some(before) = at.checked_sub(1) else { return Some(0.0) };
    let part = (wanted - shares[before]) / (shares[at] - shares[before]);
    Some((before as f64 + 0.5 + part) * STRIP_MM)
}

/// Middles of the equal pieces of a triangle whose edges are cut into so many parts.
fn middles([a, b, c]: &[Point; 3], cuts: u32) -> impl Iterator<Item = Point> {
    let (u, v) = ((b - a) / f64::from(cuts), (c - a) / f64::from(cuts));
    let at = move |i: f64, j: f64| a + u * i + v * j;
    (0..cuts).flat_map(move |i| {
        (0..cuts - i).flat_map(move |j| {
            let (i, j, third) = (f64::from(i), f64::from(j), 1.0 / 3.0);
            let upright = at(i + third, j + third);
            let turned = (i + j + 2.0 <= f64::from(cuts)).then(|| at(i + 2.0 * third, j + 2.0 * third));
            std::iter::once(upright).chain(turned)
        })
    })
}

/// Standard deviation of the distances, mm.
fn spread_mm(first: &[First]) -> f64 {
    let count = first.len() as f64;
    let mean_mm = first.iter().map(|first| first.distance_mm).sum::<f64>() / count;
    (first.iter().map(|first| (first.distance_mm - mean_mm).powi(2)).sum::<f64>() / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_triangle_are_equal_and_all_of_it() {
        let corners = [Point::origin(), Point::new(4.0, 0.0, 0.0), Point::new(0.0, 4.0, 0.0)];
        for cuts in [1, 2, 5] {
            let pieces: Vec<Point> = middles(&corners, cuts).collect();
            assert_eq!(pieces.len(), (cuts * cuts) as usize);
            // Their mean is the triangle's middle.
            let mean = pieces.iter().fold(Point::origin(), |sum, p| sum + p.coords) / f64::from(cuts * cuts);
            assert!((mean - Point::new(4.0 / 3.0, 4.0 / 3.0, 0.0)).norm() < 1e-12);
        }
    }

    #[test]
    fn a_share_is_reached_between_strips() {
        assert_eq!(rise_mm(&[1.0, 1.0], 0.9), Some(0.0));
        let rises = rise_mm(&[0.0, 0.5, 1.0], 0.75).unwrap();
        assert!((rises - 2.0).abs() < 1e-12, "{rises}");
        assert_eq!(rise_mm(&[0.0, 0.5], 0.9), None);
    }
}
