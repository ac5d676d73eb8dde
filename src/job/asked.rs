use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::files::read_input;
use super::ground::Ground;
use super::inputs::Inputs;
use crate::case::{Case, Edge, Landmarks, PaintedMap, Zone};
use crate::density::{
    Field, GrayImage, Hairs, HeadZones, Painted, PaintedSurface, PaintedValues, TreatedZones, ZoneBorders,
    is_coarse_for_zones,
};
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Point, PointsTable, Units, sha256};
use crate::mesh::{self, Format, SurfaceIndex, TriMesh};
use crate::plan::Dot;
use crate::region::Region;
use crate::sampling::{self, Domain, FixedDot, Options, Spacing};

/// Most trials of the sampler to find the spacing that reaches a shaped density.
const MOST_TRIALS: usize = 3;
/// Longest edges of the region where the design has fine features, mm.
const FINE_EDGE_MM: f64 = 1.2;
/// A hair farther than this from the scan was measured in another frame, mm.
const OFF_SCAN_MM: f64 = 3.0;
/// Diameter told of a hair that is there, mm; hairs have 0.06 to 0.12.
const HAIR_MM: f64 = 0.08;

/// What a case asks on its region: the density, and the hair that dots keep clear of.
#[derive(Debug)]
pub struct Asked {
    /// The density.
    pub field: Field,
    hairs: Vec<Point>,
    zones: Option<TreatedZones>,
}

impl Asked {
    /// What the design alone asks, without any file beside the case.
    pub fn of_case(case: &Case, landmarks: &Landmarks, region: &Region, seed: u64) -> Result<Self> {
        Self::of(case, landmarks, region, Painted::default(), seed)
    }

    pub(super) fn of(case: &Case, landmarks: &Landmarks, region: &Region, painted: Painted, seed: u64) -> Result<Self> {
        let field = Field::of(case, landmarks, region, &painted, seed)?;
        let zones = TreatedZones::new(case, landmarks);
        let zones = match zones {
            Err(error) if case.tools.iter().any(|tool| !tool.zones.is_empty()) => return Err(error.within("tools")),
            zones => zones.ok(),
        };
        Ok(Self { field, hairs: painted.hairs, zones })
    }

    /// Whether dots are asked nearer to each other at one place than at another.
    pub(super) fn is_graded(case: &Case) -> bool {
        case.design.edge.is_some() || Self::is_shaped(case)
    }

    /// Whether the density is more than one number and a plain edge: then it is reached by trials.
    fn is_shaped(case: &Case) -> bool {
        let design = &case.design;
        case.norwood.is_some()
            || !design.zones.is_empty()
            || !design.maps.is_empty()
            || design.whorl.is_some()
            || !design.scars.is_empty()
            || design.existing.is_some()
            || design.edge.is_some_and(|edge| edge.is_irregular())
    }

    /// Zone to which a place counts, where landmarks tell it.
    pub(super) fn zone(&self, place: &Point) -> Option<Zone> {
        self.zones.as_ref().map(|zones| zones.of(place))
    }

    /// The hairs, as dots that are there.
    pub(super) fn fixed(&self, case: &Case) -> Vec<FixedDot> {
        let keep_mm = case.design.existing.as_ref().map_or(0.0, |existing| existing.keep_mm);
        self.hairs.iter().map(|&position| FixedDot { position, normal: None, spacing_mm: keep_mm }).collect()
    }

