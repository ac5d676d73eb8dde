use super::controller::{Contact, Controller};
use crate::geometry::parse_finite;

/// Longest line that every controller and sender takes whole, comment included.
const LONGEST_LINE: usize = 70;
/// Most digits of a number: grbl and `FluidNC` read eight, zeros in front included, and take the others for zeros (`read_float`).
const MOST_DIGITS: usize = 8;
/// Characters that grbl acts upon at once wherever they stand, comments included: feed hold, cycle start, status.
pub(super) const REAL_TIME: [char; 3] = ['!', '~', '?'];
/// How comments begin that are shown to the operator, and do nothing else.
pub(super) const SHOWN: &str = "msg,";
/// How comments begin that LinuxCNC carries out: messages, logs, probe files, Python.
pub(super) const ACTIVE: [&str; 11] = [
    SHOWN,
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
    /// Whether the value counts from where a probe has touched.
    pub(super) contact: bool,
}

/// A line as its controller splits it.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// Letters and numbers.
    Words(Vec<Word>),
    /// A command with a name, and its parameters.
    Named(String, Vec<(String, String)>),
}

/// Splits a line into words. Comments in round brackets, where the controller has them, and behind a semicolon are passed over, but not
/// what some controller would act upon inside of them. Texts for the operator count as comments.
pub(super) fn read(line: &str, controller: &Controller) -> Result<Line, String> {
    if line.len() > LONGEST_LINE {
        return Err(format!("{} characters, {LONGEST_LINE} are the most", line.len()));
    }
    // A lone carriage return ends the line, and with it the comment, for some; bytes above 127 change grbl's speeds.
    // To Marlin a tab is no blank, but for those of a comment.
    let trimmed = line.trim_matches([' ', '\t']);
    let comment = trimmed.find(';').unwrap_or(trimmed.len());
    let plain = |at: usize, c: char| match c {
        '\t' => controller.block_language || at > comment,
        _ => matches!(c, ' '..='\x7e') && !REAL_TIME.contains(&c),
    };
    if let Some((_, c)) = trimmed.char_indices().find(|&(at, c)| !plain(at, c)) {
        return Err(format!("the character {c:?}, upon which a controller may act even in a comment"));
    }
    let code = without_comments(line, controller)?;
    let mut words = Vec::new();
    let mut rest = code.trim();
    if !controller.block_language {
        if rest == "M117" || rest.starts_with("M117 ") {
            return Ok(Line::Words(words));
        }
        if let Some(named) = Some(rest).filter(|_| controller.named_commands).map_or(Ok(None), named)? {
            return Ok(named);
        }
    }
    while let Some(letter) = rest.chars().next() {
        if !letter.is_ascii_uppercase() {
            return Err(format!("\"{letter}\" where a word should begin"));
        }
        let digits = rest[1..].trim_start();
        if controller.contact == Some(Contact::Parameters) && digits.starts_with('[') {
            let (inside, after) = digits[1..].split_once(']').ok_or("a bracket that is not closed")?;
            words.push(Word { letter, value: from_contact(letter, inside)?, contact: true });
            rest = after.trim_start();
            continue;
        }
        let end = digits.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))).unwrap_or(digits.len());
        let value = parse_finite(&digits[..end]).ok_or_else(|| format!("{letter} without a number"))?;
        if digits[..end].bytes().filter(u8::is_ascii_digit).count() > MOST_DIGITS {
            return Err(format!("{letter}{}, of which some controllers read {MOST_DIGITS} digits", &digits[..end]));
        }
        // G-0 is G0 to some, and no command to others.
        if matches!(letter, 'G' | 'M') && digits.starts_with(['-', '+']) {
            return Err(format!("{letter}{}, a command with a sign", &digits[..end]));
        }
        // Klipper compares names, and knows neither G01 nor G1.0.
        let is_plain = digits[..end].bytes().all(|b| b.is_ascii_digit()) && (end == 1 || !digits.starts_with('0'));
        if !controller.block_language && matches!(letter, 'G' | 'M') && !is_plain {
            return Err(format!("{letter}{}, which is not {letter}{value} to every controller", &digits[..end]));
        }
        words.push(Word { letter, value, contact: false });
        rest = digits[end..].trim_start();
    }
    let commands = words.iter().filter(|word| matches!(word.letter, 'G' | 'M')).count();
    if !controller.block_language && !words.is_empty() && (commands != 1 || !matches!(words[0].letter, 'G' | 'M')) {
        return Err(format!("{commands} commands, one at the start is what this controller reads"));
    }
    Ok(Line::Words(words))
}

