//! Meshes that are no manifold: fins, sheets that touch, fans that share a vertex.

use std::collections::BTreeMap;

use nalgebra::{Rotation3, Vector3};
use proptest::prelude::*;
use tonsure::geometry::Point;
use tonsure::mesh::{Format, Loaded, Topology, TriMesh};

use super::solid::{Ply, Solid, block, codes, read, volume_mm3};

/// By a definition of its own: each edge has at most two triangles, and the triangles around each vertex hang together
/// over edges at it.
fn is_manifold(mesh: &TriMesh) -> bool {
    let mut edges: BTreeMap<[u32; 2], usize> = BTreeMap::new();
    let mut stars: BTreeMap<u32, Vec<[u32; 2]>> = BTreeMap::new();
    for corners in mesh.triangles() {
        for i in 0..3 {
            let [a, b, c] = [0, 1, 2].map(|k| corners[(i + k) % 3]);
            *edges.entry([a.min(b), a.max(b)]).or_default() += 1;
            stars.entry(a).or_default().push([b, c]);
        }
    }
    let hangs_together = |star: &Vec<[u32; 2]>| {
        let mut reached = vec![star[0][0]];
        let mut next = 0;
        while let Some(&vertex) = reached.get(next) {
            let over = star.iter().filter(|link| link.contains(&vertex)).flatten().copied();
            for other in over.collect::<Vec<_>>() {
                if !reached.contains(&other) {
                    reached.push(other);
                }
            }
            next += 1;
        }
        star.iter().flatten().all(|vertex| reached.contains(vertex))
    };
    edges.values().all(|&count| count <= 2) && stars.values().all(hangs_together)
}

fn load(solid: &Solid) -> Loaded {
    read(&solid.ply(Ply::Little), Format::Ply).unwrap()
}

/// Triangles of each component, the largest first.
fn component_sizes(mesh: &TriMesh) -> Vec<usize> {
    let topology = Topology::build(mesh);
    let mut sizes = vec![0; topology.component_count()];
    topology.components().iter().for_each(|&component| sizes[component as usize] += 1);
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    sizes
}

/// A closed sphere of rings and its two poles.
fn sphere(rings: u32, around: u32) -> Solid {
    let mut vertices = vec![[0.0, 0.0, -100.0]];
    for ring in 1..rings {
        let polar = std::f32::consts::PI * ring as f32 / rings as f32;
        for i in 0..around {
            let turn = std::f32::consts::TAU * i as f32 / around as f32;
            let radius = 100.0 * polar.sin();
            vertices.push([radius * turn.cos(), radius * turn.sin(), -100.0 * polar.cos()]);
        }
    }
    vertices.push([0.0, 0.0, 100.0]);
    let at = |ring: u32, i: u32| match ring {
        0 => 0,
        ring if ring == rings => 1 + (rings - 1) * around,
        ring => 1 + (ring - 1) * around + i % around,
    };
    let mut faces = Vec::new();
    for (ring, i) in (0..rings).flat_map(|ring| (0..around).map(move |i| (ring, i))) {
        let [a, b, c, d] = [at(ring, i), at(ring, i + 1), at(ring + 1, i + 1), at(ring + 1, i)];
        if ring + 1 < rings {
            faces.push(vec![a, c, d]);
        }
        if ring > 0 {
            faces.push(vec![a, b, c]);
        }
    }
    Solid { vertices, faces }
}

/// A band that stands on the vertices upright: two triangles an edge.
fn stand_fin(solid: &mut Solid, line: &[u32]) {
    let first = solid.vertices.len() as u32;
    for &vertex in line {
        let foot = solid.vertices[vertex as usize];
        solid.vertices.push(foot.map(|c| 1.1 * c));
    }
    for (i, edge) in (0..).zip(line.windows(2)) {
        solid.faces.push(vec![edge[0], edge[1], first + i]);
        solid.faces.push(vec![edge[1], first + i + 1, first + i]);
    }
}

