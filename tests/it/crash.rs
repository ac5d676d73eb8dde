//! Runs that end in the middle: killed, out of room, not allowed to write, or two at once. No program that is partial, that
//! nobody judged, or that belongs to another plan ever has the name of a program.
//!
//! `TONSURE_KILLS=200 cargo test --test it crash:: -- --nocapture` kills more runs than the dozen of every day.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::{Value, json};
use tonsure::error::Severity;
use tonsure::job::PlanFolder;

use crate::support::scratch::{Scratch, list, tonsure};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tonsure");

fn kills() -> u32 {
    std::env::var("TONSURE_KILLS").map_or(12, |count| count.parse().unwrap())
}

fn two_sessions() -> Scratch {
    let mut scratch = Scratch::new();
    scratch.case["sessions"] = json!([{"share": 0.5}, {"share": 0.5}]);
    scratch
}

/// Everything with a final name is whole, and every program passes beside the plan that lies there. Returns the programs.
fn assert_sound(out: &Path) -> usize {
    let mut programs = Vec::new();
    for name in list(out).into_iter().filter(|name| !name.starts_with(".tonsure-")) {
        let text = fs::read_to_string(out.join(&name)).unwrap_or_default();
        match name.rsplit_once('.').unwrap().1 {
            "json" => drop(serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{name}: {error}"))),
            "svg" => assert!(text.trim_end().ends_with("</svg>"), "{name} is cut"),
            "html" => assert!(text.trim_end().ends_with("</html>"), "{name} is cut"),
            "csv" => assert!(text.ends_with('\n'), "{name} is cut"),
            "ngc" => programs.push((name, text)),
            other => assert_eq!(other, "ply", "{name}"),
        }
    }
    if !programs.is_empty() {
        let folder = PlanFolder::read(&out.join("plan.json")).unwrap();
        for (name, text) in &programs {
            let verdict = folder.verify(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_ne!(verdict.verdict, Severity::Fail, "{name}: {:?}", verdict.findings);
        }
    }
    programs.len()
}

fn has_draft(out: &Path) -> bool {
    list(out).iter().any(|name| name.starts_with(".tonsure-"))
}

/// Starts the command again and again, and kills it: every second time at any moment, else while it writes. The runs
/// alternate between two seeds or starts, so that what one leaves is never right for the next.
fn killed_at_random(out: &Path, start: impl Fn(u32) -> Command) {
    let mut random = Pcg64::seed_from_u64(7);
    let begun = Instant::now();
    assert!(start(0).stderr(Stdio::null()).status().unwrap().success());
    let whole = begun.elapsed();
    let (mut while_writing, mut left) = (0, [0; 3]);
    for run in 1..=kills() {
        let mut child = start(run).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        if run % 2 == 0 {
            std::thread::sleep(whole.mul_f64(random.random_range(0.0..1.1)));
        } else {
            while !has_draft(out) && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(whole.mul_f64(random.random_range(0.0..0.4)));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        while_writing += u32::from(has_draft(out));
        left[assert_sound(out).min(4) / 2] += 1;
    }
    eprintln!("{} killed, {while_writing} of them while writing; 0, 2, 4 programs left: {left:?}", kills());
    assert!(start(0).stderr(Stdio::null()).status().unwrap().success());
    assert_eq!(assert_sound(out), 4);
    assert!(!has_draft(out), "drafts of killed runs stay: {:?}", list(out));
}

#[test]
fn a_plan_that_is_killed_leaves_nothing_that_could_be_run_by_mistake() {
    let scratch = two_sessions();
    let case = scratch.write_case();
    let out = scratch.path("out");
    killed_at_random(&out, |run| {
        let mut command = Command::new(PROGRAM);
        command.arg("plan").arg(&case).arg("--out").arg(&out).args(["--seed", &(run % 2).to_string()]);
        command
    });
}

#[test]
fn a_resumed_plan_that_is_killed_leaves_nothing_that_could_be_run_by_mistake() {
    let scratch = two_sessions();
    scratch.plan().assert().success();
    let (plan, out) = (scratch.path("out/plan.json"), scratch.path("rest"));
    let parsed = tonsure::plan::Plan::parse(&fs::read(&plan).unwrap(), "plan.json").unwrap();
    let first = &parsed.blocks[0].dots;
    killed_at_random(&out, |run| {
        let mut command = Command::new(PROGRAM);
        let after = first[3 + run as usize % 2];
        command.arg("resume").arg(&plan).args(["--after-dot", &after.to_string()]).arg("-o").arg(&out);
        command
    });
}

/// What has to hold after a run that the system failed: status 3, words, and an empty or no folder.
fn assert_failed_clean(output: &Output, out: &Path, what: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{what}: {text}");
    assert!(text.contains(": found ") && text.contains("; expected "), "{what}: {text}");
    assert_eq!(list(out), [""; 0], "{what}");
}

#[test]
fn where_no_file_may_be_large_nothing_is_left() {
    let scratch = two_sessions();
    scratch.plan().assert().success();
    let largest =
        list(&scratch.path("out")).into_iter().map(|name| fs::metadata(scratch.path("out").join(name)).unwrap().len());
    let largest = largest.max().unwrap();
    fs::remove_dir_all(scratch.path("out")).unwrap();
    // In units of 512 bytes: from the very first draft to the last but one.
    for limit in [0, 8, 40, largest / 512 - 8] {
        let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$0\" plan \"$1\" --out \"$2\"");
        let out = scratch.path("out");
        let output =
            Command::new("sh").args(["-c", &script, PROGRAM]).arg(scratch.write_case()).arg(&out).output().unwrap();
        assert_failed_clean(&output, &out, &format!("{limit} blocks"));
        assert!(!out.exists(), "a folder that the run made itself");
    }
}

/// Runs a script with the program, the case and a folder of its own file system of that size; tells what the run said, its status,
/// and what lay in the folder after it. `None` where the system does not let a test mount anything.
fn on_small_disk(scratch: &Scratch, options: &str, before: &str) -> Option<(i32, String, Vec<String>)> {
    let disk = scratch.path("disk");
    fs::create_dir_all(&disk).unwrap();
    let script = format!(
        "mount -t tmpfs -o {options} none \"$2\" || exit 99; {before} \
         \"$0\" plan \"$1\" --out \"$2\" 2>\"$2.said\"; status=$?; ls -A \"$2\" >\"$2.list\"; exit $status"
    );
    let run = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", &script, PROGRAM])
        .args([scratch.write_case(), disk])
        .stderr(Stdio::null())
        .status();
    let status = run.ok()?.code()?;
    let read = |ending: &str| fs::read_to_string(scratch.path(&format!("disk.{ending}")));
    let (Ok(said), Ok(listed)) = (read("said"), read("list")) else {
        eprintln!("skipped: no file system can be mounted here");
        return None;
    };
    Some((status, said, listed.lines().map(str::to_owned).collect()))
}

#[test]
fn a_full_disk_is_left_as_it_was() {
    let scratch = two_sessions();
    scratch.plan().assert().success();
    let file = |name: &String| fs::metadata(scratch.path("out").join(name)).unwrap().len();
    let needed_kb: u64 = list(&scratch.path("out")).iter().map(file).sum::<u64>() / 1024;
    for share in [1, 4, 7] {
        let size = format!("size={}k", needed_kb * share / 10);
        let Some((status, said, left)) = on_small_disk(&scratch, &size, "") else { return };
        assert_eq!((status, left), (3, Vec::new()), "{size}: {said}");
        assert!(said.contains("No space left on device") && said.contains("the free space"), "{said}");
    }
    let (status, said, left) = on_small_disk(&scratch, "size=100m", "").unwrap();
    assert!(status == 0 && left.len() > 10, "{status} {said} {left:?}");
    let (status, said, left) = on_small_disk(&scratch, "size=100m", "mount -o remount,ro \"$2\";").unwrap();
    assert_eq!((status, left), (3, Vec::new()), "{said}");
    assert!(said.contains("Read-only file system"), "{said}");
}

#[test]
fn a_place_where_no_folder_can_be_made() {
    let scratch = two_sessions();
    let case = scratch.write_case();
    for out in [PathBuf::from("/proc/tonsure"), scratch.path("case.json/out")] {
        let output = tonsure().arg("plan").arg(&case).arg("--out").arg(&out).output().unwrap();
        assert_failed_clean(&output, &out, &out.display().to_string());
    }
}

#[test]
fn of_runs_into_one_folder_at_once_one_wins_and_the_others_say_so() {
    let scratch = two_sessions();
    let case = scratch.write_case();
    let out = scratch.path("out");
    fs::create_dir(&out).unwrap();
    let run = |seed: u32| {
        let mut plan = Command::new(PROGRAM);
        plan.arg("plan").arg(&case).arg("--out").arg(&out).args(["--seed", &seed.to_string()]);
        plan.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let runs: Vec<_> = (0..6).map(run).collect();
    let mut won = 0;
    for run in runs {
        let output = run.wait_with_output().unwrap();
        if output.status.success() {
            won += 1;
            continue;
        }
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{text}");
        assert!(text.contains("out: found another run that writes into this folder"), "{text}");
        assert!(text.contains("wait until the other run has ended"), "{text}");
    }
    assert!(won > 0);
    assert_eq!(assert_sound(&out), 4);

    // However another run fails, it does not touch what the one that has the folder leaves there.
    let held = fs::File::open(&out).unwrap();
    held.lock().unwrap();
    let before = list(&out);
    tonsure().arg("plan").arg(&case).arg("--out").arg(&out).assert().code(3);
    tonsure().arg("plan").arg(scratch.path("none.json")).arg("--out").arg(&out).assert().code(2);
    assert_eq!(list(&out), before);
    drop(held);
    tonsure().arg("plan").arg(scratch.path("none.json")).arg("--out").arg(&out).assert().code(2);
    assert!(!list(&out).iter().any(|name| is_program(name)), "programs of a run that failed");
}

fn is_program(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "ngc")
}
