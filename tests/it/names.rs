//! Names from outside in every output: none becomes markup, a command, a formula of a spreadsheet, or a path.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use roxmltree::Document;
use serde_json::{Value, json};
use tonsure::case::Case;
use tonsure::geometry::{Point, Vector};
use tonsure::plan::Plan;

use crate::support::scratch::{DOME_RADIUS_MM, Scratch, list, tonsure};

/// What a name tries. Each is short enough for the name of a pigment.
const ATTACKS: [&str; 12] = [
    "</script><script>alert(1)",
    "\"'><img src=x onerror=alert(1)>",
    "]]>--></title></text><svg onload",
    ") G0 Z-99 (",
    "; M3 S1000 \\ $H ! ~ ? % &",
    ",py,print(1) (DEBUG,#5400)",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|'",
    "+1+1,-2,\"=1+1\"",
    "../../../../tmp/away",
    "{{ 7*7 }}{% raw %}@@data@@",
    "réseau \u{202e}\u{200b}名",
];

/// A dome with such names wherever a case and its files can have one, planned.
struct Named {
    scratch: Scratch,
    /// All names as one.
    name: String,
}

impl Named {
    /// Pigments and needles have one name each, everything else has all of them.
    fn new(names: &[&str]) -> Self {
        let mut scratch = Scratch::new();
        let name = names.concat();
        // Short and long, as the names of files may be.
        let mesh = format!("{}.off", names[..3].concat().replace('/', "_"));
        fs::rename(scratch.path("dome.off"), scratch.path(&mesh)).unwrap();
        scratch.case["mesh"]["file"] = json!(mesh);
        scratch.case["name"] = json!(name);
        scratch.case["setups"] = json!(["upright"]);
        scratch.case["design"]["density_per_cm2"] = json!(2);
        scratch.case["keep_outs"] = json!([{"name": name, "centre": [0, 0, 80], "radius_mm": 3}]);
        scratch.case["palette"] = names.iter().map(|name| json!({"name": name, "ink_batch": name})).collect();
        // Rings from the edge inwards, so that each tool has dots.
        let tool = |(number, name): (usize, &&str)| {
            let mut tool = json!({"number": number, "needle": name, "pigment": name});
            if number < names.len() {
                tool["edge_mm"] = json!(5 * number);
            }
            tool
        };
        scratch.case["tools"] = (1..).zip(names).map(tool).collect();
        scratch.case["stops"] = json!({"reload_every_dots": 100});
        scratch.hairline["name"] = json!(name);
        let named = Self { scratch, name };
        named.scratch.plan().assert().success();
        named
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    fn plan(&self) -> Plan {
        Plan::parse(&fs::read(self.path("out/plan.json")).unwrap(), "plan.json").unwrap()
    }

    /// Runs a command that has to succeed.
    fn run(&self, arguments: &[&str]) {
        tonsure().current_dir(self.path("")).args(arguments).assert().success();
    }

    /// Marks on the head with the name, as measured on the rig.
    fn registration(&self) {
        let mesh_to_rig = self.plan().setups["upright"].mesh_to_rig;
        let mark = |i: usize, (polar, turn): (f64, f64)| {
            let ((s, c), (sin, cos)) = (polar.to_radians().sin_cos(), turn.to_radians().sin_cos());
            let mark = Point::from(Vector::new(s * cos, s * sin, c) * DOME_RADIUS_MM);
            let rig: [f64; 3] = mesh_to_rig.point(&mark).into();
            json!({"name": format!("{}{i}", self.name), "mesh": <[f64; 3]>::from(mark), "rig": rig})
        };
        let places = [(60.0, 0.0), (40.0, 100.0), (55.0, 190.0), (10.0, 290.0)];
        let marks: Vec<Value> = (0..).zip(places).map(|(i, place)| mark(i, place)).collect();
        let text = json!({"format": "tonsure-registration/1", "setup": "upright", "fiducials": marks});
        self.scratch.write("r.json", text.to_string());
    }

    /// Everything that a plan leads to.
    fn everything(&self) {
        self.registration();
        let mesh = self.scratch.case["mesh"]["file"].as_str().unwrap();
        let plan = "out/plan.json";
        self.run(&[
            "gcode",
            plan,
            "--registration",
            "r.json",
            "--frame",
            "--fiducials",
            "--verbose-gcode",
            "--out",
            "today",
        ]);
        self.run(&["gcode", plan, "--format", "poses", "--out", "arm"]);
        for rig in tonsure::rig::builtin_names() {
            self.run(&["gcode", plan, "--rig", rig, "--out", &format!("on-{rig}")]);
        }
        self.run(&["resume", plan, "--after-dot", &self.plan().blocks[0].dots[2].to_string(), "-o", "rest"]);
        let lost = self.plan().blocks[0].dots[1];
        self.scratch.write("lost.csv", format!("id\n{lost}\n"));
        self.run(&["touchup", plan, "--missing", "lost.csv", "--out", "touchup"]);
        self.run(&["diff", plan, "touchup/plan.json", "-o", "diff.svg"]);
        self.run(&["diff", plan, "touchup/plan.json", "-o", "diff.csv"]);
        self.run(&["preview", plan, "-o", "named.svg", "--dots", "named"]);
        self.run(&["preview", plan, "-o", "look.svg", "--look", "healed"]);
        self.run(&["preview", plan, "-o", "paper.svg", "--view", "top", "--paper", "a4"]);
        self.run(&["preview", plan, "-o", "page.html"]);
        self.run(&["inspect", "case.json", "-o", "findings.svg"]);
        self.run(&["aftercare", plan, "-o", "sheet.html"]);
        self.run(&["hairline", "--pick", mesh, "-o", "pick.html"]);
        let small = ["--depths-mm", "0.4,0.5", "--dwells-s", "0.1", "--repeats", "1"];
        self.run(&[&["patch-test", "case.json", "--flat", "--out", "patch"], &small[..]].concat());
        self.run(&["init", mesh, "--units", "mm", "-o", "init.json"]);
        // As it should be: only what nobody but a person may say is missing.
        let begun = Case::parse(&fs::read(self.path("init.json")).unwrap(), "init.json").unwrap_err().to_string();
        assert!(begun.contains("depth_mm"), "{begun}");
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let below = |name: String| {
        let path = folder.join(name);
        if path.is_dir() { files(&path) } else { vec![path] }
    };
    list(folder).into_iter().flat_map(below).collect()
}

/// Elements and attributes of a drawing, which has to be XML.
fn markup(text: &str, file: &Path) -> BTreeSet<String> {
    let document = Document::parse(text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let elements = document.descendants().filter(roxmltree::Node::is_element);
    elements
        .flat_map(|node| {
            let attributes = node.attributes().map(|attribute| format!("@{}", attribute.name())).collect::<Vec<_>>();
            attributes.into_iter().chain([node.tag_name().name().to_owned()])
        })
        .collect()
}

/// The beginnings of all tags of a page, outside of its own data and scripts.
fn tags(page: &str) -> Vec<String> {
    let name = |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "/!".contains(*c)).collect();
    page.split('<').skip(1).map(name).collect()
}

/// The same program without what is said to people, in which the names of the plans differ.
fn commands<'a>(text: &'a str, file: &Path) -> Vec<&'a str> {
    const TOLD: [&str; 6] = ["M117", "M118", "M291", "RESPOND", "M0 ", "(MSG"];
    for line in text.lines() {
        let told =
            line.starts_with("; ") || line.starts_with(TOLD[5]) || TOLD.iter().any(|word| line.starts_with(word));
        // Controllers of the grbl family take these for commands wherever they stand.
        let live = line.contains(['!', '~', '?', '%']) || line.bytes().any(|byte| !(b' '..=b'~').contains(&byte));
        assert!(!live, "{}: {line}", file.display());
        assert!(
            !line.starts_with(';') || told,
            "{}: LinuxCNC runs some comments that no blank begins: {line}",
            file.display()
        );
        assert!(line.matches('(').count() <= 1 && line.matches(')').count() <= 1, "{}: {line}", file.display());
    }
    let is_told = |line: &&str| line.starts_with("; ") || TOLD.iter().any(|word| line.starts_with(word));
    text.lines().filter(|line| !is_told(line)).collect()
}