#[test]
fn a_fin_comes_off_and_the_skin_stays_whole() {
    let mut solid = sphere(12, 24);
    let (vertices, triangles) = (solid.vertices.len(), solid.faces.len());
    // Along a ring and then down two rings, so that the fin has a corner.
    stand_fin(&mut solid, &[121, 122, 123, 124, 100, 76]);
    let loaded = load(&solid);
    assert!(is_manifold(&loaded.mesh));
    assert_eq!(component_sizes(&loaded.mesh), [triangles, 10]);
    assert_eq!(loaded.summary.non_manifold_edges, 5);
    assert_eq!(loaded.summary.non_manifold_vertices, 0);
    // The skin keeps its vertices, and what was there stands first and untouched.
    let skin = &loaded.mesh.triangles()[..triangles];
    assert!(skin.iter().flatten().all(|&vertex| (vertex as usize) < vertices));
    assert!(volume_mm3(&TriMesh::new(loaded.mesh.vertices().to_vec(), skin.to_vec()).unwrap()) > 0.0);
    let bits = |p: &Point| [p.x, p.y, p.z].map(f64::to_bits);
    let given = solid.vertices.iter().map(|v| Point::from(v.map(|c| f64::from(c) + 0.0)));
    assert!(given.zip(loaded.mesh.vertices()).all(|(given, kept)| bits(&given) == bits(kept)));
    let copies = &loaded.mesh.vertices()[vertices + 6..];
    assert_eq!(copies.len(), 6);
    assert!(copies.iter().all(|copy| loaded.mesh.vertices()[..vertices].contains(copy)));
    let finding = loaded.findings.iter().find(|finding| finding.code == "non-manifold-edges").unwrap();
    assert_eq!(finding.count, 5);
    let [low, high] = finding.bounds_mm.unwrap();
    assert!((0..3).all(|axis| low[axis] <= high[axis] && low[axis] >= -100.0 && high[axis] <= 100.0));
}

#[test]
fn blocks_that_touch_along_an_edge_stay_two_blocks() {
    let mut solid = block();
    let second = block();
    // The second one moved so that its edge at (0, 0) is the first one's at (200, 100).
    let moved = second.vertices.iter().map(|&[x, y, z]| [x + 200.0, y + 100.0, z]);
    solid.vertices.extend(moved);
    solid.faces.extend(second.faces.iter().map(|face| face.iter().map(|v| v + 8).collect()));
    let loaded = load(&solid);
    assert!(is_manifold(&loaded.mesh));
    assert_eq!(component_sizes(&loaded.mesh), [12, 12]);
    assert_eq!((loaded.summary.flipped_triangles, loaded.summary.open_edges), (0, 0));
    assert!((volume_mm3(&loaded.mesh) - 4e6).abs() < 1e-6);
    assert_eq!((loaded.summary.vertices, loaded.summary.non_manifold_edges), (16, 1));
}

#[test]
fn sheets_that_cross_in_an_edge_go_straight_on() {
    // Two strips through the edge from (0, 0, 0) to (0, 0, 100), at 80 degrees to each other.
    let (sin, cos) = 80.0_f32.to_radians().sin_cos();
    let mut vertices = vec![[0.0; 3], [0.0, 0.0, 100.0]];
    vertices.extend([[1.0, 0.0], [-1.0, 0.0], [cos, sin], [-cos, -sin]].map(|[x, y]| [100.0 * x, 100.0 * y, 50.0]));
    let solid = Solid { vertices, faces: vec![vec![0, 1, 2], vec![1, 0, 4], vec![1, 0, 3], vec![0, 1, 5]] };
    let loaded = load(&solid);
    assert_eq!(component_sizes(&loaded.mesh), [2, 2]);
    let straight = Topology::build(&loaded.mesh);
    assert_eq!(straight.components(), [0, 1, 0, 1]);
}

