//! What a Markdown text links to, and what can be linked to in it.

use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};
use std::collections::{BTreeSet, HashMap};

/// A text, as far as links go.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Markdown {
    /// Targets of links and images, with their lines from 1.
    pub links: Vec<(usize, String)>,
    /// Names of headings, as GitHub and mdBook make them.
    pub anchors: BTreeSet<String>,
    /// References in brackets that nothing defines: `[text][name]`.
    pub undefined: Vec<(usize, String)>,
}

/// Reads a text.
pub fn read(text: &str) -> Markdown {
    let line = |at: usize| 1 + text[..at].matches('\n').count();
    let mut undefined = Vec::new();
    // `[0.1, 0.2]` is an interval and no link; two brackets are meant as one.
    let mut callback = |link: pulldown_cmark::BrokenLink<'_>| -> Option<(CowStr<'_>, CowStr<'_>)> {
        if matches!(link.link_type, LinkType::Reference | LinkType::Collapsed) {
            undefined.push((line(link.span.start), link.reference.to_string()));
        }
        None
    };
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
    let mut found = Markdown::default();
    let mut heading: Option<String> = None;
    let mut times: HashMap<String, usize> = HashMap::new();
    for (event, span) in Parser::new_with_broken_link_callback(text, options, Some(&mut callback)).into_offset_iter() {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                found.links.push((line(span.start), dest_url.to_string()));
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let anchor = anchor(&heading.take().unwrap_or_default());
                let before = times.entry(anchor.clone()).or_default();
                found.anchors.insert(if *before == 0 { anchor } else { format!("{anchor}-{before}") });
                *before += 1;
            }
            _ => {}
        }
    }
    found.undefined = undefined;
    found
}

/// A heading's anchor: letters in lower case, digits, `-` and `_`; blanks become dashes, and all else goes.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|letter| match letter {
        letter if letter.is_whitespace() => Some('-'),
        letter if letter.is_alphanumeric() || letter == '-' || letter == '_' => Some(letter),
        _ => None,
    });
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_headings_and_broken_references_are_found_and_code_is_not_looked_at() {
        let text = "# What's `new`, really?\n\nAn interval [0.1, 0.2], a [link](a.md#b) and ![an image](c.png).\n\n\
                    ```sh\n[no](link.md)\n# no heading\n```\n\n## Twice\n## Twice\n`[no](link)` <https://a.b> [lost][name]\n\n\
                    | a | b |\n|---|---|\n| [in a table](d.md) | |\n";
        let found = read(text);
        let anchors: Vec<&str> = found.anchors.iter().map(String::as_str).collect();
        assert_eq!(anchors, ["twice", "twice-1", "whats-new-really"]);
        let links: Vec<(usize, &str)> = found.links.iter().map(|(line, to)| (*line, to.as_str())).collect();
        assert_eq!(links, [(3, "a.md#b"), (3, "c.png"), (12, "https://a.b"), (16, "d.md")]);
        assert_eq!(found.undefined, [(12, "name".to_owned())]);
    }
}
