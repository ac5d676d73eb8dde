use ply_rs_bw::ply::{ElementDef, Encoding, PropertyType, ScalarType};

use super::super::lines::clip;
use crate::error::{Error, Result};
use crate::geometry::parse_finite;

/// What a property of an element is for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Use {
    /// Coordinate 0, 1 or 2.
    Axis(usize),
    /// A scalar that is kept.
    Column,
    /// Vertex indices of a face, or of strips of triangles with -1 between them.
    Indices,
    Nothing,
}

/// A row of any element; used again for the next one.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) point: [f64; 3],
    /// Scalars besides the coordinates, where they are kept.
    pub(super) others: Vec<f64>,
    /// Vertex indices, [`RESTART`] for -1, and [`NO_INDEX`] for what is no whole number from 0.
    pub(super) indices: Vec<u32>,
}

/// In place of an index: the end of a strip.
pub(super) const RESTART: u32 = u32::MAX;
/// In place of an index that cannot be one.
pub(super) const NO_INDEX: u32 = u32::MAX - 1;

fn index(number: f64) -> u32 {
    match number {
        -1.0 => RESTART,
        // The largest two are taken, and beyond any number of vertices.
        _ if number >= 0.0 && number < f64::from(NO_INDEX) && number.fract() == 0.0 => number as u32,
        _ => NO_INDEX,
    }
}

/// How the rows of an element are laid out.
#[derive(Debug)]
pub(super) struct Layout {
    properties: Vec<(Use, PropertyType)>,
    encoding: Encoding,
}

pub(super) const AXES: [&str; 3] = ["x", "y", "z"];

impl Layout {
    /// `keep_columns` asks for the scalars besides the coordinates.
    pub(super) fn of(element: &ElementDef, encoding: Encoding, keep_columns: bool) -> Self {
        let is_vertex = element.name == "vertex";
        let properties = element.properties.iter().map(|(name, property)| {
            let axis = AXES.iter().position(|axis| axis == name);
            let wanted = match (&property.data_type, axis) {
                (PropertyType::Scalar(_), Some(axis)) if is_vertex => Use::Axis(axis),
                (PropertyType::Scalar(_), None) if is_vertex && keep_columns => Use::Column,
                (PropertyType::List(..), _) if matches!(name.as_str(), "vertex_indices" | "vertex_index") => {
                    Use::Indices
                }
                _ => Use::Nothing,
            };
            (wanted, property.data_type.clone())
        });
        Self { properties: properties.collect(), encoding }
    }

    /// Whether there is a list of vertex indices.
    pub(super) fn has_indices(&self) -> bool {
        self.properties.iter().any(|(wanted, _)| *wanted == Use::Indices)
    }

    /// The least number of bytes of a row.
    pub(super) fn least(&self) -> usize {
        let least = |kind: &PropertyType| match kind {
            // A digit and a space or line end.
            _ if self.encoding == Encoding::Ascii => 2,
            PropertyType::Scalar(scalar) | PropertyType::List(scalar, _) => width(scalar),
        };
        self.properties.iter().map(|(_, kind)| least(kind)).sum()
    }

    /// Reads a row from the beginning of the bytes, and moves the beginning behind it. `None` when the bytes end before
    /// the row does.
    pub(super) fn read_binary(&self, bytes: &mut &[u8], row: &mut Row) -> Option<()> {
        let big = self.encoding == Encoding::BinaryBigEndian;
        row.others.clear();
        row.indices.clear();
        for (wanted, kind) in &self.properties {
            match kind {
                PropertyType::Scalar(scalar) => {
                    let number = number(bytes.split_off(..width(scalar))?, scalar, big);
                    match *wanted {
                        Use::Axis(axis) => row.point[axis] = number,
                        Use::Column => row.others.push(number),
                        _ => {}
                    }
                }
                PropertyType::List(count, item) => {
                    let count = number(bytes.split_off(..width(count))?, count, big);
                    // A negative count is none.
                    let items = bytes.split_off(..(count.max(0.0) as usize).checked_mul(width(item))?)?;
                    if *wanted == Use::Indices {
                        let numbers = items.chunks_exact(width(item)).map(|item_bytes| number(item_bytes, item, big));
                        row.indices.extend(numbers.map(index));
                    }
                }
            }
        }
        Some(())
    }

