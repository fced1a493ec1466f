use crate::fetch::catalogue::{CATALOGUE, Entry, Size, find};
use crate::fetch::download::Patience;
use crate::fetch::{FetchOptions, bytes_to_download, fetch, readable};
use crate::output::{out, outln};
use anyhow::{Context, Result, bail};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use tracing::info;

/// Fetch a public data set or weight file: resumed where it broke off, checked, unpacked.
///
/// Size and SHA-256 are checked; a file that is there already is checked and not fetched again. A broken download stays
/// as FILE.part, and the same command goes on from there.
#[derive(Debug, clap::Args)]
pub struct Fetch {
    /// What to fetch; without it all that there is is listed.
    name: Option<String>,
    /// Folder to write to; without it the one that the list names.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Another base address, for a mirror: each file is requested as URL/FILE.
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// Only list: all there is, or with NAME its addresses, hashes, licence and citation.
    #[arg(long)]
    list: bool,
    /// Do not ask before downloading.
    #[arg(long)]
    yes: bool,
    /// Print the list, or what was written, as JSON.
    #[arg(long)]
    json: bool,
}

impl Fetch {
    pub(super) fn run(self) -> Result<()> {
        let entry = self.name.as_deref().map(known).transpose()?;
        let Some(entry) = entry.filter(|_| !self.list) else { return self.print_list(entry) };
        let options = FetchOptions {
            out: self.out.clone().unwrap_or_else(|| PathBuf::from(entry.folder)),
            from: self.from.clone(),
            patience: Patience::default(),
        };
        info!(entry = entry.name, "{}", terms(entry).trim_end());
        let bytes = bytes_to_download(entry, &options.out);
        if bytes > 0 && !self.yes {
            ask(&format!("download {} into {}?", readable(bytes), options.out.display()))?;
        }
        let fetched = fetch(entry, &options)?;
        if self.json {
            outln!("{}", serde_json::to_string_pretty(&fetched)?)?;
        } else {
            out!("{}", fetched.text())?;
        }
        Ok(())
    }

    fn print_list(&self, entry: Option<&'static Entry>) -> Result<()> {
        match (entry, self.json) {
            (Some(entry), true) => outln!("{}", serde_json::to_string_pretty(entry)?)?,
            (None, true) => outln!("{}", serde_json::to_string_pretty(CATALOGUE)?)?,
            (Some(entry), false) => out!("{}", details(entry))?,
            (None, false) => out!("{}", table())?,
        }
        Ok(())
    }
}

fn known(name: &str) -> Result<&'static Entry> {
    find(name).with_context(|| {
        let names: Vec<_> = CATALOGUE.iter().map(|entry| entry.name).collect();
        format!("nothing is known as {name:?}; expected one of {}", names.join(", "))
    })
}

fn ask(question: &str) -> Result<()> {
    if !std::io::stdin().is_terminal() {
        bail!("{question} nobody is there to ask; add --yes");
    }
    write!(std::io::stderr(), "{question} [y/N] ").context("the standard error is closed; add --yes")?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if !["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()) {
        bail!("not fetched");
    }
    Ok(())
}

fn terms(entry: &Entry) -> String {
    let mut text = format!(
        "{}: {}\nlicence: {}\ncite: {}\npage: {}\n",
        entry.name, entry.what, entry.licence, entry.citation, entry.page
    );
    if !entry.note.is_empty() {
        text += &format!("note: {}\n", entry.note);
    }
    text
}

/// All entries, one a line.
fn table() -> String {
    let size = |entry: &Entry| {
        let exact = entry.files.iter().all(|file| matches!(file.size, Size::Exact(_)));
        let total = entry.files.iter().map(|file| file.size.bytes()).sum();
        format!("{}{}", if exact { "" } else { "~" }, readable(total))
    };
    let mark = |entry: &Entry| if entry.files.iter().all(|file| file.verified) { " " } else { "*" };
    let names = CATALOGUE.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
    let mut text = format!("{:names$}    {:>9}  {:12}  {}\n", "name", "download", "folder", "what");
    for entry in CATALOGUE {
        text += &format!(
            "{:names$} {}  {:>9}  {:12}  {}\n",
            entry.name,
            mark(entry),
            size(entry),
            entry.folder,
            entry.what
        );
    }
    text + "* addresses, sizes or hashes not confirmed by two public records: `nadir fetch NAME --list`\n"
}

/// One entry with everything that is known of it.
fn details(entry: &Entry) -> String {
    let mut text = terms(entry);
    text += &format!("folder: {}\n", entry.folder);
    for file in entry.files {
        let size = match file.size {
            Size::Exact(bytes) => format!("{bytes} bytes"),
            Size::About(bytes) => format!("about {}", readable(bytes)),
        };
        text += &format!("file: {} ({size})\n", file.save_as);
        text += &format!(
            "  SHA-256: {}\n",
            file.sha256.unwrap_or("not published; computed and recorded at the first download")
        );
        for url in file.urls {
            text += &format!("  from: {url}\n");
        }
        text += &format!("  {}: {}\n", if file.verified { "confirmed" } else { "not confirmed" }, file.evidence);
    }
    if let Some(join) = entry.join {
        text += &format!("table: {}, joined from {} (SHA-256 {})\n", join.save_as, join.parts.join(", "), join.sha256);
    }
    text + &format!("next: {}\n", entry.next.replace("{out}", entry.folder))
}
