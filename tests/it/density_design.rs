//! Density by design: soft edges, maps, whorl and scars, hair that is there, budgets; from the case to the dots.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::{Value, json};
use tonsure::geometry::{Point, PointsTable};
use tonsure::mesh::{SurfaceIndex, SurfacePoint, TriMesh, read_region_ply};
use tonsure::plan::Plan;
use tonsure::sampling::{Domain, Sample, Spacing, audit};

use crate::support::demo_head::MESH;
use crate::support::scratch::{DOME_RADIUS_MM, Scratch};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo");

/// The dots that were made, and the hairs among them.
struct Made {
    dots: Vec<Point>,
    spacing_mm: Vec<f64>,
    hairs: usize,
    findings: Vec<Value>,
    region: TriMesh,
    properties: std::collections::BTreeMap<String, Vec<f64>>,
}

fn made(scratch: &Scratch) -> Made {
    scratch.plan().assert().success();
    let table = PointsTable::read(&fs::read(scratch.path("out/dots.csv")).unwrap()).unwrap();
    let existing = table_column(&fs::read_to_string(scratch.path("out/dots.csv")).unwrap(), "existing");
    let spacing = table_column(&fs::read_to_string(scratch.path("out/dots.csv")).unwrap(), "spacing_mm");
    let own: Vec<usize> = (0..table.points.len()).filter(|&row| existing[row] == 0.0).collect();
    // Hairs stand behind the dots.
    assert_eq!(own.last().map_or(0, |last| last + 1), own.len());
    let plan = fs::read(scratch.path("out/plan.json")).unwrap();
    let read = Plan::parse(&plan, "plan.json").unwrap();
    assert_eq!(read.dots.iter().filter(|dot| dot.hair).count(), table.points.len() - own.len());
    let plan: Value = serde_json::from_slice(&plan).unwrap();
    let (region, properties) = read_region_ply(&fs::read(scratch.path("out/region.ply")).unwrap()).unwrap();
    Made {
        dots: own.iter().map(|&row| table.points[row]).collect(),
        spacing_mm: own.iter().map(|&row| spacing[row]).collect(),
        hairs: table.points.len() - own.len(),
        findings: plan["findings"].as_array().unwrap().clone(),
        region,
        properties,
    }
}

fn table_column(csv: &str, name: &str) -> Vec<f64> {
    let mut lines = csv.lines();
    let column = lines.next().unwrap().split(',').position(|own| own == name).unwrap();
    lines.map(|line| line.split(',').nth(column).unwrap().parse().unwrap()).collect()
}

fn says(made: &Made, code: &str) -> Option<String> {
    let found = made.findings.iter().find(|finding| finding["code"] == code)?;
    Some(found["message"].as_str().unwrap().to_owned())
}

fn dome(density: f64) -> Scratch {
    let mut scratch = Scratch::new();
    scratch.case["design"]["density_per_cm2"] = json!(density);
    scratch.case["setups"] = json!(["upright"]);
    scratch
}

fn angle_deg(p: &Point) -> f64 {
    (p.z / p.coords.norm()).clamp(-1.0, 1.0).acos().to_degrees()
}

