//! Finds the time zone of a timestamp column.
//!
//! Parquet itself only says that a timestamp is an instant. The zone is in the Arrow schema that pyarrow and polars put
//! into the file's metadata: an Arrow IPC message in base64, whose body is a `FlatBuffer`. Its layout: a table begins
//! with the offset back to its vtable, which lists where each field lies. Source: arrow/format/Schema.fbs and
//! Message.fbs. The Arrow crates could read it too, but would double the time it takes to build this one. Fastparquet
//! writes no Arrow schema; its zones are in the JSON that pandas describes its columns with. Source: pandas
//! documentation, "Storing pandas `DataFrame` objects in Apache Parquet format".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;
use parquet::file::metadata::FileMetaData;

const ARROW_KEY: &str = "ARROW:schema";
const PANDAS_KEY: &str = "pandas";
/// What comes before the message: a continuation mark and a length, four bytes each.
const PREFIX_BYTES: usize = 8;

// Fields by their order in the tables of the two sources.
const MESSAGE_HEADER: usize = 2;
const SCHEMA_FIELDS: usize = 1;
const FIELD_NAME: usize = 0;
const FIELD_TYPE_KIND: usize = 2;
const FIELD_TYPE: usize = 3;
const TIMESTAMP_ZONE: usize = 1;
const KIND_TIMESTAMP: u8 = 10;

/// Returns the zone that the metadata names for a column, if any.
pub(super) fn of_column(file: &FileMetaData, column: &str) -> Option<TimeZone> {
    let metadata = file.key_value_metadata()?;
    let value = |key: &str| metadata.iter().find(|pair| pair.key == key)?.value.as_deref();
    let in_arrow = || {
        let message = STANDARD.decode(value(ARROW_KEY)?).ok()?;
        zone_name(FlatBuffer(message.get(PREFIX_BYTES..)?), column)
    };
    let in_pandas = || zone_name_in_pandas(value(PANDAS_KEY)?, column);
    DateTimeParser::new().parse_time_zone(&in_arrow().or_else(in_pandas)?).ok()
}

fn zone_name_in_pandas(description: &str, column: &str) -> Option<String> {
    let description: serde_json::Value = serde_json::from_str(description).ok()?;
    let columns = description["columns"].as_array()?;
    let described = columns.iter().find(|described| described["name"] == column)?;
    described["metadata"]["timezone"].as_str().map(str::to_owned)
}

fn zone_name(buffer: FlatBuffer<'_>, column: &str) -> Option<String> {
    let schema = buffer.follow(buffer.field(buffer.follow(0)?, MESSAGE_HEADER)?)?;
    let fields = buffer.follow(buffer.field(schema, SCHEMA_FIELDS)?)?;
    let count = buffer.number(fields)?;
    let field = (1..=count).find_map(|at| {
        let field = buffer.follow(fields.checked_add(at.checked_mul(4)?)?)?;
        (buffer.text(buffer.field(field, FIELD_NAME)?)? == column).then_some(field)
    })?;
    let kind = *buffer.0.get(buffer.field(field, FIELD_TYPE_KIND)?)?;
    let stamp = buffer.follow(buffer.field(field, FIELD_TYPE)?)?;
    (kind == KIND_TIMESTAMP).then(|| buffer.text(buffer.field(stamp, TIMESTAMP_ZONE)?).map(str::to_owned))?
}

#[derive(Clone, Copy)]
struct FlatBuffer<'a>(&'a [u8]);

impl<'a> FlatBuffer<'a> {
    fn bytes<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        self.0.get(at..at.checked_add(N)?)?.try_into().ok()
    }

    fn number(self, at: usize) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.bytes(at)?)).ok()
    }

    /// Where the offset at this place leads.
    fn follow(self, at: usize) -> Option<usize> {
        at.checked_add(self.number(at)?)
    }

    /// Where a field of a table lies; `None` where it is absent.
    fn field(self, table: usize, index: usize) -> Option<usize> {
        let back = i32::from_le_bytes(self.bytes(table)?);
        let vtable = usize::try_from(i64::try_from(table).ok()? - i64::from(back)).ok()?;
        let entry = 4 + 2 * index;
        let length = usize::from(u16::from_le_bytes(self.bytes(vtable)?));
        if entry + 2 > length {
            return None;
        }
        let offset = usize::from(u16::from_le_bytes(self.bytes(vtable.checked_add(entry)?)?));
        (offset > 0).then_some(table + offset)
    }

    fn text(self, at: usize) -> Option<&'a str> {
        let start = self.follow(at)?;
        let length = self.number(start)?;
        std::str::from_utf8(self.0.get(start + 4..start.checked_add(4)?.checked_add(length)?)?).ok()
    }
}
