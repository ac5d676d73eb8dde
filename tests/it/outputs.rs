//! Where results go: files, links, devices, folders with something in them.

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::cli::json_of;
use crate::support::scratch::{Scratch, list, tonsure};

/// `tonsure sample dome.off --spacing-mm 8` in that folder, with the output still to be named.
fn sample(scratch: &Scratch) -> assert_cmd::Command {
    let mut command = tonsure();
    command.arg("sample").arg(scratch.path("dome.off")).args(["--spacing-mm", "8", "-o"]);
    command
}

#[test]
fn standard_input_and_output_stand_for_files() {
    let scratch = Scratch::new();
    sample(&scratch).arg(scratch.path("dots.csv")).assert().success();
    let mesh = fs::read(scratch.path("dome.off")).unwrap();
    let piped =
        tonsure().args(["sample", "-", "--spacing-mm", "8", "-o", "-"]).write_stdin(mesh.clone()).output().unwrap();
    let dots = fs::read(scratch.path("dots.csv")).unwrap();
    assert!(piped.status.success() && piped.stdout == dots);
    let inspected = tonsure().args(["inspect", "-", "--json"]).write_stdin(mesh).output().unwrap();
    assert_eq!(json_of(&inspected.stdout)["mesh"]["open_edges"], 48);
    let routed = tonsure().args(["route", "-", "-o", "-"]).write_stdin(dots).output().unwrap();
    assert!(String::from_utf8(routed.stdout).unwrap().starts_with("x_mm,y_mm,z_mm,row,order\n"));
    let square = "EDGE_WEIGHT_TYPE: EUC_2D\nDIMENSION: 4\nNODE_COORD_SECTION\n1 0 0\n2 0 5\n3 5 0\n4 5 5\n";
    let mut route = tonsure();
    route.args(["route", "-", "--json", "-o"]).arg(scratch.path("square.tour")).write_stdin(square);
    assert_eq!(json_of(&route.assert().success().get_output().stdout)["length_mm"], 20.0);
    let both = tonsure().args(["sample", "-", "--boundary", "-", "--spacing-mm", "8", "-o", "x.csv"]).output().unwrap();
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn a_result_cut_by_time_is_marked() {
    let scratch = Scratch::new();
    sample(&scratch).arg(scratch.path("dots.csv")).assert().success();
    for (options, reproducible) in [(&["--time-limit-s", "0"][..], false), (&[], true)] {
        let mut route = tonsure();
        route.arg("route").arg(scratch.path("dots.csv")).args(options).args(["--json", "-o"]);
        let output = route.arg(scratch.path("route.csv")).assert().success().get_output().clone();
        assert_eq!(json_of(&output.stdout)["reproducible"], reproducible);
    }
    let mut refused = tonsure();
    refused.arg("route").arg(scratch.path("dots.csv")).args(["--time-limit-s=-1", "-o", "x.csv"]).assert().code(2);
}

#[test]
#[cfg(unix)]
fn devices_and_links_stay_what_they_are() {
    let scratch = Scratch::new();
    // A link to the device, so that nothing but the link is lost if this goes wrong.
    let full = scratch.path("full.csv");
    std::os::unix::fs::symlink("/dev/full", &full).unwrap();
    let output = sample(&scratch).arg(&full).assert().code(3).get_output().clone();
    assert!(String::from_utf8(output.stderr).unwrap().contains("full.csv: found No space left"));
    assert!(full.is_symlink() && !full.is_file());
    let out = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut to_stdout = std::process::Command::new(env!("CARGO_BIN_EXE_tonsure"));
    to_stdout.arg("sample").arg(scratch.path("dome.off")).args(["--spacing-mm", "8", "-o", "-"]).stdout(out);
    assert_eq!(to_stdout.stderr(Stdio::null()).status().unwrap().code(), Some(3));

    let real = scratch.write("real.csv", "old");
    let link = scratch.path("link.csv");
    std::os::unix::fs::symlink(&real, &link).unwrap();
    sample(&scratch).arg(&link).assert().success();
    assert!(link.is_symlink() && fs::read_to_string(&real).unwrap().starts_with("id,x_mm"));
    sample(&scratch).arg(scratch.path("none/dots.csv")).assert().code(3);
}

#[test]
fn no_result_takes_the_place_of_an_input() {
    let mut scratch = Scratch::new();
    let dome = fs::read(scratch.path("dome.off")).unwrap();
    let kept = |output: &std::process::Output, file: &std::path::Path, content: &[u8]| {
        assert_eq!(output.status.code(), Some(2));
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(file.to_str().unwrap()), "{text}");
        assert!(fs::read(file).unwrap() == content, "{} was overwritten", file.display());
    };
    kept(&sample(&scratch).arg(scratch.path("dome.off")).output().unwrap(), &scratch.path("dome.off"), &dome);
    let points = scratch.write("points.csv", "x,y\n0,0\n1,1\n");
    let routed = tonsure().arg("route").arg(&points).arg("-o").arg(&points).output().unwrap();
    kept(&routed, &points, b"x,y\n0,0\n1,1\n");

    scratch.plan().assert().success();
    let scan = fs::read(scratch.path("out/scan.ply")).unwrap();
    scratch.case["mesh"]["file"] = json!("out/scan.ply");
    kept(&scratch.plan().output().unwrap(), &scratch.path("out/scan.ply"), &scan);
    scratch.case["mesh"]["file"] = json!("dome.off");
    fs::rename(scratch.write_case(), scratch.path("plan.json")).unwrap();
    let case = fs::read(scratch.path("plan.json")).unwrap();
    let mut beside = tonsure();
    beside.arg("plan").arg(scratch.path("plan.json")).arg("--out").arg(scratch.path(""));
    kept(&beside.output().unwrap(), &scratch.path("plan.json"), &case);
}

