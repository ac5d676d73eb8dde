//! A head that is moved, with its unit changed, gets the same plan: mesh, line and landmarks move, and the dots with
//! them. The real heads lie beside the project and are no part of it: without them their tests are skipped.

use std::fs;
use std::path::{Path, PathBuf};

use nalgebra::{Rotation3, UnitQuaternion};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::{Value, json};
use tempfile::TempDir;
use tonsure::geometry::{Placement, Point, Units, Vector};
use tonsure::job::{self, PlanOptions, Silent};
use tonsure::mesh;
use tonsure::plan::Dot;

const HEADS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes");

/// A head before or after a motion: where it lies, and the unit in which its files say so.
#[derive(Clone, Copy)]
struct Pose {
    placement: Placement,
    units: Units,
}

impl Pose {
    /// Numbers for the files of the head moved, from mm.
    fn numbers(&self, point: &Point) -> [f64; 3] {
        (self.placement.point(point).coords / self.units.in_mm()).into()
    }
}

/// What a case is made from, mm.
struct Head {
    vertices: Vec<Point>,
    /// Faces as lines of OBJ.
    faces: String,
    hairline: Value,
    units: Units,
    case: Value,
}

/// A turn in any direction and a way of a metre.
fn random_motion(seed: u64) -> Placement {
    let mut random = Pcg64::seed_from_u64(seed);
    let mut ball = || loop {
        let v = [0, 1, 2, 3].map(|_| random.random_range(-1.0..1.0_f64));
        let length = v.iter().map(|c| c * c).sum::<f64>().sqrt();
        if (0.1..1.0).contains(&length) {
            break v.map(|c| c / length);
        }
    };
    let ([a, b, c, d], [x, y, z, _]) = (ball(), ball());
    let turn: Rotation3<f64> = UnitQuaternion::from_quaternion(nalgebra::Quaternion::new(a, b, c, d)).into();
    Placement::new(&turn, &(Vector::new(x, y, z).normalize() * 1000.0))
}

impl Head {
    /// From a mesh file and its line; the faces of an OBJ are taken as they stand.
    fn read(mesh_file: &Path, hairline_file: &Path) -> Self {
        let hairline: Value = serde_json::from_slice(&fs::read(hairline_file).unwrap()).unwrap();
        let units: Units = serde_json::from_value(hairline["units"].clone()).unwrap();
        let (vertices, faces) = if mesh_file.extension().is_some_and(|ending| ending == "obj") {
            let text = fs::read_to_string(mesh_file).unwrap();
            let vertices = text.lines().filter_map(|line| line.strip_prefix("v ")).map(|line| {
                let numbers: Vec<f64> = line.split_whitespace().map(|word| word.parse().unwrap()).collect();
                Point::new(numbers[0], numbers[1], numbers[2]) * units.in_mm()
            });
            let faces: Vec<String> = (text.lines().filter_map(|line| line.strip_prefix("f ")))
                .map(|line| {
                    let corners = line.split_whitespace().map(|word| word.split('/').next().unwrap());
                    corners.fold("f".to_owned(), |face, corner| face + " " + corner)
                })
                .collect();
            (vertices.collect(), faces.join("\n"))
        } else {
            let mesh = mesh::load(mesh_file, Some(units)).unwrap().mesh;
            let faces = mesh.triangles().iter().map(|[a, b, c]| format!("f {} {} {}", a + 1, b + 1, c + 1));
            (mesh.vertices().to_vec(), faces.collect::<Vec<_>>().join("\n"))
        };
        let case = json!({
            "format": "tonsure-case/1", "mesh": {"file": "head.obj"}, "boundary": {"file": "head.hairline.json"},
            "design": {"density_per_cm2": 8, "depth_mm": 0.5}, "rig": "gantry-xyzab", "seed": 7,
        });
        Self { vertices, faces, hairline, units, case }
    }

