//! Tests: preview. A ball or an egg stands for the head; its front is -y, its left +x, as in the head's frame.

mod hidden;
#[cfg(feature = "png")]
mod pixels;

use std::collections::BTreeMap;
use std::f64::consts::{PI, TAU};
use std::path::Path;

use proptest::prelude::*;
use roxmltree::{Document, Node};
use tonsure::Result;
use tonsure::error::{Finding, Severity};
use tonsure::geometry::{Placement, Point, Units, Vector};
use tonsure::mesh::{self, SurfaceIndex, TriMesh};
use tonsure::plan::{Block, Dot, Plan, PlannedStop, SetupPlacement, Statistics};
use tonsure::preview::{
    Colour, DotStyle, Drawing, Look, LookOptions, Paper, Rgb, Sheet, SheetInput, SheetOptions, Unwrap, View,
    look_sheet, sheet,
};
use tonsure::region::{self, Region, Scalp};
use tonsure::rig;
use tonsure::schedule::HaltKind;

/// A place as seen: to the right, up, towards the viewer.
type Seen = fn(&[f64; 3]) -> [f64; 3];

/// A closed surface over directions on a grid of `2 n` meridians, wound outwards.
fn surface(n: u32, place: impl Fn(&Vector) -> Point) -> TriMesh {
    let direction = |i: u32, j: u32| {
        let (polar, turn) = (f64::from(i) / f64::from(n) * PI, f64::from(j) / f64::from(2 * n) * TAU);
        Vector::new(polar.sin() * turn.cos(), polar.sin() * turn.sin(), polar.cos())
    };
    let mut vertices = vec![place(&Vector::z()), place(&-Vector::z())];
    vertices.extend((1..n).flat_map(|i| (0..2 * n).map(move |j| (i, j))).map(|(i, j)| place(&direction(i, j))));
    let at = |i: u32, j: u32| match i {
        0 => 0,
        i if i == n => 1,
        i => 2 + (i - 1) * 2 * n + j % (2 * n),
    };
    let quads = (0..n).flat_map(|i| (0..2 * n).map(move |j| (i, j)));
    let halves = quads
        .flat_map(|(i, j)| [[at(i, j), at(i + 1, j), at(i + 1, j + 1)], [at(i, j), at(i + 1, j + 1), at(i, j + 1)]]);
    TriMesh::new(vertices, halves.filter(|t| t[0] != t[1] && t[1] != t[2] && t[2] != t[0]).collect()).unwrap()
}

pub(crate) fn ball(n: u32, radius: f64) -> TriMesh {
    surface(n, |direction| Point::from(direction * radius))
}

fn egg(n: u32, half_axes: [f64; 3]) -> TriMesh {
    surface(n, |direction| Point::from(direction.component_mul(&Vector::from(half_axes))))
}

/// The triangles that `keeps` wants, by their centres, with all vertices.
pub(crate) fn part(mesh: &TriMesh, keeps: impl Fn(&Point) -> bool) -> TriMesh {
    let kept = (0..mesh.triangles().len() as u32).filter(|&t| {
        let [a, b, c] = mesh.corners(t);
        keeps(&Point::from((a.coords + b.coords + c.coords) / 3.0))
    });
    let triangles = kept.map(|t| mesh.triangles()[t as usize]).collect();
    TriMesh::new(mesh.vertices().to_vec(), triangles).unwrap()
}

pub(crate) fn plan_with(mut dots: Vec<Dot>, radius: f64) -> Plan {
    dots.iter_mut().zip(0..).for_each(|(dot, id)| dot.id = id);
    let case = serde_json::from_value(serde_json::json!({
        "format": "tonsure-case/1", "name": "Ball", "mesh": {"file": "ball.ply", "units": "mm"},
        "boundary": {"file": "ball.hairline.json"}, "design": {"density_per_cm2": 60.0, "depth_mm": 0.5},
        "rig": "gantry-xyzab", "seed": 7,
    }));
    let landmarks =
        [("left_tragus", [radius, 0.0, 0.0]), ("right_tragus", [-radius, 0.0, 0.0]), ("vertex", [0.0, 0.0, radius])];
    Plan {
        format: tonsure::plan::FORMAT.to_owned(),
        parent: None,
        sha256: BTreeMap::new(),
        seed: 7,
        case: case.unwrap(),
        boundary_mm: Vec::new(),
        fiducials_mm: Vec::new(),
        contacts: Vec::new(),
        dwells_s: BTreeMap::new(),
        landmarks_mm: landmarks.map(|(name, place)| (name.to_owned(), place)).into(),
        rig: rig::builtin("gantry-xyzab").unwrap(),
        setups: BTreeMap::new(),
        blocks: Vec::new(),
        statistics: Statistics { count: dots.len(), ..Statistics::default() },
        dots,
        findings: Vec::new(),
    }
}

