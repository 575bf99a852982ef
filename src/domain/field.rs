//! Members of a request before validation: missing, of the wrong type, or present.
//!
//! Readers of JSON, forms and import files only determine types. The rules are applied by
//! [`Fields`](super::body_reader::Fields), so that one response names every invalid field.

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Field<T> {
    #[default]
    Missing,
    /// Sent with a wrong type; the reason is the end of the sentence "`field` …".
    Invalid(&'static str),
    Present(T),
}