#[test]
fn a_program_that_cannot_be_written_takes_the_others_with_it() {
    let mut scratch = Scratch::new();
    scratch.case["sessions"] = json!([{"share": 0.5}, {"share": 0.5}]);
    fs::create_dir_all(scratch.path("out/session-2.upright.ngc/mine")).unwrap();
    scratch.plan().assert().code(3);
    let programs: Vec<String> = list(&scratch.path("out")).into_iter().filter(|n| n.starts_with("session-")).collect();
    assert_eq!(programs, ["session-2.upright.ngc"], "only the folder of that name stays");
}

#[test]
fn gcode_may_replace_the_plan_in_its_own_folder() {
    let scratch = Scratch::new();
    scratch.plan().assert().success();
    let plan = scratch.path("out/plan.json");
    let parent = tonsure::geometry::sha256(&fs::read(&plan).unwrap());
    let mut command = tonsure();
    command.arg("gcode").arg(&plan).args(["--rig", "gantry-xyz", "--out"]).arg(scratch.path("out")).assert().success();
    let child: Value = serde_json::from_slice(&fs::read(&plan).unwrap()).unwrap();
    assert_eq!(child["parent"], json!(parent));
    assert!(!list(&scratch.path("out")).contains(&"session-1.upright.ngc".to_owned()), "a program of the other rig");
    tonsure().arg("verify").arg(scratch.path("out/session-1.upright.nc")).assert().success();
}

#[test]
fn a_broken_or_newer_plan_is_refused_with_its_place() {
    let scratch = Scratch::new();
    scratch.plan().assert().success();
    let text = fs::read_to_string(scratch.path("out/plan.json")).unwrap();
    let newer = text.replace("tonsure-plan/2", "tonsure-plan/9");
    for (content, part) in
        [(&text[..3000], "no JSON"), ("{}", "\"format\""), (&newer, "tonsure-plan/9"), ("", "no JSON")]
    {
        let broken = scratch.write("out/broken.json", content);
        let preview = tonsure().arg("preview").arg(&broken).arg("-o").arg(scratch.path("x.svg")).output().unwrap();
        let gcode = tonsure().arg("gcode").arg(&broken).arg("--out").arg(scratch.path("x")).output().unwrap();
        for output in [preview, gcode] {
            let message = String::from_utf8(output.stderr).unwrap();
            assert!(output.status.code() == Some(2) && message.contains("broken.json"), "{message}");
            assert!(message.contains(part), "{message}");
        }
    }
    assert!(!scratch.path("x").exists() && !scratch.path("x.svg").exists());
}
