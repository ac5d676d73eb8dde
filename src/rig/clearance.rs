use super::{Holder, Joints, Pose, Profile, Sweep, forward};
use crate::geometry::{Placement, Point};
use crate::mesh::SurfaceIndex;

/// A move that comes this much nearer than it may is found; one that stays this much farther off is let through, mm.
const FINEST_MM: f64 = 0.02;
/// What a place has to have to spare for moves to start from it, mm: above `WRITTEN_MM` and twice `FINEST_MM`.
const SPARE_MM: f64 = 0.06;
/// The needle may meet the scan this much above the dot: roughness of a scan, mm.
const ROUGHNESS_MM: f64 = 0.5;
/// How far above a dot the needle's axis must not meet the scan: farther than any head is long, so that the skin inside
/// of a scan counts as out of reach, mm.
const WAY_OUT_MM: f64 = 300.0;
/// What the decimals of a program may take from the clearance: two at the ends of travels, mm.
const WRITTEN_MM: f64 = 0.012;
/// Queries look this much farther than they need to, so that "just as far" is told from "farther", mm.
const BEYOND_MM: f64 = 1e-6;

/// What is in the way of a stroke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The scan comes too close to the needle, or crosses its way to the dot.
    Needle,
    /// The scan comes closer to the holder than the clearance.
    Holder,
}

/// Keeps the needle and its holder away from a scan. Looked at from the head: where the rest turns, it is the tool that
/// moves around the scan.
#[derive(Debug)]
pub struct Clearance<'a> {
    profile: &'a Profile,
    scan: &'a SurfaceIndex,
    rig_to_mesh: Placement,
}

impl<'a> Clearance<'a> {
    /// From a scan and its place in the rig.
    pub fn new(profile: &'a Profile, scan: &'a SurfaceIndex, mesh_to_rig: &Placement) -> Self {
        Self { profile, scan, rig_to_mesh: mesh_to_rig.inverse() }
    }

    /// Whether needle and holder keep the profile's clearance during a move that is linear in the joints.
    ///
    /// The whole way is covered, without gaps: it is halved until in the middle of each piece every part of the tool is
    /// farther off than it goes from there to either end of the piece.
    pub fn is_kept(&self, from: &Joints, to: &Joints) -> bool {
        let bend_mm = Sweep::new(self.profile, from, to).bend_mm();
        let tool = |share: f64| Tool::new(&self.profile.holder, &self.pose(&from.lerp(to, share)));
        let mut open = vec![Piece { span: [0.0, 1.0], ends: [tool(0.0), tool(1.0)] }];
        while let Some(Piece { span: [start, end], ends }) = open.pop() {
            let share = 0.5 * (start + end);
            let middle = tool(share);
            let bow_mm = bend_mm * (end - share).powi(2) / 8.0;
            let ways_mm = middle.farthest_from(&ends).map(|way_mm| way_mm + bow_mm);
            match self.room(&middle, ways_mm) {
                Room::Enough => {}
                Room::TooLittle => return false,
                Room::Unknown if ways_mm.into_iter().all(|way_mm| way_mm < FINEST_MM) => return false,
                Room::Unknown => {
                    open.push(Piece { span: [share, end], ends: [middle, ends[1]] });
                    open.push(Piece { span: [start, share], ends: [ends[0], middle] });
                }
            }
        }
        true
    }

