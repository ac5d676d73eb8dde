//! The command line from outside: what it leaves, what it prints, how it ends.

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::scratch::{DOME_RADIUS_MM, Scratch, list, tonsure};

/// The one line of JSON that a command printed.
pub(crate) fn json_of(output: &[u8]) -> Value {
    let text = std::str::from_utf8(output).unwrap();
    assert_eq!(text.lines().count(), 1, "not one line: {text}");
    serde_json::from_str(text).unwrap()
}

#[test]
fn plan_leaves_the_files_of_the_contract() {
    let mut scratch = Scratch::new();
    scratch.case["sessions"] = json!([{"share": 0.5}, {"share": 0.5}]);
    let output = scratch.plan().arg("--json").assert().success().get_output().clone();
    assert_eq!(
        list(&scratch.path("out")),
        [
            "aftercare.html",
            "dots.csv",
            "plan.json",
            "preview.svg",
            "region.ply",
            "report.html",
            "report.json",
            "scan.ply",
            "session-1.upright.air.ngc",
            "session-1.upright.map.csv",
            "session-1.upright.ngc",
            "session-1.upright.verify.json",
            "session-2.upright.air.ngc",
            "session-2.upright.map.csv",
            "session-2.upright.ngc",
            "session-2.upright.verify.json",
        ]
    );
    let result = json_of(&output.stdout);
    let cap_mm2 = std::f64::consts::TAU * DOME_RADIUS_MM.powi(2) * (1.0 - 50f64.to_radians().cos());
    let area = result["area_mm2"].as_f64().unwrap();
    assert!((area / cap_mm2 - 1.0).abs() < 0.01, "{area} mm², the cap has {cap_mm2}");
    let count = result["count"].as_f64().unwrap();
    assert!((count / (area * 0.05) - 1.0).abs() < 0.04, "{count} dots on {area} mm²");
    assert_eq!(result["not_reached"], 0);
    for stage in ["load", "region", "sample", "progressive", "route", "write"] {
        assert!(result["seconds"][stage].is_f64(), "{stage} is not in {}", result["seconds"]);
    }

    let dots = fs::read_to_string(scratch.path("out/dots.csv")).unwrap();
    let header = "id,x_mm,y_mm,z_mm,nx,ny,nz,spacing_mm,diameter_mm,depth_mm,session,setup,tool,order,existing";
    assert_eq!(dots.lines().next(), Some(header));
    assert_eq!(dots.lines().count() - 1, count as usize);
    let first_half = dots.lines().skip(1).take(count as usize / 2 - 1);
    assert!(first_half.clone().all(|row| row.split(',').nth(10) == Some("1")), "sessions are prefixes");

    let plan: Value = serde_json::from_slice(&fs::read(scratch.path("out/plan.json")).unwrap()).unwrap();
    assert!(!plan.to_string().contains(scratch.path("").to_str().unwrap()), "a plan holds no path");
}

#[test]
fn every_dot_is_struck_in_exactly_one_program() {
    let mut scratch = Scratch::new();
    scratch.case["sessions"] = json!([{"share": 0.6}, {"share": 0.4}]);
    let output = scratch.plan().arg("--json").assert().success().get_output().clone();
    let count = json_of(&output.stdout)["count"].as_u64().unwrap();
    let mut struck: Vec<u64> = Vec::new();
    for session in [1, 2] {
        let map = fs::read_to_string(scratch.path(&format!("out/session-{session}.upright.map.csv"))).unwrap();
        assert_eq!(map.lines().next(), Some("line,dot_id,X,Y,Z,A,B"));
        struck.extend(map.lines().skip(1).map(|row| row.split(',').nth(1).unwrap().parse::<u64>().unwrap()));
    }
    struck.sort_unstable();
    assert_eq!(struck, (0..count).collect::<Vec<_>>());
}

#[test]
fn one_and_two_threads_give_the_same_bytes() {
    let mut scratch = Scratch::new();
    scratch.case["sessions"] = json!([{"share": 0.5}, {"share": 0.5}]);
    let files = |threads: &str| {
        scratch.plan().args(["--threads", threads]).assert().success();
        let out = scratch.path("out");
        list(&out).into_iter().map(|name| (fs::read(out.join(&name)).unwrap(), name)).collect::<Vec<_>>()
    };
    for (one, two) in files("1").into_iter().zip(files("2")) {
        assert!(one == two, "{} differs", one.1);
    }
}

