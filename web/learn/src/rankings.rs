//! The rankings that come with the program, for the class sets of lesson 6.

use nadir_core::ranking::{Ranking, Similar};

/// The files of `trainer/rankings`.
const FILES: [&str; 4] = [
    include_str!("../../../trainer/rankings/vhr10.toml"),
    include_str!("../../../trainer/rankings/scenes.toml"),
    include_str!("../../../trainer/rankings/voc.toml"),
    include_str!("../../../trainer/rankings/cifar10.toml"),
];

/// What a shipped file says of these classes; `None` if no file has an entry for each. Similar classes that are none of
/// them are passed over.
pub fn shipped(classes: &[String]) -> Option<Ranking> {
    FILES.iter().find_map(|file| {
        let entries: Vec<(String, Vec<String>)> = file.lines().filter_map(entry).collect();
        let of = |class: &String| {
            let (_, similar) = entries.iter().find(|(name, _)| name == class)?;
            let similar = similar.iter().filter(|name| classes.contains(name));
            Some((class.clone(), similar.map(|name| Similar { class: name.clone(), similarity: None }).collect()))
        };
        let entries: Vec<(String, Vec<Similar>)> = classes.iter().map(of).collect::<Option<_>>()?;
        Ranking::new(classes, &[], &entries).ok()
    })
}

/// A line `class = ["similar", "similar"]`, which is all that the shipped files have beside comments.
fn entry(line: &str) -> Option<(String, Vec<String>)> {
    let (key, list) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
    let names = list.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    Some((key.trim().trim_matches('"').to_owned(), names))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::ranking::changes::ranks;
    use nadir_scene::crops::KINDS;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_file_is_read_whole_and_found_by_its_classes() {
        for (file, count) in FILES.iter().zip([10, 14, 20, 10]) {
            let entries: Vec<(String, Vec<String>)> = file.lines().filter_map(entry).collect();
            assert_eq!(entries.len(), count);
            let classes: Vec<String> = entries.iter().map(|(class, _)| class.clone()).collect();
            let ranking = shipped(&classes).expect("its own classes");
            for (class, (_, similar)) in entries.iter().enumerate() {
                let known: Vec<&String> = similar.iter().filter(|name| classes.contains(name)).collect();
                let found: Vec<&String> =
                    ranking.similar_classes()[class].iter().map(|&other| &classes[other]).collect();
                assert_eq!(found, known, "{}", classes[class]);
            }
        }
    }

    #[test]
    fn of_some_classes_the_others_are_passed_over() {
        let ranking = shipped(&names(&KINDS)).expect("kinds of scenes");
        // airplane = ["ships", "cars"], tennis court = ["basketball court", "swimming pool"].
        assert_eq!(ranks(&ranking, 0), [None, Some(1), None, None, None, None]);
        assert_eq!(ranks(&ranking, 2), [None, None, None, Some(1), None, None]);
        assert_eq!(shipped(&names(&["airplane", "ships", "zebra"])), None);
    }
}
