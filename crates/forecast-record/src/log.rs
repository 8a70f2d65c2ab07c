use std::ops::Range;

use bytes::Bytes;
use forecast_store::{Created, Store, StoreError, Swapped, Version};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::edge::Edge;
use crate::session::SessionLeaves;
use crate::tile::{Content, Tile};
use crate::{Checkpoint, Hash, LogName, RecordError, SigningKey, VerifierKey, read};

/// How many objects are written or read at the same time.
pub(crate) const AT_ONCE: usize = 16;

/// The writer of one log in a store.
///
/// A session is appended in four steps, each of which can be repeated: `sealing/SIZE` permanently records the next signed
/// checkpoint after a tree of that size; then the tiles are written; then the session's own checkpoint; last, `checkpoint`
/// is swapped. If a process dies in between, readers see no change, and the next process that appends the same session
/// repeats the same steps with the same bytes.
#[derive(Debug)]
pub(crate) struct Log<'a> {
    pub(crate) name: LogName,
    pub(crate) store: &'a Store,
    pub(crate) key: &'a SigningKey,
}

impl Log<'_> {
    /// Appends a session; does nothing if it is already recorded with the same rows.
    pub(crate) async fn append(
        &self,
        leaves: &SessionLeaves,
        sealed_at: Timestamp,
    ) -> Result<Checkpoint, RecordError> {
        self.publish_key().await?;
        loop {
            let (current, version) = self.newest().await?.unzip();
            let size = current.as_ref().map_or(0, |current| current.size);
            if let Some(note) = self.next_note(size).await? {
                self.swap(note, version.as_ref()).await?;
                continue;
            }
            if let Some(current) = current.as_ref().filter(|current| current.session >= leaves.session) {
                return self.recorded(leaves, current.session).await;
            }
            let edge = match &current {
                Some(current) => self.edge(current).await?,
                None => Edge::default(),
            };
            let (checkpoint, note) = self.write(edge, leaves, sealed_at).await?;
            if self.swap(note, version.as_ref()).await? == Swapped::Done {
                return Ok(checkpoint);
            }
        }
    }

    async fn publish_key(&self) -> Result<(), StoreError> {
        let (path, key) = (self.name.key(), format!("{}\n", self.verifier()));
        if self.store.get(&path).await?.is_some_and(|published| published == key) {
            return Ok(());
        }
        self.store.create_same(&path, key).await
    }

    /// Returns the newest checkpoint and the version of the object that holds it.
    pub(crate) async fn newest(&self) -> Result<Option<(Checkpoint, Version)>, RecordError> {
        let path = self.name.checkpoint();
        let Some((note, version)) = self.store.get_versioned(&path).await? else { return Ok(None) };
        Ok(Some((self.open(&path, &note)?, version)))
    }

    /// Returns the checkpoint of a session, if it is recorded.
    pub(crate) async fn checkpoint_of(&self, session: Date) -> Result<Option<Checkpoint>, RecordError> {
        let path = self.name.session_checkpoint(session);
        let Some(note) = self.store.get(&path).await? else { return Ok(None) };
        self.open(&path, &note).map(Some)
    }

    fn verifier(&self) -> VerifierKey {
        self.key.verifier(self.name)
    }

    fn open(&self, path: &str, note: &[u8]) -> Result<Checkpoint, RecordError> {
        read::checkpoint(path, note, &self.verifier())
    }

    /// Returns the next session's note if only the last step is missing, or a late swap has undone it.
    async fn next_note(&self, size: u64) -> Result<Option<Bytes>, RecordError> {
        let path = self.name.sealing(size);
        let Some(note) = self.store.get(&path).await? else { return Ok(None) };
        let session = self.open(&path, &note)?.session;
        let written = self.store.get(&self.name.session_checkpoint(session)).await?;
        Ok(written.filter(|written| *written == note))
    }

    /// Returns the checkpoint of a session that was recorded earlier, and refuses different rows.
    async fn recorded(&self, leaves: &SessionLeaves, last: Date) -> Result<Checkpoint, RecordError> {
        let session = leaves.session;
        match self.checkpoint_of(session).await? {
            None => Err(RecordError::Backdated { session, last }),
            Some(recorded) if recorded.rows == leaves.rows => Ok(recorded),
            Some(_) => Err(RecordError::Recorded { session }),
        }
    }

    /// Reads the right edge of the tree, and checks it against the checkpoint.
    async fn edge(&self, current: &Checkpoint) -> Result<Edge, RecordError> {
        let size = current.size;
        let mut entries = Vec::new();
        let mut levels = Vec::new();
        let last = |content, nodes: u64| {
            (!nodes.is_multiple_of(256)).then(|| Tile::in_tree(content, nodes / 256, size))
        };
        if let Some(tile) = last(Content::Entries, size) {
            entries = read::tile(self.store, self.name, tile).await?.into();
        }
        for level in (0..).take_while(|level| size >> (8 * level) > 0) {
            levels.push(match last(Content::Hashes(level), size >> (8 * level)) {
                Some(tile) => read::hashes(self.store, self.name, tile).await?,
                None => Vec::new(),
            });
        }
        let edge = Edge::at(size, entries, levels);
        if edge.root() == current.root {
            Ok(edge)
        } else {
            Err(RecordError::damaged(self.name.checkpoint(), "its root does not match the last tiles"))
        }
    }

    /// Writes everything of a session except the newest checkpoint. The time of sealing is that of the first attempt.
    async fn write(
        &self,
        mut edge: Edge,
        leaves: &SessionLeaves,
        sealed_at: Timestamp,
    ) -> Result<(Checkpoint, Bytes), RecordError> {
        let path = self.name.sealing(edge.size());
        let mut tiles = Vec::new();
        for entry in &leaves.entries {
            edge.push(entry.as_bytes(), &mut tiles);
        }
        tiles.extend(edge.partial_tiles());
        let ours = Checkpoint {
            origin: self.verifier().name().to_owned(),
            size: edge.size(),
            root: edge.root(),
            session: leaves.session,
            sealed_at: Timestamp::from_second(sealed_at.as_second())
                .expect("the second of a valid time is valid"),
            rows: leaves.rows,
        };
        let note = Bytes::from(ours.sign(self.key, self.name));
        let (checkpoint, note) = match self.store.create(&path, note.clone()).await? {
            Created::New | Created::Same => (ours, note),
            Created::Other(note) => {
                let first = self.open(&path, &note)?;
                if first.session != leaves.session {
                    let (session, unfinished) = (leaves.session, first.session);
                    return Err(RecordError::Unfinished { session, unfinished });
                }
                if first != (Checkpoint { sealed_at: first.sealed_at, ..ours }) {
                    return Err(RecordError::Recorded { session: leaves.session });
                }
                (first, note)
            }
        };
        let written = stream::iter(tiles).map(async |(tile, bytes)| {
            let path = self.name.within(&tile.to_string());
            self.store.put(&path, bytes).await
        });
        written.buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        self.store.create_same(&self.name.session_checkpoint(leaves.session), note.clone()).await?;
        Ok((checkpoint, note))
    }

    async fn swap(&self, note: Bytes, version: Option<&Version>) -> Result<Swapped, StoreError> {
        self.store.swap(&self.name.checkpoint(), note, version).await
    }

    /// Returns the root hashes of ranges of leaves in a tree of this size: the hashes of a proof.
    pub(crate) async fn roots(&self, ranges: Vec<Range<u64>>, size: u64) -> Result<Vec<Hash>, RecordError> {
        let roots = stream::iter(ranges).map(|range| read::root(self.store, self.name, range, size));
        roots.buffered(AT_ONCE).try_collect().await
    }
}
