//! Which piece of a scan is the skin, what is taken out of it, and what stays.

use std::collections::BTreeSet;
use std::f64::consts::{PI, TAU};
use std::path::Path;

use proptest::prelude::*;
use tonsure::Result;
use tonsure::error::{Finding, Severity};
use tonsure::geometry::{Placement, Point, Units, Vector};
use tonsure::mesh::{SurfaceIndex, SurfacePoint, Topology, TriMesh, load, smoothed_normals, submesh};
use tonsure::region::{Options, Region, Scalp};

const RADIUS: f64 = 80.0;

/// A piece of a scan: vertices and triangles.
type Piece = (Vec<Point>, Vec<[u32; 3]>);

/// Part of a sphere around the pole out to `polar` from it (all of it with π), in rings of 64, facing outwards.
fn cap(radius: f64, polar: f64) -> Piece {
    ring(radius, 0.0, polar)
}

/// The same without what is nearer than `inner` to the pole.
fn ring(radius: f64, inner: f64, outer: f64) -> Piece {
    const SECTORS: u32 = 64;
    let rings = ((outer - inner) / 0.05).round().max(1.0) as u32;
    let mut vertices = Vec::new();
    for i in 0..=rings {
        let (out, up) = (inner + (outer - inner) * f64::from(i) / f64::from(rings)).sin_cos();
        let spoke = |k: u32| (f64::from(k) / f64::from(SECTORS) * TAU).sin_cos();
        let place = |(sin, cos): (f64, f64)| Point::new(radius * out * cos, radius * out * sin, radius * up);
        vertices.extend((0..SECTORS).map(spoke).map(place));
    }
    let id = |i: u32, k: u32| match i {
        0 if inner == 0.0 => 0,
        _ if i == rings && outer >= PI => rings * SECTORS,
        _ => i * SECTORS + k % SECTORS,
    };
    let cells = (0..rings).flat_map(|i| (0..SECTORS).map(move |k| (i, k)));
    let halves = cells
        .flat_map(|(i, k)| [[id(i, k), id(i + 1, k), id(i + 1, k + 1)], [id(i, k), id(i + 1, k + 1), id(i, k + 1)]]);
    let triangles = halves.filter(|&[a, b, c]| a != b && b != c && c != a).collect();
    (vertices, triangles)
}

/// A triangle that stands on the sphere's skin, `height` high.
fn fin(at: Vector, height: f64) -> Piece {
    let out = at.normalize();
    let along = out.cross(&Vector::new(0.3, 0.5, 0.8)).normalize();
    let foot = Point::from(out * RADIUS);
    (vec![foot, foot + along * height, foot + out * height], vec![[0, 1, 2]])
}

/// A closed box.
fn slab(min: [f64; 3], max: [f64; 3]) -> Piece {
    let corner = |i: usize| Point::new([min, max][i & 1][0], [min, max][i >> 1 & 1][1], [min, max][i >> 2][2]);
    let quads = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let triangles = quads.into_iter().flat_map(|[a, b, c, d]: [u32; 4]| [[a, b, c], [a, c, d]]).collect();
    ((0..8).map(corner).collect(), triangles)
}

fn flipped((vertices, triangles): Piece) -> Piece {
    (vertices, triangles.into_iter().map(|[a, b, c]| [a, c, b]).collect())
}

/// All pieces as one scan, in this order.
fn scan(pieces: &[Piece]) -> TriMesh {
    let (mut vertices, mut triangles) = (Vec::new(), Vec::new());
    for (places, corners) in pieces {
        let shift = vertices.len() as u32;
        vertices.extend(places);
        triangles.extend(corners.iter().map(|t| t.map(|v| v + shift)));
    }
    submesh(&TriMesh::new(vertices, triangles).unwrap(), |_| true).unwrap().0
}

/// A line around the pole, 1 rad from it.
fn line(radius: f64) -> Vec<Point> {
    wavy(radius, 0.0)
}

