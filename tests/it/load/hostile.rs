//! Small files that promise much: refused, or read with little work.

use std::cell::RefCell;
use std::fmt::Write;

use serde_json::{Value, json};
use tonsure::mesh::{self, Format};

use super::solid::{block, glb, read};

fn assert_refused(bytes: &[u8], format: Format, found: &str) {
    let error = read(bytes, format).unwrap_err().to_string();
    assert!(error.contains(found), "{error}");
    assert_eq!(error.split("; ").count(), 3, "{error}");
}

#[test]
fn a_mesh_in_very_many_places() {
    let mut document: Value = serde_json::from_slice(&block().gltf_with_data_uri()).unwrap();
    let nodes = 40_000;
    document["nodes"] = (0..nodes).map(|_| json!({"mesh": 0})).collect();
    document["scenes"][0]["nodes"] = (0..nodes).collect();
    assert_refused(
        &serde_json::to_vec(&document).unwrap(),
        Format::Gltf,
        "found meshes that stand in so many places that they are many times as large as the file",
    );
    document["nodes"] = (0..60_000).map(|_| json!({"mesh": 0})).collect();
    assert_refused(&serde_json::to_vec(&document).unwrap(), Format::Gltf, "document: found 60011 objects");
    // A few are fine.
    document["nodes"] = (0..3).map(|i| json!({"mesh": 0, "translation": [i, 0, 0]})).collect();
    document["scenes"][0]["nodes"] = json!([0, 1, 2]);
    assert_eq!(read(&serde_json::to_vec(&document).unwrap(), Format::Gltf).unwrap().summary.components, 3);
}

#[test]
fn very_many_buffers_that_are_one() {
    // Each of them names the binary chunk of 1 MB.
    let json = json!({
        "asset": {"version": "2.0"},
        "buffers": vec![json!({"byteLength": 1}); 40_000],
    });
    assert_refused(&glb(serde_json::to_vec(&json).unwrap(), vec![0; 1 << 20]), Format::Gltf, "found no triangles");
}

#[test]
fn one_file_under_many_names_is_read_once() {
    let spellings = ["a.bin", "./a.bin", "%61.bin", ".//a.b%69n", "././a.bin"];
    let mut document: Value = serde_json::from_slice(&block().gltf_with_data_uri()).unwrap();
    document["buffers"].as_array_mut().unwrap().extend(spellings.map(|uri| json!({"byteLength": 1, "uri": uri})));
    let asked = RefCell::new(Vec::new());
    let side_files = |name: &str| {
        asked.borrow_mut().push(name.to_owned());
        Ok(vec![0; 8])
    };
    let bytes = serde_json::to_vec(&document).unwrap();
    assert_eq!(mesh::read(&bytes, Format::Gltf, None, &side_files).unwrap().summary.triangles, 12);
    assert_eq!(*asked.borrow(), ["a.bin"]);
}

#[test]
fn a_sparse_accessor_of_four_billion_zeros() {
    let mut document: Value = serde_json::from_slice(&block().gltf_with_data_uri()).unwrap();
    document["accessors"][0] = json!({"componentType": 5126, "count": 4_000_000_000_u32, "type": "VEC3",
        "min": [0, 0, 0], "max": [1, 1, 1],
        "sparse": {"count": 1, "indices": {"bufferView": 1, "componentType": 5123}, "values": {"bufferView": 0}}});
    assert_refused(&serde_json::to_vec(&document).unwrap(), Format::Gltf, "many times as large as the file");
}

#[test]
fn nodes_in_a_chain_and_in_a_ring() {
    let mut document: Value = serde_json::from_slice(&block().gltf_with_data_uri()).unwrap();
    let last = 20_000;
    let node = |i: usize| if i == last { json!({"mesh": 0}) } else { json!({"children": [i + 1]}) };
    document["nodes"] = (0..=last).map(node).collect();
    assert_eq!(read(&serde_json::to_vec(&document).unwrap(), Format::Gltf).unwrap().summary.triangles, 12);
    document["nodes"][last] = json!({"children": [0]});
    assert_refused(&serde_json::to_vec(&document).unwrap(), Format::Gltf, "found a node that is held twice");
}

