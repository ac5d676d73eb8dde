//! Lines of a rig's owner, and stops: what they may leave behind is said anew, what they may say is limited, and `verify` holds each of them
//! against the plan.

use serde_json::{Value, json};
use tonsure::error::{Finding, Severity};
use tonsure::rig::{Profile, builtin, builtin_names};
use tonsure::schedule::{Halt, HaltKind};
use tonsure::toolpath::MotionKind;

use crate::verify::{Job, job_with_halts};

fn edited(rig: &str, hooks: &Value) -> tonsure::error::Result<Profile> {
    let mut value = serde_json::to_value(builtin(rig).unwrap()).unwrap();
    value["hooks"] = hooks.clone();
    Profile::parse(value.to_string(), "rig.json")
}

/// Stops of several kinds, two at one place and one before the first dot.
const HALTS: [Halt; 5] = [
    Halt { before: 0, kind: HaltKind::Registration },
    Halt { before: 3, kind: HaltKind::Cartridge },
    Halt { before: 3, kind: HaltKind::Wipe },
    Halt { before: 6, kind: HaltKind::Pause },
    Halt { before: 7, kind: HaltKind::Registration },
];

fn job_of(profile: Profile) -> Job {
    let polar_deg = if profile.pivot_to_tip_mm > 0.0 { 60.0 } else { 18.0 };
    job_with_halts(profile, polar_deg, &HALTS)
}

fn hooked(rig: &str, hooks: &Value) -> Job {
    job_of(edited(rig, hooks).unwrap())
}

/// Both programs in both styles: no fault.
fn stands(job: &Job) {
    for (name, verdict) in job.verdicts() {
        assert_ne!(verdict.verdict, Severity::Fail, "{name}: {:?}", verdict.findings);
        assert_eq!(verdict.strikes, job.plan.blocks[0].dots.len());
    }
}

/// Text from the first line that starts with `from` up to that which starts with `to`, both included.
fn passage<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let start = text.find(&format!("\n{from}")).unwrap() + 1;
    let end = start + text[start..].find(&format!("\n{to}")).unwrap() + 1;
    let line = text[end..].find('\n').unwrap() + 1;
    &text[start..end + line]
}

/// What each dialect has that changes modes, feeds and places.
fn wild(rig: &str) -> Value {
    let lines = match rig {
        "klipper-xyzbc" => json!(["G91", "G0 Z5 F600", "M82", "SAVE_GCODE_STATE NAME=a", "RESPOND MSG=\"done, M2\""]),
        "marlin-xyzbc" | "reprap-xyzab" => json!(["G91", "G0 Z5 F600", "G20", "M83"]),
        "gantry-xyz" => json!(["G20 G91 G93", "G1 Z0.1 F5", "G92 X5", "G55"]),
        _ => json!(["G20 G91 G93", "G1 Z0.1 F5", "G92 X5", "G43.1 Z3"]),
    };
    let mut hooks = json!({"message": lines, "needle_on": lines, "end": lines, "start": lines});
    for point in ["cartridge", "wipe", "pause", "registration"] {
        hooks[point] = lines.clone();
    }
    hooks
}

#[test]
fn whatever_hooks_leave_behind_is_said_anew() {
    for rig in builtin_names() {
        for line_numbers in [false, true] {
            let job = job_of(Profile { line_numbers, ..edited(rig, &wild(rig)).unwrap() });
            stands(&job);
        }
        let job = hooked(rig, &wild(rig));
        // Without the modes, or without the way back, behind any of the hooks.
        let text = job.treat();
        let points = ["registration", "message", "cartridge", "wipe", "pause", "needle_on", "end"];
        for point in points.into_iter().filter(|point| text.contains(&format!("; hook {point} begins"))) {
            let begin = text.find(&format!("; hook {point} begins")).unwrap();
            let end = begin + text[begin..].find("; hook ends\n").unwrap() + "; hook ends\n".len();
            let mode = if rig.starts_with("reprap") { "\nG54" } else { "\nG21" };
            let modes = end - 1 + text[end - 1..].find(mode).unwrap() + 1;
            let behind = modes + text[modes..].find('\n').unwrap() + 1;
            let modeless = format!("{}{}", &text[..modes], &text[behind..]);
            // At the very end nothing is left to move but the way back.
            job.fails(&modeless, "P12", 0);
            let way = behind + text[behind..].find("G0").unwrap();
            let after = way + text[way..].find('\n').unwrap() + 1;
            job.fails(&format!("{}{}", &text[..way], &text[after..]), "P13", 0);
        }
    }
}

