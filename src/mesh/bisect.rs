use std::collections::BTreeMap;

use super::TriMesh;
use crate::error::Result;
use crate::geometry::Point;

/// Halves longest edges until `is_coarse` holds for no triangle; returns the finer mesh and the old triangle of each
/// new one.
///
/// Conforming longest-edge bisection (Rivara 1984, doi 10.1002/nme.1620200412): an edge is halved for all its triangles,
/// and a triangle that loses part of an edge is first halved at its longest, so that angles stay within a factor of
/// two. Old vertices keep number and place; the shape of the surface does not change. Ends when `is_coarse` is false
/// below some edge length.
pub fn bisect(mesh: &TriMesh, is_coarse: impl Fn(&[Point; 3]) -> bool) -> Result<(TriMesh, Vec<u32>)> {
    let (mut vertices, mut triangles) = (mesh.vertices().to_vec(), mesh.triangles().to_vec());
    let mut parents: Vec<u32> = (0..triangles.len() as u32).collect();
    let coarse = |vertices: &[Point], t: &[u32; 3]| is_coarse(&t.map(|v| vertices[v as usize]));
    let mut pending: Vec<bool> = triangles.iter().map(|t| coarse(&vertices, t)).collect();
    while pending.contains(&true) {
        let middles = halved_edges(&mut vertices, &triangles, &pending);
        let mut next = Division { middles: &middles, vertices: &vertices, triangles: Vec::new() };
        let (mut next_parents, mut next_pending) = (Vec::new(), Vec::new());
        for ((t, &parent), &was_coarse) in triangles.iter().zip(&parents).zip(&pending) {
            let first = next.triangles.len();
            next.divide(*t);
            let halves = &next.triangles[first..];
            next_parents.extend(halves.iter().map(|_| parent));
            next_pending.extend(halves.iter().map(|half| (was_coarse || halves.len() > 1) && coarse(&vertices, half)));
        }
        (triangles, parents, pending) = (next.triangles, next_parents, next_pending);
    }
    Ok((TriMesh::new(vertices, triangles)?, parents))
}

/// Appends the middle of the longest edge of each pending triangle and of each triangle that they disturb.
fn halved_edges(vertices: &mut Vec<Point>, triangles: &[[u32; 3]], pending: &[bool]) -> BTreeMap<[u32; 2], u32> {
    let mut middles = BTreeMap::new();
    let mut touched = vec![false; vertices.len()];
    let halve = |vertices: &mut Vec<Point>, middles: &mut BTreeMap<_, u32>, touched: &mut [bool], t: &[u32; 3]| {
        let edge = sides(t).into_iter().max_by(|&a, &b| longer(vertices, a, b)).unwrap_or_default();
        let fresh = !middles.contains_key(&edge);
        if fresh {
            middles.insert(edge, vertices.len() as u32);
            vertices.push(nalgebra::center(&vertices[edge[0] as usize], &vertices[edge[1] as usize]));
            for v in edge {
                touched[v as usize] = true;
            }
        }
        fresh
    };
    for (t, _) in triangles.iter().zip(pending).filter(|(_, pending)| **pending) {
        halve(vertices, &mut middles, &mut touched, t);
    }
    let mut spreading = true;
    while spreading {
        spreading = false;
        for t in triangles {
            let near = t.iter().filter(|&&v| touched[v as usize]).count() > 1;
            if near && sides(t).iter().any(|side| middles.contains_key(side)) {
                spreading |= halve(vertices, &mut middles, &mut touched, t);
            }
        }
    }
    middles
}

/// Halves of triangles, wound as the whole.
struct Division<'a> {
    middles: &'a BTreeMap<[u32; 2], u32>,
    vertices: &'a [Point],
    triangles: Vec<[u32; 3]>,
}

impl Division<'_> {
    fn divide(&mut self, t: [u32; 3]) {
        let halved = (0..3)
            .filter(|&side| self.middles.contains_key(&sides(&t)[side]))
            .max_by(|&a, &b| longer(self.vertices, sides(&t)[a], sides(&t)[b]));
        match halved {
            None => self.triangles.push(t),
            Some(side) => {
                let [a, b, c] = [t[side], t[(side + 1) % 3], t[(side + 2) % 3]];
                let middle = self.middles[&sides(&t)[side]];
                self.divide([a, middle, c]);
                self.divide([middle, b, c]);
            }
        }
    }
}

fn sides(t: &[u32; 3]) -> [[u32; 2]; 3] {
    [0, 1, 2].map(|i| {
        let (a, b) = (t[i], t[(i + 1) % 3]);
        [a.min(b), a.max(b)]
    })
}

/// Order by length, then by number, so that both triangles at an edge see the same order.
fn longer(vertices: &[Point], a: [u32; 2], b: [u32; 2]) -> std::cmp::Ordering {
    let length2 = |edge: [u32; 2]| (vertices[edge[1] as usize] - vertices[edge[0] as usize]).norm_squared();
    length2(a).total_cmp(&length2(b)).then(a.cmp(&b))
}
