//! The seven steps of a treatment one after the other, by command line alone, each with what the one before has left.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tonsure::geometry::{Point, PointsTable, Units};
use tonsure::plan::Plan;

use crate::support::scratch::{Scratch, list, tonsure};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo");
const HEADS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes");

struct Client {
    scratch: Scratch,
    mesh: PathBuf,
    units: Units,
    landmarks: Value,
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// What a command printed as JSON.
fn told(args: &[&str], paths: &[&Path]) -> Value {
    let output = tonsure().args(args).args(paths).arg("--json").output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn codes(findings: &Value) -> Vec<&str> {
    findings.as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

impl Client {
    fn new(mesh: &Path, marks: &Path, units: Units) -> Self {
        let mut scratch = Scratch::new();
        scratch.case = json!({
            "format": "tonsure-case/1", "mesh": {"file": mesh, "units": units.symbol()}, "boundary": {"file": "own.hairline.json"},
            "norwood": "VI", "skin": {"fitzpatrick": 3}, "hair": "dark_brown",
            "design": {
                "density_per_cm2": 8, "depth_mm": 0.5, "edge": {"width_mm": 8, "edge_share": 0.4},
                "mix": {"units": [
                    {"name": "1 hair", "share": 0.3, "diameter_factor": 1}, {"name": "2 hairs", "share": 0.7, "diameter_factor": 1.1},
                ]},
            },
            "palette": [{"name": "ash", "ink_batch": "A-1", "dilution": 9}, {"name": "soot", "ink_batch": "S-2", "dilution": 6}],
            "tools": [
                {"number": 1, "needle": "1RL", "pigment": "ash", "edge_mm": 8}, {"number": 2, "needle": "3RL", "pigment": "soot"},
            ],
            "sessions": [{"share": 0.6}, {"share": 0.4, "interval_days": 28}], "start_date": "2027-03-08",
            "patch_test": {"date": "2027-03-01"}, "rig": "gantry-xyzab", "setups": ["upright"], "seed": 5,
        });
        let landmarks = json_of(marks)["landmarks"].clone();
        Self { scratch, mesh: mesh.to_owned(), units, landmarks }
    }

    fn case(&self) -> PathBuf {
        self.scratch.write("case.json", self.scratch.case.to_string())
    }

    /// The hairline is designed first, as areas are measured within it.
    fn designs(&self) {
        let mut command = tonsure();
        command.arg("hairline").arg(&self.mesh).args(["--units", self.units.symbol(), "--norwood", "VI"]);
        for (name, place) in self.landmarks.as_object().unwrap() {
            let numbers: Vec<String> = place.as_array().unwrap().iter().map(Value::to_string).collect();
            command.arg("--landmark").arg(format!("{name}={}", numbers.join(",")));
        }
        command.arg("-o").arg(self.scratch.path("own.hairline.json")).assert().success();
    }

    fn is_assessed(&self) {
        let seen = told(&["inspect"], &[&self.case()]);
        let zones = seen["zones"].as_array().unwrap();
        let of = |name: &str| zones.iter().find(|zone| zone["zone"] == name).unwrap();
        for name in ["frontal", "temples", "mid_scalp", "crown"] {
            let zone = of(name);
            assert!(zone["treated"] == true && zone["hours"].as_f64().unwrap() > 0.0, "{zone}");
            assert!(zone["area_mm2"].as_f64().unwrap() > 1000.0, "{zone}");
        }
        // Zones pass into each other.
        assert!(of("nape")["density_asked_per_cm2"].as_f64().unwrap() < 1.0, "{}", of("nape"));
        assert!(seen["questions"].as_array().unwrap().len() > 10);
        let codes = codes(&seen["findings"]);
        for code in ["norwood", "pigment-suggestion"] {
            assert!(codes.contains(&code), "{codes:?}");
        }
    }

    /// A patch test on the crown, its dots measured, and what was learned taken into the case.
    fn is_tested(&mut self) {
        let spot: Vec<String> = self.landmarks["vertex"].as_array().unwrap().iter().map(Value::to_string).collect();
        let out = self.scratch.path("patch");
        let mut command = tonsure();
        command.arg("patch-test").arg(self.case()).arg(format!("--at={}", spot.join(","))).arg("--out").arg(&out);
        command.assert().success();
        let mut sizes = "dot_id,diameter_mm\n".to_owned();
        for row in fs::read_to_string(out.join("key.csv")).unwrap().lines().skip(1) {
            let fields: Vec<&str> = row.split(',').collect();
            let [depth, dwell] = [2, 3].map(|column| fields[column].parse::<f64>().unwrap());
            writeln!(sizes, "{},{}", fields[0], 0.1 + 0.2 * depth + 0.2 * dwell).unwrap();
        }
        let sizes = self.scratch.write("sizes.csv", sizes);
        let mut command = tonsure();
        command.arg("patch-test").arg(out.join("plan.json")).arg("--measured").arg(sizes);
        command.arg("-o").arg(self.scratch.path("calibration.json")).assert().success();
        self.scratch.case["design"]["calibration"] = json!({"file": "calibration.json", "choose_depth": true});
    }

    /// Five marks measured where the head rest holds the head, and judged.
    fn is_prepared(&mut self) {
        let bytes = fs::read(self.scratch.path("patch/plan.json")).unwrap();
        let placed = Plan::parse(&bytes, "plan.json").unwrap().setups["upright"].mesh_to_rig;
        let marks = self.landmarks.as_object().unwrap().iter().map(|(name, place)| {
            let at: [f64; 3] = serde_json::from_value(place.clone()).unwrap();
            let rig: [f64; 3] = placed.point(&(Point::from(at) * self.units.in_mm())).coords.into();
            json!({"name": name, "mesh": at, "rig": rig})
        });
        let file =
            json!({"format": "tonsure-registration/1", "setup": "upright", "fiducials": marks.collect::<Vec<_>>()});
        let today = self.scratch.write("today.registration.json", file.to_string());
        self.scratch.case["registration"] = json!({"file": "today.registration.json"});
        let seen = told(&["registration"], &[&self.case(), Path::new("--registration"), &today]);
        assert!(seen["fre_mm"].as_f64().unwrap() < 1e-3 && seen["verdict"] == "PASS", "{seen}");
    }

    fn is_treated(&self) -> Plan {
        let out = self.scratch.path("out");
        tonsure().arg("plan").arg(self.case()).arg("-q").arg("--out").arg(&out).assert().success();
        let plan = Plan::parse(&fs::read(out.join("plan.json")).unwrap(), "plan.json").unwrap();
        for session in [1, 2] {
            tonsure().arg("verify").arg(out.join(format!("session-{session}.upright.ngc"))).assert().success();
        }
        let told: Vec<&str> = plan.findings.iter().map(|finding| finding.code.as_str()).collect();
        for code in ["norwood", "mix", "calibration", "hairline-H9"] {
            assert!(told.iter().any(|own| own.starts_with(code)), "no {code} in {told:?}");
        }
        assert!(!told.contains(&"P20"), "{told:?}");
        let tools: Vec<u32> = plan.dots.iter().map(|dot| dot.tool).collect();
        assert!(tools.contains(&1) && tools.contains(&2));
        // Broken off in the first session, and gone on with.
        let struck =
            plan.dots.iter().filter(|dot| dot.session == 1).filter_map(|dot| Some((dot.order?, dot.id))).collect();
        let struck: std::collections::BTreeMap<u32, u32> = struck;
        let half = struck.values().nth(struck.len() / 2).unwrap().to_string();
        let rest = self.scratch.path("rest");
        tonsure()
            .arg("resume")
            .arg(out.join("plan.json"))
            .args(["--after-dot", &half])
            .arg("--out")
            .arg(&rest)
            .assert()
            .success();
        assert!(list(&rest).contains(&"session-1.upright.ngc".to_owned()));
        plan
    }

    fn is_looked_after(&self) {
        let sheet = self.scratch.path("sheet.html");
        let plan = self.scratch.path("out/plan.json");
        tonsure().arg("aftercare").arg(plan).arg("-o").arg(&sheet).assert().success();
        let text = fs::read_to_string(sheet).unwrap();
        for day in ["2027-03-08", "2027-04-05"] {
            assert!(text.contains(day), "{day}");
        }
        let own = self.scratch.write("ours.html", "{{ case_name }} {{ nothing }}");
        let output = tonsure()
            .arg("aftercare")
            .arg(self.scratch.path("out/plan.json"))
            .arg("--template")
            .arg(own)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "a template that asks for what there is not");
    }

    /// Healed dots, a twentieth of them gone, measured in a frame that is 3 mm off.
    fn is_touched_up(&self, plan: &Plan) {
        let is_lost = |dot: u32| dot % 20 == 7;
        let mut table = "x,y,z\n".to_owned();
        for dot in plan.dots.iter().filter(|dot| dot.order.is_some() && !is_lost(dot.id)) {
            let [x, y, z] = dot.position_mm;
            writeln!(table, "{},{},{}", x + 2.0, y - 2.0, z + 1.0).unwrap();
        }
        let table = self.scratch.write("healed.csv", table);
        let out = self.scratch.path("again");
        let mut command = tonsure();
        command.arg("touchup").arg(self.scratch.path("out/plan.json")).arg("--observed").arg(table);
        command.args(["--date", "2027-05-31"]).arg("--out").arg(&out).assert().success();
        let new = PointsTable::read(&fs::read(out.join("dots.csv")).unwrap()).unwrap().points;
        let lost: Vec<Point> = plan
            .dots
            .iter()
            .filter(|dot| dot.order.is_some() && is_lost(dot.id))
            .map(|dot| dot.position_mm.into())
            .collect();
        let near = |p: &Point| new.iter().any(|q| nalgebra::distance(p, q) < 0.05);
        let found = lost.iter().filter(|p| near(p)).count();
        assert!(found as f64 >= 0.99 * lost.len() as f64, "{found} of {} lost dots found", lost.len());
        // Figures by the zones of the treatment.
        let healing = json_of(&out.join("healing.json"));
        let text = healing["groups"].to_string();
        for zone in ["frontal", "temples", "mid_scalp", "crown"] {
            assert!(text.contains(&format!("\"{zone}\"")), "no {zone} in {text}");
        }
        assert!(list(&out).contains(&"session-1.upright.ngc".to_owned()));
    }

    fn whole_treatment(mut self) {
        self.designs();
        self.is_assessed();
        self.is_tested();
        self.is_prepared();
        let plan = self.is_treated();
        self.is_looked_after();
        self.is_touched_up(&plan);
    }
}

#[test]
fn all_steps_on_the_demo_head() {
    let folder = Path::new(DEMO);
    Client::new(&folder.join("head.ply"), &folder.join("head.hairline.json"), Units::Millimetre).whole_treatment();
}

#[test]
fn all_steps_on_a_real_head() {
    let folder = Path::new(HEADS);
    if !folder.is_dir() {
        eprintln!("skipped: no heads in {HEADS}");
        return;
    }
    let folder = folder.canonicalize().unwrap();
    let mesh = folder.join("lee_perry_smith.glb");
    Client::new(&mesh, &folder.join("lee_perry_smith.hairline.json"), Units::Metre).whole_treatment();
}