pub(crate) fn dot(direction: &Vector, radius: f64) -> Dot {
    Dot {
        id: 0,
        position_mm: (direction * radius).into(),
        normal: (*direction).into(),
        spacing_mm: 1.0,
        diameter_mm: 0.216,
        depth_mm: 0.5,
        session: 1,
        setup: Some("upright".to_owned()),
        tool: 1,
        order: None,
        existing: false,
        hair: false,
        normal_variation_rad: 0.0,
        patched: false,
    }
}

fn block(session: u32, dots: Vec<u32>) -> Block {
    let setup = "upright".to_owned();
    Block { session, setup, tool: 1, dots, ..Block::default() }
}

/// Directions spread evenly over the sphere along a Fibonacci spiral.
fn spiral(count: u32) -> impl Iterator<Item = Vector> {
    (0..count).map(move |k| {
        let z = 1.0 - (2.0 * f64::from(k) + 1.0) / f64::from(count);
        let turn = f64::from(k) * PI * (3.0 - 5.0_f64.sqrt());
        let radius = (1.0 - z * z).sqrt();
        Vector::new(radius * turn.cos(), radius * turn.sin(), z)
    })
}

/// A ball of 80 mm with dots above its middle, in three sessions, some not reached, some existing.
fn ball_plan(count: u32) -> Plan {
    let mut dots: Vec<Dot> = spiral(count).filter(|d| d.z > 0.05).map(|d| dot(&d, 80.0)).collect();
    for (id, dot) in dots.iter_mut().enumerate() {
        dot.session = id as u32 % 3 + 1;
        if id % 5 == 0 {
            dot.setup = None;
        }
        if id % 11 == 0 {
            (dot.existing, dot.session, dot.setup) = (true, 0, None);
        }
    }
    let session = |number: u32| {
        let struck = |(id, dot): (usize, &Dot)| (dot.session == number && dot.setup.is_some()).then_some(id as u32);
        let dots = dots.iter().enumerate().filter_map(struck).collect();
        block(number, dots)
    };
    let blocks = vec![session(1), session(2), session(3)];
    Plan { blocks, ..plan_with(dots, 80.0) }
}

fn ball_and_cap() -> (TriMesh, TriMesh) {
    let scan = ball(60, 80.0);
    let cap = part(&scan, |p| p.z > 0.0);
    (scan, cap)
}

fn drawn(plan: &Plan, scan: &TriMesh, region: &TriMesh, options: SheetOptions) -> Result<Sheet> {
    sheet(&SheetInput { plan, scan, index: &SurfaceIndex::build(scan), region }, options)
}

fn draw(plan: &Plan, scan: &TriMesh, region: &TriMesh) -> String {
    drawn(plan, scan, region, SheetOptions::default()).unwrap().svg
}

fn by_id<'a>(document: &'a Document<'_>, id: &str) -> Node<'a, 'a> {
    document.descendants().find(|node| node.attribute("id") == Some(id)).unwrap_or_else(|| panic!("no {id}"))
}

fn circles<'a>(node: Node<'a, 'a>) -> Vec<[f64; 3]> {
    let circles = node.descendants().filter(|node| node.has_tag_name("circle"));
    circles.map(|c| ["cx", "cy", "r"].map(|name| c.attribute(name).unwrap().parse().unwrap())).collect()
}

#[test]
fn sheet_is_well_formed_and_true_to_scale() {
    let (scan, cap) = ball_and_cap();
    let svg = draw(&ball_plan(400), &scan, &cap);
    let document = Document::parse(&svg).unwrap();
    let root = document.root_element();
    let millimetres = |name| root.attribute(name).and_then(|text: &str| text.strip_suffix("mm")).unwrap();
    assert_eq!(root.attribute("viewBox").unwrap(), format!("0 0 {} {}", millimetres("width"), millimetres("height")));
    let ids: Vec<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(ids.len(), unique.len(), "ids are unique");
    let group_mode = ("http://www.inkscape.org/namespaces/inkscape", "groupmode");
    for layer in ["unwrap", "unwrap-route", "unwrap-session-1", "front", "top", "left", "right", "back"] {
        assert_eq!(by_id(&document, layer).attribute(group_mode), Some("layer"), "{layer}");
    }
    // Nothing on the way from the root to a drawing changes its scale.
    let ancestors = by_id(&document, "top-session-1").ancestors();
    assert!(ancestors.filter_map(|node| node.attribute("transform")).all(|t| t.starts_with("translate(")));
}

