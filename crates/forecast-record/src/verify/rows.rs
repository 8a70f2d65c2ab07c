use exchange_calendar::{NEW_YORK, next_sessions, session_hours};
use jiff::Timestamp;

use super::Source;
use super::tree::RecordedSession;
use crate::session::SessionLeaves;
use crate::{Checkpoint, FileDigest, LogName, RecordError, VerifierKey, read};

/// Checks one session against its checkpoint and its file.
pub(super) async fn verify(
    source: &impl Source,
    log: LogName,
    key: &VerifierKey,
    recorded: &RecordedSession,
) -> Result<Checkpoint, RecordError> {
    let path = log.session_checkpoint(recorded.session);
    let checkpoint = read::checkpoint(&path, &read::object(source, &path).await?, key)?;
    let wrong = |reason: &str| Err(RecordError::damaged(&path, reason));
    if checkpoint.session != recorded.session {
        return wrong("it belongs to another session");
    }
    if (checkpoint.size, checkpoint.root) != (recorded.size, recorded.root) {
        return wrong("it does not match the leaves");
    }
    let start = recorded.session.to_zoned(NEW_YORK.clone()).map(|start| start.timestamp());
    if start.is_ok_and(|start| checkpoint.sealed_at < start) {
        return wrong("it was sealed before the session");
    }
    let path = log.rows(recorded.session);
    let file = read::object(source, &path).await?;
    let wrong = |reason: &str| Err(RecordError::damaged(&path, reason));
    // First, so that only sealed bytes are parsed.
    if FileDigest::of(&file) != checkpoint.rows {
        return wrong("its digest does not match the checkpoint");
    }
    let leaves = match SessionLeaves::of_file(log, recorded.session, file) {
        Err(RecordError::Leaves { reason, .. }) => return wrong(&reason),
        leaves => leaves?,
    };
    if leaves.entries != recorded.entries {
        return wrong("its rows do not match the leaves");
    }
    if leaves.made_at.is_some_and(|made_at| made_at > checkpoint.sealed_at) {
        return wrong("a row was made after the session was sealed");
    }
    Ok(checkpoint)
}

/// Returns whether a session was sealed after the next one had opened.
pub(super) fn is_late(checkpoint: &Checkpoint) -> bool {
    let next = next_sessions(checkpoint.session, 1);
    let open: Option<Timestamp> = next.first().and_then(|next| session_hours(*next)).map(|hours| hours.open);
    open.is_none_or(|open| checkpoint.sealed_at >= open)
}