/// A person may move the axes by hand while the program stops.
#[test]
fn after_a_stop_all_axes_go_back_to_where_they_stood() {
    for rig in builtin_names() {
        let job = job_of(builtin(rig).unwrap());
        stands(&job);
        for text in [job.treat(), &job.compact()[0], job.air()] {
            let stops: Vec<usize> = text.match_indices("; stop: ").map(|(at, _)| at).collect();
            assert_eq!(stops.len(), HALTS.len());
            for at in stops {
                let (before, behind) = text.split_at(at);
                let ways: Vec<&str> =
                    behind.lines().filter(|line| line.starts_with("G0") || line.starts_with("G1")).take(3).collect();
                let axes = |ways: &[&str]| {
                    let letters = job.plan.rig.axes.iter().map(|axis| axis.letter);
                    letters.filter(|letter| ways.iter().any(|way| way.contains(*letter))).count()
                };
                assert_eq!(axes(&ways), job.plan.rig.axes.len(), "{ways:?}");
                // Every single axis is missed.
                for axis in &job.plan.rig.axes {
                    let way = ways.iter().find(|way| way.contains(axis.letter)).unwrap();
                    let from = way.find(axis.letter).unwrap();
                    let digits = way[from + 1..].find(|c: char| !"-.0123456789".contains(c));
                    let to = digits.map_or(way.len(), |digits| from + 1 + digits);
                    let without = format!("{}{}", &way[..from], way[to..].trim_start());
                    let kept =
                        if "G0" == without.trim() || without.trim().starts_with("G0 F") || without.starts_with("G0F") {
                            behind.replacen(&format!("{way}\n"), "", 1)
                        } else {
                            behind.replacen(way, &without, 1)
                        };
                    let verdict = job.judged(&format!("{before}{kept}"));
                    assert_eq!(verdict.verdict, Severity::Fail, "{rig}: {} not named: {way}", axis.letter);
                }
            }
        }
    }
}

#[test]
fn lines_of_the_owner_stand_where_the_plan_has_them() {
    let hooks = json!({
        "needle_on": ["M3 S1000"], "needle_off": ["M5"], "wipe": ["M0", "(WIPED {{ dot }})"], "cartridge": ["M0"],
        "message": ["(MSG,patch {{ number }} of {{ of }})"], "end": ["M9"],
    });
    let job = hooked("gantry-xyzab", &hooks);
    stands(&job);
    let text = job.treat();
    let block = |name: &str| passage(text, &format!("; hook {name} begins"), "; hook ends");
    let twice = |name: &str| text.replacen(block(name), &block(name).repeat(2), 1);
    let without = |name: &str| text.replacen(block(name), "", 1);
    for (name, code) in
        [("needle_off", "P11"), ("wipe", "P11"), ("cartridge", "P11"), ("message", "P12"), ("end", "P12")]
    {
        job.fails(&twice(name), code, 0);
    }
    job.fails(&twice("needle_on"), "P11", 0);
    for (name, code) in
        [("needle_on", "P11"), ("needle_off", "P13"), ("wipe", "P11"), ("message", "P12"), ("end", "P12")]
    {
        job.fails(&without(name), code, 0);
    }
    // The one for the other, for another dot, another patch.
    job.fails(&text.replacen(block("wipe"), block("cartridge"), 1), "P11", 0);
    let dot = |line: &str| line.split("dot=").nth(1).unwrap().split('\n').next().unwrap().to_owned();
    let other = job.plan.blocks[0].dots[8].to_string();
    let wrong = block("wipe").replace(&dot(block("wipe")), &other);
    job.fails(&text.replacen(block("wipe"), &wrong, 1), "P11", 0);
    let wrong = block("message").replace("number=1", "number=2").replace("patch 1", "patch 2");
    job.fails(&text.replacen(block("message"), &wrong, 1), "P12", 0);
    job.fails(&text.replacen("number=1 of=2", "of=2 number=1", 1), "P12", 0);
    // A stop of the dialect's own where the owner has lines, and the needle likewise.
    job.fails(&text.replacen(block("wipe"), "M0\n", 1), "P12", 0);
    job.fails(&text.replacen(block("needle_on"), "M3 S1000\n", 1), "P12", 0);
    job.fails(&text.replacen(block("needle_off"), "M5\n", 1), "P12", 0);
    // Behind the approach, in the skin, behind the way out: none of them.
    let strike = text.match_indices("\nG1 ").nth(2).unwrap().0 + 1;
    let next = |at: usize| at + text[at..].find('\n').unwrap() + 1;
    for place in [strike, next(strike), next(next(strike)), next(next(next(strike)))] {
        for name in ["message", "needle_off", "wipe", "end"] {
            let moved = format!("{}{}{}", &text[..place], block(name), &text[place..]);
            assert_eq!(job.judged(&moved).verdict, Severity::Fail, "{name} at {place}");
        }
    }
    // In their place in the order, but away from where the program waits.
    let message = block("message");
    let late = without("message");
    let on = late.find("; hook needle_on begins").unwrap();
    job.fails(&format!("{}{message}{}", &late[..on], &late[on..]).replacen("G0 X0 Y0\n", "", 2), "P13", 0);
}

