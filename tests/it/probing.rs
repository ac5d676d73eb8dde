//! Touches of the skin at some of the dots, and strikes that count from planes through them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use tonsure::error::{Finding, Severity};
use tonsure::geometry::{Point, Vector};
use tonsure::job::{GcodeOptions, Outcome, PlanFolder, PlanOptions, ResumeOptions, Silent, gcode, plan, resume};
use tonsure::plan::Plan;
use tonsure::rig::{Joints, builtin, forward, with_tip};
use tonsure::schedule::{Touch, outliers, skin_height_mm};

use crate::support::scratch::{Scratch, list, tonsure};

const EVERY: u32 = 4;
const SEARCH_MM: f64 = 1.5;

/// A built-in rig that touches the skin at every fourth dot.
fn rig(name: &str) -> String {
    let mut value = serde_json::to_value(builtin(name).unwrap()).unwrap();
    value["depth"] = json!({"mode": "probe", "feed_mm_s": 3, "search_mm": SEARCH_MM, "every_dots": EVERY});
    value.to_string()
}

/// A planned folder that waits for touches.
struct Waiting {
    folder: TempDir,
    plan: Plan,
}

type Row = (u32, Joints);

impl Waiting {
    /// The demo head, thinly.
    fn demo() -> Self {
        let folder = TempDir::new().unwrap();
        let fixtures = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo"));
        for name in ["head.ply", "head.hairline.json"] {
            fs::copy(fixtures.join(name), folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("rig.json"), rig("gantry-xyzab")).unwrap();
        let case = json!({
            "format": "tonsure-case/1", "mesh": {"file": "head.ply", "units": "mm"},
            "boundary": {"file": "head.hairline.json"}, "design": {"density_per_cm2": 4, "depth_mm": 0.5},
            "rig": "rig.json", "setups": ["upright"], "seed": 1,
        });
        let path = folder.path().join("case.json");
        fs::write(&path, case.to_string()).unwrap();
        let outcome = plan(&path, &folder.path().join("out"), PlanOptions::default(), &Silent).unwrap();
        assert!(told(&outcome.findings, "probe-first").contains("strikes wait for touches"));
        // What is told while programs are written stands in the report, too.
        let report = fs::read_to_string(folder.path().join("out/report.json")).unwrap();
        assert!(report.contains("probe-first") && report.contains("\"verdict\": \"WARN\""));
        Self { folder, plan: outcome.plan }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the axes stand above each dot that is touched when the tip is on the scan.
    fn on_scan(&self) -> Vec<Row> {
        rows(&self.path("out/session-1.upright.probe.map.csv"))
    }

    /// Where they stand when the skin is so far above the scan.
    fn touched(&self, height_mm: impl Fn(&Point, &Vector) -> f64) -> Vec<Row> {
        let raise = |(id, joints): Row| {
            let dot = self.plan.dot(id).unwrap();
            let height_mm = height_mm(&Point::from(dot.position_mm), &Vector::from(dot.normal));
            let pose = forward(&self.plan.rig, &joints).drawn_back(height_mm);
            (id, with_tip(&self.plan.rig, &pose.tip, joints.turns()).unwrap())
        };
        self.on_scan().into_iter().map(raise).collect()
    }

    fn table(&self, rows: &[Row]) -> PathBuf {
        let lines = rows.iter().map(|(dot, joints)| {
            let places: Vec<String> = joints.iter().map(|place| format!("{place:.3}")).collect();
            format!("{dot},{}\n", places.join(","))
        });
        let text = format!("dot_id,X,Y,Z,A,B\n{}", lines.collect::<String>());
        fs::write(self.path("touches.csv"), text).unwrap();
        self.path("touches.csv")
    }

    fn probed(&self, rows: &[Row], out: &str) -> tonsure::error::Result<Outcome> {
        let options = GcodeOptions { probed: Some(&self.table(rows)), ..GcodeOptions::default() };
        gcode(&self.path("out/plan.json"), &self.path(out), options, &Silent)
    }

    fn refused(&self, rows: &[Row], parts: &[&str]) {
        let text = self.probed(rows, "never").unwrap_err().to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{parts:?} are not in: {text}");
        assert!(!list(&self.path("never")).iter().any(|name| name.starts_with("session-")));
    }

    /// Errors of the depth below the true skin at all strikes of the folder, mm: the largest, and RMS.
    fn errors_mm(&self, out: &str, height_mm: impl Fn(&Point, &Vector) -> f64) -> [f64; 2] {
        let mesh_to_rig = self.plan.setups["upright"].mesh_to_rig;
        let off: Vec<f64> = rows(&self.path(out).join("session-1.upright.map.csv"))
            .into_iter()
            .map(|(id, joints)| {
                let dot = self.plan.dot(id).unwrap();
                let (place, normal) = (Point::from(dot.position_mm), Vector::from(dot.normal));
                let tip = mesh_to_rig.inverse().point(&forward(&self.plan.rig, &joints).tip);
                let beside_mm = (tip - place).cross(&normal).norm();
                assert!(beside_mm < 0.06, "dot {id} is struck {beside_mm} mm beside");
                ((place - tip).dot(&normal) + height_mm(&place, &normal) - dot.depth_mm).abs()
            })
            .collect();
        let rms = (off.iter().map(|off| off * off).sum::<f64>() / off.len() as f64).sqrt();
        [off.into_iter().fold(0.0, f64::max), rms]
    }
}

fn rows(map: &Path) -> Vec<Row> {
    let text = fs::read_to_string(map).unwrap();
    let row = |line: &str| {
        let mut fields = line.split(',').skip(1);
        let id = fields.next().unwrap().parse().unwrap();
        let places: Vec<f64> = fields.map(|field| field.parse().unwrap()).collect();
        (id, Joints::new(<[f64; 5]>::try_from(places).unwrap()))
    };
    text.lines().skip(1).map(row).collect()
}

fn told<'a>(findings: &'a [Finding], code: &str) -> &'a str {
    let found = findings.iter().find(|finding| finding.code == code);
    &found.unwrap_or_else(|| panic!("no {code}: {findings:?}")).message
}

