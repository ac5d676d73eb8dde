//! Program text in a controller's dialect.
