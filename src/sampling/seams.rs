//! Tests: the borders of the blocks, which are filled one after the other, leave no trace.

use kiddo::{ImmutableKdTree, SquaredEuclidean};

use super::layout::Layout;
use super::partition::Partition;
use super::surface::Surface;
use super::{Domain, Options, Spacing, sample};
use crate::geometry::Point;
use crate::mesh::{Topology, TriMesh};

const SIDE: f64 = 170.0;

fn square(n: u32) -> TriMesh {
    let step = SIDE / f64::from(n);
    let vertex = |i: u32| Point::new(f64::from(i % (n + 1)) * step, f64::from(i / (n + 1)) * step, 0.0);
    let corners = |i: u32| {
        let a = i / n * (n + 1) + i % n;
        [[a, a + 1, a + n + 2], [a, a + n + 2, a + n + 1]]
    };
    TriMesh::new((0..(n + 1) * (n + 1)).map(vertex).collect(), (0..n * n).flat_map(corners).collect()).unwrap()
}

/// For each triangle whether one beside it belongs to another block.
fn at_borders(mesh: &TriMesh, spacing_mm: f64) -> Vec<bool> {
    let layout = Layout::new(mesh, None, false).unwrap();
    let surface = Surface::new(&layout, &vec![spacing_mm; mesh.vertices().len()]);
    let partition = Partition::new(&surface);
    let mut block_of = vec![usize::MAX; mesh.triangles().len()];
    for (number, block) in partition.blocks().iter().enumerate() {
        for piece in partition.cells(block).flatten() {
            block_of[layout.triangle(piece.triangle) as usize] = number;
        }
    }
    let topology = Topology::build(mesh);
    let other =
        |t: u32, edge| topology.neighbour(t, edge).is_some_and(|n| block_of[n as usize] != block_of[t as usize]);
    (0..mesh.triangles().len() as u32).map(|t| (0..3).any(|edge| other(t, edge))).collect()
}

#[test]
fn dots_at_the_borders_of_blocks_are_as_those_inside() {
    // Triangles of 0.7 mm; some eighty blocks.
    let mesh = square(240);
    let borders = at_borders(&mesh, 1.0);
    // Places beside open edges are left out.
    let inner = |point: &Point| [point.x, point.y].iter().all(|c| (4.0..SIDE - 4.0).contains(c));
    let (mut counts, mut areas, mut nearest) = ([0.0; 2], [0.0; 2], [0.0; 2]);
    for triangle in (0..mesh.triangles().len() as u32).filter(|&t| inner(&mesh.middle(t))) {
        areas[usize::from(borders[triangle as usize])] += mesh.triangle_area_mm2(triangle);
    }
    for seed in 0..4 {
        let domain = Domain { mesh: &mesh, spacing: Spacing::Constant(1.0) };
        let dots = sample(&domain, &[], &Options { seed, ..Options::default() }).unwrap().dots;
        let places: Vec<[f64; 3]> = dots.iter().map(|dot| dot.position.into()).collect();
        let tree = ImmutableKdTree::<f64, 3>::new_from_slice(&places).unwrap();
        for (dot, place) in dots.iter().zip(&places).filter(|(dot, _)| inner(&mesh.middle(dot.at.triangle))) {
            let at = usize::from(borders[dot.at.triangle as usize]);
            let near = tree.query(place).within::<SquaredEuclidean<f64>>(4.0).unsorted().execute();
            // The dot itself is at distance 0.
            let squared = near.iter().map(|other| other.distance).filter(|squared| *squared > 0.0);
            counts[at] += 1.0;
            nearest[at] += squared.fold(f64::INFINITY, f64::min).sqrt();
        }
    }
    let share = areas[1] / (areas[0] + areas[1]);
    assert!((0.04..0.4).contains(&share), "{share} of the area is at borders");
    let [inside, border] = [0, 1].map(|i| counts[i] / areas[i]);
    assert!((border / inside - 1.0).abs() < 0.03, "{border} dots at borders for {inside} inside");
    let [inside, border] = [0, 1].map(|i| nearest[i] / counts[i]);
    assert!((border / inside - 1.0).abs() < 0.005, "nearest dot at {border} mm at borders, {inside} inside");
}
