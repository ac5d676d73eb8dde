use std::borrow::Cow;

use rayon::prelude::*;

use super::edge::SoftEdge;
use super::gray_image::GrayImage;
use super::hairs::Hairs;
use super::treated_zones::HARDLY;
use super::{HeadZones, ZoneBorders, dots_asked, integral, smoothstep};
use crate::case::{Case, DENSITY_CAP_PER_CM2, Design, Landmarks, MapValues, PaintedMap, Scar, Zone};
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Aabb, Point, decimal};
use crate::mesh::{SurfaceIndex, SurfacePoint, TriMesh, distance_to_edges};
use crate::region::Region;

/// Densities below this are none, where the design asks more elsewhere: dots would stand a centimetre apart, dots per cm².
const LEAST_PER_CM2: f64 = 1.0;
/// A design that asks little everywhere is made as it stands down to this share of it.
const LEAST_SHARE: f64 = 0.05;
/// Where a treated zone passes into one without dots these end at this share of the density, or more where the spacing would change faster
/// than [`RISE_PER_BLEND`].
const FADED_SHARE: f64 = 0.15;
/// By how much the spacing may rise over the width of blending, mm per mm. The first 5 % of the dots stand 4.5 times as far apart; with a rise
/// that is half as steep again in its middle, the spacing that they ask changes by little more than themselves.
const RISE_PER_BLEND: f64 = 1.0 / 6.0;
/// A place of the region farther than this from a map has no value there, mm.
const MAP_REACH_MM: f64 = 5.0;
/// A whorl or scar farther than this from the region does nothing there, mm.
const OFF_REGION_MM: f64 = 10.0;

/// What a case names besides its own numbers, read, mm, in the scan's axes.
#[derive(Debug, Default)]
pub struct Painted {
    /// The maps of `design.maps`, in their order.
    pub maps: Vec<PaintedSurface>,
    /// The map of `design.existing`.
    pub existing: Option<PaintedSurface>,
    /// The hairs of `design.existing`.
    pub hairs: Vec<Point>,
    /// What was left out of maps.
    pub findings: Vec<Finding>,
}

/// A surface with a number at each place.
#[derive(Debug)]
pub struct PaintedSurface {
    /// The surface, mm, in the scan's axes.
    pub mesh: TriMesh,
    /// The numbers.
    pub values: PaintedValues,
}

/// The numbers on a painted surface.
#[derive(Debug)]
pub enum PaintedValues {
    /// One for each vertex, linear on the triangles.
    PerVertex(Vec<f64>),
    /// Those of an image.
    Image {
        /// The image.
        image: GrayImage,
        /// Place of each vertex on it, see [`GrayImage::at`].
        uv: Vec<[f64; 2]>,
        /// Value of black.
        black: f64,
        /// Value of white.
        white: f64,
    },
}

impl PaintedSurface {
    fn value(&self, at: &SurfacePoint) -> f64 {
        match &self.values {
            PaintedValues::PerVertex(values) => at.interpolate(&self.mesh, values),
            PaintedValues::Image { image, uv, black, white } => {
                let corners = self.mesh.triangles()[at.triangle as usize];
                let place = |k: usize| (0..3).map(|i| at.weights[i] * uv[corners[i] as usize][k]).sum();
                black + (white - black) * image.at([place(0), place(1)])
            }
        }
    }

    /// A way to ask for the number at the place nearest to a point, within 5 mm.
    pub fn ask(&self) -> impl Fn(&Point) -> Option<f64> + Sync + '_ {
        let index = SurfaceIndex::build(&self.mesh);
        move |place| Some(self.value(&index.closest_within(place, MAP_REACH_MM)?.at))
    }

    /// Refuses numbers that are no densities. Images have none such.
    fn check(&self, map: &PaintedMap) -> Result<()> {
        let PaintedValues::PerVertex(values) = &self.values else { return Ok(()) };
        match values.iter().position(|value| !(value.is_finite() && *value >= 0.0)) {
            None => Ok(()),
            Some(vertex) => Err(Error::input(format!("the value {}", values[vertex]))
                .file(&map.file)
                .place(format!("vertex {vertex}, {}", map.property.as_deref().unwrap_or_default()))
                .expected("finite numbers of 0 or more")
                .remedy("paint the map again")),
        }
    }
}

