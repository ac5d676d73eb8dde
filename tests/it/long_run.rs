//! Random cases from scan to judged programs: each ends in programs that pass, or in words that say why not.
//!
//! `TONSURE_LONG_RUN=1000 cargo test --release --test it long_run:: -- --nocapture` runs more than the eight of every day,
//! `TONSURE_LONG_RUN_FROM=N` begins with case N: a case depends on its number alone.

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;

use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::scratch::{list, tonsure};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

/// True in that share of cases.
fn sometimes(random: &mut impl Rng, share: f64) -> bool {
    random.random_range(0.0..1.0) < share
}

fn one_of<'a, T: ?Sized>(random: &mut impl Rng, choices: &[&'a T]) -> &'a T {
    choices[random.random_range(0..choices.len())]
}

/// Half an ellipsoid and some more, with bumps and noise, as rings of points from the top down.
struct Head {
    radii_mm: [f64; 3],
    /// Direction, height and width of each bump.
    bumps: Vec<([f64; 3], f64, f64)>,
    noise_mm: f64,
    around: usize,
    rings: usize,
    /// Polar angle of the lowest ring.
    lowest: f64,
}

impl Head {
    fn random(random: &mut impl Rng) -> Self {
        let bump = |random: &mut dyn Rng| {
            let (polar, turn): (f64, f64) = (random.random_range(0.0..1.6), random.random_range(0.0..TAU));
            let direction = [polar.sin() * turn.cos(), polar.sin() * turn.sin(), polar.cos()];
            (direction, random.random_range(-4.0..8.0), random.random_range(0.1..0.5))
        };
        let bumps = random.random_range(0..6);
        Self {
            radii_mm: [
                random.random_range(65.0..85.0),
                random.random_range(75.0..110.0),
                random.random_range(75.0..110.0),
            ],
            bumps: (0..bumps).map(|_| bump(random)).collect(),
            noise_mm: if sometimes(random, 0.4) { random.random_range(0.0..0.8) } else { 0.0 },
            around: random.random_range(24..110),
            rings: random.random_range(12..50),
            lowest: random.random_range(1.6..2.4),
        }
    }

    /// The skin in that direction, without noise, mm.
    fn place(&self, polar: f64, turn: f64) -> [f64; 3] {
        let unit = [polar.sin() * turn.cos(), polar.sin() * turn.sin(), polar.cos()];
        let bump = |(at, height, width): &([f64; 3], f64, f64)| {
            let apart: f64 = (0..3).map(|k| (unit[k] - at[k]).powi(2)).sum();
            height * (-apart / (width * width)).exp()
        };
        let raised: f64 = self.bumps.iter().map(bump).sum();
        [0, 1, 2].map(|k| unit[k] * (self.radii_mm[k] + raised))
    }