/// The same, up to `wobble` off the sphere on either side.
fn wavy(radius: f64, wobble: f64) -> Vec<Point> {
    let place = |k: u32| {
        let angle = f64::from(k) / 120.0 * TAU;
        let r = radius + wobble * (11.0 * angle).sin();
        let (out, up) = 1f64.sin_cos();
        Point::new(r * out * angle.cos(), r * out * angle.sin(), r * up)
    };
    (0..120).map(place).collect()
}

fn prepare(scan: &TriMesh, points: &[Point], inside: Point) -> Result<(Scalp, Region)> {
    let scalp = Scalp::prepare(scan.clone(), SurfaceIndex::build(scan), points, inside)?;
    let region = Region::build(&scalp, points, inside, &[], &Options::default())?;
    Ok((scalp, region))
}

fn on_pole(scan: &TriMesh, points: &[Point]) -> (Scalp, Region) {
    prepare(scan, points, Point::new(0.5, 0.3, RADIUS + 0.5)).unwrap()
}

/// The corners of the triangles, sorted: what must be the same bits.
fn triangle_set(mesh: &TriMesh) -> BTreeSet<[[u64; 3]; 3]> {
    let bits = |p: Point| [p.x, p.y, p.z].map(f64::to_bits);
    (0..mesh.triangles().len() as u32).map(|t| mesh.corners(t).map(bits)).collect()
}

#[track_caller]
fn finding<'a>(scalp: &'a Scalp, code: &str) -> &'a Finding {
    let found = scalp.findings.iter().find(|finding| finding.code == code);
    found.unwrap_or_else(|| panic!("no {code} in {:?}", scalp.findings))
}

/// The region lies on the sphere of this radius, and is the cap inside the line.
#[track_caller]
fn assert_on(region: &Region, radius: f64) {
    let off = region.mesh.vertices().iter().map(|v| (v.coords.norm() - radius).abs()).fold(0.0, f64::max);
    assert!(off < 0.15, "{off} mm off the sphere of {radius} mm");
    let area = TAU * radius * radius * (1.0 - 1f64.cos());
    assert!((region.area_mm2 / area - 1.0).abs() < 0.02, "{} mm² instead of {area}", region.area_mm2);
}

#[test]
fn second_sheets_over_and_under_the_skin_are_taken_out() {
    let skin = scan(&[cap(RADIUS, PI)]);
    for offset in [-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0] {
        for polar in [0.3, 1.3] {
            // First in the file or last, facing either way.
            let ghost = cap(RADIUS + offset, polar);
            for pieces in [[ghost.clone(), cap(RADIUS, PI)], [cap(RADIUS, PI), flipped(ghost)]] {
                let (scalp, region) = on_pole(&scan(&pieces), &line(RADIUS));
                assert_eq!(triangle_set(&scalp.mesh), triangle_set(&skin), "{offset} mm, {polar} rad");
                assert_on(&region, RADIUS);
                let told = finding(&scalp, "second-sheet");
                assert_eq!((told.count, told.severity), (1, Severity::Warn));
                let far = format!("{:.2}", offset.abs());
                assert!(told.message.contains(&format!("to {far} mm off it")), "{}", told.message);
                let [low, high] = told.bounds_mm.unwrap();
                assert!((high[2] - RADIUS - offset).abs() < 1e-9 && low[2] > 0.0, "{:?}", told.bounds_mm);
            }
        }
    }
}

#[test]
fn a_sheet_3_mm_off_or_one_that_rises_stays_as_an_obstacle() {
    let (mut vertices, triangles) = cap(RADIUS + 1.0, 0.5);
    for v in &mut vertices {
        // From 1 mm at x = -38 to 5 mm at x = 38.
        v.z += 2.0 + 2.0 * v.x / 38.0;
    }
    for ghost in [cap(RADIUS + 3.0, 0.3), (vertices, triangles)] {
        let both = scan(&[cap(RADIUS, PI), ghost]);
        let (scalp, region) = on_pole(&both, &line(RADIUS));
        assert_eq!(scalp.mesh, both);
        assert_on(&region, RADIUS);
        assert_eq!((finding(&scalp, "obstacles").count, finding(&scalp, "obstacles").severity), (1, Severity::Warn));
    }
}