#[test]
fn polygons_of_thousands_of_corners_that_cross_themselves() {
    // Stars whose corners lie on a circle and whose sides skip almost half of it: no ear anywhere.
    let corners = 4001;
    let mut text = String::new();
    for i in 0..corners {
        let angle = std::f64::consts::TAU * f64::from(i) / f64::from(corners);
        writeln!(text, "v {} {} 0", 100.0 * angle.cos(), 100.0 * angle.sin()).unwrap();
    }
    let star = (0..corners).fold("f".to_owned(), |line, i| format!("{line} {}", 1 + (i * 2000) % corners));
    (0..40).for_each(|_| writeln!(text, "{star}").unwrap());
    assert_refused(text.as_bytes(), Format::Obj, "found one more large crossed polygon of 4001 corners");
    // A hundred times as many corners are refused at once.
    let long = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf".to_owned() + &" 1 2 3".repeat(100_000);
    assert_refused(long.as_bytes(), Format::Obj, "face 0 (counted from 0): found a polygon of 300000 corners");
}

#[test]
fn flat_triangles_one_behind_the_other() {
    // Each has its long side on the one before, so that only one a round could be split in.
    let count = 3000;
    let mut text = String::from("v 0 100 0\n");
    (0..=count).for_each(|i| writeln!(text, "v {i} 0 0").unwrap());
    writeln!(text, "f 1 2 {}", count + 2).unwrap();
    (0..count - 1).for_each(|i| writeln!(text, "f {} {} {}", i + 2, i + 3, count + 2).unwrap());
    let loaded = read(text.as_bytes(), Format::Obj).unwrap();
    assert_eq!(loaded.summary.degenerate_removed, usize::try_from(count - 1).unwrap());
}

#[test]
fn counts_beyond_the_file() {
    let list = "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\n\
                element face 1\nproperty list uint int vertex_indices\nend_header\n0 0 0\n4294967295 0 1 2\n";
    assert_refused(list.as_bytes(), Format::Ply, "line 11: found a list of 3 numbers; expected the 4294967295");
    let strips = b"ply\nformat binary_little_endian 1.0\nelement vertex 1\nproperty float x\nproperty float y\n\
        property float z\nelement tristrips 1\nproperty list int int vertex_indices\nend_header\n";
    let bytes = [strips.as_slice(), &[0; 12], &[0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0]].concat();
    assert_refused(&bytes, Format::Ply, "tristrips 0 (counted from 0): found the end of the file");
    assert_refused(b"OFF\n18446744073709551615 1 0\n0 0 0\n", Format::Off, "found the end of the file");
    assert_refused(b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n9999999999 0 1 2\n", Format::Off, "found the vertex index \"\"");
}

#[test]
fn faces_of_a_volume_are_no_surface() {
    // All faces of the tetrahedra between the places of a grid: three or more at almost each edge.
    let n = 12;
    let mut text = String::new();
    let at = |x: usize, y: usize, z: usize| 1 + x + n * (y + n * z);
    for place in 0..n * n * n {
        writeln!(text, "v {} {} {}", 10 * (place % n), 10 * (place / n % n), 10 * (place / (n * n))).unwrap();
    }
    for (x, y, z) in (0..(n - 1).pow(3)).map(|i| (i % (n - 1), i / (n - 1) % (n - 1), i / (n - 1).pow(2))) {
        let [a, b, c, d] = [at(x, y, z), at(x + 1, y, z), at(x, y + 1, z), at(x, y, z + 1)];
        for [p, q, r] in [
            [a, b, c],
            [a, c, d],
            [a, d, b],
            [b, d, c],
            [at(x + 1, y + 1, z + 1), b, c],
            [at(x + 1, y + 1, z + 1), c, d],
            [at(x + 1, y + 1, z + 1), d, b],
            [b, c, at(x + 1, y + 1, z)],
        ] {
            writeln!(text, "f {p} {q} {r}").unwrap();
        }
    }
    assert_refused(text.as_bytes(), Format::Obj, "edges with more than two of the ");
}