#[test]
fn tips_that_meet_in_a_vertex_are_parted() {
    let mut solid = sphere(8, 12);
    let north = solid.vertices.len() as u32 - 1;
    // A small pyramid stands on its tip on the north pole.
    let first = north + 1;
    solid.vertices.extend([[10.0, 0.0, 120.0], [-5.0, 8.0, 120.0], [-5.0, -8.0, 120.0]]);
    solid
        .faces
        .extend([[north, 1, 0], [north, 2, 1], [north, 0, 2]].map(|[tip, a, b]| vec![tip, first + a, first + b]));
    solid.faces.push(vec![first, first + 1, first + 2]);
    let loaded = load(&solid);
    assert!(is_manifold(&loaded.mesh));
    assert_eq!(component_sizes(&loaded.mesh), [12 * 14, 4]);
    assert_eq!((loaded.summary.non_manifold_edges, loaded.summary.non_manifold_vertices), (0, 1));
    assert_eq!(codes(&loaded), ["components", "non-manifold-vertices"]);
    assert_eq!(loaded.findings[1].bounds_mm, Some([[0.0, 0.0, 100.0]; 2]));
}

/// A flap on a side of a skin's triangle that goes on straighter than the skin, which bends there.
#[test]
fn skin_that_hangs_together_stays_whole_under_a_straighter_flap() {
    let mut solid = sphere(16, 12);
    let triangles = solid.triangles().len();
    let [a, b, c] = solid.triangles()[triangles / 2];
    let corner = |v: u32| Vector3::from(solid.vertices[v as usize]);
    let tip = corner(a) + corner(b) - corner(c);
    solid.vertices.push(tip.into());
    let tip = solid.vertices.len() as u32 - 1;
    solid.faces.push(vec![b, a, tip]);
    let loaded = load(&solid);
    assert!(is_manifold(&loaded.mesh));
    assert_eq!(component_sizes(&loaded.mesh), [triangles, 1]);
    assert!(!codes(&loaded).contains(&"flipped"), "{:?}", loaded.findings);
}

/// Where triangles are large, such a sheet leaves its rim at a smaller bend than the sphere itself.
#[test]
fn a_sheet_that_leaves_the_skin_along_a_rim_comes_off() {
    for off_mm in [-2.0_f32, -1.0, 1.0, 2.0] {
        let mut solid = sphere(24, 40);
        let skin = solid.faces.len();
        let mut raised: BTreeMap<u32, u32> = BTreeMap::new();
        for (index, vertex) in (0..).zip(solid.vertices.clone()) {
            if (Vector3::from(vertex) - Vector3::new(100.0, 0.0, 0.0)).norm() < 40.0 {
                raised.insert(index, solid.vertices.len() as u32);
                solid.vertices.push(vertex.map(|c| c * (1.0 + off_mm / 100.0)));
            }
        }
        let has_raised = |face: &&Vec<u32>| face.iter().any(|vertex| raised.contains_key(vertex));
        let sheet: Vec<Vec<u32>> = solid.faces.iter().filter(has_raised).cloned().collect();
        let sheet = sheet.into_iter().map(|face| face.iter().map(|v| *raised.get(v).unwrap_or(v)).collect());
        solid.faces.extend(sheet);
        let mesh = load(&solid).mesh;
        assert!(is_manifold(&mesh));
        assert_eq!(component_sizes(&mesh), [skin, solid.faces.len() - skin], "{off_mm} mm off");
        let topology = Topology::build(&mesh);
        let kept = topology.components()[0];
        for (corners, _) in mesh.triangles().iter().zip(topology.components()).filter(|&(_, &c)| c == kept) {
            for &v in corners {
                let radius_mm = mesh.vertices()[v as usize].coords.norm();
                assert!((radius_mm - 100.0).abs() < 1e-3, "{off_mm} mm off: {radius_mm} mm");
            }
        }
    }
}

