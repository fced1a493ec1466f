use super::check::described;
use crate::artifacts::ranking_file::RankingFile;
use crate::artifacts::weight_file::write_atomically;
use crate::cli::args::ConfigArgs;
use crate::config::DataConfig;
use crate::data::crops::CropSet;
use crate::output::{out, outln};
use crate::questions::{Dialogue, Ended, Sheets};
use anyhow::{Result, bail, ensure};
use clap::Args;
use nadir_core::ranking::Ranking;
use nadir_core::ranking::asking::{Asking, Settings};
use nadir_core::ranking::changes::changes;
use std::path::PathBuf;

/// Make a ranking by answering which of two classes a third is more like.
///
/// Each question has an image of crops, whose path is printed; answers are read from the standard input: 1, 2, = (both
/// alike, equally), n (neither is alike), undo, quit. What is asked next is what decides most, and it ends when the order
/// is settled. Every answer is kept, so that the same command goes on. At the end, and after quit, the ranking is written
/// with scores.
#[derive(Debug, Args)]
pub(super) struct Ask {
    #[command(flatten)]
    config: ConfigArgs,
    /// File that the ranking is written to.
    #[arg(long, value_name = "FILE", default_value = "ranking.toml")]
    out: PathBuf,
    /// File that keeps the answers.
    #[arg(long, value_name = "FILE", default_value = "ranking-answers.json")]
    answers: PathBuf,
    /// Folder that the questions' images are written to.
    #[arg(long, value_name = "DIR", default_value = "ranking-questions")]
    sheets: PathBuf,
    /// A ranking to compare with: a TOML file, or the name of a shipped one (voc, vhr10, vhr10_five, vhr10_wordnet,
    /// vhr10_random, scenes, cifar10).
    #[arg(long, value_name = "FILE")]
    against: Option<String>,
    /// Similar classes of a class at the most.
    #[arg(long, default_value_t = Settings::default().ranks)]
    ranks: usize,
    /// A decision is settled from this probability on, above 0.5 and below 1.
    #[arg(long, default_value_t = Settings::default().confidence)]
    confidence: f64,
}

impl Ask {
    pub(super) fn run(self) -> Result<()> {
        let config = self.config.load()?;
        let DataConfig::Crops(settings) = &config.data else {
            bail!(
                "a ranking is asked for with crops of objects: data.kind = \"crops\", as in \
                 trainer/configs/ranking_vhr10.toml"
            );
        };
        // A ranking made by hand is worth more than a typing error.
        ensure!(
            !self.out.exists() || self.answers.exists(),
            "{} exists, and there are no answers in {} that it could come from; name another --out, and this one with \
             --against",
            self.out.display(),
            self.answers.display()
        );
        let wanted = Settings { ranks: self.ranks, confidence: self.confidence, ..Settings::default() };
        let before = self.against.as_deref().map(RankingFile::read).transpose()?;
        let set = CropSet::load(settings, config.seed)?;
        let before = before.map(|file| compared(&file, &set.classes)).transpose()?;
        let asking = Asking::new(&set.classes, wanted)?;
        let sheets = Sheets::new(&self.sheets, &set, &set.classes, config.seed)?;
        drop(set);

        let mut dialogue = Dialogue { asking, answers: &self.answers, sheets: &sheets };
        let taken_up = dialogue.resume()?;
        if taken_up > 0 {
            outln!("{taken_up} answers are in {} already", self.answers.display())?;
        }
        let ended = dialogue.run(&mut std::io::stdin().lock())?;
        self.write(&mut dialogue.asking, before.as_ref(), ended)
    }

    fn write(&self, asking: &mut Asking, before: Option<&Ranking>, ended: Ended) -> Result<()> {
        let count = asking.answers().len();
        if count == 0 {
            bail!("no question was answered, and no ranking was written: answers are read from the standard input");
        }
        let open: Vec<String> =
            asking.open_classes().into_iter().map(|class| asking.classes()[class].clone()).collect();
        let state = match ended {
            Ended::Settled => format!("settled by {count} answers"),
            Ended::Quit | Ended::InputEnded => {
                format!("not settled: {count} answers, and these classes are open: {}", open.join(", "))
            }
        };
        let ranking = asking.ranking();
        let about = format!(
            "By `nadir ranking ask`, {state}.\nSimilarity: how probable it is that the person calls a class alike."
        );
        write_atomically(&self.out, ranking.to_toml(&about).as_bytes())?;
        out!("{}", described(&ranking))?;
        if let Some(before) = before {
            out!("{}", changes_text(before, &ranking))?;
        }
        outln!("{}: {state}", self.out.display())?;
        if ended != Ended::Settled {
            outln!("next: the same command goes on with the questions")?;
        }
        Ok(())
    }
}

/// A file's ranking of the data's classes; others in the file do not count.
fn compared(file: &RankingFile, classes: &[String]) -> Result<Ranking> {
    let mut others = file.names();
    others.retain(|name| !classes.contains(name));
    file.of(classes, &others)
}

/// What is ranked otherwise than before, a line a class.
fn changes_text(before: &Ranking, after: &Ranking) -> String {
    let changes = changes(before, after);
    if changes.is_empty() {
        return "no class has other ranks than before\n".into();
    }
    let rank = |rank: Option<usize>| rank.map_or("none".to_owned(), |rank| rank.to_string());
    let mut text = String::from("other ranks than before:\n");
    for (class, name) in after.classes.iter().enumerate() {
        let of_class: Vec<String> = changes
            .iter()
            .filter(|change| change.class == class)
            .map(|change| {
                format!("{} {} -> {}", after.classes[change.similar], rank(change.before), rank(change.after))
            })
            .collect();
        if !of_class.is_empty() {
            text.push_str(&format!("  {name}: {}\n", of_class.join(", ")));
        }
    }
    text
}