#[test]
fn every_dot_is_one_bare_circle_in_the_unwrap_in_the_group_of_its_kind() {
    let (scan, cap) = ball_and_cap();
    let plan = ball_plan(3000);
    let svg = draw(&plan, &scan, &cap);
    let document = Document::parse(&svg).unwrap();
    assert_eq!(circles(by_id(&document, "unwrap")).len(), plan.dots.len());
    let count = |keep: &dyn Fn(&Dot) -> bool| plan.dots.iter().filter(|dot| keep(dot)).count();
    for session in 1..=3 {
        let group = |suffix: &str| circles(by_id(&document, &format!("unwrap-session-{session}{suffix}"))).len();
        assert_eq!(group(""), count(&|dot| dot.session == session && dot.setup.is_some()));
        assert_eq!(group("-not-reached"), count(&|dot| dot.session == session && dot.setup.is_none()));
    }
    assert_eq!(circles(by_id(&document, "unwrap-existing")).len(), count(&|dot| dot.existing));
    let longest = svg.lines().filter(|line| line.starts_with("<circle")).map(|line| line.len() + 1).max();
    assert!(longest.unwrap() <= 60, "{longest:?} bytes");
    let bare = document.descendants().filter(|node| node.has_tag_name("circle")).all(|c| c.attributes().len() == 3);
    assert!(bare, "circles carry their place and size only");
    assert!(circles(by_id(&document, "unwrap")).iter().all(|circle| circle[2].to_bits() == 0.108_f64.to_bits()));
}

#[test]
fn views_show_the_dots_that_face_the_viewer_in_the_axes_of_the_head() {
    let (scan, cap) = ball_and_cap();
    let plan = ball_plan(2000);
    let svg = draw(&plan, &scan, &cap);
    let document = Document::parse(&svg).unwrap();
    let views: [(&str, Seen); 5] = [
        ("front", |p| [p[0], p[2], -p[1]]),
        ("top", |p| [p[0], p[1], p[2]]),
        ("left", |p| [p[1], p[2], p[0]]),
        ("right", |p| [-p[1], p[2], -p[0]]),
        ("back", |p| [-p[0], p[2], p[1]]),
    ];
    for (name, seen) in views {
        let mut drawn: Vec<[i64; 2]> =
            circles(by_id(&document, name)).iter().map(|c| hundredths([c[0], c[1]])).collect();
        let facing = plan.dots.iter().map(|dot| seen(&dot.position_mm)).filter(|p| p[2] > 0.0);
        let mut expected: Vec<[i64; 2]> = facing.map(|p| hundredths([p[0], -p[1]])).collect();
        drawn.sort_unstable();
        expected.sort_unstable();
        assert_eq!(drawn.len(), expected.len(), "{name}");
        assert!(drawn.iter().zip(&expected).all(|(a, b)| a == b), "{name}");
    }
}

fn hundredths(place: [f64; 2]) -> [i64; 2] {
    place.map(|x| (x * 100.0).round() as i64)
}

#[test]
fn dots_behind_another_part_of_the_scan_are_hidden() {
    let (scan, cap) = ball_and_cap();
    let plan = ball_plan(1000);
    // A screen in front of the subject's left half.
    let (mut vertices, mut triangles) = scan.into_parts();
    let first = vertices.len() as u32;
    vertices.extend([(0.0, -90.0), (90.0, -90.0), (90.0, 90.0), (0.0, 90.0)].map(|(x, z)| Point::new(x, -85.0, z)));
    triangles.extend([[first, first + 1, first + 2], [first, first + 2, first + 3]]);
    let svg = draw(&plan, &TriMesh::new(vertices, triangles).unwrap(), &cap);
    let document = Document::parse(&svg).unwrap();
    let front = circles(by_id(&document, "front"));
    let bare = plan.dots.iter().filter(|dot| dot.position_mm[1] < 0.0 && dot.position_mm[0] < 0.0).count();
    assert_eq!(front.len(), bare);
    assert!(front.iter().all(|circle| circle[0] <= 0.0));
}

#[test]
fn hostile_names_stay_text() {
    let (scan, cap) = ball_and_cap();
    let mut plan = ball_plan(50);
    let hostile = "</title><script>alert('&amp;')</script>]]>-->\"\u{1}";
    plan.case.name = Some(hostile.to_owned());
    plan.landmarks_mm.insert(hostile.to_owned(), [0.0, 0.0, 80.0]);
    plan.case.keep_outs = vec![
        serde_json::from_value(serde_json::json!({
            "name": hostile, "centre": [0.0, 30.0, 74.0], "radius_mm": 5.0,
        }))
        .unwrap(),
    ];
    let svg = draw(&plan, &scan, &cap);
    assert!(!svg.contains("<script") && !svg.contains("<!--"));
    let document = Document::parse(&svg).unwrap();
    let shown = hostile.replace('\u{1}', "\u{fffd}");
    assert_eq!(document.root_element().first_element_child().unwrap().text(), Some(shown.as_str()));
    let tip = by_id(&document, "unwrap-keep-outs").descendants().find(|node| node.has_tag_name("title"));
    assert_eq!(tip.unwrap().text(), Some(shown.as_str()));
}