#[test]
fn twenty_thousand_hairs_are_counted_and_kept_clear_of() {
    let mut scratch = Scratch::new();
    for name in ["head.ply", "head.hairline.json"] {
        fs::copy(format!("{DEMO}/{name}"), scratch.path(name)).unwrap();
    }
    // By chance over the head above the ears: thinned hair.
    let mut random = Pcg64::seed_from_u64(3);
    let upper: Vec<u32> = (0..MESH.triangles().len() as u32).filter(|&t| MESH.middle(t).z > -10.0).collect();
    let mut ends: Vec<f64> = Vec::new();
    for &t in &upper {
        ends.push(ends.last().copied().unwrap_or(0.0) + MESH.triangle_area_mm2(t));
    }
    let all = *ends.last().unwrap();
    let mut hairs = Vec::new();
    let mut csv = "x_mm,y_mm,z_mm\n".to_owned();
    while hairs.len() < 20_000 {
        let at = random.random_range(0.0..all);
        let [mut v, mut w] = [random.random_range(0.0..1.0), random.random_range(0.0..1.0)];
        if v + w > 1.0 {
            [v, w] = [1.0 - v, 1.0 - w];
        }
        let place =
            SurfacePoint { triangle: upper[ends.partition_point(|end| *end < at)], weights: [1.0 - v - w, v, w] };
        let place = place.position(&MESH);
        writeln!(csv, "{},{},{}", place.x, place.y, place.z).unwrap();
        hairs.push(place);
    }
    scratch.write("hairs.csv", csv);
    scratch.case["mesh"] = json!({"file": "head.ply", "units": "mm"});
    scratch.case["boundary"] = json!({"file": "head.hairline.json"});
    scratch.case["design"] =
        json!({"density_per_cm2": 45, "depth_mm": 0.5, "existing": {"file": "hairs.csv", "keep_mm": 0.6}});
    scratch.case["setups"] = json!(["upright"]);
    let made = made(&scratch);
    let specks: Vec<[Point; 2]> = hairs.iter().map(|hair| [*hair; 2]).collect();
    let index = SurfaceIndex::of_segments(&specks);
    for (dot, spacing_mm) in made.dots.iter().zip(&made.spacing_mm) {
        let off_mm = index.closest(dot).unwrap().distance_mm;
        assert!(off_mm >= 0.6_f64.min(*spacing_mm) - 1e-9, "{dot} is {off_mm} mm from a hair");
    }
    // Hairs and dots together are what was asked, but where hair alone is more.
    let asked = 45.0 * made.region.area_mm2() / 100.0;
    let together = (made.dots.len() + made.hairs) as f64;
    assert!(
        made.hairs > 10_000 && (together / asked - 1.0).abs() < 0.05,
        "{together} of {asked}, {} hairs",
        made.hairs
    );
    assert!(says(&made, "existing-hair").unwrap().contains("count towards"), "{:?}", made.findings);
}

#[test]
fn a_map_of_hair_is_taken_off_and_a_painted_map_multiplies() {
    let mut scratch = dome(20.0);
    // The dome itself as a map: hair on the left side, half the density behind.
    let (region, _) = {
        let plain = made(&scratch);
        (plain.region, plain.properties)
    };
    let mut ply = format!(
        "ply\nformat ascii 1.0\nelement vertex {}\nproperty double x\nproperty double y\nproperty double z\nproperty float hair\n\
         property float paint\nelement face {}\nproperty list uchar int vertex_indices\nend_header\n",
        region.vertices().len(),
        region.triangles().len()
    );
    for v in region.vertices() {
        let [hair, paint] = [if v.x > 0.0 { 12.0 } else { 0.0 }, if v.y > 0.0 { 0.5 } else { 1.0 }];
        writeln!(ply, "{} {} {} {hair} {paint}", v.x, v.y, v.z).unwrap();
    }
    for [a, b, c] in region.triangles() {
        writeln!(ply, "3 {a} {b} {c}").unwrap();
    }
    scratch.write("painted.ply", ply);
    let quarter = |made: &Made, x: f64, y: f64| {
        let inside = |p: &Point| p.x * x > 6.0 && p.y * y > 6.0;
        let area: f64 = (0..made.region.triangles().len() as u32)
            .filter(|&t| inside(&made.region.middle(t)))
            .map(|t| made.region.triangle_area_mm2(t))
            .sum();
        made.dots.iter().filter(|dot| inside(dot)).count() as f64 / area * 100.0
    };
    scratch.case["design"]["existing"] =
        json!({"map": {"file": "painted.ply", "property": "hair", "values": "per_cm2"}});
    let beside = made(&scratch);
    assert!((quarter(&beside, 1.0, 1.0) / 8.0 - 1.0).abs() < 0.1, "{}", quarter(&beside, 1.0, 1.0));
    assert!((quarter(&beside, -1.0, 1.0) / 20.0 - 1.0).abs() < 0.1, "{}", quarter(&beside, -1.0, 1.0));
    scratch.case["design"].as_object_mut().unwrap().remove("existing");
    scratch.case["design"]["maps"] = json!([{"file": "painted.ply", "property": "paint"}]);
    let painted = made(&scratch);
    assert!((quarter(&painted, 1.0, 1.0) / 10.0 - 1.0).abs() < 0.1, "{}", quarter(&painted, 1.0, 1.0));
    assert!((quarter(&painted, 1.0, -1.0) / 20.0 - 1.0).abs() < 0.1, "{}", quarter(&painted, 1.0, -1.0));

    scratch.case["design"]["maps"] = json!([{"file": "painted.ply", "property": "pain"}]);
    scratch.refused(&["painted.ply: found no vertex property \"pain\"", "hair, paint"]);
    scratch.case["design"]["maps"] = json!([{"file": "absent.ply", "property": "paint"}]);
    scratch.refused(&["absent.ply"]);
}