    /// The spacing with which the sampler reaches the density, mm, at each vertex of the ground.
    ///
    /// Between hairs a part of the skin is closed to dots; those beside it stand the closer. What that, slopes and edges do
    /// to the counts is measured in trials.
    pub(super) fn spacing_mm(
        &self,
        case: &Case,
        ground: &Ground<'_>,
        fixed: &[FixedDot],
        options: &Options<'_>,
    ) -> Result<Vec<f64>> {
        if !Self::is_shaped(case) {
            return Ok(ground.spacing_mm(&ground.added_per_cm2));
        }
        let softened = |density_per_cm2: &[f64]| ground.softened_mm(ground.spacing_mm(density_per_cm2));
        let mut density_per_cm2 = self.beside_hairs(case, ground);
        for _ in 0..MOST_TRIALS {
            let spacing_mm = softened(&density_per_cm2);
            let domain = Domain { mesh: &ground.mesh, spacing: Spacing::PerVertex(&spacing_mm) };
            let trial = sampling::sample(&domain, fixed, options)?;
            match ground.corrected(&density_per_cm2, &trial.dots, self.zones.as_ref()) {
                Some(better) => density_per_cm2 = better,
                None => break,
            }
        }
        Ok(softened(&density_per_cm2))
    }

    /// The density on the skin that hairs leave open: discs around hairs scattered by chance leave the share
    /// `exp(-hairs x area of a disc)`.
    fn beside_hairs(&self, case: &Case, ground: &Ground<'_>) -> Vec<f64> {
        const MM2_PER_CM2: f64 = 100.0;
        let keep_mm = case.design.existing.as_ref().map_or(0.0, |existing| existing.keep_mm);
        if self.hairs.is_empty() {
            return ground.added_per_cm2.clone();
        }
        let disc_cm2 = std::f64::consts::PI * keep_mm * keep_mm / MM2_PER_CM2;
        let there_per_cm2 = Hairs::new(&self.hairs).density_per_cm2(&ground.mesh);
        let open = there_per_cm2.into_iter().map(|there| (-there * disc_cm2).exp().max(0.2));
        ground.added_per_cm2.iter().zip(open).map(|(added, open)| added / open).collect()
    }

    /// The hairs on the region as dots of a plan, with numbers behind those of its own.
    pub(super) fn existing(&self, case: &Case, first_id: usize, region: &Region) -> Vec<Dot> {
        let keep_mm = case.design.existing.as_ref().map_or(0.0, |existing| existing.keep_mm);
        let near = |place: &Point| region.index.closest_within(place, keep_mm.max(1.0));
        let on_region = self.hairs.iter().filter_map(|place| Some((*place, near(place)?)));
        let dot = |(number, (place, hit)): (usize, (Point, mesh::SurfaceHit))| Dot {
            id: (first_id + number) as u32,
            position_mm: place.coords.into(),
            normal: region.mesh.normal(hit.at.triangle).into(),
            spacing_mm: keep_mm,
            diameter_mm: HAIR_MM,
            depth_mm: case.design.depth_mm,
            session: 0,
            setup: None,
            tool: 1,
            order: None,
            existing: true,
            hair: true,
            normal_variation_rad: 0.0,
            patched: false,
        };
        on_region.enumerate().map(dot).collect()
    }

    /// Hairs that do not lie on the scan, which are in another unit or frame.
    pub(super) fn off_scan_finding(&self, scan: &SurfaceIndex) -> Option<Finding> {
        let off = self.hairs.iter().filter(|hair| !scan.is_within(hair, OFF_SCAN_MM)).count();
        (off > 0).then(|| {
            let message = format!(
                "{off} of {} hairs lie more than {OFF_SCAN_MM} mm off the scan and do not count",
                self.hairs.len()
            );
            Finding::new("hairs-off-scan", Severity::Warn, message)
                .times(off)
                .remedy("give their places in mm and in the scan's axes")
        })
    }

    /// What there is to say of the distance from hairs, for a spacing asked at least somewhere, mm.
    pub(super) fn keep_finding(&self, case: &Case, least_spacing_mm: f64) -> Option<Finding> {
        let keep_mm = case.design.existing.as_ref()?.keep_mm;
        (!self.hairs.is_empty() && keep_mm > least_spacing_mm).then(|| {
            let message = format!(
                "dots stand {least_spacing_mm:.2} mm apart where they are densest: there they come nearer to hairs than keep_mm, \
                 {keep_mm} mm"
            );
            Finding::new("keep-distance", Severity::Warn, message).remedy("lower keep_mm, or the density")
        })
    }
}

