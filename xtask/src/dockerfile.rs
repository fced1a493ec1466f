//! The test of `Dockerfile`: what it copies is there, and reaches the build.

use std::path::{Path, PathBuf};

/// One instruction with its arguments, lines that go on joined.
fn instructions(text: &str) -> Vec<(String, Vec<String>)> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n");
    let joined = lines.replace("\\\n", " ");
    let words = joined.lines().map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<String>>());
    words.filter(|words| !words.is_empty()).map(|words| (words[0].to_uppercase(), words[1..].to_vec())).collect()
}

/// What `COPY` takes from the checkout.
fn copied(instructions: &[(String, Vec<String>)]) -> Vec<String> {
    let from_here =
        instructions.iter().filter(|(name, arguments)| name == "COPY" && !arguments[0].starts_with("--from"));
    from_here.flat_map(|(_, arguments)| arguments[..arguments.len() - 1].to_vec()).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn what_is_copied_is_there_and_not_ignored() {
    let instructions = instructions(&read("Dockerfile"));
    let ignored = read(".dockerignore");
    let copied = copied(&instructions);
    assert!(copied.len() > 10, "{copied:?}");
    for path in &copied {
        assert!(root().join(path).exists(), "the Dockerfile copies {path}, which is not there");
        assert!(!ignored.lines().any(|line| line == path), "{path} is copied and ignored");
    }
    // A member that is not copied stops cargo.
    let manifest = read("Cargo.toml");
    let members = manifest.split_once("members = [").and_then(|(_, rest)| rest.split_once(']')).expect("members").0;
    for member in members.split('"').skip(1).step_by(2) {
        let folder = member.split('/').next().expect("a name");
        assert!(copied.iter().any(|path| path == folder), "{member} is not copied");
    }
}

#[test]
fn every_stage_that_is_named_is_there_and_the_toolchain_is_that_of_the_checkout() {
    let instructions = instructions(&read("Dockerfile"));
    let named: Vec<&String> =
        instructions.iter().filter(|(name, _)| name == "FROM").filter_map(|(_, arguments)| arguments.get(2)).collect();
    assert_eq!(named, ["sources", "build-cpu", "build-cuda", "cuda", "cpu"]);
    for (name, arguments) in &instructions {
        if let Some(stage) =
            arguments.first().and_then(|first| first.strip_prefix("--from=")).filter(|_| name == "COPY")
        {
            assert!(named.iter().any(|known| *known == stage), "{stage}");
        }
    }
    let channel = read("rust-toolchain.toml");
    let channel =
        channel.lines().find_map(|line| line.strip_prefix("channel = ")).expect("a channel").trim_matches('"');
    assert!(read("Dockerfile").contains(&format!("FROM rust:{channel}-")), "{channel}");
}

#[test]
fn lines_that_go_on_are_one_instruction() {
    let found = instructions("# no\nFROM a AS b\nRUN x \\\n    && y\ncopy c d ./\nCOPY --from=b e f\n");
    assert_eq!(found[1], ("RUN".to_owned(), ["x", "&&", "y"].map(str::to_owned).to_vec()));
    assert_eq!(copied(&found), ["c", "d"]);
}
