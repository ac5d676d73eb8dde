//! Writes a damaged head as the files of a case.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tonsure::case::Landmarks;
use tonsure::geometry::{Point, Units};

use super::{Damaged, FileKind, Soup};

/// Density of the dots in these cases: thin, so that many cases can be run.
pub(super) const DENSITY_PER_CM2: f64 = 6.0;

/// Writes scan, line and case into the folder; gives the path of the case.
pub(crate) fn write_case(folder: &Path, damaged: &Damaged) -> PathBuf {
    let name = match damaged.file {
        FileKind::Ply => "scan.ply",
        FileKind::Stl => "scan.stl",
    };
    std::fs::write(folder.join(name), mesh_file(damaged)).unwrap();
    std::fs::write(folder.join("line.hairline.json"), line_file(damaged).to_string()).unwrap();
    let case = json!({
        "format": "tonsure-case/1", "mesh": {"file": name, "units": damaged.units_said},
        "boundary": {"file": "line.hairline.json"}, "design": {"density_per_cm2": DENSITY_PER_CM2, "depth_mm": 0.5},
        "rig": "gantry-xyzab", "setups": ["upright"], "seed": 1,
    });
    let path = folder.join("case.json");
    std::fs::write(&path, case.to_string()).unwrap();
    path
}

fn mesh_file(damaged: &Damaged) -> Vec<u8> {
    let mut soup = damaged.scan.clone();
    soup.add(&damaged.foreign.vertices, &damaged.foreign.triangles);
    for vertex in &mut soup.vertices {
        *vertex = placed(damaged, vertex, damaged.units);
    }
    match damaged.file {
        FileKind::Ply => ply(&soup),
        FileKind::Stl => stl(&soup),
    }
}

fn placed(damaged: &Damaged, point: &Point, units: Units) -> Point {
    Point::from(damaged.placement.point(point).coords / units.in_mm())
}

fn ply(soup: &Soup) -> Vec<u8> {
    let mut bytes = format!(
        "ply\nformat binary_little_endian 1.0\nelement vertex {}\nproperty double x\nproperty double y\n\
         property double z\nelement face {}\nproperty list uchar int vertex_indices\nend_header\n",
        soup.vertices.len(),
        soup.triangles.len()
    )
    .into_bytes();
    bytes.extend(soup.vertices.iter().flat_map(|v| [v.x, v.y, v.z]).flat_map(f64::to_le_bytes));
    for corners in &soup.triangles {
        bytes.push(3);
        bytes.extend(corners.iter().flat_map(|v| v.to_le_bytes()));
    }
    bytes
}

fn stl(soup: &Soup) -> Vec<u8> {
    let mut bytes = vec![0; 80];
    bytes.extend((soup.triangles.len() as u32).to_le_bytes());
    for triangle in 0..soup.triangles.len() {
        bytes.extend([0; 12]);
        let corners = soup.corners(triangle);
        bytes.extend(corners.iter().flat_map(|v| [v.x, v.y, v.z]).flat_map(|c| (c as f32).to_le_bytes()));
        bytes.extend([0; 2]);
    }
    bytes
}

fn line_file(damaged: &Damaged) -> Value {
    let [units, said] = damaged.line_units;
    let place = |point: &Point| -> [f64; 3] { placed(damaged, point, units).coords.into() };
    let landmark = |at: Option<[f64; 3]>| at.map(|at| place(&Point::from(at)));
    let Landmarks { glabella, left_tragus, right_tragus, inion, vertex } = damaged.landmarks;
    json!({
        "name": "damaged", "units": said, "hairline": damaged.line.iter().map(place).collect::<Vec<_>>(),
        "inside_point": place(&damaged.inside),
        "landmarks": {
            "glabella": landmark(glabella), "left_tragus": landmark(left_tragus),
            "right_tragus": landmark(right_tragus), "inion": landmark(inion), "vertex": landmark(vertex),
        },
    })
}