    /// Reads a row from the words of a line.
    pub(super) fn read_text(&self, line: &str, element: &str, row: &mut Row) -> Result<()> {
        let wrong = |found: String, expected: String| {
            Err(Error::input(found).expected(expected).remedy("correct the line or export the scan again"))
        };
        row.others.clear();
        row.indices.clear();
        let mut words = line.split_ascii_whitespace();
        for (wanted, kind) in &self.properties {
            let Some(word) = words.next() else {
                let properties = self.properties.len();
                return wrong(
                    format!("\"{}\"", clip(line.trim())),
                    format!("numbers for the {properties} properties of a {element}"),
                );
            };
            match kind {
                PropertyType::Scalar(_) => {
                    let number = match wanted {
                        Use::Nothing => continue,
                        Use::Column => word.parse().ok(),
                        _ => parse_finite(word),
                    };
                    match (*wanted, number) {
                        (Use::Axis(axis), Some(number)) => row.point[axis] = number,
                        (_, Some(number)) => row.others.push(number),
                        (_, None) => {
                            return wrong(format!("\"{}\"", clip(line.trim())), "finite numbers".to_owned());
                        }
                    }
                }
                PropertyType::List(..) => {
                    let Ok(count) = word.parse::<usize>() else {
                        return wrong(format!("the count \"{}\"", clip(word)), "a whole number".to_owned());
                    };
                    for seen in 0..count {
                        let Some(word) = words.next() else {
                            return wrong(
                                format!("a list of {seen} numbers"),
                                format!("the {count} that it announces"),
                            );
                        };
                        if *wanted == Use::Indices {
                            row.indices.push(word.parse::<i64>().map_or(NO_INDEX, |number| index(number as f64)));
                        }
                    }
                }
            }
        }
        match words.next() {
            Some(word) => wrong(
                format!("\"{}\" behind the last property", clip(word)),
                format!("only the {} properties of a {element}", self.properties.len()),
            ),
            None => Ok(()),
        }
    }
}

fn width(scalar: &ScalarType) -> usize {
    match scalar {
        ScalarType::Char | ScalarType::UChar => 1,
        ScalarType::Short | ScalarType::UShort => 2,
        ScalarType::Int | ScalarType::UInt | ScalarType::Float => 4,
        ScalarType::Double => 8,
    }
}

/// The number that the bytes hold; they are as many as the type has.
fn number(bytes: &[u8], scalar: &ScalarType, big_endian: bool) -> f64 {
    fn array<const N: usize>(bytes: &[u8], big_endian: bool) -> [u8; N] {
        let mut array = bytes.first_chunk().copied().unwrap_or([0; N]);
        if big_endian {
            array.reverse();
        }
        array
    }
    match scalar {
        ScalarType::Char => i8::from_le_bytes(array(bytes, big_endian)).into(),
        ScalarType::UChar => u8::from_le_bytes(array(bytes, big_endian)).into(),
        ScalarType::Short => i16::from_le_bytes(array(bytes, big_endian)).into(),
        ScalarType::UShort => u16::from_le_bytes(array(bytes, big_endian)).into(),
        ScalarType::Int => i32::from_le_bytes(array(bytes, big_endian)).into(),
        ScalarType::UInt => u32::from_le_bytes(array(bytes, big_endian)).into(),
        ScalarType::Float => f32::from_le_bytes(array(bytes, big_endian)).into(),
        ScalarType::Double => f64::from_le_bytes(array(bytes, big_endian)),
    }
}
