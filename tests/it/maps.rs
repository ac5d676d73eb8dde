//! Maps painted on an image that lies on the head by texture coordinates: from the image to the dots.

use std::f64::consts::TAU;
use std::fmt::Write as _;
use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use png::{BitDepth, ColorType, Encoder};
use serde_json::{Value, json};
use tonsure::geometry::{Point, PointsTable};
use tonsure::mesh::{TriMesh, read_region_ply};

use crate::support::scratch::{DOME_RADIUS_MM, Scratch};

const SIDE: u32 = 256;

/// The dome seen from above: its vertices, their places on the image from the upper left, its triangles.
struct Dome {
    vertices: Vec<[f64; 3]>,
    uv: Vec<[f64; 2]>,
    triangles: Vec<[usize; 3]>,
}

fn dome() -> Dome {
    const AROUND: usize = 36;
    const RINGS: usize = 10;
    let mut vertices = vec![[0.0, 0.0, DOME_RADIUS_MM]];
    for ring in 1..=RINGS {
        // A little farther down than the hairline goes.
        let polar = 60f64.to_radians() * ring as f64 / RINGS as f64;
        for step in 0..AROUND {
            let turn = TAU * step as f64 / AROUND as f64;
            let unit = [polar.sin() * turn.cos(), polar.sin() * turn.sin(), polar.cos()];
            vertices.push(unit.map(|c| DOME_RADIUS_MM * c));
        }
    }
    let at = |ring: usize, step: usize| 1 + (ring - 1) * AROUND + step % AROUND;
    let mut triangles = Vec::new();
    for step in 0..AROUND {
        triangles.push([0, at(1, step), at(1, step + 1)]);
        for ring in 1..RINGS {
            let [a, b] = [at(ring, step), at(ring, step + 1)];
            let [c, d] = [at(ring + 1, step), at(ring + 1, step + 1)];
            triangles.extend([[a, c, d], [a, d, b]]);
        }
    }
    let uv = vertices.iter().map(|[x, y, _]| [0.5 + x / 160.0, 0.5 - y / 160.0]).collect();
    Dome { vertices, uv, triangles }
}

impl Dome {
    fn obj(&self) -> String {
        let mut text = String::new();
        self.vertices.iter().for_each(|[x, y, z]| writeln!(text, "v {x} {y} {z}").unwrap());
        // OBJ counts from the lower edge.
        self.uv.iter().for_each(|[u, v]| writeln!(text, "vt {u} {}", 1.0 - v).unwrap());
        for [a, b, c] in self.triangles.iter().map(|corners| corners.map(|v| v + 1)) {
            writeln!(text, "f {a}/{a} {b}/{b} {c}/{c}").unwrap();
        }
        text
    }

    /// A glTF in mm whose base colour is an image with that address.
    fn gltf(&self, image: &str) -> Value {
        let mut bytes: Vec<u8> = Vec::new();
        let singles = |numbers: &[f64]| numbers.iter().flat_map(|&c| (c as f32).to_le_bytes()).collect::<Vec<u8>>();
        bytes.extend(singles(self.vertices.as_flattened()));
        bytes.extend(singles(self.uv.as_flattened()));
        bytes.extend(self.triangles.as_flattened().iter().flat_map(|&v| (v as u32).to_le_bytes()));
        let (n, m) = (self.vertices.len(), 3 * self.triangles.len());
        json!({
            "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0}]}],
            "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
            "textures": [{"source": 0}], "images": [{"uri": image}],
            "buffers": [{
                "byteLength": bytes.len(),
                "uri": format!("data:application/octet-stream;base64,{}", BASE64.encode(&bytes)),
            }],
            "bufferViews": [
                {"buffer": 0, "byteOffset": 0, "byteLength": 12 * n},
                {"buffer": 0, "byteOffset": 12 * n, "byteLength": 8 * n},
                {"buffer": 0, "byteOffset": 20 * n, "byteLength": 4 * m},
            ],
            "accessors": [
                {"bufferView": 0, "componentType": 5126, "count": n, "type": "VEC3", "min": [-80, -80, 0], "max": [80, 80, 80]},
                {"bufferView": 1, "componentType": 5126, "count": n, "type": "VEC2"},
                {"bufferView": 2, "componentType": 5125, "count": m, "type": "SCALAR"},
            ],
        })
    }
}

/// Brighter to the right; half as bright in the lower half.
fn tone(u: f64, v: f64) -> f64 {
    u * if v < 0.5 { 1.0 } else { 0.5 }
}

