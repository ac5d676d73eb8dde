//! Edits that change nothing that matters.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::kinds::{Source, pick};
use super::reading::{Word, code, words};

type Edit = fn(&Source<'_>, &mut Pcg64) -> Option<Vec<u8>>;

pub(super) const EDITS: [(&str, Edit); 13] = [
    ("comment added", |s, r| {
        s.tried(|lines| {
            let at = r.random_range(first_code(lines)..lines.len());
            lines.insert(at, "; checked by hand".to_owned());
            Some(())
        })
    }),
    ("comment behind words", |s, r| s.on_code(r, |line, _| Some(format!("{line} ; here")))),
    ("letter of a comment", |s, r| {
        s.tried(|lines| {
            let own = |line: &&String| {
                line.starts_with("; ") && !["=", " hook", "put in tool"].iter().any(|part| line.contains(part))
            };
            let mut comments: Vec<usize> = (0..lines.len()).filter(|&i| own(&&lines[i])).collect();
            comments.retain(|&i| lines[i].len() > 3);
            let at = pick(&comments, r)?;
            let letter = r.random_range(2..lines[at].len());
            lines[at].replace_range(letter..=letter, pick(&["a", "k", "7", " "], r)?);
            Some(())
        })
    }),
    ("blank line", |s, r| {
        s.tried(|lines| {
            lines.insert(r.random_range(first_code(lines)..lines.len()), pick(&["", " ", "\t"], r)?.to_owned());
            Some(())
        })
    }),
    ("blanks at the end", |s, r| s.on_code(r, |line, _| Some(format!("{line}  ")))),
    ("blanks between words", |s, r| {
        s.on_words(r, |line, words, r| {
            line.insert(pick(words, r)?.end, ' ');
            Some(())
        })
    }),
    ("leading zero", |s, r| {
        s.on_words(r, |line, words, r| {
            let word = pick(words, r).filter(|word| !"GMF".contains(word.letter))?;
            let at = word.start + 1 + usize::from(line.as_bytes()[word.start + 1] == b'-');
            line.insert(at, '0');
            Some(())
        })
    }),
    ("trailing zero", |s, r| {
        s.on_words(r, |line, words, r| {
            let word = pick(words, r).filter(|word| !"GM".contains(word.letter))?;
            let has_point = line[word.start..word.end].contains('.');
            line.insert_str(word.end, if has_point { "0" } else { ".0" });
            Some(())
        })
    }),
    ("plus sign", |s, r| {
        s.on_words(r, |line, words, r| {
            let word = pick(words, r).filter(|word| word.value > 0.0 && !"GM".contains(word.letter))?;
            line.insert(word.start + 1, '+');
            Some(())
        })
    }),
    ("fourth decimal", |s, r| {
        s.on_words(r, |line, words, r| {
            let word = pick(words, r).filter(|word| "XYZABC".contains(word.letter))?;
            let decimals = line[word.start..word.end].split_once('.').map_or(0, |(_, decimals)| decimals.len());
            let zeros = ["", "0", "00", "000"][3_usize.checked_sub(decimals)?];
            let point = if decimals == 0 { "." } else { "" };
            let digit = if word.letter > 'C' { r.random_range(1..4) } else { 1 };
            line.insert_str(word.end, &format!("{point}{zeros}{digit}"));
            Some(())
        })
    }),
    ("line ends of Windows", |s, _| Some(s.good.text.replace('\n', "\r\n").into_bytes())),
    ("words in another order", |s, r| {
        s.on_words(r, |line, words, r| {
            let moved: Vec<&Word> = words.iter().filter(|word| "XYZABCF".contains(word.letter)).collect();
            let (a, b) = (pick(&moved, r)?, pick(&moved, r)?);
            if a.end > b.start {
                return None;
            }
            let [first, second] = [a, b].map(|word| line[word.start..word.end].to_owned());
            line.replace_range(b.start..b.end, &first);
            line.replace_range(a.start..a.end, &second);
            Some(())
        })
    }),
    ("mode said again", |s, r| {
        s.tried(|lines| {
            // Where it is in force anyway: behind the first motion, away from stops.
            let moving: Vec<usize> = (1..lines.len())
                .filter(|&i| lines[i].starts_with(['X', 'G']) && lines[i - 1].starts_with("G0"))
                .collect();
            lines.insert(pick(&moving, r)?, pick(&["G90", "G21"], r)?.to_owned());
            Some(())
        })
    }),
];

fn first_code(lines: &[String]) -> usize {
    lines.iter().position(|line| !code(line).is_empty()).unwrap_or(0)
}

impl Source<'_> {
    fn on_code(&self, random: &mut Pcg64, change: fn(&str, &mut Pcg64) -> Option<String>) -> Option<Vec<u8>> {
        let at = pick(&self.code, random)?;
        self.tried(|lines| {
            lines[at] = change(&lines[at], random)?;
            Some(())
        })
    }

    fn on_words(
        &self,
        random: &mut Pcg64,
        change: fn(&mut String, &[Word], &mut Pcg64) -> Option<()>,
    ) -> Option<Vec<u8>> {
        let at = pick(&self.code, random)?;
        let words = words(self.lines[at])?;
        self.tried(|lines| change(&mut lines[at], &words, random))
    }
}
