//! Bad input: every error says where, what was found, what was expected and what to do; nothing panics.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};
use tonsure::error::{Error, ErrorKind};
use tonsure::mesh::{self, Format};

use super::solid::{Ply, block, read};

fn fixture(file: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/bad")).join(file)
}

/// The error of a file in `fixtures/bad`; it must name the file and `parts` in this order.
fn assert_refused(file: &str, parts: &[&str]) {
    let path = fixture(file);
    assert_says(&mesh::load(&path, None).unwrap_err(), &[&[&*path.to_string_lossy()], parts].concat());
}

fn assert_says(error: &Error, parts: &[&str]) {
    assert_eq!(error.kind(), ErrorKind::Input);
    let text = error.to_string();
    let mut rest = text.as_str();
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("no \"{part}\" in its place: {text}"));
        rest = &rest[at + part.len()..];
    }
    // Place: found …; expected …; remedy.
    assert_eq!(text.split("; ").count(), 3, "{text}");
    assert!(text.contains(": found ") && text.contains("; expected "), "{text}");
}

#[test]
fn missing_file() {
    assert_refused("not_there.stl", &["found no such file", "expected a readable file", "correct the path"]);
}

#[test]
fn directory_in_place_of_a_file() {
    let error = mesh::load(&fixture(""), None).unwrap_err();
    assert_says(&error, &["bad", "found a folder", "expected a regular file", "name the file itself"]);
}

#[test]
fn unknown_extension() {
    assert_refused("readme.txt", &["found the file extension \"txt\"", "expected one of stl, obj, ply", "convert"]);
}

#[test]
fn content_of_another_format() {
    assert_refused(
        "ply_inside.stl",
        &["found the beginning of a file in PLY format", "expected STL format", "extension"],
    );
}

#[test]
fn empty_mesh() {
    assert_refused("empty.obj", &["found no triangles", "expected a surface", "export the scan again"]);
    assert_refused("only_flat.off", &["found no triangles besides 1 without area", "expected a surface"]);
    for bytes in [b"".as_slice(), b"\n\n", b"{}", b"solid a\nendsolid a\n"] {
        for format in [Format::Stl, Format::Obj, Format::Ply, Format::Gltf, Format::Off] {
            assert!(read(bytes, format).is_err(), "{format:?} {bytes:?}");
        }
    }
}

#[test]
fn nan_vertex() {
    assert_refused(
        "nan_vertex.obj",
        &["line 3: found the coordinate \"nan\"", "expected three finite numbers", "vertex"],
    );
    assert_refused("nan_vertex.ply", &["line 10: found \"0 nan 0\"", "expected finite numbers", "correct the line"]);
    assert_refused("nan_vertex.off", &["line 4: found the coordinate \"inf\"", "expected three finite numbers"]);
    assert_refused("nan_vertex.stl", &["line 4: found the coordinate \"1e999\"", "expected three finite numbers"]);
    let mut solid = block();
    solid.vertices[3][1] = f32::NAN;
    let places = [
        (Format::Ply, solid.ply(Ply::Little), "vertex 3 (counted from 0): found the vertex (0, NaN, 0)"),
        (Format::Ply, solid.ply(Ply::Big), "vertex 3 (counted from 0): found the vertex (0, NaN, 0)"),
        (Format::Stl, solid.binary_stl(""), "triangle 0 (counted from 0): found the vertex (0, NaN, 0)"),
        (Format::Gltf, solid.glb(), "meshes[0].primitives[0].attributes.POSITION[3]: found the vertex (NaN, NaN, NaN)"),
    ];
    for (format, bytes, found) in places {
        assert_says(&read(&bytes, format).unwrap_err(), &[found, "expected finite coordinates", "export"]);
    }
}

#[test]
fn truncated_binary_stl() {
    let parts =
        ["byte 184: found 200 bytes with 2 whole triangles (truncated)", "684 bytes for the 12 triangles", "copy"];
    assert_refused("truncated.stl", &parts);
}

