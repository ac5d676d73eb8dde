use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Spot;
use crate::case::{Case, Landmarks};
use crate::error::{Error, Result};
use crate::geometry::{Placement, Point, Vector, decimal, sha256};
use crate::job::files::read_input;
use crate::job::inputs::{Inputs, read_profile};
use crate::mesh::{self, SmoothNormal, SurfaceIndex, SurfacePoint, Topology, TriMesh, submesh};
use crate::plan::SetupPlacement;
use crate::rig::{Profile, Registration, head_frame};

/// The skin that a test is made on, and what comes with it.
pub(super) struct Skin {
    pub(super) case: Case,
    pub(super) profile: Profile,
    pub(super) landmarks: Landmarks,
    pub(super) registration: Option<Registration>,
    /// How practice skin lies in the rig.
    pub(super) placed: Option<BTreeMap<String, SetupPlacement>>,
    pub(super) scan: TriMesh,
    pub(super) index: SurfaceIndex,
    pub(super) sha256: BTreeMap<String, String>,
    /// What was read.
    pub(super) files: Vec<PathBuf>,
    topology: Topology,
    middle: Point,
    /// To the right, up, and out of the skin, as one looks at it.
    axes: [Vector; 3],
}

/// The part of the skin that a test takes.
pub(super) struct Patch {
    pub(super) mesh: TriMesh,
    /// Distance of each vertex from the edge, mm.
    pub(super) distance_mm: Vec<f64>,
    pub(super) outline_mm: Vec<[f64; 3]>,
}

/// A spot farther from the scan than this is a mistake, mm.
const SNAP_MM: f64 = 3.0;
/// The skin is looked for that far above and below the plane of the test, mm: on a head it bends by 1 mm.
const DEPTH_MM: f64 = 8.0;
/// The plane of the test is that of the skin within this distance, mm.
const PLANE_MM: f64 = 10.0;
/// The face begins so far in front of the tragi, mm.
const BEHIND_TRAGUS_MM: f64 = 10.0;
/// And ends so far above the glabella: brows and the skin that moves with them, mm.
const BROW_MM: f64 = 20.0;
/// Side of the practice skin, and of its cells, mm.
const PAD_MM: [f64; 2] = [90.0, 3.0];
/// Where the middle of practice skin lies in the head frame, mm: on top, above the ears.
const PAD_AT_MM: [f64; 3] = [0.0, 0.0, 130.0];
/// The pose of the head rest that holds practice skin level.
const PAD_SETUP: &str = "upright";

impl Skin {
    pub(super) fn read(case_path: &Path, spot: Spot) -> Result<Self> {
        match spot {
            Spot::At(place) => Self::of_head(case_path, place),
            Spot::Flat => Self::flat(case_path),
        }
    }

    fn of_head(case_path: &Path, place: [f64; 3]) -> Result<Self> {
        let inputs = Inputs::read(case_path, None)?;
        let files = inputs.files(case_path);
        let index = SurfaceIndex::build(&inputs.scan.mesh);
        let spot = Point::from(place) * inputs.case.mesh.units.in_mm();
        let nearest = index.closest(&spot);
        let hit = nearest.filter(|hit| hit.distance_mm <= SNAP_MM).ok_or_else(|| {
            let [x, y, z] = place;
            let remedy = nearest.map_or_else(
                || "pick a place on the scan".to_owned(),
                |hit| {
                    let [x, y, z] =
                        (hit.position / inputs.case.mesh.units.in_mm()).coords.map(|c| decimal(c, 3)).into();
                    format!(
                        "pick a place on the scan; the nearest is {x},{y},{z}, {} mm away",
                        decimal(hit.distance_mm, 1)
                    )
                },
            );
            Error::usage(format!("{x},{y},{z}, which is not on the scan"))
                .place("--at")
                .expected(format!("a place within {SNAP_MM} mm of the scan, in its own unit and axes"))
                .remedy(remedy)
        })?;
        if is_face(&hit.position, &inputs.landmarks) {
            let [x, y, z] = place;
            return Err(Error::usage(format!("{x},{y},{z}, which lies on the face"))
                .place("--at")
                .expected("a place of the scalp, or behind an ear")
                .remedy("choose a place that hair will cover"));
        }
        let topology = Topology::build(&inputs.scan.mesh);
        let normal = mesh::smoothed_normals(&inputs.scan.mesh, &topology, &[hit.at], PLANE_MM)[0].normal;
        let marks = &inputs.landmarks;
        let mark = |mark: Option<[f64; 3]>| mark.map(Point::from);
        let head = head_frame(mark(marks.left_tragus), mark(marks.right_tragus), mark(marks.vertex)).ok();
        let from_head = head.map_or(Placement::IDENTITY, |head| head.inverse());
        // On top of the head up is to the back.
        let [up, back] = [Vector::z(), Vector::y()].map(|axis| from_head.direction(&axis));
        let up = if normal.dot(&up).abs() < 0.9 { up } else { back };
        Ok(Self {
            axes: axes(&normal, &up),
            middle: hit.position,
            landmarks: inputs.landmarks,
            registration: inputs.registration,
            placed: None,
            index,
            topology,
            sha256: inputs.sha256,
            files,
            scan: inputs.scan.mesh,
            profile: inputs.profile,
            case: inputs.case,
        })
    }

