//! Proposed hairlines: on the skin, smooth, as measured as asked, judged by their own rules, and drawn anew by hand.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use tonsure::case::{Landmarks, Norwood};
use tonsure::error::{Finding, Severity};
use tonsure::geometry::{Point, Units};
use tonsure::hairline::{FaceMarks, HeadMarks, Measures, Preset, Skin, close_frontal, line_through, propose};
use tonsure::mesh::{SurfaceIndex, TriMesh};

use crate::support::scratch::tonsure;

const HEADS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes");
const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo");

struct Drawn {
    told: Value,
    file: Value,
    path: PathBuf,
    _folder: TempDir,
}

/// Runs `tonsure hairline` on a head with its landmarks.
fn proposed(mesh: &Path, marks: &Path, units: &str, options: &[&str]) -> Drawn {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("new.hairline.json");
    let mut command = tonsure();
    command.arg("hairline").arg(mesh).args(["--units", units, "--json"]).args(options).arg("-o").arg(&path);
    if !options.contains(&"--edit") {
        command.arg("--landmarks").arg(marks);
    }
    let output = command.output().unwrap();
    assert!(output.status.success() || output.status.code() == Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let told = serde_json::from_slice(&output.stdout).unwrap();
    let file = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    Drawn { told, file, path, _folder: folder }
}

fn on_demo(options: &[&str]) -> Drawn {
    proposed(&Path::new(DEMO).join("head.ply"), &Path::new(DEMO).join("head.hairline.json"), "mm", options)
}

fn points(file: &Value, units: Units) -> Vec<Point> {
    let place = |p: &Value| Point::from(serde_json::from_value::<[f64; 3]>(p.clone()).unwrap()) * units.in_mm();
    file["hairline"].as_array().unwrap().iter().map(place).collect()
}

fn faults(told: &Value) -> Vec<&Value> {
    told["findings"].as_array().unwrap().iter().filter(|finding| finding["severity"] != "PASS").collect()
}

fn measure(told: &Value, key: &str) -> f64 {
    let value = &told["measures"][key];
    value.as_f64().unwrap_or_else(|| value[0].as_f64().unwrap())
}

const PRESETS: [&str; 5] = ["conservative", "standard", "low", "rounded", "widows-peak"];

#[test]
fn every_preset_lies_on_the_skin_and_passes_its_own_lints() {
    let surface = SurfaceIndex::build(&crate::support::demo_head::MESH);
    let mut heights = Vec::new();
    for preset in PRESETS {
        let drawn = on_demo(&["--preset", preset]);
        assert!(faults(&drawn.told).is_empty(), "{preset}: {:?}", faults(&drawn.told));
        for p in points(&drawn.file, Units::Millimetre) {
            assert!(surface.closest(&p).unwrap().distance_mm < 0.01, "{preset}: {p} is off the skin");
        }
        heights.push(measure(&drawn.told, "height_mm"));
        assert!(
            (4.0..8.5).contains(&(drawn.told["area_mm2"].as_f64().unwrap() / 1e4)),
            "{preset}: {}",
            drawn.told["area_mm2"]
        );
        // A reader that only wants the loop reads it as any other.
        let judged =
            tonsure().arg("hairline").arg(Path::new(DEMO).join("head.ply")).arg("--check").arg(&drawn.path).assert();
        judged.success();
    }
    let asked = [92.0, 80.0, 71.0, 66.0, 74.0];
    for (found, asked) in heights.iter().zip(asked) {
        assert!((found - asked).abs() < 1.5, "{found} mm, {asked} mm asked");
    }
}

#[test]
fn stages_recede_and_options_override() {
    let recession = |options: &[&str]| measure(&on_demo(options).told, "recession_mm");
    assert!(
        (recession(&["--recession-mm", "28", "--norwood", "VI"]) - recession(&["--recession-mm", "28"])).abs() < 1e-6
    );
    // A line that the level rule has moved back already has less to recede.
    let [plain, late] = [recession(&[]), recession(&["--norwood", "VII"])];
    assert!(late > plain + 2.0, "{plain} {late}");
    let higher = on_demo(&["--height-mm", "95", "--recession-mm", "40"]);
    assert!((measure(&higher.told, "height_mm") - 95.0).abs() < 1.5);
    // What is asked for is drawn, whatever the level rule says, and measured. The head stands almost straight in the scan.
    assert!((measure(&higher.told, "recession_mm") - 40.0).abs() < 3.0);
    let y = |name: &str| {
        let points = higher.file["control_points"].as_array().unwrap();
        points.iter().find(|point| point["name"] == name).unwrap()["point"][1].as_f64().unwrap()
    };
    for corner in ["left_frontotemporal", "right_frontotemporal"] {
        assert!((y(corner) - y("mid_frontal") - 40.0).abs() < 3.0, "{corner}");
    }
    // A stated recession with which the frontotemporal points are lower than the middle is drawn, and told.
    let drooping = on_demo(&["--recession-mm", "15"]);
    assert!((measure(&drooping.told, "rise_mm")) < -2.0, "{}", drooping.told["measures"]);
    let told = faults(&drooping.told);
    assert!(told.iter().any(|fault| fault["code"] == "hairline-H5" && fault["severity"] == "WARN"), "{told:?}");
    assert!(!faults(&on_demo(&[]).told).iter().any(|fault| fault["code"] == "hairline-H5"));
    // What would look unnatural is told, and fails where it is far off.
    let low = on_demo(&["--height-mm", "55"]);
    assert_eq!(low.told["verdict"], "FAIL");
    let fault = faults(&low.told)[0];
    assert!(fault["code"] == "hairline-H1" && fault["remedy"].as_str().unwrap().contains("too low"), "{fault}");
}

#[test]
fn a_moved_control_point_draws_the_line_anew() {
    let first = on_demo(&[]);
    let mut edited = first.file.clone();
    let control = edited["control_points"].as_array_mut().unwrap();
    assert_eq!(control.len(), 15);
    let bow = control.iter_mut().find(|own| own["name"] == "left_bow").unwrap();
    let old: [f64; 3] = serde_json::from_value(bow["point"].clone()).unwrap();
    bow["point"] = json!([old[0], old[1] - 5.0, old[2] - 4.0]);
    let path = first.path.with_file_name("edited.hairline.json");
    fs::write(&path, edited.to_string()).unwrap();
    let again = on_demo(&["--edit", path.to_str().unwrap()]);
    let [before, after] = [&first.file, &again.file].map(|file| points(file, Units::Millimetre));
    let nearest = |line: &[Point], p: Point| line.iter().map(|q| (q - p).norm()).fold(f64::INFINITY, f64::min);
    let moved = crate::support::demo_head::MESH.clone();
    let wanted = SurfaceIndex::build(&moved).closest(&Point::new(old[0], old[1] - 5.0, old[2] - 4.0)).unwrap().position;
    assert!(nearest(&after, wanted) < 0.01 && nearest(&before, wanted) > 3.0);
    // Beyond the next control point the other side, the temples and the nape stay where they were.
    for p in before.iter().filter(|p| p.x < -30.0) {
        assert!(nearest(&after, *p) < 0.3, "{p}");
    }
    // The same by an option; and a name that there is not.
    let place = format!("left_bow={},{},{}", old[0], old[1] - 5.0, old[2] - 4.0);
    let same = on_demo(&["--point", &place]);
    assert!(nearest(&points(&same.file, Units::Millimetre), wanted) < 0.01);
    let refused = |options: &[&str], part: &str| {
        let mut command = tonsure();
        command.arg("hairline").arg(Path::new(DEMO).join("head.ply")).args(options).args(["-o", "-"]);
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && text.contains(part), "{text}");
    };
    let marks = format!("{DEMO}/head.hairline.json");
    refused(&["--landmarks", &marks, "--point", "middle=1,2,3"], "found the control point \"middle\"");
    refused(
        &["--landmarks", &marks, "--point", "mid_frontal=0,-300,3"],
        "mid_frontal: found a place more than 12 mm off the skin",
    );
    refused(&["--landmark", "glabella=0,-97,42"], "no landmark left_tragus, right_tragus, inion, vertex");
    refused(&["--landmarks", &marks, "--norwood", "VIII"], "one of I, II, III, III-vertex");
    refused(&["--landmarks", &marks, "--height-mm", "500"], "expected 40 to 130");
    refused(&["--edit", &marks], "no control points");
    refused(
        &["--landmarks", &marks, "--landmark", "left_tragus=-75,0,0", "--landmark", "right_tragus=75,0,0"],
        "mirrored",
    );
}