#[test]
fn another_seed_gives_other_dots() {
    let scratch = Scratch::new();
    let dots = |seed: &str| {
        scratch.plan().args(["--seed", seed]).assert().success();
        fs::read(scratch.path("out/dots.csv")).unwrap()
    };
    assert_ne!(dots("1"), dots("2"));
}

#[test]
fn a_second_run_leaves_no_program_of_the_first_and_spares_foreign_files() {
    let mut scratch = Scratch::new();
    scratch.case["sessions"] = json!([{"share": 0.5}, {"share": 0.5}]);
    scratch.plan().assert().success();
    scratch.write("out/notes.txt", "mine");
    scratch.write("out/session-1.mine.nc", "mine too");
    scratch.case["sessions"] = json!([]);
    scratch.plan().assert().success();
    let names = list(&scratch.path("out"));
    assert!(names.iter().any(|name| name == "session-1.upright.ngc"));
    assert!(!names.iter().any(|name| name.starts_with("session-2")), "{names:?}");
    assert!(names.contains(&"notes.txt".to_owned()) && names.contains(&"session-1.mine.nc".to_owned()));
}

#[test]
fn a_failed_run_leaves_no_program_of_an_earlier_one() {
    let mut scratch = Scratch::new();
    scratch.plan().assert().success();
    assert!(scratch.path("out/session-1.upright.ngc").exists());
    scratch.case["design"]["density_per_cm2"] = json!(0);
    scratch.refused(&["design.density_per_cm2"]);
    assert!(scratch.path("out/plan.json").exists());
}

#[test]
fn dots_out_of_reach_warn_and_with_require_all_fail_without_programs() {
    let mut scratch = Scratch::new();
    scratch.case["rig"] = json!("gantry-xyz");
    let output = scratch.plan().arg("--json").assert().success().get_output().clone();
    let result = json_of(&output.stdout);
    assert_eq!(result["verdict"], "WARN");
    let lost = result["not_reached"].as_u64().unwrap();
    assert!(lost > 0 && lost < result["count"].as_u64().unwrap());
    let dots = fs::read_to_string(scratch.path("out/dots.csv")).unwrap();
    assert_eq!(dots.lines().filter(|row| row.contains(",none,1,-1,")).count() as u64, lost);
    assert!(scratch.path("out/session-1.upright.nc").exists());

    scratch.plan().arg("--require-all").assert().code(1);
    assert!(!list(&scratch.path("out")).iter().any(|name| name.starts_with("session-")), "a failed plan left programs");
    assert!(scratch.path("out/plan.json").exists());
}

#[test]
fn gcode_makes_programs_for_another_rig_from_the_folder_alone() {
    let scratch = Scratch::new();
    scratch.plan().assert().success();
    let plan = scratch.path("moved/plan.json");
    fs::rename(scratch.path("out"), scratch.path("moved")).unwrap();
    let mut command = tonsure();
    command.arg("gcode").arg(&plan).args(["--rig", "gantry-xyz"]).arg("--out").arg(scratch.path("xyz"));
    command.assert().success();
    let program = fs::read_to_string(scratch.path("xyz/session-1.upright.nc")).unwrap();
    assert!(program.contains("dialect=grbl"), "{}", &program[..300]);
    let columns = |name: &str| {
        let text = fs::read_to_string(scratch.path(name)).unwrap();
        text.lines().map(|row| row.split(',').take(8).collect::<Vec<_>>().join(",")).collect::<Vec<_>>()
    };
    assert_eq!(columns("moved/dots.csv"), columns("xyz/dots.csv"), "the dots moved");
    let child: Value = serde_json::from_slice(&fs::read(scratch.path("xyz/plan.json")).unwrap()).unwrap();
    assert_eq!(child["parent"], json!(tonsure::geometry::sha256(&fs::read(&plan).unwrap())));

    // The same rig again gives the same programs up to the hash in their headers.
    let mut again = tonsure();
    again.arg("gcode").arg(&plan).arg("--out").arg(scratch.path("same")).assert().success();
    let map = |folder: &str| fs::read(scratch.path(folder).join("session-1.upright.map.csv")).unwrap();
    assert_eq!(map("moved"), map("same"));

    let ply = scratch.path("moved/scan.ply");
    let mut bytes = fs::read(&ply).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&ply, bytes).unwrap();
    let mut tampered = tonsure();
    let output = tampered.arg("preview").arg(&plan).arg("-o").arg(scratch.path("x.svg")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("another surface than the one"));
}