fn png(kind: ColorType, pixel: impl Fn(f64, f64) -> Vec<u8>) -> Vec<u8> {
    let middle = |k: u32| (f64::from(k) + 0.5) / f64::from(SIDE);
    let data: Vec<u8> =
        (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| [x, y])).flat_map(|[x, y]| pixel(middle(x), middle(y))).collect();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, SIDE, SIDE);
    encoder.set_color(kind);
    encoder.set_depth(BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(&data).unwrap();
    bytes
}

fn painting() -> Vec<u8> {
    png(ColorType::Grayscale, |u, v| vec![(255.0 * tone(u, v)).round() as u8])
}

fn scratch() -> Scratch {
    let mut scratch = Scratch::new();
    scratch.case["setups"] = json!(["upright"]);
    scratch.write("paint.obj", dome().obj());
    scratch.write("paint.png", painting());
    scratch.case["design"]["maps"] = json!([{
        "file": "paint.obj", "texture": {"image": "paint.png", "black": 5, "white": 40}, "values": "per_cm2",
    }]);
    scratch
}

/// The region with the density that was asked, and the dots.
fn made(scratch: &Scratch) -> (TriMesh, Vec<f64>, Vec<Point>) {
    scratch.plan().assert().success();
    let bytes = fs::read(scratch.path("out/region.ply")).unwrap();
    let (region, mut properties) = read_region_ply(&bytes).unwrap();
    let dots = PointsTable::read(&fs::read(scratch.path("out/dots.csv")).unwrap()).unwrap().points;
    (region, properties.remove("density_per_cm2").unwrap(), dots)
}

#[test]
fn dots_follow_an_image_on_an_obj_and_on_a_gltf() {
    let mut scratch = scratch();
    let (region, density, dots) = made(&scratch);
    let asked = |p: &Point| 5.0 + 35.0 * tone(0.5 + p.x / 160.0, 0.5 - p.y / 160.0);
    // Where the image has no step, the density is that of the image.
    for (v, found) in region.vertices().iter().zip(&density).filter(|(v, _)| v.y.abs() > 3.0) {
        assert!((found - asked(v)).abs() < 0.3, "{found} per cm² at {v}, {} painted", asked(v));
    }
    // Made as painted, in parts of 15 to 20 cm².
    for (x, y) in [(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)] {
        for far in [false, true] {
            let inside = |p: &Point| p.x * x > 0.0 && p.y * y > 2.0 && (p.x.abs() > 25.0) == far;
            let wanted: f64 = (0..region.triangles().len() as u32)
                .map(|t| (region.middle(t), region.triangle_area_mm2(t) / 100.0))
                .filter(|(middle, _)| inside(middle))
                .map(|(middle, area_cm2)| area_cm2 * asked(&middle))
                .sum();
            let found = dots.iter().filter(|dot| inside(dot)).count() as f64;
            assert!((found / wanted - 1.0).abs() < 0.1, "{found} dots, {wanted} painted, {x} {y} {far}");
        }
    }
    // The same on a glTF, by the image in it, by one beside it, and by one that the case names.
    let embedded = format!("data:image/png;base64,{}", BASE64.encode(painting()));
    let texture = json!({"black": 5, "white": 40});
    let named = json!({"image": "paint.png", "black": 5, "white": 40});
    for (image, texture) in [(embedded.as_str(), &texture), ("paint.png", &texture), ("none.png", &named)] {
        scratch.write("paint.gltf", dome().gltf(image).to_string());
        scratch.case["design"]["maps"][0]["file"] = json!("paint.gltf");
        scratch.case["design"]["maps"][0]["texture"] = texture.clone();
        let (other, again, _) = made(&scratch);
        assert_eq!(other.vertices().len(), region.vertices().len(), "{image:.20}");
        // Single precision moves places a little, which is seen at the step of the image.
        let far = region.vertices().iter().map(|v| v.y.abs() > 3.0);
        for ((a, b), _) in density.iter().zip(&again).zip(far).filter(|(_, far)| *far) {
            assert!((a - b).abs() < 1e-2, "{image:.20}: {a} {b}");
        }
    }
}

