//! Runs one reader on what a fuzzer, a file or blind mutation gives, and fails where it takes too much.

mod mutate;
mod readers;

use std::path::Path;
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;

use readers::{READERS, Reader};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// Memory that a reader may take beyond ten times the file, bytes.
const ALLOWANCE: usize = 64 << 20;
const TIME_LIMIT: Duration = Duration::from_secs(2);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let names = || READERS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" ");
    let chosen = |name: &String| READERS.iter().find(|(known, _)| known == name);
    let Some(reader) = arguments.first().and_then(chosen) else {
        eprintln!("usage: tonsure-fuzz READER [FILE... | --mutate N [SEED]], READER one of {}", names());
        std::process::exit(2);
    };
    match &arguments[1..] {
        [] => afl::fuzz!(|bytes: &[u8]| {
            check(reader, bytes);
        }),
        [mode, count, seed @ ..] if mode == "--mutate" => {
            let seed = seed.first().map_or(1, |seed| seed.parse().expect("a seed"));
            mutations(reader, count.parse().expect("a number of inputs"), seed);
        }
        files => {
            for file in files {
                let is_read = check(reader, &std::fs::read(file).expect("a readable file"));
                println!("{file}: {}", if is_read { "read" } else { "refused" });
            }
        }
    }
}

/// Panics where the reader does, or takes too much memory or time.
/// True where the input could be read.
fn check(reader: &Reader, bytes: &[u8]) -> bool {
    let (before, started) = (ALLOCATED.current_usage(), Instant::now());
    ALLOCATED.reset_peak_usage();
    let outcome = (reader.1)(bytes);
    let taken = ALLOCATED.peak_usage().saturating_sub(before);
    let seconds = started.elapsed();
    assert!(taken <= 10 * bytes.len() + ALLOWANCE, "{taken} bytes of memory for a file of {}", bytes.len());
    assert!(seconds < TIME_LIMIT, "{seconds:?} for a file of {} bytes", bytes.len());
    outcome.map_err(|error| assert!(!error.to_string().is_empty(), "an error without words")).is_ok()
}

fn mutations(reader: &Reader, count: u64, seed: u64) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(reader.0);
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("a folder of seeds").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let seeds: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).expect("a readable seed")).collect();
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let mut input = Vec::new();
    let mut read_well = 0_u64;
    for _ in 0..count {
        input.clone_from(&seeds[rng.random_range(0..seeds.len())]);
        let other = &seeds[rng.random_range(0..seeds.len())];
        mutate::mutate(&mut input, other, &mut rng);
        let Ok(is_read) = std::panic::catch_unwind(|| check(reader, &input)) else {
            let kept = std::env::temp_dir().join(format!("tonsure-fuzz-{}", reader.0));
            std::fs::write(&kept, &input).expect("a place for the input");
            eprintln!("the input is kept in {}", kept.display());
            std::process::exit(1);
        };
        read_well += u64::from(is_read);
    }
    println!("{}: {count} inputs, {read_well} of them could be read", reader.0);
}
