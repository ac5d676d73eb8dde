//! Polyhedra with closed forms, and their files in every format.

use std::fmt::Write;

use serde_json::json;
use tonsure::error::{Error, Result};
use tonsure::geometry::Units;
use tonsure::mesh::{self, Format, Loaded, TriMesh};

/// Vertices in mm and polygons, wound outwards.
#[derive(Debug, Clone)]
pub(crate) struct Solid {
    pub(crate) vertices: Vec<[f32; 3]>,
    pub(crate) faces: Vec<Vec<u32>>,
}

/// Upright walls over a polygon that turns counter-clockwise, 100 mm high; first the bottom, then the top, then walls.
fn prism(outline: &[[f32; 2]]) -> Solid {
    let n = outline.len() as u32;
    let ring = |z: f32| outline.iter().map(move |&[x, y]| [x, y, z]);
    let walls = (0..n).map(|i| vec![i, (i + 1) % n, n + (i + 1) % n, n + i]);
    Solid {
        vertices: ring(0.0).chain(ring(100.0)).collect(),
        faces: [(0..n).rev().collect(), (n..2 * n).collect()].into_iter().chain(walls).collect(),
    }
}

/// A cube of 200 mm × 100 mm × 100 mm: volume 2e6 mm³, area 1e5 mm².
pub(crate) fn block() -> Solid {
    prism(&[[0.0, 0.0], [200.0, 0.0], [200.0, 100.0], [0.0, 100.0]])
}

/// An L of 200 mm × 200 mm without a quarter, with a flat corner in one side: volume 3e6 mm³, area 1.4e5 mm². A fan from
/// the first corner would leave the concave polygon.
pub(crate) fn angle() -> Solid {
    let [a, b, c] = [0.0, 100.0, 200.0];
    prism(&[[c, a], [c, b], [b, b], [b, c], [a, c], [a, a], [b, a]])
}

impl Solid {
    /// Every polygon as a fan; right for convex ones.
    pub(crate) fn triangles(&self) -> Vec<[u32; 3]> {
        let fan = |face: &Vec<u32>| face.windows(2).skip(1).map(|e| [face[0], e[0], e[1]]).collect::<Vec<_>>();
        self.faces.iter().flat_map(fan).collect()
    }

    pub(crate) fn obj(&self) -> Vec<u8> {
        let mut text = String::from("# ours\nmtllib missing.mtl\no first\n");
        for [x, y, z] in &self.vertices {
            writeln!(text, "v {x} {y} {z}").unwrap();
        }
        text.push_str("vt 0 0\nvn 0 0 1\nl 1 2\np 1\n");
        let count = self.vertices.len();
        for (index, face) in self.faces.iter().enumerate() {
            // All ways to write a corner take turns.
            let corner = |&v: &u32| match index % 4 {
                0 => format!("{}", v + 1),
                1 => format!("{}/1", v + 1),
                2 => format!("-{}//1", count - v as usize),
                _ => format!("{}/1/1", v + 1),
            };
            let corners: Vec<String> = face.iter().map(corner).collect();
            writeln!(text, "g wall{index}\nusemtl skin\nf {}", corners.join(" \\\n ")).unwrap();
        }
        text.into_bytes()
    }

    pub(crate) fn off(&self) -> Vec<u8> {
        let mut text = format!("COFF {} {} 0 # counts\n\n", self.vertices.len(), self.faces.len());
        for [x, y, z] in &self.vertices {
            writeln!(text, "{x} {y} {z} 255 0 0 255").unwrap();
        }
        for face in &self.faces {
            let corners: Vec<String> = face.iter().map(u32::to_string).collect();
            writeln!(text, "{} {} 0.5 0.5 0.5", face.len(), corners.join(" ")).unwrap();
        }
        text.into_bytes()
    }

    pub(crate) fn ply(&self, encoding: Ply) -> Vec<u8> {
        let (name, end) = match encoding {
            Ply::Ascii => ("ascii", "\r\n"),
            Ply::Little => ("binary_little_endian", "\n"),
            Ply::Big => ("binary_big_endian", "\n"),
        };
        // A property between the coordinates, an unknown element and a second property of the faces.
        let header = format!(
            "ply\nformat {name} 1.0\ncomment ours\nelement vertex {}\nproperty float x\nproperty uchar red\n\
             property float y\nproperty float z\nelement camera 1\nproperty short id\nelement face {}\n\
             property uchar flags\nproperty list uchar int vertex_indices\nend_header\n",
            self.vertices.len(),
            self.faces.len()
        );
        let mut bytes = header.replace('\n', end).into_bytes();
        if let Ply::Ascii = encoding {
            let vertices = self.vertices.iter().map(|[x, y, z]| format!("{x} 7 {y} {z}"));
            let faces = self.faces.iter().map(|face| {
                let corners: Vec<String> = face.iter().map(u32::to_string).collect();
                format!("1 {} {}", face.len(), corners.join(" "))
            });
            let lines: Vec<String> = vertices.chain(["3".to_owned()]).chain(faces).collect();
            bytes.extend(lines.join(end).bytes());
            return bytes;
        }
        let mut put = |mut number: Vec<u8>| {
            if let Ply::Big = encoding {
                number.reverse();
            }
            bytes.extend(number);
        };
        for [x, y, z] in &self.vertices {
            put(x.to_le_bytes().to_vec());
            put(vec![7]);
            put(y.to_le_bytes().to_vec());
            put(z.to_le_bytes().to_vec());
        }
        put(3_i16.to_le_bytes().to_vec());
        for face in &self.faces {
            put(vec![1]);
            put(vec![u8::try_from(face.len()).unwrap()]);
            for corner in face {
                put(corner.to_le_bytes().to_vec());
            }
        }
        bytes
    }

