use crate::geometry::parse_finite;

/// A letter and its number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Word {
    pub(super) letter: char,
    pub(super) value: f64,
}

/// Splits a line into words. Comments in round brackets and behind a semicolon are passed over.
pub(super) fn words(line: &str) -> Result<Vec<Word>, String> {
    let code = without_comments(line)?;
    let mut words = Vec::new();
    let mut rest = code.trim();
    while let Some(letter) = rest.chars().next() {
        if !letter.is_ascii_uppercase() {
            return Err(format!("\"{letter}\" where a word should begin"));
        }
        let digits = rest[1..].trim_start();
        let end = digits.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))).unwrap_or(digits.len());
        let value = parse_finite(&digits[..end]).ok_or_else(|| format!("{letter} without a number"))?;
        words.push(Word { letter, value });
        rest = digits[end..].trim_start();
    }
    Ok(words)
}

fn without_comments(line: &str) -> Result<String, String> {
    let mut code = String::with_capacity(line.len());
    let mut depth = 0;
    for c in line.chars() {
        match c {
            ';' if depth == 0 => break,
            '(' if depth == 0 => depth = 1,
            '(' => return Err("a bracket inside a comment".to_owned()),
            ')' if depth == 1 => depth = 0,
            ')' => return Err("a bracket that closes nothing".to_owned()),
            _ if depth == 0 => code.push(c),
            _ => {}
        }
    }
    if depth > 0 { Err("a comment that is not closed".to_owned()) } else { Ok(code) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_falls_into_letters_and_numbers() {
        let read = words("G1 X-1.5Y.25 (to the skin) F600 ; slow").unwrap();
        let shown: Vec<_> = read.iter().map(|word| format!("{}{}", word.letter, word.value)).collect();
        assert_eq!(shown, ["G1", "X-1.5", "Y0.25", "F600"]);
        assert!(words("(only words)").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_word_is_told() {
        for line in ["G", "X1.2.3", "X1e3", "g1", "%", "#1=2", "X[1+2]", "(open", "X1)", "(a (b))", "X--1", "Xé"] {
            assert!(words(line).is_err(), "{line}");
        }
    }
}
