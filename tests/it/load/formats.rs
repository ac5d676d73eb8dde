use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use tonsure::geometry::{Point, Units};
use tonsure::mesh::{self, Format, Loaded, TriMesh};

use super::solid::{Ply, Solid, angle, block, codes, glb, read, read_as, volume_mm3};

/// Closed, one piece, of the given volume and area.
fn assert_solid(loaded: &Loaded, volume: f64, area: f64, what: &str) {
    let summary = &loaded.summary;
    assert_eq!((summary.components, summary.open_edges, summary.non_manifold_edges), (1, 0, 0), "{what}");
    assert!((volume_mm3(&loaded.mesh) / volume - 1.0).abs() < 1e-6, "{what}: volume {}", volume_mm3(&loaded.mesh));
    assert!((summary.area_mm2 / area - 1.0).abs() < 1e-6, "{what}: area {}", summary.area_mm2);
}

#[test]
fn every_format_gives_the_same_block() {
    for (index, (format, bytes)) in block().all_files().into_iter().enumerate() {
        let loaded = read(&bytes, format).unwrap();
        let what = format!("{format:?}, file {index}");
        assert_solid(&loaded, 2e6, 1e5, &what);
        assert_eq!((loaded.summary.vertices, loaded.summary.triangles), (8, 12), "{what}");
        assert_eq!(loaded.summary.flipped_triangles, 0, "{what}");
        assert!(codes(&loaded).iter().all(|&code| code == "welded"), "{what}: {:?}", loaded.findings);
        let size = loaded.summary.size_mm;
        assert!(size.iter().zip([200.0, 100.0, 100.0]).all(|(a, b)| (a - b).abs() < 1e-4), "{what}: {size:?}");
    }
}

#[test]
fn concave_polygons_with_flat_corners_are_split_without_gaps() {
    let solid = angle();
    let files = [
        (Format::Obj, solid.obj()),
        (Format::Off, solid.off()),
        (Format::Ply, solid.ply(Ply::Ascii)),
        (Format::Ply, solid.ply(Ply::Little)),
        (Format::Ply, solid.ply(Ply::Big)),
    ];
    for (format, bytes) in files {
        let loaded = read(&bytes, format).unwrap();
        assert_solid(&loaded, 3e6, 1.4e5, &format!("{format:?}"));
        assert_eq!(loaded.summary.triangles, 2 * 5 + 7 * 2);
        assert_eq!(loaded.findings, []);
    }
}

#[test]
fn stl_is_recognised_by_more_than_its_first_word() {
    let solid = block();
    let upper = String::from_utf8(solid.text_stl()).unwrap().to_uppercase().replace('\n', "\r\n");
    for bytes in [solid.binary_stl("solid made by an exporter"), solid.binary_stl("solid facet"), upper.into_bytes()] {
        assert_solid(&read(&bytes, Format::Stl).unwrap(), 2e6, 1e5, "STL");
    }
}

#[test]
fn off_counts_may_follow_comments() {
    let text = String::from_utf8(block().off()).unwrap();
    let split = text.replacen("COFF 8 6 0 # counts", "# by hand\nOFF # no colour\n# counts:\n\n8 6 0", 1);
    assert_solid(&read(split.as_bytes(), Format::Off).unwrap(), 2e6, 1e5, "OFF");
}

