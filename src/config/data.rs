//! The commands that move data: their arguments and settings.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::parse;
use crate::store::open::StoreUrl;

#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Import products from CSV or NDJSON; rows are upserted by `code`
    Import(Import),
    /// Export all products to CSV or NDJSON, ordered by `code`
    Export(Export),
    /// Back up a SQLite store and its images to one file; works beside a running server
    Backup(Backup),
    /// Restore a backup; the old data is moved aside
    Restore(Restore),
}

/// The same settings as a server's.
#[derive(Debug, Clone, Args)]
pub struct DataLocation {
    /// Database URL: `sqlite:PATH` or `mongodb://…` (replica set; database `ecommerce` unless the
    /// URL names one)
    #[arg(
        long,
        value_name = "URL",
        env = "VITRINA_STORE",
        default_value = "sqlite:data/vitrina.db",
        hide_env_values = true
    )]
    pub store: StoreUrl,

    /// Directory for product images
    #[arg(
        long,
        value_name = "DIR",
        env = "VITRINA_UPLOADS",
        default_value = "uploads",
        value_parser = parse::uploads
    )]
    pub uploads: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub struct Import {
    /// Input file; the extension sets the format
    pub file: PathBuf,
    /// Report what would change without writing
    #[arg(
        long,
        value_name = "on/off",
        env = "VITRINA_DRY_RUN",
        num_args = 0..=1,
        default_value = "false",
        default_missing_value = "true",
        value_parser = parse::switch,
        require_equals = true
    )]
    pub dry_run: bool,
    #[command(flatten)]
    pub data: DataLocation,
}

#[derive(Debug, Clone, Args)]
pub struct Export {
    /// Output file; the extension sets the format
    pub file: PathBuf,
    /// Read everything without writing
    #[arg(
        long,
        value_name = "on/off",
        env = "VITRINA_DRY_RUN",
        num_args = 0..=1,
        default_value = "false",
        default_missing_value = "true",
        value_parser = parse::switch,
        require_equals = true
    )]
    pub dry_run: bool,
    /// Overwrite an existing file
    #[arg(
        long,
        value_name = "on/off",
        env = "VITRINA_OVERWRITE",
        num_args = 0..=1,
        default_value = "false",
        default_missing_value = "true",
        value_parser = parse::switch,
        require_equals = true
    )]
    pub overwrite: bool,
    #[command(flatten)]
    pub data: DataLocation,
}

#[derive(Debug, Clone, Args)]
pub struct Backup {
    /// Output file
    pub file: PathBuf,
    /// Overwrite an existing file
    #[arg(
        long,
        value_name = "on/off",
        env = "VITRINA_OVERWRITE",
        num_args = 0..=1,
        default_value = "false",
        default_missing_value = "true",
        value_parser = parse::switch,
        require_equals = true
    )]
    pub overwrite: bool,
    #[command(flatten)]
    pub data: DataLocation,
}

#[derive(Debug, Clone, Args)]
pub struct Restore {
    /// Backup file to restore
    pub file: PathBuf,
    #[command(flatten)]
    pub data: DataLocation,
}