#[test]
fn lines_beside_moves_stand_where_the_profile_has_them() {
    let hooks = json!({
        "travel": ["M8", "{{ words }}"], "strike": ["M64 P3", "{{ words }}", "M65 P3"],
        "dwell": ["{{ words }}", "{% if run == 'treat' %}M62 P{{ 5 }}{% endif %}"], "retract": ["{{ words }}", "(OUT {{ dot }})"],
    });
    let job = hooked("gantry-xyzab", &hooks);
    stands(&job);
    let text = job.treat();
    assert!(text.contains("\nM62 P5 ; own dot=") && !job.air().contains("\nM62 P5 ; own dot="));
    let at = |what: &str| {
        let from = text.match_indices(what).nth(5).unwrap().0 + 1;
        (from, from + text[from..].find('\n').unwrap() + 1)
    };
    for what in ["\nM8 ; own", "\nM64 P3 ; own", "\nM65 P3 ; own", "\nM62 P5 ; own", "\n(OUT "] {
        let (from, to) = at(what);
        let line = &text[from..to];
        let without = format!("{}{}", &text[..from], &text[to..]);
        let twice = format!("{}{line}{}", &text[..to], &text[to..]);
        let swapped = {
            let end = to + text[to..].find('\n').unwrap() + 1;
            format!("{}{}{line}{}", &text[..from], &text[to..end], &text[end..])
        };
        let dot = line.split("dot=").nth(1).unwrap().trim();
        let other = line.replace(&format!("dot={dot}"), "dot=11");
        let another = format!("{}{other}{}", &text[..from], &text[to..]);
        for wrong in [without, twice, swapped, another] {
            if wrong != text {
                job.fails(&wrong, "P12", 0);
            }
        }
    }
    // Where the profile has none at all.
    let plain = hooked("gantry-xyzab", &json!({"dwell": ["{{ words }}"]}));
    plain.fails(&plain.treat().replacen("\nG1 ", "\nM8 ; own dot=0\nG1 ", 1), "P12", 0);
}

