use std::borrow::Cow;

use crate::error::{Error, MOST_COORDINATE, MOST_ROWS, Result, check_limit};
use crate::geometry::{Point, parse_finite};

use super::tsplib_metric::on_sphere;
use super::{MetricCost, TsplibMetric};

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
        MetricCost::with(self.metric, &self.points)
    }

    /// Where the points lie as a search for near ones needs it: latitudes and longitudes on the sphere, other
    /// coordinates as they are.
    pub fn places(&self) -> Cow<'_, [Point]> {
        match self.metric {
            TsplibMetric::Geographic => self.points.iter().map(on_sphere).collect(),
            _ => Cow::Borrowed(&self.points),
        }
    }
}

/// Integer costs as TSPLIB prescribes them.
pub type TsplibCost<'a> = MetricCost<'a, TsplibMetric>;

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
                    Error::input(format!("no {key} above it"))
                        .place(format!("line {number}: NODE_COORD_SECTION"))
                        .expected(format!("a line {key} before the coordinates"))
                        .remedy("add it")
                };
                let (_, metric, axes) = weights.ok_or_else(|| missing("EDGE_WEIGHT_TYPE"))?;
                let points = read_nodes(lines, dimension.ok_or_else(|| missing("DIMENSION"))?, axes)?;
                return Ok(TspInstance { name, points, metric });
            }
            key if OTHER_PROBLEMS.contains(&key) => {
                return Err(refused(format!("the section {key}"), "NODE_COORD_SECTION"));
            }
            _ => {}
        }
    }
    Err(Error::input("no NODE_COORD_SECTION")
        .expected("a TSPLIB file with coordinates")
        .remedy("check that it is a .tsp file"))
}

/// Sections that change what a tour is worth or may be.
const OTHER_PROBLEMS: [&str; 3] = ["EDGE_WEIGHT_SECTION", "EDGE_DATA_SECTION", "FIXED_EDGES_SECTION"];

fn read_nodes<'a>(lines: impl Iterator<Item = (&'a str, usize)>, dimension: usize, axes: usize) -> Result<Vec<Point>> {
    let mut points: Vec<Point> = Vec::new();
    // Number of each node, and the line that it stands in.
    let mut nodes: Vec<(usize, usize)> = Vec::new();
    let mut is_other = false;
    for (line, number) in lines {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if line == "EOF" {
            break;
        }
        if line.ends_with("_SECTION") {
            // What cannot be kept to is refused; sections for display only are passed over.
            if OTHER_PROBLEMS.contains(&line) {
                return Err(Error::input(format!("the section {line}"))
                    .place(format!("line {number}"))
                    .expected("nodes alone")
                    .remedy("give an instance without fixed edges and edge weights"));
            }
            is_other = true;
        }
        is_other |= line == "-1";
        if is_other {
            continue;
        }
        let mut words = line.split_whitespace();
        let node = words.next().and_then(|word| word.parse().ok()).filter(|node| (1..=dimension).contains(node));
        let mut point = Point::origin();
        let complete = (0..axes).all(|axis| match words.next().and_then(parse_finite) {
            Some(coordinate) if coordinate.abs() <= MOST_COORDINATE => {
                point[axis] = coordinate;
                true
            }
            _ => false,
        });
        let Some(node) = node.filter(|_| complete && words.next().is_none()) else {
            return Err(Error::input(format!("\"{line}\""))
                .place(format!("line {number}"))
                .expected(format!(
                    "a node number from 1 to {dimension} and {axes} coordinates of at most {MOST_COORDINATE:e}"
                ))
                .remedy("correct the line, or DIMENSION and EDGE_WEIGHT_TYPE"));
        };
        points.push(point);
        nodes.push((node, number));
        check_limit(points.len(), MOST_ROWS, "nodes or more").map_err(|error| error.place(format!("line {number}")))?;
    }
    let mut by_node: Vec<usize> = (0..nodes.len()).collect();
    by_node.sort_by_key(|&i| nodes[i]);
    if let Some(twice) = by_node.windows(2).find(|pair| nodes[pair[0]].0 == nodes[pair[1]].0) {
        let [(_, first), (node, second)] = [nodes[twice[0]], nodes[twice[1]]];
        return Err(Error::input(format!("node {node} for the second time, after line {first}"))
            .place(format!("line {second}"))
            .expected("each node once")
            .remedy("number the nodes anew"));
    }
    if nodes.len() != dimension {
        return Err(Error::input(format!("{} nodes", nodes.len()))
            .place("NODE_COORD_SECTION")
            .expected(format!("{dimension} nodes as DIMENSION says"))
            .remedy("check whether the file is complete"));
    }
    Ok(by_node.into_iter().map(|i| points[i]).collect())
}
