//! The classes that lesson 6 can ask about, and which images of a gallery show them.

use nadir_core::neighbours::LabelRows;
use nadir_scene::LABELS;

/// Pictures of a class at the most.
pub const OF_A_CLASS: usize = 3;

/// Which classes are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SetChoice {
    /// Six kinds of objects of generated scenes.
    #[default]
    Six,
    /// What the network's detector finds.
    Objects,
    /// The labels of the network's gallery.
    Labels,
}

impl SetChoice {
    /// All, with their names in the address.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Six, "six"), (Self::Objects, "objects"), (Self::Labels, "labels")];

    /// The choice of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, other)| *other == name).map(|(choice, _)| *choice)
    }
}

/// Whether generated scenes have boxes of all these classes, so that crops can be cut out of them.
pub fn are_of_scenes(classes: &[String]) -> bool {
    classes.iter().all(|class| LABELS.contains(&class.as_str()))
}

/// For each label up to [`OF_A_CLASS`] images that have it, those with the fewest other labels first.
pub fn images_of_labels(labels: usize, rows: &LabelRows, count: usize) -> Vec<Vec<usize>> {
    let of = |image: usize| (0..labels).filter(|&label| rows.has(image, label)).count();
    let counts: Vec<usize> = (0..count).map(of).collect();
    (0..labels)
        .map(|label| {
            let mut images: Vec<usize> = (0..count).filter(|&image| rows.has(image, label)).collect();
            images.sort_by_key(|&image| counts[image]);
            images.truncate(OF_A_CLASS);
            images
        })
        .collect()
}

/// For each class up to [`OF_A_CLASS`] images whose name begins with the class's, as in data sets that have a folder a
/// class, and else those of a label of that name; letters and digits alone count, and a plural's "s" does not.
pub fn images_of_classes(classes: &[String], labels: &[String], names: &[String], rows: &LabelRows) -> Vec<Vec<usize>> {
    let by_label = images_of_labels(labels.len(), rows, names.len());
    let plain_names: Vec<String> = names.iter().map(|name| plain(name)).collect();
    let of = |class: &String| {
        let class = singular(&plain(class));
        let has_name = |image: &usize| {
            let rest = plain_names[*image].strip_prefix(&class);
            // What follows is a number: "track" is no "trackfield".
            rest.is_some_and(|rest| rest.trim_start_matches('s').chars().all(|letter| letter.is_ascii_digit()))
        };
        let named: Vec<usize> = (0..names.len()).filter(has_name).take(OF_A_CLASS).collect();
        let label = || labels.iter().position(|label| singular(&plain(label)) == class);
        if named.is_empty() { label().map(|label| by_label[label].clone()).unwrap_or_default() } else { named }
    };
    classes.iter().map(of).collect()
}

/// Letters and digits alone, in small ones.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

fn singular(name: &str) -> String {
    name.strip_suffix('s').unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn rows(targets: &[[bool; 2]]) -> LabelRows {
        let targets: Vec<Vec<bool>> = targets.iter().map(|labels| labels.to_vec()).collect();
        LabelRows::from_bytes(&LabelRows::bytes_from_targets(&targets), targets.len(), 2).expect("just written")
    }

    #[test]
    fn images_with_fewer_other_labels_come_first() {
        let rows = rows(&[[true, true], [true, false], [false, true], [true, false], [true, false]]);
        assert_eq!(images_of_labels(2, &rows, 5), [vec![1, 3, 4], vec![2, 0]]);
    }

    #[test]
    fn images_are_found_by_the_folders_name_and_else_by_the_label() {
        let images = names(&["tenniscourt01", "storagetanks00", "harbor3", "ground_track12", "tenniscourtfield1"]);
        let rows = rows(&[[true, false], [false, false], [true, true], [false, false], [false, false]]);
        let classes = names(&["tennis_court", "storage_tank", "ship", "court", "bridge"]);
        let found = images_of_classes(&classes, &names(&["court", "ships"]), &images, &rows);
        assert_eq!(found, [vec![0], vec![1], vec![2], vec![0, 2], vec![]]);
    }

    #[test]
    fn the_address_names_each_choice() {
        for (choice, name) in SetChoice::ALL {
            assert_eq!(SetChoice::from_name(name), Some(choice));
        }
        assert_eq!(SetChoice::from_name("seven"), None);
        assert!(are_of_scenes(&names(&["ships", "track"])) && !are_of_scenes(&names(&["ship"])));
    }
}
