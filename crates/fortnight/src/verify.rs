use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use forecast_record::{Address, Evidence, VerifiedLog};
use forecast_types::format::count;

/// Which record to verify, and against what.
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// A folder, `gs://bucket/folder`, `s3://bucket/folder`, or the address of a website that publishes one
    address: Address,
    /// Checkpoints that you kept on an earlier day; nothing that they cover may have changed since
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// Public keys, one per line; the record must be signed with them
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Print nothing but the newest checkpoints, to keep or to publish
    #[arg(long)]
    print_checkpoint: bool,
}

/// Verifies a record and prints the result.
///
/// # Errors
/// When a check fails, or the record cannot be read.
pub async fn verify(args: &VerifyArgs) -> anyhow::Result<()> {
    let mut evidence = Evidence::default();
    for path in &args.checkpoint {
        evidence.add_checkpoints(&read(path)?);
    }
    if let Some(path) = &args.key {
        evidence.add_keys(&read(path)?).with_context(|| format!("cannot use {}", path.display()))?;
    }
    let verdict = forecast_record::verify(&args.address, &evidence).await?;
    let verified = verdict.verified.iter();
    if args.print_checkpoint && verdict.findings.is_empty() {
        print!("{}", verified.map(|log| log.note.as_str()).collect::<Vec<_>>().join("\n"));
    } else {
        verified.for_each(|log| println!("{}", describe(log)));
    }
    for finding in &verdict.findings {
        println!("{finding}");
    }
    match (verdict.findings.len(), verdict.verified.len()) {
        (0, 0) => anyhow::bail!("there is no record at {}", args.address),
        (0, _) => Ok(()),
        _ => anyhow::bail!("the record at {} failed verification", args.address),
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn describe(log: &VerifiedLog) -> String {
    let VerifiedLog { log, newest, sessions, sealed_late, .. } = log;
    let late = match sealed_late {
        0 => String::new(),
        _ => format!("\n  {} sealed after the next opening bell", counted(*sealed_late, "trading day")),
    };
    format!(
        "{log}: {} on {}, the last {}; every row and signature verified\n  root {}, sealed {}{late}",
        counted(newest.size, "row"),
        counted(*sessions, "trading day"),
        newest.session,
        newest.root,
        newest.sealed_at,
    )
}

fn counted(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", count(number), if number == 1 { "" } else { "s" })
}