#[test]
fn missing_landmarks_are_said_in_the_drawing() {
    let (scan, cap) = ball_and_cap();
    let mut plan = ball_plan(50);
    let says = |plan: &Plan| draw(plan, &scan, &cap).contains("may be swapped");
    assert!(!says(&plan));
    plan.landmarks_mm.remove("vertex");
    assert!(says(&plan));
}

#[test]
fn route_can_be_switched_off_and_skips_no_dot() {
    let (scan, cap) = ball_and_cap();
    let plan = ball_plan(300);
    let shown = drawn(&plan, &scan, &cap, SheetOptions::default()).unwrap().svg;
    let hidden = drawn(&plan, &scan, &cap, SheetOptions { show_route: false, ..SheetOptions::default() }).unwrap().svg;
    let style = |svg: &str| by_id(&Document::parse(svg).unwrap(), "unwrap-route").attribute("style").map(str::to_owned);
    assert_eq!(style(&shown), None);
    assert_eq!(style(&hidden).as_deref(), Some("display:none"));
    // One relative step for each leg of the first block, whatever the colour.
    let document = Document::parse(&shown).unwrap();
    let steps = by_id(&document, "unwrap-route-0").descendants().filter_map(|node| node.attribute("d"));
    let legs: usize = steps.flat_map(|d| d.split('M').skip(1)).map(|run| pairs(run.split_once('l').unwrap().1)).sum();
    assert_eq!(legs, plan.blocks[0].dots.len() - 1);
}

/// How many pairs of numbers there are in relative path data.
fn pairs(data: &str) -> usize {
    let separated = data.replace('-', " -");
    separated.split_whitespace().count() / 2
}

#[test]
fn same_plan_same_bytes_on_one_thread_and_on_two() {
    let (scan, cap) = ball_and_cap();
    let plan = ball_plan(2000);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| draw(&plan, &scan, &cap))
    };
    assert!(on(1) == on(2));
}

#[test]
fn what_cannot_be_drawn_is_refused_with_its_place() {
    let (scan, cap) = ball_and_cap();
    let refusal = |change: &dyn Fn(&mut Plan)| {
        let mut plan = ball_plan(100);
        change(&mut plan);
        drawn(&plan, &scan, &cap, SheetOptions::default()).unwrap_err().to_string()
    };
    let text = refusal(&|plan| plan.dots[3].position_mm[0] = 1e300);
    assert!(
        text.starts_with("dot 3: found a dot at (1e300") || text.starts_with("dot 3: found a dot at (1000"),
        "{text}"
    );
    let text = refusal(&|plan| plan.dots[4].diameter_mm = f64::NAN);
    assert!(text.starts_with("dot 4: found a diameter of NaN mm; expected"), "{text}");
    let text = refusal(&|plan| plan.blocks[1].dots.push(9999));
    assert!(text.starts_with("block 1: found dot 9999; expected a dot of the plan"), "{text}");
    let empty = TriMesh::new(Vec::new(), Vec::new()).unwrap();
    let error = Unwrap::new(&empty, &-Vector::y()).unwrap_err().to_string();
    assert!(error.starts_with("found a region without area"), "{error}");
}

/// Long lines, which are the shading of the head, are cut.
#[test]
fn golden_sheet_of_a_small_ball() {
    let scan = ball(12, 55.0);
    let cap = part(&scan, |p| p.z > 10.0);
    let mut dots: Vec<Dot> = spiral(24).filter(|d| d.z > 0.3).map(|d| dot(&d, 55.0)).collect();
    dots[2].setup = None;
    let ids = (0..dots.len() as u32).filter(|&id| id != 2).collect();
    let mut plan = plan_with(dots, 55.0);
    plan.statistics.area_mm2 = cap.area_mm2();
    plan.blocks = vec![block(1, ids)];
    plan.case.keep_outs = vec![
        serde_json::from_value(serde_json::json!({
            "name": "mole", "centre": [20.0, -20.0, 47.0], "radius_mm": 4.0,
        }))
        .unwrap(),
    ];
    let svg = draw(&plan, &scan, &cap);
    let cut = |line: &str| line.chars().take(150).chain(['\n']).collect::<String>();
    insta::assert_snapshot!(svg.lines().map(cut).collect::<String>());
}

// What can be chosen.

