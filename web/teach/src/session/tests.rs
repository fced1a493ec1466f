use super::*;
use nadir_core::active::SpaceKind;
use nadir_core::rng::Rng;

fn space() -> HeadSpace {
    HeadSpace {
        bundle: "aerial".into(),
        weights_sha256: "0a".into(),
        space: SpaceKind::UnitEmbedding { dimensions: 3 },
        count: 0,
    }
}

/// Images around three axes, as they were named.
fn session(count: usize) -> Session {
    let mut rng = Rng::new(7);
    let values = (0..count).flat_map(|image| {
        let mut row: Vec<f32> = (0..3).map(|_| 0.1 * rng.normal() as f32).collect();
        row[image % 3] += 1.0;
        row
    });
    let images = (0..count).map(|image| Image {
        name: format!("{image}.jpg"),
        picture: Picture::Address("data:,".into()),
        is_unlike: image == 4,
    });
    Session::new(space(), images.collect(), values.collect()).expect("whole rows")
}

#[test]
fn clicks_go_from_yes_to_no_to_unknown_and_the_scores_follow() {
    let mut session = session(30);
    session.click(0);
    assert_eq!(session.answer_of(0), None, "there is no class yet");
    assert_eq!(session.name_class("  pier "), Ok(()));
    assert_eq!((session.name_class("pier"), session.name_class(" ")), (Err(BadName::Taken), Err(BadName::Empty)));
    assert!(session.queries(3).is_empty(), "nothing to be unsure of before the first answer");
    let before = session.score(3).expect("a class");
    session.click(0);
    assert_eq!((session.answer_of(0), session.classes[0].yes()), (Some(true), 1));
    assert!(session.score(3).expect("a class") > before);
    assert!(session.by_score()[..10].iter().all(|image| image % 3 == 0));
    let asked = session.queries(4);
    assert!(asked.len() == 4 && !asked.contains(&0), "{asked:?}");
    session.click(0);
    assert_eq!((session.answer_of(0), session.classes[0].no()), (Some(false), 1));
    assert!(session.score(3).expect("a class") < before);
    session.click(0);
    assert_eq!((session.answer_of(0), session.score(3)), (None, Some(before)));
    session.answer(99, Some(true));
    assert!(session.classes[0].answers.is_empty(), "there is no such image");
}

#[test]
fn classes_are_taught_apart_and_forgotten() {
    let mut session = session(30);
    for (class, name) in ["a", "b", "c"].into_iter().enumerate() {
        session.name_class(name).expect("a new name");
        session.click(class);
        session.answer((class + 1) % 3, Some(false));
    }
    for class in 0..3 {
        session.active = Some(class);
        assert!(session.by_score()[..10].iter().all(|image| image % 3 == class));
        assert!((5..=15).contains(&session.present()), "{}", session.present());
    }
    session.forget_class(0);
    assert_eq!((session.active, session.class().map(|class| class.name.as_str())), (Some(1), Some("c")));
    session.forget_class(1);
    session.forget_class(0);
    assert_eq!((session.active, session.head_file()), (None, None));
    assert_eq!(session.by_score()[..3], [0, 1, 2]);
}

#[test]
fn likeness_begins_with_the_image_itself() {
    let session = session(30);
    let order = session.by_likeness(5);
    assert_eq!(order[0], 5);
    assert!(order[..10].iter().all(|image| image % 3 == 2));
    assert_eq!(order.len(), 30);
}

#[test]
fn an_exported_head_is_imported_with_the_same_scores_and_examples() {
    let mut taught = session(30);
    taught.name_class("pier").expect("a name");
    for image in [0, 3, 1, 2] {
        taught.answer(image, Some(image % 3 == 0));
    }
    taught.name_class("nothing taught").expect("a name");
    let file = taught.head_file().expect("answers");
    assert_eq!(file.classes.len(), 1, "a class without an answer is none");
    assert_eq!(
        (file.classes[0].yes.as_slice(), file.classes[0].no.len()),
        (["0.jpg".to_owned(), "3.jpg".into()].as_slice(), 2)
    );
    let read = HeadFile::from_json(&file.to_json()).expect("a head");

    let mut same = session(30);
    same.import(&read).expect("the same network");
    assert_eq!((same.classes[0].yes(), same.classes[0].absent.len()), (2, 0));
    assert_eq!(same.classes[0].scores, taught.classes[0].scores);

    // Images 0 and 3 are not here: the head stays as it was taught.
    let mut other = Session::new(space(), taught.images[4..].to_vec(), taught.values()[12..].to_vec()).expect("rows");
    other.import(&read).expect("the same network");
    assert_eq!((other.classes[0].answers.len(), other.classes[0].absent.len()), (0, 4));
    for (one, other) in other.classes[0].scores.iter().zip(&taught.classes[0].scores[4..]) {
        assert!((one - other).abs() < 1e-6);
    }
    assert_eq!(other.head_file().map(|file| file.classes[0].yes.len()), Some(2));
    assert!(!other.queries(2).is_empty());

    let elsewhere = HeadSpace { weights_sha256: "0b".into(), ..space() };
    let mut elsewhere = Session::new(elsewhere, Vec::new(), Vec::new()).expect("no rows");
    assert!(matches!(elsewhere.import(&read), Err(HeadFileError::OtherNetwork { .. })));
}

