//! Dialects of a rig's owner: strange but legal ones are read as that on which they are based, and templates cannot do harm.

use serde_json::{Value, json};
use tonsure::error::Severity;
use tonsure::rig::{Profile, builtin, builtin_names};

use crate::support::scratch::{Scratch, list, tonsure};
use crate::verify::{Job, job_on};

fn edited(rig: &str, hooks: &Value) -> tonsure::error::Result<Profile> {
    let mut value = serde_json::to_value(builtin(rig).unwrap()).unwrap();
    value["hooks"] = hooks.clone();
    Profile::parse(value.to_string(), "rig.json")
}

/// Words in an odd order, with leading zeros, blanks and brackets, as old controllers had them; a lamp that is lit for each dot; and
/// words of the owner's own in the moves.
fn strange(rig: &str) -> Value {
    let rotary = builtin(rig).unwrap().axes.into_iter().skip(3).map(|axis| axis.letter);
    let turned = rotary.map(|l| format!(" {l}{{{{ {} }}}}", l.to_ascii_lowercase())).collect::<Vec<_>>().concat();
    json!({
        "header": ["(SHOP {{ setup }} {{ session }})", "M8"],
        "travel": [format!("{{{{ g }}}}{turned} Y{{{{ y }}}} Z{{{{ z }}}} X{{{{ x }}}}{{% if f %}} F{{{{ f }}}}{{% endif %}} (TO {{{{ dot }}}})")],
        "strike": ["M64 P3", "(PRICK {{ dot }})", "G01   Z {{ z }} Y{{ y }} X{{ x }}F{{ f }} H2 M101"],
        "dwell": ["G04 P{{ p }}"],
        "retract": ["{{ words }}", "M65 P3"],
        "footer": ["M9"],
    })
}

fn not_simulated(job: &Job) -> String {
    let [treat, air] = [job.verdict(), job.air_verdict()];
    assert_eq!(
        (treat.verdict, air.verdict),
        (Severity::Warn, Severity::Warn),
        "{:?}{:?}",
        treat.findings,
        air.findings
    );
    let finding = treat.findings.into_iter().find(|finding| finding.code == "hooks-not-simulated");
    finding.unwrap().message
}

#[test]
fn a_strange_dialect_is_simulated_but_for_its_own_words() {
    let lines = |rig: &str| Profile { line_numbers: true, ..edited(rig, &strange(rig)).unwrap() };
    not_simulated(&job_on(lines("fluidnc-xyzab"), 60.0));
    let own = json!({"strike": ["M355 S1;lamp", "{{ words }}"], "wipe": ["WIPE ; {{ dot }}"]});
    not_simulated(&job_on(Profile { line_numbers: true, ..edited("marlin-xyzbc", &own).unwrap() }, 60.0));
    for (rig, polar_deg) in [("gantry-xyz", 18.0), ("fluidnc-xyzab", 60.0), ("table-xyzac", 30.0)] {
        let job = job_on(edited(rig, &strange(rig)).unwrap(), polar_deg);
        let dots = job.plan.blocks[0].dots.len();
        let text = job.treat();
        assert!(
            text.contains("\nG01   Z ") && text.contains("\nG04 P0.05\n") && text.contains("\nM64 P3 ; own dot="),
            "{text}"
        );
        // M8 and M9 in header and footer, three lines and two words a dot.
        let message = not_simulated(&job);
        let expected = format!("{} lines of the rig's own hooks and {} words of its templates", 3 + 3 * dots, 2 * dots);
        assert!(message.contains(&expected), "{rig}: {message}");

        // What the templates make of a move is looked at like any move.
        let deeper = text.replacen("G01   Z ", "G01   Z -", 1);
        job.fails(&deeper, "P18", 0);
        job.fails(&text.replacen("G04 P0.05", "G04 P0.5", 1), "P11", 0);
        // Words and lines that the profile has not.
        job.fails(&text.replacen(" H2", " H3", 1), "P12", 0);
        job.fails(&text.replacen("M64 P3 ; own", "M64 P4 ; own", 1), "P12", 0);
        job.fails(&text.replacen("; own dot=", "; own dot=x", 1), "P12", 0);
        job.fails(&text.replacen("M64 P3 ; own", "G91 ; own", 1), "P12", 0);
    }
}

