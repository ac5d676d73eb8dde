//! Refinement: same surface, no cracks, no long edges, parents and marked edges kept.

use super::shapes::{octasphere, outline, square};
use super::soup::soup;
use proptest::prelude::*;
use tonsure::geometry::Point;
use tonsure::mesh::{Refined, Topology, TriMesh, refine};

fn longest(mesh: &TriMesh) -> f64 {
    let sides = mesh.triangles().iter().flat_map(|&[a, b, c]| [[a, b], [b, c], [c, a]]);
    sides.map(|e| length(mesh, e)).fold(0.0, f64::max)
}

fn length(mesh: &TriMesh, edge: [u32; 2]) -> f64 {
    let [a, b] = edge.map(|v| mesh.vertices()[v as usize]);
    (b - a).norm()
}

fn least_angle(mesh: &TriMesh) -> f64 {
    let angles = (0..mesh.triangles().len() as u32).flat_map(|t| {
        let [a, b, c] = mesh.corners(t);
        [(b - a).angle(&(c - a)), (c - b).angle(&(a - b)), (a - c).angle(&(b - c))]
    });
    angles.fold(f64::INFINITY, f64::min)
}

fn sides(mesh: &TriMesh) -> Vec<[u32; 2]> {
    let sides = mesh.triangles().iter().flat_map(|&[a, b, c]| [[a, b], [b, c], [c, a]]);
    let mut sides: Vec<[u32; 2]> = sides.map(|[a, b]| [a.min(b), a.max(b)]).collect();
    sides.sort_unstable();
    sides.dedup();
    sides
}

fn check(mesh: &TriMesh, edges: &[[u32; 2]], max_edge_mm: f64) -> Refined {
    let refined = refine(mesh, edges, max_edge_mm).unwrap();
    assert!(longest(&refined.mesh) <= max_edge_mm);
    assert_eq!(&refined.mesh.vertices()[..mesh.vertices().len()], mesh.vertices());
    // Pieces wind as their triangle does, and fill it.
    let mut areas = vec![0.0; mesh.triangles().len()];
    for (t, &parent) in (0..).zip(&refined.parent) {
        assert!(refined.mesh.double_area_vector(t).dot(&mesh.double_area_vector(parent)) >= -1e-12);
        areas[parent as usize] += refined.mesh.triangle_area_mm2(t);
    }
    for (t, area) in (0..).zip(areas) {
        assert!((area - mesh.triangle_area_mm2(t)).abs() < 1e-9);
    }
    // Marked edges come back as chains of sides between their old ends.
    let all = sides(&refined.mesh);
    let mut pieces = refined.edges.iter().peekable();
    for &[a, b] in edges {
        let (mut at, mut along) = (a, 0.0);
        while at != b {
            let piece = *pieces.next().unwrap();
            assert_eq!(piece[0], at);
            assert!(all.binary_search(&[piece[0].min(piece[1]), piece[0].max(piece[1])]).is_ok());
            along += length(&refined.mesh, piece);
            at = piece[1];
        }
        assert!((along - length(mesh, [a, b])).abs() < 1e-9);
    }
    assert!(pieces.next().is_none());
    refined
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_mesh_is_refined(mesh in soup(), max_edge_mm in 0.4..3.0_f64, picks in prop::collection::vec(0..60_usize, 0..4)) {
        let edges: Vec<[u32; 2]> = picks.iter().map(|i| mesh.triangles()[i % mesh.triangles().len()]).map(|[a, b, _]| [b, a]).collect();
        check(&mesh, &edges, max_edge_mm);
    }

    #[test]
    fn no_cracks_open(depth in 0..3_usize, max_edge_mm in 0.05..1.5_f64) {
        let sphere = octasphere(depth);
        let refined = check(&sphere, &[], max_edge_mm);
        let topology = Topology::build(&refined.mesh);
        prop_assert_eq!([topology.open_edges(), topology.non_manifold_edges(), topology.component_count()], [0, 0, 1]);
        let (v, e, f) = (refined.mesh.vertices().len(), sides(&refined.mesh).len(), refined.mesh.triangles().len());
        prop_assert_eq!(v + f, e + 2);
        prop_assert!(least_angle(&refined.mesh) >= 0.5 * least_angle(&sphere) - 1e-9);
    }
}

#[test]
fn the_outline_stays_the_outline() {
    let mesh = square(4, 10.0, 0.3);
    let refined = check(&mesh, &outline(&mesh), 3.0);
    let mut edges: Vec<[u32; 2]> = refined.edges.iter().map(|&[a, b]| [a.min(b), a.max(b)]).collect();
    edges.sort_unstable();
    assert_eq!(edges, outline(&refined.mesh));
    assert!(edges.len() > outline(&mesh).len());
}

#[test]
fn slivers_come_to_an_end() {
    for height in [1e-3, 1e-9, 0.0] {
        let vertices = [[0., 0., 0.], [100., 0., 0.], [37., height, 0.], [50., 30., 0.]].map(Point::from).into();
        let mesh = TriMesh::new(vertices, vec![[0, 2, 1], [0, 1, 3]]).unwrap();
        let refined = check(&mesh, &[[0, 1]], 1.0);
        assert!(refined.mesh.triangles().len() < 20_000, "{}", refined.mesh.triangles().len());
    }
}

#[test]
fn a_fine_mesh_is_left_alone() {
    let mesh = square(3, 1.0, 0.0);
    let refined = refine(&mesh, &[[0, 1]], 2.0).unwrap();
    assert_eq!(refined, Refined { parent: (0..18).collect(), edges: vec![[0, 1]], mesh });
}

#[test]
fn a_length_that_cannot_be_is_an_error() {
    let mesh = square(3, 1.0, 0.0);
    for length in [0.0, -1.0, f64::NAN, 1e-9] {
        let message = refine(&mesh, &[], length).unwrap_err().to_string();
        assert!(message.contains("largest edge of"), "{message}");
    }
}
