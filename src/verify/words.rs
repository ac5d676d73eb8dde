use crate::geometry::parse_finite;

/// Longest line that every controller and sender takes whole, comment included.
const LONGEST_LINE: usize = 70;
/// Characters that grbl acts upon at once wherever they stand, comments included: feed hold, cycle start, status.
const REAL_TIME: [char; 3] = ['!', '~', '?'];
/// How comments begin that LinuxCNC carries out: messages, logs, probe files, Python.
const ACTIVE: [&str; 11] = [
    "msg,",
    "debug,",
    "print,",
    "log,",
    "logopen,",
    "logappend,",
    "logclose",
    "probeopen",
    "probeclose",
    "py,",
    "abort,",
];

/// A letter and its number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Word {
    pub(super) letter: char,
    pub(super) value: f64,
}

/// Splits a line into words. Comments in round brackets and behind a semicolon are passed over, but not what some
/// controller would act upon inside of them.
pub(super) fn words(line: &str) -> Result<Vec<Word>, String> {
    if line.len() > LONGEST_LINE {
        return Err(format!("{} characters, {LONGEST_LINE} are the most", line.len()));
    }
    // A lone carriage return ends the line, and with it the comment, for some; bytes above 127 change grbl's speeds.
    let plain = |c: char| c == '\t' || (matches!(c, ' '..='\x7e') && !REAL_TIME.contains(&c));
    if let Some(c) = line.chars().find(|&c| !plain(c)) {
        return Err(format!("the character {c:?}, upon which a controller may act even in a comment"));
    }
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

/// The line with a blank in place of each comment.
fn without_comments(line: &str) -> Result<String, String> {
    let mut code = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find(['(', ')', ';']) {
        let (before, comment) = rest.split_at(start);
        code.push_str(before);
        code.push(' ');
        let (text, after) = match (comment.strip_prefix('('), comment.strip_prefix(';')) {
            (Some(inside), _) => inside.split_once(')').ok_or("a comment that is not closed")?,
            (_, Some(inside)) => (inside, ""),
            _ => return Err("a bracket that closes nothing".to_owned()),
        };
        if comment.starts_with('(') && text.contains('(') {
            return Err("a bracket inside a comment".to_owned());
        }
        let start = text.trim_start().to_ascii_lowercase();
        if ACTIVE.iter().any(|active| start.starts_with(active)) {
            return Err(format!("the comment \"{}\", which a controller carries out", text.trim()));
        }
        rest = after;
    }
    code.push_str(rest);
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_falls_into_letters_and_numbers() {
        let read = words("G1 X-1.5Y.25 (to the skin) F600 ; slow (and) steady").unwrap();
        let shown: Vec<_> = read.iter().map(|word| format!("{}{}", word.letter, word.value)).collect();
        assert_eq!(shown, ["G1", "X-1.5", "Y0.25", "F600"]);
        assert!(words("(only words)").unwrap().is_empty());
        assert!(words("; needle retracted, logged, printed").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_word_is_told() {
        for line in ["G", "X1.2.3", "X1e3", "g1", "%", "#1=2", "X[1+2]", "(open", "X1)", "(a (b))", "X--1", "Xé", "/X1"]
        {
            assert!(words(line).is_err(), "{line}");
        }
        assert!(words("X1(hundred)0").is_err(), "the comment must not glue two numbers together");
    }

    #[test]
    fn comments_that_act_are_told() {
        for line in
            ["; one\rG0 Z0", "; Ñ", "; stop!", "(MSG, hi)", "M5 ( py,import os)", ";py,x", "(logclose)", "; \u{1}"]
        {
            assert!(words(line).is_err(), "{line}");
        }
        assert!(words(&format!("; {}", "x".repeat(LONGEST_LINE))).is_err());
    }
}