#[test]
fn a_plan_can_be_made_of_a_proposal() {
    let drawn = on_demo(&["--preset", "widows-peak"]);
    let case = drawn.path.with_file_name("case.json");
    let text = json!({
        "format": "tonsure-case/1", "mesh": {"file": Path::new(DEMO).join("head.ply"), "units": "mm"},
        "boundary": {"file": "new.hairline.json"}, "design": {"density_per_cm2": 5, "depth_mm": 0.5},
        "rig": "gantry-xyzab", "setups": ["upright"],
    });
    fs::write(&case, text.to_string()).unwrap();
    let out = drawn.path.with_file_name("out");
    tonsure().arg("plan").arg(&case).arg("--out").arg(&out).assert().success();
    assert!(out.join("session-1.upright.ngc").exists());
}

/// All presets at stages from none to the last on a head: on the skin, without a corner, and without a fault of their own.
fn all_presets_hold(name: &str, scan: &TriMesh, marks: &Path, units: Units) {
    let file: Value = serde_json::from_slice(&fs::read(marks).unwrap()).unwrap();
    let landmark = |name: &str| {
        let place: [f64; 3] = serde_json::from_value(file["landmarks"][name].clone()).unwrap();
        Some(place.map(|c| c * units.in_mm()))
    };
    let landmarks = Landmarks {
        glabella: landmark("glabella"),
        left_tragus: landmark("left_tragus"),
        right_tragus: landmark("right_tragus"),
        inion: landmark("inion"),
        vertex: landmark("vertex"),
    };
    let skin = Skin::of_head(scan, HeadMarks::new(&landmarks).unwrap()).unwrap();
    let stages = [None, Some(Norwood::III), Some(Norwood::VII)];
    let all: Vec<(Preset, Option<Norwood>)> =
        Preset::ALL.into_iter().flat_map(|preset| stages.map(|stage| (preset, stage))).collect();
    all.into_par_iter().for_each(|(preset, stage)| {
        let what = format!("{name}, {preset:?} at {stage:?}");
        let shape = stage.map_or(preset.shape(), |stage| preset.shape().at_stage(stage));
        let (points, _) = propose(&skin, &shape).unwrap();
        let line = line_through(&points, &skin).unwrap();
        let closed = close_frontal(&line, &landmarks, &skin.index).unwrap();
        let measures = Measures::of(&closed.points[..line.len()], &skin, &FaceMarks::default()).unwrap().unwrap();
        let faults: Vec<Finding> =
            measures.findings(shape.rounded).into_iter().filter(|own| own.severity != Severity::Pass).collect();
        assert!(faults.is_empty(), "{what}: {faults:?}");
        // Frontotemporal points no lower than the middle, as measured on the line, and still above the corners of the eyes.
        if !shape.rounded {
            assert!(measures.rise_mm.iter().all(|rise| *rise > -0.5), "{what}: {:?}", measures.rise_mm);
            let eye_mm = shape.corner_at_mm(skin.marks().half_breadth_mm);
            assert!(measures.corner_mm.iter().all(|mm| (mm - eye_mm).abs() < 10.0), "{what}: {:?}", measures.corner_mm);
        }
        let head: Vec<Point> = points.iter().map(|point| skin.marks().into_head.point(&point.position)).collect();
        for side in [head[..4].to_vec(), head[11..].iter().rev().copied().collect()] {
            // The temporal peak stays well above the brow and behind it; from there to the ear nothing comes forward.
            let (peak, glabella) = (side[3], skin.marks().glabella);
            let back = 1.0 - peak.y / glabella.y;
            assert!(peak.z > glabella.z + 15.0 && back > 0.28, "{what}: {peak}, {glabella}");
            assert!(side.windows(2).all(|pair| pair[1].y <= pair[0].y), "{what}: {side:?}");
        }
        for p in &closed.points {
            assert!(skin.index.closest(p).unwrap().distance_mm < 0.01, "{what}: {p} is off the skin");
        }
        // The tangent is continuous: at points some 2 mm apart a bend of 4 mm radius turns by 29 degrees, a corner at once.
        for three in line.windows(3) {
            let turn = (three[1] - three[0]).angle(&(three[2] - three[1])).to_degrees();
            let short = (three[1] - three[0]).norm().min((three[2] - three[1]).norm()) < 0.3;
            assert!(short || turn < 30.0, "{what}: a turn of {turn} degrees at {}", three[1]);
        }
    });
}