#[test]
fn colours_go_from_dark_to_pale_with_the_quantity() {
    let (scan, cap) = ball_and_cap();
    let mut plan = ball_plan(3000);
    let placement = SetupPlacement {
        mesh_to_rig: Placement::new(&nalgebra::Rotation3::identity(), &Vector::zeros()),
        source: "explicit".to_owned(),
        fre_mm: None,
        largest_tre_mm: None,
    };
    plan.setups = [("upright".to_owned(), placement)].into();
    let svg = drawn(&plan, &scan, &cap, SheetOptions { colour: Colour::Tilt, ..SheetOptions::default() }).unwrap().svg;
    let document = Document::parse(&svg).unwrap();
    // On a ball the tilt of the skin is the distance from the middle of the unwrap.
    let session = by_id(&document, "unwrap-session-1");
    let steps: Vec<(u8, Vec<f64>)> = (session.descendants())
        .filter(|node| node.has_tag_name("g") && node.attribute("fill").is_some() && node.attribute("id").is_none())
        .map(|node| {
            let red = u8::from_str_radix(&node.attribute("fill").unwrap()[1..3], 16).unwrap();
            (red, circles(node).iter().map(|circle| circle[0].hypot(circle[1])).collect())
        })
        .collect();
    assert!(steps.len() > 8, "{}", steps.len());
    assert_eq!(steps.iter().map(|(_, step)| step.len()).sum::<usize>(), circles(session).len());
    for pair in steps.windows(2) {
        assert!(pair[0].0 < pair[1].0, "the colours brighten");
        let largest = pair[0].1.iter().copied().fold(0.0, f64::max);
        assert!(pair[1].1.iter().all(|&distance| distance > largest - 0.5));
    }
    assert!(svg.contains("tilt of the skin in its setup, degrees"));

    let refused = drawn(&plan, &scan, &cap, SheetOptions { colour: Colour::Tre, ..SheetOptions::default() });
    assert!(refused.unwrap_err().to_string().contains("without fiducials"));
    plan.fiducials_mm = vec![[70.0, -30.0, 20.0], [-70.0, -30.0, 20.0], [70.0, 30.0, 20.0], [-70.0, 30.0, 20.0]];
    plan.setups.get_mut("upright").unwrap().largest_tre_mm = Some(0.8);
    let svg = drawn(&plan, &scan, &cap, SheetOptions { colour: Colour::Tre, ..SheetOptions::default() }).unwrap().svg;
    assert!(svg.contains("predicted TRE, mm"));
    let document = Document::parse(&svg).unwrap();
    let marks = by_id(&document, "unwrap-fiducials").descendants().filter(|node| node.has_tag_name("text"));
    assert_eq!(marks.filter_map(|node| node.text().map(str::trim)).collect::<Vec<_>>(), ["F1", "F2", "F3", "F4"]);
    for (colour, label) in
        [(Colour::Density, "dots per cm²"), (Colour::Depth, "depth, mm"), (Colour::Order, "order, %")]
    {
        let svg = drawn(&plan, &scan, &cap, SheetOptions { colour, ..SheetOptions::default() }).unwrap().svg;
        assert!(svg.contains(label), "{label}");
        assert_eq!(circles(by_id(&Document::parse(&svg).unwrap(), "unwrap")).len(), plan.dots.len());
    }
}

#[test]
fn one_drawing_fits_its_paper_or_is_refused() {
    let (scan, cap) = ball_and_cap();
    let plan = ball_plan(400);
    let top = Some(Drawing::View(View::Top));
    let on = |paper, only| drawn(&plan, &scan, &cap, SheetOptions { paper, only, ..SheetOptions::default() });
    for (paper, size) in
        [(Paper::A4, ["210mm", "297mm"]), (Paper::A3, ["297mm", "420mm"]), (Paper::Letter, ["215.9mm", "279.4mm"])]
    {
        let svg = on(paper, top).unwrap().svg;
        let document = Document::parse(&svg).unwrap();
        assert_eq!(["width", "height"].map(|name| document.root_element().attribute(name).unwrap()), size);
        assert!(svg.contains("@page{size:"));
        assert!(document.descendants().all(|node| node.attribute("id") != Some("front")));
        assert_eq!(circles(by_id(&document, "top")).len(), plan.dots.len());
        // Nothing on the way from the page to the ruler or the dots changes their size.
        for id in ["ruler", "top-dots"] {
            let mut transforms = by_id(&document, id).ancestors().filter_map(|node| node.attribute("transform"));
            assert!(transforms.all(|transform| transform.starts_with("translate(")), "{id}");
        }
    }
    let text = on(Paper::A4, Some(Drawing::Unwrap)).unwrap_err().to_string();
    assert!(text.contains("Equal-area unwrap, which takes") && text.contains("210 × 297 mm"), "{text}");
    assert!(on(Paper::A4, None).unwrap_err().to_string().contains("--view"));
}