/// The density over a region, one value for each of its vertices, dots per cm².
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// All that is to be seen: hair that is there and dots; 0 where nothing is treated.
    pub total_per_cm2: Vec<f64>,
    /// What the dots add to the hair that is there.
    pub added_per_cm2: Vec<f64>,
    /// By what factor all was lowered for budgets, 1 without.
    pub lowered: f64,
    /// What maps, whorl, scars and a map of hair make of the density, as a factor: the steps in it were drawn by somebody.
    pub drawn: Vec<f64>,
    /// What was seen.
    pub findings: Vec<Finding>,
}

impl Field {
    /// The density that a case asks over its region.
    ///
    /// The base density; in zones their own, passing into each other over `design.zone_blend_mm`, or by the Norwood stage
    /// none where hair is left; maps; the whorl; scars; the rise behind the line; all lowered by one factor for the
    /// budgets of dots and of dots per cm² and session; hair that is there taken off.
    ///
    /// # Errors
    /// Zones without landmarks; maps with numbers that are no densities; nothing left to be treated.
    pub fn of(case: &Case, landmarks: &Landmarks, region: &Region, painted: &Painted, seed: u64) -> Result<Self> {
        let design = &case.design;
        let mesh = &region.mesh;
        let zones = HeadZones::new(landmarks, ZoneBorders::default());
        let asks_zones = case.norwood.is_some() || !design.zones.is_empty();
        let mut findings = painted.findings.clone();
        let mut total_per_cm2 = match &zones {
            Err(error) if asks_zones => return Err(error.clone().within("zones")),
            Ok(zones) if asks_zones => {
                let asked = Zone::ALL.map(|zone| asked_in(case, zone));
                let blend_mm = design.zone_blend_mm;
                let of = |place: &Point| blended(&zones.weights(place, blend_mm), &asked, blend_mm);
                mesh.vertices().par_iter().map(of).collect()
            }
            _ => vec![design.density_per_cm2; mesh.vertices().len()],
        };
        let plain_per_cm2 = total_per_cm2.clone();
        for (index, (map, surface)) in design.maps.iter().zip(&painted.maps).enumerate() {
            let place = format!("design.maps[{index}]");
            let (values, seen) = laid(map, surface, mesh, &place)?;
            findings.extend(seen);
            for (total, value) in total_per_cm2.iter_mut().zip(values) {
                *total = match map.values {
                    MapValues::Factor => *total * value.unwrap_or(1.0),
                    MapValues::PerCm2 => value.unwrap_or(*total),
                };
            }
        }
        shape(design, case.mesh.units.in_mm(), region, &mut total_per_cm2, &mut findings);
        let drawn = total_per_cm2.iter().zip(&plain_per_cm2);
        let drawn =
            drawn.map(|(total, plain)| total / if *plain > 0.0 { *plain } else { design.density_per_cm2 }).collect();
        if let Some(edge) = design.edge {
            let edges = region.hairline_edges();
            // Around moles and holes the density stays: they are no hairline.
            let behind_mm = if edges.len() == region.edges.len() {
                Cow::Borrowed(&region.distance_mm)
            } else {
                Cow::Owned(distance_to_edges(mesh, &edges))
            };
            let line: Vec<[Point; 2]> = edges.iter().map(|ends| ends.map(|v| mesh.vertices()[v as usize])).collect();
            let soft = SoftEdge::new(edge, &line, zones.ok().map(|zones| *zones.into_head()), seed);
            let places = mesh.vertices().par_iter().zip(behind_mm.as_slice());
            total_per_cm2
                .par_iter_mut()
                .zip(places)
                .for_each(|(total, (place, &distance_mm))| *total *= soft.share(place, distance_mm, *total));
        }
        findings.extend(sentinels_beyond_edge(design));
        let mut field = Self { added_per_cm2: Vec::new(), total_per_cm2, lowered: 1.0, drawn, findings };
        let least_per_cm2 = least_per_cm2(case);
        field.total_per_cm2.iter_mut().filter(|total| **total < least_per_cm2).for_each(|total| *total = 0.0);
        field.check(mesh)?;
        field.add(case, region, painted)?;
        field.meet_budgets(case, region)?;
        if !field.added_per_cm2.iter().any(|&added| added > 0.0) {
            return Err(Error::input("a density of nothing all over the region")
                .place("design")
                .expected("a place where dots are asked")
                .remedy("correct the stage, the zones, maps or the hair that is there"));
        }
        Ok(field)
    }

