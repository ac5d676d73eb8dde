use kiddo::{ImmutableKdTree, SquaredEuclidean};

use super::Sample;
use crate::error::{Error, Result};
use crate::mesh::TriMesh;

/// Spacings around a dot in which pairs are looked for. A maximal set has a dot within 2 spacings of every dot.
const NEIGHBOURHOOD: f64 = 2.0;

/// How well dots keep the rule, found by a search tree over the finished dots.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Audit {
    /// Least distance of two dots, whatever their sheets, mm; infinite without a pair within 2 spacings.
    pub nearest_pair_mm: f64,
    /// Mean distance of a dot to its nearest one, mm; NaN for less than two dots within 2 spacings.
    pub mean_nearest_mm: f64,
    /// Least distance over the rule among neighbours; at least 1 when the rule is kept.
    pub min_over_rule: f64,
    /// The pair with that distance.
    pub tightest_pair: Option<[u32; 2]>,
    /// Neighbours that break the rule.
    pub violations: usize,
    /// Pairs nearer than the rule that do not count because they lie on facing sheets.
    pub facing_pairs: usize,
}

/// Measures the distances of the dots by code that shares nothing with the sampler. `sheets_apart` as in
/// [`Options`](super::Options).
pub fn audit(mesh: &TriMesh, dots: &[Sample], sheets_apart: bool) -> Result<Audit> {
    let mut audit = Audit {
        nearest_pair_mm: f64::INFINITY,
        mean_nearest_mm: f64::NAN,
        min_over_rule: f64::INFINITY,
        tightest_pair: None,
        violations: 0,
        facing_pairs: 0,
    };
    if dots.is_empty() {
        return Ok(audit);
    }
    let positions: Vec<[f64; 3]> = dots.iter().map(|dot| dot.position.into()).collect();
    let tree = ImmutableKdTree::<f64, 3>::new_from_slice(&positions)
        .map_err(|error| Error::system(format!("no search tree over {} dots: {error}", dots.len())))?;
    let (mut sum, mut with_neighbour) = (0.0, 0);
    for (i, dot) in dots.iter().enumerate() {
        let reach = (NEIGHBOURHOOD * dot.spacing_mm).powi(2);
        let near = tree.query(&positions[i]).within::<SquaredEuclidean<f64>>(reach).unsorted();
        let mut nearest = f64::INFINITY;
        for (other, j) in near.execute().iter().map(|found| (&dots[found.item as usize], found.item)) {
            if j as usize == i {
                continue;
            }
            let distance = (dot.position - other.position).norm();
            nearest = nearest.min(distance);
            // A pair is judged once, from the side of the larger number unless only the other side sees it.
            let seen_twice = distance <= NEIGHBOURHOOD * other.spacing_mm;
            if seen_twice && (j as usize) > i {
                continue;
            }
            let over_rule = distance / dot.spacing_mm.min(other.spacing_mm);
            let facing = || mesh.normal(dot.at.triangle).dot(&mesh.normal(other.at.triangle)) <= 0.0;
            if sheets_apart && facing() {
                audit.facing_pairs += usize::from(over_rule < 1.0);
                continue;
            }
            audit.violations += usize::from(over_rule < 1.0);
            if over_rule < audit.min_over_rule {
                audit.min_over_rule = over_rule;
                audit.tightest_pair = Some([i as u32, j]);
            }
        }
        if nearest.is_finite() {
            audit.nearest_pair_mm = audit.nearest_pair_mm.min(nearest);
            (sum, with_neighbour) = (sum + nearest, with_neighbour + 1);
        }
    }
    if with_neighbour > 0 {
        audit.mean_nearest_mm = sum / f64::from(with_neighbour);
    }
    Ok(audit)
}
