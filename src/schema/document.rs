//! A schema file as rows with line numbers.

use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is wrong with a schema file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaError {
    /// The name that the caller gave the file.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// One sentence.
    pub reason: String,
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.reason)
    }
}

impl std::error::Error for SchemaError {}

/// The file that is being read.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

/// A key and its value, with the place of the key.
pub(super) struct Row<'a> {
    pub(super) key: &'a str,
    pub(super) value: &'a DeValue<'a>,
    pub(super) at: usize,
}

impl<'a> Document<'a> {
    pub(super) fn parse(self) -> Result<Spanned<DeTable<'a>>, SchemaError> {
        DeTable::parse(self.text)
            .map_err(|error| self.error(error.span().map_or(0, |span| span.start), error.message().to_owned()))
    }

    /// An error at a byte of the text.
    pub(super) fn error(self, at: usize, reason: impl Into<String>) -> SchemaError {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count().saturating_add(1);
        SchemaError { file: self.file.to_owned(), line, reason: reason.into() }
    }

    pub(super) fn table(self, row: &Row<'a>) -> Result<&'a DeTable<'a>, SchemaError> {
        row.value.as_table().ok_or_else(|| self.error(row.at, format!("{}: expected a table", row.key)))
    }

    pub(super) fn text_of(self, row: &Row<'a>) -> Result<&'a str, SchemaError> {
        row.value.as_str().ok_or_else(|| self.error(row.at, format!("{}: expected text in quotes", row.key)))
    }

    pub(super) fn flag(self, row: &Row<'a>) -> Result<bool, SchemaError> {
        row.value.as_bool().ok_or_else(|| self.error(row.at, format!("{}: expected true or false", row.key)))
    }

    pub(super) fn number(self, row: &Row<'a>) -> Result<u32, SchemaError> {
        let number = row.value.as_integer().and_then(|number| number.as_str().parse().ok());
        number.ok_or_else(|| self.error(row.at, format!("{}: expected a number", row.key)))
    }

    /// The texts of an array, each with its place.
    pub(super) fn texts(self, row: &Row<'a>) -> Result<Vec<(&'a str, usize)>, SchemaError> {
        let wrong = |at| self.error(at, format!("{}: expected a list of texts in quotes", row.key));
        let items = row.value.as_array().ok_or_else(|| wrong(row.at))?;
        items
            .iter()
            .map(|item| Ok((item.get_ref().as_str().ok_or_else(|| wrong(item.span().start))?, item.span().start)))
            .collect()
    }
}

/// The rows of a table in the order of the file.
pub(super) fn rows<'a>(table: &'a DeTable<'a>) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = table
        .iter()
        .map(|(key, value)| Row { key: key.get_ref(), value: value.get_ref(), at: key.span().start })
        .collect();
    rows.sort_by_key(|row| row.at);
    rows
}
