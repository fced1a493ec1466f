use crate::artifacts::ranking_file::RankingFile;
use crate::artifacts::weight_file::write_atomically;
use crate::evaluate::ranking_questions::{Study, study};
use crate::output::{out, outln};
use crate::report::terminal::table;
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::path::PathBuf;

/// Measure how many questions a ranking takes, with simulated people.
///
/// People who hold the ranking FILE perceive how alike classes are with noise. They are asked what decides most, and
/// random questions; the report has Kendall's tau to what they hold after each question, and how many questions it takes
/// to 0.9, with intervals over the people.
#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// TOML file, or the name of a shipped ranking: voc, vhr10, vhr10_five, vhr10_wordnet, vhr10_random, scenes,
    /// cifar10.
    #[arg(default_value = "voc")]
    file: String,
    /// Simulated people for each noise.
    #[arg(long, default_value_t = 20)]
    people: usize,
    /// Noise: standard deviation of what is perceived, where ranks lie 1 apart.
    #[arg(long, value_delimiter = ',', default_value = "0,0.4,0.8")]
    noise: Vec<f64>,
    /// Seed of the people, their noise and the random questions.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// File that the report is written to.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

impl Simulate {
    pub(super) fn run(self) -> Result<()> {
        ensure!(self.people >= 2, "expected --people of at least 2, for an interval, and it is {}", self.people);
        let is_noise = |noise: &f64| noise.is_finite() && *noise >= 0.0;
        ensure!(
            !self.noise.is_empty() && self.noise.iter().all(is_noise),
            "expected --noise of numbers from 0 on, and it is {:?}",
            self.noise
        );
        let file = RankingFile::read(&self.file)?;
        let ranking = file.of(&file.classes(), &[])?;
        let report = study(&Study {
            name: &self.file,
            ranking: &ranking,
            people: self.people,
            noise: &self.noise,
            seed: self.seed,
        })?;
        let json = serde_json::to_string(&report).context("the report cannot be written as JSON")?;
        if let Some(out) = &self.out {
            write_atomically(out, json.as_bytes())?;
        }
        if self.json {
            return outln!("{json}");
        }
        out!("{}", table(&report))?;
        if let Some(out) = &self.out {
            outln!("report: {}", out.display())?;
        }
        Ok(())
    }
}
