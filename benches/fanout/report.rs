//! The tables.
use std::io;
use crate::plan::Results;
pub(crate) fn print(_: &Results) {}
pub(crate) fn write(_: &Results) -> io::Result<()> { Ok(()) }
