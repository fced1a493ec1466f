//! A head that was taught in the page.

use nadir_core::active::HeadFile;

/// Read, checked, written again; every class scores a row within [0, 1].
pub fn head(bytes: &[u8]) -> Result<(), String> {
    let json = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let file = HeadFile::from_json(json).map_err(|error| error.to_string())?;
    let again = HeadFile::from_json(&file.to_json()).expect("what was just written");
    assert_eq!(again.classes.len(), file.classes.len());
    let dimensions = file.space.dimensions();
    let row = vec![1.0 / (dimensions.max(1) as f32).sqrt(); dimensions];
    for (class, head) in file.classes.iter().zip(file.heads()) {
        let probability = head.probability(&row);
        assert!((0.0..=1.0).contains(&probability), "{}: {probability}", class.name);
    }
    Ok(())
}
