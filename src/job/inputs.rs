use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::asked;
use super::files::read_input;
use super::patch_test::read_calibration;
use super::sides::{self, Sides};
use crate::case::{Case, Landmarks, check_smoothing};
use crate::error::{Error, Finding, Result};
use crate::geometry::{Point, Units, sha256};
use crate::mesh::{self, Loaded};
use crate::region::boundary::{self, Boundary};
use crate::rig::{self, Profile, Registration};
use crate::treatment::patch_test::Calibration;

/// Everything a plan is made from, read and checked each for itself. Coordinates are mm.
#[derive(Debug)]
pub struct Inputs {
    /// The case as it was read; without a name it has that of the boundary.
    pub case: Case,
    /// Path of the case, as errors show it.
    pub case_file: String,
    /// Path of the boundary, as errors show it.
    pub boundary_file: String,
    /// The scan.
    pub scan: Loaded,
    /// The drawn line.
    pub boundary: Boundary,
    /// Landmarks: those of the case, else those of the boundary file.
    pub landmarks: Landmarks,
    /// The rig.
    pub profile: Profile,
    /// What was measured on the day.
    pub registration: Option<Registration>,
    /// What a patch test has taught.
    pub calibration: Option<Calibration>,
    /// SHA-256 of every file by role; of the case by what it says ([`Case::sha256`]).
    pub sha256: BTreeMap<String, String>,
}

impl Inputs {
    /// Reads the case and the files that it names, and refuses landmarks of a mirrored head: they would turn its face
    /// to the back of the head rest. The scan is smoothed if `smooth_mm` or the case asks for it.
    pub fn read(case_path: &Path, smooth_mm: Option<f64>) -> Result<Self> {
        let inputs = Self::gather(case_path, smooth_mm)?;
        let file = if inputs.case.landmarks.is_some() { &inputs.case_file } else { &inputs.boundary_file };
        match Sides::of_landmarks(&inputs.landmarks) {
            Some(Sides::Mirrored) => Err(sides::mirrored().file(file)),
            _ => Ok(inputs),
        }
    }

    /// Reads the case and the files that it names, whatever they say together. The scan is smoothed if `smooth_mm` or
    /// the case asks for it; the case then says the length that was used.
    pub(super) fn gather(case_path: &Path, smooth_mm: Option<f64>) -> Result<Self> {
        let bytes = read_input(case_path)?;
        let shown = case_path.display().to_string();
        let mut case = Case::parse(&bytes, &shown)?;
        let mut digests = BTreeMap::from([("case".to_owned(), case.sha256()?)]);
        case.mesh.smooth_mm = smooth_mm.or(case.mesh.smooth_mm);
        let folder = case_path.parent().unwrap_or(Path::new("."));

        let (profile, text) = read_profile(&case.rig, folder).map_err(|error| error.file(&shown).place("rig"))?;
        if case.design.depth_mm > profile.depth_cap_mm {
            return Err(Error::input(format!("a depth of {} mm", case.design.depth_mm))
                .file(&shown)
                .place("design.depth_mm")
                .expected(format!("at most {} mm, the depth cap of the rig \"{}\"", profile.depth_cap_mm, profile.name))
                .remedy("lower the depth, or have the rig's profile approved for more"));
        }
        profile.depth.fits([case.design.depth_mm]).map_err(|error| error.file(&shown))?;
        digests.insert("rig".to_owned(), sha256(&text));

        let mut scan = mesh::load(&folder.join(&case.mesh.file), Some(case.mesh.units))?;
        if let Some(smooth_mm) = case.mesh.smooth_mm {
            smooth_scan(&mut scan, smooth_mm)?;
        }
        digests.insert("mesh".to_owned(), scan.sha256.clone());

        let boundary_path = folder.join(&case.boundary.file);
        let (boundary, digest) = read_boundary(&boundary_path, case.mesh.units)?;
        digests.insert("boundary".to_owned(), digest);
        case.name.get_or_insert_with(|| boundary.name.clone());
        let boundary_file = boundary_path.display().to_string();
        let landmarks = merged_landmarks(&case, &boundary.landmarks);

        let file = case.registration.as_ref().and_then(|choice| choice.file.as_ref());
        let registration = file.map(|file| read_registration(&folder.join(file), case.mesh.units)).transpose()?;
        let registration = registration.map(|(registration, digest)| {
            digests.insert("registration".to_owned(), digest);
            registration
        });
        let calibration =
            case.design.calibration.as_ref().map(|choice| read_calibration(choice, folder)).transpose()?;
        let calibration = calibration.map(|(calibration, digest)| {
            digests.insert("calibration".to_owned(), digest);
            calibration
        });
        Ok(Self {
            case,
            case_file: shown,
            boundary_file,
            scan,
            boundary,
            landmarks,
            profile,
            registration,
            calibration,
            sha256: digests,
        })
    }