    /// Points and triangles, with what random damage was done to them.
    fn mesh(&self, random: &mut impl Rng) -> (Vec<[f64; 3]>, Vec<[usize; 3]>) {
        let mut points = vec![self.place(0.0, 0.0)];
        for ring in 1..=self.rings {
            for step in 0..self.around {
                let noise = self.noise_mm * random.random_range(-1.0..1.0);
                let at =
                    self.place(self.lowest * ring as f64 / self.rings as f64, TAU * step as f64 / self.around as f64);
                points.push(at.map(|c| c * (1.0 + noise / 90.0)));
            }
        }
        let at = |ring: usize, step: usize| 1 + (ring - 1) * self.around + step % self.around;
        let mut triangles: Vec<[usize; 3]> = (0..self.around).map(|step| [0, at(1, step), at(1, step + 1)]).collect();
        for (ring, step) in (1..self.rings).flat_map(|ring| (0..self.around).map(move |step| (ring, step))) {
            let [a, b, c, d] = [at(ring, step), at(ring, step + 1), at(ring + 1, step), at(ring + 1, step + 1)];
            triangles.extend([[a, c, d], [a, d, b]]);
        }
        if sometimes(random, 0.3) {
            // A hole of some mm.
            let (hole, radius) = (points[random.random_range(0..points.len())], random.random_range(2.0..14.0_f64));
            let is_near =
                |corner: &usize| (0..3).map(|k| (points[*corner][k] - hole[k]).powi(2)).sum::<f64>() < radius.powi(2);
            triangles.retain(|corners| !corners.iter().any(is_near));
        }
        if sometimes(random, 0.2) {
            // Wrong ways round, twice, and without area.
            for _ in 0..random.random_range(1..30) {
                let at = random.random_range(0..triangles.len());
                let [a, b, c] = triangles[at];
                match random.random_range(0..3) {
                    0 => triangles[at] = [a, c, b],
                    1 => triangles.push([a, b, c]),
                    _ => triangles.push([a, b, b]),
                }
            }
        }
        if sometimes(random, 0.15) {
            // A crumb beside the head.
            let first = points.len();
            let off = random.random_range(1.0..40.0);
            points.extend([[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [0.0, 3.0, 1.0]].map(|p| {
                let top = self.place(0.0, 0.0);
                [p[0] + 20.0, p[1], p[2] + top[2] + off]
            }));
            triangles.push([first, first + 1, first + 2]);
        }
        (points, triangles)
    }

    /// A closed line around the top, with its point inside, in mm.
    fn line(&self, random: &mut impl Rng) -> Value {
        let (mean, wobble, waves) =
            (random.random_range(0.5..1.45), random.random_range(0.0..0.15), f64::from(random.random_range(1..5)));
        let points = random.random_range(12..120);
        let place = |i: usize| {
            let turn = TAU * i as f64 / points as f64;
            self.place(mean + wobble * (waves * turn).sin(), turn)
        };
        let line: Vec<_> = (0..points).map(place).collect();
        let top = self.place(0.0, 0.0);
        let (left, right) = (self.place(1.57, 0.0), self.place(1.57, TAU / 2.0));
        json!({
            "units": "mm", "hairline": line, "inside_point": top,
            "landmarks": {"left_tragus": left, "right_tragus": right, "vertex": top},
        })
    }
}

/// What is asked for on a head.
fn case(random: &mut impl Rng) -> Value {
    let rigs: Vec<&str> = tonsure::rig::builtin_names().collect();
    let mut case = json!({
        "format": "tonsure-case/1", "mesh": {"file": "head.off", "units": "mm"},
        "boundary": {"file": "head.hairline.json"}, "rig": one_of(random, &rigs), "seed": random.random_range(0..1000),
        "design": {"density_per_cm2": random.random_range(0.05..6.0), "depth_mm": random.random_range(0.1..0.9)},
    });
    if sometimes(random, 0.1) {
        case["mesh"]["smooth_mm"] = json!(random.random_range(2.0..8.0));
    }
    if sometimes(random, 0.5) {
        case["design"]["edge"] =
            json!({"width_mm": random.random_range(0.0..20.0), "edge_share": random.random_range(0.0..1.0)});
    }
    if sometimes(random, 0.4) {
        let share = random.random_range(0.1..0.9);
        case["sessions"] = json!([{"share": share}, {"share": 1.0 - share}]);
    }
    if sometimes(random, 0.6) {
        let setups = ["upright", "supine", "left", "right", "prone"];
        case["setups"] = setups.iter().filter(|_| sometimes(random, 0.4)).copied().collect();
    }
    if sometimes(random, 0.4) {
        case["stops"] =
            json!({"reload_every_dots": random.random_range(1..200), "wipe_every_dots": random.random_range(1..200)});
    }
    if sometimes(random, 0.3) {
        let place = [0, 1, 2].map(|_| random.random_range(-90.0..90.0));
        case["keep_outs"] = json!([{"name": "mole", "centre": place, "radius_mm": random.random_range(0.5..20.0)}]);
    }
    if sometimes(random, 0.3) {
        case["palette"] = json!([{"name": "light"}, {"name": "dark"}]);
        case["tools"] = json!([
            {"number": 1, "needle": "1RL", "pigment": "light", "edge_mm": random.random_range(1.0..20.0)},
            {"number": 2, "needle": "3RL", "pigment": "dark", "longer_mm": random.random_range(-3.0..3.0)},
        ]);
    }
    if sometimes(random, 0.15) {
        case["design"]["budget"] = json!({"max_dots": random.random_range(1..2000)});
    }
    case
}

fn write_off(path: &Path, points: &[[f64; 3]], triangles: &[[usize; 3]]) {
    let rows = points.iter().map(|[x, y, z]| format!("{x} {y} {z}\n"));
    let faces = triangles.iter().map(|[a, b, c]| format!("3 {a} {b} {c}\n"));
    let body: String = rows.chain(faces).collect();
    fs::write(path, format!("OFF\n{} {} 0\n{body}", points.len(), triangles.len())).unwrap();
}

/// Runs one case; how it ended, or what is wrong.
fn run(seed: u64) -> Result<&'static str, String> {
    let mut random = Pcg64::seed_from_u64(seed);
    let folder = TempDir::new().unwrap();
    let head = Head::random(&mut random);
    let (points, triangles) = head.mesh(&mut random);
    write_off(&folder.path().join("head.off"), &points, &triangles);
    fs::write(folder.path().join("head.hairline.json"), head.line(&mut random).to_string()).unwrap();
    let file = folder.path().join("case.json");
    fs::write(&file, case(&mut random).to_string()).unwrap();
    let out = folder.path().join("out");
    let output = tonsure().arg("plan").arg(&file).arg("--out").arg(&out).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let programs: Vec<String> = list(&out)
        .into_iter()
        .filter(|name| name.starts_with("session-") && !name.contains(".map.") && !name.contains(".verify."))
        .collect();
    match output.status.code() {
        Some(2) => {
            let is_clear = text.starts_with("error: ") && text.contains(": found ") && text.contains("; expected ");
            if is_clear && list(&out).is_empty() { Ok("refused") } else { Err(text) }
        }
        Some(1) => {
            // A finding of the plan, told with its number, may fail it; a program of our own that is wrong may not.
            let report: Value = serde_json::from_slice(&fs::read(out.join("report.json")).unwrap()).unwrap();
            let judged = report["programs"].as_array().into_iter().flatten();
            if programs.is_empty() && judged.clone().all(|program| program["verdict"] != "FAIL") {
                Ok("plan with verdict FAIL, no program")
            } else {
                Err(format!("{programs:?} {text} {:?}", judged.collect::<Vec<_>>()))
            }
        }
        Some(0) => {
            for name in &programs {
                let verdict = tonsure().arg("verify").arg(out.join(name)).output().unwrap();
                if verdict.status.code() != Some(0) {
                    return Err(format!("{name}: {}", String::from_utf8_lossy(&verdict.stderr)));
                }
            }
            Ok(if programs.is_empty() { "plan without programs" } else { "programs that pass" })
        }
        other => Err(format!("status {other:?}: {text}")),
    }
}

#[test]
fn random_cases_end_in_programs_that_pass_or_in_words() {
    let (first, count) = (number("TONSURE_LONG_RUN_FROM", 0), number("TONSURE_LONG_RUN", 8));
    let mut ended = std::collections::BTreeMap::<&str, u32>::new();
    let mut wrong = Vec::new();
    for seed in first..first + count {
        match run(seed) {
            Ok(how) => *ended.entry(how).or_default() += 1,
            Err(what) => wrong.push(format!("case {seed}: {what}")),
        }
    }
    eprintln!("{count} cases: {ended:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(ended.contains_key("programs that pass"), "{ended:?}");
}
