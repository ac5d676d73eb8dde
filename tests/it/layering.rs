//! The floors: a module imports from floors below its own, and from modules to its left on its own floor.

use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up; modules of one floor from left to right.
const FLOORS: [&[&str]; 8] = [
    &["error", "geometry"],
    &["mesh"],
    &["case", "region", "hairline", "density"],
    &["sampling", "route"],
    &["rig", "schedule", "toolpath", "gcode"],
    &["plan", "verify"],
    &["treatment", "preview", "report"],
    &["job", "cli"],
];

/// Beyond the floors: what a module must not know although it lies below.
const CLOSED: [(&str, &[&str]); 3] = [
    ("verify", &["case", "region", "hairline", "density", "sampling", "route", "schedule", "toolpath", "gcode"]),
    ("sampling", &["case", "region", "hairline", "density"]),
    ("route", &["case", "region", "hairline", "density", "sampling"]),
];

fn rank(module: &str) -> Option<(usize, usize)> {
    FLOORS.iter().enumerate().find_map(|(floor, row)| Some((floor, row.iter().position(|&name| name == module)?)))
}

fn may_import(from: &str, to: &str) -> bool {
    let (Some(from_rank), Some(to_rank)) = (rank(from), rank(to)) else { return false };
    let closed = CLOSED.iter().any(|(module, names)| *module == from && names.contains(&to));
    from == to || (to_rank < from_rank && !closed)
}

/// First path segments behind `crate::`, in any form: `use crate::a::B`, `crate::a::b()`, `use crate::{a::B, c}`.
fn imports(source: &str) -> Vec<String> {
    names_behind("crate::", source)
}

fn names_behind(prefix: &str, source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        let heads: Vec<String> = if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let end = group
                .find(|c| {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    depth < 0
                })
                .unwrap();
            let mut depth = 0;
            group[..end]
                .split(|c| {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    c == ',' && depth == 0
                })
                .map(|part| part.trim().to_owned())
                .collect()
        } else {
            vec![rest.to_owned()]
        };
        for head in heads {
            let name: String = head.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !name.is_empty() {
                found.push(name);
            }
        }
    }
    found
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn no_import_goes_up_a_floor() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut checked = 0;
    let mut faults = Vec::new();
    for file in sources(&root) {
        let inside = file.strip_prefix(&root).unwrap();
        let module = inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs");
        if matches!(module, "lib" | "main") {
            continue;
        }
        assert!(rank(module).is_some(), "{} stands on no floor", inside.display());
        for name in imports(&fs::read_to_string(&file).unwrap()) {
            // Re-exports of the crate root (`crate::Error`, `crate::Result`) are of floor 0.
            if name.starts_with(char::is_uppercase) {
                continue;
            }
            checked += 1;
            if !may_import(module, &name) {
                faults.push(format!("{}: {module} imports {name}", inside.display()));
            }
        }
    }
    assert!(checked > 20, "only {checked} imports found: the reader of imports is broken");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn verify_takes_nothing_from_the_rig_but_the_data_of_its_profile() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let facade = fs::read_to_string(root.join("rig/mod.rs")).unwrap();
    let data = ["profile::", "hooks::", "depth::"].map(|part| names_behind(part, &facade)).concat();
    let files = sources(&root.join("verify"));
    let taken: Vec<String> =
        files.iter().flat_map(|file| names_behind("rig::", &fs::read_to_string(file).unwrap())).collect();
    assert!(taken.contains(&"Profile".to_owned()), "{taken:?}: the reader of imports is broken");
    for name in taken {
        assert!(data.contains(&name), "verify takes rig::{name}, which is more than data of the profile");
    }
}

#[test]
fn the_check_itself_sees_imports_and_tells_up_from_down() {
    assert_eq!(imports("use crate::{mesh::{A, B}, plan};\ncrate::gcode::write();"), ["mesh", "plan", "gcode"]);
    assert!(may_import("region", "mesh") && may_import("density", "case") && may_import("verify", "plan"));
    assert!(!may_import("mesh", "region") && !may_import("case", "region") && !may_import("route", "sampling"));
    assert!(!may_import("verify", "gcode") && !may_import("verify", "toolpath") && !may_import("rig", "plan"));
}