#[test]
fn truncated_text_stl() {
    let text = String::from_utf8(block().text_stl()).unwrap();
    let beginning: Vec<&str> = text.lines().take(12).collect();
    let error = read(beginning.join("\n").as_bytes(), Format::Stl).unwrap_err();
    assert_says(
        &error,
        &["line 12: found the end of the file in the middle of a facet (truncated)", "endfacet", "copy"],
    );
}

#[test]
fn truncated_ply() {
    assert_refused("truncated.ply", &["element vertex: found 60 bytes", "(truncated)", "expected the 8 rows", "copy"]);
    let whole = block().ply(Ply::Little);
    // Every vertex is there, and the least that the faces could need, but not all of it.
    let error = read(&whole[..whole.len() - 5], Format::Ply).unwrap_err();
    assert_says(&error, &["face 5 (counted from 0): found the end of the file (truncated)", "expected 6 rows", "copy"]);
    assert_says(&read(&whole[..30], Format::Ply).unwrap_err(), &["line ", "expected a PLY header", "copy"]);
}

#[test]
fn truncated_others() {
    let off = block().off();
    let error = read(&off[..off.len() - 50], Format::Off).unwrap_err();
    assert_says(&error, &["last line: found the end of the file (truncated)", "expected face 4 of 6", "copy"]);
    let glb = block().glb();
    assert_says(
        &read(&glb[..200], Format::Gltf).unwrap_err(),
        &["header: found 200 bytes (truncated)", "expected the", "copy"],
    );
    let error = read(b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 \\", Format::Obj).unwrap_err();
    assert_says(
        &error,
        &["line 4: found the end of the file in the middle of a line", "expected the line that the \\", "copy"],
    );
}

#[test]
fn counts_that_promise_four_billion_triangles() {
    assert_refused("four_billion.stl", &["found 134 bytes", "214748364834 bytes for the 4294967295 triangles", "copy"]);
    assert_refused("four_billion.ply", &["element face: found 13 bytes", "expected the 4294967295 rows", "copy"]);
    assert_refused("four_billion.off", &["found the end of the file", "expected face 1 of 4294967295", "copy"]);
    let gltf = changed_document(|document| document["accessors"][1]["count"] = json!(4_294_967_295_u32));
    assert_says(
        &read(&gltf, Format::Gltf).unwrap_err(),
        &["accessors[1]: found an accessor that reaches beyond its buffer", "expected 4294967295 elements", "export"],
    );
    // A list of four billion corners in a file of a few bytes.
    let list = b"ply\nformat binary_little_endian 1.0\nelement vertex 1\nproperty float x\nproperty float y\n\
        property float z\nelement face 1\nproperty list uint int vertex_indices\nend_header\n";
    let bytes = [list.as_slice(), &[0; 12], &[0xff; 8]].concat();
    assert_says(
        &read(&bytes, Format::Ply).unwrap_err(),
        &["face 0 (counted from 0): found the end of the file", "copy"],
    );
}

#[test]
fn vertex_index_out_of_range() {
    let mut solid = block();
    solid.faces[4][2] = 8;
    assert_says(
        &read(&solid.obj(), Format::Obj).unwrap_err(),
        &["lines 42 to 45: found the corner \"9\"", "from 1 to 8", "export"],
    );
    assert_says(
        &read(&solid.off(), Format::Off).unwrap_err(),
        &["line 15: found the vertex index \"8\"", "below 8", "export"],
    );
    for encoding in [Ply::Ascii, Ply::Little, Ply::Big] {
        let error = read(&solid.ply(encoding), Format::Ply).unwrap_err();
        assert_says(&error, &["face 4 (counted from 0): found vertex index 8", "an index below 8", "export"]);
        assert!(mesh::read_region_ply(&solid.ply(encoding)).is_err());
    }
    let error = read(&solid.glb(), Format::Gltf).unwrap_err();
    assert_says(&error, &["meshes[0].primitives[0]: found vertex index 8", "an index below 8", "export"]);
    for corner in ["0", "-9", "1.5", "x", "9223372036854775807", "-9223372036854775808", "1/0/-7"] {
        let text = String::from_utf8(block().obj()).unwrap() + &format!("f 1 2 {corner}\n");
        assert_eq!(read(text.as_bytes(), Format::Obj).is_ok(), corner == "1/0/-7", "{corner}");
    }
}

#[test]
fn negative_index_in_a_ply() {
    let text = String::from_utf8(block().ply(Ply::Ascii)).unwrap().replace("1 4 0 1 5 4", "1 4 0 1 5 -4");
    let error = read(text.as_bytes(), Format::Ply).unwrap_err();
    assert_says(
        &error,
        &["line 26: found no list vertex_indices of whole numbers", "expected the vertex indices", "export"],
    );
}

#[test]
fn ply_names_that_stand_twice() {
    let text = String::from_utf8(block().ply(Ply::Ascii)).unwrap();
    let eol = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let twice = |line: &str| text.replacen(line, &format!("{line}{eol}{line}"), 1);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let starting = |word: &str| *lines.iter().find(|line| line.starts_with(word)).unwrap();
    let list = starting("property list");
    let other = if list.ends_with("vertex_index") {
        list.replace("vertex_index", "vertex_indices")
    } else {
        list.replace("vertex_indices", "vertex_index")
    };
    for (text, found) in [
        (twice(starting("element face")), "an element that is named twice"),
        (twice(starting("property")), "a property that is named twice"),
        (text.replacen(list, &format!("{list}{eol}{other}"), 1), "two lists of vertex indices"),
    ] {
        assert_says(&read(text.as_bytes(), Format::Ply).unwrap_err(), &["header: found ", found, "once", "export"]);
    }
}

#[test]
fn ply_without_coordinates() {
    let text = String::from_utf8(block().ply(Ply::Ascii)).unwrap().replace("float y", "float b");
    let error = read(text.as_bytes(), Format::Ply).unwrap_err();
    assert_says(&error, &["header: found no vertex property y", "expected an element vertex", "export"]);
}

#[test]
fn text_that_is_no_stl() {
    let text = String::from_utf8(block().text_stl()).unwrap();
    let cases = [
        (text.replacen("endloop", "end loop", 1), "line 7: found \"end\" where it does not belong"),
        (text.replacen("      vertex 0e0 0e0 0e0\n", "", 1), "found a facet of 2 corners"),
        (text.replacen("  endfacet\n", "", 1), "found \"facet\" where it does not belong"),
    ];
    for (text, found) in cases {
        assert_says(&read(text.as_bytes(), Format::Stl).unwrap_err(), &[found, "expected ", "export"]);
    }
}

fn changed_document(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut document: Value = serde_json::from_slice(&block().gltf_with_data_uri()).unwrap();
    change(&mut document);
    serde_json::to_vec(&document).unwrap()
}

#[test]
fn gltf_that_cannot_be_read() {
    type Change = fn(&mut Value);
    let cases: [(Change, &[&str]); 14] = [
        (
            |d| d["accessors"][1]["componentType"] = json!(5122),
            &["found indices of the type I16", "unsigned", "export"],
        ),
        (
            |d| d["accessors"][1]["count"] = json!(d["accessors"][1]["count"].as_u64().unwrap() - 1),
            &["meshes[0].primitives[0]: found 35 corners", "three for each triangle"],
        ),
        (
            |d| d["extensionsRequired"] = json!(["KHR_draco_mesh_compression"]),
            &["extensionsRequired: found the required extension KHR_draco_mesh_compression", "compression off"],
        ),
        (
            |d| d["nodes"] = json!([{"children": [0]}]),
            &["nodes[0]: found a node that is held twice", "expected a tree", "export"],
        ),
        (|d| d["scenes"][0]["nodes"] = json!([7]), &["scenes[0].nodes[0]: found a value that is not valid", "copy"]),
        (
            |d| d["buffers"][0]["uri"] = json!("http://example.org/a.bin"),
            &["buffers[0]: found the URI", "beside the mesh"],
        ),
        (|d| d["buffers"][0]["uri"] = json!("../a.bin"), &["buffers[0]: found the URI", "beside the mesh", ".glb"]),
        (|d| d["buffers"][0]["uri"] = json!("data:;base64,%%"), &["buffers[0]: found the data URI", "base64", ".glb"]),
        (|d| d["buffers"][0]["byteLength"] = json!(9999), &["buffers[0]: found ", "expected byteLength 9999", "copy"]),
        (
            |d| d["meshes"][0]["primitives"][0]["attributes"]["POSITION"] = json!(9),
            &["meshes[0].primitives: found accessor 9", "below 2", "export"],
        ),
        (|d| d["accessors"][0]["type"] = json!("VEC2"), &["accessors[0]: found an accessor of another type", "Vec3"]),
        (
            |d| d["extensionsRequired"] = json!(["EXT_meshopt_compression"]),
            &["extensionsRequired: found the required extension EXT_meshopt_compression", "compression off"],
        ),
        (
            |d| {
                d["accessors"][0].as_object_mut().unwrap().remove("bufferView");
            },
            &["accessors[0].bufferView: found a value that is not valid (Missing data)", "expected", "export"],
        ),
        (
            |d| {
                d["accessors"][0]["sparse"] = json!({"count": 2, "indices": {"bufferView": 1, "componentType": 5123},
                "values": {"bufferView": 0}});
            },
            &["accessors[0]: found sparse indices that do not increase", "increasing indices below 8", "export"],
        ),
    ];
    for (change, parts) in cases {
        assert_says(&read(&changed_document(change), Format::Gltf).unwrap_err(), parts);
    }
    let parts = ["line 1, column ", "found JSON that is no glTF", "expected a glTF 2.0 document", "copy"];
    assert_says(&read(b"{\"asset\": 5}", Format::Gltf).unwrap_err(), &parts);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Valid files with some bytes changed and the end cut off: an answer, never a panic.
    #[test]
    fn damaged_files_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        for (format, mut bytes) in block().all_files() {
            for (index, value) in &changes {
                let at = index.index(bytes.len());
                bytes[at] = *value;
            }
            bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
            let _ = read(&bytes, format);
            let _ = mesh::read_region_ply(&bytes);
        }
    }

    /// Words of the text formats in any order, and plain noise.
    #[test]
    fn noise_never_panics(
        words in prop::collection::vec(prop::sample::select(WORDS), 0..60),
        noise in prop::collection::vec(any::<u8>(), 0..300),
        start in prop::sample::select(STARTS),
    ) {
        let words = words.concat().into_bytes();
        for bytes in [words, [start, &noise].concat()] {
            for format in [Format::Stl, Format::Obj, Format::Ply, Format::Gltf, Format::Off] {
                let _ = read(&bytes, format);
            }
        }
    }
}

const STARTS: &[&[u8]] = &[b"", b"glTF", b"ply\n", b"OFF ", b"solid ", b"{"];

const WORDS: &[&str] = &[
    "ply\n",
    "format ascii 1.0\n",
    "format binary_big_endian 1.0\n",
    "element vertex 3\n",
    "element face 1\n",
    "property float x\n",
    "property double y\n",
    "property char z\n",
    "property list char uint vertex_index\n",
    "end_header\n",
    "solid a\n",
    "facet\n",
    "outer loop\n",
    "vertex 1 2 3\n",
    "endfacet\n",
    "endsolid\n",
    "v 1 2 3\n",
    "v 4 5 7\n",
    "f 1 2 3\n",
    "f -1 -2 -3 -4\n",
    "f 1 2 \\\n",
    "OFF\n",
    "3 1 0\n",
    "0 1 2\n",
    "3 0 1 2\n",
    "1 0 0\n",
    "1e300 -1e300 0\n",
    "# x\n",
    "4294967295 ",
    "-1 ",
    "\r\n",
];