    /// Writes the head in a pose and plans it; the dots come back in the pose.
    fn dots(&self, pose: Pose) -> Vec<Dot> {
        let folder = TempDir::new().unwrap();
        let moved = |place: &Value| {
            let place: [f64; 3] = serde_json::from_value(place.clone()).unwrap();
            json!(pose.numbers(&(Point::from(place) * self.units.in_mm())))
        };
        let mut hairline = self.hairline.clone();
        hairline["units"] = json!(pose.units.symbol());
        for place in hairline["hairline"].as_array_mut().unwrap() {
            *place = moved(place);
        }
        hairline["inside_point"] = moved(&hairline["inside_point"]);
        for (_, place) in hairline["landmarks"].as_object_mut().unwrap() {
            *place = moved(place);
        }
        let mut case = self.case.clone();
        case["mesh"]["units"] = json!(pose.units.symbol());
        for keep_out in case.get_mut("keep_outs").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(centre) = keep_out.get_mut("centre") {
                *centre = moved(centre);
            }
            for place in keep_out.get_mut("loop").and_then(Value::as_array_mut).into_iter().flatten() {
                *place = moved(place);
            }
        }
        let vertices = self.vertices.iter().map(|vertex| {
            let [x, y, z] = pose.numbers(vertex);
            format!("v {x} {y} {z}\n")
        });
        let write = |name: &str, text: String| -> PathBuf {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        write("head.obj", vertices.collect::<String>() + &self.faces + "\n");
        write("head.hairline.json", hairline.to_string());
        let case = write("case.json", case.to_string());
        job::plan(&case, &folder.path().join("out"), PlanOptions::default(), &Silent).unwrap().plan.dots
    }

    /// The head where its files have it against the head moved, in metres.
    fn moves_with_its_dots(&self, seed: u64) {
        let there = random_motion(seed);
        let dots = self.dots(Pose { placement: Placement::IDENTITY, units: self.units });
        let moved = self.dots(Pose { placement: there, units: Units::Metre });
        assert!(dots.len() > 500, "{} dots", dots.len());
        let back = there.inverse();
        let apart = |(dot, moved): (&Dot, &Dot)| {
            let [place, normal] = [moved.position_mm, moved.normal];
            let place = (back.point(&Point::from(place)) - Point::from(dot.position_mm)).norm();
            (place, (back.direction(&Vector::from(normal)) - Vector::from(dot.normal)).norm())
        };
        let gaps: Vec<(f64, f64)> = dots.iter().zip(&moved).map(apart).collect();
        let far = gaps.iter().filter(|(place, _)| *place > 1e-6).count();
        assert_eq!((moved.len(), far), (dots.len(), 0), "dots; dots more than 1e-6 mm off");
        let most = gaps.iter().fold((0.0, 0.0), |most: (f64, f64), gap| (most.0.max(gap.0), most.1.max(gap.1)));
        assert!(most.1 < 1e-6, "normals differ by {}", most.1);
        let rest = |dot: &Dot| (dot.session, dot.patched, dot.diameter_mm.to_bits());
        assert!(dots.iter().map(rest).eq(moved.iter().map(rest)));
    }
}

#[test]
fn the_demo_head_with_its_keep_outs() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo"));
    let mut head = Head::read(&folder.join("head.ply"), &folder.join("head.hairline.json"));
    let case: Value = serde_json::from_slice(&fs::read(folder.join("case.json")).unwrap()).unwrap();
    head.case["keep_outs"] = case["keep_outs"].clone();
    head.case["sessions"] = case["sessions"].clone();
    head.case["design"]["edge"] = json!({"width_mm": 8, "edge_share": 0.5});
    head.moves_with_its_dots(1);
}

fn real(mesh: &str, hairline: &str, seed: u64) {
    let folder = Path::new(HEADS);
    if !folder.is_dir() {
        eprintln!("skipped: no heads in {HEADS}");
        return;
    }
    Head::read(&folder.join(mesh), &folder.join(hairline)).moves_with_its_dots(seed);
}

#[test]
fn a_clean_scan() {
    real("tub_head.ply", "tub_head.hairline.json", 2);
}

#[test]
fn a_mirror_symmetric_head_of_quads() {
    real("ict_neutral.obj", "ict_neutral.hairline.json", 3);
}

#[test]
fn a_surface_of_marching_cubes() {
    real("colin27_scalp.ply", "colin27_scalp.hairline.json", 4);
}