#[test]
fn what_was_kept_comes_back() {
    let mut taught = session(12);
    taught.name_class("pier").expect("a name");
    taught.click(0);
    let kept = Kept::from_json(&Kept::of(&taught).to_json()).expect("just kept");
    let head = taught.head_file();
    let again = kept.clone().session(space(), taught.values().to_vec(), head.as_ref()).expect("whole");
    assert_eq!(again, taught);
    assert!(kept.clone().session(space(), vec![0.0; 3], None).is_err());
    let elsewhere = HeadSpace { weights_sha256: "0b".into(), ..space() };
    assert!(kept.session(elsewhere, taught.values().to_vec(), head.as_ref()).is_err());
    assert_eq!(Kept::from_json(r#"{"version": 0, "images": []}"#), None);
}

#[test]
fn images_of_one_name_are_told_apart_and_new_ones_are_scored() {
    let mut session = session(3);
    session.name_class("pier").expect("a name");
    session.click(0);
    let more = Image { name: "0.jpg".into(), ..session.images[0].clone() };
    session.add(vec![more], session.values()[..3].to_vec()).expect("a row");
    assert_eq!(session.images[3].name, "0.jpg (2)");
    assert_eq!(session.score(3), session.score(0));
    assert!(session.add(Vec::new(), vec![1.0]).is_err());
}

#[test]
fn the_table_quotes_what_it_must() {
    let mut session = session(2);
    session.images[1].name = "a \"b\", c.jpg".into();
    session.name_class("pier, old").expect("a name");
    session.click(1);
    let table = csv(&session);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], r#"image,unlike_training,"score_pier, old","answer_pier, old""#);
    assert!(lines[1].starts_with("0.jpg,no,0.") && lines[1].ends_with(','), "{table}");
    assert!(lines[2].starts_with(r#""a ""b"", c.jpg",no,0."#) && lines[2].ends_with(",yes"), "{table}");
}

#[test]
fn an_image_is_shown_as_the_class_that_was_answered_and_else_as_the_most_probable() {
    let mut session = session(30);
    assert_eq!(session.class_of(0), None);
    for (class, name) in ["a", "b"].into_iter().enumerate() {
        session.name_class(name).expect("a new name");
        for image in [class, class + 3, class + 6] {
            session.answer(image, Some(true));
        }
        session.answer((class + 1) % 3, Some(false));
        session.answer((class + 2) % 3, Some(false));
    }
    assert_eq!((session.class_of(0), session.class_of(1)), (Some(0), Some(1)));
    let taught = (0..30).filter(|&image| session.class_of(image) == Some(image % 3)).count();
    assert!(taught >= 15, "{taught} of 20 images of the two classes");
    session.active = Some(1);
    session.answer(0, Some(true));
    session.active = Some(0);
    session.answer(0, Some(false));
    assert_eq!(session.class_of(0), Some(1), "an answer counts, whatever the score");
}

#[test]
fn the_table_of_a_selection_has_places_on_the_map() {
    let mut session = session(4);
    session.name_class("pier").expect("a name");
    let places = [[0.5, -0.25], [1.0, 0.0], [0.0, 0.0], [0.0, 1.0]];
    let table = csv_of(&session, &[0, 3, 9].into(), &places);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "image,unlike_training,map_x,map_y,score_pier,answer_pier");
    assert!(lines.len() == 3 && lines[1].starts_with("0.jpg,no,0.5,-0.25,0.") && lines[2].starts_with("3.jpg,no,0,1,"));
}
