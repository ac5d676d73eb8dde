//! Hidden dots against a sight line that is compared with all triangles.

use std::collections::BTreeSet;

use rayon::prelude::*;
use tonsure::mesh::{SurfacePoint, smoothed_normals};
use tonsure::preview::HeadFrame;
use tonsure::sampling::{self, Domain, Spacing};

use super::*;

/// A sight line starts that far above the skin, as the sheet says, mm.
const LIFT_MM: f64 = 0.3;
/// Nearer to an edge than this a line may count as past it or not, mm.
const DOUBT_MM: f64 = 1e-9;
/// Edge of the squares of the drawing by which triangles are looked up, mm.
const SQUARE_MM: f64 = 4.0;

/// A scan as a view has it: to the right, up, towards the viewer. Each square of the drawing knows every triangle over it.
struct Seen {
    triangles: Vec<[Vector; 3]>,
    squares: BTreeMap<[i64; 2], Vec<u32>>,
}

fn square(x: f64, y: f64) -> [i64; 2] {
    [x, y].map(|c| (c / SQUARE_MM).floor() as i64)
}

impl Seen {
    fn of(scan: &TriMesh, turned: impl Fn(&Point) -> Vector) -> Self {
        let triangles: Vec<[Vector; 3]> =
            (0..scan.triangles().len() as u32).map(|t| scan.corners(t).map(|p| turned(&p))).collect();
        let mut squares: BTreeMap<[i64; 2], Vec<u32>> = BTreeMap::new();
        for (t, corners) in (0..).zip(&triangles) {
            let end = |k: usize, pick: fn(f64, f64) -> f64| corners.iter().map(|c| c[k]).reduce(pick).unwrap();
            let (low, high) = (square(end(0, f64::min), end(1, f64::min)), square(end(0, f64::max), end(1, f64::max)));
            for x in low[0]..=high[0] {
                for y in low[1]..=high[1] {
                    squares.entry([x, y]).or_default().push(t);
                }
            }
        }
        Self { triangles, squares }
    }

    /// Whether anything is over a place; none in doubt.
    fn covers(&self, place: &Vector) -> Option<bool> {
        let over = self.squares.get(&square(place.x, place.y)).map_or(&[][..], Vec::as_slice);
        let mut in_doubt = false;
        for &t in over {
            let corners = &self.triangles[t as usize];
            // Distances from the three edges, inwards; a triangle seen from its edge hides nothing.
            let cross = |a: &Vector, b: &Vector, p: &Vector| (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);
            let double_area = cross(&corners[0], &corners[1], &corners[2]);
            if double_area.abs() < 1e-12 {
                continue;
            }
            let weights = [0, 1, 2].map(|k| cross(&corners[(k + 1) % 3], &corners[(k + 2) % 3], place) / double_area);
            let inside_mm = (0..3)
                .map(|k| {
                    let edge = corners[(k + 2) % 3] - corners[(k + 1) % 3];
                    weights[k] * double_area.abs() / edge.xy().norm().max(1e-12)
                })
                .fold(f64::INFINITY, f64::min);
            let height_mm = (0..3).map(|k| weights[k] * corners[k].z).sum::<f64>() - place.z;
            let within = inside_mm.min(height_mm);
            if within > DOUBT_MM {
                return Some(true);
            }
            in_doubt |= within > -DOUBT_MM;
        }
        (!in_doubt).then_some(false)
    }
}

#[test]
fn views_hide_what_brute_force_finds_hidden_for_all_dots_of_three_real_heads() {
    for head in REAL_HEADS {
        let Some(RealHead { name, scalp, region, landmarks_mm }) = real_head(head) else { return };
        let options = sampling::Options { seed: 1, sheets_apart: false, frame: None, progress: &|_| {} };
        let spacing = Spacing::Constant(sampling::spacing_for_density_mm(60.0, region.mesh.area_mm2(), 0.0));
        let samples = sampling::sample(&Domain { mesh: &region.mesh, spacing }, &[], &options).unwrap().dots;
        let on_scan: Vec<SurfacePoint> = (samples.iter())
            .map(|sample| {
                let triangle = region.source_triangle[sample.at.triangle as usize];
                SurfacePoint::closest_in(&scalp.mesh, triangle, &sample.position)
            })
            .collect();
        let normals = smoothed_normals(&scalp.mesh, &scalp.topology, &on_scan, 3.0);
        let dots = samples.iter().zip(&normals).map(|(sample, normal)| Dot {
            position_mm: sample.position.into(),
            normal: normal.normal.into(),
            ..dot(&Vector::z(), 1.0)
        });
        let plan = Plan { landmarks_mm, ..plan_with(dots.collect(), 80.0) };
        let sheet_options = SheetOptions { dots: DotStyle::Named, ..SheetOptions::default() };
        let svg = drawn(&plan, &scalp.mesh, &region.mesh, sheet_options).unwrap().svg;
        let frame = HeadFrame::find(&plan.landmarks_mm, &region.mesh);
        assert!(frame.from_landmarks && plan.dots.len() > 20_000, "{name}: {} dots", plan.dots.len());
        for view in View::ALL {
            let [right, up, towards] = view.axes();
            let turned = |v: &Vector| Vector::new(v.dot(&right), v.dot(&up), v.dot(&towards));
            let seen = Seen::of(&scalp.mesh, |p| turned(&frame.point(p).coords));
            let expected: Vec<Option<bool>> = (plan.dots.par_iter())
                .map(|dot| {
                    let (place, normal) = (Point::from(dot.position_mm), Vector::from(dot.normal));
                    let facing = turned(&frame.direction(&normal)).z;
                    let from = turned(&frame.point(&(place + normal * LIFT_MM)).coords);
                    let shown = seen.covers(&from).map(|covered| !covered && facing > 0.0);
                    shown.filter(|_| facing.abs() > DOUBT_MM)
                })
                .collect();
            let start = format!("<circle id=\"{}-dot-", view.name());
            let shown: BTreeSet<u32> = (svg.match_indices(&start))
                .map(|(at, _)| {
                    let rest = &svg[at + start.len()..];
                    rest[..rest.find('"').unwrap()].parse().unwrap()
                })
                .collect();
            let doubtful = expected.iter().filter(|shown| shown.is_none()).count();
            assert!(doubtful <= 3, "{name}, {view:?}: {doubtful} in doubt");
            let wrong: Vec<u32> = (plan.dots.iter().zip(&expected))
                .filter(|(dot, expected)| expected.is_some_and(|expected| expected != shown.contains(&dot.id)))
                .map(|(dot, _)| dot.id)
                .collect();
            assert!(
                wrong.is_empty(),
                "{name}, {view:?}: {} of {} dots, such as {:?}",
                wrong.len(),
                shown.len(),
                wrong[0]
            );
            // Ears and brows hide some that face the viewer: the normal alone does not tell.
            assert!(shown.len() > 1000 && shown.len() < plan.dots.len(), "{name}, {view:?}: {} shown", shown.len());
        }
    }
}
