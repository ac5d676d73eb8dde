//! The second opinion cannot be fooled: faults are put into good programs, and those that are dangerous have to be found;
//! edits that change nothing have to pass.

mod agreement;
mod controls;
mod corpus;
mod harmless;
mod kinds;
mod oracle;
mod reading;
mod verdicts;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use rand::SeedableRng;
use rand_pcg::Pcg64;
use rayon::prelude::*;
use tonsure::error::{Finding, Severity};
use tonsure::verify::judge_lines;

use corpus::{GOOD, Good};
use harmless::EDITS;
use kinds::{FAULTS, Source};
use oracle::Danger;

/// Faults of each kind that are put into each program; `TONSURE_FAULTS` asks for more.
const A_KIND: u64 = 5;
/// Harmless edits of each kind for each program.
const AN_EDIT: u64 = 4;

/// What became of the edits of one kind in programs of one dialect.
#[derive(Default)]
struct Tally {
    /// Dangerous ones, and those of them that were found.
    dangerous: [usize; 2],
    /// Harmless ones, and those of them that were let through.
    harmless: [usize; 2],
    /// Not judged: too near to a tolerance, or odd without harm.
    unclear: usize,
    /// Those that came out otherwise than they should: program, reason, and the lines that differ.
    wrong: Vec<String>,
}