    /// Whether a stroke from the approach point to `depth_mm` below `skin` (its pose on the skin) has a free way, with
    /// enough to spare at the approach point to leave it.
    pub fn stroke(&self, skin: &Pose, depth_mm: f64) -> Result<(), Obstacle> {
        let Profile { holder, approach_mm, clearance_mm, .. } = self.profile;
        let skin = Pose { tip: self.rig_to_mesh.point(&skin.tip), needle: self.rig_to_mesh.direction(&skin.needle) };
        let above = |distance_mm: f64| skin.tip + skin.needle * distance_mm;
        // All places of the holder between strike and approach lie on one axis.
        let (bottom, top) = (above(holder.from_tip_mm - depth_mm), above(holder.to_tip_mm + approach_mm));
        let body_is_clear = holder.body.is_none_or(|body| {
            let (bottom, top) = (above(holder.to_tip_mm - depth_mm), above(body.to_tip_mm + approach_mm));
            self.segment_is_clear(&bottom, &top, body.radius_mm + clearance_mm + SPARE_MM)
        });
        if !body_is_clear || !self.segment_is_clear(&bottom, &top, holder.radius_mm + clearance_mm + SPARE_MM) {
            return Err(Obstacle::Holder);
        }
        let crossed = self.scan.is_occluded(&above(ROUGHNESS_MM), &skin.needle, WAY_OUT_MM);
        let (tip, shank) = (above(*approach_mm), above(approach_mm + holder.from_tip_mm));
        if crossed || !self.segment_is_clear(&tip, &shank, clearance_mm + SPARE_MM) {
            return Err(Obstacle::Needle);
        }
        Ok(())
    }

    /// Distance of a needle's tip from the scan, mm; infinite without a scan.
    pub fn tip_height_mm(&self, pose: &Pose) -> f64 {
        self.scan.closest(&self.rig_to_mesh.point(&pose.tip)).map_or(f64::INFINITY, |hit| hit.distance_mm)
    }

    /// Pose in the scan's frame.
    fn pose(&self, joints: &Joints) -> Pose {
        let pose = forward(self.profile, joints);
        Pose { tip: self.rig_to_mesh.point(&pose.tip), needle: self.rig_to_mesh.direction(&pose.needle) }
    }

    /// Whether the tool keeps the clearance while its places go as far as that from where it is: tip, lower and upper end of
    /// the holder, end of its body.
    fn room(&self, tool: &Tool, [tip_mm, bottom_mm, top_mm, end_mm]: [f64; 4]) -> Room {
        let [tip, bottom, top, end] = &tool.places;
        let holder = &self.profile.holder;
        let clearance_mm = self.profile.clearance_mm + WRITTEN_MM;
        let parts = [
            Some((tip, bottom, clearance_mm, tip_mm.max(bottom_mm))),
            Some((bottom, top, clearance_mm + holder.radius_mm, bottom_mm.max(top_mm))),
            holder.body.map(|body| (top, end, clearance_mm + body.radius_mm, top_mm.max(end_mm))),
        ];
        let mut room = Room::Enough;
        for (a, b, least_mm, way_mm) in parts.into_iter().flatten() {
            let distance_mm = self.scan.segment_distance(a, b, least_mm + way_mm + BEYOND_MM);
            if distance_mm < least_mm {
                return Room::TooLittle;
            }
            if distance_mm < least_mm + way_mm {
                room = Room::Unknown;
            }
        }
        room
    }

    fn segment_is_clear(&self, a: &Point, b: &Point, least_mm: f64) -> bool {
        self.scan.segment_distance(a, b, least_mm + BEYOND_MM) >= least_mm
    }
}

/// Part of a move, as shares of it, and the tool at its ends.
#[derive(Debug)]
struct Piece {
    span: [f64; 2],
    ends: [Tool; 2],
}

/// What is known of a piece of a move.
#[derive(Debug, Clone, Copy)]
enum Room {
    Enough,
    TooLittle,
    Unknown,
}

/// The needle's axis: its tip, the lower and upper end of the holder, and the end of its body.
#[derive(Debug, Clone, Copy)]
struct Tool {
    places: [Point; 4],
}

impl Tool {
    fn new(holder: &Holder, pose: &Pose) -> Self {
        Self {
            places: [0.0, holder.from_tip_mm, holder.to_tip_mm, holder.end_mm()]
                .map(|height_mm| pose.drawn_back(height_mm).tip),
        }
    }

    /// How far each place is from where it is at the farther of the ends, mm. Places between two go no farther than the
    /// farther one of them.
    fn farthest_from(&self, ends: &[Self; 2]) -> [f64; 4] {
        [0, 1, 2, 3].map(|k: usize| {
            let [start, end] = ends.each_ref().map(|end| (end.places[k] - self.places[k]).norm());
            start.max(end)
        })
    }
}
