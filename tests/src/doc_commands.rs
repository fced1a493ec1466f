//! The commands in the code blocks of a Markdown text, as a shell would read them.

/// A command of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocCommand {
    /// Line of the text where it begins, from 1.
    pub line: usize,
    /// Program and arguments.
    pub words: Vec<String>,
}

impl DocCommand {
    /// As a person types it, but for quotes.
    pub fn shown(&self) -> String {
        self.words.join(" ")
    }
}

/// The commands of `program` in the blocks `sh` and `console` (there, of the lines that begin with `$`), without settings of
/// the environment in front of them.
///
/// # Panics
/// Where such a line holds what more than one command makes: a pipe, a redirection, a variable.
pub fn commands(text: &str, program: &str) -> Vec<DocCommand> {
    let mut found = Vec::new();
    let mut language: Option<&str> = None;
    let mut begun: Option<(usize, String)> = None;
    for (line, at) in text.lines().zip(1..) {
        if let Some(after) = line.trim_start().strip_prefix("```") {
            language = if language.is_some() { None } else { Some(after.trim()) };
            assert!(begun.is_none(), "line {at}: a command goes on behind its block");
            continue;
        }
        let line = match language {
            Some("sh") => line.trim(),
            Some("console") => match line.trim().strip_prefix("$ ").or(begun.is_some().then_some(line.trim())) {
                Some(line) => line,
                None => continue,
            },
            _ => continue,
        };
        let (start, whole) = match begun.take() {
            Some((start, before)) => (start, before + " " + line),
            None => (at, line.to_owned()),
        };
        match whole.strip_suffix('\\') {
            Some(before) => begun = Some((start, before.trim_end().to_owned())),
            None => {
                let mut words = whole.split_whitespace().skip_while(|word| is_variable(word));
                if words.next() == Some(program) {
                    let words = self::words(&whole).unwrap_or_else(|what| panic!("line {start}: {what}: {whole}"));
                    let words = words.into_iter().skip_while(|word| is_variable(word)).collect();
                    found.push(DocCommand { line: start, words });
                }
            }
        }
    }
    found
}

/// Whether a word in front of a program sets a variable of its environment.
fn is_variable(word: &str) -> bool {
    let name = word.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_'))
}

/// The words of a command line: quotes taken off, comments left out.
///
/// # Errors
/// What a command for a test may not have: an open quote, and what only a shell does.
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (Some(_), letter) => word.get_or_insert_default().push(letter),
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, letter) if letter.is_whitespace() => words.extend(word.take()),
            (None, '#') if word.is_none() => break,
            (None, '|' | '>' | '<' | '&' | ';' | '$' | '`' | '*') => {
                return Err(format!("{letter} is for a shell: write one plain command a line"));
            }
            (None, letter) => word.get_or_insert_default().push(letter),
        }
    }
    if quote.is_some() {
        return Err("a quote is open".to_owned());
    }
    words.extend(word);
    Ok(words)
}

/// Code in the running text (between single backticks) that begins with `program`, with its line.
pub fn inline_commands<'a>(text: &'a str, program: &str) -> Vec<(usize, &'a str)> {
    let mut found = Vec::new();
    let mut is_code = false;
    for (line, at) in text.lines().zip(1..) {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            let spans = line.split('`').skip(1).step_by(2);
            found.extend(spans.filter(|span| span.split(' ').next() == Some(program)).map(|span| (at, span)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_as_a_shell_reads_them() {
        let text = "Text `nadir no`.\n```sh\nother | no\nRANK=0 nadir a 'b c' --set x=[1,\"2\"]   # comment # 2\n\n# comment\nnadir d \\\n  --e f\n```\n\
                    ```python\nnadir no\n```\n```console\n$ nadir g\noutput\n```\n";
        let found = commands(text, "nadir");
        let shown: Vec<(usize, Vec<&str>)> =
            found.iter().map(|found| (found.line, found.words.iter().map(String::as_str).collect())).collect();
        assert_eq!(
            shown,
            [
                (4, vec!["nadir", "a", "b c", "--set", "x=[1,2]"]),
                (7, vec!["nadir", "d", "--e", "f"]),
                (14, vec!["nadir", "g"]),
            ]
        );
        assert_eq!(inline_commands(text, "nadir"), [(1, "nadir no")]);
        for line in ["a > b", "a | b", "a 'b", "a $B"] {
            assert!(words(line).is_err(), "{line}");
        }
    }
}
