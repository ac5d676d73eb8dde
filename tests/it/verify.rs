//! The second opinion: passes what the planner writes and what changes nothing, fails everything that would harm.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use tonsure::error::Severity;
use tonsure::gcode::{Header, Style, program};
use tonsure::geometry::{Point, Vector, sha256};
use tonsure::mesh::{SurfaceIndex, TriMesh};
use tonsure::plan::{Block, Dot, FORMAT, Plan, PlannedStop, SetupPlacement, Statistics};
use tonsure::rig::{Profile, builtin};
use tonsure::schedule::{Halt, Target};
use tonsure::toolpath::{Mode, build_with_halts};
use tonsure::verify::{Head, Verdict, judge};

use crate::rig::{ball_with_ears, reached, scattered};

/// A small plan with its two programs.
pub(crate) struct Job {
    pub(crate) plan: Plan,
    digest: String,
    scan: SurfaceIndex,
    /// Every move spelled out, so that it can be edited.
    treat: String,
    air: String,
    /// The same as plans have them.
    compact: [String; 2],
}

/// A verbose program without the comments behind its words: a line a word and every word said.
fn spelled_out(text: &str) -> String {
    text.lines()
        .map(|line| {
            // Marks of the owner's lines are no comments of ours.
            let stays = line.starts_with(';') || line.contains(" ; own ");
            if stays { line } else { line.split(" ;").next().unwrap() }
        })
        .fold(String::new(), |all, line| all + line + "\n")
}

/// Twelve dots on a ball with ears, on a built-in rig.
pub(crate) fn job(rig: &str, polar_deg: f64) -> Job {
    job_on(builtin(rig).unwrap(), polar_deg)
}

/// The same on any rig.
pub(crate) fn job_on(profile: Profile, polar_deg: f64) -> Job {
    job_with_halts(profile, polar_deg, &[])
}

/// The same with stops on the way.
pub(crate) fn job_with_halts(profile: Profile, polar_deg: f64, halts: &[Halt]) -> Job {
    let (mesh, mesh_to_rig) = ball_with_ears();
    let scan = SurfaceIndex::build(&mesh);
    let targets = scattered(12, polar_deg, &mesh_to_rig, 3);
    // A needle with a nose is driven deeper than the dots are.
    let over_mm = profile.depth.over_travel_mm();
    let driven: Vec<Target> = targets.iter().map(|t| Target { depth_mm: t.depth_mm + over_mm, ..*t }).collect();
    let stops = reached(&driven, &profile, &mesh_to_rig, &scan);
    let order_of = |id: u32| stops.iter().position(|stop| stop.dot == id).map(|order| order as u32);
    let dot = |target: &Target| Dot {
        id: target.id,
        position_mm: target.position.into(),
        normal: target.normal.into(),
        spacing_mm: 1.0,
        diameter_mm: 0.2,
        depth_mm: target.depth_mm,
        session: 1,
        setup: order_of(target.id).map(|_| "upright".to_owned()),
        tool: 1,
        order: order_of(target.id),
        existing: false,
        hair: false,
        normal_variation_rad: 0.0,
        patched: false,
    };
    let case = serde_json::json!({
        "format": "tonsure-case/1", "mesh": {"file": "ball.ply", "units": "mm"}, "boundary": {"file": "ball.hairline.json"},
        "design": {"density_per_cm2": 1, "depth_mm": 0.5, "dwell_s": 0.05}, "rig": profile.name, "seed": 3,
    });
    // Measured, and well.
    let marks = [[60.0, 0.0, 0.0], [-60.0, 0.0, 0.0], [0.0, 60.0, 0.0], [0.0, -60.0, 0.0], [0.0, 0.0, 60.0]];
    let placement =
        SetupPlacement { mesh_to_rig, source: "fiducials".to_owned(), fre_mm: Some(0.1), largest_tre_mm: Some(0.2) };
    let plan = Plan {
        format: FORMAT.to_owned(),
        parent: None,
        sha256: BTreeMap::new(),
        seed: 3,
        case: serde_json::from_value(case).unwrap(),
        boundary_mm: Vec::new(),
        fiducials_mm: marks.into(),
        contacts: Vec::new(),
        dwells_s: BTreeMap::new(),
        landmarks_mm: BTreeMap::new(),
        rig: profile,
        setups: [("upright".to_owned(), placement)].into(),
        dots: targets.iter().map(dot).collect(),
        blocks: vec![Block {
            session: 1,
            setup: "upright".to_owned(),
            tool: 1,
            dots: stops.iter().map(|stop| stop.dot).collect(),
            stops: halts
                .iter()
                .map(|&Halt { before, kind }| {
                    let before_dot = stops[before].dot;
                    PlannedStop { kind, before_dot, before_order: before as u32, at_s: 0.0, takes_s: 0.0 }
                })
                .collect(),
            ..Block::default()
        }],
        statistics: Statistics { count: targets.len(), ..Statistics::default() },
        findings: Vec::new(),
    };
    let digest = sha256(&plan.to_json().unwrap());
    let written = |mode| {
        let toolpath = build_with_halts(&stops, halts, &plan.rig, &mesh_to_rig, &scan, mode).unwrap();
        let header = Header {
            plan_hash16: &digest[..16],
            case_name: "ball",
            session: 1,
            setup: "upright",
            tool: 1,
            tools: &[],
            seed: 3,
            run: mode.into(),
        };
        let text = |style| program(&toolpath, &plan.rig, &header, style).unwrap().text;
        (spelled_out(&text(Style::Verbose)), text(Style::Compact))
    };
    let [(treat, compact), (air, compact_air)] = [Mode::Treat, Mode::Air].map(written);
    Job { plan, digest, scan, treat, air, compact: [compact, compact_air] }
}