#[test]
fn a_second_sheet_over_a_hole_leaves_the_hole() {
    let open = ring(RADIUS, 0.1, PI);
    let points = line(RADIUS);
    let (scalp, _) =
        prepare(&scan(&[open.clone(), cap(RADIUS + 1.0, 0.6)]), &points, Point::new(30.0, 0.0, 74.0)).unwrap();
    assert_eq!(triangle_set(&scalp.mesh), triangle_set(&scan(&[open])));
    // A cap of 8 mm around the hole's middle, 1 mm higher.
    let told = finding(&scalp, "second-sheet");
    let bare: f64 = told.message.split("; ").nth(2).unwrap().split(' ').next().unwrap().parse().unwrap();
    let expected = TAU * 81.0 * 81.0 * (1.0 - 0.1f64.cos());
    assert!((bare / expected - 1.0).abs() < 0.3, "{bare} instead of {expected} mm²");
}

#[test]
fn the_patch_that_fills_a_hole_is_no_second_sheet() {
    // A strip all of which is within 2 mm of the skin beside it.
    let pieces = [ring(RADIUS, 0.335, PI), ring(RADIUS, 0.301, 0.334), cap(RADIUS, 0.3)];
    let all = scan(&pieces);
    let (scalp, _) = prepare(&all, &line(RADIUS), Point::new(40.0, 0.0, 69.0)).unwrap();
    assert_eq!(scalp.mesh, all);
    assert!(!scalp.findings.iter().any(|finding| finding.code == "second-sheet"), "{:?}", scalp.findings);
    let torn = finding(&scalp, "skin-torn");
    assert!(torn.count >= 64 && torn.severity == Severity::Warn, "{torn:?}");
}

#[test]
fn of_two_whole_heads_the_line_or_the_outside_decides() {
    for (drawn_on, expected) in [(80.0, 80.0), (81.0, 81.0), (80.5, 81.0), (82.9, 81.0)] {
        for radii in [[80.0, 81.0], [81.0, 80.0]] {
            let both = scan(&radii.map(|radius| cap(radius, PI)));
            let (scalp, region) = on_pole(&both, &line(drawn_on));
            assert_on(&region, expected);
            assert_eq!(finding(&scalp, "second-sheet").count, 1);
        }
    }
    // Points up to 3 mm off on either side, as on a surface that is only roughly known.
    for wall in [1.0, 2.0, 3.0] {
        let both = scan(&[cap(RADIUS - wall, PI), cap(RADIUS, PI)]);
        let (_, region) = on_pole(&both, &wavy(RADIUS, 2.9));
        assert_on(&region, RADIUS);
    }
}

/// A shell whose walls are joined at a neck 2.6 rad from the pole.
fn shell(wall: f64) -> TriMesh {
    const NECK: f64 = 2.6;
    let (outer, inner) = (cap(RADIUS, NECK), flipped(cap(RADIUS - wall, NECK)));
    let apart = scan(&[inner, outer]);
    let rim = |radius: f64| {
        let height = radius * NECK.cos();
        let on_rim = move |p: &Point| (p.coords.norm() - radius).abs() < 1e-6 && (p.z - height).abs() < 1e-6;
        (0..).zip(apart.vertices()).filter(move |(_, p)| on_rim(p)).map(|(v, _)| v).collect::<Vec<u32>>()
    };
    let (low, high) = (rim(RADIUS - wall), rim(RADIUS));
    let bridge = (0..64).flat_map(|k| {
        let next = (k + 1) % 64;
        [[high[k], low[k], high[next]], [high[next], low[k], low[next]]]
    });
    let triangles = apart.triangles().iter().copied().chain(bridge).collect();
    TriMesh::new(apart.vertices().to_vec(), triangles).unwrap()
}