#[test]
fn paths_and_named_circles_show_the_same_dots() {
    let (scan, cap) = ball_and_cap();
    let mut plan = ball_plan(2000);
    plan.dots[1].diameter_mm = 0.18;
    let written = |dots| drawn(&plan, &scan, &cap, SheetOptions { dots, ..SheetOptions::default() }).unwrap().svg;
    let (plain, paths, named) = (written(DotStyle::Circles), written(DotStyle::Paths), written(DotStyle::Named));
    let plain = Document::parse(&plain).unwrap();
    let mut wanted: Vec<[i64; 2]> = circles(by_id(&plain, "unwrap")).iter().map(|c| hundredths([c[0], c[1]])).collect();
    wanted.sort_unstable();

    let document = Document::parse(&paths).unwrap();
    let dots = by_id(&document, "unwrap-dots").descendants().filter(|node| node.has_tag_name("path"));
    let widths: Vec<&str> = dots.clone().map(|node| node.attribute("stroke-width").unwrap()).collect();
    assert!(widths.contains(&"0.18") && widths.contains(&"0.215"), "{widths:?}");
    let strokes = dots.flat_map(|node| node.attribute("d").unwrap().split('M').skip(1));
    let mut found: Vec<[i64; 2]> = strokes
        .map(|stroke| {
            let (x, y) = stroke.strip_suffix("h0").unwrap().split_once(' ').unwrap();
            hundredths([x, y].map(|text| text.parse().unwrap()))
        })
        .collect();
    found.sort_unstable();
    assert_eq!(found, wanted);
    assert!(paths.len() < named.len() / 2);

    let document = Document::parse(&named).unwrap();
    for dot in &plan.dots {
        let node = by_id(&document, &format!("unwrap-dot-{}", dot.id));
        let title = node.first_element_child().unwrap().text().unwrap();
        assert!(title.starts_with(&format!("dot {}, session {}", dot.id, dot.session)), "{title}");
    }
    assert_eq!(circles(by_id(&document, "unwrap")).len(), wanted.len());
}

#[test]
fn setups_tools_stops_and_findings_have_layers() {
    let (scan, cap) = ball_and_cap();
    let mut plan = ball_plan(600);
    for dot in plan.dots.iter_mut().filter(|dot| dot.setup.is_some() && dot.position_mm[0] > 0.0) {
        dot.setup = Some("left".to_owned());
        dot.tool = 2;
    }
    plan.case.tools = serde_json::from_value(serde_json::json!([
        {"number": 1, "needle": "1RL", "pigment": "grey"}, {"number": 2, "needle": "3RL", "pigment": "grey"},
    ]))
    .unwrap();
    let before = plan.blocks[0].dots[5];
    plan.blocks[0].stops =
        vec![PlannedStop { kind: HaltKind::Wipe, before_dot: before, before_order: 5, at_s: 1.0, takes_s: 1.0 }];
    let mut flaw = Finding::new("noise", Severity::Warn, "rough <skin>");
    flaw.bounds_mm = Some([[-5.0, -5.0, 76.0], [5.0, 5.0, 80.0]]);
    let [mut below, mut wide] = ["below", "wide"].map(|code| Finding::new(code, Severity::Warn, code));
    below.bounds_mm = Some([[-2.0, -2.0, -80.0], [2.0, 2.0, -76.0]]);
    wide.bounds_mm = Some([[-80.0, -80.0, -10.0], [80.0, 80.0, 80.0]]);
    plan.findings = vec![flaw, below, wide, Finding::new("P01", Severity::Pass, "fine")];
    let svg = draw(&plan, &scan, &cap);
    let document = Document::parse(&svg).unwrap();
    let count = |id: &str| circles(by_id(&document, id)).len();
    assert_eq!(
        count("unwrap-session-1"),
        count("unwrap-session-1-upright-tool-1") + count("unwrap-session-1-left-tool-2")
    );
    let tips = |id: &str| -> Vec<String> {
        let titles = by_id(&document, id).descendants().filter(|node| node.has_tag_name("title"));
        titles.map(|node| node.text().unwrap().to_owned()).collect()
    };
    assert_eq!(tips("unwrap-stops").len(), 1);
    assert!(tips("unwrap-stops")[0].starts_with(&format!("wipe before dot {before}: ")));
    // What is off the region has no place on its unwrap, what is as wide as the head has none at all.
    for drawing in ["unwrap-findings", "top-findings"] {
        assert_eq!(tips(drawing), ["rough <skin>"], "{drawing}");
    }
    assert!(tips("front-findings").is_empty(), "the crown is not seen from the front");
}

