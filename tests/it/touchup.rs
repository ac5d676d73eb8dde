//! Healed dots against their plan: simulated healing, whose truth is known.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use nalgebra::{Rotation3, Unit, distance};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Normal};
use rand_pcg::Pcg64;
use serde_json::{Value, json};
use tonsure::error::Severity;
use tonsure::geometry::{Placement, Point, Vector, sha256};
use tonsure::plan::{Dot, Plan};
use tonsure::treatment::touchup::{Expected, Fate, Healing, Laid, Limits, Observed, Seen};

use crate::support::scratch::{DOME_RADIUS_MM, Scratch, list, tonsure};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo/case.json");
const HEADS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes");

/// How dots heal.
#[derive(Clone, Copy)]
struct Nature {
    lost: f64,
    faded: f64,
    /// RMS in space, mm.
    noise_mm: f64,
    extra: f64,
    /// How far the measured frame is from that of the scan.
    shift_mm: f64,
    turn_deg: f64,
    seed: u64,
}

const USUAL: Nature =
    Nature { lost: 0.05, faded: 0.1, noise_mm: 0.1, extra: 0.02, shift_mm: 5.0, turn_deg: 3.0, seed: 1 };

/// What was measured, and what is true.
struct Simulated {
    table: String,
    lost: BTreeSet<u32>,
    faded: BTreeSet<u32>,
}

impl Nature {
    /// Heals the dots for which `is_seen` holds. Extra dots lie anywhere on the skin: in the plane of a dot that was struck.
    fn heal(self, plan: &Plan, is_seen: impl Fn(&Dot) -> bool) -> Simulated {
        let mut random = Pcg64::seed_from_u64(self.seed);
        let mut struck: Vec<&Dot> = plan.dots.iter().filter(|dot| dot.order.is_some() && is_seen(dot)).collect();
        struck.shuffle(&mut random);
        let share = |part: f64| (part * struck.len() as f64).round() as usize;
        let (lost, living) = struck.split_at(share(self.lost));
        let faded = &living[..share(self.faded)];
        let noise = Normal::new(0.0, self.noise_mm / 3.0_f64.sqrt()).unwrap();
        let mut rows: Vec<(Point, f64, f64)> = Vec::new();
        for (index, dot) in living.iter().enumerate() {
            let off = Vector::from_fn(|_, _| noise.sample(&mut random));
            let contrast = if index < faded.len() { 0.25 } else { random.random_range(0.5..0.7) };
            rows.push((Point::from(dot.position_mm) + off, random.random_range(0.10..0.14), contrast));
        }
        for _ in 0..share(self.extra) {
            let dot = struck[random.random_range(0..struck.len())];
            let along = Vector::from(dot.normal).cross(&Vector::from_fn(|_, _| noise.sample(&mut random))).normalize();
            let far = 1.5 * f64::sqrt(random.random::<f64>());
            rows.push((Point::from(dot.position_mm) + along * far, 0.12, 0.6));
        }
        rows.shuffle(&mut random);
        let axis = |random: &mut Pcg64| Unit::new_normalize(Vector::from_fn(|_, _| noise.sample(random)));
        let turn = Rotation3::from_axis_angle(&axis(&mut random), self.turn_deg.to_radians());
        let shift = axis(&mut random).into_inner() * self.shift_mm;
        let mut table = "x,y,z,diameter_mm,contrast\n".to_owned();
        for (place, diameter, contrast) in rows {
            let at = turn * place + shift;
            writeln!(table, "{:.4},{:.4},{:.4},{diameter:.3},{contrast:.3}", at.x, at.y, at.z).unwrap();
        }
        let ids = |dots: &[&Dot]| dots.iter().map(|dot| dot.id).collect();
        Simulated { table, lost: ids(lost), faded: ids(faded) }
    }
}

/// A plan, and a touch-up of it.
struct Treated {
    scratch: Scratch,
    plan: Plan,
}