/// A head that lies 0.6 mm and 0.4° off where it was registered, and is swollen at one temple.
fn moved(place: &Point, normal: &Vector) -> f64 {
    let (shift, turn) = (Vector::new(0.3, -0.4, 0.35), Vector::new(0.004, -0.003, 0.005));
    let swollen = 0.3 * (-(place - Point::new(60.0, 10.0, 90.0)).norm_squared() / 60.0_f64.powi(2)).exp();
    (shift + turn.cross(&place.coords)).dot(normal) + swollen
}

#[test]
fn strikes_follow_the_skin_that_was_touched() {
    let head = Waiting::demo();
    let names = list(&head.path("out"));
    assert!(names.iter().any(|name| name == "session-1.upright.probe.ngc"), "{names:?}");
    assert!(!names.iter().any(|name| name == "session-1.upright.ngc"), "strikes wait for touches");
    let rows = head.on_scan();
    let dots = head.plan.blocks[0].dots.len();
    assert_eq!(rows.len(), dots.div_ceil(EVERY as usize));
    let program = fs::read_to_string(head.path("out/session-1.upright.probe.ngc")).unwrap();
    assert_eq!(program.lines().filter(|line| line.starts_with("G38.2")).count(), rows.len());
    assert!(
        program.contains("run=probe")
            && program.contains("depth=probe counts from planes through touches every_dots=4")
    );
    assert!(!program.lines().any(|line| line.starts_with("M3")), "the needle never runs");

    // The planes are worth it: without them depths are off by more than the depth is.
    let outcome = head.probed(&head.touched(moved), "there").unwrap();
    let is_near = |[worst_mm, rms_mm]: [f64; 2]| worst_mm < 0.15 && rms_mm < 0.015;
    assert!(is_near(head.errors_mm("there", moved)), "{:?}", head.errors_mm("there", moved));
    assert!(outcome.verdict <= Severity::Warn, "{:?}", outcome.findings);
    let said = told(&outcome.findings, "touches");
    assert!(said.contains(&format!("{} touches find the skin", rows.len())), "{said}");
    assert!(
        !outcome.findings.iter().any(|f| ["touches-off", "touches-missing", "probe-first"].contains(&f.code.as_str()))
    );
    let judge = PlanFolder::read(&head.path("there/plan.json")).unwrap();
    for name in list(&head.path("there")).iter().filter(|name| name.contains(".ngc")) {
        let verdict = judge.verify(&fs::read_to_string(head.path("there").join(name)).unwrap()).unwrap();
        assert_eq!(verdict.verdict, Severity::Pass, "{name}: {:?}", verdict.findings);
    }
    let flat = head.touched(|_, _| 0.0);
    head.probed(&flat, "flat").unwrap();
    assert!(head.errors_mm("flat", |_, _| 0.0)[0] < 0.002 && head.errors_mm("flat", moved)[0] > 0.5);
    // Dots are what they were.
    let table = |out: &str| fs::read_to_string(head.path(out).join("dots.csv")).unwrap();
    let places =
        |out: &str| table(out).lines().map(|row| row.split(',').take(12).collect::<String>()).collect::<Vec<_>>();
    assert_eq!(places("there"), places("out"));
    // Places in the scan's frame say the same.
    let mesh_to_rig = head.plan.setups["upright"].mesh_to_rig;
    let lines = head.touched(moved).into_iter().map(|(dot, joints)| {
        let at = mesh_to_rig.inverse().point(&forward(&head.plan.rig, &joints).tip);
        format!("{dot},{},{},{}\n", at.x, at.y, at.z)
    });
    fs::write(head.path("places.csv"), format!("dot_id,x_mm,y_mm,z_mm\n{}", lines.collect::<String>())).unwrap();
    let mut command = tonsure();
    command.arg("gcode").arg(head.path("out/plan.json")).arg("--probed").arg(head.path("places.csv"));
    command.arg("--out").arg(head.path("places")).assert().success();
    assert!(is_near(head.errors_mm("places", moved)));

    a_touch_that_lies_is_told(&head);
    what_cannot_be_is_refused(&head);
    the_rest_is_struck_where_the_skin_was_touched(&head);
    changed_programs_fail(&head);
}