/// The region with edges short enough for what the design has on it.
pub(super) fn finer(region: Region, case: &Case, landmarks: &Landmarks, painted: &Painted) -> Result<Region> {
    let design = &case.design;
    let mut region = region;
    if case.norwood.is_some() || !design.zones.is_empty() {
        // Without landmarks the field is refused, with what is missing.
        if let Ok(zones) = HeadZones::new(landmarks, ZoneBorders::default()) {
            region = region.finer_where(|a, b| is_coarse_for_zones(case, &zones, [a, b]))?;
        }
    }
    for surface in painted.maps.iter().chain(&painted.existing) {
        region = finer_under(region, surface)?;
    }
    if let Some(edge) = design.edge.filter(Edge::is_irregular) {
        let line: Vec<[Point; 2]> =
            region.edges.iter().map(|ends| ends.map(|v| region.mesh.vertices()[v as usize])).collect();
        let fine_mm = edge.spots.map_or(FINE_EDGE_MM, |spots| (spots.size_mm / 3.0).clamp(0.4, FINE_EDGE_MM));
        region = region.finer_near(&SurfaceIndex::of_segments(&line), edge.depth_mm() + fine_mm, fine_mm)?;
    }
    let to_mm = case.mesh.units.in_mm();
    for scar in &design.scars {
        let places = scar.line.as_deref().unwrap_or(scar.centre.as_slice());
        let places: Vec<Point> = places.iter().map(|place| Point::from(*place) * to_mm).collect();
        let pieces: Vec<[Point; 2]> =
            (places.iter().zip(places.iter().skip(1).chain(places.last()))).map(|(a, b)| [*a, *b]).collect();
        let near_mm = scar.radius_mm.unwrap_or_default() + scar.blend_mm + FINE_EDGE_MM;
        region = region.finer_near(&SurfaceIndex::of_segments(&pieces), near_mm, FINE_EDGE_MM)?;
    }
    Ok(region)
}

/// The region with edges short enough for an image on it: between places on an edge its tones run nearly in a line.
fn finer_under(region: Region, surface: &PaintedSurface) -> Result<Region> {
    /// Longer edges could pass over something small.
    const COARSE_MM: f64 = 4.0;
    /// What the middle may be off, as a share of the step from black to white.
    const BEND: f64 = 0.05;
    let PaintedValues::Image { black, white, .. } = &surface.values else { return Ok(region) };
    let value = surface.ask();
    let bend = BEND * (white - black).abs();
    region.finer_where(|a, b| {
        let length_mm = (b - a).norm();
        if length_mm <= FINE_EDGE_MM {
            return false;
        }
        let middle = nalgebra::center(a, b);
        match (value(a), value(&middle), value(b)) {
            (Some(first), Some(middle), Some(last)) => {
                length_mm > COARSE_MM || (middle - f64::midpoint(first, last)).abs() > bend
            }
            _ => false,
        }
    })
}

/// Paths of the files that the design of a case names.
pub(super) fn files(case: &Case) -> impl Iterator<Item = (String, &String)> {
    let maps = case.design.maps.iter().enumerate().flat_map(|(index, map)| of_map(format!("map-{index}"), map));
    let existing = || case.design.existing.iter();
    let hairs = existing().filter_map(|hair| hair.file.as_ref()).map(|file| ("existing".to_owned(), file));
    let map = existing().filter_map(|hair| hair.map.as_ref()).flat_map(|map| of_map("existing".to_owned(), map));
    maps.chain(hairs).chain(map)
}

fn of_map(role: String, map: &PaintedMap) -> impl Iterator<Item = (String, &String)> {
    let image = map.texture.as_ref().and_then(|texture| texture.image.as_ref());
    let image = image.map(|image| (format!("{role}-image"), image));
    std::iter::once((role, &map.file)).chain(image)
}