#[test]
fn all_presets_and_stages_hold_on_the_demo_head() {
    let marks = Path::new(DEMO).join("head.hairline.json");
    all_presets_hold("demo", &crate::support::demo_head::MESH, &marks, Units::Millimetre);
}

#[test]
fn all_presets_and_stages_hold_on_real_heads() {
    let folder = Path::new(HEADS);
    if !folder.is_dir() {
        eprintln!("skipped: no heads in {HEADS}");
        return;
    }
    for (name, mesh, units) in [
        ("tub_head", "tub_head.ply", Units::Millimetre),
        ("lee_perry_smith", "lee_perry_smith.glb", Units::Metre),
        ("ict_neutral", "ict_neutral.obj", Units::Centimetre),
        ("icbm152_bem", "icbm152_bem.stl", Units::Metre),
        ("colin27_scalp", "colin27_scalp.ply", Units::Millimetre),
    ] {
        let scan = tonsure::mesh::load(&folder.join(mesh), Some(units)).unwrap().mesh;
        let marks = folder.join(format!("{name}.hairline.json"));
        all_presets_hold(name, &scan, &marks, units);
        // The command says the same.
        let drawn = proposed(&folder.join(mesh), &marks, units.symbol(), &["--preset", "standard"]);
        // One scan ends above the nape, which is told.
        let faults: Vec<&Value> = faults(&drawn.told).into_iter().filter(|f| f["code"] != "boundary-raised").collect();
        assert!(faults.is_empty(), "{name}: {faults:?}");
    }
}

