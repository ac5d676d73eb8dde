use rayon::prelude::*;

use super::asked::Asked;
use super::ground::Ground;
use super::progress::Stages;
use super::units;
use crate::case::Case;
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::Placement;
use crate::mesh::{self, SurfacePoint};
use crate::plan::{Dot, Statistics};
use crate::region::{Region, Scalp};
use crate::sampling::{self, Domain, Samples, Spacing};

/// Where the dots come to lie on the treatable surface, and what they look like.
#[derive(Debug)]
pub struct Layout {
    /// Density that dots are asked to add at each vertex of the region, dots per cm².
    pub density_per_cm2: Vec<f64>,
    /// Least spacing asked at each vertex of the region, mm; a metre where no dot is asked.
    pub spacing_mm: Vec<f64>,
    /// The dots in progressive order, not yet scheduled.
    pub dots: Vec<Dot>,
    /// Figures so far.
    pub statistics: Statistics,
    /// What was seen on the way.
    pub findings: Vec<Finding>,
}

impl Layout {
    /// Samples dots in the region as the case designs them, puts them in progressive order, and gives each its normal,
    /// diameter, depth and session. Hair that is there is kept clear of, and stands behind the dots.
    /// Where nothing is asked there are none, and the figures leave it out.
    ///
    /// `frame` is that in which the dots are laid out: with the head frame the plan moves with the head. Without one it
    /// is the scan's own.
    pub fn make(
        case: &Case,
        seed: u64,
        frame: Option<Placement>,
        asked: &Asked,
        region: &Region,
        scalp: &Scalp,
        stages: &mut Stages<'_>,
    ) -> Result<Self> {
        stages.begin("sample");
        let design = &case.design;
        let ground = Ground::of(region, &asked.field)?;
        let fixed = asked.fixed(case);
        let progress = stages.progress();
        let options =
            sampling::Options { seed, sheets_apart: false, frame, progress: &|share| progress.fraction(share) };
        let spacing_mm = asked.spacing_mm(case, &ground, &fixed, &options)?;
        let domain = Domain {
            mesh: &ground.mesh,
            spacing: match spacing_mm.first() {
                Some(&constant) if !Asked::is_graded(case) => Spacing::Constant(constant),
                _ => Spacing::PerVertex(&spacing_mm),
            },
        };
        let ends = session_ends(case);
        let levels = sampling::sample_levels(&domain, &fixed, &ends, &options)?;

        stages.begin("progressive");
        let Samples { dots: mut samples, mut findings, .. } = levels.ordered()?;
        if samples.is_empty() {
            return Err(Error::input("no room for a single dot").place("design").expected("room between the hairs"));
        }

        stages.begin("normals");
        let nearest_pair_mm = sampling::nearest_pair_mm(&samples, &fixed);
        let statistics = statistics(nearest_pair_mm, samples.len(), &spacing_mm, &ground);
        for sample in &mut samples {
            sample.at.triangle = ground.triangle(sample.at.triangle);
        }
        let on_scan: Vec<SurfacePoint> = samples
            .par_iter()
            .map(|sample| {
                let triangle = region.source_triangle[sample.at.triangle as usize];
                SurfacePoint::closest_in(&scalp.mesh, triangle, &sample.position)
            })
            .collect();
        let normals = mesh::smoothed_normals(&scalp.mesh, &scalp.topology, &on_scan, design.normal_radius_mm);
        findings.extend(unstable_normals(normals.iter().map(|normal| normal.rms_variation_rad)));

        let size = design.diameter;
        let diameters =
            sampling::draw_diameters(samples.len(), size.mean_mm, size.sd_mm, size.min_mm, size.max_mm, seed)?;
        let sessions = Sessions::of(case, samples.len());
        let edge_mm = |at: &SurfacePoint| {
            let corners = region.mesh.triangles()[at.triangle as usize];
            corners.iter().zip(at.weights).map(|(corner, weight)| region.distance_mm[*corner as usize] * weight).sum()
        };
        let mix = design.mix.as_ref();
        let units =
            mix.map(|mix| units::mixed(mix, &samples, &|id| sessions.of_dot(id), &|id| edge_mm(&samples[id].at)));
        let units = units.transpose()?.unwrap_or_default();
        let unit = |id: usize| mix.and_then(|mix| mix.units.get(*units.get(id)?));
        let tools: Vec<u32> = (samples.iter().enumerate())
            .map(|(id, sample)| {
                let zone = asked.zone(&sample.position);
                case.tool_for(sessions.of_dot(id), edge_mm(&sample.at), zone, unit(id))
            })
            .collect();
        let diameters = session_diameters(case, &sessions, diameters, seed)?;
        let mut diameters = tool_diameters(case, &tools, diameters, seed)?;
        if let Some(mix) = mix {
            diameters.iter_mut().zip(&units).for_each(|(mm, unit)| *mm *= mix.units[*unit].diameter_factor);
            findings.push(units::finding(mix, &units));
        }
        let dots: Vec<Dot> = (samples.iter().zip(&normals).zip(diameters).enumerate())
            .map(|(id, ((sample, normal), diameter_mm))| Dot {
                id: id as u32,
                position_mm: sample.position.coords.into(),
                normal: normal.normal.into(),
                spacing_mm: sample.spacing_mm,
                diameter_mm,
                depth_mm: design.depth_mm,
                session: sessions.of_dot(id),
                setup: None,
                tool: tools[id],
                order: None,
                existing: false,
                hair: false,
                normal_variation_rad: normal.rms_variation_rad,
                patched: region.patched[sample.at.triangle as usize],
            })
            .collect();

        findings.extend(density_reached(&statistics));
        findings.extend(dots_that_touch(&statistics, case.largest_diameter_mm()));
        let density_per_cm2 = asked.field.added_per_cm2.clone();
        Ok(Self { density_per_cm2, spacing_mm: ground.over_region(spacing_mm), dots, statistics, findings })
    }
}