#[test]
fn hairs_in_another_unit_are_told_and_flat_ones_refused() {
    let mut scratch = dome(20.0);
    scratch.case["design"]["existing"] = json!({"file": "hairs.csv"});
    scratch.write("hairs.csv", "x_mm,y_mm,z_mm\n0,0,0.08\n0.01,0,0.08\n");
    assert!(says(&made(&scratch), "hairs-off-scan").unwrap().starts_with("2 of 2 hairs lie more than 3 mm off"));
    scratch.write("hairs.csv", "x_mm,y_mm\n0,0\n");
    scratch.refused(&["hairs.csv", "two coordinates", "x_mm, y_mm and z_mm"]);
}

/// A mole is no hairline: dots stand around it as densely as anywhere.
#[test]
fn the_soft_edge_stays_at_the_line() {
    let mut scratch = dome(50.0);
    let top = [0.0, 0.0, DOME_RADIUS_MM];
    scratch.case["keep_outs"] = json!([{"name": "mole", "centre": top, "radius_mm": 2, "margin_mm": 1}]);
    scratch.case["design"]["edge"] = json!({"width_mm": 8, "edge_share": 0.3});
    let made = made(&scratch);
    let density = &made.properties["density_per_cm2"];
    let near = made.region.vertices().iter().zip(density).filter(|(v, _)| angle_deg(v) < 15.0);
    let (least, count) = near.fold((f64::INFINITY, 0), |(least, count), (_, &own)| (own.min(least), count + 1));
    assert!(count > 20 && (least - 50.0).abs() < 1e-9, "{least} per cm² at {count} places around the mole");
    let at_line = made.region.vertices().iter().zip(density).filter(|(v, _)| angle_deg(v) > 49.9);
    assert!(at_line.map(|(_, &own)| own).fold(0.0, f64::max) < 16.0);
}

#[test]
fn whorl_and_scar_shape_the_density_around_them() {
    let mut scratch = dome(40.0);
    scratch.case["design"]["whorl"] = json!({"centre": [0, 0, DOME_RADIUS_MM], "radius_mm": 20, "centre_share": 0.25});
    let at = 35f64.to_radians();
    let centre = Point::new(DOME_RADIUS_MM * at.sin(), 0.0, DOME_RADIUS_MM * at.cos());
    let place: [f64; 3] = centre.coords.into();
    scratch.case["design"]["scars"] =
        json!([{"name": "burn", "centre": place, "radius_mm": 8, "factor": 1.8, "blend_mm": 4}]);
    let made = made(&scratch);
    let per_cm2 = |inside: &dyn Fn(&Point) -> bool| {
        let area: f64 = (0..made.region.triangles().len() as u32)
            .filter(|&t| inside(&made.region.middle(t)))
            .map(|t| made.region.triangle_area_mm2(t))
            .sum();
        made.dots.iter().filter(|dot| inside(dot)).count() as f64 / area * 100.0
    };
    let whorl = per_cm2(&|p| angle_deg(p) < 5.0);
    assert!((9.0..17.0).contains(&whorl), "{whorl}");
    let scar = per_cm2(&|p| (p - centre).norm() < 7.0);
    assert!((scar / 72.0 - 1.0).abs() < 0.12, "{scar}");
    let skin = per_cm2(&|p| angle_deg(p) > 20.0 && p.x < 0.0);
    assert!((skin / 40.0 - 1.0).abs() < 0.05, "{skin}");

    scratch.case["design"]["whorl"]["centre"] = json!([0, 0, -DOME_RADIUS_MM]);
    assert!(says(&self::made(&scratch), "design-off-region").unwrap().contains("the whorl"));
    scratch.case["design"]["scars"] = json!([{"radius_mm": 8, "factor": 1.8}]);
    scratch.refused(&["design.scars[0], centre: found neither a disc nor a line"]);
}

