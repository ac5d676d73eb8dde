//! Every reader of outside data by name. Also compiled into the project's own tests.

use std::sync::LazyLock;

use tonsure::case::Case;
use tonsure::error::{Error, Result};
use tonsure::geometry::{Point, PointsTable, Units, sha256};
use tonsure::mesh::{self, Format, SurfaceIndex, Topology, TriMesh};
use tonsure::plan::Plan;
use tonsure::region::boundary;
use tonsure::rig::{Profile, Registration, builtin, profile_with_dialect};
use tonsure::route;
use tonsure::treatment::aftercare;
use tonsure::treatment::patch_test::Calibration;
use tonsure::treatment::touchup::Observed;
use tonsure::verify;

/// A name, and a function that reads bytes; what was read is used a little, too.
pub(crate) type Reader = (&'static str, fn(&[u8]) -> Result<()>);

pub(crate) const READERS: &[Reader] = &[
    ("stl", |bytes| scan(bytes, Format::Stl)),
    ("obj", |bytes| scan(bytes, Format::Obj)),
    ("ply", |bytes| scan(bytes, Format::Ply)),
    ("gltf", |bytes| scan(bytes, Format::Gltf)),
    ("off", |bytes| scan(bytes, Format::Off)),
    ("region-ply", |bytes| mesh::read_region_ply(bytes).map(|(mesh, _)| query(&mesh))),
    ("hairline", |bytes| loop_of(bytes, "a.hairline.json")),
    ("slicer", |bytes| loop_of(bytes, "a.mrk.json")),
    ("fiducial-list", |bytes| loop_of(bytes, "a.fcsv")),
    ("picked-points", |bytes| loop_of(bytes, "a.pp")),
    ("case", |bytes| Case::parse(bytes, "case.json").map(drop)),
    ("profile", |bytes| Profile::parse(bytes, "rig.json").map(drop)),
    ("registration", |bytes| Registration::parse(bytes, "r.json").and_then(|r| r.fit(Units::Millimetre)).map(drop)),
    ("plan", |bytes| Plan::parse(bytes, "plan.json").map(drop)),
    ("points", |bytes| PointsTable::read(bytes).map(drop)),
    ("tsp", |bytes| route::read_tsp(bytes).map(drop)),
    ("gcode", program),
    ("dialect", dialect),
    ("calibration", |bytes| Calibration::parse(bytes, "calibration.json").map(drop)),
    ("observed", |bytes| Observed::read(bytes, Units::Millimetre).map(drop)),
    ("template", template),
];

/// A small plan with its hash and its scan, against which programs are judged.
static JUDGED: LazyLock<(Plan, String, SurfaceIndex)> = LazyLock::new(|| {
    let plan = include_bytes!("../fixed/plan.json");
    let (scan, _) = mesh::read_region_ply(include_bytes!("../fixed/scan.ply")).expect("the scan of the plan");
    (Plan::parse(plan, "plan.json").expect("a plan"), sha256(plan), SurfaceIndex::build(&scan))
});

/// A program in any state gets a verdict, or an error of its text.
fn program(bytes: &[u8]) -> Result<()> {
    let (plan, digest, scan) = &*JUDGED;
    let verdict = verify::judge_lines(&mut &bytes[..], plan, digest, scan)?;
    assert!(!verdict.findings.is_empty(), "a program without any check");
    Ok(())
}

/// A dialect that a built-in rig is made to speak.
fn dialect(bytes: &[u8]) -> Result<()> {
    let mut profile = serde_json::to_value(builtin("gantry-xyz")).expect("JSON of a built-in rig");
    let keys = profile.as_object_mut().expect("an object");
    for key in ["dialect", "hooks"] {
        keys.remove(key);
    }
    keys.insert("own_dialect".to_owned(), "shop.json".into());
    let read = |_: &str| Ok((bytes.to_vec(), "shop.json".to_owned()));
    profile_with_dialect(profile.to_string().as_bytes(), "rig.json", read).map(drop)
}

/// A clinic's text of the aftercare sheet.
fn template(bytes: &[u8]) -> Result<()> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::input("bytes that are no text").expected("a template"))?;
    aftercare::sheet(&JUDGED.0.case, text).map(drop)
}

fn scan(bytes: &[u8], format: Format) -> Result<()> {
    let side_files = |name: &str| match name {
        "side.bin" => Ok(side_file()),
        _ => Err(Error::input(format!("no file {name}")).expected("a file beside the mesh")),
    };
    mesh::read(bytes, format, None, &side_files).map(|loaded| query(&loaded.mesh))
}

/// Five places and 98 of their numbers.
fn side_file() -> Vec<u8> {
    let places = (0..15_u8).flat_map(|i| f32::from(i * i % 7).to_le_bytes());
    places.chain((0..98_u16).flat_map(|i| (i % 5).to_le_bytes())).collect()
}

fn query(mesh: &TriMesh) {
    let topology = Topology::build(mesh);
    let hit = SurfaceIndex::build(mesh).closest(&Point::new(1.0, 2.0, 3.0));
    assert_eq!(hit.is_none(), topology.component_count() == 0, "a mesh with triangles has a closest point");
}

fn loop_of(bytes: &[u8], name: &str) -> Result<()> {
    let boundary = boundary::read(bytes, name, Units::Millimetre)?;
    boundary.wide_gaps();
    boundary::check_span(&boundary.points, boundary.units)
}