proptest! {
    /// A star-shaped polygon in any plane: n - 2 triangles with the area of the polygon.
    #[test]
    fn polygons_keep_their_area(
        radii in prop::collection::vec(100.0..250.0_f64, 5..40),
        axis in prop::array::uniform3(-1.0..1.0_f64),
        start in 0.0..6.0_f64,
    ) {
        let normal = tonsure::geometry::Vector::from(axis);
        prop_assume!(normal.norm() > 0.1);
        let turn = nalgebra::Rotation3::rotation_between(&nalgebra::Vector3::z(), &normal).unwrap_or_default();
        let n = radii.len();
        let flat: Vec<[f64; 2]> = radii.iter().enumerate().map(|(i, radius)| {
            let angle = start + std::f64::consts::TAU * i as f64 / n as f64;
            [radius * angle.cos(), radius * angle.sin()]
        }).collect();
        let area: f64 =
            (0..n).map(|i| { let (p, q) = (flat[i], flat[(i + 1) % n]); 0.5 * (p[0] * q[1] - q[0] * p[1]) }).sum();
        let vertex = |[x, y]: &[f64; 2]| {
            let p = turn * Point::new(*x, *y, 0.0);
            format!("v {} {} {}\n", p.x, p.y, p.z)
        };
        let mut text: Vec<String> = flat.iter().map(vertex).collect();
        text.push((1..=n).fold("f".to_owned(), |line, i| format!("{line} {i}")));
        let loaded = read(text.concat().as_bytes(), Format::Obj).unwrap();
        prop_assert_eq!(loaded.summary.triangles, n - 2);
        prop_assert!((loaded.summary.area_mm2 / area - 1.0).abs() < 1e-9);
        prop_assert_eq!(codes(&loaded), ["open-edges", "flat"].as_slice());
    }

    /// What is written reads back to the same bits.
    #[test]
    fn ply_round_trip(
        vertices in prop::collection::vec(prop::array::uniform3(-1e3..1e3_f64), 3..30),
        corners in prop::collection::vec((0..30_usize, 1..30_usize, 1..30_usize), 0..30),
        scale in prop::num::f64::ANY,
    ) {
        let n = vertices.len();
        let triangles = corners.into_iter().filter_map(|(a, b, c)| {
            let [a, b, c] = [a % n, (a + b) % n, (a + b + c) % n];
            (a != b && b != c && c != a).then_some([a as u32, b as u32, c as u32])
        });
        let mesh = TriMesh::new(vertices.into_iter().map(Point::from).collect(), triangles.collect()).unwrap();
        let column: Vec<f64> = (0..n).map(|i| scale * i as f64).collect();
        let mut bytes = Vec::new();
        mesh::write_ply(&mut bytes, &mesh, &[("distance_mm", &column), ("spacing_mm", &column)]).unwrap();
        let (again, properties) = mesh::read_region_ply(&bytes).unwrap();
        prop_assert_eq!(again, mesh);
        prop_assert_eq!(properties.keys().collect::<Vec<_>>(), ["distance_mm", "spacing_mm"]);
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&properties["distance_mm"]), bits(&column));
    }
}

#[test]
fn written_ply_refuses_columns_that_do_not_fit() {
    let mesh = read(&block().obj(), Format::Obj).unwrap().mesh;
    for property in [("short", [1.0; 7].as_slice()), ("x", &[1.0; 8]), ("two words", &[1.0; 8])] {
        assert!(mesh::write_ply(&mut Vec::new(), &mesh, &[property]).is_err(), "{property:?}");
    }
}

#[test]
fn files_are_read_with_their_side_files_and_fingerprint() {
    let folder = tempfile::tempdir().unwrap();
    let (gltf, buffer) = block().gltf_and_buffer("a%20buffer.bin");
    let path = folder.path().join("block.GLTF");
    fs::write(&path, &gltf).unwrap();
    let error = mesh::load(&path, None).unwrap_err().to_string();
    assert!(error.contains("a buffer.bin: "), "{error}");
    fs::write(folder.path().join("a buffer.bin"), buffer).unwrap();
    let loaded = mesh::load(&path, None).unwrap();
    assert_solid(&loaded, 2e6, 1e5, "side file");
    assert_eq!(loaded.summary.units, Units::Metre);

    // The fingerprint of the empty text is in every book; that of the file changes with a byte.
    let stl = block().binary_stl("a");
    let other = block().binary_stl("b");
    let of = |bytes: &[u8]| read(bytes, Format::Stl).unwrap().sha256;
    assert_eq!(of(&stl).len(), 64);
    assert_eq!(of(&stl), of(&stl.clone()));
    assert_ne!(of(&stl), of(&other));
}

/// The block's document with changes.
fn document(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut document: Value = serde_json::from_slice(&block().gltf_with_data_uri()).unwrap();
    change(&mut document);
    serde_json::to_vec(&document).unwrap()
}

#[test]
fn gltf_nodes_are_applied_from_the_leaf_to_the_root() {
    // Half size by the leaf, then a quarter turn about z and a shift by the root: x 0..100 comes to y 0..100 + 300.
    let half = 0.5_f64.sqrt();
    let bytes = document(|document| {
        document["nodes"] = json!([
            {"children": [1], "rotation": [0, 0, half, half], "translation": [0, 0.3, 0]},
            {"mesh": 0, "matrix": [0.5, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 1]},
        ]);
    });
    let loaded = read(&bytes, Format::Gltf).unwrap();
    assert_solid(&loaded, 2e6 / 8.0, 1e5 / 4.0, "nodes");
    let bounds = loaded.mesh.bounds();
    assert!((bounds.min - Point::new(-50.0, 300.0, 0.0)).norm() < 1e-3, "{bounds:?}");
    assert!((bounds.max - Point::new(0.0, 400.0, 50.0)).norm() < 1e-3, "{bounds:?}");
}