fn a_touch_that_lies_is_told(head: &Waiting) {
    let good = head.touched(moved);
    let mut rows = good.clone();
    for (at, by_mm) in [(7, 0.9), (40, -0.8)] {
        let (_, joints) = &mut rows[at];
        let pose = forward(&head.plan.rig, joints).drawn_back(by_mm);
        *joints = with_tip(&head.plan.rig, &pose.tip, joints.turns()).unwrap();
    }
    let missing: Vec<u32> = [60, 61, 62].map(|at: usize| good[at].0).into();
    rows.drain(60..63);
    let outcome = head.probed(&rows, "lies").unwrap();
    let off = told(&outcome.findings, "touches-off");
    assert!(off.contains("2 touches lie off"), "{off}");
    for at in [7, 40] {
        assert!(off.contains(&format!("dot {} by", good[at].0)), "{off}");
    }
    let told = told(&outcome.findings, "touches-missing");
    assert!(
        missing.iter().all(|dot| told.contains(&dot.to_string())) && told.contains("3 touches are missing"),
        "{told}"
    );
    assert!(head.errors_mm("lies", moved)[0] < 0.2, "{:?}", head.errors_mm("lies", moved));
}

fn what_cannot_be_is_refused(head: &Waiting) {
    let good = head.touched(moved);
    let shifted = |(dot, joints): &Row| (*dot, joints.map(|axis, at| if axis == 0 { at + 4.0 } else { at }));
    head.refused(&head.touched(|_, _| 1.6), &["above the scan", "at most 1.5 mm", "register the head anew"]);
    head.refused(&head.touched(|_, _| -1.6), &["-1.60 mm above"]);
    head.refused(&good.iter().map(shifted).collect::<Vec<_>>(), &["beside the needle's way", "machine's own zero"]);
    head.refused(&good[..2], &["2 touches", "3 at least"]);
    let twice: Vec<Row> = good.iter().copied().chain([good[5]]).collect();
    head.refused(&twice, &[&format!("dot {} twice", good[5].0)]);
    head.refused(&[(4_000_000, good[0].1)], &["line 2: found dot 4000000, which the plan does not strike"]);
    // Up and down by turns: no plane holds that.
    let wild = head.touched(|place, _| if (place.x * 1e3) as i64 % 2 == 0 { 1.0 } else { -1.0 });
    head.refused(&wild, &["contradict their neighbours"]);

    let refused = |table: &str, args: &[&str], parts: &[&str]| {
        fs::write(head.path("bad.csv"), table).unwrap();
        let mut command = tonsure();
        command.arg("gcode").arg(head.path("out/plan.json")).arg("--probed").arg(head.path("bad.csv")).args(args);
        let output = command.arg("--out").arg(head.path("never")).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(parts.iter().all(|part| text.contains(part)), "{parts:?} are not in: {text}");
    };
    refused("dot_id,X,Y,Z\n1,2,3,4\n", &[], &["bad.csv: header: found the columns \"dot_id,X,Y,Z\"", "X,Y,Z,A,B"]);
    refused("dot_id,X,Y,Z,A,B\n1,2,3,4,five,6\n", &[], &["line 2: found \"five\"; expected a number"]);
    refused("dot_id,X,Y,Z,A,B\n", &["--rig", "gantry-xyz"], &["--probed", "--rig"]);
    // A plan on a rig that strikes from the scan.
    let mut scratch = Scratch::new();
    scratch.case["design"]["density_per_cm2"] = json!(1);
    scratch.plan().assert().success();
    let options = GcodeOptions { probed: Some(&head.path("touches.csv")), ..GcodeOptions::default() };
    let text = gcode(&scratch.path("out/plan.json"), &scratch.path("new"), options, &Silent).unwrap_err().to_string();
    assert!(text.contains("every_dots above 1"), "{text}");
}

