use proptest::prelude::*;
use tonsure::error::Severity;
use tonsure::geometry::Units;
use tonsure::mesh::{Format, Loaded};

use super::solid::{Ply, Solid, block, codes, read, read_as, volume_mm3};

/// A block as triangles.
fn triangles() -> Solid {
    let mut solid = block();
    solid.faces = solid.triangles().into_iter().map(Vec::from).collect();
    solid
}

fn load(solid: &Solid) -> Loaded {
    read(&solid.ply(Ply::Little), Format::Ply).unwrap()
}

proptest! {
    /// Whatever triangles are turned, all come out facing outwards, and the count is right.
    #[test]
    fn winding_is_restored(turned in prop::collection::vec(any::<bool>(), 12)) {
        let mut solid = triangles();
        for (face, _) in solid.faces.iter_mut().zip(&turned).filter(|(_, turned)| **turned) {
            face.reverse();
        }
        let loaded = load(&solid);
        let count = turned.iter().filter(|&&turned| turned).count();
        prop_assert!((volume_mm3(&loaded.mesh) - 2e6).abs() < 1e-6);
        prop_assert_eq!(loaded.summary.flipped_triangles, count);
        let expected: &[&str] = match count {
            0 => &[],
            12 => &["inside-out"],
            _ => &["flipped"],
        };
        prop_assert_eq!(codes(&loaded), expected);
    }

    /// Triangle soup whose copies of a vertex differ by less than the tolerance closes to the same block.
    #[test]
    fn soup_closes(noise in prop::collection::vec(-4e-6..4e-6_f64, 108)) {
        let solid = block();
        let mut lines = vec!["OFF 36 12 0".to_owned()];
        let corners = solid.triangles().into_iter().flatten().map(|v| solid.vertices[v as usize]);
        for (corner, noise) in corners.zip(noise.chunks(3)) {
            let moved: Vec<String> =
                corner.iter().zip(noise).map(|(&c, n)| (f64::from(c) + n).to_string()).collect();
            lines.push(moved.join(" "));
        }
        lines.extend((0..12).map(|t| format!("3 {} {} {}", 3 * t, 3 * t + 1, 3 * t + 2)));
        let loaded = read(lines.join("\n").as_bytes(), Format::Off).unwrap();
        prop_assert_eq!((loaded.summary.vertices, loaded.summary.open_edges), (8, 0));
        prop_assert_eq!(loaded.summary.welded_vertices, 28);
    }
}

#[test]
fn zeros_of_both_signs_are_one_place() {
    let mut solid = block();
    solid.vertices.push([-0.0, -0.0, -0.0]);
    solid.faces[0][0] = if solid.faces[0][0] == 0 { 8 } else { solid.faces[0][0] };
    let last = solid.faces[0].len() - 1;
    solid.faces[0][last] = 8;
    let loaded = load(&solid);
    assert_eq!((loaded.summary.vertices, loaded.summary.open_edges, loaded.summary.welded_vertices), (8, 0, 1));
    assert!(loaded.mesh.vertices().iter().flat_map(|v| v.iter()).all(|c| c.is_sign_positive()));
}

#[test]
fn all_findings_are_listed_in_order_with_places() {
    let mut solid = triangles();
    // Vertex 8 is used by nothing, 9 is a copy of 0, 10 lies on the edge from 0 to 1, 11 far out.
    solid.vertices.extend([[500.0, 0.0, 0.0], [0.0; 3], [100.0, 0.0, 0.0], [100.0, -100.0, 0.0]]);
    let again = solid.faces[3].clone();
    solid.faces.push(again); // a duplicate
    solid.faces.push(vec![0, 9, 5]); // no area after welding
    solid.faces.push(vec![0, 1]); // no polygon
    solid.faces.push(vec![0, 1, 11]); // a fin: its edge has three triangles
    solid.faces[11].reverse(); // wound against the rest
    let loaded = load(&solid);
    assert_eq!(
        codes(&loaded),
        [
            "components",
            "open-edges",
            "non-manifold-edges",
            "flipped",
            "flat",
            "degenerate",
            "duplicate",
            "welded",
            "unreferenced"
        ]
    );
    let counts: Vec<usize> = loaded.findings.iter().map(|finding| finding.count).collect();
    assert_eq!(counts, [2, 3, 1, 1, 1, 2, 1, 1, 2]);
    // The fin came off, with copies of its two feet.
    let fin = &loaded.findings[1];
    assert_eq!(fin.severity, Severity::Warn);
    assert_eq!(fin.bounds_mm, Some([[0.0, -100.0, 0.0], [200.0, 0.0, 0.0]]));
    // Counts of what has no place any more have no box.
    assert!(loaded.findings[..7].iter().all(|finding| finding.bounds_mm.is_some()));
    assert_eq!(fin.message, "3 edges have one triangle only, between (0, -100, 0) and (200, 0, 0) mm");
    let summary = &loaded.summary;
    assert_eq!((summary.triangles, summary.vertices, summary.components), (13, 11, 2));
    assert_eq!((summary.open_edges, summary.non_manifold_edges), (3, 1));
    assert_eq!((summary.degenerate_removed, summary.duplicate_removed, summary.welded_vertices), (2, 1, 1));
}

