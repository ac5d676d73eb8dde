//! What is drawn and marked on the demo head: hairline, landmarks, keep-outs, fiducials.
//!
//! The hairline follows the rules of thumb of hairline design: mid-frontal point 70 to 80 mm above the glabella along the skin, the
//! frontotemporal corners no lower than it, a short sideburn, clear of the ears, a low nape.

use std::fmt::Write as _;

use nalgebra::{Rotation3, Vector3};
use tonsure::geometry::{Placement, Point, Vector};
use tonsure::mesh::{SurfaceIndex, TriMesh};

use super::anatomy::without_ears;
use super::field::normal;

/// Points of the hairline in the file.
const POINTS: usize = 200;

/// The left half of the hairline from the forehead to the nape, near the skin, mm.
const LEFT_HALF: [[f64; 3]; 27] = [
    [0.0, -69.0, 107.0],
    [14.0, -68.0, 107.5],
    [28.0, -64.0, 108.5],
    [40.0, -55.0, 111.0],
    [48.0, -48.0, 108.0],
    [53.0, -53.0, 95.0],
    [58.0, -61.0, 79.0],
    [61.0, -65.0, 62.0],
    [63.0, -62.0, 48.0],
    [65.0, -54.0, 36.0],
    [66.0, -43.0, 26.0],
    [66.0, -35.0, 12.0],
    [65.0, -31.5, -3.0],
    [65.0, -24.5, -10.0],
    [66.0, -17.5, -3.0],
    [68.0, -16.0, 10.0],
    [70.0, -14.0, 24.0],
    [73.0, -7.0, 36.0],
    [76.0, 7.0, 42.0],
    [76.0, 23.0, 39.0],
    [76.0, 34.0, 27.0],
    [74.0, 38.5, 11.0],
    [70.0, 40.0, -8.0],
    [64.0, 43.0, -27.0],
    [56.0, 51.0, -43.0],
    [42.0, 64.0, -56.0],
    [20.0, 76.0, -62.0],
];

/// End of the half line: the middle of the nape.
const NAPE: [f64; 3] = [0.0, 79.0, -63.0];

