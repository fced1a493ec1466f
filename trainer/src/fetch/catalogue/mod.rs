//! What `nadir fetch` knows: public addresses, sizes, hashes, licences, citations.
//!
//! None of the addresses could be reached from the machine on which this file was written. Sizes and hashes are those
//! that public records state; `evidence` names the records, and `verified` says whether two of them, independent of
//! each other, agree. No hash was made up: where none is published, `sha256` is `None`.

mod entries;
mod entry;

pub use entries::CATALOGUE;
pub use entry::{Entry, Join, Remote, Size, Unpack};

/// The entry of that name.
pub fn find(name: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{KNOWN_WEIGHTS, KnownWeights};
    use std::collections::HashSet;
    use std::path::{Component, Path};

    #[test]
    fn names_are_unique_and_every_saved_path_stays_in_the_folder() {
        let mut names = HashSet::new();
        let mut paths = HashSet::new();
        for entry in CATALOGUE {
            assert!(names.insert(entry.name), "{} twice", entry.name);
            let joined = entry.join.iter().map(|join| join.save_as);
            for saved in entry.files.iter().map(|file| file.save_as).chain(joined) {
                assert!(paths.insert((entry.folder, saved)), "{}/{saved} twice", entry.folder);
                assert!(Path::new(saved).components().all(|part| matches!(part, Component::Normal(_))), "{saved}");
            }
        }
    }

    /// torch.hub's convention: NAME-HASH.pth, the first digits of the file's SHA-256.
    #[test]
    fn names_of_weights_carry_the_beginning_of_their_hash() {
        let mut seen = 0;
        for file in CATALOGUE.iter().flat_map(|entry| entry.files).filter(|file| file.save_as.ends_with(".pth")) {
            let (_, prefix) = file.save_as.trim_end_matches(".pth").rsplit_once('-').expect("a dash");
            assert_eq!(prefix.len(), 8, "{}", file.save_as);
            assert!(file.sha256.expect("published").starts_with(prefix), "{}", file.save_as);
            assert!(file.urls[0].ends_with(file.save_as));
            seen += 1;
        }
        assert_eq!(seen, 14);
    }

    /// TorchGeo's files are known by name wherever weights are named, each with the settings that its entry says.
    #[test]
    fn weights_of_known_bands_are_fetched_under_their_names() {
        for known in KNOWN_WEIGHTS {
            let is_known = |file: &Remote| KnownWeights::of(Path::new(file.save_as)) == Some(known);
            let entry = CATALOGUE.iter().find(|entry| entry.files.iter().any(is_known)).expect(known.stem);
            let normalisation = serde_json::json!(known.normalisation);
            let normalisation = format!("normalisation={}", normalisation.as_str().expect("a word"));
            assert!(entry.next.contains(&normalisation), "{}", entry.next);
            let bands = entry.next.split_once("data.bands=[").and_then(|(_, rest)| rest.split_once(']'));
            assert_eq!(bands.map_or(0, |(list, _)| list.split(',').count()), known.bands.len(), "{}", entry.next);
        }
    }

    #[test]
    fn hashes_are_lower_case_digits_and_joined_parts_are_downloaded() {
        for entry in CATALOGUE {
            let hashes = entry.files.iter().filter_map(|file| file.sha256);
            for hash in hashes.chain(entry.join.iter().map(|join| join.sha256)) {
                assert!((8..=64).contains(&hash.len()), "{hash}");
                assert!(hash.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')), "{hash}");
            }
            for part in entry.join.iter().flat_map(|join| join.parts) {
                assert!(entry.files.iter().any(|file| file.save_as == *part), "{part}");
            }
            assert!(!entry.licence.is_empty() && !entry.citation.is_empty() && !entry.next.is_empty());
        }
    }
}