#[test]
fn a_gap_that_a_flat_triangle_fills_stays_closed() {
    // The edge from 0 to 1 is whole in the bottom and halved by vertex 8 in the wall; (0, 8, 1) fills the gap.
    let mut solid = triangles();
    solid.vertices.push([100.0, 0.0, 0.0]);
    let wall = solid.faces.iter().position(|face| face.contains(&0) && face.contains(&1) && face.contains(&5)).unwrap();
    solid.faces[wall] = vec![0, 8, 5];
    solid.faces.push(vec![8, 1, 5]);
    solid.faces.push(vec![0, 1, 8]);
    let loaded = load(&solid);
    assert_eq!((loaded.summary.degenerate_removed, loaded.summary.triangles), (1, 14));
    assert_eq!((loaded.summary.open_edges, loaded.summary.components), (0, 1));
    assert!((volume_mm3(&loaded.mesh) - 2e6).abs() < 1e-6);
    assert!((loaded.summary.area_mm2 - 1e5).abs() < 1e-6);
}

#[test]
fn an_open_cap_faces_the_way_it_bulges() {
    let mut solid = block();
    solid.faces.remove(0);
    for face in &mut solid.faces {
        face.reverse();
    }
    let loaded = load(&solid);
    assert_eq!(codes(&loaded), ["open-edges", "inside-out"]);
    let top = (0..10).find(|&t| loaded.mesh.corners(t).iter().all(|p| p.z > 99.0)).unwrap();
    assert!(loaded.mesh.normal(top).z > 0.99);
}

#[test]
fn a_moebius_strip_is_one_sided() {
    let n = 24_u8;
    let mut solid = Solid { vertices: Vec::new(), faces: Vec::new() };
    for i in 0..n {
        let turn = std::f32::consts::TAU * f32::from(i) / f32::from(n);
        for side in [-20.0, 20.0] {
            let radius = 80.0 + side * (turn / 2.0).cos();
            solid.vertices.push([radius * turn.cos(), radius * turn.sin(), side * (turn / 2.0).sin()]);
        }
        let (a, b) = (u32::from(2 * i), u32::from(2 * i + 1));
        let (c, d) = if i + 1 < n { (a + 2, b + 2) } else { (1, 0) };
        solid.faces.push(vec![a, c, d, b]);
    }
    let loaded = load(&solid);
    assert!(codes(&loaded).contains(&"one-sided"), "{:?}", loaded.findings);
    assert_eq!(loaded.summary.components, 1);
}

#[test]
fn polygons_that_cross_themselves_are_reported() {
    let bow = "OFF 4 1 0\n0 0 0\n100 100 0\n100 0 0\n0 150 0\n4 0 1 2 3\n";
    assert!(codes(&read(bow.as_bytes(), Format::Off).unwrap()).contains(&"crossed-polygons"));
}

#[test]
fn the_unit_that_fits_is_named() {
    let guess = |factor: f64, units: Units| {
        let mut solid = block();
        for coordinate in solid.vertices.iter_mut().flatten() {
            *coordinate *= factor as f32;
        }
        let loaded = read_as(&solid.obj(), Format::Obj, Some(units)).unwrap();
        let finding = loaded.findings.iter().find(|finding| finding.code == "units-implausible").cloned();
        (loaded.summary.unit_guess, finding.map(|finding| finding.remedy))
    };
    let fits = |unit: Units| Some(format!("the unit {unit} would fit: give units {unit}"));
    assert_eq!(guess(1.0, Units::Millimetre), (Some(Units::Millimetre), None));
    for unit in Units::ALL {
        assert_eq!(guess(1.0 / unit.in_mm(), unit), (Some(unit), None), "{unit}");
    }
    // Metres taken for millimetres, and the other way round.
    assert_eq!(guess(0.001, Units::Millimetre), (Some(Units::Metre), fits(Units::Metre)));
    assert_eq!(guess(1.0, Units::Metre), (Some(Units::Millimetre), fits(Units::Millimetre)));
    assert_eq!(guess(1.0 / 25.4, Units::Metre), (Some(Units::Inch), fits(Units::Inch)));
    assert_eq!(guess(1e6, Units::Millimetre), (None, Some("no unit would fit: check the scan".to_owned())));
}