#[test]
fn looks_show_the_dots_of_each_session_on_skin() {
    let (scan, cap) = ball_and_cap();
    let plan = ball_plan(1500);
    let input = SheetInput { plan: &plan, scan: &scan, index: &SurfaceIndex::build(&scan), region: &cap };
    let at = |look| {
        let options = LookOptions { look, view: View::Top, skin: Rgb::of_fitzpatrick(4), ink: Rgb([30, 30, 30]) };
        look_sheet(&input, None, options).unwrap()
    };
    let (healed, blowout) = (at(Look::Healed), at(Look::Blowout));
    let (document, worst) = (Document::parse(&healed).unwrap(), Document::parse(&blowout).unwrap());
    assert!(circles(by_id(&document, "bare")).len() == plan.dots.iter().filter(|dot| dot.existing).count());
    for session in 1..=3 {
        let id = format!("session-{session}");
        let there =
            plan.dots.iter().filter(|dot| dot.existing || dot.session <= session && dot.setup.is_some()).count();
        let shown = circles(by_id(&document, &id));
        assert_eq!(shown.len(), there);
        let wider = circles(by_id(&worst, &id));
        assert!(shown.iter().zip(wider).all(|(a, b)| (b[2] / a[2] - 3.0).abs() < 0.02));
    }
    // Two plans side by side: the head bare, and as each leaves it.
    let sparse = Plan { dots: plan.dots.iter().step_by(2).cloned().collect(), blocks: Vec::new(), ..plan.clone() };
    let beside = SheetInput { plan: &sparse, ..input };
    let options =
        LookOptions { look: Look::Fresh, view: View::Top, skin: Rgb::of_fitzpatrick(2), ink: Rgb([30, 30, 30]) };
    let both = look_sheet(&input, Some(&beside), options).unwrap();
    let both = Document::parse(&both).unwrap();
    for (id, shown) in [("first", &plan), ("second", &sparse)] {
        let there = shown.dots.iter().filter(|dot| dot.existing || dot.setup.is_some()).count();
        assert_eq!(circles(by_id(&both, id)).len(), there);
    }
    assert_eq!(
        both.descendants().filter(|node| node.text().is_some_and(|text| text.contains("dots/cm² asked"))).count(),
        4
    );
    // Light that comes back: of 3 sessions the last leaves least.
    let shares: Vec<f64> = (healed.split(" % of the bare skin").map(|text| text.rsplit(' ').next().unwrap()))
        .filter_map(|text| text.parse().ok())
        .collect();
    assert_eq!(shares.len(), 4);
    assert!(shares.is_sorted_by(|a, b| a >= b) && shares[3] < 100.0, "{shares:?}");
}

// The unwrap.

#[test]
fn unwrap_of_a_ball_is_lamberts_projection() {
    let radius = 90.0;
    let cap = part(&ball(90, radius), |p| p.z > -20.0);
    let map = Unwrap::new(&cap, &-Vector::y()).unwrap();
    assert!(map.centre().coords.norm() < 0.1 && (map.pole() - Vector::z()).norm() < 1e-3);
    for direction in spiral(500).filter(|d| d.z > -0.2) {
        let [x, y] = map.place(&Point::from(direction * radius));
        let scale = (2.0 / (1.0 + direction.z)).sqrt() * radius;
        let off = (x - scale * direction.x).hypot(y - scale * direction.y);
        assert!(off < 0.15, "{off} mm at {direction:?}");
    }
    let distortion = map.distortion(&cap);
    assert!(distortion.area_rms < 0.002 && distortion.folded == 0.0, "{distortion:?}");
    // Lambert stretches circles around the pole by 1 / cos(θ/2); the cap ends at cos θ = -20/90, and the outermost
    // square of 1 cm² has its middle a little inside.
    let bound = (2.0 / (1.0 - 20.0 / radius)).sqrt();
    assert!((0.95 * bound..bound * 1.005).contains(&distortion.longest), "{distortion:?}, {bound}");
    assert!((0.995..1.06).contains(&(distortion.shortest * bound)), "{distortion:?}, {bound}");
}

#[test]
fn unwrap_has_the_front_at_the_bottom_and_the_left_on_the_right() {
    let cap = part(&egg(40, [75.0, 95.0, 85.0]), |p| p.z > 0.0);
    let map = Unwrap::new(&cap, &-Vector::y()).unwrap();
    let [x, y] = map.place(&Point::new(0.0, -95.0, 0.0));
    assert!(y < -80.0 && x.abs() < 1.0);
    let [x, y] = map.place(&Point::new(75.0, 0.0, 0.0));
    assert!(x > 80.0 && y.abs() < 1.0);
}