#[test]
fn what_lines_beside_a_move_may_say_is_little() {
    let refused = |rig: &str, point: &str, line: &str| {
        let hooks = if ["wipe", "needle_off", "end", "start"].contains(&point) {
            json!({point: [line]})
        } else {
            json!({point: [line, "{{ words }}"]})
        };
        let read = edited(rig, &hooks);
        assert!(
            read.as_ref().is_err_and(|error| error.to_string().contains(&format!("hooks.{point}[0]"))),
            "{rig}: {line} in {point}: {read:?}"
        );
    };
    let blocks = [
        "g91",
        "G 91",
        "G9 1",
        "(x) G91",
        "(x)G91",
        "( ; ) G91",
        "Z-5",
        "z-5",
        " Z-5",
        "X1Y2",
        "A5",
        "F600",
        "S5",
        "P1",
        "M3 S5",
        "M5",
        "M 5",
        "m5",
        "M05",
        "M0",
        "M1",
        "M2",
        "M6",
        "M30",
        "M48",
        "M98 P1",
        "M99",
        "M60",
        "M66 P1 L3",
        "M199.5",
        "M200",
        "$H",
        "#1=5",
        "O100 CALL",
        "o<x> call",
        "T1",
        "N5 M8",
        "M8 Z-5",
        "M8G91",
        "M8 g91",
        "M[60+4]",
        "M#1",
        "/M8",
        "M8*33",
        "(PY,x)",
        "( debug, x)",
        "(print,5)",
        ";py,x",
        "(abort,x)",
        "M8 (probeclose)",
        "M8 (open",
        "M64P",
        "! ",
        "M8 ; wait?",
        "M8 (~)",
    ];
    for line in blocks {
        for point in ["travel", "strike", "dwell", "retract"] {
            refused("gantry-xyzab", point, line);
        }
        refused("fluidnc-xyzab", "retract", line);
    }
    for line in [
        "g91",
        "G91",
        "G0 Z1",
        "Z-5",
        "M84",
        "M17",
        "M206 X5",
        "M400",
        "M42 P4 G91",
        "M0",
        "M8",
        "(x)",
        "M106 P0 S1",
        "M107 P0",
        "M117x",
        "m42 p4 s1",
    ] {
        refused("marlin-xyzbc", "strike", line);
    }
    for line in ["G91", "M0", "M42 P0 S1", "M42 S1", "M106 P1 M0", "H2", "M98 P\"a.g\"", "echo 5"] {
        refused("reprap-xyzab", "strike", line);
    }
    for line in [
        "LAMP_ON",
        "SET_PIN PIN=needle VALUE=1",
        "SET_PIN PIN=Needle VALUE=1",
        "SET_PIN PIN=lamp PIN=needle VALUE=1",
        "SET_PIN PIN=\"needle\" VALUE=1",
        "SET_PIN VALUE=1",
        "G91",
        "g91",
        "M117G91",
        "FORCE_MOVE STEPPER=x DISTANCE=5 VELOCITY=5",
    ] {
        refused("klipper-xyzbc", "strike", line);
    }
    // Above the skin: nothing that moves.
    for line in ["G91", "G0 Z5", "Z5", "z5", "M6", "M0", "$H", "G28", "O1 CALL", "M98 P1", "G10 L20 P1 Z0", "G92 Z0"] {
        refused("gantry-xyzab", "needle_off", line);
    }
    for line in ["FORCE_MOVE STEPPER=x DISTANCE=5 VELOCITY=5", "RESTORE_GCODE_STATE NAME=a MOVE=1", "G1 Z5", "g1 z5"] {
        refused("klipper-xyzbc", "needle_off", line);
    }
    // At a stop: no end of the program, whatever it is called there, and no other zero.
    for (rig, lines) in [
        (
            "gantry-xyzab",
            &[
                "M2",
                "m 2",
                "G0 Z5 M30",
                "(x) M02",
                "M99",
                "M47",
                "M[1+1]",
                "G10 L2 P1 X5",
                "g 10 l20 p1 z0",
                "G28.1",
                "(abort,x)",
                "M428",
            ][..],
        ),
        ("gantry-xyz", &["M2", "$1=25", "WAIT !", "(stop?)", "G10L2P1X5", "M30"][..]),
        ("marlin-xyzbc", &["M2", "M30 file", "M112", "M524", "G92 Z0", "M206 Z5", "M428", "M92 X5", "M220 S50"][..]),
        (
            "reprap-xyzab",
            &[
                "M0",
                "m0",
                "M1",
                "M2",
                "G1 X5 M0",
                "N5 M0",
                "M 0",
                "M112",
                "M999",
                "M32 \"x.g\"",
                "abort",
                "G92 Z0",
                "M208 Z500",
                "G10 P1 Z5",
            ][..],
        ),
        (
            "klipper-xyzbc",
            &[
                "M112",
                "m112",
                "CANCEL_PRINT",
                "cancel_print",
                "G92 Z0",
                "RESTART",
                "SET_KINEMATIC_POSITION Z=5",
                "SDCARD_RESET_FILE",
            ][..],
        ),
    ] {
        for line in lines {
            refused(rig, "wipe", line);
            refused(rig, "end", line);
        }
    }
    // What it is for.
    for (rig, hooks) in [
        (
            "gantry-xyzab",
            json!({"strike": ["M64 P3 (LAMP)", "{{ words }}", "M101 P1 Q2", "M68 E0 Q0.5 ; dim"], "needle_off": ["M5", "G4 P0.5"], "wipe": ["M6 T2", "O100 CALL", "G28"], "start": ["G10 L2 P1 X0 Y0 Z0"]}),
        ),
        ("gantry-xyz", json!({"strike": ["M8", "{{ words }}", "M9"], "wipe": ["$H", "M0"]})),
        (
            "marlin-xyzbc",
            json!({"strike": ["M42 P7 S255", "{{ words }}", "M117 dot {{ dot }}, M2"], "wipe": ["M0", "M117 M2", "G28 Z"], "needle_off": ["M107 P0"]}),
        ),
        (
            "reprap-xyzab",
            json!({"strike": ["M42 P3 S1", "{{ words }}"], "wipe": ["M98 P\"wipe.g\"", "M291 P\"M0\" S3", "M226"]}),
        ),
        (
            "klipper-xyzbc",
            json!({"strike": ["SET_PIN PIN=lamp VALUE=0.5", "{{ words }}", "SET_LED LED=a RED=1"], "wipe": ["WIPE", "PAUSE", "T0"], "needle_off": ["NEEDLE_2_OFF TOOL=1"]}),
        ),
    ] {
        stands(&hooked(rig, &hooks));
    }
}