/// Reads what the design of a case names, from its folder, with digests by role.
pub(super) fn read_painted(inputs: &Inputs) -> Result<(Painted, BTreeMap<String, String>)> {
    let case = &inputs.case;
    let folder = Path::new(&inputs.case_file).parent().map_or_else(PathBuf::new, Path::to_path_buf);
    let mut digests = BTreeMap::new();
    for (role, file) in files(case) {
        digests.insert(role, sha256(&read_input(&folder.join(file))?));
    }
    let mut findings = Vec::new();
    let mut surface = |map: &PaintedMap| -> Result<PaintedSurface> {
        let (surface, seen) = read_map(map, &folder, case.mesh.units)?;
        findings.extend(seen);
        Ok(surface)
    };
    let existing = case.design.existing.as_ref();
    let hairs = match existing.and_then(|existing| existing.file.as_ref()) {
        None => Vec::new(),
        Some(file) => {
            let path = folder.join(file);
            read_hairs(&read_input(&path)?).map_err(|error| error.file(path.display().to_string()))?
        }
    };
    let maps = case.design.maps.iter().map(&mut surface).collect::<Result<_>>()?;
    let existing = existing.and_then(|existing| existing.map.as_ref()).map(&mut surface).transpose()?;
    Ok((Painted { maps, existing, hairs, findings }, digests))
}

fn read_hairs(bytes: &[u8]) -> Result<Vec<Point>> {
    let table = PointsTable::read(bytes)?;
    if table.has_z {
        return Ok(table.points);
    }
    Err(Error::input("two coordinates")
        .place("header")
        .expected("places in space: x_mm, y_mm and z_mm")
        .remedy("give each hair its place on the scan"))
}

fn read_map(map: &PaintedMap, folder: &Path, units: Units) -> Result<(PaintedSurface, Vec<Finding>)> {
    let path = folder.join(&map.file);
    let file = path.display().to_string();
    let Some(texture) = &map.texture else {
        return Ok((read_property(map, &path, units)?, Vec::new()));
    };
    let bytes = read_input(&path)?;
    let beside = |side_file: &str| read_input(&path.with_file_name("").join(side_file));
    let own_image = texture.image.is_none();
    let mapped = Format::of_path(&path)
        .and_then(|format| mesh::read_mapped(&bytes, format, units, own_image, &beside))
        .map_err(|error| error.file(&file))?;
    let (png, image_file) = match (&texture.image, mapped.image) {
        (Some(image), _) => {
            let path = folder.join(image);
            (read_input(&path)?, path.display().to_string())
        }
        (None, Some(png)) => (png, format!("{file}, its image")),
        (None, None) => {
            return Err(Error::input("no image for the base colour")
                .file(file)
                .expected("a glTF with one, or the path of a PNG")
                .remedy("add \"image\" to the texture in the case"));
        }
    };
    let image = GrayImage::read_png(&png).map_err(|error| error.file(image_file))?;
    let values = PaintedValues::Image { image, uv: mapped.uv, black: texture.black, white: texture.white };
    Ok((PaintedSurface { mesh: mapped.mesh, values }, mapped.findings))
}

/// A vertex property of a PLY.
fn read_property(map: &PaintedMap, path: &Path, units: Units) -> Result<PaintedSurface> {
    let file = path.display().to_string();
    let (mesh, mut properties) = mesh::read_region_ply(&read_input(path)?).map_err(|error| error.file(&file))?;
    let name = map.property.as_deref().unwrap_or_default();
    let Some(values) = properties.remove(name) else {
        let known: Vec<&str> = properties.keys().map(String::as_str).collect();
        return Err(Error::input(format!("no vertex property \"{name}\""))
            .file(file)
            .expected(format!("one of its scalar vertex properties: {}", known.join(", ")))
            .remedy("correct \"property\" in the case"));
    };
    let (vertices, triangles) = mesh.into_parts();
    let vertices = vertices.into_iter().map(|v| v * units.in_mm()).collect();
    Ok(PaintedSurface { mesh: TriMesh::new(vertices, triangles)?, values: PaintedValues::PerVertex(values) })
}
