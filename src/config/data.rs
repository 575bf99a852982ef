//! The sub-commands that move data: their arguments and settings.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::store::open::StoreUrl;

/// What moves data in or out.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Put products in from a CSV or NDJSON file: new codes make products, known ones change them
    Import(Import),
    /// Write all products to a CSV or NDJSON file, in the order of their codes
    Export(Export),
    /// Copy a SQLite store and its images into one file, also while a server runs
    Backup(Backup),
    /// Put a backup in the place of a SQLite store; what was there is kept aside
    Restore(Restore),
}

/// Where the data lies; the same settings as a server's.
#[derive(Debug, Clone, Args)]
pub struct DataPlaces {
    /// Where the data lies: sqlite:PATH, or mongodb://… (database "ecommerce" unless the URL names one)
    #[arg(
        long,
        value_name = "URL",
        env = "VITRINA_STORE",
        default_value = "sqlite:data/vitrina.db",
        hide_env_values = true
    )]
    pub store: StoreUrl,

    /// The folder of the products' images
    #[arg(long, value_name = "DIR", env = "VITRINA_UPLOADS", default_value = "uploads", value_parser = super::parse_uploads)]
    pub uploads: PathBuf,
}

/// `import`.
#[derive(Debug, Clone, Args)]
pub struct Import {
    /// The file; its ending says what it is: .csv or .ndjson
    pub file: PathBuf,
    /// Say what would become of each row, and write nothing
    #[arg(long, env = "VITRINA_DRY_RUN", num_args = 0..=1, default_value = "false", default_missing_value = "true", value_parser = super::parse_switch, require_equals = true, value_name = "on/off")]
    pub dry_run: bool,
    /// Where the data lies.
    #[command(flatten)]
    pub places: DataPlaces,
}

/// `export`.
#[derive(Debug, Clone, Args)]
pub struct Export {
    /// The file; its ending says what it is: .csv or .ndjson
    pub file: PathBuf,
    /// Read everything and write nothing
    #[arg(long, env = "VITRINA_DRY_RUN", num_args = 0..=1, default_value = "false", default_missing_value = "true", value_parser = super::parse_switch, require_equals = true, value_name = "on/off")]
    pub dry_run: bool,
    /// Put the file in the place of one that is there
    #[arg(long, env = "VITRINA_OVERWRITE", num_args = 0..=1, default_value = "false", default_missing_value = "true", value_parser = super::parse_switch, require_equals = true, value_name = "on/off")]
    pub overwrite: bool,
    /// Where the data lies.
    #[command(flatten)]
    pub places: DataPlaces,
}

/// `backup`.
#[derive(Debug, Clone, Args)]
pub struct Backup {
    /// The file to write
    pub file: PathBuf,
    /// Put the file in the place of one that is there
    #[arg(long, env = "VITRINA_OVERWRITE", num_args = 0..=1, default_value = "false", default_missing_value = "true", value_parser = super::parse_switch, require_equals = true, value_name = "on/off")]
    pub overwrite: bool,
    /// Where the data lies.
    #[command(flatten)]
    pub places: DataPlaces,
}

/// `restore`.
#[derive(Debug, Clone, Args)]
pub struct Restore {
    /// A file that `backup` wrote
    pub file: PathBuf,
    /// Where the data lies.
    #[command(flatten)]
    pub places: DataPlaces,
}