#[test]
fn a_soft_edge_is_uneven_inside_the_line_and_leaves_no_room() {
    let mut scratch = dome(50.0);
    scratch.case["design"]["edge"] = json!({"width_mm": 7, "edge_share": 0.35, "waves": {"amplitude_mm": 2.0, "length_mm": 20}, "spots": {}, "sentinels": {"per_cm": 3}});
    let soft = made(&scratch);
    // All on the region, and maximal for the spacing that lies beside them.
    let index = SurfaceIndex::build(&soft.region);
    let samples: Vec<Sample> = (soft.dots.iter().zip(&soft.spacing_mm))
        .map(|(dot, &spacing_mm)| {
            let hit = index.closest(dot).unwrap();
            assert!(hit.distance_mm < 1e-6, "{dot} is off the region");
            Sample { position: *dot, at: hit.at, spacing_mm }
        })
        .collect();
    let domain = Domain { mesh: &soft.region, spacing: Spacing::PerVertex(&soft.properties["spacing_mm"]) };
    let seen = audit(&domain, &samples, &[], false).unwrap();
    assert_eq!((seen.violations, seen.room), (0, 0), "{seen:?}");

    // How far behind the line the first dots are, around the dome: the line is even, the dots are not.
    let front_mm = |made: &Made, least: usize| -> Vec<f64> {
        let mut sectors: Vec<Vec<f64>> = vec![Vec::new(); 90];
        for dot in &made.dots {
            let sector = (dot.y.atan2(dot.x).to_degrees().rem_euclid(360.0) / 4.0) as usize;
            sectors[sector.min(89)].push((50.0 - angle_deg(dot)).to_radians() * DOME_RADIUS_MM);
        }
        sectors
            .iter_mut()
            .map(|own| {
                own.sort_by(f64::total_cmp);
                own[least.min(own.len() - 1)]
            })
            .collect()
    };
    let rms = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
    };
    scratch.case["design"]["edge"] = json!({"width_mm": 7, "edge_share": 0.35});
    let plain = made(&scratch);
    // The tenth dot of a sector tells where the rise begins; the first where single dots stand.
    let [soft_rms, plain_rms] = [&soft, &plain].map(|made| rms(&front_mm(made, 9)));
    assert!(soft_rms > 0.8 && soft_rms > 1.5 * plain_rms, "{soft_rms} mm, plain {plain_rms} mm");
    let first = front_mm(&soft, 0);
    assert!(rms(&first) > 0.5, "first dots as on a ruler: {} mm", rms(&first));
    // In the strip of the single dots there are about as many as asked, on 3 mm of the line's length.
    let strip =
        soft.dots.iter().filter(|dot| (50.0 - angle_deg(dot)).to_radians() * DOME_RADIUS_MM < 1.5).count() as f64;
    let line_cm = 50f64.to_radians().sin() * DOME_RADIUS_MM * std::f64::consts::TAU / 10.0;
    assert!((1.0..6.0).contains(&(strip / line_cm)), "{} per cm", strip / line_cm);
    assert!(says(&soft, "sentinels").is_none());
    scratch.case["design"]["edge"]["sentinels"] = json!({"per_cm": 8});
    assert!(says(&made(&scratch), "sentinels").unwrap().contains("the strip of 3 mm holds 5.2"), "{:?}", soft.findings);
}