static TURNING: LazyLock<Job> = LazyLock::new(|| job("gantry-xyzab", 90.0));
static FIXED: LazyLock<Job> = LazyLock::new(|| job("gantry-xyz", 18.0));

impl Job {
    fn judged_with(&self, plan: &Plan) -> Verdict {
        judge(&self.treat, plan, &self.digest, &self.scan).unwrap()
    }

    fn judge(&self, program: &str) -> Verdict {
        judge(program, &self.plan, &self.digest, &self.scan).unwrap()
    }

    /// The program must fail, with a finding of that code, and at that line (from 1) unless it is 0.
    pub(crate) fn fails(&self, program: &str, code: &str, line: usize) {
        assert!(program != self.treat && program != self.air, "{code}: nothing was changed");
        let verdict = self.judge(program);
        let found: Vec<_> = verdict.findings.iter().filter(|f| f.severity == Severity::Fail).collect();
        assert_eq!(verdict.verdict, Severity::Fail, "{code} at line {line} was let through");
        let told = found.iter().find(|finding| finding.code == code);
        let told = told.unwrap_or_else(|| panic!("{code} at line {line} is not among {found:?}"));
        assert!(line == 0 || told.message.contains(&format!("line {line}: ")), "not line {line}: {told:?}");
    }

    /// The verdicts on all four programs.
    pub(crate) fn verdicts(&self) -> Vec<(&str, Verdict)> {
        let texts = [
            ("treat", &self.treat),
            ("air", &self.air),
            ("compact", &self.compact[0]),
            ("compact air", &self.compact[1]),
        ];
        texts.map(|(name, text)| (name, self.judge(text))).into()
    }

    pub(crate) fn judged(&self, program: &str) -> Verdict {
        self.judge(program)
    }

    pub(crate) fn compact(&self) -> &[String; 2] {
        &self.compact
    }

    pub(crate) fn treat(&self) -> &str {
        &self.treat
    }

    pub(crate) fn air(&self) -> &str {
        &self.air
    }

    pub(crate) fn verdict(&self) -> Verdict {
        self.judge(&self.treat)
    }

    pub(crate) fn air_verdict(&self) -> Verdict {
        self.judge(&self.air)
    }

    /// The program passes and the dry run does.
    pub(crate) fn both_pass(&self) {
        self.compact.iter().chain([&self.treat, &self.air]).for_each(|program| self.passes(program));
    }

    /// The program as it stands fails with a finding of that code.
    pub(crate) fn is_refused(&self, code: &str) {
        let verdict = self.judge(&self.treat);
        let found = verdict.findings.iter().any(|f| f.severity == Severity::Fail && f.code == code);
        assert!(found, "{code} is not among {:?}", verdict.findings);
    }

