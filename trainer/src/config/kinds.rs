//! Groups of settings whose `kind` decides which keys they have, such as `data` or `pretrain.optimizer`.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// Stands for a value that is not set yet, one of each type.
fn placeholders() -> [Value; 6] {
    [
        Value::String("?".to_owned()),
        Value::Integer(1),
        Value::Float(0.5),
        Value::Boolean(false),
        Value::Table(Table::new()),
        Value::Array(Vec::new()),
    ]
}

/// Takes the keys of the old kind out of a group that gets another kind, but those that the command line has set
/// itself (`set_keys`, such as `data.images`), in whichever order. `path` is the group's, such as `data.objects`.
/// Gives the keys that were dropped.
pub(super) fn drop_keys_of_old_kind(
    group: &mut Table,
    path: &str,
    new_kind: &Value,
    set_keys: &[String],
) -> Vec<String> {
    if group.get("kind").is_none_or(|old| old == new_kind) {
        return Vec::new();
    }
    let is_set = |key: &str| {
        let own = format!("{path}.{key}");
        set_keys.iter().any(|set| *set == own || set.strip_prefix(&own).is_some_and(|rest| rest.starts_with('.')))
    };
    let dropped: Vec<String> = group.keys().filter(|key| *key != "kind" && !is_set(key)).cloned().collect();
    dropped.iter().for_each(|key| drop(group.remove(key)));
    dropped
}

/// Where a group with a `kind` lacks a key: which keys the kind needs and which are missing, a sentence. It is found by
/// reading the group as `T` with ever more keys, so it holds for every kind that there is.
pub(super) fn missing_keys<T: DeserializeOwned>(table: &Table) -> Option<String> {
    let mut groups = Vec::new();
    groups_with_a_kind(table, &mut Vec::new(), &mut groups);
    // Groups inside of others first: these are read first.
    groups.sort_by_key(|path| std::cmp::Reverse(path.len()));
    groups.iter().find_map(|path| missing_in::<T>(table, path))
}

fn groups_with_a_kind(table: &Table, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    for (key, value) in table {
        let Value::Table(below) = value else { continue };
        path.push(key.clone());
        if below.get("kind").is_some_and(Value::is_str) {
            found.push(path.clone());
        }
        groups_with_a_kind(below, path, found);
        path.pop();
    }
}

fn missing_in<T: DeserializeOwned>(table: &Table, path: &[String]) -> Option<String> {
    let given = group_at(&mut table.clone(), path)?.clone();
    let kind = given.get("kind")?.as_str()?.to_owned();
    // The outermost group alone, its inner one with nothing but its kind.
    let mut trial = Table::from_iter([(path[0].clone(), table.get(&path[0])?.clone())]);
    *group_at(&mut trial, path)? = Table::from_iter([("kind".to_owned(), Value::String(kind.clone()))]);
    let mut needed: Vec<String> = Vec::new();
    while let Some(key) = refused::<T>(&trial).and_then(|message| missing_field(&message)) {
        if needed.contains(&key) || key == "kind" {
            break;
        }
        let fits = |placeholder: &Value| {
            let mut trial = trial.clone();
            group_at(&mut trial, path)?.insert(key.clone(), placeholder.clone());
            let message = refused::<T>(&trial).unwrap_or_default();
            let is_elsewhere = missing_field(&message).as_ref() == Some(&key) || message.contains("unknown field");
            (!is_elsewhere && !message.contains("invalid type")).then_some(trial)
        };
        let Some(longer) = placeholders().iter().find_map(fits) else { break };
        trial = longer;
        needed.push(key);
    }
    let missing: Vec<String> = needed.iter().filter(|key| !given.contains_key(*key)).cloned().collect();
    let path = path.join(".");
    let first = missing.first()?;
    Some(format!(
        "{path}.kind = {kind:?} needs {}; {} missing (--set {path}.{first}=VALUE, or in the config)",
        listed(&needed),
        match missing.as_slice() {
            [one] => format!("{one} is"),
            several => format!("{} are", listed(several)),
        },
    ))
}

fn group_at<'a>(table: &'a mut Table, path: &[String]) -> Option<&'a mut Table> {
    path.iter().try_fold(table, |table, key| table.get_mut(key)?.as_table_mut())
}

/// What reading the table as `T` says against it.
fn refused<T: DeserializeOwned>(table: &Table) -> Option<String> {
    table.clone().try_into::<T>().err().map(|error| error.to_string())
}

/// The key in serde's message "missing field `key`".
fn missing_field(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("missing field `")?;
    Some(rest.split_once('`')?.0.to_owned())
}

fn listed(keys: &[String]) -> String {
    match keys {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