#[test]
fn gltf_mirrored_nodes_are_wound_outwards() {
    let loaded = read(&document(|document| document["nodes"][0]["scale"] = json!([-1, 1, 1])), Format::Gltf).unwrap();
    assert_solid(&loaded, 2e6, 1e5, "mirror");
    // The reader turns the winding over with the node, so that nothing is left to repair.
    assert_eq!((loaded.summary.flipped_triangles, codes(&loaded).len()), (0, 0));
}

#[test]
fn gltf_strips_and_fans_are_wound_like_their_triangles() {
    // A strip over the corners of a square, a fan over a hexagon: flat, so the winding is kept and tells.
    let square = [[0.0, 0.0, 0.0], [100.0, 0.0, 0.0], [0.0, 100.0, 0.0], [100.0, 100.0, 0.0]].to_vec();
    let hexagon = (0..6_u8).map(|i| {
        let angle = std::f32::consts::TAU * f32::from(i) / 6.0;
        [100.0 * angle.cos(), 100.0 * angle.sin(), 0.0]
    });
    for (mode, vertices, area) in [(5, square, 1e4), (6, hexagon.collect(), 1.5 * 3.0_f64.sqrt() * 1e4)] {
        let shape = Solid { faces: vec![(0..vertices.len() as u32).collect()], vertices };
        let mut document: Value = serde_json::from_slice(&shape.gltf_with_data_uri()).unwrap();
        document["meshes"][0]["primitives"][0] = json!({"attributes": {"POSITION": 0}, "mode": mode});
        let loaded = read(&serde_json::to_vec(&document).unwrap(), Format::Gltf).unwrap();
        assert!((loaded.summary.area_mm2 / area - 1.0).abs() < 1e-6, "mode {mode}");
        assert_eq!(loaded.summary.flipped_triangles, 0, "mode {mode}");
        assert!((0..loaded.summary.triangles as u32).all(|t| loaded.mesh.normal(t).z > 0.99), "mode {mode}");
    }
}

#[test]
fn gltf_quantized_positions_are_scaled() {
    // Corners of a tetrahedron as normalized bytes in rows of four bytes.
    let bytes: Vec<u8> =
        [[0, 0, 0], [127, 0, 0], [0, 127, 0], [0, 0, 127]].iter().flat_map(|p| [p[0], p[1], p[2], 9_u8]).collect();
    let indices = [0_u8, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3];
    let document = json!({
        "asset": {"version": "2.0"},
        "extensionsUsed": ["KHR_mesh_quantization"],
        "extensionsRequired": ["KHR_mesh_quantization"],
        "buffers": [{"byteLength": 28}],
        "bufferViews": [
            {"buffer": 0, "byteLength": 16, "byteStride": 4},
            {"buffer": 0, "byteOffset": 16, "byteLength": 12},
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5120, "normalized": true, "count": 4, "type": "VEC3",
             "min": [0, 0, 0], "max": [1, 1, 1]},
            {"bufferView": 1, "componentType": 5121, "count": 12, "type": "SCALAR"},
        ],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "nodes": [{"mesh": 0}],
    });
    let file = glb(serde_json::to_vec(&document).unwrap(), [bytes, indices.to_vec()].concat());
    let loaded = read_as(&file, Format::Gltf, Some(Units::Decimetre)).unwrap();
    assert!(loaded.summary.size_mm.iter().all(|size| (size - 100.0).abs() < 1e-9));
    assert!((volume_mm3(&loaded.mesh) - 1e6 / 6.0).abs() < 1e-6);
}

#[test]
fn the_format_is_known_by_the_extension() {
    let format = |name: &str| Format::of_path(Path::new(name)).ok();
    assert_eq!(format("a/b.STL"), Some(Format::Stl));
    assert_eq!(format("scan.glb"), format("scan.gltf"));
    assert_eq!((format("scan.off"), format("scan.ply.gz"), format("scan")), (Some(Format::Off), None, None));
}