#[test]
fn all_points_go_to_the_outer_wall_of_a_shell() {
    for wall in [1.0, 2.0, 3.0] {
        let scan = shell(wall);
        assert_eq!((Topology::build(&scan).component_count(), Topology::build(&scan).open_edges()), (1, 0));
        for (off, wobble) in [(0.0, 2.9), (-wall, 0.0), (-wall / 2.0, 0.4), (2.0, 0.5)] {
            let inside = Point::new(0.5, 0.3, RADIUS - wall);
            let (scalp, region) = prepare(&scan, &wavy(RADIUS + off, wobble), inside).unwrap();
            assert_eq!(scalp.mesh, scan);
            assert_on(&region, RADIUS);
        }
    }
}

#[test]
fn fins_and_crumbs_go_and_larger_things_stay() {
    let head = cap(RADIUS, PI);
    let fins = [fin(Vector::z(), 5.0), fin(Vector::new(0.3, 0.1, 1.0), 3.0)];
    let (mut crumb, face) = fin(Vector::new(-0.2, 0.1, 1.0), 2.0);
    crumb.iter_mut().for_each(|p| *p += Vector::new(0.0, 0.0, 3.0));
    let small = scan(&[fins[0].clone(), head.clone(), fins[1].clone(), (crumb, face)]);
    let (scalp, region) = on_pole(&small, &line(RADIUS));
    assert_eq!(triangle_set(&scalp.mesh), triangle_set(&scan(std::slice::from_ref(&head))));
    assert_on(&region, RADIUS);
    let told = finding(&scalp, "crumbs");
    assert_eq!((told.count, told.severity), (3, Severity::Warn));

    let large = [fin(Vector::z(), 12.0), slab([-3.0, -3.0, 84.0], [3.0, 3.0, 88.0])];
    let all = scan(&[large[0].clone(), head.clone(), large[1].clone()]);
    let (scalp, region) = on_pole(&all, &line(RADIUS));
    assert_eq!(scalp.mesh, all);
    assert_on(&region, RADIUS);
    assert_eq!(finding(&scalp, "obstacles").count, 2);

    // On the other side of the head the same is worth knowing only.
    let (scalp, _) = on_pole(&scan(&[head, fin(-Vector::z(), 5.0)]), &line(RADIUS));
    assert_eq!(finding(&scalp, "crumbs").severity, Severity::Pass);
}

#[test]
fn headrests_and_inner_pieces_stay_and_catch_nothing() {
    let rest = slab([-60.0, -90.0, -60.0], [60.0, -78.0, 75.0]);
    let eye = |x: f64| {
        let (vertices, triangles) = cap(12.0, PI);
        (vertices.into_iter().map(|p| p + Vector::new(x, 55.0, 0.0)).collect(), triangles)
    };
    let all = scan(&[rest, eye(-30.0), cap(RADIUS, PI), eye(30.0)]);
    let (scalp, region) = on_pole(&all, &wavy(RADIUS, 1.0));
    assert_eq!(scalp.mesh, all);
    assert_on(&region, RADIUS);
    assert_eq!(finding(&scalp, "obstacles").count, 1);
    assert_eq!(finding(&scalp, "pieces-under-skin").count, 2);
}

#[test]
fn a_skin_that_faces_inwards_is_turned() {
    let open = cap(RADIUS, 2.0);
    let ghost = cap(RADIUS + 1.0, 0.4);
    let (scalp, region) = on_pole(&scan(&[flipped(open.clone()), ghost]), &line(RADIUS));
    assert_eq!(finding(&scalp, "skin-turned").count, open.1.len());
    let outwards = |mesh: &TriMesh| {
        (0..mesh.triangles().len() as u32).all(|t| mesh.normal(t).dot(&mesh.corners(t)[0].coords) > 0.0)
    };
    assert!(outwards(&scalp.mesh) && outwards(&region.mesh));
    let (scalp, _) = on_pole(&scan(&[open]), &line(RADIUS));
    assert!(scalp.findings.is_empty(), "{:?}", scalp.findings);
}

