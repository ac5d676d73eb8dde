use std::borrow::Cow;

/// Takes numbers and checksums off lines. Numbers have to count every line of words by one, from 0 where the count is set by `M110`, and
/// where there are checksums each line has to have its own, the exclusive or of all bytes before it (as printers' firmware does it over a
/// serial line).
pub(super) struct Numbering {
    checksums: bool,
    next: u64,
}

impl Numbering {
    pub(super) fn new(checksums: bool) -> Self {
        Self { checksums, next: 0 }
    }

    /// The words of a line, and what is wrong with its number.
    pub(super) fn strip<'l>(&mut self, line: &'l str) -> (Cow<'l, str>, Option<String>) {
        if line.trim().is_empty() || line.starts_with([';', '(']) {
            return (line.into(), None);
        }
        let words = line.split(';').next().unwrap_or("").trim_end();
        let comment = &line[words.len()..];
        let (number, words) = match split(words, self.checksums) {
            Ok(parts) => parts,
            Err(what) => return (line.into(), Some(what)),
        };
        let fault = (number != self.next).then(|| format!("N{number}, {} is next", self.next));
        self.next = number + 1;
        // Only the count itself, which is no word of the program.
        let words = if words == "M110 N0" && number == 0 { "" } else { words };
        (if comment.is_empty() { words.into() } else { format!("{words}{comment}").into() }, fault)
    }
}

/// Number and words of a line without its comment.
fn split(mut words: &str, checksums: bool) -> Result<(u64, &str), String> {
    if checksums {
        let (before, sum) = words.rsplit_once('*').ok_or("no checksum")?;
        let found = before.bytes().fold(0, |sum, byte| sum ^ byte);
        if sum.parse() != Ok(found) {
            return Err(format!("the checksum {sum}, {found} is that of the words before it"));
        }
        words = before;
    }
    let numbered = words.strip_prefix('N').and_then(|rest| {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: u64 = rest[..digits].parse().ok().filter(|&number| number < u64::MAX)?;
        Some((number, rest[digits..].trim_start()))
    });
    numbered.ok_or_else(|| "no line number".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(text: &str, checksums: bool) -> (Vec<String>, Vec<usize>) {
        let mut numbering = Numbering::new(checksums);
        let read: Vec<_> = text.lines().map(|line| numbering.strip(line)).collect();
        let faults = read.iter().zip(1..).filter(|((_, fault), _)| fault.is_some()).map(|(_, line)| line);
        (read.iter().map(|(words, _)| words.to_string()).collect(), faults.collect())
    }

    #[test]
    fn numbers_and_checksums_are_looked_at() {
        let good = "; a\nN0 M110 N0*125\nN1 G21*27\n\nN2 G90*18 ; absolute\n";
        assert_eq!(
            stripped(good, true),
            (["; a", "", "G21", "", "G90 ; absolute"].map(String::from).into(), Vec::new())
        );
        for (from, to, line) in [("N1", "N2", 3), ("*27", "*28", 3), ("*27", "", 3), ("N2 ", "", 5), ("G90", "G91", 5)]
        {
            assert_eq!(stripped(&good.replacen(from, to, 1), true).1.first(), Some(&line), "{from}");
        }
        assert_eq!(stripped("N0 G21\nN1 G90\n", false), (["G21", "G90"].map(String::from).into(), Vec::new()));
        assert_eq!(stripped("N0 G21\nN3 G90\n", false).1, [2]);
    }
}
