//! The page on which a person marks landmarks and drags a hairline over the head.

use std::collections::BTreeMap;

use serde::Serialize;

use super::assets;
use super::packed::Packed;
use super::shell::Shell;
use crate::error::{Error, Result};
use crate::geometry::{Placement, Vector};
use crate::hairline::ControlPoint;
use crate::mesh::TriMesh;

/// The data of the page. It draws with the parts of the plan's page, for which there are no dots and no programs.
#[derive(Debug, Serialize)]
struct PickData<'a> {
    title: &'a str,
    to_head: Placement,
    shell: Shell,
    /// No line yet.
    edge: Packed,
    landmarks: &'a BTreeMap<String, [f64; 3]>,
    control_points: Vec<NamedPoint<'a>>,
    /// What the page writes into its file as it is.
    kept: &'a serde_json::Value,
    dots: NoDots,
    tracks: [u8; 0],
}

#[derive(Debug, Serialize)]
struct NamedPoint<'a> {
    name: &'a str,
    point: [f64; 3],
}

#[derive(Debug, Serialize)]
struct NoDots {
    count: u32,
    position: Packed,
    normal: Packed,
    diameter_mm: Packed,
}

/// The whole page as HTML: with a scan, and with the landmarks and control points that are known, mm, in the scan's axes. The fields of
/// the object `kept` stand in the file that it saves.
///
/// # Errors
/// None that a scan as it was loaded could cause.
pub fn pick_page(
    title: &str,
    scan: &TriMesh,
    landmarks: &BTreeMap<String, [f64; 3]>,
    control_points: &[ControlPoint],
    kept: &serde_json::Value,
) -> Result<String> {
    let none = || Packed::f32([]);
    let data = PickData {
        title,
        to_head: Placement::new(&nalgebra::Rotation3::identity(), &Vector::zeros()),
        shell: Shell::of(scan),
        edge: none(),
        landmarks,
        control_points: (control_points.iter())
            .map(|own| NamedPoint { name: &own.name, point: own.position.coords.into() })
            .collect(),
        kept,
        dots: NoDots { count: 0, position: none(), normal: Packed::directions([]), diameter_mm: none() },
        tracks: [],
    };
    let json = serde_json::to_string(&data).map_err(|error| Error::system(error.to_string()))?;
    Ok(assets::pick_page(title, &json))
}