/// What is added to the parameter that holds the touch on that very axis: `#5061-0.5` for X. Nothing else is read between brackets.
fn from_contact(letter: char, inside: &str) -> Result<f64, String> {
    let wrong = || format!("{letter}[{inside}], which does not count from the touch on this axis");
    let parameter = "XYZ".find(letter).map(|axis| format!("#{}", 5061 + axis)).ok_or_else(wrong)?;
    let rest = inside.strip_prefix(parameter.as_str()).ok_or_else(wrong)?;
    if rest.is_empty() {
        return Ok(0.0);
    }
    parse_finite(rest).filter(|_| rest.starts_with(['+', '-'])).ok_or_else(wrong)
}

/// A command of two letters or more, as Klipper has them: `NAME KEY=value …`.
fn named(code: &str) -> Result<Option<Line>, String> {
    let mut parts = code.split_ascii_whitespace();
    let is_letter = |b: u8| b.is_ascii_uppercase() || b == b'_';
    let is_name = |name: &&str| {
        let begins = name.len() > 1 && name.bytes().take(2).all(is_letter);
        begins && name.bytes().all(|b| is_letter(b) || b.is_ascii_digit())
    };
    let Some(name) = parts.next().filter(is_name) else { return Ok(None) };
    let pair = |part: &str| part.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    let pairs: Option<Vec<_>> = parts.map(pair).collect();
    Ok(Some(Line::Named(name.to_owned(), pairs.ok_or_else(|| format!("{name} with something else than KEY=value"))?)))
}

/// The line with a blank in place of each comment.
fn without_comments(line: &str, controller: &Controller) -> Result<String, String> {
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
        if comment.starts_with('(') && !controller.block_language {
            return Err("a comment in brackets, which this controller does not know".to_owned());
        }
        let start = text.trim_start().to_ascii_lowercase();
        let shown = controller.shows_brackets && start.starts_with(SHOWN) && text.starts_with("MSG,");
        if !shown && ACTIVE.iter().any(|active| start.starts_with(active)) {
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
    use crate::rig::Dialect;

    fn words(line: &str) -> Result<Vec<Word>, String> {
        match read(line, Controller::of(Dialect::Grbl))? {
            Line::Words(words) => Ok(words),
            Line::Named(name, _) => Err(name),
        }
    }

    fn printed(line: &str) -> Result<Line, String> {
        read(line, Controller::of(Dialect::Klipper))
    }

    #[test]
    fn a_line_falls_into_letters_and_numbers() {
        let read = words("G1 X-1.5Y.25 (to the skin) F600 ; slow (and) steady").unwrap();
        let shown: Vec<_> = read.iter().map(|word| format!("{}{}", word.letter, word.value)).collect();
        assert_eq!(shown, ["G1", "X-1.5", "Y0.25", "F600"]);
        assert!(words("(only words)").unwrap().is_empty());
        assert!(words("G1\tX00012.5\t").is_ok(), "eight digits at most, and tabs");
        assert!(words("; needle retracted, logged, printed").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_word_is_told() {
        for line in [
            "G", "X1.2.3", "X1e3", "g1", "%", "#1=2", "X[1+2]", "(open", "X1)", "(a (b))", "X--1", "Xé", "/X1", "G-0",
            "M+5",
        ] {
            assert!(words(line).is_err(), "{line}");
        }
        assert!(words("X000000012.5").is_err(), "grbl would read 10");
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

    #[test]
    fn messages_are_comments_where_they_are_shown() {
        for dialect in [Dialect::Linuxcnc, Dialect::Grblhal, Dialect::Fluidnc] {
            assert_eq!(read("(MSG,change the cartridge)", Controller::of(dialect)), Ok(Line::Words(Vec::new())));
            assert!(read("(print,x)", Controller::of(dialect)).is_err());
        }
        assert!(words("(MSG,change the cartridge)").is_err());
        assert_eq!(printed("M117 G1 X5"), Ok(Line::Words(Vec::new())));
        assert!(printed("M1175").is_ok_and(|line| line != Line::Words(Vec::new())));
    }

    #[test]
    fn printers_read_one_command_a_line() {
        let named = |name: &str, key: &str| Line::Named(name.to_owned(), vec![(key.to_owned(), "1".to_owned())]);
        assert_eq!(printed("SET_PIN VALUE=1 ; on"), Ok(named("SET_PIN", "VALUE")));
        assert!(printed("G1X1Y-.5F600 ; stroke").is_ok());
        for line in
            ["G21 G90", "X1 Y2", "G01 X1", "(a comment)", "F600", "SET_PIN PIN", "M400 M42 P1 S1", "G1.0 X1", "G1\tX1"]
        {
            assert!(printed(line).is_err(), "{line}");
        }
    }
}