#[test]
fn preview_draws_the_same_sheet_as_plan() {
    let scratch = Scratch::new();
    scratch.plan().assert().success();
    let output = tonsure().arg("preview").arg(scratch.path("out/plan.json")).args(["-o", "-"]).output().unwrap();
    assert!(output.status.success());
    assert!(output.stdout == fs::read(scratch.path("out/preview.svg")).unwrap());
    let refused =
        tonsure().arg("preview").arg(scratch.path("out/plan.json")).args(["-o", "sheet.docx"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn pictures_are_drawn_or_the_build_says_why_not() {
    let scratch = Scratch::new();
    scratch.plan().assert().success();
    let (plan, picture) = (scratch.path("out/plan.json"), scratch.path("front.png"));
    let run = |args: &[&str]| {
        let output = tonsure()
            .arg("preview")
            .arg(&plan)
            .args(["--view", "top", "-o"])
            .arg(&picture)
            .args(args)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (status, said) = run(&["--dpi", "30"]);
    if cfg!(feature = "png") {
        assert_eq!(status, Some(0), "{said}");
        assert!(fs::read(&picture).unwrap().starts_with(b"\x89PNG"));
    } else {
        assert!(status == Some(2) && said.contains("--features png") && !picture.exists(), "{said}");
    }
    assert_eq!(run(&["--dpi", "5"]).0, Some(2));
    let svg = scratch.path("top.svg");
    let output = tonsure().arg("preview").arg(&plan).args(["--dpi", "30", "-o"]).arg(&svg).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("--dpi"), "{output:?}");
    // A second plan beside it needs a look.
    let beside = tonsure().arg("preview").arg(&plan).arg("--beside").arg(&plan).arg("-o").arg(&svg).output().unwrap();
    assert_eq!(beside.status.code(), Some(2));
    let both = ["--look", "fresh", "--view", "top", "--beside"];
    tonsure().arg("preview").arg(&plan).args(both).arg(&plan).arg("-o").arg(&svg).assert().success();
    assert!(fs::read_to_string(&svg).unwrap().contains("id=\"second\""));
}

#[test]
fn a_measured_registration_moves_the_joints_and_no_dot() {
    let mut scratch = Scratch::new();
    scratch.plan().assert().success();
    let before = fs::read(scratch.path("out/dots.csv")).unwrap();
    let map_before = fs::read(scratch.path("out/session-1.upright.map.csv")).unwrap();
    let [r, h] = [DOME_RADIUS_MM, DOME_RADIUS_MM * 0.6];
    let places = [[r, 0.0, 0.0], [-r, 0.0, 0.0], [0.0, r, 0.0], [0.0, -r, 0.0], [0.0, 0.8 * r, h], [0.0, -0.8 * r, h]];
    let fiducials: Vec<_> = (places.iter().enumerate())
        .map(|(i, [x, y, z])| json!({"name": format!("f{i}"), "mesh": [x, y, z], "rig": [x + 3.0, y - 2.0, z + 121.0]}))
        .collect();
    let registration = json!({"format": "tonsure-registration/1", "setup": "upright", "fiducials": fiducials});
    scratch.write("today.registration.json", registration.to_string());
    let mut command = tonsure();
    command.arg("gcode").arg(scratch.path("out/plan.json")).arg("--out").arg(scratch.path("today"));
    command.arg("--registration").arg(scratch.path("today.registration.json")).assert().success();
    let after = fs::read_to_string(scratch.path("today/dots.csv")).unwrap();
    let before = String::from_utf8(before).unwrap();
    let places =
        |text: &str| text.lines().map(|l| l.split(',').take(10).map(str::to_owned).collect()).collect::<Vec<Vec<_>>>();
    assert_eq!(places(&before), places(&after));
    assert_ne!(map_before, fs::read(scratch.path("today/session-1.upright.map.csv")).unwrap());
    let report: Value = serde_json::from_slice(&fs::read(scratch.path("today/report.json")).unwrap()).unwrap();
    assert_eq!(report["setups"]["upright"]["source"], "fiducials");
    assert!(report["setups"]["upright"]["fre_mm"].as_f64().unwrap() < 1e-9);

    scratch.case["registration"] = json!({"file": "today.registration.json"});
    scratch.plan().assert().success();
    assert_eq!(
        fs::read(scratch.path("out/session-1.upright.map.csv")).unwrap(),
        fs::read(scratch.path("today/session-1.upright.map.csv")).unwrap()
    );
}

#[test]
fn bad_values_in_a_case_are_refused_with_their_place() {
    let refused = |key: &str, value: Value, parts: &[&str]| {
        let mut scratch = Scratch::new();
        let (parent, last) = key.rsplit_once('/').unwrap();
        scratch.case.pointer_mut(parent).unwrap()[last] = value;
        scratch.refused(parts);
    };
    refused("/design/density_per_cm2", json!(0), &["case.json", "design.density_per_cm2", "above 0"]);
    refused("/design/density_per_cm2", json!(-60), &["design.density_per_cm2", "-60"]);
    refused("/design/density_per_cm2", json!(1e9), &["design.density_per_cm2", "1000000000"]);
    refused("/design", json!({"density_per_cm2": 5}), &["design", "add \"depth_mm\"; it has no default"]);
    refused("/design/depth_mm", json!(1.9), &["design.depth_mm", "depth cap of the rig \"gantry-xyzab\""]);
    refused("/design/dept_mm", json!(1), &["design.dept_mm", "did you mean \"depth_mm\"?"]);
    refused("/mesh/units", json!("m"), &["case.json: mesh.units", "dome.off", "with units mm it would be 160 mm"]);
    refused("/mesh/file", json!("nowhere.stl"), &["nowhere.stl", "no such file"]);
    refused("/mesh/file", json!("."), &["a folder"]);
    refused("/rig", json!("gantry"), &["case.json", "rig", "gantry-xyzab"]);
    refused("/boundary/file", json!("none.hairline.json"), &["none.hairline.json", "no such file"]);
    refused("/setups", json!(["seated"]), &["setups[0]", "seated", "upright"]);
    let whole = json!([{"name": "everything", "centre": [0, 0, 80], "radius_mm": 300}]);
    refused("/keep_outs", whole, &["everything", "nothing left"]);
}

#[test]
fn a_pose_for_which_the_rig_has_no_head_rest() {
    let mut scratch = Scratch::new();
    let mut rig = serde_json::to_value(tonsure::rig::builtin("gantry-xyzab").unwrap()).unwrap();
    rig["head_rest"].as_object_mut().unwrap().remove("prone");
    scratch.write("rig.json", rig.to_string());
    scratch.case["rig"] = json!("rig.json");
    scratch.case["setups"] = json!(["prone"]);
    scratch.refused(&["setups", "prone", "upright"]);
}

#[test]
fn without_setups_the_fewest_are_taken_and_the_report_says_why() {
    let mut scratch = Scratch::new();
    let said = |scratch: &Scratch| {
        scratch.plan().assert().success();
        let report = fs::read_to_string(scratch.path("out/report.json")).unwrap();
        (report.contains("the fewest poses of the head"), report.contains("setups upright: "))
    };
    assert_eq!(said(&scratch), (true, true));
    scratch.case["setups"] = json!(["supine"]);
    assert_eq!(said(&scratch), (false, false));
    assert!(list(&scratch.path("out")).contains(&"session-1.supine.ngc".to_owned()));
}

#[test]
fn bad_scans_and_lines_are_refused_with_their_place() {
    let with_mesh = |name: &str, bytes: &[u8], parts: &[&str]| {
        let mut scratch = Scratch::new();
        scratch.write(name, bytes);
        scratch.case["mesh"]["file"] = json!(name);
        scratch.refused(parts);
    };
    with_mesh("empty.obj", b"", &["empty.obj"]);
    with_mesh("nan.off", b"OFF\n3 1 0\n0 0 nan\n1 0 0\n0 1 0\n3 0 1 2\n", &["nan.off", "nan"]);
    let mut stl = vec![0u8; 84];
    stl[80..84].copy_from_slice(&u32::MAX.to_le_bytes());
    with_mesh("bomb.stl", &stl, &["bomb.stl", "4294967295"]);

    let with_line = |change: &dyn Fn(&mut Vec<Value>), parts: &[&str]| {
        let mut scratch = Scratch::new();
        change(scratch.hairline["hairline"].as_array_mut().unwrap());
        scratch.refused(parts);
    };
    with_line(&|line| line[7] = json!([0, 0, 160]), &["dome.hairline.json", "7", "mm"]);
    with_line(&|line| line.swap(10, 40), &["dome.hairline.json", "crosses itself"]);
    with_line(&|line| line.truncate(2), &["dome.hairline.json", "at least 3"]);

    let mut scratch = Scratch::new();
    scratch.hairline["inside_point"] = scratch.hairline["hairline"][5].clone();
    scratch.refused(&["dome.hairline.json", "inside point"]);
    let mut scratch = Scratch::new();
    scratch.hairline["units"] = json!("m");
    scratch.refused(&["dome.hairline.json", "with units mm it would be"]);
}

#[test]
fn a_folder_or_device_for_a_case_is_bad_input_and_a_file_for_a_folder_a_failure_of_the_system() {
    let scratch = Scratch::new();
    let plan = |case: &str| {
        let output = tonsure().args(["plan", case, "--out"]).arg(scratch.path("out")).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, text) = plan(scratch.path("").to_str().unwrap());
    assert!(code == Some(2) && text.contains("found a folder"), "{code:?} {text}");
    let (code, text) = plan("/dev/null");
    assert!(code == Some(2) && text.contains("found a device"), "{code:?} {text}");
    let (code, text) = plan("no-such-case.json");
    assert!(code == Some(2) && text.contains("no such file"), "{code:?} {text}");
    scratch.write("out", "a file");
    scratch.plan().assert().code(3);
}

#[test]
fn wrong_use_ends_with_status_2_and_names_the_nearest_option() {
    let output = tonsure().args(["plan", "x.json", "--uot", "y"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--out"));
    assert_eq!(tonsure().output().unwrap().status.code(), Some(2));
    for command in ["plan", "inspect", "sample", "route", "preview", "gcode", "init", "rigs"] {
        let output = tonsure().args([command, "--help"]).output().unwrap();
        assert!(output.status.success());
        assert!(String::from_utf8(output.stdout).unwrap().contains("Example"), "{command} --help has no example");
    }
}

#[test]
fn inspect_lists_the_figures_of_a_scan_and_of_a_case() {
    let scratch = Scratch::new();
    let case = scratch.write_case();
    let of_mesh = tonsure().arg("inspect").arg(scratch.path("dome.off")).arg("--json").output().unwrap();
    let mesh = json_of(&of_mesh.stdout);
    assert_eq!((&mesh["mesh"]["components"], &mesh["mesh"]["open_edges"]), (&json!(1), &json!(48)));
    assert_eq!(mesh["mesh"]["units"], "mm");
    let of_case = json_of(&tonsure().arg("inspect").arg(case).arg("--json").output().unwrap().stdout);
    assert!(of_case["region"]["area_mm2"].as_f64().unwrap() > 10_000.0);
    let text = tonsure().arg("inspect").arg(scratch.path("dome.off")).output().unwrap().stdout;
    assert!(String::from_utf8(text).unwrap().contains("open edges          48"));
}

#[test]
fn sample_and_route_are_tools_of_their_own() {
    let scratch = Scratch::new();
    let dots = scratch.path("dots.csv");
    let mut sample = tonsure();
    sample.arg("sample").arg(scratch.path("dome.off")).args(["--spacing-mm", "6", "--progressive", "--json", "-o"]);
    let sampled = json_of(&sample.arg(&dots).assert().success().get_output().stdout);
    let count = sampled["count"].as_u64().unwrap();
    assert!(sampled["nearest_pair_mm"].as_f64().unwrap() >= 6.0);
    let text = fs::read_to_string(&dots).unwrap();
    assert!(text.starts_with("id,x_mm,y_mm,z_mm,nx,ny,nz,spacing_mm\n"));
    assert_eq!(text.lines().count() as u64, count + 1);

    let mut route = tonsure();
    route.arg("route").arg(&dots).arg("--json").arg("-o").arg(scratch.path("route.csv"));
    let routed = json_of(&route.assert().success().get_output().stdout);
    assert_eq!(routed["count"].as_u64(), Some(count));
    let text = fs::read_to_string(scratch.path("route.csv")).unwrap();
    assert!(text.starts_with("x_mm,y_mm,z_mm,row,order\n"));
    let mut rows: Vec<u64> = text.lines().skip(1).map(|l| l.split(',').nth(3).unwrap().parse().unwrap()).collect();
    rows.sort_unstable();
    assert_eq!(rows, (0..count).collect::<Vec<_>>());

    // A graded surface: region.ply of a plan, sampled by its own spacing.
    scratch.plan().assert().success();
    let mut graded = tonsure();
    graded.arg("sample").arg(scratch.path("out/region.ply")).args(["--spacing-property", "spacing_mm", "--json", "-o"]);
    let graded = json_of(&graded.arg(scratch.path("graded.csv")).assert().success().get_output().stdout);
    assert!(graded["count"].as_u64().unwrap() > 100);
    let mut wrong = tonsure();
    wrong.arg("sample").arg(scratch.path("out/region.ply")).args(["--spacing-property", "spacing", "-o", "-"]);
    let output = wrong.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("spacing_mm"));
    for spacing in ["0", "-1", "nan", "1e-9"] {
        let mut absurd = tonsure();
        absurd.arg("sample").arg(scratch.path("dome.off")).arg(format!("--spacing-mm={spacing}")).args(["-o", "-"]);
        assert_eq!(absurd.output().unwrap().status.code(), Some(2), "--spacing-mm {spacing}");
    }
}

#[test]
fn init_writes_a_case_that_lacks_only_the_depth() {
    let scratch = Scratch::new();
    scratch.write_case();
    let case = scratch.path("new.json");
    let init = || tonsure().arg("init").arg(scratch.path("dome.off")).arg("-o").arg(&case).output().unwrap();
    assert!(init().status.success());
    assert_eq!(init().status.code(), Some(2), "an existing case was overwritten");
    let plan = || tonsure().arg("plan").arg(&case).arg("--out").arg(scratch.path("out")).output().unwrap();
    let refused = plan();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("depth_mm"));
    let text = fs::read_to_string(&case).unwrap().replacen("// \"depth_mm\"", "\"depth_mm\"", 1);
    fs::write(&case, text.replace("\"density_per_cm2\": 60", "\"density_per_cm2\": 3")).unwrap();
    assert!(plan().status.success());
}

#[test]
fn what_is_built_in_can_be_printed() {
    let rigs = json_of(&tonsure().args(["rigs", "--json"]).output().unwrap().stdout);
    let names: Vec<&str> = rigs["rigs"].as_array().unwrap().iter().map(|rig| rig["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"gantry-xyz") && names.contains(&"gantry-xyzab"));
    let scratch = Scratch::new();
    let profile = tonsure().args(["rigs", "gantry-xyzab"]).output().unwrap().stdout;
    scratch.write("own.json", profile);
    let mut with_own = Scratch::new();
    with_own.case["rig"] = json!(scratch.path("own.json").to_str().unwrap());
    with_own.plan().assert().success();
    for format in ["case", "rig", "registration"] {
        let schema: Value =
            serde_json::from_slice(&tonsure().args(["schema", format]).output().unwrap().stdout).unwrap();
        assert!(schema["properties"]["format"].is_object(), "{format}");
    }
    assert!(!tonsure().args(["completions", "bash"]).output().unwrap().stdout.is_empty());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_tonsure"))
        .args(["schema", "case"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn landmarks_of_a_mirrored_head_are_refused() {
    let mut scratch = Scratch::new();
    scratch.hairline["landmarks"]["inion"] = json!([0.0, -DOME_RADIUS_MM, 0.0]);
    scratch.refused(&["dome.hairline.json: landmarks: found", "mirrored head", "swap left_tragus and right_tragus"]);
    scratch.hairline["landmarks"]["inion"] = Value::Null;
    scratch.case["landmarks"] = json!({"glabella": [0.0, DOME_RADIUS_MM, 0.0]});
    scratch.refused(&["case.json: landmarks: found"]);
    scratch.case["landmarks"] = json!({"glabella": [0.0, -DOME_RADIUS_MM, 0.0], "inion": [0.0, DOME_RADIUS_MM, 0.0]});
    scratch.plan().assert().success();
}

/// The same line and landmarks, said to be RAS although they are LPS: both are turned together, and the head lies in
/// the rig as before.
#[test]
fn a_turned_line_takes_its_landmarks_along() {
    let mut scratch = Scratch::new();
    // Away from the axis about which the turn goes: there the line would fit both ways.
    let shift = |x: &Value| x.as_f64().unwrap() + 200.0;
    let control =
        |label: &str, place: &Value| json!({"label": label, "position": [shift(&place[0]), place[1], place[2]]});
    let line: Vec<Value> =
        scratch.hairline["hairline"].as_array().unwrap().iter().map(|place| control("", place)).collect();
    let landmarks: Vec<Value> =
        scratch.hairline["landmarks"].as_object().unwrap().iter().map(|(name, place)| control(name, place)).collect();
    reshape(&scratch, |[x, y, z]| [x + 200.0, y, z]);
    let placement = |scratch: &mut Scratch, system: &str| {
        let markups = json!({"markups": [
            {"type": "ClosedCurve", "coordinateSystem": system, "controlPoints": line},
            {"type": "Fiducial", "coordinateSystem": system, "controlPoints": landmarks},
        ]});
        scratch.write("line.mrk.json", markups.to_string());
        scratch.case["boundary"] = json!({"file": "line.mrk.json"});
        scratch.plan().assert().success();
        let report: Value = serde_json::from_slice(&fs::read(scratch.path("out/report.json")).unwrap()).unwrap();
        report["setups"]["upright"]["mesh_to_rig"].clone()
    };
    assert_eq!(placement(&mut scratch, "LPS"), placement(&mut scratch, "RAS"));
}

#[test]
fn errors_of_keep_outs_and_lines_name_their_files() {
    let mut scratch = Scratch::new();
    scratch.case["keep_outs"] = json!([{"name": "wig", "centre": [0.0, 0.0, DOME_RADIUS_MM], "radius_mm": 300.0}]);
    scratch.refused(&[&format!("{}: keep-out 0 `wig`: found", scratch.path("case.json").display())]);
    scratch.case["keep_outs"] = json!([]);
    scratch.hairline["hairline"][7] = json!([0.0, 0.0, 0.0]);
    scratch.refused(&[&format!("{}: boundary, point 7", scratch.path("dome.hairline.json").display())]);
}

/// Moves the vertices of the dome.
fn reshape(scratch: &Scratch, place: impl Fn([f64; 3]) -> [f64; 3]) {
    let dome = fs::read_to_string(scratch.path("dome.off")).unwrap();
    let is_vertex = |line: &&str| line.split(' ').count() == 3 && !line.ends_with(" 0");
    let moved = |line: &str| {
        let places: Vec<f64> = line.split(' ').map(|word| word.parse().unwrap()).collect();
        place([places[0], places[1], places[2]]).map(|c| c.to_string()).join(" ")
    };
    let lines: Vec<String> =
        dome.lines().map(|line| if is_vertex(&line) { moved(line) } else { line.to_owned() }).collect();
    scratch.write("dome.off", lines.join("\n"));
}

#[test]
fn dots_on_the_folds_of_a_bad_scan_keep_their_spacing() {
    let scratch = Scratch::new();
    scratch.write_case();
    // A ring-shaped crest, much steeper than 45° on both sides, inside the hairline.
    let crest = DOME_RADIUS_MM * (5.0 / 16.0 * std::f64::consts::FRAC_PI_2).cos();
    reshape(&scratch, |place| if (place[2] - crest).abs() < 1.0 { place.map(|c| c * 1.25) } else { place });
    scratch.plan().assert().success();
    let plan: Value = serde_json::from_slice(&fs::read(scratch.path("out/plan.json")).unwrap()).unwrap();
    let [nearest, asked] = ["nearest_pair_mm", "spacing_min_mm"].map(|key| plan["statistics"][key].as_f64().unwrap());
    assert!(nearest >= asked, "{nearest} mm, {asked} mm asked");
}

#[test]
fn the_side_of_the_face_is_refused() {
    let mut scratch = Scratch::new();
    let [low, high] = [70_f64, 10.0].map(|polar| {
        let (sin, cos) = polar.to_radians().sin_cos();
        json!([0.0, -DOME_RADIUS_MM * sin, DOME_RADIUS_MM * cos])
    });
    scratch.hairline["landmarks"]["glabella"] = low.clone();
    scratch.plan().assert().success();
    for (glabella, inside) in [(&low, &low), (&high, &high)] {
        let mut scratch = Scratch::new();
        scratch.hairline["landmarks"]["glabella"] = glabella.clone();
        scratch.hairline["inside_point"] = inside.clone();
        scratch.refused(&["dome.hairline.json: inside point: found", "glabella", "the other side"]);
    }
}
