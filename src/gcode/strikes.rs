use std::io::{self, Write};

use super::number;
use super::writer::PLACES;
use crate::rig::Joints;

/// Where in a program the dots are struck.
#[derive(Debug, Clone, PartialEq)]
pub struct Strikes {
    /// In their order.
    pub lines: Vec<StrikeLine>,
    pub(super) letters: Vec<char>,
}

/// One strike in a program.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StrikeLine {
    /// Number of the line whose move ends at the strike, from 1.
    pub line: u32,
    /// The dot.
    pub dot: u32,
    /// Where the axes stand, as written in the program: mm, degrees.
    pub joints: Joints,
}

impl Strikes {
    /// The map as CSV: `line,dot_id` and a column for each axis, numbers as in the program.
    pub fn write_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut row = String::from("line,dot_id");
        for letter in &self.letters {
            row.extend([',', *letter]);
        }
        for strike in &self.lines {
            row.push('\n');
            out.write_all(row.as_bytes())?;
            row.clear();
            number::push(&mut row, strike.line.into(), 0);
            row.push(',');
            number::push(&mut row, strike.dot.into(), 0);
            for position in strike.joints.iter() {
                row.push(',');
                number::push(&mut row, number::counted(*position, PLACES), PLACES);
            }
        }
        row.push('\n');
        out.write_all(row.as_bytes())
    }
}
