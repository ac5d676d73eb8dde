use std::collections::BTreeMap;

use super::TriMesh;
use super::edge_table::EdgeTable;

/// The edges across which a triangle has no other one, or more than one: from corner to corner as the triangle is wound,
/// in the order of the triangles.
pub fn open_edges(surface: &TriMesh) -> Vec<[u32; 2]> {
    let table = EdgeTable::build(surface.vertices().len(), surface.triangles());
    let open = table.edges().filter(|sides| sides.len() != 2);
    let mut sides: Vec<u32> = open.flatten().map(|&(_, side)| side).collect();
    sides.sort_unstable();
    let ends = |side: u32| {
        let corners = surface.triangles()[side as usize / 3];
        [corners[side as usize % 3], corners[(side as usize + 1) % 3]]
    };
    sides.into_iter().map(ends).collect()
}

/// The open edges of a surface as closed loops of vertices, each with the surface on its left, in order of their
/// lowest vertex. Runs that do not close, which only a surface with inconsistent winding has, are left out.
pub fn open_loops(surface: &TriMesh) -> Vec<Vec<u32>> {
    let mut onward: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for [from, to] in open_edges(surface) {
        onward.entry(from).or_default().push(to);
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