#[test]
fn what_an_uneven_edge_does_by_itself_is_not_told_as_a_fault() {
    let mut scratch = dome(90.0);
    scratch.case["design"]["edge"] = json!({"width_mm": 6, "edge_share": 0.4, "waves": {"amplitude_mm": 2}, "spots": {}, "sentinels": {"per_cm": 3}});
    assert_eq!(says(&made(&scratch), "spacing-too-steep"), None);
    // A step that is asked elsewhere still is.
    scratch.case["design"]["scars"] = json!([{"centre": [0, 0, 80], "radius_mm": 10, "factor": 0.03, "blend_mm": 0.5}]);
    assert!(says(&made(&scratch), "spacing-too-steep").is_some());
}

/// Least distance of two of the first dots over the smaller of their spacings, times the root of the share that they are of all: 1 for the
/// whole set, and as much for a part that is as even.
fn least_of_prefix(made: &Made, share: f64) -> f64 {
    let count = (share * made.dots.len() as f64) as usize;
    let pairs = (0..count).flat_map(|i| (0..i).map(move |j| (i, j)));
    let relative =
        pairs.map(|(i, j)| (made.dots[i] - made.dots[j]).norm() / made.spacing_mm[i].min(made.spacing_mm[j]));
    relative.fold(f64::INFINITY, f64::min) * share.sqrt()
}

#[test]
fn zones_end_gently_where_the_next_has_no_dots() {
    let mut scratch = dome(25.0);
    scratch.hairline["landmarks"]["glabella"] = json!([0, -DOME_RADIUS_MM * 0.95, 20]);
    scratch.hairline["landmarks"]["inion"] = json!([0, DOME_RADIUS_MM, 0]);
    let mut hold = |design: &str, value: Value| {
        scratch.case["norwood"] = Value::Null;
        scratch.case["design"]["zones"] = json!({});
        *scratch.case.pointer_mut(design).unwrap() = value;
        let made = made(&scratch);
        assert_eq!(says(&made, "spacing-too-steep"), None, "{design}");
        // Sparser dots than so would change the spacing faster than the first of them can follow.
        let asked: Vec<f64> =
            made.properties["density_per_cm2"].iter().copied().filter(|density| *density > 0.0).collect();
        assert!(asked.len() < made.properties["density_per_cm2"].len(), "{design}: all is treated");
        for share in [0.4, 0.6, 0.95] {
            let least = least_of_prefix(&made, share);
            assert!(least > 0.8, "{design}: {least} of the spacing after {share} of the dots");
        }
    };
    hold("/norwood", json!("III-vertex"));
    hold("/design/zones", json!({"temples": 0, "mid_scalp": 12, "crown": 40}));
}

#[test]
fn the_first_dots_are_even_where_thin_zones_end() {
    let demo = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo"));
    let mut scratch = dome(20.0);
    scratch.case["mesh"] = json!({"file": demo.join("head.ply"), "units": "mm"});
    scratch.case["boundary"] = json!({"file": demo.join("head.hairline.json")});
    scratch.case["norwood"] = json!("III-vertex");
    scratch.case["design"]["zones"] = json!({"mid_scalp": 5});
    scratch.case["sessions"] = json!([{"share": 0.4}, {"share": 0.35}, {"share": 0.25}]);
    let made = made(&scratch);
    // A whole set has a relative radius of 0.777; 0.65 is asked of any part of it from 5 %.
    for share in [0.05, 0.06, 0.07, 0.1, 0.15] {
        let relative_radius = 0.777 * least_of_prefix(&made, share);
        assert!(relative_radius >= 0.65, "{relative_radius} after {share} of the dots");
    }
}

