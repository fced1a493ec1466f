//! YAML files of class names and folders.

use anyhow::{Result, bail, ensure};
use yaml_rust2::parser::{Event, Parser};
use yaml_rust2::scanner::ScanError;
use yaml_rust2::{Yaml, YamlLoader};

/// Lists in lists: deeper ones are no data, and the crate's loader calls itself once for each.
const MOST_DEPTH: usize = 32;

/// The documents of a text.
///
/// # Errors
/// Names the line and what is not read: no YAML, an alias, lists in more lists than any tool writes.
pub fn parse(text: &str) -> Result<Vec<Yaml>> {
    check(text)?;
    YamlLoader::load_from_str(text).or_else(|error| bail!(not_yaml(&error)))
}

/// Looks at the text's events before the loader builds values of them. The loader copies what an alias stands for, so
/// that a few lines of aliases of aliases stand for gigabytes ("billion laughs"), and a deep text overflows its stack.
fn check(text: &str) -> Result<()> {
    let mut parser = Parser::new_from_str(text);
    let mut depth = 0usize;
    loop {
        let (event, marker) = parser.next_token().or_else(|error| bail!(not_yaml(&error)))?;
        match event {
            Event::StreamEnd => return Ok(()),
            Event::Alias(_) => bail!(
                "line {}: an alias (*name), which is not read, for a few lines of them can stand for gigabytes: write out \
                 what it stands for",
                marker.line()
            ),
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth = depth.saturating_sub(1),
            _ => {}
        }
        ensure!(depth <= MOST_DEPTH, "line {}: more than {MOST_DEPTH} lists or keys in each other", marker.line());
    }
}

fn not_yaml(error: &ScanError) -> String {
    format!("line {}: not YAML: {error}", error.marker().line())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse(text).expect_err("refused").to_string()
    }

    #[test]
    fn aliases_of_aliases_are_refused_before_they_grow() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for at in 1..30 {
            let inner = vec![format!("*a{}", at - 1); 10].join(", ");
            text.push_str(&format!("a{at}: &a{at} [{inner}]\n"));
        }
        let message = refused(&text);
        assert!(message.contains("line 2") && message.contains("alias"), "{message}");
    }

    #[test]
    fn deep_texts_are_refused_and_do_not_overflow_the_stack() {
        for text in ["- ".repeat(100_000), "[".repeat(100), "? ".repeat(100_000)] {
            refused(&text);
        }
        assert!(refused(&"- ".repeat(100_000)).contains("more than 32 lists"));
        assert_eq!(parse("names: [[a]]").expect("YAML")[0]["names"][0][0].as_str(), Some("a"));
        assert!(refused("a: [b").contains("not YAML"));
    }
}