fn the_rest_is_struck_where_the_skin_was_touched(head: &Waiting) {
    let dots = &head.plan.blocks[0].dots;
    let last = dots[dots.len() / 2];
    let options = ResumeOptions { after_dot: Some(last), ..ResumeOptions::default() };
    let outcome = resume(&head.path("there/plan.json"), &head.path("rest"), options, &Silent).unwrap();
    assert!(outcome.verdict <= Severity::Warn && outcome.files.iter().any(|name| name == "session-1.upright.ngc"));
    assert!(head.errors_mm("rest", moved)[0] < 0.15);
    assert_eq!(rows(&head.path("rest/session-1.upright.map.csv")).len(), dots.len() - dots.len() / 2 - 1);
}

fn changed_programs_fail(head: &Waiting) {
    let judge = |folder: &str| PlanFolder::read(&head.path(folder).join("plan.json")).unwrap();
    let text = |name: &str| fs::read_to_string(head.path(name)).unwrap();
    let fails = |folder: &str, text: &str, code: &str| {
        let verdict = judge(folder).verify(text).unwrap();
        let failed: Vec<&str> =
            verdict.findings.iter().filter(|f| f.severity == Severity::Fail).map(|f| f.code.as_str()).collect();
        assert!(failed.contains(&code), "{code} is not among {failed:?}");
    };
    // Strikes by the scan where others were planned, and those of other touches.
    let anew = |text: &str, from: &str, to: &str| {
        let hash = |folder: &str| judge(folder).sha256[..16].to_owned();
        text.replace(&hash(from), &hash(to))
    };
    let program = text("there/session-1.upright.ngc");
    fails("out", &anew(&program, "there", "out"), "P05");
    fails("flat", &anew(&program, "there", "flat"), "P18");
    let told = |folder: &PlanFolder, text: &str, what: &str| {
        let verdict = folder.verify(text).unwrap();
        assert!(verdict.findings.iter().any(|finding| finding.message.contains(what)), "{:?}", verdict.findings);
    };
    let mut higher = judge("there");
    told(&higher, &program.replacen("\nG1", "\nG38.2 Z100 F180\nG1", 1), "a probe beside strikes");
    higher.plan.contacts.iter_mut().for_each(|contact| contact.height_mm = 9.0);
    told(&higher, &program, "skin 9.00 mm off the scan by its touches");
    let probe = text("out/session-1.upright.probe.ngc");
    let first = probe.lines().find(|line| line.starts_with("G38.2")).unwrap();
    let second = probe.lines().filter(|line| line.starts_with("G38.2")).nth(1).unwrap();
    fails("out", &probe.replacen(first, &first.replace("G38.2", "G1"), 1), "P05");
    fails("out", &probe.replacen(first, second, 1), "P08");
    fails("out", &probe.replacen("\nM5\n", "\nM3 S1000\nG4 P9\nM5\n", 1), "P19");
    fails("out", &probe.replacen("F180", "F240", 1), "P10");
    let z = first.split('Z').nth(1).unwrap().split('F').next().unwrap();
    let deeper = first.replace(z, &format!("{:.3}", z.parse::<f64>().unwrap() - 0.05));
    fails("out", &probe.replacen(first, &deeper, 1), "P18");
}

