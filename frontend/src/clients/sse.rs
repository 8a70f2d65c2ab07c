//! Reads server-sent events. Source: WHATWG HTML, section 9.2 "Server-sent events".

/// One event: its name (`message` where none was given) and its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SseEvent {
    pub(super) name: String,
    pub(super) data: String,
}

/// Turns chunks of bytes into events; an incomplete one waits for the next chunk.
#[derive(Debug, Default)]
pub(super) struct SseReader {
    pending: Vec<u8>,
    name: String,
    data: String,
}

/// No event of ours is nearly this long; a longer one means that something is broken on the other side.
const LONGEST_EVENT_BYTES: usize = 2 * 1024 * 1024;

/// Says that an event is longer than any real one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a server-sent event is longer than {LONGEST_EVENT_BYTES} bytes")]
pub(super) struct EventTooLong;

impl SseReader {
    /// Reads a chunk and returns the events it completes.
    pub(super) fn read(&mut self, chunk: &[u8]) -> Result<Vec<SseEvent>, EventTooLong> {
        self.pending.extend_from_slice(chunk);
        let mut events = Vec::new();
        let mut begin = 0;
        while let Some(length) = self.pending[begin..].iter().position(|&byte| byte == b'\n') {
            let line = String::from_utf8_lossy(&self.pending[begin..begin + length]).into_owned();
            begin += length + 1;
            events.extend(self.line(line.strip_suffix('\r').unwrap_or(&line)));
        }
        self.pending.drain(..begin);
        if self.pending.len() + self.data.len() > LONGEST_EVENT_BYTES {
            Err(EventTooLong)
        } else {
            Ok(events)
        }
    }

    fn line(&mut self, line: &str) -> Option<SseEvent> {
        if line.is_empty() {
            return self.dispatch();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            // Comments, ids and retry times are not used.
            _ => {}
        }
        None
    }

    fn dispatch(&mut self) -> Option<SseEvent> {
        let name = std::mem::take(&mut self.name);
        let mut data = std::mem::take(&mut self.data);
        data.pop()?;
        let name = if name.is_empty() { "message".to_owned() } else { name };
        Some(SseEvent { name, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str) -> SseEvent {
        SseEvent { name: name.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn events_are_the_same_however_the_bytes_are_cut() {
        let text =
            ": hello\n\nevent: source\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\ndata:é\nid: 7\n\nevent: lost\n\n";
        let expected = vec![event("source", "{\"a\":\n1}"), event("message", "é")];
        for size in 1..=text.len() {
            let mut reader = SseReader::default();
            let mut events = Vec::new();
            for chunk in text.as_bytes().chunks(size) {
                events.extend(reader.read(chunk).unwrap());
            }
            assert_eq!(events, expected, "in chunks of {size}");
        }
    }

    #[test]
    fn an_endless_event_is_refused() {
        let mut reader = SseReader::default();
        let line = vec![b'x'; LONGEST_EVENT_BYTES + 1];
        assert_eq!(reader.read(&line), Err(EventTooLong));
    }
}
