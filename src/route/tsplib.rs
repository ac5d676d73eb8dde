use crate::error::{Error, Result};
use crate::geometry::{Point, parse_finite};

use super::Cost;

/// A symmetric instance of TSPLIB (G. Reinelt, TSPLIB: a traveling salesman problem library, ORSA Journal on
/// Computing 3, 1991).
#[derive(Debug, Clone, PartialEq)]
pub struct TspInstance {
    /// The `NAME`, empty without one.
    pub name: String,
    /// Coordinates as they stand in the file; the third is 0 where there are two.
    pub points: Vec<Point>,
    /// How distances are measured.
    pub metric: TsplibMetric,
}

impl TspInstance {
    /// The integer costs that TSPLIB prescribes.
    pub fn cost(&self) -> TsplibCost<'_> {
        TsplibCost { points: &self.points, metric: self.metric }
    }
}

/// How TSPLIB measures distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TsplibMetric {
    /// `EUC_2D`, `EUC_3D`: rounded to the nearest integer.
    Euclidean,
    /// `CEIL_2D`: rounded up.
    EuclideanUp,
    /// `MAN_2D`, `MAN_3D`: sum over the axes, rounded to the nearest integer.
    Manhattan,
    /// `MAX_2D`, `MAX_3D`: largest over the axes, each rounded to the nearest integer.
    Maximum,
    /// `ATT`: pseudo-Euclidean, a tenth of the squares, rounded up.
    PseudoEuclidean,
}

impl TsplibMetric {
    const NAMES: [(&'static str, Self, usize); 8] = [
        ("EUC_2D", Self::Euclidean, 2),
        ("EUC_3D", Self::Euclidean, 3),
        ("CEIL_2D", Self::EuclideanUp, 2),
        ("MAN_2D", Self::Manhattan, 2),
        ("MAN_3D", Self::Manhattan, 3),
        ("MAX_2D", Self::Maximum, 2),
        ("MAX_3D", Self::Maximum, 3),
        ("ATT", Self::PseudoEuclidean, 2),
    ];
}

/// Integer costs as TSPLIB prescribes them; not all of them are metrics, but all are symmetric.
#[derive(Debug, Clone, Copy)]
pub struct TsplibCost<'a> {
    points: &'a [Point],
    metric: TsplibMetric,
}

impl Cost for TsplibCost<'_> {
    fn cost(&self, a: u32, b: u32) -> f64 {
        between(self.metric, &self.points[a as usize], &self.points[b as usize])
    }

    fn renumbered(&self, numbers: &[u32]) -> impl Cost {
        Gathered { points: numbers.iter().map(|&i| self.points[i as usize]).collect(), metric: self.metric }
    }
}

struct Gathered {
    points: Vec<Point>,
    metric: TsplibMetric,
}

impl Cost for Gathered {
    #[inline]
    fn cost(&self, a: u32, b: u32) -> f64 {
        between(self.metric, &self.points[a as usize], &self.points[b as usize])
    }
}

/// From here on every `f64` is an integer.
const ALL_INTEGERS: f64 = (1_u64 << 53) as f64;

/// TSPLIB's `nint`, `(int)(x + 0.5)`. A cast is much faster than `floor`, which calls the system's library.
#[inline]
fn nint(x: f64) -> f64 {
    if x < ALL_INTEGERS { (x + 0.5) as u64 as f64 } else { x }
}

#[inline]
fn round_up(x: f64) -> f64 {
    let down = if x < ALL_INTEGERS { x as u64 as f64 } else { x };
    if down < x { down + 1.0 } else { down }
}

#[inline]
fn between(metric: TsplibMetric, a: &Point, b: &Point) -> f64 {
    let d = a - b;
    match metric {
        TsplibMetric::Euclidean => nint(d.norm()),
        TsplibMetric::EuclideanUp => round_up(d.norm()),
        TsplibMetric::Manhattan => nint(d.abs().sum()),
        TsplibMetric::Maximum => d.abs().iter().fold(0.0, |most, &x| nint(x).max(most)),
        // TSPLIB rounds to the nearest integer and adds one where that was less: the same as rounding up.
        TsplibMetric::PseudoEuclidean => round_up((d.norm_squared() / 10.0).sqrt()),
    }
}