#[test]
fn every_dialect_that_probes_has_the_program() {
    for (name, extension) in
        [("gantry-xyz", "nc"), ("gantry-xyzab", "ngc"), ("table-xyzac", "nc"), ("fluidnc-xyzab", "nc")]
    {
        let mut scratch = Scratch::new();
        scratch.write("rig.json", rig(name));
        scratch.case["rig"] = json!("rig.json");
        scratch.case["design"]["density_per_cm2"] = json!(1);
        scratch.case["setups"] = json!(["upright"]);
        scratch.case["sessions"] = json!([{"share": 0.6}, {"share": 0.4}]);
        scratch.plan().assert().success();
        let file = scratch.path("out/plan.json");
        let plan = PlanFolder::read(&file).unwrap().plan;
        // Today's session alone was touched, a tenth of a millimetre above the scan everywhere.
        let map = fs::read_to_string(scratch.path("out/session-1.upright.probe.map.csv")).unwrap();
        let dots: Vec<u32> = map.lines().skip(1).map(|row| row.split(',').nth(1).unwrap().parse().unwrap()).collect();
        let up = plan.setups["upright"].mesh_to_rig.inverse().direction(&Vector::z());
        let line = |id: &u32| {
            let dot = plan.dot(*id).unwrap();
            let needle = if name == "gantry-xyz" { up } else { Vector::from(dot.normal) };
            let at = Point::from(dot.position_mm) + needle * 0.1;
            format!("{id},{},{},{}\n", at.x, at.y, at.z)
        };
        let table = format!("dot_id,x_mm,y_mm,z_mm\n{}", dots.iter().map(line).collect::<String>());
        let options = GcodeOptions { probed: Some(&scratch.write("t.csv", table)), ..GcodeOptions::default() };
        let outcome = gcode(&file, &scratch.path("new"), options, &Silent).unwrap();
        assert!(outcome.verdict <= Severity::Warn, "{name}: {:?}", outcome.findings);
        let program = |session: u32| scratch.path("new").join(format!("session-{session}.upright.{extension}"));
        assert!(program(1).is_file() && !program(2).is_file(), "{name}");
        assert!(told(&outcome.findings, "probe-first").contains("session 2, upright"));
        assert!(outcome.plan.contacts.iter().all(|contact| (contact.height_mm - 0.1).abs() < 1e-6));
    }
}

#[test]
fn every_dots_has_its_bounds() {
    for (key, value, parts) in [
        ("every_dots", json!(0), ["depth.every_dots: found 0", "1 or above"]),
        ("search_mm", json!(4.5), ["depth.search_mm: found 4.5", "1 less than approach_mm"]),
        ("every_dot", json!(5), ["every_dot", "every_dots"]),
    ] {
        let mut profile: Value = serde_json::from_str(&rig("gantry-xyz")).unwrap();
        profile["depth"][key] = value;
        let text = tonsure::rig::Profile::parse(profile.to_string(), "rig.json").unwrap_err().to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    }
}