/// `verify` reads such lines itself: a plan whose profile was tampered with does not help.
#[test]
fn verify_reads_the_owners_lines_by_itself() {
    let cases = [
        (
            "gantry-xyzab",
            "retract",
            "M8",
            vec!["G91", "g91", "G 91", "(x) G91", "Z-5", "M5", "$H", "F600", "M64 P3 G20", "(DEBUG,x)"],
        ),
        ("gantry-xyzab", "wipe", "M0", vec!["M2", "m30", "G10 L2 P1 Z5", "M 2", "M99"]),
        ("gantry-xyzab", "needle_off", "M5", vec!["G91", "Z5", "G0 Z5", "M6", "M3 S1000", "M4 S5"]),
        ("gantry-xyzab", "wipe", "M0", vec!["M3 S1000", "m 3 s[5]", "M5 M4"]),
        ("gantry-xyz", "wipe", "M0", vec!["$100=5", "(wait!)", "M0 (x"]),
        (
            "klipper-xyzbc",
            "needle_off",
            "SET_PIN PIN=needle VALUE=0",
            vec![
                "SET_PIN PIN=needle VALUE=1",
                "SET_PIN PIN=needle",
                "SET_PIN VALUE=1",
                "SET_PIN PIN=Needle VALUE=0.5",
                "SET_PIN PIN=lamp PIN=needle VALUE=1",
                "FORCE_MOVE STEPPER=x DISTANCE=5 VELOCITY=5",
            ],
        ),
        ("marlin-xyzbc", "needle_off", "M106 P0 S0", vec!["M106 P0 S255", "M106 P0", "M106 S9"]),
        ("reprap-xyzab", "needle_off", "M42 P0 S0", vec!["M42 P0 S1", "M42 S1"]),
        ("marlin-xyzbc", "wipe", "M0", vec!["M410", "M108", "M106 P0 S255"]),
        ("reprap-xyzab", "wipe", "M226", vec!["M0", "G1 X5 m0", "G92 Z5", "abort", "M 1"]),
        ("marlin-xyzbc", "strike", "M42 P7 S1", vec!["G91", "M400", "M206 Z1", "M106 P0 S255"]),
        ("klipper-xyzbc", "strike", "SET_PIN PIN=lamp VALUE=1", vec!["SET_PIN PIN=needle VALUE=0", "LAMP", "G91"]),
        ("klipper-xyzbc", "wipe", "PAUSE", vec!["CANCEL_PRINT", "m112", "G92 Z5"]),
    ];
    for (rig, point, good, lines) in cases {
        let own = |line: &str| {
            if ["wipe", "needle_off"].contains(&point) { json!([line]) } else { json!([line, "{{ words }}"]) }
        };
        let mut job = hooked(rig, &json!({point: own(good)}));
        stands(&job);
        for line in lines {
            let mut hooks = serde_json::to_value(&job.plan.rig.hooks).unwrap();
            hooks[point] = own(line);
            job.plan.rig.hooks = serde_json::from_value(hooks).unwrap();
            let text = if ["wipe", "needle_off"].contains(&point) {
                let mark = format!("; hook {point} begins");
                let pieces = job.treat().split(&mark).collect::<Vec<_>>();
                let rest = pieces[1..].iter().map(|piece| {
                    format!("{mark}{}", piece.replacen(&format!("\n{good}\n"), &format!("\n{line}\n"), 1))
                });
                format!("{}{}", pieces[0], rest.collect::<String>())
            } else {
                job.treat().replace(&format!("\n{good} ; own"), &format!("\n{line} ; own"))
            };
            job.fails(&text, "P12", 0);
        }
    }
}

