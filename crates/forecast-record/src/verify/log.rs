use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{Source, VerifiedLog, rows, tree};
use crate::{Checkpoint, Hash, LogName, RecordError, VerifierKey, read};

/// Sessions whose files are read at the same time.
const SESSIONS_AT_ONCE: usize = 8;

/// Verifies a log; `None` if it does not exist and no evidence says that it should.
pub(super) async fn verify(
    source: &impl Source,
    log: LogName,
    older: &[String],
    keys: &[VerifierKey],
) -> Result<Option<VerifiedLog>, RecordError> {
    let expected = !older.is_empty() || source.get(&log.key()).await?.is_some();
    if !expected && source.get(&log.checkpoint()).await?.is_none() {
        return Ok(None);
    }
    let key = key(source, log, keys).await?;
    let path = log.checkpoint();
    let note = read::object(source, &path).await?;
    let newest = read::checkpoint(&path, &note, &key)?;
    let older = older
        .iter()
        .map(|note| Checkpoint::open(note, &key))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| RecordError::damaged(log.key(), format!("the older checkpoint: {error}")))?;
    if older.iter().any(|older| older.size > newest.size) {
        return Err(RecordError::damaged(path, "it has fewer leaves than the older checkpoint"));
    }
    let sizes: Vec<u64> = older.iter().map(|older| older.size).collect();
    let (sessions, roots) = tree::recompute(source, log, &newest, &sizes).await?;
    for older in &older {
        continues(log, older, &sessions, &roots)?;
    }
    let checked = stream::iter(&sessions).map(|session| rows::verify(source, log, &key, session));
    let checked: Vec<Checkpoint> = checked.buffered(SESSIONS_AT_ONCE).try_collect().await?;
    if checked.last() != Some(&newest) {
        return Err(RecordError::damaged(path, "it is not the checkpoint of the last session"));
    }
    if let Some(pair) = checked.windows(2).find(|pair| pair[0].sealed_at > pair[1].sealed_at) {
        let path = log.session_checkpoint(pair[1].session);
        return Err(RecordError::damaged(path, "it was sealed before the previous session"));
    }
    // Outcomes are facts, so sealing them late is no problem.
    let forecasts = if log == LogName::Forecasts { checked.as_slice() } else { &[] };
    let sealed_late = forecasts.iter().filter(|checkpoint| rows::is_late(checkpoint)).count() as u64;
    let note = String::from_utf8_lossy(&note).into_owned();
    Ok(Some(VerifiedLog { log, newest, note, sessions: checked.len() as u64, sealed_late }))
}

/// Reads the key of a log. If there are keys in the evidence, it must be one of them.
async fn key(source: &impl Source, log: LogName, keys: &[VerifierKey]) -> Result<VerifierKey, RecordError> {
    let path = log.key();
    let text = read::object(source, &path).await?;
    let text = std::str::from_utf8(&text).map_err(|error| RecordError::damaged(&path, error))?;
    let key: VerifierKey = text.parse().map_err(|error| RecordError::damaged(&path, error))?;
    if text != format!("{key}\n") || !key.name().ends_with(&format!("/{log}")) {
        return Err(RecordError::damaged(path, "it is not the key of this log"));
    }
    if !keys.is_empty() && !keys.contains(&key) {
        return Err(RecordError::damaged(path, "it is not one of the given keys"));
    }
    Ok(key)
}

/// Checks that the log extends an older checkpoint, and that all leaves after it belong to later sessions.
fn continues(
    log: LogName,
    older: &Checkpoint,
    sessions: &[tree::RecordedSession],
    roots: &[(u64, Hash)],
) -> Result<(), RecordError> {
    if !roots.contains(&(older.size, older.root)) {
        return Err(RecordError::damaged(
            log.checkpoint(),
            format!("the leaves up to {} do not match the older checkpoint", older.session),
        ));
    }
    let later = sessions.iter().filter(|session| session.size > older.size);
    match later.map(|session| session.session).find(|session| *session <= older.session) {
        None => Ok(()),
        Some(session) => Err(RecordError::damaged(
            log.session_checkpoint(session),
            format!("{session} is backdated: it was recorded after the older checkpoint"),
        )),
    }
}
