//! Texts that cannot become commands.

use crate::rig::LONGEST_LINE;

/// The text with `_` for everything but letters, digits, blanks and `.,=_+-:/$`: no line, word, bracket or mark of any dialect ends a
/// comment or message of it.
pub(super) fn harmless(text: &str) -> String {
    let is_harmless = |c: char| c.is_ascii_alphanumeric() || " .,=_+-:/$".contains(c);
    text.chars().map(|c| if is_harmless(c) { c } else { '_' }).collect()
}

/// Comment lines of the text, [`harmless`] and wrapped at words; words that are too long are cut into pieces. At least one. Those after the
/// first are set in by one blank more: no text goes on with what passes for the mark of a hook or a stop.
pub(super) fn lines(text: &str) -> Vec<String> {
    const START: &str = "; ";
    const NEXT: &str = ";  ";
    let width = LONGEST_LINE - NEXT.len();
    let clean = harmless(text);
    let mut lines = vec![String::from(START)];
    let words = clean.split(' ').filter(|word| !word.is_empty());
    for piece in words.flat_map(|word| (0..word.len()).step_by(width).map(|at| &word[at..word.len().min(at + width)])) {
        if let Some(line) =
            lines.last_mut().filter(|line| line.len() == START.len() || line.len() + piece.len() < LONGEST_LINE)
        {
            if line.len() > START.len() {
                line.push(' ');
            }
            line.push_str(piece);
        } else {
            lines.push(format!("{NEXT}{piece}"));
        }
    }
    lines
}