#[test]
fn irregularity_is_the_same_on_both_sides_only_as_far_as_asked() {
    let mut scratch = dome(50.0);
    // All five landmarks, so that there is a left and a right.
    scratch.hairline["landmarks"]["glabella"] = json!([0, -DOME_RADIUS_MM * 0.95, 20]);
    scratch.hairline["landmarks"]["inion"] = json!([0, DOME_RADIUS_MM, 0]);
    let mut differs = |asymmetry: f64| {
        scratch.case["design"]["edge"] =
            json!({"width_mm": 7, "edge_share": 0.35, "waves": {}, "spots": {}, "asymmetry": asymmetry});
        let made = made(&scratch);
        let density = &made.properties["density_per_cm2"];
        let index = SurfaceIndex::build(&made.region);
        let pairs = made.region.vertices().iter().zip(density).filter(|(v, _)| (30.0..46.0).contains(&angle_deg(v)));
        let differences = pairs.map(|(v, own)| {
            let other = index.closest(&Point::new(-v.x, v.y, v.z)).unwrap();
            (own - other.at.interpolate(&made.region, density)).abs()
        });
        let (sum, count) = differences.fold((0.0, 0), |(sum, count), difference| (sum + difference, count + 1));
        sum / f64::from(count)
    };
    let [none, half, all] = [0.0, 0.5, 1.0].map(&mut differs);
    assert!(none < 0.3 && half > 1.0 && all > half, "{none} {half} {all} per cm²");
}

#[test]
fn budgets_are_met_by_one_factor_and_told() {
    let mut scratch = dome(20.0);
    let free = made(&scratch);
    let most = free.dots.len() * 6 / 10;
    scratch.case["design"]["budget"] = json!({"max_dots": most});
    let fewer = made(&scratch);
    assert!(fewer.dots.len() <= most && fewer.dots.len() * 100 >= most * 94, "{} of {most}", fewer.dots.len());
    assert!(says(&fewer, "budget").unwrap().contains("lowered everywhere"), "{:?}", fewer.findings);

    let report: Value = serde_json::from_slice(&fs::read(scratch.path("out/report.json")).unwrap()).unwrap();
    let hours = report["time_s"].as_f64().unwrap() / 3600.0;
    scratch.case["design"]["budget"] = json!({"max_hours": 0.7 * hours});
    made(&scratch);
    let report: Value = serde_json::from_slice(&fs::read(scratch.path("out/report.json")).unwrap()).unwrap();
    let reached = report["time_s"].as_f64().unwrap() / 3600.0;
    assert!(reached <= 0.7 * hours && reached > 0.55 * hours, "{reached} h of {} h", 0.7 * hours);

    scratch.case["sessions"] = json!([{"share": 0.5}, {"share": 0.5}]);
    scratch.case["design"]["budget"] = json!({"max_per_cm2_per_session": 4});
    let lighter = made(&scratch);
    let density = lighter.dots.len() as f64 / lighter.region.area_mm2() * 100.0;
    assert!((density / 8.0 - 1.0).abs() < 0.05, "{density}");
    // Two budgets: the second counts from what the first has left.
    scratch.case["design"]["budget"] = json!({"max_dots": most, "max_per_cm2_per_session": 8});
    let both = made(&scratch);
    assert!(both.dots.len() <= most && both.dots.len() * 100 >= most * 94, "{} of {most}", both.dots.len());
    // Nothing is said of a budget that is kept anyway.
    scratch.case["design"]["budget"] = json!({"max_dots": 1_000_000, "max_hours": 1000});
    assert!(says(&made(&scratch), "budget").is_none());
    scratch.case["design"]["budget"] = json!({"max_dots": 3});
    scratch.refused(&["design.budget.max_dots", "3 allowed"]);
}

#[test]
fn the_same_case_gives_the_same_dots_for_any_number_of_threads() {
    let mut scratch = dome(15.0);
    scratch.case["design"]["edge"] =
        json!({"width_mm": 7, "edge_share": 0.35, "waves": {}, "spots": {}, "sentinels": {}});
    let dots = |threads: &str| {
        scratch.plan().args(["--threads", threads]).assert().success();
        fs::read(scratch.path("out/dots.csv")).unwrap()
    };
    assert_eq!(dots("1"), dots("3"));
}