/// Everything that is marked on the mesh, mm, on its surface.
pub(crate) struct Drawing {
    pub(crate) hairline: Vec<Point>,
    pub(crate) inside_point: Point,
    /// Name and place, in the order of the files.
    pub(crate) landmarks: [(&'static str, Point); 5],
    pub(crate) mole: Point,
    pub(crate) scar: Vec<Point>,
    pub(crate) fiducials: Vec<(&'static str, Point)>,
}

impl Drawing {
    pub(crate) fn on(mesh: &TriMesh) -> Self {
        let index = SurfaceIndex::build(mesh);
        let skin = |p: Point| index.closest(&p).unwrap().position;
        let along = |origin: [f64; 3], direction: [f64; 3]| {
            let hit = index.ray(&origin.into(), &direction.into(), 400.0).unwrap();
            hit.at.position(mesh)
        };
        let vertex = mesh.vertices().iter().copied().max_by(|a, b| a.z.total_cmp(&b.z)).unwrap();
        let scar = (0..14).map(|i| {
            let (sin, cos) = (f64::from(i) * std::f64::consts::TAU / 14.0).sin_cos();
            skin(Point::new(-40.0 + 14.0 * cos - 1.5 * sin, 70.0 - 9.0 * cos - 2.0 * sin, 78.0 + 5.0 * cos))
        });
        let fiducials = [
            ("forehead left", [34.0, -85.0, 62.0]),
            ("forehead right", [-34.0, -85.0, 62.0]),
            ("high forehead", [0.0, -94.0, 80.0]),
            ("behind left ear", [60.0, 28.0, -36.0]),
            ("behind right ear", [-60.0, 28.0, -36.0]),
            ("nape", [4.0, 80.0, -84.0]),
        ];
        Self {
            hairline: resampled(&control_points()).into_iter().map(scalp).map(skin).collect(),
            inside_point: along([2.0, 8.0, 300.0], [0.0, 0.0, -1.0]),
            landmarks: [
                ("glabella", along([0.6, -300.0, 42.0], [0.0, 1.0, 0.0])),
                ("left_tragus", skin(Point::new(74.0, 0.0, 0.35))),
                ("right_tragus", skin(Point::new(-74.0, 0.0, -0.35))),
                ("inion", along([0.3, 300.0, 0.0], [0.0, -1.0, 0.0])),
                ("vertex", vertex),
            ],
            mole: along([31.0, -14.0, 300.0], [0.0, 0.0, -1.0]),
            scar: scar.collect(),
            fiducials: fiducials.map(|(name, near)| (name, skin(near.into()))).to_vec(),
        }
    }

    /// Text of `head.hairline.json`.
    pub(crate) fn hairline_json(&self) -> String {
        let points: Vec<String> = self.hairline.iter().map(|p| format!("    {}", rounded(p))).collect();
        let landmarks: Vec<String> =
            self.landmarks.iter().map(|(name, p)| format!("    \"{name}\": {}", rounded(p))).collect();
        format!(
            "{{\n  \"name\": \"demo head\",\n  \"mesh\": \"head.ply\",\n  \"units\": \"mm\",\n  \"hairline\": [\n{}\n  ],\n  \
             \"inside_point\": {},\n  \"landmarks\": {{\n{}\n  }}\n}}\n",
            points.join(",\n"),
            rounded(&self.inside_point),
            landmarks.join(",\n")
        )
    }

    /// Text of `case.json`.
    pub(crate) fn case_json(&self) -> String {
        let scar: Vec<String> = self.scar.iter().map(|p| format!("        {}", rounded(p))).collect();
        format!(
            r#"{{
  "format": "tonsure-case/1",
  "name": "demo head",
  "mesh": {{ "file": "head.ply", "units": "mm" }},
  "boundary": {{ "file": "head.hairline.json", "snap_tolerance_mm": 1 }},
  "keep_outs": [
    {{ "name": "mole", "centre": {}, "radius_mm": 3, "margin_mm": 2 }},
    {{
      "name": "scar",
      "loop": [
{}
      ],
      "margin_mm": 1.5
    }}
  ],
  "design": {{
    "density_per_cm2": 60,
    "depth_mm": 0.5,
    "dwell_s": 0.05,
    "diameter": {{ "mean_mm": 0.22, "sd_mm": 0.015, "min_mm": 0.18, "max_mm": 0.25 }},
    "normal_radius_mm": 3
  }},
  "sessions": [{{ "share": 0.4 }}, {{ "share": 0.35 }}, {{ "share": 0.25 }}],
  "start_date": "2026-01-12",
  "rig": "gantry-xyzab",
  "setups": ["upright"],
  "seed": 1
}}
"#,
            rounded(&self.mole),
            scar.join(",\n")
        )
    }

    /// Text of `head.registration.json`: the fiducials as a needle's tip would have touched them on a head that sits
    /// a little turned and shifted in the head rest, with errors of touching of some tenths of a millimetre.
    pub(crate) fn registration_json(&self) -> String {
        let errors = [
            [0.12, -0.20, 0.05],
            [-0.18, 0.07, 0.14],
            [0.05, 0.16, -0.21],
            [-0.09, -0.13, -0.08],
            [0.21, 0.04, 0.10],
            [-0.11, 0.06, 0.00],
        ];
        let placement = placement();
        let rows = self.fiducials.iter().zip(errors).map(|((name, p), error)| {
            let touched = placement.point(p) + Vector::from(error);
            format!("    {{ \"name\": \"{name}\", \"mesh\": {}, \"rig\": {} }}", rounded(p), rounded(&touched))
        });
        let rows: Vec<String> = rows.collect();
        format!(
            "{{\n  \"format\": \"tonsure-registration/1\",\n  \"setup\": \"upright\",\n  \"fiducials\": [\n{}\n  ]\n}}\n",
            rows.join(",\n")
        )
    }
}

/// Where the registered head lies in the rig.
pub(crate) fn placement() -> Placement {
    let turned = Rotation3::from_euler_angles(0.02, -0.015, 0.03);
    Placement::new(&turned, &Vector3::new(3.2, -4.1, 6.5))
}

/// Both halves; the right one wavers by up to a millimetre and a half, as no hairline is its own mirror image.
fn control_points() -> Vec<Point> {
    let left = LEFT_HALF.into_iter().chain([NAPE]).map(Point::from);
    let right = (1..LEFT_HALF.len()).rev().map(|i| {
        let [x, y, z] = LEFT_HALF[i];
        Point::new(-x, y + 1.2 * (i as f64 * 0.7).sin(), z + 1.4 * (i as f64 * 0.9).cos())
    });
    left.chain(right).collect()
}

/// The skin near the point, as if there were no ears.
fn scalp(mut p: Point) -> Point {
    for _ in 0..20 {
        p -= normal(without_ears, &p) * without_ears(&p);
    }
    p
}

/// Points at equal distances on the closed Catmull-Rom spline through the control points.
fn resampled(controls: &[Point]) -> Vec<Point> {
    let at = |i: usize| controls[i % controls.len()].coords;
    let mut fine = Vec::new();
    for i in 0..controls.len() {
        let [a, b, c, d] = [at(i + controls.len() - 1), at(i), at(i + 1), at(i + 2)];
        fine.extend((0..50).map(|step| {
            let t = f64::from(step) / 50.0;
            let cubic = (b - c) * 3.0 + d - a;
            let square = a * 2.0 - b * 5.0 + c * 4.0 - d;
            Point::from(b + ((c - a) * t + square * (t * t) + cubic * (t * t * t)) * 0.5)
        }));
    }
    let lengths = (0..fine.len()).map(|i| (fine[(i + 1) % fine.len()] - fine[i]).norm());
    let step = lengths.clone().sum::<f64>() / POINTS as f64;
    let (mut travelled, mut points) = (0.0, Vec::with_capacity(POINTS));
    for (i, length) in lengths.enumerate() {
        while points.len() < POINTS && points.len() as f64 * step < travelled + length {
            let t = (points.len() as f64 * step - travelled) / length;
            points.push(fine[i] + (fine[(i + 1) % fine.len()] - fine[i]) * t);
        }
        travelled += length;
    }
    points
}

/// JSON array with micrometres as the last digit.
fn rounded(p: &Point) -> String {
    let mut text = String::new();
    for (i, c) in p.iter().enumerate() {
        let c = (c * 1000.0).round() / 1000.0 + 0.0;
        write!(text, "{}{c}", if i == 0 { "[" } else { ", " }).unwrap();
    }
    text + "]"
}
