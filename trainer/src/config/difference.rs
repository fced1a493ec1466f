//! In which settings two configs differ.

use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

/// Each setting that differs between two TOML texts, in alphabetical order: `pretrain.epochs: 2 there, 4 here`.
pub(super) fn differences(there: &str, here: &str) -> Vec<String> {
    let [there, here] = [there, here].map(|text| {
        let table: Table = toml::from_str(text).expect("written by this program");
        let mut settings = BTreeMap::new();
        flatten(&table, "", &mut settings);
        settings
    });
    let keys: BTreeSet<&String> = there.keys().chain(here.keys()).collect();
    let value = |settings: &BTreeMap<String, String>, key: &String| {
        settings.get(key).cloned().unwrap_or_else(|| "not set".to_owned())
    };
    keys.into_iter()
        .filter(|key| there.get(*key) != here.get(*key))
        .map(|key| format!("{key}: {} there, {} here", value(&there, key), value(&here, key)))
        .collect()
}

fn flatten(table: &Table, before: &str, settings: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let path = if before.is_empty() { key.clone() } else { format!("{before}.{key}") };
        match value {
            Value::Table(below) => flatten(below, &path, settings),
            other => drop(settings.insert(path, other.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::differences;

    #[test]
    fn every_setting_that_differs_is_named_with_both_values() {
        let there = "seed = 1\n[data]\nkind = \"scenes\"\ncount = 3\n[train]\nscales = [1.0, 2.0]\n";
        let here = "seed = 1\n[data]\nkind = \"voc\"\nroot = \"VOC\"\n[train]\nscales = [1.0]\n";
        assert_eq!(
            differences(there, here),
            [
                "data.count: 3 there, not set here",
                "data.kind: \"scenes\" there, \"voc\" here",
                "data.root: not set there, \"VOC\" here",
                "train.scales: [1.0, 2.0] there, [1.0] here",
            ]
        );
        assert!(differences(there, there).is_empty());
    }
}
