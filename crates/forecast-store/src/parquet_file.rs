//! Rows as Parquet: one row group, no nulls, so that every reader can use the files directly. The session is not a column:
//! it is in the name of the folder (`session=2024-02-20`), where readers of partitioned data find it.

mod column;
mod forecasts;
mod outcomes;

pub(crate) use forecasts::{read_forecasts, write_forecasts};
pub(crate) use outcomes::{read_outcomes, write_outcomes};

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::file::reader::{FileReader as _, RowGroupReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

/// Compresses better than the default and still takes only a fraction of a second for a session.
const LEVEL: i32 = 9;
/// More rows than any session has, so that each column is one page.
const ROWS_PER_PAGE: usize = 1 << 20;
const BYTES_PER_PAGE: usize = 64 << 20;

/// The settings of all files. They do not name the version of the writer, so that a new version writes the same bytes.
fn properties(session: jiff::civil::Date) -> WriterPropertiesBuilder {
    let level = ZstdLevel::try_new(LEVEL).expect("zstd has this level");
    WriterProperties::builder()
        .set_created_by("fortnight".to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_data_page_size_limit(BYTES_PER_PAGE)
        .set_data_page_row_count_limit(ROWS_PER_PAGE)
        .set_max_row_group_row_count(None)
        .set_write_batch_size(ROWS_PER_PAGE)
        .set_statistics_enabled(parquet::file::properties::EnabledStatistics::None)
        .set_key_value_metadata(Some(vec![KeyValue::new("session".to_owned(), session.to_string())]))
}

/// Turns the dictionary off for a column whose values rarely repeat.
fn plain_column(
    properties: WriterPropertiesBuilder,
    path: &str,
    encoding: Encoding,
) -> WriterPropertiesBuilder {
    let path = ColumnPath::from(path.split('.').map(str::to_owned).collect::<Vec<_>>());
    properties.set_column_dictionary_enabled(path.clone(), false).set_column_encoding(path, encoding)
}

/// Writes one row group with the columns that `write` fills in.
fn write_file(
    schema: &str,
    properties: WriterPropertiesBuilder,
    write: impl FnOnce(&mut SerializedRowGroupWriter<'_, &mut Vec<u8>>) -> Result<(), ParquetError>,
) -> Result<Vec<u8>, ParquetError> {
    let schema = Arc::new(parse_message_type(schema)?);
    let mut file = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut file, schema, Arc::new(properties.build()))?;
    let mut group = writer.next_row_group()?;
    write(&mut group)?;
    group.close()?;
    writer.close()?;
    Ok(file)
}

/// Reads all row groups.
fn read_file(
    bytes: Bytes,
    mut read: impl FnMut(&dyn RowGroupReader) -> Result<(), ParquetError>,
) -> Result<(), ParquetError> {
    let reader = SerializedFileReader::new(bytes)?;
    (0..reader.num_row_groups()).try_for_each(|index| read(&*reader.get_row_group(index)?))
}