#[test]
fn factors_leave_the_rest_of_the_design_and_digests_tell_the_image() {
    let mut scratch = scratch();
    scratch.case["design"]["maps"][0] =
        json!({"file": "paint.obj", "texture": {"image": "paint.png", "black": 0.5, "white": 1.5}});
    let (region, density, _) = made(&scratch);
    for (v, found) in region.vertices().iter().zip(&density).filter(|(v, _)| v.y.abs() > 3.0) {
        let asked = 5.0 * (0.5 + tone(0.5 + v.x / 160.0, 0.5 - v.y / 160.0));
        assert!((found - asked).abs() < 0.05, "{found} per cm² at {v}, {asked} asked");
    }
    let plan: Value = serde_json::from_slice(&fs::read(scratch.path("out/plan.json")).unwrap()).unwrap();
    let digest = tonsure::geometry::sha256(&painting());
    assert_eq!(plan["sha256"]["map-0-image"], digest);
}

#[test]
fn what_cannot_be_a_map_is_refused_with_place_and_remedy() {
    let refused = |edit: &dyn Fn(&mut Scratch), parts: &[&str]| {
        let mut scratch = scratch();
        edit(&mut scratch);
        scratch.refused(parts);
    };
    let map = |key: &'static str, value: Value| {
        move |scratch: &mut Scratch| scratch.case["design"]["maps"][0][key] = value.clone()
    };
    refused(&map("property", json!("paint")), &["design.maps[0], property", "not exactly one of"]);
    refused(&map("file", json!("dome.off")), &["dome.off", "found a file in OFF format", "an OBJ or a glTF"]);
    refused(&map("texture", json!({"white": 40})), &["paint.obj", "no image for the base colour", "add \"image\""]);
    refused(
        &map("texture", json!({"image": "paint.png", "black": 4, "white": 4})),
        &["design.maps[0], texture.white", "the same value"],
    );
    refused(
        &map("texture", json!({"image": "paint.png", "white": 4000})),
        &["design.maps[0], texture.white", "0 to 400"],
    );
    refused(&map("values", json!("factor")), &["design.maps[0], texture.", "0 to 4 as factors"]);
    refused(&map("texture", json!({"image": "paint.obj", "white": 9})), &["paint.obj", "no PNG that can be read"]);
    refused(
        &|scratch| {
            scratch.write("paint.png", png(ColorType::Rgb, |u, _| vec![9, 9, if u > 0.5 { 9 } else { 8 }]));
        },
        &["paint.png: column 0, row 0 from the upper left: found a pixel with a colour"],
    );
    refused(
        &|scratch| {
            scratch.write("paint.obj", dome().obj().replacen("vt 0.5 ", "vt 1.5 ", 1));
        },
        &["paint.obj: line ", "off the image", "UDIM"],
    );
    refused(
        &|scratch| {
            scratch.write("paint.obj", dome().obj().replacen("vt 0.5 0.5", "vt 0.5 x", 1));
        },
        &["paint.obj: line ", "the texture coordinate \"x\""],
    );
    refused(
        &|scratch| {
            scratch.write("paint.obj", dome().obj().replacen("f 1/1 ", "f 1/99999 ", 1));
        },
        &["paint.obj: line ", "the corner \"99999\"", "a texture place from 1 to"],
    );
    refused(
        &|scratch| {
            let plain: Vec<String> =
                dome().obj().lines().map(|line| line.split('/').next().unwrap().to_owned()).collect();
            scratch.write("paint.obj", plain.join("\n").replace("\nf", "\n# f"));
        },
        &["paint.obj: found no texture coordinates", "unwrap the head"],
    );
    let gltf = |edit: &'static dyn Fn(&mut Value)| {
        move |scratch: &mut Scratch| {
            let mut file = dome().gltf("paint.png");
            edit(&mut file);
            scratch.write("paint.gltf", file.to_string());
            scratch.case["design"]["maps"][0]["file"] = json!("paint.gltf");
            scratch.case["design"]["maps"][0]["texture"] = json!({"white": 40});
        }
    };
    refused(
        &gltf(&|file| file["images"][0]["uri"] = json!("../paint.png")),
        &["paint.gltf", "images[0]", "../paint.png"],
    );
    refused(
        &gltf(&|file| file["extensionsUsed"] = json!(["KHR_texture_transform"])),
        &["paint.gltf: extensionsUsed", "apply the mapping"],
    );
    refused(
        &gltf(&|file| {
            file["meshes"][0]["primitives"][0]["attributes"].as_object_mut().unwrap().remove("TEXCOORD_0");
        }),
        &["paint.gltf: found no texture coordinates"],
    );
    refused(
        &gltf(&|file| file["accessors"][1]["count"] = json!(7)),
        &["paint.gltf", "7 texture coordinates", "one for each of the"],
    );
}
