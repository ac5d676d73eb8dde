//! What programs in the wild make of the formats, beside what their descriptions say.

use serde_json::{Value, json};
use tonsure::error::Severity;
use tonsure::mesh::{Format, Loaded};

use super::solid::{Ply, Solid, block, codes, glb, read, volume_mm3};

/// The block of 200 mm × 100 mm × 100 mm, with nothing to repair but copies of vertices.
fn assert_block(bytes: &[u8], format: Format, what: &str) -> Loaded {
    let loaded = read(bytes, format).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!((loaded.summary.vertices, loaded.summary.triangles, loaded.summary.open_edges), (8, 12, 0), "{what}");
    assert!((volume_mm3(&loaded.mesh) / 2e6 - 1.0).abs() < 1e-6, "{what}");
    assert_eq!(loaded.summary.flipped_triangles, 0, "{what}");
    loaded
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn bytes_behind_the_last_triangle_of_an_stl_are_told() {
    for (header, extra) in [("", 1), ("solid ours", 100), ("ours", 4096)] {
        let mut bytes = block().binary_stl(header);
        bytes.resize(bytes.len() + extra, 0x55);
        let loaded = assert_block(&bytes, Format::Stl, "trailing bytes");
        assert_eq!(codes(&loaded), ["trailing-bytes", "welded"]);
        let finding = &loaded.findings[0];
        assert_eq!((finding.severity, finding.count), (Severity::Warn, extra));
        assert!(finding.message.starts_with(&format!("{extra} bytes, room for {} triangles", extra / 50)));
    }
    // A count of one triangle too many stays an error.
    let mut bytes = block().binary_stl("");
    bytes[80] += 1;
    let error = read(&bytes, Format::Stl).unwrap_err().to_string();
    assert!(error.contains("found 684 bytes with 12 whole triangles (truncated); expected 734 bytes"), "{error}");
}

#[test]
fn what_follows_the_promised_rows_is_told() {
    let off = text(block().off()) + "0 1 2\n3 0 1 2\n";
    let mut ply = block().ply(Ply::Ascii);
    ply.extend(b"\n4 0 1 2 3\n");
    for (bytes, format, beginning) in [(off.into_bytes(), Format::Off, "2 lines"), (ply, Format::Ply, "9 bytes")] {
        let loaded = assert_block(&bytes, format, "more than promised");
        let finding = loaded.findings.iter().find(|finding| finding.code == "trailing-bytes").unwrap();
        assert!(finding.severity == Severity::Warn && finding.message.starts_with(beginning), "{finding:?}");
    }
}

#[test]
fn text_stl_in_any_layout() {
    let plain = text(block().text_stl());
    let lines: Vec<&str> = plain.lines().collect();
    let body = lines[1..lines.len() - 1].join("\n");
    let layouts = [
        ("upper case", plain.to_uppercase()),
        ("tabs", plain.replace("  ", "\t\t ").replace(' ', " \t")),
        ("old line ends", plain.replace('\n', "\r")),
        ("blank lines before", format!("\n \n{plain}")),
        ("a facet a line", format!("solid\n{}\nendsolid", body.replace('\n', " ").replace("endfacet", "endfacet\n"))),
        ("several solids", {
            let facets: Vec<&str> = body.split_inclusive("endfacet\n").collect();
            let solid = |facets: &[&str]| format!("solid part of it\n{}\nendsolid part of it\n", facets.concat());
            solid(&facets[..5]) + &solid(&facets[5..])
        }),
    ];
    for (what, bytes) in layouts {
        assert_block(bytes.as_bytes(), Format::Stl, what);
    }
}

#[test]
fn obj_in_any_layout() {
    let plain = text(block().obj());
    let split: Vec<String> = plain
        .lines()
        .map(|line| if line.starts_with("v ") { line.replacen(' ', " \\\n ", 2) } else { line.to_owned() })
        .collect();
    let coloured: Vec<String> = plain
        .lines()
        .map(|line| if line.starts_with("v ") { format!("{line} 0.5 .25 1.") } else { line.to_owned() })
        .collect();
    let layouts = [
        ("old line ends", plain.replace('\n', "\r")),
        ("lines of Windows", plain.replace('\n', "\r\n")),
        ("lines that go on", split.join("\n")),
        ("colours", coloured.join("\n")),
        ("a byte order mark", format!("\u{feff}{plain}")),
        ("comments behind", plain.replace("\ng ", " # a face\ng ")),
    ];
    for (what, bytes) in layouts {
        assert_block(bytes.as_bytes(), Format::Obj, what);
    }
}

#[test]
fn off_in_any_layout() {
    let header = "COFF 8 6 0 # counts\n";
    let plain = text(block().off());
    let body = plain.strip_prefix(header).unwrap();
    let with_normals = body.replace(" 255 0 0 255", " 0 0 1 255 0 0 255");
    let layouts = [
        ("counts in the first line", format!("OFF 8 6\n{}", body.replace(" 255 0 0 255", ""))),
        ("normals", format!("NOFF\n8 6 12\n{}", body.replace(" 255 0 0 255", " 0 0 1"))),
        ("colours and normals", format!("CNOFF\n8 6 12\n{with_normals}")),
        ("texture coordinates", format!("STOFF\n8 6 12\n{}", body.replace(" 255 0 0 255", " 0.5 0.5"))),
        ("comments", format!("# first\n\nOFF # type\n# then\n8 6 0 # counts\n# more\n{body}# end")),
        ("old line ends", format!("OFF\r8 6 0\r{}", body.replace('\n', "\r"))),
    ];
    for (what, bytes) in layouts {
        assert_block(bytes.as_bytes(), Format::Off, what);
    }
    for (header, found) in [("4OFF\n", "\"4OFF\""), ("OFF BINARY\n", "the count \"BINARY\"")] {
        let error = read(format!("{header}{body}").as_bytes(), Format::Off).unwrap_err().to_string();
        assert!(error.starts_with(&format!("line 1: found {found}; expected ")), "{error}");
    }
}

#[test]
fn ply_numbers_in_any_spelling() {
    let plain = text(block().ply(Ply::Ascii));
    let spelt = plain.replace("200 7 100 100", "+200. 7 1e2 1.0E+02").replace("\n0 7 0 0\r", "\n-.0 7 .0 0.e0\r");
    assert_ne!(spelt, plain);
    assert_block(spelt.as_bytes(), Format::Ply, "spellings");
    // Properties that are not read may hold anything.
    let unread = |line: &str| {
        let is_vertex = line.split(' ').count() == 4 && line.split(' ').nth(1) == Some("7");
        if is_vertex { line.replacen(" 7 ", " nan ", 1) } else { line.to_owned() }
    };
    let nan: Vec<String> = plain.replace("uchar red", "float quality").lines().map(unread).collect();
    assert_block(nan.join("\n").as_bytes(), Format::Ply, "no number where none is needed");
}

/// Appends a number in either byte order.
fn put<const N: usize>(bytes: &mut Vec<u8>, mut number: [u8; N], big: bool) {
    if big {
        number.reverse();
    }
    bytes.extend(number);
}

#[test]
fn ply_lists_and_types_of_any_kind() {
    // Vertices as short integers behind a list, faces with a list of floats before and behind, in both byte orders.
    for big in [false, true] {
        let order = if big { "big" } else { "little" };
        let mut bytes = format!(
            "ply\nformat binary_{order}_endian 1.0\nobj_info ours\nelement vertex 8\nproperty list uchar double seen\n\
             property int16 x\nproperty int32 y\nproperty uint8 z\nelement face 6\nproperty list ushort float uv\n\
             property list uint ushort vertex_index\nproperty list char char tail\nelement user 1\nproperty list int float data\n\
             end_header\n"
        )
        .into_bytes();
        let solid = block();
        for [x, y, z] in &solid.vertices {
            put(&mut bytes, [1], big);
            put(&mut bytes, 5_f64.to_le_bytes(), big);
            put(&mut bytes, (*x as i16).to_le_bytes(), big);
            put(&mut bytes, (*y as i32).to_le_bytes(), big);
            put(&mut bytes, [*z as u8], big);
        }
        for face in &solid.faces {
            put(&mut bytes, 1_u16.to_le_bytes(), big);
            put(&mut bytes, 0.5_f32.to_le_bytes(), big);
            put(&mut bytes, u32::try_from(face.len()).unwrap().to_le_bytes(), big);
            for &v in face {
                put(&mut bytes, u16::try_from(v).unwrap().to_le_bytes(), big);
            }
            put(&mut bytes, [0], big);
        }
        put(&mut bytes, 0_i32.to_le_bytes(), big);
        assert_block(&bytes, Format::Ply, order);
    }
}

#[test]
fn ply_strips_of_triangles() {
    // The block's six sides as three strips, one with a repeated corner as a turn.
    let header = "ply\nformat ascii 1.0\nelement vertex 8\nproperty float x\nproperty float y\nproperty float z\n\
                  element tristrips 1\nproperty list int int vertex_indices\nend_header\n";
    let solid = block();
    let vertices: Vec<String> = solid.vertices.iter().map(|[x, y, z]| format!("{x} {y} {z}\n")).collect();
    let walls = "0 4 1 5 2 6 3 7 0 4";
    let strip: Vec<&str> = walls.split(' ').chain(["-1", "0", "1", "3", "2", "-1", "4", "7", "5", "6"]).collect();
    let strips = |list: &[&str]| format!("{header}{}{} {}\n", vertices.concat(), list.len(), list.join(" "));
    let loaded = read(strips(&strip).as_bytes(), Format::Ply).unwrap();
    assert_eq!((loaded.summary.triangles, loaded.summary.open_edges, loaded.summary.components), (12, 0, 1));
    assert!((volume_mm3(&loaded.mesh).abs() - 2e6).abs() < 1.0);
    // A strip is wound alike: all of it is right, or all of it is wrong.
    assert!([0, 4, 8, 12].contains(&loaded.summary.flipped_triangles), "{}", loaded.summary.flipped_triangles);
    let error = read(strips(&["0", "1", "-2"]).as_bytes(), Format::Ply).unwrap_err().to_string();
    assert!(error.starts_with("line 18: found no list vertex_indices"), "{error}");
}

fn document(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut document: Value = serde_json::from_slice(&block().gltf_with_data_uri()).unwrap();
    change(&mut document);
    serde_json::to_vec(&document).unwrap()
}

#[test]
fn gltf_skins_are_taken_in_the_bind_pose_and_morphs_told() {
    let bytes = document(|d| {
        // The node of a skinned mesh does not move it.
        d["nodes"] = json!([{"mesh": 0, "skin": 0, "scale": [3, 3, 3]}, {"translation": [9, 9, 9]}]);
        d["scenes"][0]["nodes"] = json!([0, 1]);
        d["skins"] = json!([{"joints": [1]}]);
        d["meshes"][0]["primitives"][0]["targets"] = json!([{"POSITION": 0}]);
    });
    let loaded = assert_block(&bytes, Format::Gltf, "skin");
    assert_eq!(codes(&loaded), ["skinned", "morph-targets"]);
    assert!(loaded.findings.iter().all(|finding| finding.severity == Severity::Warn && finding.count == 1));
}

#[test]
fn gltf_sparse_accessors_replace_what_they_name() {
    // Zeros but for the corners of a tetrahedron; then a corner of the block that is put in its place.
    let corners: [[f32; 3]; 3] = [[0.2, 0.0, 0.0], [0.0, 0.2, 0.0], [0.0, 0.0, 0.2]];
    let mut buffer: Vec<u8> = corners.iter().flatten().flat_map(|c| c.to_le_bytes()).collect();
    buffer.extend([1, 2, 3, 0]);
    buffer.extend([0_u8, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3]);
    let json = json!({
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": buffer.len()}],
        "bufferViews": [
            {"buffer": 0, "byteLength": 36},
            {"buffer": 0, "byteOffset": 36, "byteLength": 3},
            {"buffer": 0, "byteOffset": 40, "byteLength": 12},
        ],
        "accessors": [
            {"componentType": 5126, "count": 4, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 1],
             "sparse": {"count": 3, "indices": {"bufferView": 1, "componentType": 5121}, "values": {"bufferView": 0}}},
            {"bufferView": 2, "componentType": 5121, "count": 12, "type": "SCALAR"},
        ],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "nodes": [{"mesh": 0}],
    });
    let loaded = read(&glb(serde_json::to_vec(&json).unwrap(), buffer), Format::Gltf).unwrap();
    assert!((volume_mm3(&loaded.mesh) - 8e6 / 6.0).abs() < 1.0);
    assert_eq!(codes(&loaded), [""; 0]);
}

