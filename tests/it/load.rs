//! Mesh intake.

use std::path::Path;
use tonsure::mesh;

#[test]
fn heads() {
    let dir = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes"));
    for (file, units) in [
        ("tub_head.ply", "mm"),
        ("lee_perry_smith.glb", "m"),
        ("ict_neutral.obj", "cm"),
        ("colin27_scalp.ply", "mm"),
        ("icbm152_bem.stl", "m"),
    ] {
        let t = std::time::Instant::now();
        match mesh::load(&dir.join(file), Some(units.parse().unwrap())) {
            Ok(l) => {
                println!("{file} {:?}\n{:#?}", t.elapsed(), l.summary);
                for f in l.findings {
                    println!("{} {} {} {} -> {}", f.severity, f.code, f.count, f.message, f.remedy);
                }
            }
            Err(e) => println!("{e}"),
        }
    }
}
