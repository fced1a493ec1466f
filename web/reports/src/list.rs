//! The list of reports.

use crate::shelf::Shelf;
use nadir_plot::escaped;
use nadir_web_kit::text::reports as text;

/// What is known of the site's own list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// The list is being fetched.
    Awaited,
    /// The list was fetched.
    Here,
    /// The site has none.
    Missing,
}

/// The whole list; `complaints` are sentences on what went wrong last, `checks` what stands below it.
pub fn html(shelf: &Shelf, listing: Listing, complaints: &[String], checks: &str) -> String {
    let mut rows = String::new();
    for entry in &shelf.entries {
        let listed = &entry.listed;
        let [name, title, study] = [&listed.name, &listed.title, &listed.study].map(|text| escaped(text));
        let day = escaped(listed.finished.split('T').next().unwrap_or_default());
        let sentence = listed.sentence.as_deref().map(escaped).unwrap_or_default();
        let own = if entry.is_own { format!(" · {}", text::THIS_BROWSER) } else { String::new() };
        rows.push_str(&format!(
            "<li><input type=\"checkbox\" data-select=\"{name}\" aria-label=\"{select} {name}\">\
             <a href=\"?page=reports&amp;report={address}\" data-report=\"{name}\"><b>{title}</b>\
             <span>{sentence}</span><span class=\"hint\">{name} · {study} · {arms} · {day}{own}</span></a></li>",
            select = text::SELECTED,
            address = escaped(&in_address(&listed.name)),
            arms = text::arms(listed.arms),
        ));
    }
    let state = match listing {
        Listing::Awaited => text::LISTING,
        Listing::Missing => text::NO_LIST,
        Listing::Here if shelf.entries.is_empty() => text::EMPTY,
        Listing::Here => "",
    };
    format!(
        "<h2 tabindex=\"-1\">{title}</h2><p class=\"hint wide-text\">{about}</p>{complaints}\
         <p class=\"hint\" role=\"status\">{state}</p><ul class=\"shelf\">{rows}</ul>\
         <div class=\"shelf-tools\"><button type=\"button\" data-do=\"compare\" disabled>{compare}</button>\
         <span class=\"hint\">{compare_hint}</span></div>\
         <div class=\"own-report\"><input id=\"report-files\" class=\"unseen\" type=\"file\" accept=\".json,application/json\" \
         multiple><label for=\"report-files\" class=\"button\">{own}</label><span class=\"hint\">{own_hint}</span></div>{checks}\
         <p class=\"drop-reports\" aria-hidden=\"true\">{drop}</p>",
        title = text::TITLE,
        about = text::ABOUT,
        complaints = self::complaints(complaints),
        compare = text::COMPARE,
        compare_hint = text::COMPARE_HINT,
        own = text::OWN,
        own_hint = text::OWN_HINT,
        drop = text::DROP_HERE,
    )
}

/// Sentences on what went wrong, read out at once.
pub fn complaints(sentences: &[String]) -> String {
    let items: String = sentences.iter().map(|sentence| format!("<p>{}</p>", escaped(sentence))).collect();
    if items.is_empty() { items } else { format!("<div class=\"complaint\" role=\"alert\">{items}</div>") }
}

/// A name as it stands in a query.
pub fn in_address(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shelf::Listed;

    #[test]
    fn names_from_files_stay_text() {
        let mut shelf = Shelf::default();
        let evil = "<script>\"&'";
        let listed = Listed {
            name: evil.into(),
            title: evil.into(),
            study: evil.into(),
            finished: evil.into(),
            arms: 1,
            sentence: Some(evil.into()),
        };
        shelf.list(vec![listed]);
        let html = html(&shelf, Listing::Here, &[evil.to_owned()], "");
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("report=%3Cscript%3E%22%26%27"), "{html}");
    }
}
