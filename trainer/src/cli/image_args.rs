use nadir_core::image::decode::set_max_pixels;

/// What all commands that read images share.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct ImageArgs {
    /// Refuse images of more million pixels than this: decoded, a million pixels take 3 MB.
    #[arg(
        long,
        global = true,
        value_name = "N",
        default_value_t = 400,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000),
        help_heading = "Images"
    )]
    max_megapixels: u64,
}

impl ImageArgs {
    /// From now on images of up to that size are decoded.
    pub(super) fn install(self) {
        set_max_pixels(self.max_megapixels * 1_000_000);
    }
}
