use std::path::{Path, PathBuf};

use tonsure::mesh::{self, Loaded, MeshSummary, Topology};

use super::solid::{codes, volume_mm3};

/// Loads a real head; `None` with a message where the heads are absent.
fn head(file: &str, units: &str) -> Option<Loaded> {
    let path: PathBuf = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes")).join(file);
    if !path.exists() {
        eprintln!("skipped: {file} is not there");
        return None;
    }
    let loaded = mesh::load(&path, Some(units.parse().unwrap())).unwrap();
    let MeshSummary { units, unit_guess, .. } = loaded.summary;
    assert_eq!(unit_guess, Some(units));
    Some(loaded)
}

#[test]
fn tub_head_is_perfect() {
    let Some(loaded) = head("tub_head.ply", "mm") else { return };
    let summary = &loaded.summary;
    assert_eq!((summary.vertices, summary.triangles, summary.components), (32_870, 65_736, 1));
    assert_eq!(loaded.findings, []);
    assert!(volume_mm3(&loaded.mesh) > 0.0);
}

#[test]
fn icbm152_is_soup_and_inside_out() {
    let Some(loaded) = head("icbm152_bem.stl", "m") else { return };
    let summary = &loaded.summary;
    assert_eq!((summary.vertices, summary.triangles, summary.components), (1_082, 2_160, 1));
    assert_eq!((summary.open_edges, summary.flipped_triangles, summary.welded_vertices), (0, 2_160, 5_398));
    assert_eq!(codes(&loaded), ["inside-out", "welded"]);
    // Between the head with its neck and the box around it.
    assert!((2e6..8e6).contains(&volume_mm3(&loaded.mesh)));
}

#[test]
fn lee_perry_smith_has_seams_and_folds() {
    let Some(loaded) = head("lee_perry_smith.glb", "m") else { return };
    let summary = &loaded.summary;
    // 9,223 vertices in the file, two come back as copies; 6 pieces and 10 non-manifold edges before two folded-over triangles are taken out.
    assert_eq!((summary.vertices, summary.welded_vertices), (8_841, 384));
    assert_eq!((summary.degenerate_removed, summary.duplicate_removed), (7, 2));
    assert_eq!((summary.components, summary.open_edges, summary.non_manifold_edges), (1, 4, 3));
    assert!(volume_mm3(&loaded.mesh) > 0.0);
}

#[test]
fn ict_neutral_has_many_pieces() {
    let Some(loaded) = head("ict_neutral.obj", "cm") else { return };
    let summary = &loaded.summary;
    assert_eq!((summary.triangles, summary.components), (52_220, 49));
    assert_eq!((summary.vertices, summary.open_edges, summary.non_manifold_edges), (26_639, 900, 104));
    // The skin touches the sheets around the eyes in many edges, and stays as it is: 14,034 polygons.
    let topology = Topology::build(&loaded.mesh);
    let mut sizes = vec![0; topology.component_count()];
    topology.components().iter().for_each(|&component| sizes[component as usize] += 1);
    assert_eq!(sizes.iter().max(), Some(&28_068));
    assert!(!codes(&loaded).contains(&"one-sided"), "{:?}", loaded.findings);
}

#[test]
fn colin27_is_open_and_large() {
    let Some(loaded) = head("colin27_scalp.ply", "mm") else { return };
    let summary = &loaded.summary;
    assert_eq!((summary.components, summary.non_manifold_edges), (61, 0));
    assert_eq!((summary.triangles + summary.degenerate_removed, summary.degenerate_removed), (314_806, 10));
    assert!(summary.open_edges > 0);
    assert!(codes(&loaded).contains(&"open-edges"));
}
