//! No two files or folders of a crate import each other.
//!
//! What counts: a file imports another where a `use` of its or a path in its code (`crate::`, `super::`, `self::`, or
//! one that begins with a module it knows) leads there, and also the file from which the other has that name by a
//! `use` of its own. A folder imports what any file in it imports, and its `mod.rs` stands beside the files in it:
//! a file that uses its parent's items while the parent's code uses the file's is a circle. What makes a `mod.rs` a
//! mere door counts for nothing: `mod x;`, and `pub use x::Y` of any visibility for a module `x` below it, unless its
//! own code names `Y` too. A private `use x::Y` counts. What is under `#[cfg(test)]` is not looked at, since tests
//! may reach everywhere. Between crates cargo forbids circles.

mod circles;
mod source;
mod token;
mod tree;

use crate::workspace::Workspace;
use anyhow::{Result, ensure};
use std::fs;
use std::path::Path;

/// Fails if files or folders of a crate of the workspace import each other, and names the imports.
///
/// # Errors
/// The circles; a file that a crate declares and that is not there.
pub fn check(workspace: &Workspace) -> Result<()> {
    let mut found = Vec::new();
    for root in workspace.crate_roots()? {
        let tree = tree::Tree::read(&root, &|file: &Path| fs::read_to_string(file).ok())?;
        found.extend(circles::circles(&tree, &workspace.root));
    }
    ensure!(
        found.is_empty(),
        "{} circles of imports; xtask/src/imports says what counts\n{}",
        found.len(),
        found.join("\n")
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn no_file_and_no_folder_of_the_workspace_imports_in_a_circle() {
        let workspace = Workspace::find().expect("this checkout");
        assert!(workspace.crate_roots().expect("cargo's").len() > 12, "the crates, their programs and their tests");
        check(&workspace).unwrap_or_else(|error| panic!("{error}"));
    }

    /// The circles of a crate of these files, the first of them its root.
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let texts: BTreeMap<&Path, &str> = files.iter().map(|(path, text)| (Path::new(*path), *text)).collect();
        let read = |file: &Path| texts.get(file).map(|text| (*text).to_owned());
        let tree = tree::Tree::read(Path::new(files[0].0), &read).expect("every file is there");
        circles::circles(&tree, Path::new(""))
    }

    fn is_sound(files: &[(&str, &str)]) {
        assert_eq!(found(files), Vec::<String>::new());
    }

    #[test]
    fn two_files_that_import_each_other_are_named_with_their_imports() {
        let files = [
            ("src/lib.rs", "mod a; mod b; mod c;"),
            ("src/a.rs", "use crate::{b::{self, X as Y}, c::Z};"),
            ("src/b.rs", "fn f() -> super::a::T { crate::c::g() }"),
            ("src/c.rs", "// use crate::a::T;\n#[cfg(test)]\nmod tests { use crate::a::T; }"),
        ];
        let expected = "in src/lib.rs, a, b import each other:\n  src/a.rs -> src/b.rs: crate::b, crate::b::X\n  \
            src/b.rs -> src/a.rs: super::a::T";
        assert_eq!(found(&files), [expected]);
        let mended = [files[0], files[1], ("src/b.rs", "fn f() { crate::c::g() }"), files[3]];
        is_sound(&mended);
    }

    #[test]
    fn folders_are_one_with_all_that_is_in_them() {
        let files = [
            ("src/main.rs", "mod a; mod b;"),
            ("src/a/mod.rs", "mod one; mod two;"),
            ("src/a/one.rs", "use crate::b::X;"),
            ("src/a/two.rs", ""),
            ("src/b.rs", "use crate::a::two::Y;"),
        ];
        let circles = found(&files);
        assert_eq!(circles.len(), 1);
        assert!(circles[0].contains("src/b.rs -> src/a/two.rs: crate::a::two::Y"), "{circles:?}");
        is_sound(&[files[0], files[1], files[2], files[3], ("src/b.rs", "")]);
    }

    #[test]
    fn three_files_in_a_row_are_a_circle_once_the_last_imports_the_first() {
        let files = [
            ("src/lib.rs", "mod a; mod b; mod c;"),
            ("src/a.rs", "use crate::b;"),
            ("src/b.rs", "use crate::c;"),
            ("src/c.rs", "use crate::a;"),
        ];
        let circles = found(&files);
        assert_eq!(circles.len(), 1);
        assert!(circles[0].starts_with("in src/lib.rs, a, b, c import each other"), "{circles:?}");
        is_sound(&[files[0], files[1], files[2], ("src/c.rs", "")]);
    }

    #[test]
    fn a_door_is_no_import_and_a_parent_that_uses_its_child_is() {
        let child = ("src/a/x.rs", "use super::T; pub struct Y;");
        let with = |parent| found(&[("src/lib.rs", "mod a;"), ("src/a/mod.rs", parent), child]);
        assert_eq!(with("mod x; pub use x::Y; pub(crate) use self::x::{Y as Z}; pub struct T;"), Vec::<String>::new());
        for parent in [
            "mod x; pub use x::Y; pub struct T(Y);",
            "mod x; use x::Y; pub struct T;",
            "mod x; pub struct T; fn f() { x::g() }",
            "mod x; pub use x::Y as Z; pub struct T; fn f() { Z::g() }",
        ] {
            let circles = with(parent);
            assert_eq!(circles.len(), 1, "{parent}");
            assert!(circles[0].starts_with("in src/a/mod.rs, the file itself, x import each other"), "{circles:?}");
        }
    }

    #[test]
    fn a_name_is_followed_through_the_door_that_it_comes_from() {
        let files = [
            ("src/lib.rs", "mod a;"),
            ("src/a/mod.rs", "mod x; mod y; pub use x::X; pub use y::Y;"),
            ("src/a/x.rs", "use super::Y; pub struct X;"),
            ("src/a/y.rs", "use crate::a::X; pub struct Y;"),
        ];
        let circles = found(&files);
        assert_eq!(circles.len(), 1);
        assert!(circles[0].contains("src/a/x.rs -> src/a/y.rs: super::Y"), "{circles:?}");
        is_sound(&[files[0], files[1], files[2], ("src/a/y.rs", "pub struct Y;")]);
    }

    #[test]
    fn a_module_is_followed_by_the_name_that_a_file_gave_it() {
        let files = [
            ("src/lib.rs", "mod a; mod b;"),
            ("src/a.rs", "use crate::b as other; fn f() { other::inner::g() }"),
            ("src/b/mod.rs", "pub mod inner;"),
            ("src/b/inner.rs", "use crate::a;"),
        ];
        assert!(found(&files)[0].contains("src/a.rs -> src/b/inner.rs: other::inner::g"));
        // The same name of another crate is none of this one's.
        is_sound(&[files[0], ("src/a.rs", "use b::inner; fn f() { inner::g() }"), files[2], files[3]]);
    }

    #[test]
    fn a_module_is_read_where_its_path_says() {
        let files = [
            ("tests/main.rs", "mod a; mod b;"),
            ("tests/a.rs", "#[allow(unused)]\n#[path = \"../examples/e.rs\"]\nmod e; use crate::b;"),
            ("tests/../examples/e.rs", "mod inner;"),
            ("tests/../examples/inner.rs", ""),
            ("tests/b.rs", "use crate::a::e::inner;"),
        ];
        assert!(found(&files)[0].contains("tests/b.rs -> tests/../examples/inner.rs: crate::a::e::inner"));
    }

    #[test]
    fn a_module_without_a_file_or_of_two_is_named() {
        let error = |text: &'static str| {
            let read = |file: &Path| (file == Path::new("src/main.rs")).then(|| text.to_owned());
            tree::Tree::read(Path::new("src/main.rs"), &read).expect_err("no such module").to_string()
        };
        assert_eq!(error("mod gone;"), "src/main.rs declares `mod gone;`: expected src/gone.rs");
        assert_eq!(error("mod main;"), "src/main.rs declares `mod main;`, and src/main.rs is a module already");
    }
}
