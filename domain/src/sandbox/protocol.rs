//! Placeholder until the runner writes it.