#[test]
fn a_line_over_torn_skin_is_refused_with_the_seam() {
    let half = |sign: f64| {
        let whole = scan(&[cap(RADIUS, PI)]);
        let part = submesh(&whole, |t| whole.corners(t).iter().map(|p| p.x).sum::<f64>() * sign > 0.0).unwrap().0;
        let (mut vertices, triangles) = part.into_parts();
        vertices.iter_mut().for_each(|v| v.x += 0.02 * sign);
        (vertices, triangles)
    };
    let torn = scan(&[half(1.0), half(-1.0)]);
    let error = prepare(&torn, &line(RADIUS), Point::new(1.0, 0.0, RADIUS)).unwrap_err().to_string();
    for part in ["on other pieces of the scan", "open edges", "0.1 mm", "weld"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn nothing_is_done_to_a_lone_whole_skin_or_without_skin_under_the_line() {
    let skin = scan(&[cap(RADIUS, PI)]);
    let (scalp, _) = on_pole(&skin, &line(RADIUS));
    assert!(scalp.mesh == skin && scalp.findings.is_empty());
    let both = scan(&[cap(RADIUS, PI), cap(RADIUS - 30.0, PI)]);
    let scalp =
        Scalp::prepare(both.clone(), SurfaceIndex::build(&both), &line(RADIUS + 20.0), Point::origin()).unwrap();
    assert_eq!(scalp.mesh, both);
    let error = Region::build(&scalp, &line(RADIUS + 20.0), Point::new(0.0, 0.0, 81.0), &[], &Options::default());
    assert!(error.unwrap_err().to_string().contains("mm away from the scan's surface"));
}

/// Patches of the scalp once more, over and under the skin, on each real head.
#[test]
fn ghosts_of_real_scalps_go_and_the_heads_stay() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes"));
    if !folder.exists() {
        eprintln!("skipped: {} is absent", folder.display());
        return;
    }
    let heads = [
        ("tub_head", "ply", Units::Millimetre),
        ("lee_perry_smith", "glb", Units::Metre),
        ("ict_neutral", "obj", Units::Centimetre),
        ("colin27_scalp", "ply", Units::Millimetre),
        ("icbm152_bem", "stl", Units::Metre),
    ];
    for (name, extension, units) in heads {
        let head = load(&folder.join(format!("{name}.{extension}")), Some(units)).unwrap().mesh;
        let json = std::fs::read_to_string(folder.join(format!("{name}.hairline.json"))).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let point = |value: &serde_json::Value| {
            let coordinate = |i: usize| value[i].as_f64().unwrap() * units.in_mm();
            Point::new(coordinate(0), coordinate(1), coordinate(2))
        };
        let drawn: Vec<Point> = json["hairline"].as_array().unwrap().iter().map(point).collect();
        let inside = point(&json["inside_point"]);
        let clean = Scalp::prepare(head.clone(), SurfaceIndex::build(&head), &drawn, inside).unwrap();
        let in_region = |finding: &&Finding| {
            ["second-sheet", "crumbs"].contains(&&*finding.code) && finding.severity == Severity::Warn
        };
        assert_eq!(clean.findings.iter().find(in_region), None, "{name}");
        let facets: Vec<SurfacePoint> = (0..clean.mesh.triangles().len() as u32)
            .map(|triangle| SurfacePoint { triangle, weights: [1.0 / 3.0; 3] })
            .collect();
        let normals = smoothed_normals(&clean.mesh, &clean.index, &facets, 3.0);
        let component = |t: u32| clean.topology.components()[t as usize];
        let skin = component(clean.index.closest(&inside).unwrap().at.triangle);
        for (offset, reach) in [(-1.2, 40.0), (0.5, 90.0), (2.0, 30.0)] {
            let is_ghost = |t: u32| component(t) == skin && (clean.mesh.corners(t)[0] - inside).norm() < reach;
            let (patch, sources) = submesh(&clean.mesh, is_ghost).unwrap();
            let mut sums = vec![Vector::zeros(); patch.vertices().len()];
            for (corners, &source) in patch.triangles().iter().zip(&sources) {
                corners.iter().for_each(|&v| sums[v as usize] += normals[source as usize].normal);
            }
            let (mut vertices, triangles) = patch.into_parts();
            vertices.iter_mut().zip(sums).for_each(|(v, sum)| *v += sum.normalize() * offset);
            let haunted =
                scan(&[(vertices, triangles), (clean.mesh.vertices().to_vec(), clean.mesh.triangles().to_vec())]);
            let scalp = Scalp::prepare(haunted.clone(), SurfaceIndex::build(&haunted), &drawn, inside).unwrap();
            let shown = format!("{name} {offset} mm: {:#?}", scalp.findings);
            assert_eq!(triangle_set(&scalp.mesh), triangle_set(&clean.mesh), "{shown}");
            assert!(scalp.findings.iter().any(|f| f.code == "second-sheet" && f.severity == Severity::Warn), "{shown}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Any mixture, turned and moved: what goes is whole pieces, what stays is bit-exact and in order, and the choice
    /// moves with the scan.
    #[test]
    fn the_choice_moves_with_the_scan(
        offsets in prop::collection::vec((-2.5..2.5_f64, 0.1..0.9_f64), 0..3),
        heights in prop::collection::vec(1.0..14.0_f64, 0..3),
        turn in prop::array::uniform3(-3.0..3.0_f64), shift in prop::array::uniform3(-500.0..500.0_f64),
    ) {
        let mut pieces: Vec<Piece> = offsets.iter().map(|&(offset, polar)| cap(RADIUS + offset, polar)).collect();
        pieces.push(cap(RADIUS, PI));
        pieces.extend(heights.iter().map(|&height| fin(Vector::new(height / 20.0, 0.2, 1.0), height)));
        let here = scan(&pieces);
        let (scalp, region) = on_pole(&here, &line(RADIUS));

        let placed = Placement::new(&nalgebra::Rotation3::new(Vector::from(turn)), &Vector::from(shift));
        let moved = TriMesh::new(here.vertices().iter().map(|v| placed.point(v)).collect(), here.triangles().to_vec()).unwrap();
        let points: Vec<Point> = line(RADIUS).iter().map(|p| placed.point(p)).collect();
        let (there, moved_region) = prepare(&moved, &points, placed.point(&Point::new(0.5, 0.3, RADIUS + 0.5))).unwrap();
        prop_assert_eq!(scalp.mesh.triangles(), there.mesh.triangles());
        prop_assert!((region.area_mm2 / moved_region.area_mm2 - 1.0).abs() < 1e-3);
        let codes = |scalp: &Scalp| scalp.findings.iter().map(|f| (f.code.clone(), f.count)).collect::<Vec<_>>();
        prop_assert_eq!(codes(&scalp), codes(&there));

        let (before, after) = (triangle_set(&here), triangle_set(&scalp.mesh));
        prop_assert!(after.is_subset(&before));
        prop_assert!(triangle_set(&scan(&[cap(RADIUS, PI)])).is_subset(&after));
        let topology = Topology::build(&here);
        let kept = |t: u32| after.contains(&here.corners(t).map(|p| [p.x, p.y, p.z].map(f64::to_bits)));
        let whole = (0..here.triangles().len() as u32).map(|t| (topology.components()[t as usize], kept(t)));
        prop_assert!(whole.collect::<BTreeSet<_>>().len() == topology.component_count());
    }
}
