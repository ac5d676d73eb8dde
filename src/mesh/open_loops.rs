use std::collections::BTreeMap;

use super::{Topology, TriMesh};

/// The open edges of a surface as closed loops of vertices, each with the surface on its left, in order of their
/// lowest vertex. Runs that do not close, which only a surface with inconsistent winding has, are left out.
pub fn open_loops(surface: &TriMesh) -> Vec<Vec<u32>> {
    let topology = Topology::build(surface);
    let mut onward: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (t, corners) in surface.triangles().iter().enumerate() {
        for edge in (0..3).filter(|&edge| topology.neighbour(t as u32, edge).is_none()) {
            onward.entry(corners[edge]).or_default().push(corners[(edge + 1) % 3]);
        }
    }
    let mut loops = Vec::new();
    while let Some(first) = onward.keys().next().copied() {
        let mut run = vec![first];
        let mut end = take(&mut onward, first);
        while let Some(vertex) = end.filter(|&vertex| vertex != first) {
            run.push(vertex);
            end = take(&mut onward, vertex);
        }
        if end == Some(first) && run.len() > 2 {
            loops.push(run);
        }
    }
    loops
}

fn take(onward: &mut BTreeMap<u32, Vec<u32>>, vertex: u32) -> Option<u32> {
    let ends = onward.get_mut(&vertex)?;
    let end = ends.pop();
    if ends.is_empty() {
        onward.remove(&vertex);
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Point;

    #[test]
    fn a_square_with_a_hole_has_two_loops_with_the_surface_on_the_left() {
        // A 3 x 3 grid of squares without the middle one.
        let vertices = (0..16).map(|i| Point::new(f64::from(i % 4), f64::from(i / 4), 0.0)).collect();
        let squares = (0..9).filter(|&i| i != 4).map(|i| i / 3 * 4 + i % 3);
        let triangles = squares.flat_map(|v| [[v, v + 1, v + 5], [v, v + 5, v + 4]]).collect();
        let mesh = TriMesh::new(vertices, triangles).unwrap();
        let found = open_loops(&mesh);
        let areas: Vec<f64> = found
            .iter()
            .map(|run| {
                let at = |i: usize| mesh.vertices()[run[i % run.len()] as usize];
                (0..run.len()).map(|i| at(i).x * at(i + 1).y - at(i).y * at(i + 1).x).sum::<f64>() / 2.0
            })
            .collect();
        assert_eq!(areas, [9.0, -1.0]);
    }
}
