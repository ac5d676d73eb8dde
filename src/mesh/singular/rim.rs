use super::flap::Flap;
use crate::mesh::edge_table::ends;
use crate::mesh::{Topology, TriMesh};

/// Triangles behind the rim over whose edges the surface is followed: a sheet that rises from the skin must bend back
/// behind the triangles that rise, and two steps come over those. More steps tell real heads no better from sheets.
const STEPS_BEHIND: usize = 2;

/// The edges along which two pieces meet, and those close behind.
#[derive(Debug, Default)]
pub(super) struct Rim {
    length_mm: f64,
    /// Sum of the bends from the one piece to the other.
    bends_mm: f64,
    /// One side of each edge behind, with repetitions.
    behind: Vec<u32>,
}

impl Rim {
    /// Adds an edge by the triangle of either piece.
    pub(super) fn add(&mut self, mesh: &TriMesh, topology: &Topology, [p, q]: [&Flap; 2]) {
        self.length_mm += p.length_mm;
        self.bends_mm += p.bend_mm(q);
        for flap in [p, q] {
            self.walk(mesh, topology, flap.side, STEPS_BEHIND);
        }
    }

    /// Adds the edges behind a side that `steps` steps over edges with two triangles cross.
    fn walk(&mut self, mesh: &TriMesh, topology: &Topology, side: u32, steps: usize) {
        if steps == 0 {
            return;
        }
        for turn in [1, 2] {
            let out = side / 3 * 3 + (side + turn) % 3;
            if let Some(back) = other_side(mesh, topology, out) {
                self.behind.push(out.min(back));
                self.walk(mesh, topology, back, steps - 1);
            }
        }
    }

    /// How much the two together bend along the rim, per length: 0 where they are level.
    pub(super) fn bend(mut self, mesh: &TriMesh, topology: &Topology) -> f64 {
        self.behind.sort_unstable();
        self.behind.dedup();
        let bend_mm = |&side: &u32| {
            other_side(mesh, topology, side).map(|other| Flap::of(mesh, side).bend_mm(&Flap::of(mesh, other)))
        };
        let behind_mm: f64 = self.behind.iter().filter_map(bend_mm).sum();
        (self.bends_mm + behind_mm) / self.length_mm.max(f64::MIN_POSITIVE)
    }
}

/// The other side of an edge with two triangles.
fn other_side(mesh: &TriMesh, topology: &Topology, side: u32) -> Option<u32> {
    let edge = ends(mesh.triangles(), side);
    let across = topology.neighbour(side / 3, side as usize % 3)?;
    (3 * across..3 * across + 3).find(|&other| ends(mesh.triangles(), other) == edge)
}