/// Lines that switch the needle leave it on where they are to switch it on, and off wherever else they stand.
#[test]
fn lines_of_the_owner_leave_the_needle_as_it_has_to_be() {
    let output = |rig: &str, port: u8| {
        let mut value = serde_json::to_value(builtin(rig).unwrap()).unwrap();
        value["drive"] = json!({"kind": "output", "port": port, "spin_up_s": 1});
        value
    };
    let spindle = serde_json::to_value(builtin("gantry-xyzab").unwrap()).unwrap();
    let pin = serde_json::to_value(builtin("klipper-xyzbc").unwrap()).unwrap();
    let fan = serde_json::to_value(builtin("marlin-xyzbc").unwrap()).unwrap();
    let (port, value) = (output("gantry-xyzab", 3), output("reprap-xyzab", 3));
    for (rig, point, lines, stands) in [
        (&spindle, "needle_off", json!(["M3 S1000"]), false),
        (&spindle, "needle_off", json!(["M5", "M4 S9"]), false),
        (&spindle, "needle_off", json!(["M3 S100", "G4 P0.5", "M5"]), true),
        (&spindle, "wipe", json!(["M3 S500", "M0"]), false),
        (&spindle, "message", json!(["(M3 S500)", "(MSG,M3)"]), true),
        (&spindle, "wipe", json!(["M3 S500", "G4 P2", "M5", "M0"]), true),
        (&spindle, "needle_on", json!(["M3 S1000", "M5"]), false),
        (&spindle, "needle_on", json!(["M5", "M3 S1000"]), true),
        (&port, "needle_off", json!(["M64 P3"]), false),
        (&port, "needle_off", json!(["M63 P3"]), false),
        (&port, "needle_off", json!(["M65 P3", "M64 P4"]), true),
        (&port, "needle_off", json!(["M3 S5", "M65 P3"]), true),
        (&value, "needle_off", json!(["M42 P3 S1"]), false),
        (&value, "needle_off", json!(["M42 P3 S0"]), true),
        (&value, "end", json!(["M42 P3 S0.5"]), false),
        (&fan, "needle_off", json!(["M106 P0 S255"]), false),
        (&fan, "needle_off", json!(["M107 P0"]), true),
        (&fan, "needle_off", json!(["M106 P1 S255", "M106 P0 S0"]), true),
        (&pin, "needle_off", json!(["SET_PIN PIN=needle VALUE=1"]), false),
        (&pin, "needle_off", json!(["SET_PIN PIN=needle VALUE=0", "SET_PIN PIN=lamp VALUE=1"]), true),
        (&pin, "start", json!(["set_pin pin=needle value=1"]), false),
        (&pin, "needle_on", json!(["SET_PIN PIN=needle VALUE=0"]), false),
    ] {
        let mut rig = rig.clone();
        rig["hooks"] = json!({point: lines});
        let parsed = Profile::parse(rig.to_string(), "rig.json").map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(parsed.is_ok(), stands, "{point} {lines}: {parsed:?}");
        assert!(stands || parsed.unwrap_err().contains("leave the needle"), "{point} {lines}");
    }
}