#[test]
fn every_dialect_can_be_told_anew_word_by_word() {
    for rig in builtin_names() {
        let profile = builtin(rig).unwrap();
        let letters: Vec<String> = profile.axes.iter().map(|axis| axis.letter.to_string()).collect();
        let place = |letters: &[String]| {
            letters.iter().map(|l| format!("{l}{{{{ {} }}}} ", l.to_lowercase())).collect::<Vec<_>>().concat()
        };
        let move_of =
            |letters: &[String]| format!("{{{{ g }}}} {}{{% if f %}}F{{{{ f }}}}{{% endif %}}", place(letters));
        let hooks = json!({
            "travel": [move_of(&letters)], "strike": [move_of(&letters[..3])], "retract": [move_of(&letters[..3])],
            "dwell": ["G4 P{{ p }}"],
        });
        let polar_deg = if profile.pivot_to_tip_mm > 0.0 { 60.0 } else { 18.0 };
        for line_numbers in [false, true] {
            let own = Profile { line_numbers, ..edited(rig, &hooks).unwrap() };
            let job = job_on(own, polar_deg);
            let (treat, air) = (job.verdict(), job.air_verdict());
            assert_eq!((treat.verdict, air.verdict), (Severity::Pass, Severity::Pass), "{rig}: {:?}", treat.findings);
            assert_eq!(treat.strikes, job.plan.blocks[0].dots.len());
        }
    }
}

#[test]
fn templates_that_lie_about_a_move_fail() {
    for (rig, hooks, code) in [
        // The feed of the strike left out, its depth doubled, its place fixed, its wait forgotten.
        ("gantry-xyz", json!({"strike": ["G1 Z{{ z }}"]}), "P10"),
        ("gantry-xyz", json!({"strike": ["G1 Z{{ z }}.5 F{{ f }}"]}), "P12"),
        ("gantry-xyz", json!({"strike": ["G1 X{{ x }} Y0 Z{{ z }} F{{ f }}"]}), "P08"),
        ("gantry-xyz", json!({"dwell": ["(WAIT {{ p }})"]}), "P11"),
        ("gantry-xyzab", json!({"travel": ["G91 {{ words }}"]}), "P12"),
        ("gantry-xyzab", json!({"travel": ["{{ words }} S0"]}), "P12"),
        ("klipper-xyzbc", json!({"travel": ["G1 X{{ x }} Y{{ y }} Z{{ z }} B{{ b }} C{{ c }} F600"]}), "P08"),
    ] {
        let polar_deg = if rig == "gantry-xyz" { 18.0 } else { 60.0 };
        job_on(edited(rig, &hooks).unwrap(), polar_deg).is_refused(code);
    }
}

#[test]
fn templates_that_would_never_end_or_fill_the_memory_are_refused() {
    let nine = "[1,2,3,4,5,6,7,8,9]";
    let deep = format!("{}M8{}", format!("{{% for a in {nine} %}}").repeat(9), "{% endfor %}".repeat(9));
    let doubled = "{% set a = a ~ a ~ a ~ a %}".repeat(30);
    for line in [
        deep.clone(),
        "{{ 'x' * 1000000000 }}".to_owned(),
        "{% for a in 'x' * 900000 %}{% endfor %}".to_owned(),
        format!("{{% set a = 'xxxx' %}}{doubled}{{{{ a }}}}"),
        format!("{}1{}", "(".repeat(200), ")".repeat(200)).replace('1', "{{ 1 }}"),
        "x".repeat(100_000),
        "{% for a in [1] %}".repeat(50),
    ] {
        for (rig, point) in [("gantry-xyzab", "wipe"), ("gantry-xyz", "start"), ("klipper-xyzbc", "travel")] {
            let text = edited(rig, &json!({point: [line]})).unwrap_err().to_string();
            assert!(text.starts_with(&format!("rig.json: hooks.{point}[0]: found ")), "{text}");
            assert!(text.len() < 4000, "{} characters", text.len());
        }
    }
}