fn cloud(seed: &[(f64, f64)]) -> Vec<Point> {
    seed.iter().map(|&(x, y)| Point::new(x, y, 0.0)).collect()
}

proptest! {
    /// What is the same everywhere is found exactly, a slope among touches all around nearly so, and the height never jumps.
    #[test]
    fn planes_are_found(
        places in proptest::collection::vec((-40.0..40.0_f64, -40.0..40.0_f64), 12..60),
        level in -1.0..1.0_f64,
        slope in proptest::array::uniform2(-0.02..0.02_f64),
        x in -40.0..40.0_f64,
        y in -40.0..40.0_f64,
    ) {
        let field = |p: &Point| level + slope[0] * p.x + slope[1] * p.y;
        let touch = |place: Point, height_mm: f64| Touch { place, height_mm };
        let flat: Vec<Touch> = cloud(&places).into_iter().map(|p| touch(p, level)).collect();
        let at = Point::new(x, y, 0.0);
        prop_assert!((skin_height_mm(&flat, &at, &Vector::z()) - level).abs() < 1e-9);
        let tilted: Vec<Touch> = cloud(&places).into_iter().map(|p| { let h = field(&p); touch(p, h) }).collect();
        let found = skin_height_mm(&tilted, &at, &Vector::z());
        let nearest = places.iter().map(|&(a, b)| (a - x).hypot(b - y)).fold(f64::INFINITY, f64::min);
        let steepness = slope[0].hypot(slope[1]);
        prop_assert!((found - field(&at)).abs() <= steepness * (2.0 * nearest + 10.0), "{found} for {}", field(&at));
        let beside = skin_height_mm(&tilted, &Point::new(x + 1e-6, y, 0.0), &Vector::z());
        prop_assert!((beside - found).abs() < 1e-3);
    }

    /// One touch that lies by a millimetre is found among any that agree, and no other is accused.
    #[test]
    fn the_one_that_lies_is_found(seed in 0_u64..500, which in 0_usize..64, up in any::<bool>()) {
        let place = |k: usize| {
            let (row, column) = ((k / 8) as f64, (k % 8) as f64);
            let jitter = ((seed as f64 + k as f64) * 12.9898).sin();
            Point::new(12.0 * column + 3.0 * jitter, 12.0 * row - 2.0 * jitter, 0.0)
        };
        let height = |p: &Point| 0.2 + 0.003 * p.x - 0.2 * (p.y / 60.0).powi(2);
        let mut touches: Vec<Touch> =
            (0..64).map(place).map(|place| Touch { place, height_mm: height(&place) }).collect();
        prop_assert!(outliers(&touches, &[Vector::z(); 64]).unwrap().is_empty());
        touches[which].height_mm += if up { 1.0 } else { -1.0 };
        let found = outliers(&touches, &[Vector::z(); 64]).unwrap();
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].touch, which);
        prop_assert!((found[0].off_mm.abs() - 1.0).abs() < 0.3);
    }
}

/// By setup, session and dot: what is known of one session says nothing of another.
#[test]
fn an_edited_plan_is_refused() {
    let mut scratch = Scratch::new();
    scratch.write("rig.json", rig("gantry-xyzab"));
    scratch.case["rig"] = json!("rig.json");
    scratch.case["design"]["density_per_cm2"] = json!(1);
    scratch.plan().assert().success();
    let mut edited: BTreeMap<String, Value> =
        serde_json::from_slice(&fs::read(scratch.path("out/plan.json")).unwrap()).unwrap();
    for (contact, part) in [
        (
            json!({"dot": 0, "session": 1, "setup": "prone", "position_mm": [0, 0, 80], "height_mm": 0}),
            "contacts[0].setup",
        ),
        (
            json!({"dot": 0, "session": 1, "setup": "upright", "position_mm": [0, 0, 80], "height_mm": 2}),
            "contacts[0].height_mm",
        ),
    ] {
        edited.insert("contacts".to_owned(), json!([contact]));
        let text = serde_json::to_string(&edited).unwrap();
        let error = Plan::parse(text.as_bytes(), "plan.json").unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}
