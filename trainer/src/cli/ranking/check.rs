use crate::artifacts::ranking_file::{RankingFile, SHIPPED};
use crate::output::{out, outln};
use anyhow::Result;
use clap::Args;
use nadir_core::ranking::Ranking;

/// Check a ranking file and print it with the temperature of each rank.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// TOML file, or the name of a shipped ranking: voc, vhr10, vhr10_five, vhr10_wordnet, vhr10_random, scenes,
    /// cifar10.
    file: String,
    /// The classes that it must rank, separated by commas; without it, those that it has entries for.
    #[arg(long, value_delimiter = ',')]
    classes: Vec<String>,
    /// Print the ranking as JSON.
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(self) -> Result<()> {
        let file = RankingFile::read(&self.file)?;
        let classes = if self.classes.is_empty() { file.classes() } else { self.classes };
        let ranking = file.of(&classes, &[])?;
        if self.json {
            outln!("{}", serde_json::to_string_pretty(&ranking)?)?;
        } else {
            out!("{}", described(&ranking))?;
            let is_shipped = SHIPPED.iter().any(|(name, _)| *name == self.file);
            outln!(
                "{} classes, {} ranks at the most (the class itself is the first): {}",
                classes.len(),
                ranking.depth(),
                if is_shipped { "shipped with the program" } else { "the file is good" }
            )?;
        }
        Ok(())
    }
}

/// A line a class: its similar classes with the loss's temperatures by default.
pub(super) fn described(ranking: &Ranking) -> String {
    let widest = ranking.classes.iter().map(|class| class.chars().count()).max().unwrap_or(0);
    let line = |class: usize| {
        let similar = (1..ranking.ranks(class).len()).map(|rank| {
            let names: Vec<&str> =
                ranking.ranks(class)[rank].classes.iter().map(|&other| ranking.classes[other].as_str()).collect();
            format!("{} (temperature {:.3})", names.join(" and "), ranking.temperature(class, rank, [0.1, 0.6]))
        });
        let similar: Vec<String> = similar.collect();
        let name = &ranking.classes[class];
        match similar.is_empty() {
            true => format!("{name:widest$}  none\n"),
            false => format!("{name:widest$}  {}\n", similar.join(", then ")),
        }
    };
    (0..ranking.classes.len()).map(line).collect()
}