impl Treated {
    /// Half a sphere with 15 dots per cm².
    fn dome(edit: impl Fn(&mut Value)) -> Self {
        let mut scratch = Scratch::new();
        scratch.case["design"]["density_per_cm2"] = json!(15);
        scratch.case["setups"] = json!(["upright"]);
        edit(&mut scratch.case);
        let case = scratch.write_case();
        Self::of(scratch, &case)
    }

    fn of(scratch: Scratch, case: &Path) -> Self {
        tonsure().arg("plan").arg(case).arg("-q").arg("--out").arg(scratch.path("out")).assert().success();
        let plan = Plan::parse(&fs::read(scratch.path("out/plan.json")).unwrap(), "plan.json").unwrap();
        Self { scratch, plan }
    }

    fn run(&self, option: &str, table: &str, args: &[&str]) -> Output {
        let table = self.scratch.write("table.csv", table);
        let (plan, out) = (self.scratch.path("out/plan.json"), self.out());
        tonsure().arg("touchup").arg(plan).arg(option).arg(table).args(args).arg("--out").arg(out).output().unwrap()
    }

    fn out(&self) -> PathBuf {
        self.scratch.path("touchup")
    }

    fn touched(&self, option: &str, table: &str, args: &[&str]) -> Plan {
        let output = self.run(option, table, args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Plan::parse(&fs::read(self.out().join("plan.json")).unwrap(), "plan.json").unwrap()
    }

    fn refused(&self, option: &str, table: &str, args: &[&str], parts: &[&str]) {
        let output = self.run(option, table, args);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        for part in parts {
            assert!(text.contains(part), "\"{part}\" is not in: {text}");
        }
        assert!(!list(&self.out()).iter().any(|name| name.starts_with("session-")), "a refusal left programs");
    }

    /// Numbers of the old dots with that fate.
    fn with_fate(&self, fate: &str) -> BTreeSet<u32> {
        let table = fs::read_to_string(self.out().join("healing.csv")).unwrap();
        let of_row = |row: &str| {
            let fields: Vec<&str> = row.split(',').collect();
            (fields[1] == fate).then(|| fields[2].parse().unwrap())
        };
        table.lines().skip(1).filter_map(of_row).collect()
    }

    fn finding(plan: &Plan, code: &str) -> Option<Severity> {
        plan.findings.iter().find(|finding| finding.code == code).map(|finding| finding.severity)
    }

    fn report(&self) -> Value {
        serde_json::from_slice(&fs::read(self.out().join("healing.json")).unwrap()).unwrap()
    }

    /// New dots keep the rule to all that live, lie where a dot was lost, and stand before the living ones; the plan names its parent.
    fn holds(&self, new: &Plan, lost: &BTreeSet<u32>) {
        let parent = sha256(&fs::read(self.scratch.path("out/plan.json")).unwrap());
        assert_eq!(new.parent.as_ref(), Some(&parent));
        let (fresh, living): (Vec<&Dot>, Vec<&Dot>) = new.dots.iter().partition(|dot| !dot.existing);
        assert!(fresh.iter().all(|dot| dot.session == 1 && living.iter().all(|other| dot.id < other.id)));
        let place = |dot: &Dot| Point::from(dot.position_mm);
        for (index, dot) in fresh.iter().enumerate() {
            for other in living.iter().chain(&fresh[..index]) {
                let rule_mm = dot.spacing_mm.min(other.spacing_mm);
                let apart_mm = distance(&place(dot), &place(other));
                assert!(apart_mm >= rule_mm - 1e-9, "{apart_mm} mm apart, {rule_mm} mm is the rule");
            }
            let off = |old: &&Dot| distance(&place(old), &place(dot));
            let nearest = self.plan.dots.iter().min_by(|a, b| off(a).total_cmp(&off(b))).unwrap();
            assert!(lost.contains(&nearest.id), "a new dot where dot {} lives", nearest.id);
        }
    }
}

/// Precision and recall.
fn scores(found: &BTreeSet<u32>, truth: &BTreeSet<u32>) -> [f64; 2] {
    let both = found.intersection(truth).count() as f64;
    [both / found.len() as f64, both / truth.len() as f64]
}

/// The acceptance of this step: 60 dots per cm², as the case of the demo head has them.
fn finds_the_lost(treated: &Treated) {
    let simulated = USUAL.heal(&treated.plan, |_| true);
    let new = treated.touched("--observed", &simulated.table, &[]);
    for (fate, truth) in [("missing", &simulated.lost), ("faded", &simulated.faded)] {
        let [precision, recall] = scores(&treated.with_fate(fate), truth);
        assert!(precision >= 0.99 && recall >= 0.99, "{fate}: precision {precision:.4}, recall {recall:.4}");
    }
    let report = treated.report();
    let rms_mm = report["registration"]["rms_mm"].as_f64().unwrap();
    assert!((0.09..0.12).contains(&rms_mm), "{rms_mm} mm");
    let [own, beside, none] = ["own_place", "beside_it", "no_room"].map(|key| report["new"][key].as_u64().unwrap());
    assert_eq!(own + beside + none, report["all"]["missing"].as_u64().unwrap());
    assert!(own > 2 * beside && none < own / 5, "{own} own, {beside} beside, {none} without room");
    treated.holds(&new, &simulated.lost);
    assert!(list(&treated.out()).iter().any(|name| name.starts_with("session-1.") && name.contains(".ngc")));
    let sessions: Vec<&Value> =
        report["groups"].as_array().unwrap().iter().filter(|group| group["by"] == "session").collect();
    assert_eq!(sessions.len(), treated.plan.case.sessions.len());
    assert!(
        sessions.iter().all(|group| (group["missing_share"].as_f64().unwrap() - 0.05).abs() < 0.01),
        "{sessions:?}"
    );
}

#[test]
fn lost_dots_of_the_demo_head_are_found() {
    finds_the_lost(&Treated::of(Scratch::new(), Path::new(DEMO)));
}

#[test]
fn lost_dots_of_a_real_head_are_found() {
    let folder = Path::new(HEADS);
    if !folder.is_dir() {
        eprintln!("skipped: no heads in {HEADS}");
        return;
    }
    let folder = folder.canonicalize().unwrap();
    let mut scratch = Scratch::new();
    scratch.case["mesh"] = json!({"file": folder.join("colin27_scalp.ply"), "units": "mm"});
    scratch.case["boundary"] = json!({"file": folder.join("colin27_scalp.hairline.json")});
    scratch.case["design"] = json!({"density_per_cm2": 60, "depth_mm": 0.5});
    scratch.case["sessions"] = json!([{"share": 0.6}, {"share": 0.4}]);
    let case = scratch.write_case();
    finds_the_lost(&Treated::of(scratch, &case));
}

#[test]
fn any_frame_and_any_order_of_rows_will_do() {
    let treated = Treated::dome(|_| ());
    for (shift_mm, turn_deg, seed) in [(0.0, 0.0, 2), (40.0, 60.0, 3), (1000.0, 180.0, 4)] {
        let nature = Nature { shift_mm, turn_deg, seed, noise_mm: 0.2, ..USUAL };
        let simulated = nature.heal(&treated.plan, |_| true);
        let new = treated.touched("--observed", &simulated.table, &[]);
        let [precision, recall] = scores(&treated.with_fate("missing"), &simulated.lost);
        assert!(precision >= 0.98 && recall >= 0.98, "{shift_mm} mm, {turn_deg}°: {precision:.4}, {recall:.4}");
        treated.holds(&new, &simulated.lost);
    }
}

#[test]
fn a_third_of_the_dots_may_be_lost() {
    let treated = Treated::dome(|_| ());
    let simulated = Nature { lost: 0.35, noise_mm: 0.2, ..USUAL }.heal(&treated.plan, |_| true);
    let new = treated.touched("--observed", &simulated.table, &[]);
    let [precision, recall] = scores(&treated.with_fate("missing"), &simulated.lost);
    assert!(precision >= 0.99 && recall >= 0.97, "{precision:.4}, {recall:.4}");
    assert_eq!(Treated::finding(&new, "healing"), Some(Severity::Warn));
}

/// A table with every second row lost looks like a treatment of which half has gone: nothing is struck before a person says so.
#[test]
fn half_of_the_rows_is_not_half_of_the_treatment() {
    let treated = Treated::dome(|_| ());
    let simulated = Nature { lost: 0.55, ..USUAL }.heal(&treated.plan, |_| true);
    let output = treated.run("--observed", &simulated.table, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!list(&treated.out()).iter().any(|name| name.contains(".ngc")));
    let new = treated.touched("--observed", &simulated.table, &["--all-seen"]);
    assert_eq!(Treated::finding(&new, "healing"), Some(Severity::Pass));
}

/// Where one part of the scan is distorted its dots are on no place of the plan: nothing is said of it, and nothing struck.
#[test]
fn a_part_that_does_not_fit_is_left_alone() {
    let treated = Treated::dome(|case| case["design"]["density_per_cm2"] = json!(30));
    let nature = Nature { shift_mm: 0.0, turn_deg: 0.0, ..USUAL };
    let straight = nature.heal(&treated.plan, |_| true);
    let row = |row: &str| {
        let numbers: Vec<f64> = row.split(',').map(|field| field.parse().unwrap()).collect();
        let [x, y, z, diameter, contrast] = numbers[..] else { panic!("{row}") };
        let off = if x > 25.0 { 1.0 } else { 0.0 };
        format!("{x},{},{z},{diameter},{contrast}\n", y + off)
    };
    let bent = "x,y,z,diameter_mm,contrast\n".to_owned() + &straight.table.lines().skip(1).map(row).collect::<String>();
    let new = treated.touched("--observed", &bent, &[]);
    let struck = |inside: &dyn Fn(f64) -> bool| {
        new.dots.iter().filter(|dot| !dot.existing && inside(dot.position_mm[0])).count()
    };
    let lost_there = straight.lost.iter().filter(|id| treated.plan.dot(**id).unwrap().position_mm[0] > 30.0).count();
    assert!(
        lost_there > 5 && struck(&|x| x > 30.0) <= lost_there,
        "{} struck, {lost_there} lost",
        struck(&|x| x > 30.0)
    );
    assert!(struck(&|x| x < 20.0) > 5);
    assert_eq!(Treated::finding(&new, "healing-unseen"), Some(Severity::Warn));
}

/// Hairs are no dots: none is missed, none is struck, and new dots keep clear of them.
#[test]
fn hairs_are_not_pigment() {
    let mut scratch = Scratch::new();
    scratch.case["design"]["density_per_cm2"] = json!(15);
    scratch.case["setups"] = json!(["upright"]);
    scratch.case["design"]["existing"] = json!({"file": "hairs.csv", "keep_mm": 1.0});
    let hair = |turn: u32| {
        let (sin, cos) = (f64::from(turn) * 0.3).sin_cos();
        let [away, up] = [20.0_f64, 30.0].map(|degrees| degrees.to_radians().sin() * DOME_RADIUS_MM);
        let radius = if turn.is_multiple_of(2) { away } else { up };
        let z = (DOME_RADIUS_MM * DOME_RADIUS_MM - radius * radius).sqrt();
        format!("{},{},{z}\n", radius * cos, radius * sin)
    };
    scratch.write("hairs.csv", "x_mm,y_mm,z_mm\n".to_owned() + &(0..20).map(hair).collect::<String>());
    let case = scratch.write_case();
    let treated = Treated::of(scratch, &case);
    assert_eq!(treated.plan.dots.iter().filter(|dot| dot.hair).count(), 20);
    let simulated = USUAL.heal(&treated.plan, |_| true);
    let new = treated.touched("--observed", &simulated.table, &[]);
    treated.holds(&new, &simulated.lost);
    assert_eq!(new.dots.iter().filter(|dot| dot.hair).count(), 20);
    let hairs: BTreeSet<u32> = treated.plan.dots.iter().filter(|dot| dot.hair).map(|dot| dot.id).collect();
    assert!(treated.with_fate("missing").is_disjoint(&hairs));
    assert_eq!(new.statistics.count, new.dots.len() - 20);
    treated.refused("--missing", &format!("id\n{}\n", hairs.first().unwrap()), &[], &["which was not struck"]);
}

/// Pigment that has spread takes the room that it covers, whatever spacing the dot was to keep.
#[test]
fn no_new_dot_touches_one_that_has_spread() {
    let treated = Treated::dome(|_| ());
    let lost = treated.plan.dots[40].clone();
    let place = Point::from(lost.position_mm);
    let off = |dot: &Dot| distance(&Point::from(dot.position_mm), &place);
    let beside = treated.plan.dots.iter().filter(|dot| dot.id != 40).min_by(|a, b| off(a).total_cmp(&off(b))).unwrap();
    let mut table = "x,y,z,diameter_mm\n".to_owned();
    for dot in treated.plan.dots.iter().filter(|dot| dot.id != 40) {
        let [x, y, z] = dot.position_mm;
        writeln!(table, "{x},{y},{z},{}", if dot.id == beside.id { 4.0 } else { 0.12 }).unwrap();
    }
    let new = treated.touched("--observed", &table, &[]);
    assert_eq!(treated.with_fate("missing"), BTreeSet::from([40]));
    for dot in new.dots.iter().filter(|dot| !dot.existing) {
        let apart_mm = distance(&Point::from(dot.position_mm), &Point::from(beside.position_mm));
        assert!(apart_mm >= 1.5 * f64::midpoint(4.0, dot.diameter_mm), "{apart_mm} mm");
    }
}

/// Only one side was measured: nothing is said of the other, and nothing struck there, unless the user says it was looked at.
#[test]
fn what_was_not_measured_is_not_lost() {
    let treated = Treated::dome(|_| ());
    let is_seen = |dot: &Dot| dot.position_mm[0] > 0.0;
    let simulated = USUAL.heal(&treated.plan, is_seen);
    let new = treated.touched("--observed", &simulated.table, &[]);
    let inside = |id: u32| treated.plan.dot(id).unwrap().position_mm[0] > -4.0;
    assert!(treated.with_fate("missing").into_iter().all(inside));
    let hidden = treated.plan.dots.iter().filter(|dot| !is_seen(dot)).count();
    let unseen = treated.with_fate("unseen").len();
    assert!(unseen > hidden * 9 / 10 && unseen <= hidden, "{unseen} of {hidden}");
    assert!(new.findings.iter().any(|finding| finding.code == "healing-unseen" && finding.count == unseen));
    treated.touched("--observed", &simulated.table, &["--all-seen"]);
    assert!(treated.with_fate("unseen").is_empty() && treated.with_fate("missing").len() > hidden);
}

#[test]
fn dots_of_later_sessions_are_not_missed() {
    let treated = Treated::dome(|case| case["sessions"] = json!([{"share": 0.5}, {"share": 0.5}]));
    let first = |dot: &Dot| dot.session == 1;
    let simulated = USUAL.heal(&treated.plan, first);
    let new = treated.touched("--observed", &simulated.table, &["--after-session", "1", "--date", "2027-05-04"]);
    let [precision, recall] = scores(&treated.with_fate("missing"), &simulated.lost);
    assert!(precision >= 0.98 && recall >= 0.98, "{precision:.4}, {recall:.4}");
    treated.holds(&new, &simulated.lost);
    assert_eq!(new.case.start_date.as_deref(), Some("2027-05-04"));
    let to_come: Vec<&Dot> = treated.plan.dots.iter().filter(|dot| !first(dot)).collect();
    for dot in new.dots.iter().filter(|dot| !dot.existing) {
        let place = Point::from(dot.position_mm);
        assert!(
            to_come.iter().all(|other| distance(&place, &Point::from(other.position_mm))
                >= dot.spacing_mm.min(other.spacing_mm) - 1e-9)
        );
    }
    treated.refused("--observed", &simulated.table, &["--after-session", "3"], &["--after-session 3", "1 to 2"]);
    treated.refused("--observed", &simulated.table, &["--date", "4.5.2027"], &["--date", "YYYY-MM-DD"]);
}

#[test]
fn dots_of_another_plan_are_refused_and_told_why() {
    let treated = Treated::dome(|_| ());
    let other = Treated::dome(|case| case["seed"] = json!(2));
    let foreign = USUAL.heal(&other.plan, |_| true).table;
    treated.refused(
        "--observed",
        &foreign,
        &[],
        &["table.csv", "measured dots on dots of the plan", "chance alone", "at least 50 %"],
    );
    let own = USUAL.heal(&treated.plan, |_| true).table;
    let rows = |edit: fn([f64; 3]) -> [f64; 3]| -> String {
        let row = |row: &str| {
            let [x, y, z] = edit([0, 1, 2].map(|axis| row.split(',').nth(axis).unwrap().parse().unwrap()));
            format!("{x},{y},{z}\n")
        };
        "x,y,z\n".to_owned() + &own.lines().skip(1).map(row).collect::<String>()
    };
    treated.refused("--observed", &rows(|[x, y, z]| [x, -y, z]), &[], &["mirrored"]);
    treated.refused("--observed", &rows(|place| place.map(|c| c / 1000.0)), &[], &["--units", "as those of the plan"]);
    treated.touched("--observed", &rows(|place| place.map(|c| c / 1000.0)), &["--units", "m"]);
    let few: String = own.split_inclusive('\n').take(20).collect();
    treated.refused("--observed", &few, &[], &["19 measured dots", "25 or more"]);
    treated.refused("--observed", "x,y\n1,2\n", &[], &["two coordinates"]);
    treated.refused("--observed", "x,y,z,diameter_mm\n1,2,3,0\n", &[], &["row 1, column diameter_mm"]);
}

#[test]
fn a_list_by_hand_needs_no_photograph() {
    let treated = Treated::dome(|_| ());
    let new = treated.touched("--missing", "id\n5\n17\n1200\n", &[]);
    let lost = BTreeSet::from([5, 17, 1200]);
    assert_eq!(treated.with_fate("missing"), lost);
    treated.holds(&new, &lost);
    // Their own places are free, as nothing has moved.
    let places = |plan: &Plan, is_one: &dyn Fn(&Dot) -> bool| -> BTreeSet<String> {
        plan.dots.iter().filter(|dot| is_one(dot)).map(|dot| format!("{:?}", dot.position_mm)).collect()
    };
    assert_eq!(places(&new, &|dot| !dot.existing), places(&treated.plan, &|dot| lost.contains(&dot.id)));
    assert_eq!(new.dots.len(), treated.plan.dots.len());

    let [x, y, z] = treated.plan.dots[17].position_mm;
    treated.touched("--missing", &format!("x,y,z\n{},{y},{z}\n", x + 0.3), &[]);
    assert_eq!(treated.with_fate("missing"), BTreeSet::from([17]));
    treated.refused("--missing", "x,y,z\n0,0,200\n", &[], &["row 1", "mm from dot", "within half its spacing"]);
    treated.refused("--missing", &format!("x,y,z\n{x},{y},{z}\n{x},{y},{z}\n"), &[], &["row 2", "dot 17 again"]);
    treated.touched("--missing", "\u{feff}id,why\n5,faded\n", &[]);
    treated.refused("--missing", "id\n99999\n", &[], &["dot 99999, which the plan does not have"]);
    let own = treated.scratch.path("out");
    let table = treated.scratch.write("ids.csv", "id\n5\n");
    let before = list(&own);
    tonsure()
        .arg("touchup")
        .arg(own.join("plan.json"))
        .arg("--missing")
        .arg(table)
        .arg("--out")
        .arg(&own)
        .assert()
        .code(2);
    assert_eq!(list(&own), before);
}

/// A touch-up is a plan like any other: it can be touched up.
#[test]
fn a_touch_up_can_be_touched_up() {
    let treated = Treated::dome(|_| ());
    let simulated = USUAL.heal(&treated.plan, |_| true);
    let new = treated.touched("--observed", &simulated.table, &[]);
    let count = new.dots.len();
    let first = new.dots.iter().find(|dot| dot.order.is_some()).unwrap().id;
    let table = treated.scratch.write("again.csv", format!("id\n{first}\n{}\n", count - 1));
    let out = treated.scratch.path("again");
    tonsure()
        .arg("touchup")
        .arg(treated.out().join("plan.json"))
        .arg("--missing")
        .arg(table)
        .arg("--out")
        .arg(&out)
        .assert()
        .success();
    let again = Plan::parse(&fs::read(out.join("plan.json")).unwrap(), "plan.json").unwrap();
    assert_eq!(again.findings.iter().filter(|finding| finding.code == "healing").count(), 1);
    assert_eq!(again.dots.iter().filter(|dot| !dot.existing).count(), 2);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let treated = Treated::dome(|_| ());
    let simulated = USUAL.heal(&treated.plan, |_| true);
    let all = |threads: &str| {
        treated.touched("--observed", &simulated.table, &["--threads", threads]);
        list(&treated.out()).into_iter().map(|name| fs::read(treated.out().join(name)).unwrap()).collect::<Vec<_>>()
    };
    assert!(all("1") == all("3"), "results differ");
}

/// What became of each dot, on a lattice where it can be said by hand.
#[test]
fn dots_spread_and_run_together() {
    let lattice = |index: u32| Point::new(f64::from(index % 10), f64::from(index / 10), 0.0);
    let expected: Vec<Expected> =
        (0..100).map(|id| Expected { id, position: lattice(id), spacing_mm: 1.0, diameter_mm: 0.2 }).collect();
    let off = Vector::new(0.02, -0.01, 0.0);
    let mut places: Vec<Point> = (0..100).map(|index| lattice(index) + off).collect();
    let (mut diameters, mut contrast) = (vec![0.1; 100], vec![0.6; 100]);
    // 12 has spread and moved by four tenths, 55 is pale, 77 is missing, 33 and 34 have run together, and there is one more.
    places[12] += Vector::new(0.4, 0.0, 0.0);
    diameters[12] = 0.3;
    contrast[55] = 0.3;
    places[33] = Point::new(3.5, 3.0, 0.0);
    for gone in [77, 34] {
        places.remove(gone);
        diameters.remove(gone);
        contrast.remove(gone);
    }
    places.push(Point::new(8.45, 8.5, 0.0));
    diameters.push(0.1);
    contrast.push(0.6);
    let laid = Laid {
        observed_to_scan: Placement::IDENTITY,
        observed: places.len(),
        inliers: 96,
        inliers_by_chance: 3.0,
        deviations: 50.0,
        rms_mm: 0.02,
        tolerance_mm: 0.1,
        sigma_mm: 0.02,
        scale: 1.0,
    };
    let observed = Observed { places, diameter_mm: Some(diameters), contrast: Some(contrast) };
    let healing = Healing::of(&observed, &expected, &laid, Limits::default()).unwrap();
    let with = |fate: Fate| (0..100).filter(|&dot| healing.fates[dot] == fate).collect::<Vec<_>>();
    assert_eq!(with(Fate::BlownOut), [12]);
    assert_eq!(with(Fate::Faded), [55]);
    assert_eq!(with(Fate::Merged), [33, 34]);
    assert_eq!(with(Fate::Missing), [77]);
    assert_eq!((healing.extra(), healing.seen[33]), (1, Seen::Both([33, 34])));
    // Without sizes the one that moved is one that is gone and one that nobody expected.
    let bare = Observed { diameter_mm: None, contrast: None, ..observed };
    let healing = Healing::of(&bare, &expected, &laid, Limits::default()).unwrap();
    let gone: Vec<usize> = (0..100).filter(|&dot| healing.fates[dot] == Fate::Missing).collect();
    assert_eq!((gone, healing.extra()), (vec![12, 77], 2));
    assert!((healing.near_misses[0] - 1.0).abs() < 1e-12, "{:?}", healing.near_misses);
}
