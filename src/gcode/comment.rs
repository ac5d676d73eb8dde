//! Comments that cannot become commands.

/// Longest line of a program, comment included: what the strictest controller and sender take.
pub(super) const LONGEST_LINE: usize = 70;

/// Writes the text as comment lines: only letters, digits, blanks and `.,=_+-:/$` are kept, everything else becomes `_`;
/// wrapped at words, words that are too long are cut into pieces.
pub(super) fn push(program: &mut String, text: &str) {
    let width = LONGEST_LINE - 2;
    let clean: String = text.chars().map(|c| if is_harmless(c) { c } else { '_' }).collect();
    let mut line = String::new();
    let words = clean.split(' ').filter(|word| !word.is_empty());
    for piece in words.flat_map(|word| (0..word.len()).step_by(width).map(|at| &word[at..word.len().min(at + width)])) {
        if !line.is_empty() && line.len() + 1 + piece.len() > width {
            flush(program, &mut line);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(piece);
    }
    flush(program, &mut line);
}

fn is_harmless(c: char) -> bool {
    c.is_ascii_alphanumeric() || " .,=_+-:/$".contains(c)
}

fn flush(program: &mut String, line: &mut String) {
    program.push_str("; ");
    program.push_str(line);
    program.push('\n');
    line.clear();
}
