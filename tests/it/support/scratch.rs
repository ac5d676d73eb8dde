//! A folder with a small case in it, and a way to run the program there.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The program, as a user would start it.
pub(crate) fn tonsure() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tonsure"))
}

/// A folder that goes away with the test. It holds `dome.off`, half a sphere of radius 80 mm open at the bottom, a
/// hairline around its top and `case.json`.
pub(crate) struct Scratch {
    folder: TempDir,
    /// The case; change it, then [`Scratch::plan`].
    pub(crate) case: Value,
    /// The hairline; change it, then [`Scratch::plan`].
    pub(crate) hairline: Value,
}

pub(crate) const DOME_RADIUS_MM: f64 = 80.0;

impl Scratch {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("dome.off"), dome(48, 16)).unwrap();
        let angle = 50f64.to_radians();
        let ring: Vec<_> = (0..60)
            .map(|i| {
                let turn = f64::from(i) * std::f64::consts::TAU / 60.0;
                let [r, z] = [DOME_RADIUS_MM * angle.sin(), DOME_RADIUS_MM * angle.cos()];
                json!([r * turn.cos(), r * turn.sin(), z])
            })
            .collect();
        let hairline = json!({
            "name": "dome", "units": "mm", "hairline": ring, "inside_point": [0.0, 0.0, DOME_RADIUS_MM],
            "landmarks": {
                "left_tragus": [DOME_RADIUS_MM, 0.0, 0.0], "right_tragus": [-DOME_RADIUS_MM, 0.0, 0.0],
                "vertex": [0.0, 0.0, DOME_RADIUS_MM],
            },
        });
        let case = json!({
            "format": "tonsure-case/1", "mesh": {"file": "dome.off", "units": "mm"},
            "boundary": {"file": "dome.hairline.json"}, "design": {"density_per_cm2": 5, "depth_mm": 0.5},
            "rig": "gantry-xyzab", "seed": 1,
        });
        Self { folder, case, hairline }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Writes the case and its hairline.
    pub(crate) fn write_case(&self) -> PathBuf {
        self.write("dome.hairline.json", self.hairline.to_string());
        self.write("case.json", self.case.to_string())
    }

    /// `tonsure plan case.json --out out` in this folder, not yet started.
    pub(crate) fn plan(&self) -> Command {
        let case = self.write_case();
        let mut command = tonsure();
        command.arg("plan").arg(case).arg("--out").arg(self.path("out"));
        command
    }

    /// Runs the plan, which must end with status 2 and an error with every one of the parts in it.
    pub(crate) fn refused(&self, parts: &[&str]) {
        let output = self.plan().output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(output.stdout.is_empty());
        for part in parts {
            assert!(text.contains(part), "\"{part}\" is not in: {text}");
        }
        let programs = list(&self.path("out")).into_iter().filter(|name| name.starts_with("session-")).count();
        assert_eq!(programs, 0, "a refused case left programs");
    }
}

/// Names in a folder, sorted; none where there is no folder.
pub(crate) fn list(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Half a sphere in rings, as OFF.
fn dome(around: usize, rings: usize) -> String {
    let mut vertices = vec![format!("0 0 {DOME_RADIUS_MM}")];
    let mut faces = Vec::new();
    for ring in 1..=rings {
        let polar = std::f64::consts::FRAC_PI_2 * ring as f64 / rings as f64;
        for step in 0..around {
            let turn = std::f64::consts::TAU * step as f64 / around as f64;
            let [r, z] = [DOME_RADIUS_MM * polar.sin(), DOME_RADIUS_MM * polar.cos()];
            vertices.push(format!("{} {} {z}", r * turn.cos(), r * turn.sin()));
        }
    }
    let at = |ring: usize, step: usize| 1 + (ring - 1) * around + step % around;
    for step in 0..around {
        faces.push(format!("3 0 {} {}", at(1, step), at(1, step + 1)));
        for ring in 1..rings {
            let [a, b] = [at(ring, step), at(ring, step + 1)];
            let [c, d] = [at(ring + 1, step), at(ring + 1, step + 1)];
            faces.push(format!("4 {a} {c} {d} {b}"));
        }
    }
    format!("OFF\n{} {} 0\n{}\n{}\n", vertices.len(), faces.len(), vertices.join("\n"), faces.join("\n"))
}
