//! Whole walks: uploads, variants, crashes and evil names.