#[test]
fn gltf_primitives_that_share_positions() {
    let bytes = document(|d| {
        d["accessors"] = json!([
            d["accessors"][0],
            {"bufferView": 1, "componentType": 5123, "count": 18, "type": "SCALAR"},
            {"bufferView": 1, "byteOffset": 36, "componentType": 5123, "count": 18, "type": "SCALAR"},
        ]);
        let part = |indices: usize| json!({"attributes": {"POSITION": 0}, "indices": indices});
        d["meshes"][0]["primitives"] = json!([part(1), part(2)]);
    });
    let loaded = assert_block(&bytes, Format::Gltf, "shared positions");
    assert_eq!(loaded.findings, [], "nothing was there twice");
}

#[test]
fn mirrored_nodes_turn_open_surfaces_over() {
    // A flat square keeps its winding, so that it tells whether the reader turned it.
    let square = Solid {
        vertices: vec![[0.0, 0.0, 0.0], [100.0, 0.0, 0.0], [100.0, 100.0, 0.0], [0.0, 100.0, 0.0]],
        faces: vec![vec![0, 1, 2, 3]],
    };
    for (scale, up) in [([1, 1, 1], 1.0), ([-1, 1, 1], 1.0), ([-1, -1, 1], 1.0), ([1, 1, -1], -1.0)] {
        let mut json: Value = serde_json::from_slice(&square.gltf_with_data_uri()).unwrap();
        json["nodes"][0]["scale"] = json!(scale);
        let loaded = read(&serde_json::to_vec(&json).unwrap(), Format::Gltf).unwrap();
        // The side that was up stays up, but where the node turned up to down.
        assert!((0..2).all(|t| (loaded.mesh.normal(t).z - up).abs() < 1e-9), "{scale:?}");
    }
}
