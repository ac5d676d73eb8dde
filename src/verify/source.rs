use std::io::{BufRead, Read};

use crate::error::{Error, Result};

/// Longest line that is read at all, bytes: far beyond what any program has.
const LONGEST_LINE: u64 = 1 << 16;

/// Lines of a header at most; what follows is read as the rest of the program.
const MOST_HEADER_LINES: usize = 1000;

/// The lines of a program, one at a time, by line feeds alone, so that every other kind of line end is seen for what it is.
pub(super) struct Source<'a> {
    program: &'a mut dyn BufRead,
    line: Vec<u8>,
    number: usize,
    /// Lines that were looked at already, the last one first.
    ahead: Vec<String>,
    current: String,
}

impl<'a> Source<'a> {
    pub(super) fn new(program: &'a mut dyn BufRead) -> Self {
        Self { program, line: Vec::new(), number: 0, ahead: Vec::new(), current: String::new() }
    }

    /// The comment lines at the top; they are read again with the others.
    pub(super) fn head(&mut self) -> Result<String> {
        let mut lines = Vec::new();
        while let Some((_, line)) = self.next_line()? {
            lines.push(line.to_owned());
            if lines.len() == MOST_HEADER_LINES || !lines.last().is_some_and(|line| line.starts_with(['(', ';'])) {
                break;
            }
        }
        let head =
            lines.iter().filter(|line| line.starts_with(['(', ';'])).fold(String::new(), |all, line| all + line + "\n");
        lines.reverse();
        self.ahead = lines;
        self.number = 0;
        Ok(head)
    }

    /// The next line without its end, and its number from 1. Errors: bytes that are no text, a line without end.
    pub(super) fn next_line(&mut self) -> Result<Option<(usize, &str)>> {
        self.number += 1;
        if let Some(line) = self.ahead.pop() {
            self.current = line;
            return Ok(Some((self.number, &self.current)));
        }
        self.line.clear();
        let place = || format!("line {}", self.number);
        let read = (&mut *self.program).take(LONGEST_LINE).read_until(b'\n', &mut self.line);
        if read.map_err(|error| Error::system(error.to_string()).place(place()))? == 0 {
            return Ok(None);
        }
        if self.line.pop_if(|last| *last == b'\n').is_some() {
            self.line.pop_if(|last| *last == b'\r');
        } else if self.line.len() as u64 == LONGEST_LINE {
            return Err(Error::input(format!("a line of more than {LONGEST_LINE} bytes"))
                .place(place())
                .expected("a program, which has no such lines")
                .remedy("name the file of the program"));
        }
        let text = std::str::from_utf8(&self.line);
        let text = text.map_err(|error| {
            Error::input("bytes that are no text")
                .place(format!("{}, byte {}", place(), error.valid_up_to() + 1))
                .expected("a program")
                .remedy("copy the program again from the folder of its plan")
        })?;
        Ok(Some((self.number, text)))
    }
}