    /// Of the case only design and rig count here.
    fn flat(case_path: &Path) -> Result<Self> {
        let bytes = read_input(case_path)?;
        let shown = case_path.display().to_string();
        let mut case = Case::parse(&bytes, &shown)?;
        let case_sha256 = case.sha256()?;
        let folder = case_path.parent().unwrap_or(Path::new("."));
        let (profile, text) = read_profile(&case.rig, folder).map_err(|error| error.file(&shown).place("rig"))?;
        let rest = profile.head_rest.get(PAD_SETUP).ok_or_else(|| {
            Error::input(format!("no head rest \"{PAD_SETUP}\""))
                .file(&shown)
                .place("rig")
                .expected("a rig that can hold practice skin level")
                .remedy("add the head rest to the rig's profile")
        })?;
        case.keep_outs.clear();
        case.setups.clear();
        let at = Placement { translation_mm: PAD_AT_MM, ..Placement::IDENTITY };
        let placement = SetupPlacement {
            mesh_to_rig: at.then(rest),
            source: "explicit".to_owned(),
            fre_mm: None,
            largest_tre_mm: None,
        };
        let scan = pad()?;
        Ok(Self {
            sha256: [("case".to_owned(), case_sha256), ("rig".to_owned(), sha256(&text))].into(),
            files: vec![case_path.to_owned(), folder.join(&case.rig)],
            index: SurfaceIndex::build(&scan),
            topology: Topology::build(&scan),
            scan,
            landmarks: Landmarks::default(),
            registration: None,
            placed: Some([(PAD_SETUP.to_owned(), placement)].into()),
            middle: Point::origin(),
            axes: axes(&Vector::z(), &Vector::y()),
            profile,
            case,
        })
    }

    /// The place of the skin below a place of the test's plane.
    pub(super) fn below(&self, [x, y]: [f64; 2]) -> Result<SurfacePoint> {
        let [right, up, out] = self.axes;
        let above = self.middle + right * x + up * y + out * DEPTH_MM;
        self.index.ray(&above, &-out, 2.0 * DEPTH_MM).map(|hit| hit.at).ok_or_else(|| {
            Error::usage(format!("no skin {:.1} mm from the spot", x.hypot(y)))
                .place("--at")
                .expected("skin all around the spot, without holes or edges of the scan")
                .remedy("choose another spot, or a smaller grid")
        })
    }

    pub(super) fn normals(&self, at: &[SurfacePoint]) -> Vec<SmoothNormal> {
        mesh::smoothed_normals(&self.scan, &self.topology, at, self.case.design.normal_radius_mm)
    }

    /// The skin within a distance of the middle.
    pub(super) fn patch(&self, radius_mm: f64) -> Result<Patch> {
        const CORNERS: u32 = 48;
        let from_middle = |place: &Point| nalgebra::distance(place, &self.middle);
        let (mesh, _) = submesh(&self.scan, |triangle| {
            self.scan.corners(triangle).iter().any(|corner| from_middle(corner) <= radius_mm)
                && self.scan.normal(triangle).dot(&self.axes[2]) > 0.0
        })?;
        let distance_mm = mesh.vertices().iter().map(|place| (radius_mm - from_middle(place)).max(0.0)).collect();
        let corner = |number: u32| {
            let (sin, cos) = (f64::from(number) / f64::from(CORNERS) * std::f64::consts::TAU).sin_cos();
            let at = self.below([radius_mm * cos, radius_mm * sin])?;
            Ok(at.position(&self.scan).coords.into())
        };
        let outline_mm = (0..CORNERS).map(corner).collect::<Result<_>>()?;
        Ok(Patch { mesh, distance_mm, outline_mm })
    }
}

/// In front of the ears and below the forehead: eyes, nose, cheeks and mouth. Nothing is known without landmarks.
fn is_face(place: &Point, landmarks: &Landmarks) -> bool {
    let point = |mark: Option<[f64; 3]>| mark.map(Point::from);
    let frame = head_frame(point(landmarks.left_tragus), point(landmarks.right_tragus), point(landmarks.vertex));
    let (Ok(frame), Some(glabella)) = (frame, point(landmarks.glabella)) else { return false };
    let at = frame.point(place);
    at.y < -BEHIND_TRAGUS_MM && at.z < frame.point(&glabella).z + BROW_MM
}

fn axes(normal: &Vector, up: &Vector) -> [Vector; 3] {
    let up = (up - normal * up.dot(normal)).normalize();
    [up.cross(normal), up, *normal]
}

/// A flat square around the origin, facing up.
fn pad() -> Result<TriMesh> {
    let [side_mm, cell_mm] = PAD_MM;
    let cells = (side_mm / cell_mm).round() as u32;
    let at = |number: u32| f64::from(number) * cell_mm - 0.5 * side_mm;
    let vertices = (0..=cells).flat_map(|row| (0..=cells).map(move |column| Point::new(at(column), at(row), 0.0)));
    let triangles = (0..cells).flat_map(|row| {
        (0..cells).flat_map(move |column| {
            let corner = row * (cells + 1) + column;
            let [a, b, c, d] = [corner, corner + 1, corner + cells + 2, corner + cells + 1];
            [[a, b, c], [a, c, d]]
        })
    });
    TriMesh::new(vertices.collect(), triangles.collect())
}