/// No cell begins as a formula does.
fn assert_plain_cells(text: &str, file: &Path) {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).comment(Some(b'#')).from_reader(text.as_bytes());
    for record in reader.records() {
        for cell in &record.unwrap() {
            let is_formula = cell.starts_with(['=', '@', '\t', '\r'])
                || cell.starts_with(['+', '-']) && cell.parse::<f64>().is_err();
            assert!(!is_formula, "{}: {cell}", file.display());
        }
    }
}

#[test]
fn no_name_becomes_more_than_a_name() {
    let numbered: Vec<String> = (0..ATTACKS.len()).map(|i| format!("plain{i}")).collect();
    let plain = Named::new(&numbered.iter().map(String::as_str).collect::<Vec<_>>());
    let hostile = Named::new(&ATTACKS);
    let around = plain.path("").parent().unwrap().to_owned();
    let before = list(&around);
    plain.everything();
    hostile.everything();
    let same = |path: &Path| {
        let below = path.strip_prefix(hostile.path("")).unwrap().to_str();
        let of = |named: &Named| named.scratch.case["mesh"]["file"].as_str().map(str::to_owned);
        plain.path(
            if below == of(&hostile).as_deref() { of(&plain).unwrap() } else { below.unwrap().to_owned() }.as_str(),
        )
    };
    let found = files(&hostile.path(""));
    assert_eq!(found.len(), files(&plain.path("")).len());
    let mut seen = BTreeSet::new();
    for path in found {
        let other = same(&path);
        assert!(other.is_file(), "{} where no file is meant to be", path.display());
        let (text, wanted) = (fs::read(&path).unwrap(), fs::read(other).unwrap());
        let (Ok(text), Ok(wanted)) = (String::from_utf8(text), String::from_utf8(wanted)) else { continue };
        let ending = path.extension().unwrap().to_str().unwrap().to_owned();
        match ending.as_str() {
            "svg" => assert_eq!(markup(&text, &path), markup(&wanted, &path), "{}", path.display()),
            "html" => assert_eq!(tags(&text), tags(&wanted), "{}", path.display()),
            "csv" => assert_plain_cells(&text, &path),
            "ngc" | "nc" | "gcode" | "g" => {
                assert!(commands(&text, &path) == commands(&wanted, &path), "{}", path.display());
            }
            _ => {}
        }
        seen.insert(ending);
    }
    assert!(["svg", "html", "csv", "ngc", "nc", "gcode", "g"].iter().all(|ending| seen.contains(*ending)), "{seen:?}");
    let new: Vec<String> = list(&around).into_iter().filter(|name| !before.contains(name)).collect();
    assert!(!new.iter().any(|name| name.contains("away")), "{new:?}");
}

#[test]
fn a_name_may_hold_no_line_breaks_and_marks_that_no_drawing_can_show() {
    for mark in ["\n", "\r", "\0", "\u{1b}", "\u{7f}", "\u{85}", "\u{2028}", "\u{fffe}"] {
        let mut scratch = Scratch::new();
        scratch.case["name"] = json!(format!("two{mark}G0 Z-99"));
        let output = scratch.plan().output().unwrap();
        if output.status.code() == Some(2) {
            let text = String::from_utf8_lossy(&output.stderr);
            assert!(text.contains("case.json: name: found \"two"), "{mark:?}: {text}");
            continue;
        }
        assert!(output.status.success());
        for path in files(&scratch.path("out")).iter().filter(|path| path.extension().is_some_and(|e| e == "svg")) {
            markup(&fs::read_to_string(path).unwrap(), path);
        }
        let program = fs::read_to_string(scratch.path("out/session-1.upright.ngc")).unwrap();
        assert!(!program.lines().any(|line| line.starts_with("G0 Z-99")), "{mark:?}");
    }
}