#[test]
fn unwrap_bears_keep_outs_and_a_coarse_flat_patch() {
    let cap = part(&egg(60, [75.0, 95.0, 85.0]), |p| p.z > 0.0 && (p - Point::new(20.0, 10.0, 80.0)).norm() > 15.0);
    let distortion = Unwrap::new(&cap, &-Vector::y()).unwrap().distortion(&cap);
    assert!(distortion.area_rms < 0.01, "{distortion:?}");
    let corners = [(0.0, 0.0), (60.0, 0.0), (60.0, 40.0), (0.0, 40.0)].map(|(x, y)| Point::new(x, y, 500.0));
    let patch = TriMesh::new(corners.to_vec(), vec![[0, 1, 2], [0, 2, 3]]).unwrap();
    let distortion = Unwrap::new(&patch, &-Vector::y()).unwrap().distortion(&patch);
    assert!(distortion.area_rms < 0.01 && distortion.folded == 0.0, "{distortion:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever the head's shape, wherever it lies in the scan's frame.
    #[test]
    fn unwrap_keeps_areas_and_moves_with_the_head(
        half_axes in [65.0..90.0, 85.0..110.0, 75.0..100.0_f64],
        dent in 0.0..0.06,
        angles in [-3.0..3.0, -1.5..1.5, -3.0..3.0_f64],
        shift in [-300.0..300.0, -300.0..300.0, -300.0..300.0_f64],
    ) {
        let shape = |d: &Vector| {
            let bumpy = 1.0 + dent * (3.0 * d.x + 1.0).sin() * (4.0 * d.y).cos();
            Point::from(d.component_mul(&Vector::from(half_axes)) * bumpy)
        };
        let head = surface(45, shape);
        let cap = part(&head, |p| p.z > -0.3 * half_axes[2] - 0.3 * p.y);
        let map = Unwrap::new(&cap, &-Vector::y()).unwrap();
        let distortion = map.distortion(&cap);
        prop_assert!(distortion.area_rms < 0.01 && distortion.area_95 < 0.02, "{distortion:?}");
        prop_assert!(distortion.folded == 0.0, "{distortion:?}");

        let rotation = nalgebra::Rotation3::from_euler_angles(angles[0], angles[1], angles[2]);
        let motion = Placement::new(&rotation, &shift.into());
        let moved = cap.vertices().iter().map(|v| motion.point(v)).collect();
        let moved = TriMesh::new(moved, cap.triangles().to_vec()).unwrap();
        let moved_map = Unwrap::new(&moved, &motion.direction(&-Vector::y())).unwrap();
        for v in cap.vertices().iter().step_by(97).filter(|v| v.z > 0.0) {
            let (a, b) = (map.place(v), moved_map.place(&motion.point(v)));
            prop_assert!((a[0] - b[0]).hypot(a[1] - b[1]) < 0.05, "{a:?} {b:?}");
        }
    }
}

/// A real head with its region, and its landmarks, mm.
struct RealHead {
    name: &'static str,
    scalp: Scalp,
    region: Region,
    landmarks_mm: BTreeMap<String, [f64; 3]>,
}

const REAL_HEADS: [(&str, &str, Units); 3] = [
    ("tub_head", "tub_head.ply", Units::Millimetre),
    ("lee_perry_smith", "lee_perry_smith.glb", Units::Metre),
    ("colin27_scalp", "colin27_scalp.ply", Units::Millimetre),
];

/// None where the heads are not there.
fn real_head((name, file, units): (&'static str, &str, Units)) -> Option<RealHead> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes"));
    if !folder.is_dir() {
        eprintln!("skipped: {} is not there", folder.display());
        return None;
    }
    let scan = mesh::load(&folder.join(file), Some(units)).unwrap().mesh;
    let drawn = std::fs::read(folder.join(format!("{name}.hairline.json"))).unwrap();
    let drawn: serde_json::Value = serde_json::from_slice(&drawn).unwrap();
    let point = |value: &serde_json::Value| {
        let place: [f64; 3] = serde_json::from_value(value.clone()).unwrap();
        Point::from(place) * units.in_mm()
    };
    let hairline: Vec<Point> = drawn["hairline"].as_array().unwrap().iter().map(point).collect();
    let inside = point(&drawn["inside_point"]);
    let options = region::Options::default();
    let index = SurfaceIndex::build(&scan);
    let scalp = Scalp::prepare(scan, index, &hairline, inside, &region::Preparation::default()).unwrap();
    let region = Region::build(&scalp, &hairline, inside, &[], &options).unwrap();
    let landmarks = drawn["landmarks"].as_object().unwrap();
    let landmarks_mm = landmarks.iter().map(|(name, place)| (name.clone(), point(place).into())).collect();
    Some(RealHead { name, scalp, region, landmarks_mm })
}

#[test]
fn unwrap_of_real_heads_keeps_areas() {
    for head in REAL_HEADS.into_iter().take(2) {
        let Some(RealHead { name, region, landmarks_mm, .. }) = real_head(head) else { return };
        let landmark = |name: &str| Point::from(landmarks_mm[name]);
        let front = landmark("glabella") - landmark("inion");
        let distortion = Unwrap::new(&region.mesh, &front).unwrap().distortion(&region.mesh);
        assert!(distortion.area_rms < 0.015 && distortion.area_95 < 0.025, "{name}: {distortion:?}");
        assert!(distortion.folded < 1e-4 && distortion.longest < 2.5, "{name}: {distortion:?}");
    }
}
