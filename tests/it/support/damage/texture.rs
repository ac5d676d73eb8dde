//! Damage to the shape of the whole skin.

use nalgebra::Vector3;
use rand::RngExt;
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;
use tonsure::mesh::refine;

use super::decimate::decimate;
use super::{Damaged, Head, Soup};

/// Every vertex moved by a normal distribution of this standard deviation along each axis.
pub(super) fn noise(head: &Head, random: &mut Pcg64, sd_mm: f64) -> Damaged {
    let mut damaged = Damaged::of(head);
    for vertex in &mut damaged.scan.vertices {
        *vertex += Vector3::from_fn(|_, _| sd_mm * random.sample::<f64, _>(StandardNormal));
    }
    damaged.noise_mm = sd_mm;
    damaged.is_deformed = true;
    damaged
}

/// The height of every vertex rounded, as in a surface from slices.
pub(super) fn terraces(head: &Head, step_mm: f64) -> Damaged {
    let mut damaged = Damaged::of(head);
    let up = head.axes[2].iamax();
    for vertex in &mut damaged.scan.vertices {
        vertex[up] = (vertex[up] / step_mm).round() * step_mm;
    }
    damaged.noise_mm = 0.5 * step_mm;
    damaged.is_deformed = true;
    damaged
}

/// The scan with fewer triangles.
pub(super) fn decimated(head: &Head, triangles: usize) -> Damaged {
    let mut damaged = Damaged::with(head, decimate(&head.mesh, triangles));
    damaged.is_deformed = true;
    damaged
}

/// The same surface in at least so many triangles, or as near to them as halvings come.
pub(super) fn refined(head: &Head, triangles: usize) -> Damaged {
    let mut max_edge_mm = (2.0 * 2.31 * head.mesh.area_mm2() / triangles as f64).sqrt();
    let fine = loop {
        let fine = refine(&head.mesh, &[], max_edge_mm).unwrap().mesh;
        if fine.triangles().len() >= triangles {
            break fine;
        }
        max_edge_mm *= 0.85;
    };
    let (vertices, triangles) = fine.into_parts();
    Damaged::with(head, Soup { vertices, triangles })
}