type Tallies = BTreeMap<(usize, &'static str), Tally>;

/// All faults with what became of them, and what was told of them.
static FOUND: LazyLock<(Tallies, BTreeSet<String>)> = LazyLock::new(|| {
    let times = std::env::var("TONSURE_FAULTS").ok().map_or(A_KIND, |times| times.parse().unwrap());
    run(&FAULTS, times)
});

/// Whether a program is let through, and if not, why.
fn passes(good: &Good, program: &[u8]) -> (bool, Vec<String>) {
    match judge_lines(&mut &program[..], &good.plan, &good.digest, &good.head.scan) {
        Ok(verdict) => {
            let failed = verdict.findings.into_iter().filter(|finding| finding.severity == Severity::Fail);
            (verdict.verdict != Severity::Fail, failed.flat_map(faults).collect())
        }
        Err(error) => (false, vec![error.to_string()]),
    }
}

/// What a finding says of each line.
fn faults(finding: Finding) -> Vec<String> {
    let Finding { code, message, .. } = finding;
    let of_line = |told: &str| told.split_once(": ").map_or("", |(_, what)| what).to_owned();
    message.split("; line ").map(|told| format!("{code}: {}", of_line(told))).collect()
}

/// The first lines of a mutant that are not those of the program.
fn difference(good: &Good, mutant: &[u8]) -> String {
    let text = String::from_utf8_lossy(mutant);
    let (ours, theirs): (Vec<_>, Vec<_>) = (good.text.lines().collect(), text.lines().collect());
    let at = ours.iter().zip(&theirs).position(|(a, b)| a != b).unwrap_or(ours.len().min(theirs.len()));
    let shown =
        |lines: &[&str]| lines.iter().skip(at.saturating_sub(1)).take(4).copied().collect::<Vec<_>>().join(" | ");
    format!("line {}: {}  =>  {}", at + 1, shown(&ours), shown(&theirs))
}

fn table(title: &str, tallies: &Tallies, names: &[&str], column: fn(&Tally) -> [usize; 2]) -> String {
    let dialects: BTreeSet<&str> = tallies.keys().map(|(_, dialect)| *dialect).collect();
    let mut text = format!("{title:<32}");
    for dialect in &dialects {
        write!(text, "{dialect:>10}").unwrap();
    }
    writeln!(text, "{:>12}{:>9}", "all", "unclear").unwrap();
    let shown = |[all, right]: [usize; 2]| format!("{right}/{all}");
    for (kind, name) in names.iter().enumerate() {
        write!(text, "{name:<32}").unwrap();
        let (mut sum, mut unclear) = ([0, 0], 0);
        for dialect in &dialects {
            let tally = tallies.get(&(kind, *dialect));
            let cell = tally.map_or([0, 0], column);
            write!(text, "{:>10}", shown(cell)).unwrap();
            sum = [sum[0] + cell[0], sum[1] + cell[1]];
            unclear += tally.map_or(0, |tally| tally.unclear);
        }
        writeln!(text, "{:>12}{unclear:>9}", shown(sum)).unwrap();
    }
    text
}

type Edit = fn(&Source<'_>, &mut Pcg64) -> Option<Vec<u8>>;

/// Makes edits of every kind in every program. What is dangerous has to be refused, what is harmless to pass.
fn run(edits: &[(&str, Edit)], times: u64) -> (Tallies, BTreeSet<String>) {
    let sources: Vec<Source<'_>> = GOOD.iter().map(Source::new).collect();
    let jobs: Vec<(usize, usize, u64)> = (0..sources.len())
        .flat_map(|source| (0..edits.len()).flat_map(move |kind| (0..times).map(move |seed| (source, kind, seed))))
        .collect();
    let outcomes: Vec<_> = jobs
        .into_par_iter()
        .filter_map(|(number, kind, seed)| {
            let source = &sources[number];
            let mut random = Pcg64::seed_from_u64(seed + 1000 * (kind as u64 + 100 * number as u64));
            let mutant = edits[kind].1(source, &mut random)?;
            if mutant == source.good.text.as_bytes() {
                return None;
            }
            let danger = source.oracle.judge(&mutant);
            if danger == Danger::Unclear {
                return Some((kind, source.good.dialect, danger, None, Vec::new()));
            }
            let (passes, told) = passes(source.good, &mutant);
            let wrong = (passes != (danger == Danger::Harmless)).then(|| {
                format!("{}: {danger:?}: {}, told {told:?}", source.good.name, difference(source.good, &mutant))
            });
            Some((kind, source.good.dialect, danger, wrong, told))
        })
        .collect();
    let (mut tallies, mut all_told) = (Tallies::new(), BTreeSet::new());
    for (kind, dialect, danger, wrong, told) in outcomes {
        all_told.extend(told);
        let tally = tallies.entry((kind, dialect)).or_default();
        let right = usize::from(wrong.is_none());
        match danger {
            Danger::Dangerous(_) => tally.dangerous = [tally.dangerous[0] + 1, tally.dangerous[1] + right],
            Danger::Harmless => tally.harmless = [tally.harmless[0] + 1, tally.harmless[1] + right],
            Danger::Unclear => tally.unclear += 1,
        }
        tally.wrong.extend(wrong);
    }
    (tallies, all_told)
}

/// What came out wrong, with the name of its kind.
fn wrong(tallies: &Tallies, names: &[&str]) -> String {
    let told = tallies.iter().flat_map(|((kind, _), tally)| tally.wrong.iter().map(|what| (*kind, what)));
    told.fold(String::new(), |all, (kind, what)| format!("{all}{}: {what}\n", names[kind]))
}

#[test]
fn the_good_programs_pass() {
    for good in &*GOOD {
        let verdict = judge_lines(&mut good.text.as_bytes(), &good.plan, &good.digest, &good.head.scan).unwrap();
        assert_eq!(verdict.verdict, Severity::Pass, "{}: {:?}", good.name, verdict.findings);
        let dots = good.plan.blocks[0].dots.len();
        assert!(verdict.strikes == dots && dots >= 25, "{}: {dots} dots", good.name);
    }
}

#[test]
fn every_dangerous_fault_is_found_and_no_harmless_one() {
    let (tallies, told) = &*FOUND;
    assert!(!told.is_empty());
    let names = FAULTS.map(|(name, _)| name);
    eprintln!("{}", table("dangerous fault, found", tallies, &names, |tally| tally.dangerous));
    eprintln!("{}", table("the same, but harmless: passed", tallies, &names, |tally| tally.harmless));
    let wrong = wrong(tallies, &names);
    assert!(wrong.is_empty(), "{wrong}");
    let of_kind = |kind: usize| {
        let tallies = tallies.iter().filter(|((k, _), _)| *k == kind);
        tallies.map(|(_, tally)| tally.dangerous[0]).sum::<usize>()
    };
    let counts: Vec<usize> = (0..FAULTS.len()).map(of_kind).collect();
    assert!(counts.iter().sum::<usize>() >= 5000 && counts.iter().all(|&count| count >= 30), "{counts:?}");
}

#[test]
fn no_harmless_edit_is_rejected() {
    let (tallies, _) = run(&EDITS, AN_EDIT);
    let names = EDITS.map(|(name, _)| name);
    eprintln!("{}", table("harmless edit, passed", &tallies, &names, |tally| tally.harmless));
    let wrong = wrong(&tallies, &names);
    assert!(wrong.is_empty(), "{wrong}");
    let harmless: usize = tallies.values().map(|tally| tally.harmless[0]).sum();
    let others: usize = tallies.values().map(|tally| tally.unclear + tally.dangerous[0]).sum();
    assert!(harmless >= 1000 && others * 20 < harmless, "{harmless} harmless edits, {others} others");
}
