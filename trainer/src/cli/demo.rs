use super::args::DeviceArgs;
use crate::demo::{self, DemoSettings};
use crate::output::{out, outln};
use crate::progress::duration;
use crate::report::terminal::table;
use crate::serve::{ServeOptions, after_committed, serve, site_of_program, write_site};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::time::Instant;

/// The whole way in minutes: generated scenes, SimCLR, linear probe, detector, bundle, web page.
///
/// A second run takes up what is still valid. `cargo xtask demo` builds the page and calls this.
#[derive(Debug, clap::Args)]
pub struct Demo {
    #[command(flatten)]
    device: DeviceArgs,
    /// One setting of the experiment, for example `--set pretrain.epochs=20`. Can be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// One setting of the detector, for example `--detector-set train.epochs=6`. Can be repeated.
    #[arg(long = "detector-set", value_name = "KEY=VALUE")]
    detector_sets: Vec<String>,
    /// Repeat with so many seeds and give mean and standard deviation.
    #[arg(long, default_value_t = 1)]
    seeds: usize,
    /// The built web app (`cargo xtask web` prints where it is); the site that came with the program if not given.
    #[arg(long)]
    web: Option<PathBuf>,
    /// Folder for runs, bundle and site.
    #[arg(long, default_value = "runs/demo")]
    run: PathBuf,
    /// Port to serve on.
    #[arg(long, default_value_t = ServeOptions::default().port)]
    port: u16,
    /// Train and export only; serve nothing.
    #[arg(long)]
    no_serve: bool,
}

impl Demo {
    pub(super) fn run(self) -> Result<()> {
        let web = match self.web {
            None if !self.no_serve => Some(site_of_program().context(
                "the page is needed to serve it: name the built web app with --web DIR, or pass --no-serve",
            )?),
            web => web,
        };
        let started = Instant::now();
        let chosen = self.device.choose()?;
        let settings =
            DemoSettings { sets: &self.sets, detector_sets: &self.detector_sets, seeds: self.seeds, run: &self.run };
        let outcome = demo::run(&settings, &chosen)?;
        out!("{}", table(&outcome.report))?;
        if self.seeds > 1 {
            outln!("+- is the sample standard deviation over {} seeds", self.seeds)?;
        }
        outln!("demo done in {}", duration(started.elapsed()))?;
        if let Some(web) = &web {
            let site = self.run.join("site");
            let bundles = after_committed(web, outcome.bundle);
            write_site(web, &bundles, &site)?;
            if bundles.len() > 1 {
                outln!(
                    "the page opens with the network that comes with Nadir; this one is \"trained just now, by the demo\" \
                     there: ?model=demo"
                )?;
            }
            if self.no_serve {
                outln!("next: nadir serve --site {}", site.display())?;
            } else {
                serve(&site, ServeOptions { port: self.port, ..ServeOptions::default() })?;
            }
        }
        Ok(())
    }
}
