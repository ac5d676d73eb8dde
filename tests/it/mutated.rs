//! Readers on mutated files: an error with words or a value, never a panic. `tests/fuzz` does the same with a guide,
//! with limits of time and memory, and millions of times.

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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_mutated_file_is_read_or_refused_with_words(seed in any::<u64>(), pick in any::<[prop::sample::Index; 2]>()) {
        for reader in READERS {
            let files = seeds(reader);
            let [mut bytes, other] = pick.map(|index| index.get(&files).1.clone());
            mutate::mutate(&mut bytes, &other, &mut Pcg64Mcg::seed_from_u64(seed));
            if let Err(error) = reader.1(&bytes) {
                prop_assert!(error.to_string().starts_with("found ") || error.to_string().contains(": found "), "{error}");
            }
        }
    }
}