/// Whatever the check of profiles refuses, `verify` refuses by lists of its own, where a plan has it all the same.
#[test]
fn verify_is_no_less_strict_than_the_check_of_profiles() {
    let words = |letter: char, numbers: &[u32]| numbers.iter().map(|n| format!("{letter}{n}")).collect::<Vec<_>>();
    let all: Vec<u32> = (0..100).chain(105..125).chain(195..225).chain(400..430).chain(495..605).collect();
    let mut lines = [words('M', &all), words('M', &[669, 851, 997, 998, 999])].concat();
    lines.extend(words('G', &(0..100).collect::<Vec<_>>()));
    lines.extend(["G28.1", "G30.1", "G92.1", "$25=1", "(py,x)", "(probeopen x)"].map(str::to_owned));
    let names = [
        "CANCEL_PRINT",
        "FIRMWARE_RESTART",
        "FORCE_MOVE",
        "MANUAL_STEPPER",
        "PROBE",
        "RESTART",
        "RESTORE_GCODE_STATE",
        "SAVE_CONFIG",
        "SDCARD_PRINT_FILE",
        "SDCARD_RESET_FILE",
        "SET_KINEMATIC_POSITION",
        "SET_STEPPER_ENABLE",
        "SET_VELOCITY_LIMIT",
        "STEPPER_BUZZ",
        "TURN_OFF_HEATERS",
    ];
    let mut through = Vec::new();
    for (rig, stop) in [
        ("gantry-xyz", "M0"),
        ("gantry-xyzab", "M0"),
        ("marlin-xyzbc", "M0"),
        ("reprap-xyzab", "M226"),
        ("klipper-xyzbc", "PAUSE"),
    ] {
        let named = names.iter().filter(|_| rig.starts_with("klipper")).map(|name| (*name).to_owned());
        for (point, good) in [("wipe", stop), ("needle_off", "G4 P1")] {
            let mut job = hooked(rig, &json!({point: [good]}));
            stands(&job);
            let mut refused = 0;
            for line in lines.iter().cloned().chain(named.clone()) {
                if edited(rig, &json!({point: [line]})).is_ok() {
                    continue;
                }
                refused += 1;
                let mut hooks = serde_json::to_value(&job.plan.rig.hooks).unwrap();
                hooks[point] = json!([line]);
                job.plan.rig.hooks = serde_json::from_value(hooks).unwrap();
                let mark = format!("; hook {point} begins");
                let mut pieces = job.treat().split(&mark);
                let before = pieces.next().unwrap().to_owned();
                let text = pieces.fold(before, |all, piece| {
                    all + &mark + &piece.replacen(&format!("\n{good}\n"), &format!("\n{line}\n"), 1)
                });
                let failed = |finding: &Finding| finding.code == "P12" && finding.severity == Severity::Fail;
                if !job.judged(&text).findings.iter().any(failed) {
                    through.push(format!("{line} for {point} on {rig}"));
                }
            }
            assert!(refused >= 4, "{rig} {point}: {refused}");
        }
    }
    assert!(through.is_empty(), "let through: {through:?}");
}

#[test]
fn an_optional_rest_may_have_lines_of_the_owner() {
    for (rig, lines) in
        [("gantry-xyzab", json!(["M1"])), ("table-xyzac", json!(["M0"])), ("klipper-xyzbc", json!(["REST"]))]
    {
        let halts = [Halt { before: 4, kind: HaltKind::OptionalPause }];
        let job = job_with_halts(edited(rig, &json!({"pause": lines})).unwrap(), 40.0, &halts);
        stands(&job);
    }
}