#[test]
fn templates_of_moves_say_the_move_once_and_change_no_mode() {
    for (hooks, place, part) in [
        (json!({"strike": ["M8"]}), "hooks.strike", "found 0 lines"),
        (json!({"travel": ["{{ words }}", "{{ words }}"]}), "hooks.travel", "found 2 lines"),
        (json!({"retract": ["{{ words }}", "G91"]}), "hooks.retract[1]", "only words that switch outputs"),
        (json!({"retract": ["{{ 'G' ~ 91 }}", "{{ words }}"]}), "hooks.retract[0]", "only words that switch outputs"),
        (json!({"dwell": ["G4 P{{ p }} ; own dot=1"]}), "hooks.dwell[0]", "mark"),
        (json!({"travel": ["{{ words }}", "{{ nothing }}"]}), "hooks.travel[1]", "undefined"),
    ] {
        let text = edited("gantry-xyz", &hooks).unwrap_err().to_string();
        assert!(text.contains(place) && text.contains(part), "{hooks}: {text}");
    }
}

/// What `verify` refuses is not left in the folder, under no name.
#[test]
fn a_refused_program_leaves_nothing() {
    let mut scratch = Scratch::new();
    let mut rig = serde_json::to_value(builtin("gantry-xyzab").unwrap()).unwrap();
    // Waits a little longer than planned.
    rig["hooks"] = json!({"dwell": ["G4 P{{ p }}5"]});
    scratch.write("rig.json", rig.to_string());
    scratch.case["rig"] = json!("rig.json");
    scratch.case["design"]["density_per_cm2"] = json!(1);
    scratch.case["setups"] = json!(["upright"]);
    scratch.plan().assert().failure().code(1);
    let left = list(&scratch.path("out"));
    // No program, but why.
    let why = ["air.verify.svg", "verify.json", "verify.svg"].map(|part| format!("session-1.upright.{part}"));
    let plan = [
        "aftercare.html",
        "dots.csv",
        "plan.json",
        "preview.svg",
        "region.ply",
        "report.html",
        "report.json",
        "scan.ply",
    ];
    let plan = plan.map(str::to_owned);
    assert_eq!(left, [&plan[..], &why].concat());
}

/// A profile that names a dialect file, from `plan` to `verify`.
#[test]
fn a_dialect_in_a_file_of_its_own() {
    let mut scratch = Scratch::new();
    let dialect = json!({
        "format": "tonsure-dialect/1", "name": "shop", "based_on": "fluidnc",
        "hooks": {"header": ["(SHOP)"], "strike": ["{{ words }} ; prick {{ dot }}"], "footer": ["M9"]},
    });
    let mut rig = serde_json::to_value(builtin("fluidnc-xyzab").unwrap()).unwrap();
    let keys = rig.as_object_mut().unwrap();
    keys.remove("dialect");
    keys.insert("own_dialect".to_owned(), json!("shop.dialect.json"));
    scratch.write("shop.dialect.json", dialect.to_string());
    scratch.write("rig.json", rig.to_string());
    scratch.case["rig"] = json!("rig.json");
    scratch.case["design"]["density_per_cm2"] = json!(1);
    scratch.case["setups"] = json!(["upright"]);
    scratch.plan().assert().success();
    let program = scratch.path("out").join("session-1.upright.nc");
    let text = std::fs::read_to_string(&program).unwrap();
    assert!(
        text.starts_with("; tonsure dialect=fluidnc ") && text.contains(" own=shop\n") && text.contains(" ; prick ")
    );
    let output = tonsure().arg("verify").arg(&program).arg("-v").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("2 lines of the rig's own hooks are not simulated"));
    // The plan holds the dialect itself.
    std::fs::remove_file(scratch.path("shop.dialect.json")).unwrap();
    let plan = scratch.path("out").join("plan.json");
    tonsure().arg("gcode").arg(plan).arg("--out").arg(scratch.path("again")).assert().success();

    scratch.refused(&["shop.dialect.json: own_dialect: found no such file"]);
    for (change, parts) in [
        (("format", json!("tonsure-dialect/9")), ["shop.dialect.json: format", "tonsure-dialect/1"]),
        (("based_on", json!("heidenhain")), ["shop.dialect.json", "heidenhain"]),
        (("name", json!("a b")), ["own_dialect: found \"a b\"", "letters"]),
        (("hooks", json!({"footer": ["{{ x"]})), ["rig.json with", "hooks.end[0]"]),
    ] {
        let mut wrong = dialect.clone();
        wrong[change.0] = change.1;
        scratch.write("shop.dialect.json", wrong.to_string());
        scratch.refused(&parts);
    }
    scratch.write("shop.dialect.json", dialect.to_string());
    rig["dialect"] = json!("grblhal");
    scratch.write("rig.json", rig.to_string());
    scratch.refused(&["rig.json: dialect: found \"grblhal\"", "one of the two files"]);
}