/// A strip with half a turn in it whose ends meet at an edge with a fin.
#[test]
fn no_pair_is_joined_that_would_leave_one_side() {
    const STEPS: u32 = 24;
    let place = |i: u32, across: f32| {
        let turn = std::f32::consts::TAU * i as f32 / STEPS as f32;
        let radius = 100.0 + across * (0.5 * turn).cos();
        [radius * turn.cos(), radius * turn.sin(), across * (0.5 * turn).sin()]
    };
    let mut vertices: Vec<[f32; 3]> = (0..STEPS).flat_map(|i| [place(i, -20.0), place(i, 20.0)]).collect();
    // After half a turn low is high.
    let at = |i: u32, high: u32| if i < STEPS { 2 * i + high } else { 1 - high };
    let halves = |i: u32| [vec![at(i, 0), at(i + 1, 0), at(i + 1, 1)], vec![at(i, 0), at(i + 1, 1), at(i, 1)]];
    let mut faces: Vec<Vec<u32>> = (0..STEPS).flat_map(halves).collect();
    let moebius = load(&Solid { vertices: vertices.clone(), faces: faces.clone() });
    assert!(codes(&moebius).contains(&"one-sided"));
    vertices.push([100.0, 0.0, 30.0]);
    faces.push(vec![0, 1, 2 * STEPS]);
    let cut = load(&Solid { vertices, faces });
    assert!(is_manifold(&cut.mesh));
    assert!(!codes(&cut).contains(&"one-sided") && !codes(&cut).contains(&"flipped"), "{:?}", cut.findings);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Any triangles between a few places: the outcome is a manifold with the same triangles at the same places.
    #[test]
    fn any_soup_becomes_a_manifold(
        places in prop::collection::vec(prop::array::uniform3(-100_i16..100), 4..9),
        corners in prop::collection::vec((0..9_usize, 1..8_usize, 1..7_usize), 1..40),
    ) {
        let n = places.len();
        let solid = Solid {
            vertices: places.iter().map(|place| place.map(f32::from)).collect(),
            faces: corners.iter().map(|&(a, b, c)| vec![(a % n) as u32, ((a + b) % n) as u32, ((a + b + c) % n) as u32]).collect(),
        };
        let Ok(loaded) = read(&solid.ply(Ply::Little), Format::Ply) else { return Ok(()) };
        prop_assert!(is_manifold(&loaded.mesh));
        prop_assert_eq!(Topology::build(&loaded.mesh).non_manifold_edges(), 0);
        let place = |v: u32| loaded.mesh.vertices()[v as usize].coords.map(|c| c as i64);
        let mut seen: Vec<Vec<[i64; 3]>> = loaded.mesh.triangles().iter().map(|corners| {
            let mut triangle = corners.map(|v| place(v).into());
            triangle.sort_unstable();
            triangle.to_vec()
        }).collect();
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        prop_assert_eq!(seen.len(), count, "no triangle is there twice");
    }

    /// A turned and moved mesh is cut apart in the same way.
    #[test]
    fn a_rigid_motion_changes_nothing(
        axis in prop::array::uniform3(-3.0..3.0_f64),
        shift in prop::array::uniform3(-500.0..500.0_f64),
    ) {
        // A block, a fin at a right angle to one side, and a flap at 45 degrees in a corner: ties.
        let mut solid = block();
        solid.vertices.extend([[100.0, 50.0, 200.0], [-100.0, -100.0, 50.0], [300.0, 50.0, 100.0]]);
        solid.faces.extend([vec![4, 6, 8], vec![0, 4, 9], vec![5, 6, 10], vec![5, 6, 8]]);
        let motion = Rotation3::new(Vector3::from(axis));
        let line = |v: &[f32; 3]| {
            let p = motion * Point::from(v.map(f64::from)) + Vector3::from(shift);
            format!("v {} {} {}\n", p.x, p.y, p.z)
        };
        let faces: Vec<String> = solid.triangles().iter().map(|t| format!("f {} {} {}\n", t[0] + 1, t[1] + 1, t[2] + 1)).collect();
        let moved = solid.vertices.iter().map(line).chain(faces).collect::<String>();
        let straight = load(&Solid { faces: solid.triangles().into_iter().map(Vec::from).collect(), ..solid.clone() });
        let moved = read(moved.as_bytes(), Format::Obj).unwrap();
        prop_assert_eq!(straight.mesh.triangles(), moved.mesh.triangles());
        prop_assert!(is_manifold(&moved.mesh));
    }
}
