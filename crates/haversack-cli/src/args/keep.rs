//! Arguments of what keeps, moves and signs versions.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(
    after_help = "Tagged versions and the latest of every context are always kept. Without --apply nothing is removed.\n\nExamples:\n  haversack gc --keep-last 10 --keep-younger 30d\n  haversack gc --keep-last 10 --keep-younger 30d --apply"
)]
pub(crate) struct GcArgs {
    /// Versions to keep of every context, the newest ones
    #[arg(long, value_name = "N", default_value = "10")]
    pub keep_last: std::num::NonZeroUsize,
    /// Keep what is younger too: 90s, 30m, 12h, 14d, 8w
    #[arg(long, value_name = "TIME")]
    pub keep_younger: Option<String>,
    /// Do it, instead of saying what would be done
    #[arg(long)]
    pub apply: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Versions keep their ids and still verify; they say that something was erased. Without --yes nothing is erased.\n\nExample:\n  haversack forget handbook/people/ana.md --reason \"asked for on 3 May\" --yes"
)]
pub(crate) struct ForgetArgs {
    /// Id of the document: corpus/path
    pub document: String,
    /// Why, for the ledger
    #[arg(long, default_value = "")]
    pub reason: String,
    /// Do it: it cannot be undone
    #[arg(long)]
    pub yes: bool,
    /// Remove recorded runs too, whose answers may quote it
    #[arg(long)]
    pub runs: bool,
}

/// How versions travel.
#[derive(Debug, Clone, Args)]
pub(crate) struct TravelArgs {
    /// Leave indexes behind; they are built again where they are needed
    #[arg(long)]
    pub no_index: bool,
    /// Go on where both sides have versions or tags of their own
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "A remote is a folder, s3://bucket/folder, gs://bucket/folder, az://container/folder, the https:// address of a server of the S3 protocol, or a name from haversack.toml. Credentials come from the environment (AWS_ACCESS_KEY_ID, ...).\n\nExamples:\n  haversack push /mnt/share/knowledge docs\n  haversack push s3://knowledge/haversack docs\n  haversack push origin docs@3f9c2a1b     one version, to be pulled by its id"
)]
pub(crate) struct PushArgs {
    /// Where to: folder, URL, or name
    pub remote: String,
    /// Context, or version [default: the only context]
    pub context: Option<String>,
    #[command(flatten)]
    pub travel: TravelArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  haversack pull s3://knowledge/haversack docs\n  haversack pull origin docs@v1 --require-signature release.pub\n  haversack pull origin 8ace84b8...       by the 64 digits of its id"
)]
pub(crate) struct PullArgs {
    /// Where from: folder, URL, or name
    pub remote: String,
    /// Version: docs, docs@v1, or all 64 digits of its id
    pub version: String,
    /// Fetch every version of the log
    #[arg(long)]
    pub history: bool,
    /// Refuse what is not signed by this public key, or the one in this file (repeatable)
    #[arg(long = "require-signature", value_name = "KEY")]
    pub signers: Vec<String>,
    #[command(flatten)]
    pub travel: TravelArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  haversack clone s3://knowledge/haversack knowledge")]
pub(crate) struct CloneArgs {
    /// Where from: folder or URL
    pub remote: String,
    /// New folder, which gets a .haversack
    pub folder: PathBuf,
    /// Contexts [default: all]
    pub contexts: Vec<String>,
    /// Refuse what is not signed by this public key, or the one in this file (repeatable)
    #[arg(long = "require-signature", value_name = "KEY")]
    pub signers: Vec<String>,
    #[command(flatten)]
    pub travel: TravelArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "The format is minisign's. HAVERSACK_KEY_PASSWORD in the environment encrypts the secret key.\n\nExample:\n  haversack keygen ~/release.key"
)]
pub(crate) struct KeygenArgs {
    /// New file for the secret key; the public one goes beside it, as .pub
    pub secret: PathBuf,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  haversack sign docs@v1 --key ~/release.key\n  haversack sign docs@v1 --check release.pub"
)]
pub(crate) struct SignArgs {
    /// Version [default: the latest of the only context]
    pub context: Option<String>,
    /// Secret key file
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    pub key: Option<PathBuf>,
    /// Say whether it is signed by this public key, or the one in this file
    #[arg(long, value_name = "KEY")]
    pub check: Option<String>,
}
