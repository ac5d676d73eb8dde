//! Readers on mutated files: an error with words or a value, never a panic. `tests/fuzz` does the same with a guide,
//! with limits of time and memory, and millions of times; `TONSURE_MUTATIONS=N` makes more of them here.

#[path = "../fuzz/src/mutate.rs"]
mod mutate;
#[path = "../fuzz/src/readers.rs"]
mod readers;

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;

use readers::{READERS, Reader};

/// The files from which the fuzzers begin, in the order of their names.
fn seeds((name, _): &Reader) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/seeds")).join(name);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
}

#[test]
fn the_seeds_are_good_files() {
    for reader in READERS {
        for (name, bytes) in seeds(reader) {
            reader.1(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}

/// Mutated files for each reader.
fn count() -> u32 {
    std::env::var("TONSURE_MUTATIONS").map_or(100, |count| count.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(count()))]

    #[test]
    fn a_mutated_file_is_read_or_refused_with_words(seed in any::<u64>(), pick in any::<[prop::sample::Index; 2]>()) {
        for reader in READERS {
            let files = seeds(reader);
            let [mut bytes, other] = pick.map(|index| index.get(&files).1.clone());
            mutate::mutate(&mut bytes, &other, &mut Pcg64Mcg::seed_from_u64(seed));
            if let Err(error) = reader.1(&bytes) {
                let text = error.to_string();
                prop_assert!(text.starts_with("found ") || text.contains(": found "), "{}: {text}", reader.0);
                prop_assert!(text.contains(" expected ") && text.len() < 2000, "{}: {text}", reader.0);
            }
        }
    }
}