    pub(crate) fn text_stl(&self) -> Vec<u8> {
        let mut text = String::from("solid ours\n");
        for corners in self.triangles() {
            text.push_str("  facet normal nan nan nan\n    outer loop\n");
            for [x, y, z] in corners.map(|v| self.vertices[v as usize]) {
                writeln!(text, "      vertex {x:e} {y:e} {z:e}").unwrap();
            }
            text.push_str("    endloop\n  endfacet\n");
        }
        text.push_str("endsolid ours\n");
        text.into_bytes()
    }

    /// `header` goes into the free 80 bytes.
    pub(crate) fn binary_stl(&self, header: &str) -> Vec<u8> {
        let mut bytes = header.as_bytes().to_vec();
        bytes.resize(80, b' ');
        let triangles = self.triangles();
        bytes.extend(u32::try_from(triangles.len()).unwrap().to_le_bytes());
        for corners in triangles {
            bytes.extend([0; 12]);
            bytes.extend(corners.iter().flat_map(|&v| self.vertices[v as usize]).flat_map(f32::to_le_bytes));
            bytes.extend([0; 2]);
        }
        bytes
    }

    /// Positions in metres, then indices of 16 bits, in one buffer.
    fn gltf_buffer(&self) -> Vec<u8> {
        let positions = self.vertices.iter().flatten().flat_map(|c| (c / 1000.0).to_le_bytes());
        let indices = self.triangles().into_iter().flatten().flat_map(|v| (v as u16).to_le_bytes());
        positions.chain(indices).collect()
    }

    fn gltf_json(&self, buffer: &serde_json::Value) -> Vec<u8> {
        let (vertices, corners) = (self.vertices.len(), 3 * self.triangles().len());
        let document = json!({
            "asset": {"version": "2.0"},
            "buffers": [buffer],
            "bufferViews": [
                {"buffer": 0, "byteLength": 12 * vertices},
                {"buffer": 0, "byteOffset": 12 * vertices, "byteLength": 2 * corners},
            ],
            "accessors": [
                {"bufferView": 0, "componentType": 5126, "count": vertices, "type": "VEC3",
                 "min": [0, 0, 0], "max": [1, 1, 1]},
                {"bufferView": 1, "componentType": 5123, "count": corners, "type": "SCALAR"},
            ],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
            "nodes": [{"mesh": 0}],
            "scenes": [{"nodes": [0]}],
            "scene": 0,
        });
        serde_json::to_vec(&document).unwrap()
    }

    /// With the buffer as the given file.
    pub(crate) fn gltf_and_buffer(&self, uri: &str) -> (Vec<u8>, Vec<u8>) {
        let buffer = self.gltf_buffer();
        (self.gltf_json(&json!({"byteLength": buffer.len(), "uri": uri})), buffer)
    }

    pub(crate) fn gltf_with_data_uri(&self) -> Vec<u8> {
        use base64::Engine;
        let buffer = self.gltf_buffer();
        let encoded = base64::engine::general_purpose::STANDARD.encode(&buffer);
        let uri = format!("data:application/octet-stream;base64,{encoded}");
        self.gltf_json(&json!({"byteLength": buffer.len(), "uri": uri}))
    }

    pub(crate) fn glb(&self) -> Vec<u8> {
        let buffer = self.gltf_buffer();
        glb(self.gltf_json(&json!({"byteLength": buffer.len()})), buffer)
    }

    /// A file of every format and encoding.
    pub(crate) fn all_files(&self) -> Vec<(Format, Vec<u8>)> {
        vec![
            (Format::Obj, self.obj()),
            (Format::Off, self.off()),
            (Format::Ply, self.ply(Ply::Ascii)),
            (Format::Ply, self.ply(Ply::Little)),
            (Format::Ply, self.ply(Ply::Big)),
            (Format::Stl, self.text_stl()),
            (Format::Stl, self.binary_stl("ours")),
            (Format::Gltf, self.gltf_with_data_uri()),
            (Format::Gltf, self.glb()),
        ]
    }
}

/// Encodings of PLY.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ply {
    Ascii,
    Little,
    Big,
}

/// Joins the two chunks of a `.glb`.
pub(crate) fn glb(mut json: Vec<u8>, mut buffer: Vec<u8>) -> Vec<u8> {
    json.resize(json.len().next_multiple_of(4), b' ');
    buffer.resize(buffer.len().next_multiple_of(4), 0);
    let length = |bytes: usize| u32::try_from(bytes).unwrap().to_le_bytes();
    let total = length(12 + 8 + json.len() + 8 + buffer.len());
    [
        b"glTF".as_slice(),
        &2_u32.to_le_bytes(),
        &total,
        &length(json.len()),
        b"JSON",
        &json,
        &length(buffer.len()),
        b"BIN\0",
        &buffer,
    ]
    .concat()
}

/// Reads bytes that need no side files, in the format's own unit.
pub(crate) fn read(bytes: &[u8], format: Format) -> Result<Loaded> {
    read_as(bytes, format, None)
}

pub(crate) fn read_as(bytes: &[u8], format: Format, units: Option<Units>) -> Result<Loaded> {
    mesh::read(bytes, format, units, &|name| Err(Error::input("no side files").file(name)))
}

/// Signed volume of a closed mesh, mm³.
pub(crate) fn volume_mm3(mesh: &TriMesh) -> f64 {
    let triangles = 0..u32::try_from(mesh.triangles().len()).unwrap();
    triangles.map(|t| mesh.double_area_vector(t).dot(&mesh.corners(t)[0].coords) / 6.0).sum()
}

/// The findings' codes in order.
pub(crate) fn codes(loaded: &Loaded) -> Vec<&str> {
    loaded.findings.iter().map(|finding| finding.code.as_str()).collect()
}
