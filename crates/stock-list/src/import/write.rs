use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::Listing;
use crate::import::ImportError;
use crate::list::COLUMNS;

/// Writes a list in the form of `data/stocks.csv`, first into a file beside it, which then replaces it.
///
/// # Errors
/// When the file cannot be written; the list that was there before stays as it was.
pub fn write(path: &Path, listings: &[Listing]) -> Result<(), ImportError> {
    let beside = beside(path);
    let written = write_whole(&beside, listings).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|source| {
        // It is only half written, or does not even exist.
        let _ = std::fs::remove_file(&beside);
        ImportError::Write { path: path.to_owned(), source }
    })
}

fn write_whole(path: &Path, listings: &[Listing]) -> std::io::Result<()> {
    let mut csv = csv::Writer::from_writer(Vec::with_capacity(listings.len() * 64));
    csv.write_record(COLUMNS)?;
    for listing in listings {
        let Listing { symbol, name, exchange, sector, cik } = listing;
        let cik = cik.map(|cik| cik.to_string()).unwrap_or_default();
        csv.write_record([symbol.as_str(), name, exchange, sector, &cik])?;
    }
    let bytes = csv.into_inner().map_err(|error| std::io::Error::other(error.to_string()))?;
    let mut file = std::fs::File::create(path)?;
    file.write_all(&bytes)?;
    file.sync_all()
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use forecast_types::Symbol;

    use super::*;
    use crate::StockList;
    use crate::import::{ImportOptions, read};

    const SCREENER: &str = "Symbol,Name,Last Sale,Net Change,% Change,Market Cap,Country,IPO Year,Volume,Sector,Industry\n\
        AA,\"Alcoa, Inc. Common Stock\",$1,0,0%,1.0,,,1,Industrials,Aluminum\n\
        BRK/B,Berkshire Hathaway Inc.,$1,0,0%,2.0,,,1,,\n";

    #[test]
    fn what_is_written_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let (download, list) = (folder.path().join("screener.csv"), folder.path().join("stocks.csv"));
        std::fs::write(&download, SCREENER).unwrap();

        let (listings, _) = read(&[download], Some(&list), ImportOptions::default()).unwrap();
        write(&list, &listings).unwrap();

        let loaded = StockList::load(&list).unwrap();
        assert_eq!(loaded.iter().cloned().collect::<Vec<_>>(), listings);
        assert_eq!(loaded.get(&Symbol::parse("AA").unwrap()).unwrap().name, "Alcoa, Inc. Common Stock");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn the_secs_list_adds_numbers_to_the_present_list_and_they_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (list, companies, download) = (
            folder.path().join("stocks.csv"),
            folder.path().join("companies.json"),
            folder.path().join("screener.csv"),
        );
        std::fs::write(&list, "symbol,name,exchange,sector\nBRK.B,Berkshire,NYSE,\nAA,Alcoa,,\n").unwrap();
        std::fs::write(&companies, r#"{"fields":["cik","ticker"],"data":[[1067983,"BRK-B"],[1,"X"]]}"#)
            .unwrap();
        std::fs::write(&download, SCREENER).unwrap();

        for files in [[companies], [download]] {
            let (listings, summary) = read(&files, Some(&list), ImportOptions::default()).unwrap();
            write(&list, &listings).unwrap();
            assert_eq!((summary.kept, summary.numbered), (2, 1), "{summary}");
            let loaded = StockList::load(&list).unwrap();
            assert_eq!(loaded.get(&Symbol::parse("BRK.B").unwrap()).unwrap().cik, Some(1_067_983));
        }
    }

    #[test]
    fn a_failed_import_leaves_the_list_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let (download, list) = (folder.path().join("page.html"), folder.path().join("stocks.csv"));
        std::fs::write(&download, "<html>Page Not Available</html>").unwrap();
        std::fs::write(&list, "symbol,name,exchange,sector\nA,Agilent,,\n").unwrap();

        let error = read(&[download], Some(&list), ImportOptions::default()).unwrap_err();
        let unwritable = write(&folder.path().join("no/such/folder/stocks.csv"), &[]).unwrap_err();

        assert!(error.to_string().contains("it is a web page"));
        assert!(unwritable.to_string().contains("cannot write"));
        assert_eq!(StockList::load(&list).unwrap().len(), 1);
    }
}
