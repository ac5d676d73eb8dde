use super::noise::{Noise, mixed};
use super::smoothstep;
use crate::case::Edge;
use crate::geometry::{Placement, Point};
use crate::mesh::SurfaceIndex;

/// The density near the line, as a share of the full one.
///
/// The place where it begins to rise waves inwards from the line, in front of it stand single dots, and in the rise there
/// are denser and sparser spots. All of it is one positive field, so that the set of dots that it gives keeps its
/// spacings and is maximal like any other, and ends at the line.
#[derive(Debug)]
pub(super) struct SoftEdge {
    edge: Edge,
    /// The line, for the way along it.
    line: SurfaceIndex,
    /// Into the head's frame, where left and right are mirrored.
    into_head: Option<Placement>,
    waves: [Noise; 2],
    spots: [Noise; 2],
}

impl SoftEdge {
    pub(super) fn new(edge: Edge, line: &[[Point; 2]], into_head: Option<Placement>, seed: u64) -> Self {
        let noises = |stream: u64, length_mm: f64| {
            [0, 1].map(|side| Noise::new(mixed(seed ^ mixed(2 * stream + side)), length_mm))
        };
        Self {
            edge,
            line: SurfaceIndex::of_segments(line),
            into_head,
            waves: noises(1, edge.waves.unwrap_or_default().length_mm),
            spots: noises(2, 2.0 * edge.spots.unwrap_or_default().size_mm),
        }
    }

    /// At a place that lies `distance_mm` behind the line, where the full density is `full_per_cm2`.
    pub(super) fn share(&self, place: &Point, distance_mm: f64, full_per_cm2: f64) -> f64 {
        if distance_mm >= self.edge.depth_mm() || full_per_cm2 <= 0.0 {
            return 1.0;
        }
        let edge_share = self.edge.edge_share;
        let strip_mm = self.edge.sentinels.map_or(0.0, |sentinels| sentinels.width_mm);
        let ahead_mm = strip_mm + self.begins_mm(place);
        let behind_mm = distance_mm - ahead_mm;
        let risen = smoothstep(behind_mm / self.edge.width_mm);
        let base = match self.edge.sentinels {
            Some(sentinels) if behind_mm < 0.0 => {
                const MM_PER_CM: f64 = 10.0;
                let mean = sentinels.per_cm * MM_PER_CM / ahead_mm / full_per_cm2;
                // In the half of the strip that is nearer to the rise they become as many as there, which is a quarter of what
                // the strip would hold at that density.
                let rising = 0.25 * strip_mm / ahead_mm;
                let few = ((mean - rising * edge_share) / (1.0 - rising)).clamp(0.0, edge_share);
                few + (edge_share - few) * smoothstep(1.0 + 2.0 * behind_mm / strip_mm)
            }
            _ => edge_share + (1.0 - edge_share) * risen,
        };
        let spots = self.edge.spots.map_or(0.0, |spots| spots.strength * self.mixed(&self.spots, place));
        base * (1.0 + spots * (1.0 - risen))
    }

    /// How far behind the strip the rise begins, mm: from 0 to twice the amplitude.
    fn begins_mm(&self, place: &Point) -> f64 {
        let Some(waves) = self.edge.waves else { return 0.0 };
        let nearest = self.line.closest(place).map_or(*place, |hit| hit.position);
        waves.amplitude_mm * (1.0 + self.mixed(&self.waves, &nearest))
    }

    /// Noise that is partly the same on both sides of the head.
    fn mixed(&self, [mirrored, free]: &[Noise; 2], place: &Point) -> f64 {
        let Some(into_head) = &self.into_head else { return free.at(place) };
        let own = self.edge.asymmetry;
        let p = into_head.point(place);
        let sum = (1.0 - own) * mirrored.at(&Point::new(p.x.abs(), p.y, p.z)) + own * free.at(&p);
        // As strong as each of them alone.
        (sum / (1.0 - own).hypot(own)).clamp(-1.0, 1.0)
    }
}