    fn check(&self, mesh: &TriMesh) -> Result<()> {
        let highest = (0..).zip(&self.total_per_cm2).max_by(|a: &(usize, &f64), b| a.1.total_cmp(b.1));
        let Some((vertex, &most)) = highest.filter(|(_, most)| **most > DENSITY_CAP_PER_CM2) else { return Ok(()) };
        let at = mesh.vertices()[vertex];
        Err(Error::input(format!("{most:.0} dots per cm² at ({:.1}, {:.1}, {:.1})", at.x, at.y, at.z))
            .place("design")
            .expected(format!("at most {DENSITY_CAP_PER_CM2} once zones, maps and scars are multiplied"))
            .remedy("lower the factors"))
    }

    /// What is missing beside the hair that is there.
    fn add(&mut self, case: &Case, region: &Region, painted: &Painted) -> Result<()> {
        self.added_per_cm2 = self.total_per_cm2.clone();
        let Some(existing) = &case.design.existing else { return Ok(()) };
        let there_per_cm2 = match (&existing.map, &painted.existing) {
            (Some(map), Some(surface)) => {
                let (values, seen) = laid(map, surface, &region.mesh, "design.existing.map")?;
                self.findings.extend(seen);
                let there: Vec<f64> = values.into_iter().map(|value| value.unwrap_or(0.0)).collect();
                for ((drawn, total), there) in self.drawn.iter_mut().zip(&self.total_per_cm2).zip(&there) {
                    if total > there {
                        *drawn *= 1.0 - there / total;
                    }
                }
                there
            }
            _ => Hairs::new(&painted.hairs).density_per_cm2(&region.mesh),
        };
        let there = integral(&region.mesh, &there_per_cm2);
        let asked = dots_asked(&region.mesh, &self.total_per_cm2);
        for (added, there) in self.added_per_cm2.iter_mut().zip(&there_per_cm2) {
            *added = (*added - there).max(0.0);
            if *added < least_per_cm2(case) {
                *added = 0.0;
            }
        }
        let added = dots_asked(&region.mesh, &self.added_per_cm2);
        let message = format!(
            "{there:.0} hairs in the region count towards the {asked:.0} that are asked; {added:.0} dots are missing"
        );
        self.findings.push(Finding::new("existing-hair", Severity::Pass, message));
        Ok(())
    }

