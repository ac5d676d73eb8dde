use super::interpreter::Fault;

/// The text without the numbers and checksums of its lines, each kept at its place. Numbers have to count every line of words by
/// one, from 0 where the count is set by `M110`, and where there are checksums each line has to have its own, the exclusive or of all bytes before it
/// (as printers' firmware does it over a serial line).
pub(super) fn without_numbers(text: &str, checksums: bool) -> (String, Vec<Fault>) {
    let mut faults = Vec::new();
    let mut next = 0_u64;
    let plain: Vec<&str> = (text.split('\n').enumerate())
        .map(|(index, line)| {
            if line.trim().is_empty() || line.starts_with([';', '(']) {
                return line;
            }
            let (number, words) = match split(line, checksums) {
                Ok(parts) => parts,
                Err(what) => {
                    faults.push(Fault { line: index + 1, what });
                    return line;
                }
            };
            if number != next {
                faults.push(Fault { line: index + 1, what: format!("N{number}, {next} is next") });
            }
            next = number + 1;
            // Only the count itself, which is no word of the program.
            if words == "M110 N0" && number == 0 { "" } else { words }
        })
        .collect();
    (plain.join("\n"), faults)
}

/// Number and words of a line.
fn split(line: &str, checksums: bool) -> Result<(u64, &str), String> {
    let (line, comment) = line.find(';').map_or((line, ""), |at| line.split_at(at));
    let mut words = line.trim_end();
    if checksums {
        let (before, sum) = words.rsplit_once('*').ok_or("no checksum")?;
        let found = before.bytes().fold(0, |sum, byte| sum ^ byte);
        if sum.parse() != Ok(found) {
            return Err(format!(
                "the checksum {sum}, {found} is that of the line{}",
                if comment.is_empty() { "" } else { " before its comment" }
            ));
        }
        words = before;
    }
    let numbered = words.strip_prefix('N').and_then(|rest| {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        Some((rest[..digits].parse().ok()?, rest[digits..].trim_start()))
    });
    numbered.ok_or_else(|| "no line number".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_checksums_are_looked_at() {
        let good = "; a\nN0 M110 N0*125\nN1 G21*27\n\nN2 G90*18 ; absolute\n";
        assert_eq!(without_numbers(good, true), ("; a\n\nG21\n\nG90\n".to_owned(), Vec::new()));
        for (from, to, line) in [("N1", "N2", 3), ("*27", "*28", 3), ("*27", "", 3), ("N2 ", "", 5), ("G90", "G91", 5)]
        {
            let (_, faults) = without_numbers(&good.replacen(from, to, 1), true);
            assert_eq!(faults[0].line, line, "{from}: {faults:?}");
        }
        assert_eq!(without_numbers("N0 G21\nN1 G90\n", false), ("G21\nG90\n".to_owned(), Vec::new()));
        assert_eq!(without_numbers("N0 G21\nN3 G90\n", false).1.len(), 1);
    }
}