    /// Paths of the files that the case was read from.
    pub(super) fn files(&self, case_path: &Path) -> Vec<PathBuf> {
        let case = &self.case;
        let registration = case.registration.as_ref().and_then(|choice| choice.file.as_ref());
        let calibration = case.design.calibration.as_ref().map(|choice| &choice.file);
        let named =
            [&case.mesh.file, &case.boundary.file, &case.rig].into_iter().chain(registration).chain(calibration);
        let named = named.chain(asked::files(case).map(|(_, file)| file));
        let folder = case_path.parent().unwrap_or(Path::new("."));
        named.map(|file| folder.join(file)).chain([case_path.to_owned()]).collect()
    }

    /// The point that tells which side of the line is treated: the boundary's own, else the vertex.
    pub fn inside_point(&self) -> Result<Point> {
        self.boundary.inside_point.or(self.landmarks.vertex.map(Point::from)).ok_or_else(|| {
            Error::input("neither an inside point nor the landmark vertex")
                .file(&self.boundary_file)
                .expected("a point on the side that is to be treated")
                .remedy("add \"inside_point\" to the boundary, or \"landmarks\": {\"vertex\": …} to the case")
        })
    }

    /// Takes the line as it lies on the scan, and with it the landmarks that came along.
    pub(super) fn settle(&mut self, boundary: Boundary) {
        self.landmarks = merged_landmarks(&self.case, &boundary.landmarks);
        self.boundary = boundary;
    }

    /// What reading the files brought up.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.scan.findings.iter().chain(&self.boundary.findings)
    }
}

/// Smooths a scan as it was asked, and adds to its findings how far that moved it.
pub(crate) fn smooth_scan(scan: &mut Loaded, smooth_mm: f64) -> Result<()> {
    check_smoothing(smooth_mm).map_err(|error| error.place("smoothing"))?;
    let smoothed = mesh::smooth(&scan.mesh, smooth_mm)?;
    scan.findings.extend(smoothed.findings());
    scan.summary.area_mm2 = smoothed.mesh.area_mm2();
    let size = smoothed.mesh.bounds().size();
    scan.summary.size_mm = [size.x, size.y, size.z];
    scan.mesh = smoothed.mesh;
    Ok(())
}

/// A boundary file with the digest of its bytes.
pub(crate) fn read_boundary(path: &Path, units: Units) -> Result<(Boundary, String)> {
    let bytes = read_input(path)?;
    let mut boundary = boundary::read(&bytes, &path.display().to_string(), units)?;
    boundary.findings.extend(boundary.wide_gaps());
    Ok((boundary, sha256(&bytes)))
}

/// A rig profile by its built-in name or its path, with its text.
pub(crate) fn read_profile(name: &str, folder: &Path) -> Result<(Profile, Vec<u8>)> {
    if let Some(profile) = rig::builtin(name) {
        let text = serde_json::to_vec(&profile).map_err(|error| Error::system(error.to_string()))?;
        return Ok((profile, text));
    }
    let path = folder.join(name);
    if !path.exists() {
        let names: Vec<&str> = rig::builtin_names().collect();
        return Err(Error::input(format!("\"{name}\""))
            .expected(format!("a built-in rig ({}) or the path of a profile", names.join(", ")))
            .remedy("correct the name; `tonsure rigs` lists what is built in"));
    }
    let mut bytes = read_input(&path)?;
    let beside = |name: &str| {
        let path = path.with_file_name(name);
        Ok((read_input(&path)?, path.display().to_string()))
    };
    let (profile, dialect) = rig::profile_with_dialect(&bytes, &path.display().to_string(), beside)?;
    bytes.extend(dialect);
    Ok((profile, bytes))
}

/// A registration file with the digest of its bytes. One that gives no placement is refused here, where it has a name.
pub(crate) fn read_registration(path: &Path, units: Units) -> Result<(Registration, String)> {
    let bytes = read_input(path)?;
    let file = path.display().to_string();
    let registration = Registration::parse(&bytes, &file)?;
    registration.fit(units).map_err(|error| error.file(file))?;
    Ok((registration, sha256(&bytes)))
}

fn merged_landmarks(case: &Case, drawn: &Landmarks) -> Landmarks {
    let to_mm = case.mesh.units.in_mm();
    let own = case.landmarks.unwrap_or_default();
    let pick = |own: Option<[f64; 3]>, drawn: Option<[f64; 3]>| own.map(|p| p.map(|c| c * to_mm)).or(drawn);
    Landmarks {
        glabella: pick(own.glabella, drawn.glabella),
        left_tragus: pick(own.left_tragus, drawn.left_tragus),
        right_tragus: pick(own.right_tragus, drawn.right_tragus),
        inion: pick(own.inion, drawn.inion),
        vertex: pick(own.vertex, drawn.vertex),
    }
}