#[test]
fn the_header_says_what_plan_and_rig_say() {
    let mut profile = builtin("gantry-xyzab").unwrap();
    profile.own_dialect = Some("shop".to_owned());
    let job = job_of(profile);
    let text = job.treat();
    for (from, to, code) in [
        ("machine=gantry-xyzab", "machine=gantry-xyzbc", "P12"),
        ("axes=XYZAB", "axes=XYZBA", "P12"),
        ("units=mm", "units=inch", "P12"),
        ("own=shop", "own=shed", "P12"),
        (" own=shop", "", "P12"),
        ("tool=1", "tool=2", "P18"),
        ("dots=12", "dots=11", "P18"),
    ] {
        job.fails(&text.replacen(from, to, 1), code, 1);
    }
    for (depth, changes) in [
        (
            json!({"mode": "probe", "feed_mm_s": 3.0, "search_mm": 1.5}),
            [("feed_mm_s=3", "feed_mm_s=4"), ("search_mm=1.5", "search_mm=1")],
        ),
        (
            json!({"mode": "nose", "protrusion_mm": 0.5, "over_travel_mm": 0.8, "compliance_mm": 1.5}),
            [("protrusion_mm=0.5", "protrusion_mm=0.6"), (" over_travel_mm=0.8", "")],
        ),
    ] {
        let depth = serde_json::from_value(depth).unwrap();
        let job = job_of(Profile { depth, ..builtin("gantry-xyzab").unwrap() });
        stands(&job);
        for (from, to) in changes {
            job.fails(&job.treat().replacen(from, to, 1), "P05", 1);
        }
    }
    job.fails(&text.replacen("depth=absolute", "depth=absolute search_mm=5", 1), "P05", 1);
}

/// From an unknown place nobody can tell how long a move takes: no feed may be more than each of its axes can, and the tip.
#[test]
fn feeds_from_unknown_places_are_looked_at() {
    for rig in ["marlin-xyzbc", "klipper-xyzbc"] {
        let job = job_of(builtin(rig).unwrap());
        let text = job.treat();
        for (nth, line) in text.lines().filter(|line| line.starts_with("G0 ")).take(3).enumerate() {
            let feed: f64 = line.split('F').nth(1).unwrap().parse().unwrap();
            let faster = line.replace(&format!("F{feed}"), &format!("F{}", feed + 60.0));
            job.fails(&text.replacen(line, &faster, 1), "P10", 0);
            assert!(nth < 3);
        }
    }
    let job = job_of(builtin("gantry-xyzab").unwrap());
    job.fails(&job.treat().replacen("G0 Z280\n", "G93\nG1 Z280 F600\nG94\n", 1), "P10", 0);
}

#[test]
fn two_words_of_a_modal_group_are_a_fault() {
    let job = job_of(builtin("gantry-xyzab").unwrap());
    let text = job.treat();
    let modes = "G21 G90 G94 G17 G40 G49 G80 G54 G61 G92.1";
    assert!(text.contains(modes));
    for more in ["G90", "G21", "G54", "G61", "G80", "G94", "G17", "G92.1"] {
        job.fails(&text.replacen(modes, &format!("{modes} {more}"), 1), "P12", 0);
        job.fails(&text.replacen(modes, &format!("{modes} G0{}", &more[1..]).replace("G00", "G0"), 1), "P12", 0);
    }
    job.fails(&text.replacen(modes, &format!("{modes}\nG93 G94"), 1), "P12", 0);
    job.fails(&text.replacen("G4 P0.05", "G4 P0.05 G92.1", 1), "P12", 0);
}

/// The time of the owner's lines counts, in front of everything and behind it.
#[test]
fn the_time_of_hooks_counts() {
    let mut profile = builtin("gantry-xyzab").unwrap();
    let path = |profile: &Profile| crate::gcode::stopping(profile);
    let plain = path(&profile).times(&profile);
    (profile.hooks.start_s, profile.hooks.end_s) = (3.0, 4.5);
    let path = path(&profile);
    assert!(path.motions.iter().any(|motion| matches!(motion.kind, MotionKind::Halt(_))));
    let with = path.times(&profile);
    assert!((with.split.hooks_s - 7.5).abs() < 1e-9);
    assert!((with.split.sum_s() - plain.split.sum_s() - 7.5).abs() < 1e-6);
    // Those at the end put off no stop.
    for (with, plain) in with.halts.iter().zip(&plain.halts) {
        assert!((with.at_s - plain.at_s - 3.0).abs() < 1e-6);
    }
}