#[test]
fn places_on_the_face_let_more_rules_judge() {
    let drawn = on_demo(&[]);
    let told_of = |told: &Value, code: &str| {
        let all = told["findings"].as_array().unwrap();
        all.iter().find(|finding| finding["code"] == code).cloned()
    };
    assert!(told_of(&drawn.told, "hairline-H2").is_none() && told_of(&drawn.told, "hairline-H4").is_none());
    assert!(told_of(&drawn.told, "hairline-not-judged").unwrap()["message"].as_str().unwrap().contains("H2"));
    // Thirds as long as the forehead, and a chin that is far too low.
    let points = drawn.file["control_points"].as_array().unwrap();
    let middle: [f64; 3] = serde_json::from_value(points[7]["point"].clone()).unwrap();
    let glabella: [f64; 3] = serde_json::from_value(drawn.file["landmarks"]["glabella"].clone()).unwrap();
    let third = (Point::from(middle) - Point::from(glabella)).norm();
    let below = |thirds: f64| format!("{},{},{}", glabella[0], glabella[1], glabella[2] - thirds * third);
    let nose = format!("subnasale={}", below(1.0));
    for (chin, severity) in [(2.0, "PASS"), (1.95, "PASS"), (2.6, "WARN")] {
        let menton = format!("menton={}", below(chin));
        let judged = on_demo(&["--landmark", &nose, "--landmark", &menton]);
        let told = told_of(&judged.told, "hairline-H2").unwrap();
        assert_eq!(told["severity"], severity, "{told}");
        assert!((measure(&judged.told, "thirds_mm") - third).abs() < 1.0, "{}", judged.told["measures"]);
        assert!(!told_of(&judged.told, "hairline-not-judged").unwrap()["message"].as_str().unwrap().contains("H2"));
    }
    // Wrinkles a finger below the line, and such that reach above it; the file keeps them.
    let edited = drawn.path.with_file_name("wrinkled.hairline.json");
    for (lower_mm, severity) in [(15.0, "PASS"), (-3.0, "FAIL")] {
        let mut file = drawn.file.clone();
        let at = |x: f64| json!([x, middle[1] - 5.0, middle[2] - lower_mm]);
        file["face"] = json!({"wrinkles": [[at(-15.0), at(0.0), at(15.0)]]});
        fs::write(&edited, file.to_string()).unwrap();
        let judged = on_demo(&["--edit", edited.to_str().unwrap()]);
        let told = told_of(&judged.told, "hairline-H4").unwrap();
        assert_eq!(told["severity"], severity, "{told}");
        assert!(judged.file["face"]["wrinkles"][0].as_array().unwrap().len() == 3);
    }
    // Corners belong above the outer corners of the eyes.
    let corner = measure(&drawn.told, "corner_mm");
    for (off, severity) in [(2.0, "PASS"), (20.0, "WARN")] {
        let eye = |sign: f64| format!("{},-80,40", sign * (corner - off));
        let [left, right] = [format!("left_canthus={}", eye(1.0)), format!("right_canthus={}", eye(-1.0))];
        let judged = on_demo(&["--landmark", &left, "--landmark", &right]);
        assert_eq!(told_of(&judged.told, "hairline-H5").unwrap()["severity"], severity);
    }
}