/// Diameters of the dots, those of sessions that have a size of their own drawn from that.
fn session_diameters(case: &Case, sessions: &Sessions, mut diameters_mm: Vec<f64>, seed: u64) -> Result<Vec<f64>> {
    for (number, session) in (1..).zip(&case.sessions) {
        let Some(size) = session.diameter else { continue };
        let count = diameters_mm.len();
        let own = sampling::draw_diameters(count, size.mean_mm, size.sd_mm, size.min_mm, size.max_mm, seed)?;
        for (id, own_mm) in own.into_iter().enumerate().filter(|(id, _)| sessions.of_dot(*id) == number) {
            diameters_mm[id] = own_mm;
        }
    }
    Ok(diameters_mm)
}

/// Diameters of the dots, those of tools that have a size of their own drawn from that.
fn tool_diameters(case: &Case, tools: &[u32], mut diameters_mm: Vec<f64>, seed: u64) -> Result<Vec<f64>> {
    for tool in &case.tools {
        let Some(size) = tool.diameter else { continue };
        let own = sampling::draw_diameters(tools.len(), size.mean_mm, size.sd_mm, size.min_mm, size.max_mm, seed)?;
        for ((diameter_mm, own_mm), number) in diameters_mm.iter_mut().zip(own).zip(tools) {
            if *number == tool.number {
                *diameter_mm = own_mm;
            }
        }
    }
    Ok(diameters_mm)
}

/// Shares of the dots at which sessions end.
fn session_ends(case: &Case) -> Vec<f64> {
    let ends = case.sessions.iter().scan(0.0, |end, session| {
        *end += session.share;
        Some(f64::min(*end, 1.0))
    });
    ends.collect()
}

/// Sessions are prefixes of the progressive order.
struct Sessions(Vec<usize>);

impl Sessions {
    fn of(case: &Case, count: usize) -> Self {
        let mut ends: Vec<usize> =
            session_ends(case).iter().map(|end| ((end * count as f64).round() as usize).min(count)).collect();
        ends.pop();
        Self(ends)
    }

    /// Session of a dot, from 1.
    fn of_dot(&self, id: usize) -> u32 {
        1 + self.0.iter().filter(|&&end| end <= id).count() as u32
    }
}

fn statistics(nearest_pair_mm: f64, count: usize, spacing_mm: &[f64], ground: &Ground<'_>) -> Statistics {
    let area_cm2 = ground.area_mm2 / 100.0;
    Statistics {
        area_mm2: ground.area_mm2,
        edge_length_mm: ground.edge_length_mm,
        count,
        density_asked_per_cm2: ground.asked() / area_cm2,
        density_reached_per_cm2: count as f64 / area_cm2,
        spacing_min_mm: spacing_mm.iter().copied().fold(f64::INFINITY, f64::min),
        spacing_max_mm: spacing_mm.iter().copied().fold(0.0, f64::max),
        nearest_pair_mm: Some(nearest_pair_mm).filter(|distance| distance.is_finite()),
        ..Statistics::default()
    }
}

/// P06: how much the surface's normal varies around the dots. 10° is where a needle along the mean normal starts to
/// count as tilted.
fn unstable_normals(variations_rad: impl Iterator<Item = f64>) -> Option<Finding> {
    const LIMIT_DEG: f64 = 10.0;
    let (mut count, mut worst) = (0, 0.0_f64);
    for degrees in variations_rad.map(f64::to_degrees) {
        count += usize::from(degrees > LIMIT_DEG);
        worst = worst.max(degrees);
    }
    (count > 0).then(|| {
        let message =
            format!("{count} dots where the surface's normal varies by more than {LIMIT_DEG}° RMS, up to {worst:.1}°");
        Finding::new("P06", Severity::Warn, message)
            .times(count)
            .remedy("smooth the scan there, or widen design.normal_radius_mm")
    })
}

/// P04: density reached against density asked.
fn density_reached(figures: &Statistics) -> Option<Finding> {
    const TOLERANCE: f64 = 0.1;
    let ratio = figures.density_reached_per_cm2 / figures.density_asked_per_cm2;
    ((ratio - 1.0).abs() > TOLERANCE).then(|| {
        let message = format!(
            "{:.1} dots per cm² reached, {:.1} asked",
            figures.density_reached_per_cm2, figures.density_asked_per_cm2
        );
        Finding::new("P04", Severity::Warn, message).remedy("the region may be too small or narrow for this spacing")
    })
}

/// P03: fresh dots nearer to each other than 1.5 diameters run together.
fn dots_that_touch(figures: &Statistics, largest_mm: f64) -> Option<Finding> {
    const DIAMETERS: f64 = 1.5;
    let least = DIAMETERS * largest_mm;
    figures.nearest_pair_mm.filter(|&nearest| nearest < least).map(|nearest| {
        let message = format!("dots {nearest:.3} mm apart; fresh dots need {least:.3} mm");
        Finding::new("P03", Severity::Fail, message).remedy("lower the density, or make the dots smaller")
    })
}