/// Reads a TSPLIB instance (`.tsp`) with coordinates.
///
/// # Errors
/// With the line: a weight type without coordinates or not known here, a missing or wrong `DIMENSION`, coordinates that
/// are not finite numbers, a node twice, out of range or missing.
pub fn read_tsp(bytes: &[u8]) -> Result<TspInstance> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines().zip(1_usize..);
    let mut name = String::new();
    let mut dimension = None;
    let mut weights = None;
    for (line, number) in lines.by_ref() {
        let line = line.trim_start_matches('\u{feff}').trim();
        let (key, value) = line.split_once(':').map_or((line, ""), |(key, value)| (key.trim_end(), value.trim()));
        let refused = |found: String, expected: &str| {
            Error::input(found)
                .place(format!("line {number}"))
                .expected(expected)
                .remedy("use a symmetric instance with coordinates")
        };
        match key {
            "NAME" => value.clone_into(&mut name),
            "TYPE" if value.split_whitespace().next() != Some("TSP") => {
                return Err(refused(format!("the type \"{value}\""), "TSP"));
            }
            "DIMENSION" => {
                let count = value.parse().ok().filter(|&count: &usize| count < u32::MAX as usize);
                dimension =
                    Some(count.ok_or_else(|| refused(format!("the dimension \"{value}\""), "a number of nodes"))?);
            }
            "EDGE_WEIGHT_TYPE" => {
                let known = TsplibMetric::NAMES.into_iter().find(|(name, ..)| *name == value);
                weights = Some(known.ok_or_else(|| {
                    let names = TsplibMetric::NAMES.map(|(name, ..)| name).join(", ");
                    refused(format!("the edge weight type \"{value}\""), &format!("one of {names}"))
                })?);
            }
            "NODE_COORD_SECTION" => {
                let missing = |key: &str| {
                    Error::input(format!("no {key} above it")).place(format!("line {number}: NODE_COORD_SECTION"))
                };
                let (_, metric, axes) = weights.ok_or_else(|| missing("EDGE_WEIGHT_TYPE"))?;
                let points = read_nodes(lines, dimension.ok_or_else(|| missing("DIMENSION"))?, axes)?;
                return Ok(TspInstance { name, points, metric });
            }
            "EDGE_WEIGHT_SECTION" | "EDGE_DATA_SECTION" | "FIXED_EDGES_SECTION" => {
                return Err(refused(format!("the section {key}"), "NODE_COORD_SECTION"));
            }
            _ => {}
        }
    }
    Err(Error::input("no NODE_COORD_SECTION")
        .expected("a TSPLIB file with coordinates")
        .remedy("check that it is a .tsp file"))
}

fn read_nodes<'a>(lines: impl Iterator<Item = (&'a str, usize)>, dimension: usize, axes: usize) -> Result<Vec<Point>> {
    let mut nodes: Vec<(usize, Point, usize)> = Vec::new();
    for (line, number) in lines {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if line == "EOF" || line == "-1" || line.ends_with("_SECTION") {
            break;
        }
        let wrong = || {
            Error::input(format!("\"{line}\""))
                .place(format!("line {number}"))
                .expected(format!("a node number from 1 to {dimension} and {axes} finite coordinates"))
                .remedy("correct the line, or DIMENSION and EDGE_WEIGHT_TYPE")
        };
        let mut words = line.split_whitespace();
        let node = words.next().and_then(|word| word.parse().ok()).filter(|node| (1..=dimension).contains(node));
        let coordinates: Option<Vec<f64>> = words.map(parse_finite).collect();
        let (Some(node), Some(coordinates)) = (node, coordinates) else { return Err(wrong()) };
        let point = match (axes, &coordinates[..]) {
            (2, &[x, y]) => Point::new(x, y, 0.0),
            (3, &[x, y, z]) => Point::new(x, y, z),
            _ => return Err(wrong()),
        };
        nodes.push((node, point, number));
    }
    nodes.sort_by_key(|&(node, _, number)| (node, number));
    if let Some([first, second]) = nodes.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(Error::input(format!("node {} for the second time, after line {}", second.0, first.2))
            .place(format!("line {}", second.2))
            .remedy("number the nodes anew"));
    }
    if nodes.len() != dimension {
        return Err(Error::input(format!("{} nodes", nodes.len()))
            .place("NODE_COORD_SECTION")
            .expected(format!("{dimension} nodes as DIMENSION says"))
            .remedy("check whether the file is complete"));
    }
    Ok(nodes.into_iter().map(|(_, point, _)| point).collect())
}