    fn passes(&self, program: &str) {
        let verdict = self.judge(program);
        assert_eq!(verdict.verdict, Severity::Pass, "{:?}", verdict.findings);
        assert_eq!(verdict.strikes, self.plan.blocks[0].dots.len());
    }
}

/// Index of the strike of dot number `k` of the program's order.
fn strike(program: &str, k: usize) -> usize {
    let lines: Vec<_> = program.lines().collect();
    let strokes = (1..lines.len()).filter(|&i| lines[i].starts_with("G1 ") && !lines[i - 1].starts_with("G4 "));
    strokes.into_iter().nth(k).unwrap()
}

/// The text with the lines changed.
fn edited(program: &str, edit: impl FnOnce(&mut Vec<String>)) -> String {
    let mut lines: Vec<String> = program.lines().map(str::to_owned).collect();
    edit(&mut lines);
    lines.join("\n") + "\n"
}

/// A line with `change` added to the number behind a letter.
fn shifted(line: &str, letter: char, change: f64) -> String {
    let words = line.split(' ').map(|word| match word.strip_prefix(letter) {
        Some(number) => format!("{letter}{:.4}", number.parse::<f64>().unwrap() + change),
        None => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn index(program: &str, is: impl Fn(&str) -> bool) -> usize {
    program.lines().position(is).unwrap()
}

fn last_index(program: &str, is: impl Fn(&str) -> bool) -> usize {
    program.lines().count() - 1 - program.lines().rev().position(is).unwrap()
}

#[test]
fn what_the_planner_writes_passes() {
    for job in [&*TURNING, &*FIXED] {
        assert!(job.plan.blocks[0].dots.len() >= 8);
        job.both_pass();
    }
}

#[test]
fn edits_that_change_nothing_pass() {
    for job in [&*TURNING, &*FIXED] {
        for program in [&job.treat, &job.air] {
            job.passes(&program.replace("\nG1 ", "\n\n(stroke)\nG01 ").replace("\nG0 ", "\nG00 "));
            job.passes(
                &program.replace("\nG1 X", "\n G1  X +").replace("+-", "-").replace("G4 P0.05", "G4P.050 ; rest"),
            );
            job.passes(&program.replace('\n', "\r\n"));
            job.passes(&program.replace("\nM2\n", "\nM30\n\n; the end\n"));
        }
    }
}

#[test]
fn strikes_that_are_lost_doubled_swapped_or_displaced_fail() {
    for job in [&*TURNING, &*FIXED] {
        for program in [&job.treat, &job.air] {
            let at = strike(program, 4);
            let with = |change: &dyn Fn(&str) -> String| edited(program, |lines| lines[at] = change(&lines[at]));

            let lost = edited(program, |lines| drop(lines.remove(at)));
            job.fails(&lost, "P08", at + 2);
            job.fails(&lost, "P18", 0);
            job.fails(&edited(program, |lines| lines.insert(at, lines[at].clone())), "P08", at + 2);
            job.fails(&edited(program, |lines| drop(lines.splice(at..at, lines[at..at + 3].to_vec()))), "P18", at + 4);
            job.fails(&with(&|line| shifted(line, 'X', 0.05)), "P18", at + 1);
            job.fails(&with(&|line| shifted(line, 'Y', -0.05)), "P18", at + 1);
            let sign = |line: &str| line.replace("Y-", "Y+").replace('Y', "Y-").replace("-+", "");
            job.fails(&with(&sign), "P08", at + 1);
            job.fails(&with(&|line| line.replace("G1", "G0")), "P18", 0);
            job.fails(&with(&|line| shifted(line, 'Z', -9.0)), "P18", at + 1);

            // Whole blocks of two dots, swapped.
            let next = strike(program, 5);
            let swapped = edited(program, |lines| {
                let other: Vec<String> = lines[next - 1..next + 3].to_vec();
                let one = lines.splice(at - 1..at + 3, other).collect::<Vec<_>>();
                lines.splice(next - 1..next + 3, one);
            });
            job.fails(&swapped, "P18", at + 1);
        }
    }
}

#[test]
fn strokes_too_deep_or_aslant_or_too_long_fail() {
    for job in [&*TURNING, &*FIXED] {
        let (program, at) = (&job.treat, strike(&job.treat, 3));
        let lines: Vec<_> = program.lines().collect();
        // Longer along its own direction, by 0.1 mm of 5.5 mm.
        let number = |line: &str, axis: char| -> f64 {
            line.split(' ').find_map(|word| word.strip_prefix(axis)).unwrap().parse().unwrap()
        };
        let deeper = "XYZ".chars().fold(lines[at].to_owned(), |line, axis| {
            let way = number(lines[at], axis) - number(lines[at - 1], axis);
            shifted(&line, axis, way * 0.1 / 5.5)
        });
        job.fails(&edited(program, |lines| lines[at] = deeper), "P05", at + 1);
        // From 1 mm farther above: the stroke alone is what is wrong.
        let back = |line: &str| {
            "XYZ".chars().fold(line.to_owned(), |line, axis| {
                let way = number(lines[at], axis) - number(lines[at - 1], axis);
                shifted(&line, axis, -way / 5.5)
            })
        };
        let earlier = edited(program, |lines| {
            lines[at - 1] = back(&lines[at - 1]);
            lines[at + 2] = back(&lines[at + 2]);
        });
        job.fails(&earlier, "P08", at + 1);
        job.fails(&edited(program, |lines| lines[at - 1] = shifted(&lines[at - 1], 'X', 0.3)), "P08", at + 1);
        job.fails(&edited(program, |lines| lines[at + 2] = shifted(&lines[at + 2], 'Z', 0.5)), "P08", at + 3);
    }
}

#[test]
fn a_needle_turned_otherwise_fails() {
    let (job, at) = (&*TURNING, strike(&TURNING.treat, 3));
    for axis in ['A', 'B'] {
        let turned = edited(&job.treat, |lines| lines[at - 1] = shifted(&lines[at - 1], axis, 1.0));
        job.fails(&turned, "P08", at + 1);
        job.fails(&turned, "P18", at + 1);
        job.fails(&edited(&job.treat, |lines| lines[at] = format!("{} {axis}5", lines[at])), "P08", at + 1);
    }
}

#[test]
fn modes_and_words_that_change_the_meaning_fail() {
    for job in [&*TURNING, &*FIXED] {
        for program in [&job.treat, &job.air] {
            let at = strike(program, 2);
            let bad = [
                "G20",
                "G92 X0",
                "G55",
                "G43 H1",
                "G2 X1 Y1 I5",
                "M98 P5",
                "T2 M6",
                "G53",
                "N10",
                "#1=5",
                "XNaN",
                "Xinf",
                "X1e2",
                "X0x10",
                "G1e0",
                "g0 x1",
                "G0 x1",
                "q",
                "(open",
                "%",
                "O100 call",
                "$H",
                "; µ",
                "; wait!",
                "(DEBUG,go)",
                "M3 S5 S6",
            ];
            for word in bad {
                job.fails(&edited(program, |lines| lines.insert(at, word.to_owned())), "P12", at + 1);
            }
            for mode in ["G21", "G90", "G94", "G17", "G40", "G49", "G54", "G92.1"] {
                job.fails(&program.replacen(mode, "", 1), "P12", 0);
            }
            job.fails(&program.replacen("G90", "G91", 1), "P12", 0);
            // Where G91 is known it tells at the next move.
            job.fails(&edited(program, |lines| lines.insert(at, "G91".to_owned())), "P12", 0);
            // grbl passes over optional stops; LinuxCNC makes them.
            let code = if job.plan.rig.name == "gantry-xyz" { "P12" } else { "P11" };
            job.fails(&edited(program, |lines| lines.insert(at, "M1".to_owned())), code, at + 1);
            job.fails(&edited(program, |lines| lines[at - 1].push_str("\rG0 Z0")), "P12", at);
            job.fails(&edited(program, |lines| lines[at].push_str(&" ".repeat(60))), "P12", at + 1);
        }
    }
    for mode in ["G61", "G80"] {
        TURNING.fails(&TURNING.treat.replacen(mode, "", 1), "P12", 0);
    }
}

#[test]
fn speeds_and_rests_other_than_planned_fail() {
    for job in [&*TURNING, &*FIXED] {
        let (program, at) = (&job.treat, strike(&job.treat, 3));
        for (feed, code) in [("F24000", "P10"), ("F240", "P10"), ("F3600", "P10"), ("", "P10")] {
            job.fails(&edited(program, |lines| lines[at] = lines[at].replace("F2400", feed)), code, at + 1);
        }
        job.fails(&edited(program, |lines| lines[at + 2] = lines[at + 2].replace("F3600", "F2400")), "P10", at + 3);
        for rest in ["G4 P0.04", "G4 P50", "G4 P0", "; none"] {
            job.fails(&edited(program, |lines| lines[at + 1] = rest.to_owned()), "P11", at + 1);
        }
        job.fails(&edited(program, |lines| lines.swap(at, at + 1)), "P11", at + 1);
        job.fails(&edited(program, |lines| lines.insert(at - 1, "G4 P5".to_owned())), "P11", at);
        job.fails(&program.replacen("G4 P1\n", "G4 P0.2\n", 1), "P11", 0);
        job.fails(&edited(program, |lines| lines[at + 1] = "G4 P-1".to_owned()), "P12", at + 2);
        job.fails(&edited(program, |lines| drop(lines.remove(at + 2))), "P08", 0);
    }
}

/// From a place that nobody knows a rapid is as fast as all of its axes can: where that is more than the tip's cap, a feed takes its place.
#[test]
fn ways_from_unknown_places_keep_to_the_cap() {
    let mut slowed = Vec::new();
    for (rig, cap_mm_s) in [
        ("gantry-xyz", 250.0),
        ("gantry-xyz", 60.0),
        ("gantry-xyzab", 250.0),
        ("gantry-xyzab", 60.0),
        ("table-xyzac", 250.0),
        ("reprap-xyzab", 60.0),
        ("marlin-xyzbc", 60.0),
        ("klipper-xyzbc", 60.0),
    ] {
        let mut profile = builtin(rig).unwrap();
        profile.speeds.cap_mm_s = cap_mm_s;
        let own_feed = rig.starts_with("marlin") || rig.starts_with("klipper");
        let job = job_on(profile, if rig == "gantry-xyz" { 18.0 } else { 60.0 });
        job.both_pass();
        let first = index(&job.treat, |line| line.starts_with("G0 Z") || line.starts_with("G1 Z"));
        let count = if rig == "gantry-xyz" { 2 } else { 3 };
        let ways: Vec<&str> = job.treat.lines().skip(first).take(count).collect();
        for (at, way) in ways.iter().enumerate().filter(|(_, way)| way.starts_with("G1")) {
            slowed.push(format!("{rig} {cap_mm_s} {at}"));
            let rapid = way.replace("G1", "G0").split(" F").next().unwrap().to_owned();
            job.fails(&edited(&job.treat, |lines| lines[first + at] = rapid), "P10", first + at + 1);
        }
        for (at, way) in ways.iter().enumerate().filter(|(_, way)| way.starts_with("G1") || own_feed) {
            let feed: f64 = way.split('F').nth(1).unwrap().parse().unwrap();
            let faster = way.replace(&format!("F{feed}"), &format!("F{}", feed + 60.0));
            job.fails(&edited(&job.treat, |lines| lines[first + at] = faster), "P10", first + at + 1);
        }
    }
    // X and Y together make 113 mm/s; 45 degrees/s at the end of two arms of 100 mm make 157 mm/s; a table turns the whole travel.
    let expected = [
        "gantry-xyz 60 1",
        "gantry-xyzab 60 1",
        "gantry-xyzab 60 2",
        "table-xyzac 250 1",
        "reprap-xyzab 60 1",
        "reprap-xyzab 60 2",
    ];
    assert_eq!(slowed, expected);
}

/// Two turns about C with the needle tilted by 45 degrees: the tip goes 889 mm in 8 s, though every quarter of a turn ends 100 mm from where it
/// began.
#[test]
fn the_tip_is_measured_along_its_way_and_not_by_chords() {
    let mut profile = builtin("gantry-xyzbc").unwrap();
    (profile.axes[4].min, profile.axes[4].max) = (-720.0, 720.0);
    profile.speeds.cap_mm_s = 100.0;
    let job = job_on(profile, 40.0);
    job.both_pass();
    let at = strike(&job.treat, 3);
    let turned = |end_deg: f64| {
        let ways = [0.0, end_deg].map(|c_deg| format!("G0 X0 Y0 Z250 B45 C{c_deg}"));
        edited(&job.treat, |lines| drop(lines.splice(at - 1..at - 1, ways)))
    };
    job.fails(&turned(720.0), "P10", at + 1);
    let told = |text: &str| job.judge(text).findings.iter().find(|f| f.code == "P10").unwrap().message.clone();
    assert!(told(&turned(720.0)).contains("the tip moves at 111."), "{}", told(&turned(720.0)));
}

/// What an earlier job has left of a speed factor is taken back before the first motion and behind every stop.
#[test]
fn a_speed_factor_is_taken_back() {
    for rig in ["marlin-xyzbc", "klipper-xyzbc", "reprap-xyzab"] {
        let job = job(rig, 60.0);
        job.both_pass();
        for other in ["\n", "M220\n", "M220 S200\n", "M220 S100 R1\n", "M220 B\n"] {
            job.fails(&job.treat.replacen("M220 S100\n", other, 1), "P12", 0);
        }
    }
}

/// A plan that says something else of a dot's place than scan and region do.
#[test]
fn dots_are_held_against_scan_and_region() {
    let job = job("gantry-xyzab", 90.0);
    let failed = |plan: &Plan, head: Head<'_>| -> Vec<String> {
        let verdict = judge(&job.treat, plan, &job.digest, head).unwrap();
        verdict.findings.into_iter().filter(|f| f.severity == Severity::Fail).map(|f| f.message).collect()
    };
    let scan = Head::from(&job.scan);
    let id = job.plan.blocks[0].dots[0] as usize;
    let moved = |mm: f64| {
        let mut plan = job.plan.clone();
        let dot = &mut plan.dots[id];
        dot.position_mm = (Vector::from(dot.position_mm) + Vector::from(dot.normal) * mm).into();
        plan
    };
    let told = |plan: &Plan, head, what: &str| failed(plan, head).iter().any(|message| message.contains(what));
    // 0.5 mm deep, cap 1.5 mm.
    assert!(told(&moved(-1.45), scan, "mm below the scan, the cap is 1.5"));
    assert!(!told(&moved(-1.1), scan, "below the scan") && !told(&moved(0.4), scan, "below the scan"));
    let mut patched = moved(-1.45);
    patched.dots[id].patched = true;
    assert!(!told(&patched, scan, "below the scan"));
    let verdict = job.judged_with(&patched);
    assert!(verdict.findings.iter().any(|f| f.code == "P06" && f.message.contains("1 dots on patches")), "{verdict:?}");

    let region = |index| Head { region: Some(index), ..scan };
    assert!(failed(&job.plan, region(&job.scan)).is_empty());
    let verdict = judge(&job.treat, &job.plan, &job.digest, region(&job.scan)).unwrap();
    assert!(verdict.findings.iter().any(|f| f.code == "P02" && f.message.contains("inside the line")));
    assert!(told(&moved(0.4), region(&job.scan), "mm off the region inside the line"));
    let far = TriMesh::new([0.0, 9.0, 18.0].map(|x| Point::new(x, x * x, 0.0)).into(), vec![[0, 1, 2]]).unwrap();
    let far = SurfaceIndex::build(&far);
    assert!(told(&job.plan, region(&far), "off the region inside the line"));
}

#[test]
fn a_needle_that_runs_when_it_should_not_fails() {
    for job in [&*TURNING, &*FIXED] {
        let program = &job.treat;
        let on = index(program, |line| line.starts_with("M3"));
        let off = last_index(&program[..program.len() - 6], |line| line == "M5");
        let last = program.lines().count();
        job.fails(&edited(program, |lines| drop(lines.remove(on))), "P11", strike(program, 0));
        job.fails(&edited(program, |lines| drop(lines.remove(off))), "P13", off + 1);
        job.fails(&edited(program, |lines| drop(lines.remove(last - 2))), "P13", last - 1);
        job.fails(&edited(program, |lines| lines.retain(|line| line != "M5")), "P13", 0);
        job.fails(&program.replacen("M5\n", "", 1), "P13", 0);
        // Above the head instead of at the park place; in the skin; at another speed.
        let at = strike(program, 0);
        job.fails(&edited(program, |lines| lines[on..at].rotate_left(2)), "P11", at - 1);
        job.fails(&edited(program, |lines| lines.insert(at + 1, "M5".to_owned())), "P11", at + 2);
        job.fails(&program.replacen("S1000", "S9000", 1), "P11", on + 1);
        // A dry run does nothing of this.
        let parked = index(&job.air, |line| line.starts_with("G0 X0 Y0"));
        job.fails(&edited(&job.air, |lines| lines.insert(parked + 1, "M3 S1000".to_owned())), "P19", parked + 2);
    }
}

#[test]
fn travels_that_come_too_near_fail() {
    for job in [&*TURNING, &*FIXED] {
        let program = &job.treat;
        // Straight through the ball's top, on a detour between two dots.
        let at = strike(program, 5);
        let tail = if job.plan.rig.axes.len() > 3 { " A0 B0" } else { "" };
        let top_mm = 130.0;
        let detour = |z_mm: f64| edited(program, |lines| lines.insert(at - 1, format!("G0 X0 Y0 Z{z_mm}{tail}")));
        job.fails(&detour(top_mm + 2.9), "P07", at);
        job.fails(&detour(top_mm - 20.0), "P07", at);
        job.fails(&detour(top_mm - 20.0), "tool-clearance", at);
        let high = job.judge(&detour(top_mm + 80.0));
        assert_eq!(high.verdict, Severity::Pass, "{:?}", high.findings);
        // Between the dots of a pair, a way is lowered by feed: no stroke of the plan.
        job.fails(
            &detour(top_mm + 1.0).replace(&format!("G0 X0 Y0 Z131{tail}"), &format!("G1 X0 Y0 Z131{tail} F600")),
            "P08",
            at,
        );
        // Moves out of order at the start, and a park place that is none.
        let up = index(program, |line| line.starts_with("G0 Z"));
        job.fails(&edited(program, |lines| lines.swap(up, up + 1)), "P13", up + 1);
        job.fails(&edited(program, |lines| lines[up] = "G0 Z100".to_owned()), "P13", up + 1);
        let home = last_index(program, |line| line.starts_with("G0"));
        job.fails(&edited(program, |lines| drop(lines.remove(home))), "P13", 0);
        let axis = &job.plan.rig.axes[0];
        let beyond = edited(program, |lines| lines[home] = shifted(&lines[home], axis.letter, axis.max + 1.0));
        job.fails(&beyond, "P09", home + 1);
    }
}

#[test]
fn a_holder_that_touches_fails_though_the_tip_is_clear() {
    // Beside the ball, tip 4 mm off its equator: the upright needle stays clear, a needle leant over the ball does not.
    let job = &*TURNING;
    let at = strike(&job.treat, 5);
    let (length_mm, out_mm) = (job.plan.rig.pivot_to_tip_mm, 94.0);
    let leant = |b_deg: f64| {
        let (sin, cos) = b_deg.to_radians().sin_cos();
        let (x, z) = (out_mm + length_mm * sin, 40.0 + length_mm * (cos - 1.0));
        edited(&job.treat, |lines| lines.insert(at - 1, format!("G0 X{x:.3} Y0 Z{z:.3} A0 B{b_deg}")))
    };
    let told = |text: &str| {
        let verdict = job.judge(text);
        let failed = verdict.findings.into_iter().filter(|f| f.severity == Severity::Fail);
        failed.map(|finding| (finding.code, finding.message)).collect::<Vec<_>>()
    };
    let leaning = told(&leant(-30.0));
    assert!(
        leaning.iter().any(|(code, what)| code == "tool-clearance" && what.contains(&format!("line {at}"))),
        "{leaning:?}"
    );
}

#[test]
fn dry_runs_that_are_lowered_fail() {
    for job in [&*TURNING, &*FIXED] {
        let at = strike(&job.air, 3);
        let lines: Vec<_> = job.air.lines().collect();
        let treat = strike(&job.treat, 3);
        let real: Vec<String> = job.treat.lines().skip(treat - 1).take(4).map(str::to_owned).collect();
        job.fails(&edited(&job.air, |lines| drop(lines.splice(at - 1..at + 3, real))), "P19", at + 1);
        job.fails(&job.treat.replacen("run=treat", "run=air", 1), "P19", treat + 1);
        job.fails(&job.air.replacen("run=air", "run=treat", 1), "P18", at + 1);
        let lower = edited(&job.air, |lines| {
            lines.iter_mut().filter(|line| line.starts_with("G1")).for_each(|line| *line = shifted(line, 'Z', -1.0));
        });
        job.fails(&lower, "P18", at + 1);
        assert!(lines[at + 1].starts_with("G4"));
    }
}

#[test]
fn programs_of_another_plan_or_session_and_torn_ones_fail() {
    for job in [&*TURNING, &*FIXED] {
        let program = &job.treat;
        let other = program.replacen(&job.digest[..16], "0123456789abcdef", 1);
        job.fails(&other, "P18", 1);
        let error = |text: &str| judge(text, &job.plan, &job.digest, &job.scan).unwrap_err().to_string();
        assert!(error(&program.replacen("session=1", "session=2", 1)).contains("a block of this plan"));
        assert!(error(&program.replacen("setup=upright", "setup=left", 1)).contains("a block of this plan"));
        assert!(error(&program.replacen(&job.digest[..16], "", 1)).contains("16 hex digits"));
        assert!(error("").contains("header"));
        for share in [0.4, 0.6, 0.9, 0.999] {
            let torn = &program[..(program.len() as f64 * share) as usize];
            job.fails(torn, "P12", 0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the text is, the judge comes to an end, and passes nothing but what it should strike.
    #[test]
    fn any_text_is_judged(text in "(; plan=0123456789abcdef session=1 setup=upright run=(treat|air)\n)?(\\PC|[GMXYZABFPS][-.0-9]{0,9}| |\n){0,200}") {
        if let Ok(verdict) = judge(&text, &TURNING.plan, &TURNING.digest, &TURNING.scan) {
            prop_assert_eq!(verdict.verdict, Severity::Fail);
        }
    }

    /// One character replaced, inserted or taken out of the code: judged without a panic. It may pass only when every
    /// number and word still means the same.
    #[test]
    fn one_wrong_character_is_judged(at in 0.0..1.0_f64, with in "[ -~\n\r]?", insert: bool, air: bool) {
        let job = &*TURNING;
        let program = if air { &job.air } else { &job.treat };
        let place = (at * program.len() as f64) as usize;
        let end = if insert { place } else { (place + 1).min(program.len()) };
        let text = format!("{}{with}{}", &program[..place], &program[end..]);
        if let Ok(verdict) = judge(&text, &job.plan, &job.digest, &job.scan) && verdict.verdict == Severity::Pass {
            prop_assert!(deviation(&text, program) <= 0.02, "{:?} in place of {:?}", with, &program[place..end]);
        }
    }
}

/// Largest difference of the numbers of two programs, way points of rapids aside: of those there are many good ones.
/// Infinite where the letters differ.
fn deviation(a: &str, b: &str) -> f64 {
    let words = |text: &str| -> Vec<(char, f64)> {
        let code = |line: &str| line.split([';', '(']).next().unwrap().replace([' ', '\t', '\r'], "");
        let code: String = text.lines().map(code).collect();
        let starts: Vec<usize> = code.match_indices(|c: char| c.is_ascii_alphabetic()).map(|(at, _)| at).collect();
        let ends = starts.iter().skip(1).copied().chain([code.len()]);
        let mut rapid = false;
        let read = |(&start, end): (&usize, usize)| {
            let word = (code.as_bytes()[start] as char, code[start + 1..end].parse().unwrap());
            if word.0 == 'G' && word.1 <= 1.0 {
                rapid = word.1 == 0.0;
            }
            // G1 may turn into G17 where it is in force anyway.
            (word.0 != 'G' && (!rapid || !"XYZAB".contains(word.0))).then_some(word)
        };
        starts.iter().zip(ends).filter_map(read).collect()
    };
    let (a, b) = (words(a), words(b));
    if a.len() != b.len() {
        return f64::INFINITY;
    }
    let differences = a.iter().zip(&b).map(|(a, b)| if a.0 == b.0 { (a.1 - b.1).abs() } else { f64::INFINITY });
    differences.fold(0.0, f64::max)
}