    fn meet_budgets(&mut self, case: &Case, region: &Region) -> Result<()> {
        let Some(budget) = case.design.budget else { return Ok(()) };
        let share = case.sessions.iter().map(|session| session.share).reduce(f64::max).unwrap_or(1.0);
        let dots = |added: &[f64]| dots_asked(&region.mesh, added);
        let densest = |added: &[f64]| share * added.iter().copied().fold(0.0, f64::max);
        let limits: [(&str, Option<f64>, Figure<'_>, &str); 2] = [
            ("max_dots", budget.max_dots.map(f64::from), &dots, "dots asked"),
            ("max_per_cm2_per_session", budget.max_per_cm2_per_session, &densest, "dots per cm² asked in one session"),
        ];
        for (key, limit, figure, what) in limits {
            // What the budget before this one has left.
            let asked = figure(&self.added_per_cm2);
            let Some(limit) = limit.filter(|&limit| limit < asked) else { continue };
            let message = format!("{} {what}, {} allowed", decimal(asked, 1), decimal(limit, 1));
            self.lower(limit / asked, key, &message)?;
        }
        Ok(())
    }

    /// Lowers what dots add by a factor for a budget, and says so. `why` has the figures as they are at the full density.
    ///
    /// # Errors
    /// Where next to nothing would be left.
    pub fn lower(&mut self, factor: f64, key: &str, why: &str) -> Result<()> {
        if factor >= 1.0 {
            return Ok(());
        }
        let densest = self.added_per_cm2.iter().copied().fold(0.0, f64::max);
        if factor * densest < LEAST_PER_CM2 {
            return Err(Error::input(why)
                .place(format!("design.budget.{key}"))
                .expected("a budget for more than a dot per cm²")
                .remedy("raise the budget, or treat less"));
        }
        self.added_per_cm2.iter_mut().for_each(|added| *added *= factor);
        self.lowered *= factor;
        let message = format!(
            "{why}: the density is lowered everywhere to {} % of what is asked",
            decimal(100.0 * self.lowered, 1)
        );
        self.findings.push(
            Finding::new("budget", Severity::Warn, message)
                .remedy(format!("raise design.budget.{key}, treat fewer zones, or accept the lighter result")),
        );
        Ok(())
    }
}

/// Where more sentinels are asked than the strip holds at the density of the edge.
fn sentinels_beyond_edge(design: &Design) -> Option<Finding> {
    const MM_PER_CM: f64 = 10.0;
    let edge = design.edge?;
    let sentinels = edge.sentinels?;
    let most_per_cm = edge.edge_share * design.density_per_cm2 * sentinels.width_mm / MM_PER_CM;
    (sentinels.per_cm > most_per_cm).then(|| {
        let message = format!(
            "{} sentinels on 1 cm of the line are asked; the strip of {} mm holds {} at the density of the edge",
            decimal(sentinels.per_cm, 1),
            decimal(sentinels.width_mm, 1),
            decimal(most_per_cm, 1)
        );
        Finding::new("sentinels", Severity::Warn, message)
            .remedy("ask for fewer, a wider strip, or a larger edge_share")
    })
}

/// A figure of a density over the region.
type Figure<'a> = &'a dyn Fn(&[f64]) -> f64;

/// The density asked in a zone, dots per cm²: its own, else the base by what the stage needs there.
pub fn asked_in(case: &Case, zone: Zone) -> f64 {
    let by_stage = || case.design.density_per_cm2 * case.norwood.map_or(1.0, |stage| stage.share(zone));
    case.design.zones.get(&zone).copied().unwrap_or_else(by_stage)
}

/// The density of a place that belongs to zones by these weights and is asked these densities there. Treated zones pass into each other
/// by the density; into zones without dots by the spacing, which rises evenly until the dots end.
fn blended(weights: &[f64; 6], asked_per_cm2: &[f64; 6], blend_mm: f64) -> f64 {
    /// Spacing at one dot per cm², mm, nearly.
    const SPACING_MM: f64 = 8.3;
    let treated: f64 =
        weights.iter().zip(asked_per_cm2).filter(|(_, asked)| **asked > 0.0).map(|(weight, _)| weight).sum();
    if treated < HARDLY {
        return 0.0;
    }
    let sum: f64 = weights.iter().zip(asked_per_cm2).map(|(weight, asked)| weight * asked).sum();
    let own_per_cm2 = sum / treated;
    let most = FADED_SHARE.sqrt().recip() - 1.0;
    let rise = most.min(RISE_PER_BLEND * blend_mm * own_per_cm2.sqrt() / SPACING_MM);
    let farther = 1.0 + rise * (1.0 - treated);
    own_per_cm2 / (farther * farther)
}

/// Whether an edge of the region between two places is too long for how zones pass into zones without dots on it.
pub fn is_coarse_for_zones(case: &Case, zones: &HeadZones, ends: [&Point; 2]) -> bool {
    /// Dots as far apart as this are those of a sparse zone, mm.
    const COARSE_MM: f64 = 2.5;
    const STEP: f64 = 0.02;
    let asked = Zone::ALL.map(|zone| asked_in(case, zone));
    let treated = |place: &Point| {
        let weights = zones.weights(place, case.design.zone_blend_mm);
        weights.iter().zip(&asked).filter(|(_, asked)| **asked > 0.0).map(|(weight, _)| weight).sum::<f64>()
    };
    let length_mm = (ends[1] - ends[0]).norm();
    // Between the ends, too, where an edge passes over a border.
    let places = [*ends[0], nalgebra::center(ends[0], ends[1]), *ends[1]].map(|place| treated(&place));
    let [least, most] = [places.iter().copied().fold(1.0, f64::min), places.iter().copied().fold(0.0, f64::max)];
    length_mm > COARSE_MM && most - least > STEP
}

/// Below this a design asks for no dots, dots per cm².
fn least_per_cm2(case: &Case) -> f64 {
    LEAST_PER_CM2.min(LEAST_SHARE * case.design.density_per_cm2)
}

/// Whorl and scars.
fn shape(design: &Design, to_mm: f64, region: &Region, total_per_cm2: &mut [f64], findings: &mut Vec<Finding>) {
    let mut apply = |what: String, places: &[Point], share: &(dyn Fn(&Point) -> f64 + Sync)| {
        if !places.iter().any(|place| region.index.is_within(place, OFF_REGION_MM)) {
            let bounds = Aabb::around(places);
            findings.push(
                Finding::new(
                    "design-off-region",
                    Severity::Warn,
                    format!("{what} lies off the region and does nothing"),
                )
                .times(1)
                .remedy("correct its place, or delete it")
                .bounds_mm([bounds.min.into(), bounds.max.into()]),
            );
        }
        total_per_cm2.par_iter_mut().zip(region.mesh.vertices()).for_each(|(total, vertex)| *total *= share(vertex));
    };
    if let Some(whorl) = design.whorl {
        let centre = Point::from(whorl.centre) * to_mm;
        apply("the whorl".to_owned(), &[centre], &|vertex| {
            let risen = smoothstep((vertex - centre).norm() / whorl.radius_mm);
            whorl.centre_share + (1.0 - whorl.centre_share) * risen
        });
    }
    for (number, scar) in design.scars.iter().enumerate() {
        let places: Vec<Point> = scar_places(scar).iter().map(|place| Point::from(*place) * to_mm).collect();
        let name = if scar.name.is_empty() { format!("number {number}") } else { scar.name.clone() };
        let pieces: Vec<[Point; 2]> = match places.as_slice() {
            [centre] => vec![[*centre; 2]],
            line => line.windows(2).map(|pair| [pair[0], pair[1]]).collect(),
        };
        let (line, reach_mm) = (SurfaceIndex::of_segments(&pieces), scar.radius_mm.unwrap_or_default());
        apply(format!("the scar {name}"), &places, &|vertex| {
            let off_mm = line.closest(vertex).map_or(f64::INFINITY, |hit| hit.distance_mm) - reach_mm;
            scar.factor + (1.0 - scar.factor) * smoothstep(off_mm / scar.blend_mm)
        });
    }
}

fn scar_places(scar: &Scar) -> Vec<[f64; 3]> {
    scar.line.clone().unwrap_or_else(|| scar.centre.into_iter().collect())
}

/// The values of a map at the vertices of the region; none where the map does not reach.
fn laid(
    map: &PaintedMap,
    surface: &PaintedSurface,
    mesh: &TriMesh,
    place: &str,
) -> Result<(Vec<Option<f64>>, Option<Finding>)> {
    surface.check(map)?;
    let value = surface.ask();
    let values: Vec<Option<f64>> = mesh.vertices().par_iter().map(value).collect();
    let bare = values.iter().filter(|value| value.is_none()).count();
    let finding = (bare > 0).then(|| {
        let message = format!(
            "{place}: {bare} of {} places of the region are more than {MAP_REACH_MM} mm off the map and keep their density",
            values.len()
        );
        Finding::new("map-does-not-reach", Severity::Warn, message)
            .times(bare)
            .remedy("paint the map on the same scan, in its units and axes")
    });
    Ok((values, finding))
}
